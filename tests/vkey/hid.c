/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>
#include <string.h>

#include "hid.h"

#define BROADCAST    0xffffffffU
#define TYPE_INIT    0x80U
#define INIT_HEAD    7U
#define CONT_HEAD    5U
#define NONCE_BYTES  8U
#define VERSION_CTAP 2U
#define CAP_WINK     0x01U
#define CAP_CBOR     0x04U
#define CAP_NO_MSG   0x08U
/* A key that never answers is given up by the platform before this. */
#define FOREVER_MS 3600000LL

enum hid_cmd {
	HID_PING = 0x01,
	HID_MSG = 0x03,
	HID_INIT = 0x06,
	HID_WINK = 0x08,
	HID_CBOR = 0x10,
	HID_CANCEL = 0x11,
	HID_KEEPALIVE = 0x3b,
	HID_ERROR = 0x3f,
};

enum hid_err {
	ERR_COMMAND = 0x01,
	ERR_LENGTH = 0x03,
	ERR_SEQUENCE = 0x04,
	ERR_TIMEOUT = 0x05,
	ERR_BUSY = 0x06,
	ERR_CHANNEL = 0x0b,
};

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static bool
frame_fault(const struct vk_hid *hid, enum vk_fault_kind kind)
{
	return hid->faulty && hid->fault.kind == kind;
}

/* False when the key has gone. */
static bool
send_frame(struct vk_hid *hid, const uint8_t frame[VK_FRAME_BYTES])
{
	size_t len = VK_FRAME_BYTES;

	if (vk_faults_frame(hid->faults, VK_PULL_OUT)) {
		hid->pull(hid->ctx);
		return false;
	}
	if (frame_fault(hid, VK_SHORT))
		len = vk_fault_short(&hid->fault);
	return hid->send(hid->ctx, frame,
	    len < VK_FRAME_BYTES ? len : VK_FRAME_BYTES);
}

static void
send_noise(struct vk_hid *hid)
{
	uint8_t frame[VK_FRAME_BYTES];

	if (RAND_bytes(frame, sizeof(frame)) == 1)
		(void)send_frame(hid, frame);
}

static size_t
promised(const struct vk_hid *hid, size_t len)
{
	if (!frame_fault(hid, VK_SIZE))
		return len;
	return hid->fault.len > 0 ? hid->fault.len : VK_HID_MAX;
}

static void
send_message(struct vk_hid *hid, uint32_t cid, uint8_t cmd, const uint8_t *p,
    size_t len)
{
	const size_t size = promised(hid, len);
	uint8_t frame[VK_FRAME_BYTES] = { 0 };
	size_t at, n = VK_FRAME_BYTES - INIT_HEAD;
	uint8_t seq = 0;

	if (frame_fault(hid, VK_NOISE))
		send_noise(hid);
	put32(frame, frame_fault(hid, VK_CHANNEL) ? cid ^ 0x01010101U : cid);
	frame[4] = cmd | TYPE_INIT;
	frame[5] = (uint8_t)(size >> 8);
	frame[6] = (uint8_t)size;
	at = len < n ? len : n;
	memcpy(frame + INIT_HEAD, p, at);
	/* Behind a short frame nothing comes: a terminal would mend it. */
	while (send_frame(hid, frame) && at < len &&
	    !frame_fault(hid, VK_SHORT)) {
		memset(frame + 4, 0, VK_FRAME_BYTES - 4);
		frame[4] = seq++;
		if (frame_fault(hid, VK_SEQUENCE))
			frame[4] ^= 0x40;
		n = VK_FRAME_BYTES - CONT_HEAD;
		n = len - at < n ? len - at : n;
		memcpy(frame + CONT_HEAD, p + at, n);
		at += n;
	}
}

static void
send_error(struct vk_hid *hid, uint32_t cid, enum hid_err code)
{
	const uint8_t byte = (uint8_t)code;

	hid->counts.errors++;
	send_message(hid, cid, HID_ERROR, &byte, 1);
}

