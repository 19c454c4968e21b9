/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CARD_H
#define AGENT_CARD_H

#include "ending.h"
#include "pin.h"
#include "talk.h"

/*
 * The card's part of a dialogue, the same at login and enrolment: ask for the
 * card, ask for its PIN, have a hash signed, and begin again when the card
 * goes. A prompt belongs to one insertion of the card: when that ends, the
 * prompt dies and what is typed into it goes nowhere. Every PIN that is sent
 * was typed once; none is sent at the reserve.
 *
 * The owner is told by hooks and answers with the calls below. It may call
 * them from inside a hook.
 */
struct card_hooks {
	/* A card is there, nothing was sent to it: confirm it with card_ask or
	 * refuse it with card_wrong. */
	void (*found)(void *owner, const struct sy_device_card *card);
	/* It went (or failed) before it had signed; another wait began. */
	void (*lost)(void *owner);
	/* Everything is there: give the hash with card_sign. */
	void (*ready)(void *owner);
	void (*signed_)(void *owner, const uint8_t *sig, size_t len);
	/* It can't go on. */
	void (*failed)(void *owner, const struct ending *ending);
};

enum card_state {
	CARD_OFF,
	CARD_WAITING, /* for a card, or for the device */
	CARD_FOUND,   /* the owner asks the server */
	CARD_ASKING,  /* the PIN prompt is out */
	CARD_TYPED,   /* the owner makes the hash */
	CARD_SIGNING,
};

struct card {
	struct talk *talk;
	const struct card_hooks *hooks;
	void *owner;
	struct sy_device_start start;
	uint8_t slots[2]; /* as wanted: the second is 0 if there is one only */
	bool refused;     /* the card was not right under the first slot */
	unsigned int wait_ms;
	enum card_state state;
	enum sy_driver driver;
	unsigned int tries;      /* left, or PIN_TRIES_UNKNOWN */
	unsigned int pins_wrong; /* as the cards counted */
	unsigned int rounds;     /* how often a card was asked for */
	unsigned int prompts;    /* how often a PIN was asked for */
	uint32_t prompt;         /* number of the prompt that lives, 0: none */
	int64_t deadline;        /* for the card */
	enum text_id said;       /* what the person reads at present */
	struct sy_secret *pin;   /* typed, not sent yet */
};

/* Begin; ${start}'s wait_ms is the time for the card. */
void card_begin(struct card *card, struct talk *talk,
    const struct card_hooks *hooks, void *owner,
    const struct sy_device_start *start);
/* A card that is not right under ${start}'s slot is tried under ${slot} too,
 * before the person hears of it. */
void card_other_slot(struct card *card, enum sy_slot slot);
/* Whether the card that was found will be tried under another slot if it is
 * wrong. */
bool card_has_other_slot(const struct card *card);
/* The card that was found is the right one: ask for its PIN. */
void card_ask(struct card *card);
/* It is not: look at its other slot, or ask for another card until the
 * deadline. */
void card_wrong(struct card *card);
/* Sign. After the hook `ready` only. */
void card_sign(struct card *card, const uint8_t *hash, size_t len);
/* How a worker's report of failure ends a dialogue with no other insertion;
 * ${tries}: left, as far as is known; ${found}: a card had been reported. True
 * if another insertion might help. */
bool card_ending(const struct sy_device_failed *failed, enum sy_driver driver,
    unsigned int tries, bool found, struct ending *ret);
/* What the person is to do, as a worker waits. */
enum text_id card_waiting_text(const struct sy_device_waiting *waiting);
/* Let the card and the device go and forget the PIN. */
void card_stop(struct card *card);

/* What happened. */
void card_on_device(struct card *card, const struct talk_event *event);
/* The answer to prompt ${number}, NULL if none was given. Takes ${*answer}. */
void card_on_answer(struct card *card, uint32_t number,
    struct sy_secret **answer);
void card_on_timer(struct card *card);

#endif /* AGENT_CARD_H */
