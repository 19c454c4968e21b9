/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_PROTOCOL_H
#define SERVER_KEEPER_PROTOCOL_H

#include <sanyoso/audit.h>
#include <sanyoso/frame.h>

#include "server/keeper/keeper.h"

/*
 * Between keeper and client: frames (sy_frame) with an own, larger maximum.
 *
 *   HELLO    bytes32 CA certificate (PEM), raw32 public key of log heads
 *   SORRY    u16 code, bytes16 place, bytes16 sentence: it could not start
 *   BATCH    u32 count, operations
 *   RESULTS  u32 count, results in the same order: u16 code, bytes32 data
 *   REFUSED  empty: the batch was malformed and nothing of it was done
 *
 * A batch is KEEPER_BATCH_MAX long at most. An operation is u8 enum keeper_op
 * and
 *
 *   SEAL, UNSEAL                text table, text column, u64 row, bytes32 data
 *   INDEX                       text table, text column, bytes32 data
 *   MAC                         u16 count, parts: u8 0 and bytes32, or u8 1 and
 *                               the u32 number of an earlier operation whose
 *                               result stands there
 *   CHECK                       bytes32 data, raw32 MAC
 *   HEAD                        u64 base, bytes32 leaves, raw SY_HEAD_SIZE
 *   CONFIRM                     u64 size
 *   HISTORY                     nothing; the result is u8 1 if no log was seen,
 *                               u64 size
 *   SHOW                        bytes32 leaves
 *   RESUME                      bytes32 tree or nothing, raw SY_HEAD_SIZE, raw
 *                               SY_ED25519_SIG_SIZE
 *   SERVER_CERT                 text name, bytes32 CSR (PEM), u64 not after
 *   TERMINAL_CERT, _RENEWAL     the same, bytes32 claim (claim.h)
 *   PEPPER                      u64 owner, bytes32 hash
 *   PERSON_CERT                 text name, bytes32 SubjectPublicKeyInfo, u64
 * not after
 */
#define KEEPER_VERSION   1
#define KEEPER_FRAME_MAX ((size_t)8 * 1024 * 1024)
/* Results are longer than what they come from. */
#define KEEPER_BATCH_MAX   ((size_t)4 * 1024 * 1024)
#define KEEPER_OPS_MAX     65536
#define KEEPER_DATA_MAX    ((size_t)64 * 1024) /* of one operation */
#define KEEPER_PARTS_MAX   256
#define KEEPER_LEAVES_SIZE ((size_t)KEEPER_LEAVES_MAX * SY_DIGEST_SIZE)
#define KEEPER_NAME_SIZE   32
#define KEEPER_KEY_SIZE    32
/* Sealed data: u8 version 1, nonce, ciphertext, tag (AES-256-GCM with random
 * nonce, NIST SP 800-38D). */
#define KEEPER_SEAL_VERSION 1
#define KEEPER_NONCE_SIZE   12
#define KEEPER_TAG_SIZE     16
#define KEEPER_SEAL_EXTRA   (1 + KEEPER_NONCE_SIZE + KEEPER_TAG_SIZE)
_Static_assert(KEEPER_SEAL_EXTRA == KEEPER_SEALED_EXTRA, "as promised");

enum keeper_frame {
	KEEPER_HELLO = 1,
	KEEPER_SORRY = 2,
	KEEPER_BATCH = 3,
	KEEPER_RESULTS = 4,
	KEEPER_REFUSED = 5,
};

enum keeper_op {
	KEEPER_OP_SEAL = 1,
	KEEPER_OP_UNSEAL = 2,
	KEEPER_OP_INDEX = 3,
	KEEPER_OP_MAC = 4,
	KEEPER_OP_CHECK = 5,
	KEEPER_OP_HEAD = 6,
	KEEPER_OP_TERMINAL_CERT = 7,
	KEEPER_OP_SERVER_CERT = 8,
	KEEPER_OP_PEPPER = 9,
	KEEPER_OP_PERSON_CERT = 10,
	KEEPER_OP_CONFIRM = 11,
	KEEPER_OP_HISTORY = 12,
	KEEPER_OP_SHOW = 13,
	KEEPER_OP_RESUME = 14,
	KEEPER_OP_TERMINAL_RENEWAL = 15,
};

enum keeper_part_kind {
	KEEPER_PART_BYTES = 0,
	KEEPER_PART_RESULT = 1,
};

/* Set the length of the frame that was begun by sy_frame_begin. */
SY_MUST_USE enum sy_err keeper_frame_end(struct sy_buf *frame);

/* Input of one end of a channel. */
struct keeper_input {
	uint8_t *data;
	size_t len;
	size_t size;
};
void keeper_input_clear(struct keeper_input *in);

/* All of ${data}; CLOSED, TIMEOUT (the socket's own), IO. */
SY_MUST_USE enum sy_err keeper_send(int fd, const uint8_t *data, size_t len);
/* One frame; nothing may follow it. CLOSED, TIMEOUT, IO, NOMEM, LIMIT,
 * PROTOCOL. The frame's body is valid until the next call. */
SY_MUST_USE enum sy_err keeper_receive(int fd, struct keeper_input *in,
    struct sy_frame *ret_frame);

#endif /* SERVER_KEEPER_PROTOCOL_H */
