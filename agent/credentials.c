/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <sanyoso/conf.h>
#include <sanyoso/safefile.h>

#include "credentials.h"

static void
free_bio(BIO **bio)
{
	BIO_free_all(*bio);
	*bio = NULL;
}

static void
free_cert(X509 **cert)
{
	X509_free(*cert);
	*cert = NULL;
}

void
credentials_key_free(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}

void
credentials_free(struct credentials **credentials)
{
	struct credentials *c = *credentials;

	if (c == NULL)
		return;
	*credentials = NULL;
	EVP_PKEY_free(c->key);
	X509_free(c->cert);
	X509_free(c->ca);
	free(c);
}

/* No password is ever asked for: our keys have none. */
static int
no_password(char *buf, int size, int rwflag, void *u)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)u;
	return -1;
}

enum sy_err
credentials_parse_cert(const char *pem, size_t len, X509 **ret_cert)
{
	SY_AUTO(free_bio) BIO *bio = BIO_new_mem_buf(pem, (int)len);
	SY_AUTO(free_cert) X509 *cert = NULL;
	X509 *second;

	if (bio == NULL)
		return SY_ERR_NOMEM;
	cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
	second = PEM_read_bio_X509(bio, NULL, no_password, NULL);
	ERR_clear_error();
	if (cert == NULL || second != NULL) {
		X509_free(second);
		return SY_ERR_FORMAT;
	}
	*ret_cert = cert;
	cert = NULL;
	return SY_OK;
}

static enum sy_err
copy_pem(BIO *bio, char ret[SY_PEM_SIZE])
{
	char *text;
	const long len = BIO_get_mem_data(bio, &text);

	if (len <= 0 || len >= SY_PEM_SIZE)
		return SY_ERR_LIMIT;
	memcpy(ret, text, (size_t)len);
	ret[len] = '\0';
	return SY_OK;
}

enum sy_err
credentials_request(EVP_PKEY **ret_key, char ret_csr[SY_PEM_SIZE])
{
	SY_AUTO(credentials_key_free) EVP_PKEY *key = EVP_EC_gen("P-256");
	SY_AUTO(free_bio) BIO *bio = BIO_new(BIO_s_mem());
	X509_REQ *req = X509_REQ_new();
	enum sy_err err = SY_ERR_CRYPTO;

	/* The server names the terminal, from its invitation. */
	if (key != NULL && bio != NULL && req != NULL &&
	    X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
	    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req), "CN",
		MBSTRING_ASC, (const unsigned char *)"sanyoso-agent", -1, -1,
		0) == 1 &&
	    X509_REQ_set_pubkey(req, key) == 1 &&
	    X509_REQ_sign(req, key, EVP_sha256()) > 0 &&
	    PEM_write_bio_X509_REQ(bio, req) == 1)
		err = SY_OK;
	X509_REQ_free(req);
	ERR_clear_error();
	if (err != SY_OK)
		return err;
	if ((err = copy_pem(bio, ret_csr)) != SY_OK)
		return err;
	*ret_key = key;
	key = NULL;
	return SY_OK;
}

enum sy_err
credentials_claim(const struct credentials *c, struct sy_renew *renew)
{
	SY_AUTO(free_bio) BIO *bio = BIO_new(BIO_s_mem());
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = sizeof(renew->signature);
	enum sy_err err = SY_ERR_CRYPTO;

	if (bio != NULL && ctx != NULL &&
	    PEM_write_bio_X509(bio, c->cert) == 1 &&
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, c->key) == 1 &&
	    EVP_DigestSignUpdate(ctx, SY_RENEW_LABEL,
		sizeof(SY_RENEW_LABEL) - 1) == 1 &&
	    EVP_DigestSignUpdate(ctx, renew->csr, strlen(renew->csr)) == 1 &&
	    EVP_DigestSignFinal(ctx, renew->signature, &len) == 1)
		err = copy_pem(bio, renew->certificate);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	renew->signature_len = (uint16_t)len;
	return err;
}

