/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_TALK_H
#define AGENT_TALK_H

#include <stdbool.h>

#include <sanyoso/device.h>
#include <sanyoso/dialog.h>
#include <sanyoso/keydevice.h>
#include <sanyoso/message.h>

#include "text.h"

/*
 * What a dialogue does to the world, and what the world tells it. The state
 * machines (login.c, enroll.c, office.c, card.c, key.c) see nothing else, so
 * every event at every state can be tried without a server, a card or a clock.
 * dialogue.c stands behind it in the agent.
 *
 * No operation calls back into the machine: what it leads to comes later, as
 * an event. Failures of an operation come as events too.
 */
enum talk_call {
	TALK_AUTH,           /* sy_auth_begin -> sy_auth_step */
	TALK_AUTH_CARD,      /* sy_auth_card -> sy_auth_step */
	TALK_AUTH_PROOF,     /* sy_auth_proof -> sy_auth_step */
	TALK_AUTH_VERDICT,   /* sy_auth_fetch -> sy_auth_step */
	TALK_AUTH_ABANDON,   /* sy_auth_abandon -> sy_auth_step */
	TALK_AUTH_PASSWORD,  /* sy_auth_password -> sy_auth_step */
	TALK_CHANGE,         /* sy_password_change -> sy_password_step */
	TALK_ACCOUNT,        /* sy_account -> sy_account_step */
	TALK_OPEN,           /* sy_session_open -> sy_session_step */
	TALK_ENROLL,         /* sy_enroll_begin -> sy_enroll_step */
	TALK_ENROLL_CARD,    /* sy_enroll_card -> sy_enroll_step */
	TALK_ENROLL_PROOF,   /* sy_auth_proof -> sy_enroll_step */
	TALK_ENROLL_ABANDON, /* sy_auth_abandon -> sy_enroll_step */
	TALK_OFFICE,         /* sy_office_begin -> sy_office_step */
	TALK_OFFICE_CARD,    /* sy_office_card -> sy_office_step */
	TALK_OFFICE_PROOF,   /* sy_office_proof -> sy_office_step */
	TALK_OFFICE_DONE,    /* sy_office_done -> sy_office_step */
	TALK_OFFICE_ABANDON, /* sy_auth_abandon -> sy_office_step */
	TALK_AUTH_KEY,       /* sy_auth_key -> sy_auth_step */
	TALK_AUTH_LOOK,      /* sy_auth_assertion -> sy_auth_step */
	TALK_AUTH_ASSERTION, /* sy_auth_assertion -> sy_auth_step */
	TALK_ENROLL_KEY,     /* sy_enroll_key -> sy_enroll_step */
	TALK_ENROLL_ASSERT,  /* sy_auth_assertion -> sy_enroll_step */
};

/* The answer to the newest post; older ones are never delivered. */
struct talk_reply {
	enum talk_call call;
	enum sy_err err; /* why there is no answer; SY_OK: there is one */
	bool refused;    /* it is ${failure}, otherwise ${step} */
	struct sy_failure_reply failure;
	const void *step; /* of the type named at the call */
};

/* Whether this terminal knows a Unix account. */
enum talk_account {
	TALK_ACCOUNT_UNKNOWN, /* it could not be looked up, or not yet */
	TALK_ACCOUNT_THERE,
	TALK_ACCOUNT_MISSING,
};

/* What an allowed login leaves for the phases behind it. */
struct talk_login {
	char person[SY_LOGIN_SIZE]; /* who was proven */
	char user[SY_NAME_SIZE];    /* whose account the host named then */
	char service[SY_SERVICE_SIZE];
	char txn[SY_ID_SIZE];
	char duty[SY_WORD_SIZE]; /* why the password must be changed, or "" */
	char rules[SY_PASSWORD_TEXT_SIZE];
	uint8_t purpose;
};

enum talk_device {
	TALK_DEVICE_QUEUED,  /* another dialogue has the device */
	TALK_DEVICE_GRANTED, /* it is ours */
	TALK_DEVICE_WAITING,
	TALK_DEVICE_CARD,
	TALK_DEVICE_PIN_WRONG,
	TALK_DEVICE_PIN_FORMAT, /* this card takes no such PIN; not sent */
	TALK_DEVICE_SIGNATURE,
	TALK_DEVICE_BLANK, /* the card office's, as the next two */
	TALK_DEVICE_KEY,
	TALK_DEVICE_DONE,
	/* of FIDO2 keys, which tell DONE and FAILED too */
	TALK_KEY_WAITING,
	TALK_KEY_FOUND,
	TALK_KEY_TOUCH,
	TALK_KEY_REFUSED,
	TALK_KEY_SIGNED,
	TALK_KEY_MADE,
	TALK_KEY_LIST,
	TALK_DEVICE_FAILED, /* also when the worker died; it is over */
};

