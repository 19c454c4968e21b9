/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sys/socket.h>
#include <unistd.h>

#include <sanyoso/policy.h>

#include "pam/agent.h"
#include "pam/clock.h"
#include "tests/support/fake_agent.h"
#include "tests/support/pam_place.h"

static const struct sy_pam_request request = { .type = SY_DIALOG_AUTH,
	.auth = { .user = "suzuki",
	    .service = PAM_HOST_SERVICE,
	    .tty = "tty1",
	    .purpose = SY_PURPOSE_LOGIN } };

/* Patient with everybody, for what must not run into a limit. */
static const struct sy_pam_limits patient = { 8000, 9000, 8000 };

static const char *const pins[] = { "1234", "5678", NULL };

/* One talk with an agent that follows ${steps}. */
struct run {
	struct pam_host host;
	struct sy_pam_conversation conversation;
	struct sy_dialog_auth heard;
	struct sy_dialog_result result;
	enum sy_err err;
	const char *failure; /* the agent's */
};

static void
run_talk(struct run *run, const struct fake_step *steps,
    const struct sy_pam_limits *limits)
{
	struct fake_agent *agent;
	struct sy_error error = { .code = SY_OK };
	int pair[2];

	pam_place_start_bare(&run->host);
	run->conversation.pamh = run->host.pamh;
	memset(&run->result, 0xee, sizeof(run->result));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	agent = fake_agent_start_fd(pair[1], steps);
	assert_non_null(agent);
	run->err = sy_pam_talk(pair[0], &request, limits, &run->conversation,
	    &run->result, &error);
	assert_int_equal(error.code, run->err);
	close(pair[0]);
	run->failure = fake_agent_stop(agent, &run->heard);
	assert_int_equal(pam_host_end(&run->host), PAM_SUCCESS);
	/* Nothing is said to be a result unless there was one. */
	if (run->err != SY_OK)
		assert_int_equal(run->result.result, 0xee);
}

#define WHOLE_STEPS 9
static const struct fake_step whole[WHOLE_STEPS + 1] = {
	{ FAKE_AUTH, "suzuki", 0, NULL },
	{ FAKE_INFO, "put your card in", 0, NULL },
	{ FAKE_WAIT, NULL, 0, NULL },
	{ FAKE_PROMPT, "PIN: ", 7, NULL },
	{ FAKE_ANSWER, "1234", 7, NULL },
	{ FAKE_ERROR, "wrong PIN", 0, NULL },
	{ FAKE_PROMPT_ON, "again: ", 8, NULL },
	{ FAKE_ANSWER, "5678", 8, NULL },
	{ FAKE_RESULT, "suzuki", SY_RESULT_ALLOWED, "welcome" },
	{ FAKE_END, NULL, 0, NULL },
};

static void
words_and_answers_are_carried_until_the_result(void **state)
{
	struct run run = { .host = { .answers = pins } };

	(void)state;
	run_talk(&run, whole, &patient);
	assert_int_equal(run.err, SY_OK);
	assert_null(run.failure);
	assert_memory_equal(&run.heard, &request.auth, sizeof(request.auth));
	assert_string_equal(run.host.log,
	    "I:put your card in\nP:PIN: \nE:wrong PIN\nO:again: \n");
	assert_int_equal(run.result.result, SY_RESULT_ALLOWED);
	assert_string_equal(run.result.login, "suzuki");
	assert_string_equal(run.result.text, "welcome");
}

static void
an_agent_that_dies_at_any_step_ends_the_talk(void **state)
{
	(void)state;
	for (size_t n = 0; n < WHOLE_STEPS; n++) {
		struct fake_step steps[WHOLE_STEPS + 1] = { { 0 } };
		struct run run = { .host = { .answers = pins } };

		print_message("  after %zu steps\n", n);
		memcpy(steps, whole, n * sizeof(steps[0]));
		run_talk(&run, steps, &patient);
		assert_null(run.failure);
		assert_int_equal(run.err, SY_ERR_CLOSED);
	}
}

