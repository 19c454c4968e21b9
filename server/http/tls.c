/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/tls.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <sanyoso/safefile.h>

#define PEM_MAX (32 * 1024)

static const char ciphers[] = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256";
static char groups[] = "X25519:P-256";
static char signatures[] = "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384";

struct tls {
	SSL_CTX *terminals;
	SSL_CTX *join;
	X509 *certificate;
	X509 *ca;
};

/* A key with its certificate, as in the file. */
struct identity {
	EVP_PKEY *key;
	X509 *certificate;
};

static void
identity_clear(struct identity *id)
{
	EVP_PKEY_free(id->key);
	X509_free(id->certificate);
	id->key = NULL;
	id->certificate = NULL;
}

static void
bio_free(BIO **bio)
{
	BIO_free_all(*bio);
	*bio = NULL;
}

static enum sy_err
failed(struct sy_error *reterr, const char *what)
{
	const unsigned long e = ERR_get_error();

	ERR_clear_error();
	return sy_error_set(reterr, SY_ERR_CRYPTO, "TLS", "%s: %s", what,
	    e == 0 ? "unknown error" : ERR_reason_error_string(e));
}

/* The text in a memory BIO, NUL-terminated. */
static enum sy_err
bio_text(BIO *bio, const char **ret, size_t *ret_len)
{
	char *data = NULL;
	long len;

	if (BIO_write(bio, "", 1) != 1 ||
	    (len = BIO_get_mem_data(bio, &data)) < 1)
		return SY_ERR_NOMEM;
	*ret = data;
	*ret_len = (size_t)len - 1;
	return SY_OK;
}

static enum sy_err
make_request(EVP_PKEY *key, BIO *out)
{
	X509_REQ *request = X509_REQ_new();
	enum sy_err err = SY_ERR_CRYPTO;

	if (request != NULL && X509_REQ_set_version(request, 0) == 1 &&
	    X509_REQ_set_pubkey(request, key) == 1 &&
	    X509_REQ_sign(request, key, EVP_sha256()) > 0 &&
	    PEM_write_bio_X509_REQ(out, request) == 1)
		err = SY_OK;
	X509_REQ_free(request);
	return err;
}

static enum sy_err
issue(struct keeper *keeper, const char *name, EVP_PKEY *key,
    const uint8_t **ret_cert, size_t *ret_len, struct sy_error *reterr)
{
	SY_AUTO(bio_free) BIO *bio = BIO_new(BIO_s_mem());
	const char *csr;
	enum sy_err err;
	size_t len;

	if (bio == NULL || (err = make_request(key, bio)) != SY_OK ||
	    bio_text(bio, &csr, &len) != SY_OK)
		return failed(reterr, "certificate request");
	keeper_begin(keeper);
	keeper_add_server_cert(keeper, name, csr,
	    (int64_t)time(NULL) + TLS_SERVER_LIFE);
	if ((err = keeper_run(keeper)) != SY_OK ||
	    (err = keeper_next(keeper, ret_cert, ret_len)) != SY_OK)
		return sy_error_set(reterr, err, name,
		    "the keeper issued no certificate for the server");
	return SY_OK;
}

enum sy_err
tls_create(const char *path, const char *name, struct keeper *keeper,
    struct sy_error *reterr)
{
	SY_AUTO(bio_free) BIO *bio = BIO_new(BIO_s_secmem());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	const uint8_t *cert;
	const char *pem;
	enum sy_err err;
	size_t len;

	if (bio == NULL || key == NULL) {
		err = failed(reterr, "key");
	} else if ((err = issue(keeper, name, key, &cert, &len, reterr)) ==
	    SY_OK) {
		if (PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL,
			NULL) != 1 ||
		    len > PEM_MAX || BIO_write(bio, cert, (int)len) <= 0 ||
		    bio_text(bio, &pem, &len) != SY_OK)
			err = failed(reterr, "key file");
		else
			err = sy_safefile_write(path, pem, strlen(pem), 0600,
			    reterr);
	}
	EVP_PKEY_free(key);
	return err;
}

static enum sy_err
read_identity(const char *path, struct identity *ret, struct sy_error *reterr)
{
	SY_AUTO(sy_secret_free) struct sy_secret *file = NULL;
	SY_AUTO(bio_free) BIO *bio = NULL;
	struct identity id = { NULL, NULL };
	enum sy_err err;

	if ((err = sy_safefile_read_secret(path, PEM_MAX, &file, reterr)) !=
	    SY_OK)
		return err;
	bio = BIO_new_mem_buf(sy_secret_bytes(file), (int)sy_secret_len(file));
	if (bio == NULL)
		return SY_ERR_NOMEM;
	id.key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	id.certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	if (id.key == NULL || id.certificate == NULL ||
	    X509_check_private_key(id.certificate, id.key) != 1) {
		identity_clear(&id);
		ERR_clear_error();
		return sy_error_set(reterr, SY_ERR_FORMAT, path,
		    "is not a key with its certificate");
	}
	*ret = id;
	return SY_OK;
}

static enum sy_err
use_identity(SSL_CTX *ctx, const struct identity *id, X509 *ca)
{
	if (SSL_CTX_use_certificate(ctx, id->certificate) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, id->key) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return SY_ERR_CRYPTO;
	/* A terminal that joins pins the CA by the hash in its code, and takes
	 * the certificate itself from here. */
	if (SSL_CTX_clear_chain_certs(ctx) != 1 ||
	    SSL_CTX_add1_chain_cert(ctx, ca) != 1)
		return SY_ERR_CRYPTO;
	return SY_OK;
}

static SSL_CTX *
new_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL)
		return NULL;
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_options(ctx,
	    SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
		SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_CLEANSE_PLAINTEXT);
	/* Some of these are macros that take away const where they must not. */
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, ciphers) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, (uintptr_t)groups) != 1 ||
	    SSL_CTX_set1_sigalgs_list(ctx, (uintptr_t)signatures) != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

