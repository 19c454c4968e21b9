/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_INHERENCE_ATTESTATION_H
#define SY_INHERENCE_ATTESTATION_H

#include "fido2_int.h"

/*
 * Attestation statements (WebAuthn section 8): how a new credential's origin is
 * known. Pure and thread-safe.
 */
struct sy_attested {
	/* What is attested. */
	const struct sy_authdata *data;
	const uint8_t *authdata; /* the same as bytes */
	size_t authdata_len;
	const uint8_t *hash; /* of the client data */
	const struct sy_key *key;
	/* By which it is judged. */
	const struct sy_metadata *metadata;
	int64_t now;
};

struct sy_attestation_found {
	enum sy_attestation kind;
	const struct sy_model *model; /* of MODEL only */
	uint8_t aaguid[SY_AAGUID_SIZE];
};

/* ${statement} of ${format} about ${in}. Errors of sy_fido2_verify_made. */
SY_MUST_USE enum sy_err sy_attestation_check(const struct sy_attested *in,
    const char *format, const struct sy_cbor *statement,
    struct sy_attestation_found *ret, struct sy_error *reterr);

#endif /* SY_INHERENCE_ATTESTATION_H */