struct talk_event {
	enum talk_device type;
	struct sy_device_waiting waiting;
	const struct sy_device_card *card;
	uint8_t left; /* PIN_WRONG */
	const uint8_t *signature;
	size_t signature_len;
	const struct sy_device_blank *blank;
	const struct sy_device_key *key;
	struct sy_keydevice_waiting keys; /* KEY_WAITING */
	struct sy_keydevice_touch touch;
	struct sy_keydevice_refused refused;
	const struct sy_keydevice_found *found;
	const struct sy_keydevice_signed *signed_;
	const struct sy_keydevice_made *made;
	const struct sy_keydevice_list *list;
	struct sy_device_failed failed;
};

struct talk_ops {
	/* INFO or ERROR for the person. */
	void (*say)(void *arg, enum sy_dialog_type type, const char *text);
	void (*prompt)(void *arg, const struct sy_dialog_prompt *prompt);
	/* The dialogue is over; nothing may be called after it. */
	void (*finish)(void *arg, const struct sy_dialog_result *result);
	/* Ask the server; forgets an earlier call that is still out. */
	void (*post)(void *arg, enum talk_call call, const void *message);
	/* Ask for the device, giving up an earlier operation. */
	void (*device_start)(void *arg, const struct sy_device_start *start);
	void (*device_sign)(void *arg, const uint8_t *hash, size_t len,
	    const struct sy_secret *pin);
	/* A frame of the card office's, whole. */
	void (*device_send)(void *arg, const void *frame, size_t len);
	/* The same for a FIDO2 key. */
	void (*key_start)(void *arg, const struct sy_keydevice_start *start);
	/* A request of ${type} to the key: the struct that sanyoso/keydevice.h
	 * names for it, of FINGERS the PIN. */
	void (*key_send)(void *arg, enum sy_keydevice_type type,
	    const void *request);
	void (*device_stop)(void *arg);
	/* One timer: replaces the former one; 0 stops it. */
	void (*timer)(void *arg, unsigned int ms);
	int64_t (*now)(void *arg); /* milliseconds of a steady clock */
	enum sy_err (*nonce)(void *arg, void *out, size_t len);
	/* Look for a Unix account; forgets an earlier question. */
	void (*lookup)(void *arg, const char *name);
	/* Keep evidence of an allowed login: its number in hex. */
	enum sy_err (*keep)(void *arg, const struct talk_login *login,
	    char ret_id[SY_EVIDENCE_SIZE]);
	/* The server opened session ${number}: a handle for its end. */
	enum sy_err (*open_session)(void *arg, int64_t number,
	    char ret_handle[SY_EVIDENCE_SIZE]);
	/* The session of ${handle} ended. NOT_FOUND. */
	enum sy_err (*close_session)(void *arg, const char *handle);
};

struct talk {
	const struct talk_ops *ops;
	void *arg;
	enum sy_lang lang;
	uint32_t prompt; /* the number of the newest prompt */
};

static inline int64_t
talk_now(const struct talk *talk)
{
	return talk->ops->now(talk->arg);
}

static inline void
talk_post(const struct talk *talk, enum talk_call call, const void *message)
{
	talk->ops->post(talk->arg, call, message);
}

static inline void
talk_timer(const struct talk *talk, unsigned int ms)
{
	talk->ops->timer(talk->arg, ms);
}

/* Say a sentence; ${values} may be NULL. */
static inline void
talk_say(const struct talk *talk, enum sy_dialog_type type, enum text_id id,
    const struct text_values *values)
{
	char text[SY_DIALOG_TEXT_SIZE];

	text_get(talk->lang, id, values, text);
	talk->ops->say(talk->arg, type, text);
}

/*
 * Ask: hosts show either the information or the prompt, so each says all by
 * itself. The number that the answer must bear; no answer to an older prompt
 * counts any more.
 */
static inline uint32_t
talk_ask(struct talk *talk, enum text_id info, enum text_id prompt,
    const struct text_values *values, bool echo)
{
	struct sy_dialog_prompt p = { .number = ++talk->prompt, .echo = echo };

	talk_say(talk, SY_DIALOG_INFO, info, values);
	text_get(talk->lang, prompt, values, p.text);
	talk->ops->prompt(talk->arg, &p);
	return p.number;
}

#endif /* AGENT_TALK_H */
