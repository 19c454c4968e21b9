/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HASHER_POOL_H
#define SERVER_HASHER_POOL_H

#include <sanyoso/password.h>

/*
 * The processes that hash passwords for sanyosod: they keep the memory that
 * argon2id takes from one hash to the next (server/hasher/arena.c tells why
 * that needs a program of its own). One that ends, hangs or talks nonsense is
 * replaced by another.
 */
struct pool;

struct pool_config {
	const char *path;   /* of sanyoso-hasher; a copy is made */
	unsigned int count; /* processes: as many hashes at one time */
	int patience_ms;    /* beside what the largest hash may take */
};
/* Nothing but a process that hangs takes so long. */
#define POOL_PATIENCE_MS 10000

/* All of them are started. What keeps one from it is logged, and it is started
 * again when there is something to hash. ARG, NOMEM. */
SY_MUST_USE enum sy_err pool_new(const struct pool_config *config,
    struct pool **ret_pool, struct sy_error *reterr);

/* Processes that are there. Any thread. */
unsigned int pool_running(struct pool *pool);

/*
 * sy_password_hash in one of the processes; waits for a free one. Any thread.
 * What a process does not answer is asked of a new one, once. BUSY: that one
 * did not answer either, or there is none; the errors of sy_password_hash.
 */
SY_MUST_USE enum sy_err pool_hash(struct pool *pool,
    const struct sy_secret *password, const struct sy_hash_params *params,
    const uint8_t salt[SY_HASH_SALT_SIZE],
    uint8_t ret_hash[SY_HASH_OUTPUT_SIZE]);

/* All processes are killed, and none is started any more: whoever waits for an
 * answer has BUSY at once. NULL is allowed. */
void pool_close(struct pool *pool);
/* Nobody may be in pool_hash. NULL is allowed. */
void pool_free(struct pool **pool);

#endif /* SERVER_HASHER_POOL_H */
