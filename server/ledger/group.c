/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include "server/ledger/ledger_int.h"
#include "server/log.h"

/* Room that must be there before a group is tried again, beside what it will
 * take itself. */
#define ROOM_BYTES 131072
/* How often it is looked for, in microseconds. */
#define ROOM_INTERVAL 100000

static bool
clock_is_synced(void)
{
	struct timex timex = { .modes = 0 };

	return adjtimex(&timex) != TIME_ERROR;
}

/* --- after the log could not be written --- */

static enum sy_err
write_room(struct db *db, const uint8_t *filler, size_t len)
{
	struct db_stmt *stmt;
	enum sy_err err;

	if ((err = db_begin(db)) != SY_OK)
		return err;
	if ((err = db_prepare(db,
		 "INSERT INTO room (id, filler) VALUES (1, $1)", &stmt)) ==
	    SY_OK) {
		db_bind_bytes(stmt, 1, filler, len);
		err = db_run(&stmt);
	}
	if (err == SY_OK)
		err = db_commit(db);
	if (err != SY_OK)
		db_rollback(db);
	return err;
}

static enum sy_err
clear_room(struct db *db)
{
	enum sy_err err;

	if ((err = db_begin(db)) != SY_OK)
		return err;
	if ((err = db_script(db, "DELETE FROM room")) != SY_OK ||
	    (err = db_commit(db)) != SY_OK)
		db_rollback(db);
	return err;
}

/*
 * The keeper signs no head twice, so that each group that is signed and does
 * not reach the disk must be made up for. While there is no room none is
 * signed: first as much as it takes is written and erased again.
 */
static enum sy_err
prove_room(struct ledger *ledger, uint64_t lost)
{
	const size_t len = ROOM_BYTES + (size_t)lost * 1024;
	uint8_t *filler;
	enum sy_err err;

	if (clock_now() - ledger->tried < ROOM_INTERVAL &&
	    clock_now() >= ledger->tried)
		return SY_ERR_STORE_FULL;
	ledger->tried = clock_now();
	if ((filler = calloc(1, len)) == NULL)
		return SY_ERR_NOMEM;
	if ((err = clear_room(ledger->db)) == SY_OK &&
	    (err = write_room(ledger->db, filler, len)) == SY_OK)
		err = clear_room(ledger->db);
	free(filler);
	return err;
}

static enum sy_err
add_own(struct ledger_tx *tx, const char *action, enum sy_outcome outcome,
    enum sy_err reason, uint64_t refused)
{
	char count[24];
	const int len =
	    snprintf(count, sizeof(count), "%llu", (unsigned long long)refused);
	const struct sy_audit_pair pair = { .key = "refused",
		.value = (const uint8_t *)count,
		.len = (size_t)len,
		.is_text = true };
	const struct sy_audit_record record = {
		.actor = "server",
		.terminal = "",
		.subject = "log",
		.action = action,
		.outcome = outcome,
		.reason = sy_err_name(reason),
		.pairs = &pair,
		.pair_count = refused != 0 ? 1 : 0,
	};
	uint64_t seq;

	return ledger_audit(tx, &record, &seq);
}

/*
 * What happened while nothing could be written: one alarm, and one record in
 * the place of each that was signed and lost, so that the next head is larger
 * than any that was signed.
 */
static enum sy_err
record_trouble(struct ledger *ledger, struct ledger_tx *tx)
{
	const uint64_t lost = ledger->signed_size - ledger->end.tree.size;
	enum sy_err err;

	err = add_own(tx, "alarm.log", SY_OUTCOME_ALARM, ledger->trouble,
	    ledger->refused);
	for (uint64_t i = 0; err == SY_OK && i < lost; i++)
		err = add_own(tx, "log.lost", SY_OUTCOME_FAILED,
		    ledger->trouble, 0);
	return err;
}

/* --- one group --- */

/* Somebody else wrote to the database: nothing that was read before holds. */
static enum sy_err
look_for_strangers(struct ledger *ledger)
{
	int64_t version;
	enum sy_err err;

	if ((err = db_foreign(ledger->db, &version)) != SY_OK)
		return err;
	if (version == ledger->foreign)
		return SY_OK;
	log_warn("the database was changed by another program");
	view_forget(ledger->view);
	post_strangers(&ledger->post);
	alarm_raise(ledger, "alarm.store", "store", SY_ERR_ROW_ALTERED);
	if ((err = rows_recheck(ledger, true)) != SY_OK)
		return err;
	ledger->foreign = version;
	return SY_OK;
}

