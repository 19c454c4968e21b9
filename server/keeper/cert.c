/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/cert.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <sanyoso/key.h>
#include <sanyoso/text.h>

#include "server/keeper/ossl.h"

/* ub-common-name of RFC 5280, appendix A. */
#define CN_MAX       64
#define CA_SUFFIX    " Sanyoso CA"
#define SERIAL_BITS  128
#define CSR_SIZE_MAX 16384

/* The host part that cert and configuration accept: labels of letters, digits
 * and dashes, joined by dots. */
static bool
is_host(const char *s)
{
	size_t label = 0;

	if (strlen(s) >= SY_HOST_SIZE)
		return false;
	for (;; s++) {
		const bool alnum = (*s >= 'a' && *s <= 'z') ||
		    (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9');

		if (alnum || (*s == '-' && label > 0)) {
			if (++label > 63)
				return false;
			continue;
		}
		if ((*s != '.' && *s != '\0') || label == 0 || s[-1] == '-')
			return false;
		if (*s == '\0')
			return true;
		label = 0;
	}
}

/* A positive random number of 128 bits, unique without a record of those that
 * were given out. */
static enum sy_err
set_serial(X509 *cert)
{
	SY_AUTO(ossl_bn_free) BIGNUM *serial = BN_new();

	if (serial == NULL)
		return SY_ERR_NOMEM;
	if (BN_priv_rand(serial, SERIAL_BITS, BN_RAND_TOP_ANY,
		BN_RAND_BOTTOM_ANY) != 1 ||
	    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) == NULL)
		return SY_ERR_CRYPTO;
	return SY_OK;
}

static enum sy_err
set_dates(X509 *cert, int64_t not_before, int64_t not_after)
{
	if (ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)not_before) ==
		NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)not_after) == NULL)
		return SY_ERR_CRYPTO;
	return SY_OK;
}

static enum sy_err
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;
	int ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (extension == NULL)
		return SY_ERR_CRYPTO;
	ok = X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return ok == 1 ? SY_OK : SY_ERR_CRYPTO;
}

static enum sy_err
set_common_name(X509 *cert, const char *name)
{
	if (strlen(name) > CN_MAX)
		return SY_ERR_LIMIT;
	if (X509_NAME_add_entry_by_NID(X509_get_subject_name(cert),
		NID_commonName, MBSTRING_UTF8, (const unsigned char *)name, -1,
		-1, 0) != 1)
		return SY_ERR_CRYPTO;
	return SY_OK;
}

/* What all certificates have in common. */
static enum sy_err
begin_cert(EVP_PKEY *key, int64_t not_before, int64_t not_after, X509 **ret)
{
	SY_AUTO(ossl_x509_free) X509 *cert = X509_new();
	enum sy_err err;

	if (cert == NULL)
		return SY_ERR_NOMEM;
	if (X509_set_version(cert, X509_VERSION_3) != 1 ||
	    X509_set_pubkey(cert, key) != 1)
		return SY_ERR_CRYPTO;
	if ((err = set_serial(cert)) != SY_OK ||
	    (err = set_dates(cert, not_before, not_after)) != SY_OK)
		return err;
	*ret = cert;
	cert = NULL;
	return SY_OK;
}

enum sy_err
cert_make_ca(EVP_PKEY *key, const char *name, X509 **ret_cert)
{
	SY_AUTO(ossl_x509_free) X509 *cert = NULL;
	const int64_t now = time(NULL);
	enum sy_err err;
	char cn[CN_MAX + 1];

	/* A long name is cut: the certificate is known by its key. */
	(void)snprintf(cn, sizeof(cn), "%.*s" CA_SUFFIX,
	    CN_MAX - (int)(sizeof(CA_SUFFIX) - 1), name);
	if ((err = begin_cert(key, now - CERT_BACKDATE, now + CERT_CA_LIFE,
		 &cert)) != SY_OK ||
	    (err = set_common_name(cert, cn)) != SY_OK)
		return err;
	if (X509_set_issuer_name(cert, X509_get_subject_name(cert)) != 1)
		return SY_ERR_CRYPTO;
	if ((err = add_extension(cert, cert, NID_basic_constraints,
		 "critical,CA:TRUE,pathlen:0")) != SY_OK ||
	    (err = add_extension(cert, cert, NID_key_usage,
		 "critical,keyCertSign")) != SY_OK ||
	    (err = add_extension(cert, cert, NID_subject_key_identifier,
		 "hash")) != SY_OK)
		return err;
	if (X509_sign(cert, key, EVP_sha256()) == 0)
		return SY_ERR_CRYPTO;
	*ret_cert = cert;
	cert = NULL;
	return SY_OK;
}

