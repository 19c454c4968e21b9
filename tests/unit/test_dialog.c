/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sanyoso/dialog.h>
#include <sanyoso/policy.h>

#include "tests/support/faults.h"

static struct sy_buf *buf;

static int
make_buf(void **state)
{
	(void)state;
	return sy_buf_new(SY_FRAME_MAX, &buf) == SY_OK ? 0 : -1;
}

static int
free_buf(void **state)
{
	(void)state;
	sy_buf_free(&buf);
	return 0;
}

/* --- one decoder for each type, so that tests can go over all --- */

static union {
	struct sy_dialog_auth auth;
	struct sy_dialog_phase phase;
	struct sy_dialog_enroll enroll;
	struct sy_dialog_key key;
	struct sy_dialog_office office;
	struct sy_dialog_prompt prompt;
	struct sy_dialog_result result;
	char text[SY_DIALOG_TEXT_SIZE];
} got;

static enum sy_err
get(const struct sy_frame *frame)
{
	struct sy_secret *answer = NULL;
	uint32_t number;
	bool given;
	enum sy_err err;

	switch (frame->type) {
	case SY_DIALOG_AUTH:
		return sy_dialog_get_auth(frame, &got.auth);
	case SY_DIALOG_ACCOUNT:
	case SY_DIALOG_CHANGE:
	case SY_DIALOG_OPEN:
	case SY_DIALOG_CLOSE:
		return sy_dialog_get_phase(frame, &got.phase);
	case SY_DIALOG_ENROLL:
		return sy_dialog_get_enroll(frame, &got.enroll);
	case SY_DIALOG_KEY:
		return sy_dialog_get_key(frame, &got.key);
	case SY_DIALOG_OFFICE:
		return sy_dialog_get_office(frame, &got.office);
	case SY_DIALOG_INFO:
	case SY_DIALOG_ERROR:
		return sy_dialog_get_text(frame, got.text);
	case SY_DIALOG_PROMPT:
		return sy_dialog_get_prompt(frame, &got.prompt);
	case SY_DIALOG_RESULT:
		return sy_dialog_get_result(frame, &got.result);
	case SY_DIALOG_WAIT:
		return sy_dialog_get_empty(frame, SY_DIALOG_WAIT);
	case SY_DIALOG_STATUS:
		return sy_dialog_get_empty(frame, SY_DIALOG_STATUS);
	case SY_DIALOG_ANSWER:
		assert_int_equal(sy_secret_new(SY_DIALOG_ANSWER_MAX, &answer),
		    SY_OK);
		err = sy_dialog_get_answer(frame, &number, &given, answer);
		sy_secret_free(&answer);
		return err;
	default:
		return SY_ERR_FORMAT;
	}
}

/* The frame that was just put. */
static struct sy_frame
sent(void)
{
	struct sy_frame frame;
	size_t used;

	assert_int_equal(sy_frame_parse(sy_buf_data(buf), sy_buf_len(buf),
			     SY_FRAME_MAX, &frame, &used),
	    SY_OK);
	assert_int_equal(used, sy_buf_len(buf));
	assert_int_equal(frame.version, SY_DIALOG_VERSION);
	return frame;
}

/* Whatever is cut from its end or added to it is refused, and so are its bytes
 * under any other version or type. */
static void
assert_strict(struct sy_frame frame)
{
	uint8_t *bytes = malloc(frame.len + 1);
	const struct sy_frame whole = frame;

	assert_non_null(bytes);
	if (frame.len > 0)
		memcpy(bytes, frame.body, frame.len);
	bytes[whole.len] = 0;
	frame.body = bytes;
	for (frame.len = 0; frame.len <= whole.len + 1; frame.len++)
		if (frame.len != whole.len)
			assert_int_equal(get(&frame), SY_ERR_FORMAT);
	frame.len = whole.len;
	for (unsigned int v = 0; v < 256; v++) {
		frame.version = (uint8_t)v;
		assert_int_equal(get(&frame),
		    v == SY_DIALOG_VERSION ? SY_OK : SY_ERR_FORMAT);
	}
	free(bytes);
}

static const struct sy_dialog_auth auth = { .user = "suzuki",
	.service = "login",
	.tty = "/dev/tty1",
	.ruser = "root",
	.rhost = "10.1.2.3",
	.purpose = SY_PURPOSE_LOGIN,
	.lang = SY_LANG_JA };

