/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA-1 at the server's interface: whatever is shown in whatever order, right
 * proofs of one category let nobody in where two are asked for; two categories
 * do, and the log names what was proven by what. MFA-2: each zone has its own.
 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "server/auth/login.h"
#include "tests/support/office.h"

#define PASSWORD "Kitsune-no-yomeiri-9"
#define LONGEST  4

static const char policy_text[] =
    "[policy]\nname = everyday\n"
    "[rule both]\nzone = mynumber\npurpose = login\nkind = staff\n"
    "require = 2\nallow = card-pin, card+password\norigin = issuer\n"
    "[password all]\nkind = all\ndictionary = no\n";

/* What a person can prove. All of it is right, and all of it is suzuki's. */
enum proof { KNOWS, OPEN_KEY, PIN_KEY, UNPROVEN_KEY, PROOFS };

static const struct {
	const char *name;
	enum testca_alg key;
	enum sy_method method;
	unsigned int categories;
} proofs[PROOFS] = {
	{ "password", TESTCA_ALG_COUNT, SY_METHOD_PASSWORD,
	    SY_CATEGORY_KNOWLEDGE },
	{ "card", TESTCA_P384, SY_METHOD_CARD, SY_CATEGORY_POSSESSION },
	{ "card-pin", TESTCA_P256, SY_METHOD_CARD_PIN,
	    SY_CATEGORY_KNOWLEDGE | SY_CATEGORY_POSSESSION },
	/* A PIN that only the card itself vouches for. */
	{ "unproven", TESTCA_RSA2048, SY_METHOD_CARD_PIN,
	    SY_CATEGORY_POSSESSION },
};

struct scene {
	struct office office;
	struct terminal_row counter;
	struct desk desk;
	const char *terminal; /* the desk's */
	struct sy_auth_step step;
	unsigned int let_in, kept_out;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct password_row password;
	struct token_row token;
	struct office *o;
	int64_t id, number;

