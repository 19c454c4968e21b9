/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "boot.h"
#include "daemon.h"
#include "device.h"
#include "dialogue.h"
#include "hello.h"
#include "launcher.h"
#include "listen.h"
#include "log.h"
#include "notify.h"
#include "privilege.h"
#include "renew.h"
#include "sessions.h"
#include "text.h"

/* Enough for SESSIONS_MAX and everything else. */
#define FILES 4096U

struct daemon {
	const struct paths *paths;
	struct services services;
	struct launcher *launcher;
	struct listener *listener;
	struct renew *renew;
	struct event *term;
	struct event *intr;
	struct event *hup;
	struct event *orphan; /* the launcher died */
	bool reload;          /* servers changed: when nobody is served */
	bool stopping;
	int status;
};

static enum sy_err
spawn_worker(void *arg, int *ret_fd)
{
	return launcher_spawn(arg, ret_fd);
}

static void
on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)fd;
	(void)what;
	notify_state("STOPPING=1");
	log_info("stopping");
	d->stopping = true;
	listen_close(&d->listener);
	dialogue_cancel_all();
	(void)event_base_loopexit(d->services.base, NULL);
}

/* Without its launcher no card can be read: let the service manager start
 * both again. */
static void
on_orphan(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	log_err("the launcher of workers is gone");
	d->status = EXIT_FAILURE;
	on_stop(fd, what, d);
}

/* Change to the servers that the configuration now has. */
static void
renew_link(struct daemon *d)
{
	struct services *s = &d->services;
	struct link *fresh = NULL;
	enum sy_err err;

	d->reload = false;
	err = link_new(s->base, &s->settings, s->credentials, &fresh);
	if (err != SY_OK) {
		log_err("the new list of servers can't be used: %s",
		    sy_err_text(err));
		return;
	}
	renew_free(&d->renew);
	link_free(&s->link);
	s->link = fresh;
	link_start(s->link, hello_probe, s);
	if ((err = renew_new(s, d->paths, &d->renew)) != SY_OK)
		log_err("renewal: %s", sy_err_text(err));
}

static void
on_idle(void *owner)
{
	struct daemon *d = owner;

	if (d->reload && !d->stopping)
		renew_link(d);
}

static bool
same_servers(const struct settings *a, const struct settings *b)
{
	if (a->server_count != b->server_count ||
	    a->connect_timeout_ms != b->connect_timeout_ms)
		return false;
	for (size_t i = 0; i < a->server_count; i++)
		if (a->servers[i].port != b->servers[i].port ||
		    strcmp(a->servers[i].host, b->servers[i].host) != 0)
			return false;
	return true;
}

static void
on_hup(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;
	struct services *s = &d->services;
	struct sy_error error = { .code = SY_OK };
	struct settings fresh;

	(void)fd;
	(void)what;
	if (settings_load(d->paths->config, &fresh, &error) != SY_OK) {
		log_error("configuration not re-read", &error);
		return;
	}
	if (strcmp(fresh.user, s->settings.user) != 0 ||
	    strcmp(fresh.worker_user, s->settings.worker_user) != 0 ||
	    strcmp(fresh.worker, s->settings.worker) != 0)
		log_warn("user, worker_user and worker change at the next "
			 "start only");
	d->reload = d->reload || !same_servers(&fresh, &s->settings);
	s->settings = fresh;
	text_open(SY_LOCALEDIR, fresh.language);
	log_info("configuration re-read");
	/* A login in progress keeps its server. */
	if (d->reload && s->dialogues == 0)
		renew_link(d);
}

/* Everything that needs root; afterwards there is none. */
static enum sy_err
give_up_root(struct daemon *d)
{
	const struct settings *s = &d->services.settings;
	struct account agent, worker = { .uid = getuid(), .gid = getgid() };
	const bool root = privilege_is_root();
	enum sy_err err;

	if (root) {
		if ((err = privilege_account(s->user, &agent)) != SY_OK ||
		    (err = privilege_account(s->worker_user, &worker)) !=
			SY_OK) {
			log_err("users %s and %s: %s", s->user, s->worker_user,
			    sy_err_text(err));
			return err;
		}
		if (agent.uid == worker.uid) {
			log_err("users %s and %s are the same", s->user,
			    s->worker_user);
			return SY_ERR_PERM;
		}
	}
	if ((err = launcher_start(s->worker, worker.uid, worker.gid,
		 &d->launcher)) != SY_OK) {
		log_err("the launcher of workers does not start: %s",
		    sy_err_text(err));
		return err;
	}
	err = privilege_make_directories(d->paths, root ? &agent : NULL);
	if (err == SY_OK && root)
		err = privilege_drop(&agent);
	if (err != SY_OK)
		log_err("root can't be given up: %s", sy_err_text(err));
	return err;
}

