/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_RUN_INT_H
#define SERVER_RUN_INT_H

#include "server/privilege.h"
#include "server/server.h"

/* What run.c (the server comes up and goes down) and run_events.c (what it does
 * meanwhile) share. */

struct listener;

enum signal_kind {
	SIGNAL_TERM,
	SIGNAL_INT,
	SIGNAL_HUP,
	SIGNAL_CHLD,
	SIGNAL_COUNT,
};

struct run {
	struct server server;
	struct users users;
	struct keeper *keepers[3]; /* the ledger thread's, the loop's, a
				      verification's */
	pid_t keeper_pid;
	bool keeper_lost;
	struct listener *listeners[LISTENER_COUNT];
	struct event *signals[SIGNAL_COUNT];
	struct event *wake;
	struct event *tick;
	struct event *drain;
	int wake_fd;
	unsigned int drained;   /* tenths of a second */
	int64_t certificate_at; /* when it is looked at next, boot clock */
	bool checking;          /* rows are being checked in the ledger */
	size_t rush;            /* most logins since memory was given back */
	int status;
};

/* What wakes the loop: signals, the ledger, time. Into ${r}'s loop; NOMEM. What
 * was made until a failure is freed by run_events_free. */
SY_MUST_USE enum sy_err run_events_new(struct run *r);
void run_events_free(struct run *r);

/* Renew the certificate of TLS when it is time. */
void run_check_certificate(struct run *r);

#endif /* SERVER_RUN_INT_H */
