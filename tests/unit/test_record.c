/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sanyoso/audit.h>

#include "tests/support/faults.h"

#define PAIRS(p) .pairs = (p), .pair_count = SY_COUNT(p)

static const struct sy_audit_pair sample_pairs[] = {
	{ "card", (const uint8_t *)"jpki", 4, true },
	{ "empty", NULL, 0, true },
	{ "nonce", (const uint8_t *)"\0\xff\n", 3, false },
};

static const struct sy_audit_record sample = {
	.seq = 7,
	.time = 1700000000000000,
	.clock_synced = true,
	.node = "server.example",
	.actor = "login:suzuki",
	.terminal = "t01",
	.subject = "\xe9\x88\xb4\xe6\x9c\xa8",
	.action = "auth.verdict",
	.outcome = SY_OUTCOME_DENY,
	.reason = "",
	PAIRS(sample_pairs),
};

static struct sy_buf *buf;

static int
make_buf(void **state)
{
	(void)state;
	return sy_buf_new(64 * 1024, &buf) == SY_OK ? 0 : -1;
}

static int
free_buf(void **state)
{
	(void)state;
	sy_buf_free(&buf);
	return 0;
}

static void
assert_same(const struct sy_audit_record *a, const struct sy_audit_record *b)
{
	assert_int_equal(a->clock_synced, b->clock_synced);
	assert_string_equal(a->node, b->node);
	assert_string_equal(a->actor, b->actor);
	assert_string_equal(a->terminal, b->terminal);
	assert_string_equal(a->subject, b->subject);
	assert_string_equal(a->action, b->action);
	assert_int_equal(a->outcome, b->outcome);
	assert_string_equal(a->reason, b->reason);
	assert_int_equal(a->pair_count, b->pair_count);
	for (size_t i = 0; i < a->pair_count; i++) {
		assert_string_equal(a->pairs[i].key, b->pairs[i].key);
		assert_int_equal(a->pairs[i].is_text, b->pairs[i].is_text);
		assert_int_equal(a->pairs[i].len, b->pairs[i].len);
		if (a->pairs[i].len > 0)
			assert_memory_equal(a->pairs[i].value,
			    b->pairs[i].value, a->pairs[i].len);
	}
}

static void
a_record_comes_back_as_it_was_written(void **state)
{
	struct sy_audit_record back;
	void *owner = NULL;

	(void)state;
	assert_int_equal(sy_audit_encode(&sample, buf), SY_OK);
	assert_int_equal(sy_audit_decode(sy_buf_data(buf), sy_buf_len(buf),
			     &back, &owner),
	    SY_OK);
	assert_same(&sample, &back);
	assert_int_equal(back.seq, 0);
	assert_int_equal(back.time, 0);
	free(owner);
}

/* LOG-3: the encoding is canonical, so nothing can be altered in a record
 * without altering its bytes, and so its commitment. */
static void
an_altered_byte_is_refused_or_is_another_record(void **state)
{
	uint8_t bytes[512];
	struct sy_audit_record back;
	void *owner;
	size_t len, refused = 0, other = 0;

	(void)state;
	assert_int_equal(sy_audit_encode(&sample, buf), SY_OK);
	len = sy_buf_len(buf);
	assert_true(len <= sizeof(bytes));
	memcpy(bytes, sy_buf_data(buf), len);
	for (size_t i = 0; i < len; i++) {
		for (unsigned int v = 1; v < 256; v++) {
			bytes[i] ^= (uint8_t)v;
			if (sy_audit_decode(bytes, len, &back, &owner) ==
			    SY_OK) {
				assert_int_equal(sy_audit_encode(&back, buf),
				    SY_OK);
				assert_int_equal(sy_buf_len(buf), len);
				assert_memory_equal(sy_buf_data(buf), bytes,
				    len);
				free(owner);
				other++;
			} else {
				refused++;
			}
			bytes[i] ^= (uint8_t)v;
		}
	}
	assert_true(refused > 0);
	assert_true(other > 0);
}

static void
a_record_cut_or_padded_is_refused(void **state)
{
	struct sy_audit_record back;
	void *owner = NULL;
	size_t len;

	(void)state;
	assert_int_equal(sy_audit_encode(&sample, buf), SY_OK);
	len = sy_buf_len(buf);
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *part = malloc(cut + 1);

		assert_non_null(part);
		memcpy(part, sy_buf_data(buf), cut);
		assert_int_equal(sy_audit_decode(part, cut, &back, &owner),
		    SY_ERR_FORMAT);
		free(part);
	}
	assert_int_equal(sy_buf_u8(buf, 0), SY_OK);
	assert_int_equal(sy_audit_decode(sy_buf_data(buf), len + 1, &back,
			     &owner),
	    SY_ERR_FORMAT);
	assert_null(owner);
}

