/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "server/ledger/ledger_int.h"

void
alarm_raise(struct ledger *ledger, const char *action, const char *subject,
    enum sy_err reason)
{
	struct alarm *alarm;

	(void)pthread_mutex_lock(&ledger->lock);
	for (size_t i = 0; i < ledger->alarm_count; i++) {
		if (strcmp(ledger->alarms[i].subject, subject) == 0 &&
		    strcmp(ledger->alarms[i].action, action) == 0) {
			(void)pthread_mutex_unlock(&ledger->lock);
			return;
		}
	}
	if (ledger->alarm_count < ALARMS_MAX) {
		alarm = &ledger->alarms[ledger->alarm_count++];
		(void)snprintf(alarm->subject, sizeof(alarm->subject), "%s",
		    subject);
		alarm->action = action;
		alarm->reason = reason;
		alarm->recorded = false;
		ledger->alarms_wait = true;
		(void)pthread_cond_signal(&ledger->work);
	}
	(void)pthread_mutex_unlock(&ledger->lock);
}

void
alarm_row(void *ctx, const struct row_type *type, int64_t id, enum sy_err why)
{
	char subject[48];

	(void)snprintf(subject, sizeof(subject), "%s:%lld", type->table,
	    (long long)id);
	alarm_raise(ctx, "alarm.row", subject, why);
}

static enum sy_err
record_one(struct ledger_tx *tx, const struct alarm *alarm)
{
	const struct sy_audit_record record = {
		.actor = "server",
		.terminal = "",
		.subject = alarm->subject,
		.action = alarm->action,
		.outcome = SY_OUTCOME_ALARM,
		.reason = sy_err_name(alarm->reason),
	};
	uint64_t seq;

	return ledger_audit(tx, &record, &seq);
}

enum sy_err
alarm_record_all(struct ledger *ledger, struct ledger_tx *tx, size_t *ret_upto)
{
	enum sy_err err = SY_OK;

	/* Only this thread records, the others add behind: what is read here
	 * stays as it is. */
	(void)pthread_mutex_lock(&ledger->lock);
	*ret_upto = ledger->alarms_wait ? ledger->alarm_count : 0;
	(void)pthread_mutex_unlock(&ledger->lock);
	for (size_t i = 0; err == SY_OK && i < *ret_upto; i++) {
		if (!ledger->alarms[i].recorded)
			err = record_one(tx, &ledger->alarms[i]);
	}
	return err;
}

void
alarm_recorded(struct ledger *ledger, size_t upto)
{
	(void)pthread_mutex_lock(&ledger->lock);
	for (size_t i = 0; i < upto; i++)
		ledger->alarms[i].recorded = true;
	ledger->alarms_wait = ledger->alarm_count > upto;
	(void)pthread_mutex_unlock(&ledger->lock);
}
