/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/identity/enroll.c and token.c over a real ledger: CARD-2 (a key is
 * enrolled once, the owner is named), CARD-8 (basis, issuer, dates, PIN, first
 * proof).
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include <sanyoso/code.h>

#include "server/identity/enrolments.h"
#include "server/identity/invitation.h"
#include "tests/support/office.h"

struct scene {
	struct office office;
	struct terminal_row counter, other;
	struct desk desk, operators;
	int64_t suzuki, tanaka;
	uint8_t code[INVITATION_CODE_SIZE];
	const char *invited; /* for which method */
	int64_t replaces;    /* that the next invitation is for */
	struct sy_enroll_step step;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct office *o;

	assert_non_null(s);
	o = &s->office;
	office_open(o);
	office_terminal(o, "counter-1", SY_ZONE_MYNUMBER, &s->counter);
	office_terminal(o, "counter-2", SY_ZONE_MYNUMBER, &s->other);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	s->tanaka = office_person(o, "tanaka", SY_KIND_STAFF);
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	desk_open(o, LISTENER_ADMIN, NULL, &s->operators);
	s->invited = "";
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	desk_close(&s->operators);
	office_close(&s->office);
	free(s);
	return 0;
}

/* --- steps --- */

static unsigned int
invite(struct scene *s, const char *login, const char *terminal,
    const char *basis)
{
	SY_AUTO(sy_secret_free) struct sy_secret *typed = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *bytes = NULL;
	struct sy_token_invite in = { .replaces = s->replaces };
	struct sy_code code = { .code = "" };
	unsigned int status;

	(void)snprintf(in.login, sizeof(in.login), "%s", login);
	(void)snprintf(in.terminal, sizeof(in.terminal), "%s", terminal);
	(void)snprintf(in.method, sizeof(in.method), "%s", s->invited);
	(void)snprintf(in.basis, sizeof(in.basis), "%s", basis);
	status = desk_call(&s->operators, "/v1/admin/token/invite",
	    &sy_message_token_invite, &in, &sy_message_code, &code);
	if (status != 200)
		return status;
	assert_int_equal(sy_secret_new(sizeof(code.code), &typed), SY_OK);
	assert_int_equal(sy_secret_append(typed, code.code, strlen(code.code)),
	    SY_OK);
	assert_int_equal(sy_code_parse(typed, sizeof(s->code), &bytes), SY_OK);
	memcpy(s->code, sy_secret_bytes(bytes), sizeof(s->code));
	assert_true(code.expires > time(NULL) + INVITATION_LIFE - 5);
	/* time() may be a tick behind the clock that the ledger reads. */
	assert_true(code.expires <= time(NULL) + INVITATION_LIFE + 1);
	return status;
}

static unsigned int
begin_at(struct scene *s, struct desk *d, const char *user)
{
	struct sy_enroll_begin in = { .code_len = sizeof(in.code) };

	(void)snprintf(in.user, sizeof(in.user), "%s", user);
	memcpy(in.code, s->code, sizeof(in.code));
	return desk_call(d, "/v1/enroll", &sy_message_enroll_begin, &in,
	    &sy_message_enroll_step, &s->step);
}

static void
begin(struct scene *s)
{
	assert_int_equal(invite(s, "suzuki", "counter-1", "申請 12"), 200);
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 200);
	assert_string_equal(s->step.step, "present");
	assert_string_equal(s->step.drivers, "piv");
	assert_string_equal(s->step.login, "suzuki");
	assert_int_not_equal(strlen(s->step.name), 0);
}

struct showing {
	X509 *issuer; /* NULL: the configured one */
	EVP_PKEY *issuer_key;
	EVP_PKEY *key;
	const char *driver;
	const char *method;
	bool over; /* the certificate's end is past */
	bool open; /* the key signed without PIN */
	const char *usage;
};

