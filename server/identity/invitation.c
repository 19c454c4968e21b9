/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/invitation.h"

#include <stdio.h>
#include <string.h>

#include <sanyoso/code.h>

#include "server/server.h"

#define OPEN_MAX 64

/* Rows to be deleted: a walk may not change what it walks over. */
struct found {
	enum invitation_kind kind;
	int64_t owner;
	int64_t id[OPEN_MAX];
	size_t count;
	struct invitation_row first;
};

static enum sy_err
collect(void *ctx, const void *row)
{
	const struct invitation_row *invitation = row;
	struct found *found = ctx;

	if (invitation->kind != (int64_t)found->kind ||
	    (found->owner != 0 && invitation->owner != found->owner))
		return SY_OK;
	if (found->count == OPEN_MAX)
		return SY_OK;
	if (found->count == 0)
		found->first = *invitation;
	found->id[found->count++] = invitation->id;
	return SY_OK;
}

enum sy_err
invitation_clear(struct ledger_tx *tx, enum invitation_kind kind,
    int64_t terminal, int64_t owner)
{
	struct found found;
	enum sy_err err;

	do {
		memset(&found, 0, sizeof(found));
		found.kind = kind;
		found.owner = owner;
		err = row_walk(ledger_view(tx), &row_type_invitation,
		    "terminal", terminal, collect, &found);
		sy_memzero(&found.first, sizeof(found.first));
		for (size_t i = 0; err == SY_OK && i < found.count; i++)
			err = row_delete(tx, &row_type_invitation, found.id[i]);
	} while (err == SY_OK && found.count == OPEN_MAX);
	return err;
}

enum sy_err
invitation_of(struct row_view *view, enum invitation_kind kind,
    int64_t terminal, int64_t owner, struct invitation_row *ret)
{
	struct found found = { .kind = kind, .owner = owner };
	enum sy_err err;

	err = row_walk(view, &row_type_invitation, "terminal", terminal,
	    collect, &found);
	if (err == SY_OK && found.count == 0)
		err = SY_ERR_NOT_FOUND;
	if (err == SY_OK)
		*ret = found.first;
	sy_memzero(&found.first, sizeof(found.first));
	return err;
}

enum sy_err
invitation_find(struct row_view *view, const uint8_t code[INVITATION_CODE_SIZE],
    int64_t now, struct invitation_row *ret)
{
	enum sy_err err;

	err = row_find(view, &row_type_invitation, "code", code,
	    INVITATION_CODE_SIZE, ret);
	if (err == SY_ERR_NOT_FOUND)
		return SY_ERR_CODE;
	if (err == SY_OK &&
	    (ret->kind != INVITATION_JOIN || ret->expires <= now)) {
		sy_memzero(ret, sizeof(*ret));
		return SY_ERR_CODE;
	}
	return err;
}

/* The text that people type: the code, and what it pins. */
static enum sy_err
format(const uint8_t code[INVITATION_CODE_SIZE], const uint8_t *ca_spki,
    struct sy_code *ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *bytes = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *text = NULL;
	enum sy_err err;
	size_t len;

	if ((err = sy_secret_new(SY_CODE_BYTES_MAX, &bytes)) != SY_OK ||
	    (err = sy_secret_append(bytes, code, INVITATION_CODE_SIZE)) !=
		SY_OK)
		return err;
	if (ca_spki != NULL &&
	    (err = sy_secret_append(bytes, ca_spki, INVITATION_PIN_SIZE)) !=
		SY_OK)
		return err;
	err =
	    sy_code_format(sy_secret_bytes(bytes), sy_secret_len(bytes), &text);
	if (err != SY_OK)
		return err;
	len = sy_secret_len(text);
	if (len >= sizeof(ret->code))
		return SY_ERR_LIMIT;
	memcpy(ret->code, sy_secret_bytes(text), len);
	ret->code[len] = '\0';
	return SY_OK;
}

enum sy_err
invitation_make(struct ledger_tx *tx, const struct invitation_terms *terms,
    struct sy_code *ret)
{
	struct invitation_row row = { .kind = terms->kind,
		.terminal = terms->terminal,
		.owner = terms->owner,
		.method = terms->method,
		.replaces = terms->replaces,
		.record = (int64_t)terms->record,
		.code_len = INVITATION_CODE_SIZE };
	enum sy_err err;

	row.expires = ledger_now(tx) + INVITATION_LIFE * (int64_t)1000000;
	(void)snprintf(row.basis, sizeof(row.basis), "%s", terms->basis);
	if ((err = invitation_clear(tx, terms->kind, terms->terminal,
		 terms->owner)) == SY_OK &&
	    (err = server_random(row.code, sizeof(row.code))) == SY_OK &&
	    (err = row_insert(tx, &row_type_invitation, &row)) == SY_OK)
		err = format(row.code, terms->ca_spki, ret);
	ret->expires = row.expires / 1000000;
	sy_memzero(&row, sizeof(row));
	return err;
}

/* A wrong code costs one of the invitation's lives; recorded either way. */
static enum sy_err
count_failure(struct ledger_tx *tx, struct job *job,
    struct invitation_row *invitation)
{
	struct facts facts = { .count = 0 };
	enum sy_err err;

	invitation->failures++;
	facts_int(&facts, "failures", invitation->failures);
	err = job_audit(tx, job, SY_OUTCOME_DENY, sy_err_name(SY_ERR_CODE),
	    &facts);
	if (err != SY_OK)
		return err;
	(void)job_refuse(job, SY_ERR_CODE, "code",
	    "the code is wrong, used or expired");
	if (invitation->failures >= INVITATION_FAILURES_MAX)
		return row_delete(tx, &row_type_invitation, invitation->id);
	return row_update(tx, &row_type_invitation, invitation);
}

enum sy_err
invitation_check(struct ledger_tx *tx, struct job *job,
    enum invitation_kind kind, int64_t terminal, const char *login,
    const uint8_t code[INVITATION_CODE_SIZE], struct invitation_row *ret,
    struct id_row *ret_owner)
{
	struct row_view *view = ledger_view(tx);
	enum sy_err err;

	/* Whoever guesses learns neither who exists nor who is invited. */
	err = row_find(view, &row_type_id, "login", login, strlen(login),
	    ret_owner);
	if (err == SY_OK) {
		record_reference("id", ret_owner->id, job->subject);
		err = invitation_of(view, kind, terminal, ret_owner->id, ret);
	}
	if (err == SY_ERR_NOT_FOUND)
		return job_refuse(job, SY_ERR_CODE, "code",
		    "the code is wrong, used or expired");
	if (err != SY_OK)
		return err;
	if (ret->expires <= ledger_now(tx) ||
	    ret->code_len != INVITATION_CODE_SIZE ||
	    !sy_memequal(ret->code, code, INVITATION_CODE_SIZE))
		return count_failure(tx, job, ret);
	if (ret_owner->state != ID_ACTIVE)
		return job_refuse(job, SY_ERR_STATE, "user",
		    "\"%s\" is not active", login);
	return SY_OK;
}
