/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a request, as a stranger sends it. */
#include <stdlib.h>
#include <string.h>

#include "server/http/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What was understood must not depend on what comes behind the head. */
static void
same_without_the_rest(const uint8_t *data, size_t used,
    const struct http_head *head)
{
	struct http_head again;
	size_t used_again;

	if (http_head_parse(data, used, &again, &used_again, NULL) != SY_OK ||
	    used_again != used || again.length != head->length ||
	    strcmp(again.path, head->path) != 0)
		abort();
	if (http_head_parse(data, used - 1, &again, &used_again, NULL) !=
	    SY_ERR_NOT_FOUND)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_error error = { .code = SY_OK };
	struct http_head head;
	size_t used;

	if (http_head_parse(data, len, &head, &used, &error) != SY_OK)
		return 0;
	if (used > len || used > HTTP_HEAD_MAX ||
	    head.length > SY_MESSAGE_SIZE_MAX || head.path[0] != '/' ||
	    memmem(data, used, "\r\n\r\n", 4) != data + used - 4)
		abort();
	same_without_the_rest(data, used, &head);
	return 0;
}
