/* SPDX-License-Identifier: Apache-2.0 */
#include "server/crew.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <unistd.h>

struct crew_place {
	int64_t terminal;
	crew_step step;
	crew_done done;
	void *ctx;
	STAILQ_ENTRY(crew_place) next;
};
STAILQ_HEAD(places, crew_place);

/* What waits of one terminal; only those that have something are in line. */
struct lane {
	int64_t terminal;
	struct places waiting;
	STAILQ_ENTRY(lane) next;
};
STAILQ_HEAD(lanes, lane);

struct crew {
	struct crew_config config;
	size_t taken; /* loop thread only */
	struct event *wake;
	int wake_fd;
	unsigned int started;
	pthread_t threads[CREW_THREADS_MAX];

	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t work;
	bool closing;
	struct lanes lanes;
	struct lanes spare; /* as many as places: none is made on the way */
	struct places finished;
};

/* --- in line; with the mutex held --- */

static struct lane *
lane_of(struct crew *crew, int64_t terminal)
{
	struct lane *lane;

	STAILQ_FOREACH(lane, &crew->lanes, next)
	if (lane->terminal == terminal)
		return lane;
	/* A place brought one with it. */
	lane = STAILQ_FIRST(&crew->spare);
	STAILQ_REMOVE_HEAD(&crew->spare, next);
	lane->terminal = terminal;
	STAILQ_INIT(&lane->waiting);
	STAILQ_INSERT_TAIL(&crew->lanes, lane, next);
	return lane;
}

static void
put(struct crew *crew, struct crew_place *place)
{
	struct lane *lane = lane_of(crew, place->terminal);

	STAILQ_INSERT_TAIL(&lane->waiting, place, next);
}

/* The first of the terminal whose turn it is, which then stands behind. */
static struct crew_place *
take(struct crew *crew)
{
	struct lane *lane = STAILQ_FIRST(&crew->lanes);
	struct crew_place *place;

	if (lane == NULL)
		return NULL;
	STAILQ_REMOVE_HEAD(&crew->lanes, next);
	place = STAILQ_FIRST(&lane->waiting);
	STAILQ_REMOVE_HEAD(&lane->waiting, next);
	if (STAILQ_EMPTY(&lane->waiting))
		STAILQ_INSERT_HEAD(&crew->spare, lane, next);
	else
		STAILQ_INSERT_TAIL(&crew->lanes, lane, next);
	return place;
}

/* --- worker threads --- */

