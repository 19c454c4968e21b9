/* SPDX-License-Identifier: Apache-2.0 */
/* CTAP in commands to a card that keeps to a script. */
#include "lib/inherence/device/ctapnfc.h"
#include "tests/support/script.h"
#include "tests/support/unit.h"

#define SELECT "00A4040008A0000006472F000100"
#define NONCE  "\x11\x22\x33\x44\x55\x66\x77\x88"

static uint64_t now;
static bool armed;
static enum sy_err line;
static unsigned int touches;

static uint64_t
now_ms(void *arg)
{
	(void)arg;
	return now;
}

static void
sleep_ms(void *arg, unsigned int ms)
{
	(void)arg;
	now += ms;
}

static void
guard(void *arg, unsigned int ms, enum sy_err code)
{
	(void)arg;
	armed = ms > 0;
	assert_true(!armed || code == SY_ERR_CARD_MUTE);
}

static enum sy_err
wait_line(void *arg, unsigned int ms)
{
	(void)arg;
	(void)ms;
	return line;
}

static void
on_touch(void *arg)
{
	(void)arg;
	touches++;
}

static const struct device_host host = { .now_ms = now_ms,
	.sleep_ms = sleep_ms,
	.guard = guard,
	.wait = wait_line };

struct step {
	const char *what, *script;
	bool t0;
	uint8_t command;
	size_t len; /* of the message, all 04 */
	size_t cap;
	enum sy_err err;
	size_t ret_len;
};

static void
run(const struct step *step)
{
	uint8_t message[300], out[4096];
	struct channel *channel = NULL;
	struct script script;
	size_t len = 7;

	print_message("  %s\n", step->what);
	memset(message, 0x04, sizeof(message));
	if (step->command == CHANNEL_INIT)
		memcpy(message, NONCE, CHANNEL_NONCE_SIZE);
	script_start(&script, step->script, step->t0);
	assert_int_equal(ctapnfc_new(&host, &script.io, &channel), SY_OK);
	channel_begin(channel, 1000);
	channel->touch = on_touch;
	assert_int_equal(channel->kind->send(channel, step->command, message,
			     step->len),
	    SY_OK);
	assert_int_equal(channel->kind->receive(channel, step->command, out,
			     step->cap, -1, &len),
	    step->err);
	assert_int_equal(len, step->err == SY_OK ? step->ret_len : 7);
	if (step->err == SY_OK && step->command == CHANNEL_INIT) {
		assert_memory_equal(out, NONCE, CHANNEL_NONCE_SIZE);
		assert_int_equal(out[16], CHANNEL_CAP_CBOR | CHANNEL_CAP_NMSG);
	}
	script_end(&script);
	assert_false(armed);
	channel_free(&channel);
}

static void
selecting_stands_for_a_channel(void **state)
{
	static const struct step tc[] = {
		{ "FIDO_2_0", SELECT " > 4649444F5F325F30 9000", false,
		    CHANNEL_INIT, 8, 17, SY_OK, 17 },
		{ "U2F_V2 may speak CTAP2 too", SELECT " > 5532465F5632 9000",
		    false, CHANNEL_INIT, 8, 17, SY_OK, 17 },
		{ "what is waiting is fetched in class 00",
		    SELECT " > 6106 / 00C0000006 > 5532465F5632 9000", false,
		    CHANNEL_INIT, 8, 17, SY_OK, 17 },
		{ "no such application", SELECT " > 6A82", false, CHANNEL_INIT,
		    8, 17, SY_ERR_NOT_FOUND, 0 },
		{ "a card that went", SELECT " > !", false, CHANNEL_INIT, 8, 17,
		    SY_ERR_CARD_GONE, 0 },
		{ "no byte at all", SELECT " > -", false, CHANNEL_INIT, 8, 17,
		    SY_ERR_CARD, 0 },
	};

	(void)state;
	line = SY_ERR_TIMEOUT;
	for (size_t i = 0; i < SY_COUNT(tc); i++)
		run(&tc[i]);
}

