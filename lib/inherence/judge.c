/* SPDX-License-Identifier: Apache-2.0 */
#include <sanyoso/fido2.h>

/*
 * What an assertion counts for. The flag UV is the same for PIN and finger, so
 * it counts as inherence only where something else rules the PIN out.
 */
#define BIOMETRIC (SY_FIDO2_UVM_FINGERPRINT | SY_FIDO2_UVM_FACE)
/* Methods that verify nobody. */
#define NO_PERSON (SY_FIDO2_UVM_PRESENCE | SY_FIDO2_UVM_NONE)

bool
sy_fido2_counter_advanced(uint32_t stored, uint32_t shown)
{
	return shown > stored || (shown == 0 && stored == 0);
}

/* The flag says that somebody was verified, and no signed word against it. */
static bool
verified(const struct sy_fido2_claim *claim)
{
	return (claim->flags & SY_FIDO2_UV) != 0 &&
	    (!claim->has_uvm || (claim->uvm & ~(uint32_t)NO_PERSON) != 0);
}

/* Whether a finger (or face) is possible at all: a signed list of methods names
 * one and neither a passcode nor a method that we do not know. */
static bool
may_be_biometric(const struct sy_fido2_claim *claim)
{
	return !claim->has_uvm ||
	    ((claim->uvm & BIOMETRIC) != 0 &&
		(claim->uvm & ~(uint32_t)(BIOMETRIC | NO_PERSON)) == 0);
}

/* Whether the key can't have taken a PIN, by its own signed word for this very
 * assertion or by how its model is made. */
static bool
signed_biometric(const struct sy_fido2_claim *claim)
{
	const struct sy_model *model = claim->model;

	if (claim->has_uvm && (claim->uvm & ~(uint32_t)BIOMETRIC) == 0)
		return true;
	return model->no_pin_tokens ||
	    (model->biometric_only && !model->client_pin);
}

static enum sy_grade
grade_of(const struct sy_fido2_claim *claim)
{
	const bool listed = claim->fingerprint && claim->model != NULL &&
	    claim->attestation == SY_ATTESTATION_MODEL;

	if (!verified(claim) || !may_be_biometric(claim))
		return SY_GRADE_NONE;
	if (listed && signed_biometric(claim))
		return SY_GRADE_SIGNED;
	if (!claim->terminal_says_built_in)
		return SY_GRADE_NONE;
	return listed && claim->managed ? SY_GRADE_MANAGED : SY_GRADE_TERMINAL;
}

void
sy_fido2_judge(const struct sy_fido2_claim *claim, enum sy_method *ret_method,
    enum sy_grade *ret_grade, enum sy_origin *ret_origin)
{
	const enum sy_grade grade = grade_of(claim);

	if (grade != SY_GRADE_NONE)
		*ret_method = SY_METHOD_FIDO2_BIO;
	else
		*ret_method =
		    verified(claim) ? SY_METHOD_FIDO2_UV : SY_METHOD_FIDO2;
	*ret_grade = grade;
	*ret_origin = claim->attestation == SY_ATTESTATION_MODEL
	    ? SY_ORIGIN_ATTESTED
	    : SY_ORIGIN_UNPROVEN;
}
