/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NEWPIN_H
#define AGENT_NEWPIN_H

#include "ending.h"
#include "talk.h"

/*
 * A new PIN for a FIDO2 key: asked for twice, until both entries are alike. The
 * key has rules of its own; here only what no key takes is refused.
 */
struct newpin_hooks {
	/* It is there: newpin->fresh. */
	void (*typed)(void *owner);
	/* It can't go on. */
	void (*failed)(void *owner, const struct ending *ending);
};

enum newpin_state {
	NEWPIN_OFF,
	NEWPIN_FIRST,  /* the first prompt is out */
	NEWPIN_SECOND, /* the second */
};

struct newpin {
	struct talk *talk;
	const struct newpin_hooks *hooks;
	void *owner;
	enum newpin_state state;
	unsigned int least;      /* characters, as the key says */
	unsigned int asked;      /* how often */
	struct sy_secret *fresh; /* typed */
};

/* Make it ready; nothing is asked yet. */
void newpin_init(struct newpin *newpin, struct talk *talk,
    const struct newpin_hooks *hooks, void *owner);
/* Ask for one of ${least} characters at least. */
void newpin_ask(struct newpin *newpin, unsigned int least);
/* The key does not take it: say so and ask for another one. */
void newpin_refused(struct newpin *newpin);
/* Whether a prompt is out. */
bool newpin_is_on(const struct newpin *newpin);
/* Forget what was typed; no prompt lives. */
void newpin_stop(struct newpin *newpin);

/* What happened. Takes ${*answer}, NULL if none was given. */
void newpin_on_answer(struct newpin *newpin, uint32_t number,
    struct sy_secret **answer);
void newpin_on_timer(struct newpin *newpin);

#endif /* AGENT_NEWPIN_H */
