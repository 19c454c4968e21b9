/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/ledger/ledger_int.h"

/* While the log can't be written it is tried again after so many seconds, with
 * or without requests. */
#define RETRY_SECONDS 1

int64_t
clock_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

enum sy_err
ledger_submit(struct ledger *ledger, ledger_run run, ledger_done done,
    void *ctx)
{
	struct request *request;
	bool wake;

	if ((request = malloc(sizeof(*request))) == NULL)
		return SY_ERR_NOMEM;
	*request = (struct request){ .run = run, .done = done, .ctx = ctx };
	(void)pthread_mutex_lock(&ledger->lock);
	if (ledger->stop || ledger->waiting.count >= LEDGER_QUEUE_MAX) {
		(void)pthread_mutex_unlock(&ledger->lock);
		free(request);
		return SY_ERR_BUSY;
	}
	queue_push(&ledger->waiting, request);
	wake = ledger->waiting.count == 1 && !ledger->gathers;
	(void)pthread_mutex_unlock(&ledger->lock);
	/* Not under the lock, for which the thread would have to wait. */
	if (wake)
		(void)pthread_cond_signal(&ledger->work);
	return SY_OK;
}

void
ledger_gather(struct ledger *ledger)
{
	(void)pthread_mutex_lock(&ledger->lock);
	ledger->gathers = true;
	(void)pthread_mutex_unlock(&ledger->lock);
}

void
ledger_release(struct ledger *ledger)
{
	bool wake;

	(void)pthread_mutex_lock(&ledger->lock);
	ledger->gathers = false;
	wake = ledger->waiting.count > 0;
	(void)pthread_mutex_unlock(&ledger->lock);
	if (wake)
		(void)pthread_cond_signal(&ledger->work);
}

void
ledger_dispatch(struct ledger *ledger)
{
	struct request_queue finished;
	struct request *request;

	queue_init(&finished);
	(void)pthread_mutex_lock(&ledger->lock);
	queue_move(&finished, &ledger->finished);
	(void)pthread_mutex_unlock(&ledger->lock);
	while ((request = queue_pop(&finished)) != NULL) {
		request->done(request->ctx, request->result);
		free(request);
	}
}

static void
wait_for_retry(struct ledger *ledger)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RETRY_SECONDS;
	(void)pthread_cond_timedwait(&ledger->work, &ledger->lock, &until);
}

/* Under the lock: until there is something to do; false: to end. */
static bool
wait_for_work(struct ledger *ledger)
{
	for (;;) {
		const bool some = ledger->waiting.count != 0;

		if (ledger->stop || (some && !ledger->gathers))
			return some;
		if (!some && ledger->trouble != SY_OK) {
			wait_for_retry(ledger);
			return ledger->waiting.count != 0 || !ledger->stop;
		}
		if (!some && ledger->alarms_wait)
			return true;
		(void)pthread_cond_wait(&ledger->work, &ledger->lock);
	}
}

static void *
ledger_main(void *arg)
{
	struct ledger *ledger = arg;
	struct request_queue requests;

	queue_init(&requests);
	(void)pthread_mutex_lock(&ledger->lock);
	while (wait_for_work(ledger)) {
		while (ledger->waiting.count != 0 &&
		    requests.count < GROUP_REQUESTS_MAX)
			queue_push(&requests, queue_pop(&ledger->waiting));
		(void)pthread_mutex_unlock(&ledger->lock);
		group_run(ledger, &requests);
		(void)pthread_mutex_lock(&ledger->lock);
		if (requests.count == 0)
			continue;
		queue_move(&ledger->finished, &requests);
		(void)pthread_mutex_unlock(&ledger->lock);
		ledger->config.wake(ledger->config.wake_ctx);
		(void)pthread_mutex_lock(&ledger->lock);
	}
	(void)pthread_mutex_unlock(&ledger->lock);
	return NULL;
}

enum sy_err
ledger_start(struct ledger *ledger)
{
	if (pthread_create(&ledger->thread, NULL, ledger_main, ledger) != 0)
		return SY_ERR_NOMEM;
	ledger->started = true;
	return SY_OK;
}

void
ledger_stop(struct ledger *ledger)
{
	if (!ledger->started)
		return;
	(void)pthread_mutex_lock(&ledger->lock);
	ledger->stop = true;
	(void)pthread_cond_signal(&ledger->work);
	(void)pthread_mutex_unlock(&ledger->lock);
	(void)pthread_join(ledger->thread, NULL);
	ledger->started = false;
	log_confirm(ledger);
	ledger_dispatch(ledger);
}

struct row_view *
ledger_reader(struct ledger *ledger)
{
	return ledger->reader;
}

void
ledger_head(struct ledger *ledger, uint8_t ret_head[SY_HEAD_SIZE],
    uint8_t ret_signature[SY_ED25519_SIG_SIZE])
{
	(void)pthread_mutex_lock(&ledger->lock);
	memcpy(ret_head, ledger->head.head, SY_HEAD_SIZE);
	memcpy(ret_signature, ledger->head.signature, SY_ED25519_SIG_SIZE);
	(void)pthread_mutex_unlock(&ledger->lock);
}

size_t
ledger_queue(struct ledger *ledger)
{
	size_t count;

	(void)pthread_mutex_lock(&ledger->lock);
	count = ledger->waiting.count;
	(void)pthread_mutex_unlock(&ledger->lock);
	return count;
}

enum sy_err
ledger_trouble(struct ledger *ledger)
{
	enum sy_err trouble;

	(void)pthread_mutex_lock(&ledger->lock);
	trouble = ledger->trouble;
	(void)pthread_mutex_unlock(&ledger->lock);
	return trouble;
}

static enum sy_err
check_next_rows(struct ledger_tx *tx, void *ctx)
{
	(void)ctx;
	return rows_recheck(tx->ledger, false);
}

enum sy_err
ledger_check_rows(struct ledger *ledger, ledger_done done, void *ctx)
{
	return ledger_submit(ledger, check_next_rows, done, ctx);
}

struct read_log {
	enum sy_err (*each)(void *ctx, const struct sy_audit_record *record);
	void *ctx;
};

static enum sy_err
give_record(void *ctx, const struct log_item *item)
{
	const struct read_log *read = ctx;

	return item->err != SY_OK ? item->err
				  : read->each(read->ctx, item->record);
}

enum sy_err
ledger_read_log(struct ledger *ledger, uint64_t before,
    enum sy_err (*each)(void *ctx, const struct sy_audit_record *record),
    void *ctx)
{
	struct read_log read = { .each = each, .ctx = ctx };

	if (before == 0 || before > INT64_MAX)
		before = INT64_MAX;
	return log_scan(ledger->reader_db, ledger->config.reader_keeper, before,
	    true, give_record, &read);
}
