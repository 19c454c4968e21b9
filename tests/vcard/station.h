/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_STATION_H
#define VC_STATION_H

#include "card.h"
#include "fault.h"
#include "wire.h"

/*
 * One card near one slot of the virtual reader (vpcd): the reader's side of
 * its protocol over TCP, and a control socket beside the card's files. One
 * thread, one poll loop.
 */

#define VC_PORT_DEFAULT 35963U
#define VC_MESSAGE_MAX  65535U
/*
 * A slot stays empty this long after a card was there. pcscd looks every
 * 400 ms; vpcd would pass a card that comes sooner off as the one that went.
 */
#define VC_EMPTY_MS 600

struct vc_station {
	struct vc_card *card;
	struct vc_faults faults;
	uint16_t port;
	bool wanted; /* inserted as far as the user is concerned */
	bool seen;   /* powered up since the insertion */
	bool quit;
	int fd; /* to vpcd, -1 = none */
	int control;
	int signals;
	size_t inlen;
	uint8_t in[2 + VC_MESSAGE_MAX];
	bool late; /* ${reply} waits for ${due} */
	long long due;
	long long empty_until;
	struct vc_bytes reply;
};

/*
 * Serve ${card} until told to quit or SIGTERM or SIGINT comes. The current
 * directory is the card's: the control socket is made there and removed.
 * ${insert}: put the card in at once.
 */
SY_MUST_USE enum sy_err vc_station_run(struct vc_card *card, uint16_t port,
    bool insert);

/* The slot: connect (again and again until vpcd is there) or disconnect. */
void vc_slot_insert(struct vc_station *st);
void vc_slot_remove(struct vc_station *st);
/* vpcd sent something, or hung up. */
void vc_slot_readable(struct vc_station *st);
/* Send an answer whose delay is over. */
void vc_slot_send_late(struct vc_station *st);

/* Serve one waiting client of the control socket. */
void vc_control_serve(struct vc_station *st);
/*
 * As a client in the card's directory: send ${line}, print the answer. Waits
 * for a card process that is just starting. IO, STATE if the answer is an
 * error.
 */
SY_MUST_USE enum sy_err vc_control_call(const char *line, FILE *out);

#endif /* VC_STATION_H */
