/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/audit.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A record that is taken encodes to the very bytes that it came from. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_audit_record record;
	struct sy_buf *buf = NULL;
	void *owner;

	if (sy_audit_decode(data, len, &record, &owner) != SY_OK)
		return 0;
	if (sy_buf_new(SY_AUDIT_BODY_MAX, &buf) != SY_OK ||
	    sy_audit_encode(&record, buf) != SY_OK || sy_buf_len(buf) != len ||
	    memcmp(sy_buf_data(buf), data, len) != 0)
		abort();
	sy_buf_free(&buf);
	free(owner);
	return 0;
}