/* The pair that was issued together: the key is the certificate's, the
 * certificate the CA's. */
static enum sy_err
check_pair(EVP_PKEY *key, X509 *cert, X509 *ca, const char *place,
    struct sy_error *reterr)
{
	EVP_PKEY *ca_key = X509_get0_pubkey(ca);
	enum sy_err err = SY_OK;

	if (X509_check_private_key(cert, key) != 1)
		err = sy_error_set(reterr, SY_ERR_CERT, place,
		    "the certificate is for another key");
	else if (X509_check_ca(ca) != 1 || ca_key == NULL ||
	    X509_verify(cert, ca_key) != 1)
		err = sy_error_set(reterr, SY_ERR_CERT, place,
		    "the certificate is not from the joined server's CA");
	ERR_clear_error();
	return err;
}

enum sy_err
credentials_check(const struct sy_join_reply *reply, EVP_PKEY *key,
    struct sy_error *reterr)
{
	SY_AUTO(free_cert) X509 *cert = NULL, *ca = NULL;
	char name[SY_TERMINAL_SIZE] = "";

	if (credentials_parse_cert(reply->certificate,
		strlen(reply->certificate), &cert) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, "certificate",
		    "not one certificate");
	if (credentials_parse_cert(reply->ca, strlen(reply->ca), &ca) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, "ca",
		    "not one certificate");
	if (!sy_text_is_terminal(reply->terminal))
		return sy_error_set(reterr, SY_ERR_FORMAT, "terminal",
		    "not the name of a terminal");
	(void)X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
	    NID_commonName, name, sizeof(name));
	if (strcmp(name, reply->terminal) != 0)
		return sy_error_set(reterr, SY_ERR_CERT, "certificate",
		    "for \"%s\", not for \"%s\"", name, reply->terminal);
	return check_pair(key, cert, ca, "certificate", reterr);
}

enum sy_err
credentials_store_pair(const struct paths *paths, EVP_PKEY *key,
    const char *certificate, struct sy_error *reterr)
{
	/* OpenSSL wipes such a BIO's memory. */
	SY_AUTO(free_bio) BIO *bio = BIO_new(BIO_s_secmem());
	char *text;
	long len;

	if (bio == NULL ||
	    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) !=
		1 ||
	    BIO_puts(bio, certificate) <= 0) {
		ERR_clear_error();
		return sy_error_set(reterr, SY_ERR_CRYPTO, paths->identity,
		    "the key could not be written");
	}
	len = BIO_get_mem_data(bio, &text);
	return sy_safefile_write(paths->identity, text, (size_t)len, 0600,
	    reterr);
}

static enum sy_err
store_joined(const struct paths *paths, const struct sy_join_reply *reply,
    const char *host, struct sy_error *reterr)
{
	const bool v6 = strchr(host, ':') != NULL;
	char text[1024];
	const int n = snprintf(text, sizeof(text),
	    "# Written by sanyoso-agent join.\n"
	    "[joined]\n"
	    "server = %s\n"
	    "terminal = %s\n"
	    "zone = %s\n"
	    "address = %s%s%s:%u\n",
	    reply->server, reply->terminal, reply->zone, v6 ? "[" : "", host,
	    v6 ? "]" : "", (unsigned int)reply->port);

	if (n < 0 || (size_t)n >= sizeof(text))
		return sy_error_set(reterr, SY_ERR_LIMIT, paths->joined,
		    "too long");
	return sy_safefile_write(paths->joined, text, (size_t)n, 0600, reterr);
}

enum sy_err
credentials_store(const struct paths *paths, EVP_PKEY *key,
    const struct sy_join_reply *reply, const char *host,
    struct sy_error *reterr)
{
	enum sy_err err;

	/* An older identity would not match the new CA: without it the
	 * terminal is clearly not joined until the last step is done. */
	if (unlink(paths->identity) != 0 && errno != ENOENT)
		return sy_error_set(reterr, SY_ERR_IO, paths->identity, "%m");
	if ((err = sy_safefile_write(paths->ca, reply->ca, strlen(reply->ca),
		 0600, reterr)) != SY_OK ||
	    (err = store_joined(paths, reply, host, reterr)) != SY_OK)
		return err;
	return credentials_store_pair(paths, key, reply->certificate, reterr);
}

