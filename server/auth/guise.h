/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_GUISE_H
#define SERVER_AUTH_GUISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/password.h>

/*
 * What the hash of somebody who has none costs. Hashes that are cheaper than
 * the present parameters are evened out (hashing_even). Those that are dearer,
 * because the parameters were lowered, can't be: until their people have logged
 * in, as large a share of all other names costs as much, the same ones each
 * time; with each person who logs in their number goes down too. Loop thread
 * only.
 */
#define GUISES_MAX 8
#define GUISE_LIFE 60 /* seconds, after which people are counted again */

struct guise {
	struct sy_hash_params params;
	int64_t count; /* people */
};

struct guises {
	struct sy_hash_params now;
	struct guise dearer[GUISES_MAX]; /* the dearest first */
	size_t count;
	int64_t people; /* with a password, of all parameters */
	bool counted;
	int64_t counted_at; /* seconds of the boot clock */
};

struct row_view;

void guises_init(struct guises *guises, const struct sy_hash_params *now);
/* Count again when it is time to; what fails is tried the next time. Once there
 * is none that is dearer there will be none. */
void guises_count(struct guises *guises, struct row_view *view, int64_t now);
/* The parameters for the name that ${number} belongs to, which is to be
 * evenly distributed. */
void guises_pick(const struct guises *guises, uint16_t number,
    struct sy_hash_params *ret);

#endif /* SERVER_AUTH_GUISE_H */
