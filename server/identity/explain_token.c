/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/explain.h"

#include <stdio.h>

#include "server/identity/credential.h"
#include "server/store/tables.h"

#define MICROSECONDS INT64_C(1000000)
/* A card whose certificate ends sooner is named. */
#define ENDS_SOON (INT64_C(30) * 86400 * MICROSECONDS)
/* Of one kind each; one more device and a password are tried with them. */
#define CARDS_MAX (SY_PROOFS_MAX - 2)

static bool
is_over(const struct explaining *e, const struct token_row *token)
{
	return token->not_after != 0 && token->not_after <= e->now;
}

/* As what a key would count: the best that it can show and that is accepted. */
static void
key_method(const struct explaining *e, const struct token_row *token,
    const struct credential_row *credential, enum sy_method *ret_method,
    enum sy_grade *ret_grade, bool *ret_accepted)
{
	credential_best(e->metadata, e->policy, token, credential, ret_method,
	    ret_grade);
	for (int m = (int)*ret_method; m >= SY_METHOD_FIDO2; m--) {
		const enum sy_grade grade =
		    m == (int)*ret_method ? *ret_grade : SY_GRADE_NONE;

		*ret_accepted = explain_accepted(e, (enum sy_method)m,
		    (enum sy_origin)token->origin, grade);
		if (*ret_accepted) {
			*ret_method = (enum sy_method)m;
			*ret_grade = grade;
			break;
		}
	}
}

/* What ${token} would count as, and whether that is accepted anywhere. */
static enum sy_err
as_proof(const struct explaining *e, const struct token_row *token,
    struct sy_proof *ret, bool *ret_accepted)
{
	struct credential_row credential;
	enum sy_err err;

	*ret = (struct sy_proof){
		.method = (enum sy_method)token->method,
		.origin = (enum sy_origin)token->origin,
		.token = token->id,
		.token_owner = token->owner,
		.token_active = true,
	};
	if (token->driver != SY_DRIVER_FIDO2) {
		*ret_accepted = explain_accepted(e, ret->method, ret->origin,
		    SY_GRADE_NONE);
		return SY_OK;
	}
	*ret_accepted = false;
	err = credential_of_token(e->view, token->id, &credential);
	if (err == SY_OK)
		key_method(e, token, &credential, &ret->method, &ret->grade,
		    ret_accepted);
	return err;
}

/* Whether the model of a key is good; anything else always is. The sentence
 * says what is wrong. */
static enum sy_err
model_works(const struct explaining *e, const struct token_row *token,
    bool *ret, struct sy_error *reterr)
{
	struct credential_row row;
	const char *reason = "";
	enum sy_err err;

	*ret = true;
	if (token->driver != SY_DRIVER_FIDO2)
		return SY_OK;
	if ((err = credential_of_token(e->view, token->id, &row)) != SY_OK)
		return err;
	*ret = credential_model_works(e->metadata, e->policy, &row, &reason);
	if (!*ret)
		(void)credential_model_error(e->metadata, &row, reason, reterr);
	return SY_OK;
}

/* To a policy two cards of a kind are as good as one. */
static bool
is_gathered(const struct explaining *e, const struct sy_proof *proof)
{
	for (unsigned int i = 0; i < e->cards.count; i++) {
		const struct sy_proof *other = &e->cards.proof[i];

		if (other->method == proof->method &&
		    other->origin == proof->origin &&
		    other->grade == proof->grade)
			return true;
	}
	return false;
}

/* A card or key, if it would count were it shown now. */
static enum sy_err
gather_card(void *ctx, const void *row)
{
	const struct token_row *token = row;
	struct explaining *e = ctx;
	struct sy_proof proof;
	struct sy_error error;
	bool works, good, taken;
	enum sy_err err;

	if ((err = token_works(e->view, token, e->now, &works)) != SY_OK ||
	    !works || (err = model_works(e, token, &good, &error)) != SY_OK ||
	    !good || (err = as_proof(e, token, &proof, &taken)) != SY_OK)
		return err;
	e->has_token = true;
	/* Nobody has more kinds that are taken than there is room for. */
	if (taken && !is_gathered(e, &proof) && e->cards.count < CARDS_MAX)
		e->cards.proof[e->cards.count++] = proof;
	return SY_OK;
}

