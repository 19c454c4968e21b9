/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSERTED_H
#define INSERTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A virtual card, PIV or FIDO2, for tests that include the product's headers,
 * whose names for status words are the card's too. Anything that fails ends the
 * test.
 */
struct inserted;

/* ${mgmt}: "3des", "aes128", "aes192", "aes256", with the makers' key; PIN
 * 123456, PUK 12345678, no keys. */
struct inserted *inserted_new(const char *mgmt);
/* A FIDO2 key that is a card, with this PIN. */
struct inserted *inserted_new_key(const char *pin);
/* NULL is allowed. */
void inserted_free(struct inserted **inserted);
/* It takes no management key but a 3DES one. */
void inserted_make_old(struct inserted *inserted);
/* The keys that it makes sign without PIN. */
void inserted_make_open(struct inserted *inserted);
/* Give it another PUK. */
void inserted_set_puk(struct inserted *inserted, const char *puk);
/* So many of its tries are left. */
void inserted_set_puk_tries(struct inserted *inserted, unsigned int left);
void inserted_power(struct inserted *inserted);
size_t inserted_transmit(struct inserted *inserted, const uint8_t *command,
    size_t len, uint8_t *reply, size_t cap);
unsigned int inserted_pin_tries(const struct inserted *inserted);
unsigned int inserted_puk_tries(const struct inserted *inserted);
bool inserted_has_pin(const struct inserted *inserted, const char *pin);
bool inserted_has_puk(const struct inserted *inserted, const char *puk);
bool inserted_has_management(const struct inserted *inserted, uint8_t alg,
    const uint8_t *key, size_t len);
unsigned long inserted_verifies(const struct inserted *inserted);
/* The commands that arrived. */
unsigned long inserted_commands(const struct inserted *inserted);

#endif /* INSERTED_H */