	assert_non_null(s);
	o = &s->office;
	office_open(o);
	office_policy(o, policy_text);
	office_terminal(o, "counter-1", SY_ZONE_MYNUMBER, &s->counter);
	id = office_person(o, "suzuki", SY_KIND_STAFF);
	office_password(o, id, PASSWORD, PASSWORD_ACTIVE, &password);
	for (int i = OPEN_KEY; i < PROOFS; i++) {
		number = office_token(o, id, testca_key(proofs[i].key),
		    proofs[i].method);
		if (i != UNPROVEN_KEY)
			continue;
		assert_int_equal(row_get(ledger_reader(o->place.ledger),
				     &row_type_token, number, &token),
		    SY_OK);
		token.origin = SY_ORIGIN_UNPROVEN;
		office_update(o, &row_type_token, &token);
	}
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	s->terminal = "counter-1";
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	office_close(&s->office);
	free(s);
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

/* --- what a terminal sends, whether it was asked for or not --- */

static void
begin(struct scene *s)
{
	const struct sy_auth_begin in = {
		.user = "suzuki", .service = "login", .purpose = "login"
	};

	memset(&s->step, 0, sizeof(s->step));
	assert_int_equal(desk_call(&s->desk, "/v1/auth", &sy_message_auth_begin,
			     &in, &sy_message_auth_step, &s->step),
	    200);
}

static void
type(struct scene *s, const char txn[SY_ID_SIZE])
{
	struct sy_auth_password in = { .password_len = strlen(PASSWORD) };

	memcpy(in.txn, txn, sizeof(in.txn));
	memcpy(in.password, PASSWORD, strlen(PASSWORD));
	(void)desk_call(&s->desk, "/v1/auth/password",
	    &sy_message_auth_password, &in, &sy_message_auth_step, &s->step);
}

static void
show(struct scene *s, const char txn[SY_ID_SIZE], enum proof p)
{
	EVP_PKEY *key = testca_key(proofs[p].key);
	struct sy_auth_card in = { .driver = "piv", .tries = 3 };
	struct signing signing = { .key = key,
		.terminal = s->terminal,
		.login = "suzuki",
		.service = "login",
		.purpose = "login",
		.txn = txn };
	struct sy_auth_proof proof;
	uint8_t *spki;
	size_t len;

	memcpy(in.txn, txn, sizeof(in.txn));
	(void)snprintf(in.method, sizeof(in.method), "%s",
	    sy_method_name(proofs[p].method));
	spki = testca_spki(key, &len);
	memcpy(in.spki, spki, len);
	in.spki_len = (uint16_t)len;
	free(spki);
	if (desk_call(&s->desk, "/v1/auth/card", &sy_message_auth_card, &in,
		&sy_message_auth_step, &s->step) != 200 ||
	    strcmp(s->step.step, "prove") != 0)
		return;
	signing.nonce = s->step.nonce;
	office_sign(&signing, &proof);
	(void)desk_call(&s->desk, "/v1/auth/proof", &sy_message_auth_proof,
	    &proof, &sy_message_auth_step, &s->step);
}

static bool
is_in(const struct scene *s)
{
	return strcmp(s->step.step, "verdict") == 0 &&
	    strcmp(s->step.verdict, "allow") == 0;
}

static void
give_up(struct scene *s, const char txn[SY_ID_SIZE])
{
	struct sy_auth_abandon in = { .failure = "device",
		.reason = "cancelled" };

	memcpy(in.txn, txn, sizeof(in.txn));
	(void)desk_call(&s->desk, "/v1/auth/abandon", &sy_message_auth_abandon,
	    &in, &sy_message_auth_step, &s->step);
}

/* --- all orders --- */

static void
expect_fact(struct scene *s, const char *fact, const char *begins)
{
	struct office_record r;

	assert_true(office_last_record(&s->office, "auth.verdict", fact, &r));
	assert_int_equal(r.outcome, SY_OUTCOME_ALLOW);
	if (strncmp(r.fact, begins, strlen(begins)) != 0)
		fail_msg("%s is %s, not %s", fact, r.fact, begins);
}

static void
expect_logged(struct scene *s, enum proof last)
{
	expect_fact(s, "categories", "knowledge+possession");
	expect_fact(s, "login", "suzuki");
	if (last == PIN_KEY) {
		expect_fact(s, "proof-1", "card-pin issuer ");
		return;
	}
	assert_int_equal(last, KNOWS);
	expect_fact(s, "proof-1", "card issuer ");
	expect_fact(s, "proof-2", "password ");
}

/* One login in which all this is shown, until it lets in. */
static void
play(struct scene *s, const enum proof *what, int count)
{
	char txn[SY_ID_SIZE];
	unsigned int shown = 0;
	bool in = false;

	begin(s);
	memcpy(txn, s->step.txn, sizeof(txn));
	for (int i = 0; i < count && !in; i++) {
		shown |= proofs[what[i]].categories;
		if (what[i] == KNOWS)
			type(s, txn);
		else
			show(s, txn, what[i]);
		in = is_in(s);
		if (!in)
			continue;
		/* The one that was missing, and never one alone. */
		assert_int_equal(shown,
		    SY_CATEGORY_KNOWLEDGE | SY_CATEGORY_POSSESSION);
		expect_logged(s, what[i]);
	}
	if (in) {
		s->let_in++;
	} else {
		s->kept_out++;
		give_up(s, txn);
	}
}

/* Whoever does as he is asked, with two categories, gets in. */
static bool
does_as_asked(const enum proof *what, int count)
{
	return what[0] == PIN_KEY ||
	    (count > 1 && what[0] == OPEN_KEY && what[1] == KNOWS);
}

static void
mfa_1_one_category_lets_nobody_in_and_two_do(void **state)
{
	struct scene *s = *state;
	enum proof what[LONGEST];
	unsigned int before;
	int all = 1;

	for (int count = 1; count <= LONGEST; count++) {
		all *= PROOFS;
		for (int n = 0; n < all; n++) {
			for (int i = 0, rest = n; i < count; i++) {
				what[i] = (enum proof)(rest % PROOFS);
				rest /= PROOFS;
			}
			before = s->let_in;
			play(s, what, count);
			if (does_as_asked(what, count))
				assert_int_equal(s->let_in, before + 1);
		}
	}
	print_message("  %u let in, %u kept out\n", s->let_in, s->kept_out);
	assert_int_equal(place_count_records(&s->office.place, "auth.verdict",
			     NULL),
	    s->let_in);
	assert_true(s->let_in > 0 && s->kept_out > 0);
}

/* The same proof again and again is one factor. */
static void
mfa_1_the_same_category_twice_is_one(void **state)
{
	static const enum proof tc[][LONGEST] = {
		{ KNOWS, KNOWS, KNOWS, KNOWS },
		{ OPEN_KEY, OPEN_KEY, OPEN_KEY, OPEN_KEY },
		{ UNPROVEN_KEY, UNPROVEN_KEY, UNPROVEN_KEY, UNPROVEN_KEY },
		{ OPEN_KEY, UNPROVEN_KEY, OPEN_KEY, UNPROVEN_KEY },
		{ UNPROVEN_KEY, OPEN_KEY, UNPROVEN_KEY, OPEN_KEY },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s, %s\n", proofs[tc[i][0]].name,
		    proofs[tc[i][1]].name);
		play(s, tc[i], LONGEST);
	}
	assert_int_equal(s->let_in, 0);
	assert_int_equal(place_count_records(&s->office.place, "auth.verdict",
			     NULL),
	    0);
}

