/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEY_KINDS_H
#define KEY_KINDS_H

#include "tests/vkey/key.h"

/* Kinds of keys, for tables: each makes of a usual one (a PIN, finger 1) ... */
typedef void key_kind(struct vk_key *key);

key_kind kind_usual;          /* ... the same */
key_kind kind_pinless;        /* that has no PIN set */
key_kind kind_without_pins;   /* that can't have one */
key_kind kind_fingerless;     /* that knows no finger */
key_kind kind_without_sensor; /* that can't know one */
key_kind kind_bare;           /* without PIN and finger */
key_kind kind_finger_only;    /* that takes no PIN for a credential */
key_kind kind_spent;          /* with a single try of its PIN left */
key_kind kind_blocked;        /* with none */
key_kind kind_preview;        /* with the preview's command for fingers alone */
key_kind kind_final;          /* with the final one alone */
key_kind kind_old;            /* of CTAP 2.0 */

#endif /* KEY_KINDS_H */
