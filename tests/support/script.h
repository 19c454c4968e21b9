/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "lib/possession/device/apdu.h"

/*
 * A card that keeps to a script and fails the test when the other side does
 * not:
 *
 *	script_start(&script, "00B0000004 > 30820102 9000 / ...", false);
 *	f(&script.io);
 *	script_end(&script);
 *
 * Each step is a command, ">" and its reply, in hex with spaces where one
 * likes; AA*256 is 256 bytes AA; a command "?" is any, a reply "-" is no byte
 * at all and "!" a card that is gone.
 */
struct script {
	struct card_io io;
	const char *at;
	unsigned int steps; /* done */
	/*
	 * What the card does instead at this step (1 = the first). From then
	 * on it is gone; whoever sends it a PIN fails the test.
	 */
	unsigned int break_at;
	const char *break_reply;
};

void script_start(struct script *script, const char *text, bool t0);
/* The whole script must have been used, if it was not broken. */
void script_end(const struct script *script);

#endif /* SCRIPT_H */
