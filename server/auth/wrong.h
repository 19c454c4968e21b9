/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_WRONG_H
#define SERVER_AUTH_WRONG_H

#include <sanyoso/device.h>

#include "server/auth/logins.h"
#include "server/http/exchange.h"
#include "server/job.h"
#include "server/store/tables.h"

/* A card or key that is not the one that was asked for: recorded before it is
 * answered, and the last of them ends the login. */
struct wrong_shown {
	enum sy_driver driver;
	enum sy_method method;
	const struct token_row *token; /* NULL: nobody's */
	const char *reason;            /* a string constant */
};

/* What the job of a wrong one holds besides: whose login it was. */
struct wrong {
	struct login_facts login;
	enum sy_driver driver;
	enum sy_method method;
	int64_t token; /* 0: nobody's */
	int64_t owner;
	const char *origin; /* "" if unknown */
	const char *reason;
};

/* Record it as "auth.wrong-card" and answer ${exchange} with ${done}, whose job
 * has a struct wrong for its input; or deny. */
void wrong_record(struct exchange *exchange, struct login *login,
    const struct wrong_shown *shown, job_done done);

#endif /* SERVER_AUTH_WRONG_H */
