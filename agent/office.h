/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_OFFICE_H
#define AGENT_OFFICE_H

#include "ending.h"
#include "talk.h"

/*
 * The dialogue of the card office: a card is personalised, its PIN unblocked
 * (both with an operator's one-time code; the person types the new PIN twice
 * before the card is asked for) or changed (the old PIN, then the new one
 * twice). A card that goes ends it; the code is still good then, and the next
 * visit goes on with the card as it is.
 */
enum office_state {
	OFFICE_CODE,    /* the code is asked for */
	OFFICE_BEGIN,   /* the server is asked about it */
	OFFICE_OLD,     /* the old PIN is asked for */
	OFFICE_NEW,     /* the new one */
	OFFICE_AGAIN,   /* and once more */
	OFFICE_CARD,    /* the card is asked for */
	OFFICE_CONFIRM, /* the server is asked about it */
	OFFICE_WORK,    /* the card becomes what it is to be */
	OFFICE_PROOF,   /* the server checks what it signed */
	OFFICE_STORE,   /* the certificate is written */
	OFFICE_REPORT,  /* the server is told that all is done */
	OFFICE_ABANDON,
	OFFICE_OVER,
};

struct office {
	struct talk talk;
	enum office_state state;
	struct sy_dialog_office request;
	enum sy_task task;
	const char *server;
	const char *terminal;
	unsigned int wait_ms;
	uint32_t prompt;
	unsigned int asked; /* how often in this state */
	unsigned int tries; /* of the PIN, left */
	char txn[SY_ID_SIZE];
	char person[SY_LOGIN_SIZE];
	uint8_t reserve;
	enum sy_key_alg alg; /* of the card's key */
	enum text_id said;
	struct sy_secret *old;
	struct sy_secret *fresh;
	struct sy_office_proof proof;
	unsigned int pins_wrong;
	struct ending ending;
};

struct login_setup;

/* Begin; the caller has made sure that the peer is root. */
void office_start(struct office *office, const struct talk *talk,
    const struct login_setup *setup, const struct sy_dialog_office *request);

void office_on_reply(struct office *office, const struct talk_reply *reply);
void office_on_device(struct office *office, const struct talk_event *event);
void office_on_answer(struct office *office, uint32_t number,
    struct sy_secret **answer);
void office_on_timer(struct office *office);
void office_on_closed(struct office *office);

#endif /* AGENT_OFFICE_H */