/* --- by zone --- */

static const char zones_text[] =
    "[policy]\nname = zones\n"
    "[rule numbers]\nzone = mynumber\npurpose = login\nkind = staff\n"
    "require = 2\nallow = card-pin\norigin = issuer\n"
    "[rule office]\nzone = lgwan\npurpose = login\nkind = staff\n"
    "require = 2\nallow = card+password\norigin = issuer\n"
    "[rule web]\nzone = internet\npurpose = login\nkind = staff\n"
    "require = 1\nallow = password\n"
    "[password all]\nkind = all\ndictionary = no\n";

static const struct {
	enum sy_zone zone;
	const char *terminal;
	enum proof wants[2];
	int count;
} zones[] = {
	{ SY_ZONE_MYNUMBER, "number-1", { PIN_KEY }, 1 },
	{ SY_ZONE_LGWAN, "office-1", { OPEN_KEY, KNOWS }, 2 },
	{ SY_ZONE_INTERNET, "web-1", { KNOWS }, 1 },
};

static void
sit_down(struct scene *s, size_t zone)
{
	struct terminal_row row;

	desk_close(&s->desk);
	office_terminal(&s->office, zones[zone].terminal, zones[zone].zone,
	    &row);
	desk_open(&s->office, LISTENER_TERMINALS, &row, &s->desk);
	s->terminal = zones[zone].terminal;
}

/* Asked for one after the other, by name and alone; then it is enough. */
static void
expect_asked(struct scene *s, size_t zone)
{
	char txn[SY_ID_SIZE];

	begin(s);
	memcpy(txn, s->step.txn, sizeof(txn));
	for (int i = 0; i < zones[zone].count; i++) {
		const enum proof p = zones[zone].wants[i];

		assert_false(is_in(s));
		assert_string_equal(s->step.step, "present");
		assert_string_equal(s->step.methods, proofs[p].name);
		if (p == KNOWS)
			type(s, txn);
		else
			show(s, txn, p);
	}
	assert_true(is_in(s));
	expect_fact(s, "zone", sy_zone_name(zones[zone].zone));
}

/* Whatever is shown in whatever order: not without what the zone wants. */
static void
expect_nothing_else(struct scene *s, size_t zone, const enum proof *what,
    int count)
{
	char txn[SY_ID_SIZE];
	int got = 0;

	begin(s);
	memcpy(txn, s->step.txn, sizeof(txn));
	for (int i = 0; i < count && !is_in(s); i++) {
		if (got < zones[zone].count &&
		    what[i] == zones[zone].wants[got])
			got++;
		if (what[i] == KNOWS)
			type(s, txn);
		else
			show(s, txn, what[i]);
	}
	if (is_in(s))
		assert_int_equal(got, zones[zone].count);
	else
		give_up(s, txn);
}

/* The same person with all that he has, at three terminals. */
static void
mfa_2_each_zone_asks_for_its_factors_and_no_others(void **state)
{
	struct scene *s = *state;
	enum proof what[3];

	office_policy(&s->office, zones_text);
	for (size_t z = 0; z < SY_COUNT(zones); z++) {
		print_message("  %s\n", sy_zone_name(zones[z].zone));
		sit_down(s, z);
		expect_asked(s, z);
		for (int n = 0; n < PROOFS * PROOFS * PROOFS; n++) {
			what[0] = (enum proof)(n % PROOFS);
			what[1] = (enum proof)(n / PROOFS % PROOFS);
			what[2] = (enum proof)(n / PROOFS / PROOFS);
			expect_nothing_else(s, z, what, 3);
		}
		expect_asked(s, z);
	}
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(mfa_1_one_category_lets_nobody_in_and_two_do),
		CASE(mfa_1_the_same_category_twice_is_one),
		CASE(mfa_2_each_zone_asks_for_its_factors_and_no_others),
	};

	return cmocka_run_group_tests_name("server_factors", tests, NULL,
	    free_all);
}
