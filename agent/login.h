/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_LOGIN_H
#define AGENT_LOGIN_H

#include <sanyoso/method.h>

#include "card.h"
#include "key.h"
#include "password.h"
#include "proof.h"

/*
 * One login: the server says what to do, the machine has it done and carries
 * the proofs. It has no policy, and says ALLOWED only when the server allows a
 * login whose proof or password was posted here. It is all of an AUTH, and the
 * first part of a CHANGE at will.
 */
enum login_state {
	LOGIN_BEGIN,   /* the server is asked for the first step */
	LOGIN_CHOICE,  /* the person is asked: card, key or password */
	LOGIN_CARD,    /* a card is asked for, its PIN, its signature */
	LOGIN_CONFIRM, /* the server is asked whether this card is right */
	LOGIN_REFRESH, /* and once more, because the nonce got old */
	LOGIN_PROOF,   /* the proof was posted */
	LOGIN_ASSERT,  /* the server is asked what a key is to sign */
	LOGIN_KEY,     /* a key is asked for, its PIN, a touch */
	LOGIN_OTHER,   /* the same; the server is told of another key */
	LOGIN_RENEW,   /* the server is asked again, then the key signs */
	LOGIN_LOOK,    /* the server looks at the key before its PIN is asked */
	LOGIN_SIGNED,  /* the key's assertion was posted */
	LOGIN_TYPED,   /* the password is asked for, or posted */
	LOGIN_FETCH,   /* its answer was lost: ask for the verdict */
	LOGIN_ABANDON, /* over; the server is told why */
	LOGIN_DONE,
};

struct login {
	struct talk talk;
	struct card card;
	struct key key;
	struct password password;
	enum login_state state;
	struct sy_dialog_auth auth;
	const char *server; /* names as joined; they outlive the dialogue */
	const char *terminal;
	unsigned int wait_ms;
	uint32_t drivers;
	bool change; /* to change the password at will */
	void (*finished)(void *owner, const struct sy_dialog_result *result);
	void *owner;
	struct proof_offer offer;      /* of the present step, as are these */
	struct sy_device_start wanted; /* the card that it asks for */
	bool fresh;                    /* a card must be put in anew */
	uint8_t reserve;
	uint32_t choice;   /* number of the prompt that lives */
	unsigned int ways; /* that are to be chosen from */
	unsigned int choices;
	enum talk_account account;
	char txn[SY_ID_SIZE];
	char person[SY_LOGIN_SIZE]; /* as the server confirmed the card */
	enum sy_hash hash;          /* that the card's key signs */
	struct sy_auth_card shown;  /* what the server was shown last */
	struct sy_auth_proof proof;
	/* of a key: */
	enum sy_method key_method; /* as the server was told last */
	enum sy_method key_wanted; /* as this key can do it */
	bool key_uv;               /* the server demands verification */
	uint32_t unable;           /* 1 << enum sy_key_uv: not with this key */
	bool looked_again;         /* with this key: an answer was lost */
	bool other_again;   /* and another one since the server was told */
	bool touch_will_do; /* there was a password already */
	char key_login[SY_LOGIN_SIZE]; /* "": the key says who it is */
	char origin[SY_FIDO2_ORIGIN_SIZE];
	struct proof_client client; /* what it signs now */
	struct sy_auth_assertion assertion;
	uint8_t server_nonce[SY_NONCE_SIZE];
	int64_t nonce_at; /* when it was asked for */
	int64_t nonce_life_ms;
	unsigned int fetches;
	int64_t undecided_until; /* then patience ends; 0: it was decided */
	bool proof_again;
	enum login_state asked_for; /* whose answer is fetched */
	char duty[SY_WORD_SIZE];    /* allowed: why the password must change */
	char rules[SY_PASSWORD_TEXT_SIZE];
	struct ending ending;
};

struct login_setup {
	const char *server;
	const char *terminal;
	unsigned int card_wait_ms;
	uint32_t drivers;
	bool change; /* to change the password at will */
	/* Gets the result instead of the caller, if not NULL. */
	void (*finished)(void *owner, const struct sy_dialog_result *result);
	void *owner;
};

/* Begin; the caller has made sure that the peer may ask this. */
void login_start(struct login *login, const struct talk *talk,
    const struct login_setup *setup, const struct sy_dialog_auth *auth);

void login_on_reply(struct login *login, const struct talk_reply *reply);
void login_on_device(struct login *login, const struct talk_event *event);
void login_on_answer(struct login *login, uint32_t number,
    struct sy_secret **answer);
/* Whether the account is there whose name was looked up last. */
void login_on_account(struct login *login, enum talk_account found);
void login_on_timer(struct login *login);
/* The peer went away: tell the server if it waits for us. Nothing is said to
 * the peer any more, `finish` is not called. */
void login_on_closed(struct login *login);

#endif /* AGENT_LOGIN_H */
