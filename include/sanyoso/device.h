/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_DEVICE_H
#define SY_DEVICE_H

#include <sanyoso/frame.h>
#include <sanyoso/key.h>
#include <sanyoso/secret.h>
#include <sanyoso/text.h>

/*
 * The protocol between the agent and a worker, on a socketpair (the worker's
 * end is file descriptor 3). One worker does one operation and exits. The
 * agent opens with START; the worker reports what happens; after CARD the
 * agent sends SIGN (each SIGN is at most one VERIFY) or closes. Closing the
 * socket ends the worker at any moment.
 *
 *   agent                           worker
 *   START ------------------------>
 *         <------------------------ WAITING  (no card yet; again on change)
 *         <------------------------ CARD     (key, tries; nothing sent yet)
 *   SIGN(hash, PIN) -------------->
 *         <------------------------ PIN_WRONG (left)  -> SIGN again
 *         <------------------------ PIN_FORMAT        -> SIGN again
 *         <------------------------ SIGNATURE         -> the worker exits
 *         <------------------------ FAILED   (reason) -> the worker exits
 *   FAILED with SY_ERR_CARD_GONE may come at any moment after CARD.
 *
 * Two other tasks of START change a card that is ours. PERSONALISE takes a card
 * without looking at its key, and PIN_UNBLOCK one whatever its tries; neither
 * has looked at a PIN when it reports the card. PIN_CHANGE has the card check
 * the old PIN, counted as a SIGN is.
 *
 *   START (PERSONALISE) ----------->
 *         <------------------------ BLANK    (a PIV card, its GUID)
 *   PREPARE ----------------------->         new secrets, PIN, a key is made
 *         <------------------------ KEY      (public key, signature)
 *   STORE ------------------------->         its certificate
 *         <------------------------ DONE              -> the worker exits
 *
 *   START (PIN_UNBLOCK) ----------->
 *         <------------------------ CARD
 *   PREPARE ----------------------->         new PUK, PIN
 *         <------------------------ KEY               -> the worker exits
 *
 *   START (PIN_CHANGE) ------------>
 *         <------------------------ CARD
 *   CHANGE(old, new) -------------->
 *         <------------------------ PIN_WRONG (left)  -> CHANGE again
 *         <------------------------ PIN_FORMAT        -> CHANGE again
 *         <------------------------ DONE              -> the worker exits
 *
 * PIN_FORMAT: this card takes no such PIN (JPKI: four digits, PIV: six to
 * eight); it was not sent. A card found at its reserve or blocked never gets as
 * far as CARD: FAILED says so. FAILED with SY_FAILURE_CREDENTIAL: the card
 * refused the PIN of the last SIGN and takes no more.
 */
#define SY_DEVICE_VERSION     1
#define SY_DEVICE_PIN_MAX     16
#define SY_DEVICE_READER_SIZE 128
#define SY_DEVICE_FRAME_MAX   (24 * 1024)

enum sy_device_type {
	SY_DEVICE_START = 0x01,
	SY_DEVICE_SIGN = 0x02,
	SY_DEVICE_PREPARE = 0x03,
	SY_DEVICE_STORE = 0x04,
	SY_DEVICE_CHANGE = 0x05,
	SY_DEVICE_WAITING = 0x81,
	SY_DEVICE_CARD = 0x82,
	SY_DEVICE_PIN_WRONG = 0x83,
	SY_DEVICE_SIGNATURE = 0x84,
	SY_DEVICE_PIN_FORMAT = 0x85,
	SY_DEVICE_BLANK = 0x86,
	SY_DEVICE_KEY = 0x87,
	SY_DEVICE_DONE = 0x88,
	SY_DEVICE_FAILED = 0x8f,
};

/* Card applications we can drive. Stored with tokens: append only. */
enum sy_driver {
	SY_DRIVER_NONE = 0,
	SY_DRIVER_JPKI = 1, /* user-authentication key of a My Number card */
	SY_DRIVER_PIV = 2,  /* NIST SP 800-73-5 */
	SY_DRIVER_COUNT = 3,
	/* A FIDO2 key (sanyoso/keydevice.h): a token's, never a card's. It has
	 * a name, but sy_driver_by_name knows the card applications alone. */
	SY_DRIVER_FIDO2 = 16,
};
SY_API const char *sy_driver_name(enum sy_driver driver);
SY_API bool sy_driver_by_name(const char *name, enum sy_driver *ret);

/* Keys on a card. */
enum sy_slot {
	SY_SLOT_PIN = 1,  /* used after the PIN: JPKI, PIV 9A */
	SY_SLOT_OPEN = 2, /* used without: PIV 9E */
};