static void
finish(struct crew *crew, struct crew_place *place)
{
	const uint64_t one = 1;

	STAILQ_INSERT_TAIL(&crew->finished, place, next);
	/* A full counter wakes as well: the value does not matter. */
	while (write(crew->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void *
work(void *arg)
{
	struct crew *crew = arg;
	struct crew_place *place;
	bool more;

	/* Linux: of this thread alone. Who may not lower it works as it is. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), CREW_NICE);
	(void)pthread_mutex_lock(&crew->mutex);
	while (!crew->closing) {
		if ((place = take(crew)) == NULL) {
			(void)pthread_cond_wait(&crew->work, &crew->mutex);
			continue;
		}
		(void)pthread_mutex_unlock(&crew->mutex);
		more = place->step(place->ctx);
		(void)pthread_mutex_lock(&crew->mutex);
		if (more)
			put(crew, place);
		else
			finish(crew, place);
	}
	(void)pthread_mutex_unlock(&crew->mutex);
	return NULL;
}

/* --- loop thread --- */

static void
free_place(struct crew *crew, struct crew_place *place)
{
	struct lane *lane;

	(void)pthread_mutex_lock(&crew->mutex);
	lane = STAILQ_FIRST(&crew->spare);
	STAILQ_REMOVE_HEAD(&crew->spare, next);
	(void)pthread_mutex_unlock(&crew->mutex);
	free(lane);
	free(place);
	crew->taken--;
}

/* Report all of ${places}; a done may start more work. */
static void
report(struct crew *crew, struct places *places, bool done)
{
	struct crew_place *place;

	while ((place = STAILQ_FIRST(places)) != NULL) {
		const crew_done tell = place->done;
		void *ctx = place->ctx;

		STAILQ_REMOVE_HEAD(places, next);
		free_place(crew, place);
		tell(ctx, done);
	}
}

static void
on_wake(evutil_socket_t fd, short what, void *ctx)
{
	struct places finished = STAILQ_HEAD_INITIALIZER(finished);
	struct crew *crew = ctx;
	uint64_t count;

	(void)what;
	if (read((int)fd, &count, sizeof(count)) < 0)
		count = 0;
	(void)pthread_mutex_lock(&crew->mutex);
	STAILQ_CONCAT(&finished, &crew->finished);
	(void)pthread_mutex_unlock(&crew->mutex);
	report(crew, &finished, true);
}

static enum sy_err
init_sync(struct crew *crew)
{
	if (pthread_cond_init(&crew->work, NULL) != 0)
		return SY_ERR_NOMEM;
	if (pthread_mutex_init(&crew->mutex, NULL) != 0) {
		(void)pthread_cond_destroy(&crew->work);
		return SY_ERR_NOMEM;
	}
	return SY_OK;
}

/* Signals are the loop thread's. */
static enum sy_err
start_threads(struct crew *crew)
{
	sigset_t all, before;
	enum sy_err err = SY_OK;

	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return SY_ERR_IO;
	while (err == SY_OK && crew->started < crew->config.threads) {
		if (pthread_create(&crew->threads[crew->started], NULL, work,
			crew) != 0)
			err = SY_ERR_NOMEM;
		else
			crew->started++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

enum sy_err
crew_new(const struct crew_config *config, struct crew **ret_crew)
{
	struct crew *crew;
	enum sy_err err;

	if (config->threads == 0 || config->threads > CREW_THREADS_MAX ||
	    config->places == 0)
		return SY_ERR_ARG;
	if ((crew = calloc(1, sizeof(*crew))) == NULL)
		return SY_ERR_NOMEM;
	crew->config = *config;
	STAILQ_INIT(&crew->lanes);
	STAILQ_INIT(&crew->spare);
	STAILQ_INIT(&crew->finished);
	if ((err = init_sync(crew)) != SY_OK) {
		free(crew);
		return err;
	}
	crew->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (crew->wake_fd < 0)
		err = SY_ERR_IO;
	else if ((crew->wake = event_new(config->base, crew->wake_fd,
		      EV_READ | EV_PERSIST, on_wake, crew)) == NULL ||
	    event_add(crew->wake, NULL) != 0)
		err = SY_ERR_NOMEM;
	if (err == SY_OK)
		err = start_threads(crew);
	if (err != SY_OK) {
		crew_free(&crew);
		return err;
	}
	*ret_crew = crew;
	return SY_OK;
}

void
crew_close(struct crew *c)
{
	struct places left = STAILQ_HEAD_INITIALIZER(left);
	struct crew_place *place;

	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&c->mutex);
	c->closing = true;
	(void)pthread_cond_broadcast(&c->work);
	(void)pthread_mutex_unlock(&c->mutex);
	while (c->started > 0)
		(void)pthread_join(c->threads[--c->started], NULL);
	/* No thread is left that could take anything. */
	report(c, &c->finished, true);
	while ((place = take(c)) != NULL)
		STAILQ_INSERT_TAIL(&left, place, next);
	report(c, &left, false);
}

void
crew_free(struct crew **crew)
{
	struct crew *c = *crew;

	if (c == NULL)
		return;
	crew_close(c);
	if (c->wake != NULL)
		event_free(c->wake);
	if (c->wake_fd >= 0)
		(void)close(c->wake_fd);
	(void)pthread_mutex_destroy(&c->mutex);
	(void)pthread_cond_destroy(&c->work);
	free(c);
	*crew = NULL;
}

enum sy_err
crew_reserve(struct crew *crew, int64_t terminal, struct crew_place **ret_place)
{
	struct crew_place *place;
	struct lane *lane;

	if (crew->taken >= crew->config.places)
		return SY_ERR_BUSY;
	place = calloc(1, sizeof(*place));
	lane = calloc(1, sizeof(*lane));
	if (place == NULL || lane == NULL) {
		free(place);
		free(lane);
		return SY_ERR_NOMEM;
	}
	place->terminal = terminal;
	(void)pthread_mutex_lock(&crew->mutex);
	STAILQ_INSERT_HEAD(&crew->spare, lane, next);
	(void)pthread_mutex_unlock(&crew->mutex);
	crew->taken++;
	*ret_place = place;
	return SY_OK;
}

void
crew_start(struct crew *crew, struct crew_place **place, crew_step step,
    crew_done done, void *ctx)
{
	struct crew_place *p = *place;

	*place = NULL;
	p->step = step;
	p->done = done;
	p->ctx = ctx;
	/* Only this thread closes. */
	if (crew->closing) {
		free_place(crew, p);
		done(ctx, false);
		return;
	}
	(void)pthread_mutex_lock(&crew->mutex);
	put(crew, p);
	(void)pthread_cond_signal(&crew->work);
	(void)pthread_mutex_unlock(&crew->mutex);
}

void
crew_release(struct crew *crew, struct crew_place **place)
{
	if (*place == NULL)
		return;
	free_place(crew, *place);
	*place = NULL;
}

size_t
crew_taken(const struct crew *crew)
{
	return crew->taken;
}
