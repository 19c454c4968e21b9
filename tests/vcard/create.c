/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>
#include <string.h>

#include "create.h"
#include "jpki.h"
#include "key.h"
#include "piv.h"

static const struct {
	const char *name;
	enum vc_type type;
	enum vc_proto proto;
	const char *hex;
} atrs[] = {
	/* The first of each type and protocol is its default. */
	{ "jpki", VC_JPKI, VC_T1, "3be000ff8131fe4514" },
	{ "jpki-contactless", VC_JPKI, VC_T1, "3b888001000005e0b381a1007f" },
	{ "jpki-da", VC_JPKI, VC_T1, "3bda13ff8131fb468012392f31c173c601c03b" },
	/* Nobody issues these; they make hosts speak T=0. */
	{ "jpki-t0", VC_JPKI, VC_T0, "3b6700004a504b492d5430" },
	{ "yubikey5", VC_PIV, VC_T1,
	    "3bfd1300008131fe158073c021c057597562694b657940" },
	{ "yubikey4", VC_PIV, VC_T1, "3bf81300008131fe15597562696b657934d4" },
	{ "gemalto", VC_PIV, VC_T0, "3b7d96000080318065b0831117d683009000" },
	{ "fido", VC_FIDO, VC_T1, "3b80800101" },
	{ "fido-t0", VC_FIDO, VC_T0, "3b00" },
	{ "oberthur", VC_PIV, VC_T0, "3bdb9600801f030031c06477e30300829000c1" },
};

const char *
vc_atr_names(void)
{
	return "jpki jpki-contactless jpki-da jpki-t0 yubikey5 yubikey4 "
	       "gemalto oberthur";
}

static enum sy_err
set_atr(struct vc_card *c, const char *want)
{
	for (size_t i = 0; i < SY_COUNT(atrs); i++) {
		if (want != NULL
			? strcmp(want, atrs[i].name) != 0
			: atrs[i].type != c->type || atrs[i].proto != c->proto)
			continue;
		c->proto = atrs[i].proto;
		return vc_hex_get(atrs[i].hex, c->atr, sizeof(c->atr),
		    &c->atrlen);
	}
	return want == NULL
	    ? SY_ERR_ARG
	    : vc_hex_get(want, c->atr, sizeof(c->atr), &c->atrlen);
}

static enum sy_err
set_pin(struct vc_pin *pin, const char *text, size_t padded, unsigned int tries)
{
	const size_t len = strlen(text);

	if (len == 0 || len > sizeof(pin->value) || (padded && len > padded))
		return SY_ERR_PIN_FORMAT;
	memset(pin->value, 0xff, padded);
	memcpy(pin->value, text, len);
	pin->len = padded ? padded : len;
	pin->max = tries;
	pin->left = tries;
	return SY_OK;
}

/* "17,9a" holds ${ref}. */
static bool
listed(const char *list, uint8_t ref)
{
	char hex[3];

	vc_hex_put(&ref, 1, hex);
	return list != NULL && strstr(list, hex) != NULL;
}

static enum sy_err
add_key(const struct vc_recipe *r, uint8_t ref, enum vc_policy policy,
    struct vc_key **ret)
{
	struct vc_key *key = vc_card_key_slot(r->card, ref);
	enum sy_err err;

	if (key == NULL)
		return SY_ERR_LIMIT;
	if ((err = vc_key_generate(r->alg, &key->pkey)) != SY_OK)
		return err;
	key->alg = r->alg;
	key->policy = listed(r->open_keys, ref) ? VC_NEVER : policy;
	*ret = key;
	return SY_OK;
}

/* The certificate of ${key}, or of a key that is not on the card. */
static enum sy_err
issue(const struct vc_recipe *r, const struct vc_issuer *issuer,
    const struct vc_key *key, struct vc_bytes *der, int dirfd, const char *name)
{
	const struct vc_cert_spec spec = { r->subject, r->from_days, r->to_days,
		false, NULL };
	EVP_PKEY *other = NULL;
	X509 *cert = NULL;
	enum sy_err err;

	if (listed(r->other_cert, key->ref) &&
	    (err = vc_key_generate(r->alg, &other)) != SY_OK)
		return err;
	err = vc_cert_issue(issuer, &spec, other != NULL ? other : key->pkey,
	    &cert);
	EVP_PKEY_free(other);
	if (err != SY_OK)
		return err;
	if (dirfd != -1)
		err = vc_cert_write(dirfd, name, cert);
	if (err == SY_OK)
		err = vc_cert_der(cert, der);
	X509_free(cert);
	return err;
}

/* Certificate files of a real card are longer than what they hold. */
static enum sy_err
put_jpki_cert(struct vc_card *c, uint32_t ef, struct vc_bytes *der)
{
	for (size_t i = 0; i < c->file_pad; i++)
		vc_bytes_u8(der, 0);
	return der->bad ? SY_ERR_LIMIT : vc_card_put(c, ef, der->b, der->len);
}