/* What is done with the card. */
enum sy_task {
	SY_TASK_SIGN = 0,
	SY_TASK_PERSONALISE = 1,
	SY_TASK_PIN_CHANGE = 2,
	SY_TASK_PIN_UNBLOCK = 3,
	SY_TASK_COUNT = 4,
};
/* "sign", "personalise", "pin-change", "pin-unblock". */
SY_API const char *sy_task_name(enum sy_task task);
SY_API bool sy_task_by_name(const char *name, enum sy_task *ret);

struct sy_device_start {
	uint32_t drivers; /* bit 1 << enum sy_driver */
	uint8_t slot;     /* enum sy_slot */
	bool fresh;       /* a card found in place does not count: it must be
			     put in (again) after WAITING was sent */
	bool enroll;      /* send the certificate too, and before SIGN's PIN
			     make sure that the key refuses to sign without it */
	uint8_t reserve; /* never send a PIN at this many tries left or fewer */
	uint32_t wait_ms; /* for the card */
	uint8_t task;     /* enum sy_task; others than SIGN: PIV, SY_SLOT_PIN */
};

struct sy_device_waiting {
	uint16_t readers;
	bool old_card; /* a card is in place that does not count: take it out */
};

struct sy_device_card {
	uint8_t driver;
	uint8_t slot;
	uint8_t tries; /* left; 255: the card does not tell */
	char reader[SY_DEVICE_READER_SIZE];
	uint8_t spki[SY_SPKI_SIZE_MAX];
	uint16_t spki_len;
	uint8_t cert[SY_CERT_SIZE_MAX]; /* at enrolment only */
	uint16_t cert_len;
};

/* How a card that we personalise is known, and its secrets. */
#define SY_DEVICE_GUID_SIZE       16
#define SY_DEVICE_MANAGEMENT_SIZE 32
#define SY_DEVICE_PUK_SIZE        8

struct sy_device_blank {
	char reader[SY_DEVICE_READER_SIZE];
	uint8_t guid[SY_DEVICE_GUID_SIZE];
	uint16_t guid_len; /* 0: it has none */
};

/*
 * What becomes of the card. It may have the secrets of before already, or still
 * the former ones: a card can be pulled out at any moment.
 */
struct sy_device_prepare {
	uint8_t alg; /* enum sy_key_alg of the key to be made: P-256, RSA-2048;
			SY_KEY_NONE: none is (PIN_UNBLOCK) */
	uint8_t guid[SY_DEVICE_GUID_SIZE]; /* with a key */
	uint16_t guid_len;
	uint8_t hash[SY_HASH_SIZE_MAX]; /* to be signed in the end */
	uint16_t hash_len;
	/* With a key. Empty former ones: those of the maker. */
	struct sy_secret *management;
	struct sy_secret *former_management;
	struct sy_secret *puk;
	struct sy_secret *former_puk;
	struct sy_secret *pin; /* as typed */
};
/* Wipe and free the secrets. */
SY_API void sy_device_prepare_clear(struct sy_device_prepare *prepare);

struct sy_device_key {
	uint8_t spki[SY_SPKI_SIZE_MAX];
	uint16_t spki_len; /* 0: none was made */
	uint8_t signature[SY_SIGNATURE_SIZE_MAX];
	uint16_t signature_len;
};

struct sy_device_failed {
	uint8_t kind;  /* enum sy_failure */
	uint8_t code;  /* enum sy_err */
	uint8_t tries; /* left, where known, or 255 */
	char place[SY_DEVICE_READER_SIZE];
};

/* Three kinds of failure stay apart from the worker to the log. */
enum sy_failure {
	SY_FAILURE_CREDENTIAL = 1,
	SY_FAILURE_DEVICE = 2,
	SY_FAILURE_AUTHORITY = 3,
};
SY_API const char *sy_failure_name(enum sy_failure failure);

/*
 * Each put makes one whole frame in ${out} (which is reset): SY_ERR_ARG (a
 * value out of its range, a text not clean), LIMIT, NOMEM. Each get takes the
 * frame's body apart: SY_ERR_VERSION, SY_ERR_PROTOCOL (another type of frame),
 * SY_ERR_FORMAT (malformed, cut, padded, out of range); ${ret} is written on
 * success only. Thread-safe.
 */
SY_API SY_MUST_USE enum sy_err sy_device_put_start(struct sy_buf *out,
    const struct sy_device_start *start);
SY_API SY_MUST_USE enum sy_err sy_device_get_start(const struct sy_frame *frame,
    struct sy_device_start *ret);
SY_API SY_MUST_USE enum sy_err sy_device_put_waiting(struct sy_buf *out,
    const struct sy_device_waiting *waiting);
