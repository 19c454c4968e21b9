/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_KEYOPERATION_H
#define DEVICE_KEYOPERATION_H

#include "lib/possession/device/host.h"

/*
 * One operation with a FIDO2 key from KEY_START to its end
 * (sanyoso/keydevice.h). Whatever happens is reported on the line; the result
 * only says how it went: SY_OK if the agent left when nothing was open.
 */
enum sy_err keyoperation_run(const struct device_host *host);

#endif /* DEVICE_KEYOPERATION_H */