static void
an_auth_comes_back_and_nothing_else_does(void **state)
{
	struct sy_frame frame;

	(void)state;
	assert_int_equal(sy_dialog_put_auth(buf, &auth), SY_OK);
	frame = sent();
	assert_int_equal(frame.type, SY_DIALOG_AUTH);
	assert_int_equal(get(&frame), SY_OK);
	assert_memory_equal(&got.auth, &auth, sizeof(auth));
	assert_strict(frame);
}

/* An AUTH as somebody else might write it. */
static struct sy_frame
foreign_auth(const struct sy_dialog_auth *a)
{
	sy_frame_begin(buf, SY_DIALOG_VERSION, SY_DIALOG_AUTH);
	(void)sy_buf_bytes16(buf, a->user, strlen(a->user));
	(void)sy_buf_bytes16(buf, a->service, strlen(a->service));
	for (int k = 0; k < 3; k++)
		(void)sy_buf_text(buf, "");
	(void)sy_buf_u8(buf, a->purpose);
	(void)sy_buf_u8(buf, a->lang);
	(void)sy_buf_u8(buf, a->identify);
	assert_int_equal(sy_frame_end(buf), SY_OK);
	return sent();
}

static void
an_auth_has_user_service_purpose_and_language(void **state)
{
	static const struct {
		const char *what;
		struct sy_dialog_auth auth;
		enum sy_err err;
	} tc[] = {
		{ "first", { "a", "b", "", "", "", 1, 0, 0 }, SY_OK },
		{ "last", { "a", "b", "", "", "", SY_PURPOSE_OPERATOR, 2, 0 },
		    SY_OK },
		{ "by the card", { "", "b", "", "", "", 1, 0, 1 }, SY_OK },
		{ "no user", { "", "b", "", "", "", 1, 0, 0 }, SY_ERR_FORMAT },
		{ "user and by the card", { "a", "b", "", "", "", 1, 0, 1 },
		    SY_ERR_FORMAT },
		{ "identify twice", { "", "b", "", "", "", 1, 0, 2 },
		    SY_ERR_FORMAT },
		{ "identify anybody", { "a", "b", "", "", "", 1, 0, 2 },
		    SY_ERR_FORMAT },
		{ "no service", { "a", "", "", "", "", 1, 0, 0 },
		    SY_ERR_FORMAT },
		{ "no purpose", { "a", "b", "", "", "", 0, 0, 0 },
		    SY_ERR_FORMAT },
		{ "unknown purpose",
		    { "a", "b", "", "", "", SY_PURPOSE_COUNT, 0, 0 },
		    SY_ERR_FORMAT },
		{ "unknown language", { "a", "b", "", "", "", 1, 3, 0 },
		    SY_ERR_FORMAT },
		{ "unclean user", { "a\nb", "b", "", "", "", 1, 0, 0 },
		    SY_ERR_FORMAT },
		{ "no UTF-8", { "\xff", "b", "", "", "", 1, 0, 0 },
		    SY_ERR_FORMAT },
	};
	struct sy_dialog_auth a = auth;
	struct sy_frame frame;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(sy_dialog_put_auth(buf, &tc[i].auth),
		    tc[i].err);
		frame = foreign_auth(&tc[i].auth);
		assert_int_equal(get(&frame), tc[i].err);
	}
	memset(a.user, 'a', sizeof(a.user)); /* no NUL */
	assert_int_equal(sy_dialog_put_auth(buf, &a), SY_ERR_FORMAT);
}

#define EVIDENCE "0123456789abcdef0123456789abcdef"

static const struct sy_dialog_phase phase = { .evidence = EVIDENCE,
	.user = "suzuki",
	.service = "sudo",
	.tty = "/dev/pts/3",
	.ruser = "tanaka",
	.rhost = "10.1.2.3",
	.purpose = SY_PURPOSE_PRIVILEGED,
	.lang = SY_LANG_EN,
	.expired = 1 };
static const enum sy_dialog_type phases[] = { SY_DIALOG_ACCOUNT,
	SY_DIALOG_CHANGE, SY_DIALOG_OPEN, SY_DIALOG_CLOSE };

