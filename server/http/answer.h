/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HTTP_ANSWER_H
#define SERVER_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include <sanyoso/message.h>

/*
 * An answer as it goes over the wire, head and body in one piece, so that it
 * leaves in one record. It may hold a one-time code and is wiped when freed.
 */
struct answer {
	size_t len;
	char text[];
};

/*
 * The answer ${status} with ${value} as its body; ${last} tells the client that
 * the connection ends with it. ARG or LIMIT (${value} does not fit ${message}),
 * NOMEM.
 */
SY_MUST_USE enum sy_err answer_new(unsigned int status, bool last,
    const struct sy_message *message, const void *value,
    struct answer **ret_answer);
void answer_free(struct answer **answer);

#endif /* SERVER_HTTP_ANSWER_H */
