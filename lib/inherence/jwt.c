/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include <sanyoso/text.h>

#include "lib/possession/trust_int.h"

#include "base64url.h"
#include "jwt.h"
#include "path.h"

#define PLACE        "signed file"
#define HEADER_MAX   65536
#define ES256_LEN    64 /* r and s, RFC 7518 section 3.4 */
#define ES256_NUMBER 32
#define DER_INTEGER  0x02
#define DER_SEQUENCE 0x30

/* Views into the text. */
struct jwt {
	const char *signed_text; /* header, "." and payload */
	size_t signed_len;
	const char *header;
	size_t header_len;
	const char *payload;
	size_t payload_len;
	const char *sig;
	size_t sig_len;
};

static void
free_bytes(uint8_t **bytes)
{
	free(*bytes);
	*bytes = NULL;
}

static enum sy_err
malformed(struct sy_error *reterr, const char *what)
{
	return sy_error_set(reterr, SY_ERR_FORMAT, PLACE, "%s", what);
}

static enum sy_err
no_memory(struct sy_error *reterr)
{
	return sy_error_set(reterr, SY_ERR_NOMEM, PLACE, "out of memory");
}

static enum sy_err
split(const char *text, size_t len, struct jwt *ret, struct sy_error *reterr)
{
	const char *first, *second;

	/* A newline that an editor or a shell left at the end. */
	if (len > 0 && text[len - 1] == '\n')
		len--;
	first = memchr(text, '.', len);
	second = first == NULL
	    ? NULL
	    : memchr(first + 1, '.', len - (size_t)(first + 1 - text));
	if (second == NULL)
		return malformed(reterr, "not three parts with dots between");
	*ret = (struct jwt){
		.signed_text = text,
		.signed_len = (size_t)(second - text),
		.header = text,
		.header_len = (size_t)(first - text),
		.payload = first + 1,
		.payload_len = (size_t)(second - first - 1),
		.sig = second + 1,
		.sig_len = len - (size_t)(second + 1 - text),
	};
	return SY_OK;
}

/* One JSON object in base64url of at most ${cap} bytes. */
static enum sy_err
read_object(const char *text, size_t text_len, size_t cap, const char *what,
    json_t **ret, struct sy_error *reterr)
{
	SY_AUTO(free_bytes) uint8_t *bytes = NULL;
	SY_AUTO(sy_json_free) json_t *json = NULL;
	json_error_t error;
	size_t len;
	enum sy_err err;

	if (text_len > SY_BASE64URL_LEN(cap))
		return sy_error_set(reterr, SY_ERR_LIMIT, PLACE,
		    "%s: over %zu bytes", what, cap);
	if ((bytes = malloc(text_len + 1)) == NULL)
		return no_memory(reterr);
	if ((err = sy_unbase64url(text, text_len, bytes, text_len, &len)) !=
	    SY_OK)
		return sy_error_set(reterr, err, PLACE, "%s: no base64url",
		    what);
	json = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES,
	    &error);
	if (json == NULL && json_error_code(&error) == json_error_out_of_memory)
		return no_memory(reterr);
	if (!json_is_object(json))
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "%s: not one JSON object", what);
	*ret = json;
	json = NULL;
	return SY_OK;
}

/* x5c: base64, not base64url (RFC 7515 section 4.1.6). */
static enum sy_err
read_certs(const json_t *header, STACK_OF(X509) * certs,
    struct sy_error *reterr)
{
	const json_t *x5c = json_object_get(header, "x5c"), *item;
	uint8_t der[SY_CERT_SIZE_MAX];
	enum sy_err err;
	size_t i, len;

	if (!json_is_array(x5c) || json_array_size(x5c) == 0)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "no certificates in x5c");
	json_array_foreach(x5c, i, item)
	{
		if (!json_is_string(item) ||
		    sy_text_unbase64(json_string_value(item),
			json_string_length(item), der, sizeof(der),
			&len) != SY_OK)
			return sy_error_set(reterr, SY_ERR_CERT, PLACE,
			    "x5c[%zu] is no base64 of at most %zu bytes", i,
			    sizeof(der));
		if ((err = sy_path_push(certs, der, len, reterr)) != SY_OK)
			return err;
	}
	return SY_OK;
}

/* Of subjectAltName, or of the common name where there is none. */
static enum sy_err
check_signer(X509 *leaf, const char *host, struct sy_error *reterr)
{
	if (X509_check_host(leaf, host, 0, X509_CHECK_FLAG_NO_WILDCARDS,
		NULL) != 1)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "its certificate is not that of %s", host);
	/* All bits are set where the extension is missing. */
	if ((X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0 ||
	    X509_check_ca(leaf) != 0)
		return sy_error_set(reterr, SY_ERR_CERT, PLACE,
		    "its certificate is not for signatures");
	return SY_OK;
}

