/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include <openssl/rand.h>

#include <sanyoso/safefile.h>

#include "clock.h"
#include "log.h"
#include "sessions.h"

#define HANDLE_BYTES 16
#define RETRY_MS     10000
/* "HANDLE open 9223372036854775807 2147483647\n" */
#define LINE_MAX_LEN (SY_EVIDENCE_SIZE + 48)
#define FILE_MAX_LEN ((size_t)SESSIONS_MAX * LINE_MAX_LEN)

struct session {
	char handle[SY_EVIDENCE_SIZE];
	int64_t number; /* 0: this place is free */
	bool ended;
	pid_t host; /* 0: not known */
	struct watch *watch;
};

/* On the process that opened a session. */
struct watch {
	struct sessions *sessions;
	struct session *session;
	struct event *event;
	int fd; /* refers to the process, whatever its number is used for */
};

struct sessions {
	struct services *services;
	const char *path;
	struct session all[SESSIONS_MAX];
	struct event *retry;
	struct request *telling;
	int64_t told; /* the session that the request is about */
};

/* --- the file --- */

static size_t
write_line(const struct session *s, char out[LINE_MAX_LEN])
{
	return (size_t)snprintf(out, LINE_MAX_LEN, "%s %s %" PRId64 " %d\n",
	    s->handle, s->ended ? "ended" : "open", s->number, (int)s->host);
}

static void
save(const struct sessions *s)
{
	struct sy_error error = { .code = SY_OK };
	char *text;
	size_t len = 0;

	if (s->path == NULL)
		return;
	if ((text = malloc(FILE_MAX_LEN)) == NULL) {
		log_err("sessions: not saved: out of memory");
		return;
	}
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->all[i].number != 0)
			len += write_line(&s->all[i], text + len);
	if (sy_safefile_write(s->path, text, len, 0600, &error) != SY_OK)
		log_error("sessions: not saved", &error);
	free(text);
}

/* One line without its end, as save() wrote it and nothing else. */
static bool
parse_line(const char *line, size_t len, struct session *ret)
{
	struct session s = { .ended = false };
	uint8_t bytes[HANDLE_BYTES];
	char copy[LINE_MAX_LEN], again[LINE_MAX_LEN];
	const char *rest;
	char *end = copy;
	long host = -1;

	if (len >= sizeof(copy) || len < sizeof(s.handle))
		return false;
	memcpy(copy, line, len);
	copy[len] = '\0';
	memcpy(s.handle, copy, sizeof(s.handle) - 1);
	if (sy_text_unhex(s.handle, bytes, sizeof(bytes)) != SY_OK)
		return false;
	sy_text_hex(bytes, sizeof(bytes), s.handle);
	s.ended = strncmp(copy + sizeof(s.handle), "ended ", 6) == 0;
	rest = copy + sizeof(s.handle) + (s.ended ? 6 : 5);
	if (rest < copy + len)
		s.number = strtoll(rest, &end, 10);
	if (s.number > 0 && *end == ' ')
		host = strtol(end + 1, NULL, 10);
	if (host < 0 || host > INT32_MAX)
		return false;
	s.host = (pid_t)host;
	/* As it would be written, but for the end of the line. */
	if (write_line(&s, again) != len + 1 || memcmp(again, copy, len) != 0)
		return false;
	*ret = s;
	return true;
}

static bool
parse(const char *text, size_t len, struct session *all)
{
	const char *at = text, *const end = text + len;
	size_t n = 0;

	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));

		if (eol == NULL || n == SESSIONS_MAX ||
		    !parse_line(at, (size_t)(eol - at), &all[n]))
			return false;
		n++;
		at = eol + 1;
	}
	return true;
}

static void
load(struct sessions *s)
{
	struct sy_error error = { .code = SY_OK };
	uint8_t *data = NULL;
	size_t len;
	enum sy_err err;

	if (s->path == NULL)
		return;
	err = sy_safefile_read(s->path, FILE_MAX_LEN, &data, &len, &error);
	if (err == SY_ERR_NOT_FOUND)
		return;
	if (err != SY_OK) {
		log_error("sessions", &error);
	} else if (!parse((const char *)data, len, s->all)) {
		log_err("%s: broken; the sessions in it are forgotten",
		    s->path);
		memset(s->all, 0, sizeof(s->all));
	}
	free(data);
}

