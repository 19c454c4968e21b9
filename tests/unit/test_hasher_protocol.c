/* SPDX-License-Identifier: Apache-2.0 */
/* server/hasher/protocol.c: frames between sanyosod and a hasher. */
#include "tests/support/unit.h"

#include <string.h>

#include "server/hasher/protocol.h"
#include "tests/support/faults.h"

#define PASSWORD "Kitsune-no-yomeiri-9"

static const struct sy_hash_params params = { SY_HASH_MEMORY, 2 };
static const uint8_t salt[SY_HASH_SALT_SIZE] = "0123456789abcdef";

static struct sy_secret *
secret(const void *bytes, size_t len)
{
	struct sy_secret *s = NULL;

	assert_int_equal(sy_secret_new(len + 1, &s), SY_OK);
	assert_int_equal(sy_secret_append(s, bytes, len), SY_OK);
	return s;
}

static struct sy_frame
parse(const void *bytes, size_t len)
{
	struct sy_frame frame;
	size_t used;

	assert_int_equal(sy_frame_parse(bytes, len, HASHER_FRAME_MAX, &frame,
			     &used),
	    SY_OK);
	assert_int_equal(used, len);
	return frame;
}

static void
a_task_lies_as_told(void **state)
{
	static const uint8_t head[] = { 0, 0, 0, 28 + 20, 1, 2, 0, 0, 0xb8, 0,
		0, 0, 0, 2, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
		'a', 'b', 'c', 'd', 'e', 'f', 0, 20 };
	SY_AUTO(sy_secret_free)
	struct sy_secret *password = secret(PASSWORD, strlen(PASSWORD));
	SY_AUTO(sy_secret_free) struct sy_secret *put = NULL;
	struct hasher_task task = { .password = NULL };
	struct sy_frame frame;

	(void)state;
	assert_int_equal(hasher_put_task(password, &params, salt, &put), SY_OK);
	assert_int_equal(sy_secret_len(put), sizeof(head) + strlen(PASSWORD));
	assert_memory_equal(sy_secret_bytes(put), head, sizeof(head));
	assert_memory_equal(sy_secret_bytes(put) + sizeof(head), PASSWORD,
	    strlen(PASSWORD));
	frame = parse(sy_secret_bytes(put), sy_secret_len(put));
	assert_int_equal(hasher_get_task(&frame, &task), SY_OK);
	assert_int_equal(task.params.memory, params.memory);
	assert_int_equal(task.params.passes, params.passes);
	assert_memory_equal(task.salt, salt, sizeof(salt));
	assert_true(sy_secret_equal(task.password, password));
	sy_secret_free(&task.password);
}

/* Frames that are altered at one place. */
static void
what_is_out_of_bounds_is_refused_at_both_ends(void **state)
{
	static const struct {
		struct sy_hash_params params;
		size_t len;
		bool good;
	} tc[] = {
		{ { SY_HASH_MEMORY_LEAST, 1 }, 1, true },
		{ { SY_HASH_MEMORY_LEAST - 1, 1 }, 1, false },
		{ { SY_HASH_MEMORY_MAX, SY_HASH_PASSES_MAX },
		    SY_PASSWORD_BYTES_MAX, true },
		{ { SY_HASH_MEMORY_MAX + 1, 1 }, 1, false },
		{ { SY_HASH_MEMORY, SY_HASH_PASSES_MAX + 1 }, 1, false },
		{ { SY_HASH_MEMORY, 0 }, 1, false },
		{ { SY_HASH_MEMORY, 1 }, 0, false },
		{ { SY_HASH_MEMORY, 1 }, SY_PASSWORD_BYTES_MAX + 1, false },
	};
	static const uint8_t bytes[SY_PASSWORD_BYTES_MAX + 1];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(sy_secret_free)
		struct sy_secret *password = secret(bytes, tc[i].len);
		SY_AUTO(sy_secret_free) struct sy_secret *put = NULL;
		SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
		struct hasher_task task = { .password = NULL };
		struct sy_frame frame;

		print_message("  %zu\n", i);
		assert_int_equal(hasher_put_task(password, &tc[i].params, salt,
				     &put),
		    tc[i].good ? SY_OK : SY_ERR_ARG);
		assert_int_equal(sy_buf_new(HASHER_FRAME_MAX, &out), SY_OK);
		sy_frame_begin(out, HASHER_VERSION, HASHER_HASH);
		sy_buf_u32(out, tc[i].params.memory);
		sy_buf_u32(out, tc[i].params.passes);
		sy_buf_raw(out, salt, sizeof(salt));
		sy_buf_bytes16(out, bytes, tc[i].len);
		assert_int_equal(sy_frame_end(out), SY_OK);
		frame = parse(sy_buf_data(out), sy_buf_len(out));
		assert_int_equal(hasher_get_task(&frame, &task),
		    tc[i].good ? SY_OK : SY_ERR_FORMAT);
		sy_secret_free(&task.password);
	}
}

