/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fido2_maker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "tests/support/testca.h"

#define MUST(x) must((x), #x, __LINE__)

#define FLAG_AT 0x40
#define ID_SIZE 64

static void
must(bool ok, const char *what, int line)
{
	if (ok)
		return;
	fprintf(stderr, "fido2_maker.c:%d: %s\n", line, what);
	ERR_print_errors_fp(stderr);
	abort();
}

/* --- a registration --- */

struct out {
	uint8_t *at;
	size_t len, room;
};

static void
put(struct out *out, const void *p, size_t len)
{
	MUST(len <= out->room - out->len);
	memcpy(out->at + out->len, p, len);
	out->len += len;
}

static void
put_byte(struct out *out, unsigned int byte)
{
	const uint8_t b = (uint8_t)byte;

	put(out, &b, 1);
}

/* A byte string of CBOR. */
static void
put_bytes(struct out *out, const uint8_t *p, size_t len)
{
	if (len < 24) {
		put_byte(out, 0x40 + (unsigned int)len);
	} else if (len < 256) {
		put_byte(out, 0x58);
		put_byte(out, (unsigned int)len);
	} else {
		put_byte(out, 0x59);
		put_byte(out, (unsigned int)(len >> 8));
		put_byte(out, len & 0xff);
	}
	put(out, p, len);
}

static void
put_coordinate(struct out *out, EVP_PKEY *key, const char *name)
{
	uint8_t bytes[32];
	BIGNUM *n = NULL;

	MUST(EVP_PKEY_get_bn_param(key, name, &n) == 1);
	MUST(BN_bn2binpad(n, bytes, sizeof(bytes)) == sizeof(bytes));
	BN_free(n);
	put_bytes(out, bytes, sizeof(bytes));
}

/* COSE_Key of ES256 (RFC 9053 section 7.1). */
static void
put_cose(struct out *out, EVP_PKEY *key)
{
	static const uint8_t head[] = { 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20,
		0x01, 0x21 };

	put(out, head, sizeof(head));
	put_coordinate(out, key, OSSL_PKEY_PARAM_EC_PUB_X);
	put_byte(out, 0x22);
	put_coordinate(out, key, OSSL_PKEY_PARAM_EC_PUB_Y);
}

static void
put_credential(struct out *out, const struct maker_says *says)
{
	put(out, says->aaguid, MAKER_AAGUID_SIZE);
	put_byte(out, 0);
	put_byte(out, ID_SIZE);
	for (int i = 0; i < ID_SIZE; i++)
		put_byte(out, says->id);
	put_cose(out, says->key);
}

static void
put_text(struct out *out, const char *text)
{
	put_byte(out, 0x60 + (unsigned int)strlen(text));
	put(out, text, strlen(text));
}

static void
put_statement(const struct maker_says *says, struct maker_made *ret)
{
	struct out out = { ret->statement, 0, sizeof(ret->statement) };
	uint8_t *der;
	size_t len;

	if (says->format == MAKER_NONE) {
		put_byte(&out, 0xa0);
		ret->statement_len = out.len;
		return;
	}
	put_byte(&out, says->format == MAKER_PACKED ? 0xa3 : 0xa2);
	put_text(&out, "alg");
	put_byte(&out, 0x26);
	put_text(&out, "sig");
	put_bytes(&out, ret->said.signature, ret->said.signature_len);
	if (says->format == MAKER_PACKED) {
		put_text(&out, "x5c");
		put_byte(&out, 0x81);
		der = testca_der(says->cert, &len);
		put_bytes(&out, der, len);
		free(der);
	}
	ret->statement_len = out.len;
}

void
maker_make(const struct maker_says *says, struct maker_made *ret)
{
	uint8_t credential[512];
	struct out out = { credential, 0, sizeof(credential) };
	struct signer_says signer = { .type = "webauthn.create",
		.origin = says->origin,
		.rp_id = says->rp_id,
		.flags = says->flags | FLAG_AT,
		.counter = says->counter,
		.made = credential };

	put_credential(&out, says);
	signer.made_len = out.len;
	memcpy(signer.challenge, says->challenge, sizeof(signer.challenge));
	signer_sign(says->format == MAKER_PACKED ? says->cert_key : says->key,
	    &signer, &ret->said);
	ret->format = says->format == MAKER_NONE ? "none" : "packed";
	put_statement(says, ret);
}

