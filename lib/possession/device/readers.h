/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_READERS_H
#define DEVICE_READERS_H

#include <stdbool.h>

#include <sanyoso/device.h>

#include "lib/possession/device/host.h"

/*
 * All readers of the machine: which there are, which hold a card, and which of
 * these cards counts. Readers come and go, cards are swapped, pcscd dies and
 * comes back; all of it shows as a change, none of it as an error. Use from
 * one thread.
 */
struct readers;

enum reader_card {
	READER_EMPTY,
	READER_OLD,   /* in place before it was asked for: does not count */
	READER_READY, /* counts */
	READER_TRIED, /* counted and was of no use */
};

struct reader {
	char name[SY_DEVICE_READER_SIZE];
	enum reader_card card;
	bool in_place; /* its card was there before us */
	bool seen;     /* state is known */
	DWORD state;   /* as PC/SC reported it, event counter in the high word
			*/
};

/*
 * Watch the readers. With ${fresh} a card found in place is READER_OLD until
 * it was taken out and put in again, or its reader plugged in. NOMEM.
 */
SY_MUST_USE enum sy_err readers_new(const struct device_host *host, bool fresh,
    struct readers **ret_readers);
void readers_free(struct readers **readers);

/* Look again, and wait for a change up to ${ms}. NOMEM. */
SY_MUST_USE enum sy_err readers_update(struct readers *readers,
    unsigned int ms);
/* With fresh: whatever card is in place now is old. */
void readers_make_old(struct readers *readers);

unsigned int readers_count(const struct readers *readers);
/* A card is in place that does not count. */
bool readers_have_old(const struct readers *readers);
/* The reader of this name holds a card that was of no use. */
bool readers_have_tried(const struct readers *readers, const char *name);
/* pcscd can't be reached at the moment. */
bool readers_are_away(const struct readers *readers);
/* A reader whose card counts, or NULL. Valid until the next update. */
struct reader *readers_ready(struct readers *readers);
SCARDCONTEXT readers_context(const struct readers *readers);

/*
 * Whether the card that was in ${reader} when it was picked is still there:
 * SY_OK, SY_ERR_CARD_GONE, SY_ERR_READER, SY_ERR_PCSC. Does not wait.
 */
SY_MUST_USE enum sy_err reader_check(const struct readers *readers,
    const struct reader *reader);

#endif /* DEVICE_READERS_H */
