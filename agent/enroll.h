/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ENROLL_H
#define AGENT_ENROLL_H

#include <sanyoso/method.h>

#include "card.h"
#include "key.h"
#include "newpin.h"
#include "proof.h"

/*
 * One ENROLL dialogue: the one-time code, the card with its certificate, whose
 * card it is, its PIN, a first proof. Or the FIDO2 key, its PIN, a finger, a
 * credential that it makes, a first assertion.
 */
enum enroll_state {
	ENROLL_CODE,    /* the code is asked for */
	ENROLL_BEGIN,   /* the server is asked about it */
	ENROLL_CARD,    /* the card is asked for, its PIN, its signature */
	ENROLL_CONFIRM, /* the server checks the certificate */
	ENROLL_REFRESH, /* and once more, because the nonce got old */
	ENROLL_PROOF,   /* the first proof was posted */
	ENROLL_KEY,     /* a key is asked for, and to do something */
	ENROLL_MADE,    /* its credential was posted */
	ENROLL_SIGNED,  /* its first assertion was posted */
	ENROLL_ABANDON,
	ENROLL_DONE,
};

/* What a key is to do, in this order, as far as it is needed. */
enum enroll_work {
	WORK_NONE,
	WORK_PIN,
	WORK_LIST,
	WORK_FINGER,
	WORK_LISTED,
	WORK_MAKE,
	WORK_ASSERT,
};

struct enroll {
	struct talk talk;
	struct card card;
	struct key key;
	enum enroll_state state;
	struct sy_dialog_enroll request;
	const char *server;
	const char *terminal;
	unsigned int wait_ms;
	uint32_t drivers;
	unsigned int codes; /* how often the code was asked for */
	char txn[SY_ID_SIZE];
	char person[SY_LOGIN_SIZE];
	char method[SY_WORD_SIZE]; /* which key of the card */
	enum sy_hash hash;
	struct sy_enroll_card shown;
	struct sy_auth_proof proof;
	uint8_t server_nonce[SY_NONCE_SIZE];
	int64_t nonce_at;
	int64_t nonce_life_ms;
	/* of a key: */
	enum enroll_work work;
	enum sy_method key_method;
	bool must_set_pin;
	bool random;     /* it may have a PIN now that nobody knows */
	uint32_t unable; /* 1 << enum sy_key_uv */
	char finger[SY_KEYDEVICE_NAME_SIZE]; /* name of the next one */
	struct newpin newpin;
	uint8_t handle[SY_FIDO2_HANDLE_SIZE];
	char name[SY_NAME_SIZE]; /* the person's */
	char origin[SY_FIDO2_ORIGIN_SIZE];
	struct proof_client client; /* what it signs now */
	struct ending ending;
};

struct login_setup;

/* Begin; the caller has made sure that the peer is root. */
void enroll_start(struct enroll *enroll, const struct talk *talk,
    const struct login_setup *setup, const struct sy_dialog_enroll *request);

void enroll_on_reply(struct enroll *enroll, const struct talk_reply *reply);
void enroll_on_device(struct enroll *enroll, const struct talk_event *event);
void enroll_on_answer(struct enroll *enroll, uint32_t number,
    struct sy_secret **answer);
void enroll_on_timer(struct enroll *enroll);
void enroll_on_closed(struct enroll *enroll);

#endif /* AGENT_ENROLL_H */
