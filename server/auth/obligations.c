/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/obligations.h"

#include <stdio.h>
#include <string.h>

#include "server/auth/knowledge.h"
#include "server/session/activity.h"

#define MICROSECONDS INT64_C(1000000)

/* When the person's own ${password} is too old; 0: never. */
static int64_t
password_end(const struct sy_password_policy *policy,
    const struct password_row *password)
{
	return password->state != PASSWORD_ACTIVE || policy->max_age == 0
	    ? 0
	    : password->created + policy->max_age * MICROSECONDS;
}

/* "" if it need not be changed. */
static const char *
why_change(const struct sy_password_policy *policy,
    const struct login_facts *facts, const struct password_row *password,
    int64_t now)
{
	const int64_t end = password_end(policy, password);

	if (password->state == PASSWORD_TEMPORARY)
		return "temporary";
	if (end != 0 && end <= now)
		return "expired";
	return facts->change ? "asked" : "";
}

static void
add_password(const struct sy_password_policy *policy,
    const struct login_facts *facts, const struct password_row *password,
    int64_t now, struct sy_auth_step *step)
{
	const int64_t end = password_end(policy, password);

	(void)snprintf(step->change, sizeof(step->change), "%s",
	    why_change(policy, facts, password, now));
	if (step->change[0] != '\0')
		sy_password_rules_words(policy, step->rules);
	else if (end != 0 && end - now <= policy->warn * MICROSECONDS)
		step->password_ends = end / MICROSECONDS;
}

_Static_assert(sizeof(((struct sy_auth_step *)NULL)->rules) >=
	SY_PASSWORD_WORDS_SIZE,
    "all rules in words");

static enum sy_err
add_card(struct row_view *view, const struct login_facts *facts, int64_t now,
    struct sy_auth_step *step)
{
	struct token_row token;
	enum sy_err err;

	for (unsigned int i = 0; i < facts->evidence.count; i++) {
		if (facts->evidence.proof[i].token == 0)
			continue;
		err = row_get(view, &row_type_token,
		    facts->evidence.proof[i].token, &token);
		if (err != SY_OK)
			return err;
		if (token.not_after != 0 &&
		    token.not_after - now <= CARD_WARNING * MICROSECONDS)
			step->card_ends = token.not_after / MICROSECONDS;
	}
	return SY_OK;
}

static enum sy_err
add_activity(struct row_view *view, int64_t person, struct sy_auth_step *step)
{
	struct activity_row row;
	enum sy_err err;

	if ((err = activity_read(view, person, &row)) != SY_OK)
		return err;
	step->last_login = row.login / MICROSECONDS;
	step->last_logout = row.logout / MICROSECONDS;
	step->failures = row.failures;
	memcpy(step->last_login_terminal, row.login_terminal,
	    sizeof(step->last_login_terminal));
	memcpy(step->last_logout_terminal, row.logout_terminal,
	    sizeof(step->last_logout_terminal));
	return SY_OK;
}

enum sy_err
obligations(struct ledger_tx *tx, const struct sy_policy *policy,
    const struct login_facts *facts, const struct password_row *password,
    struct sy_auth_step *step)
{
	struct row_view *view = ledger_view(tx);
	enum sy_err err;

	if (password != NULL)
		add_password(sy_policy_password(policy, facts->kind), facts,
		    password, ledger_now(tx), step);
	(void)snprintf(step->notice, sizeof(step->notice), "%s",
	    sy_policy_notice(policy, facts->zone, facts->japanese));
	if ((err = add_card(view, facts, ledger_now(tx), step)) != SY_OK)
		return err;
	return add_activity(view, facts->person, step);
}
