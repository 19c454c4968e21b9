/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_AUDIT_H
#define SY_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include <sanyoso/buf.h>

/*
 * The audit log's formats: records, their commitments, the hash chain, the
 * Merkle tree and the signed head. Pure functions; thread-safe. Those that
 * hash return SY_ERR_CRYPTO when OpenSSL fails (out of memory); nothing was
 * changed then.
 *
 * A record is encoded canonically; what goes into chain and tree is
 *   commitment = SHA-256(0x02 || salt[16] || encoding)
 *   leaf       = SHA-256(0x00 || u64 seq || u64 time || commitment)
 *                                             (RFC 9162 section 2.1.1)
 *   chain      = SHA-256(0x03 || previous chain || leaf); the first
 *                previous chain is 32 zero bytes
 *   node       = SHA-256(0x01 || left || right)
 * so that a record can be sealed, handed out or erased by itself while chain
 * and tree still verify.
 */
#define SY_DIGEST_SIZE     32
#define SY_AUDIT_SALT_SIZE 16
#define SY_AUDIT_BODY_MAX  8192
#define SY_AUDIT_PAIRS_MAX 48

enum sy_outcome {
	SY_OUTCOME_DONE = 1,   /* an operation took place */
	SY_OUTCOME_ALLOW = 2,  /* a verdict */
	SY_OUTCOME_DENY = 3,   /* a verdict, or an operation refused */
	SY_OUTCOME_FAILED = 4, /* device or authority failed; nobody's fault */
	SY_OUTCOME_ALARM = 5,  /* something that must not be */
	SY_OUTCOME_COUNT = 6,
};
SY_API const char *sy_outcome_name(enum sy_outcome outcome);

/* One more fact of a record. Values are text or bytes, never secrets. */
struct sy_audit_pair {
	const char *key;
	const uint8_t *value;
	size_t len;
	bool is_text;
};

/* Texts are clean UTF-8 up to 255 bytes, "" if none. */
struct sy_audit_record {
	uint64_t seq;         /* from 1, without gaps */
	int64_t time;         /* microseconds since 1970, UTC */
	bool clock_synced;    /* the kernel says the clock is synchronised */
	const char *node;     /* the server */
	const char *actor;    /* who did it: "login:suzuki", "root", "server" */
	const char *terminal; /* where, a terminal's name */
	const char *subject;  /* to whom or what: "id:12", "token:7" */
	const char *action;   /* "auth.verdict", "token.lost", ... */
	enum sy_outcome outcome;
	const char *reason; /* sy_reason_name, sy_err_name, or free words */
	const struct sy_audit_pair *pairs; /* sorted by key, no key twice */
	size_t pair_count;
};

/*
 * The canonical encoding into ${out}, which is reset: u8 version 1, u8 clock
 * synchronised, texts node, actor, terminal, subject, action, u8 outcome, text
 * reason, u16 number of pairs, and for each text key, u8 is text, bytes16
 * value. seq and time are not in it: they stand in the leaf. ARG (not sorted,
 * text not clean), LIMIT, NOMEM.
 */
SY_API SY_MUST_USE enum sy_err sy_audit_encode(
    const struct sy_audit_record *record, struct sy_buf *out);

/* Back, with seq and time 0. Texts and pairs live in ${*ret_owner}; free it
 * with free(). FORMAT if it is not exactly what sy_audit_encode makes. */
SY_API SY_MUST_USE enum sy_err sy_audit_decode(const uint8_t *data, size_t len,
    struct sy_audit_record *ret_record, void **ret_owner);

SY_API SY_MUST_USE enum sy_err sy_audit_commitment(
    const uint8_t salt[SY_AUDIT_SALT_SIZE], const uint8_t *encoding, size_t len,
    uint8_t ret[SY_DIGEST_SIZE]);
SY_API SY_MUST_USE enum sy_err sy_audit_leaf(uint64_t seq, int64_t time,
    const uint8_t commitment[SY_DIGEST_SIZE], uint8_t ret[SY_DIGEST_SIZE]);
SY_API SY_MUST_USE enum sy_err sy_audit_chain(
    const uint8_t previous[SY_DIGEST_SIZE], const uint8_t leaf[SY_DIGEST_SIZE],
    uint8_t ret[SY_DIGEST_SIZE]);

