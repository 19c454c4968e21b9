/* SPDX-License-Identifier: Apache-2.0 */
#include "server/session/gate.h"

#include <string.h>

#include <sanyoso/secret.h>

#include "server/identity/credential.h"
#include "server/identity/holds.h"
#include "server/identity/standing.h"

enum sy_err
gate_terminal(struct row_view *view, int64_t terminal, const char **ret_why)
{
	struct terminal_row row;
	const enum sy_err err =
	    row_get(view, &row_type_terminal, terminal, &row);

	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		return err;
	*ret_why = err == SY_OK && row.state == TERMINAL_JOINED
	    ? NULL
	    : sy_reason_name(SY_REASON_TERMINAL);
	return SY_OK;
}

static bool
within_dates(const struct id_row *row, int64_t now)
{
	/* These kinds must have an end. */
	if (row->valid_to == 0 &&
	    (row->kind == SY_KIND_CONTRACTOR || row->kind == SY_KIND_DEVELOPER))
		return false;
	return row->valid_from <= now &&
	    (row->valid_to == 0 || now < row->valid_to);
}

enum sy_err
gate_person(struct row_view *view, int64_t id, int64_t now, struct id_row *ret,
    const char **ret_why)
{
	struct id_holds holds;
	enum sy_err err;

	err = row_get(view, &row_type_id, id, ret);
	if (err == SY_ERR_NOT_FOUND) {
		memset(ret, 0, sizeof(*ret));
		*ret_why = sy_reason_name(SY_REASON_ID_UNKNOWN);
		return SY_OK;
	}
	if (err != SY_OK || (err = id_holds_read(view, id, &holds)) != SY_OK)
		return err;
	if (ret->state != ID_ACTIVE)
		*ret_why = sy_reason_name(SY_REASON_ID_STATE);
	else if (holds.count > 0)
		*ret_why = sy_reason_name(SY_REASON_ID_HELD);
	else if (!within_dates(ret, now))
		*ret_why = sy_reason_name(SY_REASON_ID_DATES);
	else
		*ret_why = NULL;
	return SY_OK;
}

/* Of a key; anything else has none. */
static enum sy_err
gate_model(struct row_view *view, const struct proven_rules *rules,
    const struct token_row *token, const char **ret_why)
{
	struct credential_row row;
	const char *trouble;
	enum sy_err err;

	*ret_why = NULL;
	if (token->driver != SY_DRIVER_FIDO2)
		return SY_OK;
	err = credential_of_token(view, token->id, &row);
	if (err == SY_ERR_NOT_FOUND)
		*ret_why = sy_reason_name(SY_REASON_TOKEN_STATE);
	else if (err != SY_OK)
		return err;
	else if (!credential_model_works(rules->metadata, rules->policy, &row,
		     &trouble))
		*ret_why = sy_err_name(SY_ERR_MODEL);
	return SY_OK;
}

static enum sy_err
gate_token(struct row_view *view, int64_t id, int64_t now,
    const struct proven_rules *rules, int64_t token, const char **ret_why)
{
	struct token_row row;
	bool works;
	enum sy_err err;

	err = row_get(view, &row_type_token, token, &row);
	if (err == SY_ERR_NOT_FOUND) {
		*ret_why = sy_reason_name(SY_REASON_TOKEN_STATE);
		return SY_OK;
	}
	if (err != SY_OK ||
	    (err = token_works(view, &row, now, &works)) != SY_OK)
		return err;
	if (row.owner != id)
		*ret_why = sy_reason_name(SY_REASON_TOKEN_OWNER);
	else if (!works)
		*ret_why = sy_reason_name(SY_REASON_TOKEN_STATE);
	else
		return gate_model(view, rules, &row, ret_why);
	return SY_OK;
}

/* A temporary one was changed before this, or the login does not get here. */
static enum sy_err
gate_password(struct row_view *view, int64_t id, const char **ret_why)
{
	struct password_row row;
	const enum sy_err err = standing_password_row(view, id, &row);

	sy_memzero(row.hash, sizeof(row.hash));
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		return err;
	*ret_why = err == SY_OK && row.state == PASSWORD_ACTIVE
	    ? NULL
	    : sy_reason_name(SY_REASON_PASSWORD_STATE);
	return SY_OK;
}

enum sy_err
gate_evidence(struct row_view *view, int64_t id, int64_t now,
    const struct proven_rules *rules, const struct sy_evidence *evidence,
    const char **ret_why)
{
	const char *why = NULL;
	enum sy_err err = SY_OK;

	for (unsigned int i = 0; why == NULL && i < evidence->count; i++) {
		const struct sy_proof *p = &evidence->proof[i];

		if (p->token != 0)
			err = gate_token(view, id, now, rules, p->token, &why);
		else if (p->method == SY_METHOD_PASSWORD)
			err = gate_password(view, id, &why);
		else
			why = sy_reason_name(SY_REASON_INPUT);
		if (err != SY_OK)
			return err;
	}
	*ret_why = why;
	return SY_OK;
}
