/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <sanyoso/policy.h>

#include "greeting.h"
#include "log.h"
#include "login_int.h"

#define ABANDON_WAIT_MS 700

const char *
login_known_user(const struct login *l)
{
	return l->person[0] != '\0' ? l->person : "?";
}

const char *
login_user_to_prove(const struct sy_dialog_auth *auth)
{
	return auth->purpose == SY_PURPOSE_PRIVILEGED && auth->ruser[0] != '\0'
	    ? auth->ruser
	    : auth->user;
}

bool
login_is_right_person(const struct login *l, const char *person)
{
	if (!sy_text_is_login(person))
		return false;
	if (l->person[0] != '\0')
		return strcmp(person, l->person) == 0;
	return l->auth.identify != 0 ||
	    strcasecmp(person, login_user_to_prove(&l->auth)) == 0;
}

/* The result for the caller, or for whoever asked for this login. */
static void
hand_over(struct login *l, const struct sy_dialog_result *result)
{
	l->state = LOGIN_DONE;
	talk_timer(&l->talk, 0);
	if (l->finished != NULL)
		l->finished(l->owner, result);
	else
		l->talk.ops->finish(l->talk.arg, result);
}

void
login_finish(struct login *l, const char *support)
{
	struct sy_dialog_result result;

	ending_result(&l->ending, l->talk.lang, support, &result);
	/* Not the name as given: people type their passwords there. */
	log_info("login: not allowed: user=%s service=%s txn=%s failure=%s "
		 "reason=%s place=\"%s\" support=%s",
	    login_known_user(l), l->auth.service, l->txn,
	    ending_kind_name(&l->ending), sy_err_name(l->ending.code),
	    l->ending.place, result.support);
	hand_over(l, &result);
}

void
login_post_abandon(const struct login *l)
{
	struct sy_auth_abandon abandon;

	ending_abandon(&l->ending, l->txn,
	    l->card.pins_wrong + l->key.pins_wrong, &abandon);
	talk_post(&l->talk, TALK_AUTH_ABANDON, &abandon);
}

/* It ended here. The server is told first, its log entry gives the number for
 * the help desk; it is not waited for long. */
void
login_end(struct login *l, const struct ending *ending)
{
	l->ending = *ending;
	card_stop(&l->card);
	key_stop(&l->key);
	password_stop(&l->password);
	/* A server that is too busy hears it still, one that is away does not.
	 */
	if (l->txn[0] == '\0' ||
	    (ending->kind == SY_FAILURE_AUTHORITY &&
		ending->result != SY_RESULT_BUSY)) {
		login_finish(l, NULL);
		return;
	}
	l->state = LOGIN_ABANDON;
	talk_timer(&l->talk, ABANDON_WAIT_MS);
	login_post_abandon(l);
}

void
login_end_broken(struct login *l, enum sy_err code)
{
	const struct ending e = {
		.kind = SY_FAILURE_AUTHORITY,
		.code = code,
		.result = SY_RESULT_ERROR,
		.text = TEXT_BROKEN,
	};

	login_end(l, &e);
}

/* The sentence for a reason of the server's that helps the person. */
static enum text_id
text_of_denial(struct login *l, const struct sy_auth_step *step)
{
	const struct {
		const char *reason;
		enum text_id text;
	} known[] = {
		{ sy_reason_name(SY_REASON_NO_GRANT), TEXT_NO_GRANT },
		{ sy_err_name(SY_ERR_COUNTER), TEXT_KEY_CLONED },
		{ sy_err_name(SY_ERR_MODEL), TEXT_KEY_MODEL },
		{ "finger-missing", TEXT_KEY_NO_FINGER },
	};

	for (size_t i = 0; i < SY_COUNT(known); i++)
		if (strcmp(step->reason, known[i].reason) == 0)
			return known[i].text;
	if (strcmp(step->reason, sy_reason_name(SY_REASON_PASSWORD_STATE)) != 0)
		return TEXT_DENIED;
	if (step->until <= 0)
		return TEXT_LOCKED;
	greeting_moment(step->until, (int64_t)time(NULL), l->ending.date);
	return TEXT_LOCKED_UNTIL;
}

void
login_end_denied(struct login *l, const struct sy_auth_step *step)
{
	card_stop(&l->card);
	key_stop(&l->key);
	password_stop(&l->password);
	l->ending = (struct ending){
		.kind = SY_FAILURE_CREDENTIAL,
		.code = SY_ERR_DENIED,
		.result = SY_RESULT_DENIED,
	};
	l->ending.text = text_of_denial(l, step);
	(void)snprintf(l->ending.place, sizeof(l->ending.place), "%s",
	    step->reason);
	login_finish(l, step->support);
}

/* Only a session needs an account of this terminal. */
bool
login_account_is_missing(const struct login *l)
{
	return l->account == TALK_ACCOUNT_MISSING && !l->change &&
	    (l->auth.purpose == SY_PURPOSE_LOGIN ||
		l->auth.purpose == SY_PURPOSE_REMOTE);
}

struct ending
login_ending_of_account(const struct login *l)
{
	struct ending e = {
		.kind = SY_FAILURE_DEVICE,
		.code = SY_ERR_NOT_FOUND,
		.result = SY_RESULT_NO_ACCOUNT,
		.text = TEXT_NO_ACCOUNT,
		.place = "account",
	};

	(void)snprintf(e.login, sizeof(e.login), "%s", l->person);
	return e;
}

/* The person is known: is there an account of that name? */
void
login_look_up(struct login *l)
{
	const bool other = strcmp(l->person, l->auth.user) != 0;

	if (l->auth.identify != 0 ||
	    (other && l->account == TALK_ACCOUNT_MISSING)) {
		l->account = TALK_ACCOUNT_UNKNOWN;
		l->talk.ops->lookup(l->talk.arg, l->person);
	}
}

/* Evidence for the phases behind this one. */
static enum sy_err
keep(struct login *l, char ret_id[SY_EVIDENCE_SIZE])
{
	struct talk_login kept = { .purpose = l->auth.purpose };

	(void)snprintf(kept.person, sizeof(kept.person), "%s", l->person);
	(void)snprintf(kept.user, sizeof(kept.user), "%s",
	    l->auth.identify != 0 ? l->person : l->auth.user);
	(void)snprintf(kept.service, sizeof(kept.service), "%s",
	    l->auth.service);
	(void)snprintf(kept.txn, sizeof(kept.txn), "%s", l->txn);
	(void)snprintf(kept.duty, sizeof(kept.duty), "%s", l->duty);
	(void)snprintf(kept.rules, sizeof(kept.rules), "%s", l->rules);
	return l->talk.ops->keep(l->talk.arg, &kept, ret_id);
}

/* The one place from which ALLOWED is said. */
void
login_end_allowed(struct login *l, const struct sy_auth_step *step)
{
	struct sy_dialog_result result = { .result = SY_RESULT_ALLOWED };

	(void)snprintf(l->duty, sizeof(l->duty), "%s", step->change);
	(void)snprintf(l->rules, sizeof(l->rules), "%s", step->rules);
	/* Without evidence the phases behind this one would refuse. */
	if (!l->change && keep(l, result.evidence) != SY_OK) {
		login_end_broken(l, SY_ERR_NOMEM);
		return;
	}
	if (!l->change)
		greeting_say(&l->talk, l->auth.purpose, step);
	(void)snprintf(result.login, sizeof(result.login), "%s", l->person);
	(void)snprintf(result.support, sizeof(result.support), "%s",
	    step->support);
	log_info("login: allowed: user=%s service=%s", l->person,
	    l->auth.service);
	hand_over(l, &result);
}