static void
a_phase_comes_back_and_nothing_else_does(void **state)
{
	struct sy_frame frame;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(phases); i++) {
		assert_int_equal(sy_dialog_put_phase(buf, phases[i], &phase),
		    SY_OK);
		frame = sent();
		assert_int_equal(frame.type, phases[i]);
		assert_int_equal(get(&frame), SY_OK);
		assert_memory_equal(&got.phase, &phase, sizeof(phase));
		assert_strict(frame);
	}
	/* It is of one of four types. */
	for (unsigned int v = 0; v < 256; v++) {
		const bool known =
		    v >= SY_DIALOG_ACCOUNT && v <= SY_DIALOG_CLOSE;

		assert_int_equal(sy_dialog_put_phase(buf,
				     (enum sy_dialog_type)v, &phase),
		    known ? SY_OK : SY_ERR_ARG);
		frame.type = (uint8_t)v;
		if (!known)
			assert_int_equal(sy_dialog_get_phase(&frame,
					     &got.phase),
			    SY_ERR_FORMAT);
	}
}

static void
a_phase_has_user_service_purpose_and_language(void **state)
{
	static const struct {
		const char *what;
		struct sy_dialog_phase phase;
		enum sy_err err;
	} tc[] = {
		{ "least", { "", "a", "b", "", "", "", 1, 0, 0 }, SY_OK },
		{ "most",
		    { EVIDENCE, "a", "b", "c", "d", "e", SY_PURPOSE_OPERATOR, 2,
			1 },
		    SY_OK },
		{ "no user", { "", "", "b", "", "", "", 1, 0, 0 },
		    SY_ERR_FORMAT },
		{ "no service", { "", "a", "", "", "", "", 1, 0, 0 },
		    SY_ERR_FORMAT },
		{ "no purpose", { "", "a", "b", "", "", "", 0, 0, 0 },
		    SY_ERR_FORMAT },
		{ "unknown purpose",
		    { "", "a", "b", "", "", "", SY_PURPOSE_COUNT, 0, 0 },
		    SY_ERR_FORMAT },
		{ "unknown language", { "", "a", "b", "", "", "", 1, 3, 0 },
		    SY_ERR_FORMAT },
		{ "expired twice", { "", "a", "b", "", "", "", 1, 0, 2 },
		    SY_ERR_FORMAT },
		{ "unclean evidence", { "\x1b", "a", "b", "", "", "", 1, 0, 0 },
		    SY_ERR_FORMAT },
		{ "unclean host", { "", "a", "b", "", "", "\n", 1, 0, 0 },
		    SY_ERR_FORMAT },
	};
	struct sy_dialog_phase p = phase;
	struct sy_frame frame;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct sy_dialog_phase *t = &tc[i].phase;
		const char *const texts[] = { t->evidence, t->user, t->service,
			t->tty, t->ruser, t->rhost };

		print_message("  %s\n", tc[i].what);
		assert_int_equal(sy_dialog_put_phase(buf, SY_DIALOG_OPEN, t),
		    tc[i].err);
		/* The same as somebody else might write it. */
		sy_frame_begin(buf, SY_DIALOG_VERSION, SY_DIALOG_OPEN);
		for (size_t k = 0; k < SY_COUNT(texts); k++)
			(void)sy_buf_bytes16(buf, texts[k], strlen(texts[k]));
		(void)sy_buf_u8(buf, t->purpose);
		(void)sy_buf_u8(buf, t->lang);
		(void)sy_buf_u8(buf, t->expired);
		assert_int_equal(sy_frame_end(buf), SY_OK);
		frame = sent();
		assert_int_equal(get(&frame), tc[i].err);
	}
	memset(p.evidence, '0', sizeof(p.evidence)); /* no NUL */
	assert_int_equal(sy_dialog_put_phase(buf, SY_DIALOG_OPEN, &p),
	    SY_ERR_FORMAT);
}

static void
an_enroll_comes_back_and_nothing_else_does(void **state)
{
	struct sy_dialog_enroll enroll = { .user = "sato", .lang = SY_LANG_EN };
	struct sy_frame frame;

	(void)state;
	assert_int_equal(sy_dialog_put_enroll(buf, &enroll), SY_OK);
	frame = sent();
	assert_int_equal(frame.type, SY_DIALOG_ENROLL);
	assert_int_equal(get(&frame), SY_OK);
	assert_memory_equal(&got.enroll, &enroll, sizeof(enroll));
	assert_strict(frame);
	enroll.lang = 3;
	assert_int_equal(sy_dialog_put_enroll(buf, &enroll), SY_ERR_FORMAT);
	enroll.lang = 0;
	enroll.user[0] = '\0';
	assert_int_equal(sy_dialog_put_enroll(buf, &enroll), SY_ERR_FORMAT);
}

