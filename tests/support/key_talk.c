/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/key_talk.h"

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGENT_NONCE 0xa5

void
key_talk_init(struct key_talk *t, struct desk *desk, const char *terminal,
    const char *user)
{
	*t = (struct key_talk){ .desk = desk,
		.terminal = terminal,
		.service = "login",
		.purpose = "login" };
	(void)snprintf(t->user, sizeof(t->user), "%s", user);
}

void
key_talk_clear(struct key_talk *t)
{
	sy_message_clear(&sy_message_auth_step, &t->step);
}

/* The transaction outlives a failure, whose answer is no step. */
static unsigned int
call(struct key_talk *t, const char *path, const struct sy_message *message,
    const void *request)
{
	struct sy_auth_step step = { .txn = "" };
	const unsigned int status = desk_call(t->desk, path, message, request,
	    &sy_message_auth_step, &step);

	if (status == 200) {
		key_talk_clear(t);
		t->step = step;
	}
	return status;
}

unsigned int
key_begin(struct key_talk *t)
{
	struct sy_auth_begin in = { .tty = "tty1",
		.identify = t->user[0] == '\0',
		.change = t->change };

	(void)snprintf(in.user, sizeof(in.user), "%s", t->user);
	(void)snprintf(in.service, sizeof(in.service), "%s", t->service);
	(void)snprintf(in.purpose, sizeof(in.purpose), "%s", t->purpose);
	return call(t, "/v1/auth", &sy_message_auth_begin, &in);
}

unsigned int
key_ask(struct key_talk *t, const char *method, bool other)
{
	struct sy_auth_key in = { .other = other };

	memcpy(in.txn, t->step.txn, sizeof(in.txn));
	(void)snprintf(in.method, sizeof(in.method), "%s", method);
	return call(t, "/v1/auth/key", &sy_message_auth_key, &in);
}

unsigned int
key_send(struct key_talk *t)
{
	return call(t, "/v1/auth/assertion", &sy_message_auth_assertion,
	    &t->assertion);
}

unsigned int
key_look(struct key_talk *t)
{
	return call(t, "/v1/auth/look", &sy_message_auth_assertion,
	    &t->assertion);
}

unsigned int
key_type(struct key_talk *t, const char *password)
{
	struct sy_auth_password in = { .password_len =
					   (uint16_t)strlen(password) };

	memcpy(in.txn, t->step.txn, sizeof(in.txn));
	memcpy(in.password, password, strlen(password));
	return call(t, "/v1/auth/password", &sy_message_auth_password, &in);
}

void
key_says(const struct key_talk *t, const struct key_held *key,
    struct signer_says *ret)
{
	struct sy_challenge c = { .server = OFFICE_SERVER,
		.terminal = t->terminal,
		.login = t->step.login,
		.service = t->service,
		.purpose = t->purpose };
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t len;

	*ret = (struct signer_says){ .type = "webauthn.get",
		.origin = OFFICE_ORIGIN,
		.rp_id = OFFICE_RP_ID,
		.flags = key->flags,
		.counter = key->counter };
	if (key->uvm != 0)
		ret->uvm[ret->uvm_count++] = key->uvm;
	assert_int_equal(sy_text_unhex(t->step.txn, c.txn, sizeof(c.txn)),
	    SY_OK);
	memcpy(c.server_nonce, t->step.nonce, SY_NONCE_SIZE);
	memset(c.agent_nonce, AGENT_NONCE, SY_NONCE_SIZE);
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA256, digest, &len),
	    SY_OK);
	assert_int_equal(len, sizeof(ret->challenge));
	memcpy(ret->challenge, digest, len);
}

void
key_sign_as(struct key_talk *t, struct key_held *key,
    const struct signer_says *says)
{
	struct sy_auth_assertion *a = &t->assertion;
	struct signer_signed made;

	signer_sign(key->key, says, &made);
	memset(a, 0, sizeof(*a));
	memcpy(a->txn, t->step.txn, sizeof(a->txn));
	memset(a->agent_nonce, AGENT_NONCE, sizeof(a->agent_nonce));
	a->agent_nonce_len = sizeof(a->agent_nonce);
	a->credential_len = 64;
	memset(a->credential, key->id, a->credential_len);
	memcpy(a->client_data, made.client_data, made.client_data_len);
	a->client_data_len = (uint16_t)made.client_data_len;
	memcpy(a->authdata, made.authdata, made.authdata_len);
	a->authdata_len = (uint16_t)made.authdata_len;
	memcpy(a->signature, made.signature, made.signature_len);
	a->signature_len = (uint16_t)made.signature_len;
	a->built_in = key->built_in;
}

void
key_sign(struct key_talk *t, struct key_held *key)
{
	struct signer_says says;

	if (!key->still)
		key->counter++;
	key_says(t, key, &says);
	key_sign_as(t, key, &says);
}

void
key_show(struct key_talk *t, const char *method, struct key_held *key)
{
	assert_int_equal(key_begin(t), 200);
	assert_string_equal(t->step.step, "present");
	assert_int_equal(key_ask(t, method, false), 200);
	assert_string_equal(t->step.step, "assert");
	key_sign(t, key);
	assert_int_equal(key_send(t), 200);
}

unsigned int
key_card(struct key_talk *t, EVP_PKEY *key, const char *method)
{
	struct sy_auth_card in = { .driver = "piv", .tries = 3 };
	struct signing signing = { .key = key,
		.terminal = t->terminal,
		.login = t->user,
		.service = t->service,
		.purpose = t->purpose };
	struct sy_auth_proof proof;
	unsigned int status;
	uint8_t *spki;
	size_t len;

	memcpy(in.txn, t->step.txn, sizeof(in.txn));
	(void)snprintf(in.method, sizeof(in.method), "%s", method);
	spki = testca_spki(key, &len);
	memcpy(in.spki, spki, len);
	in.spki_len = (uint16_t)len;
	free(spki);
	status = call(t, "/v1/auth/card", &sy_message_auth_card, &in);
	if (status != 200 || strcmp(t->step.step, "prove") != 0)
		return status;
	signing.txn = t->step.txn;
	signing.nonce = t->step.nonce;
	office_sign(&signing, &proof);
	return call(t, "/v1/auth/proof", &sy_message_auth_proof, &proof);
}

bool
key_is_shown(const struct key_talk *t, const struct key_held *key)
{
	const struct sy_credential *shown = t->step.credentials.items;
	uint8_t id[64];

	memset(id, key->id, sizeof(id));
	for (size_t i = 0; i < t->step.credentials.count; i++)
		if (shown[i].id_len == sizeof(id) &&
		    memcmp(shown[i].id, id, sizeof(id)) == 0)
			return true;
	return false;
}
