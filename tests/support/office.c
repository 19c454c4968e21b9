/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/office.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/auth/debts.h"
#include "server/auth/hashing.h"
#include "server/auth/keys.h"
#include "server/auth/logins.h"
#include "server/auth/proofs.h"
#include "server/auth/unknown.h"
#include "server/gathering.h"
#include "server/identity/absences.h"
#include "server/identity/enrolments.h"
#include "server/identity/metadata.h"
#include "server/identity/terminals.h"
#include "server/policy.h"
#include "tests/support/built.h"

#define TRANSACTIONS 64
#define BEGINS       100000
#define SESSIONS     64

static const char policy_text[] =
    "[policy]\nname = test\n"
    "[rule pin]\nzone = mynumber lgwan\npurpose = login unlock\n"
    "kind = staff contractor\nrequire = 2\nallow = card-pin\n"
    "origin = issuer\n"
    "[rule card]\nzone = internet\npurpose = login\nkind = staff\n"
    "require = 1\nallow = card\norigin = issuer\n";

/* --- the server --- */

static void
on_wake(evutil_socket_t fd, short what, void *ctx)
{
	struct office *o = ctx;
	char c;

	(void)fd;
	(void)what;
	assert_int_equal(read(o->place.wake[0], &c, 1), 1);
	ledger_dispatch(o->place.ledger);
}

void
office_policy(struct office *o, const char *text)
{
	struct policy_ref *ref = calloc(1, sizeof(*ref));
	struct sy_error error = { 0 };

	assert_non_null(ref);
	if (sy_policy_parse("policy", text, strlen(text), &ref->policy,
		&error) != SY_OK)
		fail_msg("%s: %s", error.place, error.text);
	ref->count = 1;
	policy_ref_drop(&o->server.policy);
	o->server.policy = ref;
}

void
office_hashing(struct office *o, uint32_t memory, size_t places)
{
	const struct hashing_config config = { .base = o->server.base,
		.keeper = o->server.keeper,
		.hasher = built("sanyoso-hasher"),
		.threads = 2,
		.places = places,
		.params = { .memory = memory, .passes = 1 } };
	struct sy_error error = { .code = SY_OK };

	turns_init(&o->server.turns, config.threads, places);
	guises_init(&o->server.guises, &config.params);
	hashing_free(&o->server.hashing);
	if (hashing_new(&config, &o->server.hashing, &error) != SY_OK)
		fail_msg("%s: %s", error.place, error.text);
}

static void
make_issuer(struct office *o)
{
	const int64_t now = time(NULL);
	char *pem;

	o->issuer = testca_root("Test Issuer", testca_key(TESTCA_P384),
	    now - 86400, now + 10 * 86400);
	pem = testca_pem(o->issuer);
	assert_int_equal(sy_trust_new(&o->server.config.trust[SY_DRIVER_PIV]),
	    SY_OK);
	assert_int_equal(sy_trust_add_ca(o->server.config.trust[SY_DRIVER_PIV],
			     pem, strlen(pem), "issuer", NULL),
	    SY_OK);
	free(pem);
}

