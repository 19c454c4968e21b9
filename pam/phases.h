/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_PHASES_H
#define PAM_PHASES_H

#include "pam/call.h"

/*
 * What each entry point does once its options are read. PAM codes; PAM_SUCCESS
 * only where the agent allowed it, PAM_IGNORE never. ${call} is new.
 */
int sy_pam_authenticate(struct sy_pam_call *call);
int sy_pam_account(struct sy_pam_call *call);
int sy_pam_change(struct sy_pam_call *call, int flags);
int sy_pam_open(struct sy_pam_call *call);
int sy_pam_close(struct sy_pam_call *call);

#endif /* PAM_PHASES_H */