static enum sy_err
catch_signals(struct daemon *d)
{
	struct event_base *base = d->services.base;

	d->term = evsignal_new(base, SIGTERM, on_stop, d);
	d->intr = evsignal_new(base, SIGINT, on_stop, d);
	d->hup = evsignal_new(base, SIGHUP, on_hup, d);
	d->orphan =
	    event_new(base, launcher_fd(d->launcher), EV_READ, on_orphan, d);
	if (d->term == NULL || d->intr == NULL || d->hup == NULL ||
	    d->orphan == NULL || event_add(d->term, NULL) != 0 ||
	    event_add(d->intr, NULL) != 0 || event_add(d->hup, NULL) != 0 ||
	    event_add(d->orphan, NULL) != 0)
		return SY_ERR_NOMEM;
	return SY_OK;
}

/* One descriptor for the host of each session, besides callers, servers and
 * workers; systemd's soft limit is as many as there may be sessions. */
static void
allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES)
		return;
	limit.rlim_cur = limit.rlim_max < FILES ? limit.rlim_max : FILES;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_warn("no more than the usual number of open files");
}

static enum sy_err
start(struct daemon *d)
{
	struct services *s = &d->services;
	struct sy_error error = { .code = SY_OK };
	enum sy_err err;

	allow_files();
	if ((err = credentials_load(d->paths, &s->credentials, &error)) !=
	    SY_OK) {
		if (err == SY_ERR_NOT_FOUND)
			log_err("this terminal has not joined a server: run "
				"sanyoso-agent join");
		else
			log_error("state", &error);
		return err;
	}
	if ((err = boot_id(BOOT_ID_FILE, s->boot)) != SY_OK) {
		log_err("%s: %s", BOOT_ID_FILE, sy_err_text(err));
		return err;
	}
	if ((s->base = event_base_new()) == NULL)
		return SY_ERR_NOMEM;
	if ((err = catch_signals(d)) != SY_OK ||
	    (err = link_new(s->base, &s->settings, s->credentials, &s->link)) !=
		SY_OK ||
	    (err = device_new(s->base, spawn_worker, d->launcher,
		 &s->device)) != SY_OK ||
	    (err = accounts_new(s->base, &s->accounts)) != SY_OK ||
	    (err = evidence_new(&s->evidence)) != SY_OK ||
	    (err = sessions_new(s, d->paths->sessions, &s->sessions)) !=
		SY_OK ||
	    (err = renew_new(s, d->paths, &d->renew)) != SY_OK ||
	    (err = listen_open(s, d->paths->socket, &d->listener)) != SY_OK)
		return err;
	link_start(s->link, hello_probe, s);
	return SY_OK;
}

static void
free_event(struct event **event)
{
	if (*event != NULL)
		event_free(*event);
	*event = NULL;
}

static void
stop(struct daemon *d)
{
	struct services *s = &d->services;

	d->stopping = true;
	listen_close(&d->listener);
	dialogue_cancel_all();
	renew_free(&d->renew);
	sessions_free(&s->sessions);
	link_free(&s->link);
	device_free(&s->device);
	accounts_free(&s->accounts);
	evidence_free(&s->evidence);
	free_event(&d->term);
	free_event(&d->intr);
	free_event(&d->hup);
	free_event(&d->orphan);
	if (s->base != NULL)
		event_base_free(s->base);
	credentials_free(&s->credentials);
	launcher_free(&d->launcher);
}

int
daemon_run(const struct paths *paths, const struct settings *settings)
{
	struct daemon d = {
		.paths = paths,
		.services = { .settings = *settings,
		    .origin = &origin_system,
		    .idle = on_idle },
		.status = EXIT_SUCCESS,
	};
	enum sy_err err;

	d.services.idle_owner = &d;
	notify_open();
	(void)signal(SIGPIPE, SIG_IGN);
	if ((err = give_up_root(&d)) == SY_OK && (err = start(&d)) == SY_OK) {
		log_info("terminal %s of server %s: ready",
		    d.services.credentials->terminal,
		    d.services.credentials->server);
		notify_state("READY=1");
		(void)event_base_dispatch(d.services.base);
	} else {
		log_err("not started: %s", sy_err_text(err));
		d.status = EXIT_FAILURE;
	}
	stop(&d);
	return d.status;
}
