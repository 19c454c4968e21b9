/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_NAME_H
#define DEVICE_NAME_H

#include <stddef.h>

/* A name from a device's own descriptor, of which nothing is sure: cut to
 * ${cap} bytes with its NUL, and clean. */
void device_copy_name(char *out, size_t cap, const char *name);

#endif /* DEVICE_NAME_H */
