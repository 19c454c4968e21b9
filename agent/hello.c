/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hello.h"
#include "log.h"
#include "request.h"

/* Clocks that differ by more make certificates and orders start and end at
 * the wrong time: worth a line, but no reason to stay away. */
#define CLOCK_DIFFERENCE_S 60

static void
on_hello(void *owner, const struct request_reply *reply)
{
	const struct services *s = owner;
	const struct sy_hello_reply *hello = reply->value;
	int64_t difference;

	if (reply->err != SY_OK)
		return; /* the link has said it */
	if (reply->refused) {
		log_warn("hello: refused: %s %s", reply->failure.error,
		    reply->failure.text);
		return;
	}
	if (strcmp(hello->terminal, s->credentials->terminal) != 0 ||
	    strcmp(hello->server, s->credentials->server) != 0)
		log_err("hello: the server takes us for terminal %s of %s",
		    hello->terminal, hello->server);
	difference = hello->time - (int64_t)time(NULL);
	if (difference > CLOCK_DIFFERENCE_S || difference < -CLOCK_DIFFERENCE_S)
		log_warn("hello: the server's clock is %lld s ahead of ours",
		    (long long)difference);
}

void
hello_probe(void *owner, int server)
{
	static const struct request_type type = { "/v1/hello",
		&sy_message_hello, &sy_message_hello_reply, false };
	struct services *s = owner;
	struct sy_hello hello = { .agent = "" };
	struct request *unused;
	enum sy_err err;

	(void)snprintf(hello.agent, sizeof(hello.agent), "%s", PACKAGE_VERSION);
	(void)snprintf(hello.boot, sizeof(hello.boot), "%s", s->boot);
	err = request_post(s->link, &type, server,
	    s->settings.connect_timeout_ms + s->settings.request_timeout_ms,
	    &hello, on_hello, s, &unused);
	if (err != SY_OK)
		log_err("hello: not sent: %s", sy_err_text(err));
}
