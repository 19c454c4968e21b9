/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_FAULT_H
#define VC_FAULT_H

#include "card.h"

/*
 * What goes wrong between card and reader, asked for in one line:
 *
 *   KIND [at=N] [ins=HH] [min=N] [times=N] [when=before|after] [ms=N] [sw=HHHH]
 *        [len=N] [off=N] [hex=HH..] [by=N]
 *
 * at=N   the N-th matching command from now on (1 = the next; default)
 * ins=HH only commands with this instruction count
 * min=N  only commands of N bytes and more (ins=20 min=6: a PIN, no query)
 * times  how often in a row (default 1, 0 = for ever)
 *
 * pull    the card goes, before (default) or after it ran the command
 * mute    no answer, the command is not run (before) or is (after)
 * reset   the card forgets its state before or after the command
 * delay   the answer comes ${ms} late (default 1000)
 * garbage ${len} (default 20) random bytes instead of the answer
 * long    ${len} (default 2000) bytes too many before the status word
 * short   only the first ${len} bytes (default 1) of the answer
 * sw      another status word, the data stays
 * patch   bytes ${hex} at ${off} of the answer
 * lie     the first TLV length in the answer is ${by} (default 1) too large
 */
enum vc_fault_kind {
	VC_PULL,
	VC_MUTE,
	VC_RESET,
	VC_DELAY,
	VC_GARBAGE,
	VC_LONG,
	VC_SHORT,
	VC_SW,
	VC_PATCH,
	VC_LIE,
};

#define VC_PATCH_MAX  64U
#define VC_FAULTS_MAX 8U

struct vc_fault {
	enum vc_fault_kind kind;
	unsigned long at;
	unsigned long times; /* 0 = for ever */
	long ins;            /* -1 = any */
	unsigned long min;
	bool after;
	unsigned long ms;
	uint16_t sw;
	size_t len; /* 0 = the default of the kind */
	size_t off;
	size_t patchlen;
	uint8_t patch[VC_PATCH_MAX];
	unsigned long by;
};

struct vc_faults {
	struct vc_fault list[VC_FAULTS_MAX];
	size_t n;
};

/* Read a line as above. FORMAT. */
SY_MUST_USE enum sy_err vc_fault_parse(const char *text, struct vc_fault *ret);
/* LIMIT when too many wait. */
SY_MUST_USE enum sy_err vc_faults_add(struct vc_faults *faults,
    const struct vc_fault *fault);
/* The fault that strikes at this command, if any; counts it as used. */
bool vc_faults_match(struct vc_faults *faults, const uint8_t *p, size_t len,
    struct vc_fault *ret);
/* Change the answer as the fault says; kinds that do not are ignored. */
void vc_fault_edit(const struct vc_fault *fault, struct vc_bytes *reply);

#endif /* VC_FAULT_H */
