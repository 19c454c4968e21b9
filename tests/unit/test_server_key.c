/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/auth/key.c, shown.c, proven.c, asserted.c over a real ledger: MFA-1,
 * MFA-2, MFA-4, CARD-2, CARD-7, CRED-2 for FIDO2 keys. What is signed is made
 * by OpenSSL alone.
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include "server/auth/keys.h"
#include "server/auth/login.h"
#include "server/auth/shown.h"
#include "server/identity/credential.h"
#include "server/identity/terminals.h"
#include "server/store/view.h"
#include "tests/support/faults.h"
#include "tests/support/key_models.h"
#include "tests/support/key_talk.h"
#include "tests/support/torture.h"

#define PASSWORD "Kitsune-no-yomeiri-9"

#define RULES                                                                  \
	"[policy]\nname = keys\n"                                              \
	"[rule desk]\nzone = mynumber\npurpose = login unlock\n"               \
	"kind = staff\nrequire = 2\n"                                          \
	"allow = password+fido2, fido2-uv, fido2-bio\norigin = attested\n"     \
	"[rule finger]\nzone = lgwan\npurpose = login\nkind = staff\n"         \
	"require = 2\nallow = fido2-bio\norigin = attested\n"                  \
	"need = inherence\n"                                                   \
	"[rule touch]\nzone = internet\npurpose = login\nkind = staff\n"       \
	"require = 2\nallow = password+fido2\norigin = attested unproven\n"    \
	"[rule root]\nzone = mynumber\npurpose = privileged\nkind = staff\n"   \
	"require = 2\nallow = fido2-uv\norigin = attested\n"                   \
	"[rule far]\nzone = mynumber\npurpose = remote\nkind = staff\n"        \
	"require = 2\nallow = card-pin, fido2-uv\norigin = issuer attested\n"  \
	"[rule away]\nzone = lgwan\npurpose = remote\nkind = staff\n"          \
	"require = 2\nallow = fido2-uv\norigin = attested\n"                   \
	"[password all]\nkind = all\ndictionary = no\n"                        \
	"[targets]\npersons = suzuki\n"
#define LISTED                                                                 \
	"[keys]\nfingerprint = " MODEL_FINGER_TEXT " " MODEL_PINLESS_TEXT "\n"

static const char policy_text[] = RULES LISTED;

struct scene {
	struct office office;
	struct terminal_row counter, other, branch, kiosk;
	struct desk desk, second, lgwan, open;
	int64_t suzuki, tanaka, sato;
	struct key_held key, finger, pinless, bare, tanakas;
	struct key_talk talk;
};

static const uint8_t up = SY_FIDO2_UP, uv = SY_FIDO2_UP | SY_FIDO2_UV;

static void
give_key(struct scene *s, int64_t owner, enum testca_alg alg,
    const struct office_key *what, struct key_held *ret)
{
	struct office_key full = *what;

	full.key = testca_key(alg);
	*ret = (struct key_held){ .key = full.key,
		.id = what->id,
		.flags = uv,
		.counter = what->counter };
	ret->token = office_key(&s->office, owner, &full);
}

static void
give_keys(struct scene *s)
{
	const struct office_key plain = { .id = 0x10,
		.method = SY_METHOD_FIDO2_UV,
		.attestation = SY_ATTESTATION_MODEL,
		.aaguid = MODEL_PLAIN,
		.counter = 7 };
	const struct office_key finger = { .id = 0x20,
		.method = SY_METHOD_FIDO2_BIO,
		.attestation = SY_ATTESTATION_MODEL,
		.aaguid = MODEL_FINGER,
		.managed = true,
		.counter = 100 };
	const struct office_key pinless = { .id = 0x30,
		.method = SY_METHOD_FIDO2_BIO,
		.attestation = SY_ATTESTATION_MODEL,
		.aaguid = MODEL_PINLESS };
	const struct office_key bare = { .id = 0x40,
		.method = SY_METHOD_FIDO2_UV };
	const struct office_key tanakas = { .id = 0x50,
		.method = SY_METHOD_FIDO2_UV,
		.attestation = SY_ATTESTATION_MODEL,
		.aaguid = MODEL_PLAIN };

	give_key(s, s->suzuki, TESTCA_P256, &plain, &s->key);
	give_key(s, s->suzuki, TESTCA_ED25519, &finger, &s->finger);
	give_key(s, s->suzuki, TESTCA_RSA2048, &pinless, &s->pinless);
	s->pinless.still = true;
	give_key(s, s->suzuki, TESTCA_RSA3072, &bare, &s->bare);
	give_key(s, s->tanaka, TESTCA_P256_OTHER, &tanakas, &s->tanakas);
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct password_row password;
	struct office *o;

	assert_non_null(s);
	o = &s->office;
	office_open(o);
	office_fido2(o);
	office_policy(o, policy_text);
	key_models(o);
	office_terminal(o, "counter-1", SY_ZONE_MYNUMBER, &s->counter);
	office_terminal(o, "counter-2", SY_ZONE_MYNUMBER, &s->other);
	office_terminal(o, "branch-7", SY_ZONE_LGWAN, &s->branch);
	office_terminal(o, "kiosk-9", SY_ZONE_INTERNET, &s->kiosk);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	s->tanaka = office_person(o, "tanaka", SY_KIND_STAFF);
	s->sato = office_person(o, "sato", SY_KIND_STAFF);
	office_password(o, s->suzuki, PASSWORD, PASSWORD_ACTIVE, &password);
	give_keys(s);
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	desk_open(o, LISTENER_TERMINALS, &s->other, &s->second);
	desk_open(o, LISTENER_TERMINALS, &s->branch, &s->lgwan);
	desk_open(o, LISTENER_TERMINALS, &s->kiosk, &s->open);
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
	desk_close(&s->second);
	desk_close(&s->lgwan);
	desk_close(&s->open);
	office_close(&s->office);
	free(s);
	return 0;
}

/* --- what is looked at --- */

static void
expect_allow(const struct key_talk *t)
{
	assert_string_equal(t->step.step, "verdict");
	if (strcmp(t->step.verdict, "allow") != 0)
		fail_msg("denied: %s", t->step.reason);
}

static void
expect_deny(const struct key_talk *t, const char *reason)
{
	assert_string_equal(t->step.step, "verdict");
	assert_string_equal(t->step.verdict, "deny");
	assert_string_equal(t->step.reason, reason);
	assert_int_equal(t->step.support[0], 'R');
}

static void
expect_record(struct scene *s, const char *action, enum sy_outcome outcome,
    const char *reason)
{
	struct office_record r;

	assert_true(office_last_record(&s->office, action, "", &r));
	assert_int_equal(r.outcome, outcome);
	assert_string_equal(r.reason, reason);
}

static void
expect_fact(struct scene *s, const char *action, const char *fact,
    const char *value)
{
	struct office_record r;

	assert_true(office_last_record(&s->office, action, fact, &r));
	assert_string_equal(r.fact, value);
}

static void
expect_hex(struct scene *s, const char *fact, const void *p, size_t len)
{
	char hex[1200];

	assert_true(2 * len < sizeof(hex));
	sy_text_hex(p, len, hex);
	expect_fact(s, "auth.verdict", fact, hex);
}

static int64_t
stored_counter(struct scene *s, const struct key_held *key)
{
	struct key_counter_row row;

	assert_int_equal(
	    key_counter_of_token(ledger_reader(s->office.place.ledger),
		key->token, &row),
	    SY_OK);
	return row.counter;
}

static unsigned int
count(struct scene *s, const char *action)
{
	return place_count_records(&s->office.place, action, NULL);
}

static void
move(struct scene *s, struct desk *desk, const char *terminal)
{
	s->talk.desk = desk;
	s->talk.terminal = terminal;
}

/* --- yes --- */

