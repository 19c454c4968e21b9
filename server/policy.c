/* SPDX-License-Identifier: Apache-2.0 */
#include "server/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/job.h"
#include "server/log.h"

static const char alarm_prefix[] = "policy: ";

static bool
is_key_method(enum sy_method method)
{
	return method == SY_METHOD_FIDO2 || method == SY_METHOD_FIDO2_UV ||
	    method == SY_METHOD_FIDO2_BIO;
}

/* What server/auth can verify. */
static bool
is_verified_here(enum sy_method method, bool fido2)
{
	return method == SY_METHOD_CARD || method == SY_METHOD_CARD_PIN ||
	    method == SY_METHOD_PASSWORD || (fido2 && is_key_method(method));
}

static enum sy_err
check_methods(const char *path, const struct sy_policy *policy, bool fido2,
    struct sy_error *reterr)
{
	for (int m = SY_METHOD_NONE + 1; m < SY_METHOD_COUNT; m++) {
		const enum sy_method method = (enum sy_method)m;

		if (is_verified_here(method, fido2) ||
		    !sy_policy_uses(policy, method))
			continue;
		return sy_error_set(reterr, SY_ERR_POLICY, path,
		    "needs the method \"%s\", which this server can't "
		    "verify%s",
		    sy_method_name(method),
		    is_key_method(method)
			? " without a section [fido2] in server.conf"
			: "");
	}
	return SY_OK;
}

enum sy_err
policy_ref_load(const char *path, bool fido2, struct policy_ref **ret_ref,
    struct sy_error *reterr)
{
	SY_AUTO(sy_policy_free) struct sy_policy *policy = NULL;
	struct policy_ref *ref;
	enum sy_err err;

	if ((err = sy_policy_load(path, &policy, reterr)) != SY_OK ||
	    (err = check_methods(path, policy, fido2, reterr)) != SY_OK)
		return err;
	if ((ref = calloc(1, sizeof(*ref))) == NULL)
		return SY_ERR_NOMEM;
	ref->policy = policy;
	ref->count = 1;
	policy = NULL;
	*ret_ref = ref;
	return SY_OK;
}

struct policy_ref *
policy_ref_take(struct policy_ref *ref)
{
	ref->count++;
	return ref;
}

void
policy_ref_drop(struct policy_ref **ref)
{
	if (*ref != NULL && --(*ref)->count == 0) {
		sy_policy_free(&(*ref)->policy);
		free(*ref);
	}
	*ref = NULL;
}

struct change {
	struct policy_ref *next;
};

static enum sy_err
run_change(struct ledger_tx *tx, struct job *job)
{
	const struct change *change = job->in;
	const struct sy_policy *policy = change->next->policy;
	struct facts facts = { .count = 0 };

	facts_text(&facts, "policy", sy_policy_name(policy));
	facts_bytes(&facts, "digest", sy_policy_digest(policy), SY_DIGEST_SIZE);
	return job_audit(tx, job, SY_OUTCOME_DONE, "", &facts);
}

static void
done_change(struct job *job, enum sy_err result)
{
	struct change *change = job->in;
	struct server *server = job->server;

	if (result == SY_OK) {
		policy_ref_drop(&server->policy);
		server->policy = change->next;
		change->next = NULL;
		if (strncmp(server->alarm, alarm_prefix,
			sizeof(alarm_prefix) - 1) == 0)
			server->alarm[0] = '\0';
		log_info("policy \"%s\" is in force",
		    sy_policy_name(server->policy->policy));
	} else {
		policy_ref_drop(&change->next);
		log_err("the new policy is not in force, the old one stays: "
			"it could not be recorded: %s",
		    sy_err_text(result));
	}
	job_free(&job);
}

static void
refused(struct server *server, const struct sy_error *error)
{
	const struct record record = {
		.actor = "server",
		.terminal = "",
		.subject = "",
		.action = "policy.refused",
		.outcome = SY_OUTCOME_ALARM,
		.reason = sy_err_name(error->code),
	};

	log_error(error, "the new policy is refused, the old one stays");
	(void)snprintf(server->alarm, sizeof(server->alarm), "%s%s: %s",
	    alarm_prefix, error->place, error->text);
	job_note(server, &record, "text", error->text);
}

void
policy_reload(struct server *server)
{
	struct sy_error error = { .code = SY_OK };
	struct change change = { NULL };
	struct job *job = NULL;
	enum sy_err err;

	err = policy_ref_load(server->paths.policy, server->config.fido2,
	    &change.next, &error);
	if (err == SY_OK)
		err = job_new(server, NULL, "policy.load", &change,
		    sizeof(change), &job);
	if (err != SY_OK) {
		policy_ref_drop(&change.next);
		error.code = err;
		refused(server, &error);
		return;
	}
	job->run = run_change;
	job->done = done_change;
	job_submit(&job);
}

static bool
wants_dictionary(const struct sy_policy *policy)
{
	/* What stands of passwords where nobody uses one is of no account. */
	if (!sy_policy_uses(policy, SY_METHOD_PASSWORD))
		return false;
	for (int kind = SY_KIND_STAFF; kind < SY_KIND_COUNT; kind++)
		if (sy_policy_password(policy, (enum sy_kind)kind)->dictionary)
			return true;
	return false;
}

bool
policy_lacks_dictionary(const struct server *server)
{
	return server->dictionary_fails &&
	    wants_dictionary(server->policy->policy);
}
