/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_FINGERS_H
#define AGENT_FINGERS_H

#include <sanyoso/keydevice.h>

/*
 * The fingers that a key keeps, by the names that people gave them.
 */

/* All names into ${out} of ${size} bytes, cut where they are too long; "" if
 * there is none. */
void fingers_join(const struct sy_keydevice_list *list, char *out, size_t size);
/* The one finger of this name. False: there is none, or more than one. */
SY_MUST_USE bool fingers_find(const struct sy_keydevice_list *list,
    const char *name, struct sy_keydevice_finger *ret);
/* A name that none of them has, for one more. */
void fingers_new_name(const struct sy_keydevice_list *list,
    char out[SY_KEYDEVICE_NAME_SIZE]);

#endif /* AGENT_FINGERS_H */
