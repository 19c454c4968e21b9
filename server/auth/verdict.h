/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_VERDICT_H
#define SERVER_AUTH_VERDICT_H

#include "server/auth/logins.h"
#include "server/http/exchange.h"

/*
 * The end of a login: in the ledger's transaction everything that the decision
 * depends on is read again, sy_decide decides, and the record holds all of it,
 * so that the verdict can be judged again. It is answered after the commit. A
 * try of a password that is not settled yet is settled with it.
 */

/* The proof that brought the login here; zeroed: none. */
struct verdict_proof {
	uint8_t agent_nonce[SY_NONCE_SIZE];
	uint8_t signature[SY_SIGNATURE_SIZE_MAX];
	uint16_t signature_len;
	int64_t pins_wrong;
	/* Of a FIDO2 key's assertion; client_data_len 0: it is a card's. */
	uint8_t client_data[SY_FIDO2_CLIENT_DATA_MAX];
	uint16_t client_data_len;
	uint8_t authdata[SY_FIDO2_AUTHDATA_MAX];
	uint16_t authdata_len;
	bool says_built_in;
	bool look; /* by which nothing is proven */
	int64_t fingers_wrong;
};

/* Decide on the login's evidence. Answers ${exchange}. */
void verdict_decide(struct exchange *exchange, struct login *login,
    const struct verdict_proof *proof);

/*
 * Deny without deciding: recorded as ${action} with ${outcome} and ${reason}
 * (a string constant), answered after the commit. ${place} is where it
 * happened, "" if nowhere.
 */
void verdict_deny(struct exchange *exchange, struct login *login,
    const char *action, enum sy_outcome outcome, const char *reason,
    const char *place, const struct verdict_proof *proof);

/* The same where the terminal is told something else than what is recorded. */
struct verdict_denial {
	const char *action;
	enum sy_outcome outcome;
	const char *reason; /* string constants, as all but place */
	const char *told;
	const char *place;
};
void verdict_deny_as(struct exchange *exchange, struct login *login,
    const struct verdict_denial *denial, const struct verdict_proof *proof);

#endif /* SERVER_AUTH_VERDICT_H */
