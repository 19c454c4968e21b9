/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/proofs.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/gathering.h"

STAILQ_HEAD(checks, proof_check);

struct proofs {
	/* The loop thread's. */
	struct proof_check *alone; /* until more comes, or the loop is idle */
	size_t taken;
	struct event *idle;
	struct event *late;
	struct event *wake;
	int wake_fd;
	bool closed;
	bool started;
	pthread_t thread;

	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t work;
	bool sleeps; /* the thread does */
	bool closing;
	struct checks waiting;
	struct checks finished;
	unsigned int finished_count;
	bool told; /* the loop was woken for them */
};

static void
verify(struct proof_check *check)
{
	check->result = check->verify(check);
}

/* --- its thread --- */

/* Nobody is woken under the mutex, which it would have to wait for. */
static void
finish(struct proofs *p, struct proof_check *check)
{
	const uint64_t one = 1;
	bool wake;

	(void)pthread_mutex_lock(&p->mutex);
	STAILQ_INSERT_TAIL(&p->finished, check, next);
	p->finished_count++;
	wake = !p->told &&
	    (p->finished_count >= PROOFS_TOGETHER || STAILQ_EMPTY(&p->waiting));
	if (wake)
		p->told = true;
	(void)pthread_mutex_unlock(&p->mutex);
	/* A full counter wakes as well: the value does not matter. */
	while (wake && write(p->wake_fd, &one, sizeof(one)) < 0 &&
	    errno == EINTR)
		;
}

static void *
work(void *arg)
{
	struct proofs *p = arg;
	struct proof_check *check;

	(void)pthread_mutex_lock(&p->mutex);
	while (!p->closing) {
		if ((check = STAILQ_FIRST(&p->waiting)) == NULL) {
			p->sleeps = true;
			(void)pthread_cond_wait(&p->work, &p->mutex);
			p->sleeps = false;
			continue;
		}
		STAILQ_REMOVE_HEAD(&p->waiting, next);
		(void)pthread_mutex_unlock(&p->mutex);
		verify(check);
		finish(p, check);
		(void)pthread_mutex_lock(&p->mutex);
	}
	(void)pthread_mutex_unlock(&p->mutex);
	return NULL;
}

/* --- the loop thread --- */

static void
report(struct proofs *p, struct proof_check *check)
{
	p->taken--;
	check->done(check);
}

/* The one that waits alone, if there is one. */
static struct proof_check *
take_alone(struct proofs *p)
{
	struct proof_check *check = p->alone;

	p->alone = NULL;
	(void)event_del(p->idle);
	(void)event_del(p->late);
	return check;
}

static void
hand_over(struct proofs *p, struct proof_check *check)
{
	bool sleeps;

	(void)pthread_mutex_lock(&p->mutex);
	STAILQ_INSERT_TAIL(&p->waiting, check, next);
	sleeps = p->sleeps;
	(void)pthread_mutex_unlock(&p->mutex);
	if (sleeps)
		(void)pthread_cond_signal(&p->work);
}

static void
on_idle(evutil_socket_t fd, short what, void *ctx)
{
	struct proofs *p = ctx;
	struct proof_check *check;

	(void)fd;
	(void)what;
	if ((check = take_alone(p)) == NULL)
		return;
	verify(check);
	report(p, check);
}

static void
on_late(evutil_socket_t fd, short what, void *ctx)
{
	struct proofs *p = ctx;
	struct proof_check *check;

	(void)fd;
	(void)what;
	if ((check = take_alone(p)) != NULL)
		hand_over(p, check);
}

static void
on_wake(evutil_socket_t fd, short what, void *ctx)
{
	struct checks finished = STAILQ_HEAD_INITIALIZER(finished);
	struct proofs *p = ctx;
	struct proof_check *check;
	uint64_t count;

	(void)what;
	if (read((int)fd, &count, sizeof(count)) < 0)
		count = 0;
	(void)pthread_mutex_lock(&p->mutex);
	STAILQ_CONCAT(&finished, &p->finished);
	p->finished_count = 0;
	p->told = false;
	(void)pthread_mutex_unlock(&p->mutex);
	while ((check = STAILQ_FIRST(&finished)) != NULL) {
		STAILQ_REMOVE_HEAD(&finished, next);
		report(p, check);
	}
}

/* An RSA signature is verified in less time than it takes to hand it over. */
static bool
is_quick(const struct sy_key *key)
{
	const enum sy_key_alg alg = sy_key_alg(key);

	return alg == SY_KEY_RSA2048 || alg == SY_KEY_RSA3072;
}