static unsigned int
show(struct scene *s, const struct showing *showing)
{
	const int64_t now = time(NULL);
	struct testca_spec spec = { .cn = "Suzuki Hanako",
		.key = showing->key,
		.not_before = now - 7200,
		.not_after = showing->over ? now - 3600 : now + 86400,
		.usage = showing->usage };
	struct sy_enroll_card in = { .refused_without_pin = !showing->open };
	X509 *issuer =
	    showing->issuer == NULL ? s->office.issuer : showing->issuer;
	X509 *cert = testca_issue(issuer,
	    showing->issuer_key == NULL ? testca_key(TESTCA_P384)
					: showing->issuer_key,
	    &spec);
	uint8_t *der;
	size_t len;

	der = testca_der(cert, &len);
	memcpy(in.cert, der, len);
	in.cert_len = (uint16_t)len;
	free(der);
	X509_free(cert);
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	(void)snprintf(in.driver, sizeof(in.driver), "%s",
	    showing->driver == NULL ? "piv" : showing->driver);
	(void)snprintf(in.method, sizeof(in.method), "%s",
	    showing->method == NULL ? "card-pin" : showing->method);
	return desk_call(&s->desk, "/v1/enroll/card", &sy_message_enroll_card,
	    &in, &sy_message_enroll_step, &s->step);
}

static unsigned int
prove_with(struct scene *s, EVP_PKEY *key, const char *service)
{
	const struct signing signing = { .key = key,
		.terminal = "counter-1",
		.login = "suzuki",
		.service = service,
		.purpose = "enroll",
		.txn = s->step.txn,
		.nonce = s->step.nonce };
	struct sy_auth_proof proof;

	office_sign(&signing, &proof);
	return desk_call(&s->desk, "/v1/enroll/proof", &sy_message_auth_proof,
	    &proof, &sy_message_enroll_step, &s->step);
}

/* The whole way for ${key}; returns the token. */
static int64_t
enroll(struct scene *s, EVP_PKEY *key)
{
	const struct showing showing = { .key = key };

	begin(s);
	assert_int_equal(show(s, &showing), 200);
	assert_string_equal(s->step.step, "prove");
	assert_int_equal(prove_with(s, key, "enroll"), 200);
	assert_string_equal(s->step.step, "done");
	assert_int_equal(strncmp(s->step.token, "token:", 6), 0);
	return strtoll(s->step.token + 6, NULL, 10);
}

static void
expect_refused(struct scene *s, const char *reason)
{
	struct office_record r;

	assert_string_equal(s->step.step, "refused");
	assert_string_equal(s->step.reason, reason);
	assert_int_not_equal(strlen(s->step.text), 0);
	assert_true(office_last_record(&s->office, "token.enroll-refused", "",
	    &r));
	assert_string_equal(r.reason, reason);
	assert_int_equal(r.outcome, SY_OUTCOME_DENY);
}

static unsigned int
change(struct scene *s, const char *verb, int64_t token, const char *basis,
    struct sy_token *ret)
{
	struct sy_token_change in = { .token = token };
	char path[64];

	(void)snprintf(in.basis, sizeof(in.basis), "%s", basis);
	(void)snprintf(path, sizeof(path), "/v1/admin/token/%s", verb);
	return desk_call(&s->operators, path, &sy_message_token_change, &in,
	    &sy_message_token, ret);
}

/* --- enrolment --- */

static void
show_token(struct scene *s, int64_t id, struct sy_token *ret)
{
	const struct sy_token_ref ref = { .token = id };

	assert_int_equal(desk_call(&s->operators, "/v1/admin/token/show",
			     &sy_message_token_ref, &ref, &sy_message_token,
			     ret),
	    200);
}

static void
a_card_is_enrolled_by_code_certificate_and_proof(void **state)
{
	struct scene *s = *state;
	struct sy_token token;
	struct office_record r;
	char owner[REFERENCE_SIZE];

	show_token(s, enroll(s, testca_key(TESTCA_P256)), &token);
	assert_string_equal(token.login, "suzuki");
	assert_string_equal(token.driver, "piv");
	assert_string_equal(token.method, "card-pin");
	assert_string_equal(token.algorithm, "P-256");
	assert_string_equal(token.origin, "issuer");
	assert_string_equal(token.state, "active");
	assert_string_equal(token.holds, "");
	assert_string_equal(token.terminal, "counter-1");
	assert_string_equal(token.basis, "申請 12");
	assert_true(token.not_after > time(NULL));

	assert_true(office_last_record(&s->office, "token.enroll", "basis",
	    &r));
	record_reference("id", s->suzuki, owner);
	assert_string_equal(r.subject, owner);
	assert_string_equal(r.terminal, "counter-1");
	assert_string_equal(r.fact, "申請 12");
}

