/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA-1 at the server's interface, with FIDO2 keys: whatever is shown in
 * whatever order, right proofs of one category let nobody in where two are
 * asked for; two do, and the log names what was proven by what.
 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "tests/support/key_models.h"
#include "tests/support/key_talk.h"

#define PASSWORD "Kitsune-no-yomeiri-9"
#define LONGEST  3

static const char policy_text[] =
    "[policy]\nname = everyday\n"
    "[rule both]\nzone = mynumber\npurpose = login\nkind = staff\n"
    "require = 2\norigin = issuer attested\n"
    "allow = card+password, password+fido2, fido2-uv, fido2-bio\n"
    "[password all]\nkind = all\ndictionary = no\n"
    "[keys]\nfingerprint = " MODEL_FINGER_TEXT "\n";

/* What a person can prove. All of it is right, and all of it is suzuki's. */
enum proof {
	KNOWS,
	CARD,
	TOUCH,   /* of a key whose model was attested, as the next ones */
	PIN,     /* or a finger, nobody knows */
	SIGNED,  /* a finger, by the key's own word */
	MANAGED, /* by how it was enrolled */
	SAID,    /* by the terminal's word, which counts for a PIN */
	BARE,    /* a PIN of a key that proves no model */
	PROOFS
};

static const struct {
	const char *name;
	const char *method;
	unsigned int categories;
	const char *proof; /* how its proof begins in the record */
} proofs[PROOFS] = {
	[KNOWS] = { "password", "", SY_CATEGORY_KNOWLEDGE, "password " },
	[CARD] = { "card", "card", SY_CATEGORY_POSSESSION, "card issuer " },
	[TOUCH] = { "touch", "fido2", SY_CATEGORY_POSSESSION,
	    "fido2 attested none " },
	[PIN] = { "PIN", "fido2-uv",
	    SY_CATEGORY_POSSESSION | SY_CATEGORY_EITHER,
	    "fido2-uv attested none " },
	[SIGNED] = { "signed finger", "fido2-bio",
	    SY_CATEGORY_POSSESSION | SY_CATEGORY_INHERENCE,
	    "fido2-bio attested signed " },
	[MANAGED] = { "managed finger", "fido2-bio",
	    SY_CATEGORY_POSSESSION | SY_CATEGORY_INHERENCE,
	    "fido2-bio attested managed " },
	[SAID] = { "finger of the terminal's", "fido2-bio",
	    SY_CATEGORY_POSSESSION | SY_CATEGORY_EITHER,
	    "fido2-uv attested none " },
	[BARE] = { "bare key", "fido2-uv", SY_CATEGORY_POSSESSION, "" },
};

struct scene {
	struct office office;
	struct terminal_row counter;
	struct desk desk;
	struct key_talk talk;
	struct key_held keys[PROOFS];
	EVP_PKEY *card;
	unsigned int let_in, kept_out;
};

static void
give_key(struct scene *s, int64_t owner, enum proof p, enum testca_alg alg,
    const struct office_key *what)
{
	struct office_key full = *what;

	full.key = testca_key(alg);
	full.id = (uint8_t)(0x10 + p);
	full.method = SY_METHOD_FIDO2_BIO;
	s->keys[p] = (struct key_held){ .key = full.key,
		.id = full.id,
		.flags = SY_FIDO2_UP | SY_FIDO2_UV };
	s->keys[p].token = office_key(&s->office, owner, &full);
}

