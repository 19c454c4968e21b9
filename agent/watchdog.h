/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WATCHDOG_H
#define AGENT_WATCHDOG_H

#include <sanyoso/device.h>

/*
 * A thread that ends the whole worker: when the agent closes the line, and
 * when a call to PC/SC does not come back in time. It shares the line with the
 * operation, which sends through watchdog_send.
 */
struct watchdog;

/* Watch ${line}. NOMEM, IO. There is no way back: it lives as long as the
 * process. */
SY_MUST_USE enum sy_err watchdog_start(int line, struct watchdog **ret_dog);

/* In ${ms} from now report FAILED with ${code} (SY_OK: nothing) and end; 0:
 * no limit any more. */
void watchdog_guard(struct watchdog *dog, unsigned int ms, enum sy_err code);

/* Send one frame on the line. As sy_frame_send. */
SY_MUST_USE enum sy_err watchdog_send(struct watchdog *dog,
    const uint8_t *frame, size_t len);

#endif /* AGENT_WATCHDOG_H */
