/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fido2_verify assertions ROUNDS MILLISECONDS
 *	In each round, in turn: our verification of one assertion of ES256 from
 *	its bytes to the verdict, libfido2's of the same, and OpenSSL's of the
 *	bare signature over a digest with a kept key. A line a round: three
 *	rates, per second of processor time.
 * fido2_verify metadata MEGABYTES
 *	Import of a signed file of that size: milliseconds of processor time,
 *	growth of peak memory in KiB, bytes, models.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <fido.h>
#include <fido/es256.h>
#include <openssl/sha.h>

#include <sanyoso/fido2.h>

#include "tests/support/keymaker.h"

#define RP_ID  "login.example.lg.jp"
#define ORIGIN "https://login.example.lg.jp"
#define NOW    1750000000
#define BATCH  16

/* Both sides keep the key parsed, as a server does between logins. */
static struct {
	struct blob client, authdata, sig;
	struct sy_fido2_expect expect;
	struct sy_key *key;
	es256_pk_t *pk;
	EVP_PKEY_CTX *bare;
	uint8_t digest[SHA256_DIGEST_LENGTH];
} it;

static void
die(const char *what)
{
	(void)fprintf(stderr, "fido2_verify: %s\n", what);
	exit(1);
}

/* Of this process alone: what else runs here takes no share. */
static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
prepare(void)
{
	const struct keymaker_authdata what = {
		.rp_id = RP_ID, .flags = SY_FIDO2_UP | SY_FIDO2_UV, .counter = 7
	};
	EVP_PKEY *key = testca_key(TESTCA_P256);
	uint8_t hash[SHA256_DIGEST_LENGTH];
	struct blob message = { .len = 0 };
	size_t len;
	uint8_t *der = testca_spki(key, &len);

	it.expect = (struct sy_fido2_expect){ .rp_id = RP_ID,
		.origin = ORIGIN,
		.challenge = { 1, 2, 3 },
		.uv = true };
	keymaker_client_data(&it.client, SY_FIDO2_GET, it.expect.challenge,
	    ORIGIN);
	keymaker_authdata(&it.authdata, &what);
	keymaker_sign(&it.sig, key, &it.authdata, &it.client);
	if (sy_key_from_spki(der, len, &it.key, NULL) != SY_OK)
		die("key");
	free(der);
	if ((it.pk = es256_pk_new()) == NULL ||
	    es256_pk_from_EVP_PKEY(it.pk, key) != FIDO_OK)
		die("libfido2's key");
	SHA256(it.client.data, it.client.len, hash);
	blob_add(&message, it.authdata.data, it.authdata.len);
	blob_add(&message, hash, sizeof(hash));
	SHA256(message.data, message.len, it.digest);
	if ((it.bare = EVP_PKEY_CTX_new(key, NULL)) == NULL ||
	    EVP_PKEY_verify_init(it.bare) <= 0)
		die("OpenSSL");
}

static void
ours(void)
{
	const struct sy_fido2_signed in = {
		.client_data = it.client.data,
		.client_data_len = it.client.len,
		.authdata = it.authdata.data,
		.authdata_len = it.authdata.len,
		.signature = it.sig.data,
		.signature_len = it.sig.len,
	};
	struct sy_fido2_assertion got;

	if (sy_fido2_verify_signed(&in, &it.expect, it.key, &got, NULL) !=
	    SY_OK)
		die("our verification");
}

static void
theirs(void)
{
	fido_assert_t *f = fido_assert_new();

	if (f == NULL || fido_assert_set_rp(f, RP_ID) != FIDO_OK ||
	    fido_assert_set_clientdata(f, it.client.data, it.client.len) !=
		FIDO_OK ||
	    fido_assert_set_count(f, 1) != FIDO_OK ||
	    fido_assert_set_authdata_raw(f, 0, it.authdata.data,
		it.authdata.len) != FIDO_OK ||
	    fido_assert_set_sig(f, 0, it.sig.data, it.sig.len) != FIDO_OK ||
	    fido_assert_set_up(f, FIDO_OPT_TRUE) != FIDO_OK ||
	    fido_assert_set_uv(f, FIDO_OPT_TRUE) != FIDO_OK ||
	    fido_assert_verify(f, 0, COSE_ES256, it.pk) != FIDO_OK)
		die("libfido2's verification");
	fido_assert_free(&f);
}

