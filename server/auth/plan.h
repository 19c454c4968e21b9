/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_PLAN_H
#define SERVER_AUTH_PLAN_H

#include "server/auth/verdict.h"

/*
 * What a login is asked for next. The policy's plan says it; here it is put
 * into words for the terminal, and what the policy does not know is added: a
 * change of the password needs the present one.
 */

/* The names of a set of methods, "card-pin card". */
void login_methods(unsigned int methods, char *out, size_t size);
/* "present" for the methods that the plan asks for. */
void login_present(const struct server *server, const struct login *login,
    struct sy_auth_step *ret);

/* What a login begins with, in ${login->methods}; false: nothing can let this
 * one in. */
bool plan_first(struct server *server, struct login *login);

/*
 * After a proof was added: false if the login is to be decided now. Else
 * ${login->methods} is what is missing; ${*ret_reason} "" or why it can't be
 * had.
 */
bool plan_next(struct server *server, struct login *login,
    const char **ret_reason);

/* Go on after a proof: answers with the next step or decides. */
void plan_advance(struct exchange *exchange, struct login *login,
    const struct verdict_proof *proof);

/* Whether ${method} is one of FIDO2 keys. */
bool login_is_key(enum sy_method method);

/* Whether a proof of ${method}, or of any device, is there. */
bool login_has(const struct login_facts *facts, enum sy_method method);
bool login_has_device(const struct login_facts *facts);

#endif /* SERVER_AUTH_PLAN_H */