static int
setup(void **state)
{
	const struct office_key plain = { .attestation = SY_ATTESTATION_MODEL,
		.aaguid = MODEL_PLAIN };
	const struct office_key finger = { .attestation = SY_ATTESTATION_MODEL,
		.aaguid = MODEL_FINGER,
		.managed = true };
	const struct office_key bare = { .attestation = SY_ATTESTATION_NONE };
	struct scene *s = calloc(1, sizeof(*s));
	struct password_row password;
	struct office *o;
	int64_t id;

	assert_non_null(s);
	o = &s->office;
	office_open(o);
	office_fido2(o);
	office_policy(o, policy_text);
	key_models(o);
	office_terminal(o, "counter-1", SY_ZONE_MYNUMBER, &s->counter);
	id = office_person(o, "suzuki", SY_KIND_STAFF);
	office_password(o, id, PASSWORD, PASSWORD_ACTIVE, &password);
	s->card = testca_key(TESTCA_P384);
	(void)office_token(o, id, s->card, SY_METHOD_CARD);
	give_key(s, id, PIN, TESTCA_P256, &plain);
	give_key(s, id, SIGNED, TESTCA_ED25519, &finger);
	give_key(s, id, BARE, TESTCA_RSA2048, &bare);
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	key_talk_init(&s->talk, &s->desk, "counter-1", "suzuki");
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	key_talk_clear(&s->talk);
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

/* The key that makes the proof, and how. */
static struct key_held *
key_for(struct scene *s, enum proof p)
{
	struct key_held *key = p == BARE          ? &s->keys[BARE]
	    : p == TOUCH || p == PIN || p == SAID ? &s->keys[PIN]
						  : &s->keys[SIGNED];

	key->flags = p == TOUCH ? SY_FIDO2_UP : SY_FIDO2_UP | SY_FIDO2_UV;
	key->uvm = p == SIGNED ? SY_FIDO2_UVM_FINGERPRINT : 0;
	key->built_in = p == MANAGED || p == SAID;
	return key;
}

static void
show(struct scene *s, enum proof p)
{
	struct key_talk *t = &s->talk;

	if (p == KNOWS) {
		(void)key_type(t, PASSWORD);
	} else if (p == CARD) {
		(void)key_card(t, s->card, proofs[p].method);
	} else if (key_ask(t, proofs[p].method, false) == 200 &&
	    strcmp(t->step.step, "assert") == 0) {
		key_sign(t, key_for(s, p));
		(void)key_send(t);
	}
}

static bool
is_in(const struct scene *s)
{
	return strcmp(s->talk.step.step, "verdict") == 0 &&
	    strcmp(s->talk.step.verdict, "allow") == 0;
}

static void
give_up(struct scene *s, const char txn[SY_ID_SIZE])
{
	struct sy_auth_abandon in = { .failure = "device",
		.reason = "cancelled" };
	struct sy_auth_step step = { .txn = "" };

	memcpy(in.txn, txn, sizeof(in.txn));
	(void)desk_call(&s->desk, "/v1/auth/abandon", &sy_message_auth_abandon,
	    &in, &sy_message_auth_step, &step);
}

/* --- all orders --- */

static void
expect_logged(struct scene *s, enum proof last)
{
	static const char *const facts[] = { "proof-1", "proof-2" };
	const char *fact = facts[last == KNOWS];
	struct office_record r;

	assert_true(office_last_record(&s->office, "auth.verdict", fact, &r));
	assert_int_equal(r.outcome, SY_OUTCOME_ALLOW);
	if (strncmp(r.fact, proofs[last].proof, strlen(proofs[last].proof)) !=
	    0)
		fail_msg("%s is %s", fact, r.fact);
}

/* One login in which all this is shown, until it lets in. */
static void
play(struct scene *s, const enum proof *what, int count)
{
	char txn[SY_ID_SIZE];
	unsigned int shown = 0;
	bool in = false;

	assert_int_equal(key_begin(&s->talk), 200);
	memcpy(txn, s->talk.step.txn, sizeof(txn));
	for (int i = 0; i < count && !in; i++) {
		shown |= proofs[what[i]].categories;
		show(s, what[i]);
		in = is_in(s);
		if (!in)
			continue;
		/* The one that was missing, and never one alone. */
		assert_true(sy_categories_count(shown) >= 2);
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
	return sy_categories_count(proofs[what[0]].categories) == 2 ||
	    (count > 1 && (what[0] == CARD || what[0] == TOUCH) &&
		what[1] == KNOWS);
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
			if (does_as_asked(what, count) &&
			    s->let_in != before + 1)
				fail_msg("%s, ... is kept out: %s",
				    proofs[what[0]].name, s->talk.step.reason);
		}
	}
	print_message("  %u let in, %u kept out\n", s->let_in, s->kept_out);
	assert_true(s->let_in > 0 && s->kept_out > 0);
	assert_int_equal(place_count_records(&s->office.place,
			     "alarm.key-counter", NULL),
	    0);
}

/* The same proof again and again is one factor, and so are two devices. */
static void
mfa_1_two_things_that_one_has_are_one_factor(void **state)
{
	static const enum proof tc[][LONGEST] = {
		{ TOUCH, TOUCH, TOUCH },
		{ CARD, TOUCH, CARD },
		{ TOUCH, CARD, BARE },
		{ BARE, CARD, TOUCH },
	};
	struct scene *s = *state;
	struct sy_policy *policy = NULL;
	struct sy_error error = { .code = SY_OK };
	static const char both[] =
	    "[policy]\nname = both\n[rule both]\nzone = mynumber\n"
	    "purpose = login\nkind = staff\nrequire = 2\n"
	    "allow = card+fido2\norigin = issuer attested\n";

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s, %s\n", proofs[tc[i][0]].name,
		    proofs[tc[i][1]].name);
		play(s, tc[i], LONGEST);
	}
	assert_int_equal(s->let_in, 0);
	/* No policy can say otherwise. */
	assert_int_equal(sy_policy_parse("both", both, strlen(both), &policy,
			     &error),
	    SY_ERR_POLICY);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(mfa_1_one_category_lets_nobody_in_and_two_do),
		CASE(mfa_1_two_things_that_one_has_are_one_factor),
	};

	return cmocka_run_group_tests_name("server_key_factors", tests, NULL,
	    free_all);
}
