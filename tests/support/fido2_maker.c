/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fido2_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/keymaker.h"

#define FLAG_AT 0x40
#define ID_SIZE 64
#define HOUR    3600
#define DAY     86400

/* A test can't go on without it. */
static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "fido2_maker: %s\n", what);
	abort();
}

/* --- a registration --- */

static void
put_statement(const struct maker_says *says, struct maker_made *ret)
{
	struct blob b = { .len = 0 }, sig = { .len = 0 };
	X509 *const cert = says->cert;

	blob_add(&sig, ret->said.signature, ret->said.signature_len);
	if (says->format == MAKER_NONE)
		cbor_head(&b, 5, 0);
	else
		keymaker_statement(&b, keymaker_alg(says->key), &sig, &cert,
		    says->format == MAKER_PACKED ? 1 : 0);
	must(b.len <= sizeof(ret->statement), "the statement has no room");
	memcpy(ret->statement, b.data, b.len);
	ret->statement_len = b.len;
}

void
maker_make(const struct maker_says *says, struct maker_made *ret)
{
	uint8_t id[ID_SIZE];
	struct signer_says signer = { .type = "webauthn.create",
		.origin = says->origin,
		.rp_id = says->rp_id,
		.flags = says->flags | FLAG_AT,
		.counter = says->counter,
		.made = says->key,
		.id = id,
		.id_len = sizeof(id),
		.aaguid = says->aaguid };

	memset(id, says->id, sizeof(id));
	memcpy(signer.challenge, says->challenge, sizeof(signer.challenge));
	signer_sign(says->format == MAKER_PACKED ? says->cert_key : says->key,
	    &signer, &ret->said);
	ret->format = says->format == MAKER_NONE ? "none" : "packed";
	put_statement(says, ret);
}

X509 *
maker_cert(X509 *root, EVP_PKEY *root_key, EVP_PKEY *key,
    const uint8_t aaguid[MAKER_AAGUID_SIZE])
{
	const struct keymaker_cert spec = { .key = key,
		.not_before = time(NULL) - HOUR,
		.not_after = time(NULL) + DAY,
		.aaguid = aaguid };

	return keymaker_issue(root, root_key, &spec);
}

/* --- metadata --- */

static void
say_cert(FILE *f, X509 *cert)
{
	char *text = keymaker_base64(cert);

	(void)fprintf(f, "\"%s\"", text);
	free(text);
}

static void
say_aaguid(FILE *f, const uint8_t aaguid[MAKER_AAGUID_SIZE], bool dashes)
{
	for (int i = 0; i < MAKER_AAGUID_SIZE; i++)
		(void)fprintf(f, "%s%02x",
		    dashes && (i == 4 || i == 6 || i == 8 || i == 10) ? "-"
								      : "",
		    aaguid[i]);
}

static const char *
yes(bool b)
{
	return b ? "true" : "false";
}

#define WAY(name) "[{\"userVerificationMethod\":\"" name "\"}]"

static void
say_verification(FILE *f, const struct maker_model *m)
{
	(void)fprintf(f, "\"userVerificationDetails\":[%s%s%s],",
	    WAY("presence_internal"),
	    m->pin ? "," WAY("passcode_external") : "",
	    m->fingerprint ? "," WAY("fingerprint_internal") : "");
}

static void
say_model(FILE *f, const struct maker_model *m)
{
	(void)fprintf(f, "{\"aaguid\":\"");
	say_aaguid(f, m->aaguid, true);
	(void)fprintf(f, "\",\"metadataStatement\":{\"aaguid\":\"");
	say_aaguid(f, m->aaguid, true);
	(void)fprintf(f,
	    "\",\"description\":\"%s\",\"authenticatorVersion\":1,"
	    "\"protocolFamily\":\"fido2\",\"schema\":3,"
	    "\"attestationTypes\":[\"basic_full\"],",
	    m->name);
	say_verification(f, m);
	(void)fprintf(f, "\"attestationRootCertificates\":[");
	say_cert(f, m->root);
	(void)fprintf(f,
	    "],\"authenticatorGetInfo\":{\"versions\":[\"FIDO_2_0\"],"
	    "\"aaguid\":\"");
	say_aaguid(f, m->aaguid, false);
	(void)fprintf(f,
	    "\",\"options\":{\"rk\":true,\"clientPin\":%s,\"uv\":%s}}},",
	    yes(m->pin), yes(m->fingerprint));
	(void)fprintf(f,
	    "\"statusReports\":[{\"status\":\"%s\","
	    "\"effectiveDate\":\"2024-02-01\"",
	    m->status == NULL ? "FIDO_CERTIFIED" : m->status);
	if (m->version != 0)
		(void)fprintf(f, ",\"authenticatorVersion\":%d", m->version);
	(void)fprintf(f, "}],\"timeOfLastStatusChange\":\"2024-02-01\"}");
}

static void
say_payload(FILE *f, const struct maker_blob *spec)
{
	(void)fprintf(f, "{\"legalHeader\":\"");
	for (size_t i = 0; i < spec->padding; i++)
		(void)fprintf(f, "x");
	(void)fprintf(f, "\",\"no\":%d,\"nextUpdate\":\"%s\",\"entries\":[",
	    spec->number, spec->next_update);
	for (size_t i = 0; i < spec->count; i++) {
		(void)fprintf(f, "%s", i > 0 ? "," : "");
		say_model(f, &spec->models[i]);
	}
	(void)fprintf(f, "]}");
}

static X509 *
signer_cert(const struct maker_blob *spec, EVP_PKEY *key)
{
	const struct testca_spec cert = { .cn = "mds.fidoalliance.org",
		.key = key,
		.not_before = time(NULL) - HOUR,
		.not_after = time(NULL) + DAY,
		.serial = 5,
		.names = "DNS:mds.fidoalliance.org" };

	return testca_issue(spec->root, spec->root_key, &cert);
}

char *
maker_blob(const struct maker_blob *spec)
{
	EVP_PKEY *const key = testca_key(TESTCA_RSA2048);
	X509 *cert = signer_cert(spec, key);
	char *payload = NULL, *blob;
	size_t len;
	FILE *f = open_memstream(&payload, &len);

	must(f != NULL, "no memory");
	say_payload(f, spec);
	must(fclose(f) == 0, "no memory");
	blob = keymaker_jwt("RS256", &cert, 1, key, payload);
	X509_free(cert);
	free(payload);
	return blob;
}
