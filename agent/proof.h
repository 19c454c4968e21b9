/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_PROOF_H
#define AGENT_PROOF_H

#include "talk.h"

/* What the card is to sign, apart from the agent's own nonce. */
struct proof_terms {
	const char *server;
	const char *terminal;
	const char *login;
	const char *service;
	const char *purpose;
	const char *txn; /* hex */
	const uint8_t *server_nonce;
};

/*
 * Make an own nonce (${ret_nonce}, SY_NONCE_SIZE bytes) and the digest by
 * ${hash} of all that is to be signed: ${ret_digest} has SY_HASH_SIZE_MAX
 * bytes. FORMAT (the transaction's id), and those of sy_challenge_digest.
 */
SY_MUST_USE enum sy_err proof_challenge(const struct talk *talk,
    const struct proof_terms *terms, enum sy_hash hash, uint8_t *ret_nonce,
    uint8_t *ret_digest, size_t *ret_len);

/*
 * Make an own nonce for ${proof} (with its txn) and the digest that a key with
 * ${hash} signs. ${ret_digest} has SY_HASH_SIZE_MAX bytes. FORMAT (the
 * transaction's id), and those of sy_challenge_digest.
 */
SY_MUST_USE enum sy_err proof_begin(const struct talk *talk,
    const struct proof_terms *terms, enum sy_hash hash,
    struct sy_auth_proof *proof, uint8_t *ret_digest, size_t *ret_len);

/*
 * What a FIDO2 key signs: the same digest (SHA-256), as the challenge of client
 * data of ${type}, SY_FIDO2_CREATE or SY_FIDO2_GET. As proof_challenge; ARG,
 * LIMIT, CRYPTO.
 */
struct proof_client {
	uint8_t agent_nonce[SY_NONCE_SIZE];
	uint8_t data[SY_FIDO2_CLIENT_DATA_MAX];
	uint16_t data_len;
	uint8_t hash[32];
};
SY_MUST_USE enum sy_err proof_client_data(const struct talk *talk,
    const struct proof_terms *terms, const char *type, const char *origin,
    struct proof_client *ret);

/*
 * What the server is told of a key's assertion, with the nonce and the client
 * data that were made for it. LIMIT.
 */
SY_MUST_USE enum sy_err proof_assertion(const struct proof_client *client,
    const char *txn, const struct sy_keydevice_signed *signed_,
    struct sy_auth_assertion *ret);

/* The credentials of a step, for the worker. LIMIT, PROTOCOL. */
SY_MUST_USE enum sy_err proof_credentials(const struct sy_list *list,
    struct sy_keydevice_start *start);

/* Put the card's signature in. LIMIT. */
SY_MUST_USE enum sy_err proof_finish(struct sy_auth_proof *proof,
    const uint8_t *sig, size_t len, unsigned int pins_wrong);

/* The hash that the key in a card's SubjectPublicKeyInfo signs. */
SY_MUST_USE enum sy_err proof_hash(const uint8_t *spki, size_t len,
    enum sy_hash *ret_hash);

/* Names of drivers ("jpki piv") as bits 1 << enum sy_driver. */
uint32_t proof_drivers(const char *names);

/* What of the methods that the server accepts can be done here. */
struct proof_offer {
	enum sy_slot slots[2]; /* of a card, in the server's order */
	size_t slot_count;
	uint32_t keys; /* of FIDO2 keys: bits 1 << enum sy_method */
	bool password;
};
void proof_offer(const char *methods, struct proof_offer *ret);
/* The method that a card's key under ${slot} is. */
const char *proof_method(enum sy_slot slot);

/* How long a nonce counts whose life the server gave in seconds. */
int64_t proof_life_ms(int64_t life);
/* Whether a card that signs now would sign too late for a nonce that came at
 * ${nonce_at} and counts for ${life_ms}. */
bool proof_is_late(const struct talk *talk, int64_t nonce_at, int64_t life_ms);

#endif /* AGENT_PROOF_H */
