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

#include <sanyoso/message.h>

#include "tests/support/faults.h"
#include "tests/support/messages.h"

#define ITEMS 3

/* --- structs filled from their tables --- */

enum fill {
	FILL_LEAST, /* only what must be there */
	FILL_MOST,  /* everything, as long as it may be */
};

static void fill_object(const struct sy_message *m, enum fill fill,
    void *value);

static void
fill_text(const struct sy_field *f, enum fill fill, char *out)
{
	/* Each needs care: escapes, two, three and four bytes of UTF-8. */
	static const char *const piece[] = { "\"", "\\", "/", "\xc2\xa0",
		"\xe4\xb8\x89", "\xf0\xa0\xae\x9f", "a", "\n" };
	size_t len = 0;

	if (fill == FILL_LEAST) {
		if (!f->optional)
			memcpy(out, "x", 2);
		return;
	}
	for (size_t i = 0;; i++) {
		const char *p = piece[i % SY_COUNT(piece)];

		if (*p == '\n' && !f->lines)
			continue;
		if (len + strlen(p) >= f->size)
			break;
		memcpy(out + len, p, strlen(p));
		len += strlen(p);
	}
	memset(out + len, 'z', f->size - 1 - len);
	out[f->size - 1] = '\0';
}

static void
fill_bytes(const struct sy_field *f, enum fill fill, void *value)
{
	uint8_t *at = (uint8_t *)value + f->offset;
	uint16_t len = (uint16_t)(f->fixed != 0 ? f->fixed
		: fill == FILL_MOST             ? f->size
						: 1);

	if (f->optional && fill == FILL_LEAST)
		len = 0;
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(255 - i);
	memcpy((char *)value + f->len_offset, &len, sizeof(len));
}

static void
fill_list(const struct sy_field *f, enum fill fill, struct sy_list *list)
{
	if (fill == FILL_LEAST)
		return;
	list->items = calloc(ITEMS, f->item->size);
	assert_non_null(list->items);
	list->count = ITEMS;
	for (size_t i = 0; i < ITEMS; i++)
		fill_object(f->item, i % 2 == 0 ? FILL_MOST : FILL_LEAST,
		    (char *)list->items + i * f->item->size);
}

static void
fill_object(const struct sy_message *m, enum fill fill, void *value)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct sy_field *f = &m->fields[i];
		void *at = (char *)value + f->offset;

		switch (f->type) {
		case SY_FIELD_TEXT:
			fill_text(f, fill, at);
			break;
		case SY_FIELD_INT:
			if (fill == FILL_MOST)
				*(int64_t *)at = f->max;
			else
				*(int64_t *)at = f->optional ? 0 : f->min;
			break;
		case SY_FIELD_BOOL:
			*(bool *)at = fill == FILL_MOST;
			break;
		case SY_FIELD_BYTES:
			fill_bytes(f, fill, value);
			break;
		case SY_FIELD_LIST:
			fill_list(f, fill, at);
			break;
		}
	}
}

/* Byte by byte, with the items of lists in their place. */
static void
assert_same(const struct sy_message *m, const void *a, const void *b)
{
	char *left = malloc(m->size + 1);
	char *right = malloc(m->size + 1);

	assert_non_null(left);
	assert_non_null(right);
	memcpy(left, a, m->size);
	memcpy(right, b, m->size);
	for (size_t i = 0; i < m->count; i++) {
		const struct sy_field *f = &m->fields[i];
		struct sy_list *la = (void *)(left + f->offset);
		struct sy_list *lb = (void *)(right + f->offset);

		if (f->type != SY_FIELD_LIST)
			continue;
		assert_int_equal(la->count, lb->count);
		for (size_t k = 0; k < la->count; k++)
			assert_same(f->item,
			    (char *)la->items + k * f->item->size,
			    (char *)lb->items + k * f->item->size);
		la->items = lb->items = NULL;
	}
	if (m->size > 0)
		assert_memory_equal(left, right, m->size);
	free(left);
	free(right);
}