/* MFA-1: a key alone is two factors where its attestation was verified. */
static void
mfa_1_a_verified_key_alone_lets_in(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;
	char text[REFERENCE_SIZE];
	uint8_t nonce[SY_NONCE_SIZE];

	assert_int_equal(key_begin(t), 200);
	assert_string_equal(t->step.methods, "fido2 fido2-uv fido2-bio");
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	assert_string_equal(t->step.step, "assert");
	assert_string_equal(t->step.login, "suzuki");
	assert_string_equal(t->step.rp_id, OFFICE_RP_ID);
	assert_string_equal(t->step.origin, OFFICE_ORIGIN);
	assert_int_equal(t->step.life, SY_CHALLENGE_LIFE);
	assert_int_equal(t->step.nonce_len, SY_NONCE_SIZE);
	assert_true(t->step.uv);
	assert_true(key_is_shown(t, &s->key));
	memcpy(nonce, t->step.nonce, sizeof(nonce));
	key_sign(t, &s->key);
	assert_int_equal(key_send(t), 200);
	expect_allow(t);
	expect_record(s, "auth.verdict", SY_OUTCOME_ALLOW, "allowed");
	expect_fact(s, "auth.verdict", "categories",
	    "possession+knowledge-or-inherence");
	expect_fact(s, "auth.verdict", "judged", "fido2-uv none attested");
	record_reference("token", s->key.token, text);
	expect_fact(s, "auth.verdict", "token", text);
	expect_fact(s, "auth.verdict", "counter", "8");
	expect_fact(s, "auth.verdict", "counter-stored", "7");
	expect_fact(s, "auth.verdict", "terminal-says-built-in", "no");
	expect_fact(s, "auth.verdict", "challenge-login", "");
	expect_hex(s, "server-nonce", nonce, sizeof(nonce));
	expect_hex(s, "agent-nonce", t->assertion.agent_nonce, SY_NONCE_SIZE);
	expect_hex(s, "client-data", t->assertion.client_data,
	    t->assertion.client_data_len);
	expect_hex(s, "authenticator-data", t->assertion.authdata,
	    t->assertion.authdata_len);
	expect_hex(s, "signature", t->assertion.signature,
	    t->assertion.signature_len);
	assert_int_equal(stored_counter(s, &s->key), 8);
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
}

/* MFA-1: a touch is possession, and the password the other. */
static void
mfa_1_a_touch_and_the_password_let_in(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;

	s->key.flags = up;
	assert_int_equal(key_begin(t), 200);
	assert_int_equal(key_ask(t, "fido2", false), 200);
	assert_false(t->step.uv);
	key_sign(t, &s->key);
	/* Possession first. */
	assert_int_equal(key_type(t, PASSWORD), 409);
	assert_int_equal(key_send(t), 200);
	assert_string_equal(t->step.step, "present");
	assert_string_equal(t->step.methods, "password");
	expect_record(s, "auth.key", SY_OUTCOME_DONE, "");
	expect_fact(s, "auth.key", "judged", "fido2 none attested");
	assert_int_equal(stored_counter(s, &s->key), 8);
	assert_int_equal(key_type(t, PASSWORD), 200);
	expect_allow(t);
	expect_fact(s, "auth.verdict", "categories", "knowledge+possession");
	assert_int_equal(stored_counter(s, &s->key), 8);
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
}

static void
keys_of_every_kind_log_in(void **state)
{
	struct scene *s = *state;
	struct key_held *const keys[] = { &s->key, &s->finger, &s->pinless };

	for (size_t i = 0; i < SY_COUNT(keys); i++)
		for (int twice = 0; twice < 2; twice++) {
			key_show(&s->talk, "fido2-uv", keys[i]);
			expect_allow(&s->talk);
		}
}

/* --- the finger that is told from the PIN --- */

/* MFA-4 */
static void
mfa_4_inherence_needs_a_grade(void **state)
{
	static const struct {
		const char *what;
		enum { PLAIN, FINGER, UNMANAGED, PINLESS } key;
		uint32_t uvm;
		bool built_in;
		const char *judged; /* NULL: not let in */
		const char *reason;
	} tc[] = {
		{ "it says that it was a finger", FINGER,
		    SY_FIDO2_UVM_FINGERPRINT, false,
		    "fido2-bio signed attested", "" },
		{ "it says that it was a PIN", FINGER,
		    SY_FIDO2_UVM_PASSCODE_EXTERNAL, true, NULL,
		    "finger-missing" },
		{ "managed, and asked for its finger", FINGER, 0, true,
		    "fido2-bio managed attested", "" },
		{ "managed, and asked for its PIN", FINGER, 0, false, NULL,
		    "finger-missing" },
		{ "listed, and only the terminal says so", UNMANAGED, 0, true,
		    NULL, "not-accepted" },
		{ "a model that takes no PIN", PINLESS, 0, false,
		    "fido2-bio signed attested", "" },
		{ "not listed, whatever it says", PLAIN,
		    SY_FIDO2_UVM_FINGERPRINT, true, NULL, "finger-missing" },
	};
	struct scene *s = *state;
	struct key_held *const keys[] = { &s->key, &s->finger, &s->finger,
		&s->pinless };
	struct credential_row row;

	move(s, &s->lgwan, "branch-7");
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct key_held *key = keys[tc[i].key];

		print_message("  %s\n", tc[i].what);
		assert_int_equal(
		    credential_of_token(ledger_reader(s->office.place.ledger),
			key->token, &row),
		    SY_OK);
		row.managed = tc[i].key == FINGER;
		office_update(&s->office, &row_type_credential, &row);
		key->uvm = tc[i].uvm;
		key->built_in = tc[i].built_in;
		key_show(&s->talk, "fido2-bio", key);
		if (tc[i].judged == NULL) {
			expect_deny(&s->talk, tc[i].reason);
			continue;
		}
		expect_allow(&s->talk);
		expect_fact(s, "auth.verdict", "judged", tc[i].judged);
		expect_fact(s, "auth.verdict", "categories",
		    "possession+inherence");
	}
}

/* MFA-2: what is proven counts for what is wanted, never for more. */
static void
mfa_2_a_better_proof_counts_and_a_lesser_does_not(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;

	print_message("  a finger where a touch is wanted\n");
	move(s, &s->open, "kiosk-9");
	s->finger.uvm = SY_FIDO2_UVM_FINGERPRINT;
	key_show(t, "fido2", &s->finger);
	assert_string_equal(t->step.step, "present");
	assert_string_equal(t->step.methods, "password");
	assert_int_equal(key_type(t, PASSWORD), 200);
	expect_allow(t);
	expect_fact(s, "auth.verdict", "categories", "knowledge+possession");

	print_message("  a finger where it was not asked for, and lets in\n");
	move(s, &s->desk, "counter-1");
	key_show(t, "fido2", &s->finger);
	expect_allow(t);
	expect_fact(s, "auth.verdict", "categories", "possession+inherence");

	print_message(
	    "  a PIN where a finger was gone for, and a PIN will do\n");
	s->finger.uvm = SY_FIDO2_UVM_PASSCODE_EXTERNAL;
	key_show(t, "fido2-bio", &s->finger);
	expect_allow(t);
	expect_fact(s, "auth.verdict", "categories",
	    "possession+knowledge-or-inherence");

	print_message("  a touch where a PIN was asked for\n");
	s->key.flags = up;
	key_show(t, "fido2-uv", &s->key);
	expect_deny(t, "denied");

	print_message("  a PIN of a key that was enrolled for its touch\n");
	s->key.flags = uv;
	struct token_row row;
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, s->key.token, &row),
	    SY_OK);
	row.method = SY_METHOD_FIDO2;
	office_update(&s->office, &row_type_token, &row);
	assert_int_equal(key_begin(t), 200);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	key_show(t, "fido2-uv", &s->key);
	assert_string_equal(t->step.methods, "password");
}

