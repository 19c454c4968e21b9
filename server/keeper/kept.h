/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_KEPT_H
#define SERVER_KEEPER_KEPT_H

#include <stdbool.h>

#include "server/keeper/keys.h"
#include "server/log_end.h"

/*
 * The file beside the keys in which the keeper keeps where the log ends, from
 * one start to the next: two slots of KEPT_SLOT bytes, written in turn, so that
 * a write that was cut off leaves the one before. Big-endian:
 *
 *   u16 length of what follows, without the MAC
 *   raw "sanyoso-log-state-1", u8 1 if no log was seen yet, u64 number of the
 *   write, u64 time, raw32 chain, bytes16 tree (sy_tree_encode)
 *   raw32 HMAC-SHA-256 over all before; its key is HKDF-SHA-256 of row.key with
 *   the info "sanyoso-log-state-1"
 *
 * Which slot is the number's lowest bit. It is written without a flush: what a
 * power cut takes is shown by the database's log again.
 */
#define KEPT_FILE  "log.state"
#define KEPT_SLOT  4096
#define KEPT_SLOTS 2
struct kept;

/* The file of an empty log, in the directory ${dir} of new keys; ${row}: that
 * of rows. IO, NOMEM, CRYPTO. */
SY_MUST_USE enum sy_err kept_create(const char *dir,
    const struct sy_secret *row, struct sy_error *reterr);

/*
 * Open the file in ${dir}; the descriptor stays open. Where there is none, make
 * one that has seen no log (${*ret_fresh}). FORMAT: no slot is whole; PERM, IO,
 * NOMEM, CRYPTO.
 */
SY_MUST_USE enum sy_err kept_open(const char *dir, const struct sy_secret *row,
    struct kept **ret_kept, struct log_end *ret_end, bool *ret_fresh,
    struct sy_error *reterr);
void kept_close(struct kept **kept);

/* Keep ${end}. STORE_FULL, IO: what was kept before stands. */
SY_MUST_USE enum sy_err kept_write(struct kept *kept,
    const struct log_end *end);

#endif /* SERVER_KEEPER_KEPT_H */
