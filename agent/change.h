/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHANGE_H
#define AGENT_CHANGE_H

#include "evidence.h"
#include "login.h"

/*
 * One CHANGE of the password. With evidence of a login that must change it
 * before a session opens, the new one is asked for at once; without (passwd) a
 * login of its own comes first. The server judges the new password and bounds
 * how often it does. Whatever fails leaves the old password in force, and that
 * is said.
 */
enum change_state {
	CHANGE_LOGIN,  /* who wants it changed proves who he is */
	CHANGE_NEW,    /* the new password is asked for */
	CHANGE_AGAIN,  /* and once more */
	CHANGE_POSTED, /* the server judges it */
	CHANGE_BUSY,   /* it will be posted again */
	CHANGE_DONE,
};

struct change {
	struct talk talk;
	struct login login;
	enum change_state state;
	struct evidence *evidence;
	char id[SY_EVIDENCE_SIZE]; /* of the evidence that is in use, or "" */
	char person[SY_LOGIN_SIZE];
	char txn[SY_ID_SIZE];
	uint32_t prompt; /* that lives */
	unsigned int rounds;
	unsigned int silences; /* posts that were not answered */
	int64_t busy_until;
	struct sy_secret *fresh; /* the new password */
};

/* ${login} as for a login; its hooks are not used. Begin. */
void change_start(struct change *change, const struct talk *talk,
    const struct login_setup *login, struct evidence *evidence, uid_t uid,
    const struct sy_dialog_phase *request);

void change_on_reply(struct change *change, const struct talk_reply *reply);
void change_on_device(struct change *change, const struct talk_event *event);
void change_on_account(struct change *change, enum talk_account found);
void change_on_answer(struct change *change, uint32_t number,
    struct sy_secret **answer);
void change_on_timer(struct change *change);
/* The peer went away. */
void change_on_closed(struct change *change);

#endif /* AGENT_CHANGE_H */
