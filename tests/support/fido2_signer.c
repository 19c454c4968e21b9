/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fido2_signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/sha.h>

#define MUST(x) must((x), #x, __LINE__)

#define FLAG_EXTENSIONS 0x80

static void
must(bool ok, const char *what, int line)
{
	if (ok)
		return;
	fprintf(stderr, "fido2_signer.c:%d: %s\n", line, what);
	ERR_print_errors_fp(stderr);
	abort();
}

/* base64url without padding (RFC 4648 section 5). */
static void
write_base64url(const uint8_t *p, size_t len, char *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | p[i];
		for (have += 8; have >= 6; have -= 6)
			*out++ = alphabet[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*out++ = alphabet[bits << (6 - have) & 63];
	*out = '\0';
}

static void
write_client_data(const struct signer_says *says, struct signer_signed *ret)
{
	char challenge[2 * SIGNER_CHALLENGE_SIZE];
	int n;

	write_base64url(says->challenge, sizeof(says->challenge), challenge);
	n = snprintf((char *)ret->client_data, sizeof(ret->client_data),
	    "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\","
	    "\"crossOrigin\":false}",
	    says->type, challenge, says->origin);
	MUST(n > 0 && (size_t)n < sizeof(ret->client_data));
	ret->client_data_len = (size_t)n;
}

static void
put(struct signer_signed *ret, const void *p, size_t len)
{
	MUST(len <= sizeof(ret->authdata) - ret->authdata_len);
	memcpy(ret->authdata + ret->authdata_len, p, len);
	ret->authdata_len += len;
}

static void
put_byte(struct signer_signed *ret, unsigned int byte)
{
	const uint8_t b = (uint8_t)byte;

	put(ret, &b, 1);
}

/* An unsigned integer of CBOR (RFC 8949 section 3.1), the shortest way. */
static void
put_number(struct signer_signed *ret, uint32_t n)
{
	int bytes = 0;

	if (n < 24) {
		put_byte(ret, n);
		return;
	}
	if (n <= 0xff) {
		put_byte(ret, 0x18);
		bytes = 1;
	} else if (n <= 0xffff) {
		put_byte(ret, 0x19);
		bytes = 2;
	} else {
		put_byte(ret, 0x1a);
		bytes = 4;
	}
	while (bytes-- > 0)
		put_byte(ret, n >> (8 * bytes) & 0xff);
}

/* {"uvm": [[method, key protection, matcher protection], ...]} (WebAuthn Level
 * 1 section 10.8) */
static void
put_uvm(const struct signer_says *says, struct signer_signed *ret)
{
	put_byte(ret, 0xa1);
	put_byte(ret, 0x63);
	put(ret, "uvm", 3);
	put_byte(ret, 0x80 + (unsigned int)says->uvm_count);
	for (size_t i = 0; i < says->uvm_count; i++) {
		put_byte(ret, 0x83);
		put_number(ret, says->uvm[i]);
		put_number(ret, 2);
		put_number(ret, 2);
	}
}

static void
write_authdata(const struct signer_says *says, struct signer_signed *ret)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];

	ret->authdata_len = 0;
	(void)SHA256((const uint8_t *)says->rp_id, strlen(says->rp_id), hash);
	put(ret, hash, sizeof(hash));
	put_byte(ret,
	    says->flags | (says->uvm_count > 0 ? FLAG_EXTENSIONS : 0u));
	for (int shift = 24; shift >= 0; shift -= 8)
		put_byte(ret, says->counter >> shift & 0xff);
	if (says->made != NULL)
		put(ret, says->made, says->made_len);
	if (says->uvm_count > 0)
		put_uvm(says, ret);
}

void
signer_sign_again(EVP_PKEY *key, struct signer_signed *ret)
{
	const bool itself = EVP_PKEY_is_a(key, "ED25519");
	uint8_t message[SIGNER_AUTHDATA_MAX + SHA256_DIGEST_LENGTH];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	MUST(ctx != NULL);
	memcpy(message, ret->authdata, ret->authdata_len);
	(void)SHA256(ret->client_data, ret->client_data_len,
	    message + ret->authdata_len);
	ret->signature_len = sizeof(ret->signature);
	MUST(EVP_DigestSignInit(ctx, NULL, itself ? NULL : EVP_sha256(), NULL,
		 key) == 1);
	MUST(EVP_DigestSign(ctx, ret->signature, &ret->signature_len, message,
		 ret->authdata_len + SHA256_DIGEST_LENGTH) == 1);
	EVP_MD_CTX_free(ctx);
}

void
signer_sign(EVP_PKEY *key, const struct signer_says *says,
    struct signer_signed *ret)
{
	write_client_data(says, ret);
	write_authdata(says, ret);
	signer_sign_again(key, ret);
}
