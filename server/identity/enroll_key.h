/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_ENROLL_KEY_H
#define SERVER_IDENTITY_ENROLL_KEY_H

#include <sanyoso/metadata.h>
#include <sanyoso/policy.h>

#include "server/identity/enrolments.h"
#include "server/store/tables.h"

/* What can be said against a FIDO2 key that is to be enrolled; enroll_key.c
 * goes through the steps. Any thread. */

/* What will stand in its row, as far as it is known. */
void enroll_key_row(const struct enrolment_facts *f,
    struct credential_row *ret);
/* Listed as a model of fingerprint keys, and certified to be one. */
bool enroll_key_is_fingerprint(const struct sy_policy *policy,
    const struct enrolment_key *k);

/* All that can be said against a key that was made: ATTESTATION, MODEL,
 * KEY_UNFIT, EXISTS, and the errors of the store. ${metadata} may be NULL. */
SY_MUST_USE enum sy_err enroll_key_check(struct row_view *view,
    const struct sy_policy *policy, const struct sy_metadata *metadata,
    const struct enrolment_facts *f, struct sy_error *reterr);

/*
 * What was shown must be as good as what the invitation is for. That the
 * terminal alone says so is enough only where the policy takes that, since
 * whoever enrols so could log in nowhere else. KEY_UNFIT.
 */
SY_MUST_USE enum sy_err enroll_key_evidence(const struct sy_policy *policy,
    enum sy_method invited, enum sy_method method, enum sy_grade grade,
    enum sy_origin origin, struct sy_error *reterr);

#endif /* SERVER_IDENTITY_ENROLL_KEY_H */