/* The right edge of a Merkle tree (RFC 9162 section 2.1.2): enough to add
 * leaves and to know the root. Zero it to begin. At most 2^63 - 1 leaves
 * (LIMIT). */
struct sy_tree {
	uint64_t size;
	uint8_t edge[64][SY_DIGEST_SIZE]; /* complete subtrees, largest first */
	unsigned int edges;
};
SY_API SY_MUST_USE enum sy_err sy_tree_add(struct sy_tree *tree,
    const uint8_t leaf[SY_DIGEST_SIZE]);
/* The root of an empty tree is SHA-256 of nothing. */
SY_API SY_MUST_USE enum sy_err sy_tree_root(const struct sy_tree *tree,
    uint8_t ret[SY_DIGEST_SIZE]);
/* Into ${out}, which is reset: u8 version 1, u64 size, the edge's nodes,
 * largest first. ARG, LIMIT, NOMEM. */
SY_API SY_MUST_USE enum sy_err sy_tree_encode(const struct sy_tree *tree,
    struct sy_buf *out);
/* FORMAT. */
SY_API SY_MUST_USE enum sy_err sy_tree_decode(const uint8_t *data, size_t len,
    struct sy_tree *ret_tree);

/*
 * That a leaf is in a tree (RFC 9162 section 2.1.3): the nodes beside its way
 * up to the root, from below. Zero it to begin.
 */
#define SY_TREE_PATH_MAX 63
struct sy_tree_path {
	uint8_t node[SY_TREE_PATH_MAX][SY_DIGEST_SIZE];
	unsigned int count;
};
/*
 * Append to ${path} what lies beside number ${index} of the ${count} ${nodes}
 * of one level, and above it; what they come to stands in ${nodes[0]}
 * afterwards, the others are overwritten. Of the leaves of a tree; or of those
 * of one complete subtree, and then of all subtrees of that size with what is
 * left at the end. ARG, LIMIT.
 */
SY_API SY_MUST_USE enum sy_err sy_tree_path_add(
    uint8_t (*nodes)[SY_DIGEST_SIZE], size_t count, size_t index,
    struct sy_tree_path *path);
/* The root of a tree of ${size} leaves that has ${leaf} at ${index} (from 0),
 * if ${path} is right. FORMAT: it has another length. */
SY_API SY_MUST_USE enum sy_err sy_tree_path_root(
    const struct sy_tree_path *path, const uint8_t leaf[SY_DIGEST_SIZE],
    uint64_t index, uint64_t size, uint8_t ret[SY_DIGEST_SIZE]);

/* What is signed (Ed25519, RFC 8032) with each commit group. */
struct sy_head {
	uint64_t size; /* records; the last one's sequence */
	int64_t time;
	uint8_t root[SY_DIGEST_SIZE];
	uint8_t chain[SY_DIGEST_SIZE];
	uint8_t rows[SY_DIGEST_SIZE]; /* sum of the MACs of all deciding rows */
};
#define SY_HEAD_LABEL_SIZE  18
#define SY_HEAD_SIZE        (SY_HEAD_LABEL_SIZE + 8 + 8 + 3 * SY_DIGEST_SIZE)
#define SY_HEAD_LABEL       "sanyoso-log-head-1"
#define SY_ED25519_KEY_SIZE 32
#define SY_ED25519_SIG_SIZE 64
SY_API void sy_head_encode(const struct sy_head *head,
    uint8_t ret[SY_HEAD_SIZE]);
/* FORMAT. */
SY_API SY_MUST_USE enum sy_err sy_head_decode(const uint8_t *data, size_t len,
    struct sy_head *ret_head);
/* SY_OK, SY_ERR_SIGNATURE, SY_ERR_CRYPTO. */
SY_API SY_MUST_USE enum sy_err sy_head_verify(
    const uint8_t public_key[SY_ED25519_KEY_SIZE],
    const uint8_t encoded[SY_HEAD_SIZE],
    const uint8_t signature[SY_ED25519_SIG_SIZE]);

#endif /* SY_AUDIT_H */
