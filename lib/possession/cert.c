/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <sanyoso/text.h>

#include "spki.h"
#include "trust_int.h"

#define PLACE       "certificate"
#define CA_RSA_BITS 4096 /* allowed for CAs besides the kinds of sy_key_alg */

/* id-PIV-cardAuth, FIPS 201-3 section 4.3 (the key of slot 9E). */
#define OID_PIV_CARD_AUTH "2.16.840.1.101.3.6.8"

static void
free_openssl(uint8_t **bytes)
{
	OPENSSL_free(*bytes);
	*bytes = NULL;
}

enum sy_err
sy_cert_read(const uint8_t *der, size_t len, X509 **ret_x,
    struct sy_error *reterr)
{
	SY_AUTO(sy_x509_free) X509 *x = NULL;
	SY_AUTO(free_openssl) uint8_t *again = NULL;
	const uint8_t *at = der;
	int again_len;

	if (len == 0 || len > SY_CERT_SIZE_MAX)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "a certificate has 1 to %d bytes, not %zu",
		    SY_CERT_SIZE_MAX, len);
	ERR_set_mark();
	x = d2i_X509(NULL, &at, (long)len);
	ERR_pop_to_mark();
	if (x == NULL || at != der + len)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "not one certificate in DER");
	/* OpenSSL reads BER; what it would have written is DER. */
	again_len = i2d_X509(x, &again);
	if (again_len < 0)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	if ((size_t)again_len != len || memcmp(again, der, len) != 0)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "the certificate is not in DER");
	*ret_x = x;
	x = NULL;
	return SY_OK;
}

bool
sy_cert_signature_allowed(int nid)
{
	switch (nid) {
	case NID_sha256WithRSAEncryption:
	case NID_sha384WithRSAEncryption:
	case NID_sha512WithRSAEncryption:
	case NID_ecdsa_with_SHA256:
	case NID_ecdsa_with_SHA384:
	case NID_ecdsa_with_SHA512:
		return true;
	default:
		return false;
	}
}

enum sy_err
sy_cert_time(const ASN1_TIME *time, int64_t *ret)
{
	struct tm tm;

	if (time == NULL || !ASN1_TIME_to_tm(time, &tm))
		return SY_ERR_FORMAT;
	*ret = timegm(&tm);
	return SY_OK;
}

void
sy_cert_common_name(const X509_NAME *name, char *out, size_t cap)
{
	SY_AUTO(free_openssl) uint8_t *text = NULL;
	const ASN1_STRING *value;
	int at = -1, last = -1, len;

	out[0] = '\0';
	/* The last one is the most specific. */
	while ((at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0)
		last = at;
	if (last < 0)
		return;
	value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last));
	len = ASN1_STRING_to_UTF8(&text, value);
	if (len > 0 && sy_text_is_clean((const char *)text, (size_t)len))
		sy_text_cut((const char *)text, (size_t)len, out, cap);
}

/* The key's DER; free with OPENSSL_free. */
static enum sy_err
spki_of(X509 *x, uint8_t **ret_der, size_t *ret_len)
{
	const int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), ret_der);

	if (len < 0)
		return SY_ERR_NOMEM;
	*ret_len = (size_t)len;
	return SY_OK;
}

bool
sy_cert_ca_key_allowed(X509 *ca)
{
	SY_AUTO(free_openssl) uint8_t *der = NULL;
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	struct sy_spki spki;
	size_t len;

	if (spki_of(ca, &der, &len) != SY_OK)
		return false;
	if (sy_key_from_spki(der, len, &key, NULL) == SY_OK)
		return sy_key_alg(key) != SY_KEY_ED25519;
	return sy_spki_parse(der, len, &spki, NULL) == SY_OK &&
	    spki.family == SY_SPKI_RSA && spki.bits == CA_RSA_BITS;
}

