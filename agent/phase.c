/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sanyoso/policy.h>

#include "log.h"
#include "phase.h"

static const char *
name_of(const struct phase *p)
{
	return p->type == SY_DIALOG_ACCOUNT ? "account" : "session";
}

static void
end(struct phase *p, const struct ending *ending, const char *support)
{
	struct sy_dialog_result result;

	p->over = true;
	ending_result(ending, p->talk.lang, support, &result);
	log_info("%s: not allowed: service=%s reason=%s place=\"%s\" "
		 "support=%s",
	    name_of(p), p->request.service, sy_err_name(ending->code),
	    ending->place, result.support);
	p->talk.ops->finish(p->talk.arg, &result);
}

static void
deny(struct phase *p, enum sy_result result, enum sy_err code,
    enum text_id text, const char *support)
{
	const struct ending e = {
		.kind = SY_FAILURE_CREDENTIAL,
		.code = code,
		.result = result,
		.text = text,
	};

	end(p, &e, support);
}

static void
end_broken(struct phase *p, enum sy_err code)
{
	const struct ending e = {
		.kind = SY_FAILURE_AUTHORITY,
		.code = code,
		.result = SY_RESULT_ERROR,
		.text = TEXT_BROKEN,
	};

	end(p, &e, NULL);
}

/* The one place from which these phases say yes. */
static void
end_allowed(struct phase *p, enum sy_result code, const char *login,
    const char *evidence)
{
	struct sy_dialog_result result = { .result = (uint8_t)code };

	p->over = true;
	(void)snprintf(result.login, sizeof(result.login), "%s", login);
	(void)snprintf(result.evidence, sizeof(result.evidence), "%s",
	    evidence);
	if (code == SY_RESULT_CHANGE)
		text_get(p->talk.lang, TEXT_CHANGE_DUE, NULL, result.text);
	log_info("%s: %s: user=%s service=%s", name_of(p),
	    code == SY_RESULT_CHANGE ? "after a change of password" : "allowed",
	    login[0] != '\0' ? login : "-", p->request.service);
	p->talk.ops->finish(p->talk.arg, &result);
}

static void
post_account(struct phase *p)
{
	const struct sy_dialog_phase *r = &p->request;
	struct sy_account a = { .user = "" };

	(void)snprintf(a.user, sizeof(a.user), "%s", r->user);
	(void)snprintf(a.service, sizeof(a.service), "%s", r->service);
	(void)snprintf(a.purpose, sizeof(a.purpose), "%s",
	    sy_purpose_name((enum sy_purpose)r->purpose));
	(void)snprintf(a.tty, sizeof(a.tty), "%s", r->tty);
	(void)snprintf(a.ruser, sizeof(a.ruser), "%s", r->ruser);
	(void)snprintf(a.rhost, sizeof(a.rhost), "%s", r->rhost);
	(void)snprintf(a.boot, sizeof(a.boot), "%s", p->boot);
	talk_post(&p->talk, TALK_ACCOUNT, &a);
}

static void
post_open(struct phase *p)
{
	const struct sy_dialog_phase *r = &p->request;
	struct sy_session_open o = { .txn = "" };

	(void)snprintf(o.txn, sizeof(o.txn), "%s", p->txn);
	(void)snprintf(o.account, sizeof(o.account), "%s", r->user);
	(void)snprintf(o.service, sizeof(o.service), "%s", r->service);
	(void)snprintf(o.tty, sizeof(o.tty), "%s", r->tty);
	(void)snprintf(o.rhost, sizeof(o.rhost), "%s", r->rhost);
	(void)snprintf(o.boot, sizeof(o.boot), "%s", p->boot);
	talk_post(&p->talk, TALK_OPEN, &o);
}

static void
start_account(struct phase *p, const struct evidence_asker *asker)
{
	struct talk_login login;

	switch (evidence_account(p->evidence, p->request.evidence, asker,
	    talk_now(&p->talk), &login)) {
	case EVIDENCE_GOOD:
		end_allowed(p, SY_RESULT_ALLOWED, login.person,
		    p->request.evidence);
		break;
	case EVIDENCE_DUE:
		end_allowed(p, SY_RESULT_CHANGE, login.person,
		    p->request.evidence);
		break;
	case EVIDENCE_NOT_DUE:
	case EVIDENCE_NONE:
	case EVIDENCE_ORDER:
		if (p->uid == 0)
			post_account(p);
		else
			deny(p, SY_RESULT_FORBIDDEN, SY_ERR_PERM,
			    TEXT_FORBIDDEN, NULL);
		break;
	}
}

static void
start_open(struct phase *p, const struct evidence_asker *asker)
{
	struct talk_login login;

	switch (evidence_open(p->evidence, p->request.evidence, asker,
	    talk_now(&p->talk), &login)) {
	case EVIDENCE_GOOD:
		(void)snprintf(p->person, sizeof(p->person), "%s",
		    login.person);
		memcpy(p->txn, login.txn, sizeof(p->txn));
		post_open(p);
		break;
	case EVIDENCE_DUE:
		deny(p, SY_RESULT_DENIED, SY_ERR_STATE, TEXT_CHANGE_DUE, NULL);
		break;
	case EVIDENCE_NOT_DUE:
	case EVIDENCE_NONE:
	case EVIDENCE_ORDER:
		deny(p, SY_RESULT_DENIED, SY_ERR_STATE, TEXT_UNPROVEN, NULL);
		break;
	}
}

