/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_INVITATION_H
#define SERVER_IDENTITY_INVITATION_H

#include "server/job.h"
#include "server/store/tables.h"

/* One-time codes: made, found, counted, used up. Ledger thread, but for
 * invitation_find. */
#define INVITATION_LIFE         KEEPER_INVITED_LIFE /* seconds */
#define INVITATION_FAILURES_MAX 5
#define INVITATION_CODE_SIZE    16
/* Of the CA's hash, so much stands in a join code: enough that nobody finds
 * another key that begins like it. */
#define INVITATION_PIN_SIZE 16

/* What somebody is invited to. */
struct invitation_terms {
	enum invitation_kind kind;
	int64_t terminal;
	int64_t owner;         /* 0 for a join */
	enum sy_method method; /* of the card, NONE for a join */
	int64_t replaces;      /* token that ends when it is used, 0: none */
	uint64_t record;       /* that invites to a join, else 0 */
	const char *basis;
	/* The CA's hash: its first bytes go behind the code, so that who joins
	 * knows this server's CA. NULL: none. */
	const uint8_t *ca_spki;
};

/*
 * Replace what is open for the terminal and owner of ${terms} by a new
 * invitation and tell its code in ${ret}. After the job's record. Errors of the
 * store, CRYPTO.
 */
SY_MUST_USE enum sy_err invitation_make(struct ledger_tx *tx,
    const struct invitation_terms *terms, struct sy_code *ret);

/* Delete all of ${kind} for ${terminal}; ${owner} 0: whoever's. */
SY_MUST_USE enum sy_err invitation_clear(struct ledger_tx *tx,
    enum invitation_kind kind, int64_t terminal, int64_t owner);

/* The open invitation of ${kind} of ${owner} at ${terminal}. NOT_FOUND. */
SY_MUST_USE enum sy_err invitation_of(struct row_view *view,
    enum invitation_kind kind, int64_t terminal, int64_t owner,
    struct invitation_row *ret);

/*
 * Whether ${code} is that of the open invitation of ${kind} for ${login} at
 * ${terminal}, and the person active. A wrong one costs one of the invitation's
 * lives and is recorded. Refuses ${job} with CODE or STATE.
 */
SY_MUST_USE enum sy_err invitation_check(struct ledger_tx *tx, struct job *job,
    enum invitation_kind kind, int64_t terminal, const char *login,
    const uint8_t code[INVITATION_CODE_SIZE], struct invitation_row *ret,
    struct id_row *ret_owner);

/* The join invitation with ${code}. SY_ERR_CODE: there is none, or it has
 * expired at ${now} (microseconds). Any thread's view. */
SY_MUST_USE enum sy_err invitation_find(struct row_view *view,
    const uint8_t code[INVITATION_CODE_SIZE], int64_t now,
    struct invitation_row *ret);

#endif /* SERVER_IDENTITY_INVITATION_H */
