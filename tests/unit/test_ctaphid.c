/* SPDX-License-Identifier: Apache-2.0 */
/* Messages in reports, with the test on the other end of the line. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/inherence/device/ctaphid.h"
#include "tests/support/unit.h"

#define CHANNEL 0xa1b2c3d4U
#define NONCE   "\x11\x22\x33\x44\x55\x66\x77\x88"

struct fixture {
	struct device_host host;
	struct channel *channel;
	int key; /* the key's end */
	uint64_t now;
	unsigned int step_ms;
	enum sy_err line;
	unsigned int touches;
};

static uint64_t
now_ms(void *arg)
{
	struct fixture *f = arg;

	f->now += f->step_ms;
	return f->now;
}

static void
sleep_ms(void *arg, unsigned int ms)
{
	struct fixture *f = arg;

	f->now += ms;
}

static void
guard(void *arg, unsigned int ms, enum sy_err code)
{
	(void)arg;
	(void)ms;
	(void)code;
}

static enum sy_err
wait_line(void *arg, unsigned int ms)
{
	const struct fixture *f = arg;

	(void)ms;
	return f->line;
}

static void
on_touch(void *arg)
{
	struct fixture *f = arg;

	f->touches++;
}

/* A report from the key; ${rest} follows the channel. */
static void
say_as(const struct fixture *f, uint32_t channel, const void *rest, size_t len)
{
	uint8_t report[HIDRAW_REPORT_MAX] = { (uint8_t)(channel >> 24),
		(uint8_t)(channel >> 16), (uint8_t)(channel >> 8),
		(uint8_t)channel };

	memcpy(report + 4, rest, len);
	assert_int_equal(write(f->key, report, sizeof(report)), sizeof(report));
}
#define SAY(f, s) say_as(f, CHANNEL, s, sizeof(s) - 1)

/* What the key is sent: one report behind its number. */
static bool
hear(const struct fixture *f, uint8_t report[HIDRAW_REPORT_MAX])
{
	uint8_t numbered[1 + HIDRAW_REPORT_MAX];

	if (recv(f->key, numbered, sizeof(numbered), MSG_DONTWAIT) !=
	    sizeof(numbered))
		return false;
	assert_int_equal(numbered[0], 0);
	memcpy(report, numbered + 1, HIDRAW_REPORT_MAX);
	return true;
}

static enum sy_err
receive(struct fixture *f, uint8_t *out, size_t cap, size_t *ret_len)
{
	return f->channel->kind->receive(f->channel, CHANNEL_CBOR, out, cap, -1,
	    ret_len);
}

static void
ask(struct fixture *f, const void *message, size_t len)
{
	channel_begin(f->channel, 60000);
	f->channel->touch = on_touch;
	f->channel->touch_arg = f;
	f->channel->by_person = true;
	assert_int_equal(f->channel->kind->send(f->channel, CHANNEL_CBOR,
			     message, len),
	    SY_OK);
}

static void
give_channel(struct fixture *f)
{
	uint8_t report[HIDRAW_REPORT_MAX], out[CHANNEL_INIT_SIZE];
	size_t len = 0;

	channel_begin(f->channel, 5000);
	assert_int_equal(f->channel->kind->send(f->channel, CHANNEL_INIT,
			     (const uint8_t *)NONCE, CHANNEL_NONCE_SIZE),
	    SY_OK);
	assert_true(hear(f, report));
	assert_memory_equal(report, "\xff\xff\xff\xff\x86\x00\x08" NONCE, 15);
	/* Another program's answer comes first. */
	say_as(f, CTAPHID_BROADCAST,
	    "\x86\x00\x11"
	    "\x99\x99\x99\x99\x99\x99\x99\x99"
	    "\x01\x01\x01\x01\x02\x05\x04\x03\x04",
	    20);
	say_as(f, CTAPHID_BROADCAST,
	    "\x86\x00\x11" NONCE "\xa1\xb2\xc3\xd4\x02\x05\x04\x03\x04", 20);
	assert_int_equal(f->channel->kind->receive(f->channel, CHANNEL_INIT,
			     out, sizeof(out), -1, &len),
	    SY_OK);
	assert_int_equal(len, CHANNEL_INIT_SIZE);
	assert_memory_equal(out, NONCE, CHANNEL_NONCE_SIZE);
}

static int
set_up(void **state)
{
	static const struct hidraw_reports reports = { 64, 64 };
	struct fixture *f = calloc(1, sizeof(*f));
	int pair[2];

	assert_non_null(f);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	f->host = (struct device_host){ .now_ms = now_ms,
		.sleep_ms = sleep_ms,
		.guard = guard,
		.wait = wait_line,
		.arg = f };
	f->line = SY_ERR_TIMEOUT;
	f->step_ms = 1;
	f->key = pair[1];
	assert_int_equal(ctaphid_new(&f->host, pair[0], &reports, &f->channel),
	    SY_OK);
	give_channel(f);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	channel_free(&f->channel);
	(void)close(f->key);
	free(f);
	return 0;
}

