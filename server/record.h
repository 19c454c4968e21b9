/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_RECORD_H
#define SERVER_RECORD_H

#include <sanyoso/audit.h>
#include <sanyoso/message.h>

#include "server/ledger/ledger.h"

/*
 * The facts of an audit record, gathered in any order: kept sorted by key as
 * the encoding wants them. Text and bytes are not copied: they must live until
 * the record is written. Numbers are. A fact too many is remembered and makes
 * record_write fail. Zero it to begin.
 */
struct facts {
	struct sy_audit_pair pair[SY_AUDIT_PAIRS_MAX];
	size_t count;
	char number[SY_AUDIT_PAIRS_MAX][24];
	size_t numbers;
	bool overflow;
};

/* "" and 0 bytes are left out. */
void facts_text(struct facts *facts, const char *key, const char *text);
void facts_bytes(struct facts *facts, const char *key, const void *p,
    size_t len);
void facts_int(struct facts *facts, const char *key, int64_t v);

/* Who, where, to whom, what; all texts "" if none. */
struct record {
	const char *actor;
	const char *terminal;
	const char *subject;
	const char *action;
	enum sy_outcome outcome;
	const char *reason;
};

/* Append the record to the log (inside a ledger request). LIMIT, and the
 * errors of ledger_audit. ${facts} may be NULL. */
SY_MUST_USE enum sy_err record_write(struct ledger_tx *tx,
    const struct record *record, const struct facts *facts, uint64_t *ret_seq);

/* "id:12": a reference to a row. */
#define REFERENCE_SIZE 40
void record_reference(const char *table, int64_t id, char ret[REFERENCE_SIZE]);

#endif /* SERVER_RECORD_H */
