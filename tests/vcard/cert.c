/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#include "cert.h"

#define SERIAL_BYTES 16
#define RDN_MAX      256U
#define X509_V3      2L
#define AAGUID_BYTES 16

static FILE *
open_read(const char *path)
{
	return fopen(path, "re");
}

enum sy_err
vc_issuer_load(const char *cert_file, const char *key_file,
    struct vc_issuer *ret)
{
	struct vc_issuer is = { NULL, NULL };
	FILE *f;

	if ((f = open_read(cert_file)) == NULL)
		return SY_ERR_IO;
	is.cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	if ((f = open_read(key_file)) == NULL) {
		vc_issuer_clear(&is);
		return SY_ERR_IO;
	}
	is.key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	if (is.cert == NULL || is.key == NULL) {
		vc_issuer_clear(&is);
		return SY_ERR_FORMAT;
	}
	*ret = is;
	return SY_OK;
}

void
vc_issuer_clear(struct vc_issuer *issuer)
{
	X509_free(issuer->cert);
	EVP_PKEY_free(issuer->key);
	issuer->cert = NULL;
	issuer->key = NULL;
}

/* "/type=value/type=value"; a value holds no slash. */
static enum sy_err
set_subject(X509_NAME *name, const char *text)
{
	char rdn[RDN_MAX], *value;

	while (*text == '/') {
		const size_t len = strcspn(++text, "/");

		if (len >= sizeof(rdn))
			return SY_ERR_LIMIT;
		memcpy(rdn, text, len);
		rdn[len] = '\0';
		text += len;
		if ((value = strchr(rdn, '=')) == NULL)
			return SY_ERR_FORMAT;
		*value++ = '\0';
		if (X509_NAME_add_entry_by_txt(name, rdn, MBSTRING_UTF8,
			(const unsigned char *)value, -1, -1, 0) != 1)
			return SY_ERR_FORMAT;
	}
	return *text == '\0' ? SY_OK : SY_ERR_FORMAT;
}

static enum sy_err
add_extensions(X509 *cert, X509 *issuer, bool ca)
{
	const struct {
		int nid;
		const char *value;
	} ext[] = {
		{ NID_basic_constraints,
		    ca ? "critical,CA:TRUE" : "critical,CA:FALSE" },
		{ NID_key_usage,
		    ca ? "critical,keyCertSign,cRLSign"
		       : "critical,digitalSignature" },
		{ NID_subject_key_identifier, "hash" },
		{ NID_authority_key_identifier, "keyid" },
	};
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	for (size_t i = 0; i < SY_COUNT(ext); i++) {
		X509_EXTENSION *e =
		    X509V3_EXT_conf_nid(NULL, &ctx, ext[i].nid, ext[i].value);
		const int ok = e != NULL && X509_add_ext(cert, e, -1) == 1;

		X509_EXTENSION_free(e);
		if (!ok)
			return SY_ERR_CRYPTO;
	}
	return SY_OK;
}

/* id-fido-gen-ce-aaguid: an OCTET STRING; WebAuthn level 2, 8.2.1. */
static enum sy_err
add_aaguid(X509 *cert, const uint8_t *aaguid)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	uint8_t der[2 + AAGUID_BYTES] = { 0x04, AAGUID_BYTES };
	X509_EXTENSION *e = NULL;
	bool ok;

	memcpy(der + 2, aaguid, AAGUID_BYTES);
	ok = oid != NULL && value != NULL &&
	    ASN1_OCTET_STRING_set(value, der, sizeof(der)) == 1 &&
	    (e = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value)) != NULL &&
	    X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return ok ? SY_OK : SY_ERR_CRYPTO;
}

static enum sy_err
set_serial(X509 *cert)
{
	uint8_t raw[SERIAL_BYTES];
	BIGNUM *bn;
	bool ok;

	if (RAND_bytes(raw, sizeof(raw)) != 1)
		return SY_ERR_CRYPTO;
	raw[0] &= 0x7f;
	bn = BN_bin2bn(raw, sizeof(raw), NULL);
	ok = bn != NULL &&
	    BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert)) != NULL;
	BN_free(bn);
	return ok ? SY_OK : SY_ERR_CRYPTO;
}

static void
free_cert(X509 **cert)
{
	X509_free(*cert);
}

enum sy_err
vc_cert_issue(const struct vc_issuer *issuer, const struct vc_cert_spec *spec,
    EVP_PKEY *pkey, X509 **ret)
{
	SY_AUTO(free_cert) X509 *cert = X509_new();
	X509 *signer = issuer != NULL ? issuer->cert : cert;
	EVP_PKEY *key = issuer != NULL ? issuer->key : pkey;
	enum sy_err err;

	if (cert == NULL)
		return SY_ERR_NOMEM;
	if ((err = set_serial(cert)) != SY_OK ||
	    (err = set_subject(X509_get_subject_name(cert), spec->subject)) !=
		SY_OK)
		return err;
	if (X509_set_version(cert, X509_V3) != 1 ||
	    X509_set_issuer_name(cert, X509_get_subject_name(signer)) != 1 ||
	    X509_set_pubkey(cert, pkey) != 1 ||
	    X509_time_adj_ex(X509_getm_notBefore(cert), spec->from_days, 0,
		NULL) == NULL ||
	    X509_time_adj_ex(X509_getm_notAfter(cert), spec->to_days, 0,
		NULL) == NULL)
		return SY_ERR_CRYPTO;
	if ((err = add_extensions(cert, signer, spec->ca)) != SY_OK)
		return err;
	if (spec->aaguid != NULL &&
	    (err = add_aaguid(cert, spec->aaguid)) != SY_OK)
		return err;
	if (X509_sign(cert, key, EVP_sha256()) == 0)
		return SY_ERR_CRYPTO;
	*ret = cert;
	cert = NULL;
	return SY_OK;
}

enum sy_err
vc_cert_der(const X509 *cert, struct vc_bytes *out)
{
	unsigned char *der = NULL;
	const int len = i2d_X509(cert, &der);

	if (len <= 0)
		return SY_ERR_CRYPTO;
	vc_bytes_raw(out, der, (size_t)len);
	OPENSSL_free(der);
	return out->bad ? SY_ERR_LIMIT : SY_OK;
}

static FILE *
open_write(int dirfd, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
	const int fd = openat(dirfd, name, flags, 0600);
	FILE *f;

	if (fd < 0)
		return NULL;
	if ((f = fdopen(fd, "w")) == NULL)
		close(fd);
	return f;
}

enum sy_err
vc_cert_write(int dirfd, const char *name, const X509 *cert)
{
	FILE *f = open_write(dirfd, name);
	int ok;

	if (f == NULL)
		return SY_ERR_IO;
	ok = PEM_write_X509(f, cert);
	return fclose(f) == 0 && ok == 1 ? SY_OK : SY_ERR_IO;
}

enum sy_err
vc_cert_write_key(int dirfd, const char *name, const EVP_PKEY *pkey)
{
	FILE *f = open_write(dirfd, name);
	int ok;

	if (f == NULL)
		return SY_ERR_IO;
	ok = PEM_write_PrivateKey(f, pkey, NULL, NULL, 0, NULL, NULL);
	return fclose(f) == 0 && ok == 1 ? SY_OK : SY_ERR_IO;
}
