/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_PIV_ADMIN_H
#define DEVICE_PIV_ADMIN_H

#include "lib/possession/device/card.h"
#include "lib/possession/device/piv_cipher.h"

/*
 * What a card office does to a PIV card (SP 800-73-5 part 2, section 3.3): open
 * it with its management key, give it an identifier, a key of its own making
 * and the certificate for it, set its PIN and PUK. Every function is one step
 * of a personalisation; what the card refused is named in card->error.
 */

/*
 * Select the PIV application of a card that need not hold a key or certificate
 * yet. SY_ERR_CARD_UNKNOWN if it has none; NOMEM, io's errors.
 */
SY_MUST_USE enum sy_err piv_open_blank(const struct card_io *io,
    struct card **ret_card, struct sy_error *reterr);

/*
 * The GUID in the card's CHUID (part 1, section 3.1.2), by which a card that we
 * personalised is known. SY_ERR_NOT_FOUND: it has none, or one of zeros.
 */
SY_MUST_USE enum sy_err piv_read_guid(struct card *card,
    uint8_t ret_guid[SY_DEVICE_GUID_SIZE]);

/*
 * Mutual authentication with the management key (part 2, appendix A.1): the
 * card proves that it knows ${key} too. Which of the ciphers the card uses is
 * found out; ${key} has the SY_DEVICE_MANAGEMENT_SIZE bytes of the longest.
 * SY_ERR_DENIED: it is another key. There is no counter of tries.
 */
SY_MUST_USE enum sy_err piv_admin_open(struct card *card,
    const struct sy_secret *key, enum piv_cipher *ret_cipher);
/* The same with the key that makers deliver cards with. */
SY_MUST_USE enum sy_err piv_admin_open_factory(struct card *card,
    enum piv_cipher *ret_cipher);

/* --- after piv_admin_open, until the card is reset --- */

/*
 * Set a new management key by the makers' command (FF, P1 FF P2 FF): for
 * AES-256, or for ${present} if the card does not know that. SY_ERR_CARD.
 */
SY_MUST_USE enum sy_err piv_admin_set_key(struct card *card,
    const struct sy_secret *key, enum piv_cipher present);
/* Write a CHUID with this GUID. */
SY_MUST_USE enum sy_err piv_put_guid(struct card *card,
    const uint8_t guid[SY_DEVICE_GUID_SIZE]);
/*
 * Have the card make a key in 9A: P-256 or RSA-2048 (SY_ERR_ARG). ${out} gets
 * its SubjectPublicKeyInfo; the card signs with the new key from then on.
 */
SY_MUST_USE enum sy_err piv_generate(struct card *card, enum sy_key_alg alg,
    struct sy_buf *out);
/* Write the certificate of 9A, and make sure that it reads back as written. */
SY_MUST_USE enum sy_err piv_put_cert(struct card *card, const uint8_t *cert,
    size_t len);

/* --- PIN and PUK --- */

/*
 * CHANGE REFERENCE DATA, sent once. SY_ERR_PIN_WRONG, SY_ERR_PIN_BLOCKED:
 * refused, ${reterr_tries} as card_verify has it.
 */
SY_MUST_USE enum sy_err piv_change_puk(struct card *card,
    const struct sy_secret *old, const struct sy_secret *new,
    uint8_t *reterr_tries);
/* The same for the PIN; SY_ERR_PIN_RESERVE: nothing was sent. */
SY_MUST_USE enum sy_err piv_change_pin(struct card *card,
    const struct sy_secret *old, const struct sy_secret *new, uint8_t reserve,
    uint8_t *reterr_tries);
/* RESET RETRY COUNTER: a new PIN by the PUK, all tries given back. Errors as
 * piv_change_puk, of the PUK. */
SY_MUST_USE enum sy_err piv_reset_pin(struct card *card,
    const struct sy_secret *puk, const struct sy_secret *pin,
    uint8_t *reterr_tries);

#endif /* DEVICE_PIV_ADMIN_H */
