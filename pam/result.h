/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_RESULT_H
#define PAM_RESULT_H

#include <stdint.h>

#include <sanyoso/dialog.h>

/*
 * What PAM is told. Results that a person can bring about never become
 * PAM_AUTHINFO_UNAVAIL or PAM_IGNORE, which stacks turn into ways around us.
 */

/*
 * The PAM code for an enum sy_result that ends a dialogue of ${type}: AUTH,
 * ACCOUNT, CHANGE, OPEN or CLOSE. PAM_SUCCESS for ALLOWED alone, and never
 * PAM_SESSION_ERR for OPEN: sudo takes that for a trifle and goes on.
 * PAM_SYSTEM_ERR for what does not exist or does not belong to the phase.
 */
int sy_pam_result_code(enum sy_dialog_type type, uint8_t result);

/* The PAM code for what went wrong on the way to a result; never PAM_SUCCESS,
 * PAM_IGNORE or PAM_SESSION_ERR. */
int sy_pam_error_code(enum sy_dialog_type type, enum sy_err err);

/* What the person is told then, in Japanese and English: the module may not
 * look at its host's locale. */
const char *sy_pam_error_words(enum sy_dialog_type type, enum sy_err err);

#endif /* PAM_RESULT_H */
