/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_KEYDEVICE_INT_H
#define SY_KEYDEVICE_INT_H

#include <sanyoso/keydevice.h>

#include "lib/wire/device_int.h"

/* RP id's hash, flags, counter (WebAuthn section 6.1). */
#define KEYDEVICE_AUTHDATA_MIN 37

/* Copy ${len} bytes that stand without a length. */
SY_MUST_USE enum sy_err keydevice_get_fixed(struct sy_reader *r, uint8_t *out,
    size_t len);

#endif /* SY_KEYDEVICE_INT_H */