static void
a_key_s_task_comes_back_and_nothing_else_does(void **state)
{
	static const struct {
		uint8_t task;
		const char *finger;
		bool fits;
	} tc[] = {
		{ 0, "", false },
		{ SY_KEY_CHANGE_PIN, "", true },
		{ SY_KEY_CHANGE_PIN, "thumb", false },
		{ SY_KEY_LIST_FINGERS, "", true },
		{ SY_KEY_LIST_FINGERS, "thumb", false },
		{ SY_KEY_ADD_FINGER, "", true },
		{ SY_KEY_ADD_FINGER, "thumb", true },
		{ SY_KEY_REMOVE_FINGER, "", false },
		{ SY_KEY_REMOVE_FINGER, "thumb", true },
		{ SY_KEY_TASKS, "", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const enum sy_err expected = tc[i].fits ? SY_OK : SY_ERR_FORMAT;
		struct sy_dialog_key key = {
			.user = "sato", .lang = SY_LANG_JA, .task = tc[i].task
		};
		struct sy_frame frame;

		(void)snprintf(key.finger, sizeof(key.finger), "%s",
		    tc[i].finger);
		assert_int_equal(sy_dialog_put_key(buf, &key), expected);
		sy_frame_begin(buf, SY_DIALOG_VERSION, SY_DIALOG_KEY);
		sy_buf_text(buf, "sato");
		sy_buf_u8(buf, SY_LANG_JA);
		sy_buf_u8(buf, key.task);
		sy_buf_text(buf, key.finger);
		assert_int_equal(sy_frame_end(buf), SY_OK);
		frame = sent();
		assert_int_equal(get(&frame), expected);
		if (!tc[i].fits)
			continue;
		assert_memory_equal(&got.key, &key, sizeof(key));
		assert_strict(frame);
	}
}

/* A card has no options, and a random PIN goes with a finger and no other PIN:
 * the same rule on both sides of the line. */
static void
options_of_a_key_go_together_or_are_refused(void **state)
{
	static const uint8_t good[] = { 0, SY_ENROLL_BIO, SY_ENROLL_PIN,
		SY_ENROLL_BIO | SY_ENROLL_PIN,
		SY_ENROLL_BIO | SY_ENROLL_MANAGED };
	struct sy_dialog_enroll enroll = { .user = "sato" };

	(void)state;
	for (unsigned int key = 0; key < 256; key++)
		for (unsigned int options = 0; options < 256; options++) {
			const uint8_t without = (uint8_t)(options &
			    ~(unsigned int)SY_ENROLL_RESIDENT);
			const bool fits = key == 0 ? options == 0
						   : key == 1 &&
				memchr(good, without, sizeof(good)) != NULL;
			const enum sy_err expected =
			    fits ? SY_OK : SY_ERR_FORMAT;
			struct sy_frame frame;

			enroll.key = (uint8_t)key;
			enroll.options = (uint8_t)options;
			assert_int_equal(sy_dialog_put_enroll(buf, &enroll),
			    expected);
			sy_frame_begin(buf, SY_DIALOG_VERSION,
			    SY_DIALOG_ENROLL);
			sy_buf_text(buf, "sato");
			sy_buf_u8(buf, 0);
			sy_buf_u8(buf, enroll.key);
			sy_buf_u8(buf, enroll.options);
			assert_int_equal(sy_frame_end(buf), SY_OK);
			frame = sent();
			assert_int_equal(get(&frame), expected);
			if (fits)
				assert_memory_equal(&got.enroll, &enroll,
				    sizeof(enroll));
		}
}

static void
a_task_of_the_card_office_comes_back_and_nothing_else_does(void **state)
{
	struct sy_dialog_office office = {
		.user = "sato", .lang = SY_LANG_EN, .task = 3
	};
	struct sy_frame frame;

	(void)state;
	assert_int_equal(sy_dialog_put_office(buf, &office), SY_OK);
	frame = sent();
	assert_int_equal(frame.type, SY_DIALOG_OFFICE);
	assert_int_equal(get(&frame), SY_OK);
	assert_memory_equal(&got.office, &office, sizeof(office));
	assert_strict(frame);
	office.task = 0;
	assert_int_equal(sy_dialog_put_office(buf, &office), SY_ERR_FORMAT);
	office.task = SY_DIALOG_TASKS;
	assert_int_equal(sy_dialog_put_office(buf, &office), SY_ERR_FORMAT);
	office.task = 1;
	office.user[0] = '\0';
	assert_int_equal(sy_dialog_put_office(buf, &office), SY_ERR_FORMAT);
}

static void
texts_come_back_and_nothing_else_does(void **state)
{
	static const enum sy_dialog_type types[] = { SY_DIALOG_INFO,
		SY_DIALOG_ERROR };
	char longest[SY_DIALOG_TEXT_SIZE + 1];
	struct sy_frame frame;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(types); i++) {
		assert_int_equal(sy_dialog_put_text(buf, types[i],
				     "\xe3\x82\xab\xe3\x83\xbc\xe3\x83\x89"),
		    SY_OK);
		frame = sent();
		assert_int_equal(frame.type, types[i]);
		assert_int_equal(get(&frame), SY_OK);
		assert_string_equal(got.text,
		    "\xe3\x82\xab\xe3\x83\xbc\xe3\x83\x89");
		assert_strict(frame);
	}
	memset(longest, 'a', sizeof(longest));
	longest[SY_DIALOG_TEXT_SIZE] = '\0';
	assert_int_equal(sy_dialog_put_text(buf, SY_DIALOG_INFO, longest),
	    SY_ERR_LIMIT);
	longest[SY_DIALOG_TEXT_SIZE - 1] = '\0';
	assert_int_equal(sy_dialog_put_text(buf, SY_DIALOG_INFO, longest),
	    SY_OK);
	frame = sent();
	assert_int_equal(get(&frame), SY_OK);
	assert_string_equal(got.text, longest);
	assert_int_equal(sy_dialog_put_text(buf, SY_DIALOG_PROMPT, "a"),
	    SY_ERR_ARG);
	assert_int_equal(sy_dialog_put_text(buf, SY_DIALOG_INFO, "a\x1b[m"),
	    SY_ERR_FORMAT);
}

