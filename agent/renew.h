/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_RENEW_H
#define AGENT_RENEW_H

#include "dialogue.h"

/*
 * Get a new certificate with a new key when two thirds of the present one's
 * life are over. Until both are stored together the old pair stays in use.
 */
struct renew;

/* ${services} and ${paths} stay in use. NOMEM. */
SY_MUST_USE enum sy_err renew_new(struct services *services,
    const struct paths *paths, struct renew **ret_renew);
void renew_free(struct renew **renew);

/* When a certificate of this life is to be renewed (seconds since 1970). */
int64_t renew_due(int64_t not_before, int64_t not_after);

#endif /* AGENT_RENEW_H */
