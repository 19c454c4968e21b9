/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "trust_int.h"

#define DEPTH_MAX 8

struct sy_trust {
	X509_STORE *store;
	STACK_OF(X509) * cas; /* what is in the store */
	struct sy_crl *crls;  /* at most one per issuer */
	size_t crl_count;
};

static void
free_store_ctx(X509_STORE_CTX **ctx)
{
	X509_STORE_CTX_free(*ctx);
}

static void
free_bio(BIO **bio)
{
	BIO_free(*bio);
}

enum sy_err
sy_trust_new(struct sy_trust **ret_trust)
{
	SY_AUTO(sy_trust_free) struct sy_trust *trust = NULL;

	if ((trust = calloc(1, sizeof(*trust))) == NULL ||
	    (trust->store = X509_STORE_new()) == NULL ||
	    (trust->cas = sk_X509_new_null()) == NULL)
		return SY_ERR_NOMEM;
	*ret_trust = trust;
	trust = NULL;
	return SY_OK;
}

void
sy_trust_free(struct sy_trust **trust)
{
	struct sy_trust *t = *trust;

	if (t == NULL)
		return;
	for (size_t i = 0; i < t->crl_count; i++)
		sy_crl_clear(&t->crls[i]);
	free(t->crls);
	sk_X509_pop_free(t->cas, X509_free);
	X509_STORE_free(t->store);
	free(t);
	*trust = NULL;
}

/* One block of PEM. */
struct pem {
	char *name;
	char *header;
	uint8_t *data;
	long len;
};

static void
clear_pem(struct pem *pem)
{
	OPENSSL_free(pem->name);
	OPENSSL_free(pem->header);
	OPENSSL_free(pem->data);
	*pem = (struct pem){ 0 };
}

typedef enum sy_err add_fn(struct sy_trust *trust, const uint8_t *der,
    size_t len, const char *place, struct sy_error *reterr);

/* The next block, SY_ERR_NOT_FOUND at the end. */
static enum sy_err
next_pem(BIO *bio, struct pem *ret)
{
	unsigned long error;

	if (PEM_read_bio(bio, &ret->name, &ret->header, &ret->data, &ret->len))
		return SY_OK;
	error = ERR_peek_last_error();
	if (ERR_GET_LIB(error) == ERR_LIB_PEM &&
	    ERR_GET_REASON(error) == PEM_R_NO_START_LINE)
		return SY_ERR_NOT_FOUND;
	return SY_ERR_FORMAT;
}

/* Hand every block of a PEM text, which must be ${kind}, to ${add}. */
static enum sy_err
each_pem(struct sy_trust *trust, BIO *bio, const char *kind, add_fn *add,
    const char *place, struct sy_error *reterr)
{
	enum sy_err err;

	for (unsigned int i = 0;; i++) {
		SY_AUTO(clear_pem) struct pem pem = { 0 };

		err = next_pem(bio, &pem);
		if (err == SY_ERR_NOT_FOUND && i > 0)
			return SY_OK;
		if (err != SY_OK || strcmp(pem.name, kind) != 0 ||
		    pem.header[0] != '\0' || pem.len <= 0)
			return sy_error_set(reterr, SY_ERR_FORMAT, place,
			    "block %u is not PEM of type \"%s\"", i + 1, kind);
		if ((err = add(trust, pem.data, (size_t)pem.len, place,
			 reterr)) != SY_OK)
			return err;
	}
}

static enum sy_err
read_pem(struct sy_trust *trust, const char *pem, size_t len, const char *kind,
    add_fn *add, const char *place, struct sy_error *reterr)
{
	SY_AUTO(free_bio) BIO *bio = NULL;
	enum sy_err err;

	if (len > SY_TRUST_FILE_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, place,
		    "the file has over %d bytes", SY_TRUST_FILE_MAX);
	if ((bio = BIO_new_mem_buf(pem, (int)len)) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, place,
		    "out of memory");
	ERR_set_mark();
	err = each_pem(trust, bio, kind, add, place, reterr);
	ERR_pop_to_mark();
	return err;
}

static enum sy_err
add_ca(struct sy_trust *trust, const uint8_t *der, size_t len,
    const char *place, struct sy_error *reterr)
{
	SY_AUTO(sy_x509_free) X509 *ca = NULL;
	char name[128];
	enum sy_err err;

	if ((err = sy_cert_read(der, len, &ca, reterr)) != SY_OK)
		return err;
	sy_cert_common_name(X509_get_subject_name(ca), name, sizeof(name));
	/* 1: basic constraints say so; others are guesses at old forms. */
	if (X509_check_ca(ca) != 1)
		return sy_error_set(reterr, SY_ERR_CERT, place,
		    "\"%s\" is no CA certificate", name);
	if (!sy_cert_ca_key_allowed(ca))
		return sy_error_set(reterr, SY_ERR_CERT, place,
		    "the key of CA \"%s\" is of a kind that is not allowed",
		    name);
	if (!X509_STORE_add_cert(trust->store, ca) ||
	    !sk_X509_push(trust->cas, ca))
		return sy_error_set(reterr, SY_ERR_NOMEM, place,
		    "out of memory");
	ca = NULL;
	return SY_OK;
}

enum sy_err
sy_trust_add_ca(struct sy_trust *trust, const char *pem, size_t len,
    const char *place, struct sy_error *reterr)
{
	return read_pem(trust, pem, len, PEM_STRING_X509, add_ca, place,
	    reterr);
}

