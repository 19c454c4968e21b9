/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <sanyoso/frame.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A stream of frames: each must lie within what was read. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_frame frame;
	size_t used;

	while (sy_frame_parse(data, len, 4096, &frame, &used) == SY_OK) {
		if (used > len || used < SY_FRAME_HEADER || used > 4096 ||
		    frame.len != used - SY_FRAME_HEADER ||
		    frame.body != data + SY_FRAME_HEADER)
			abort();
		data += used;
		len -= used;
	}
	return 0;
}
