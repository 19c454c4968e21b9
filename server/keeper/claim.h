/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_CLAIM_H
#define SERVER_KEEPER_CLAIM_H

#include "server/keeper/history.h"
#include "server/keeper/keeper.h"
#include "server/keeper/vault.h"

/*
 * What entitles a terminal to a certificate (keeper.h). A claim is bytes:
 *
 *   invited   u64 size, u64 seq, u64 time, bytes32 sealed record, bytes32 path
 *             (its nodes one behind the other)
 *   renewed   bytes32 certificate (PEM), bytes32 signature
 */
SY_MUST_USE enum sy_err claim_put_invited(struct sy_buf *out,
    const struct keeper_invited *invited);
SY_MUST_USE enum sy_err claim_put_renewed(struct sy_buf *out,
    const struct keeper_renewed *renewed);

/* SY_OK: ${terminal} may have one at ${now} (microseconds). The head in which
 * the record is counts as committed from then on. */
SY_MUST_USE enum sy_err claim_invited(struct vault *vault,
    struct history *history, const char *terminal, const uint8_t *claim,
    size_t len, int64_t now);
/* ${ca} signed the certificates; ${now} in seconds. */
SY_MUST_USE enum sy_err claim_renewed(X509 *ca, const char *terminal,
    const uint8_t *csr, size_t csr_len, const uint8_t *claim, size_t len,
    int64_t now);

#endif /* SERVER_KEEPER_CLAIM_H */
