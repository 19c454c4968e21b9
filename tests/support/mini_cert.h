/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MINI_CERT_H
#define MINI_CERT_H

#include <sanyoso/key.h>

/*
 * The smallest thing that has the shape of a certificate, around a key that is
 * none: enough for drivers, which only look for the key. ${out} has
 * MINI_CERT_MAX bytes; returns the length.
 */
#define MINI_CERT_MAX 512
size_t mini_cert(enum sy_key_alg alg, uint8_t *out);

#endif /* MINI_CERT_H */
