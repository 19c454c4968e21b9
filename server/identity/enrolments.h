/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_ENROLMENTS_H
#define SERVER_IDENTITY_ENROLMENTS_H

#include <sys/queue.h>

#include <sanyoso/device.h>
#include <sanyoso/message.h>
#include <sanyoso/policy.h>

/*
 * Enrolments under way, in memory: few, each bound to one terminal, person and
 * invitation. Loop thread only.
 */
#define ENROLMENT_LIFE 600 /* seconds, for finding card and PIN */
#define ENROLMENTS_MAX 64
/* A terminal that holds a code can't keep the others from enrolling. */
#define ENROLMENTS_TERMINAL 8
#define ENROLMENTS_SHOWN    8 /* cards shown in one enrolment */

enum enrolment_state {
	ENROLMENT_CARD,   /* a card is to be shown */
	ENROLMENT_PROOF,  /* a signature is to come */
	ENROLMENT_KEY,    /* a credential is to be made on a FIDO2 key */
	ENROLMENT_ASSERT, /* and to be used for the first time */
	ENROLMENT_LEDGER, /* the ledger has it */
	/* The card office's, in their order: these are the last ones. */
	ENROLMENT_OFFICE_CARD,  /* a card is to be shown */
	ENROLMENT_OFFICE_PROOF, /* it was told what to become */
	ENROLMENT_OFFICE_DONE,  /* it has to be told that it did */
};

/* A FIDO2 key's credential, until it has signed. */
struct enrolment_key {
	uint8_t credential[SY_FIDO2_CREDENTIAL_MAX];
	uint16_t credential_len;
	uint8_t aaguid[SY_AAGUID_SIZE];
	enum sy_attestation attestation;
	uint8_t statement[SY_DIGEST_SIZE]; /* SHA-256 of the attestation */
	uint8_t flags;
	uint32_t counter;
	uint8_t min_pin; /* signed by the key; 0: not told */
	/* What the terminal says. */
	int64_t firmware;
	bool reader, resident, managed;
};

/* Copied into the ledger's jobs. */
struct enrolment_facts {
	uint8_t txn[SY_TXN_SIZE];
	char txn_hex[SY_ID_SIZE];
	int64_t terminal;
	char terminal_name[SY_TERMINAL_SIZE];
	int64_t invitation;
	int64_t person;
	char login[SY_LOGIN_SIZE];
	char name[SY_NAME_SIZE];
	int64_t replaces; /* token, 0: none */
	/* The card office's: what is done, to which card. */
	enum sy_task task;       /* SY_TASK_SIGN: an enrolment */
	int64_t secret;          /* the card's secrets */
	int64_t token;           /* whose PIN it is */
	char handle[SY_ID_SIZE]; /* the card's GUID, in its certificate */
	/* The card that was found fit, and its challenge. */
	enum sy_driver driver;
	enum sy_method method;
	enum sy_key_alg alg;
	int64_t not_after; /* microseconds */
	uint8_t spki[SY_SPKI_SIZE_MAX];
	uint16_t spki_len;
	uint8_t nonce[SY_NONCE_SIZE];
	int64_t nonce_boot; /* seconds of the boot clock */
	struct enrolment_key key;
	/* A card's proof; the card office's, until the card has everything. */
	uint8_t agent_nonce[SY_NONCE_SIZE];
	uint8_t signature[SY_SIGNATURE_SIZE_MAX];
	uint16_t signature_len;
};

struct enrolment {
	struct enrolment_facts facts;
	enum enrolment_state state;
	unsigned int shown;
	int64_t ends; /* seconds of the boot clock */
	TAILQ_ENTRY(enrolment) link;
};

/* Whom the invitation is for, into facts that are under way. */
struct invitation_row;
struct id_row;
void enrolment_person(struct enrolment_facts *facts,
    const struct invitation_row *invitation, const struct id_row *owner);
/* The same from facts that the ledger thread filled. */
void enrolment_take_person(struct enrolment_facts *facts,
    const struct enrolment_facts *from);

struct enrolments;

SY_MUST_USE enum sy_err enrolments_new(struct enrolments **ret_enrolments);
void enrolments_free(struct enrolments **enrolments);
/* A new one of ${terminal}. BUSY: too many are open, of this terminal or in
 * all; CRYPTO, NOMEM. */
SY_MUST_USE enum sy_err enrolments_begin(struct enrolments *e, int64_t terminal,
    int64_t now, struct enrolment **ret);
/* FORMAT, NOT_FOUND. */
SY_MUST_USE enum sy_err enrolments_find(struct enrolments *e, const char *hex,
    int64_t now, struct enrolment **ret);
void enrolments_remove(struct enrolments *e, struct enrolment **enrolment);
/* The oldest whose end has come and that the ledger does not have, or NULL. */
struct enrolment *enrolments_expired(struct enrolments *e, int64_t now,
    bool all);

/* Record and forget those whose time is over: enroll_end.c. */
struct server;
void enroll_expire(struct server *server, bool all);

#endif /* SERVER_IDENTITY_ENROLMENTS_H */