static int64_t
time_of(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static enum sy_err
load_pair(const struct paths *paths, struct credentials *c,
    struct sy_error *reterr)
{
	SY_AUTO(sy_secret_free) struct sy_secret *text = NULL;
	SY_AUTO(free_bio) BIO *bio = NULL;
	enum sy_err err;

	if ((err = sy_safefile_read_secret(paths->identity, 2 * SY_PEM_SIZE,
		 &text, reterr)) != SY_OK)
		return err;
	bio = BIO_new_mem_buf(sy_secret_bytes(text), (int)sy_secret_len(text));
	if (bio == NULL)
		return SY_ERR_NOMEM;
	c->key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	c->cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
	ERR_clear_error();
	if (c->key == NULL || c->cert == NULL)
		return sy_error_set(reterr, SY_ERR_FORMAT, paths->identity,
		    "not a key and its certificate");
	c->not_before = time_of(X509_get0_notBefore(c->cert));
	c->not_after = time_of(X509_get0_notAfter(c->cert));
	return SY_OK;
}

static enum sy_err
load_ca(const struct paths *paths, struct credentials *c,
    struct sy_error *reterr)
{
	uint8_t *pem;
	size_t len;
	enum sy_err err;

	if ((err = sy_safefile_read(paths->ca, SY_PEM_SIZE, &pem, &len,
		 reterr)) != SY_OK)
		return err;
	err = credentials_parse_cert((const char *)pem, len, &c->ca);
	free(pem);
	if (err != SY_OK)
		return sy_error_set(reterr, err, paths->ca,
		    "not one certificate");
	return check_pair(c->key, c->cert, c->ca, paths->identity, reterr);
}

static enum sy_err
load_joined(const struct paths *paths, struct credentials *c,
    struct sy_error *reterr)
{
	SY_AUTO(sy_conf_free) struct sy_conf *conf = NULL;
	struct sy_conf_section *s;
	const char *server, *terminal, *zone, *address;
	enum sy_err err;

	if ((err = sy_conf_load(paths->joined, &conf, reterr)) != SY_OK)
		return err;
	s = sy_conf_section(conf, "joined", 0, NULL);
	if ((err = sy_conf_text(s, "server", NULL, &server, reterr)) != SY_OK ||
	    (err = sy_conf_text(s, "terminal", NULL, &terminal, reterr)) !=
		SY_OK ||
	    (err = sy_conf_text(s, "zone", NULL, &zone, reterr)) != SY_OK ||
	    (err = sy_conf_text(s, "address", NULL, &address, reterr)) !=
		SY_OK ||
	    (err = sy_conf_end(conf, reterr)) != SY_OK)
		return err;
	if (strlen(server) >= sizeof(c->server) ||
	    strlen(zone) >= sizeof(c->zone) || !sy_text_is_terminal(terminal) ||
	    endpoint_parse(address, &c->home) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, paths->joined,
		    "not what join wrote");
	memcpy(c->server, server, strlen(server) + 1);
	memcpy(c->terminal, terminal, strlen(terminal) + 1);
	memcpy(c->zone, zone, strlen(zone) + 1);
	return SY_OK;
}

enum sy_err
credentials_load(const struct paths *paths, struct credentials **ret,
    struct sy_error *reterr)
{
	SY_AUTO(credentials_free) struct credentials *c = calloc(1, sizeof(*c));
	enum sy_err err;

	if (c == NULL)
		return SY_ERR_NOMEM;
	if ((err = load_pair(paths, c, reterr)) != SY_OK ||
	    (err = load_ca(paths, c, reterr)) != SY_OK ||
	    (err = load_joined(paths, c, reterr)) != SY_OK)
		return err;
	*ret = c;
	c = NULL;
	return SY_OK;
}
