/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "server/ledger/ledger_int.h"
#include "server/ledger/tx.h"

#define REFS_MAX 6144 /* of one record's changed rows, as text */

void
tx_begin(struct ledger *ledger, struct ledger_tx *ret_tx)
{
	struct group *group = &ledger->group;
	const int64_t now = clock_now();

	if (now > group->now)
		group->now = now;
	ledger->told = group->now;
	*ret_tx = (struct ledger_tx){
		.ledger = ledger,
		.now = group->now,
		.first_record = group->count,
		.first_byte = group->len,
		.first_change = ledger->view->changes.count,
		.noted = ledger->view->changes.count,
	};
}

void
tx_undo(struct ledger_tx *tx)
{
	struct ledger *ledger = tx->ledger;

	view_undo(ledger->view, tx->first_change);
	ledger->group.count = tx->first_record;
	ledger->group.len = tx->first_byte;
	tx->noted = tx->first_change;
}

struct row_view *
ledger_view(struct ledger_tx *tx)
{
	return tx->ledger->view;
}

int64_t
ledger_now(const struct ledger_tx *tx)
{
	return tx->now;
}

int64_t
ledger_time(struct ledger *ledger)
{
	const int64_t now = clock_now(), told = ledger->told;

	return now > told ? now : told;
}

/* The sequence of record number ${i} of the group. */
static uint64_t
seq_of(const struct ledger *ledger, size_t i)
{
	return ledger->end.tree.size + i + 1;
}

static enum sy_err
reserve_record(struct group *group)
{
	const size_t size = group->size != 0 ? 2 * group->size : 256;
	struct group_record *records;
	void *leaves;

	if (group->count == GROUP_RECORDS_MAX)
		return SY_ERR_LIMIT;
	if (group->count < group->size)
		return SY_OK;
	records = reallocarray(group->records, size, sizeof(*records));
	if (records == NULL)
		return SY_ERR_NOMEM;
	group->records = records;
	leaves = reallocarray(group->leaves, size, SY_DIGEST_SIZE);
	if (leaves == NULL)
		return SY_ERR_NOMEM;
	group->leaves = leaves;
	group->size = size;
	return SY_OK;
}

static enum sy_err
reserve_bytes(struct group *group, size_t more)
{
	size_t size = group->bytes_size != 0 ? group->bytes_size : 65536;
	uint8_t *bytes;

	if (more > GROUP_BYTES_MAX - group->len)
		return SY_ERR_LIMIT;
	if (more <= group->bytes_size - group->len)
		return SY_OK;
	while (size - group->len < more)
		size *= 2;
	if ((bytes = realloc(group->bytes, size)) == NULL)
		return SY_ERR_NOMEM;
	group->bytes = bytes;
	group->bytes_size = size;
	return SY_OK;
}

/* The encoded record as the group's last body; the salt comes later. */
static enum sy_err
put_body(struct ledger *ledger, struct group_record *record)
{
	struct group *group = &ledger->group;
	const size_t len = sy_buf_len(ledger->encoding);
	enum sy_err err;

	group->len = record->at;
	if ((err = reserve_bytes(group, SY_AUDIT_SALT_SIZE + len)) != SY_OK)
		return err;
	memset(group->bytes + record->at, 0, SY_AUDIT_SALT_SIZE);
	memcpy(group->bytes + record->at + SY_AUDIT_SALT_SIZE,
	    sy_buf_data(ledger->encoding), len);
	record->len = SY_AUDIT_SALT_SIZE + len;
	group->len += record->len;
	return SY_OK;
}