static void
round_trip(const struct sy_message *m, enum fill fill)
{
	void *value = calloc(1, m->size + 1);
	void *back = malloc(m->size + 1);
	struct sy_error error;
	char *text = NULL, *again = NULL;
	size_t len, again_len;

	assert_non_null(value);
	assert_non_null(back);
	fill_object(m, fill, value);
	assert_int_equal(sy_message_encode(m, value, &text, &len), SY_OK);
	assert_int_equal(len, strlen(text));
	assert_int_equal(sy_message_decode(m, text, len, back, &error), SY_OK);
	assert_same(m, value, back);
	assert_int_equal(sy_message_encode(m, back, &again, &again_len), SY_OK);
	assert_string_equal(text, again);

	sy_message_free(&text);
	sy_message_free(&again);
	assert_null(text);
	sy_message_clear(m, value);
	sy_message_clear(m, back);
	for (size_t i = 0; i < m->size; i++)
		assert_int_equal(((char *)back)[i], 0);
	free(value);
	free(back);
}

static void
every_message_comes_back_as_it_was_sent(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(all_messages); i++) {
		print_message("  %s\n", all_messages[i]->name);
		round_trip(all_messages[i], FILL_LEAST);
		round_trip(all_messages[i], FILL_MOST);
	}
}

static void
every_table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(all_messages); i++) {
		const struct sy_message *m = all_messages[i];

		/* The decoder marks what it has seen in 64 bits. */
		assert_true(m->count <= 64);
		for (size_t k = 0; k < m->count; k++) {
			const struct sy_field *f = &m->fields[k];

			assert_true(strlen(f->name) < 64);
			assert_true(f->offset < m->size);
			assert_true(f->offset + f->size <= m->size);
			assert_true(f->fixed <= f->size || f->size == 0);
			assert_true(f->min <= f->max);
			assert_true(f->size <= UINT16_MAX);
			for (size_t n = 0; n < k; n++)
				assert_string_not_equal(f->name,
				    m->fields[n].name);
		}
	}
}

static void
every_cut_of_a_message_is_refused(void **state)
{
	struct sy_auth_step step = { .txn = "00ff",
		.step = "prove",
		.fresh = true,
		.nonce_len = SY_NONCE_SIZE,
		.life = 60 };
	struct sy_auth_step back;
	struct sy_error error;
	char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(sy_message_encode(&sy_message_auth_step, &step, &text,
			     &len),
	    SY_OK);
	for (size_t cut = 0; cut < len; cut++) {
		/* A block of its own, so that reading on is seen. */
		char *part = malloc(cut + 1);

		assert_non_null(part);
		memcpy(part, text, cut);
		part[cut] = ' ';
		assert_int_equal(sy_message_decode(&sy_message_auth_step, part,
				     cut, &back, &error),
		    SY_ERR_FORMAT);
		assert_int_equal(back.txn[0], 0);
		free(part);
	}
	sy_message_free(&text);
}

/* --- what is refused, and where it says that it was --- */

