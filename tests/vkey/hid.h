/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_HID_H
#define VK_HID_H

#include "fault.h"

/*
 * CTAPHID (CTAP 2.1 section 11.2) over frames of 64 bytes: takes frames one by
 * one, runs whole messages on the key, gives frames back by a callback. While
 * the key waits for a person frames are handed in from inside that wait.
 */
#define VK_FRAME_BYTES  64U
#define VK_HID_MAX      7609U /* 57 + 128 * 59 */
#define VK_KEEPALIVE_MS 100
#define VK_MESSAGE_MS   500 /* longest pause inside a message */

/* CTAPHID_KEEPALIVE status. */
enum { VK_PROCESSING = 1, VK_UP_NEEDED = 2 };

struct vk_hid {
	struct vk_key *key;
	struct vk_faults *faults;
	void *ctx;
	/* One frame of ${len} bytes to the platform; false = nobody is there.
	 */
	bool (*send)(void *ctx, const uint8_t *frame, size_t len);
	/* Wait ${ms} while keep-alives go out and frames come in. */
	void (*wait)(void *ctx, long long ms);
	void (*pull)(void *ctx);

	uint32_t last_cid;
	/* the message that is coming in */
	bool open;
	uint32_t cid;
	uint8_t cmd;
	size_t want, got;
	uint8_t sequence;
	long long since_ms;
	uint8_t data[VK_HID_MAX];
	/* the command that is being run */
	bool busy;
	uint32_t busy_cid;
	bool cancelled;        /* by CANCEL, or INIT on its channel */
	bool silent;           /* no reply is wanted any more */
	struct vk_fault fault; /* shapes the frames of the reply */
	bool faulty;
	struct {
		unsigned long frames, inits, pings, winks, cancels, errors;
	} counts;
};

/* One frame from the platform. */
void vk_hid_frame(struct vk_hid *hid, const uint8_t frame[VK_FRAME_BYTES]);
/* A message that has stopped coming in is given up. */
void vk_hid_tick(struct vk_hid *hid, long long now_ms);
/* Say that the command goes on; ${status} as above. */
void vk_hid_keepalive(struct vk_hid *hid, uint8_t status);
/* The power went: channels and messages are forgotten. */
void vk_hid_reset(struct vk_hid *hid);

#endif /* VK_HID_H */
