/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "key.h"
#include "piv.h"

/* Tags inside the dynamic authentication template, SP 800-73-4 table 7. */
#define TAG_TEMPLATE  0x7c
#define TAG_WITNESS   0x80
#define TAG_CHALLENGE 0x81
#define TAG_RESPONSE  0x82
#define BLOCK_MAX     16U

struct template
{
	struct vc_in witness, challenge, response;
	bool has_witness, has_challenge, has_response;
};

static enum sy_err
parse_template(struct vc_in in, struct template *ret)
{
	struct vc_in value;
	enum sy_err err;
	uint32_t tag;

	memset(ret, 0, sizeof(*ret));
	while (in.left > 0) {
		if ((err = vc_in_tlv(&in, &tag, &value)) != SY_OK)
			return err;
		if (tag == TAG_WITNESS) {
			ret->witness = value;
			ret->has_witness = true;
		} else if (tag == TAG_CHALLENGE) {
			ret->challenge = value;
			ret->has_challenge = true;
		} else if (tag == TAG_RESPONSE) {
			ret->response = value;
			ret->has_response = true;
		} else {
			return SY_ERR_FORMAT;
		}
	}
	return SY_OK;
}

static bool
may_sign(const struct vc_card *card, const struct vc_key *key)
{
	if (key->policy == VC_NEVER)
		return true;
	if (!card->pins[VC_PIN_PIV].verified)
		return false;
	return key->policy == VC_ONCE || card->pin_fresh;
}

static enum sy_err
sign(struct vc_key *key, const struct vc_in *what, struct vc_bytes *sig)
{
	const size_t size = vc_alg_size(key->alg);

	if (vc_alg_is_rsa(key->alg)) {
		if (what->left != size)
			return SY_ERR_FORMAT;
		return vc_key_rsa_raw(key->pkey, what->at, what->left, sig);
	}
	if (what->left == 0 || what->left > size)
		return SY_ERR_FORMAT;
	return vc_key_ecdsa(key->pkey, what->at, what->left, sig);
}

static uint16_t
internal_authenticate(struct vc_card *card, const struct vc_apdu *apdu,
    const struct vc_in *in, struct vc_bytes *out)
{
	struct vc_key *key = vc_card_key(card, apdu->p2);
	struct vc_bytes sig, inner;
	struct template t;
	bool allowed;

	if (key == NULL)
		return SW_NO_REFERENCE;
	if (key->alg != apdu->p1)
		return SW_WRONG_P1P2;
	allowed = may_sign(card, key);
	card->pin_fresh = false;
	if (!allowed)
		return SW_SECURITY;
	if (parse_template(*in, &t) != SY_OK || !t.has_response ||
	    t.response.left != 0 || !t.has_challenge || t.has_witness)
		return SW_WRONG_DATA;
	vc_bytes_reset(&sig);
	if (sign(key, &t.challenge, &sig) != SY_OK)
		return SW_WRONG_DATA;
	vc_bytes_reset(&inner);
	vc_bytes_tlv(&inner, TAG_RESPONSE, sig.b, sig.len);
	vc_bytes_tlv(out, TAG_TEMPLATE, inner.b, inner.len);
	card->counts.signatures++;
	card->dirty = true;
	return SW_OK;
}

uint16_t
vc_piv_authenticate(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_in all = { apdu->data, apdu->lc }, in;
	uint32_t tag;

	if (vc_in_tlv(&all, &tag, &in) != SY_OK || tag != TAG_TEMPLATE ||
	    all.left != 0) {
		card->pin_fresh = false;
		return SW_WRONG_DATA;
	}
	if (apdu->p2 == PIV_KEY_ADMIN) {
		card->pin_fresh = false;
		return vc_piv_admin(card, apdu, in, out);
	}
	return internal_authenticate(card, apdu, &in, out);
}

static size_t
block_len(uint8_t alg)
{
	return alg == PIV_MGMT_3DES ? 8 : 16;
}

