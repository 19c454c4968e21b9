/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_UVM_H
#define DEVICE_UVM_H

#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/*
 * Add the extension {"uvm": true} (WebAuthn Level 2 section 10.3) to an
 * authenticatorGetAssertion (CTAP 2.1 section 6.2.1: parameter 04), which
 * libfido2 can't ask for. pinUvAuthParam covers the client data hash alone, so
 * that a token's signature stays good. SY_ERR_FORMAT: it is none, or has
 * extensions already; SY_ERR_LIMIT: does not fit ${cap}.
 */
SY_MUST_USE enum sy_err uvm_insert(const uint8_t *message, size_t len,
    uint8_t *out, size_t cap, size_t *ret_len);

#endif /* DEVICE_UVM_H */
