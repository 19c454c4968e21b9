/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "trust_int.h"

enum sy_err
sy_serial_from(const ASN1_INTEGER *number, struct sy_serial *ret)
{
	const int len = ASN1_STRING_length(number);
	struct sy_serial serial = { 0 };

	if (len < 0 || len > SY_SERIAL_MAX ||
	    ASN1_STRING_type(number) != V_ASN1_INTEGER)
		return SY_ERR_FORMAT;
	serial.len = (uint8_t)len;
	if (len > 0)
		memcpy(serial.bytes, ASN1_STRING_get0_data(number),
		    (size_t)len);
	*ret = serial;
	return SY_OK;
}

static int
compare(const void *a, const void *b)
{
	const struct sy_serial *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->bytes, y->bytes, x->len);
}

/* The CA that signed ${crl}, or NULL. */
static X509 *
issuer_of(X509_CRL *crl, STACK_OF(X509) * cas)
{
	for (int i = 0; i < sk_X509_num(cas); i++) {
		X509 *ca = sk_X509_value(cas, i);

		if (X509_NAME_cmp(X509_get_subject_name(ca),
			X509_CRL_get_issuer(crl)) == 0 &&
		    (X509_get_key_usage(ca) & KU_CRL_SIGN) != 0 &&
		    X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1)
			return ca;
	}
	return NULL;
}

/* A list that covers only a part of the certificates, or adds to another one,
 * says so in a critical extension. */
static bool
has_critical(const STACK_OF(X509_EXTENSION) * extensions)
{
	for (int i = 0; i < X509v3_get_ext_count(extensions); i++) {
		if (X509_EXTENSION_get_critical(X509v3_get_ext(extensions,
			i)) != 0)
			return true;
	}
	return false;
}

static enum sy_err
check_form(X509_CRL *crl, const char *place, struct sy_error *reterr)
{
	if (!sy_cert_signature_allowed(X509_CRL_get_signature_nid(crl)))
		return sy_error_set(reterr, SY_ERR_ALGORITHM, place,
		    "the revocation list is not signed by RSA or ECDSA with "
		    "SHA-256 or better");
	if (has_critical(X509_CRL_get0_extensions(crl)))
		return sy_error_set(reterr, SY_ERR_CERT, place,
		    "the revocation list is partial, indirect or a delta: "
		    "only whole lists are accepted");
	return SY_OK;
}

static enum sy_err
read_serials(X509_CRL *crl, struct sy_crl *out, const char *place,
    struct sy_error *reterr)
{
	STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(crl);
	const int count = revoked != NULL ? sk_X509_REVOKED_num(revoked) : 0;

	/* One more than needed, so that an empty list is no failure. */
	out->serials = calloc((size_t)count + 1, sizeof(*out->serials));
	if (out->serials == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, place,
		    "out of memory");
	for (int i = 0; i < count; i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(revoked, i);

		if (has_critical(X509_REVOKED_get0_extensions(entry)) ||
		    sy_serial_from(X509_REVOKED_get0_serialNumber(entry),
			&out->serials[i]) != SY_OK)
			return sy_error_set(reterr, SY_ERR_CERT, place,
			    "entry %d of the revocation list is of an unknown "
			    "kind",
			    i + 1);
	}
	out->count = (size_t)count;
	qsort(out->serials, out->count, sizeof(*out->serials), compare);
	return SY_OK;
}

enum sy_err
sy_crl_read(X509_CRL *crl, STACK_OF(X509) * cas, struct sy_crl *ret_crl,
    const char *place, struct sy_error *reterr)
{
	SY_AUTO(sy_crl_clear) struct sy_crl out = { 0 };
	X509 *issuer;
	enum sy_err err;

	if ((err = check_form(crl, place, reterr)) != SY_OK)
		return err;
	if (sy_cert_time(X509_CRL_get0_lastUpdate(crl), &out.this_update) !=
		SY_OK ||
	    sy_cert_time(X509_CRL_get0_nextUpdate(crl), &out.next_update) !=
		SY_OK)
		return sy_error_set(reterr, SY_ERR_CERT, place,
		    "the revocation list does not say until when it is valid");
	if ((issuer = issuer_of(crl, cas)) == NULL)
		return sy_error_set(reterr, SY_ERR_CERT_PATH, place,
		    "the revocation list is signed by none of the CAs");
	if ((err = read_serials(crl, &out, place, reterr)) != SY_OK)
		return err;
	X509_up_ref(issuer);
	out.issuer = issuer;
	*ret_crl = out;
	out = (struct sy_crl){ 0 };
	return SY_OK;
}

void
sy_crl_clear(struct sy_crl *crl)
{
	X509_free(crl->issuer);
	free(crl->serials);
	*crl = (struct sy_crl){ 0 };
}

bool
sy_crl_is_of(const struct sy_crl *crl, X509 *issuer)
{
	/* A CA may have several certificates for one name and key. */
	return X509_NAME_cmp(X509_get_subject_name(crl->issuer),
		   X509_get_subject_name(issuer)) == 0 &&
	    EVP_PKEY_eq(X509_get0_pubkey(crl->issuer),
		X509_get0_pubkey(issuer)) == 1;
}

enum sy_err
sy_crl_check(const struct sy_crl *crl, X509 *x, int64_t now,
    struct sy_error *reterr)
{
	struct sy_serial serial;
	char name[128];

	sy_cert_common_name(X509_get_issuer_name(x), name, sizeof(name));
	if (sy_serial_from(X509_get0_serialNumber(x), &serial) != SY_OK)
		return sy_error_set(reterr, SY_ERR_CERT, "certificate",
		    "the serial number is negative or over %d bytes",
		    SY_SERIAL_MAX);
	/* Who stands in an old list stays revoked. */
	if (bsearch(&serial, crl->serials, crl->count, sizeof(serial),
		compare) != NULL)
		return sy_error_set(reterr, SY_ERR_CERT_REVOKED, "certificate",
		    "revoked by \"%s\"", name);
	if (now < crl->this_update || now >= crl->next_update)
		return sy_error_set(reterr, SY_ERR_CERT_DATE, "revocation list",
		    "the list of \"%s\" is not valid now: load a newer one",
		    name);
	return SY_OK;
}