/* --- telling the server --- */

static const struct request_type close_type = { "/v1/session/close",
	&sy_message_session_close, &sy_message_empty, false };

static void tell_next(struct sessions *s);
static void watch_free(struct watch **watch);

static struct session *
find_number(struct sessions *s, int64_t number)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->all[i].number == number)
			return &s->all[i];
	return NULL;
}

static void
on_told(void *owner, const struct request_reply *reply)
{
	const struct timeval later = clock_timeval(RETRY_MS);
	struct sessions *s = owner;
	struct session *session = find_number(s, s->told);

	s->telling = NULL;
	if (reply->err != SY_OK ||
	    (reply->refused && reply->failure.retry_after > 0)) {
		(void)evtimer_add(s->retry, &later);
		return;
	}
	if (reply->refused)
		log_warn("session %" PRId64 ": its end was not taken: %s",
		    s->told, reply->failure.error);
	if (session != NULL) {
		watch_free(&session->watch);
		memset(session, 0, sizeof(*session));
		save(s);
	}
	tell_next(s);
}

static void
tell_next(struct sessions *s)
{
	const struct timeval later = clock_timeval(RETRY_MS);
	struct sy_session_close message;

	if (s->telling != NULL)
		return;
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (s->all[i].number == 0 || !s->all[i].ended)
			continue;
		s->told = message.session = s->all[i].number;
		if (request_post(s->services->link, &close_type, LINK_ANY,
			s->services->settings.request_timeout_ms, &message,
			on_told, s, &s->telling) != SY_OK)
			(void)evtimer_add(s->retry, &later);
		return;
	}
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell_next(arg);
}

/* --- the processes that opened them --- */

static void
watch_free(struct watch **watch)
{
	struct watch *w = *watch;

	if (w == NULL)
		return;
	if (w->event != NULL)
		event_free(w->event);
	if (w->fd >= 0)
		(void)close(w->fd);
	free(w);
	*watch = NULL;
}

static void
end_session(struct sessions *s, struct session *session)
{
	watch_free(&session->watch);
	session->ended = true;
	save(s);
	tell_next(s);
}

static void
on_grace_over(evutil_socket_t fd, short what, void *arg)
{
	const struct watch *w = arg;

	(void)fd;
	(void)what;
	log_warn("session %" PRId64 ": its host ended without closing it",
	    w->session->number);
	end_session(w->sessions, w->session);
}

/* The host is gone; who closes the session for it may still come. */
static enum sy_err
wait_for_close(struct watch *w)
{
	const struct timeval grace = clock_timeval(SESSIONS_GRACE_MS);

	if (w->event != NULL)
		event_free(w->event);
	w->event = evtimer_new(w->sessions->services->base, on_grace_over, w);
	return w->event != NULL && evtimer_add(w->event, &grace) == 0
	    ? SY_OK
	    : SY_ERR_NOMEM;
}

static void
on_host_gone(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	(void)fd;
	(void)what;
	if (wait_for_close(w) != SY_OK)
		end_session(w->sessions, w->session);
}

static enum sy_err
watch(struct watch *w)
{
	w->fd = pidfd_open(w->session->host, 0);
	if (w->fd < 0 && errno == ESRCH)
		return wait_for_close(w);
	if (w->fd < 0)
		return SY_ERR_IO;
	w->event = event_new(w->sessions->services->base, w->fd, EV_READ,
	    on_host_gone, w);
	return w->event != NULL && event_add(w->event, NULL) == 0
	    ? SY_OK
	    : SY_ERR_NOMEM;
}

/* A host that can't be watched keeps its session until it closes it. */
static void
start_watch(struct sessions *s, struct session *session)
{
	SY_AUTO(watch_free) struct watch *w = NULL;
	enum sy_err err;

	if (session->host <= 0)
		return;
	if ((w = calloc(1, sizeof(*w))) == NULL) {
		err = SY_ERR_NOMEM;
	} else {
		*w = (struct watch){
			.sessions = s, .session = session, .fd = -1
		};
		err = watch(w);
	}
	if (err != SY_OK) {
		log_warn("session %" PRId64 ": its host can't be watched: %s",
		    session->number, sy_err_text(err));
		return;
	}
	session->watch = w;
	w = NULL;
}