/* P-256 or P-384, whatever else the request may bring. */
static enum sy_err
check_key(EVP_PKEY *key)
{
	char group[32];
	size_t len;

	if (!EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &len) != 1)
		return SY_ERR_ALGORITHM;
	if (strcmp(group, "prime256v1") != 0 && strcmp(group, "secp384r1") != 0)
		return SY_ERR_ALGORITHM;
	return SY_OK;
}

static enum sy_err
read_csr(const uint8_t *csr, size_t len, X509_REQ **ret)
{
	SY_AUTO(ossl_req_free) X509_REQ *req = NULL;
	SY_AUTO(ossl_bio_free) BIO *bio = NULL;
	EVP_PKEY *key;
	enum sy_err err;

	if (len == 0 || len > CSR_SIZE_MAX)
		return SY_ERR_FORMAT;
	if ((bio = BIO_new_mem_buf(csr, (int)len)) == NULL)
		return SY_ERR_NOMEM;
	/* An empty passphrase: OpenSSL would ask at the terminal for one. */
	if ((req = PEM_read_bio_X509_REQ(bio, NULL, NULL,
		 (void *)(uintptr_t) "")) == NULL ||
	    (key = X509_REQ_get0_pubkey(req)) == NULL)
		return SY_ERR_FORMAT;
	if ((err = check_key(key)) != SY_OK)
		return err;
	if (X509_REQ_verify(req, key) != 1)
		return SY_ERR_SIGNATURE;
	*ret = req;
	req = NULL;
	return SY_OK;
}

static enum sy_err
add_terminal_name(X509 *cert, X509 *ca, const char *name)
{
	enum sy_err err;

	if ((err = set_common_name(cert, name)) != SY_OK)
		return err;
	return add_extension(cert, ca, NID_ext_key_usage, "clientAuth");
}

static bool
is_address(const char *name)
{
	unsigned char address[16];

	return inet_pton(AF_INET, name, address) == 1 ||
	    inet_pton(AF_INET6, name, address) == 1;
}

static enum sy_err
add_server_name(X509 *cert, X509 *ca, const char *name)
{
	char san[SY_HOST_SIZE + 16];
	enum sy_err err;

	/* Names longer than a common name stand in the SAN alone, which is
	 * critical then (RFC 5280 section 4.2.1.6). */
	const bool has_cn = strlen(name) <= CN_MAX;

	(void)snprintf(san, sizeof(san), "%s%s:%s", has_cn ? "" : "critical,",
	    is_address(name) ? "IP" : "DNS", name);
	if (has_cn && (err = set_common_name(cert, name)) != SY_OK)
		return err;
	if ((err = add_extension(cert, ca, NID_subject_alt_name, san)) != SY_OK)
		return err;
	return add_extension(cert, ca, NID_ext_key_usage, "serverAuth");
}

static enum sy_err
add_usage(X509 *cert, X509 *ca)
{
	enum sy_err err;

	if ((err = add_extension(cert, ca, NID_basic_constraints,
		 "critical,CA:FALSE")) != SY_OK ||
	    (err = add_extension(cert, ca, NID_key_usage,
		 "critical,digitalSignature")) != SY_OK ||
	    (err = add_extension(cert, ca, NID_subject_key_identifier,
		 "hash")) != SY_OK)
		return err;
	return add_extension(cert, ca, NID_authority_key_identifier,
	    "keyid:always");
}

static enum sy_err
write_pem(X509 *cert, uint8_t **ret_pem, size_t *ret_len)
{
	SY_AUTO(ossl_bio_free) BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;

	if (bio == NULL)
		return SY_ERR_NOMEM;
	if (PEM_write_bio_X509(bio, cert) != 1)
		return SY_ERR_CRYPTO;
	len = BIO_get_mem_data(bio, &data);
	if (len <= 0)
		return SY_ERR_CRYPTO;
	if ((*ret_pem = malloc((size_t)len)) == NULL)
		return SY_ERR_NOMEM;
	memcpy(*ret_pem, data, (size_t)len);
	*ret_len = (size_t)len;
	return SY_OK;
}

