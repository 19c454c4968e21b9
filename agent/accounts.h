/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ACCOUNTS_H
#define AGENT_ACCOUNTS_H

#include <event2/event.h>
#include <sys/types.h>

#include "talk.h"

/*
 * Unix accounts of this terminal. Where they come from (files, LDAP, AD) may
 * take its time, so a thread of its own looks them up, one after the other.
 */
struct accounts;
struct accounts_query;

/* A directory that takes longer than this is taken to know nothing. */
#define ACCOUNTS_WAIT_MS 3000

/* ${uid} if ${found} is TALK_ACCOUNT_THERE. The query is over. */
typedef void accounts_done_fn(void *owner, enum talk_account found, uid_t uid);

/* NOMEM, IO. */
SY_MUST_USE enum sy_err accounts_new(struct event_base *base,
    struct accounts **ret_accounts);
/* All queries must have been cancelled or answered. Does not wait for a
 * directory that hangs. */
void accounts_free(struct accounts **accounts);

/* ${done} is called once from the loop, within ACCOUNTS_WAIT_MS, unless the
 * query is cancelled. NOMEM. */
SY_MUST_USE enum sy_err accounts_ask(struct accounts *accounts,
    const char *name, accounts_done_fn *done, void *owner,
    struct accounts_query **ret_query);
void accounts_cancel(struct accounts_query **query);

#endif /* AGENT_ACCOUNTS_H */
