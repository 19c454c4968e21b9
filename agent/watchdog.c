/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent/watchdog.h"

#define LOOK_MS  200 /* how often the deadline is looked at */
#define LEAVE_MS 300 /* after a hang-up: time to reset the card */
#define SEND_MS  5000

#define EXIT_TOLD   1 /* the agent knows why */
#define EXIT_UNTOLD 4

struct watchdog {
	int line;
	pthread_mutex_t sending;
	pthread_mutex_t lock; /* of what follows */
	struct timespec due;
	bool armed;
	enum sy_err code;
	/* --- the thread's own --- */
	struct sy_buf *out;
};

static struct timespec
in_ms(unsigned int ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	return t;
}

static bool
is_past(const struct timespec *t)
{
	const struct timespec now = in_ms(0);

	return now.tv_sec > t->tv_sec ||
	    (now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

enum sy_err
watchdog_send(struct watchdog *dog, const uint8_t *frame, size_t len)
{
	const struct timespec deadline = in_ms(SEND_MS);
	enum sy_err err;

	(void)pthread_mutex_lock(&dog->sending);
	err = sy_frame_send(dog->line, frame, len, &deadline);
	(void)pthread_mutex_unlock(&dog->sending);
	return err;
}

/* Whether time is up, and what to say then. */
static bool
is_due(struct watchdog *dog, enum sy_err *ret_code)
{
	bool due;

	(void)pthread_mutex_lock(&dog->lock);
	due = dog->armed && is_past(&dog->due);
	*ret_code = dog->code;
	(void)pthread_mutex_unlock(&dog->lock);
	return due;
}

static void
report_and_end(struct watchdog *dog, enum sy_err code)
{
	const struct sy_device_failed failed = { .kind = SY_FAILURE_DEVICE,
		.code = (uint8_t)code,
		.tries = 255,
		.place = "no answer in time" };

	if (code == SY_OK || sy_device_put_failed(dog->out, &failed) != SY_OK ||
	    watchdog_send(dog, sy_buf_data(dog->out), sy_buf_len(dog->out)) !=
		SY_OK)
		_exit(EXIT_UNTOLD);
	_exit(EXIT_TOLD);
}

static void *
watch(void *arg)
{
	struct watchdog *dog = arg;
	struct pollfd line = { .fd = dog->line, .events = POLLRDHUP };
	enum sy_err code = SY_OK;

	for (;;) {
		const int n = poll(&line, 1, LOOK_MS);

		if (n < 0 && errno != EINTR)
			_exit(EXIT_UNTOLD);
		if (n > 0) {
			/* The agent left. pcscd resets the card of a client
			 * that is gone; better if we still can. */
			const struct timespec leave = { .tv_nsec = LEAVE_MS *
				    1000000L };

			(void)nanosleep(&leave, NULL);
			_exit(EXIT_UNTOLD);
		}
		if (is_due(dog, &code))
			report_and_end(dog, code);
	}
	return NULL;
}

enum sy_err
watchdog_start(int line, struct watchdog **ret_dog)
{
	struct watchdog *dog;
	pthread_t thread;
	enum sy_err err;

	if ((dog = calloc(1, sizeof(*dog))) == NULL)
		return SY_ERR_NOMEM;
	dog->line = line;
	if ((err = sy_buf_new(SY_DEVICE_FRAME_MAX, &dog->out)) != SY_OK) {
		free(dog);
		return err;
	}
	if (pthread_mutex_init(&dog->sending, NULL) != 0 ||
	    pthread_mutex_init(&dog->lock, NULL) != 0 ||
	    pthread_create(&thread, NULL, watch, dog) != 0) {
		sy_buf_free(&dog->out);
		free(dog);
		return SY_ERR_IO;
	}
	*ret_dog = dog;
	return SY_OK;
}

void
watchdog_guard(struct watchdog *dog, unsigned int ms, enum sy_err code)
{
	(void)pthread_mutex_lock(&dog->lock);
	dog->armed = ms > 0;
	dog->due = in_ms(ms);
	dog->code = code;
	(void)pthread_mutex_unlock(&dog->lock);
}
