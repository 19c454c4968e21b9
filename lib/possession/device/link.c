/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/possession/device/link.h"

#define PROTOCOLS    (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
#define BUSY_STEP_MS 50

static enum sy_err
link_transmit(void *arg, const uint8_t *command, size_t len, uint8_t *reply,
    size_t cap, size_t *ret_len)
{
	struct link *link = arg;
	const SCARD_IO_REQUEST *pci =
	    link->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
	DWORD n = (DWORD)cap;
	enum sy_err err;

	err = winscard_err(link->host->sc->transmit(link->handle, pci, command,
	    (DWORD)len, NULL, reply, &n));
	if (err != SY_OK)
		return err;
	if (n > cap)
		return SY_ERR_CARD;
	*ret_len = (size_t)n;
	return SY_OK;
}

static enum sy_err
begin(struct link *link)
{
	LONG rv;

	/* Blocks for as long as another program's transaction lasts. */
	link->host->guard(link->host->arg, LINK_BUSY_MS, SY_ERR_CARD_BUSY);
	rv = link->host->sc->begin_transaction(link->handle);
	link->in_transaction = rv == SCARD_S_SUCCESS;
	return winscard_err(rv);
}

/* Another program may have it for itself for a moment. */
static enum sy_err
connect(struct link *link, SCARDCONTEXT context, const char *reader)
{
	const struct device_host *host = link->host;
	const uint64_t until = host->now_ms(host->arg) + LINK_BUSY_MS;
	LONG rv;

	for (;;) {
		/* pcscd lets it wait behind another's transaction too. */
		host->guard(host->arg, LINK_CALL_MS, SY_ERR_CARD_BUSY);
		rv = host->sc->connect(context, reader, SCARD_SHARE_SHARED,
		    PROTOCOLS, &link->handle, &link->protocol);
		if (rv != SCARD_E_SHARING_VIOLATION ||
		    host->now_ms(host->arg) >= until)
			return winscard_err(rv);
		host->guard(host->arg, 0, SY_OK);
		host->sleep_ms(host->arg, BUSY_STEP_MS);
	}
}

static enum sy_err
set_protocol(struct link *link)
{
	if (link->protocol != SCARD_PROTOCOL_T0 &&
	    link->protocol != SCARD_PROTOCOL_T1)
		return SY_ERR_CARD_UNKNOWN;
	link->io.t0 = link->protocol == SCARD_PROTOCOL_T0;
	return SY_OK;
}

static void
disconnect(struct link *link)
{
	const struct device_host *host = link->host;

	/* Nobody waits for this: a process that hangs here just ends, and
	 * pcscd resets the card of a client that is gone. */
	host->guard(host->arg, LINK_CALL_MS, SY_OK);
	if (link->in_transaction)
		(void)host->sc->end_transaction(link->handle, SCARD_RESET_CARD);
	(void)host->sc->disconnect(link->handle, SCARD_RESET_CARD);
	host->guard(host->arg, 0, SY_OK);
}

enum sy_err
link_open(const struct device_host *host, SCARDCONTEXT context,
    const char *reader, struct link **ret_link)
{
	struct link *link;
	enum sy_err err;

	if ((link = calloc(1, sizeof(*link))) == NULL)
		return SY_ERR_NOMEM;
	link->host = host;
	link->io.transmit = link_transmit;
	link->io.arg = link;
	if ((err = connect(link, context, reader)) != SY_OK) {
		host->guard(host->arg, 0, SY_OK);
		free(link);
		return err;
	}
	if ((err = set_protocol(link)) == SY_OK)
		err = begin(link);
	host->guard(host->arg, 0, SY_OK);
	if (err != SY_OK) {
		link_close(&link);
		return err;
	}
	*ret_link = link;
	return SY_OK;
}

enum sy_err
link_reset(struct link *link)
{
	const struct device_host *host = link->host;
	enum sy_err err;

	host->guard(host->arg, LINK_CALL_MS, SY_ERR_CARD_MUTE);
	link->in_transaction = false;
	err = winscard_err(host->sc->end_transaction(link->handle,
	    SCARD_LEAVE_CARD));
	if (err == SY_OK)
		err = winscard_err(host->sc->reconnect(link->handle,
		    SCARD_SHARE_SHARED, PROTOCOLS, SCARD_RESET_CARD,
		    &link->protocol));
	if (err == SY_OK)
		err = set_protocol(link);
	if (err == SY_OK)
		err = begin(link);
	host->guard(host->arg, 0, SY_OK);
	return err;
}

void
link_close(struct link **link)
{
	if (*link == NULL)
		return;
	disconnect(*link);
	free(*link);
	*link = NULL;
}
