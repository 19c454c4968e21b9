/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_KEYDEVICE_H
#define SY_KEYDEVICE_H

#include <sanyoso/device.h>
#include <sanyoso/fido2.h>

/*
 * The protocol between agent and worker (sanyoso/device.h) where the device is
 * a FIDO2 key, on USB or as a card or NFC key in a reader. One worker does one
 * operation with one key and exits.
 *
 *   agent                           worker
 *   KEY_START -------------------->
 *         <------------------------ KEY_WAITING (again on change)
 *         <------------------------ KEY_FOUND   (what the key says of itself)
 *   then any of these, one at a time:
 *   KEY_ASSERT ------------------->         at login, and at enrolment's end
 *   KEY_MAKE --------------------->         at enrolment
 *   KEY_PIN ---------------------->         set or change the key's PIN
 *   KEY_ENROLL ------------------->         one fingerprint
 *   KEY_FINGERS ------------------>         list fingerprints
 *   KEY_FORGET ------------------->         remove one
 *         <------------------------ KEY_TOUCH   (what the person is to do now;
 *                                                any number of times)
 *         <------------------------ KEY_REFUSED (nothing was done; the key is
 *                                                still there: ask again)
 *         <------------------------ KEY_SIGNED | KEY_MADE | KEY_LIST | DONE
 *   and so on, until the agent closes.
 *         <------------------------ FAILED      -> the worker exits
 *
 * KEY_START names the credentials that count (tasks of a login): a key that
 * holds none of them never gets as far as KEY_FOUND, and so is never sent a
 * PIN; KEY_WAITING says that such a key is in place. Which of them a key holds
 * is found out without the person (an assertion without user presence). Where
 * several keys are in place, those that hold one are asked to blink until one
 * of them is touched. What a key says there it says to the worker, which can't
 * verify it: before a PIN the agent asks for a look, an ASSERT over the
 * server's challenge without the person, which the server verifies.
 *
 * A PIN is sent at most once per KEY_ASSERT, KEY_MAKE, KEY_PIN or
 * KEY_ENROLL, and never to a key at its reserve: KEY_REFUSED with
 * SY_ERR_PIN_RESERVE. (KEY_ENROLL sends it a second time, after the key has
 * taken it, to give the finger its name.) Built-in verification is one try of a
 * finger per KEY_ASSERT. Closing the socket cancels at any moment: the key is
 * told so.
 */
enum sy_keydevice_type {
	SY_KEYDEVICE_START = 0x20,
	SY_KEYDEVICE_ASSERT = 0x21,
	SY_KEYDEVICE_MAKE = 0x22,
	SY_KEYDEVICE_PIN = 0x23,
	SY_KEYDEVICE_ENROLL = 0x24,
	SY_KEYDEVICE_FINGERS = 0x25, /* body: the PIN */
	SY_KEYDEVICE_FORGET = 0x26,
	SY_KEYDEVICE_WAITING = 0xa0,
	SY_KEYDEVICE_FOUND = 0xa1,
	SY_KEYDEVICE_TOUCH = 0xa2,
	SY_KEYDEVICE_REFUSED = 0xa3,
	SY_KEYDEVICE_SIGNED = 0xa4,
	SY_KEYDEVICE_MADE = 0xa5,
	SY_KEYDEVICE_LIST = 0xa6,
};

#define SY_KEYDEVICE_CREDENTIALS 8  /* in one START */
#define SY_KEYDEVICE_PIN_MAX     64 /* bytes, CTAP 2.1 section 6.5.1 (63) */
#define SY_KEYDEVICE_FINGERS_MAX 32
#define SY_KEYDEVICE_NAME_SIZE   64

struct sy_credential_id {
	uint8_t id[SY_FIDO2_CREDENTIAL_MAX];
	uint16_t len;
};

struct sy_keydevice_start {
	bool usb;    /* keys on USB (CTAPHID) */
	bool reader; /* cards and NFC keys in readers (CTAP 2.1 section 11.3) */
	bool enroll; /* any key that holds none of ${credentials}: they are to
			be excluded */
	bool fresh;  /* a card found in a reader does not count: it must be put
			in again. A key on USB counts: it is touched */
	uint8_t reserve; /* never send a PIN at this many tries left or fewer */
	uint32_t wait_ms; /* for the key */
	char rp_id[SY_FIDO2_RP_SIZE];
	/* None, without enroll: a key that knows by itself whom it is for
	 * (discoverable credentials). */
	struct sy_credential_id credentials[SY_KEYDEVICE_CREDENTIALS];
	uint16_t credential_count;
};

struct sy_keydevice_waiting {
	uint16_t keys; /* on USB and in readers */
	bool other;    /* one of them holds none of the credentials (or, to
			  enroll, one of them) */
	bool old_card; /* a card is in place that does not count: take it out */
	bool choose;   /* several fit: touch the one that is meant */
	bool busy;     /* another program has one, and does not let it go */
};

