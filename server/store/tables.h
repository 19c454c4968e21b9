/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_STORE_TABLES_H
#define SERVER_STORE_TABLES_H

#include <sanyoso/device.h>
#include <sanyoso/message.h>
#include <sanyoso/password.h>
#include <sanyoso/policy.h>

#include "server/store/row.h"

/*
 * The rows that decide. Numbers of enums are stored: append only. Times are
 * microseconds since 1970 UTC, 0 = none. "sealed" columns are AES-256-GCM in
 * the database; "found" columns have a keyed blind index beside them.
 */

enum id_state {
	ID_PENDING = 1,
	ID_ACTIVE = 2,
	ID_DISABLED = 3,
};

/* A person's ID. */
struct id_row {
	int64_t id;
	char login[SY_LOGIN_SIZE]; /* sealed, found, unique */
	char staff[SY_STAFF_SIZE]; /* sealed, found, unique unless "" */
	char name[SY_NAME_SIZE];   /* sealed */
	char kana[SY_NAME_SIZE];   /* sealed: the name's reading */
	char born[SY_DATE_SIZE];   /* sealed: date of birth */
	/* Name, reading and birth in one normal form, sealed, found: the same
	 * person is not registered twice. "" if one of them is missing, or
	 * the ID is disabled. */
	char person[SY_NAME_SIZE * 2 + SY_DATE_SIZE];
	int64_t kind;  /* enum sy_kind */
	int64_t state; /* enum id_state */
	int64_t valid_from;
	int64_t valid_to; /* exclusive */
	int64_t created;
};

/* What was done to an ID. */
struct id_event_row {
	int64_t id;
	int64_t owner; /* ID's row; listed by it */
	int64_t time;
	char actor[SY_NAME_SIZE];  /* sealed, as the next ones */
	char action[SY_WORD_SIZE]; /* as in the log: "user.unlock" */
	char basis[SY_BASIS_SIZE];
};

enum password_state {
	PASSWORD_TEMPORARY = 1,   /* issued: to be changed at the first login */
	PASSWORD_ACTIVE = 2,      /* the person's own */
	PASSWORD_COMPROMISED = 3, /* no longer good for anything */
	PASSWORD_FORMER = 4,      /* kept so that it does not come back */
};

/* A password of an ID; at most one is not FORMER. */
struct password_row {
	int64_t id;
	int64_t owner;                     /* ID's row; listed by it */
	int64_t state;                     /* enum password_state */
	uint8_t hash[SY_HASH_OUTPUT_SIZE]; /* sealed: argon2id, peppered */
	uint16_t hash_len;
	uint8_t salt[SY_HASH_SALT_SIZE];
	uint16_t salt_len;
	int64_t memory; /* of struct sy_hash_params */
	int64_t passes;
	int64_t created;
	int64_t expires; /* TEMPORARY: not good from then on */
};

enum lockout_state {
	LOCKOUT_OPEN = 1,
	LOCKOUT_TIMED = 2,    /* until `until` */
	LOCKOUT_HELP = 3,     /* until the help desk unlocks */
	LOCKOUT_DISABLED = 4, /* until a password is issued anew */
};

/*
 * Tries of an ID's password. `failed` only grows; `forgiven` and `streak` say
 * up to where failures no longer count: the former for the next lock (success
 * and unlock move it), the latter for the limit of failures in a row (success
 * and a new password move it). A debit is in `pending` until it is known how
 * it came out; those of a former epoch (start of a server) have failed.
 */
struct lockout_row {
	int64_t id;
	int64_t owner; /* ID's row, below 0: a slot for unknown names; listed */
	int64_t epoch;
	int64_t pending;
	int64_t failed;
	int64_t forgiven;
	int64_t streak;
	int64_t locks; /* timed ones since success or unlock */
	int64_t state; /* enum lockout_state */
	int64_t until;
	int64_t changed; /* when a try was begun or settled last */
};

/* What the person is shown at the next login. */
struct activity_row {
	int64_t id;
	int64_t owner; /* ID's row; listed by it */
	int64_t login;
	char login_terminal[SY_TERMINAL_SIZE];
	int64_t logout;
	char logout_terminal[SY_TERMINAL_SIZE];
	int64_t failures; /* failed tries since `login` */
};

/* An open session; deleted when it ends (the log keeps both). */
struct session_row {
	int64_t id;
	int64_t owner;              /* ID's row, 0: unattended; listed by it */
	int64_t terminal;           /* listed by it */
	char account[SY_NAME_SIZE]; /* sealed: the Unix account */
	char service[SY_SERVICE_SIZE];
	char tty[SY_SERVICE_SIZE];
	int64_t purpose;           /* enum sy_purpose */
	uint8_t boot[SY_TXN_SIZE]; /* the terminal's boot */
	uint16_t boot_len;
	uint8_t txn[SY_TXN_SIZE]; /* found, unique: the login that opened it */
	uint16_t txn_len;
	int64_t opened;
};

enum token_state {
	TOKEN_ACTIVE = 1,
	TOKEN_LOST = 2,
	TOKEN_REVOKED = 3,
	TOKEN_REPLACED = 4, /* by another, in one visit */
};

/* A card that is bound to an ID. */
struct token_row {
	int64_t id;
	int64_t owner;  /* ID's row; listed by it */
	int64_t driver; /* enum sy_driver */
	int64_t method; /* enum sy_method; of a FIDO2 key the best that it was
			   enrolled for */
	int64_t alg;    /* enum sy_key_alg */
	int64_t origin; /* enum sy_origin */
	int64_t state;  /* enum token_state */
	int64_t enrolled;
	int64_t not_after;              /* the certificate's end */
	int64_t terminal;               /* where it was enrolled */
	uint8_t spki[SY_SPKI_SIZE_MAX]; /* sealed, found; unique while active */
	uint16_t spki_len;
	char basis[SY_BASIS_SIZE]; /* sealed */
};

