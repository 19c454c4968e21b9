/* SPDX-License-Identifier: Apache-2.0 */
/* What the server does while it runs: on signals, with time, and to stop. */
#include "server/run_int.h"

#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "server/auth/debts.h"
#include "server/auth/hashing.h"
#include "server/auth/login.h"
#include "server/auth/logins.h"
#include "server/auth/proofs.h"
#include "server/gathering.h"
#include "server/http/listener.h"
#include "server/identity/enrolments.h"
#include "server/identity/metadata.h"
#include "server/job.h"
#include "server/log.h"
#include "server/lost.h"
#include "server/policy.h"

/* Seconds between looks at what has expired and what is wrong. */
#define TICK 5
#define DAY  86400
/* As many logins within the life of a verdict are a rush. */
#define RUSH 256
/* An orderly stop takes no longer than this, in tenths of a second. */
#define DRAIN_MAX 100

/* --- stop --- */

static bool
is_quiet(const struct server *s)
{
	size_t connections = 0;

	for (int k = 0; k < LISTENER_COUNT; k++)
		connections += s->pools[k].count;
	return s->jobs == 0 && connections == 0 &&
	    proofs_taken(s->proofs) == 0 && hashing_taken(s->hashing) == 0 &&
	    crew_taken(s->rules) == 0;
}

static void
on_drain(evutil_socket_t fd, short what, void *ctx)
{
	struct run *r = ctx;

	(void)fd;
	(void)what;
	/* What was being verified when it began to stop is open again. */
	if (is_quiet(&r->server))
		login_expire(&r->server, true);
	if (is_quiet(&r->server) || ++r->drained >= DRAIN_MAX)
		(void)event_base_loopbreak(r->server.base);
}

/* No new logins; what the ledger has is finished and answered. */
static void
drain(struct run *r, int status)
{
	static const struct timeval tenth = { .tv_usec = 100000 };
	const struct record stop = { .actor = "server",
		.terminal = "",
		.subject = "",
		.action = "server.stop",
		.outcome = SY_OUTCOME_DONE,
		.reason = "" };
	struct server *s = &r->server;

	if (status != 0)
		r->status = status;
	if (s->draining)
		return;
	s->draining = true;
	(void)sd_notify(0, "STOPPING=1");
	for (int k = 0; k < LISTENER_COUNT; k++)
		if (r->listeners[k] != NULL)
			listener_stop(r->listeners[k]);
	login_expire(s, true);
	enroll_expire(s, true);
	job_note(s, &stop, NULL, NULL);
	for (int k = 0; k < LISTENER_COUNT; k++)
		connection_drain(&s->pools[k]);
	if (event_add(r->drain, &tenth) != 0)
		(void)event_base_loopbreak(s->base);
}

static void
on_stop(evutil_socket_t sig, short what, void *ctx)
{
	(void)sig;
	(void)what;
	log_info("stopping");
	drain(ctx, 0);
}

static void
on_reload(evutil_socket_t sig, short what, void *ctx)
{
	struct run *r = ctx;

	(void)sig;
	(void)what;
	if (!r->server.draining)
		policy_reload(&r->server);
}

/* Without its keeper the server can record nothing, so it lets nobody in; and
 * it can't start another one: the keys are root's. A new server can. */
static void
lose_keeper(struct run *r)
{
	if (r->keeper_lost)
		return;
	r->keeper_lost = true;
	log_err("the keeper is lost, nobody is let in: the server ends, to be "
		"started again");
	lost_leave(&r->server);
	drain(r, 1);
}

static void
check_channels(struct run *r)
{
	for (size_t i = 0; i < SY_COUNT(r->keepers); i++) {
		if (keeper_is_lost(r->keepers[i]))
			lose_keeper(r);
	}
}

static void
check_keeper(struct run *r)
{
	int status;

	if (r->keeper_pid > 0 &&
	    waitpid(r->keeper_pid, &status, WNOHANG) == r->keeper_pid) {
		r->keeper_pid = -1;
		log_err("the keeper has ended: %s %d",
		    WIFSIGNALED(status) ? "signal" : "status",
		    WIFSIGNALED(status) ? WTERMSIG(status)
					: WEXITSTATUS(status));
		lose_keeper(r);
	}
	check_channels(r);
}

static void
on_child(evutil_socket_t sig, short what, void *ctx)
{
	(void)sig;
	(void)what;
	check_keeper(ctx);
}

/* --- while it runs --- */

