/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/key_visit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sanyoso/code.h>

void
key_visit_clear(struct key_visit *v)
{
	sy_message_clear(&sy_message_enroll_step, &v->step);
	memset(&v->step, 0, sizeof(v->step));
}

unsigned int
visit_invite(struct key_visit *v, const char *login, const char *method)
{
	SY_AUTO(sy_secret_free) struct sy_secret *typed = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *bytes = NULL;
	struct sy_token_invite in = { .replaces = v->replaces,
		.terminal = KEY_TERMINAL,
		.basis = KEY_BASIS };
	struct sy_code code = { .code = "" };
	unsigned int status;

	(void)snprintf(in.login, sizeof(in.login), "%s", login);
	(void)snprintf(in.method, sizeof(in.method), "%s", method);
	status = desk_call(v->operators, "/v1/admin/token/invite",
	    &sy_message_token_invite, &in, &sy_message_code, &code);
	if (status != 200)
		return status;
	assert_int_equal(sy_secret_new(sizeof(code.code), &typed), SY_OK);
	assert_int_equal(sy_secret_append(typed, code.code, strlen(code.code)),
	    SY_OK);
	assert_int_equal(sy_code_parse(typed, sizeof(v->code), &bytes), SY_OK);
	memcpy(v->code, sy_secret_bytes(bytes), sizeof(v->code));
	return status;
}

void
visit_fill_begin(const struct key_visit *v, const char *login,
    struct sy_enroll_begin *ret)
{
	memset(ret, 0, sizeof(*ret));
	(void)snprintf(ret->user, sizeof(ret->user), "%s", login);
	memcpy(ret->code, v->code, sizeof(ret->code));
	ret->code_len = sizeof(ret->code);
}

static void
challenge(const struct key_visit *v, const char *login, const char *service,
    uint8_t ret[SIGNER_CHALLENGE_SIZE])
{
	struct sy_challenge c = { .server = OFFICE_SERVER,
		.terminal = KEY_TERMINAL,
		.login = login,
		.service = service != NULL ? service : "enroll",
		.purpose = "enroll" };
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t len;

	assert_int_equal(sy_text_unhex(v->step.txn, c.txn, sizeof(c.txn)),
	    SY_OK);
	assert_int_equal(v->step.nonce_len, SY_NONCE_SIZE);
	memcpy(c.server_nonce, v->step.nonce, SY_NONCE_SIZE);
	memset(c.agent_nonce, 0xa5, SY_NONCE_SIZE);
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA256, digest, &len),
	    SY_OK);
	memcpy(ret, digest, SIGNER_CHALLENGE_SIZE);
}

static void
make_credential(const struct key_visit *v, const struct key_showing *w,
    struct maker_made *ret)
{
	EVP_PKEY *const cert_key = testca_key(TESTCA_P256_OTHER);
	struct maker_says says = {
		.origin = w->origin != NULL ? w->origin : KEY_ORIGIN,
		.rp_id = w->rp_id != NULL ? w->rp_id : KEY_RP_ID,
		.flags = w->made_flags != 0 ? w->made_flags : KEY_UP_UV,
		.counter = w->made_counter,
		.id = w->id,
		.key = w->key,
		.format = w->unattested ? w->format : MAKER_PACKED,
		.cert_key = cert_key,
	};

	memset(says.aaguid, w->model != 0 ? (int)w->model : KEY_MODEL_PIN,
	    sizeof(says.aaguid));
	challenge(v, v->step.login, w->service, says.challenge);
	says.cert = maker_cert(w->root != NULL ? w->root : v->keys->maker,
	    w->root_key != NULL ? w->root_key : cert_key, cert_key,
	    says.aaguid);
	maker_make(&says, ret);
	X509_free(says.cert);
}

void
visit_fill_key(const struct key_visit *v, const struct key_showing *w,
    struct sy_enroll_key *ret)
{
	struct maker_made made;

