/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_FAULT_H
#define VK_FAULT_H

#include "key.h"

/*
 * What goes wrong between key and platform, asked for in one line:
 *
 *   KIND [at=N] [cmd=HH] [sub=HH] [times=N] [when=before|after] [ms=N]
 *        [len=N] [off=N] [hex=HH..] [status=HH]
 *
 * at=N   the N-th matching command from now on (1 = the next; default)
 * cmd=HH only this CTAP command counts; sub=HH only this subcommand
 * times  how often in a row (default 1, 0 = for ever)
 *
 * pull     the key goes, before (default) or after it ran the command
 * pull-in  the key goes when the at-th frame to it would arrive
 * pull-out the key goes before the at-th frame from it would leave
 * mute     no answer, the command is not run (before) or is (after)
 * forever  the same, but keep-alives come for ever (HID)
 * delay    the answer comes ${ms} late (default 1000), with keep-alives
 * status   another status byte; nothing behind it unless it is 0
 * garbage  ${len} (default 20) random bytes instead of the answer
 * cut      only the first ${len} bytes (default 1) of the answer
 * long     ${len} bytes (default 1) behind the answer
 * patch    bytes ${hex} at ${off} of the answer
 * twice    the first member of the answer's map stands there twice
 * wide     the head of the answer's map is longer than it must be
 * deep     the answer is inside ${len} (default 200) arrays
 * channel  the answer is on another channel (HID)
 * sequence the second frame of the answer has a wrong number (HID)
 * size     the first frame promises ${len} (default 7609) bytes (HID)
 * short    one frame, of ${len} bytes (default 40) instead of 64 (HID)
 * noise    a frame of random bytes before the answer (HID)
 */
enum vk_fault_kind {
	VK_PULL,
	VK_PULL_IN,
	VK_PULL_OUT,
	VK_MUTE,
	VK_FOREVER,
	VK_DELAY,
	VK_STATUS,
	VK_GARBAGE,
	VK_CUT,
	VK_LONG,
	VK_PATCH,
	VK_TWICE,
	VK_WIDE,
	VK_DEEP,
	VK_CHANNEL,
	VK_SEQUENCE,
	VK_SIZE,
	VK_SHORT,
	VK_NOISE,
};

#define VK_PATCH_MAX  64U
#define VK_FAULTS_MAX 8U

struct vk_fault {
	enum vk_fault_kind kind;
	unsigned long at;
	unsigned long times; /* 0 = for ever */
	long cmd, sub;       /* -1 = any */
	bool after;
	unsigned long ms;
	size_t len; /* 0 = the default of the kind */
	size_t off;
	size_t patchlen;
	uint8_t patch[VK_PATCH_MAX];
	uint8_t status;
};

struct vk_faults {
	struct vk_fault list[VK_FAULTS_MAX];
	size_t n;
};

/* Read a line as above. FORMAT. */
SY_MUST_USE enum sy_err vk_fault_parse(const char *text, struct vk_fault *ret);
/* LIMIT when too many wait. */
SY_MUST_USE enum sy_err vk_faults_add(struct vk_faults *faults,
    const struct vk_fault *fault);
/* The fault that strikes at this command, if any; counts it as used. */
bool vk_faults_match(struct vk_faults *faults, const uint8_t *p, size_t len,
    struct vk_fault *ret);
/* The same for frames: ${kind} is VK_PULL_IN or VK_PULL_OUT. */
bool vk_faults_frame(struct vk_faults *faults, enum vk_fault_kind kind);
/* Bytes of a VK_SHORT's frames, and of the shortest that any that waits sends
 * (SIZE_MAX: there is none). */
size_t vk_fault_short(const struct vk_fault *fault);
size_t vk_faults_shortest(const struct vk_faults *faults);
/* Change the answer as the fault says; kinds that do not are ignored. */
void vk_fault_edit(const struct vk_fault *fault, struct vc_bytes *reply);

#endif /* VK_FAULT_H */
