/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_REQUEST_H
#define PAM_REQUEST_H

#include <security/pam_modules.h>

#include "pam/agent.h"
#include "pam/options.h"

/*
 * What the agent is asked, from what the host has put into the handle: who, for
 * what, at which terminal, from where. PAM codes; PAM_SERVICE_ERR (and a line
 * in the log) if an item is too long or not clean text, PAM_USER_UNKNOWN if the
 * name is.
 */

/* AUTH. Who has no name yet is asked for it, or with identify=card told by the
 * card. */
int sy_pam_request_auth(pam_handle_t *pamh,
    const struct sy_pam_options *options, struct sy_pam_request *ret);

/* ${type} is ACCOUNT, CHANGE, OPEN or CLOSE; the evidence is not filled in. */
int sy_pam_request_phase(pam_handle_t *pamh,
    const struct sy_pam_options *options, enum sy_dialog_type type,
    struct sy_pam_request *ret);

#endif /* PAM_REQUEST_H */
