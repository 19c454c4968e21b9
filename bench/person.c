/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <sanyoso/fido2.h>

#include "bench/person.h"
#include "bench/tls.h"

void
person_read(const char *path, struct person *ret)
{
	const char *slash = strrchr(path, '/');
	unsigned char *der = NULL;
	char file[4096];
	FILE *f;
	int n;

	snprintf(file, sizeof(file), "%s.key.pem", path);
	snprintf(ret->login, sizeof(ret->login), "%s",
	    slash != NULL ? slash + 1 : path);
	if ((f = fopen(file, "r")) == NULL ||
	    (ret->key = PEM_read_PrivateKey(f, NULL, NULL, NULL)) == NULL)
		bench_die("%s: no private key", file);
	fclose(f);
	ret->hash = EVP_PKEY_get_bits(ret->key) == 384 ? SY_HASH_SHA384
						       : SY_HASH_SHA256;
	n = i2d_PUBKEY(ret->key, &der);
	if (n <= 0 || (size_t)n > 600)
		bench_die("%s: public key", file);
	sy_text_base64(der, (size_t)n, ret->spki);
	OPENSSL_free(der);
}

size_t
person_sign(const struct person *p, const uint8_t *digest, size_t len,
    uint8_t *sig, size_t cap)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(p->key, NULL);
	size_t n = cap;

	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx,
		p->hash == SY_HASH_SHA384 ? EVP_sha384() : EVP_sha256()) != 1 ||
	    EVP_PKEY_sign(ctx, sig, &n, digest, len) != 1)
		bench_die("sign");
	EVP_PKEY_CTX_free(ctx);
	return n;
}

size_t
person_begin(const struct person_login *l, char *body, size_t cap)
{
	/* A key is not shown before it is asked for. */
	if (l->by_key)
		return (size_t)snprintf(body, cap,
		    "{\"user\":\"%s\",\"service\":\"%s\","
		    "\"purpose\":\"%s\"}",
		    l->who->login, l->service, l->purpose);
	return (size_t)snprintf(body, cap,
	    "{\"user\":\"%s\",\"service\":\"%s\",\"purpose\":\"%s\","
	    "\"driver\":\"piv\",\"spki\":\"%s\",\"tries\":5}",
	    l->who->login, l->service, l->purpose, l->who->spki);
}

const char *
person_member(const char *json, const char *name, size_t *len)
{
	char quoted[64];
	const char *at, *end;

	snprintf(quoted, sizeof(quoted), "\"%s\":\"", name);
	if ((at = strstr(json, quoted)) == NULL)
		return NULL;
	at += strlen(quoted);
	if ((end = strchr(at, '"')) == NULL)
		return NULL;
	*len = (size_t)(end - at);
	return at;
}

/* The transaction and the server's nonce from a reply. */
static void
take_challenge(struct person_login *l, const char *json,
    struct sy_challenge *ret)
{
	const char *txn, *nonce;
	size_t len, nonce_len;

	*ret = (struct sy_challenge){ .server = l->server,
		.terminal = l->terminal,
		.login = l->who->login,
		.service = l->service,
		.purpose = l->purpose };
	if ((txn = person_member(json, "txn", &len)) == NULL || len != 32)
		bench_die("no transaction: %s", json);
	memcpy(l->txn, txn, 32);
	l->txn[32] = '\0';
	if ((nonce = person_member(json, "nonce", &len)) == NULL ||
	    sy_text_unhex(l->txn, ret->txn, sizeof(ret->txn)) != SY_OK ||
	    sy_text_unbase64(nonce, len, ret->server_nonce,
		sizeof(ret->server_nonce), &nonce_len) != SY_OK)
		bench_die("no nonce: %s", json);
	RAND_bytes(ret->agent_nonce, sizeof(ret->agent_nonce));
}

size_t
person_prove(struct person_login *l, const char *json, char *body, size_t cap)
{
	uint8_t digest[SY_HASH_SIZE_MAX], sig[SY_SIGNATURE_SIZE_MAX];
	char nonce64[64], sig64[800];
	struct sy_challenge ch;
	size_t dlen, siglen;

	take_challenge(l, json, &ch);
	if (sy_challenge_digest(&ch, l->who->hash, digest, &dlen) != SY_OK)
		bench_die("digest");
	siglen = person_sign(l->who, digest, dlen, sig, sizeof(sig));
	sy_text_base64(ch.agent_nonce, sizeof(ch.agent_nonce), nonce64);
	sy_text_base64(sig, siglen, sig64);
	return (size_t)snprintf(body, cap,
	    "{\"txn\":\"%s\",\"agent_nonce\":\"%s\",\"signature\":\"%s\","
	    "\"pins_wrong\":0}",
	    l->txn, nonce64, sig64);
}

