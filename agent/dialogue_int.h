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

/*
 * What the files of a dialogue share: dialogue.c has the callers; operations.c
 * what is done for them, the server's part of it in dialogue_call.c, cards and
 * keys in dialogue_device.c. All of it is for the loop thread.
 */

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
/* Those of them that ask the server (talk.h); what can't even be posted is told
 * by an event. */
void dialogue_post(void *dialogue, enum talk_call call, const void *message);
/* The caller has gone before the server said that the login begins: when it
 * says so, it is told. */
void dialogue_adrift(struct dialogue *dialogue);
void dialogue_on_unsent(evutil_socket_t fd, short what, void *dialogue);
/* Those that drive cards and keys; likewise. */
void dialogue_device_start(void *dialogue, const struct sy_device_start *start);
void dialogue_device_sign(void *dialogue, const uint8_t *hash, size_t len,
    const struct sy_secret *pin);
void dialogue_device_send(void *dialogue, const void *frame, size_t len);
void dialogue_device_stop(void *dialogue);
void dialogue_key_start(void *dialogue, const struct sy_keydevice_start *start);
void dialogue_key_send(void *dialogue, enum sy_keydevice_type type,
    const void *request);
void dialogue_on_undone(evutil_socket_t fd, short what, void *dialogue);
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
