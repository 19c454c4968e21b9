/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/line.h"

#include "server/auth/hashing.h"
#include "server/auth/login.h"
#include "server/server.h"

#define SECOND 1000000

bool
line_may(struct server *server, const struct login *login)
{
	return turns_may(&server->turns, &login->turn,
	    hashing_taken(server->hashing), server_boottime());
}

int64_t
line_again(struct server *server, struct login *login, int64_t wait)
{
	const int64_t now = server_boottime();

	return logins_wait(server->logins, login, now, now + wait) ? wait : 0;
}

void
line_busy(struct exchange *exchange, struct login *login)
{
	struct server *server = exchange->server;
	int64_t wait = turns_wait(&server->turns, &login->turn,
	    login->facts.terminal, server_boottime());

	wait = line_again(server, login, wait);
	if (wait == 0)
		turn_leave(&login->turn);
	login_fail(exchange, SY_ERR_BUSY, sy_err_text(SY_ERR_BUSY), wait);
}

void
line_done(struct server *server, struct login *login, int64_t begun,
    int64_t hashing)
{
	const int64_t now = server_boottime_us();

	turns_done(&server->turns, hashing, now);
	/* What is used up already needs no answer here. */
	if (login != NULL)
		(void)!logins_wait(server->logins, login, begun / SECOND,
		    now / SECOND);
}
