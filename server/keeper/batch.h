/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_BATCH_H
#define SERVER_KEEPER_BATCH_H

#include "server/keeper/history.h"
#include "server/keeper/vault.h"

/*
 * The keeper's work on one batch: the body of a BATCH frame in, a whole frame
 * (RESULTS or REFUSED) in ${out}. All of the batch is read before anything of
 * it is done. For one thread.
 */
struct batch;

/* NOMEM. All that it is given must outlive it. */
SY_MUST_USE enum sy_err batch_new(const struct keeper_keys *keys,
    struct vault *vault, struct history *history, struct batch **ret_batch);
void batch_free(struct batch **batch);

/* FORMAT: malformed, ${out} says REFUSED. NOMEM, LIMIT: nothing to answer. */
SY_MUST_USE enum sy_err batch_run(struct batch *batch, const uint8_t *body,
    size_t len, struct sy_buf *out);

#endif /* SERVER_KEEPER_BATCH_H */
