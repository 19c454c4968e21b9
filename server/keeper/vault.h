/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_VAULT_H
#define SERVER_KEEPER_VAULT_H

#include "server/keeper/keys.h"
#include "server/keeper/protocol.h"

/*
 * The operations on single data. Keys of index and seal are derived per table
 * and column: HKDF-SHA-256 (RFC 5869) of the file's key with the info
 * "sanyoso-index-1" or "sanyoso-seal-1", bytes16 table, bytes16 column.
 * For one thread.
 */
struct vault;

/* ${keys} must outlive the vault. NOMEM, CRYPTO. */
SY_MUST_USE enum sy_err vault_new(const struct keeper_keys *keys,
    struct vault **ret_vault);
void vault_free(struct vault **vault);

/*
 * ${out} has room for ${len} + KEEPER_SEAL_EXTRA (seal), ${len} (unseal: the
 * result is KEEPER_SEAL_EXTRA shorter) or SY_DIGEST_SIZE. Associated data:
 * bytes16 table, bytes16 column, u64 row. LIMIT: more columns than any schema
 * has; ROW_ALTERED (unseal, check); CRYPTO.
 */
SY_MUST_USE enum sy_err vault_seal(struct vault *vault, const char *table,
    const char *column, int64_t row, const uint8_t *data, size_t len,
    uint8_t *out);
SY_MUST_USE enum sy_err vault_unseal(struct vault *vault, const char *table,
    const char *column, int64_t row, const uint8_t *data, size_t len,
    uint8_t *out);
SY_MUST_USE enum sy_err vault_index(struct vault *vault, const char *table,
    const char *column, const uint8_t *data, size_t len,
    uint8_t out[SY_DIGEST_SIZE]);
SY_MUST_USE enum sy_err vault_mac(struct vault *vault, const uint8_t *data,
    size_t len, uint8_t out[SY_DIGEST_SIZE]);
/* HMAC-SHA-256 over u64 ${owner} and the hash. */
SY_MUST_USE enum sy_err vault_pepper(struct vault *vault, int64_t owner,
    const uint8_t *hash, size_t len, uint8_t out[SY_DIGEST_SIZE]);

#endif /* SERVER_KEEPER_VAULT_H */
