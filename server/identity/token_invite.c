/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody is invited to bring a card or a key, or to come with one. */
#include <string.h>

#include "server/identity/identity.h"
#include "server/identity/invitation.h"
#include "server/identity/issue.h"
#include "server/job.h"
#include "server/server.h"

static enum sy_err
check_invite(struct ledger_tx *tx, struct job *job,
    const struct sy_token_invite *in, struct id_row *ret_owner,
    struct terminal_row *ret_terminal)
{
	struct row_view *view = ledger_view(tx);
	enum sy_err err;

	if (in->basis[0] == '\0')
		return job_refuse(job, SY_ERR_FORMAT, "basis",
		    "say on what basis the card or key is issued");
	err = row_find(view, &row_type_id, "login", in->login,
	    strlen(in->login), ret_owner);
	if (err == SY_ERR_NOT_FOUND)
		return job_refuse(job, err, "login", "there is no user \"%s\"",
		    in->login);
	if (err != SY_OK)
		return err;
	record_reference("id", ret_owner->id, job->subject);
	if (ret_owner->state != ID_ACTIVE ||
	    (ret_owner->valid_to != 0 && ret_owner->valid_to <= ledger_now(tx)))
		return job_refuse(job, SY_ERR_STATE, "login",
		    "\"%s\" is not active", in->login);
	err = row_find(view, &row_type_terminal, "name", in->terminal,
	    strlen(in->terminal), ret_terminal);
	if (err == SY_ERR_NOT_FOUND)
		return job_refuse(job, err, "terminal",
		    "there is no terminal \"%s\"", in->terminal);
	if (err == SY_OK && ret_terminal->state != TERMINAL_JOINED)
		return job_refuse(job, SY_ERR_STATE, "terminal",
		    "\"%s\" has not joined", in->terminal);
	return err;
}

/* Which key of the card it will be: that behind the PIN if nothing is said; or
 * what a FIDO2 key is to show. */
static enum sy_err
check_method(struct job *job, const struct sy_token_invite *in,
    enum sy_method *ret)
{
	if (in->method[0] == '\0')
		return SY_OK;
	if (!sy_method_by_name(in->method, ret) ||
	    (*ret != SY_METHOD_CARD && *ret != SY_METHOD_CARD_PIN &&
		!issue_is_key(*ret)))
		return job_refuse(job, SY_ERR_FORMAT, "method",
		    "a card is enrolled for card-pin or for card, a FIDO2 key "
		    "for fido2, fido2-uv or fido2-bio");
	return issue_is_key(*ret) ? issue_check_taken(job->server, &job->error)
				  : SY_OK;
}

/* What a code is for. */
static const struct {
	const char *purpose;
	enum invitation_kind kind;
} purposes[] = {
	{ "", INVITATION_ENROLL },
	{ "personalise", INVITATION_PERSONALISE },
	{ "pin-unblock", INVITATION_UNBLOCK },
};

static enum sy_err
check_purpose(struct ledger_tx *tx, struct job *job,
    const struct sy_token_invite *in, int64_t owner,
    struct invitation_terms *ret)
{
	for (size_t i = 0; i < SY_COUNT(purposes); i++)
		if (strcmp(in->purpose, purposes[i].purpose) == 0)
			ret->kind = purposes[i].kind;
	if (ret->kind == 0)
		return job_refuse(job, SY_ERR_FORMAT, "purpose",
		    "write personalise or pin-unblock, or nothing to enrol");
	if (ret->kind != INVITATION_ENROLL && ret->method != SY_METHOD_CARD_PIN)
		return job_refuse(job, SY_ERR_FORMAT, "method",
		    "the card office's cards are used with their PIN");
	if (ret->kind == INVITATION_UNBLOCK && in->replaces != 0)
		return job_refuse(job, SY_ERR_FORMAT, "replace",
		    "a PIN replaces no card");
	ret->replaces = in->replaces;
	return issue_check_replaced(ledger_view(tx), job, in->replaces, owner);
}

static enum sy_err
run_invite(struct ledger_tx *tx, struct job *job)
{
	const struct sy_token_invite *in = job->in;
	struct facts facts = { .count = 0 };
	struct invitation_terms terms = { .method = SY_METHOD_CARD_PIN,
		.basis = in->basis };
	char replaces[REFERENCE_SIZE] = "";
	struct terminal_row terminal;
	struct id_row owner;
	enum sy_err err;

	if ((err = check_method(job, in, &terms.method)) != SY_OK ||
	    (err = check_invite(tx, job, in, &owner, &terminal)) != SY_OK ||
	    (err = check_purpose(tx, job, in, owner.id, &terms)) != SY_OK)
		return err;
	if (issue_is_key(terms.method) &&
	    (err = issue_check_keys(ledger_view(tx), &owner, in->replaces,
		 &job->error)) != SY_OK)
		return err;
	terms.terminal = terminal.id;
	terms.owner = owner.id;
	if (in->replaces != 0)
		record_reference("token", in->replaces, replaces);
	facts_text(&facts, "purpose", in->purpose);
	facts_text(&facts, "replaces", replaces);
	memcpy(job->terminal, terminal.name, sizeof(terminal.name));
	facts_text(&facts, "login", in->login);
	facts_text(&facts, "method", sy_method_name(terms.method));
	facts_text(&facts, "basis", in->basis);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	return invitation_make(tx, &terms, job->out);
}

void
token_invite(struct exchange *exchange, const void *request)
{
	const struct sy_token_invite *in = request;
	struct sy_error error = { .code = SY_OK };

	if (strcmp(in->purpose, sy_task_name(SY_TASK_PERSONALISE)) == 0 &&
	    !exchange->server->config.personalise) {
		(void)sy_error_set(&error, SY_ERR_STATE, "purpose",
		    "cards are not personalised here: [cards piv] of "
		    "server.conf does not say so");
		exchange_fail(&exchange, &error, 0);
		return;
	}
	job_start(exchange, "token.invite", request, run_invite, NULL);
}
