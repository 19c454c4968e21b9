/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEY_LAB_H
#define KEY_LAB_H

#include "lib/inherence/device/key.h"
#include "tests/support/fake_pcsc.h"
#include "tests/support/inserted.h"
#include "tests/support/live_key.h"

/*
 * A place for the prover's half of FIDO2: up to three live keys as hidraw0 to
 * hidraw2, with libfido2 and our channel before them, in the world of
 * fake_pcsc.h, whose clock and agent they share. It takes the place of
 * hidraw.c. Time goes by when somebody has waited in vain.
 */
#define LAB_KEYS 3
#define LAB_RP   "city.example"
#define LAB_PIN  "135790"

struct key_lab {
	struct fake fake; /* first: what the host's functions are given */
	struct device_host world; /* its own functions */
	struct live_key key[LAB_KEYS];
	size_t count;
	/* The agent leaves when it is looked for the N-th time. */
	unsigned int leaves_at, looks;
	/* What opening hidrawN comes to, as often as this. */
	enum sy_err refusal[LAB_KEYS];
	unsigned int refusals[LAB_KEYS];
	unsigned int opens[LAB_KEYS];
	struct inserted *card;
	/* Credentials of the keys; none yet. */
	struct sy_keydevice_start start;
};

void lab_begin(struct key_lab *lab);
/* Everything that was opened is closed. Nothing, if it has not begun. */
void lab_end(struct key_lab *lab);

/* One more key, plugged in: as ${recipe} says, or with ${LAB_PIN} and finger
 * 1. */
struct live_key *lab_add(struct key_lab *lab, const struct vk_recipe *recipe);
struct live_key *lab_add_usual(struct key_lab *lab);

/* A key that is a card, with ${LAB_PIN}, in the reader. */
void lab_add_card(struct key_lab *lab);

/* Open the first key as the worker does. */
SY_MUST_USE enum sy_err lab_open(struct key_lab *lab, struct key **ret_key);
/* The same, which must succeed. */
struct key *lab_opened(struct key_lab *lab);

/* A PIN as it comes from the agent; NULL: none. */
struct sy_secret *lab_secret(const char *text);
/* Make a credential on ${key}, and have START name it. */
void lab_enrol(struct key_lab *lab, struct key *key, bool resident);
/* The same, on a key that is not open. */
void lab_enrol_on(struct key_lab *lab, size_t which);
/* Whether ${out} is signed over ${hash} by the credential that it names. */
bool lab_is_signed(const struct live_key *live,
    const struct sy_keydevice_signed *out, const uint8_t hash[32]);

/* For fake_at: the first key goes, and comes. */
void lab_pull(struct fake *fake);
void lab_plug(struct fake *fake);

#endif /* KEY_LAB_H */