#define B64_32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const struct {
	const char *what;
	const struct sy_message *message;
	const char *text;
	enum sy_err err;
	const char *place;
} refused[] = {
	{ "nothing", &sy_message_empty, "", SY_ERR_FORMAT, "empty" },
	{ "a list", &sy_message_empty, "[]", SY_ERR_FORMAT, "empty" },
	{ "null", &sy_message_empty, "null", SY_ERR_FORMAT, "empty" },
	{ "trailing bytes", &sy_message_empty, "{}x", SY_ERR_FORMAT, "empty" },
	{ "two objects", &sy_message_empty, "{}{}", SY_ERR_FORMAT, "empty" },
	{ "a byte order mark", &sy_message_empty, "\xef\xbb\xbf{}",
	    SY_ERR_FORMAT, "empty" },
	{ "a member that empty has not", &sy_message_empty, "{\"a\":1}",
	    SY_ERR_FORMAT, "empty" },
	{ "a missing member", &sy_message_auth_fetch, "{}", SY_ERR_FORMAT,
	    "auth_fetch.txn" },
	{ "an empty member", &sy_message_auth_fetch, "{\"txn\":\"\"}",
	    SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a repeated member", &sy_message_auth_fetch,
	    "{\"txn\":\"a\",\"txn\":\"a\"}", SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a repeated member, escaped", &sy_message_auth_fetch,
	    "{\"txn\":\"a\",\"t\\u0078n\":\"a\"}", SY_ERR_FORMAT,
	    "auth_fetch.txn" },
	{ "an unknown member", &sy_message_auth_fetch,
	    "{\"txn\":\"a\",\"tx\":1}", SY_ERR_FORMAT, "auth_fetch" },
	{ "a member's name with a NUL", &sy_message_auth_fetch,
	    "{\"txn\\u0000\":\"a\"}", SY_ERR_FORMAT, "auth_fetch" },
	{ "a member's name of another case", &sy_message_auth_fetch,
	    "{\"Txn\":\"a\"}", SY_ERR_FORMAT, "auth_fetch" },
	{ "a trailing comma", &sy_message_auth_fetch, "{\"txn\":\"a\",}",
	    SY_ERR_FORMAT, "auth_fetch" },
	{ "no comma", &sy_message_user_add, "{\"login\":\"a\"\"kind\":\"b\"}",
	    SY_ERR_FORMAT, "user_add" },
	{ "no colon", &sy_message_auth_fetch, "{\"txn\" \"a\"}", SY_ERR_FORMAT,
	    "auth_fetch.txn" },
	{ "a name without quotes", &sy_message_auth_fetch, "{txn:\"a\"}",
	    SY_ERR_FORMAT, "auth_fetch" },
	{ "a comment", &sy_message_auth_fetch, "{/**/\"txn\":\"a\"}",
	    SY_ERR_FORMAT, "auth_fetch" },
	{ "a number for a text", &sy_message_auth_fetch, "{\"txn\":1}",
	    SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "null for a text", &sy_message_auth_fetch, "{\"txn\":null}",
	    SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "an object for a text", &sy_message_auth_fetch, "{\"txn\":{}}",
	    SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a text that is too long by one", &sy_message_auth_fetch,
	    "{\"txn\":\"012345678901234567890123456789012\"}", SY_ERR_LIMIT,
	    "auth_fetch.txn" },
	{ "a raw control character", &sy_message_auth_fetch,
	    "{\"txn\":\"a\tb\"}", SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "an escaped control character", &sy_message_auth_fetch,
	    "{\"txn\":\"a\\tb\"}", SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a line feed where none may be", &sy_message_auth_fetch,
	    "{\"txn\":\"a\\nb\"}", SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a carriage return in a PEM text", &sy_message_renew,
	    "{\"csr\":\"a\\r\\nb\"}", SY_ERR_FORMAT, "renew.csr" },
	{ "an escaped NUL", &sy_message_auth_fetch, "{\"txn\":\"a\\u0000\"}",
	    SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "an escaped delete", &sy_message_auth_fetch, "{\"txn\":\"a\\u007f\"}",
	    SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "an unknown escape", &sy_message_auth_fetch, "{\"txn\":\"a\\x41\"}",
	    SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a short escape", &sy_message_auth_fetch, "{\"txn\":\"\\u004\"}",
	    SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a lone high surrogate", &sy_message_auth_fetch,
	    "{\"txn\":\"\\ud842\"}", SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a high surrogate before a letter", &sy_message_auth_fetch,
	    "{\"txn\":\"\\ud842\\u0041\"}", SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a lone low surrogate", &sy_message_auth_fetch,
	    "{\"txn\":\"\\udfb7\"}", SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a surrogate as raw bytes", &sy_message_auth_fetch,
	    "{\"txn\":\"\xed\xa1\x82\"}", SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "an overlong form", &sy_message_auth_fetch, "{\"txn\":\"\xc0\xaf\"}",
	    SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "bytes that are not UTF-8", &sy_message_auth_fetch,
	    "{\"txn\":\"\x83\x56\"}", SY_ERR_FORMAT, "auth_fetch.txn" },
	{ "a number below its range", &sy_message_token_ref, "{\"token\":0}",
	    SY_ERR_FORMAT, "token_ref.token" },
	{ "a number above its range", &sy_message_audit_search,
	    "{\"limit\":1001}", SY_ERR_FORMAT, "audit_search.limit" },
	{ "a negative number", &sy_message_token_ref, "{\"token\":-1}",
	    SY_ERR_FORMAT, "token_ref.token" },
	{ "a number above 64 bits", &sy_message_token_ref,
	    "{\"token\":9223372036854775808}", SY_ERR_FORMAT,
	    "token_ref.token" },
	{ "a huge number", &sy_message_token_ref,
	    "{\"token\":10000000000000000000000000000000000000001}",
	    SY_ERR_FORMAT, "token_ref.token" },
	{ "the most negative number", &sy_message_token_ref,
	    "{\"token\":-9223372036854775808}", SY_ERR_FORMAT,
	    "token_ref.token" },
	{ "a fraction", &sy_message_token_ref, "{\"token\":1.0}", SY_ERR_FORMAT,
	    "token_ref.token" },
	{ "an exponent", &sy_message_token_ref, "{\"token\":1e1}",
	    SY_ERR_FORMAT, "token_ref.token" },
	{ "a leading zero", &sy_message_token_ref, "{\"token\":01}",
	    SY_ERR_FORMAT, "token_ref.token" },
	{ "minus zero", &sy_message_audit_search, "{\"before\":-0,\"limit\":1}",
	    SY_ERR_FORMAT, "audit_search.before" },
	{ "a plus sign", &sy_message_token_ref, "{\"token\":+1}", SY_ERR_FORMAT,
	    "token_ref.token" },
	{ "a sign alone", &sy_message_token_ref, "{\"token\":-}", SY_ERR_FORMAT,
	    "token_ref.token" },
	{ "a text for a number", &sy_message_token_ref, "{\"token\":\"1\"}",
	    SY_ERR_FORMAT, "token_ref.token" },
	{ "1 for true", &sy_message_auth_step,
	    "{\"txn\":\"a\",\"step\":\"b\",\"fresh\":1}", SY_ERR_FORMAT,
	    "auth_step.fresh" },
	{ "True for true", &sy_message_auth_step,
	    "{\"txn\":\"a\",\"step\":\"b\",\"fresh\":True}", SY_ERR_FORMAT,
	    "auth_step.fresh" },
	{ "a nonce of 31 bytes", &sy_message_auth_step,
	    "{\"txn\":\"a\",\"step\":\"b\",\"nonce\":"
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"}",
	    SY_ERR_FORMAT, "auth_step.nonce" },
	{ "a nonce of 33 bytes", &sy_message_auth_step,
	    "{\"txn\":\"a\",\"step\":\"b\",\"nonce\":"
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    SY_ERR_LIMIT, "auth_step.nonce" },
	{ "no nonce where there must be one", &sy_message_auth_proof,
	    "{\"txn\":\"a\",\"agent_nonce\":\"\",\"signature\":\"AA==\"}",
	    SY_ERR_FORMAT, "auth_proof.agent_nonce" },
	{ "an empty signature", &sy_message_auth_proof,
	    "{\"txn\":\"a\",\"agent_nonce\":\"" B64_32 "\",\"signature\":\"\"}",
	    SY_ERR_FORMAT, "auth_proof.signature" },
	{ "base64 without padding", &sy_message_auth_proof,
	    "{\"txn\":\"a\",\"signature\":\"AA\"}", SY_ERR_FORMAT,
	    "auth_proof.signature" },
	{ "base64 with stray bits", &sy_message_auth_proof,
	    "{\"txn\":\"a\",\"signature\":\"AB==\"}", SY_ERR_FORMAT,
	    "auth_proof.signature" },
	{ "base64 with an escape", &sy_message_auth_proof,
	    "{\"txn\":\"a\",\"signature\":\"AA\\u003d=\"}", SY_ERR_FORMAT,
	    "auth_proof.signature" },
	{ "an object for a list", &sy_message_user_list, "{\"users\":{}}",
	    SY_ERR_FORMAT, "user_list.users" },
	{ "a list in a list", &sy_message_user_list, "{\"users\":[[]]}",
	    SY_ERR_FORMAT, "user_list.users" },
	{ "a list with a trailing comma", &sy_message_user_list,
	    "{\"users\":[{\"id\":1,\"login\":\"a\",\"kind\":\"b\","
	    "\"state\":\"c\",\"created\":0},]}",
	    SY_ERR_FORMAT, "user_list.users" },
	{ "a member missing in an item", &sy_message_user_list,
	    "{\"users\":[{\"id\":1,\"login\":\"a\",\"kind\":\"b\","
	    "\"created\":0}]}",
	    SY_ERR_FORMAT, "user.state" },
};

static void
what_is_not_the_message_is_refused_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(refused); i++) {
		const struct sy_message *m = refused[i].message;
		struct sy_error error = { 0 };
		void *value = malloc(m->size + 1);

		print_message("  %s\n", refused[i].what);
		assert_non_null(value);
		assert_int_equal(sy_message_decode(m, refused[i].text,
				     strlen(refused[i].text), value, &error),
		    refused[i].err);
		assert_int_equal(error.code, refused[i].err);
		assert_string_equal(error.place, refused[i].place);
		/* Without anybody who asks for the place. */
		assert_int_equal(sy_message_decode(m, refused[i].text,
				     strlen(refused[i].text), value, NULL),
		    refused[i].err);
		free(value);
	}
}