	*ret = (struct sy_enroll_key){ .agent_nonce_len = SY_NONCE_SIZE,
		.firmware = w->firmware,
		.reader = w->reader,
		.resident = w->resident,
		.managed = w->managed };
	make_credential(v, w, &made);
	memcpy(ret->txn, v->step.txn, sizeof(ret->txn));
	memset(ret->agent_nonce, 0xa5, sizeof(ret->agent_nonce));
	ret->client_data_len = (uint16_t)made.said.client_data_len;
	memcpy(ret->client_data, made.said.client_data, ret->client_data_len);
	ret->authdata_len = (uint16_t)made.said.authdata_len;
	memcpy(ret->authdata, made.said.authdata, ret->authdata_len);
	(void)snprintf(ret->format, sizeof(ret->format), "%s", made.format);
	ret->statement_len = (uint16_t)made.statement_len;
	memcpy(ret->statement, made.statement, ret->statement_len);
}

void
visit_fill_assertion(const struct key_visit *v, const struct key_showing *w,
    struct sy_auth_assertion *ret)
{
	struct signer_says says = { .type = "webauthn.get",
		.origin = KEY_ORIGIN,
		.rp_id = KEY_RP_ID,
		.flags = w->flags != 0 ? w->flags : KEY_UP_UV,
		.counter = w->counter };
	struct signer_signed made;

	*ret = (struct sy_auth_assertion){ .agent_nonce_len = SY_NONCE_SIZE,
		.credential_len = 64,
		.built_in = w->built_in };
	challenge(v, v->step.login, NULL, says.challenge);
	signer_sign(w->signer != NULL ? w->signer : w->key, &says, &made);
	memcpy(ret->txn, v->step.txn, sizeof(ret->txn));
	memset(ret->agent_nonce, 0xa5, sizeof(ret->agent_nonce));
	memset(ret->credential, w->other != 0 ? w->other : w->id, 64);
	ret->client_data_len = (uint16_t)made.client_data_len;
	memcpy(ret->client_data, made.client_data, ret->client_data_len);
	ret->authdata_len = (uint16_t)made.authdata_len;
	memcpy(ret->authdata, made.authdata, ret->authdata_len);
	ret->signature_len = (uint16_t)made.signature_len;
	memcpy(ret->signature, made.signature, ret->signature_len);
}

unsigned int
visit_ask(struct key_visit *v, const char *path,
    const struct sy_message *message, const void *request)
{
	sy_message_clear(&sy_message_enroll_step, &v->step);
	memset(&v->step, 0, sizeof(v->step));
	return desk_call(v->desk, path, message, request,
	    &sy_message_enroll_step, &v->step);
}

unsigned int
visit_begin(struct key_visit *v, const char *login)
{
	struct sy_enroll_begin in;

	visit_fill_begin(v, login, &in);
	return visit_ask(v, "/v1/enroll", &sy_message_enroll_begin, &in);
}

unsigned int
visit_key(struct key_visit *v, const struct key_showing *w)
{
	struct sy_enroll_key in;

	visit_fill_key(v, w, &in);
	return visit_ask(v, "/v1/enroll/key", &sy_message_enroll_key, &in);
}

unsigned int
visit_assertion(struct key_visit *v, const struct key_showing *w)
{
	struct sy_auth_assertion in;

	visit_fill_assertion(v, w, &in);
	return visit_ask(v, "/v1/enroll/assertion", &sy_message_auth_assertion,
	    &in);
}

void
visit_start(struct key_visit *v, const char *login, const char *method)
{
	assert_int_equal(visit_invite(v, login, method), 200);
	assert_int_equal(visit_begin(v, login), 200);
	assert_string_equal(v->step.step, "make");
}

int64_t
visit_enroll(struct key_visit *v, const char *login, const char *method,
    const struct key_showing *w)
{
	visit_start(v, login, method);
	assert_int_equal(visit_key(v, w), 200);
	if (strcmp(v->step.step, "assert") != 0)
		fail_msg("%s: %s", v->step.reason, v->step.text);
	assert_int_equal(visit_assertion(v, w), 200);
	if (strcmp(v->step.step, "done") != 0)
		fail_msg("%s: %s", v->step.reason, v->step.text);
	return strtoll(v->step.token + 6, NULL, 10);
}