static void
a_prompt_comes_back_and_nothing_else_does(void **state)
{
	struct sy_dialog_prompt prompt = {
		.number = 0x01020304, .echo = true, .text = "PIN: "
	};
	uint8_t bytes[64];
	struct sy_frame frame;

	(void)state;
	assert_int_equal(sy_dialog_put_prompt(buf, &prompt), SY_OK);
	frame = sent();
	assert_int_equal(get(&frame), SY_OK);
	assert_int_equal(got.prompt.number, 0x01020304);
	assert_true(got.prompt.echo);
	assert_string_equal(got.prompt.text, "PIN: ");
	assert_strict(frame);

	memcpy(bytes, frame.body, frame.len);
	frame.body = bytes;
	bytes[4] = 2; /* neither echo nor not */
	assert_int_equal(get(&frame), SY_ERR_FORMAT);
	bytes[4] = 0;
	assert_int_equal(get(&frame), SY_OK);
	assert_false(got.prompt.echo);
}

/* Of a result with a name or evidence. */
static enum sy_err
err_of_named(unsigned int result)
{
	return result == SY_RESULT_ALLOWED || result == SY_RESULT_CHANGE
	    ? SY_OK
	    : SY_ERR_FORMAT;
}

static void
a_result_comes_back_and_nothing_else_does(void **state)
{
	struct sy_dialog_result result = { .result = SY_RESULT_ALLOWED,
		.login = "suzuki",
		.evidence = EVIDENCE,
		.support = "A1B2",
		.text = "bye" };
	uint8_t bytes[64];
	struct sy_frame frame;

	(void)state;
	assert_int_equal(sy_dialog_put_result(buf, &result), SY_OK);
	frame = sent();
	assert_int_equal(get(&frame), SY_OK);
	assert_memory_equal(&got.result, &result, sizeof(result));
	assert_strict(frame);

	/* Nobody but who was allowed has a name and evidence. */
	assert_true(frame.len <= sizeof(bytes));
	memcpy(bytes, frame.body, frame.len);
	frame.body = bytes;
	for (unsigned int v = 0; v < 256; v++) {
		bytes[0] = (uint8_t)v;
		assert_int_equal(get(&frame), err_of_named(v));
	}
}