/* --- what others ask for --- */

enum sy_err
sessions_new(struct services *services, const char *path,
    struct sessions **ret_sessions)
{
	SY_AUTO(sessions_free) struct sessions *s = calloc(1, sizeof(*s));
	static const struct timeval soon = { .tv_sec = 1 };

	if (s == NULL)
		return SY_ERR_NOMEM;
	s->services = services;
	s->path = path;
	s->retry = evtimer_new(services->base, on_retry, s);
	if (s->retry == NULL)
		return SY_ERR_NOMEM;
	load(s);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->all[i].number != 0 && !s->all[i].ended)
			start_watch(s, &s->all[i]);
	/* Ends that the agent before us could not tell. */
	if (sessions_count(s, true) > 0)
		(void)evtimer_add(s->retry, &soon);
	*ret_sessions = s;
	s = NULL;
	return SY_OK;
}

void
sessions_free(struct sessions **sessions)
{
	struct sessions *s = *sessions;

	if (s == NULL)
		return;
	*sessions = NULL;
	request_cancel(&s->telling);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		watch_free(&s->all[i].watch);
	if (s->retry != NULL)
		event_free(s->retry);
	free(s);
}

static enum sy_err
add(struct sessions *s, int64_t number, pid_t host,
    char ret_handle[SY_EVIDENCE_SIZE])
{
	struct session *free_one = find_number(s, 0);
	uint8_t random[HANDLE_BYTES];

	if (free_one == NULL)
		return SY_ERR_LIMIT;
	if (RAND_bytes(random, sizeof(random)) != 1)
		return SY_ERR_CRYPTO;
	free_one->number = number;
	free_one->ended = false;
	free_one->host = host;
	sy_text_hex(random, sizeof(random), free_one->handle);
	save(s);
	start_watch(s, free_one);
	memcpy(ret_handle, free_one->handle, SY_EVIDENCE_SIZE);
	return SY_OK;
}

/* The host will not get this session, so nobody would ever close it: to the
 * server it would be somebody sitting here. */
static void
give_back(struct sessions *s, int64_t number, enum sy_err why)
{
	const struct sy_session_close message = { .session = number };

	log_err("session %" PRId64 ": can't be kept: %s", number,
	    sy_err_text(why));
	if (request_post(s->services->link, &close_type, LINK_ANY,
		s->services->settings.request_timeout_ms, &message, NULL, NULL,
		NULL) != SY_OK)
		log_err("session %" PRId64 ": can't be closed", number);
}

enum sy_err
sessions_add(struct sessions *s, int64_t number, pid_t host,
    char ret_handle[SY_EVIDENCE_SIZE])
{
	enum sy_err err;

	if (number <= 0)
		return SY_ERR_LIMIT;
	if ((err = add(s, number, host, ret_handle)) != SY_OK)
		give_back(s, number, err);
	return err;
}

enum sy_err
sessions_close(struct sessions *s, const char *handle)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *session = &s->all[i];

		if (session->number == 0 ||
		    strcmp(session->handle, handle) != 0)
			continue;
		end_session(s, session);
		return SY_OK;
	}
	return SY_ERR_NOT_FOUND;
}

static void
on_orphan(void *owner, const struct request_reply *reply)
{
	const struct sy_session_step *step = reply->value;
	char handle[SY_EVIDENCE_SIZE];

	if (reply->err != SY_OK || reply->refused ||
	    strcmp(step->verdict, "allow") != 0)
		return;
	log_info("session %" PRId64 ": who asked for it has gone",
	    step->session);
	if (sessions_add(owner, step->session, 0, handle) != SY_OK ||
	    sessions_close(owner, handle) != SY_OK)
		log_err("session %" PRId64 ": can't be closed", step->session);
}

void
sessions_orphan(struct sessions *s, struct request **request)
{
	request_adopt(*request, on_orphan, s);
	*request = NULL;
}

size_t
sessions_count(const struct sessions *s, bool ended)
{
	size_t n = 0;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		n += s->all[i].number != 0 && s->all[i].ended == ended;
	return n;
}
