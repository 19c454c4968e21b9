/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_CHANNEL_H
#define DEVICE_CHANNEL_H

#include <stdbool.h>

#include <fido.h>

#include "lib/possession/device/host.h"

/*
 * A way to one FIDO2 key that carries whole messages: CTAPHID (ctaphid.h) or
 * CTAP over a smart card's commands (ctapnfc.h). libfido2 makes and reads the
 * messages; ours are deadlines, cancelling, keep-alives, the key that went, and
 * what this libfido2 can't ask for. One thread.
 */
struct channel;

/* Commands, as CTAPHID numbers them (CTAP 2.1 section 11.2.9). */
#define CHANNEL_MSG       0x03
#define CHANNEL_INIT      0x06
#define CHANNEL_CBOR      0x10
#define CHANNEL_CANCEL    0x11
#define CHANNEL_KEEPALIVE 0x3b
#define CHANNEL_ERROR     0x3f

/* What an INIT is answered with: nonce, channel, version, capabilities. */
#define CHANNEL_NONCE_SIZE  8
#define CHANNEL_INIT_SIZE   17
#define CHANNEL_CAP_CBOR    0x04
#define CHANNEL_CAP_NMSG    0x08
#define CHANNEL_MESSAGE_MAX 7609 /* CTAP 2.1 section 11.2.4 */

/* First byte of a CBOR message (CTAP 2.1 section 6). */
#define CTAP_MAKE_CREDENTIAL 0x01
#define CTAP_GET_ASSERTION   0x02
#define CTAP_CLIENT_PIN      0x06
#define CTAP_BIO             0x09
#define CTAP_SELECTION       0x0b
#define CTAP_BIO_PREVIEW     0x40

struct channel_kind {
	enum sy_err (*send)(struct channel *channel, uint8_t command,
	    const uint8_t *message, size_t len);
	/* Up to ${ms} (below 0: until the channel's deadline). */
	enum sy_err (*receive)(struct channel *channel, uint8_t command,
	    uint8_t *out, size_t cap, int ms, size_t *ret_len);
	/* Whether the key is still there; does not wait. */
	enum sy_err (*check)(struct channel *channel);
	void (*free)(struct channel *channel);
};

struct channel {
	const struct channel_kind *kind;
	const struct device_host *host;
	uint64_t due; /* of what goes on; host's clock */
	/* Why something failed below libfido2, since channel_begin. */
	enum sy_err why;
	bool ask_uvm;   /* the next getAssertion asks for uvm as well */
	bool bio_final; /* the key knows bio enrolment's final command only */
	/* The key waits for the person; told once after channel_begin. */
	void (*touch)(void *arg);
	void *touch_arg;
	bool touch_told;
	bool by_person; /* the message that was sent may make it wait for one */
};

/* A new task of libfido2 begins, to be over in ${ms}. */
void channel_begin(struct channel *channel, unsigned int ms);
/* Forget it. NULL is allowed. */
void channel_free(struct channel **channel);

/*
 * Have libfido2 open ${channel}: a key that speaks CTAP2, its getInfo read.
 * NOMEM; KEY_UNFIT (speaks no CTAP2); channel->why.
 */
SY_MUST_USE enum sy_err channel_open(struct channel *channel,
    fido_dev_t **ret_dev);
/* Close and free; the channel stays. NULL is allowed. */
void channel_close(fido_dev_t **dev);

/* --- for the kinds --- */

/* SY_ERR_CLOSED: the agent left; PROTOCOL: it spoke out of turn. */
SY_MUST_USE enum sy_err channel_check_line(const struct channel *channel);
void channel_tell_touch(struct channel *channel);

#endif /* DEVICE_CHANNEL_H */
