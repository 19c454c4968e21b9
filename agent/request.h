/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_REQUEST_H
#define AGENT_REQUEST_H

#include <sanyoso/message.h>

#include "link.h"

/* One typed call to the server: a message goes, a message or a refusal comes.
 */
struct request;

struct request_type {
	const char *path;
	const struct sy_message *in;
	const struct sy_message *out;
	bool once; /* must not be sent again by itself */
};

struct request_reply {
	enum sy_err err; /* why there is no answer; SY_OK: there is one */
	int server;      /* that answered */
	bool refused;    /* ${failure} holds, otherwise ${value} */
	struct sy_failure_reply failure;
	const void *value; /* valid during the call */
};

typedef void request_done_fn(void *owner, const struct request_reply *reply);

/*
 * Post ${value} to ${server} (or LINK_ANY) within ${budget_ms}. ${done} is
 * called once, never from in here, unless the request is cancelled; then the
 * request is gone. NULL ${done}: nobody waits for the answer, ${ret_request}
 * may be NULL. ARG, LIMIT, NOMEM.
 */
SY_MUST_USE enum sy_err request_post(struct link *link,
    const struct request_type *type, int server, unsigned int budget_ms,
    const void *value, request_done_fn *done, void *owner,
    struct request **ret_request);
void request_cancel(struct request **request);
/* The answer is for another owner from now on. */
void request_adopt(struct request *request, request_done_fn *done, void *owner);

#endif /* AGENT_REQUEST_H */