static void
bare(void)
{
	if (EVP_PKEY_verify(it.bare, it.sig.data, it.sig.len, it.digest,
		sizeof(it.digest)) != 1)
		die("OpenSSL's verification");
}

static double
rate(void (*verify)(void), double span)
{
	const double begin = seconds();
	double now = begin;
	unsigned long n = 0;

	while (now - begin < span) {
		for (int i = 0; i < BATCH; i++)
			verify();
		n += BATCH;
		now = seconds();
	}
	return (double)n / (now - begin);
}

static void
run_assertions(long rounds, double span)
{
	fido_init(0);
	prepare();
	for (long i = 0; i < rounds; i++) {
		const double a = rate(ours, span);
		const double b = rate(theirs, span);
		const double c = rate(bare, span);

		(void)printf("%.0f %.0f %.0f\n", a, b, c);
	}
}

/* Entries such as the real file has: an icon is most of each. */
static char *
payload_of(size_t size, X509 *root)
{
	char *text = malloc(size + 65536), *base64 = keymaker_base64(root);
	char icon[20001];
	size_t at;

	if (text == NULL)
		die("memory");
	memset(icon, 'A', sizeof(icon) - 1);
	icon[sizeof(icon) - 1] = '\0';
	at = (size_t)snprintf(text, 64,
	    "{\"no\":1,\"nextUpdate\":\"2025-07-01\",\"entries\":[");
	for (unsigned int i = 1; at < size; i++)
		at += (size_t)snprintf(text + at, size + 65536 - at,
		    "%s{\"aaguid\":\"%08x-0000-0000-0000-000000000000\","
		    "\"metadataStatement\":{\"description\":\"Key %u\","
		    "\"userVerificationDetails\":[[{\"userVerificationMethod\":"
		    "\"fingerprint_internal\"}]],"
		    "\"attestationRootCertificates\":[\"%s\",\"%s\"],"
		    "\"icon\":\"%s\"},\"statusReports\":["
		    "{\"status\":\"FIDO_CERTIFIED\"}]}",
		    i > 1 ? "," : "", i, i, base64, base64, icon);
	(void)snprintf(text + at, 3, "]}");
	free(base64);
	return text;
}

/* A line of /proc/self/status in KiB. */
static long
memory(const char *name)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	if (f == NULL)
		die("/proc/self/status");
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtol(line + strlen(name), NULL, 10);
	}
	(void)fclose(f);
	return kib;
}

/* From here on the peak is that of what follows (proc(5), clear_refs). */
static void
forget_peak(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "w");

	if (f == NULL || fputs("5", f) < 0 || fclose(f) != 0)
		die("/proc/self/clear_refs");
}

static void
run_metadata(double megabytes)
{
	EVP_PKEY *key = testca_key(TESTCA_RSA2048);
	X509 *root = testca_root("MDS", key, NOW - 1000, NOW + 1000), *leaf;
	const struct testca_spec spec = { .cn = "mds.fidoalliance.org",
		.key = key,
		.not_before = NOW - 1000,
		.not_after = NOW + 1000 };
	struct sy_metadata *m = NULL;
	struct sy_error e = { 0 };
	char *pem = testca_pem(root), *payload, *blob;
	double begin;
	long before;

	leaf = testca_issue(root, key, &spec);
	payload = payload_of((size_t)(megabytes * 1e6 * 3 / 4), root);
	blob = keymaker_jwt("RS256", &leaf, 1, key, payload);
	free(payload);
	forget_peak();
	before = memory("VmRSS:");
	begin = seconds();
	if (sy_metadata_import(blob, strlen(blob), pem, strlen(pem), NOW, &m,
		&e) != SY_OK)
		die(e.text);
	(void)printf("%.0f %ld %zu %zu\n", (seconds() - begin) * 1e3,
	    memory("VmHWM:") - before, strlen(blob), sy_metadata_count(m));
	sy_metadata_free(&m);
	X509_free(root);
	X509_free(leaf);
	free(blob);
	free(pem);
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "assertions") == 0)
		run_assertions(strtol(argv[2], NULL, 10),
		    strtod(argv[3], NULL) / 1e3);
	else if (argc == 3 && strcmp(argv[1], "metadata") == 0)
		run_metadata(strtod(argv[2], NULL));
	else
		die("usage: fido2_verify assertions ROUNDS MILLISECONDS | "
		    "metadata MEGABYTES");
	return 0;
}