static void
a_cut_or_padded_task_is_refused(void **state)
{
	SY_AUTO(sy_secret_free) struct sy_secret *password = secret("abc", 3);
	SY_AUTO(sy_secret_free) struct sy_secret *put = NULL;
	struct hasher_task task = { .password = NULL };
	uint8_t padded[64] = { 0 };
	struct sy_frame frame;

	(void)state;
	assert_int_equal(hasher_put_task(password, &params, salt, &put), SY_OK);
	memcpy(padded, sy_secret_bytes(put), sy_secret_len(put));
	frame = parse(padded, sy_secret_len(put));
	for (size_t whole = frame.len, len = 0; len < whole; len++) {
		frame.len = len;
		assert_int_equal(hasher_get_task(&frame, &task), SY_ERR_FORMAT);
	}
	frame.len = sy_secret_len(put) - SY_FRAME_HEADER + 1;
	assert_int_equal(hasher_get_task(&frame, &task), SY_ERR_FORMAT);
	frame.len--;
	frame.type = HASHER_HASHED;
	assert_int_equal(hasher_get_task(&frame, &task), SY_ERR_PROTOCOL);
	frame.type = HASHER_HASH;
	frame.version = HASHER_VERSION + 1;
	assert_int_equal(hasher_get_task(&frame, &task), SY_ERR_VERSION);
	assert_null(task.password);
}

static void
an_answer_comes_back(void **state)
{
	static const enum sy_err codes[] = { SY_OK, SY_ERR_NOMEM,
		(enum sy_err)0x1234 };
	uint8_t out[HASHER_HASHED_SIZE], hash[SY_HASH_OUTPUT_SIZE],
	    got[SY_HASH_OUTPUT_SIZE];
	struct sy_frame frame;
	enum sy_err code;

	(void)state;
	memset(hash, 0xa5, sizeof(hash));
	for (size_t i = 0; i < SY_COUNT(codes); i++) {
		hasher_put_hashed(out, codes[i], hash);
		frame = parse(out, sizeof(out));
		assert_int_equal(hasher_get_hashed(&frame, &code, got), SY_OK);
		assert_int_equal(code, codes[i]);
		assert_memory_equal(got, hash, sizeof(hash));
	}
	frame.len--;
	assert_int_equal(hasher_get_hashed(&frame, &code, got), SY_ERR_FORMAT);
	frame.len += 2;
	assert_int_equal(hasher_get_hashed(&frame, &code, got), SY_ERR_FORMAT);
}

static void
a_hasher_says_how_it_stands(void **state)
{
	static const struct hasher_ready tc[] = {
		{ .code = SY_OK, .kept = true },
		{ .code = SY_OK, .kept = false },
		{ .code = SY_ERR_PERM, .text = "seccomp: no filter" },
	};
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct hasher_ready ready;
	struct sy_frame frame;
	uint8_t bad[8];

	(void)state;
	assert_int_equal(sy_buf_new(HASHER_FRAME_MAX, &out), SY_OK);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		assert_int_equal(hasher_put_ready(out, &tc[i]), SY_OK);
		frame = parse(sy_buf_data(out), sy_buf_len(out));
		assert_int_equal(hasher_get_ready(&frame, &ready), SY_OK);
		assert_int_equal(ready.code, tc[i].code);
		assert_int_equal(ready.kept, tc[i].kept);
		assert_string_equal(ready.text, tc[i].text);
	}
	/* kept is neither 0 nor 1. */
	memcpy(bad, "\0\0\2\0\0", 5);
	frame.body = bad;
	frame.len = 5;
	assert_int_equal(hasher_get_ready(&frame, &ready), SY_ERR_FORMAT);
}

static void
a_failed_allocation_leaves_nothing_behind(void **state)
{
	SY_AUTO(sy_secret_free) struct sy_secret *password = secret("abc", 3);
	SY_AUTO(sy_secret_free) struct sy_secret *put = NULL;
	struct hasher_task task = { .password = NULL };
	struct sy_frame frame;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = hasher_put_task(password, &params, salt, &put);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	frame = parse(sy_secret_bytes(put), sy_secret_len(put));
	n = 0;
	do {
		faults_arm(++n);
		err = hasher_get_task(&frame, &task);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	sy_secret_free(&task.password);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_task_lies_as_told),
		cmocka_unit_test(what_is_out_of_bounds_is_refused_at_both_ends),
		cmocka_unit_test(a_cut_or_padded_task_is_refused),
		cmocka_unit_test(an_answer_comes_back),
		cmocka_unit_test(a_hasher_says_how_it_stands),
		cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("hasher_protocol", tests, NULL,
	    NULL);
}