void
vk_hid_keepalive(struct vk_hid *hid, uint8_t status)
{
	const bool faulty = hid->faulty;

	hid->faulty = false;
	if (hid->busy)
		send_message(hid, hid->busy_cid, HID_KEEPALIVE, &status, 1);
	hid->faulty = faulty;
}

void
vk_hid_reset(struct vk_hid *hid)
{
	hid->open = false;
	hid->last_cid = 0;
	hid->cancelled = hid->silent = hid->busy;
}

static void
answer_init(struct vk_hid *hid, uint32_t cid, const uint8_t *nonce)
{
	uint8_t r[17];

	hid->counts.inits++;
	memcpy(r, nonce, NONCE_BYTES);
	put32(r + 8, cid == BROADCAST ? ++hid->last_cid : cid);
	r[12] = VERSION_CTAP;
	r[13] = (uint8_t)(hid->key->model.firmware >> 16);
	r[14] = (uint8_t)(hid->key->model.firmware >> 8);
	r[15] = (uint8_t)hid->key->model.firmware;
	r[16] = CAP_WINK | CAP_CBOR | CAP_NO_MSG;
	send_message(hid, cid, HID_INIT, r, sizeof(r));
}

/* Wait with keep-alives for a reply that comes late, or never. */
static bool
hold_back(struct vk_hid *hid)
{
	const struct vk_fault *f = &hid->fault;

	if (f->kind == VK_FOREVER)
		hid->wait(hid->ctx, FOREVER_MS);
	if (f->kind == VK_DELAY)
		hid->wait(hid->ctx, (long long)f->ms);
	if (f->kind == VK_PULL)
		hid->pull(hid->ctx);
	return f->kind == VK_MUTE || f->kind == VK_FOREVER ||
	    f->kind == VK_PULL;
}

static void
run_faulty(struct vk_hid *hid, struct vc_bytes *reply)
{
	const bool stops = hid->fault.kind == VK_PULL ||
	    hid->fault.kind == VK_MUTE || hid->fault.kind == VK_FOREVER;

	if (stops && !hid->fault.after) {
		(void)hold_back(hid);
		hid->silent = true;
		return;
	}
	vk_key_run(hid->key, hid->data, hid->got, reply);
	if (hold_back(hid))
		hid->silent = true;
	else
		vk_fault_edit(&hid->fault, reply);
}

static void
run_cbor(struct vk_hid *hid)
{
	const uint32_t cid = hid->cid;
	struct vc_bytes reply;

	vc_bytes_reset(&reply);
	if (hid->got == 0) {
		send_error(hid, cid, ERR_LENGTH);
		return;
	}
	hid->busy = true;
	hid->busy_cid = cid;
	hid->cancelled = hid->silent = false;
	hid->faulty =
	    vk_faults_match(hid->faults, hid->data, hid->got, &hid->fault);
	if (hid->faulty)
		run_faulty(hid, &reply);
	else
		vk_key_run(hid->key, hid->data, hid->got, &reply);
	hid->busy = false;
	if (!hid->silent)
		send_message(hid, cid, HID_CBOR, reply.b, reply.len);
	hid->faulty = false;
}

static void
run_message(struct vk_hid *hid)
{
	hid->open = false;
	switch (hid->cmd) {
	case HID_INIT:
		if (hid->got != NONCE_BYTES)
			send_error(hid, hid->cid, ERR_LENGTH);
		else
			answer_init(hid, hid->cid, hid->data);
		break;
	case HID_PING:
		hid->counts.pings++;
		send_message(hid, hid->cid, HID_PING, hid->data, hid->got);
		break;
	case HID_WINK:
		hid->counts.winks++;
		send_message(hid, hid->cid, HID_WINK, hid->data, 0);
		break;
	case HID_CBOR:
		run_cbor(hid);
		break;
	case HID_CANCEL:
		hid->counts.cancels++;
		break;
	default:
		send_error(hid, hid->cid, ERR_COMMAND);
		break;
	}
}

