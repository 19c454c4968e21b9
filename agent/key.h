/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_KEY_H
#define AGENT_KEY_H

#include <sanyoso/keydevice.h>

#include "ending.h"
#include "talk.h"

/*
 * A FIDO2 key's part of a dialogue, the same at login and enrolment: ask for
 * the key, find out how it is to verify its user, ask for its PIN, tell what to
 * touch, and begin again when the key goes. As with cards, a prompt belongs to
 * one time that the key is there: what is typed into a prompt that died goes
 * nowhere, and no PIN is sent at the reserve. Where the owner has set ${looks}
 * there is no prompt either before it has confirmed this key.
 *
 * The owner is told by hooks and answers with the calls below. It may call
 * them from inside a hook.
 */
struct key_hooks {
	/* A key is there that may be used: key_want says how. */
	void (*found)(void *owner, const struct sy_keydevice_found *found);
	/* One is in place that is not wanted; it is still waited for another.
	 */
	void (*other)(void *owner);
	/* It went (or failed) before it had done its work; another wait began.
	 */
	void (*lost)(void *owner);
	/* What key_want asked for is there: send the request, key_send. Comes
	 * again after a wrong PIN or finger. With SY_KEY_UV_LOOK in ${uv} a
	 * look is to be asked for before the PIN that is wanted. */
	void (*ready)(void *owner);
	/* The key can't verify in this way (${code}), now or ever: key_want
	 * another, or key_unable. */
	void (*unable)(void *owner, enum sy_key_uv uv, enum sy_err code);
	/* SIGNED, MADE, LIST or DONE. */
	void (*done)(void *owner, const struct talk_event *event);
	/* It can't go on. */
	void (*failed)(void *owner, const struct ending *ending);
};

enum key_state {
	KEY_OFF,
	KEY_WAITING, /* for a key, or for the device */
	KEY_FOUND,   /* the owner says what to do */
	KEY_ASKING,  /* the PIN prompt is out */
	KEY_READY,   /* the owner makes the request */
	KEY_WORKING,
	KEY_REPLUG, /* it must be pulled out and put in again */
};

struct key {
	struct talk *talk;
	const struct key_hooks *hooks;
	void *owner;
	struct sy_keydevice_start start;
	unsigned int wait_ms;
	enum key_state state;
	struct sy_keydevice_found found;
	enum sy_key_uv uv; /* as wanted last */
	bool keep_pin;     /* for the next request too, until it is wrong */
	bool random_pin;   /* the worker has made one: an empty one stands for
			      it */
	bool changes_pin;  /* it is asked for to set another one: it may be due,
			      and the key may refuse the new one */
	bool looks;        /* a look comes before the first PIN of each key */
	bool confirmed;    /* this key by it, as long as it is in place */
	bool other;        /* as the worker said last */
	bool sampled;      /* a sample of a finger was asked for */
	unsigned int pin_tries; /* left, or PIN_TRIES_UNKNOWN */
	unsigned int uv_tries;
	unsigned int pins_wrong; /* as the keys counted */
	unsigned int fingers_wrong;
	unsigned int fingers;   /* the same of this key, as it is in place */
	unsigned int rounds;    /* how often a key was asked for */
	unsigned int prompts;   /* how often a PIN was asked for */
	unsigned int untouched; /* how often it was not touched */
	enum sy_err no_look;    /* why it gave none, in its own word */
	uint32_t prompt;        /* number of the prompt that lives, 0: none */
	int64_t deadline;       /* for the key */
	enum text_id said;      /* what the person reads at present */
	struct sy_secret *pin;  /* typed */
};

/* Begin; ${start}'s wait_ms is the time for the key. */
void key_begin(struct key *key, struct talk *talk,
    const struct key_hooks *hooks, void *owner,
    const struct sy_keydevice_start *start);
/*
 * The key that was found is to verify its user in this way: `ready` follows,
 * at once or when the PIN was typed, or `unable`.
 */
void key_want(struct key *key, enum sy_key_uv uv);
/* The look was of the right key: the PIN is asked for now. */
void key_confirm(struct key *key);
/* Send a request of ${type}, of the struct that sanyoso/keydevice.h names for
 * it. After the hook `ready` only. */
void key_send(struct key *key, enum sy_keydevice_type type,
    const void *request);
/* There is no other way: end with the sentence for ${code}. */
void key_unable(struct key *key, enum sy_key_uv uv, enum sy_err code);
/* A PIN that was chosen just now, for the requests that follow. Takes
 * ${*pin}. */
void key_set_pin(struct key *key, struct sy_secret **pin);
/* Let the key and the device go and forget the PIN. */
void key_stop(struct key *key);

/* Whether the key can verify its user in this way at present: OK, UV_BLOCKED,
 * KEY_BARE, KEY_UNFIT, PIN_BLOCKED, PIN_RESERVE, PIN_FACTORY (it demands
 * another PIN first). */
enum sy_err key_can(const struct key *key, enum sy_key_uv uv);

/* What happened. */
void key_on_device(struct key *key, const struct talk_event *event);
/* The answer to prompt ${number}, NULL if none was given. Takes ${*answer}. */
void key_on_answer(struct key *key, uint32_t number, struct sy_secret **answer);
void key_on_timer(struct key *key);

#endif /* AGENT_KEY_H */
