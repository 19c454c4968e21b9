/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_KEYS_H
#define SERVER_AUTH_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include <sanyoso/key.h>

/*
 * Keys of tokens, kept parsed: decoding one costs more than verifying with it.
 * The least recently used is dropped. Loop thread only.
 */
struct keys;
struct keys_entry;

SY_MUST_USE enum sy_err keys_new(size_t max, struct keys **ret_keys);
void keys_free(struct keys **keys);

/*
 * The parsed key of ${token}, whose row holds ${spki}. An entry of another key
 * (the row was changed) is replaced. The key is valid until the next call.
 * Errors of sy_key_from_spki.
 */
SY_MUST_USE enum sy_err keys_get(struct keys *keys, int64_t token,
    const uint8_t *spki, size_t len, const struct sy_key **ret_key);

/* The same, and it is valid until it is released, whatever is dropped or freed
 * meanwhile. */
SY_MUST_USE enum sy_err keys_hold(struct keys *keys, int64_t token,
    const uint8_t *spki, size_t len, struct keys_entry **ret_entry);
const struct sy_key *keys_key(const struct keys_entry *entry);
/* NULL inside is allowed. */
void keys_release(struct keys_entry **entry);

#endif /* SERVER_AUTH_KEYS_H */