/* --- certificates --- */

static void
add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	MUST(ext != NULL && X509_add_ext(cert, ext, -1) == 1);
	X509_EXTENSION_free(ext);
}

/* id-fido-gen-ce-aaguid: an octet string in the extension's own. */
static void
add_aaguid(X509 *cert, const uint8_t aaguid[MAKER_AAGUID_SIZE])
{
	uint8_t value[2 + MAKER_AAGUID_SIZE] = { 0x04, MAKER_AAGUID_SIZE };
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;

	memcpy(value + 2, aaguid, MAKER_AAGUID_SIZE);
	MUST(oid != NULL && octets != NULL);
	MUST(ASN1_OCTET_STRING_set(octets, value, sizeof(value)) == 1);
	ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, octets);
	MUST(ext != NULL && X509_add_ext(cert, ext, -1) == 1);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(octets);
	ASN1_OBJECT_free(oid);
}

static void
add_name(X509 *cert, const char *field, const char *value)
{
	MUST(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), field,
		 MBSTRING_UTF8, (const uint8_t *)value, -1, -1, 0) == 1);
}

X509 *
maker_cert(X509 *root, EVP_PKEY *root_key, EVP_PKEY *key,
    const uint8_t aaguid[MAKER_AAGUID_SIZE])
{
	X509 *cert = X509_new();

	MUST(cert != NULL && X509_set_version(cert, 2) == 1);
	MUST(ASN1_INTEGER_set(X509_get_serialNumber(cert), 17) == 1);
	add_name(cert, "C", "JP");
	add_name(cert, "O", "Test Maker");
	add_name(cert, "OU", "Authenticator Attestation");
	add_name(cert, "CN", "Test Key");
	MUST(X509_set_issuer_name(cert, X509_get_subject_name(root)) == 1);
	MUST(X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != NULL);
	MUST(X509_gmtime_adj(X509_getm_notAfter(cert), 86400) != NULL);
	MUST(X509_set_pubkey(cert, key) == 1);
	add_extension(cert, NID_basic_constraints, "critical,CA:FALSE");
	add_aaguid(cert, aaguid);
	MUST(X509_sign(cert, root_key, EVP_sha256()) > 0);
	return cert;
}

/* --- metadata --- */

struct text {
	char *at;
	size_t len, room;
};

static void __attribute__((format(printf, 2, 3)))
say(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->at + t->len, t->room - t->len, fmt, ap);
	va_end(ap);
	MUST(n >= 0 && (size_t)n < t->room - t->len);
	t->len += (size_t)n;
}

static struct text
text_new(size_t room)
{
	struct text t = { malloc(room), 0, room };

	MUST(t.at != NULL);
	return t;
}

/* base64, or (${url}) base64url without padding. */
static void
say_base64(struct text *t, const uint8_t *p, size_t len, bool url)
{
	char *at = t->at + t->len;
	int n;

	MUST(4 * (len / 3 + 1) + 1 < t->room - t->len);
	n = EVP_EncodeBlock((uint8_t *)at, p, (int)len);
	MUST(n >= 0);
	for (; url && n > 0 && at[n - 1] == '='; n--)
		at[n - 1] = '\0';
	for (int i = 0; url && i < n; i++)
		at[i] = at[i] == '+' ? '-' : at[i] == '/' ? '_' : at[i];
	t->len += (size_t)n;
}

static void
say_cert(struct text *t, X509 *cert)
{
	size_t len;
	uint8_t *der = testca_der(cert, &len);

	say(t, "\"");
	say_base64(t, der, len, false);
	say(t, "\"");
	free(der);
}

static void
say_aaguid(struct text *t, const uint8_t aaguid[MAKER_AAGUID_SIZE], bool dashes)
{
	for (int i = 0; i < MAKER_AAGUID_SIZE; i++)
		say(t, "%s%02x",
		    dashes && (i == 4 || i == 6 || i == 8 || i == 10) ? "-"
								      : "",
		    aaguid[i]);
}

