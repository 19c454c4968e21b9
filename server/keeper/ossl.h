/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_OSSL_H
#define SERVER_KEEPER_OSSL_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>

/* OpenSSL's destructors in the form that SY_AUTO takes. */
static inline void
ossl_pkey_free(EVP_PKEY **p)
{
	EVP_PKEY_free(*p);
	*p = NULL;
}

static inline void
ossl_bio_free(BIO **p)
{
	(void)BIO_free(*p);
	*p = NULL;
}

static inline void
ossl_x509_free(X509 **p)
{
	X509_free(*p);
	*p = NULL;
}

static inline void
ossl_req_free(X509_REQ **p)
{
	X509_REQ_free(*p);
	*p = NULL;
}

static inline void
ossl_bn_free(BIGNUM **p)
{
	BN_free(*p);
	*p = NULL;
}

static inline void
ossl_kdf_ctx_free(EVP_KDF_CTX **p)
{
	EVP_KDF_CTX_free(*p);
	*p = NULL;
}

#endif /* SERVER_KEEPER_OSSL_H */