/* The list that is held of the issuer of ${crl}, or room for a first one. */
static enum sy_err
slot_for(struct sy_trust *trust, const struct sy_crl *crl,
    struct sy_crl **ret_slot)
{
	struct sy_crl *more;

	for (size_t i = 0; i < trust->crl_count; i++) {
		if (sy_crl_is_of(&trust->crls[i], crl->issuer)) {
			*ret_slot = &trust->crls[i];
			return SY_OK;
		}
	}
	more = reallocarray(trust->crls, trust->crl_count + 1, sizeof(*more));
	if (more == NULL)
		return SY_ERR_NOMEM;
	trust->crls = more;
	*ret_slot = &more[trust->crl_count++];
	**ret_slot = (struct sy_crl){ 0 };
	return SY_OK;
}

static enum sy_err
add_crl(struct sy_trust *trust, const uint8_t *der, size_t len,
    const char *place, struct sy_error *reterr)
{
	SY_AUTO(sy_x509_crl_free) X509_CRL *list = NULL;
	SY_AUTO(sy_crl_clear) struct sy_crl crl = { 0 };
	struct sy_crl *slot;
	const uint8_t *at = der;
	enum sy_err err;

	list = d2i_X509_CRL(NULL, &at, (long)len);
	if (list == NULL || at != der + len)
		return sy_error_set(reterr, SY_ERR_FORMAT, place,
		    "not one revocation list in DER");
	if ((err = sy_crl_read(list, trust->cas, &crl, place, reterr)) != SY_OK)
		return err;
	if ((err = slot_for(trust, &crl, &slot)) != SY_OK)
		return sy_error_set(reterr, err, place, "out of memory");
	/* The newer one stands, in whatever order they come. */
	if (slot->issuer == NULL || crl.this_update >= slot->this_update) {
		const struct sy_crl old = *slot;

		*slot = crl;
		crl = old;
	}
	return SY_OK;
}

enum sy_err
sy_trust_add_crl(struct sy_trust *trust, const char *pem, size_t len,
    const char *place, struct sy_error *reterr)
{
	return read_pem(trust, pem, len, PEM_STRING_X509_CRL, add_crl, place,
	    reterr);
}

enum sy_err
sy_cert_path_err(int verify_error)
{
	switch (verify_error) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return SY_ERR_CERT_DATE;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_CERT_UNTRUSTED:
		return SY_ERR_CERT_PATH;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return SY_ERR_ALGORITHM;
	case X509_V_ERR_OUT_OF_MEM:
		return SY_ERR_NOMEM;
	default:
		return SY_ERR_CERT;
	}
}

static const struct sy_crl *
crl_of(const struct sy_trust *trust, X509 *issuer)
{
	for (size_t i = 0; i < trust->crl_count; i++) {
		if (sy_crl_is_of(&trust->crls[i], issuer))
			return &trust->crls[i];
	}
	return NULL;
}

/* Each certificate of the path below its root, against its issuer's list. */
static enum sy_err
check_links(const struct sy_trust *trust, STACK_OF(X509) * path, int64_t now,
    struct sy_error *reterr)
{
	enum sy_err err;

	for (int i = 0; i + 1 < sk_X509_num(path); i++) {
		X509 *x = sk_X509_value(path, i);
		const struct sy_crl *crl =
		    crl_of(trust, sk_X509_value(path, i + 1));

		if (!sy_cert_signature_allowed(X509_get_signature_nid(x)))
			return sy_error_set(reterr, SY_ERR_ALGORITHM,
			    "certificate path",
			    "CA certificate %d is not signed by RSA or ECDSA "
			    "with SHA-256 or better",
			    i);
		if (crl != NULL &&
		    (err = sy_crl_check(crl, x, now, reterr)) != SY_OK)
			return err;
	}
	return SY_OK;
}

static enum sy_err
check_path(const struct sy_trust *trust, X509 *x, int64_t now,
    struct sy_error *reterr)
{
	SY_AUTO(free_store_ctx) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int error;

	if (ctx == NULL || !X509_STORE_CTX_init(ctx, trust->store, x, NULL))
		return sy_error_set(reterr, SY_ERR_NOMEM, "certificate path",
		    "out of memory");
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	X509_VERIFY_PARAM_set_depth(param, DEPTH_MAX);
	if (X509_verify_cert(ctx) == 1)
		return check_links(trust, X509_STORE_CTX_get0_chain(ctx), now,
		    reterr);
	error = X509_STORE_CTX_get_error(ctx);
	/* A failure without a reason is one all the same. */
	return sy_error_set(reterr, sy_cert_path_err(error), "certificate path",
	    "depth %d: %s", X509_STORE_CTX_get_error_depth(ctx),
	    X509_verify_cert_error_string(error));
}

enum sy_err
sy_trust_check(const struct sy_trust *trust, const uint8_t *der, size_t len,
    int64_t now, struct sy_cert *ret_cert, struct sy_error *reterr)
{
	SY_AUTO(sy_x509_free) X509 *x = NULL;
	SY_AUTO(sy_cert_clear) struct sy_cert cert = { 0 };
	enum sy_err err;

	if ((err = sy_cert_read(der, len, &x, reterr)) != SY_OK)
		return err;
	ERR_set_mark();
	if ((err = sy_cert_describe(x, &cert, reterr)) == SY_OK)
		err = check_path(trust, x, now, reterr);
	ERR_pop_to_mark();
	if (err != SY_OK)
		return err;
	*ret_cert = cert;
	cert.key = NULL;
	return SY_OK;
}