/* The terminal goes for the best that is offered before it sees the key: a key
 * of the person that is good for another way in is no wrong one. */
static void
a_key_that_is_good_for_any_way_in_is_shown_for_each(void **state)
{
	static const char *const methods[] = { "fido2-bio", "fido2-uv",
		"fido2" };
	struct scene *s = *state;
	struct key_talk *t = &s->talk;
	struct token_row row;

	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, s->key.token, &row),
	    SY_OK);
	for (int best = SY_METHOD_FIDO2; best <= SY_METHOD_FIDO2_BIO; best++) {
		row.method = best;
		office_update(&s->office, &row_type_token, &row);
		for (size_t i = 0; i < SY_COUNT(methods); i++) {
			assert_int_equal(key_begin(t), 200);
			assert_int_equal(key_ask(t, methods[i], false), 200);
			assert_true(key_is_shown(t, &s->key));
		}
	}
}

static void
a_key_that_proves_no_origin_is_a_touch_at_most(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;

	assert_int_equal(key_begin(t), 200);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	assert_false(key_is_shown(t, &s->bare));
	key_sign(t, &s->bare);
	assert_int_equal(key_send(t), 200);
	expect_deny(t, "not-accepted");
	move(s, &s->open, "kiosk-9");
	key_show(t, "fido2", &s->bare);
	assert_string_equal(t->step.methods, "password");
	assert_int_equal(key_type(t, PASSWORD), 200);
	expect_allow(t);
}

/* --- whose keys there are --- */

static void
ask_of(struct scene *s, const char *user, struct key_talk *ret)
{
	key_talk_init(ret, &s->desk, "counter-1", user);
	assert_int_equal(key_begin(ret), 200);
	assert_string_equal(ret->step.methods, "fido2 fido2-uv fido2-bio");
	assert_int_equal(key_ask(ret, "fido2-uv", false), 200);
	assert_string_equal(ret->step.step, "assert");
	assert_string_equal(ret->step.login, user);
	assert_int_equal(ret->step.credentials.count, SY_CREDENTIALS_SHOWN);
}

/* Nobody, somebody without a key, with one, with three. */
static const char *const askers[] = { "nobody", "sato", "tanaka", "suzuki" };

static void
how_many_keys_somebody_has_does_not_show(void **state)
{
	struct scene *s = *state;
	struct sy_credential first[SY_CREDENTIALS_SHOWN];
	const struct sy_credential *shown;
	size_t len = 0;

	for (size_t i = 0; i < SY_COUNT(askers); i++) {
		struct key_talk t;

		print_message("  %s\n", askers[i]);
		ask_of(s, askers[i], &t);
		memcpy(first, t.step.credentials.items, sizeof(first));
		if (i == 0)
			len = s->desk.len + strlen("suzuki") - strlen("nobody");
		assert_int_equal(s->desk.len + strlen("suzuki") -
			strlen(askers[i]),
		    len);
		key_talk_clear(&t);
		/* The same the next time. */
		ask_of(s, askers[i], &t);
		shown = t.step.credentials.items;
		for (size_t k = 0; k < SY_CREDENTIALS_SHOWN; k++) {
			assert_int_equal(shown[k].id_len, 64);
			assert_memory_equal(shown[k].id, first[k].id, 64);
			for (size_t j = 0; j < k; j++)
				assert_memory_not_equal(shown[k].id,
				    shown[j].id, 64);
		}
		assert_int_equal(key_is_shown(&t, &s->key), i == 3);
		assert_int_equal(key_is_shown(&t, &s->finger), i == 3);
		assert_int_equal(key_is_shown(&t, &s->bare), false);
		assert_int_equal(key_is_shown(&t, &s->tanakas), i == 2);
		key_talk_clear(&t);
	}
}

/* Calls that show_credentials makes of the allocator when every row is known
 * already: one for each walk and each item. And the rows that it opens when
 * none is. */
struct work {
	unsigned int allocations;
	size_t opened;
};

static size_t
rows_kept(const struct row_view *view)
{
	size_t n = 0;

	for (size_t i = 0; i < VIEW_KEPT_MAX; i++)
		n += view->ring[i] != NULL;
	return n;
}

static struct work
work_for(struct scene *s, const char *user)
{
	struct row_view *view = ledger_reader(s->office.place.ledger);
	struct login *login = NULL;
	struct sy_list list = { NULL, 0 };
	uint8_t txn[SY_TXN_SIZE];
	struct work work;
	struct key_talk t;

	ask_of(s, user, &t);
	assert_int_equal(sy_text_unhex(t.step.txn, txn, sizeof(txn)), SY_OK);
	assert_int_equal(logins_get(s->office.server.logins, txn, &login),
	    SY_OK);
	view_forget(view);
	assert_int_equal(shown_credentials(&s->office.server, login, &list),
	    SY_OK);
	work.opened = rows_kept(view);
	free(list.items);
	list = (struct sy_list){ NULL, 0 };
	faults_arm(UINT_MAX);
	assert_int_equal(shown_credentials(&s->office.server, login, &list),
	    SY_OK);
	work.allocations = faults_seen();
	assert_false(faults_disarm());
	free(list.items);
	key_talk_clear(&t);
	return work;
}

static void
and_costs_the_same(void **state)
{
	struct scene *s = *state;
	struct work first = { 0 }, work;

	for (size_t i = 0; i < SY_COUNT(askers); i++) {
		work = work_for(s, askers[i]);
		print_message("  %s: %u allocations, %zu rows opened\n",
		    askers[i], work.allocations, work.opened);
		if (i == 0)
			first = work;
		assert_int_equal(work.allocations, first.allocations);
		/* Decoys may fall on one row. */
		assert_in_range(work.opened, 2, 2 * SY_CREDENTIALS_SHOWN);
	}
	assert_true(first.allocations > SY_CREDENTIALS_SHOWN);
}

/* What can't be a login name is nobody's, and looks like it. */
static void
a_name_that_is_none_gets_decoys_too(void **state)
{
	static const char *const names[][2] = { { "hunter2!", "" },
		{ "Suzuki", "suzuki" } };
	struct scene *s = *state;
	struct key_talk *t = &s->talk;

	for (size_t i = 0; i < SY_COUNT(names); i++) {
		key_talk_clear(t);
		key_talk_init(t, &s->desk, "counter-1", names[i][0]);
		assert_int_equal(key_begin(t), 200);
		assert_int_equal(key_ask(t, "fido2-uv", false), 200);
		assert_string_equal(t->step.step, "assert");
		assert_string_equal(t->step.login, names[i][1]);
		assert_int_equal(t->step.credentials.count,
		    SY_CREDENTIALS_SHOWN);
		assert_false(key_is_shown(t, &s->key));
	}
}

/* --- the wrong key --- */

/* CARD-2 */
static void
card_2_another_persons_key_is_refused_and_recorded(void **state)
{
	struct scene *s = *state;
	char owner[REFERENCE_SIZE], token[REFERENCE_SIZE];

	key_show(&s->talk, "fido2-uv", &s->tanakas);
	expect_deny(&s->talk, "token-owner");
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "token-owner");
	record_reference("id", s->tanaka, owner);
	record_reference("token", s->tanakas.token, token);
	expect_fact(s, "auth.wrong-card", "owner", owner);
	expect_fact(s, "auth.wrong-card", "token", token);
	expect_fact(s, "auth.wrong-card", "login", "suzuki");
	assert_int_equal(stored_counter(s, &s->tanakas), 0);

	print_message("  a key that nobody has\n");
	s->tanakas.id = 0x77;
	key_show(&s->talk, "fido2-uv", &s->tanakas);
	expect_deny(&s->talk, "signature");
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "unknown-key");
	print_message("  somebody that is not there\n");
	s->tanakas.id = 0x50;
	(void)snprintf(s->talk.user, sizeof(s->talk.user), "nobody");
	key_show(&s->talk, "fido2-uv", &s->tanakas);
	expect_deny(&s->talk, "token-owner");
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "id-unknown");
}

