/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_INHERENCE_COSE_H
#define SY_INHERENCE_COSE_H

#include <stdbool.h>

#include <sanyoso/key.h>

#include "cbor.h"

/* Algorithms (IANA registry "COSE Algorithms"; RFC 9053, RFC 8812). */
enum sy_cose_alg {
	SY_COSE_ES256 = -7,
	SY_COSE_EDDSA = -8,
	SY_COSE_ES384 = -35,
	SY_COSE_RS256 = -257,
};

/* Whether signatures of ${alg} are what a key of this kind makes. */
bool sy_cose_alg_fits(int alg, enum sy_key_alg kind);

/*
 * A COSE_Key (RFC 9052 section 7, WebAuthn section 6.5.1.1): the members that
 * its type needs and no others. EC2 with P-256 and ES256, or P-384 and ES384;
 * OKP with Ed25519 and EdDSA; RSA of 2048 or 3072 bits with exponent 65537 and
 * RS256. FORMAT; ALGORITHM for any other; NOMEM, CRYPTO.
 */
SY_MUST_USE enum sy_err sy_cose_key(const struct sy_cbor *map,
    struct sy_key **ret_key, struct sy_error *reterr);

#endif /* SY_INHERENCE_COSE_H */
