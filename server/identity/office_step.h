/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_OFFICE_STEP_H
#define SERVER_IDENTITY_OFFICE_STEP_H

#include "server/identity/enrolments.h"

/* What the steps of a visit to the card office share. */

/* An empty step of this name, with whose card it is. Any thread. */
void office_start_step(const struct enrolment_facts *f, const char *step,
    struct sy_office_step *ret);

#endif /* SERVER_IDENTITY_OFFICE_STEP_H */
