/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/enroll_key.h"

#include <string.h>

#include "server/identity/credential.h"
#include "server/identity/issue.h"

void
enroll_key_row(const struct enrolment_facts *f, struct credential_row *ret)
{
	const struct enrolment_key *k = &f->key;

	memset(ret, 0, sizeof(*ret));
	ret->owner = f->person;
	memcpy(ret->credential, k->credential, k->credential_len);
	ret->credential_len = k->credential_len;
	memcpy(ret->aaguid, k->aaguid, sizeof(ret->aaguid));
	ret->aaguid_len = sizeof(ret->aaguid);
	ret->attestation = k->attestation;
	ret->firmware = k->firmware;
	ret->managed = k->managed ? 1 : 0;
	ret->resident = k->resident ? 1 : 0;
	ret->reader = k->reader ? 1 : 0;
}

bool
enroll_key_is_fingerprint(const struct sy_policy *policy,
    const struct enrolment_key *k)
{
	return k->attestation == SY_ATTESTATION_MODEL &&
	    sy_policy_is_fingerprint(policy, k->aaguid);
}

static enum sy_err
check_attestation(const struct sy_policy *policy, const struct enrolment_key *k,
    struct sy_error *reterr)
{
	const enum sy_attestation least = sy_policy_keys(policy)->attestation;

	if (k->attestation >= least)
		return SY_OK;
	return sy_error_set(reterr, SY_ERR_ATTESTATION, "key",
	    "the policy wants a key whose maker certifies its model "
	    "(attestation %s), and this one shows %s: take another model",
	    sy_attestation_name(least), sy_attestation_name(k->attestation));
}

/* What the key is, against what the invitation and the policy want of it. */
static enum sy_err
check_fit(const struct sy_policy *policy, const struct enrolment_facts *f,
    struct sy_error *reterr)
{
	const bool fingerprint = enroll_key_is_fingerprint(policy, &f->key);
	char aaguid[SY_AAGUID_TEXT_SIZE];

	sy_aaguid_text(f->key.aaguid, aaguid);
	if (f->method == SY_METHOD_FIDO2_BIO && !fingerprint)
		return sy_error_set(reterr, SY_ERR_MODEL, "key",
		    "the invitation is for fido2-bio, and the model %s is not "
		    "one that counts as a fingerprint: [keys] of the policy "
		    "does not list it, or it is not certified",
		    aaguid);
	if (f->key.managed && f->method != SY_METHOD_FIDO2_BIO)
		return sy_error_set(reterr, SY_ERR_KEY_UNFIT, "managed",
		    "a key whose PIN nobody knows is of use for fido2-bio "
		    "alone: invite for that");
	return SY_OK;
}

static enum sy_err
check_free(struct row_view *view, const struct enrolment_facts *f,
    struct sy_error *reterr)
{
	enum sy_err err;

	err = issue_check_credential(view, f->key.credential,
	    f->key.credential_len, reterr);
	return err != SY_OK
	    ? err
	    : issue_check_free(view, f->spki, f->spki_len, f->replaces, reterr);
}

enum sy_err
enroll_key_check(struct row_view *view, const struct sy_policy *policy,
    const struct sy_metadata *metadata, const struct enrolment_facts *f,
    struct sy_error *reterr)
{
	struct credential_row row;
	const char *reason = "";
	enum sy_err err;

	enroll_key_row(f, &row);
	if ((err = check_attestation(policy, &f->key, reterr)) != SY_OK)
		return err;
	if (!credential_model_works(metadata, policy, &row, &reason))
		return credential_model_error(metadata, &row, reason, reterr);
	if ((err = check_fit(policy, f, reterr)) != SY_OK)
		return err;
	return check_free(view, f, reterr);
}

/* Whether logins of somebody count fingerprints of this grade anywhere. */
static bool
grade_accepted(const struct sy_policy *policy, enum sy_origin origin,
    enum sy_grade grade)
{
	for (int z = SY_ZONE_MYNUMBER; z < SY_ZONE_COUNT; z++)
		for (int p = SY_PURPOSE_LOGIN; p < SY_PURPOSE_COUNT; p++)
			for (int k = SY_KIND_STAFF; k < SY_KIND_COUNT; k++)
				if (sy_policy_accepts(policy, (enum sy_zone)z,
					(enum sy_purpose)p, (enum sy_kind)k,
					SY_METHOD_FIDO2_BIO, origin, grade))
					return true;
	return false;
}

enum sy_err
enroll_key_evidence(const struct sy_policy *policy, enum sy_method invited,
    enum sy_method method, enum sy_grade grade, enum sy_origin origin,
    struct sy_error *reterr)
{

	/* The methods of keys stand in the order of what they prove. */
	if (method < invited)
		return sy_error_set(reterr, SY_ERR_KEY_UNFIT, "key",
		    "the invitation is for %s, and what the key has shown is "
		    "%s at most: %s",
		    sy_method_name(invited), sy_method_name(method),
		    invited == SY_METHOD_FIDO2_BIO
			? "nothing shows that it was a finger and not a PIN"
			: "it did not verify its user");
	if (invited == SY_METHOD_FIDO2_BIO && grade == SY_GRADE_TERMINAL &&
	    !grade_accepted(policy, origin, grade))
		return sy_error_set(reterr, SY_ERR_KEY_UNFIT, "key",
		    "that it was a finger is said by this terminal alone, "
		    "and the policy does not take that: enrol it with "
		    "--managed, or take a model that signs it");
	return SY_OK;
}