static void
neither_certificate_nor_subject_is_recorded(void **state)
{
	struct scene *s = *state;
	struct office_record r;

	(void)enroll(s, testca_key(TESTCA_P256));
	assert_true(office_last_record(&s->office, "token.enroll", "subject",
	    &r));
	assert_string_equal(r.fact, "");
	assert_true(office_last_record(&s->office, "token.enroll",
	    "certificate", &r));
	assert_string_equal(r.fact, "");
}

static void
unfit_cards_are_refused_with_the_reason(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *const key = testca_key(TESTCA_P256);
	EVP_PKEY *const foreign_key = testca_key(TESTCA_P256_OTHER);
	X509 *foreign = testca_root("Foreign", foreign_key, time(NULL) - 3600,
	    time(NULL) + 86400);
	const struct {
		const char *what;
		struct showing showing;
		const char *reason;
	} tc[] = {
		{ "another issuer",
		    { .key = key,
			.issuer = foreign,
			.issuer_key = foreign_key },
		    "cert-path" },
		{ "the issuer's name, another's signature",
		    { .key = key, .issuer_key = foreign_key }, "cert-path" },
		{ "expired", { .key = key, .over = true }, "cert-date" },
		{ "not for signatures",
		    { .key = key, .usage = "critical,keyEncipherment" },
		    "cert" },
		{ "a curve that is not allowed",
		    { .key = testca_key(TESTCA_P521) }, "algorithm" },
		{ "a key that is too short",
		    { .key = testca_key(TESTCA_RSA1024) }, "algorithm" },
		{ "a key that signs without PIN", { .key = key, .open = true },
		    "key-open" },
		{ "a kind of card without issuers",
		    { .key = key, .driver = "jpki" }, "cert-path" },
	};

	begin(s);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		if (i == ENROLMENTS_SHOWN - 1)
			begin(s);
		assert_int_equal(show(s, &tc[i].showing), 200);
		expect_refused(s, tc[i].reason);
	}
	X509_free(foreign);
	assert_int_equal(place_count_records(&s->office.place, "token.enroll",
			     NULL),
	    0);
}

static void
words_that_are_none_are_refused(void **state)
{
	struct scene *s = *state;
	struct showing showing = { .key = testca_key(TESTCA_P256),
		.driver = "felica" };

	begin(s);
	assert_int_equal(show(s, &showing), 200);
	expect_refused(s, "format");
	showing.driver = NULL;
	showing.method = "password";
	assert_int_equal(show(s, &showing), 200);
	expect_refused(s, "format");
}

static void
the_invitation_says_which_key_is_enrolled(void **state)
{
	EVP_PKEY *key = testca_key(TESTCA_P256);
	struct showing showing = { .key = key, .open = true };
	struct scene *s = *state;
	struct sy_token token;

	/* Invited for the key behind the PIN: the open one won't do. */
	begin(s);
	assert_string_equal(s->step.method, "card-pin");
	showing.method = "card";
	assert_int_equal(show(s, &showing), 200);
	expect_refused(s, "format");

	s->invited = "card";
	begin(s);
	assert_string_equal(s->step.method, "card");
	showing.method = "card-pin";
	assert_int_equal(show(s, &showing), 200);
	expect_refused(s, "format");
	showing.method = "card";
	assert_int_equal(show(s, &showing), 200);
	assert_string_equal(s->step.step, "prove");
	assert_int_equal(prove_with(s, key, "enroll"), 200);
	assert_string_equal(s->step.step, "done");
	show_token(s, strtoll(s->step.token + 6, NULL, 10), &token);
	assert_string_equal(token.method, "card");

	s->invited = "password";
	assert_int_equal(invite(s, "suzuki", "counter-1", "x"), 400);
}

