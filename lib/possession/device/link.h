/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_LINK_H
#define DEVICE_LINK_H

#include "lib/possession/device/apdu.h"
#include "lib/possession/device/host.h"

/*
 * A connection to the card in one reader, inside a transaction: no other
 * program talks to the card in between. However it ends, the card is reset, so
 * that no verified PIN stays behind.
 */
struct link {
	const struct device_host *host;
	SCARDHANDLE handle;
	DWORD protocol;
	bool in_transaction;
	struct card_io io;
};

/* How long another program may hold the card. */
#define LINK_BUSY_MS 3000
/* How long one call about the connection may take beyond that. */
#define LINK_CALL_MS 5000

/*
 * Connect and begin a transaction. SY_ERR_CARD_BUSY (held by another program
 * for LINK_BUSY_MS), CARD_GONE, CARD_MUTE, CARD_UNKNOWN, READER, PCSC, NOMEM.
 * The link must stay where it is as long as its io is used.
 */
SY_MUST_USE enum sy_err link_open(const struct device_host *host,
    SCARDCONTEXT context, const char *reader, struct link **ret_link);
/* Reset the card; the transaction is begun again, nothing is selected. */
SY_MUST_USE enum sy_err link_reset(struct link *link);
/* End, reset, free; NULL is allowed. */
void link_close(struct link **link);

#endif /* DEVICE_LINK_H */
