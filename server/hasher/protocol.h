/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HASHER_PROTOCOL_H
#define SERVER_HASHER_PROTOCOL_H

#include <sanyoso/frame.h>
#include <sanyoso/password.h>
#include <sanyoso/secret.h>

/*
 * Between sanyosod and a hasher: frames (sy_frame) on a socketpair.
 *
 *   READY   u16 code, u8 kept, text sentence: once, at its start
 *   HASH    u32 memory (KiB), u32 passes, raw16 salt, bytes16 password
 *   HASHED  u16 code, raw32 hash
 *
 * A HASH is answered by one HASHED, and only then may another follow. Whoever
 * gets anything else closes the socket.
 */
#define HASHER_VERSION   1
#define HASHER_FRAME_MAX 2048
#define HASHER_TEXT_SIZE 128
/* The socket of a hasher. */
#define HASHER_FD 3

enum hasher_frame {
	HASHER_READY = 1,
	HASHER_HASH = 2,
	HASHER_HASHED = 3,
};

struct hasher_ready {
	enum sy_err code;            /* why it can't work, or SY_OK */
	bool kept;                   /* its memory stays between hashes */
	char text[HASHER_TEXT_SIZE]; /* about ${code}, for the log */
};

struct hasher_task {
	struct sy_hash_params params;
	uint8_t salt[SY_HASH_SALT_SIZE];
	struct sy_secret *password;
};

#define HASHER_HASHED_SIZE (SY_FRAME_HEADER + 2 + SY_HASH_OUTPUT_SIZE)

/* Whole frames. ARG (parameters or password out of bounds), LIMIT, NOMEM. */
SY_MUST_USE enum sy_err hasher_put_ready(struct sy_buf *out,
    const struct hasher_ready *ready);
/* In a secret, to be freed. */
SY_MUST_USE enum sy_err hasher_put_task(const struct sy_secret *password,
    const struct sy_hash_params *params, const uint8_t salt[SY_HASH_SALT_SIZE],
    struct sy_secret **ret_frame);
/* In ${out}, to be wiped. */
void hasher_put_hashed(uint8_t out[HASHER_HASHED_SIZE], enum sy_err code,
    const uint8_t hash[SY_HASH_OUTPUT_SIZE]);

/* Take a frame apart. VERSION, PROTOCOL (another type), FORMAT; NOMEM. What is
 * to be returned is written on success only. */
SY_MUST_USE enum sy_err hasher_get_ready(const struct sy_frame *frame,
    struct hasher_ready *ret);
/* Free ${ret->password}. */
SY_MUST_USE enum sy_err hasher_get_task(const struct sy_frame *frame,
    struct hasher_task *ret);
SY_MUST_USE enum sy_err hasher_get_hashed(const struct sy_frame *frame,
    enum sy_err *ret_code, uint8_t ret_hash[SY_HASH_OUTPUT_SIZE]);

#endif /* SERVER_HASHER_PROTOCOL_H */
