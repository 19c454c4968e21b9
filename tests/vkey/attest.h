/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_ATTEST_H
#define VK_ATTEST_H

#include "run.h"
#include "tests/vcard/cert.h"

/*
 * The reply of makeCredential over ${auth}: format, authenticator data and the
 * statement that the model makes. False if something failed.
 */
bool vk_attest(const struct vk_key *key, const struct vk_cred *cred,
    const struct vc_bytes *auth, const uint8_t *hash, struct vc_bytes *out);

/*
 * Give ${key} an attestation key with a certificate of ${issuer} as ${spec}
 * says. CRYPTO, LIMIT.
 */
SY_MUST_USE enum sy_err vk_attest_new(struct vk_key *key,
    const struct vc_issuer *issuer, const struct vc_cert_spec *spec);
/* One more certificate behind those there are. FORMAT, IO, LIMIT. */
SY_MUST_USE enum sy_err vk_attest_chain(struct vk_key *key, const char *file);

#endif /* VK_ATTEST_H */