/* One block under the management key. */
static enum sy_err
cipher(const struct vc_card *card, bool encrypt, const uint8_t *p, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const EVP_CIPHER *c = card->mgmt_alg == PIV_MGMT_3DES
	    ? EVP_des_ede3_ecb()
	    : card->mgmtlen == 16 ? EVP_aes_128_ecb()
	    : card->mgmtlen == 24 ? EVP_aes_192_ecb()
				  : EVP_aes_256_ecb();
	const int n = (int)block_len(card->mgmt_alg);
	int len = 0;
	bool ok;

	ok = ctx != NULL &&
	    EVP_CipherInit_ex(ctx, c, NULL, card->mgmt, NULL, encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_CipherUpdate(ctx, out, &len, p, n) == 1 && len == n;
	EVP_CIPHER_CTX_free(ctx);
	return ok ? SY_OK : SY_ERR_CRYPTO;
}

/* Step 1 of both ways: the card sends a challenge, or a witness in cipher. */
static uint16_t
admin_begin(struct vc_card *card, bool witness, struct vc_bytes *out)
{
	const size_t n = block_len(card->mgmt_alg);
	uint8_t shown[BLOCK_MAX];

	card->admin = false;
	if (RAND_bytes(card->challenge, (int)n) != 1)
		return SW_FAILED;
	memcpy(shown, card->challenge, n);
	if (witness && cipher(card, true, card->challenge, shown) != SY_OK)
		return SW_FAILED;
	card->challengelen = n;
	card->witness = witness;
	vc_bytes_tl(out, TAG_TEMPLATE, n + 2);
	vc_bytes_tlv(out, witness ? TAG_WITNESS : TAG_CHALLENGE, shown, n);
	return SW_OK;
}

/* Single authentication, step 2: our challenge comes back in cipher. */
static uint16_t
admin_single(struct vc_card *card, const struct template *t)
{
	uint8_t expected[BLOCK_MAX];
	const size_t n = card->challengelen;

	card->challengelen = 0;
	if (n == 0 || card->witness)
		return SW_CONDITIONS;
	if (t->response.left != n)
		return SW_WRONG_DATA;
	if (cipher(card, true, card->challenge, expected) != SY_OK)
		return SW_FAILED;
	if (CRYPTO_memcmp(expected, t->response.at, n) != 0)
		return SW_SECURITY;
	card->admin = true;
	return SW_OK;
}

/* Mutual, step 2: the witness in clear and a challenge of the host. */
static uint16_t
admin_mutual(struct vc_card *card, const struct template *t,
    struct vc_bytes *out)
{
	uint8_t answer[BLOCK_MAX];
	const size_t n = card->challengelen;

	card->challengelen = 0;
	if (n == 0 || !card->witness)
		return SW_CONDITIONS;
	if (t->witness.left != n || t->challenge.left != n)
		return SW_WRONG_DATA;
	if (CRYPTO_memcmp(card->challenge, t->witness.at, n) != 0)
		return SW_SECURITY;
	if (cipher(card, true, t->challenge.at, answer) != SY_OK)
		return SW_FAILED;
	card->admin = true;
	vc_bytes_tl(out, TAG_TEMPLATE, n + 2);
	vc_bytes_tlv(out, TAG_RESPONSE, answer, n);
	return SW_OK;
}

uint16_t
vc_piv_admin(struct vc_card *card, const struct vc_apdu *apdu, struct vc_in in,
    struct vc_bytes *out)
{
	struct template t;

	/* 00 means 3DES too (SP 800-78-4 table 6-2). */
	if (apdu->p1 != card->mgmt_alg &&
	    !(apdu->p1 == 0 && card->mgmt_alg == PIV_MGMT_3DES))
		return SW_WRONG_P1P2;
	if (card->mgmtlen == 0)
		return SW_NO_REFERENCE;
	if (parse_template(in, &t) != SY_OK)
		return SW_WRONG_DATA;
	if (t.has_witness && t.witness.left > 0 && t.has_challenge)
		return admin_mutual(card, &t, out);
	if (t.has_response && t.response.left > 0)
		return admin_single(card, &t);
	if (t.has_witness && t.witness.left == 0)
		return admin_begin(card, true, out);
	if (t.has_challenge && t.challenge.left == 0)
		return admin_begin(card, false, out);
	return SW_WRONG_DATA;
}
