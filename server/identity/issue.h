/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_ISSUE_H
#define SERVER_IDENTITY_ISSUE_H

#include "server/identity/enrolments.h"
#include "server/job.h"
#include "server/store/tables.h"

/* How a card or a key becomes a person's, whether it was enrolled or
 * personalised. */

/* SY_ERR_EXISTS, naming the owner, if the key belongs to a token that has not
 * ended, other than ${replaces} (0: none). Any thread's view. */
SY_MUST_USE enum sy_err issue_check_free(struct row_view *view,
    const uint8_t *spki, size_t len, int64_t replaces, struct sy_error *reterr);

/* Everything that must still be so when the card becomes theirs: refuses the
 * job, or gives the invitation that is used up. Ledger thread. */
SY_MUST_USE enum sy_err issue_check(struct ledger_tx *tx, struct job *job,
    const struct enrolment_facts *facts, struct invitation_row *ret);

/* After the job's record: the token that the invitation replaces ends, ${token}
 * begins, the invitation is used up. Ledger thread. */
SY_MUST_USE enum sy_err issue_token(struct ledger_tx *tx,
    const struct invitation_row *invitation, struct token_row *token);

/* A replacement must be a working card of the same person: refuses ${job}. */
SY_MUST_USE enum sy_err issue_check_replaced(struct row_view *view,
    struct job *job, int64_t token, int64_t owner);

/* Whether the device is a FIDO2 key, not a card. */
bool issue_is_key(enum sy_method method);

/* SY_ERR_STATE if this server takes no FIDO2 keys. Any thread: what was
 * configured at the start stays. */
SY_MUST_USE enum sy_err issue_check_taken(const struct server *server,
    struct sy_error *reterr);

/* SY_ERR_STATE, saying what to do, if ${owner} has as many keys as one may
 * have; ${replaces} (0: none) does not count. Any thread's view. */
SY_MUST_USE enum sy_err issue_check_keys(struct row_view *view,
    const struct id_row *owner, int64_t replaces, struct sy_error *reterr);

/* SY_ERR_EXISTS, naming the owner, if the credential is enrolled, or was. Any
 * thread's view. */
SY_MUST_USE enum sy_err issue_check_credential(struct row_view *view,
    const uint8_t *id, size_t len, struct sy_error *reterr);

#endif /* SERVER_IDENTITY_ISSUE_H */