/* --- a FIDO2 key --- */

void
person_credential(const char *login, uint8_t ret[PERSON_CREDENTIAL_SIZE])
{
	(void)SHA512((const uint8_t *)login, strlen(login), ret);
}

size_t
person_ask_key(struct person_login *l, const char *json, char *body, size_t cap)
{
	const char *txn;
	size_t len;

	if ((txn = person_member(json, "txn", &len)) == NULL || len != 32)
		bench_die("no transaction: %s", json);
	memcpy(l->txn, txn, 32);
	l->txn[32] = '\0';
	return (size_t)snprintf(body, cap,
	    "{\"txn\":\"%s\",\"method\":\"fido2\"}", l->txn);
}

#define AUTHDATA_SIZE (SHA256_DIGEST_LENGTH + 1 + 4)

/* What a touched key signs (WebAuthn section 6.1): RP id, flags, counter. */
static void
write_authdata(const struct person_login *l, struct person *who,
    uint8_t out[AUTHDATA_SIZE])
{
	(void)SHA256((const uint8_t *)l->server, strlen(l->server), out);
	out[SHA256_DIGEST_LENGTH] = SY_FIDO2_UP;
	/* Higher than in any run before; keys may jump. */
	who->counter = (uint32_t)(bench_now() / 100);
	for (int i = 0; i < 4; i++)
		out[SHA256_DIGEST_LENGTH + 1 + i] =
		    (uint8_t)(who->counter >> (8 * (3 - i)));
}

static size_t
sign_assertion(const struct person *who, const uint8_t authdata[AUTHDATA_SIZE],
    const char *client_data, size_t len, uint8_t *sig, size_t cap)
{
	uint8_t message[AUTHDATA_SIZE + SHA256_DIGEST_LENGTH];
	uint8_t digest[SHA256_DIGEST_LENGTH];

	memcpy(message, authdata, AUTHDATA_SIZE);
	(void)SHA256((const uint8_t *)client_data, len,
	    message + AUTHDATA_SIZE);
	(void)SHA256(message, sizeof(message), digest);
	return person_sign(who, digest, sizeof(digest), sig, cap);
}

size_t
person_assert(struct person_login *l, struct person *who, const char *json,
    char *body, size_t cap)
{
	uint8_t digest[SY_HASH_SIZE_MAX], sig[SY_SIGNATURE_SIZE_MAX];
	uint8_t authdata[AUTHDATA_SIZE], id[PERSON_CREDENTIAL_SIZE];
	char client_data[SY_FIDO2_CLIENT_DATA_MAX], origin[300];
	char client64[1400], data64[64], sig64[800], id64[100], nonce64[64];
	struct sy_challenge ch;
	size_t len, siglen;

	take_challenge(l, json, &ch);
	snprintf(origin, sizeof(origin), "https://%s", l->server);
	if (sy_challenge_digest(&ch, SY_HASH_SHA256, digest, &len) != SY_OK ||
	    sy_fido2_client_data(SY_FIDO2_GET, digest, origin, client_data,
		&len) != SY_OK)
		bench_die("client data");
	write_authdata(l, who, authdata);
	siglen =
	    sign_assertion(who, authdata, client_data, len, sig, sizeof(sig));
	person_credential(who->login, id);
	sy_text_base64(client_data, len, client64);
	sy_text_base64(authdata, sizeof(authdata), data64);
	sy_text_base64(sig, siglen, sig64);
	sy_text_base64(id, sizeof(id), id64);
	sy_text_base64(ch.agent_nonce, sizeof(ch.agent_nonce), nonce64);
	return (size_t)snprintf(body, cap,
	    "{\"txn\":\"%s\",\"agent_nonce\":\"%s\",\"credential\":\"%s\","
	    "\"client_data\":\"%s\",\"authdata\":\"%s\","
	    "\"signature\":\"%s\"}",
	    l->txn, nonce64, id64, client64, data64, sig64);
}

size_t
person_password(const struct person_login *l, const char *password, char *body,
    size_t cap)
{
	char text[512];

	sy_text_base64(password, strlen(password), text);
	return (size_t)snprintf(body, cap,
	    "{\"txn\":\"%s\",\"password\":\"%s\"}", l->txn, text);
}
