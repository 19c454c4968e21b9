/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "accounts.h"
#include "clock.h"

#define PASSWD_SIZE 16384

/* A question on its way between the loop and the thread; whoever has it last
 * frees it. */
struct job {
	STAILQ_ENTRY(job) link;
	char name[SY_NAME_SIZE];
	enum talk_account found;
	uid_t uid;
	struct accounts_query *query; /* the loop's; NULL: nobody waits */
};

STAILQ_HEAD(jobs, job);

/* What loop and thread share; the thread frees it if it outlives the loop. */
struct shared {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct jobs asked;
	struct jobs answered;
	int wake; /* eventfd: an answer is there */
	bool over;
};

struct accounts {
	struct event_base *base;
	struct event *answers;
	struct shared *shared;
	pthread_t thread;
	bool runs;
};

struct accounts_query {
	accounts_done_fn *done;
	void *owner;
	struct job *job;
	struct event *late;
};

static void
free_jobs(struct jobs *jobs)
{
	struct job *j;

	while ((j = STAILQ_FIRST(jobs)) != NULL) {
		STAILQ_REMOVE_HEAD(jobs, link);
		free(j);
	}
}

static void
free_shared(struct shared *s)
{
	free_jobs(&s->asked);
	free_jobs(&s->answered);
	if (s->wake >= 0)
		(void)close(s->wake);
	(void)pthread_cond_destroy(&s->more);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static void
look_up(struct job *j, char *buf)
{
	struct passwd pw, *found = NULL;
	const int e = getpwnam_r(j->name, &pw, buf, PASSWD_SIZE, &found);

	if (found != NULL) {
		j->found = TALK_ACCOUNT_THERE;
		j->uid = pw.pw_uid;
	} else if (e == 0 || e == ENOENT || e == ESRCH) {
		/* getpwnam(3): some modules say "none" in this way. */
		j->found = TALK_ACCOUNT_MISSING;
	}
}

static void *
thread_main(void *arg)
{
	static const uint64_t one = 1;
	struct shared *s = arg;
	char *buf = malloc(PASSWD_SIZE);
	struct job *j;

	(void)pthread_mutex_lock(&s->lock);
	for (;;) {
		while (!s->over && STAILQ_EMPTY(&s->asked))
			(void)pthread_cond_wait(&s->more, &s->lock);
		if (s->over)
			break;
		j = STAILQ_FIRST(&s->asked);
		STAILQ_REMOVE_HEAD(&s->asked, link);
		(void)pthread_mutex_unlock(&s->lock);
		if (buf != NULL)
			look_up(j, buf);
		(void)pthread_mutex_lock(&s->lock);
		STAILQ_INSERT_TAIL(&s->answered, j, link);
		/* A full counter is as loud as another one. */
		if (write(s->wake, &one, sizeof(one)) < 0)
			continue;
	}
	(void)pthread_mutex_unlock(&s->lock);
	free(buf);
	free_shared(s);
	return NULL;
}

static void
end_query(struct accounts_query *q, enum talk_account found, uid_t uid)
{
	accounts_done_fn *done = q->done;
	void *owner = q->owner;

	accounts_cancel(&q);
	done(owner, found, uid);
}

static void
on_answers(evutil_socket_t fd, short what, void *arg)
{
	struct accounts *a = arg;
	struct shared *s = a->shared;
	struct jobs done = STAILQ_HEAD_INITIALIZER(done);
	struct job *j;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	(void)pthread_mutex_lock(&s->lock);
	STAILQ_CONCAT(&done, &s->answered);
	(void)pthread_mutex_unlock(&s->lock);
	while ((j = STAILQ_FIRST(&done)) != NULL) {
		STAILQ_REMOVE_HEAD(&done, link);
		if (j->query != NULL) {
			struct accounts_query *q = j->query;

			q->job = NULL;
			end_query(q, j->found, j->uid);
		}
		free(j);
	}
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end_query(arg, TALK_ACCOUNT_UNKNOWN, 0);
}

static enum sy_err
new_shared(struct shared **ret)
{
	struct shared *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return SY_ERR_NOMEM;
	STAILQ_INIT(&s->asked);
	STAILQ_INIT(&s->answered);
	if (pthread_mutex_init(&s->lock, NULL) != 0 ||
	    pthread_cond_init(&s->more, NULL) != 0) {
		free(s);
		return SY_ERR_NOMEM;
	}
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*ret = s;
	return SY_OK;
}

/* The loop's signals are none of the thread's business. */
static enum sy_err
start_thread(struct accounts *a)
{
	sigset_t all, before;
	int e;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(&a->thread, NULL, thread_main, a->shared);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e != 0)
		return SY_ERR_NOMEM;
	a->runs = true;
	return SY_OK;
}