struct sy_keydevice_found {
	bool reader;                       /* else USB */
	char place[SY_DEVICE_READER_SIZE]; /* product or reader's name, clean */
	/* What the key says of itself; nobody signed it. */
	uint8_t aaguid[SY_AAGUID_SIZE];
	uint64_t firmware;  /* 0: not told */
	bool pin_supported; /* can have a PIN */
	bool pin_set;
	bool pin_change_due; /* forcePINChange */
	bool uv_supported;   /* built-in verification, a sensor */
	bool uv_set;         /* a finger is enrolled */
	bool bio_enroll;     /* fingers can be enrolled over the wire */
	bool uvm;            /* extension uvm */
	bool resident;       /* can keep discoverable credentials */
	bool no_pin_tokens;  /* noMcGaPermissionsWithClientPin */
	bool always_uv;
	uint8_t pin_min;     /* code points, 4 if not told */
	uint8_t pin_tries;   /* left; 255: not told */
	uint8_t uv_tries;    /* left; 255: not told */
	uint16_t credential; /* index among those of START; without any: 0 */
};

/* How the key is to verify its user. */
enum sy_key_uv {
	SY_KEY_UV_NONE = 0,     /* presence only */
	SY_KEY_UV_BUILT_IN = 1, /* its sensor; no PIN is sent */
	SY_KEY_UV_PIN = 2,
	/* Not at all, and without a touch: a look (ASSERT alone), by which the
	 * server sees that the key is the right one before it gets a PIN. */
	SY_KEY_UV_LOOK = 3,
	SY_KEY_UV_COUNT = 4,
};

/* ASSERT. */
struct sy_keydevice_assert {
	uint8_t hash[32]; /* SHA-256 of the client data */
	uint8_t uv;       /* enum sy_key_uv */
	/* The credential to use: an index into START's, or the one that was
	 * made here since (SY_KEYDEVICE_CREDENTIALS). */
	uint16_t credential;
	struct sy_secret *pin; /* SY_KEY_UV_PIN; empty: the one that the worker
				  itself made (see PIN) */
};

/* MAKE. */
struct sy_keydevice_make {
	uint8_t hash[32];
	uint8_t uv;
	bool resident;
	uint8_t handle[SY_FIDO2_HANDLE_SIZE]; /* user.id */
	char login[SY_LOGIN_SIZE];            /* user.name */
	char name[SY_NAME_SIZE];              /* user.displayName */
	struct sy_secret *pin;                /* as above */
};

/* PIN: set (${old} empty) or change. */
struct sy_keydevice_pin {
	bool random; /* the worker makes it and tells nobody; later requests of
			this operation use it with an empty PIN */
	struct sy_secret *old;
	struct sy_secret *fresh; /* empty with random */
};

/* ENROLL: one fingerprint, from the first touch to the last. */
struct sy_keydevice_enroll {
	char name[SY_KEYDEVICE_NAME_SIZE];
	struct sy_secret *pin; /* as above */
};

/* FINGERS has a PIN alone, FORGET which one too. */
struct sy_keydevice_forget {
	uint8_t template_id[64];
	uint16_t template_len;
	struct sy_secret *pin;
};

/* What the person is to do now. */
enum sy_key_touch {
	SY_KEY_TOUCH_PRESENCE = 1, /* touch the key */
	SY_KEY_TOUCH_FINGER = 2,   /* place the finger on the sensor */
	SY_KEY_TOUCH_SAMPLE = 3,   /* ENROLL: place it; ${remaining} more */
	SY_KEY_TOUCH_COUNT = 4,
};
/* How the last sample of a finger went (CTAP 2.1 section 6.7.4, table of
 * lastEnrollSampleStatus); GOOD also where there was none. */
enum sy_key_sample {
	SY_KEY_SAMPLE_GOOD = 0,
	SY_KEY_SAMPLE_TOO_HIGH = 1,
	SY_KEY_SAMPLE_TOO_LOW = 2,
	SY_KEY_SAMPLE_TOO_LEFT = 3,
	SY_KEY_SAMPLE_TOO_RIGHT = 4,
	SY_KEY_SAMPLE_TOO_FAST = 5,
	SY_KEY_SAMPLE_TOO_SLOW = 6,
	SY_KEY_SAMPLE_POOR = 7,
	SY_KEY_SAMPLE_SKEWED = 8,
	SY_KEY_SAMPLE_TOO_SHORT = 9,
	SY_KEY_SAMPLE_MERGE = 10,
	SY_KEY_SAMPLE_EXISTS = 11,
	SY_KEY_SAMPLE_NO_ACTIVITY = 13,
	SY_KEY_SAMPLE_NO_LIFT = 14,
	SY_KEY_SAMPLE_COUNT = 15,
};
struct sy_keydevice_touch {
	uint8_t what;      /* enum sy_key_touch */
	uint8_t sample;    /* enum sy_key_sample, SAMPLE only */
	uint8_t remaining; /* SAMPLE only */
};

/*
 * REFUSED. SY_ERR_PIN_WRONG, PIN_BLOCKED, PIN_RESERVE (nothing was sent),
 * PIN_FORMAT (the key's rules; not counted), UV_WRONG, UV_BLOCKED, KEY_REPLUG,
 * KEY_BARE, KEY_UNFIT, EXISTS (excluded, no room, or a PIN is set already),
 * TIMEOUT (not touched), DENIED (the person refused on the key).
 */
