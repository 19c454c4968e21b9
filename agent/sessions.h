/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_SESSIONS_H
#define AGENT_SESSIONS_H

#include "dialogue.h"
#include "request.h"

/*
 * The sessions that are open at this terminal: a random handle, which the PAM
 * module keeps, for the server's number. They stand in a file below /run, so
 * they outlive the agent but not the machine's run, as sessions do. A session
 * whose end the server can't be told of yet is told later: the host never waits
 * for that. One whose host ended without closing it is closed by us.
 */
struct sessions;

#define SESSIONS_MAX 1024
/* Another process of a host may close its session just after it (systemd's
 * "(sd-pam)"). */
#define SESSIONS_GRACE_MS 3000

/*
 * Sessions of ${path} (NULL: only in memory), and their ends to be told to
 * ${services}' link. A file that is broken is said so and left behind. NOMEM.
 */
SY_MUST_USE enum sy_err sessions_new(struct services *services,
    const char *path, struct sessions **ret_sessions);
void sessions_free(struct sessions **sessions);

/* The server opened session ${number} for the process ${host}; 0: it is not
 * known, and nothing but a close ends the session. CRYPTO (no random handle),
 * LIMIT; the server is told then that it is over. */
SY_MUST_USE enum sy_err sessions_add(struct sessions *sessions, int64_t number,
    pid_t host, char ret_handle[SY_EVIDENCE_SIZE]);
/* It ended: tell the server, now or later. NOT_FOUND. */
SY_MUST_USE enum sy_err sessions_close(struct sessions *sessions,
    const char *handle);
/* Who asked for a session went away: close it if the server opens it yet. Takes
 * ${*request}, which is a POST of /v1/session/open. */
void sessions_orphan(struct sessions *sessions, struct request **request);

/* How many are open, and how many ends the server has not been told yet. */
size_t sessions_count(const struct sessions *sessions, bool ended);

#endif /* AGENT_SESSIONS_H */