enum sy_err
accounts_new(struct event_base *base, struct accounts **ret_accounts)
{
	SY_AUTO(accounts_free) struct accounts *a = calloc(1, sizeof(*a));
	enum sy_err err;

	if (a == NULL)
		return SY_ERR_NOMEM;
	a->base = base;
	if ((err = new_shared(&a->shared)) != SY_OK)
		return err;
	if (a->shared->wake < 0)
		return SY_ERR_IO;
	a->answers = event_new(base, a->shared->wake, EV_READ | EV_PERSIST,
	    on_answers, a);
	if (a->answers == NULL || event_add(a->answers, NULL) != 0)
		return SY_ERR_NOMEM;
	if ((err = start_thread(a)) != SY_OK)
		return err;
	*ret_accounts = a;
	a = NULL;
	return SY_OK;
}

void
accounts_free(struct accounts **accounts)
{
	struct accounts *a = *accounts;

	if (a == NULL)
		return;
	*accounts = NULL;
	if (a->answers != NULL)
		event_free(a->answers);
	if (a->runs) {
		/* It may be inside a directory that never answers: it is told,
		 * and tidies up by itself. */
		(void)pthread_detach(a->thread);
		(void)pthread_mutex_lock(&a->shared->lock);
		a->shared->over = true;
		(void)pthread_cond_signal(&a->shared->more);
		(void)pthread_mutex_unlock(&a->shared->lock);
	} else if (a->shared != NULL) {
		free_shared(a->shared);
	}
	free(a);
}

enum sy_err
accounts_ask(struct accounts *a, const char *name, accounts_done_fn *done,
    void *owner, struct accounts_query **ret_query)
{
	const struct timeval patience = clock_timeval(ACCOUNTS_WAIT_MS);
	struct accounts_query *q = calloc(1, sizeof(*q));
	struct job *j = calloc(1, sizeof(*j));

	if (q == NULL || j == NULL ||
	    (q->late = evtimer_new(a->base, on_late, q)) == NULL ||
	    evtimer_add(q->late, &patience) != 0) {
		if (q != NULL && q->late != NULL)
			event_free(q->late);
		free(q);
		free(j);
		return SY_ERR_NOMEM;
	}
	q->done = done;
	q->owner = owner;
	q->job = j;
	j->query = q;
	(void)snprintf(j->name, sizeof(j->name), "%s", name);
	(void)pthread_mutex_lock(&a->shared->lock);
	STAILQ_INSERT_TAIL(&a->shared->asked, j, link);
	(void)pthread_cond_signal(&a->shared->more);
	(void)pthread_mutex_unlock(&a->shared->lock);
	*ret_query = q;
	return SY_OK;
}

/* Only the loop looks at job->query, so it needs no lock. */
void
accounts_cancel(struct accounts_query **query)
{
	struct accounts_query *q = *query;

	if (q == NULL)
		return;
	*query = NULL;
	if (q->job != NULL)
		q->job->query = NULL;
	event_free(q->late);
	free(q);
}
