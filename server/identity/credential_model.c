/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/credential.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sanyoso/text.h>

/* What the metadata have against it; NULL: nothing. */
static const char *
trouble_of(const struct sy_model *model, const struct credential_row *row)
{
	switch (model->status) {
	case SY_MODEL_GOOD:
		return NULL;
	case SY_MODEL_UPDATE:
		return row->firmware < 0 ||
			(uint64_t)row->firmware < model->update_below
		    ? "firmware-old"
		    : NULL;
	case SY_MODEL_COMPROMISED:
	case SY_MODEL_STATUS_COUNT:
		break;
	}
	return "model-compromised";
}

const char *
credential_model_trouble(const struct sy_metadata *metadata,
    const struct credential_row *row)
{
	const bool attested = row->attestation == SY_ATTESTATION_MODEL;
	const struct sy_model *model;

	if (metadata == NULL)
		return attested ? "metadata-none" : NULL;
	model = sy_metadata_find(metadata, row->aaguid);
	if (model == NULL)
		return attested ? "model-unknown" : NULL;
	return trouble_of(model, row);
}

static bool
is_allowed(const struct sy_policy *policy, const struct credential_row *row)
{
	static const uint8_t nobody[SY_AAGUID_SIZE];

	if (row->aaguid_len != sizeof(row->aaguid) ||
	    !sy_policy_allows_model(policy, row->aaguid))
		return false;
	return row->attestation == SY_ATTESTATION_MODEL ||
	    sy_policy_allows_model(policy, nobody);
}

bool
credential_model_works(const struct sy_metadata *metadata,
    const struct sy_policy *policy, const struct credential_row *row,
    const char **ret_reason)
{
	const char *trouble = credential_model_trouble(metadata, row);

	if (trouble == NULL && !is_allowed(policy, row))
		trouble = "model-refused";
	if (trouble != NULL)
		*ret_reason = trouble;
	return trouble == NULL;
}

/* A model's name in a sentence; never half of a character. */
#define NAME_SHOWN 64

static void
show_name(const struct sy_model *model, char out[NAME_SHOWN])
{
	size_t len = strnlen(model->name, NAME_SHOWN - 1);

	while (len > 0 && !sy_text_is_clean(model->name, len))
		len--;
	memcpy(out, model->name, len);
	out[len] = '\0';
}

static enum sy_err
report_error(const struct sy_model *model, const struct credential_row *row,
    struct sy_error *reterr)
{
	char aaguid[SY_AAGUID_TEXT_SIZE], name[NAME_SHOWN];

	sy_aaguid_text(model->aaguid, aaguid);
	show_name(model, name);
	if (model->status == SY_MODEL_UPDATE)
		return sy_error_set(reterr, SY_ERR_MODEL, "key",
		    "%s (%s): firmware %" PRId64 " is older than %" PRIu64
		    ", which is to be had (%s): update the key",
		    name, aaguid, row->firmware, model->update_below,
		    model->report);
	return sy_error_set(reterr, SY_ERR_MODEL, "key",
	    "%s (%s) is reported as %s: take another model", name, aaguid,
	    model->report);
}

enum sy_err
credential_model_error(const struct sy_metadata *metadata,
    const struct credential_row *row, const char *reason,
    struct sy_error *reterr)
{
	const struct sy_model *model = NULL;
	char aaguid[SY_AAGUID_TEXT_SIZE];

	sy_aaguid_text(row->aaguid, aaguid);
	if (strcmp(reason, "metadata-none") == 0)
		return sy_error_set(reterr, SY_ERR_MODEL, "key",
		    "no metadata are there to know the model %s by: the "
		    "operator imports them with metadata import",
		    aaguid);
	if (metadata != NULL)
		model = sy_metadata_find(metadata, row->aaguid);
	if (model != NULL && trouble_of(model, row) != NULL)
		return report_error(model, row, reterr);
	if (strcmp(reason, "model-unknown") == 0)
		return sy_error_set(reterr, SY_ERR_MODEL, "key",
		    "the metadata do not know the model %s: a newer file may, "
		    "or it is another model that is to be taken",
		    aaguid);
	return sy_error_set(reterr, SY_ERR_MODEL, "key",
	    "the policy does not allow the model %s%s", aaguid,
	    row->attestation == SY_ATTESTATION_MODEL
		? ""
		: ", which nobody certifies");
}

void
credential_best(const struct sy_metadata *metadata,
    const struct sy_policy *policy, const struct token_row *token,
    const struct credential_row *row, enum sy_method *ret_method,
    enum sy_grade *ret_grade)
{
	const bool attested = row->attestation == SY_ATTESTATION_MODEL;
	const struct sy_model *model = metadata != NULL && attested
	    ? sy_metadata_find(metadata, row->aaguid)
	    : NULL;
	const struct sy_fido2_claim claim = {
		.attestation = (enum sy_attestation)row->attestation,
		.model = model,
		.fingerprint =
		    attested && sy_policy_is_fingerprint(policy, row->aaguid),
		.managed = row->managed == 1,
		.flags = SY_FIDO2_UP | SY_FIDO2_UV,
		.has_uvm = model != NULL && model->uvm,
		.uvm = SY_FIDO2_UVM_FINGERPRINT,
		.terminal_says_built_in = true,
	};
	enum sy_origin origin;

	sy_fido2_judge(&claim, ret_method, ret_grade, &origin);
	if ((int64_t)*ret_method > token->method) {
		*ret_method = (enum sy_method)token->method;
		*ret_grade = SY_GRADE_NONE;
	}
}

enum sy_grade
credential_grade(const struct credential_row *row)
{
	return row->managed == 1 ? SY_GRADE_MANAGED : SY_GRADE_NONE;
}
