/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates as a card would hand them over, under a throwaway CA. */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/trust.h>

#define NOW ((int64_t)1750000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char ca_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBYjCCAQigAwIBAgIBATAKBggqhkjOPQQDAjASMRAwDgYDVQQDDAdGdXp6IENB\n"
    "MCAXDTIzMTExNDIyMTMyMFoYDzIwNTUwNzI0MDAwMDAwWjASMRAwDgYDVQQDDAdG\n"
    "dXp6IENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqOINR9sQ0cECn42gnz/N\n"
    "aOzHlezN2DzJMxQmbuD6opgJm6jb/ZWhjN5hEA5yavRyHhR+Y0GDpYTybB/ffEcI\n"
    "p6NNMEswHQYDVR0OBBYEFAsbO2StBNHJC4D9G5GgvnGsg1yXMAkGA1UdIwQCMAAw\n"
    "DwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAw\n"
    "RQIgDotZnWH9CcD3fdPFIe/+RVMeLidz3iuqRjMtu4sLBzYCIQCedV9ZDgZAIsoT\n"
    "UxXEPaevZdJSGm1EkHZEfNOF8Z2naQ==\n"
    "-----END CERTIFICATE-----\n";

static struct sy_trust *
trust_once(void)
{
	static struct sy_trust *trust;

	if (trust == NULL &&
	    (sy_trust_new(&trust) != SY_OK ||
		sy_trust_add_ca(trust, ca_pem, strlen(ca_pem), "ca", NULL) !=
		    SY_OK))
		abort();
	return trust;
}

/* Whatever was accepted must be whole. */
static void
inspect(struct sy_cert *cert)
{
	struct sy_key *again = NULL;
	const uint8_t *spki;
	size_t len;

	if (cert->key == NULL ||
	    memchr(cert->subject, 0, sizeof(cert->subject)) == NULL ||
	    memchr(cert->issuer, 0, sizeof(cert->issuer)) == NULL)
		abort();
	spki = sy_key_spki(cert->key, &len);
	if (sy_key_from_spki(spki, len, &again, NULL) != SY_OK)
		abort();
	sy_key_free(&again);
	sy_cert_clear(cert);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_cert cert = { 0 };
	struct sy_error e = { 0 };
	const enum sy_err parsed = sy_cert_parse(data, len, &cert, &e);

	if (parsed == SY_OK)
		inspect(&cert);
	else if (cert.key != NULL || e.code != parsed)
		abort();
	if (sy_trust_check(trust_once(), data, len, NOW, &cert, &e) != SY_OK)
		return 0;
	if (parsed != SY_OK || cert.not_before > NOW || cert.not_after < NOW)
		abort();
	inspect(&cert);
	return 0;
}