struct sy_keydevice_refused {
	uint8_t code;  /* enum sy_err */
	uint8_t tries; /* left of what was tried, 255: not known */
};

/* SIGNED. */
struct sy_keydevice_signed {
	uint8_t uv; /* what was asked for: enum sy_key_uv */
	struct sy_credential_id credential;
	uint8_t handle[SY_FIDO2_HANDLE_MAX]; /* as the key keeps it */
	uint16_t handle_len;                 /* 0: not told */
	uint8_t authdata[SY_FIDO2_AUTHDATA_MAX];
	uint16_t authdata_len;
	uint8_t signature[SY_SIGNATURE_SIZE_MAX];
	uint16_t signature_len;
};

/* MADE. */
struct sy_keydevice_made {
	char format[SY_FIDO2_FORMAT_SIZE];
	uint8_t authdata[SY_FIDO2_AUTHDATA_MAX];
	uint16_t authdata_len;
	uint8_t statement[SY_FIDO2_ATTESTATION_MAX]; /* attStmt, CBOR */
	uint16_t statement_len;
};

/* LIST. */
struct sy_keydevice_finger {
	uint8_t template_id[64];
	uint16_t template_len;
	char name[SY_KEYDEVICE_NAME_SIZE]; /* clean */
};
struct sy_keydevice_list {
	struct sy_keydevice_finger fingers[SY_KEYDEVICE_FINGERS_MAX];
	uint16_t count;
};

/*
 * As in sanyoso/device.h: put makes one whole frame in ${out}, get takes a
 * frame's body apart; ARG, LIMIT, NOMEM; VERSION, PROTOCOL, FORMAT. Frames of
 * the agent that can hold a PIN are made and kept in secrets; get fills
 * secrets of its own into ${ret}: clear it. Thread-safe.
 */
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_start(struct sy_buf *out,
    const struct sy_keydevice_start *start);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_start(
    const struct sy_frame *frame, struct sy_keydevice_start *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_assert(
    const struct sy_keydevice_assert *in, struct sy_secret **ret_frame);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_assert(
    const struct sy_frame *frame, struct sy_keydevice_assert *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_make(
    const struct sy_keydevice_make *in, struct sy_secret **ret_frame);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_make(
    const struct sy_frame *frame, struct sy_keydevice_make *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_pin(
    const struct sy_keydevice_pin *in, struct sy_secret **ret_frame);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_pin(
    const struct sy_frame *frame, struct sy_keydevice_pin *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_enroll(
    const struct sy_keydevice_enroll *in, struct sy_secret **ret_frame);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_enroll(
    const struct sy_frame *frame, struct sy_keydevice_enroll *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_fingers(
    const struct sy_secret *pin, struct sy_secret **ret_frame);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_fingers(
    const struct sy_frame *frame, struct sy_secret **ret_pin);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_forget(
    const struct sy_keydevice_forget *in, struct sy_secret **ret_frame);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_forget(
    const struct sy_frame *frame, struct sy_keydevice_forget *ret);
SY_API void sy_keydevice_assert_clear(struct sy_keydevice_assert *in);
SY_API void sy_keydevice_make_clear(struct sy_keydevice_make *in);
SY_API void sy_keydevice_pin_clear(struct sy_keydevice_pin *in);
SY_API void sy_keydevice_enroll_clear(struct sy_keydevice_enroll *in);
SY_API void sy_keydevice_forget_clear(struct sy_keydevice_forget *in);

SY_API SY_MUST_USE enum sy_err sy_keydevice_put_waiting(struct sy_buf *out,
    const struct sy_keydevice_waiting *waiting);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_waiting(
    const struct sy_frame *frame, struct sy_keydevice_waiting *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_found(struct sy_buf *out,
    const struct sy_keydevice_found *found);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_found(
    const struct sy_frame *frame, struct sy_keydevice_found *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_touch(struct sy_buf *out,
    const struct sy_keydevice_touch *touch);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_touch(
    const struct sy_frame *frame, struct sy_keydevice_touch *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_refused(struct sy_buf *out,
    const struct sy_keydevice_refused *refused);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_refused(
    const struct sy_frame *frame, struct sy_keydevice_refused *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_signed(struct sy_buf *out,
    const struct sy_keydevice_signed *in);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_signed(
    const struct sy_frame *frame, struct sy_keydevice_signed *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_made(struct sy_buf *out,
    const struct sy_keydevice_made *made);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_made(
    const struct sy_frame *frame, struct sy_keydevice_made *ret);
SY_API SY_MUST_USE enum sy_err sy_keydevice_put_list(struct sy_buf *out,
    const struct sy_keydevice_list *list);
SY_API SY_MUST_USE enum sy_err sy_keydevice_get_list(
    const struct sy_frame *frame, struct sy_keydevice_list *ret);

#endif /* SY_KEYDEVICE_H */
