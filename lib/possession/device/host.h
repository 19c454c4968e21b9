/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_HOST_H
#define DEVICE_HOST_H

#include <sanyoso/frame.h>

#include "lib/possession/device/winscard.h"

/*
 * What an operation stands on: PC/SC, time, a guard against calls that never
 * come back, and the line to the agent. The worker has the real one; tests
 * replace it as a whole.
 */
struct device_host {
	const struct winscard *sc;
	/* Milliseconds of a clock that only goes forward. */
	uint64_t (*now_ms)(void *arg);
	void (*sleep_ms)(void *arg, unsigned int ms);
	/*
	 * What we do from here on must be over (the next call of guard) in
	 * ${ms}; otherwise the process reports FAILED with ${code} (SY_OK:
	 * reports nothing) and ends. SCardTransmit to a mute card and
	 * SCardBeginTransaction behind a foreign one never return. 0: no limit.
	 */
	void (*guard)(void *arg, unsigned int ms, enum sy_err code);
	/* Send one frame. */
	enum sy_err (*send)(void *arg, const uint8_t *frame, size_t len);
	/* SY_OK if the agent has sent something, SY_ERR_TIMEOUT if not within
	 * ${ms}, SY_ERR_CLOSED if it left. */
	enum sy_err (*wait)(void *arg, unsigned int ms);
	/* Receive one frame; the caller wipes ${buffer}. */
	enum sy_err (*receive)(void *arg, uint8_t *buffer, size_t cap,
	    struct sy_frame *ret_frame);
	void *arg;
};

#endif /* DEVICE_HOST_H */