static void
a_nul_byte_in_the_text_is_refused(void **state)
{
	static const char inside[] = "{\"txn\":\"a\0b\"}";
	static const char behind[] = "{\"txn\":\"a\"}";
	struct sy_auth_fetch fetch;

	(void)state;
	assert_int_equal(sy_message_decode(&sy_message_auth_fetch, inside,
			     sizeof(inside) - 1, &fetch, NULL),
	    SY_ERR_FORMAT);
	assert_int_equal(sy_message_decode(&sy_message_auth_fetch, behind,
			     sizeof(behind), &fetch, NULL),
	    SY_ERR_FORMAT);
}

static void
deep_nesting_ends_at_the_first_bracket_that_has_no_place(void **state)
{
	const size_t depth = 100000;
	char *text = malloc(depth + 16);
	struct sy_user_list list;

	(void)state;
	assert_non_null(text);
	memset(text, '[', depth);
	memcpy(text, "{\"users\":", 9);
	assert_int_equal(sy_message_decode(&sy_message_user_list, text, depth,
			     &list, NULL),
	    SY_ERR_FORMAT);
	free(text);
}

static void
white_space_and_order_do_not_matter(void **state)
{
	static const char text[] = " {\r\n\t\"kind\" : \"staff\" ,"
				   "\"valid_to\": 5 , \"login\" :\"a\\/\" } \n";
	struct sy_user_add add;

	(void)state;
	assert_int_equal(sy_message_decode(&sy_message_user_add, text,
			     sizeof(text) - 1, &add, NULL),
	    SY_OK);
	assert_string_equal(add.kind, "staff");
	assert_string_equal(add.login, "a/");
	assert_int_equal(add.valid_to, 5);
	assert_string_equal(add.name, "");
}