static void
start_close(struct phase *p)
{
	const enum sy_err err =
	    p->talk.ops->close_session(p->talk.arg, p->request.evidence);

	if (err == SY_OK)
		end_allowed(p, SY_RESULT_ALLOWED, "", "");
	else
		deny(p, SY_RESULT_DENIED, err, TEXT_NONE, NULL);
}

void
phase_start(struct phase *p, const struct talk *talk,
    const struct phase_setup *setup, enum sy_dialog_type type,
    const struct sy_dialog_phase *request)
{
	const struct evidence_asker asker = {
		.uid = setup->uid,
		.purpose = request->purpose,
		.user = request->user,
		.service = request->service,
	};

	*p = (struct phase){
		.talk = *talk,
		.evidence = setup->evidence,
		.uid = setup->uid,
		.boot = setup->boot,
		.type = type,
		.request = *request,
	};
	if (type == SY_DIALOG_ACCOUNT)
		start_account(p, &asker);
	else if (setup->uid != 0)
		deny(p, SY_RESULT_FORBIDDEN, SY_ERR_PERM, TEXT_FORBIDDEN, NULL);
	else if (type == SY_DIALOG_OPEN)
		start_open(p, &asker);
	else
		start_close(p);
}

/* Evidence for the session behind an account phase that the server allowed. */
static void
on_account_allowed(struct phase *p, const struct sy_account_step *step)
{
	struct talk_login login = { .purpose = p->request.purpose };
	uint8_t random[EVIDENCE_RANDOM];
	char id[SY_EVIDENCE_SIZE];
	enum sy_err err;

	(void)snprintf(login.person, sizeof(login.person), "%s", step->login);
	(void)snprintf(login.user, sizeof(login.user), "%s", p->request.user);
	(void)snprintf(login.service, sizeof(login.service), "%s",
	    p->request.service);
	(void)snprintf(login.txn, sizeof(login.txn), "%s", step->txn);
	if ((err = p->talk.ops->nonce(p->talk.arg, random, sizeof(random))) !=
		SY_OK ||
	    (err = evidence_add(p->evidence, &login, p->uid, EVIDENCE_ACCOUNTED,
		 talk_now(&p->talk), random, id)) != SY_OK) {
		end_broken(p, err);
		return;
	}
	end_allowed(p, SY_RESULT_ALLOWED, step->login, id);
}

static void
on_account(struct phase *p, const struct sy_account_step *step)
{
	const bool allowed = strcmp(step->verdict, "allow") == 0;

	/* ssh by public key has proven nothing, whoever sits here. */
	if (allowed && p->request.rhost[0] == '\0' && step->txn[0] != '\0')
		on_account_allowed(p, step);
	else
		deny(p, SY_RESULT_DENIED, SY_ERR_DENIED, TEXT_UNPROVEN,
		    step->support);
}

static void
on_open(struct phase *p, const struct sy_session_step *step)
{
	char handle[SY_EVIDENCE_SIZE];
	enum text_id text = TEXT_STOPPED;
	enum sy_err err;

	if (strcmp(step->verdict, "allow") != 0) {
		if (strcmp(step->reason, sy_reason_name(SY_REASON_NO_GRANT)) ==
		    0)
			text = TEXT_NO_GRANT;
		deny(p, SY_RESULT_DENIED, SY_ERR_DENIED, text, step->support);
		return;
	}
	err = p->talk.ops->open_session(p->talk.arg, step->session, handle);
	if (err != SY_OK)
		end_broken(p, err);
	else
		end_allowed(p, SY_RESULT_ALLOWED, p->person, handle);
}

void
phase_on_reply(struct phase *p, const struct talk_reply *reply)
{
	struct ending e;

	if (p->over)
		return;
	/* It may have been opened: the same question has the same answer. */
	if (p->type == SY_DIALOG_OPEN && !p->again &&
	    (reply->err == SY_ERR_TIMEOUT || reply->err == SY_ERR_CLOSED)) {
		p->again = true;
		post_open(p);
		return;
	}
	if (reply->err != SY_OK || reply->refused) {
		/* Either may have opened it, and nobody would close that. This
		 * ends with a third one out, and the dialogue closes what that
		 * finds open. */
		if (p->again)
			post_open(p);
		ending_of_server(reply, &e);
		end(p, &e, NULL);
	} else if (reply->call == TALK_ACCOUNT &&
	    p->type == SY_DIALOG_ACCOUNT) {
		on_account(p, reply->step);
	} else if (reply->call == TALK_OPEN && p->type == SY_DIALOG_OPEN) {
		on_open(p, reply->step);
	} else {
		end_broken(p, SY_ERR_PROTOCOL);
	}
}

void
phase_on_closed(struct phase *p)
{
	if (!p->over)
		log_info("%s: the caller went away: service=%s", name_of(p),
		    p->request.service);
	p->over = true;
}
