/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_INHERENCE_AUTHDATA_H
#define SY_INHERENCE_AUTHDATA_H

#include <sanyoso/fido2.h>

#include "cbor.h"

/*
 * Authenticator data (WebAuthn section 6.1), taken apart. Views into the input.
 * Pure and thread-safe.
 */
#define SY_RP_HASH_SIZE 32

struct sy_authdata {
	const uint8_t *rp_hash;
	uint8_t flags;
	uint32_t counter;
	/* With flag AT. */
	const uint8_t *aaguid;
	const uint8_t *id;
	size_t id_len;
	struct sy_cbor key; /* a map */
	/* With flag ED, else an empty map. */
	struct sy_cbor extensions;
};

/* FORMAT (also for flags without a meaning), LIMIT. */
SY_MUST_USE enum sy_err sy_authdata_parse(const uint8_t *bytes, size_t len,
    struct sy_authdata *ret, struct sy_error *reterr);

/*
 * Methods in the extension uvm (WebAuthn section 10.3): one to three
 * triples of numbers. A method that enum sy_fido2_uvm does not know sets all
 * bits. FORMAT.
 */
SY_MUST_USE enum sy_err sy_uvm_parse(const struct sy_cbor *uvm,
    uint32_t *ret_methods);

#endif /* SY_INHERENCE_AUTHDATA_H */
