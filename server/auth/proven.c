/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/proven.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/identity/credential.h"
#include "server/identity/holds.h"

/* --- what it counts for --- */

void
proven_judge(const struct proven_rules *rules, const struct token_row *token,
    const struct credential_row *credential, const struct login_key *key,
    struct proven_best *ret)
{
	struct sy_fido2_claim claim = {
		.attestation = (enum sy_attestation)credential->attestation,
		.fingerprint =
		    sy_policy_is_fingerprint(rules->policy, credential->aaguid),
		.managed = credential->managed == 1,
		.flags = key->flags,
		.has_uvm = key->has_uvm,
		.uvm = key->uvm,
		.terminal_says_built_in = key->says_built_in,
	};

	if (claim.attestation == SY_ATTESTATION_MODEL &&
	    rules->metadata != NULL)
		claim.model =
		    sy_metadata_find(rules->metadata, credential->aaguid);
	sy_fido2_judge(&claim, &ret->method, &ret->grade, &ret->origin);
	/* A PIN that was set since nobody has seen to. */
	if ((int64_t)ret->method > token->method)
		ret->method = (enum sy_method)token->method;
	if (ret->method != SY_METHOD_FIDO2_BIO)
		ret->grade = SY_GRADE_NONE;
}

void
proven_as(const struct proven_best *best, enum sy_method method,
    struct sy_proof *proof)
{
	proof->method = method;
	proof->origin = best->origin;
	proof->grade =
	    method == SY_METHOD_FIDO2_BIO ? best->grade : SY_GRADE_NONE;
}

/* --- in the ledger --- */

/* NOT_FOUND: one of the three is missing. */
static enum sy_err
read_rows(struct row_view *view, int64_t id, struct token_row *ret_token,
    struct credential_row *ret_credential, struct key_counter_row *ret_counter)
{
	enum sy_err err;

	if ((err = row_get(view, &row_type_token, id, ret_token)) != SY_OK ||
	    (err = credential_of_token(view, id, ret_credential)) != SY_OK ||
	    (err = key_counter_of_token(view, id, ret_counter)) != SY_OK)
		return err;
	return ret_token->driver == SY_DRIVER_FIDO2 &&
		ret_credential->owner == ret_token->owner &&
		ret_counter->counter >= 0 && ret_counter->counter <= UINT32_MAX
	    ? SY_OK
	    : SY_ERR_NOT_FOUND;
}

static void
compare(const struct proven_rules *rules, const struct login_key *key,
    const struct sy_proof *proof, struct proven *p)
{
	p->compared = true;
	p->shown = key->counter;
	if (sy_fido2_counter_advanced((uint32_t)p->counter.counter,
		key->counter))
		return;
	/* What the key may have signed before the counter that is kept shows
	 * no copy: a terminal that held it back must not stop the key by it.
	 * The same counter twice shows one, whenever it was. */
	if (p->shown < p->counter.counter &&
	    proof->nonce_at < p->counter.changed) {
		p->why = sy_reason_name(SY_REASON_LATE);
		return;
	}
	p->behind = true;
	p->stops = sy_policy_keys(rules->policy)->counter_stops;
	if (p->stops)
		p->why = sy_err_name(SY_ERR_COUNTER);
}

enum sy_err
proven_read(struct ledger_tx *tx, const struct proven_rules *rules,
    const struct login_key *key, struct sy_proof *proof, struct proven *ret)
{
	struct row_view *view = ledger_view(tx);
	struct credential_row credential;
	struct token_row token;
	bool works;
	enum sy_err err;

	*ret = (struct proven){ .token = proof->token,
		.why = sy_reason_name(SY_REASON_TOKEN_STATE) };
	proof->token_active = false;
	err = read_rows(view, proof->token, &token, &credential, &ret->counter);
	if (err == SY_ERR_NOT_FOUND)
		return SY_OK;
	if (err != SY_OK ||
	    (err = token_works(view, &token, ledger_now(tx), &works)) != SY_OK)
		return err;
	proof->token_owner = token.owner;
	proven_judge(rules, &token, &credential, key, &ret->best);
	/* It counts as what was chosen for it, or as less. */
	proven_as(&ret->best,
	    ret->best.method < proof->method ? ret->best.method : proof->method,
	    proof);
	if (!works)
		return SY_OK;
	if (credential_model_works(rules->metadata, rules->policy, &credential,
		&ret->why))
		ret->why = "";
	if (!key->compared)
		compare(rules, key, proof, ret);
	proof->token_active = ret->why[0] == '\0';
	return SY_OK;
}

enum sy_err
proven_alarm(struct ledger_tx *tx, const struct job *job,
    const struct login_facts *login, const struct proven *proven)
{
	char subject[REFERENCE_SIZE], owner[REFERENCE_SIZE];
	const struct record record = {
		.actor = "server",
		.terminal = job->terminal,
		.subject = subject,
		.action = "alarm.key-counter",
		.outcome = SY_OUTCOME_ALARM,
		.reason = sy_err_name(SY_ERR_COUNTER),
	};
	struct facts facts = { .count = 0 };
	uint64_t seq;

	if (!proven->behind)
		return SY_OK;
	record_reference("token", proven->token, subject);
	record_reference("id", login->person, owner);
	facts_bytes(&facts, "txn", login->txn, sizeof(login->txn));
	facts_text(&facts, "login", login->login);
	facts_text(&facts, "owner", owner);
	facts_int(&facts, "counter", proven->shown);
	facts_int(&facts, "counter-stored", proven->counter.counter);
	facts_text(&facts, "held", proven->stops ? "yes" : "no");
	return record_write(tx, &record, &facts, &seq);
}

static enum sy_err
hold(struct ledger_tx *tx, const struct proven *proven)
{
	struct hold_row row = { .token = proven->token,
		.source = HOLD_CLONED,
		.since = ledger_now(tx) };

	(void)snprintf(row.reason, sizeof(row.reason),
	    "signature counter %" PRId64 " after %" PRId64
	    ": there may be a copy of this key",
	    proven->shown, proven->counter.counter);
	return row_insert(tx, &row_type_hold, &row);
}

enum sy_err
proven_settle(struct ledger_tx *tx, const struct proven *proven)
{
	struct key_counter_row row = proven->counter;

	if (proven->stops)
		return hold(tx, proven);
	/* Keys without a counter show 0 each time. */
	if (!proven->compared || proven->shown <= proven->counter.counter)
		return SY_OK;
	row.counter = proven->shown;
	row.changed = ledger_now(tx);
	return row_update(tx, &row_type_key_counter, &row);
}

const char *
proven_told(const struct proven *proven)
{
	const char *const known[] = { "", sy_err_name(SY_ERR_COUNTER),
		sy_reason_name(SY_REASON_LATE),
		sy_reason_name(SY_REASON_TOKEN_STATE) };

	for (size_t i = 0; i < SY_COUNT(known); i++)
		if (strcmp(proven->why, known[i]) == 0)
			return known[i];
	return sy_err_name(SY_ERR_MODEL);
}
