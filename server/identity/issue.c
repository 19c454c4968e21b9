/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/issue.h"

#include <stdio.h>
#include <string.h>

#include "server/identity/credential.h"
#include "server/server.h"

/* EXISTS: ${what} is ${token}'s. */
static enum sy_err
say_whose(struct row_view *view, const char *what,
    const struct token_row *token, struct sy_error *reterr)
{
	struct id_row owner;
	enum sy_err err;

	err = row_get(view, &row_type_id, token->owner, &owner);
	if (err != SY_OK)
		return err;
	(void)sy_error_set(reterr, SY_ERR_EXISTS, what,
	    "this %s is enrolled already: token %lld of %s", what,
	    (long long)token->id, owner.login);
	sy_memzero(&owner, sizeof(owner));
	return SY_ERR_EXISTS;
}

enum sy_err
issue_check_free(struct row_view *view, const uint8_t *spki, size_t len,
    int64_t replaces, struct sy_error *reterr)
{
	struct token_row token;
	enum sy_err err;

	err = row_find(view, &row_type_token, "spki", spki, len, &token);
	if (err == SY_ERR_NOT_FOUND ||
	    (err == SY_OK &&
		(token.state != TOKEN_ACTIVE || token.id == replaces)))
		return SY_OK;
	return err != SY_OK
	    ? err
	    : say_whose(view, token.driver == SY_DRIVER_FIDO2 ? "key" : "card",
		  &token, reterr);
}

bool
issue_is_key(enum sy_method method)
{
	return method == SY_METHOD_FIDO2 || method == SY_METHOD_FIDO2_UV ||
	    method == SY_METHOD_FIDO2_BIO;
}

enum sy_err
issue_check_taken(const struct server *server, struct sy_error *reterr)
{
	if (server->config.fido2)
		return SY_OK;
	return sy_error_set(reterr, SY_ERR_STATE, "method",
	    "FIDO2 keys are not in use here: server.conf has no section "
	    "[fido2]");
}

enum sy_err
issue_check_credential(struct row_view *view, const uint8_t *id, size_t len,
    struct sy_error *reterr)
{
	struct credential_row row;
	struct token_row token;
	enum sy_err err;

	err = credential_find(view, id, len, &row);
	if (err == SY_ERR_NOT_FOUND)
		return SY_OK;
	if (err == SY_OK)
		err = row_get(view, &row_type_token, row.token, &token);
	return err != SY_OK ? err : say_whose(view, "key", &token, reterr);
}

enum sy_err
issue_check_keys(struct row_view *view, const struct id_row *owner,
    int64_t replaces, struct sy_error *reterr)
{
	struct credential_row rows[CREDENTIALS_MAX];
	enum sy_err err;
	size_t count;

	err = credentials_of_person(view, owner->id, rows, &count);
	if (err != SY_OK)
		return err;
	for (size_t i = 0; replaces != 0 && i < count; i++)
		if (rows[i].token == replaces)
			return SY_OK;
	if (count < CREDENTIALS_MAX)
		return SY_OK;
	return sy_error_set(reterr, SY_ERR_STATE, "key",
	    "%s has %d keys, and that is as many as one may have: end one "
	    "with token lost or token revoke, or name it with --replace",
	    owner->login, CREDENTIALS_MAX);
}

enum sy_err
issue_check_replaced(struct row_view *view, struct job *job, int64_t token,
    int64_t owner)
{
	struct token_row row;
	enum sy_err err;

	if (token == 0)
		return SY_OK;
	err = row_get(view, &row_type_token, token, &row);
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		return err;
	if (err == SY_ERR_NOT_FOUND || row.owner != owner)
		return job_refuse(job, SY_ERR_OWNER, "replace",
		    "token %lld is none of this person", (long long)token);
	if (row.state != TOKEN_ACTIVE)
		return job_refuse(job, SY_ERR_STATE, "replace",
		    "token %lld has ended already", (long long)token);
	return SY_OK;
}

enum sy_err
issue_check(struct ledger_tx *tx, struct job *job,
    const struct enrolment_facts *f, struct invitation_row *ret)
{
	struct row_view *view = ledger_view(tx);
	struct terminal_row terminal;
	struct id_row owner;
	enum sy_err err;

	err = row_get(view, &row_type_invitation, f->invitation, ret);
	if (err == SY_ERR_NOT_FOUND)
		return job_refuse(job, SY_ERR_CODE, "code",
		    "the code was used or withdrawn");
	if (err != SY_OK ||
	    (err = row_get(view, &row_type_id, f->person, &owner)) != SY_OK ||
	    (err = row_get(view, &row_type_terminal, f->terminal, &terminal)) !=
		SY_OK)
		return err;
	if (owner.state != ID_ACTIVE)
		return job_refuse(job, SY_ERR_STATE, "user",
		    "\"%s\" is not active", owner.login);
	if (terminal.state != TERMINAL_JOINED)
		return job_refuse(job, SY_ERR_PERM, "terminal",
		    "the terminal was revoked");
	err = issue_check_replaced(view, job, ret->replaces, f->person);
	if (err != SY_OK)
		return err;
	return issue_check_free(view, f->spki, f->spki_len, ret->replaces,
	    &job->error);
}

enum sy_err
issue_token(struct ledger_tx *tx, const struct invitation_row *invitation,
    struct token_row *token)
{
	struct token_row former;
	enum sy_err err;

	if (invitation->replaces != 0) {
		if ((err = row_get(ledger_view(tx), &row_type_token,
			 invitation->replaces, &former)) != SY_OK)
			return err;
		former.state = TOKEN_REPLACED;
		if ((err = row_update(tx, &row_type_token, &former)) != SY_OK)
			return err;
	}
	if ((err = row_insert(tx, &row_type_token, token)) != SY_OK)
		return err;
	return row_delete(tx, &row_type_invitation, invitation->id);
}
