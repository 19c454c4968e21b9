/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_CTAPHID_H
#define DEVICE_CTAPHID_H

#include "lib/inherence/device/channel.h"
#include "lib/inherence/device/hidraw.h"

/*
 * CTAPHID (CTAP 2.1 section 11.2): messages in reports of a HID device. All
 * programs read the same reports: what is for another channel is passed over.
 */
#define CTAPHID_BROADCAST 0xffffffffU

/* A reply that is being put together. */
struct ctaphid_reply {
	uint32_t channel;
	uint8_t command;
	uint8_t *out;
	size_t cap;
	/* --- what came --- */
	size_t total, have;
	uint8_t sequence;
	bool begun;
	uint8_t status; /* KEEPALIVE's, ERROR's */
};

enum ctaphid_step {
	CTAPHID_MORE,      /* part of it */
	CTAPHID_OTHER,     /* for another channel */
	CTAPHID_KEEPALIVE, /* still at it: status */
	CTAPHID_DONE,      /* out has ${have} bytes */
	CTAPHID_REFUSED,   /* ERROR: status */
	CTAPHID_BROKEN,    /* against the rules */
};

/* Take one report into ${reply}. Pure. */
enum ctaphid_step ctaphid_take(struct ctaphid_reply *reply,
    const uint8_t *report, size_t len);

/*
 * A channel over ${fd}, which it owns from here on, also where it fails.
 * Reports are written with a report number of 0 before them (hidraw). NOMEM.
 *
 * Deadlines, and the agent that leaves, cancel what goes on in the key.
 * Errors: SY_ERR_CARD_GONE (pulled out), CARD_MUTE (no answer, not to CANCEL
 * either), TIMEOUT (answered CANCEL: nobody touched it), CARD (against the
 * rules), CARD_BUSY (another program's channel), CLOSED, PROTOCOL.
 */
SY_MUST_USE enum sy_err ctaphid_new(const struct device_host *host, int fd,
    const struct hidraw_reports *reports, struct channel **ret_channel);

#endif /* DEVICE_CTAPHID_H */