/* What a FIDO2 token (SY_DRIVER_FIDO2) is besides: one for each. */
struct credential_row {
	int64_t id;
	int64_t token; /* its row; listed by it */
	int64_t owner; /* ID's row; listed by it */
	uint8_t credential[SY_FIDO2_CREDENTIAL_MAX]; /* sealed, found, unique */
	uint16_t credential_len;
	uint8_t aaguid[SY_AAGUID_SIZE];
	uint16_t aaguid_len;
	int64_t attestation; /* enum sy_attestation */
	int64_t firmware;    /* as the terminal said; 0: not told */
	int64_t managed;     /* 1: finger and random PIN under supervision */
	int64_t resident;    /* 1: kept on the key */
	int64_t reader;      /* 1: enrolled in a reader, 0: on USB */
};

/* The counter of a FIDO2 token; apart, for it changes with each use. */
struct key_counter_row {
	int64_t id;
	int64_t token; /* its row; listed by it */
	int64_t counter;
	int64_t changed;
};

/* The FIDO metadata in force; at most one. The models themselves are in a file
 * beside the database. */
struct metadata_row {
	int64_t id;
	int64_t number;
	int64_t next_update;
	int64_t imported;
	uint8_t digest[SY_DIGEST_SIZE]; /* SHA-256 of the file */
	uint16_t digest_len;
};

enum card_secret_state {
	CARD_SECRET_SENT = 1, /* the card has the present ones or the former */
	CARD_SECRET_SET = 2,  /* the card has shown that it has the present */
};

/*
 * The secrets of a card that we personalised. They are written before the card
 * gets them and are never given up while it may have them, so that a card that
 * is pulled out at any moment can still be opened.
 */
struct card_secret_row {
	int64_t id;
	uint8_t guid[SY_DEVICE_GUID_SIZE]; /* sealed, found, unique */
	uint16_t guid_len;
	int64_t token; /* the last token with it, 0: none yet; listed by it */
	int64_t owner; /* ID's row; listed by it */
	int64_t state; /* enum card_secret_state */
	int64_t changed;
	uint8_t management[SY_DEVICE_MANAGEMENT_SIZE]; /* sealed, as the next */
	uint16_t management_len;
	uint8_t puk[SY_DEVICE_PUK_SIZE];
	uint16_t puk_len;
	uint8_t former_management[SY_DEVICE_MANAGEMENT_SIZE]; /* 0: maker's */
	uint16_t former_management_len;
	uint8_t former_puk[SY_DEVICE_PUK_SIZE];
	uint16_t former_puk_len;
};

/* Who put a hold, and so who may lift it. */
enum hold_source {
	HOLD_OPERATOR = 1, /* suspend; resume lifts it */
	HOLD_VIOLATION = 2,
	HOLD_LOSS = 3,
	HOLD_EMERGENCY = 4,
	HOLD_CLONED = 5, /* of a key: its counter did not advance; put by the
			    server, resume lifts it */
};

/* A hold on an ID or a token; deleted when it is lifted (the log keeps both).
 */
struct hold_row {
	int64_t id;
	int64_t token;  /* token's row, 0: the ID itself; listed by it */
	int64_t owner;  /* ID's row, 0: of a token; listed by it */
	int64_t source; /* enum hold_source */
	int64_t since;
	char reason[SY_BASIS_SIZE]; /* sealed */
};

enum terminal_state {
	TERMINAL_INVITED = 1,
	TERMINAL_JOINED = 2,
	TERMINAL_REVOKED = 3,
};

/* A workstation. */
struct terminal_row {
	int64_t id;
	char name[SY_TERMINAL_SIZE];  /* found, unique */
	int64_t zone;                 /* enum sy_zone */
	int64_t state;                /* enum terminal_state */
	uint8_t cert[SY_DIGEST_SIZE]; /* SHA-256 of the certificate in force;
					 found */
	uint16_t cert_len;
	uint8_t next_cert[SY_DIGEST_SIZE]; /* renewed, not seen in use yet;
					      found */
	uint16_t next_cert_len;
	int64_t not_after;
	int64_t joined;
};

enum invitation_kind {
	INVITATION_JOIN = 1,   /* a terminal may join */
	INVITATION_ENROLL = 2, /* a person may enrol a card at a terminal */
	INVITATION_PERSONALISE = 3, /* or have one personalised */
	INVITATION_UNBLOCK = 4,     /* or have the PIN of one unblocked */
};

/* A one-time code that was handed out; deleted when used or replaced. */
struct invitation_row {
	int64_t id;
	int64_t kind;     /* enum invitation_kind */
	uint8_t code[16]; /* sealed, found, unique: the code's bytes */
	uint16_t code_len;
	int64_t terminal; /* terminal's row; listed by it */
	int64_t owner;    /* ID's row, 0 for a join; listed by it */
	int64_t method;   /* enum sy_method of the card, 0 for a join */
	int64_t expires;
	int64_t failures; /* wrong uses counted against it */
	int64_t replaces; /* token's row that ends when it is used, 0: none */
	int64_t record;   /* a join: the sequence of what invites it, else 0 */
	char basis[SY_BASIS_SIZE]; /* sealed */
};

extern const struct row_type row_type_id, row_type_id_event, row_type_password,
    row_type_lockout, row_type_activity, row_type_session, row_type_token,
    row_type_hold, row_type_terminal, row_type_invitation, row_type_card_secret,
    row_type_credential, row_type_key_counter, row_type_metadata;
/* All of them, NULL at the end: for checks of the whole database. */
extern const struct row_type *const row_types[];

#endif /* SERVER_STORE_TABLES_H */
