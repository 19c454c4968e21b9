/* SPDX-License-Identifier: Apache-2.0 */
/* What operators ask about the audit log and the server's state. */
#include "lib/wire/message_int.h"

#define PAGE_MAX     1000
#define PROBLEMS_MAX 1000

static const struct sy_field audit_search_fields[] = {
	INT(sy_audit_search, before, 0, NUMBER_MAX, OPTIONAL),
	INT(sy_audit_search, limit, 1, PAGE_MAX),
	TEXT(sy_audit_search, action, OPTIONAL),
	TEXT(sy_audit_search, subject, OPTIONAL),
	TEXT(sy_audit_search, terminal, OPTIONAL),
};
MESSAGE(audit_search, sy_audit_search);

static const struct sy_field audit_item_fields[] = {
	INT(sy_audit_item, seq, 1, NUMBER_MAX),
	INT(sy_audit_item, time, 0, MICROS_MAX),
	BOOL(sy_audit_item, clock_synced),
	TEXT(sy_audit_item, node),
	TEXT(sy_audit_item, actor, OPTIONAL),
	TEXT(sy_audit_item, terminal, OPTIONAL),
	TEXT(sy_audit_item, subject, OPTIONAL),
	TEXT(sy_audit_item, action),
	TEXT(sy_audit_item, outcome),
	TEXT(sy_audit_item, reason, OPTIONAL),
	TEXT(sy_audit_item, details, OPTIONAL),
};
MESSAGE(audit_item, sy_audit_item);

static const struct sy_field audit_page_fields[] = {
	LIST(sy_audit_page, records, &sy_message_audit_item, PAGE_MAX),
};
MESSAGE(audit_page, sy_audit_page);

static const struct sy_field verify_problem_fields[] = {
	TEXT(sy_verify_problem, place),
	TEXT(sy_verify_problem, text),
};
static const struct sy_message verify_problem = { .name = "verify_problem",
	.size = sizeof(struct sy_verify_problem),
	.fields = verify_problem_fields,
	.count = SY_COUNT(verify_problem_fields) };

static const struct sy_field verify_report_fields[] = {
	INT(sy_verify_report, records, 0, NUMBER_MAX),
	INT(sy_verify_report, heads, 0, NUMBER_MAX),
	INT(sy_verify_report, rows, 0, NUMBER_MAX),
	BOOL(sy_verify_report, sound),
	TEXT(sy_verify_report, head_key, OPTIONAL),
	LIST(sy_verify_report, problems, &verify_problem, PROBLEMS_MAX),
};
MESSAGE(verify_report, sy_verify_report);

static const struct sy_field status_fields[] = {
	TEXT(sy_status, server),
	TEXT(sy_status, version),
	TEXT(sy_status, policy),
	INT(sy_status, started, 0, SECONDS_MAX),
	INT(sy_status, records, 0, NUMBER_MAX),
	INT(sy_status, users, 0, NUMBER_MAX),
	INT(sy_status, tokens, 0, NUMBER_MAX),
	INT(sy_status, terminals, 0, NUMBER_MAX),
	INT(sy_status, connected, 0, NUMBER_MAX),
	INT(sy_status, open_transactions, 0, NUMBER_MAX),
	INT(sy_status, queue, 0, NUMBER_MAX),
	BOOL(sy_status, ledger_writable),
	TEXT(sy_status, alarm, OPTIONAL),
};
MESSAGE(status, sy_status);