enum sy_err
explain_gather(struct explaining *e)
{
	return row_walk(e->view, &row_type_token, "owner", e->row.id,
	    gather_card, e);
}

struct card_hold {
	struct explaining *e;
	const char *place;
};

static enum sy_err
explain_card_hold(void *ctx, const void *row)
{
	const struct card_hold *c = ctx;
	const struct hold_row *hold = row;

	explain_add(c->e, false,
	    hold->source == HOLD_CLONED ? "token-cloned" : "token-held",
	    c->place, hold->reason, hold->since, 0);
	return c->e->err;
}

/* What kind of card or key it is, and whether that will do. */
static void
explain_kind(struct explaining *e, const struct token_row *token,
    const char *place)
{
	struct sy_error error = { .code = SY_OK };
	bool good = true, taken = true;
	struct sy_proof proof;

	if (e->err != SY_OK ||
	    (e->err = model_works(e, token, &good, &error)) != SY_OK ||
	    (e->err = as_proof(e, token, &proof, &taken)) != SY_OK)
		return;
	if (!good)
		explain_add(e, false, "token-model", place, error.text, 0, 0);
	if (!taken)
		explain_add(e, false, "token-not-accepted", place,
		    sy_method_name((enum sy_method)token->method), 0, 0);
}

/* One of his cards. What has ended for good tells something only to who has
 * no other. */
static enum sy_err
explain_card(void *ctx, const void *row)
{
	const struct token_row *token = row;
	struct explaining *e = ctx;
	char place[SY_NAME_SIZE];
	struct card_hold hold = { e, place };

	(void)snprintf(place, sizeof(place), "token:%lld",
	    (long long)token->id);
	if (token->state != TOKEN_ACTIVE) {
		if (!e->has_token)
			explain_add(e, false,
			    token->state == TOKEN_LOST ? "token-lost"
						       : "token-revoked",
			    place, "", 0, 0);
		return e->err;
	}
	if (is_over(e, token))
		explain_add(e, false, "token-expired", place, "",
		    token->not_after, 0);
	else if (token->not_after != 0 && token->not_after - e->now < ENDS_SOON)
		explain_add(e, false, "token-ends", place, "", 0,
		    token->not_after);
	explain_kind(e, token, place);
	if (e->err != SY_OK)
		return e->err;
	return row_walk(e->view, &row_type_hold, "token", token->id,
	    explain_card_hold, &hold);
}

/* Whether what he has would do with one more device. */
static bool
suffices_with(const struct explaining *e, enum sy_method method,
    enum sy_origin origin, enum sy_grade grade)
{
	struct sy_evidence shown = e->cards;

	shown.proof[shown.count++] = (struct sy_proof){ .method = method,
		.origin = origin,
		.grade = grade,
		/* Of his own, and no token that he has. */
		.token = INT64_MAX,
		.token_owner = e->row.id,
		.token_active = true };
	return explain_suffices(e, &shown, true);
}

/* A FIDO2 key is what he lacks: no card would do in its place. */
static bool
lacks_key(const struct explaining *e)
{
	const enum sy_origin origin = SY_ORIGIN_ATTESTED;

	if (explain_suffices(e, &e->cards, true) ||
	    suffices_with(e, SY_METHOD_CARD, SY_ORIGIN_ISSUER, SY_GRADE_NONE) ||
	    suffices_with(e, SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER,
		SY_GRADE_NONE))
		return false;
	return suffices_with(e, SY_METHOD_FIDO2, origin, SY_GRADE_NONE) ||
	    suffices_with(e, SY_METHOD_FIDO2_UV, origin, SY_GRADE_NONE) ||
	    suffices_with(e, SY_METHOD_FIDO2_BIO, origin, SY_GRADE_SIGNED) ||
	    suffices_with(e, SY_METHOD_FIDO2_BIO, origin, SY_GRADE_MANAGED);
}

void
explain_tokens(struct explaining *e)
{
	static const struct sy_evidence none = { .count = 0 };

	if (lacks_key(e))
		explain_add(e, true, "no-key", "", "", 0, 0);
	else if (!e->has_token)
		explain_add(e, !explain_suffices(e, &none, true), "no-token",
		    "", "", 0, 0);
	if (e->err == SY_OK)
		e->err = row_walk(e->view, &row_type_token, "owner", e->row.id,
		    explain_card, e);
}