/* A number of 32 bytes as INTEGER; returns its length. */
static size_t
put_integer(const uint8_t number[ES256_NUMBER], uint8_t *out)
{
	size_t skip = 0, len, at = 0;
	bool pad;

	while (skip < ES256_NUMBER - 1 && number[skip] == 0)
		skip++;
	len = ES256_NUMBER - skip;
	pad = (number[skip] & 0x80) != 0;
	out[at++] = DER_INTEGER;
	out[at++] = (uint8_t)(len + pad);
	if (pad)
		out[at++] = 0;
	memcpy(out + at, number + skip, len);
	return at + len;
}

/* ES256 as r and s of fixed length to the form that our verifier takes. */
static size_t
es256_to_der(const uint8_t sig[ES256_LEN], uint8_t *out)
{
	size_t len = 2;

	len += put_integer(sig, out + len);
	len += put_integer(sig + ES256_NUMBER, out + len);
	out[0] = DER_SEQUENCE;
	out[1] = (uint8_t)(len - 2);
	return len;
}

static enum sy_err
verify(const struct jwt *jwt, const char *alg, const struct sy_key *key,
    struct sy_error *reterr)
{
	uint8_t sig[SY_SIGNATURE_SIZE_MAX], der[SY_SIGNATURE_SIZE_MAX];
	const uint8_t *use = sig;
	const bool ec = sy_key_alg(key) == SY_KEY_P256;
	const bool rsa = sy_key_alg(key) == SY_KEY_RSA2048 ||
	    sy_key_alg(key) == SY_KEY_RSA3072;
	enum sy_err err;
	size_t len;

	if (!(ec && strcmp(alg, "ES256") == 0) &&
	    !(rsa && strcmp(alg, "RS256") == 0))
		return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "it is not signed with RS256 or ES256 by a key of that "
		    "kind");
	if (sy_unbase64url(jwt->sig, jwt->sig_len, sig, sizeof(sig), &len) !=
		SY_OK ||
	    (ec && len != ES256_LEN))
		return malformed(reterr, "its signature is malformed");
	if (ec) {
		len = es256_to_der(sig, der);
		use = der;
	}
	err = sy_key_verify_message(key, (const uint8_t *)jwt->signed_text,
	    jwt->signed_len, use, len);
	if (err != SY_OK)
		return sy_error_set(reterr, err, PLACE, "%s", sy_err_text(err));
	return SY_OK;
}

static enum sy_err
check_header(const struct jwt *jwt, STACK_OF(X509) * roots, const char *host,
    int64_t now, struct sy_error *reterr)
{
	SY_AUTO(sy_json_free) json_t *header = NULL;
	SY_AUTO(sy_x509_stack_free) STACK_OF(X509) *certs = sk_X509_new_null();
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	const json_t *alg;
	enum sy_err err;

	if (certs == NULL)
		return no_memory(reterr);
	if ((err = read_object(jwt->header, jwt->header_len, HEADER_MAX,
		 "header", &header, reterr)) != SY_OK)
		return err;
	alg = json_object_get(header, "alg");
	if (!json_is_string(alg))
		return malformed(reterr, "header: \"alg\" is missing");
	/* RFC 7515 section 4.1.11: what must be understood, and is not. */
	if (json_object_get(header, "crit") != NULL)
		return malformed(reterr, "header: \"crit\" is not understood");
	if ((err = read_certs(header, certs, reterr)) != SY_OK ||
	    (err = check_signer(sk_X509_value(certs, 0), host, reterr)) !=
		SY_OK ||
	    (err = sy_path_check(certs, roots, false, now, reterr)) != SY_OK ||
	    (err = sy_path_key(sk_X509_value(certs, 0), &key, reterr)) != SY_OK)
		return err;
	return verify(jwt, json_string_value(alg), key, reterr);
}

enum sy_err
sy_jwt_open(const char *text, size_t len, STACK_OF(X509) * roots,
    const char *host, int64_t now, json_t **ret_payload,
    struct sy_error *reterr)
{
	struct jwt jwt;
	enum sy_err err;

	if ((err = split(text, len, &jwt, reterr)) != SY_OK ||
	    (err = check_header(&jwt, roots, host, now, reterr)) != SY_OK)
		return err;
	return read_object(jwt.payload, jwt.payload_len, len, "payload",
	    ret_payload, reterr);
}
