/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VCARD_DRIVE_H
#define VCARD_DRIVE_H

#include "tests/support/unit.h"
#include "tests/vcard/create.h"
#include "tests/vcard/key.h"

/* For the units of the virtual card: make cards, play commands on them. */

/* One command and what must come back. */
struct step {
	const char *what;
	const char *command; /* hexadecimal; NULL = power off and on */
	uint16_t sw;
	const char *data; /* the whole data in hexadecimal, NULL = any */
};

/* The smallest cards: what a test does not say is the default. */
struct vc_recipe drive_recipe(struct vc_card *card);
/* A card in memory, personalised under a fresh CA, powered. */
struct vc_card *drive_card(enum vc_type type, enum vc_proto proto);
void drive_create(const struct vc_recipe *recipe);

/* Send ${hex}; the data is in ${reply} (without SW), the SW comes back. */
uint16_t drive(struct vc_card *card, const char *hex, struct vc_bytes *reply);
uint16_t drive_raw(struct vc_card *card, const uint8_t *p, size_t len,
    struct vc_bytes *reply);
/* The same, then GET RESPONSE until nothing is left. */
uint16_t drive_all(struct vc_card *card, const char *hex,
    struct vc_bytes *reply);
/* Play steps and assert each. */
void drive_steps(struct vc_card *card, const struct step *steps, size_t n);

#define DRIVE(card, steps) drive_steps((card), (steps), SY_COUNT(steps))

/* True if ${sig} is ${key}'s over the SHA-256 ${hash}. */
bool drive_signature_ok(EVP_PKEY *key, const uint8_t *sig, size_t siglen,
    const uint8_t *hash, size_t hashlen);

#endif /* VCARD_DRIVE_H */
