/* SPDX-License-Identifier: Apache-2.0 */
#include "server/session/activity.h"

#include <stdio.h>
#include <string.h>

#include <sanyoso/message.h>

static enum sy_err
take(void *ctx, const void *row)
{
	memcpy(ctx, row, sizeof(struct activity_row));
	return SY_OK;
}

enum sy_err
activity_read(struct row_view *view, int64_t owner, struct activity_row *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->owner = owner;
	return row_walk(view, &row_type_activity, "owner", owner, take, ret);
}

static enum sy_err
store(struct ledger_tx *tx, struct activity_row *row)
{
	return row->id == 0 ? row_insert(tx, &row_type_activity, row)
			    : row_update(tx, &row_type_activity, row);
}

enum sy_err
activity_login(struct ledger_tx *tx, int64_t owner, const char *terminal)
{
	struct activity_row row;
	enum sy_err err;

	if ((err = activity_read(ledger_view(tx), owner, &row)) != SY_OK)
		return err;
	row.login = ledger_now(tx);
	(void)snprintf(row.login_terminal, sizeof(row.login_terminal), "%s",
	    terminal);
	row.failures = 0;
	return store(tx, &row);
}

enum sy_err
activity_logout(struct ledger_tx *tx, int64_t owner, const char *terminal)
{
	struct activity_row row;
	enum sy_err err;

	if ((err = activity_read(ledger_view(tx), owner, &row)) != SY_OK)
		return err;
	row.logout = ledger_now(tx);
	(void)snprintf(row.logout_terminal, sizeof(row.logout_terminal), "%s",
	    terminal);
	return store(tx, &row);
}

enum sy_err
activity_failed(struct ledger_tx *tx, int64_t owner)
{
	struct activity_row row;
	enum sy_err err;

	if (owner == 0)
		return SY_OK;
	if ((err = activity_read(ledger_view(tx), owner, &row)) != SY_OK)
		return err;
	/* A verdict with more could not be sent. */
	if (row.failures < SY_FAILURES_MAX)
		row.failures++;
	return store(tx, &row);
}