/* The key that stands for those that are not there: its secret is 1, so that
 * everybody can sign with it. */
static EVP_PKEY *
nobodys_key(void)
{
	/* RFC 5915, P-256. */
	static const uint8_t der[] = { 0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xa0, 0x0a, 0x06, 0x08, 0x2a,
		0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
	const uint8_t *at = der;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, sizeof(der));

	assert_non_null(key);
	return key;
}

/* The ${i}-th credential that ${user} is shown, signed by ${key}; ${stale}: of
 * another nonce. */
static void
try_shown(struct scene *s, const char *user, size_t i, struct key_held *key,
    bool stale)
{
	struct key_talk *t = &s->talk;
	const struct sy_credential *shown;
	struct sy_credential tried;

	(void)snprintf(t->user, sizeof(t->user), "%s", user);
	assert_int_equal(key_begin(t), 200);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	assert_true(i < t->step.credentials.count);
	shown = t->step.credentials.items;
	tried = shown[i];
	t->step.nonce[0] ^= stale;
	key_sign(t, key);
	memcpy(t->assertion.credential, tried.id, tried.id_len);
	t->assertion.credential_len = tried.id_len;
	assert_int_equal(key_send(t), 200);
}

/* Who can't sign with a credential is not told whether there is such a key:
 * neither by a word nor by what a terminal may do after it. */
static void
nothing_tells_a_decoy_from_a_key(void **state)
{
	static const char *const users[] = { "suzuki", "nobody" };
	struct scene *s = *state;
	struct key_held nobodys = s->tanakas;
	unsigned int tries = 0, wrong;

	for (size_t u = 0; u < SY_COUNT(users); u++)
		for (size_t i = 0; i < SY_CREDENTIALS_SHOWN; i++) {
			try_shown(s, users[u], i, &s->tanakas, false);
			expect_deny(&s->talk, "signature");
			try_shown(s, users[u], i, &s->tanakas, true);
			expect_deny(&s->talk, "denied");
			tries += 2;
		}
	/* One decoy of hers, four of nobody's. */
	wrong = count(s, "auth.wrong-card");
	assert_int_equal(wrong, 10);
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "unknown-key");
	print_message("  signed by the key that stands for it\n");
	nobodys.key = nobodys_key();
	try_shown(s, "nobody", 0, &nobodys, false);
	EVP_PKEY_free(nobodys.key);
	expect_deny(&s->talk, "signature");
	tries++;
	print_message("  all of them count against the terminal\n");
	for (; tries < TERMINALS_BAD_MAX; tries++)
		try_shown(s, "nobody", 0, &s->tanakas, false);
	assert_int_equal(key_begin(&s->talk), 503);
}

/* CARD-2: a key that holds none of the credentials is all that shows of it. */
static void
card_2_a_key_of_nobody_here_is_recorded_and_counted(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;
	uint8_t nonce[SY_NONCE_SIZE];

	assert_int_equal(key_begin(t), 200);
	print_message("  before any was asked for\n");
	assert_int_equal(key_ask(t, "fido2-uv", true), 409);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	for (int i = 1; i < LOGIN_CARDS_MAX; i++) {
		memcpy(nonce, t->step.nonce, sizeof(nonce));
		assert_int_equal(key_ask(t, "fido2-uv", true), 200);
		assert_string_equal(t->step.step, "assert");
		assert_memory_not_equal(nonce, t->step.nonce, sizeof(nonce));
		expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY,
		    "other-key");
	}
	expect_fact(s, "auth.wrong-card", "driver", "fido2");
	assert_int_equal(key_ask(t, "fido2-uv", true), 200);
	expect_deny(t, "other-key");
	assert_int_equal(count(s, "auth.wrong-card"), LOGIN_CARDS_MAX);
	assert_int_equal(key_ask(t, "fido2-uv", false), 409);

	print_message("  the right one may follow\n");
	assert_int_equal(key_begin(t), 200);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	assert_int_equal(key_ask(t, "fido2-uv", true), 200);
	key_sign(t, &s->key);
	assert_int_equal(key_send(t), 200);
	expect_allow(t);
}

/* CARD-7 */
static void
a_key_that_could_not_let_in_is_not_asked_for_its_pin(void **state)
{
	static const struct {
		const char *what;
		int64_t state;
		bool held;
		enum { SAME, UNLISTED, GONE } policy;
	} tc[] = {
		{ "lost", TOKEN_LOST, false, SAME },
		{ "revoked", TOKEN_REVOKED, false, SAME },
		{ "a model that the policy denies", TOKEN_ACTIVE, false,
		    UNLISTED },
		{ "a model that was compromised", TOKEN_ACTIVE, false, GONE },
		{ "suspended", TOKEN_ACTIVE, true, SAME },
	};
	struct scene *s = *state;
	struct token_row row;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
				     &row_type_token, s->key.token, &row),
		    SY_OK);
		row.state = tc[i].state;
		office_update(&s->office, &row_type_token, &row);
		office_policy(&s->office,
		    tc[i].policy == UNLISTED ? RULES LISTED
			"deny = " MODEL_PLAIN_TEXT "\n"
					     : policy_text);
		if (tc[i].policy == GONE)
			key_models_compromised(&s->office, MODEL_PLAIN);
		else
			key_models(&s->office);
		if (tc[i].held)
			office_hold(&s->office, s->key.token);
		key_show(&s->talk, "fido2-uv", &s->key);
		expect_deny(&s->talk,
		    tc[i].policy == SAME ? "token-state" : "model");
		assert_int_equal(key_begin(&s->talk), 200);
		assert_int_equal(key_ask(&s->talk, "fido2-uv", false), 200);
		assert_false(key_is_shown(&s->talk, &s->key));
	}
}

static void
a_row_altered_by_hand_is_nobodys_key(void **state)
{
	struct scene *s = *state;

	assert_int_equal(key_begin(&s->talk), 200);
	assert_int_equal(key_ask(&s->talk, "fido2-uv", false), 200);
	key_sign(&s->talk, &s->key);
	place_sql(&s->office.place, "UPDATE credential SET owner = owner + 1");
	assert_int_equal(key_send(&s->talk), 200);
	expect_deny(&s->talk, "signature");
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "row-altered");
}

/* --- what was signed for something else --- */

/* Possession first: what the ledger could not record was not shown. */
static void
what_was_not_recorded_is_asked_for_again(void **state)
{
	struct sy_auth_fetch in = { .txn = "" };
	struct scene *s = *state;
	struct key_talk *t = &s->talk;

	s->key.flags = up;
	assert_int_equal(key_begin(t), 200);
	memcpy(in.txn, t->step.txn, sizeof(in.txn));
	assert_int_equal(key_ask(t, "fido2", false), 200);
	key_sign(t, &s->key);
	place_sql(&s->office.place,
	    "UPDATE key_counter SET counter = counter + 1");
	assert_int_not_equal(key_send(t), 200);
	assert_int_equal(key_type(t, PASSWORD), 409);
	key_talk_clear(t);
	assert_int_equal(desk_call(&s->desk, "/v1/auth/verdict",
			     &sy_message_auth_fetch, &in, &sy_message_auth_step,
			     &t->step),
	    200);
	assert_string_equal(t->step.step, "present");
	assert_string_equal(t->step.methods, "fido2 fido2-uv fido2-bio");
}

