/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_WINSCARD_H
#define DEVICE_WINSCARD_H

#include <winscard.h>

#include <sanyoso/err.h>

/*
 * The calls of PC/SC that we use, so that tests can stand in for pcscd. The
 * signatures are those of pcsc-lite's winscard.h.
 */
struct winscard {
	LONG(*establish_context)
	(DWORD scope, LPCVOID reserved1, LPCVOID reserved2,
	    LPSCARDCONTEXT ret_context);
	LONG (*release_context)(SCARDCONTEXT context);
	LONG(*list_readers)
	(SCARDCONTEXT context, LPCSTR groups, LPSTR names, LPDWORD len);
	LONG(*get_status_change)
	(SCARDCONTEXT context, DWORD timeout_ms, SCARD_READERSTATE *states,
	    DWORD count);
	LONG(*connect)
	(SCARDCONTEXT context, LPCSTR reader, DWORD share_mode, DWORD protocols,
	    LPSCARDHANDLE ret_card, LPDWORD ret_protocol);
	LONG(*reconnect)
	(SCARDHANDLE card, DWORD share_mode, DWORD protocols,
	    DWORD initialization, LPDWORD ret_protocol);
	LONG (*disconnect)(SCARDHANDLE card, DWORD disposition);
	LONG (*begin_transaction)(SCARDHANDLE card);
	LONG (*end_transaction)(SCARDHANDLE card, DWORD disposition);
	LONG(*transmit)
	(SCARDHANDLE card, const SCARD_IO_REQUEST *send_pci, LPCBYTE command,
	    DWORD command_len, SCARD_IO_REQUEST *recv_pci, LPBYTE reply,
	    LPDWORD reply_len);
};

/* The calls of libpcsclite. */
extern const struct winscard winscard_pcsclite;

/* What a PC/SC return code means to us. */
enum sy_err winscard_err(LONG rv);

#endif /* DEVICE_WINSCARD_H */
