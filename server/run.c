/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "server/run.h"

#include <errno.h>
#include <libintl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "server/admin/admin.h"
#include "server/auth/debts.h"
#include "server/auth/hashing.h"
#include "server/auth/keys.h"
#include "server/auth/logins.h"
#include "server/auth/proofs.h"
#include "server/auth/unknown.h"
#include "server/gathering.h"
#include "server/http/listener.h"
#include "server/identity/absences.h"
#include "server/identity/enrolments.h"
#include "server/identity/metadata.h"
#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/log.h"
#include "server/lost.h"
#include "server/policy.h"
#include "server/run_int.h"

#define _(text) gettext(text)

#define KEYS_MAX 8192
/* Local connections: operators, not terminals. */
#define ADMIN_CONNECTIONS 32
#define ADMIN_IDLE        60
/* Who joins says all at once, and has no certificate yet. */
#define JOIN_IDLE 30

/* --- start: as root --- */

/* Words that no password may hold: ours and the site's. */
static enum sy_err
load_words(struct server *s, struct sy_error *reterr)
{
	const char *site = s->config.blocklist;
	struct sy_error error = { .code = SY_OK };
	enum sy_err err;

	if ((err = sy_blocklist_load(s->paths.words,
		 site[0] != '\0' ? site : NULL, &s->blocklist, reterr)) !=
	    SY_OK)
		return err;
	/* Logins go on without it; who must change a password can't. */
	s->dictionary_fails = sy_password_dictionary_there(&error) != SY_OK;
	if (s->dictionary_fails)
		log_error(&error,
		    "no password can be changed where the policy "
		    "wants the dictionary");
	return SY_OK;
}

static enum sy_err
load(struct run *r, struct sy_error *reterr)
{
	struct server *s = &r->server;
	enum sy_err err;

	if ((err = privilege_users(&r->users, reterr)) != SY_OK ||
	    (err = config_load(&s->paths, &s->config, reterr)) != SY_OK ||
	    (err = policy_ref_load(s->paths.policy, s->config.fido2, &s->policy,
		 reterr)) != SY_OK ||
	    (err = load_words(s, reterr)) != SY_OK)
		return err;
	return privilege_mkdir(s->paths.run, 0711, &r->users,
	    r->users.server_uid, r->users.server_gid, reterr);
}