static void
cards_are_shown_a_few_times_only(void **state)
{
	struct scene *s = *state;
	struct showing showing = { .key = testca_key(TESTCA_P256),
		.over = true };

	begin(s);
	for (int i = 0; i < ENROLMENTS_SHOWN; i++)
		assert_int_equal(show(s, &showing), 200);
	showing.over = false;
	assert_int_equal(show(s, &showing), 200);
	expect_refused(s, "limit");
	/* That was its end: nobody fills the log with one code. */
	assert_int_equal(show(s, &showing), 404);
	assert_int_equal(place_count_records(&s->office.place,
			     "token.enroll-refused", NULL),
	    ENROLMENTS_SHOWN + 1);
}

/* A renewed certificate on the same card: one visit, no moment without. */
static void
a_token_is_replaced_by_the_new_one_of_the_same_person(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *key = testca_key(TESTCA_P256);
	const struct showing showing = { .key = key };
	const int64_t former = enroll(s, key);
	struct sy_token_invite in = { .login = "tanaka",
		.terminal = "counter-1",
		.basis = "renewal 3",
		.replaces = former };
	struct token_row token;
	struct sy_code code;
	struct row_view *view;

	/* Not with somebody else's. */
	assert_int_equal(desk_call(&s->operators, "/v1/admin/token/invite",
			     &sy_message_token_invite, &in, &sy_message_code,
			     &code),
	    409);
	assert_string_equal(s->operators.failure.error, "owner");
	s->replaces = former;
	begin(s);
	assert_int_equal(show(s, &showing), 200);
	assert_string_equal(s->step.step, "prove");
	view = ledger_reader(s->office.place.ledger);
	assert_int_equal(row_get(view, &row_type_token, former, &token), SY_OK);
	assert_int_equal(token.state, TOKEN_ACTIVE);
	assert_int_equal(prove_with(s, key, "enroll"), 200);
	assert_string_equal(s->step.step, "done");
	view = ledger_reader(s->office.place.ledger);
	assert_int_equal(row_get(view, &row_type_token, former, &token), SY_OK);
	assert_int_equal(token.state, TOKEN_REPLACED);
	assert_int_equal(row_get(view, &row_type_token, former + 1, &token),
	    SY_OK);
	assert_int_equal(token.state, TOKEN_ACTIVE);
	assert_int_equal(token.owner, s->suzuki);
}

static void
a_key_is_enrolled_once_and_the_owner_is_named(void **state)
{
	struct scene *s = *state;
	const struct showing showing = { .key = testca_key(TESTCA_P256) };
	struct sy_token token;
	int64_t id;

	(void)office_token(&s->office, s->tanaka, testca_key(TESTCA_P256),
	    SY_METHOD_CARD_PIN);
	begin(s);
	assert_int_equal(show(s, &showing), 200);
	expect_refused(s, "exists");
	assert_non_null(strstr(s->step.text, "tanaka"));

	/* Once it has ended, the card may become somebody's anew. */
	id = strtoll(strstr(s->step.text, "token ") + 6, NULL, 10);
	assert_int_equal(change(s, "revoke", id, "returned", &token), 200);
	assert_int_equal(show(s, &showing), 200);
	assert_string_equal(s->step.step, "prove");
	assert_int_equal(prove_with(s, showing.key, "enroll"), 200);
	assert_string_equal(s->step.step, "done");
}

static void
two_enrolments_of_one_key_make_one_token(void **state)
{
	struct scene *s = *state;
	const struct showing showing = { .key = testca_key(TESTCA_P256) };
	struct sy_enroll_step first;

	begin(s);
	assert_int_equal(show(s, &showing), 200);
	first = s->step;
	(void)office_token(&s->office, s->tanaka, showing.key,
	    SY_METHOD_CARD_PIN);
	s->step = first;
	assert_int_equal(prove_with(s, showing.key, "enroll"), 409);
	assert_string_equal(s->desk.failure.error, "exists");
	assert_non_null(strstr(s->desk.failure.text, "tanaka"));
}

