/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_OPERATION_H
#define DEVICE_OPERATION_H

#include "lib/possession/device/host.h"

/*
 * One operation from START to its end (sanyoso/device.h): wait for a card that
 * counts, read its key, report it, and sign what the agent asks for after the
 * PIN that the agent sends. Between CARD and the end the card is held in one
 * transaction; at the end it is reset. Whatever happens is reported on the
 * line; the result only says how it went: SY_OK for a signature given.
 */
enum sy_err operation_run(const struct device_host *host);

#endif /* DEVICE_OPERATION_H */
