/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HASHER_ARENA_H
#define SERVER_HASHER_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The working memory of argon2id, kept from one hash to the next. A program
 * that links this has mmap and munmap of its own (arena.c tells why), and is to
 * hash in one thread only.
 */

/* The next hash takes ${memory} KiB. What is kept serves if it is as large;
 * it is given back if it is smaller, or if none of so many took all of it. */
#define ARENA_SPARE 256
void arena_expect(uint32_t memory);
/* Whether the last hash had its memory from here. */
bool arena_took(void);
/* Wipe what the last hash left. */
void arena_wipe(void);
/* Wipe it and give it back; no hash may be under way. */
void arena_release(void);
/* Bytes that are kept. */
size_t arena_size(void);

#endif /* SERVER_HASHER_ARENA_H */