static void
the_first_proof_must_verify(void **state)
{
	struct scene *s = *state;
	const struct showing showing = { .key = testca_key(TESTCA_P256) };

	begin(s);
	assert_int_equal(show(s, &showing), 200);
	assert_int_equal(prove_with(s, testca_key(TESTCA_P256_OTHER), "enroll"),
	    200);
	expect_refused(s, "signature");
	/* The code is good until a card was enrolled with it. */
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 200);
	assert_int_equal(show(s, &showing), 200);
	print_message("  a login is no enrolment\n");
	assert_int_equal(prove_with(s, showing.key, "login"), 200);
	expect_refused(s, "signature");
	assert_int_equal(place_count_records(&s->office.place, "token.enroll",
			     NULL),
	    0);
}

/* --- codes --- */

static void
a_code_is_good_once(void **state)
{
	struct scene *s = *state;

	(void)enroll(s, testca_key(TESTCA_P256));
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 409);
	assert_string_equal(s->desk.failure.error, "code");
}

static void
two_enrolments_with_one_code_make_one_token(void **state)
{
	struct scene *s = *state;
	const struct showing one = { .key = testca_key(TESTCA_P256) },
			     two = { .key = testca_key(TESTCA_RSA2048) };
	struct sy_enroll_step first;

	begin(s);
	assert_int_equal(show(s, &one), 200);
	first = s->step;
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 200);
	assert_int_equal(show(s, &two), 200);
	assert_int_equal(prove_with(s, two.key, "enroll"), 200);
	assert_string_equal(s->step.step, "done");
	s->step = first;
	assert_int_equal(prove_with(s, one.key, "enroll"), 409);
	assert_string_equal(s->desk.failure.error, "code");
}

/* A terminal with a code can't take all the places that there are. */
static void
a_terminal_has_a_few_enrolments_at_a_time(void **state)
{
	struct scene *s = *state;
	struct desk other;

	assert_int_equal(invite(s, "tanaka", "counter-2", "x"), 200);
	begin(s);
	for (int i = 1; i < ENROLMENTS_TERMINAL; i++)
		assert_int_equal(begin_at(s, &s->desk, "suzuki"), 200);
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 503);
	assert_string_equal(s->desk.failure.error, "busy");
	assert_int_equal(invite(s, "tanaka", "counter-2", "x"), 200);
	desk_open(&s->office, LISTENER_TERMINALS, &s->other, &other);
	assert_int_equal(begin_at(s, &other, "tanaka"), 200);
	desk_close(&other);
}

static void
a_code_is_for_one_person_at_one_terminal(void **state)
{
	struct scene *s = *state;
	struct desk other;

	assert_int_equal(invite(s, "suzuki", "counter-1", "x"), 200);
	assert_int_equal(begin_at(s, &s->desk, "tanaka"), 409);
	assert_int_equal(begin_at(s, &s->desk, "nobody"), 409);
	assert_string_equal(s->desk.failure.error, "code");
	desk_open(&s->office, LISTENER_TERMINALS, &s->other, &other);
	assert_int_equal(begin_at(s, &other, "suzuki"), 409);
	desk_close(&other);
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 200);
}

static void
a_code_dies_of_five_wrong_ones(void **state)
{
	struct scene *s = *state;
	struct office_record r;

	assert_int_equal(invite(s, "suzuki", "counter-1", "x"), 200);
	s->code[3] ^= 1;
	for (int i = 1; i < INVITATION_FAILURES_MAX; i++)
		assert_int_equal(begin_at(s, &s->desk, "suzuki"), 409);
	assert_true(office_last_record(&s->office, "token.enroll-refused",
	    "failures", &r));
	assert_string_equal(r.fact, "4");
	s->code[3] ^= 1;
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 200);
	s->code[3] ^= 1;
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 409);
	s->code[3] ^= 1;
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 409);
	assert_string_equal(s->desk.failure.error, "code");
}

static void
an_old_code_is_refused(void **state)
{
	struct scene *s = *state;
	struct invitation_row row;

	assert_int_equal(invite(s, "suzuki", "counter-1", "x"), 200);
	assert_int_equal(invitation_of(ledger_reader(s->office.place.ledger),
			     INVITATION_ENROLL, s->counter.id, s->suzuki, &row),
	    SY_OK);
	assert_string_equal(row.basis, "x");
	row.expires = (int64_t)time(NULL) * 1000000;
	office_update(&s->office, &row_type_invitation, &row);
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 409);
}