static void
what_the_agent_said_before_it_left_is_told_after_the_typing(void **state)
{
	static const struct fake_step steps[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_PROMPT, "PIN: ", 7, NULL },
		{ FAKE_ERROR, "no PIN in time", 0, NULL },
		{ FAKE_RESULT, "", SY_RESULT_CANCELLED, "start again" },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run = { .host = { .answers = pins, .typing_ms = 200 } };

	(void)state;
	run_talk(&run, steps, &patient);
	assert_null(run.failure);
	assert_int_equal(run.err, SY_OK);
	assert_int_equal(run.result.result, SY_RESULT_CANCELLED);
	assert_string_equal(run.result.text, "start again");
	assert_string_equal(run.host.log, "P:PIN: \nE:no PIN in time\n");
}

static void
an_agent_that_hangs_at_any_step_is_given_up(void **state)
{
	static const struct sy_pam_limits limits = { 500, 9000, 8000 };

	(void)state;
	for (size_t n = 0; n < WHOLE_STEPS; n++) {
		struct fake_step steps[WHOLE_STEPS + 1] = { { 0 } };
		struct run run = { .host = { .answers = pins } };

		print_message("  after %zu steps\n", n);
		memcpy(steps, whole, n * sizeof(steps[0]));
		steps[n].what = FAKE_HANG;
		run_talk(&run, steps, &limits);
		assert_null(run.failure);
		assert_int_equal(run.err, SY_ERR_TIMEOUT);
	}
}