static enum sy_err
add_record(struct ledger_tx *tx, const struct sy_audit_record *record,
    uint64_t *ret_seq)
{
	struct ledger *ledger = tx->ledger;
	struct group *group = &ledger->group;
	struct sy_audit_record full = *record;
	struct group_record *slot;
	enum sy_err err;

	for (size_t i = 0; i < record->pair_count; i++) {
		if (strcmp(record->pairs[i].key, ROWS_PAIR) == 0)
			return SY_ERR_ARG;
	}
	full.node = ledger->node;
	full.clock_synced = group->clock_synced;
	if ((err = tx_finish(tx)) != SY_OK ||
	    (err = sy_audit_encode(&full, ledger->encoding)) != SY_OK ||
	    (err = reserve_record(group)) != SY_OK)
		return err;
	slot = &group->records[group->count];
	slot->time = tx->now;
	slot->at = group->len;
	if ((err = put_body(ledger, slot)) != SY_OK)
		return err;
	group->count++;
	*ret_seq = seq_of(ledger, group->count - 1);
	return SY_OK;
}

enum sy_err
ledger_audit(struct ledger_tx *tx, const struct sy_audit_record *record,
    uint64_t *ret_seq)
{
	const enum sy_err err = add_record(tx, record, ret_seq);

	/* Whatever run says afterwards. */
	if (err != SY_OK && tx->spoiled == SY_OK)
		tx->spoiled = err;
	return err;
}

enum sy_err
ledger_write(struct ledger_tx *tx, uint64_t *ret_seq)
{
	struct ledger *ledger = tx->ledger;
	enum sy_err err;

	if (ledger->group.count == tx->first_record)
		return SY_ERR_STATE;
	/* Before the first write there is nothing to go back to: most requests
	 * write no row and need none. */
	if (!tx->savepoint) {
		if ((err = db_savepoint(ledger->db)) != SY_OK)
			return err;
		tx->savepoint = true;
	}
	*ret_seq = seq_of(ledger, ledger->group.count - 1);
	return SY_OK;
}

static enum sy_err
collect_refs(const struct ledger_tx *tx, struct sy_buf *out)
{
	const struct row_changes *changes = &tx->ledger->view->changes;
	enum sy_err err = SY_OK;

	for (size_t i = tx->noted; err == SY_OK && i < changes->count; i++)
		err = refs_add(out, &changes->at[i]);
	return err;
}

/* Encode ${record} with one pair more, in its place. */
static enum sy_err
encode_with(struct sy_audit_record *record, const struct sy_buf *refs,
    struct sy_buf *out)
{
	struct sy_audit_pair pairs[SY_AUDIT_PAIRS_MAX + 1];
	size_t n = 0, i = 0;

	while (i < record->pair_count &&
	    strcmp(record->pairs[i].key, ROWS_PAIR) < 0)
		pairs[n++] = record->pairs[i++];
	pairs[n++] = (struct sy_audit_pair){ .key = ROWS_PAIR,
		.value = sy_buf_data(refs),
		.len = sy_buf_len(refs),
		.is_text = true };
	while (i < record->pair_count)
		pairs[n++] = record->pairs[i++];
	record->pairs = pairs;
	record->pair_count = n;
	return sy_audit_encode(record, out);
}

enum sy_err
tx_finish(struct ledger_tx *tx)
{
	SY_AUTO(sy_buf_free) struct sy_buf *refs = NULL;
	struct ledger *ledger = tx->ledger;
	struct group *group = &ledger->group;
	struct sy_audit_record record;
	struct group_record *last;
	void *owner = NULL;
	enum sy_err err;

	if (tx->noted == ledger->view->changes.count)
		return SY_OK;
	last = &group->records[group->count - 1];
	if ((err = sy_buf_new(REFS_MAX, &refs)) != SY_OK ||
	    (err = collect_refs(tx, refs)) != SY_OK ||
	    (err = sy_audit_decode(group->bytes + last->at + SY_AUDIT_SALT_SIZE,
		 last->len - SY_AUDIT_SALT_SIZE, &record, &owner)) != SY_OK)
		return err;
	err = encode_with(&record, refs, ledger->encoding);
	free(owner);
	if (err != SY_OK || (err = put_body(ledger, last)) != SY_OK)
		return err;
	tx->noted = ledger->view->changes.count;
	return SY_OK;
}

void
group_clear(struct group *group)
{
	free(group->records);
	free(group->leaves);
	if (group->bytes != NULL)
		sy_memzero(group->bytes, group->bytes_size);
	free(group->bytes);
	*group = (struct group){ 0 };
}
