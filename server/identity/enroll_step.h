/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_ENROLL_STEP_H
#define SERVER_IDENTITY_ENROLL_STEP_H

#include "server/http/exchange.h"
#include "server/identity/enrolments.h"
#include "server/identity/issue.h"
#include "server/job.h"

/* What the steps of an enrolment have in common, be it a card's or a key's.
 * Loop thread, if nothing else is said. */

/* The challenge's service and purpose at enrolment. */
#define ENROLL_WORD "enroll"

void enroll_fail(struct exchange *exchange, const struct sy_error *error);
void enroll_fail_with(struct exchange *exchange, enum sy_err code,
    const char *place, const char *text);

/* An empty step of this name. Any thread. */
void enroll_start_step(const struct enrolment_facts *f, const char *step,
    struct sy_enroll_step *ret);

/* The enrolment that a step names, in ${state}. NULL: answered. A card may be
 * shown again before its proof: the first nonce is void then. */
struct enrolment *enroll_find(struct exchange *exchange, const char *txn,
    enum enrolment_state state);

/* Record that a card, a key or the enrolment is refused for ${error}, then say
 * so to ${exchange} (may be NULL). */
void enroll_refuse(struct server *server, struct exchange *exchange,
    const char *action, const struct enrolment_facts *f,
    const struct sy_error *error);

/*
 * What a device has to sign for the challenge in ${f}, made ${life} seconds ago
 * at most; ${server} is the server's name. EXPIRED, and the errors of
 * sy_challenge_digest.
 */
SY_MUST_USE enum sy_err enroll_challenge(const char *server,
    const struct enrolment_facts *f, const uint8_t agent_nonce[SY_NONCE_SIZE],
    int64_t life, uint8_t ret_digest[SY_HASH_SIZE_MAX], size_t *ret_len);
/* Another challenge: the one before is void. CRYPTO. */
SY_MUST_USE enum sy_err enroll_challenge_new(struct enrolment_facts *f);

/* The facts that every enrolment's record has. Any thread. */
void enroll_facts(const struct enrolment_facts *f, const char *server,
    const char *basis, const char *replaces, struct facts *facts);
/* The token that ${f} becomes. Any thread. */
void enroll_token(const struct enrolment_facts *f, enum sy_origin origin,
    int64_t now, const char *basis, struct token_row *ret);
/* The last step: the token is there. Any thread. */
void enroll_done_step(const struct enrolment_facts *f,
    const struct token_row *token, struct sy_enroll_step *ret);
/* The end of a job that completes an enrolment, whatever came of it. */
void enroll_finish(struct job *job, const char *txn_hex, enum sy_err result);

/* --- keys: enroll_key.c --- */

/* The code was right, and it is for a key: what it is to make. CRYPTO, and the
 * errors of the store. */
SY_MUST_USE enum sy_err enroll_key_begin(struct server *server,
    struct enrolment *enrolment, struct sy_enroll_step *ret);

#endif /* SERVER_IDENTITY_ENROLL_STEP_H */