/* Everything but the place. */
static void
start(struct office *o, int64_t epoch)
{
	struct crew_config rules = { .threads = 1, .places = 64 };
	struct server *s = &o->server;

	place_open(&o->place);
	assert_int_equal(gathering_base_new(&s->base), SY_OK);
	s->keeper = o->place.keepers[1];
	s->verifier = o->place.keepers[2];
	s->ledger = o->place.ledger;
	(void)snprintf(s->config.name, sizeof(s->config.name), OFFICE_SERVER);
	s->config.terminals.endpoints[0].port = 8443;
	assert_int_equal(logins_new(TRANSACTIONS, TRANSACTIONS, &s->logins),
	    SY_OK);
	assert_int_equal(enrolments_new(&s->enrolments), SY_OK);
	assert_int_equal(keys_new(16, &s->keys), SY_OK);
	assert_int_equal(proofs_new(s->base, &s->proofs), SY_OK);
	s->config.terminal_sessions = SESSIONS;
	assert_int_equal(terminals_new(BEGINS, &s->terminals), SY_OK);
	assert_int_equal(absences_new(&s->absences), SY_OK);
	assert_int_equal(unknown_new(&s->unknown), SY_OK);
	assert_int_equal(debts_new(&s->debts), SY_OK);
	s->epoch = epoch;
	office_hashing(o, SY_HASH_MEMORY_MIN, 64);
	rules.base = s->base;
	assert_int_equal(crew_new(&rules, &s->rules), SY_OK);
	for (int k = 0; k < LISTENER_COUNT; k++)
		connection_pool_init(&s->pools[k], s, s->base,
		    (enum listener_kind)k, 8, 60);
	office_policy(o, policy_text);
	make_issuer(o);
	o->wake = event_new(s->base, o->place.wake[0], EV_READ | EV_PERSIST,
	    on_wake, o);
	assert_non_null(o->wake);
	assert_int_equal(event_add(o->wake, NULL), 0);
}

void
office_open(struct office *o)
{
	memset(o, 0, sizeof(*o));
	place_make(&o->place);
	start(o, 1);
}

void
office_open_in(struct office *o, const char *dir)
{
	memset(o, 0, sizeof(*o));
	place_make_in(&o->place, dir);
	start(o, 1);
}

void
office_reopen(struct office *o, const char *dir, int64_t epoch)
{
	memset(o, 0, sizeof(*o));
	place_find(&o->place, dir);
	start(o, epoch);
}

void
office_close(struct office *o)
{
	struct server *s = &o->server;

	while (s->jobs > 0 || hashing_taken(s->hashing) > 0 ||
	    crew_taken(s->rules) > 0 || proofs_taken(s->proofs) > 0)
		(void)event_base_loop(s->base, EVLOOP_ONCE);
	proofs_free(&s->proofs);
	crew_free(&s->rules);
	hashing_free(&s->hashing);
	for (int k = 0; k < LISTENER_COUNT; k++)
		connection_close_all(&s->pools[k]);
	event_free(o->wake);
	logins_free(&s->logins);
	debts_free(&s->debts);
	enrolments_free(&s->enrolments);
	keys_free(&s->keys);
	terminals_free(&s->terminals);
	absences_free(&s->absences);
	metadata_expire(s, true);
	metadata_ref_drop(&s->metadata);
	unknown_free(&s->unknown);
	policy_ref_drop(&s->policy);
	sy_blocklist_free(&s->blocklist);
	config_clear(&s->config);
	event_base_free(s->base);
	place_remove(&o->place);
	X509_free(o->issuer);
}

void
office_run(struct office *o, const bool *done)
{
	while (!*done)
		(void)event_base_loop(o->server.base, EVLOOP_ONCE);
}

/* --- rows --- */

static int64_t
now_us(void)
{
	return (int64_t)time(NULL) * 1000000;
}

void
office_terminal(struct office *o, const char *name, enum sy_zone zone,
    struct terminal_row *ret)
{
	sample_terminal(ret, name);
	ret->zone = zone;
	ret->state = TERMINAL_JOINED;
	memset(ret->cert, name[strlen(name) - 1], sizeof(ret->cert));
	ret->cert_len = sizeof(ret->cert);
	memset(ret->next_cert, 0, sizeof(ret->next_cert));
	ret->next_cert_len = 0;
	ret->not_after = now_us() + OFFICE_YEAR;
	place_insert(&o->place, &row_type_terminal, ret);
}

int64_t
office_person(struct office *o, const char *login, enum sy_kind kind)
{
	struct id_row row;

	sample_id(&row, login);
	row.kind = kind;
	row.state = ID_ACTIVE;
	row.valid_from = 0;
	row.valid_to = 0;
	(void)snprintf(row.staff, sizeof(row.staff), "%s", login);
	place_insert(&o->place, &row_type_id, &row);
	return row.id;
}