static void
escapes_become_the_characters_that_they_stand_for(void **state)
{
	static const char text[] =
	    "{\"csr\":\"\\\"\\\\\\/\\n\\u00e9\\u4e09"
	    "\\uD842\\uDF9f\xe4\xb8\x89\","
	    "\"certificate\":\"c\",\"signature\":\"AA==\"}";
	struct sy_renew renew;

	(void)state;
	assert_int_equal(sy_message_decode(&sy_message_renew, text,
			     sizeof(text) - 1, &renew, NULL),
	    SY_OK);
	assert_string_equal(renew.csr,
	    "\"\\/\n\xc3\xa9\xe4\xb8\x89\xf0\xa0\xae\x9f\xe4\xb8\x89");
}

static void
the_text_is_compact_and_leaves_empty_members_out(void **state)
{
	struct sy_auth_step step = { .txn = "00ff",
		.step = "verdict",
		.verdict = "deny",
		.reason = "a \"b\"" };
	struct sy_user_list list = { 0 };
	char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(sy_message_encode(&sy_message_auth_step, &step, &text,
			     &len),
	    SY_OK);
	assert_string_equal(text,
	    "{\"txn\":\"00ff\",\"step\":\"verdict\",\"verdict\":\"deny\","
	    "\"reason\":\"a \\\"b\\\"\"}");
	sy_message_free(&text);
	assert_int_equal(sy_message_encode(&sy_message_user_list, &list, &text,
			     &len),
	    SY_OK);
	assert_string_equal(text, "{\"users\":[]}");
	sy_message_free(&text);
	assert_int_equal(sy_message_encode(&sy_message_empty, NULL, &text,
			     &len),
	    SY_OK);
	assert_string_equal(text, "{}");
	assert_int_equal(sy_message_decode(&sy_message_empty, text, len, NULL,
			     NULL),
	    SY_OK);
	sy_message_free(&text);
	sy_message_free(NULL);
}

