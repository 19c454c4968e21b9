/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_PASSWORD_H
#define AGENT_PASSWORD_H

#include "ending.h"
#include "talk.h"

/*
 * The password's part of a login: ask for it, have it posted, and post it again
 * while the server is too busy to look. It is kept for that alone: wiped as
 * soon as the server has answered anything else, or nothing.
 *
 * The owner is told by hooks and answers with the calls below.
 */
struct password_hooks {
	/* Post ${typed} as TALK_AUTH_PASSWORD; it stays the part's. */
	void (*post)(void *owner, const struct sy_secret *typed);
	/* It can't go on. */
	void (*failed)(void *owner, const struct ending *ending);
};

enum password_state {
	PASSWORD_OFF,
	PASSWORD_ASKING, /* the prompt is out */
	PASSWORD_POSTED,
	PASSWORD_BUSY, /* it will be posted again */
};

struct password {
	struct talk *talk;
	const struct password_hooks *hooks;
	void *owner;
	enum password_state state;
	uint32_t prompt;      /* that lives */
	unsigned int prompts; /* how often it was asked for */
	unsigned int tries;   /* left, 0 if not told */
	int64_t busy_until;   /* then patience ends; 0: not busy yet */
	struct sy_secret *typed;
};

/* Make it ready for a login; nothing is asked yet. */
void password_init(struct password *password, struct talk *talk,
    const struct password_hooks *hooks, void *owner);

/* Ask. */
void password_ask(struct password *password);
/* The last one was wrong: say so and ask again. ${left} tries, 0: not told. */
void password_wrong(struct password *password, int64_t left);
/* Nobody knows whether the last one was looked at: ask again. */
void password_lost(struct password *password);
/* The server will look later: wait and post it again; 0: it won't. */
void password_busy(struct password *password, int64_t retry_after_s);
/* The server has answered: forget what was typed. */
void password_settled(struct password *password);
/* The same at the end, whatever is going on. */
void password_stop(struct password *password);

/* What happened. Takes ${*answer}, NULL if none was given. */
void password_on_answer(struct password *password, uint32_t number,
    struct sy_secret **answer);
void password_on_timer(struct password *password);

/* How long to wait for a busy server that named ${retry_after_s}, and in all:
 * somebody stands before the screen, and hosts give up on us in the end. */
#define PASSWORD_PATIENCE_MS 120000
unsigned int password_pause_ms(int64_t retry_after_s);

/* What a message can carry of an answer: anything else is not sent. */
enum text_id password_unfit(const struct sy_secret *typed);

#endif /* AGENT_PASSWORD_H */