int64_t
office_token(struct office *o, int64_t owner, EVP_PKEY *key,
    enum sy_method method)
{
	struct token_row row;
	struct sy_key *parsed = NULL;
	uint8_t *spki;
	size_t len;

	sample_token(&row, owner, 1);
	spki = testca_spki(key, &len);
	assert_int_equal(sy_key_from_spki(spki, len, &parsed, NULL), SY_OK);
	row.driver = SY_DRIVER_PIV;
	row.method = method;
	row.origin = SY_ORIGIN_ISSUER;
	row.alg = sy_key_alg(parsed);
	row.state = TOKEN_ACTIVE;
	row.not_after = now_us() + OFFICE_YEAR;
	memset(row.spki, 0, sizeof(row.spki));
	memcpy(row.spki, spki, len);
	row.spki_len = (uint16_t)len;
	sy_key_free(&parsed);
	free(spki);
	place_insert(&o->place, &row_type_token, &row);
	return row.id;
}

void
office_fido2(struct office *o)
{
	struct config *c = &o->server.config;

	c->fido2 = true;
	(void)snprintf(c->rp_id, sizeof(c->rp_id), OFFICE_RP_ID);
	(void)snprintf(c->origin, sizeof(c->origin), OFFICE_ORIGIN);
}

int64_t
office_key(struct office *o, int64_t owner, const struct office_key *what)
{
	const int64_t id = office_token(o, owner, what->key, what->method);
	struct credential_row credential;
	struct key_counter_row counter;
	struct token_row token;

	assert_int_equal(row_get(ledger_reader(o->place.ledger),
			     &row_type_token, id, &token),
	    SY_OK);
	token.driver = SY_DRIVER_FIDO2;
	token.not_after = 0;
	token.origin = what->attestation == SY_ATTESTATION_MODEL
	    ? SY_ORIGIN_ATTESTED
	    : SY_ORIGIN_UNPROVEN;
	office_update(o, &row_type_token, &token);
	sample_credential(&credential, id, what->id);
	credential.owner = owner;
	credential.attestation = what->attestation;
	credential.managed = what->managed;
	memset(credential.aaguid, what->aaguid, sizeof(credential.aaguid));
	place_insert(&o->place, &row_type_credential, &credential);
	sample_key_counter(&counter, id);
	counter.counter = what->counter;
	place_insert(&o->place, &row_type_key_counter, &counter);
	return id;
}

struct update {
	const struct row_type *type;
	void *row;
};

static enum sy_err
run_update(struct ledger_tx *tx, void *ctx)
{
	const struct update *u = ctx;
	enum sy_err err = place_audit(tx, "test.update", "");

	return err != SY_OK ? err : row_update(tx, u->type, u->row);
}

void
office_update(struct office *o, const struct row_type *type, void *row)
{
	struct update u = { type, row };

	assert_int_equal(place_run(&o->place, run_update, &u), SY_OK);
}

void
office_password(struct office *o, int64_t owner, const char *text,
    enum password_state state, struct password_row *ret)
{
	const struct sy_hash_params params = { SY_HASH_MEMORY_MIN, 1 };
	SY_AUTO(sy_secret_free) struct sy_secret *secret = NULL;
	struct keeper *k = o->server.keeper;
	const uint8_t *view;
	size_t len;

	memset(ret, 0, sizeof(*ret));
	ret->owner = owner;
	ret->state = state;
	ret->created = now_us();
	ret->expires = state == PASSWORD_TEMPORARY ? now_us() + OFFICE_YEAR : 0;
	ret->memory = params.memory;
	ret->passes = params.passes;
	ret->hash_len = sizeof(ret->hash);
	ret->salt_len = sizeof(ret->salt);
	memset(ret->salt, (int)(owner & 0xff), sizeof(ret->salt));
	assert_int_equal(sy_secret_new(strlen(text), &secret), SY_OK);
	assert_int_equal(sy_secret_append(secret, text, strlen(text)), SY_OK);
	assert_int_equal(sy_password_hash(secret, &params, ret->salt,
			     ret->hash),
	    SY_OK);
	keeper_begin(k);
	keeper_add_pepper(k, owner, ret->hash, sizeof(ret->hash));
	assert_int_equal(keeper_run(k), SY_OK);
	assert_int_equal(keeper_next(k, &view, &len), SY_OK);
	assert_int_equal(len, sizeof(ret->hash));
	memcpy(ret->hash, view, len);
	place_insert(&o->place, &row_type_password, ret);
}