/* CRED-2 */
static void
cred_2_an_assertion_for_anything_else_is_refused(void **state)
{
	static const struct {
		const char *what;
		const char *user;
		const char *service;
		const char *terminal;
		const char *purpose;
		const char *origin;
		const char *rp_id;
		const char *type;
		bool other_nonce;
	} tc[] = {
		{ .what = "another person", .user = "tanaka" },
		{ .what = "another service", .service = "sudo" },
		{ .what = "another terminal", .terminal = "counter-2" },
		{ .what = "another purpose", .purpose = "unlock" },
		{ .what = "another nonce", .other_nonce = true },
		{ .what = "another origin", .origin = "https://login.tesst" },
		{ .what = "another RP id", .rp_id = "login.tesst" },
		{ .what = "a registration", .type = "webauthn.create" },
	};
	struct scene *s = *state;
	struct key_talk *t = &s->talk, other;
	struct signer_says says;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(key_begin(t), 200);
		assert_int_equal(key_ask(t, "fido2-uv", false), 200);
		other = *t;
		if (tc[i].user != NULL)
			(void)snprintf(other.step.login,
			    sizeof(other.step.login), "%s", tc[i].user);
		if (tc[i].service != NULL)
			(void)snprintf(other.service, sizeof(other.service),
			    "%s", tc[i].service);
		if (tc[i].terminal != NULL)
			other.terminal = tc[i].terminal;
		if (tc[i].purpose != NULL)
			(void)snprintf(other.purpose, sizeof(other.purpose),
			    "%s", tc[i].purpose);
		other.step.nonce[0] ^= tc[i].other_nonce;
		s->key.counter++;
		key_says(&other, &s->key, &says);
		if (tc[i].origin != NULL)
			says.origin = tc[i].origin;
		if (tc[i].rp_id != NULL)
			says.rp_id = tc[i].rp_id;
		if (tc[i].type != NULL)
			says.type = tc[i].type;
		key_sign_as(t, &s->key, &says);
		assert_int_equal(key_send(t), 200);
		expect_deny(t, "denied");
		expect_record(s, "auth.verdict", SY_OUTCOME_DENY, "denied");
	}
	assert_int_equal(stored_counter(s, &s->key), 7);
}

static void
cred_2_another_keys_signature_is_refused(void **state)
{
	struct scene *s = *state;

	s->tanakas.id = s->key.id;
	key_show(&s->talk, "fido2-uv", &s->tanakas);
	expect_deny(&s->talk, "signature");
	print_message("  a bit of what was signed\n");
	assert_int_equal(key_begin(&s->talk), 200);
	assert_int_equal(key_ask(&s->talk, "fido2-uv", false), 200);
	key_sign(&s->talk, &s->key);
	s->talk.assertion.authdata[36] ^= 1;
	assert_int_equal(key_send(&s->talk), 200);
	expect_deny(&s->talk, "signature");
}

/* CRED-2: also while the first is still being verified. */
static void
cred_2_an_assertion_counts_once_however_soon_it_comes_again(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;
	static struct desk again;
	unsigned int first, second;

	desk_open(&s->office, LISTENER_TERMINALS, &s->counter, &again);
	assert_int_equal(key_begin(t), 200);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	key_sign(t, &s->key);
	desk_post(&s->desk, "/v1/auth/assertion", &sy_message_auth_assertion,
	    &t->assertion);
	desk_post(&again, "/v1/auth/assertion", &sy_message_auth_assertion,
	    &t->assertion);
	first = desk_answer(&s->desk);
	second = desk_answer(&again);
	assert_int_equal(first + second, 200 + 409);
	assert_non_null(strstr(first == 200 ? s->desk.text : again.text,
	    "\"verdict\":\"allow\""));
	expect_record(s, "auth.refused", SY_OUTCOME_DENY, "answered-already");
	assert_int_equal(stored_counter(s, &s->key), s->key.counter);
	desk_close(&again);
}

/* CRED-2: once, at once, here, in this login. */
static void
cred_2_an_assertion_is_good_once(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;
	struct sy_auth_assertion sent;
	struct login *login = NULL;
	uint8_t txn[SY_TXN_SIZE];

	key_show(t, "fido2-uv", &s->key);
	expect_allow(t);
	sent = t->assertion;
	print_message("  twice\n");
	assert_int_equal(key_send(t), 409);
	expect_record(s, "auth.refused", SY_OUTCOME_DENY, "answered-already");
	print_message("  in the next login\n");
	assert_int_equal(key_begin(t), 200);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	memcpy(sent.txn, t->step.txn, sizeof(sent.txn));
	t->assertion = sent;
	assert_int_equal(key_send(t), 200);
	expect_deny(t, "denied");
	print_message("  for a nonce that was followed by another\n");
	assert_int_equal(key_begin(t), 200);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	key_sign(t, &s->key);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	assert_int_equal(key_send(t), 200);
	expect_deny(t, "denied");
	print_message("  from another terminal\n");
	assert_int_equal(key_begin(t), 200);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	key_sign(t, &s->key);
	t->desk = &s->second;
	assert_int_equal(key_send(t), 404);
	expect_record(s, "auth.refused", SY_OUTCOME_DENY, "other-terminal");
	t->desk = &s->desk;
	print_message("  late\n");
	assert_int_equal(sy_text_unhex(t->step.txn, txn, sizeof(txn)), SY_OK);
	assert_int_equal(logins_get(s->office.server.logins, txn, &login),
	    SY_OK);
	login->facts.nonce_boot -= SY_CHALLENGE_LIFE + 1;
	assert_int_equal(key_send(t), 200);
	expect_deny(t, "late");
	print_message("  before it was asked for\n");
	assert_int_equal(key_begin(t), 200);
	memcpy(t->assertion.txn, t->step.txn, sizeof(t->assertion.txn));
	assert_int_equal(key_send(t), 409);
	expect_record(s, "auth.refused", SY_OUTCOME_DENY, "out-of-order");
}

/* --- counters --- */

static bool
is_held(struct scene *s, const struct key_held *key)
{
	int64_t n;

	assert_int_equal(row_count_listed(ledger_reader(s->office.place.ledger),
			     &row_type_hold, "token", key->token, &n),
	    SY_OK);
	return n > 0;
}

/* What an operator reads of it. */
static void
expect_explained(struct scene *s, struct desk *admin)
{
	const struct sy_user_ref in = { .login = "suzuki" };
	const struct sy_token_ref ref = { .token = s->key.token };
	struct sy_explanation_item *item;
	struct sy_explanation reply;
	struct sy_token token;
	bool found = false;

	assert_int_equal(desk_call(admin, "/v1/admin/user/explain",
			     &sy_message_user_ref, &in, &sy_message_explanation,
			     &reply),
	    200);
	item = reply.reasons.items;
	for (size_t i = 0; i < reply.reasons.count; i++)
		found = found || strcmp(item[i].code, "token-cloned") == 0;
	assert_true(found);
	sy_message_clear(&sy_message_explanation, &reply);
	assert_int_equal(desk_call(admin, "/v1/admin/token/show",
			     &sy_message_token_ref, &ref, &sy_message_token,
			     &token),
	    200);
	assert_non_null(strstr(token.holds, "signature counter"));
}