static void
a_long_message_goes_out_in_numbered_parts(void **state)
{
	struct fixture *f = *state;
	uint8_t message[57 + 59 + 1], report[HIDRAW_REPORT_MAX];

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	ask(f, message, sizeof(message));
	assert_true(hear(f, report));
	assert_memory_equal(report, "\xa1\xb2\xc3\xd4\x90\x00\x75", 7);
	assert_memory_equal(report + 7, message, 57);
	assert_true(hear(f, report));
	assert_memory_equal(report, "\xa1\xb2\xc3\xd4\x00", 5);
	assert_memory_equal(report + 5, message + 57, 59);
	assert_true(hear(f, report));
	assert_memory_equal(report, "\xa1\xb2\xc3\xd4\x01", 5);
	assert_int_equal(report[5], message[57 + 59]);
	assert_int_equal(report[6], 0);
	assert_false(hear(f, report));
}

static void
a_reply_is_put_together_whatever_others_get(void **state)
{
	struct fixture *f = *state;
	uint8_t out[128];
	size_t len = 0;

	ask(f, "\x04", 1);
	say_as(f, 0x01020304, "\x90\x00\x01x", 4);
	SAY(f,
	    "\x90\x00\x40"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	say_as(f, 0x01020304, "\x00y", 2);
	SAY(f,
	    "\x00"
	    "bbbbbbb");
	assert_int_equal(receive(f, out, sizeof(out), &len), SY_OK);
	assert_int_equal(len, 64);
	assert_int_equal(out[56], 'a');
	assert_int_equal(out[57], 'b');
	assert_int_equal(f->touches, 0);
}

static void
the_person_is_called_once_when_the_key_waits(void **state)
{
	struct fixture *f = *state;
	uint8_t out[8];
	size_t len = 0;

	ask(f, "\x02", 1);
	SAY(f, "\xbb\x00\x01\x01");
	SAY(f, "\xbb\x00\x01\x02");
	SAY(f, "\xbb\x00\x01\x02");
	SAY(f, "\x90\x00\x01\x00");
	assert_int_equal(receive(f, out, sizeof(out), &len), SY_OK);
	assert_int_equal(f->touches, 1);
}

static void
what_is_against_the_rules_ends_it(void **state)
{
	static const struct {
		const char *what, *first;
		size_t first_len;
		const char *second;
		size_t second_len;
	} tc[] = {
		{ "longer than there is room", "\x90\x00\x41", 3, NULL, 0 },
		{ "another command", "\x83\x00\x01", 3, NULL, 0 },
		{ "a part without a beginning", "\x00", 1, NULL, 0 },
		{ "a part out of turn", "\x90\x00\x40", 3, "\x01", 1 },
		{ "a beginning in the middle", "\x90\x00\x40", 3,
		    "\x90\x00\x01", 3 },
		{ "an error", "\xbf\x00\x01\x01", 4, NULL, 0 },
		{ "an error of two bytes", "\xbf\x00\x02\x06", 4, NULL, 0 },
		{ "a keep-alive in the middle", "\x90\x00\x40", 3,
		    "\xbb\x00\x01\x01", 4 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t out[64];
		size_t len = 7;

		print_message("  %s\n", tc[i].what);
		ask(f, "\x02", 1);
		say_as(f, CHANNEL, tc[i].first, tc[i].first_len);
		if (tc[i].second != NULL)
			say_as(f, CHANNEL, tc[i].second, tc[i].second_len);
		assert_int_equal(receive(f, out, sizeof(out), &len),
		    SY_ERR_CARD);
		assert_int_equal(len, 7);
	}
}

/* Whether CANCEL was the last thing that the key was sent. */
static bool
was_cancelled(const struct fixture *f)
{
	uint8_t report[HIDRAW_REPORT_MAX];
	bool cancelled = false;

	while (hear(f, report))
		cancelled = report[4] == (0x80 | CHANNEL_CANCEL);
	return cancelled;
}

static void
a_mute_key_is_left(void **state)
{
	struct fixture *f = *state;
	uint8_t out[8];
	size_t len;

	ask(f, "\x02", 1);
	f->step_ms = 500;
	assert_int_equal(receive(f, out, sizeof(out), &len), SY_ERR_CARD_MUTE);
	assert_true(was_cancelled(f));
}

static void
a_key_that_nobody_touches_is_told_and_heard_out(void **state)
{
	struct fixture *f = *state;
	uint8_t out[8];
	size_t len;

	ask(f, "\x02", 1);
	for (unsigned int i = 0; i < 8; i++)
		SAY(f, "\xbb\x00\x01\x02");
	/* Its answer to CANCEL. */
	SAY(f, "\x90\x00\x01\x2d");
	f->channel->due = f->now + 4;
	assert_int_equal(receive(f, out, sizeof(out), &len), SY_ERR_TIMEOUT);
	assert_true(was_cancelled(f));
}

static void
keep_alives_for_ever_end(void **state)
{
	struct fixture *f = *state;
	uint8_t out[8];
	size_t len;

	ask(f, "\x02", 1);
	for (unsigned int i = 0; i < 60; i++)
		SAY(f, "\xbb\x00\x01\x02");
	f->channel->due = f->now + 100;
	f->step_ms = 20;
	assert_int_equal(receive(f, out, sizeof(out), &len), SY_ERR_CARD_MUTE);
	assert_true(was_cancelled(f));
}

static void
the_agent_that_leaves_cancels(void **state)
{
	struct fixture *f = *state;
	uint8_t out[8];
	size_t len;

	ask(f, "\x02", 1);
	f->line = SY_ERR_CLOSED;
	SAY(f, "\x90\x00\x01\x2d");
	assert_int_equal(receive(f, out, sizeof(out), &len), SY_ERR_CLOSED);
	assert_true(was_cancelled(f));
}

static void
an_agent_that_speaks_out_of_turn_cancels(void **state)
{
	struct fixture *f = *state;
	uint8_t out[8];
	size_t len;

	ask(f, "\x02", 1);
	f->line = SY_OK;
	SAY(f, "\x90\x00\x01\x2d");
	assert_int_equal(receive(f, out, sizeof(out), &len), SY_ERR_PROTOCOL);
	assert_true(was_cancelled(f));
}

static void
a_key_that_is_pulled_out_is_gone(void **state)
{
	struct fixture *f = *state;
	uint8_t out[8];
	size_t len;

	ask(f, "\x02", 1);
	assert_int_equal(f->channel->kind->check(f->channel), SY_OK);
	(void)shutdown(f->key, SHUT_RDWR);
	assert_int_equal(f->channel->kind->check(f->channel), SY_ERR_CARD_GONE);
	assert_int_equal(receive(f, out, sizeof(out), &len), SY_ERR_CARD_GONE);
}

static void
a_busy_key_gets_the_same_message_again(void **state)
{
	struct fixture *f = *state;
	uint8_t report[HIDRAW_REPORT_MAX], out[8];
	size_t len = 0;

	ask(f, "\x06\x42", 2);
	assert_true(hear(f, report));
	SAY(f, "\xbf\x00\x01\x06");
	SAY(f, "\x90\x00\x01\x00");
	assert_int_equal(receive(f, out, sizeof(out), &len), SY_OK);
	assert_true(hear(f, report));
	assert_memory_equal(report, "\xa1\xb2\xc3\xd4\x90\x00\x02\x06\x42", 9);
	/* But not for ever. */
	ask(f, "\x06", 1);
	for (unsigned int i = 0; i < 31; i++)
		SAY(f, "\xbf\x00\x01\x06");
	assert_int_equal(receive(f, out, sizeof(out), &len), SY_ERR_CARD_BUSY);
}

static void
a_poll_that_finds_nothing_is_no_failure(void **state)
{
	struct fixture *f = *state;
	uint8_t out[8], report[HIDRAW_REPORT_MAX];
	size_t len = 0;

	ask(f, "\x0b", 1);
	assert_true(hear(f, report));
	assert_int_equal(f->channel->kind->receive(f->channel, CHANNEL_CBOR,
			     out, sizeof(out), 20, &len),
	    SY_ERR_NOT_FOUND);
	assert_false(hear(f, report));
	SAY(f, "\x90\x00\x01\x00");
	assert_int_equal(f->channel->kind->receive(f->channel, CHANNEL_CBOR,
			     out, sizeof(out), 20, &len),
	    SY_OK);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_long_message_goes_out_in_numbered_parts),
		CASE(a_reply_is_put_together_whatever_others_get),
		CASE(the_person_is_called_once_when_the_key_waits),
		CASE(what_is_against_the_rules_ends_it),
		CASE(a_mute_key_is_left),
		CASE(a_key_that_nobody_touches_is_told_and_heard_out),
		CASE(keep_alives_for_ever_end),
		CASE(the_agent_that_leaves_cancels),
		CASE(an_agent_that_speaks_out_of_turn_cancels),
		CASE(a_key_that_is_pulled_out_is_gone),
		CASE(a_busy_key_gets_the_same_message_again),
		CASE(a_poll_that_finds_nothing_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