static void
only_who_was_allowed_has_a_name_or_evidence(void **state)
{
	const struct sy_dialog_result named = { .login = "suzuki" };
	const struct sy_dialog_result evident = { .evidence = EVIDENCE };
	struct sy_dialog_result result;

	(void)state;
	for (unsigned int v = 0; v < 256; v++) {
		result = named;
		result.result = (uint8_t)v;
		assert_int_equal(sy_dialog_put_result(buf, &result),
		    err_of_named(v));
		result = evident;
		result.result = (uint8_t)v;
		assert_int_equal(sy_dialog_put_result(buf, &result),
		    err_of_named(v));
		memset(&result, 0, sizeof(result));
		result.result = (uint8_t)v;
		assert_int_equal(sy_dialog_put_result(buf, &result),
		    v < SY_RESULT_COUNT ? SY_OK : SY_ERR_FORMAT);
	}
}

static void
empty_frames_are_empty(void **state)
{
	struct sy_frame frame;

	(void)state;
	assert_int_equal(sy_dialog_put_empty(buf, SY_DIALOG_WAIT), SY_OK);
	frame = sent();
	assert_int_equal(frame.type, SY_DIALOG_WAIT);
	assert_strict(frame);
	assert_int_equal(sy_dialog_get_empty(&frame, SY_DIALOG_STATUS),
	    SY_ERR_FORMAT);
	assert_int_equal(sy_dialog_get_empty(&frame, SY_DIALOG_INFO),
	    SY_ERR_ARG);
	assert_int_equal(sy_dialog_put_empty(buf, SY_DIALOG_STATUS), SY_OK);
	frame = sent();
	assert_strict(frame);
	assert_int_equal(sy_dialog_put_empty(buf, SY_DIALOG_RESULT),
	    SY_ERR_ARG);
}

static void
one_type_is_never_read_as_another(void **state)
{
	struct sy_frame frame;

	(void)state;
	assert_int_equal(sy_dialog_put_auth(buf, &auth), SY_OK);
	frame = sent();
	frame.type = SY_DIALOG_INFO;
	assert_int_equal(sy_dialog_get_auth(&frame, &got.auth), SY_ERR_FORMAT);
	assert_int_equal(sy_dialog_get_enroll(&frame, &got.enroll),
	    SY_ERR_FORMAT);
	assert_int_equal(sy_dialog_get_phase(&frame, &got.phase),
	    SY_ERR_FORMAT);
	assert_int_equal(sy_dialog_get_prompt(&frame, &got.prompt),
	    SY_ERR_FORMAT);
	assert_int_equal(sy_dialog_get_result(&frame, &got.result),
	    SY_ERR_FORMAT);
	frame.type = SY_DIALOG_PROMPT;
	assert_int_equal(sy_dialog_get_text(&frame, got.text), SY_ERR_FORMAT);
}

/* --- answers --- */

static void
put_answer(uint32_t number, bool given, const void *answer, size_t len)
{
	struct sy_secret *secret = NULL;

	assert_int_equal(sy_dialog_put_answer(number, given, answer, len,
			     &secret),
	    SY_OK);
	sy_buf_reset(buf);
	assert_int_equal(sy_buf_raw(buf, sy_secret_bytes(secret),
			     sy_secret_len(secret)),
	    SY_OK);
	sy_secret_free(&secret);
}

static void
an_answer_comes_back_in_a_secret(void **state)
{
	static const uint8_t longest[SY_DIALOG_ANSWER_MAX] = { 1, 2, 3 };
	static const size_t lengths[] = { 0, 1, 4, 255, 256,
		SY_DIALOG_ANSWER_MAX };
	struct sy_frame frame;
	struct sy_secret *answer = NULL;
	uint32_t number;
	bool given;

	(void)state;
	assert_int_equal(sy_secret_new(SY_DIALOG_ANSWER_MAX, &answer), SY_OK);
	for (size_t i = 0; i < SY_COUNT(lengths); i++) {
		sy_secret_clear(answer);
		put_answer(0x01020304, true, longest, lengths[i]);
		frame = sent();
		assert_int_equal(frame.type, SY_DIALOG_ANSWER);
		assert_int_equal(sy_dialog_get_answer(&frame, &number, &given,
				     answer),
		    SY_OK);
		assert_int_equal(number, 0x01020304);
		assert_true(given);
		assert_int_equal(sy_secret_len(answer), lengths[i]);
		if (lengths[i] > 0)
			assert_memory_equal(sy_secret_bytes(answer), longest,
			    lengths[i]);
	}
	sy_secret_free(&answer);
	put_answer(7, true, "1234", 4);
	assert_strict(sent());
	put_answer(7, false, NULL, 0);
	assert_strict(sent());
}

