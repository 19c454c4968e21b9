/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_CARD_H
#define SERVER_AUTH_CARD_H

#include <sanyoso/device.h>

#include "server/auth/logins.h"
#include "server/http/exchange.h"

/*
 * A card is shown by its public key: is it an active token of this person?
 * Only then may a PIN be sent to it, and only then is there a nonce.
 */

struct card_shown {
	enum sy_driver driver;
	enum sy_method method;
	const uint8_t *spki;
	size_t spki_len;
	int64_t tries;
	bool more; /* the card has another key, which will be shown too */
};

/*
 * Answer ${exchange}: "prove" with a fresh nonce, or "wrong-card" once that is
 * recorded; the last wrong one ends the login. The same answer for an unknown
 * person, an unknown card and another's card.
 */
void card_show(struct exchange *exchange, struct login *login,
    const struct card_shown *shown);

#endif /* SERVER_AUTH_CARD_H */