static enum sy_err
check_request(enum cert_use use, const char *name, int64_t now,
    int64_t not_after)
{
	const int64_t longest =
	    use == CERT_TERMINAL ? CERT_TERMINAL_MAX : CERT_SERVER_MAX;

	if (use == CERT_TERMINAL ? !sy_text_is_terminal(name)
				 : !is_host(name) && !is_address(name))
		return SY_ERR_ARG;
	if (not_after <= now || not_after - now > longest)
		return SY_ERR_ARG;
	return SY_OK;
}

enum sy_err
cert_issue(EVP_PKEY *ca_key, X509 *ca, enum cert_use use, const char *name,
    const uint8_t *csr, size_t csr_len, int64_t now, int64_t not_after,
    uint8_t **ret_pem, size_t *ret_len)
{
	SY_AUTO(ossl_req_free) X509_REQ *req = NULL;
	SY_AUTO(ossl_x509_free) X509 *cert = NULL;
	enum sy_err err;

	if ((err = read_csr(csr, csr_len, &req)) != SY_OK ||
	    (err = check_request(use, name, now, not_after)) != SY_OK ||
	    (err = begin_cert(X509_REQ_get0_pubkey(req), now - CERT_BACKDATE,
		 not_after, &cert)) != SY_OK)
		return err;
	if (X509_set_issuer_name(cert, X509_get_subject_name(ca)) != 1)
		return SY_ERR_CRYPTO;
	err = use == CERT_TERMINAL ? add_terminal_name(cert, ca, name)
				   : add_server_name(cert, ca, name);
	if (err != SY_OK || (err = add_usage(cert, ca)) != SY_OK)
		return err;
	if (X509_sign(cert, ca_key, EVP_sha256()) == 0)
		return SY_ERR_CRYPTO;
	return write_pem(cert, ret_pem, ret_len);
}

/* --- people's cards --- */

static bool
is_handle(const char *s)
{
	const size_t len = strlen(s);

	return len > 0 && len <= CN_MAX &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789") == len;
}

/* The key in a SubjectPublicKeyInfo, if it is of a kind that cards make. */
static enum sy_err
read_spki(const uint8_t *spki, size_t len, EVP_PKEY **ret_key)
{
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	const uint8_t *at = spki;
	enum sy_err err;

	if ((err = sy_key_from_spki(spki, len, &key, NULL)) != SY_OK)
		return err;
	if (sy_key_alg(key) != SY_KEY_P256 && sy_key_alg(key) != SY_KEY_RSA2048)
		return SY_ERR_ALGORITHM;
	*ret_key = d2i_PUBKEY(NULL, &at, (long)len);
	return *ret_key == NULL ? SY_ERR_FORMAT : SY_OK;
}

static enum sy_err
write_der(X509 *cert, uint8_t **ret_der, size_t *ret_len)
{
	const int len = i2d_X509(cert, NULL);
	uint8_t *at;

	if (len <= 0)
		return SY_ERR_CRYPTO;
	if ((*ret_der = at = malloc((size_t)len)) == NULL)
		return SY_ERR_NOMEM;
	(void)i2d_X509(cert, &at);
	*ret_len = (size_t)len;
	return SY_OK;
}

enum sy_err
cert_issue_person(EVP_PKEY *ca_key, X509 *ca, const char *handle,
    const uint8_t *spki, size_t spki_len, int64_t now, int64_t not_after,
    uint8_t **ret_der, size_t *ret_len)
{
	SY_AUTO(ossl_pkey_free) EVP_PKEY *key = NULL;
	SY_AUTO(ossl_x509_free) X509 *cert = NULL;
	enum sy_err err;

	if (!is_handle(handle) || not_after <= now ||
	    not_after - now > CERT_PERSON_MAX)
		return SY_ERR_ARG;
	if ((err = read_spki(spki, spki_len, &key)) != SY_OK ||
	    (err = begin_cert(key, now - CERT_BACKDATE, not_after, &cert)) !=
		SY_OK)
		return err;
	if (X509_set_issuer_name(cert, X509_get_subject_name(ca)) != 1)
		return SY_ERR_CRYPTO;
	if ((err = set_common_name(cert, handle)) != SY_OK ||
	    (err = add_extension(cert, ca, NID_ext_key_usage,
		 "msSmartcardLogin")) != SY_OK ||
	    (err = add_usage(cert, ca)) != SY_OK)
		return err;
	if (X509_sign(cert, ca_key, EVP_sha256()) == 0)
		return SY_ERR_CRYPTO;
	return write_der(cert, ret_der, ret_len);
}
