/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/possession/trust_int.h"

#include "path.h"

#define PLACE "certificate path"
#define LEVEL 2 /* of OpenSSL: 112 bits, RSA-2048 and SHA-256 */

static void
free_store(X509_STORE **store)
{
	X509_STORE_free(*store);
}

static void
free_store_ctx(X509_STORE_CTX **ctx)
{
	X509_STORE_CTX_free(*ctx);
}

static void
free_openssl(uint8_t **bytes)
{
	OPENSSL_free(*bytes);
}

enum sy_err
sy_path_push(STACK_OF(X509) * stack, const uint8_t *der, size_t len,
    struct sy_error *reterr)
{
	SY_AUTO(sy_x509_free) X509 *x = NULL;
	enum sy_err err;

	if (sk_X509_num(stack) >= SY_PATH_CERTS_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, PLACE,
		    "more than %d certificates", SY_PATH_CERTS_MAX);
	if ((err = sy_cert_read(der, len, &x, reterr)) != SY_OK)
		return err;
	if (!sk_X509_push(stack, x))
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	x = NULL;
	return SY_OK;
}

/* All but the root's own signature, which nothing hangs on. */
static enum sy_err
check_links(STACK_OF(X509) * path, struct sy_error *reterr)
{
	for (int i = 0; i + 1 < sk_X509_num(path); i++) {
		if (!sy_cert_signature_allowed(
			X509_get_signature_nid(sk_X509_value(path, i))))
			return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
			    "certificate %d is not signed by RSA or ECDSA with "
			    "SHA-256 or better",
			    i);
	}
	return SY_OK;
}

static enum sy_err
verify(X509_STORE *store, STACK_OF(X509) * certs, unsigned long flags,
    int64_t now, struct sy_error *reterr)
{
	SY_AUTO(free_store_ctx) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int error;

	if (ctx == NULL ||
	    !X509_STORE_CTX_init(ctx, store, sk_X509_value(certs, 0), certs))
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	param = X509_STORE_CTX_get0_param(ctx);
	if (!X509_VERIFY_PARAM_set_flags(param, flags))
		return sy_error_set(reterr, SY_ERR_CRYPTO, PLACE,
		    "the flags were not taken");
	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	X509_VERIFY_PARAM_set_depth(param, SY_PATH_CERTS_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, LEVEL);
	if (X509_verify_cert(ctx) == 1)
		return check_links(X509_STORE_CTX_get0_chain(ctx), reterr);
	error = X509_STORE_CTX_get_error(ctx);
	/* A failure without a reason is one all the same. */
	return sy_error_set(reterr, sy_cert_path_err(error), PLACE,
	    "depth %d: %s", X509_STORE_CTX_get_error_depth(ctx),
	    X509_verify_cert_error_string(error));
}

enum sy_err
sy_path_check(STACK_OF(X509) * certs, STACK_OF(X509) * roots, bool any_root,
    int64_t now, struct sy_error *reterr)
{
	SY_AUTO(free_store) X509_STORE *store = NULL;
	enum sy_err err;

	if (sk_X509_num(certs) < 1)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "there is no certificate");
	ERR_set_mark();
	store = X509_STORE_new();
	err = store != NULL ? SY_OK : SY_ERR_NOMEM;
	for (int i = 0; err == SY_OK && i < sk_X509_num(roots); i++) {
		if (!X509_STORE_add_cert(store, sk_X509_value(roots, i)))
			err = SY_ERR_NOMEM;
	}
	if (err == SY_OK)
		err = verify(store, certs,
		    any_root ? X509_V_FLAG_PARTIAL_CHAIN : 0, now, reterr);
	else
		(void)sy_error_set(reterr, err, PLACE, "out of memory");
	ERR_pop_to_mark();
	return err;
}

enum sy_err
sy_path_key(X509 *x, struct sy_key **ret_key, struct sy_error *reterr)
{
	SY_AUTO(free_openssl) uint8_t *der = NULL;
	const int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);

	if (len < 0)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	return sy_key_from_spki(der, (size_t)len, ret_key, reterr);
}