static void
a_value_that_breaks_the_rules_is_not_encoded(void **state)
{
	struct sy_auth_proof proof = {
		.txn = "a", .agent_nonce_len = SY_NONCE_SIZE, .signature_len = 1
	};
	struct sy_auth_proof bad;
	struct sy_hello hello;
	char *text = NULL;
	size_t len;

	(void)state;
	bad = proof;
	bad.txn[0] = '\0';
	assert_int_equal(sy_message_encode(&sy_message_auth_proof, &bad, &text,
			     &len),
	    SY_ERR_ARG);
	bad = proof;
	bad.agent_nonce_len = SY_NONCE_SIZE - 1;
	assert_int_equal(sy_message_encode(&sy_message_auth_proof, &bad, &text,
			     &len),
	    SY_ERR_ARG);
	bad = proof;
	bad.signature_len = 0;
	assert_int_equal(sy_message_encode(&sy_message_auth_proof, &bad, &text,
			     &len),
	    SY_ERR_ARG);
	bad = proof;
	bad.signature_len = SY_SIGNATURE_SIZE_MAX + 1;
	assert_int_equal(sy_message_encode(&sy_message_auth_proof, &bad, &text,
			     &len),
	    SY_ERR_ARG);
	bad = proof;
	bad.pins_wrong = -1;
	assert_int_equal(sy_message_encode(&sy_message_auth_proof, &bad, &text,
			     &len),
	    SY_ERR_ARG);
	bad = proof;
	bad.txn[0] = '\n';
	assert_int_equal(sy_message_encode(&sy_message_auth_proof, &bad, &text,
			     &len),
	    SY_ERR_ARG);
	memset(&hello, 'a', sizeof(hello)); /* no NUL */
	assert_int_equal(sy_message_encode(&sy_message_hello, &hello, &text,
			     &len),
	    SY_ERR_ARG);
	assert_null(text);
}

