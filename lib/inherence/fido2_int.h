/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_INHERENCE_FIDO2_INT_H
#define SY_INHERENCE_FIDO2_INT_H

#include <sanyoso/fido2.h>

#include "authdata.h"

/* What registration and login have in common. */
#define SY_CLIENT_HASH_SIZE 32

/*
 * Client data: one JSON object, whose type is ${type} and whose challenge and
 * origin are those of ${expect}; its SHA-256. FORMAT, LIMIT, DENIED, NOMEM,
 * CRYPTO.
 */
SY_MUST_USE enum sy_err sy_client_data_check(const uint8_t *bytes, size_t len,
    const char *type, const struct sy_fido2_expect *expect,
    uint8_t ret_hash[SY_CLIENT_HASH_SIZE], struct sy_error *reterr);

/* RP id and flags of ${data} against ${expect}. DENIED, CRYPTO. */
SY_MUST_USE enum sy_err sy_authdata_check(const struct sy_authdata *data,
    const struct sy_fido2_expect *expect, struct sy_error *reterr);

/*
 * Whether ${sig} of ${key} is over authenticator data and hash, in this order
 * (WebAuthn section 6.3.3). Errors of sy_key_verify_message.
 */
SY_MUST_USE enum sy_err sy_signed_both(const struct sy_key *key,
    const uint8_t *authdata, size_t authdata_len,
    const uint8_t hash[SY_CLIENT_HASH_SIZE], const uint8_t *sig,
    size_t sig_len);

#endif /* SY_INHERENCE_FIDO2_INT_H */