/* CRED-2: a key that counts backwards may have a copy. */
static void
cred_2_a_cloned_key_is_stopped(void **state)
{
	static const uint32_t shown[] = { 7, 6, 1, 0 };
	struct scene *s = *state;
	struct key_talk *t = &s->talk;
	char subject[REFERENCE_SIZE];
	struct office_record r;

	record_reference("token", s->key.token, subject);
	s->key.still = true;
	for (size_t i = 0; i < SY_COUNT(shown); i++) {
		struct sy_token_change resume = { .token = s->key.token,
			.basis = "looked at" };
		struct key_counter_row row;
		struct sy_token token;
		struct desk admin;

		print_message("  %u after 7\n", shown[i]);
		s->key.counter = shown[i];
		key_show(t, "fido2-uv", &s->key);
		expect_deny(t, "counter");
		expect_record(s, "auth.verdict", SY_OUTCOME_DENY, "counter");
		assert_true(office_last_record(&s->office, "alarm.key-counter",
		    "counter-stored", &r));
		assert_int_equal(r.outcome, SY_OUTCOME_ALARM);
		assert_string_equal(r.subject, subject);
		assert_string_equal(r.fact, "7");
		assert_true(is_held(s, &s->key));
		assert_int_equal(stored_counter(s, &s->key), 7);
		/* Not even with a counter that advances. */
		s->key.counter = 8;
		key_show(t, "fido2-uv", &s->key);
		expect_deny(t, "token-state");
		assert_int_equal(count(s, "alarm.key-counter"), i + 1);

		/* An operator has looked at it: it counts anew. */
		desk_open(&s->office, LISTENER_ADMIN, NULL, &admin);
		expect_explained(s, &admin);
		assert_int_equal(desk_call(&admin, "/v1/admin/token/resume",
				     &sy_message_token_change, &resume,
				     &sy_message_token, &token),
		    200);
		assert_string_equal(token.holds, "");
		desk_close(&admin);
		expect_fact(s, "token.resume", "lifted", "cloned");
		assert_int_equal(stored_counter(s, &s->key), 0);
		s->key.counter = 7;
		key_show(t, "fido2-uv", &s->key);
		expect_allow(t);
		assert_int_equal(
		    key_counter_of_token(ledger_reader(s->office.place.ledger),
			s->key.token, &row),
		    SY_OK);
		assert_int_equal(row.counter, 7);
	}
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
}

static void
cred_2_a_policy_may_want_the_alarm_alone(void **state)
{
	struct scene *s = *state;

	office_policy(&s->office, RULES LISTED "counter = alarm\n");
	s->key.still = true;
	key_show(&s->talk, "fido2-uv", &s->key);
	expect_allow(&s->talk);
	assert_int_equal(count(s, "alarm.key-counter"), 1);
	assert_false(is_held(s, &s->key));
	assert_int_equal(stored_counter(s, &s->key), 7);
}

/* CRED-2: also where what it signed is not what is wanted. */
static void
cred_2_a_cloned_key_is_stopped_whatever_it_proves(void **state)
{
	struct scene *s = *state;

	move(s, &s->lgwan, "branch-7");
	key_show(&s->talk, "fido2-bio", &s->finger);
	expect_deny(&s->talk, "finger-missing");
	assert_int_equal(stored_counter(s, &s->finger), 101);
	expect_record(s, "auth.key", SY_OUTCOME_DONE, "");
	s->finger.counter = 50;
	key_show(&s->talk, "fido2-bio", &s->finger);
	expect_deny(&s->talk, "counter");
	assert_int_equal(count(s, "alarm.key-counter"), 1);
	key_show(&s->talk, "fido2-bio", &s->finger);
	expect_deny(&s->talk, "token-state");
	assert_int_equal(stored_counter(s, &s->finger), 101);
}

static void
a_key_without_a_counter_raises_nothing(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 3; i++) {
		key_show(&s->talk, "fido2-uv", &s->pinless);
		expect_allow(&s->talk);
	}
	assert_int_equal(count(s, "alarm.key-counter"), 0);
}

/* CRED-2: a clone gets no further than the touch. */
static void
cred_2_a_cloned_key_is_asked_for_no_password(void **state)
{
	struct scene *s = *state;

	s->key.still = true;
	s->key.flags = up;
	key_show(&s->talk, "fido2", &s->key);
	expect_deny(&s->talk, "counter");
	expect_record(s, "auth.key", SY_OUTCOME_DENY, "counter");
	assert_true(is_held(s, &s->key));
	assert_int_equal(count(s, "auth.try"), 0);
}

/* CRED-2: the same counter at two terminals at once: one of them is a copy, and
 * one gets in. */
static void
cred_2_of_two_with_one_counter_one_gets_in(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk, u;
	struct desk *const desks[] = { &s->desk, &s->second };
	int in = 0;

	key_talk_init(&u, &s->second, "counter-2", "suzuki");
	assert_int_equal(key_begin(t), 200);
	assert_int_equal(key_begin(&u), 200);
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	assert_int_equal(key_ask(&u, "fido2-uv", false), 200);
	s->key.still = true;
	s->key.counter = 8;
	key_sign(t, &s->key);
	key_sign(&u, &s->key);
	desk_post(&s->desk, "/v1/auth/assertion", &sy_message_auth_assertion,
	    &t->assertion);
	desk_post(&s->second, "/v1/auth/assertion", &sy_message_auth_assertion,
	    &u.assertion);
	for (size_t i = 0; i < SY_COUNT(desks); i++) {
		assert_int_equal(desk_answer(desks[i]), 200);
		in += strstr(desks[i]->text, "\"allow\"") != NULL;
	}
	assert_int_equal(in, 1);
	assert_int_equal(count(s, "alarm.key-counter"), 1);
	assert_true(is_held(s, &s->key));
	assert_int_equal(stored_counter(s, &s->key), 8);
	key_talk_clear(&u);
}

/* --- what changes while a login is under way --- */

/* Touched at the kiosk; the password is next. */
static void
come_to_password(struct scene *s, struct key_held *key)
{
	move(s, &s->open, "kiosk-9");
	key_show(&s->talk, "fido2", key);
	assert_string_equal(s->talk.step.methods, "password");
}

static void
type_and_be_denied(struct scene *s, const char *reason)
{
	assert_int_equal(key_type(&s->talk, PASSWORD), 200);
	expect_deny(&s->talk, reason);
}

static void
everything_is_read_again_in_the_ledger(void **state)
{
	struct scene *s = *state;
	struct credential_row credential;
	struct token_row token;

	print_message("  its model was compromised\n");
	come_to_password(s, &s->key);
	key_models_compromised(&s->office, MODEL_PLAIN);
	type_and_be_denied(s, "model");
	expect_record(s, "auth.verdict", SY_OUTCOME_DENY, "model-compromised");
	key_models(&s->office);

	print_message("  the policy denies its model\n");
	come_to_password(s, &s->key);
	office_policy(&s->office, RULES LISTED "deny = " MODEL_PLAIN_TEXT "\n");
	type_and_be_denied(s, "model");
	office_policy(&s->office, policy_text);

	print_message("  its attestation is no longer worth anything\n");
	come_to_password(s, &s->key);
	assert_int_equal(
	    credential_of_token(ledger_reader(s->office.place.ledger),
		s->key.token, &credential),
	    SY_OK);
	credential.attestation = SY_ATTESTATION_NONE;
	office_update(&s->office, &row_type_credential, &credential);
	office_policy(&s->office,
	    "[policy]\nname = strict\n[rule touch]\nzone = internet\n"
	    "purpose = login\nkind = staff\nrequire = 2\n"
	    "allow = password+fido2\norigin = attested\n"
	    "[password all]\nkind = all\ndictionary = no\n");
	type_and_be_denied(s, "categories");
	office_policy(&s->office, policy_text);

	print_message("  it was suspended\n");
	come_to_password(s, &s->finger);
	office_hold(&s->office, s->finger.token);
	type_and_be_denied(s, "token-state");

	print_message("  its credential names another\n");
	come_to_password(s, &s->pinless);
	assert_int_equal(
	    credential_of_token(ledger_reader(s->office.place.ledger),
		s->pinless.token, &credential),
	    SY_OK);
	credential.owner = s->tanaka;
	office_update(&s->office, &row_type_credential, &credential);
	type_and_be_denied(s, "token-state");

	print_message("  it is another's now\n");
	come_to_password(s, &s->bare);
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, s->bare.token, &token),
	    SY_OK);
	token.owner = s->tanaka;
	office_update(&s->office, &row_type_token, &token);
	assert_int_equal(
	    credential_of_token(ledger_reader(s->office.place.ledger),
		s->bare.token, &credential),
	    SY_OK);
	credential.owner = s->tanaka;
	office_update(&s->office, &row_type_credential, &credential);
	type_and_be_denied(s, "token-owner");
}

