/* SPDX-License-Identifier: Apache-2.0 */
#include "server/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void
add(struct facts *facts, const char *key, const void *p, size_t len, bool text)
{
	size_t at;

	if (len == 0)
		return;
	if (facts->count == SY_COUNT(facts->pair)) {
		facts->overflow = true;
		return;
	}
	for (at = facts->count; at > 0; at--) {
		if (strcmp(facts->pair[at - 1].key, key) <= 0)
			break;
		facts->pair[at] = facts->pair[at - 1];
	}
	facts->pair[at].key = key;
	facts->pair[at].value = p;
	facts->pair[at].len = len;
	facts->pair[at].is_text = text;
	facts->count++;
}

void
facts_text(struct facts *facts, const char *key, const char *text)
{
	add(facts, key, text, strlen(text), true);
}

void
facts_bytes(struct facts *facts, const char *key, const void *p, size_t len)
{
	add(facts, key, p, len, false);
}

void
facts_int(struct facts *facts, const char *key, int64_t v)
{
	char *room;

	if (facts->numbers == SY_COUNT(facts->number)) {
		facts->overflow = true;
		return;
	}
	room = facts->number[facts->numbers++];
	(void)snprintf(room, sizeof(facts->number[0]), "%" PRId64, v);
	facts_text(facts, key, room);
}

enum sy_err
record_write(struct ledger_tx *tx, const struct record *record,
    const struct facts *facts, uint64_t *ret_seq)
{
	struct sy_audit_record r = {
		.actor = record->actor,
		.terminal = record->terminal,
		.subject = record->subject,
		.action = record->action,
		.outcome = record->outcome,
		.reason = record->reason,
	};

	if (facts != NULL) {
		if (facts->overflow)
			return SY_ERR_LIMIT;
		r.pairs = facts->pair;
		r.pair_count = facts->count;
	}
	return ledger_audit(tx, &r, ret_seq);
}

void
record_reference(const char *table, int64_t id, char ret[REFERENCE_SIZE])
{
	(void)snprintf(ret, REFERENCE_SIZE, "%s:%" PRId64, table, id);
}