static void
lists_end_at_their_most_items(void **state)
{
	enum { MOST = 1000 };
	struct sy_verify_problem *problems;
	struct sy_verify_report report = { .sound = true }, back;
	char *text = NULL;
	char *more;
	size_t len;

	(void)state;
	problems = calloc(MOST + 1, sizeof(*problems));
	assert_non_null(problems);
	for (size_t i = 0; i <= MOST; i++) {
		memcpy(problems[i].place, "p", 2);
		memcpy(problems[i].text, "t", 2);
	}
	report.problems.items = problems;
	report.problems.count = MOST + 1;
	assert_int_equal(sy_message_encode(&sy_message_verify_report, &report,
			     &text, &len),
	    SY_ERR_LIMIT);
	report.problems.count = MOST;
	assert_int_equal(sy_message_encode(&sy_message_verify_report, &report,
			     &text, &len),
	    SY_OK);
	assert_int_equal(sy_message_decode(&sy_message_verify_report, text, len,
			     &back, NULL),
	    SY_OK);
	assert_int_equal(back.problems.count, MOST);
	sy_message_clear(&sy_message_verify_report, &back);

	/* One more than there may be: "...}]}" becomes "...},{...}]}". */
	assert_true(asprintf(&more, "%.*s,{\"place\":\"p\",\"text\":\"t\"}]}",
			(int)(len - 2), text) > 0);
	assert_int_equal(sy_message_decode(&sy_message_verify_report, more,
			     strlen(more), &back, NULL),
	    SY_ERR_LIMIT);
	assert_null(back.problems.items);
	free(more);
	sy_message_free(&text);
	free(problems);
}

static void
every_failed_allocation_is_out_of_memory(void **state)
{
	const struct sy_message *m = &sy_message_user_list;
	struct sy_user_list value = { 0 }, back;
	struct sy_user users[3 * 8] = { 0 }; /* the list grows twice */
	char *text = NULL;
	size_t len = 0;
	enum sy_err err;
	unsigned int n = 0;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(users); i++)
		fill_object(&sy_message_user, FILL_MOST, &users[i]);
	value.users.items = users;
	value.users.count = SY_COUNT(users);
	do {
		faults_arm(++n);
		err = sy_message_encode(m, &value, &text, &len);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	n = 0;
	do {
		faults_arm(++n);
		err = sy_message_decode(m, text, len, &back, NULL);
		if (faults_disarm()) {
			assert_int_equal(err, SY_ERR_NOMEM);
			assert_null(back.users.items);
		}
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 2);
	sy_message_clear(m, &back);
	sy_message_free(&text);
}

static void
a_text_beyond_every_reply_is_refused_unread(void **state)
{
	char *text = malloc(SY_REPLY_SIZE_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', SY_REPLY_SIZE_MAX + 1);
	memcpy(text, "{}", 2);
	assert_int_equal(sy_message_decode(&sy_message_empty, text,
			     SY_REPLY_SIZE_MAX, NULL, NULL),
	    SY_OK);
	assert_int_equal(sy_message_decode(&sy_message_empty, text,
			     SY_REPLY_SIZE_MAX + 1, NULL, NULL),
	    SY_ERR_LIMIT);
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_comes_back_as_it_was_sent),
		cmocka_unit_test(every_table_is_sound),
		cmocka_unit_test(every_cut_of_a_message_is_refused),
		cmocka_unit_test(
		    what_is_not_the_message_is_refused_with_its_place),
		cmocka_unit_test(a_nul_byte_in_the_text_is_refused),
		cmocka_unit_test(
		    deep_nesting_ends_at_the_first_bracket_that_has_no_place),
		cmocka_unit_test(white_space_and_order_do_not_matter),
		cmocka_unit_test(
		    escapes_become_the_characters_that_they_stand_for),
		cmocka_unit_test(
		    the_text_is_compact_and_leaves_empty_members_out),
		cmocka_unit_test(a_value_that_breaks_the_rules_is_not_encoded),
		cmocka_unit_test(lists_end_at_their_most_items),
		cmocka_unit_test(every_failed_allocation_is_out_of_memory),
		cmocka_unit_test(a_text_beyond_every_reply_is_refused_unread),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
