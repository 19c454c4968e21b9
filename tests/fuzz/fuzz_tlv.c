/* SPDX-License-Identifier: Apache-2.0 */
/* BER-TLV of cards: every object lies inside its input, what DER takes BER
 * takes too. */
#include <stdlib.h>

#include "lib/possession/device/tlv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
walk(struct sy_reader r, unsigned int depth)
{
	struct tlv tlv, der;

	for (;;) {
		struct sy_reader strict = r;
		const enum sy_err err = tlv_next(&strict, TLV_DER, &der);
		const uint8_t *before = r.at;

		if (tlv_next(&r, TLV_BER, &tlv) != SY_OK) {
			if (err == SY_OK || r.at != before)
				abort();
			return;
		}
		if (r.at <= before || r.at > r.end ||
		    (sy_reader_left(&tlv.value) > 0 &&
			(tlv.value.at < before || tlv.value.end > r.at)))
			abort();
		if (err == SY_OK && (der.tag != tlv.tag || strict.at != r.at))
			abort();
		if (depth > 0)
			walk(tlv.value, depth - 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_reader r;

	if (len == 0)
		return 0;
	sy_reader_init(&r, data, len);
	walk(r, 4);
	return 0;
}
