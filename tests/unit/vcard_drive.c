/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard_drive.h"

#include <openssl/rsa.h>
#include <string.h>

struct vc_recipe
drive_recipe(struct vc_card *card)
{
	const bool jpki = card->type == VC_JPKI;

	return (struct vc_recipe){ .alg = jpki ? VC_RSA1024 : VC_P256,
		.subject = "/C=JP/CN=Unit",
		.pin = jpki ? "1234" : "246802",
		.sign_pin = "ABC123",
		.puk = "12345678",
		.tries = 3,
		.mgmt = "3des",
		.from_days = -1,
		.to_days = 365,
		.card = card };
}

void
drive_create(const struct vc_recipe *recipe)
{
	const struct vc_cert_spec spec = { "/CN=Unit CA", -1, 10, true, NULL };
	struct vc_issuer ca = { NULL, NULL };

	assert_int_equal(vc_key_generate(VC_P256, &ca.key), SY_OK);
	assert_int_equal(vc_cert_issue(NULL, &spec, ca.key, &ca.cert), SY_OK);
	assert_int_equal(vc_create(recipe, &ca, -1), SY_OK);
	vc_issuer_clear(&ca);
}

struct vc_card *
drive_card(enum vc_type type, enum vc_proto proto)
{
	struct vc_card *card = NULL;
	struct vc_recipe recipe;

	assert_int_equal(vc_card_new(type, &card), SY_OK);
	card->proto = proto;
	card->no_le = type == VC_JPKI ? VC_NO_LE_STRICT : VC_NO_LE_DATA;
	recipe = drive_recipe(card);
	drive_create(&recipe);
	vc_card_power(card);
	return card;
}

uint16_t
drive_raw(struct vc_card *card, const uint8_t *p, size_t len,
    struct vc_bytes *reply)
{
	vc_card_transmit(card, p, len, reply);
	assert_false(reply->bad);
	assert_true(reply->len >= 2);
	reply->len -= 2;
	return (uint16_t)(reply->b[reply->len] << 8 | reply->b[reply->len + 1]);
}

uint16_t
drive(struct vc_card *card, const char *hex, struct vc_bytes *reply)
{
	uint8_t raw[VC_BYTES_MAX];
	size_t len;

	assert_int_equal(vc_hex_get(hex, raw, sizeof(raw), &len), SY_OK);
	return drive_raw(card, raw, len, reply);
}

uint16_t
drive_all(struct vc_card *card, const char *hex, struct vc_bytes *reply)
{
	struct vc_bytes part;
	uint16_t sw = drive(card, hex, reply);
	char more[] = "00c0000000";

	while ((sw & 0xff00) == SW_MORE) {
		const uint8_t left = (uint8_t)sw;

		vc_hex_put(&left, 1, more + 8);
		sw = drive(card, more, &part);
		vc_bytes_raw(reply, part.b, part.len);
	}
	return sw;
}

void
drive_steps(struct vc_card *card, const struct step *steps, size_t n)
{
	struct vc_bytes reply;
	char hex[2 * VC_BYTES_MAX + 1];

	for (size_t i = 0; i < n; i++) {
		print_message("  %s\n", steps[i].what);
		if (steps[i].command == NULL) {
			vc_card_power(card);
			continue;
		}
		assert_int_equal(drive(card, steps[i].command, &reply),
		    steps[i].sw);
		vc_hex_put(reply.b, reply.len, hex);
		if (steps[i].data != NULL)
			assert_string_equal(hex, steps[i].data);
	}
}

bool
drive_signature_ok(EVP_PKEY *key, const uint8_t *sig, size_t siglen,
    const uint8_t *hash, size_t hashlen)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	const bool rsa = EVP_PKEY_is_a(key, "RSA");
	bool ok;

	ok = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	    (!rsa ||
		(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1)) &&
	    EVP_PKEY_verify(ctx, sig, siglen, hash, hashlen) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}