void
office_hold(struct office *o, int64_t token)
{
	struct hold_row row;

	sample_hold(&row, token);
	place_insert(&o->place, &row_type_hold, &row);
}

/* --- the log --- */

struct looking {
	const char *action;
	const char *fact;
	struct office_record *ret;
	bool found;
};

static void
take_fact(const struct sy_audit_pair *pair, char *out, size_t size)
{
	if (pair->is_text)
		(void)snprintf(out, size, "%.*s", (int)pair->len,
		    (const char *)pair->value);
	else if (2 * pair->len < size)
		sy_text_hex(pair->value, pair->len, out);
}

static enum sy_err
look(void *ctx, const struct sy_audit_record *record)
{
	struct looking *l = ctx;
	struct office_record *r = l->ret;

	if (strcmp(record->action, l->action) != 0)
		return SY_OK;
	memset(r, 0, sizeof(*r));
	r->outcome = record->outcome;
	(void)snprintf(r->actor, sizeof(r->actor), "%s", record->actor);
	(void)snprintf(r->terminal, sizeof(r->terminal), "%s",
	    record->terminal);
	(void)snprintf(r->subject, sizeof(r->subject), "%s", record->subject);
	(void)snprintf(r->reason, sizeof(r->reason), "%s", record->reason);
	for (size_t i = 0; i < record->pair_count; i++)
		if (strcmp(record->pairs[i].key, l->fact) == 0)
			take_fact(&record->pairs[i], r->fact, sizeof(r->fact));
	l->found = true;
	return SY_ERR_CANCELLED;
}

bool
office_last_record(struct office *o, const char *action, const char *fact,
    struct office_record *ret)
{
	struct looking l = { .action = action, .fact = fact, .ret = ret };
	enum sy_err err = ledger_read_log(o->place.ledger, 0, look, &l);

	assert_int_equal(err, l.found ? SY_ERR_CANCELLED : SY_OK);
	return l.found;
}

/* --- connections --- */

void
desk_open(struct office *o, enum listener_kind kind,
    const struct terminal_row *terminal, struct desk *ret)
{
	struct peer peer = { .kind = kind };
	int fd[2];

	memset(ret, 0, sizeof(*ret));
	(void)snprintf(peer.address, sizeof(peer.address), "test");
	if (terminal != NULL) {
		peer.tls.present = true;
		memcpy(peer.tls.sha256, terminal->cert, SY_DIGEST_SIZE);
		peer.tls.not_after = terminal->not_after / 1000000;
	}
	assert_int_equal(socketpair(AF_UNIX,
			     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd),
	    0);
	assert_int_equal(connection_open(&o->server.pools[kind], fd[0], NULL,
			     &peer),
	    SY_OK);
	ret->office = o;
	ret->fd = fd[1];
}

void
desk_close(struct desk *d)
{
	(void)close(d->fd);
	d->fd = -1;
}

void
desk_send(struct desk *d, const char *bytes, size_t len)
{
	size_t at = 0;

	while (at < len) {
		const ssize_t n =
		    send(d->fd, bytes + at, len - at, MSG_NOSIGNAL);

		if (n > 0) {
			at += (size_t)n;
			continue;
		}
		if (errno != EAGAIN)
			return; /* closed: desk_answer will tell */
		(void)event_base_loop(d->office->server.base, EVLOOP_ONCE);
	}
}

