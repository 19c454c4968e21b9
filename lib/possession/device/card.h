/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_CARD_H
#define DEVICE_CARD_H

#include <sanyoso/device.h>

#include "lib/possession/device/apdu.h"

/*
 * A card whose application is selected and whose key is known, and what can be
 * asked of it. The rules about PINs live here, once for all drivers: the
 * counter is read before, one VERIFY per call, at the reserve nothing is sent.
 * Use from one thread, inside one transaction of PC/SC.
 */
#define CARD_TRIES_UNKNOWN 255

struct card;

/*
 * One application on a card: how to find it, what files and keys it has. A new
 * card of a known family is a new row in its driver's table.
 */
struct card_profile {
	const char *name; /* in places of errors */
	enum sy_slot slot;
	uint8_t aid[16];
	size_t aid_len;
	uint8_t pin_min, pin_max; /* digits; 0 for SY_SLOT_OPEN */
	uint32_t algs;            /* bit 1 << enum sy_key_alg */
	uint32_t cert;            /* file or data object of the certificate */
	uint16_t pin_file;        /* 0: the PIN needs no selection */
	uint16_t key_file;        /* 0: the key is named in the command */
	uint8_t pin_ref;
	uint8_t key_ref;
};

/* A family of cards. All functions answer SY_ERR_CARD and io's errors. */
struct card_driver {
	enum sy_driver id;
	const struct card_profile *profiles;
	size_t profile_count;
	/* SELECT the application: SY_ERR_NOT_FOUND if this card has none. */
	enum sy_err (*select)(struct card *card);
	/* The DER certificate; SY_ERR_KEY_MISSING if there is none. */
	enum sy_err (*read_cert)(struct card *card, struct sy_buf *out);
	/* Make the PIN the target of the next VERIFY. */
	enum sy_err (*select_pin)(struct card *card);
	/* Ask the key for a signature over ${hash}; ${out} gets it if the
	 * status word is SW_OK. */
	enum sy_err (*sign)(struct card *card, const uint8_t *hash, size_t len,
	    struct sy_buf *out, uint16_t *ret_sw);
	/* Digits that this family adds behind a short PIN: 8 and FF, or 0. */
	uint8_t pin_padded;
	/* PINs that makers ship cards with, NULL at the end; or NULL. */
	const char *const *factory_pins;
};

extern const struct card_driver card_driver_jpki;
extern const struct card_driver card_driver_piv;

struct card {
	const struct card_io *io;
	const struct card_driver *driver;
	const struct card_profile *profile;
	enum sy_key_alg alg;
	struct sy_buf *cert;
	const uint8_t *spki; /* view into cert */
	size_t spki_len;
	struct sy_error error; /* where the last failure happened */
};

/*
 * card_open(io, drivers, slot, ret_card):
 * Find an application among ${drivers} (bits 1 << enum sy_driver) that has a
 * key of ${slot}, and read its certificate. No PIN is touched.
 * SY_ERR_CARD_UNKNOWN, KEY_MISSING, CERT, ALGORITHM, CARD, NOMEM, io's errors;
 * ${reterr} says where.
 */
SY_MUST_USE enum sy_err card_open(const struct card_io *io, uint32_t drivers,
    enum sy_slot slot, struct card **ret_card, struct sy_error *reterr);
void card_free(struct card **card);

/* After a reset: select the same application again. */
SY_MUST_USE enum sy_err card_select(struct card *card);

/*
 * Read the counter of tries (no try is used): 0 is blocked,
 * CARD_TRIES_UNKNOWN for SY_SLOT_OPEN. SY_ERR_STATE: the PIN is verified
 * already and hides the counter; reset the card.
 */
SY_MUST_USE enum sy_err card_tries(struct card *card, uint8_t *ret_tries);

/*
 * At enrolment, after a reset: the key must refuse to sign. SY_OK if it does
 * so for want of the PIN; SY_ERR_KEY_OPEN, SY_ERR_KEY_MISSING.
 */
SY_MUST_USE enum sy_err card_check_refuses(struct card *card);

/*
 * Whether ${pin} may be sent at all: SY_ERR_PIN_FORMAT; with ${enroll}
 * SY_ERR_PIN_FACTORY.
 */
SY_MUST_USE enum sy_err card_check_pin(struct card *card,
    const struct sy_secret *pin, bool enroll);

/*
 * card_verify(card, pin, reserve, reterr_tries):
 * Present ${pin}, once. SY_OK means that the card holds verified state, not
 * that anybody is authenticated: the signature must still verify.
 * SY_ERR_PIN_RESERVE: ${reserve} tries or fewer are left and nothing was sent.
 * SY_ERR_PIN_WRONG, SY_ERR_PIN_BLOCKED: sent and refused. Whenever the counter
 * is known afterwards ${reterr_tries} is what remains, else
 * CARD_TRIES_UNKNOWN.
 */
SY_MUST_USE enum sy_err card_verify(struct card *card,
    const struct sy_secret *pin, uint8_t reserve, uint8_t *reterr_tries);

/* Bytes of the hash that the key signs. */
size_t card_hash_size(const struct card *card);

/*
 * Sign ${hash}, whose length must be card_hash_size (SY_ERR_ARG).
 * SY_ERR_CARD if the card refuses or what it answers can't be a signature of
 * this kind of key.
 */
SY_MUST_USE enum sy_err card_sign(struct card *card, const uint8_t *hash,
    size_t len, struct sy_buf *out);

/* --- for drivers --- */

/* Remember where we are: an error names it. Returns ${err}. */
enum sy_err card_failed(struct card *card, enum sy_err err, const char *step,
    uint16_t sw);

/* DigestInfo with SHA-256 (RFC 8017 section 9.2) is this and the hash. */
#define CARD_DIGEST_INFO_SIZE 19
extern const uint8_t card_digest_info_sha256[CARD_DIGEST_INFO_SIZE];

/* Bytes of an RSA signature of this kind of key; 0 for EC. */
size_t card_rsa_size(enum sy_key_alg alg);

#endif /* DEVICE_CARD_H */
