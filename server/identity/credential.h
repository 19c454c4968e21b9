/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_CREDENTIAL_H
#define SERVER_IDENTITY_CREDENTIAL_H

#include <stdbool.h>

#include <sanyoso/metadata.h>
#include <sanyoso/policy.h>

#include "server/store/tables.h"

/*
 * What a FIDO2 token is besides its row: credential and counter. Any thread's
 * view.
 */

/* Active keys that one person may have: as many as a step of a login shows. */
#define CREDENTIALS_MAX SY_CREDENTIALS_SHOWN

/* Those of ${token}. NOT_FOUND, and the errors of row_walk. */
SY_MUST_USE enum sy_err credential_of_token(struct row_view *view,
    int64_t token, struct credential_row *ret);
SY_MUST_USE enum sy_err key_counter_of_token(struct row_view *view,
    int64_t token, struct key_counter_row *ret);

/* The credential with this id, of whomever and in whatever state its token is.
 * NOT_FOUND, and the errors of row_find. */
SY_MUST_USE enum sy_err credential_find(struct row_view *view,
    const uint8_t *id, size_t len, struct credential_row *ret);

/*
 * Those of ${owner} whose tokens have not ended, oldest first (holds do not
 * matter). LIMIT (more than there can be), and the errors of row_walk and
 * row_get.
 */
SY_MUST_USE enum sy_err credentials_of_person(struct row_view *view,
    int64_t owner, struct credential_row ret[CREDENTIALS_MAX],
    size_t *ret_count);

/* What a key is told as its user's handle, and gives back at login: a keyed
 * hash of the ID's row, the same always, telling nothing. KEEPER, NOMEM. */
SY_MUST_USE enum sy_err credential_handle(struct row_view *view, int64_t owner,
    uint8_t ret[SY_FIDO2_HANDLE_SIZE]);

/*
 * Whether the model of a key is good for enrolment and login: of an attested
 * one the metadata must know it, as neither compromised nor of a firmware that
 * has to be updated (one that nobody told counts as the oldest); and the policy
 * must allow it. What a key that is not attested says of its model proves
 * nothing in its favour: where the policy lists models, it must list the model
 * of zeros, too. ${metadata} may be NULL. ${*ret_reason} is set when it does
 * not work: a word for records, a string constant:
 *
 *   metadata-none      there are no metadata to know the model by
 *   model-unknown      they do not know it
 *   model-compromised  they report it as compromised or revoked
 *   firmware-old       its firmware is older than the one to have
 *   model-refused      the policy does not allow it
 */
bool credential_model_works(const struct sy_metadata *metadata,
    const struct sy_policy *policy, const struct credential_row *row,
    const char **ret_reason);

/* The same without the policy: what the metadata have against it, or NULL. */
const char *credential_model_trouble(const struct sy_metadata *metadata,
    const struct credential_row *row);

/*
 * MODEL, with a sentence for the terminal and the log: which model, what is
 * reported, which firmware; ${reason} as above.
 */
enum sy_err credential_model_error(const struct sy_metadata *metadata,
    const struct credential_row *row, const char *reason,
    struct sy_error *reterr);

/* The best that the key could show at a login, everything going well: never
 * more than its token was enrolled for. */
void credential_best(const struct sy_metadata *metadata,
    const struct sy_policy *policy, const struct token_row *token,
    const struct credential_row *row, enum sy_method *ret_method,
    enum sy_grade *ret_grade);

/* ${row}'s grade as far as it is the key's: MANAGED or NONE. */
enum sy_grade credential_grade(const struct credential_row *row);

#endif /* SERVER_IDENTITY_CREDENTIAL_H */