void
proofs_start(struct proofs *p, struct proof_check *check)
{
	static const struct timeval patience = { .tv_usec = PROOFS_US };
	struct proof_check *before;

	p->taken++;
	if (p->closed) {
		check->result = SY_ERR_CLOSED;
		report(p, check);
		return;
	}
	if (is_quick(check->key)) {
		verify(check);
		report(p, check);
		return;
	}
	if (p->taken == 1 && evtimer_add(p->late, &patience) == 0) {
		p->alone = check;
		event_active(p->idle, EV_TIMEOUT, 0);
		return;
	}
	if ((before = take_alone(p)) != NULL)
		hand_over(p, before);
	hand_over(p, check);
}

size_t
proofs_taken(const struct proofs *proofs)
{
	return proofs->taken;
}

/* --- begin and end --- */

static enum sy_err
init_sync(struct proofs *p)
{
	if (pthread_cond_init(&p->work, NULL) != 0)
		return SY_ERR_NOMEM;
	if (pthread_mutex_init(&p->mutex, NULL) != 0) {
		(void)pthread_cond_destroy(&p->work);
		return SY_ERR_NOMEM;
	}
	return SY_OK;
}

static enum sy_err
make_events(struct proofs *p, struct event_base *base)
{
	if ((p->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0)
		return SY_ERR_IO;
	p->wake = event_new(base, p->wake_fd, EV_READ | EV_PERSIST, on_wake, p);
	p->idle = event_new(base, -1, 0, on_idle, p);
	p->late = evtimer_new(base, on_late, p);
	if (p->wake == NULL || p->idle == NULL || p->late == NULL ||
	    event_priority_set(p->idle, GATHERING_PRIORITIES - 1) != 0 ||
	    event_add(p->wake, NULL) != 0)
		return SY_ERR_NOMEM;
	return SY_OK;
}

/* Signals are the loop thread's. */
static enum sy_err
start_thread(struct proofs *p)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return SY_ERR_IO;
	p->started = pthread_create(&p->thread, NULL, work, p) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return p->started ? SY_OK : SY_ERR_NOMEM;
}

enum sy_err
proofs_new(struct event_base *base, struct proofs **ret_proofs)
{
	struct proofs *p = calloc(1, sizeof(*p));
	enum sy_err err;

	if (p == NULL)
		return SY_ERR_NOMEM;
	STAILQ_INIT(&p->waiting);
	STAILQ_INIT(&p->finished);
	p->wake_fd = -1;
	if ((err = init_sync(p)) != SY_OK) {
		free(p);
		return err;
	}
	if ((err = make_events(p, base)) != SY_OK ||
	    (err = start_thread(p)) != SY_OK) {
		proofs_free(&p);
		return err;
	}
	*ret_proofs = p;
	return SY_OK;
}

/* All of it as CLOSED, verified or not: nobody is there to decide. */
static void
report_closed(struct proofs *p, struct checks *checks)
{
	struct proof_check *check;

	while ((check = STAILQ_FIRST(checks)) != NULL) {
		STAILQ_REMOVE_HEAD(checks, next);
		check->result = SY_ERR_CLOSED;
		report(p, check);
	}
}

void
proofs_close(struct proofs *p)
{
	struct checks left = STAILQ_HEAD_INITIALIZER(left);
	struct proof_check *check;

	if (p == NULL || p->closed)
		return;
	p->closed = true;
	(void)pthread_mutex_lock(&p->mutex);
	p->closing = true;
	(void)pthread_cond_signal(&p->work);
	(void)pthread_mutex_unlock(&p->mutex);
	if (p->started)
		(void)pthread_join(p->thread, NULL);
	if (p->alone != NULL && (check = take_alone(p)) != NULL)
		STAILQ_INSERT_TAIL(&left, check, next);
	STAILQ_CONCAT(&left, &p->finished);
	STAILQ_CONCAT(&left, &p->waiting);
	report_closed(p, &left);
}

void
proofs_free(struct proofs **proofs)
{
	struct proofs *p = *proofs;

	if (p == NULL)
		return;
	proofs_close(p);
	if (p->idle != NULL)
		event_free(p->idle);
	if (p->late != NULL)
		event_free(p->late);
	if (p->wake != NULL)
		event_free(p->wake);
	if (p->wake_fd >= 0)
		(void)close(p->wake_fd);
	(void)pthread_mutex_destroy(&p->mutex);
	(void)pthread_cond_destroy(&p->work);
	free(p);
	*proofs = NULL;
}