/* The terminals' side: certificates of our CA and of nobody else. */
static enum sy_err
demand_certificate(SSL_CTX *ctx, X509 *ca)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);

	if (X509_STORE_add_cert(store, ca) != 1 ||
	    SSL_CTX_set1_client_sigalgs_list(ctx, (uintptr_t)signatures) != 1 ||
	    SSL_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT) != 1)
		return SY_ERR_CRYPTO;
	SSL_CTX_set_verify(ctx,
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_verify_depth(ctx, 1);
	return SY_OK;
}

static X509 *
read_certificate(const char *pem, size_t len)
{
	SY_AUTO(bio_free) BIO *bio = NULL;

	if (len > INT_MAX)
		return NULL;
	bio = BIO_new_mem_buf(pem, (int)len);
	return bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
}

enum sy_err
tls_load(const char *path, const char *ca, struct tls **ret_tls,
    struct sy_error *reterr)
{
	SY_AUTO(tls_free) struct tls *tls = calloc(1, sizeof(*tls));
	enum sy_err err;

	if (tls == NULL)
		return SY_ERR_NOMEM;
	tls->ca = read_certificate(ca, strlen(ca));
	tls->terminals = new_context();
	tls->join = new_context();
	if (tls->ca == NULL || tls->terminals == NULL || tls->join == NULL ||
	    demand_certificate(tls->terminals, tls->ca) != SY_OK)
		return failed(reterr, "set-up");
	if ((err = tls_reload(tls, path, reterr)) != SY_OK)
		return err;
	*ret_tls = tls;
	tls = NULL;
	return SY_OK;
}

enum sy_err
tls_reload(struct tls *tls, const char *path, struct sy_error *reterr)
{
	SY_AUTO(identity_clear) struct identity id = { NULL, NULL };
	enum sy_err err;

	if ((err = read_identity(path, &id, reterr)) != SY_OK)
		return err;
	if (use_identity(tls->terminals, &id, tls->ca) != SY_OK ||
	    use_identity(tls->join, &id, tls->ca) != SY_OK)
		return failed(reterr, "key and certificate");
	X509_free(tls->certificate);
	tls->certificate = id.certificate;
	id.certificate = NULL;
	return SY_OK;
}

void
tls_free(struct tls **tls)
{
	if (*tls == NULL)
		return;
	SSL_CTX_free((*tls)->terminals);
	SSL_CTX_free((*tls)->join);
	X509_free((*tls)->certificate);
	X509_free((*tls)->ca);
	free(*tls);
	*tls = NULL;
}

static bool
seconds_of(const ASN1_TIME *t, int64_t *ret)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*ret = (int64_t)timegm(&tm);
	return true;
}

bool
tls_is_current(const struct tls *tls, const char *name, int64_t now)
{
	int64_t not_after;

	return X509_check_host(tls->certificate, name, 0, 0, NULL) == 1 &&
	    seconds_of(X509_get0_notAfter(tls->certificate), &not_after) &&
	    not_after - now > TLS_SERVER_LIFE / 3;
}

SSL *
tls_accept(struct tls *tls, bool terminal)
{
	return SSL_new(terminal ? tls->terminals : tls->join);
}

static enum sy_err
digest_of(const X509 *cert, uint8_t ret[SY_DIGEST_SIZE])
{
	unsigned int len = SY_DIGEST_SIZE;

	return X509_digest(cert, EVP_sha256(), ret, &len) == 1 ? SY_OK
							       : SY_ERR_CRYPTO;
}

/* On the server's side the chain is without the certificate itself. */
static void
forget_chain(SSL *ssl)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
	X509 *cert;

	while (chain != NULL && (cert = sk_X509_pop(chain)) != NULL)
		X509_free(cert);
}

enum sy_err
tls_peer_of(SSL *ssl, struct tls_peer *ret)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	enum sy_err err;

	memset(ret, 0, sizeof(*ret));
	forget_chain(ssl);
	if (cert == NULL)
		return SY_OK;
	if ((err = digest_of(cert, ret->sha256)) != SY_OK)
		return err;
	if (!seconds_of(X509_get0_notAfter(cert), &ret->not_after))
		return SY_ERR_CRYPTO;
	ret->present = true;
	return SY_OK;
}

const char *
tls_refusal(const SSL *ssl, unsigned long openssl_error)
{
	switch (SSL_get_verify_result(ssl)) {
	case X509_V_OK:
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "expired";
	default:
		return "other-ca";
	}
	return ERR_GET_REASON(openssl_error) ==
		SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE
	    ? "no-certificate"
	    : "protocol";
}

enum sy_err
tls_pem_digests(const char *pem, size_t len, uint8_t *ret_cert,
    int64_t *ret_not_after, uint8_t *ret_spki)
{
	X509 *cert = read_certificate(pem, len);
	unsigned char *der = NULL;
	enum sy_err err = SY_OK;
	int n;

	if (cert == NULL) {
		ERR_clear_error();
		return SY_ERR_FORMAT;
	}
	if (ret_cert != NULL)
		err = digest_of(cert, ret_cert);
	if (err == SY_OK && ret_not_after != NULL &&
	    !seconds_of(X509_get0_notAfter(cert), ret_not_after))
		err = SY_ERR_FORMAT;
	if (err == SY_OK && ret_spki != NULL) {
		n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
		if (n <= 0 ||
		    EVP_Digest(der, (size_t)n, ret_spki, NULL, EVP_sha256(),
			NULL) != 1)
			err = SY_ERR_CRYPTO;
		OPENSSL_free(der);
	}
	X509_free(cert);
	return err;
}