static void
what_is_not_a_record_is_not_written(void **state)
{
	static const struct sy_audit_pair unsorted[] = {
		{ "b", (const uint8_t *)"", 0, true },
		{ "a", (const uint8_t *)"", 0, true },
	};
	static const struct sy_audit_pair twice[] = {
		{ "a", (const uint8_t *)"", 0, true },
		{ "a", (const uint8_t *)"", 0, true },
	};
	static const struct sy_audit_pair nameless[] = {
		{ "", (const uint8_t *)"", 0, true },
	};
	static const struct sy_audit_pair unclean[] = {
		{ "a", (const uint8_t *)"\n", 1, true },
	};
	static const struct {
		const char *what;
		const struct sy_audit_pair *pairs;
		size_t count;
	} tc[] = {
		{ "unsorted", unsorted, 2 },
		{ "a key twice", twice, 2 },
		{ "a nameless key", nameless, 1 },
		{ "an unclean value", unclean, 1 },
	};
	struct sy_audit_record r;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		r = sample;
		r.pairs = tc[i].pairs;
		r.pair_count = tc[i].count;
		assert_int_equal(sy_audit_encode(&r, buf), SY_ERR_ARG);
	}
	r = sample;
	r.actor = "a\tb";
	assert_int_equal(sy_audit_encode(&r, buf), SY_ERR_ARG);
	r.actor = NULL;
	assert_int_equal(sy_audit_encode(&r, buf), SY_ERR_ARG);
	r = sample;
	r.outcome = (enum sy_outcome)0;
	assert_int_equal(sy_audit_encode(&r, buf), SY_ERR_ARG);
	r.outcome = SY_OUTCOME_COUNT;
	assert_int_equal(sy_audit_encode(&r, buf), SY_ERR_ARG);
}

static void
texts_end_at_255_bytes(void **state)
{
	char longest[257];
	struct sy_audit_record r = sample, back;
	void *owner = NULL;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[255] = '\0';
	r.node = r.actor = r.terminal = r.subject = r.action = r.reason =
	    longest;
	assert_int_equal(sy_audit_encode(&r, buf), SY_OK);
	assert_int_equal(sy_audit_decode(sy_buf_data(buf), sy_buf_len(buf),
			     &back, &owner),
	    SY_OK);
	assert_same(&r, &back);
	free(owner);
	longest[255] = 'a';
	longest[256] = '\0';
	assert_int_equal(sy_audit_encode(&r, buf), SY_ERR_LIMIT);
}

static void
pairs_and_bytes_end_at_their_most(void **state)
{
	static const uint8_t big[SY_AUDIT_BODY_MAX];
	static char keys[SY_AUDIT_PAIRS_MAX + 1][4];
	struct sy_audit_pair pairs[SY_AUDIT_PAIRS_MAX + 1];
	struct sy_audit_record r = sample, back;
	void *owner = NULL;
	size_t rest;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(pairs); i++) {
		keys[i][0] = (char)('a' + i / 10);
		keys[i][1] = (char)('0' + i % 10);
		pairs[i] = (struct sy_audit_pair){ keys[i], big, 0, false };
	}
	r.pairs = pairs;
	r.pair_count = SY_AUDIT_PAIRS_MAX + 1;
	assert_int_equal(sy_audit_encode(&r, buf), SY_ERR_LIMIT);
	r.pair_count = SY_AUDIT_PAIRS_MAX;
	assert_int_equal(sy_audit_encode(&r, buf), SY_OK);

	rest = SY_AUDIT_BODY_MAX - sy_buf_len(buf);
	pairs[5].len = rest;
	assert_int_equal(sy_audit_encode(&r, buf), SY_OK);
	assert_int_equal(sy_buf_len(buf), SY_AUDIT_BODY_MAX);
	assert_int_equal(sy_audit_decode(sy_buf_data(buf), sy_buf_len(buf),
			     &back, &owner),
	    SY_OK);
	assert_same(&r, &back);
	free(owner);
	pairs[5].len = rest + 1;
	assert_int_equal(sy_audit_encode(&r, buf), SY_ERR_LIMIT);
}

static void
every_failed_allocation_is_out_of_memory(void **state)
{
	struct sy_audit_record back;
	struct sy_buf *fresh = NULL;
	void *owner = NULL;
	enum sy_err err;
	unsigned int n = 0;

	(void)state;
	do {
		faults_arm(++n);
		if ((err = sy_buf_new(SY_AUDIT_BODY_MAX, &fresh)) == SY_OK &&
		    (err = sy_audit_encode(&sample, fresh)) == SY_OK)
			err = sy_audit_decode(sy_buf_data(fresh),
			    sy_buf_len(fresh), &back, &owner);
		if (faults_disarm()) {
			assert_int_equal(err, SY_ERR_NOMEM);
			assert_null(owner);
		}
		sy_buf_free(&fresh);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 3);
	free(owner);
}

static void
outcomes_have_stable_names(void **state)
{
	(void)state;
	assert_string_equal(sy_outcome_name(SY_OUTCOME_DONE), "done");
	assert_string_equal(sy_outcome_name(SY_OUTCOME_ALLOW), "allow");
	assert_string_equal(sy_outcome_name(SY_OUTCOME_DENY), "deny");
	assert_string_equal(sy_outcome_name(SY_OUTCOME_FAILED), "failed");
	assert_string_equal(sy_outcome_name(SY_OUTCOME_ALARM), "alarm");
	assert_string_equal(sy_outcome_name(SY_OUTCOME_COUNT), "unknown");
	assert_string_equal(sy_outcome_name((enum sy_outcome)0), "unknown");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_back_as_it_was_written),
		cmocka_unit_test(
		    an_altered_byte_is_refused_or_is_another_record),
		cmocka_unit_test(a_record_cut_or_padded_is_refused),
		cmocka_unit_test(what_is_not_a_record_is_not_written),
		cmocka_unit_test(texts_end_at_255_bytes),
		cmocka_unit_test(pairs_and_bytes_end_at_their_most),
		cmocka_unit_test(every_failed_allocation_is_out_of_memory),
		cmocka_unit_test(outcomes_have_stable_names),
	};

	return cmocka_run_group_tests_name("record", tests, make_buf, free_buf);
}
