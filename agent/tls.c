/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <sanyoso/secret.h>

#include "tls.h"

void
tls_context_free(SSL_CTX **ctx)
{
	SSL_CTX_free(*ctx);
	*ctx = NULL;
}

/* What both kinds of connection have in common. */
static SSL_CTX *
new_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	/* No tickets: a resumed session would skip the server's fresh look at
	 * our certificate. */
	(void)SSL_CTX_set_options(ctx,
	    SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
		SSL_OP_CLEANSE_PLAINTEXT);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
		/* The server has the CA's certificate. */
		SSL_MODE_NO_AUTO_CHAIN);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return ctx;
}

enum sy_err
tls_context_joined(const struct credentials *c, SSL_CTX **ret_ctx)
{
	SY_AUTO(tls_context_free) SSL_CTX *ctx = new_context();

	if (ctx == NULL ||
	    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), c->ca) != 1 ||
	    SSL_CTX_use_certificate(ctx, c->cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, c->key) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1) {
		ERR_clear_error();
		return SY_ERR_CRYPTO;
	}
	*ret_ctx = ctx;
	ctx = NULL;
	return SY_OK;
}

enum sy_err
tls_spki_hash(const X509 *cert, uint8_t ret[32])
{
	unsigned char *der = NULL;
	const int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	bool done;

	if (len <= 0)
		return SY_ERR_CRYPTO;
	done = SHA256(der, (size_t)len, ret) != NULL;
	OPENSSL_free(der);
	return done ? SY_OK : SY_ERR_CRYPTO;
}

/* The CA in the server's chain that the join code names. */
static X509 *
find_pinned(STACK_OF(X509) * chain, const uint8_t *pin)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];

	for (int i = 0; i < sk_X509_num(chain); i++) {
		X509 *cert = sk_X509_value(chain, i);

		if (X509_check_ca(cert) == 1 &&
		    tls_spki_hash(cert, hash) == SY_OK &&
		    sy_memequal(hash, pin, TLS_PIN_SIZE))
			return cert;
	}
	return NULL;
}

static int
verify_pinned(X509_STORE_CTX *store, void *arg)
{
	STACK_OF(X509) *trusted = sk_X509_new_null();
	X509 *ca = find_pinned(X509_STORE_CTX_get0_untrusted(store), arg);
	int ok = 0;

	if (ca != NULL && trusted != NULL && sk_X509_push(trusted, ca) > 0) {
		X509_STORE_CTX_set0_trusted_stack(store, trusted);
		ok = X509_verify_cert(store) == 1;
	} else {
		X509_STORE_CTX_set_error(store,
		    X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
	}
	sk_X509_free(trusted);
	return ok;
}

enum sy_err
tls_context_pinned(const uint8_t pin[TLS_PIN_SIZE], SSL_CTX **ret_ctx)
{
	SSL_CTX *ctx = new_context();
	union {
		const uint8_t *in;
		void *out;
	} arg = { .in = pin };

	if (ctx == NULL)
		return SY_ERR_CRYPTO;
	SSL_CTX_set_cert_verify_callback(ctx, verify_pinned, arg.out);
	*ret_ctx = ctx;
	return SY_OK;
}

/* The name that the server's certificate must have, a host or an address. */
static bool
expect_name(SSL *ssl, const char *name)
{
	uint8_t address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, name, address) == 1 ||
	    inet_pton(AF_INET6, name, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
			   name) == 1;
	SSL_set_hostflags(ssl,
	    X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	/* The macro takes away const where it must not. */
	return SSL_set1_host(ssl, name) == 1 &&
	    SSL_set_tlsext_host_name(ssl, (uintptr_t)name) == 1;
}

enum sy_err
tls_client_new(SSL_CTX *ctx, int fd, const char *name, SSL **ret_ssl)
{
	SSL *ssl = SSL_new(ctx);

	if (ssl == NULL)
		return SY_ERR_NOMEM;
	if (SSL_set_fd(ssl, fd) != 1 ||
	    (name != NULL && !expect_name(ssl, name))) {
		SSL_free(ssl);
		ERR_clear_error();
		return SY_ERR_CRYPTO;
	}
	SSL_set_connect_state(ssl);
	*ret_ssl = ssl;
	return SY_OK;
}
