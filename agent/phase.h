/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_PHASE_H
#define AGENT_PHASE_H

#include "ending.h"
#include "evidence.h"

/*
 * One ACCOUNT, OPEN or CLOSE. With evidence of a login the account phase needs
 * no server; without, the server is asked whether the person has a live proven
 * session here or the account a recorded grant (sudo with a cached timestamp,
 * systemd-user, cron). Who comes from another host must bring evidence. Every
 * session is opened by the server: the last gate against a stop since the
 * verdict.
 */
struct phase {
	struct talk talk;
	struct evidence *evidence;
	uid_t uid;
	const char *boot;
	enum sy_dialog_type type;
	struct sy_dialog_phase request;
	char person[SY_LOGIN_SIZE]; /* OPEN: of the evidence, as the next */
	char txn[SY_ID_SIZE];
	bool again; /* OPEN was posted twice */
	bool over;
};

struct phase_setup {
	struct evidence *evidence;
	uid_t uid; /* the peer's */
	const char *boot;
};

void phase_start(struct phase *phase, const struct talk *talk,
    const struct phase_setup *setup, enum sy_dialog_type type,
    const struct sy_dialog_phase *request);
void phase_on_reply(struct phase *phase, const struct talk_reply *reply);
/* The peer went away. */
void phase_on_closed(struct phase *phase);

#endif /* AGENT_PHASE_H */