static void
wake_loop(void *ctx)
{
	const struct run *r = ctx;
	const uint64_t one = 1;

	/* A full counter wakes as well: the value does not matter. */
	while (write(r->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Before anything makes a thread: the keeper is forked here. */
static enum sy_err
start_keeper(struct run *r, struct sy_error *reterr)
{
	enum sy_err err;

	err = keeper_start(r->server.paths.keeper, r->users.keeper_uid,
	    r->users.keeper_gid, SY_COUNT(r->keepers), r->keepers,
	    &r->keeper_pid, reterr);
	if (err == SY_OK) {
		r->server.keeper = r->keepers[1];
		r->server.verifier = r->keepers[2];
	}
	for (size_t i = 0; err == SY_OK && i < SY_COUNT(r->keepers); i++)
		keeper_watch(r->keepers[i], wake_loop, r);
	return err;
}

static enum sy_err
bind_listeners(struct run *r, struct sy_error *reterr)
{
	const struct config *c = &r->server.config;
	enum sy_err err;

	err = listener_bind(&c->terminals, LISTENER_TERMINALS,
	    &r->listeners[LISTENER_TERMINALS], reterr);
	if (err == SY_OK && c->join.endpoint_count > 0)
		err = listener_bind(&c->join, LISTENER_JOIN,
		    &r->listeners[LISTENER_JOIN], reterr);
	return err;
}

/* --- start: as the server's own user --- */

static enum sy_err
open_ledger(struct run *r, struct sy_error *reterr)
{
	const struct ledger_config config = {
		.path = r->server.paths.database,
		.node = r->server.config.name,
		.writer_keeper = r->keepers[0],
		.reader_keeper = r->keepers[1],
		.patience = 10000,
		.wake = wake_loop,
		.wake_ctx = r,
	};

	return ledger_open(&config, &r->server.ledger, reterr);
}

/* The server's certificate; a new one if it is missing, for another name or
 * near its end. */
static enum sy_err
open_tls(struct run *r, struct sy_error *reterr)
{
	struct server *s = &r->server;
	enum sy_err err;

	if ((err = tls_load(s->paths.tls, keeper_ca(s->keeper), &s->tls,
		 reterr)) != SY_OK)
		return err;
	return tls_pem_digests(keeper_ca(s->keeper),
	    strlen(keeper_ca(s->keeper)), NULL, NULL, s->ca_spki);
}

static enum sy_err
start_hashing(struct server *s, struct sy_error *reterr)
{
	const struct config *c = &s->config;
	const struct hashing_config config = { .base = s->base,
		.keeper = s->keeper,
		.hasher = SY_LIBEXECDIR "/sanyoso-hasher",
		.threads = c->hash_threads > 0 ? (unsigned int)c->hash_threads
					       : hashing_threads(),
		.places = (size_t)c->hash_places,
		.params = c->hash };

	const struct crew_config rules = {
		.base = s->base, .threads = 1, .places = (size_t)c->hash_places
	};
	enum sy_err err;

	turns_init(&s->turns, config.threads, config.places);
	guises_init(&s->guises, &config.params);
	err = hashing_new(&config, &s->hashing, reterr);
	return err != SY_OK ? err : crew_new(&rules, &s->rules);
}

static enum sy_err
make_tables(struct run *r, struct sy_error *reterr)
{
	struct server *s = &r->server;
	const struct config *c = &s->config;
	enum sy_err err;

	if ((err = logins_new((size_t)c->transactions,
		 (size_t)c->terminal_transactions, &s->logins)) != SY_OK ||
	    (err = enrolments_new(&s->enrolments)) != SY_OK ||
	    (err = keys_new(KEYS_MAX, &s->keys)) != SY_OK ||
	    (err = proofs_new(s->base, &s->proofs)) != SY_OK ||
	    (err = terminals_new(c->terminal_begins, &s->terminals)) != SY_OK ||
	    (err = absences_new(&s->absences)) != SY_OK ||
	    (err = unknown_new(&s->unknown)) != SY_OK ||
	    (err = debts_new(&s->debts)) != SY_OK ||
	    (err = server_random(&s->epoch, sizeof(s->epoch))) != SY_OK ||
	    (err = start_hashing(s, reterr)) != SY_OK)
		return err;
	for (int k = 0; k < LISTENER_COUNT; k++)
		connection_pool_init(&s->pools[k], s, s->base,
		    (enum listener_kind)k,
		    k == LISTENER_ADMIN ? ADMIN_CONNECTIONS
					: (size_t)c->connections,
		    k == LISTENER_ADMIN      ? ADMIN_IDLE
			: k == LISTENER_JOIN ? JOIN_IDLE
					     : c->idle);
	return SY_OK;
}

static enum sy_err
start_listeners(struct run *r, struct sy_error *reterr)
{
	struct server *s = &r->server;
	/* A server that is nobody special is run by hand: by its own user. */
	const uid_t extra = r->users.root ? (uid_t)-1 : geteuid();
	enum sy_err err;

	err = listener_bind_local(s->paths.admin, &r->listeners[LISTENER_ADMIN],
	    reterr);
	for (int k = 0; err == SY_OK && k < LISTENER_COUNT; k++)
		if (r->listeners[k] != NULL)
			err = listener_start(r->listeners[k],
			    k == LISTENER_ADMIN ? NULL : s->tls, &s->pools[k],
			    extra);
	return err;
}

static enum sy_err
run_started(struct ledger_tx *tx, struct job *job)
{
	struct policy_ref *const *policy = job->in;
	struct facts facts = { .count = 0 };

	facts_text(&facts, "version", PACKAGE_VERSION);
	facts_text(&facts, "policy", sy_policy_name((*policy)->policy));
	facts_bytes(&facts, "policy-digest",
	    sy_policy_digest((*policy)->policy), SY_DIGEST_SIZE);
	return job_audit(tx, job, SY_OUTCOME_DONE, "", &facts);
}

static void
done_started(struct job *job, enum sy_err result)
{
	struct policy_ref **policy = job->in;

	policy_ref_drop(policy);
	job_answer(&job, result);
}

static void
note_start(struct server *s)
{
	struct policy_ref *policy = policy_ref_take(s->policy);
	struct job *job = NULL;

	if (job_new(s, NULL, "server.start", &policy, sizeof(policy), &job) !=
	    SY_OK) {
		policy_ref_drop(&policy);
		log_err("the start was not recorded: out of memory");
		return;
	}
	job->run = run_started;
	job->done = done_started;
	job_submit(&job);
}

static enum sy_err
start(struct run *r, struct sy_error *reterr)
{
	struct server *s = &r->server;
	enum sy_err err;

	if ((err = load(r, reterr)) != SY_OK ||
	    (err = start_keeper(r, reterr)) != SY_OK ||
	    (err = bind_listeners(r, reterr)) != SY_OK)
		return err;
	if ((err = privilege_drop(&r->users)) != SY_OK)
		return sy_error_set(reterr, err, "", "can't give up root");
	r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->wake_fd < 0)
		return SY_ERR_NOMEM;
	if ((err = gathering_base_new(&s->base)) != SY_OK ||
	    (err = open_ledger(r, reterr)) != SY_OK ||
	    (err = open_tls(r, reterr)) != SY_OK ||
	    (err = make_tables(r, reterr)) != SY_OK ||
	    (err = run_events_new(r)) != SY_OK ||
	    (err = metadata_load(s)) != SY_OK)
		return err;
	run_check_certificate(r);
	s->started = server_now() / 1000000;
	note_start(s);
	lost_report(s);
	return start_listeners(r, reterr);
}

static void
finish(struct run *r)
{
	struct server *s = &r->server;

	for (int k = 0; k < LISTENER_COUNT; k++) {
		listener_free(&r->listeners[k]);
		if (s->pools[k].server != NULL)
			connection_close_all(&s->pools[k]);
	}
	audit_verify_stop(s);
	gathering_free(&s->gathering);
	/* What they report goes to the ledger; and what the ledger has may hold
	 * a place of theirs, until it was told that it is over. */
	proofs_close(s->proofs);
	crew_close(s->rules);
	hashing_close(s->hashing);
	if (s->ledger != NULL)
		(void)unlink(s->paths.admin);
	ledger_close(&s->ledger);
	proofs_free(&s->proofs);
	crew_free(&s->rules);
	hashing_free(&s->hashing);
	run_events_free(r);
	for (size_t i = 0; i < SY_COUNT(r->keepers); i++)
		keeper_close(&r->keepers[i]);
	if (r->keeper_pid > 0 && keeper_wait(r->keeper_pid) != SY_OK)
		log_err("the keeper does not end: it is left behind");
	tls_free(&s->tls);
	logins_free(&s->logins);
	debts_free(&s->debts);
	enrolments_free(&s->enrolments);
	keys_free(&s->keys);
	terminals_free(&s->terminals);
	absences_free(&s->absences);
	metadata_expire(s, true);
	metadata_ref_drop(&s->metadata);
	unknown_free(&s->unknown);
	policy_ref_drop(&s->policy);
	sy_blocklist_free(&s->blocklist);
	config_clear(&s->config);
	if (s->base != NULL)
		event_base_free(s->base);
	if (r->wake_fd >= 0)
		(void)close(r->wake_fd);
}

/* What to do about the database that the keeper does not take. */
static void
advise(const struct paths *paths)
{
	log_err("%s",
	    _("the database is not the one that this server had last: an "
	      "older or another one was put in its place"));
	log_err(_("to go back to a backup, put %s of the same backup back "
		  "beside it"),
	    paths->keeper);
	log_err(_("to take the database as it is, remove %s/log.state, which "
		  "is recorded as an alarm; see sanyosod(8)"),
	    paths->keeper);
}

int
run_main(const struct paths *paths)
{
	struct run r = { .wake_fd = -1, .keeper_pid = -1 };
	struct sy_error error = { .code = SY_OK };

	/* A client that went away is an error of one write. */
	(void)signal(SIGPIPE, SIG_IGN);
	r.server.paths = *paths;
	error.code = start(&r, &error);
	if (error.code == SY_OK) {
		log_info("serving as %s", r.server.config.name);
		(void)sd_notify(0, "READY=1");
		(void)event_base_dispatch(r.server.base);
	} else {
		log_error(&error, "sanyosod can't start");
		if (error.code == SY_ERR_HISTORY)
			advise(paths);
		r.status = 1;
	}
	finish(&r);
	return r.status;
}
