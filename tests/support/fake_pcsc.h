/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_PCSC_H
#define FAKE_PCSC_H

#include <sanyoso/device.h>

#include "lib/possession/device/host.h"

/*
 * A world for one operation: pcscd with up to four readers, PIV cards in them,
 * an agent that types PINs, and a clock that moves only when somebody waits.
 * It fails the test when a call to PC/SC is made without a guard, or on a
 * handle that is dead.
 */
#define FAKE_READERS 4
#define FAKE_EVENTS  8
#define FAKE_PINS    4

enum fake_call {
	FAKE_ESTABLISH,
	FAKE_LIST,
	FAKE_STATUS,
	FAKE_CONNECT,
	FAKE_RECONNECT,
	FAKE_BEGIN,
	FAKE_TRANSMIT,
	FAKE_CALLS,
};

struct fake;
typedef void fake_act(struct fake *f);

struct fake_reader {
	const char *name; /* NULL: there is no such reader */
	bool present;
	bool stranger; /* its card has no application that we know */
	bool dumb;     /* its card answers no reset */
	unsigned int counter;
};

struct fake {
	struct device_host host;
	uint64_t now;

	/* pcscd */
	bool up;
	LONG down; /* what it answers when it is not up */
	bool pnp;  /* knows the pseudo-reader */
	bool wolf; /* whose state has always changed */
	struct fake_reader reader[FAKE_READERS];
	uint64_t exclusive_until; /* other programs */
	uint64_t transaction_until;
	/* From the ${nth} call on (1 = the next), ${times} times, ${rv}. */
	struct {
		enum fake_call call;
		unsigned int nth, times;
		LONG rv;
	} trouble;
	unsigned int trouble_count[FAKE_CALLS];
	fake_act *on_connect; /* just before the first connection */

	/* what happens when */
	struct {
		uint64_t at;
		fake_act *act;
	} event[FAKE_EVENTS];
	unsigned int events;

	/* the card: PIV, P-256 */
	uint8_t tries;
	bool open;         /* the key needs no PIN */
	bool verified;     /* by whomever */
	bool sticky;       /* stays so over a reset */
	bool mute_at_sign; /* never answers that command */
	unsigned int verifies, signatures, resets;

	/* another card behind it: carries out a command; told of resets */
	size_t (*card)(struct fake *f, const uint8_t *command, size_t len,
	    uint8_t *reply);
	fake_act *on_reset;
	void *card_arg;

	/* the agent */
	struct sy_device_start start;
	/* takes a frame that the fake does not know */
	void (*heard)(struct fake *f, const struct sy_frame *frame);
	const char *pin[FAKE_PINS];
	bool eager;         /* sends SIGN before CARD */
	bool silent;        /* never sends SIGN */
	size_t hash_len;    /* that it wants signed, 32 */
	fake_act *on_wait;  /* while it is told of WAITING for the first time */
	fake_act *on_card;  /* before it types the first PIN */
	fake_act *on_wrong; /* before it types another */
	bool closed;

	/* what came of it */
	char said[1024];  /* "waiting 1;card 5;signature;" */
	enum sy_err died; /* the guard's code, if it had to strike */
	bool dead;

	/* --- inside --- */
	unsigned int guard_ms;
	enum sy_err guard_code;
	uint8_t in[1 + FAKE_PINS][1024];
	size_t in_len[1 + FAKE_PINS];
	unsigned int in_count, in_at, pins;
	int contexts, handles, transactions;
	unsigned int connected;       /* the reader, + 1 */
	unsigned int connected_count; /* its counter then */
	bool was_reset;               /* by another, our handle is dead */
	bool selected;
	uint8_t cert[600];
	size_t cert_len;
};

/* One reader "Reader A", empty; pcscd up; START for a PIV card with its PIN. */
void fake_init(struct fake *f);
/* Put the agent's frames together; call it after the fields are set. */
void fake_ready(struct fake *f);
/* At ${ms} of the clock do this. */
void fake_at(struct fake *f, uint64_t ms, fake_act *act);
/* From heard: the agent's next frame. */
void fake_reply(struct fake *f, const void *frame, size_t len);
/* Add "${what};" to what was said. */
void fake_note(struct fake *f, const char *what);
/* Everything that was opened is closed. */
void fake_check_closed(const struct fake *f);

/* Acts, on the first reader. */
void fake_insert(struct fake *f);
void fake_remove(struct fake *f);
void fake_swap(struct fake *f); /* out and in, faster than anybody looks */
void fake_reset(struct fake *f);
void fake_kill_pcscd(struct fake *f);
void fake_start_pcscd(struct fake *f);
void fake_close(struct fake *f);

#endif /* FAKE_PCSC_H */
