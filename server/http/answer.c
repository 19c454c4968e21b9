/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanyoso/secret.h>

#include "server/http/exchange.h"

#define HEAD_SIZE 256

static const struct {
	enum sy_err code;
	unsigned int status;
} status_of[] = {
	{ SY_OK, 200 },
	{ SY_ERR_ARG, 400 },
	{ SY_ERR_FORMAT, 400 },
	{ SY_ERR_LIMIT, 413 },
	{ SY_ERR_HTTP, 400 },
	{ SY_ERR_PROTOCOL, 400 },
	{ SY_ERR_PERM, 403 },
	{ SY_ERR_NOT_FOUND, 404 },
	{ SY_ERR_VERSION, 426 },
	{ SY_ERR_ALGORITHM, 422 },
	{ SY_ERR_SIGNATURE, 422 },
	{ SY_ERR_CERT, 422 },
	{ SY_ERR_CERT_PATH, 422 },
	{ SY_ERR_CERT_DATE, 422 },
	{ SY_ERR_CERT_REVOKED, 422 },
	{ SY_ERR_KEY_OPEN, 422 },
	{ SY_ERR_KEY_OTHER, 422 },
	{ SY_ERR_KEY_UNFIT, 422 },
	{ SY_ERR_ATTESTATION, 422 },
	{ SY_ERR_MODEL, 422 },
	{ SY_ERR_COUNTER, 422 },
	{ SY_ERR_STATE, 409 },
	{ SY_ERR_DENIED, 409 },
	{ SY_ERR_OWNER, 409 },
	{ SY_ERR_EXISTS, 409 },
	{ SY_ERR_CODE, 409 },
	{ SY_ERR_EXPIRED, 409 },
};

static const struct {
	unsigned int status;
	const char *text;
} status_text[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" },
	{ 503, "Service Unavailable" },
};

unsigned int
exchange_status(enum sy_err code)
{
	for (size_t i = 0; i < SY_COUNT(status_of); i++)
		if (status_of[i].code == code)
			return status_of[i].status;
	return 503;
}

static const char *
text_of_status(unsigned int status)
{
	for (size_t i = 0; i < SY_COUNT(status_text); i++)
		if (status_text[i].status == status)
			return status_text[i].text;
	return "Error";
}

void
answer_free(struct answer **answer)
{
	if (*answer == NULL)
		return;
	sy_memzero((*answer)->text, (*answer)->len);
	free(*answer);
	*answer = NULL;
}

enum sy_err
answer_new(unsigned int status, bool last, const struct sy_message *message,
    const void *value, struct answer **ret_answer)
{
	SY_AUTO(sy_message_free) char *body = NULL;
	struct answer *answer;
	char head[HEAD_SIZE];
	enum sy_err err;
	size_t len;
	int n;

	if ((err = sy_message_encode(message, value, &body, &len)) != SY_OK)
		return err;
	n = snprintf(head, sizeof(head),
	    "HTTP/1.1 %u %s\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\nCache-Control: no-store\r\n%s: %d\r\n"
	    "%s\r\n",
	    status, text_of_status(status), len, SY_WIRE_HEADER,
	    SY_WIRE_VERSION, last ? "Connection: close\r\n" : "");
	if (n < 0 || (size_t)n >= sizeof(head))
		return SY_ERR_INTERNAL;
	if ((answer = malloc(sizeof(*answer) + (size_t)n + len)) == NULL)
		return SY_ERR_NOMEM;
	memcpy(answer->text, head, (size_t)n);
	memcpy(answer->text + n, body, len);
	answer->len = (size_t)n + len;
	*ret_answer = answer;
	return SY_OK;
}
