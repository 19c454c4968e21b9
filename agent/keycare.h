/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_KEYCARE_H
#define AGENT_KEYCARE_H

#include "key.h"
#include "newpin.h"

/*
 * One KEY dialogue: what is done to a FIDO2 key besides logins, by who knows
 * its PIN: another PIN, its fingers listed, one added or removed. It is between
 * the person and the key; no server is asked, and the agent's journal has it.
 */
enum keycare_state {
	KEYCARE_KEY, /* the key is asked for, and to do something */
	KEYCARE_DONE,
};

/* What the key is asked for next. */
enum keycare_work {
	KEYCARE_PIN,
	KEYCARE_LIST, /* which fingers there are */
	KEYCARE_ADD,
	KEYCARE_REMOVE,
	KEYCARE_SHOW, /* which there are now */
};

struct keycare {
	struct talk talk;
	struct key key;
	struct newpin newpin;
	enum keycare_state state;
	enum keycare_work work;
	struct sy_dialog_key request;
	struct sy_keydevice_finger finger; /* to be removed, or added */
};

struct login_setup;

/* Begin; the caller has made sure that the peer is root. */
void keycare_start(struct keycare *care, const struct talk *talk,
    const struct login_setup *setup, const struct sy_dialog_key *request);

void keycare_on_device(struct keycare *care, const struct talk_event *event);
void keycare_on_answer(struct keycare *care, uint32_t number,
    struct sy_secret **answer);
void keycare_on_timer(struct keycare *care);
void keycare_on_closed(struct keycare *care);

#endif /* AGENT_KEYCARE_H */
