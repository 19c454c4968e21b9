/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/fido2.h>

/* Stable names, as in policy files and logs. */
static const char *const attestations[SY_ATTESTATION_COUNT] = {
	[SY_ATTESTATION_NONE] = "none",
	[SY_ATTESTATION_SELF] = "self",
	[SY_ATTESTATION_MODEL] = "model",
};

static const char *const statuses[SY_MODEL_STATUS_COUNT] = {
	[SY_MODEL_GOOD] = "good",
	[SY_MODEL_UPDATE] = "update",
	[SY_MODEL_COMPROMISED] = "compromised",
};

const char *
sy_attestation_name(enum sy_attestation attestation)
{
	return (unsigned int)attestation < SY_COUNT(attestations)
	    ? attestations[attestation]
	    : "unknown";
}

bool
sy_attestation_by_name(const char *name, enum sy_attestation *ret)
{
	for (unsigned int i = 0; i < SY_COUNT(attestations); i++) {
		if (strcmp(attestations[i], name) == 0) {
			*ret = (enum sy_attestation)i;
			return true;
		}
	}
	return false;
}

const char *
sy_model_status_name(enum sy_model_status status)
{
	return (unsigned int)status < SY_COUNT(statuses) ? statuses[status]
							 : "unknown";
}
