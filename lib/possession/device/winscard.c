/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "lib/possession/device/winscard.h"

/*
 * A stale socket of a killed pcscd answers NO_ACCESS, a daemon that dies while
 * we talk COMM_ERROR, a restarted one knows our handles no more. A card that
 * goes in mid-command shows as NOT_TRANSACTED or COMM_DATA_LOST.
 */
static const struct {
	LONG rv;
	enum sy_err err;
} table[] = {
	{ SCARD_S_SUCCESS, SY_OK },
	{ SCARD_E_NO_SERVICE, SY_ERR_PCSC },
	{ SCARD_E_SERVICE_STOPPED, SY_ERR_PCSC },
	{ SCARD_E_NO_ACCESS, SY_ERR_PCSC },
	{ SCARD_E_INVALID_HANDLE, SY_ERR_PCSC },
	{ SCARD_F_COMM_ERROR, SY_ERR_PCSC },
	{ SCARD_F_INTERNAL_ERROR, SY_ERR_PCSC },
	{ SCARD_W_SECURITY_VIOLATION, SY_ERR_PCSC },
	{ SCARD_E_NO_MEMORY, SY_ERR_NOMEM },
	{ SCARD_E_TIMEOUT, SY_ERR_TIMEOUT },
	{ SCARD_E_CANCELLED, SY_ERR_CANCELLED },
	{ SCARD_E_SHARING_VIOLATION, SY_ERR_CARD_BUSY },
	{ SCARD_W_REMOVED_CARD, SY_ERR_CARD_GONE },
	{ SCARD_W_RESET_CARD, SY_ERR_CARD_GONE },
	{ SCARD_W_UNPOWERED_CARD, SY_ERR_CARD_GONE },
	{ SCARD_E_NO_SMARTCARD, SY_ERR_CARD_GONE },
	{ SCARD_E_NOT_TRANSACTED, SY_ERR_CARD_GONE },
	{ SCARD_E_COMM_DATA_LOST, SY_ERR_CARD_GONE },
	{ SCARD_W_UNRESPONSIVE_CARD, SY_ERR_CARD_MUTE },
	{ SCARD_W_UNSUPPORTED_CARD, SY_ERR_CARD_UNKNOWN },
	{ SCARD_E_CARD_UNSUPPORTED, SY_ERR_CARD_UNKNOWN },
	{ SCARD_E_PROTO_MISMATCH, SY_ERR_CARD_UNKNOWN },
	{ SCARD_E_INSUFFICIENT_BUFFER, SY_ERR_CARD },
};

enum sy_err
winscard_err(LONG rv)
{
	for (size_t i = 0; i < SY_COUNT(table); i++) {
		if (table[i].rv == rv)
			return table[i].err;
	}
	return SY_ERR_READER;
}
