/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "server/ledger/ledger_int.h"
#include "server/log.h"

/* Leaves that the keeper is shown in one call. */
#define SHOW_BATCH 2048

static enum sy_err
ask_history(struct keeper *keeper, bool *ret_fresh, uint64_t *ret_size)
{
	struct sy_reader r;
	const uint8_t *view;
	uint8_t fresh;
	enum sy_err err;
	size_t len;

	keeper_begin(keeper);
	keeper_add_history(keeper);
	if ((err = keeper_run(keeper)) != SY_OK ||
	    (err = keeper_next(keeper, &view, &len)) != SY_OK)
		return err;
	sy_reader_init(&r, view, len);
	if (sy_reader_u8(&r, &fresh) != SY_OK ||
	    sy_reader_u64(&r, ret_size) != SY_OK || sy_reader_end(&r) != SY_OK)
		return SY_ERR_KEEPER;
	*ret_fresh = fresh != 0;
	return SY_OK;
}

static enum sy_err
run_one(struct keeper *keeper)
{
	const uint8_t *view;
	enum sy_err err;
	size_t len;

	if ((err = keeper_run(keeper)) != SY_OK)
		return err;
	return keeper_next(keeper, &view, &len);
}

/* All leaves behind record ${from}. */
static enum sy_err
show_leaves(struct ledger *ledger, uint64_t from)
{
	struct keeper *keeper = ledger->config.writer_keeper;
	uint8_t leaves[SHOW_BATCH][SY_DIGEST_SIZE];
	const uint64_t size = ledger->end.tree.size;
	enum sy_err err;
	size_t count;

	for (; from < size; from += count) {
		count = size - from < SHOW_BATCH ? (size_t)(size - from)
						 : SHOW_BATCH;
		if ((err = log_leaves(ledger->db, from + 1, count, leaves)) !=
		    SY_OK)
			return err;
		keeper_begin(keeper);
		keeper_add_show(keeper, leaves[0], count);
		if ((err = run_one(keeper)) != SY_OK)
			return err;
	}
	return SY_OK;
}

static enum sy_err
resume(struct ledger *ledger, bool fresh)
{
	struct keeper *keeper = ledger->config.writer_keeper;
	enum sy_err err;

	sy_buf_reset(ledger->edge);
	if (fresh &&
	    (err = sy_tree_encode(&ledger->end.tree, ledger->edge)) != SY_OK)
		return err;
	keeper_begin(keeper);
	keeper_add_resume(keeper, sy_buf_data(ledger->edge),
	    sy_buf_len(ledger->edge), ledger->head.head,
	    ledger->head.signature);
	return run_one(keeper);
}

enum sy_err
log_resume(struct ledger *ledger, struct sy_error *reterr)
{
	struct keeper *keeper = ledger->config.writer_keeper;
	const uint64_t size = ledger->end.tree.size;
	uint64_t known = 0;
	bool fresh = false;
	enum sy_err err;

	err = ask_history(keeper, &fresh, &known);
	if (err == SY_OK && known > size)
		return sy_error_set(reterr, SY_ERR_HISTORY, ledger->config.path,
		    "ends at record %llu, but the keeper knows %llu",
		    (unsigned long long)size, (unsigned long long)known);
	if (err == SY_OK && !fresh)
		err = show_leaves(ledger, known);
	if (err == SY_OK)
		err = resume(ledger, fresh);
	if (err == SY_ERR_HISTORY)
		return sy_error_set(reterr, err, ledger->config.path,
		    "has another log than the one of which the keeper knows "
		    "%llu records",
		    (unsigned long long)known);
	if (err != SY_OK)
		return sy_error_set(reterr, err, ledger->config.path,
		    "the keeper could not be shown the log");
	/* It may not have been able to keep it. */
	ledger->confirmed = known;
	log_confirm(ledger);
	if (fresh) {
		log_warn("the keeper had seen no log yet: that of %s is taken "
			 "as it is, up to record %llu",
		    ledger->config.path, (unsigned long long)size);
		alarm_raise(ledger, "alarm.history", "log", SY_ERR_NOT_FOUND);
	}
	return SY_OK;
}