/* The session that a login by ${key} was for: what the last gate says. */
static void
expect_session(struct scene *s, const char *verdict, const char *reason)
{
	struct sy_session_open in = { .service = "login",
		.account = "suzuki",
		.tty = "tty1",
		.boot = "00112233445566778899aabbccddeeff" };
	struct sy_session_step step = { .verdict = "" };

	memcpy(in.txn, s->talk.step.txn, sizeof(in.txn));
	assert_int_equal(desk_call(s->talk.desk, "/v1/session/open",
			     &sy_message_session_open, &in,
			     &sy_message_session_step, &step),
	    200);
	assert_string_equal(step.verdict, verdict);
	assert_string_equal(step.reason, reason);
	expect_record(s, "session.open",
	    strcmp(verdict, "allow") == 0 ? SY_OUTCOME_ALLOW : SY_OUTCOME_DENY,
	    reason);
}

/* CRED-2: the last gate sees what happened since the verdict. */
static void
cred_2_no_session_opens_with_a_key_that_stopped_working(void **state)
{
	struct scene *s = *state;

	print_message("  its model was compromised\n");
	key_show(&s->talk, "fido2-uv", &s->key);
	expect_allow(&s->talk);
	key_models_compromised(&s->office, MODEL_PLAIN);
	expect_session(s, "deny", "model");
	key_models(&s->office);
	expect_session(s, "allow", "");

	print_message("  the policy denies its model\n");
	key_show(&s->talk, "fido2-uv", &s->key);
	office_policy(&s->office, RULES LISTED "deny = " MODEL_PLAIN_TEXT "\n");
	expect_session(s, "deny", "model");
	office_policy(&s->office, policy_text);

	print_message("  it was suspended\n");
	office_hold(&s->office, s->key.token);
	expect_session(s, "deny", "token-state");
}

/* MFA-4: the grade is that of the rows, whatever it was when the key signed. */
static void
mfa_4_the_grade_is_judged_again(void **state)
{
	static const char rules[] = "[policy]\nname = both\n[rule both]\n"
				    "zone = lgwan\npurpose = login\n"
				    "kind = staff\nrequire = 3\n"
				    "allow = password+fido2-bio\n"
				    "origin = attested\nneed = inherence\n"
				    "[password all]\nkind = all\n"
				    "dictionary = no\n" LISTED;
	struct scene *s = *state;
	struct credential_row row;

	office_policy(&s->office, rules);
	move(s, &s->lgwan, "branch-7");
	s->finger.built_in = true;
	key_show(&s->talk, "fido2-bio", &s->finger);
	assert_string_equal(s->talk.step.methods, "password");
	assert_int_equal(key_type(&s->talk, PASSWORD), 200);
	expect_allow(&s->talk);
	expect_fact(s, "auth.verdict", "categories",
	    "knowledge+possession+inherence");

	key_show(&s->talk, "fido2-bio", &s->finger);
	assert_int_equal(
	    credential_of_token(ledger_reader(s->office.place.ledger),
		s->finger.token, &row),
	    SY_OK);
	row.managed = false;
	office_update(&s->office, &row_type_credential, &row);
	type_and_be_denied(s, "categories");
	expect_fact(s, "auth.verdict", "categories", "knowledge");
}

/* --- who it is, and what for --- */

static void
the_key_says_who_it_is(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;
	struct sy_auth_assertion *a = &t->assertion;

	t->user[0] = '\0';
	for (int i = 0; i < 3; i++) {
		static const char *const what[] = { "with its handle",
			"without", "with another's" };

		print_message("  %s\n", what[i]);
		assert_int_equal(key_begin(t), 200);
		assert_int_equal(key_ask(t, "fido2-uv", false), 200);
		assert_int_equal(t->step.credentials.count, 0);
		assert_string_equal(t->step.login, "");
		key_sign(t, &s->key);
		if (i != 1) {
			assert_int_equal(
			    credential_handle(
				ledger_reader(s->office.place.ledger),
				i == 0 ? s->suzuki : s->tanaka, a->handle),
			    SY_OK);
			a->handle_len = SY_FIDO2_HANDLE_SIZE;
		}
		assert_int_equal(key_send(t), 200);
		if (i != 0) {
			expect_deny(t, "token-owner");
			expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY,
			    "token-owner");
			expect_fact(s, "auth.wrong-card", "login", "");
			continue;
		}
		expect_allow(t);
		assert_string_equal(t->step.login, "suzuki");
		expect_fact(s, "auth.verdict", "login", "suzuki");
		expect_fact(s, "auth.verdict", "challenge-login", "none");
	}
}

static void
a_key_unlocks_and_does_what_is_privileged(void **state)
{
	struct scene *s = *state;

	(void)snprintf(s->talk.purpose, sizeof(s->talk.purpose), "unlock");
	key_show(&s->talk, "fido2-uv", &s->key);
	expect_allow(&s->talk);
	(void)snprintf(s->talk.purpose, sizeof(s->talk.purpose), "privileged");
	(void)snprintf(s->talk.service, sizeof(s->talk.service), "sudo");
	key_show(&s->talk, "fido2-uv", &s->key);
	expect_allow(&s->talk);
	(void)snprintf(s->talk.user, sizeof(s->talk.user), "tanaka");
	key_show(&s->talk, "fido2-uv", &s->tanakas);
	expect_deny(&s->talk, "no-grant");
}

/* What a key is good for shows in what it signs, with its flags: as a card,
 * which signs a digest, it is none. */
static void
mfa_1_a_key_is_no_card(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;
	struct sy_auth_card in = {
		.driver = "fido2", .method = "fido2-uv", .tries = 3
	};
	uint8_t *spki;
	size_t len;

	assert_int_equal(key_begin(t), 200);
	memcpy(in.txn, t->step.txn, sizeof(in.txn));
	spki = testca_spki(s->key.key, &len);
	memcpy(in.spki, spki, len);
	in.spki_len = (uint16_t)len;
	free(spki);
	key_talk_clear(t);
	assert_int_equal(desk_call(t->desk, "/v1/auth/card",
			     &sy_message_auth_card, &in, &sy_message_auth_step,
			     &t->step),
	    400);
	(void)snprintf(in.driver, sizeof(in.driver), "piv");
	assert_int_equal(desk_call(t->desk, "/v1/auth/card",
			     &sy_message_auth_card, &in, &sy_message_auth_step,
			     &t->step),
	    200);
	assert_string_equal(t->step.step, "wrong-card");
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "other-key");
}

/* Who is elsewhere has no hand at the key in this machine. */
static void
a_remote_session_never_waits_for_a_key(void **state)
{
	struct scene *s = *state;

	(void)snprintf(s->talk.purpose, sizeof(s->talk.purpose), "remote");
	assert_int_equal(key_begin(&s->talk), 200);
	assert_string_equal(s->talk.step.methods, "card-pin");
	assert_int_equal(key_ask(&s->talk, "fido2-uv", false), 409);
	move(s, &s->lgwan, "branch-7");
	assert_int_equal(key_begin(&s->talk), 200);
	expect_deny(&s->talk, "no-evidence");
}