static void
a_new_code_replaces_the_old_one(void **state)
{
	struct scene *s = *state;
	uint8_t old[INVITATION_CODE_SIZE], new[INVITATION_CODE_SIZE];

	assert_int_equal(invite(s, "suzuki", "counter-1", "x"), 200);
	memcpy(old, s->code, sizeof(old));
	assert_int_equal(invite(s, "tanaka", "counter-1", "x"), 200);
	assert_int_equal(invite(s, "suzuki", "counter-1", "x"), 200);
	memcpy(new, s->code, sizeof(new));
	memcpy(s->code, old, sizeof(old));
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 409);
	memcpy(s->code, new, sizeof(new));
	assert_int_equal(begin_at(s, &s->desk, "suzuki"), 200);
}

static void
an_invitation_needs_a_basis_a_person_and_a_terminal(void **state)
{
	struct scene *s = *state;
	struct terminal_row row;
	struct id_row id;

	assert_int_equal(invite(s, "suzuki", "counter-1", ""), 400);
	assert_string_equal(s->operators.failure.place, "basis");
	assert_int_equal(invite(s, "nobody", "counter-1", "x"), 404);
	assert_string_equal(s->operators.failure.place, "login");
	assert_int_equal(invite(s, "suzuki", "counter-7", "x"), 404);
	assert_string_equal(s->operators.failure.place, "terminal");

	row = s->other;
	row.state = TERMINAL_REVOKED;
	office_update(&s->office, &row_type_terminal, &row);
	assert_int_equal(invite(s, "suzuki", "counter-2", "x"), 409);
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_id, s->suzuki, &id),
	    SY_OK);
	id.state = ID_DISABLED;
	office_update(&s->office, &row_type_id, &id);
	assert_int_equal(invite(s, "suzuki", "counter-1", "x"), 409);
	assert_int_equal(place_count_records(&s->office.place, "token.invite",
			     NULL),
	    5);
}

static void
giving_up_is_recorded(void **state)
{
	struct scene *s = *state;
	struct sy_auth_abandon in = { .failure = "device",
		.reason = "card-gone" };
	struct office_record r;

	begin(s);
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	assert_int_equal(desk_call(&s->desk, "/v1/enroll/abandon",
			     &sy_message_auth_abandon, &in,
			     &sy_message_enroll_step, &s->step),
	    200);
	assert_string_equal(s->step.step, "refused");
	assert_true(office_last_record(&s->office, "token.enroll-abandoned", "",
	    &r));
	assert_string_equal(r.reason, "card-gone");
	assert_int_equal(desk_call(&s->desk, "/v1/enroll/abandon",
			     &sy_message_auth_abandon, &in,
			     &sy_message_enroll_step, &s->step),
	    404);

	begin(s);
	enroll_expire(&s->office.server, true);
	while (s->office.server.jobs > 0)
		place_dispatch(&s->office.place);
	assert_true(office_last_record(&s->office, "token.enroll-abandoned", "",
	    &r));
	assert_string_equal(r.reason, "expired");
}

/* --- tokens --- */

static void
a_token_is_suspended_and_resumed(void **state)
{
	struct scene *s = *state;
	const int64_t id = office_token(&s->office, s->suzuki,
	    testca_key(TESTCA_P256), SY_METHOD_CARD_PIN);
	struct sy_token token;

	assert_int_equal(change(s, "resume", id, "x", &token), 409);
	assert_int_equal(change(s, "suspend", id, "貸出中", &token), 200);
	assert_string_equal(token.state, "active");
	assert_string_equal(token.holds, "貸出中");
	assert_int_equal(change(s, "suspend", id, "x", &token), 409);
	assert_int_equal(change(s, "resume", id, "返却", &token), 200);
	assert_string_equal(token.holds, "");
	assert_int_equal(change(s, "suspend", id, "", &token), 400);
	assert_int_equal(change(s, "suspend", id + 7, "x", &token), 404);
}