static void
a_message_goes_and_its_reply_comes(void **state)
{
	static const struct step tc[] = {
		{ "short", "80100000010400 > 00A0 9000", false, CHANNEL_CBOR, 1,
		    64, SY_OK, 2 },
		{ "T=0 has no Le",
		    "801000000104 > 6102 / 80C0000002 > 00A09000", true,
		    CHANNEL_CBOR, 1, 64, SY_OK, 2 },
		{ "in parts, without Le but in the last",
		    "90100000FF 04*255 > 9000 / 801000002D 04*45 00 > 00 9000",
		    false, CHANNEL_CBOR, 300, 64, SY_OK, 1 },
		{ "a part that is refused", "90100000FF 04*255 > 6700", false,
		    CHANNEL_CBOR, 300, 64, SY_ERR_CARD, 0 },
		{ "a long reply in rounds",
		    "80100000010400 > AA*256 6100 / 80C0000000 > BB*256 6101 / "
		    "80C0000001 > CC 9000",
		    false, CHANNEL_CBOR, 1, 4096, SY_OK, 513 },
		{ "class 80 is not known",
		    "80100000010400 > 6102 / 80C0000002 > 6E00 / 00C0000002 > "
		    "00A0 9000",
		    false, CHANNEL_CBOR, 1, 64, SY_OK, 2 },
		{ "nor that command",
		    "80100000010400 > 6102 / 80C0000002 > 6D00 / 00C0000002 > "
		    "00A0 9000",
		    false, CHANNEL_CBOR, 1, 64, SY_OK, 2 },
		{ "more than there is room", "80100000010400 > AA*65 9000",
		    false, CHANNEL_CBOR, 1, 64, SY_ERR_CARD, 0 },
		{ "as much as there is", "80100000010400 > AA*64 9000", false,
		    CHANNEL_CBOR, 1, 64, SY_OK, 64 },
		{ "no status", "80100000010400 > 9000", false, CHANNEL_CBOR, 1,
		    64, SY_ERR_CARD, 0 },
		{ "refused", "80100000010400 > 6985", false, CHANNEL_CBOR, 1,
		    64, SY_ERR_CARD, 0 },
		{ "one byte", "80100000010400 > 90", false, CHANNEL_CBOR, 1, 64,
		    SY_ERR_CARD, 0 },
		{ "U2F is not spoken", "", false, CHANNEL_MSG, 1, 64,
		    SY_ERR_ARG, 0 },
	};

	(void)state;
	line = SY_ERR_TIMEOUT;
	for (size_t i = 0; i < SY_COUNT(tc); i++)
		run(&tc[i]);
}

static void
a_card_may_ask_for_patience_but_not_for_ever(void **state)
{
	static const struct step twice = { "twice",
		"80100000010400 > 029100 / 8011000000 > 029100 / "
		"8011000000 > 00 9000",
		false, CHANNEL_CBOR, 1, 64, SY_OK, 1 };
	/* Ten pauses are the deadline. */
	static const struct step ever = { "for ever",
		"80100000010400 > 9100 / 8011000000 > 9100 / "
		"8011000000 > 9100 / 8011000000 > 9100 / 8011000000 > 9100 / "
		"8011000000 > 9100 / 8011000000 > 9100 / 8011000000 > 9100 / "
		"8011000000 > 9100 / 8011000000 > 9100",
		false, CHANNEL_CBOR, 1, 64, SY_ERR_CARD_MUTE, 0 };

	(void)state;
	line = SY_ERR_TIMEOUT;
	touches = 0;
	run(&twice);
	assert_int_equal(touches, 1);
	run(&ever);
}

static void
nothing_is_sent_for_an_agent_that_left(void **state)
{
	static const struct step step = { "left", "", false, CHANNEL_CBOR, 1,
		64, SY_ERR_CLOSED, 0 };

	(void)state;
	line = SY_ERR_CLOSED;
	run(&step);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selecting_stands_for_a_channel),
		cmocka_unit_test(a_message_goes_and_its_reply_comes),
		cmocka_unit_test(a_card_may_ask_for_patience_but_not_for_ever),
		cmocka_unit_test(nothing_is_sent_for_an_agent_that_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
