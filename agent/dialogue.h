/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DIALOGUE_H
#define AGENT_DIALOGUE_H

#include <event2/event.h>
#include <sys/types.h>

#include "accounts.h"
#include "credentials.h"
#include "device.h"
#include "evidence.h"
#include "link.h"
#include "origin.h"
#include "settings.h"

struct sessions;

/* What all dialogues share; the daemon owns it. */
struct services {
	struct event_base *base;
	struct settings settings;
	struct credentials *credentials;
	struct link *link;
	struct device *device;
	struct accounts *accounts;
	struct evidence *evidence;
	struct sessions *sessions;
	const struct origin_ops *origin;
	char boot[SY_ID_SIZE];     /* of the machine */
	unsigned int dialogues;    /* open at present */
	unsigned int adrift;       /* logins that begin for nobody any more */
	void (*idle)(void *owner); /* the last one ended */
	void *idle_owner;
};

/*
 * Serve one caller on the connected socket ${fd} (taken over, on failure too):
 * its one request, then everything until RESULT. The dialogue frees itself.
 * ${uid} and ${pid} (0: not known) are the peer's. IO, NOMEM.
 */
SY_MUST_USE enum sy_err dialogue_open(struct services *services, int fd,
    uid_t uid, pid_t pid);

/* How many callers of ${uid} are served. */
unsigned int dialogue_count(uid_t uid);

/* Cancel all dialogues, as if their callers had gone. */
void dialogue_cancel_all(void);

#endif /* AGENT_DIALOGUE_H */
