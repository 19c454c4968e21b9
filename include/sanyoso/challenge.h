/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_CHALLENGE_H
#define SY_CHALLENGE_H

#include <stdint.h>

#include <sanyoso/key.h>

/*
 * What a card signs. Server and agent fill it from what each knows by itself;
 * the same terminal, person, service, purpose and transaction on both sides or
 * the signature does not verify.
 */
#define SY_TXN_SIZE        16 /* transaction id, random */
#define SY_NONCE_SIZE      32
#define SY_CHALLENGE_LABEL "sanyoso-challenge-1"
/* A proof is good this long after its nonce was made, in seconds. */
#define SY_CHALLENGE_LIFE 60

struct sy_challenge {
	const char *server;   /* the server's name as in its certificate */
	const char *terminal; /* the terminal's name as in its certificate */
	const char *login;    /* canonical login name of the person */
	const char *service;  /* PAM service; "enroll" at enrolment */
	const char *purpose;  /* sy_purpose_name(); "enroll" at enrolment */
	uint8_t txn[SY_TXN_SIZE];
	uint8_t server_nonce[SY_NONCE_SIZE];
	uint8_t agent_nonce[SY_NONCE_SIZE];
};

/*
 * ${hash} over the label and the fields in the order above, each behind its
 * u16 length. ${ret_digest} has SY_HASH_SIZE_MAX bytes. ARG (a text is NULL or
 * over 65535), NOMEM, CRYPTO. Thread-safe.
 */
SY_API SY_MUST_USE enum sy_err sy_challenge_digest(
    const struct sy_challenge *challenge, enum sy_hash hash,
    uint8_t *ret_digest, size_t *ret_len);

#endif /* SY_CHALLENGE_H */
