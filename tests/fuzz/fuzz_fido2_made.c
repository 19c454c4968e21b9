/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registration as a whole, for one challenge. Input: u8 format, bytes16
 * authenticator data, bytes16 statement, and what is left are the metadata in
 * compact form. What is taken is consistent in itself.
 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/buf.h>
#include <sanyoso/fido2.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define NOW 1750000000

static const struct sy_fido2_expect expect = {
	.rp_id = "login.example.lg.jp",
	.origin = "https://login.example.lg.jp",
	.challenge = { 1, 2, 3 },
};

static void
check(const struct sy_fido2_credential *c, const struct sy_metadata *metadata)
{
	const bool model = c->attestation == SY_ATTESTATION_MODEL;

	if (c->key == NULL || c->id_len == 0 ||
	    c->id_len > SY_FIDO2_CREDENTIAL_MAX ||
	    (c->flags & SY_FIDO2_UP) == 0 ||
	    (c->flags & (SY_FIDO2_BE | SY_FIDO2_BS)) != 0 ||
	    model != (c->model != NULL))
		abort();
	if (model &&
	    (metadata == NULL ||
		c->model != sy_metadata_find(metadata, c->aaguid)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const formats[] = { "packed", "fido-u2f", "none",
		"tpm" };
	char client_data[SY_FIDO2_CLIENT_DATA_MAX];
	struct sy_metadata *metadata = NULL;
	struct sy_fido2_credential credential;
	struct sy_fido2_made made = { 0 };
	struct sy_reader r;
	uint8_t format;

	sy_reader_init(&r, data, len);
	if (sy_reader_u8(&r, &format) != SY_OK ||
	    sy_reader_bytes16(&r, UINT16_MAX, &made.authdata,
		&made.authdata_len) != SY_OK ||
	    sy_reader_bytes16(&r, UINT16_MAX, &made.statement,
		&made.statement_len) != SY_OK)
		return 0;
	if (sy_fido2_client_data(SY_FIDO2_CREATE, expect.challenge,
		expect.origin, client_data, &made.client_data_len) != SY_OK)
		abort();
	made.client_data = (const uint8_t *)client_data;
	made.format = formats[format % SY_COUNT(formats)];
	if (sy_metadata_unpack(r.at, sy_reader_left(&r), &metadata, NULL) !=
	    SY_OK)
		metadata = NULL;
	if (sy_fido2_verify_made(&made, &expect, metadata, NOW, &credential,
		NULL) == SY_OK) {
		check(&credential, metadata);
		sy_fido2_credential_clear(&credential);
	}
	sy_metadata_free(&metadata);
	return 0;
}
