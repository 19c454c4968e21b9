/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_SPKI_H
#define DEVICE_SPKI_H

#include <sanyoso/key.h>

/*
 * Just enough DER to find the public key in a card's certificate and to know
 * its kind. Nothing else of the certificate is looked at here: the server
 * judges it.
 */

/*
 * The SubjectPublicKeyInfo of a certificate (RFC 5280 section 4.1), a view
 * into ${cert}. SY_ERR_CERT if it is not exactly one DER certificate.
 */
SY_MUST_USE enum sy_err spki_of_cert(const uint8_t *cert, size_t len,
    const uint8_t **ret_spki, size_t *ret_len);

/* The kind of key. SY_ERR_ALGORITHM if it is none that we accept. */
SY_MUST_USE enum sy_err spki_alg(const uint8_t *spki, size_t len,
    enum sy_key_alg *ret_alg);

#endif /* DEVICE_SPKI_H */
