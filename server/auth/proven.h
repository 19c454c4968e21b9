/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_PROVEN_H
#define SERVER_AUTH_PROVEN_H

#include "server/auth/logins.h"
#include "server/job.h"
#include "server/store/tables.h"

/*
 * What a FIDO2 key has proven: judged on the loop thread to know what to ask
 * for next, and again in the ledger's transaction from the rows, where its
 * counter is compared and kept.
 */

/* By what it is judged. */
struct proven_rules {
	const struct sy_policy *policy;
	const struct sy_metadata *metadata; /* NULL: there is none */
};

/* The best that an assertion supports, never more than its token was enrolled
 * for; whatever is less is proven with it. */
struct proven_best {
	enum sy_method method;
	enum sy_grade grade; /* of fido2-bio, else NONE */
	enum sy_origin origin;
};
void proven_judge(const struct proven_rules *rules,
    const struct token_row *token, const struct credential_row *credential,
    const struct login_key *key, struct proven_best *ret);

/* The proof as one of ${method}, which is not more than ${best}. */
void proven_as(const struct proven_best *best, enum sy_method method,
    struct sy_proof *proof);

/* What the ledger has found of a proof. */
struct proven {
	int64_t token;
	/* Why it does not count: sy_reason_name of TOKEN_STATE or of LATE (its
	 * counter is behind one that was kept since it was asked for), a word
	 * of credential_model_works, or sy_err_name of COUNTER; "" if it does.
	 */
	const char *why;
	struct proven_best best;
	bool compared; /* the counter, by this transaction */
	int64_t shown;
	struct key_counter_row counter; /* as it was */
	bool behind; /* it did not advance, so there may be a copy */
	bool stops;  /* the policy wants the key held then */
};

/*
 * Read and judge again what ${key} signed for ${proof}; sets all of the proof
 * that can be otherwise by now. Nothing is written. Errors of row_get and
 * row_walk.
 */
SY_MUST_USE enum sy_err proven_read(struct ledger_tx *tx,
    const struct proven_rules *rules, const struct login_key *key,
    struct sy_proof *proof, struct proven *ret);

/*
 * What follows of the counter. Before the request's record: the alarm
 * "alarm.key-counter", where it did not advance; after it: the new counter, or
 * the hold. Errors of the ledger.
 */
SY_MUST_USE enum sy_err proven_alarm(struct ledger_tx *tx,
    const struct job *job, const struct login_facts *login,
    const struct proven *proven);
SY_MUST_USE enum sy_err proven_settle(struct ledger_tx *tx,
    const struct proven *proven);

/* What a terminal is told in the place of ${proven->why}. */
const char *proven_told(const struct proven *proven);

#endif /* SERVER_AUTH_PROVEN_H */
