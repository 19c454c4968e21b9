/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_POLICY_H
#define SERVER_POLICY_H

#include <sanyoso/policy.h>

#include "server/server.h"

/*
 * The policy in force. A login in the ledger holds on to the one it began
 * with while another takes its place. Counted on the loop thread only; the
 * policy itself is immutable.
 */
struct policy_ref {
	struct sy_policy *policy;
	unsigned int count;
};

/* Load and check ${path}: besides the checks of sy_policy_load it must not
 * need a method that this server can't verify (${fido2}: whether it takes FIDO2
 * keys). Errors as there, POLICY. */
SY_MUST_USE enum sy_err policy_ref_load(const char *path, bool fido2,
    struct policy_ref **ret_ref, struct sy_error *reterr);
struct policy_ref *policy_ref_take(struct policy_ref *ref);
void policy_ref_drop(struct policy_ref **ref);

/*
 * Read the policy file again. A good one is recorded and in force from the
 * commit on; a refused one is recorded as an alarm and shown by status, and
 * the old one stays.
 */
void policy_reload(struct server *server);

/* Whether the policy in force wants new passwords looked up in a dictionary,
 * and that did not work when it was last tried: nobody can change a password.
 */
bool policy_lacks_dictionary(const struct server *server);

#endif /* SERVER_POLICY_H */
