/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_HISTORY_H
#define SERVER_KEEPER_HISTORY_H

#include "server/keeper/keys.h"
#include "server/log_end.h"

/*
 * What the keeper knows of the log, so that each head that it signs extends
 * all before it: where the last head that the ledger has committed ends, and
 * where the last one that was signed ends, which may have been lost on its way
 * to the disk. Who builds on the latter says that it was committed: then there
 * is no way back behind it, nor after a new start (kept.h). For one thread.
 */
struct history;

/* ${keys} must outlive it. As kept_open. */
SY_MUST_USE enum sy_err history_open(const char *dir,
    const struct keeper_keys *keys, struct history **ret_history,
    struct sy_error *reterr);
void history_close(struct history **history);

/* The size up to which the log is known to be committed; ${*ret_fresh}: none
 * was seen yet. What was shown (below) is forgotten. */
void history_tell(struct history *history, bool *ret_fresh, uint64_t *ret_size);
/* ${count} leaves more, from that size on. CRYPTO, LIMIT. */
SY_MUST_USE enum sy_err history_show(struct history *history,
    const uint8_t *leaves, size_t count);
/*
 * That is the whole log, and ${head} its newest head with our ${signature}.
 * Only for one who has seen no log ${edge} is its tree (sy_tree_encode), else
 * nothing. While it can't be kept it is not known to be committed (sizes above)
 * but may be. HISTORY: it is not the one that was shown; SIGNATURE, FORMAT,
 * CRYPTO.
 */
SY_MUST_USE enum sy_err history_resume(struct history *history,
    const uint8_t *edge, size_t edge_len, const uint8_t head[SY_HEAD_SIZE],
    const uint8_t signature[SY_ED25519_SIG_SIZE]);

/*
 * Sign ${head}, which must be that of the log of ${base} records and ${count}
 * leaves more. There is one without leaves only, that of an empty log. Sizes
 * only grow. STATE: the log never had that size for certain, or such a head was
 * signed before; HISTORY: the head says something else; STORE_FULL, IO: nothing
 * was signed; FORMAT, CRYPTO, LIMIT.
 */
SY_MUST_USE enum sy_err history_sign(struct history *history, uint64_t base,
    const uint8_t *leaves, size_t count, const uint8_t head[SY_HEAD_SIZE],
    uint8_t out[SY_ED25519_SIG_SIZE]);

/* The log of ${size} records is committed. STATE: no such one can be;
 * STORE_FULL, IO. */
SY_MUST_USE enum sy_err history_confirm(struct history *history, uint64_t size);

/* The same, and that a new start can't go back behind it, as it could behind a
 * log that was taken as it is until something was added (STATE). */
SY_MUST_USE enum sy_err history_bind(struct history *history, uint64_t size);

/* Where the log ends that has ${size} records: as last committed or as last
 * signed. NULL: neither. */
const struct log_end *history_at(const struct history *history, uint64_t size);

#endif /* SERVER_KEEPER_HISTORY_H */
