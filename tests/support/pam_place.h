/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_PLACE_H
#define PAM_PLACE_H

#include "tests/support/pam_host.h"

/* Where hosts of the PAM module run: a folder, and an agent's socket in it. */

/* Before and after a group of tests. */
int pam_place_setup(void **state);
int pam_place_teardown(void **state);

const char *pam_place_socket(void);

/* Start ${host}, whose script is set, for suzuki, without the module. */
void pam_place_start_bare(struct pam_host *host);
/* The same for ${user} with the module as it is shipped in each phase; it has
 * the socket and ${options}. */
void pam_place_start(struct pam_host *host, const char *user,
    const char *options);

#endif /* PAM_PLACE_H */