static enum sy_err
jpki_pair(const struct vc_recipe *r, const struct vc_issuer *issuer,
    uint8_t key_ref, uint32_t cert_ef, int dirfd, const char *name)
{
	struct vc_bytes der;
	struct vc_key *key;
	enum sy_err err;

	vc_bytes_reset(&der);
	if ((err = add_key(r, key_ref, VC_ONCE, &key)) != SY_OK ||
	    (err = issue(r, issuer, key, &der, dirfd, name)) != SY_OK)
		return err;
	return put_jpki_cert(r->card, cert_ef, &der);
}

static enum sy_err
jpki_ca(const struct vc_recipe *r, const struct vc_issuer *issuer, uint32_t ef)
{
	struct vc_bytes der;
	enum sy_err err;

	vc_bytes_reset(&der);
	if ((err = vc_cert_der(issuer->cert, &der)) != SY_OK)
		return err;
	return put_jpki_cert(r->card, ef, &der);
}

static enum sy_err
create_jpki(const struct vc_recipe *r, const struct vc_issuer *issuer,
    int dirfd)
{
	struct vc_card *c = r->card;
	char token[JPKI_TOKEN_LEN + 1];
	enum sy_err err;

	if (!vc_alg_is_rsa(r->alg))
		return SY_ERR_ALGORITHM;
	snprintf(token, sizeof(token), "%-*s", (int)JPKI_TOKEN_LEN,
	    c->phone ? "JPKIAPGPSETOKEN" : "JPKIAPICCTOKEN");
	if ((err = set_pin(&c->pins[VC_PIN_AUTH], r->pin, 0, r->tries)) !=
		SY_OK ||
	    (err = set_pin(&c->pins[VC_PIN_SIGN], r->sign_pin, 0, 5)) !=
		SY_OK ||
	    (err = vc_card_put(c, JPKI_EF_TOKEN, token, JPKI_TOKEN_LEN)) !=
		SY_OK ||
	    (err = jpki_pair(r, issuer, JPKI_EF_AUTH_KEY, JPKI_EF_AUTH_CERT,
		 dirfd, "cert-auth.pem")) != SY_OK ||
	    (err = jpki_pair(r, issuer, JPKI_EF_SIGN_KEY, JPKI_EF_SIGN_CERT,
		 dirfd, "cert-sign.pem")) != SY_OK ||
	    (err = jpki_ca(r, issuer, JPKI_EF_AUTH_CA)) != SY_OK)
		return err;
	return jpki_ca(r, issuer, JPKI_EF_SIGN_CA);
}

static enum sy_err
set_mgmt(struct vc_card *c, const char *name, const char *hex)
{
	static const struct {
		const char *name;
		uint8_t alg;
		size_t len;
	} known[] = {
		{ "3des", PIV_MGMT_3DES, 24 },
		{ "aes128", PIV_MGMT_AES128, 16 },
		{ "aes192", PIV_MGMT_AES192, 24 },
		{ "aes256", PIV_MGMT_AES256, 32 },
	};
	enum sy_err err;

	for (size_t i = 0; i < SY_COUNT(known); i++) {
		if (strcmp(name, known[i].name) != 0)
			continue;
		c->mgmt_alg = known[i].alg;
		if (hex == NULL) {
			/* 01..08 over and over: what makers deliver. */
			for (size_t k = 0; k < known[i].len; k++)
				c->mgmt[k] = (uint8_t)(k % 8 + 1);
			c->mgmtlen = known[i].len;
			return SY_OK;
		}
		if ((err = vc_hex_get(hex, c->mgmt, sizeof(c->mgmt),
			 &c->mgmtlen)) != SY_OK)
			return err;
		return c->mgmtlen == known[i].len ? SY_OK : SY_ERR_FORMAT;
	}
	return SY_ERR_NOT_FOUND;
}

/* SP 800-73-4 part 1, table 9: FASC-N, GUID, expiry, no signature, no LRC. */
static enum sy_err
put_chuid(struct vc_card *c)
{
	static const uint8_t fascn[] = { 0xd4, 0xe7, 0x39, 0xda, 0x73, 0x9c,
		0xed, 0x39, 0xce, 0x73, 0x9d, 0x83, 0x68, 0x58, 0x21, 0x08,
		0x42, 0x10, 0x84, 0x21, 0xc8, 0x42, 0x10, 0xc3, 0xeb };
	struct vc_bytes o;
	uint8_t guid[16];

	if (RAND_bytes(guid, sizeof(guid)) != 1)
		return SY_ERR_CRYPTO;
	vc_bytes_reset(&o);
	vc_bytes_tlv(&o, 0x30, fascn, sizeof(fascn));
	vc_bytes_tlv(&o, 0x34, guid, sizeof(guid));
	vc_bytes_tlv(&o, 0x35, "20501231", 8);
	vc_bytes_tl(&o, 0x3e, 0);
	vc_bytes_tl(&o, 0xfe, 0);
	return vc_card_put(c, PIV_OBJ_CHUID, o.b, o.len);
}