static const char *
yes(bool b)
{
	return b ? "true" : "false";
}

static void
say_verification(struct text *t, const struct maker_model *m)
{
	static const char one[] = "[{\"userVerificationMethod\":\"%s\"}]";

	say(t, "\"userVerificationDetails\":[");
	say(t, one, "presence_internal");
	if (m->pin) {
		say(t, ",");
		say(t, one, "passcode_external");
	}
	if (m->fingerprint) {
		say(t, ",");
		say(t, one, "fingerprint_internal");
	}
	say(t, "],");
}

static void
say_model(struct text *t, const struct maker_model *m)
{
	say(t, "{\"aaguid\":\"");
	say_aaguid(t, m->aaguid, true);
	say(t, "\",\"metadataStatement\":{\"aaguid\":\"");
	say_aaguid(t, m->aaguid, true);
	say(t,
	    "\",\"description\":\"%s\",\"authenticatorVersion\":1,"
	    "\"protocolFamily\":\"fido2\",\"schema\":3,"
	    "\"attestationTypes\":[\"basic_full\"],",
	    m->name);
	say_verification(t, m);
	say(t, "\"attestationRootCertificates\":[");
	say_cert(t, m->root);
	say(t,
	    "],\"authenticatorGetInfo\":{\"versions\":[\"FIDO_2_0\"],"
	    "\"aaguid\":\"");
	say_aaguid(t, m->aaguid, false);
	say(t, "\",\"options\":{\"rk\":true,\"clientPin\":%s,\"uv\":%s}}},",
	    yes(m->pin), yes(m->fingerprint));
	say(t,
	    "\"statusReports\":[{\"status\":\"%s\","
	    "\"effectiveDate\":\"2024-02-01\"",
	    m->status == NULL ? "FIDO_CERTIFIED" : m->status);
	if (m->version != 0)
		say(t, ",\"authenticatorVersion\":%d", m->version);
	say(t, "}],\"timeOfLastStatusChange\":\"2024-02-01\"}");
}

static void
say_payload(struct text *t, const struct maker_blob *spec)
{
	say(t, "{\"legalHeader\":\"");
	for (size_t i = 0; i < spec->padding; i++)
		say(t, "x");
	say(t, "\",\"no\":%d,\"nextUpdate\":\"%s\",\"entries\":[", spec->number,
	    spec->next_update);
	for (size_t i = 0; i < spec->count; i++) {
		say(t, "%s", i > 0 ? "," : "");
		say_model(t, &spec->models[i]);
	}
	say(t, "]}");
}

static X509 *
signer_cert(const struct maker_blob *spec, EVP_PKEY *key)
{
	const struct testca_spec cert = { .cn = "mds.fidoalliance.org",
		.key = key,
		.not_before = time(NULL) - 3600,
		.not_after = time(NULL) + 86400,
		.serial = 5,
		.names = "DNS:mds.fidoalliance.org" };

	return testca_issue(spec->root, spec->root_key, &cert);
}

char *
maker_blob(const struct maker_blob *spec)
{
	const size_t room = 65536 + 2 * spec->padding + 16384 * spec->count;
	EVP_PKEY *const key = testca_key(TESTCA_RSA2048);
	X509 *cert = signer_cert(spec, key);
	struct text t = text_new(2 * room), part = text_new(room);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[SIGNER_SIGNATURE_MAX];
	size_t len = sizeof(signature);

	say(&part, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"x5c\":[");
	say_cert(&part, cert);
	say(&part, "]}");
	say_base64(&t, (const uint8_t *)part.at, part.len, true);
	say(&t, ".");
	part.len = 0;
	say_payload(&part, spec);
	say_base64(&t, (const uint8_t *)part.at, part.len, true);
	MUST(ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	MUST(EVP_DigestSign(ctx, signature, &len, (const uint8_t *)t.at,
		 t.len) == 1);
	say(&t, ".");
	say_base64(&t, signature, len, true);
	EVP_MD_CTX_free(ctx);
	X509_free(cert);
	free(part.at);
	return t.at;
}
