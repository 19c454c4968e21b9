/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_HASHING_H
#define SERVER_AUTH_HASHING_H

#include <sanyoso/password.h>

#include "server/crew.h"
#include "server/keeper/keeper.h"
#include "server/store/tables.h"

/*
 * Hashes of passwords: a bounded number at a time, in turn by terminal, so that
 * their memory is bounded too. They are made in processes of their own
 * (server/hasher), for each of which a thread waits. What comes back has the
 * keeper's pepper on it. A place is reserved before a try is debited, so
 * that nobody pays for a full house. Loop thread only.
 */
struct hashing;
struct hashing_place;

struct hashing_config {
	struct event_base *base;
	struct keeper *keeper; /* the loop thread's channel */
	const char *hasher;    /* the program, sanyoso-hasher */
	unsigned int threads;  /* and as many processes */
	size_t places;
	struct sy_hash_params params; /* of new hashes */
};

/* One password under one or more salts. */
#define HASHING_MAX (SY_PASSWORD_HISTORY_MAX + 2)
struct hashing_one {
	struct sy_hash_params params;
	uint8_t salt[SY_HASH_SALT_SIZE];
	uint8_t hash[SY_HASH_OUTPUT_SIZE]; /* the result, with its pepper */
};
struct hashing_work {
	struct sy_secret *password; /* normal form; wiped when it is done */
	int64_t owner;              /* for the pepper */
	struct hashing_one one[HASHING_MAX];
	size_t count;
	struct sy_hash_params more; /* to be made besides; passes 0: nothing */
};

/* All of ${work->one} have their hash, or (${result}) none: NOMEM, KEEPER, BUSY
 * (of pool_hash), CLOSED (the server stops). ${work} is wiped after the call.
 */
typedef void (*hashing_done)(void *ctx, const struct hashing_work *work,
    enum sy_err result);

/* The threads for a machine: all cores but one, at least one. */
unsigned int hashing_threads(void);

/* A hasher that does not start is none of its errors: see hashing_fails. ARG,
 * NOMEM, IO. */
SY_MUST_USE enum sy_err hashing_new(const struct hashing_config *config,
    struct hashing **ret_hashing, struct sy_error *reterr);
/* What is left is reported as CLOSED, and so is at once what starts from now
 * on. Places that are taken stay good. NULL is allowed. */
void hashing_close(struct hashing *hashing);
/* The same, and frees it; no place is taken any more. NULL is allowed. */
void hashing_free(struct hashing **hashing);
const struct sy_hash_params *hashing_params(const struct hashing *hashing);
/* Work that waits or is under way. */
size_t hashing_taken(const struct hashing *hashing);
/* The last work was not done because no process that hashes stays, or none was
 * there from the start. */
bool hashing_fails(const struct hashing *hashing);

/* BUSY: come again; NOMEM. */
SY_MUST_USE enum sy_err hashing_reserve(struct hashing *hashing,
    int64_t terminal, struct hashing_place **ret_place);
/* The work to be filled in before hashing_start. */
struct hashing_work *hashing_work(struct hashing_place *place);
/* A copy of ${password}, of ${owner}. NOMEM. */
SY_MUST_USE enum sy_err hashing_set(struct hashing_place *place, int64_t owner,
    const struct sy_secret *password);
/* Hash number ${i} as that of the stored ${row} was made. */
void hashing_as_stored(struct hashing_work *work, size_t i,
    const struct password_row *row);
/*
 * The one hash of ${place} is not to be told from one with the present
 * parameters: what it is less than such a one in memory and passes is hashed
 * too, in the same turn, for nothing. One that is more stays so.
 */
void hashing_even(struct hashing_place *place);
/* Add a hash with the present parameters and a random salt. CRYPTO, LIMIT. */
SY_MUST_USE enum sy_err hashing_add_new(struct hashing_place *place);
/* Takes the place over. */
void hashing_start(struct hashing_place **place, hashing_done done, void *ctx);
/* Give the place back unused; NULL is allowed. */
void hashing_release(struct hashing_place **place);

#endif /* SERVER_AUTH_HASHING_H */