/* SP 800-73-4 part 1, table 8: card identifier, versions, empty lists. */
static enum sy_err
put_ccc(struct vc_card *c)
{
	static const uint8_t empty[] = { 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xfa,
		0xfb, 0xfc, 0xfd, 0xfe };
	static const uint8_t version = 0x21;
	uint8_t id[21] = { 0xa0, 0x00, 0x00, 0x01, 0x16, 0xff, 0x02 };
	struct vc_bytes o;

	if (RAND_bytes(id + 7, (int)sizeof(id) - 7) != 1)
		return SY_ERR_CRYPTO;
	vc_bytes_reset(&o);
	vc_bytes_tlv(&o, 0xf0, id, sizeof(id));
	vc_bytes_tlv(&o, 0xf1, &version, 1);
	vc_bytes_tlv(&o, 0xf2, &version, 1);
	for (size_t i = 0; i < sizeof(empty); i++)
		vc_bytes_tl(&o, empty[i], 0);
	return vc_card_put(c, PIV_OBJ_CCC, o.b, o.len);
}

/* SP 800-73-4 part 1, 3.3.2: the PIV PIN alone unlocks the card. */
static enum sy_err
put_discovery(struct vc_card *c)
{
	static const uint8_t discovery[] = { 0x7e, 0x12, 0x4f, 0x0b, 0xa0, 0x00,
		0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00, 0x5f,
		0x2f, 0x02, 0x40, 0x00 };

	return vc_card_put(c, PIV_OBJ_DISCOVERY, discovery, sizeof(discovery));
}

static enum sy_err
piv_pair(const struct vc_recipe *r, const struct vc_issuer *issuer, uint8_t ref,
    uint32_t object, int dirfd)
{
	static const uint8_t plain = 0;
	struct vc_bytes der, o;
	struct vc_key *key;
	char name[16];
	enum sy_err err;

	snprintf(name, sizeof(name), "cert-%02x.pem", ref);
	vc_bytes_reset(&der);
	if ((err = add_key(r, ref, vc_piv_policy(ref), &key)) != SY_OK ||
	    (err = issue(r, issuer, key, &der, dirfd, name)) != SY_OK)
		return err;
	if (r->bare_cert)
		return vc_card_put(r->card, object, der.b, der.len);
	vc_bytes_reset(&o);
	vc_bytes_tlv(&o, 0x70, der.b, der.len);
	vc_bytes_tlv(&o, 0x71, &plain, 1);
	vc_bytes_tl(&o, 0xfe, 0);
	return vc_card_put(r->card, object, o.b, o.len);
}

static enum sy_err
create_piv(const struct vc_recipe *r, const struct vc_issuer *issuer, int dirfd)
{
	static const struct {
		uint8_t ref;
		uint32_t object;
	} slots[] = {
		{ PIV_KEY_AUTH, PIV_OBJ_CERT_AUTH },
		{ PIV_KEY_SIGN, PIV_OBJ_CERT_SIGN },
		{ PIV_KEY_DECIPHER, PIV_OBJ_CERT_DECIPHER },
		{ PIV_KEY_CARD, PIV_OBJ_CERT_CARD },
	};
	struct vc_card *c = r->card;
	enum sy_err err;

	if ((err = set_pin(&c->pins[VC_PIN_PIV], r->pin, PIV_PIN_LEN,
		 r->tries)) != SY_OK ||
	    (err = set_pin(&c->pins[VC_PIN_PUK], r->puk, PIV_PIN_LEN, 3)) !=
		SY_OK ||
	    (err = set_mgmt(c, r->mgmt, r->mgmt_key)) != SY_OK ||
	    (err = put_chuid(c)) != SY_OK || (err = put_ccc(c)) != SY_OK ||
	    (err = put_discovery(c)) != SY_OK)
		return err;
	for (size_t i = 0; !r->empty && i < SY_COUNT(slots); i++)
		if ((err = piv_pair(r, issuer, slots[i].ref, slots[i].object,
			 dirfd)) != SY_OK)
			return err;
	return SY_OK;
}

enum sy_err
vc_create(const struct vc_recipe *r, const struct vc_issuer *issuer, int dirfd)
{
	struct vc_card *c = r->card;
	enum sy_err err;

	if ((err = set_atr(c, r->atr)) != SY_OK)
		return err;
	/* Its key is made by vkey. */
	if (c->type == VC_FIDO)
		return SY_OK;
	err = c->type == VC_JPKI ? create_jpki(r, issuer, dirfd)
				 : create_piv(r, issuer, dirfd);
	if (err == SY_OK && r->left != 0)
		c->pins[0].left = r->left;
	return err;
}
