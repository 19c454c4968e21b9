/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_ENROLL_STEP_H
#define SERVER_IDENTITY_ENROLL_STEP_H

#include "server/http/exchange.h"
#include "server/identity/enrolments.h"
#include "server/identity/invitation.h"
#include "server/identity/issue.h"
#include "server/job.h"

/*
 * What the steps of an enrolment, a card's or a key's, and of a visit to the
 * card office have in common: both begin with a code, belong to one terminal,
 * wait for the ledger, and end with a record. Loop thread, if nothing else is
 * said.
 */

void enroll_fail(struct exchange *exchange, const struct sy_error *error);
void enroll_fail_with(struct exchange *exchange, enum sy_err code,
    const char *place, const char *text);

/* --- the beginning: enroll_begin.c --- */

/* A code that was typed, in a job of the ledger. */
struct enroll_code {
	enum invitation_kind kind;
	int64_t terminal;
	char login[SY_LOGIN_SIZE];
	uint8_t code[INVITATION_CODE_SIZE];
	/* Whom it is for and what: filled when the code is right. */
	struct enrolment_facts facts;
};

/* Whether ${exchange}'s terminal may begin at present; else it is answered. */
bool enroll_may_begin(struct exchange *exchange);
/* Have the ledger check the code that ${user} typed for ${task} (SY_TASK_SIGN:
 * an enrolment). ${done} gets a job whose `in` is a struct enroll_code. */
void enroll_check_code(struct exchange *exchange, const char *user,
    const uint8_t code[INVITATION_CODE_SIZE], enum sy_task task,
    enum invitation_kind kind, job_done done);
/* It begins, at the terminal ${terminal} whose name is ${name}, for the person
 * and the task in ${who}. The errors of enrolments_begin. */
SY_MUST_USE enum sy_err enroll_open(struct server *server, int64_t terminal,
    const char *name, const struct enrolment_facts *who,
    struct enrolment **ret);

/* --- each step --- */

/* Where it belongs: to the card office, or to enrolment. Any thread. */
bool enroll_is_office(const struct enrolment_facts *f);

/* An empty step of this name. Any thread. */
void enroll_start_step(const struct enrolment_facts *f, const char *step,
    struct sy_enroll_step *ret);

/* Nothing of this name is open at this terminal. FORMAT: it is no name. */
void enroll_fail_unknown(struct exchange *exchange, enum sy_err code,
    bool office);
/* What a step names, in ${state}: an enrolment, or for a state of the card
 * office a visit there. NULL: answered. A card may be shown again before its
 * proof: the first nonce is void then. */
struct enrolment *enroll_find(struct exchange *exchange, const char *txn,
    enum enrolment_state state);

/* A job of the ledger with a copy of ${in}, for which ${enrolment} waits: give
 * it what to do and submit it. NULL: answered. */
struct job *enroll_job(struct exchange *exchange, struct enrolment *enrolment,
    const char *action, const void *in, size_t size);
/* The end of a job that is the last one, whatever came of it. */
void enroll_finish(struct job *job, const char *txn_hex, enum sy_err result);

/* --- the challenge --- */

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
/* Whether the card in ${f} signed it, as ${f}'s proof says. EXPIRED, ALGORITHM
 * (its key is of another kind), and the errors of sy_key_verify. */
SY_MUST_USE enum sy_err enroll_verify_card(const char *server,
    const struct enrolment_facts *f);

/* --- completion; any thread --- */

/* The facts that the record of every new token has. */
void enroll_facts(const struct enrolment_facts *f, const char *server,
    const char *basis, const char *replaces, struct facts *facts);
/* The same of a card, with its proof. */
void enroll_card_facts(const struct enrolment_facts *f, enum sy_origin origin,
    const char *server, const char *basis, const char *replaces,
    struct facts *facts);
/* The token that ${f} becomes. */
void enroll_token(const struct enrolment_facts *f, enum sy_origin origin,
    int64_t now, const char *basis, struct token_row *ret);
/* The last step of an enrolment: the token is there. */
void enroll_done_step(const struct enrolment_facts *f,
    const struct token_row *token, struct sy_enroll_step *ret);

/* --- the end without a token: enroll_end.c --- */

/* Record that a card, a key or the whole is refused for ${error}, then say so
 * to ${exchange} (may be NULL). */
void enroll_refuse(struct server *server, struct exchange *exchange,
    const char *action, const struct enrolment_facts *f,
    const struct sy_error *error);
/* The same, and it is over. */
void enroll_end(struct server *server, struct exchange *exchange,
    const char *action, struct enrolment *enrolment,
    const struct sy_error *error);

/* --- keys: enroll_key.c --- */

/* The code was right, and it is for a key: what it is to make. CRYPTO, and the
 * errors of the store. */
SY_MUST_USE enum sy_err enroll_key_begin(struct server *server,
    struct enrolment *enrolment, struct sy_enroll_step *ret);

#endif /* SERVER_IDENTITY_ENROLL_STEP_H */
