/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports as a key sends them: the first byte says how much room there is, then
 * reports of 64 bytes. Whatever they say, no more than the room is written, and
 * a reply that is done has as many bytes as its first report announced.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/inherence/device/ctaphid.h"

#define CHANNEL 0x01020304U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ctaphid_reply reply = { .channel = CHANNEL,
		.command = CHANNEL_CBOR };
	enum ctaphid_step step = CTAPHID_MORE;
	uint8_t *room;

	if (len == 0)
		return 0;
	reply.cap = (size_t)data[0] * 8;
	if ((room = malloc(reply.cap + 1)) == NULL)
		abort();
	reply.out = room;
	for (size_t at = 1;
	     at < len && step != CTAPHID_BROKEN && step != CTAPHID_DONE;
	     at += HIDRAW_REPORT_MAX) {
		const size_t left = len - at;

		step = ctaphid_take(&reply, data + at,
		    left < HIDRAW_REPORT_MAX ? left : HIDRAW_REPORT_MAX);
		if (reply.have > reply.cap || reply.have > reply.total)
			abort();
	}
	if (step == CTAPHID_DONE && reply.have != reply.total)
		abort();
	free(room);
	return 0;
}
