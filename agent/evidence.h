/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_EVIDENCE_H
#define AGENT_EVIDENCE_H

#include <sys/types.h>

#include "talk.h"

/*
 * Evidence of logins that were allowed, for the phases behind them: a table
 * with no clock and no randomness of its own, so that every step at every
 * state can be tried. A piece of evidence is found by its number and by
 * nothing else; it is of no use
 *
 *  - to a peer who is not root (but for unlock to the user who made it),
 *  - for another service or purpose,
 *  - for another account; only at OPEN, and only for purpose privileged, the
 *    account may be another (sudo changes it): the server looks at the target,
 *  - for a session, if it is of an unlock: a card that lies there is enough
 *    for that,
 *  - out of order:
 *
 *	state    | ACCOUNT        CHANGE          OPEN
 *	---------+--------------------------------------------
 *	NEW      | -> ACCOUNTED   no              no
 *	ACCOUNTED| again          -> CHANGING (1) -> gone (2)
 *	CHANGING | no             no              no
 *
 *  (1) if a change is due; (2) if none is due. A change that was made leads
 *  back to ACCOUNTED with nothing due, one that failed with the change still
 *  due. The account may be asked for as often as a host likes before the
 *  session opens: it tells nothing new.
 *
 *  - after EVIDENCE_LIFE_MS, or EVIDENCE_DUE_MS while a change is due.
 */
#define EVIDENCE_LIFE_MS 180000
#define EVIDENCE_DUE_MS  600000
#define EVIDENCE_RANDOM  16 /* bytes of its number */
#define EVIDENCE_MAX     256

enum evidence_state {
	EVIDENCE_NEW,
	EVIDENCE_ACCOUNTED,
	EVIDENCE_CHANGING,
};

struct evidence;

/* Who asks for a step, and with what. */
struct evidence_asker {
	uid_t uid;
	uint8_t purpose; /* enum sy_purpose */
	const char *user;
	const char *service;
};

enum evidence_answer {
	EVIDENCE_NONE,    /* no such evidence, or none for this asker */
	EVIDENCE_ORDER,   /* it is, but this step may not come now */
	EVIDENCE_GOOD,    /* go on */
	EVIDENCE_DUE,     /* the password must be changed first */
	EVIDENCE_NOT_DUE, /* CHANGE: nothing is to be changed */
};

/* NOMEM. */
SY_MUST_USE enum sy_err evidence_new(struct evidence **ret_evidence);
void evidence_free(struct evidence **evidence);

/*
 * Keep evidence made at ${now} (milliseconds of a steady clock) for user ${uid}
 * under the number ${random}; ${ret_id} is it in hex. ${state} is NEW after a
 * login, ACCOUNTED after an account phase of its own. When the table is full
 * the oldest goes. EXISTS (that number is taken).
 */
SY_MUST_USE enum sy_err evidence_add(struct evidence *evidence,
    const struct talk_login *login, uid_t uid, enum evidence_state state,
    int64_t now, const uint8_t random[EVIDENCE_RANDOM],
    char ret_id[SY_EVIDENCE_SIZE]);

/*
 * Take a step. ${ret_login} is what was kept, unless the answer is NONE or
 * ORDER. OPEN with GOOD removes the evidence.
 */
enum evidence_answer evidence_account(struct evidence *evidence, const char *id,
    const struct evidence_asker *asker, int64_t now,
    struct talk_login *ret_login);
enum evidence_answer evidence_change(struct evidence *evidence, const char *id,
    const struct evidence_asker *asker, int64_t now,
    struct talk_login *ret_login);
enum evidence_answer evidence_open(struct evidence *evidence, const char *id,
    const struct evidence_asker *asker, int64_t now,
    struct talk_login *ret_login);

/* A change that evidence_change allowed has ended. */
void evidence_changed(struct evidence *evidence, const char *id, bool done,
    int64_t now);
/* Nothing may follow any more: nobody knows which password is in force. */
void evidence_forget(struct evidence *evidence, const char *id);

#endif /* AGENT_EVIDENCE_H */