/* The rest of a message; foreign frames in between are told to wait. */
static void
continue_message(struct vk_hid *hid, const uint8_t *frame, uint32_t cid)
{
	size_t n = VK_FRAME_BYTES - CONT_HEAD;

	if (!hid->open || cid != hid->cid)
		return; /* section 11.2.5.4: spurious, ignored */
	if (frame[4] != hid->sequence) {
		hid->open = false;
		send_error(hid, cid, ERR_SEQUENCE);
		return;
	}
	hid->sequence++;
	if (n > hid->want - hid->got)
		n = hid->want - hid->got;
	memcpy(hid->data + hid->got, frame + CONT_HEAD, n);
	hid->got += n;
	if (hid->got == hid->want)
		run_message(hid);
}

static bool
channel_known(const struct vk_hid *hid, uint32_t cid, uint8_t cmd)
{
	if (cid == BROADCAST)
		return cmd == HID_INIT;
	return cid != 0 && cid <= hid->last_cid;
}

static void
begin_message(struct vk_hid *hid, const uint8_t *frame, uint32_t cid)
{
	const uint8_t cmd = frame[4] & (uint8_t)~TYPE_INIT;
	size_t n = VK_FRAME_BYTES - INIT_HEAD;

	if (!channel_known(hid, cid, cmd)) {
		send_error(hid, cid, ERR_CHANNEL);
		return;
	}
	if (hid->open && cid != hid->cid && cmd != HID_INIT) {
		send_error(hid, cid, ERR_BUSY);
		return;
	}
	if (hid->open && cid == hid->cid && cmd != HID_INIT) {
		hid->open = false;
		send_error(hid, cid, ERR_SEQUENCE);
		return;
	}
	if (hid->open && cid != hid->cid) {
		/* INIT of another one does not disturb the message. */
		answer_init(hid, cid, frame + INIT_HEAD);
		return;
	}
	hid->cid = cid;
	hid->cmd = cmd;
	hid->want = (size_t)frame[5] << 8 | frame[6];
	hid->sequence = 0;
	if (hid->want > VK_HID_MAX) {
		send_error(hid, cid, ERR_LENGTH);
		return;
	}
	hid->open = true;
	hid->since_ms = hid->key->person.now_ms(hid->key->person.ctx);
	hid->got = hid->want < n ? hid->want : n;
	memcpy(hid->data, frame + INIT_HEAD, hid->got);
	if (hid->got == hid->want)
		run_message(hid);
}

/* While a command waits: only INIT, CANCEL, and "busy" for everything else. */
static void
frame_while_busy(struct vk_hid *hid, const uint8_t *frame, uint32_t cid)
{
	const bool first = (frame[4] & TYPE_INIT) != 0;
	const uint8_t cmd = frame[4] & (uint8_t)~TYPE_INIT;
	const bool faulty = hid->faulty;

	if (!first)
		return;
	hid->faulty = false;
	if (cmd == HID_CANCEL) {
		hid->counts.cancels++;
		if (cid == hid->busy_cid)
			hid->cancelled = true;
	} else if (cmd == HID_INIT) {
		if (cid == hid->busy_cid)
			hid->cancelled = hid->silent = true;
		answer_init(hid, cid, frame + INIT_HEAD);
	} else {
		send_error(hid, cid, ERR_BUSY);
	}
	hid->faulty = faulty;
}

void
vk_hid_frame(struct vk_hid *hid, const uint8_t frame[VK_FRAME_BYTES])
{
	const uint32_t cid = get32(frame);

	hid->counts.frames++;
	if (vk_faults_frame(hid->faults, VK_PULL_IN)) {
		hid->pull(hid->ctx);
		return;
	}
	if (hid->busy)
		frame_while_busy(hid, frame, cid);
	else if ((frame[4] & TYPE_INIT) != 0)
		begin_message(hid, frame, cid);
	else
		continue_message(hid, frame, cid);
}

void
vk_hid_tick(struct vk_hid *hid, long long now_ms)
{
	if (!hid->open || hid->busy || now_ms - hid->since_ms < VK_MESSAGE_MS)
		return;
	hid->open = false;
	send_error(hid, hid->cid, ERR_TIMEOUT);
}