static void
an_agent_that_says_it_is_alive_is_waited_for(void **state)
{
	static const struct sy_pam_limits limits = { 2000, 9000, 8000 };
	static const struct fake_step steps[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_PAUSE, NULL, 600, NULL },
		{ FAKE_WAIT, NULL, 0, NULL },
		{ FAKE_PAUSE, NULL, 600, NULL },
		{ FAKE_WAIT, NULL, 0, NULL },
		{ FAKE_PAUSE, NULL, 600, NULL },
		{ FAKE_WAIT, NULL, 0, NULL },
		{ FAKE_PAUSE, NULL, 600, NULL },
		{ FAKE_RESULT, NULL, SY_RESULT_DENIED, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run = { .host = { .answers = pins } };

	(void)state;
	run_talk(&run, steps, &limits);
	assert_null(run.failure);
	assert_int_equal(run.err, SY_OK);
	assert_int_equal(run.result.result, SY_RESULT_DENIED);
}

static void
a_person_who_does_not_act_in_time_is_cancelled(void **state)
{
	static const struct sy_pam_limits limits = { 8000, 1000, 8000 };
	static const struct fake_step waiting[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_INFO, "put your card in", 0, NULL },
		{ FAKE_WAIT, NULL, 0, NULL },
		{ FAKE_HANG, NULL, 0, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run = { .host = { .answers = pins } };

	(void)state;
	run_talk(&run, waiting, &limits);
	assert_null(run.failure);
	assert_int_equal(run.err, SY_ERR_CANCELLED);
}

static void
an_agent_that_never_spoke_is_not_blamed_on_the_person(void **state)
{
	static const struct sy_pam_limits limits = { 8000, 1000, 8000 };
	static const struct fake_step mute[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_HANG, NULL, 0, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	static const struct fake_step after_answer[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_PROMPT, "PIN: ", 1, NULL },
		{ FAKE_ANSWER, "1234", 1, NULL },
		{ FAKE_HANG, NULL, 0, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run = { .host = { .answers = pins } };
	struct run late = { .host = { .answers = pins } };

	(void)state;
	run_talk(&run, mute, &limits);
	assert_int_equal(run.err, SY_ERR_TIMEOUT);
	run_talk(&late, after_answer, &limits);
	assert_null(late.failure);
	assert_int_equal(late.err, SY_ERR_TIMEOUT);
}

static void
what_no_agent_says_ends_the_talk(void **state)
{
	static const struct {
		const char *what;
		const char *bytes;
		uint32_t len;
	} tc[] = {
		{ "a length of 0", "\0\0\0\0", 4 },
		{ "a length of 1", "\0\0\0\1\1", 5 },
		{ "a length beyond every frame", "\0\1\0\0", 4 },
		{ "the longest length", "\xff\xff\xff\xff", 4 },
		{ "another version", "\0\0\0\2\2\x84", 6 },
		{ "version 0", "\0\0\0\2\0\x84", 6 },
		{ "an unknown type", "\0\0\0\2\1\x85", 6 },
		{ "type 0", "\0\0\0\2\1\0", 6 },
		{ "a client's AUTH", "\0\0\0\2\1\1", 6 },
		{ "a client's ANSWER", "\0\0\0\x9\1\2\0\0\0\1\0\0\0", 13 },
		{ "a client's STATUS", "\0\0\0\2\1\4", 6 },
		{ "a WAIT with a body", "\0\0\0\3\1\x84\0", 7 },
		{ "an INFO without text", "\0\0\0\2\1\x81", 6 },
		{ "an INFO with an escape", "\0\0\0\5\1\x81\0\1\x1b", 9 },
		{ "an INFO that is not UTF-8", "\0\0\0\5\1\x81\0\1\xff", 9 },
		{ "a PROMPT that is cut", "\0\0\0\7\1\x83\0\0\0\1\0", 11 },
		{ "a PROMPT with echo 2", "\0\0\0\x9\1\x83\0\0\0\1\2\0\0", 13 },
		{ "an unknown RESULT", "\0\0\0\xb\1\x8f\xb\0\0\0\0\0\0\0\0",
		    15 },
		{ "a RESULT without the rest", "\0\0\0\3\1\x8f\1", 7 },
		{ "DENIED with a name", "\0\0\0\xc\1\x8f\0\0\1a\0\0\0\0\0\0",
		    16 },
		{ "DENIED with evidence", "\0\0\0\xc\1\x8f\0\0\0\0\1a\0\0\0\0",
		    16 },
		{ "a client's OPEN", "\0\0\0\2\1\7", 6 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct fake_step steps[] = {
			{ FAKE_AUTH, "suzuki", 0, NULL },
			{ FAKE_RAW, tc[i].bytes, tc[i].len, NULL },
			{ FAKE_HANG, NULL, 0, NULL },
			{ FAKE_END, NULL, 0, NULL },
		};
		struct run run = { .host = { .answers = pins } };

		print_message("  %s\n", tc[i].what);
		run_talk(&run, steps, &patient);
		assert_null(run.failure);
		assert_int_equal(run.err, SY_ERR_PROTOCOL);
		assert_string_equal(run.host.log, "");
	}
}

/* "ALLOWED suzuki" as bytes. */
static size_t
allowed_frame(uint8_t *out)
{
	const struct sy_dialog_result result = {
		.result = SY_RESULT_ALLOWED, .login = "suzuki", .support = "A1"
	};
	struct sy_buf *buf = NULL;
	size_t len;

	assert_int_equal(sy_buf_new(SY_FRAME_MAX, &buf), SY_OK);
	assert_int_equal(sy_dialog_put_result(buf, &result), SY_OK);
	len = sy_buf_len(buf);
	memcpy(out, sy_buf_data(buf), len);
	sy_buf_free(&buf);
	return len;
}

static enum sy_err
talk_of_raw(const uint8_t *bytes, size_t len)
{
	const struct fake_step steps[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_RAW, (const char *)bytes, (uint32_t)len, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run = { .host = { .answers = pins } };

	run_talk(&run, steps, &patient);
	assert_null(run.failure);
	return run.err;
}

static void
a_yes_cut_or_padded_at_any_byte_is_no_yes(void **state)
{
	uint8_t frame[64], padded[65];
	const size_t len = allowed_frame(frame);

	(void)state;
	assert_int_equal(talk_of_raw(frame, len), SY_OK);
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(talk_of_raw(frame, cut), SY_ERR_CLOSED);
		if (cut < SY_FRAME_HEADER)
			continue;
		/* Cut, with a length that says so. */
		memcpy(padded, frame, len);
		padded[3] = (uint8_t)(cut - 4);
		assert_int_equal(talk_of_raw(padded, cut), SY_ERR_PROTOCOL);
	}
	for (size_t at = SY_FRAME_HEADER; at <= len; at++) {
		memcpy(padded, frame, at);
		padded[at] = 0;
		memcpy(padded + at + 1, frame + at, len - at);
		padded[3]++;
		assert_int_equal(talk_of_raw(padded, len + 1), SY_ERR_PROTOCOL);
	}
}

static void
what_comes_behind_the_result_is_not_read(void **state)
{
	uint8_t frames[128];
	size_t len = allowed_frame(frames);

	(void)state;
	len += allowed_frame(frames + len);
	assert_int_equal(talk_of_raw(frames, len), SY_OK);
}

static void
the_longest_text_fits_and_a_longer_frame_does_not(void **state)
{
	char text[SY_DIALOG_TEXT_SIZE];
	uint8_t big[4096] = { 0, 0, 0x0f, 0xfc, 1, 0x81 };
	const struct fake_step steps[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_INFO, text, 0, NULL },
		{ FAKE_RESULT, NULL, SY_RESULT_DENIED, text },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run = { .host = { .answers = pins } };

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	run_talk(&run, steps, &patient);
	assert_int_equal(run.err, SY_OK);
	assert_int_equal(strlen(run.host.log), 2 + sizeof(text));
	assert_string_equal(run.result.text, text);
	assert_int_equal(talk_of_raw(big, sizeof(big)), SY_ERR_PROTOCOL);
}

static void
a_failed_conversation_is_told_as_no_answer(void **state)
{
	static const struct fake_step steps[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_PROMPT, "PIN: ", 7, NULL },
		{ FAKE_NO_ANSWER, NULL, 7, NULL },
		{ FAKE_INFO, "nobody sees this", 0, NULL },
		{ FAKE_PROMPT, "again: ", 8, NULL },
		{ FAKE_NO_ANSWER, NULL, 8, NULL },
		{ FAKE_RESULT, NULL, SY_RESULT_CANCELLED, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run = { .host = { .fail_at = 1 } };

	(void)state;
	run_talk(&run, steps, &patient);
	assert_null(run.failure);
	assert_int_equal(run.err, SY_OK);
	assert_true(run.conversation.failed);
	assert_string_equal(run.host.log, "P:PIN: \n");
}

static void
without_a_person_the_result_is_not_waited_for_long(void **state)
{
	static const struct sy_pam_limits limits = { 8000, 9000, 50 };
	static const struct fake_step steps[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_PROMPT, "PIN: ", 7, NULL },
		{ FAKE_NO_ANSWER, NULL, 7, NULL },
		{ FAKE_HANG, NULL, 0, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	const struct timespec early = sy_pam_deadline(4000);
	struct run run = { .host = { .empty_handed = true } };
	struct timeval left;

	(void)state;
	run_talk(&run, steps, &limits);
	assert_int_equal(run.err, SY_ERR_TIMEOUT);
	assert_true(run.conversation.failed);
	assert_true(sy_pam_time_left(&early, &left));
}

static void
an_answer_too_long_to_be_one_is_not_given(void **state)
{
	static char longest[SY_DIALOG_ANSWER_MAX + 2];
	const char *const answers[] = { longest, NULL };
	const struct fake_step steps[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_PROMPT, "PIN: ", 7, NULL },
		{ FAKE_NO_ANSWER, NULL, 7, NULL },
		{ FAKE_RESULT, NULL, SY_RESULT_DENIED, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run = { .host = { .answers = answers } };

	(void)state;
	memset(longest, 'a', SY_DIALOG_ANSWER_MAX + 1);
	run_talk(&run, steps, &patient);
	assert_null(run.failure);
	assert_int_equal(run.err, SY_OK);
}

/* As i3lock does: what was typed once answers everything. */
static void
a_host_that_answers_from_one_buffer_is_carried_as_it_is(void **state)
{
	static const struct fake_step steps[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_PROMPT, "Password: ", 7, NULL },
		{ FAKE_ANSWER, "1234", 7, NULL },
		{ FAKE_PROMPT, "PIN: ", 8, NULL },
		{ FAKE_ANSWER, "1234", 8, NULL },
		{ FAKE_RESULT, NULL, SY_RESULT_DENIED, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run = { .host = { .answers = pins, .one_buffer = true } };

	(void)state;
	run_talk(&run, steps, &patient);
	assert_null(run.failure);
	assert_int_equal(run.err, SY_OK);
}

/* sshd shows information with the next prompt only. (LOGIN-2) */
static void
what_is_to_be_done_first_becomes_a_prompt_where_information_is_held_back(
    void **state)
{
	static const struct fake_step steps[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_INFO, "welcome", 0, NULL },
		{ FAKE_INFO, "put your card in", 0, NULL },
		{ FAKE_WAIT, NULL, 0, NULL },
		{ FAKE_WAIT, NULL, 0, NULL },
		{ FAKE_INFO, "six digits", 0, NULL },
		{ FAKE_PROMPT, "PIN: ", 7, NULL },
		{ FAKE_ANSWER, "5678", 7, NULL },
		{ FAKE_INFO, "last login", 0, NULL },
		{ FAKE_RESULT, "suzuki", SY_RESULT_ALLOWED, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run = { .host = { .answers = pins } };

	(void)state;
	run.conversation.enter = true;
	run_talk(&run, steps, &patient);
	assert_null(run.failure);
	assert_int_equal(run.err, SY_OK);
	/* What was typed there is nobody's PIN. */
	assert_string_equal(run.host.log,
	    "I:welcome\nP:put your card in [Enter] \nI:six digits\n"
	    "P:PIN: \nI:last login\n");
}

/* LightDM's greeter shows the latest message only, and no prompt beside it.
 * (LOGIN-2) */
static void
what_one_message_hides_is_told_together_where_that_is_wanted(void **state)
{
	static const struct fake_step steps[] = {
		{ FAKE_AUTH, "suzuki", 0, NULL },
		{ FAKE_INFO, "put your card in", 0, NULL },
		{ FAKE_PAUSE, NULL, SY_PAM_TEXTS_READ + 100, NULL },
		{ FAKE_INFO, "six digits", 0, NULL },
		{ FAKE_PROMPT, "PIN: ", 7, NULL },
		{ FAKE_ANSWER, "1234", 7, NULL },
		{ FAKE_ERROR, "wrong PIN", 0, NULL },
		{ FAKE_INFO, "again", 0, NULL },
		{ FAKE_PROMPT, "PIN: ", 8, NULL },
		{ FAKE_ANSWER, "5678", 8, NULL },
		{ FAKE_INFO, "for work only", 0, NULL },
		{ FAKE_INFO, "last login", 0, NULL },
		{ FAKE_RESULT, "suzuki", SY_RESULT_ALLOWED, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	static const char *const answers[] = { "1234", "5678", "", NULL };
	struct run run = { .host = { .answers = answers } };

	(void)state;
	run.conversation.together = true;
	run_talk(&run, steps, &patient);
	assert_null(run.failure);
	assert_int_equal(run.err, SY_OK);
	assert_string_equal(run.host.log,
	    "I:put your card in\nI:six digits\nP:PIN: \n"
	    "E:wrong PIN\nI:again\nI:wrong PIN\nagain\nP:PIN: \n"
	    "I:for work only\nI:last login\n");
	/* The last ones are for sy_pam_settle. */
	assert_string_equal(run.conversation.texts.text,
	    "for work only\nlast login");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    words_and_answers_are_carried_until_the_result),
		cmocka_unit_test(an_agent_that_dies_at_any_step_ends_the_talk),
		cmocka_unit_test(
		    what_the_agent_said_before_it_left_is_told_after_the_typing),
		cmocka_unit_test(an_agent_that_hangs_at_any_step_is_given_up),
		cmocka_unit_test(an_agent_that_says_it_is_alive_is_waited_for),
		cmocka_unit_test(
		    a_person_who_does_not_act_in_time_is_cancelled),
		cmocka_unit_test(
		    an_agent_that_never_spoke_is_not_blamed_on_the_person),
		cmocka_unit_test(what_no_agent_says_ends_the_talk),
		cmocka_unit_test(a_yes_cut_or_padded_at_any_byte_is_no_yes),
		cmocka_unit_test(what_comes_behind_the_result_is_not_read),
		cmocka_unit_test(
		    the_longest_text_fits_and_a_longer_frame_does_not),
		cmocka_unit_test(a_failed_conversation_is_told_as_no_answer),
		cmocka_unit_test(
		    without_a_person_the_result_is_not_waited_for_long),
		cmocka_unit_test(
		    a_host_that_answers_from_one_buffer_is_carried_as_it_is),
		cmocka_unit_test(
		    what_is_to_be_done_first_becomes_a_prompt_where_information_is_held_back),
		cmocka_unit_test(
		    what_one_message_hides_is_told_together_where_that_is_wanted),
		cmocka_unit_test(an_answer_too_long_to_be_one_is_not_given),
	};

	return cmocka_run_group_tests_name("pam_agent", tests, pam_place_setup,
	    pam_place_teardown);
}