static void
lost_and_revoked_are_final(void **state)
{
	static const char *const verbs[] = { "suspend", "resume", "lost",
		"revoke" };
	static const char *const ends[] = { "lost", "revoke" };
	static const char *const names[] = { "lost", "revoked" };
	struct scene *s = *state;
	EVP_PKEY *const keys[] = { testca_key(TESTCA_P256),
		testca_key(TESTCA_P384) };
	struct office_record r;
	struct sy_token token;
	char action[32];

	for (size_t e = 0; e < SY_COUNT(ends); e++) {
		const int64_t id = office_token(&s->office, s->suzuki, keys[e],
		    SY_METHOD_CARD_PIN);

		assert_int_equal(change(s, ends[e], id, "電話", &token), 200);
		assert_string_equal(token.state, names[e]);
		(void)snprintf(action, sizeof(action), "token.%s", ends[e]);
		assert_true(office_last_record(&s->office, action, "basis",
		    &r));
		assert_string_equal(r.fact, "電話");
		for (size_t v = 0; v < SY_COUNT(verbs); v++)
			assert_int_equal(change(s, verbs[v], id, "x", &token),
			    409);
	}
}

static void
tokens_are_listed_for_all_or_one(void **state)
{
	struct scene *s = *state;
	struct sy_user_ref in = { .login = "" };
	struct sy_token_list list;

	(void)office_token(&s->office, s->suzuki, testca_key(TESTCA_P256),
	    SY_METHOD_CARD_PIN);
	(void)office_token(&s->office, s->tanaka, testca_key(TESTCA_RSA2048),
	    SY_METHOD_CARD_PIN);
	assert_int_equal(desk_call(&s->operators, "/v1/admin/token/list",
			     &sy_message_user_ref, &in, &sy_message_token_list,
			     &list),
	    200);
	assert_int_equal(list.tokens.count, 2);
	sy_message_clear(&sy_message_token_list, &list);
	(void)snprintf(in.login, sizeof(in.login), "tanaka");
	assert_int_equal(desk_call(&s->operators, "/v1/admin/token/list",
			     &sy_message_user_ref, &in, &sy_message_token_list,
			     &list),
	    200);
	assert_int_equal(list.tokens.count, 1);
	assert_string_equal(((struct sy_token *)list.tokens.items)->login,
	    "tanaka");
	sy_message_clear(&sy_message_token_list, &list);
	(void)snprintf(in.login, sizeof(in.login), "nobody");
	assert_int_equal(desk_call(&s->operators, "/v1/admin/token/list",
			     &sy_message_user_ref, &in, &sy_message_token_list,
			     &list),
	    404);
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
		CASE(a_card_is_enrolled_by_code_certificate_and_proof),
		CASE(neither_certificate_nor_subject_is_recorded),
		CASE(unfit_cards_are_refused_with_the_reason),
		CASE(words_that_are_none_are_refused),
		CASE(the_invitation_says_which_key_is_enrolled),
		CASE(cards_are_shown_a_few_times_only),
		CASE(a_key_is_enrolled_once_and_the_owner_is_named),
		CASE(a_token_is_replaced_by_the_new_one_of_the_same_person),
		CASE(two_enrolments_of_one_key_make_one_token),
		CASE(the_first_proof_must_verify),
		CASE(a_code_is_good_once),
		CASE(two_enrolments_with_one_code_make_one_token),
		CASE(a_terminal_has_a_few_enrolments_at_a_time),
		CASE(a_code_is_for_one_person_at_one_terminal),
		CASE(a_code_dies_of_five_wrong_ones),
		CASE(an_old_code_is_refused),
		CASE(a_new_code_replaces_the_old_one),
		CASE(an_invitation_needs_a_basis_a_person_and_a_terminal),
		CASE(giving_up_is_recorded),
		CASE(a_token_is_suspended_and_resumed),
		CASE(lost_and_revoked_are_final),
		CASE(tokens_are_listed_for_all_or_one),
	};

	return cmocka_run_group_tests_name("server_enroll", tests, NULL,
	    free_all);
}