SY_API SY_MUST_USE enum sy_err sy_device_get_waiting(
    const struct sy_frame *frame, struct sy_device_waiting *ret);
SY_API SY_MUST_USE enum sy_err sy_device_put_card(struct sy_buf *out,
    const struct sy_device_card *card);
SY_API SY_MUST_USE enum sy_err sy_device_get_card(const struct sy_frame *frame,
    struct sy_device_card *ret);
/* PIN_WRONG: tries left, 1 or more. */
SY_API SY_MUST_USE enum sy_err sy_device_put_pin_wrong(struct sy_buf *out,
    uint8_t left);
SY_API SY_MUST_USE enum sy_err sy_device_get_pin_wrong(
    const struct sy_frame *frame, uint8_t *ret_left);
/* PIN_FORMAT: how many digits the card's PIN has, 1 or more and in order. */
SY_API SY_MUST_USE enum sy_err sy_device_put_pin_format(struct sy_buf *out,
    uint8_t min, uint8_t max);
SY_API SY_MUST_USE enum sy_err sy_device_get_pin_format(
    const struct sy_frame *frame, uint8_t *ret_min, uint8_t *ret_max);
SY_API SY_MUST_USE enum sy_err sy_device_put_signature(struct sy_buf *out,
    const uint8_t *sig, size_t len);
/* A view into the frame. */
SY_API SY_MUST_USE enum sy_err sy_device_get_signature(
    const struct sy_frame *frame, const uint8_t **ret_sig, size_t *ret_len);
SY_API SY_MUST_USE enum sy_err sy_device_put_failed(struct sy_buf *out,
    const struct sy_device_failed *failed);
SY_API SY_MUST_USE enum sy_err sy_device_get_failed(
    const struct sy_frame *frame, struct sy_device_failed *ret);
/*
 * SIGN: the hash to sign and the PIN (NULL or empty for SY_SLOT_OPEN), in a
 * secret. The secret to get into must be new and hold SY_DEVICE_PIN_MAX bytes;
 * wipe the frame's buffer afterwards.
 */
SY_API SY_MUST_USE enum sy_err sy_device_put_sign(const uint8_t *hash,
    size_t hash_len, const struct sy_secret *pin, struct sy_secret **ret_frame);
SY_API SY_MUST_USE enum sy_err sy_device_get_sign(const struct sy_frame *frame,
    uint8_t hash[SY_HASH_SIZE_MAX], size_t *ret_hash_len,
    struct sy_secret *ret_pin);

/* --- the card office --- */

SY_API SY_MUST_USE enum sy_err sy_device_put_blank(struct sy_buf *out,
    const struct sy_device_blank *blank);
SY_API SY_MUST_USE enum sy_err sy_device_get_blank(const struct sy_frame *frame,
    struct sy_device_blank *ret);
SY_API SY_MUST_USE enum sy_err sy_device_put_key(struct sy_buf *out,
    const struct sy_device_key *key);
SY_API SY_MUST_USE enum sy_err sy_device_get_key(const struct sy_frame *frame,
    struct sy_device_key *ret);
/* STORE: one certificate, a view into the frame. */
SY_API SY_MUST_USE enum sy_err sy_device_put_store(struct sy_buf *out,
    const uint8_t *cert, size_t len);
SY_API SY_MUST_USE enum sy_err sy_device_get_store(const struct sy_frame *frame,
    const uint8_t **ret_cert, size_t *ret_len);
/* DONE: empty. */
SY_API SY_MUST_USE enum sy_err sy_device_put_done(struct sy_buf *out);
SY_API SY_MUST_USE enum sy_err sy_device_get_done(const struct sy_frame *frame);
/*
 * PREPARE and CHANGE hold secrets, so they are made and kept in them. NULL
 * secrets are put as empty ones. ${ret} of get_prepare gets secrets of its own:
 * clear it. Those of get_change must be new and hold SY_DEVICE_PIN_MAX bytes.
 */
SY_API SY_MUST_USE enum sy_err sy_device_put_prepare(
    const struct sy_device_prepare *prepare, struct sy_secret **ret_frame);
SY_API SY_MUST_USE enum sy_err sy_device_get_prepare(
    const struct sy_frame *frame, struct sy_device_prepare *ret);
SY_API SY_MUST_USE enum sy_err sy_device_put_change(const struct sy_secret *old,
    const struct sy_secret *fresh, struct sy_secret **ret_frame);
SY_API SY_MUST_USE enum sy_err sy_device_get_change(
    const struct sy_frame *frame, struct sy_secret *ret_old,
    struct sy_secret *ret_fresh);

#endif /* SY_DEVICE_H */
