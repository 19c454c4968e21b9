/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEY_MODELS_H
#define KEY_MODELS_H

#include "tests/support/office.h"

/*
 * Models of keys for tests, each byte of an AAGUID the same: one that takes a
 * PIN, one with a finger besides, and one with nothing but its finger.
 */
#define MODEL_PLAIN        0x11
#define MODEL_PLAIN_TEXT   "11111111-1111-1111-1111-111111111111"
#define MODEL_FINGER       0x22
#define MODEL_FINGER_TEXT  "22222222-2222-2222-2222-222222222222"
#define MODEL_PINLESS      0x33
#define MODEL_PINLESS_TEXT "33333333-3333-3333-3333-333333333333"

/* Put metadata of all of them in force, in the place of others. */
void key_models(struct office *o);
/* The same with one reported as compromised. */
void key_models_compromised(struct office *o, uint8_t model);

#endif /* KEY_MODELS_H */
