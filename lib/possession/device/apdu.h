/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_APDU_H
#define DEVICE_APDU_H

#include <stdbool.h>

#include <sanyoso/buf.h>
#include <sanyoso/secret.h>

/*
 * Commands to a card and their replies (ISO/IEC 7816-4 section 5, 7816-3
 * section 12): short length fields only, long data by command chaining, long
 * replies by GET RESPONSE, a wrong Le mended once. Bounded in bytes and rounds
 * whatever the card says. Nothing here repeats a command that was carried out.
 */
#define APDU_DATA_MAX 255 /* in one command */
#define APDU_LE_MAX   256

/* Status words (ISO/IEC 7816-4 table 6). */
#define SW_OK           0x9000
#define SW_SECURITY     0x6982 /* security status not satisfied */
#define SW_BLOCKED      0x6983 /* authentication method blocked */
#define SW_UNUSABLE     0x6984 /* reference data not usable */
#define SW_NO_FILE      0x6a82
#define SW_NO_KEY       0x6a88 /* referenced data not found */
#define SW_TRIES        0x63c0 /* low nibble: tries left */
#define SW_TRIES_MASK   0xfff0
#define SW_TRIES_NUMBER 0x000f

/* A way to one card. */
struct card_io {
	/*
	 * Send one command, receive its reply into ${reply} (${cap} bytes).
	 * SY_ERR_CARD_GONE, SY_ERR_PCSC, ...: as winscard_err says.
	 */
	enum sy_err (*transmit)(void *arg, const uint8_t *command, size_t len,
	    uint8_t *reply, size_t cap, size_t *ret_len);
	void *arg;
	bool t0; /* T=0: Lc and Le never stand in one command */
};

struct apdu {
	uint8_t cla, ins, p1, p2;
	const uint8_t *data;
	size_t len; /* more than APDU_DATA_MAX is chained */
	size_t le;  /* bytes expected at most, 0..APDU_LE_MAX; 0: no reply */
	/* Class of GET RESPONSE; a card that does not know it is asked again
	 * with 00. */
	uint8_t more_cla;
};

/*
 * apdu_exchange(io, apdu, out, ret_sw):
 * Carry out ${apdu}. The reply's data is added to ${out} (NULL if none is
 * expected), whose maximum bounds it; ${ret_sw} is the final status word.
 * SY_OK says that the card answered by the rules, not that it agreed.
 * SY_ERR_CARD: it did not; SY_ERR_ARG, NOMEM and io's errors.
 */
SY_MUST_USE enum sy_err apdu_exchange(const struct card_io *io,
    const struct apdu *apdu, struct sy_buf *out, uint16_t *ret_sw);

/*
 * Send a whole command that holds a secret, exactly once, whatever comes back.
 * Its reply has no data, or it is SY_ERR_CARD.
 */
SY_MUST_USE enum sy_err apdu_send_secret(const struct card_io *io,
    const struct sy_secret *command, uint16_t *ret_sw);

#endif /* DEVICE_APDU_H */
