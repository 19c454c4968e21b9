/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include <sanyoso/key.h>
#include <sanyoso/password.h>
#include <sanyoso/policy.h>

#include "server/auth/guise.h"
#include "server/auth/turns.h"
#include "server/config.h"
#include "server/http/connection.h"
#include "server/http/tls.h"
#include "server/keeper/keeper.h"
#include "server/ledger/ledger.h"
#include "server/paths.h"

struct absences;
struct crew;
struct debts;
struct enrolments;
struct gathering;
struct hashing;
struct keys;
struct logins;
struct metadata_import;
struct metadata_ref;
struct policy_ref;
struct proofs;
struct terminals;
struct unknown_names;
struct verification;

/*
 * The running server: what the handlers of requests share. Loop thread only;
 * what runs on the ledger thread gets what it needs in its job.
 */
struct server {
	struct event_base *base;
	struct paths paths;
	struct config config;
	struct keeper *keeper;   /* the loop thread's channel */
	struct keeper *verifier; /* that of a verification's thread */
	struct ledger *ledger;
	/* NULL: the ledger begins with the first request. */
	struct gathering *gathering;
	struct tls *tls;
	uint8_t ca_spki[SY_DIGEST_SIZE]; /* SHA-256; in join codes */
	struct policy_ref *policy;
	struct metadata_ref *metadata; /* of FIDO2 keys; NULL: none */
	bool metadata_lost;            /* those of the database can't be read */
	struct metadata_import *metadata_import; /* under way, or NULL */
	struct connection_pool pools[LISTENER_COUNT];
	struct logins *logins;
	struct enrolments *enrolments;
	struct keys *keys;
	struct proofs *proofs;
	struct hashing *hashing;
	struct turns turns;   /* of those who wait for it */
	struct guises guises; /* of those who have no hash */
	struct crew *rules;   /* one thread: the dictionary allows no more */
	struct sy_blocklist *blocklist; /* immutable */
	struct debts *debts;
	struct terminals *terminals;
	struct absences *absences;
	struct unknown_names *unknown;
	struct verification *verification; /* under way, or NULL */
	size_t jobs;                       /* requests in the ledger's hands */
	bool draining;                     /* no new logins */
	int64_t started;                   /* seconds since 1970 */
	int64_t keeper_lost; /* by the server before, likewise; 0: it was not */
	int64_t epoch;       /* random: tells this run from others in rows */
	/* What needs attention, "" if nothing; cleared when it is over. */
	char alarm[SY_SENTENCE_SIZE];
	bool dictionary_fails; /* when it was asked last, if ever */
};

/* Microseconds since 1970 UTC; for what is stored and signed. */
int64_t server_now(void);
/* Seconds of the boot clock; for lives in memory, which a clock that is set
 * must not change. */
int64_t server_boottime(void);
/* The same in microseconds. */
int64_t server_boottime_us(void);
/* ${len} (up to 256) random bytes. ARG, CRYPTO. Any thread. */
SY_MUST_USE enum sy_err server_random(void *p, size_t len);

#endif /* SERVER_SERVER_H */