/* Read ${len} bytes, letting the server work; false: it closed. */
static bool
receive(struct desk *d, char *out, size_t len)
{
	size_t at = 0;

	while (at < len) {
		const ssize_t n = recv(d->fd, out + at, len - at, 0);

		if (n > 0)
			at += (size_t)n;
		else if (n == 0 || errno != EAGAIN)
			return false;
		else
			(void)event_base_loop(d->office->server.base,
			    EVLOOP_ONCE);
	}
	return true;
}

unsigned int
desk_answer(struct desk *d)
{
	unsigned long length;
	const char *field;
	size_t n = 0;

	d->status = 0;
	do {
		assert_true(n + 1 < sizeof(d->head));
		if (!receive(d, d->head + n, 1))
			return 0;
		d->head[++n] = '\0';
	} while (n < 4 || strcmp(d->head + n - 4, "\r\n\r\n") != 0);
	assert_int_equal(strncmp(d->head, "HTTP/1.1 ", 9), 0);
	field = strstr(d->head, "Content-Length: ");
	assert_non_null(field);
	length = strtoul(field + 16, NULL, 10);
	assert_true(length < sizeof(d->text));
	assert_true(receive(d, d->text, length));
	d->text[length] = '\0';
	d->len = length;
	d->status = (unsigned int)strtoul(d->head + 9, NULL, 10);
	return d->status;
}

void
desk_post(struct desk *d, const char *path, const struct sy_message *message,
    const void *request)
{
	char head[512];
	char *text = NULL;
	size_t len;

	assert_int_equal(sy_message_encode(message, request, &text, &len),
	    SY_OK);
	(void)snprintf(head, sizeof(head),
	    "POST %s HTTP/1.1\r\nHost: s\r\nSanyoso-Wire: 1\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    path, len);
	desk_send(d, head, strlen(head));
	desk_send(d, text, len);
	sy_message_free(&text);
}

unsigned int
desk_call(struct desk *d, const char *path, const struct sy_message *message,
    const void *request, const struct sy_message *reply_message,
    void *ret_reply)
{
	struct sy_error error = { 0 };
	enum sy_err err;

	desk_post(d, path, message, request);
	memset(&d->failure, 0, sizeof(d->failure));
	if (desk_answer(d) == 0)
		return 0;
	err = d->status == 200 ? sy_message_decode(reply_message, d->text,
				     d->len, ret_reply, &error)
			       : sy_message_decode(&sy_message_failure, d->text,
				     d->len, &d->failure, &error);
	if (err != SY_OK)
		fail_msg("%s: %s: %s", d->text, error.place, error.text);
	return d->status;
}

bool
desk_is_closed(struct desk *d)
{
	char c;

	for (int i = 0; i < 20; i++)
		(void)event_base_loop(d->office->server.base, EVLOOP_NONBLOCK);
	return recv(d->fd, &c, 1, MSG_PEEK) == 0;
}

/* --- cards --- */

void
office_sign(const struct signing *s, struct sy_auth_proof *ret)
{
	struct sy_challenge c = { .server = OFFICE_SERVER,
		.terminal = s->terminal,
		.login = s->login,
		.service = s->service,
		.purpose = s->purpose };
	const enum sy_hash hash =
	    EVP_PKEY_get_bits(s->key) == 384 ? SY_HASH_SHA384 : SY_HASH_SHA256;
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t len;

	memset(ret, 0, sizeof(*ret));
	(void)snprintf(ret->txn, sizeof(ret->txn), "%s", s->txn);
	memset(ret->agent_nonce, 0xa5, sizeof(ret->agent_nonce));
	ret->agent_nonce_len = sizeof(ret->agent_nonce);
	assert_int_equal(sy_text_unhex(s->txn, c.txn, sizeof(c.txn)), SY_OK);
	memcpy(c.server_nonce, s->nonce, SY_NONCE_SIZE);
	memcpy(c.agent_nonce, ret->agent_nonce, SY_NONCE_SIZE);
	assert_int_equal(sy_challenge_digest(&c, hash, digest, &len), SY_OK);
	ret->signature_len =
	    (uint16_t)testca_sign(s->key, digest, len, ret->signature);
}