static void
no_answer_is_not_an_empty_answer(void **state)
{
	struct sy_secret *answer = NULL;
	uint8_t bytes[64];
	struct sy_frame frame;
	uint32_t number;
	bool given = true;

	(void)state;
	put_answer(7, false, NULL, 0);
	frame = sent();
	assert_int_equal(sy_secret_new(SY_DIALOG_ANSWER_MAX, &answer), SY_OK);
	assert_int_equal(sy_dialog_get_answer(&frame, &number, &given, answer),
	    SY_OK);
	assert_false(given);
	sy_secret_free(&answer);

	/* An answer that was not given has no bytes. */
	put_answer(7, true, "1234", 4);
	frame = sent();
	memcpy(bytes, frame.body, frame.len);
	frame.body = bytes;
	bytes[4] = 0;
	assert_int_equal(get(&frame), SY_ERR_FORMAT);
	bytes[4] = 2;
	assert_int_equal(get(&frame), SY_ERR_FORMAT);
}

static void
answers_end_at_their_most_bytes(void **state)
{
	static const uint8_t big[SY_DIALOG_ANSWER_MAX + 1];
	struct sy_secret *secret = NULL;
	struct sy_frame frame;

	(void)state;
	assert_int_equal(sy_dialog_put_answer(1, true, big, sizeof(big),
			     &secret),
	    SY_ERR_LIMIT);
	assert_int_equal(sy_dialog_put_answer(1, false, big, 1, &secret),
	    SY_ERR_ARG);
	assert_null(secret);
	sy_frame_begin(buf, SY_DIALOG_VERSION, SY_DIALOG_ANSWER);
	(void)sy_buf_u32(buf, 1);
	(void)sy_buf_u8(buf, 1);
	(void)sy_buf_bytes16(buf, big, sizeof(big));
	assert_int_equal(sy_frame_end(buf), SY_OK);
	frame = sent();
	assert_int_equal(get(&frame), SY_ERR_FORMAT);
}

static void
an_answer_without_memory_is_not_made(void **state)
{
	struct sy_secret *secret = NULL;
	enum sy_err err;
	unsigned int n = 0;

	(void)state;
	do {
		faults_arm(++n);
		err = sy_dialog_put_answer(1, true, "1234", 4, &secret);
		if (faults_disarm()) {
			assert_int_equal(err, SY_ERR_NOMEM);
			assert_null(secret);
		}
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	sy_secret_free(&secret);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_auth_comes_back_and_nothing_else_does),
		cmocka_unit_test(an_auth_has_user_service_purpose_and_language),
		cmocka_unit_test(a_phase_comes_back_and_nothing_else_does),
		cmocka_unit_test(a_phase_has_user_service_purpose_and_language),
		cmocka_unit_test(an_enroll_comes_back_and_nothing_else_does),
		cmocka_unit_test(options_of_a_key_go_together_or_are_refused),
		cmocka_unit_test(a_key_s_task_comes_back_and_nothing_else_does),
		cmocka_unit_test(
		    a_task_of_the_card_office_comes_back_and_nothing_else_does),
		cmocka_unit_test(texts_come_back_and_nothing_else_does),
		cmocka_unit_test(a_prompt_comes_back_and_nothing_else_does),
		cmocka_unit_test(a_result_comes_back_and_nothing_else_does),
		cmocka_unit_test(only_who_was_allowed_has_a_name_or_evidence),
		cmocka_unit_test(empty_frames_are_empty),
		cmocka_unit_test(one_type_is_never_read_as_another),
		cmocka_unit_test(an_answer_comes_back_in_a_secret),
		cmocka_unit_test(no_answer_is_not_an_empty_answer),
		cmocka_unit_test(an_answer_without_memory_is_not_made),
		cmocka_unit_test(answers_end_at_their_most_bytes),
	};

	return cmocka_run_group_tests_name("dialog", tests, make_buf, free_buf);
}
