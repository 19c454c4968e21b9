/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/standing.h"

#include <stdio.h>
#include <string.h>

#include <sanyoso/secret.h>

#define MICROSECONDS INT64_C(1000000)

static enum sy_err
take_present(void *ctx, const void *row)
{
	const struct password_row *password = row;

	if (password->state != PASSWORD_FORMER)
		memcpy(ctx, row, sizeof(*password));
	return SY_OK;
}

enum sy_err
standing_password_row(struct row_view *view, int64_t owner,
    struct password_row *ret)
{
	enum sy_err err;

	memset(ret, 0, sizeof(*ret));
	err = row_walk(view, &row_type_password, "owner", owner, take_present,
	    ret);
	return err == SY_OK && ret->id == 0 ? SY_ERR_NOT_FOUND : err;
}

static enum sy_err
take_lockout(void *ctx, const void *row)
{
	memcpy(ctx, row, sizeof(struct lockout_row));
	return SY_OK;
}

static enum sy_err
take_activity(void *ctx, const void *row)
{
	memcpy(ctx, row, sizeof(struct activity_row));
	return SY_OK;
}

enum sy_err
standing_read(struct row_view *view, int64_t owner, struct standing *ret)
{
	enum sy_err err;

	memset(ret, 0, sizeof(*ret));
	if ((err = id_holds_read(view, owner, &ret->holds)) != SY_OK)
		return err;
	err = standing_password_row(view, owner, &ret->password);
	sy_memzero(ret->password.hash, sizeof(ret->password.hash));
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		return err;
	if ((err = row_walk(view, &row_type_lockout, "owner", owner,
		 take_lockout, &ret->lockout)) != SY_OK)
		return err;
	return row_walk(view, &row_type_activity, "owner", owner, take_activity,
	    &ret->activity);
}

const char *
standing_password(const struct standing *standing, int64_t now)
{
	const struct password_row *password = &standing->password;
	const struct lockout_row *lockout = &standing->lockout;

	if (password->id == 0)
		return "none";
	if (password->state == PASSWORD_COMPROMISED)
		return "compromised";
	if (lockout->state == LOCKOUT_DISABLED)
		return "disabled";
	if (lockout->state == LOCKOUT_HELP ||
	    (lockout->state == LOCKOUT_TIMED && lockout->until > now))
		return "locked";
	if (password->state == PASSWORD_TEMPORARY)
		return password->expires <= now ? "expired" : "temporary";
	return "active";
}

static const char *
state_name(int64_t state)
{
	switch (state) {
	case ID_PENDING:
		return "pending";
	case ID_ACTIVE:
		return "active";
	case ID_DISABLED:
		return "disabled";
	default:
		return "unknown";
	}
}

void
standing_user(const struct id_row *row, const struct standing *standing,
    int64_t now, struct sy_user *ret)
{
	ret->id = row->id;
	memcpy(ret->login, row->login, sizeof(ret->login));
	memcpy(ret->staff, row->staff, sizeof(ret->staff));
	memcpy(ret->name, row->name, sizeof(ret->name));
	memcpy(ret->kana, row->kana, sizeof(ret->kana));
	(void)snprintf(ret->kind, sizeof(ret->kind), "%s",
	    sy_kind_name((enum sy_kind)row->kind));
	(void)snprintf(ret->state, sizeof(ret->state), "%s",
	    state_name(row->state));
	ret->valid_from = row->valid_from / MICROSECONDS;
	ret->valid_to = row->valid_to / MICROSECONDS;
	ret->created = row->created / MICROSECONDS;
	id_holds_names(&standing->holds, ret->holds, sizeof(ret->holds));
	(void)snprintf(ret->password, sizeof(ret->password), "%s",
	    standing_password(standing, now));
}
