/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: card-holder transaction|exclusive|reset MILLISECONDS [READER]
 *
 * Another program at the card: holds a transaction or the whole card for a
 * while, or resets it every 20 ms. Prints "held" when it has it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

static void
sleep_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = (ms % 1000) * 1000000L };

	(void)nanosleep(&t, NULL);
}

static void
must(LONG rv, const char *what)
{
	if (rv == SCARD_S_SUCCESS)
		return;
	fprintf(stderr, "card-holder: %s: %s\n", what,
	    pcsc_stringify_error(rv));
	exit(1);
}

int
main(int argc, char **argv)
{
	const char *reader = argc > 3 ? argv[3] : "Virtual PCD 00 00";
	const char *mode = argc > 2 ? argv[1] : "";
	const long ms = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	const bool exclusive = strcmp(mode, "exclusive") == 0;
	SCARDCONTEXT context;
	SCARDHANDLE card;
	DWORD protocol;

	if (ms <= 0)
		return 2;
	must(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context),
	    "context");
	must(SCardConnect(context, reader,
		 exclusive ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED,
		 SCARD_PROTOCOL_ANY, &card, &protocol),
	    "connect");
	if (strcmp(mode, "transaction") == 0)
		must(SCardBeginTransaction(card), "transaction");
	printf("held\n");
	(void)fflush(stdout);
	if (strcmp(mode, "reset") != 0) {
		sleep_ms(ms);
	} else {
		for (long n = 0; n < ms / 20; n++) {
			(void)SCardReconnect(card, SCARD_SHARE_SHARED,
			    SCARD_PROTOCOL_ANY, SCARD_RESET_CARD, &protocol);
			sleep_ms(20);
		}
	}
	(void)SCardDisconnect(card, SCARD_LEAVE_CARD);
	(void)SCardReleaseContext(context);
	return 0;
}
