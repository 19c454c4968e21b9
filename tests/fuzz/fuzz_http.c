/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a server's answer, as the agent reads it. */
#include <stdint.h>
#include <stdlib.h>

#include "agent/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct http_head head, again;
	enum sy_err err;

	err = http_head_parse((const char *)data, len, 1000, &head);
	if (err == SY_ERR_NOT_FOUND && len >= HTTP_HEAD_MAX)
		abort();
	if (err != SY_OK)
		return 0;
	if (head.head_len > len || head.body_len > 1000 || head.status < 200 ||
	    head.status > 999)
		abort();
	/* What follows the head changes nothing. */
	if (http_head_parse((const char *)data, head.head_len, 1000, &again) !=
		SY_OK ||
	    again.body_len != head.body_len)
		abort();
	return 0;
}