/* Where nothing can be shown, nothing is told of whoever is named. */
static void
who_can_show_nothing_is_told_nothing(void **state)
{
	struct scene *s = *state;
	struct id_row row;

	move(s, &s->lgwan, "branch-7");
	(void)snprintf(s->talk.purpose, sizeof(s->talk.purpose), "remote");
	(void)snprintf(s->talk.user, sizeof(s->talk.user), "nobody");
	assert_int_equal(key_begin(&s->talk), 200);
	expect_deny(&s->talk, "no-evidence");
	expect_record(s, "auth.verdict", SY_OUTCOME_DENY, "id-unknown");

	(void)snprintf(s->talk.user, sizeof(s->talk.user), "suzuki");
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_id, s->suzuki, &row),
	    SY_OK);
	row.state = ID_DISABLED;
	office_update(&s->office, &row_type_id, &row);
	assert_int_equal(key_begin(&s->talk), 200);
	expect_deny(&s->talk, "no-evidence");
	expect_record(s, "auth.verdict", SY_OUTCOME_DENY, "id-state");
}

static void
a_change_at_will_asks_for_the_password_too(void **state)
{
	struct scene *s = *state;

	s->talk.change = true;
	key_show(&s->talk, "fido2-uv", &s->key);
	assert_string_equal(s->talk.step.methods, "password");
	assert_int_equal(key_type(&s->talk, PASSWORD), 200);
	expect_allow(&s->talk);
	assert_string_equal(s->talk.step.change, "asked");
}

static void
a_stopped_person_is_asked_for_nothing_more(void **state)
{
	struct scene *s = *state;
	struct id_row row;

	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_id, s->suzuki, &row),
	    SY_OK);
	row.state = ID_DISABLED;
	office_update(&s->office, &row_type_id, &row);
	move(s, &s->open, "kiosk-9");
	key_show(&s->talk, "fido2", &s->key);
	expect_deny(&s->talk, "id-state");
}

static void
a_server_without_keys_offers_none(void **state)
{
	struct scene *s = *state;

	s->office.server.config.fido2 = false;
	assert_int_equal(key_begin(&s->talk), 200);
	expect_deny(&s->talk, "no-evidence");
}

static void
only_methods_of_keys_that_are_wanted_are_asked_for(void **state)
{
	struct scene *s = *state;

	assert_int_equal(key_begin(&s->talk), 200);
	assert_int_equal(key_ask(&s->talk, "card-pin", false), 400);
	assert_int_equal(key_ask(&s->talk, "finger", false), 400);
	move(s, &s->lgwan, "branch-7");
	assert_int_equal(key_begin(&s->talk), 200);
	assert_int_equal(key_ask(&s->talk, "fido2-uv", false), 409);
	expect_record(s, "auth.refused", SY_OUTCOME_DENY, "out-of-order");
}

static void
a_login_is_given_up_while_the_key_is_waited_for(void **state)
{
	struct scene *s = *state;
	struct sy_auth_abandon in = { .failure = "credential",
		.reason = "key-other" };
	struct sy_auth_step step = { .txn = "" };

	assert_int_equal(key_begin(&s->talk), 200);
	assert_int_equal(key_ask(&s->talk, "fido2-uv", false), 200);
	memcpy(in.txn, s->talk.step.txn, sizeof(in.txn));
	assert_int_equal(desk_call(&s->desk, "/v1/auth/abandon",
			     &sy_message_auth_abandon, &in,
			     &sy_message_auth_step, &step),
	    200);
	assert_string_equal(step.verdict, "deny");
}

/* --- memory --- */

static void
showing_survives_every_failed_allocation(void **state)
{
	struct scene *s = *state;
	struct login *login = NULL;
	uint8_t txn[SY_TXN_SIZE];
	unsigned int n = 0;
	enum sy_err err;

	assert_int_equal(key_begin(&s->talk), 200);
	assert_int_equal(sy_text_unhex(s->talk.step.txn, txn, sizeof(txn)),
	    SY_OK);
	assert_int_equal(logins_get(s->office.server.logins, txn, &login),
	    SY_OK);
	login->facts.asked = SY_METHOD_FIDO2_UV;
	do {
		struct sy_list list = { NULL, 0 };

		faults_arm(++n);
		err = shown_credentials(&s->office.server, login, &list);
		if (faults_disarm())
			assert_true(err == SY_ERR_NOMEM || err == SY_OK);
		else
			n = 0;
		free(list.items);
	} while (n != 0);
	assert_int_equal(err, SY_OK);
}

/* Each allocation of a request fails once: what is answered well has happened,
 * and nothing is let in that was not proven. */
static void
an_assertion_survives_every_failed_allocation(void **state)
{
	struct scene *s = *state;
	unsigned int n = 0;
	bool failed;

	do {
		assert_int_equal(key_begin(&s->talk), 200);
		assert_int_equal(key_ask(&s->talk, "fido2-uv", false), 200);
		key_sign(&s->talk, &s->key);
		desk_post(&s->desk, "/v1/auth/assertion",
		    &sy_message_auth_assertion, &s->talk.assertion);
		failed = torture_answer(&s->office, &s->desk, ++n, "\"allow\"");
		if (s->desk.status != 200) {
			desk_close(&s->desk);
			desk_open(&s->office, LISTENER_TERMINALS, &s->counter,
			    &s->desk);
		}
	} while (failed);
	print_message("  %u\n", n - 1);
	assert_true(n > 4);
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
}

static int
free_all(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(mfa_1_a_verified_key_alone_lets_in),
		CASE(mfa_1_a_touch_and_the_password_let_in),
		CASE(keys_of_every_kind_log_in),
		CASE(mfa_4_inherence_needs_a_grade),
		CASE(mfa_2_a_better_proof_counts_and_a_lesser_does_not),
		CASE(a_key_that_is_good_for_any_way_in_is_shown_for_each),
		CASE(a_key_that_proves_no_origin_is_a_touch_at_most),
		CASE(how_many_keys_somebody_has_does_not_show),
		CASE(and_costs_the_same),
		CASE(a_name_that_is_none_gets_decoys_too),
		CASE(card_2_another_persons_key_is_refused_and_recorded),
		CASE(nothing_tells_a_decoy_from_a_key),
		CASE(card_2_a_key_of_nobody_here_is_recorded_and_counted),
		CASE(a_key_that_could_not_let_in_is_not_asked_for_its_pin),
		CASE(a_row_altered_by_hand_is_nobodys_key),
		CASE(what_was_not_recorded_is_asked_for_again),
		CASE(cred_2_an_assertion_for_anything_else_is_refused),
		CASE(cred_2_another_keys_signature_is_refused),
		CASE(
		    cred_2_an_assertion_counts_once_however_soon_it_comes_again),
		CASE(cred_2_an_assertion_is_good_once),
		CASE(cred_2_a_cloned_key_is_stopped),
		CASE(cred_2_a_policy_may_want_the_alarm_alone),
		CASE(cred_2_a_cloned_key_is_stopped_whatever_it_proves),
		CASE(a_key_without_a_counter_raises_nothing),
		CASE(cred_2_a_cloned_key_is_asked_for_no_password),
		CASE(cred_2_of_two_with_one_counter_one_gets_in),
		CASE(everything_is_read_again_in_the_ledger),
		CASE(cred_2_no_session_opens_with_a_key_that_stopped_working),
		CASE(mfa_4_the_grade_is_judged_again),
		CASE(the_key_says_who_it_is),
		CASE(a_key_unlocks_and_does_what_is_privileged),
		CASE(mfa_1_a_key_is_no_card),
		CASE(a_remote_session_never_waits_for_a_key),
		CASE(who_can_show_nothing_is_told_nothing),
		CASE(a_change_at_will_asks_for_the_password_too),
		CASE(a_stopped_person_is_asked_for_nothing_more),
		CASE(a_server_without_keys_offers_none),
		CASE(only_methods_of_keys_that_are_wanted_are_asked_for),
		CASE(a_login_is_given_up_while_the_key_is_waited_for),
		CASE(showing_survives_every_failed_allocation),
		CASE(an_assertion_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests_name("server_key", tests, NULL, free_all);
}
