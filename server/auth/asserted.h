/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_ASSERTED_H
#define SERVER_AUTH_ASSERTED_H

#include "server/auth/verdict.h"

/*
 * A key's proof that does not end the login by itself: judged again in the
 * ledger, its counter compared and kept, and recorded as "auth.key". Only then
 * the plan goes on; where the key does not count the login is denied, and with
 * ${why} (a string constant) unless that is "". What is proven last is recorded
 * with the verdict. Answers ${exchange}.
 */
void asserted_record(struct exchange *exchange, struct login *login,
    const char *why, const struct verdict_proof *proof);

#endif /* SERVER_AUTH_ASSERTED_H */
