/* SPDX-License-Identifier: Apache-2.0 */
/* Report descriptors as a device states them. */
#include <stdlib.h>

#include "lib/inherence/device/hidraw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct hidraw_reports reports;

	if (hidraw_parse(data, len, &reports) != SY_OK)
		return 0;
	if (reports.in < HIDRAW_REPORT_MIN || reports.in > HIDRAW_REPORT_MAX ||
	    reports.out < HIDRAW_REPORT_MIN || reports.out > HIDRAW_REPORT_MAX)
		abort();
	return 0;
}
