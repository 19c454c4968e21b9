/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_TALK_H
#define FAKE_TALK_H

#include "agent/talk.h"

/*
 * A world for the state machines of a dialogue that only writes down what they
 * do: one letter each into ${trace}, and the newest of everything. What must
 * not happen after the end fails the test.
 *
 *   e an error is said    ? a prompt    * a result (see ${result})
 *   b auth  o auth/password  x abandon  w password/change  a account
 *   s session/open  S a session was kept  C one was closed
 * with keys:
 *   # a prompt with echo  c a card is started  d a key is started  . stopped
 *   k auth/key  K the same, of another key  v auth/verdict
 *   p auth/assertion and enroll/assertion  j auth/look
 *   n enroll  m enroll/key
 *   N, F, I, J  an assertion by touch, finger, PIN, a look  M make  P PIN
 *   E finger
 *   L fingers are listed  G one is forgotten
 * with cards, of the calls that begin with ${first}:
 *   b auth, enroll, office  c the card is shown  p proof  f office/done
 *   v auth/verdict  o auth/password  x abandon
 *   d a card is started  . stopped  # a prompt with echo of a login
 *   s a hash is to be signed, or the card prepared  h changed  w stored
 */
struct fake_talk {
	struct talk talk; /* to be given to the machine */
	char trace[128];
	size_t used;
	char heard[16384]; /* all that was said, a line each */
	char prompt_text[SY_DIALOG_TEXT_SIZE];
	char said[SY_DIALOG_TEXT_SIZE]; /* last */
	uint32_t prompt;
	bool echo; /* of that prompt */
	bool finished;
	struct sy_dialog_result result;
	enum talk_call call; /* the newest post and what was in it */
	struct sy_auth_begin begun;
	struct sy_auth_password password;
	struct sy_password_change change;
	struct sy_account account;
	struct sy_session_open open;
	int64_t session;
	int64_t clock;
	unsigned int timer;
	/* Of FIDO2 keys: */
	bool keys;          /* they may be asked for */
	bool looks;         /* no PIN before a look was confirmed */
	bool looking;       /* it was posted, and the key is in place */
	bool confirmed;     /* set by the test, which plays the server */
	unsigned int tries; /* for a PIN, as the test's key or card has them */
	unsigned int pins;  /* sent to it */
	struct sy_keydevice_start start;
	struct sy_keydevice_assert assertion; /* the newest; without its PIN */
	struct sy_keydevice_make make;
	char pin[64]; /* that was sent last, and the one to change */
	char old_pin[64];
	char finger[SY_KEYDEVICE_NAME_SIZE];
	bool random;
	struct sy_auth_key key;
	struct sy_auth_assertion signed_;
	struct sy_auth_abandon abandon;
	struct sy_enroll_begin enroll;
	struct sy_enroll_key made;
	/* Of cards: */
	bool cards;           /* they may be asked for */
	enum talk_call first; /* TALK_AUTH, TALK_ENROLL or TALK_OFFICE */
	struct sy_device_start card;
	struct sy_auth_card shown;
	struct sy_enroll_card enrolled;
	struct sy_auth_proof proof;
	uint8_t hash[SY_HASH_SIZE_MAX];
	size_t hash_len;
	/* What a login left, and how often one did. */
	struct talk_login kept;
	unsigned int keeps;
	char looked_up[SY_NAME_SIZE];
	enum sy_err failing; /* what keeping a session or closing one gives */
};

void fake_talk_open(struct fake_talk *fake);
/* The result's letter in the place of the "*": D denied, A allowed, U
 * unavailable, M max. tries, F forbidden, C cancelled, E error, N no account, B
 * busy. */
const char *fake_talk_trace(struct fake_talk *fake);
/* A secret of ${text}, NULL if it is. */
struct sy_secret *fake_talk_secret(const char *text);

#endif /* FAKE_TALK_H */
