/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/possession/device/winscard.h"

const struct winscard winscard_pcsclite = {
	.establish_context = SCardEstablishContext,
	.release_context = SCardReleaseContext,
	.list_readers = SCardListReaders,
	.get_status_change = SCardGetStatusChange,
	.connect = SCardConnect,
	.reconnect = SCardReconnect,
	.disconnect = SCardDisconnect,
	.begin_transaction = SCardBeginTransaction,
	.end_transaction = SCardEndTransaction,
	.transmit = SCardTransmit,
};
