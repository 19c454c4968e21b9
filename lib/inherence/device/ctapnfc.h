/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_CTAPNFC_H
#define DEVICE_CTAPNFC_H

#include "lib/inherence/device/channel.h"
#include "lib/possession/device/apdu.h"

/*
 * CTAP in commands of a smart card (CTAP 2.1 section 11.3): a card or NFC key
 * in a reader. A command that was sent can't be called back: the host's guard
 * ends the process where a card does not answer.
 *
 * A channel over ${io}, which must stay. SY_ERR_NOT_FOUND from an INIT: the
 * card has no FIDO application. NOMEM.
 */
SY_MUST_USE enum sy_err ctapnfc_new(const struct device_host *host,
    const struct card_io *io, struct channel **ret_channel);

#endif /* DEVICE_CTAPNFC_H */
