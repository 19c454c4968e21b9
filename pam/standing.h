/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_STANDING_H
#define PAM_STANDING_H

#include <security/pam_modules.h>
#include <stdbool.h>

#include <sanyoso/dialog.h>

/*
 * How far a PAM handle has come, and the agent's number for it: the evidence of
 * a login. The agent judges what a number is
 * worth; this only carries it, in the handle (pam_set_data, wiped with it) and,
 * for hosts that authenticate in another process than the one that opens the
 * session, in the PAM environment under SY_PAM_ENVIRONMENT.
 *
 * That environment can be written by other modules, so it is looked at only
 * while the handle itself knows nothing, and what is found there is worth what
 * the agent says.
 */
#define SY_PAM_ENVIRONMENT "SANYOSO_EVIDENCE"

enum sy_pam_standing {
	SY_PAM_REFUSED = 0, /* a phase said no: the later ones need not ask */
	SY_PAM_NEW,         /* nothing is known here */
	SY_PAM_PROVEN,      /* a phase said yes */
	SY_PAM_DUE,         /* yes, once the password was changed */
};

/* Where the handle stands; ${out} is its number, "" if it has none. */
enum sy_pam_standing sy_pam_standing_get(pam_handle_t *pamh,
    char out[SY_EVIDENCE_SIZE]);

/*
 * From now on it stands at ${standing} with ${number} ("" for none), which is
 * put into the PAM environment too; with none what is there is removed. A PAM
 * code; unless it is PAM_SUCCESS the caller must refuse.
 */
int sy_pam_standing_set(pam_handle_t *pamh, enum sy_pam_standing standing,
    const char *number);

/* Whether setting credentials is in order: some phase said yes and none said
 * no since. */
bool sy_pam_standing_is_good(pam_handle_t *pamh);

/*
 * The agent's number for the session that this handle opened. It stays in the
 * handle until the session is closed, whatever else the host does meanwhile.
 * A PAM code; false if there is no session.
 */
int sy_pam_session_keep(pam_handle_t *pamh, const char *number);
bool sy_pam_session_get(pam_handle_t *pamh, char out[SY_EVIDENCE_SIZE]);
int sy_pam_session_drop(pam_handle_t *pamh);

#endif /* PAM_STANDING_H */