/* Authenticating a person is among the uses named, if any are named. */
static bool
extended_usage_allowed(X509 *x)
{
	EXTENDED_KEY_USAGE *uses;
	bool allowed = false;
	int critical;

	uses = X509_get_ext_d2i(x, NID_ext_key_usage, &critical, NULL);
	if (uses == NULL)
		return critical == -1; /* -1: there is no such extension */
	for (int i = 0; i < sk_ASN1_OBJECT_num(uses); i++) {
		const ASN1_OBJECT *use = sk_ASN1_OBJECT_value(uses, i);
		char oid[64];

		switch (OBJ_obj2nid(use)) {
		case NID_client_auth:
		case NID_anyExtendedKeyUsage:
		case NID_ms_smartcard_login:
			allowed = true;
			continue;
		default:
			break;
		}
		if (OBJ_obj2txt(oid, sizeof(oid), use, 1) > 0 &&
		    strcmp(oid, OID_PIV_CARD_AUTH) == 0)
			allowed = true;
	}
	EXTENDED_KEY_USAGE_free(uses);
	return allowed;
}

static enum sy_err
check_usage(X509 *x, struct sy_error *reterr)
{
	/* X509_get_key_usage says "all" where the extension is missing: then
	 * nobody has said that the key is for authentication. */
	if (X509_get_ext_by_NID(x, NID_key_usage, -1) < 0 ||
	    (X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) == 0)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "the key usage is not digitalSignature");
	/* The second is a guess at old forms too. */
	if ((X509_get_extension_flags(x) & EXFLAG_CA) != 0 ||
	    X509_check_ca(x) != 0)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "this is the certificate of a CA, not of a card");
	if ((X509_get_extension_flags(x) & EXFLAG_INVALID) != 0)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "the certificate has an invalid extension");
	if (!extended_usage_allowed(x))
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "the extended key usage does not allow authentication");
	if (!sy_cert_signature_allowed(X509_get_signature_nid(x)))
		return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "the certificate is not signed by RSA or ECDSA with "
		    "SHA-256 or better");
	return SY_OK;
}

/* A card's key. */
static enum sy_err
read_key(X509 *x, struct sy_key **ret_key, struct sy_error *reterr)
{
	SY_AUTO(free_openssl) uint8_t *der = NULL;
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	size_t len;
	enum sy_err err;

	if ((err = spki_of(x, &der, &len)) != SY_OK)
		return sy_error_set(reterr, err, PLACE, "out of memory");
	err = sy_key_from_spki(der, len, &key, reterr);
	/* A key that is none makes the certificate one that is none. */
	if (err == SY_ERR_FORMAT) {
		err = SY_ERR_CERT;
		if (reterr != NULL)
			reterr->code = err;
	}
	if (err != SY_OK)
		return err;
	if (sy_key_alg(key) == SY_KEY_ED25519)
		return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "keys of Ed25519 are not accepted of cards");
	*ret_key = key;
	key = NULL;
	return SY_OK;
}

enum sy_err
sy_cert_describe(X509 *x, struct sy_cert *ret_cert, struct sy_error *reterr)
{
	SY_AUTO(sy_cert_clear) struct sy_cert cert = { 0 };
	enum sy_err err;

	if ((err = read_key(x, &cert.key, reterr)) != SY_OK ||
	    (err = check_usage(x, reterr)) != SY_OK)
		return err;
	if (sy_cert_time(X509_get0_notBefore(x), &cert.not_before) != SY_OK ||
	    sy_cert_time(X509_get0_notAfter(x), &cert.not_after) != SY_OK)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "the certificate's dates are malformed");
	sy_cert_common_name(X509_get_subject_name(x), cert.subject,
	    sizeof(cert.subject));
	sy_cert_common_name(X509_get_issuer_name(x), cert.issuer,
	    sizeof(cert.issuer));
	if (!X509_digest(x, EVP_sha256(), cert.sha256, NULL))
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "the certificate's digest could not be made");
	*ret_cert = cert;
	cert.key = NULL;
	return SY_OK;
}

enum sy_err
sy_cert_parse(const uint8_t *der, size_t len, struct sy_cert *ret_cert,
    struct sy_error *reterr)
{
	SY_AUTO(sy_x509_free) X509 *x = NULL;
	enum sy_err err;

	if ((err = sy_cert_read(der, len, &x, reterr)) != SY_OK)
		return err;
	ERR_set_mark();
	err = sy_cert_describe(x, ret_cert, reterr);
	ERR_pop_to_mark();
	return err;
}

void
sy_cert_clear(struct sy_cert *cert)
{
	sy_key_free(&cert->key);
	*cert = (struct sy_cert){ 0 };
}
