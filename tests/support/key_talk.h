/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEY_TALK_H
#define KEY_TALK_H

#include "tests/support/fido2_signer.h"
#include "tests/support/office.h"

/*
 * One login with a FIDO2 key at one terminal, for tests: the agent's part of
 * the talk, and the key's.
 */
struct key_talk {
	struct desk *desk;
	const char *terminal;
	char user[SY_LOGIN_SIZE]; /* "": the key says who it is */
	char service[SY_SERVICE_SIZE];
	char purpose[SY_WORD_SIZE];
	bool change;
	struct sy_auth_step step; /* the last answer; cleared by the next */
	struct sy_auth_assertion assertion;
};

/* A key, and how it signs. */
struct key_held {
	EVP_PKEY *key;
	uint8_t id; /* of its credential, as in struct office_key */
	int64_t token;
	uint32_t counter; /* of the last signature; 0 and still: it has none */
	bool still;
	/* What it and its terminal say. */
	uint8_t flags; /* UP and UV */
	uint32_t uvm;  /* 0: not said */
	bool built_in;
};

void key_talk_init(struct key_talk *t, struct desk *desk, const char *terminal,
    const char *user);
void key_talk_clear(struct key_talk *t);

/* Each returns the HTTP status. */
unsigned int key_begin(struct key_talk *t);
unsigned int key_ask(struct key_talk *t, const char *method, bool other);
unsigned int key_send(struct key_talk *t);
unsigned int key_look(struct key_talk *t); /* the assertion, as a look */
unsigned int key_type(struct key_talk *t, const char *password);

/* The challenge that was asked for, as the terminal makes it. */
void key_says(const struct key_talk *t, const struct key_held *key,
    struct signer_says *ret);
/* What ${key} signs of ${says}, into the assertion to be sent. */
void key_sign_as(struct key_talk *t, struct key_held *key,
    const struct signer_says *says);
/* The same for what was asked for; its counter goes up before. */
void key_sign(struct key_talk *t, struct key_held *key);
/* begin, ask, sign and send; each must succeed. */
void key_show(struct key_talk *t, const char *method, struct key_held *key);

/* Show a PIV card in the key's place and have it sign, as far as the server
 * goes along; the HTTP status of the last step. */
unsigned int key_card(struct key_talk *t, EVP_PKEY *key, const char *method);

/* Whether the last answer shows the credential of ${key}. */
bool key_is_shown(const struct key_talk *t, const struct key_held *key);

#endif /* KEY_TALK_H */
