/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIVE_KEY_H
#define LIVE_KEY_H

#include <pthread.h>

#include "tests/vkey/create.h"
#include "tests/vkey/hid.h"
#include "tests/vkey/script.h"

/*
 * A virtual FIDO2 key behind a socket that takes the place of its hidraw file.
 * It lives on a thread of its own, so that it can wait for its person while the
 * other side goes on; but it runs only while it is given its turn, so that all
 * happens in one order and by one clock. Its fields are free to be looked at
 * and changed between turns.
 */
struct live_key {
	struct vk_key *key;
	struct vk_scene scene;
	struct vk_hid hid;
	const uint64_t *clock; /* milliseconds */
	unsigned int mute_at;  /* its N-th frame and all after it are lost */
	bool mute;             /* they are */
	bool plugged;

	/* --- inside --- */
	int fd;        /* its end of the line; -1: nobody has it open */
	int other_end; /* the same line, to see what is not read yet */
	unsigned int pulls;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t turned;
	bool runs, quit;
};

/* A key of CTAP 2.1 with PIN commands, with a sensor if it has fingers;
 * plugged in. */
void live_key_start(struct live_key *live, const struct vk_recipe *recipe,
    const uint64_t *clock);
void live_key_end(struct live_key *live);

/* Open it: the other end of a new line, to be closed by whoever has it. */
int live_key_connect(struct live_key *live);
/* Let it do what it can do now. */
void live_key_turn(struct live_key *live);
/* Whether there is nothing to be read on its line. */
bool live_key_is_quiet(const struct live_key *live);
/* A report for another program, which has the key open as well. */
void live_key_stir(const struct live_key *live);

void live_key_pull(struct live_key *live);
/* In again: the power was off. */
void live_key_plug(struct live_key *live);

/* A fault as in tests/vkey/fault.h; words as in tests/vkey/script.h. */
void live_key_fault(struct live_key *live, const char *text);
void live_key_touch(struct live_key *live, const char *words);
void live_key_finger(struct live_key *live, const char *words);

#endif /* LIVE_KEY_H */
