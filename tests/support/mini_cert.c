/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "tests/support/mini_cert.h"

static const uint8_t before_key[] = { 0xa0, 3, 2, 1, 2, 2, 1, 1, 0x30, 0, 0x30,
	0, 0x30, 0, 0x30, 0 };
static const uint8_t after_tbs[] = { 0x30, 0, 3, 1, 0 };

static const uint8_t p256[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86,
	0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
	0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
static const uint8_t p384[] = { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
	0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22,
	0x03, 0x62, 0x00, 0x04 };
static const uint8_t rsa2048[] = { 0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06,
	0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
	0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01,
	0x01, 0x00 };
static const uint8_t rsa3072[] = { 0x30, 0x82, 0x01, 0xa2, 0x30, 0x0d, 0x06,
	0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
	0x03, 0x82, 0x01, 0x8f, 0x00, 0x30, 0x82, 0x01, 0x8a, 0x02, 0x82, 0x01,
	0x81, 0x00 };
static const uint8_t rsa_tail[] = { 2, 3, 1, 0, 1 };

static size_t
put(uint8_t *out, size_t at, const uint8_t *bytes, size_t len)
{
	memcpy(out + at, bytes, len);
	return at + len;
}

static size_t
put_sequence(uint8_t *out, size_t at, size_t len)
{
	out[at++] = 0x30;
	if (len > 0xff) {
		out[at++] = 0x82;
		out[at++] = (uint8_t)(len >> 8);
	} else if (len > 0x7f) {
		out[at++] = 0x81;
	}
	out[at++] = (uint8_t)len;
	return at;
}

static size_t
put_key(enum sy_key_alg alg, uint8_t *out, size_t at)
{
	static const struct {
		const uint8_t *head;
		size_t head_len, len;
		bool rsa;
	} keys[] = {
		[SY_KEY_P256] = { p256, sizeof(p256), 91, false },
		[SY_KEY_P384] = { p384, sizeof(p384), 120, false },
		[SY_KEY_RSA2048] = { rsa2048, sizeof(rsa2048), 294, true },
		[SY_KEY_RSA3072] = { rsa3072, sizeof(rsa3072), 422, true },
	};

	memset(out + at, 0x81, keys[alg].len);
	memcpy(out + at, keys[alg].head, keys[alg].head_len);
	at += keys[alg].len;
	if (keys[alg].rsa)
		memcpy(out + at - sizeof(rsa_tail), rsa_tail, sizeof(rsa_tail));
	return at;
}

size_t
mini_cert(enum sy_key_alg alg, uint8_t *out)
{
	uint8_t key[MINI_CERT_MAX], tbs[MINI_CERT_MAX];
	const size_t key_len = put_key(alg, key, 0);
	size_t len = 0, at;

	len = put_sequence(tbs, 0, sizeof(before_key) + key_len);
	len = put(tbs, len, before_key, sizeof(before_key));
	len = put(tbs, len, key, key_len);
	at = put_sequence(out, 0, len + sizeof(after_tbs));
	at = put(out, at, tbs, len);
	return put(out, at, after_tbs, sizeof(after_tbs));
}
