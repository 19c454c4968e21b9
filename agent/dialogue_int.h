/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DIALOGUE_INT_H
#define AGENT_DIALOGUE_INT_H

#include <sys/queue.h>

#include "change.h"
#include "channel.h"
#include "dialogue.h"
#include "enroll.h"
#include "keycare.h"
#include "login.h"
#include "office.h"
#include "phase.h"
#include "request.h"

/* What dialogue.c (callers) and operations.c (what is done for them) share. */

enum kind {
	NOTHING,
	CHECKING, /* whether the peer may ask this */
	LOGIN,
	ENROLL,
	OFFICE,
	KEYCARE,
	PHASE,
	CHANGE,
};

struct dialogue {
	LIST_ENTRY(dialogue) link;
	struct services *services;
	struct channel *channel;
	uid_t uid;
	pid_t pid;
	int pidfd; /* of who is not root; -1: it has ended, or is not held */
	enum kind kind;
	union {
		struct login login;
		struct enroll enroll;
		struct office office;
		struct keycare keycare;
		struct phase phase;
		struct change change;
	} u;
	struct sy_dialog_auth auth; /* that is checked; of CHANGE: who asks */
	bool guest; /* somebody's su, ssh or passwd: root's, but nobody's login
		       at the terminal itself */
	struct accounts_query *query;
	struct request *request;
	enum talk_call call; /* of the request */
	enum sy_err call_err;
	int server; /* that this login keeps to */
	struct device_op *op;
	struct event *timer;
	struct event *alive;
	struct event *over;   /* free this from the loop */
	struct event *unsent; /* a request that could not even be posted */
	struct event *undone; /* the same of a device operation */
	bool finished;
	bool leaving; /* the caller has gone */
};

/* What the state machines of a dialogue can do; the argument is it. */
extern const struct talk_ops dialogue_ops;
/* Look up the account ${name}. */
void dialogue_lookup(void *dialogue, const char *name);
/* Send RESULT and end. */
void dialogue_finish(void *dialogue, const struct sy_dialog_result *result);
/* The caller went away, or must go: frees ${dialogue}. */
void dialogue_leave(struct dialogue *dialogue);
/* An AUTH of somebody who is not root: the account is or is not his. */
void dialogue_checked(struct dialogue *dialogue, enum talk_account found,
    uid_t uid);
/* The events that operations need. False: no memory. */
bool dialogue_make_events(struct dialogue *dialogue);

#endif /* AGENT_DIALOGUE_INT_H */