static enum sy_err
begin_group(struct ledger *ledger, struct ledger_tx *tx)
{
	const uint64_t lost = ledger->signed_size - ledger->end.tree.size;
	enum sy_err err;

	ledger->group.count = 0;
	ledger->group.len = 0;
	ledger->group.clock_synced = clock_is_synced();
	if ((lost != 0 || ledger->trouble == SY_ERR_STORE_FULL) &&
	    (err = prove_room(ledger, lost)) != SY_OK)
		return err;
	if ((err = db_begin(ledger->db)) != SY_OK ||
	    (err = look_for_strangers(ledger)) != SY_OK)
		return err;
	tx_begin(ledger, tx);
	return ledger->trouble != SY_OK || lost != 0
	    ? record_trouble(ledger, tx)
	    : SY_OK;
}

/*
 * One request in its savepoint. The returned error is the group's: the
 * request's own is in its result.
 */
static enum sy_err
run_request(struct ledger *ledger, struct request *request)
{
	struct ledger_tx tx;
	enum sy_err err;

	tx_begin(ledger, &tx);
	err = request->run(&tx, request->ctx);
	if (err == SY_OK)
		err = tx.spoiled;
	if (err == SY_OK)
		err = tx_finish(&tx);
	request->result = err;
	if (err != SY_OK)
		tx_undo(&tx);
	/* The database may have ended the transaction by itself. */
	if (!db_in_transaction(ledger->db))
		return err != SY_OK ? err : SY_ERR_STORE;
	if (!tx.savepoint)
		return SY_OK;
	return err != SY_OK ? db_undo(ledger->db) : db_release(ledger->db);
}

/* Requests that no longer fit go back to the front of those that wait. */
static enum sy_err
run_requests(struct ledger *ledger, struct request_queue *requests)
{
	struct request_queue rest, done;
	struct request *request;
	enum sy_err err = SY_OK;

	queue_init(&done);
	queue_init(&rest);
	while ((request = queue_pop(requests)) != NULL) {
		queue_push(&done, request);
		if ((err = run_request(ledger, request)) != SY_OK ||
		    ledger->group.len > GROUP_BYTES)
			break;
	}
	if (err == SY_OK) {
		queue_move(&rest, requests);
		(void)pthread_mutex_lock(&ledger->lock);
		queue_move(&rest, &ledger->waiting);
		queue_move(&ledger->waiting, &rest);
		(void)pthread_mutex_unlock(&ledger->lock);
	} else {
		queue_move(&done, requests);
	}
	queue_move(requests, &done);
	return err;
}

/* What the views and the other threads see from here on. */
static void
publish(struct ledger *ledger, const struct log_end *end,
    const struct signed_head *head)
{
	post_changes(&ledger->post, ledger->view);
	ledger->end = *end;
	(void)pthread_mutex_lock(&ledger->lock);
	ledger->head = *head;
	(void)pthread_mutex_unlock(&ledger->lock);
}

static enum sy_err
commit(struct ledger *ledger)
{
	struct signed_head head;
	struct log_end end;
	enum sy_err err;

	/* Everything that may fail for itself comes before the signature. */
	if ((err = post_reserve(&ledger->post, ledger->view)) != SY_OK ||
	    (err = log_append(ledger, &end, &head)) != SY_OK)
		return err;
	(void)pthread_mutex_lock(&ledger->post.commit);
	if ((err = db_commit(ledger->db)) == SY_OK)
		publish(ledger, &end, &head);
	(void)pthread_mutex_unlock(&ledger->post.commit);
	return err;
}

static enum sy_err
run_group(struct ledger *ledger, struct request_queue *requests)
{
	struct ledger_tx own;
	size_t alarms = 0;
	enum sy_err err;

	if ((err = begin_group(ledger, &own)) != SY_OK ||
	    (err = run_requests(ledger, requests)) != SY_OK)
		return err;
	tx_begin(ledger, &own);
	if ((err = alarm_record_all(ledger, &own, &alarms)) != SY_OK)
		return err;
	/* Nothing was decided and nothing written: nothing to keep. */
	if (ledger->group.count == 0) {
		db_rollback(ledger->db);
		log_confirm(ledger);
		return SY_OK;
	}
	if ((err = commit(ledger)) == SY_OK && alarms != 0)
		alarm_recorded(ledger, alarms);
	return err;
}

static void
set_trouble(struct ledger *ledger, enum sy_err err)
{
	if (err != ledger->trouble && err != SY_OK)
		log_err("the log can't be written, requests are refused: %s",
		    sy_err_text(err));
	else if (err != ledger->trouble)
		log_warn("the log is written again");
	(void)pthread_mutex_lock(&ledger->lock);
	ledger->trouble = err;
	(void)pthread_mutex_unlock(&ledger->lock);
}

void
group_run(struct ledger *ledger, struct request_queue *requests)
{
	enum sy_err err;

	if ((err = run_group(ledger, requests)) != SY_OK) {
		db_rollback(ledger->db);
		view_undo(ledger->view, 0);
		ledger->refused += requests->count;
		for (struct request *r = requests->first; r != NULL;
		     r = r->next)
			r->result = err;
	} else {
		ledger->refused = 0;
	}
	set_trouble(ledger, err);
}
