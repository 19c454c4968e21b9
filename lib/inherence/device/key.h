/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_KEY_H
#define DEVICE_KEY_H

#include <sanyoso/keydevice.h>

#include "lib/inherence/device/channel.h"

/*
 * One FIDO2 key, opened: what it says of itself, what it holds, and what can be
 * asked of it. Below are libfido2 and a channel. One thread.
 */
struct key {
	struct channel *channel; /* owned */
	fido_dev_t *dev;
	struct sy_keydevice_found found;
	uint64_t list_max; /* credentials in one command; 0: not told */
	uint64_t id_max;   /* bytes of a credential id; 0: not told */
	bool min_pin;      /* extension minPinLength */
	bool es256;        /* can make one */
	/* The credential that was made here. */
	struct sy_credential_id made;
	/* The PIN that was made here; NULL: none. */
	struct sy_secret *own_pin;
};

/* How long a key may take that waits for nobody, and one that does. */
#define KEY_CALL_MS       6000
#define KEY_PERSON_MS     40000
#define KEY_TRIES_UNKNOWN 255

/*
 * Open the key behind ${channel}, which it owns from here on, also where it
 * fails. ${place} is what to call it. KEY_UNFIT (no CTAP2), NOT_FOUND (a card
 * without FIDO), the channel's errors.
 */
SY_MUST_USE enum sy_err key_open(struct channel *channel, const char *place,
    bool reader, struct key **ret_key);
void key_free(struct key **key);
/* Open it once more, and read anew what it says of itself: its PIN or fingers
 * have changed. */
SY_MUST_USE enum sy_err key_refresh(struct key *key);

/* Begin a call to libfido2 that must be over in ${ms}. */
void key_begin(struct key *key, unsigned int ms);
/* What libfido2's result means after that: SY_OK or why not. */
SY_MUST_USE enum sy_err key_result(const struct key *key, int result);
/* Whether the key has refused, and can be asked again: KEY_REFUSED. */
bool key_is_refusal(enum sy_err err);

/* Whether an id is not longer than the key's own are. */
bool key_takes_id(const struct key *key, const struct sy_credential_id *id);
/*
 * Which of ${start}'s credentials the key holds, asked without the person.
 * SY_ERR_NOT_FOUND: none.
 */
SY_MUST_USE enum sy_err key_look(struct key *key,
    const struct sy_keydevice_start *start, uint16_t *ret_index);

/* --- PINs (keypin.c) --- */

/* Tries left, read from the key; KEY_TRIES_UNKNOWN where it does not tell. */
uint8_t key_pin_tries(struct key *key);
uint8_t key_uv_tries(struct key *key);

/*
 * Make ready to send ${pin} (empty: the key's own_pin) as ${*ret_text}, with a
 * NUL, valid as long as ${*ret_copy}. Nothing is sent where it returns
 * something else than SY_OK: KEY_BARE (no PIN is set), PIN_FORMAT, PIN_BLOCKED,
 * PIN_RESERVE, CARD (the key does not say how many tries are left), NOMEM, the
 * channel's errors. ${reterr_tries}: left.
 */
SY_MUST_USE enum sy_err key_pin_ready(struct key *key,
    const struct sy_secret *pin, uint8_t reserve, struct sy_secret **ret_copy,
    const char **ret_text, uint8_t *reterr_tries);

/* PIN: set or change it. ${reterr_tries} as above. */
SY_MUST_USE enum sy_err key_set_pin(struct key *key,
    const struct sy_keydevice_pin *in, uint8_t reserve, uint8_t *reterr_tries);

/* --- credentials (keyuse.c) --- */

/* A request's error has the tries that are left of what was tried. */
SY_MUST_USE enum sy_err key_assert(struct key *key,
    const struct sy_keydevice_start *start,
    const struct sy_keydevice_assert *in, struct sy_keydevice_signed *ret,
    uint8_t *reterr_tries);
SY_MUST_USE enum sy_err key_make(struct key *key,
    const struct sy_keydevice_start *start, const struct sy_keydevice_make *in,
    struct sy_keydevice_made *ret, uint8_t *reterr_tries);
/* Which tries an error is about, and how many are left; PIN_WRONG at none left
 * is PIN_BLOCKED. */
SY_MUST_USE enum sy_err key_count_tries(struct key *key, enum sy_err err,
    uint8_t *reterr_tries);

/* --- fingers (keybio.c) --- */

/* Called before each sample. An error ends the enrolment. */
typedef enum sy_err key_sample_fn(void *arg, uint8_t sample, uint8_t remaining);
SY_MUST_USE enum sy_err key_enroll(struct key *key,
    const struct sy_keydevice_enroll *in, uint8_t reserve,
    key_sample_fn *on_sample, void *arg, uint8_t *reterr_tries);
SY_MUST_USE enum sy_err key_fingers(struct key *key,
    const struct sy_secret *pin, uint8_t reserve, struct sy_keydevice_list *ret,
    uint8_t *reterr_tries);
SY_MUST_USE enum sy_err key_forget(struct key *key,
    const struct sy_keydevice_forget *in, uint8_t reserve,
    uint8_t *reterr_tries);

#endif /* DEVICE_KEY_H */