void
run_check_certificate(struct run *r)
{
	struct server *s = &r->server;
	struct sy_error error = { .code = SY_OK };

	if (server_boottime() < r->certificate_at)
		return;
	r->certificate_at = server_boottime() + DAY;
	if (tls_is_current(s->tls, s->config.name, server_now() / 1000000))
		return;
	if ((error.code = tls_create(s->paths.tls, s->config.name, s->keeper,
		 &error)) != SY_OK ||
	    (error.code = tls_reload(s->tls, s->paths.tls, &error)) != SY_OK) {
		log_error(&error, "the server's certificate is not renewed");
		return;
	}
	log_info("the server has a new certificate for %s", s->config.name);
}

static void
gather(void *ctx)
{
	ledger_gather(ctx);
}

static void
release(void *ctx)
{
	ledger_release(ctx);
}

static enum sy_err
start_gathering(struct server *s)
{
	const struct gathering_config config = { .base = s->base,
		.patience = GATHERING_US,
		.gather = gather,
		.release = release,
		.ctx = s->ledger };

	return gathering_new(&config, &s->gathering);
}

static void
on_wake(evutil_socket_t fd, short what, void *ctx)
{
	struct run *r = ctx;
	uint64_t count;

	(void)what;
	if (read((int)fd, &count, sizeof(count)) < 0)
		count = 0;
	ledger_dispatch(r->server.ledger);
	check_channels(r);
}

static void
done_rows(void *ctx, enum sy_err result)
{
	struct run *r = ctx;

	r->checking = false;
	if (result != SY_OK)
		log_err("the stored rows were not checked: %s",
		    sy_err_text(result));
}

/* A few hundred with each tick: what nobody uses is looked at too, and so is
 * whether somebody else has written to the database. */
static void
check_rows(struct run *r)
{
	struct ledger *ledger = r->server.ledger;

	if (!r->checking && !r->server.draining &&
	    ledger_trouble(ledger) == SY_OK)
		r->checking = ledger_check_rows(ledger, done_rows, r) == SY_OK;
}

/* What a rush took, of which malloc keeps the most part, is given back when its
 * verdicts are forgotten. It is not looked for while people come and go as
 * ever: it takes milliseconds. */
static void
give_back(struct run *r)
{
	const size_t count = logins_count(r->server.logins);

	if (count > r->rush)
		r->rush = count;
	if (r->rush < RUSH || count > r->rush / 8)
		return;
	(void)malloc_trim(0);
	r->rush = count;
}

static void
on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct run *r = ctx;

	(void)fd;
	(void)what;
	login_expire(&r->server, false);
	logins_shrink(r->server.logins);
	enroll_expire(&r->server, false);
	metadata_expire(&r->server, false);
	debts_retry(&r->server);
	check_rows(r);
	run_check_certificate(r);
	/* The signal is lost if it came before anybody listened for it. */
	check_keeper(r);
	give_back(r);
}

enum sy_err
run_events_new(struct run *r)
{
	static const struct timeval tick = { .tv_sec = TICK };
	static const struct {
		int number;
		event_callback_fn handle;
	} signals[SIGNAL_COUNT] = {
		[SIGNAL_TERM] = { SIGTERM, on_stop },
		[SIGNAL_INT] = { SIGINT, on_stop },
		[SIGNAL_HUP] = { SIGHUP, on_reload },
		[SIGNAL_CHLD] = { SIGCHLD, on_child },
	};
	struct event_base *base = r->server.base;

	for (int i = 0; i < SIGNAL_COUNT; i++) {
		r->signals[i] =
		    evsignal_new(base, signals[i].number, signals[i].handle, r);
		if (r->signals[i] == NULL ||
		    event_add(r->signals[i], NULL) != 0)
			return SY_ERR_NOMEM;
	}
	r->wake = event_new(base, r->wake_fd, EV_READ | EV_PERSIST, on_wake, r);
	r->tick = event_new(base, -1, EV_PERSIST, on_tick, r);
	r->drain = event_new(base, -1, EV_PERSIST, on_drain, r);
	if (r->wake == NULL || r->tick == NULL || r->drain == NULL ||
	    event_add(r->wake, NULL) != 0 || event_add(r->tick, &tick) != 0)
		return SY_ERR_NOMEM;
	return start_gathering(&r->server);
}

void
run_events_free(struct run *r)
{
	struct event *const others[] = { r->wake, r->tick, r->drain };

	for (int i = 0; i < SIGNAL_COUNT; i++)
		if (r->signals[i] != NULL)
			event_free(r->signals[i]);
	for (size_t i = 0; i < SY_COUNT(others); i++)
		if (others[i] != NULL)
			event_free(others[i]);
}
