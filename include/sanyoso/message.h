/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_MESSAGE_H
#define SY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/audit.h>
#include <sanyoso/challenge.h>
#include <sanyoso/fido2.h>
#include <sanyoso/key.h>
#include <sanyoso/text.h>

/*
 * The messages between agent or sanyosoctl and server: JSON objects (RFC 8259)
 * over HTTP, each defined once, by a table from which both coder and decoder
 * work. Decoding is strict: unknown, repeated or missing members, wrong types,
 * texts that are too long or not clean, numbers out of range, nesting beyond
 * what the message has and trailing bytes are refused with the member named.
 * Bytes travel as base64. Thread-safe.
 *
 * Every request carries the header "Sanyoso-Wire: 1". A failed request is
 * answered with an HTTP status of 400 or more and SY_MESSAGE_FAILURE.
 */
#define SY_WIRE_VERSION     1
#define SY_WIRE_HEADER      "Sanyoso-Wire"
#define SY_MESSAGE_SIZE_MAX (64 * 1024)       /* of a request */
#define SY_REPLY_SIZE_MAX   (4 * 1024 * 1024) /* lists for operators */

enum sy_field_type {
	SY_FIELD_TEXT,  /* char array of ${size} */
	SY_FIELD_INT,   /* int64_t in ${min}..${max} */
	SY_FIELD_BOOL,  /* bool */
	SY_FIELD_BYTES, /* uint8_t array of ${size}, uint16_t length beside it
			 */
	SY_FIELD_LIST,  /* struct sy_list of objects of ${item} */
};

struct sy_list {
	void *items; /* ${count} structs in a row */
	size_t count;
};

struct sy_field {
	const char *name;
	enum sy_field_type type;
	bool optional; /* absent: "", 0, false, no bytes, no items; a TEXT or
			  BYTES that is not optional is never empty */
	bool lines;    /* TEXT: line feeds are allowed too (PEM) */
	size_t offset;
	size_t size;       /* TEXT and BYTES: room; BYTES: the most allowed */
	size_t len_offset; /* BYTES: where the uint16_t length is */
	size_t fixed;      /* BYTES: exactly this many, 0 = any */
	int64_t min, max;  /* INT; LIST: max items */
	const struct sy_message *item;
};

struct sy_message {
	const char *name;
	size_t size; /* of the struct */
	const struct sy_field *fields;
	size_t count;
};

/* The longest texts of messages, with their NUL. */
#define SY_ID_SIZE            33 /* txn in hex */
#define SY_TOKEN_SIZE         24
#define SY_STAFF_SIZE         33
#define SY_BASIS_SIZE         256
#define SY_WORD_SIZE          32 /* names of methods, states, reasons */
#define SY_PEM_SIZE           8192
#define SY_SENTENCE_SIZE      512
#define SY_PASSWORD_TEXT_SIZE 256
#define SY_NOTICE_TEXT_SIZE   1024
#define SY_DATE_SIZE          11 /* "1985-04-01" */

/* --- terminal listener: login --- */

/* Failed tries that are counted; more are not told apart. */
#define SY_FAILURES_MAX 1000000

/* An id of a FIDO2 credential. */
struct sy_credential {
	uint8_t id[SY_FIDO2_CREDENTIAL_MAX];
	uint16_t id_len;
};
/* As many are in a step, whether the person has them or not. */
#define SY_CREDENTIALS_SHOWN 4

/* POST /v1/auth -> auth_step */
struct sy_auth_begin {
	char
	    user[SY_NAME_SIZE]; /* as given; the server makes it canonical;
				   "" where a card tells who it is (identify) */
	char service[SY_SERVICE_SIZE];
	char purpose[SY_WORD_SIZE];
	char tty[SY_SERVICE_SIZE];
	char ruser[SY_NAME_SIZE];
	char rhost[SY_HOST_SIZE];
	char lang[SY_WORD_SIZE]; /* "ja" or "en": of texts to the person */
	bool identify;           /* the card says who it is */
	bool change;             /* to change the password at will */
	/* A card in place, for purposes where that counts (unlock). */
	char driver[SY_WORD_SIZE];
	uint8_t spki[SY_SPKI_SIZE_MAX];
	uint16_t spki_len;
	int64_t tries;
};
/* POST /v1/auth/card -> auth_step */
struct sy_auth_card {
	char txn[SY_ID_SIZE];
	char driver[SY_WORD_SIZE];
	char method[SY_WORD_SIZE]; /* "card-pin" or "card" */
	uint8_t spki[SY_SPKI_SIZE_MAX];
	uint16_t spki_len;
	int64_t tries; /* left as the card says, 255 unknown */
	bool more;     /* if this key is nobody's, the card has another one that
			  will be shown: it is no wrong card yet */
};
/* POST /v1/auth/key -> auth_step ("assert"): a FIDO2 key is to be used, or
 * again, for a nonce that is fresh. */
struct sy_auth_key {
	char txn[SY_ID_SIZE];
	char method[SY_WORD_SIZE]; /* fido2, fido2-uv, fido2-bio: which of those
				      offered the person goes for */
	bool other; /* a key was in place that is none of the person's:
		       recorded, and counted as a wrong card is */
};
/* POST /v1/auth/assertion -> auth_step; and POST /v1/auth/look, of a key that
 * signed without its person, -> auth_step ("assert" once more) */
struct sy_auth_assertion {
	char txn[SY_ID_SIZE];
	uint8_t agent_nonce[SY_NONCE_SIZE];
	uint16_t agent_nonce_len;
	uint8_t credential[SY_FIDO2_CREDENTIAL_MAX];
	uint16_t credential_len;
	uint8_t client_data[SY_FIDO2_CLIENT_DATA_MAX];
	uint16_t client_data_len;
	uint8_t authdata[SY_FIDO2_AUTHDATA_MAX];
	uint16_t authdata_len;
	uint8_t signature[SY_SIGNATURE_SIZE_MAX];
	uint16_t signature_len;
	uint8_t handle[SY_FIDO2_HANDLE_MAX]; /* as the key keeps it, or none */
	uint16_t handle_len;
	/* What the terminal says, and nobody signed. */
	bool built_in; /* it asked for built-in verification, and sent no PIN */
	int64_t pins_wrong;
	int64_t fingers_wrong;
};
/* POST /v1/auth/password -> auth_step. A secret: wipe the struct. A failure
 * "busy" with retry_after leaves the login as it was: send it again. */
struct sy_auth_password {
	char txn[SY_ID_SIZE];
	uint8_t password[1024]; /* as typed; the server brings it to NFC */
	uint16_t password_len;
};
/* POST /v1/auth/proof -> auth_step */
struct sy_auth_proof {
	char txn[SY_ID_SIZE];
	uint8_t agent_nonce[SY_NONCE_SIZE];
	uint16_t agent_nonce_len;
	uint8_t signature[SY_SIGNATURE_SIZE_MAX];
	uint16_t signature_len;
	int64_t
	    pins_wrong; /* typed before the right one, as the card counted */
};
/* POST /v1/auth/abandon -> auth_step (a verdict, always deny) */
struct sy_auth_abandon {
	char txn[SY_ID_SIZE];
	char failure[SY_WORD_SIZE]; /* credential, device, authority, cancelled
				     */
	char reason[SY_WORD_SIZE];  /* sy_err_name */
	char place[SY_NAME_SIZE];
	int64_t pins_wrong;
};
/* POST /v1/auth/verdict -> auth_step: a committed verdict once more */
struct sy_auth_fetch {
	char txn[SY_ID_SIZE];
};
struct sy_auth_step {
	char txn[SY_ID_SIZE];
	/* "present": ask for one of ${methods}; "prove": this card is right,
	 * sign; "wrong-card": take it out, another may be tried; "assert": have
	 * a key that holds one of ${credentials} sign; "verdict" */
	char step[SY_WORD_SIZE];
	char methods[SY_NAME_SIZE];   /* present: "card-pin card password" */
	bool wrong;                   /* present: the last password was wrong */
	int64_t left;                 /* and so many tries are left, 0: not told
				       */
	char drivers[SY_NAME_SIZE];   /* present: "jpki piv" */
	bool fresh;                   /* present: put in after the prompt */
	int64_t reserve;              /* present: PIN tries never used up */
	char login[SY_LOGIN_SIZE];    /* prove: the person, as to be signed */
	uint8_t nonce[SY_NONCE_SIZE]; /* prove */
	uint16_t nonce_len;
	int64_t life; /* prove: seconds that the nonce is good for */
	/* assert, with login, nonce and life as for prove (login "" where the
	 * key says who it is) */
	char rp_id[SY_FIDO2_RP_SIZE];
	char origin[SY_FIDO2_ORIGIN_SIZE];
	bool uv;                    /* user verification is needed */
	struct sy_list credentials; /* sy_credential: those of the person, and
				       as many others as hide how many */
	char verdict[SY_WORD_SIZE]; /* verdict: "allow" or "deny" */
	char reason[SY_WORD_SIZE];  /* what may be told to the terminal */
	char support[SY_WORD_SIZE]; /* code by which the log entry is found */
	int64_t until; /* deny: when a timed lock ends; 0: none, or not by
			  itself */
	/* allow: what goes with it. */
	char change[SY_WORD_SIZE]; /* why the password must be changed before a
				      session opens: "temporary", "expired";
				      "asked" where auth_begin.change was set;
				      "" if it need not */
	char rules[SY_PASSWORD_TEXT_SIZE]; /* change: sy_password_rules_words */
	char notice[SY_NOTICE_TEXT_SIZE];  /* of the organisation */
	int64_t last_login; /* seconds; 0: none, as the next ones */
	int64_t last_logout;
	char last_login_terminal[SY_TERMINAL_SIZE];
	char last_logout_terminal[SY_TERMINAL_SIZE];
	int64_t failures;      /* failed tries since the last login */
	int64_t password_ends; /* within the time of warning, else 0 */
	int64_t card_ends;     /* likewise for the card that was shown */
};

/* POST /v1/password/change -> password_step, on a login that was allowed with
 * a reason to change. A secret: wipe the struct. */
struct sy_password_change {
	char txn[SY_ID_SIZE];
	uint8_t password[1024];
	uint16_t password_len;
};
struct sy_password_step {
	char step[SY_WORD_SIZE];            /* "changed", "broken" */
	char rules[SY_PASSWORD_TEXT_SIZE];  /* all, sy_password_rules_words */
	char broken[SY_PASSWORD_TEXT_SIZE]; /* broken: those that are */
	char support[SY_WORD_SIZE];
};

/* --- terminal listener: accounts and sessions --- */

/* POST /v1/account -> account_step: an account phase without a login: a live
 * proven session of that person at this terminal, or [unattended]. */
struct sy_account {
	char user[SY_NAME_SIZE]; /* whose account */
	char service[SY_SERVICE_SIZE];
	char purpose[SY_WORD_SIZE];
	char tty[SY_SERVICE_SIZE];
	char ruser[SY_NAME_SIZE];
	char rhost[SY_HOST_SIZE];
	char boot[SY_ID_SIZE]; /* which start of the terminal this is, hex */
};
struct sy_account_step {
	char txn[SY_ID_SIZE]; /* allow: for the session */
	char verdict[SY_WORD_SIZE];
	char reason[SY_WORD_SIZE]; /* allow: "session", "unattended" */
	char login[SY_LOGIN_SIZE]; /* allow: the person, "" if unattended */
	char support[SY_WORD_SIZE];
};

/* POST /v1/session/open -> session_step: the last gate. */
struct sy_session_open {
	char txn[SY_ID_SIZE];       /* of an allowed login or account */
	char account[SY_NAME_SIZE]; /* PAM_USER of the session */
	char service[SY_SERVICE_SIZE];
	char tty[SY_SERVICE_SIZE];
	char rhost[SY_HOST_SIZE];
	char boot[SY_ID_SIZE];
};
struct sy_session_step {
	int64_t session; /* allow: its row */
	char verdict[SY_WORD_SIZE];
	char reason[SY_WORD_SIZE];
	char support[SY_WORD_SIZE];
};
/* POST /v1/session/close -> empty */
struct sy_session_close {
	int64_t session;
};

/* --- terminal listener: enrolment --- */

/* POST /v1/enroll -> enroll_step. The code is a secret: wipe the struct. */
struct sy_enroll_begin {
	char user[SY_LOGIN_SIZE];
	uint8_t code[16];
	uint16_t code_len;
};
/* POST /v1/enroll/card -> enroll_step */
struct sy_enroll_card {
	char txn[SY_ID_SIZE];
	char driver[SY_WORD_SIZE];
	char method[SY_WORD_SIZE];
	uint8_t cert[SY_CERT_SIZE_MAX];
	uint16_t cert_len;
	bool refused_without_pin; /* the terminal saw the key refuse */
};
/* POST /v1/enroll/key -> enroll_step: a credential was made on a FIDO2 key */
struct sy_enroll_key {
	char txn[SY_ID_SIZE];
	uint8_t agent_nonce[SY_NONCE_SIZE];
	uint16_t agent_nonce_len;
	uint8_t client_data[SY_FIDO2_CLIENT_DATA_MAX];
	uint16_t client_data_len;
	uint8_t authdata[SY_FIDO2_AUTHDATA_MAX];
	uint16_t authdata_len;
	char format[SY_FIDO2_FORMAT_SIZE];
	uint8_t statement[SY_FIDO2_ATTESTATION_MAX];
	uint16_t statement_len;
	/* What the terminal says, and nobody signed. */
	int64_t firmware;
	bool reader;   /* in a reader, else on USB */
	bool resident; /* kept on the key */
	bool managed;  /* finger enrolled and random PIN set just now */
};
/* POST /v1/enroll/assertion takes sy_auth_assertion. The nonces of "make" and
 * of "assert" at an enrolment are good this long, in seconds: a PIN is thought
 * of and a finger enrolled meanwhile. Each is good once. */
#define SY_ENROLL_KEY_LIFE 600
/* POST /v1/enroll/proof -> enroll_step; POST /v1/enroll/abandon takes
 * sy_auth_abandon. */
struct sy_enroll_step {
	char txn[SY_ID_SIZE];
	/* "present", "prove", "make" (a credential on a FIDO2 key), "assert"
	 * (with it), "done", "refused" */
	char step[SY_WORD_SIZE];
	char drivers[SY_NAME_SIZE];
	char method[SY_WORD_SIZE]; /* present: which key of the card; make:
				      fido2, fido2-uv or fido2-bio */
	/* make */
	char rp_id[SY_FIDO2_RP_SIZE]; /* assert too, as the next */
	char origin[SY_FIDO2_ORIGIN_SIZE];
	uint8_t handle[SY_FIDO2_HANDLE_SIZE];
	uint16_t handle_len;
	struct sy_list credentials; /* sy_credential: the person's already */
	/* assert, done: what the attestation shows, for showing */
	char model[SY_MODEL_NAME_SIZE];
	char attestation[SY_WORD_SIZE];
	int64_t reserve;
	char login[SY_LOGIN_SIZE];  /* whose card it will be */
	char name[SY_NAME_SIZE];    /* the person's name */
	char subject[SY_NAME_SIZE]; /* prove: the certificate's, for showing */
	char issuer[SY_NAME_SIZE];
	char algorithm[SY_WORD_SIZE];
	int64_t not_after;
	uint8_t nonce[SY_NONCE_SIZE];
	uint16_t nonce_len;
	int64_t life;
	char token[SY_TOKEN_SIZE];   /* done: "token:7" */
	char reason[SY_WORD_SIZE];   /* refused: sy_err_name */
	char text[SY_SENTENCE_SIZE]; /* refused: what was wrong, for the
					operator */
};

/* --- terminal listener: the card office --- */

/* POST /v1/office -> office_step. The code is a secret: wipe the struct. */
struct sy_office_begin {
	char user[SY_LOGIN_SIZE];
	char task[SY_WORD_SIZE]; /* sy_task_name: personalise, pin-unblock,
				    pin-change */
	uint8_t code[16];        /* not for pin-change */
	uint16_t code_len;
};
/* POST /v1/office/card -> office_step: which card it is */
struct sy_office_card {
	char txn[SY_ID_SIZE];
	uint8_t guid[16]; /* personalise, where it has one */
	uint16_t guid_len;
	uint8_t spki[SY_SPKI_SIZE_MAX]; /* the others */
	uint16_t spki_len;
};
/* POST /v1/office/proof -> office_step */
struct sy_office_proof {
	char txn[SY_ID_SIZE];
	uint8_t agent_nonce[SY_NONCE_SIZE];
	uint16_t agent_nonce_len;
	uint8_t spki[SY_SPKI_SIZE_MAX]; /* personalise: of the key it made */
	uint16_t spki_len;
	uint8_t signature[SY_SIGNATURE_SIZE_MAX];
	uint16_t signature_len;
};
/* POST /v1/office/done -> office_step: the card has its certificate or its new
 * PIN; POST /v1/office/abandon takes sy_auth_abandon. */
struct sy_office_done {
	char txn[SY_ID_SIZE];
};
/* Holds secrets: wipe the struct. */
struct sy_office_step {
	char txn[SY_ID_SIZE];
	/* "card": ask for it; "prepare": change it so, and prove it; "change":
	 * this is the card; "store": write the certificate; "done"; "refused"
	 */
	char step[SY_WORD_SIZE];
	char drivers[SY_NAME_SIZE]; /* card: "piv" */
	int64_t reserve;
	char login[SY_LOGIN_SIZE];
	char name[SY_NAME_SIZE];
	char algorithm[SY_WORD_SIZE]; /* prepare: of the key to make, or "" */
	uint8_t guid[16];
	uint16_t guid_len;
	uint8_t management[32];
	uint16_t management_len;
	uint8_t former_management[32];
	uint16_t former_management_len;
	uint8_t puk[8];
	uint16_t puk_len;
	uint8_t former_puk[8];
	uint16_t former_puk_len;
	uint8_t nonce[SY_NONCE_SIZE];
	uint16_t nonce_len;
	int64_t life;
	uint8_t cert[SY_CERT_SIZE_MAX]; /* store */
	uint16_t cert_len;
	int64_t not_after;           /* done: of the certificate */
	char token[SY_TOKEN_SIZE];   /* done */
	char reason[SY_WORD_SIZE];   /* refused: sy_err_name */
	char text[SY_SENTENCE_SIZE]; /* refused: what was wrong */
};

/* --- join listener and renewal --- */

/* POST /v1/join -> join_reply (join listener). The code is a secret. */
struct sy_join {
	uint8_t code[16];
	uint16_t code_len;
	char csr[SY_PEM_SIZE];
};
/*
 * POST /v1/renew -> join_reply (terminal listener). ${certificate} is the one
 * in use; its key has signed SY_RENEW_LABEL and the text of the CSR (ECDSA with
 * SHA-256, DER), so that no server can have one for a key of its own.
 */
#define SY_RENEW_LABEL    "sanyoso-renew-1"
#define SY_RENEW_SIGN_MAX 160
struct sy_renew {
	char csr[SY_PEM_SIZE];
	char certificate[SY_PEM_SIZE];
	uint8_t signature[SY_RENEW_SIGN_MAX];
	uint16_t signature_len;
};
struct sy_join_reply {
	char terminal[SY_TERMINAL_SIZE];
	char zone[SY_WORD_SIZE];
	char server[SY_HOST_SIZE]; /* the name in the server's certificate */
	int64_t port;              /* of the terminal listener */
	char certificate[SY_PEM_SIZE];
	char ca[SY_PEM_SIZE];
};
/* POST /v1/hello -> hello_reply */
struct sy_hello {
	char agent[SY_WORD_SIZE]; /* version of the program */
	char boot[SY_ID_SIZE];    /* sessions of former boots are over */
};
struct sy_hello_reply {
	int64_t wire;
	char server[SY_HOST_SIZE];
	char terminal[SY_TERMINAL_SIZE];
	char zone[SY_WORD_SIZE];
	int64_t time; /* seconds */
	uint8_t head[SY_HEAD_SIZE];
	uint16_t head_len;
	uint8_t signature[SY_ED25519_SIG_SIZE];
	uint16_t signature_len;
	/* The policy wants new passwords looked up in a dictionary, and that
	 * does not work: nobody can change a password. */
	bool no_dictionary;
};

/* --- local admin socket: POST /v1/admin/NOUN/VERB --- */

struct sy_user_add { /* user/add -> user */
	char login[SY_LOGIN_SIZE];
	char staff[SY_STAFF_SIZE]; /* staff number, may be "" */
	char name[SY_NAME_SIZE];
	char kana[SY_NAME_SIZE]; /* the name's reading, may be "" */
	char born[SY_DATE_SIZE]; /* date of birth, may be "" */
	char kind[SY_WORD_SIZE];
	int64_t valid_from; /* seconds, 0 = no bound */
	int64_t valid_to;   /* exclusive, 0 = no bound */
	char basis[SY_BASIS_SIZE];
	bool namesake; /* another person with the same name and birth */
};
/* user/suspend|resume|disable|unlock|password-compromised -> user;
 * user/password-reset -> code */
struct sy_user_change {
	char login[SY_LOGIN_SIZE];
	char basis[SY_BASIS_SIZE]; /* never "" */
	char source[SY_WORD_SIZE]; /* suspend, resume: whose hold; "operator" if
				      not given */
};
struct sy_user_dates { /* user/dates -> user */
	char login[SY_LOGIN_SIZE];
	int64_t valid_from;        /* seconds, 0: as it is */
	int64_t valid_to;          /* exclusive, 0: as it is */
	bool no_end;               /* there is none any more */
	char basis[SY_BASIS_SIZE]; /* never "" */
};
/* What was done to an ID, newest first. */
struct sy_user_event {
	int64_t time; /* seconds */
	char actor[SY_NAME_SIZE];
	char action[SY_WORD_SIZE];
	char basis[SY_BASIS_SIZE];
};
/* user/explain -> explanation: why a person can't log in, or could. */
struct sy_explanation {
	char login[SY_LOGIN_SIZE];
	bool possible; /* nothing of what the server knows is against it */
	struct sy_list reasons; /* sy_explanation_item, the gravest first */
};
struct sy_explanation_item {
	char code[SY_WORD_SIZE]; /* "held", "password-locked", "no-token" ... */
	char place[SY_NAME_SIZE]; /* which token, hold, terminal, "" */
	char text[SY_BASIS_SIZE]; /* the reason as recorded, "" */
	int64_t since;            /* seconds, 0: not known */
	int64_t until;            /* when it ends by itself, 0: it does not */
	bool blocking;            /* no login while it is so */
};
struct sy_user_ref { /* user/show -> user_shown */
	char login[SY_LOGIN_SIZE];
};
struct sy_user {
	int64_t id;
	char login[SY_LOGIN_SIZE];
	char staff[SY_STAFF_SIZE];
	char name[SY_NAME_SIZE];
	char kind[SY_WORD_SIZE];
	char state[SY_WORD_SIZE];
	int64_t valid_from;
	int64_t valid_to;
	int64_t created; /* seconds */
	char kana[SY_NAME_SIZE];
	char holds[SY_NAME_SIZE];    /* "" or the sources of holds */
	char password[SY_WORD_SIZE]; /* none, temporary, active, compromised,
					locked, disabled */
};
struct sy_user_shown { /* user/show -> : with what was done to the ID */
	struct sy_user user;
	struct sy_list history; /* sy_user_event, newest first */
};
struct sy_user_list { /* user/list {} -> */
	struct sy_list users;
};
struct sy_token_invite { /* token/invite -> code */
	char login[SY_LOGIN_SIZE];
	char terminal[SY_TERMINAL_SIZE];
	char method[SY_WORD_SIZE]; /* "card-pin" if not given; "card": the key
				      that needs no PIN; "fido2", "fido2-uv",
				      "fido2-bio" */
	char basis[SY_BASIS_SIZE];
	char purpose[SY_WORD_SIZE]; /* "" to enrol; "personalise",
				       "pin-unblock" */
	int64_t replaces; /* token that ends when the new one begins, or 0 */
};
struct sy_code { /* a one-time code, shown once: wipe the struct */
	char code[104];
	int64_t expires; /* seconds */
};
struct sy_token_ref { /* token/show -> token */
	int64_t token;
};
struct sy_token_change { /* token/suspend|resume|lost|revoke -> token */
	int64_t token;
	char basis[SY_BASIS_SIZE];
};
struct sy_token {
	int64_t token;
	char login[SY_LOGIN_SIZE];
	char driver[SY_WORD_SIZE];
	char method[SY_WORD_SIZE];
	char algorithm[SY_WORD_SIZE];
	char origin[SY_WORD_SIZE];
	char state[SY_WORD_SIZE]; /* active, lost, revoked, replaced, expired */
	char holds[SY_NAME_SIZE]; /* "" or reasons of holds */
	int64_t enrolled;         /* seconds */
	int64_t not_after;
	char terminal[SY_TERMINAL_SIZE]; /* where it was enrolled */
	char basis[SY_BASIS_SIZE];
	/* FIDO2 keys */
	char model[SY_MODEL_NAME_SIZE]; /* by its attestation, or "" */
	char aaguid[SY_AAGUID_TEXT_SIZE];
	int64_t firmware;               /* as the terminal said, 0: not told */
	char attestation[SY_WORD_SIZE]; /* sy_attestation_name */
	char grade[SY_WORD_SIZE];       /* "managed", or "" */
	int64_t counter;
};
/* token/models {} -> model_list: what the metadata say, and how many tokens
 * that work are of each model. */
struct sy_model_item {
	char aaguid[SY_AAGUID_TEXT_SIZE];
	char name[SY_MODEL_NAME_SIZE];
	char status[SY_WORD_SIZE]; /* sy_model_status_name, or "unknown" */
	char report[64];
	bool fingerprint; /* can verify its user by one */
	bool inherence;   /* the policy counts it as one of fingerprints */
	bool allowed;     /* by the policy */
	int64_t tokens;
};
struct sy_model_list {
	int64_t number; /* of the metadata, 0: there are none */
	int64_t next_update;
	int64_t imported;
	struct sy_list models;
};
/* token/revoke-model -> token_list: every token of a model ends. */
struct sy_model_change {
	char aaguid[SY_AAGUID_TEXT_SIZE];
	int64_t firmware_below; /* 0: of any firmware */
	char basis[SY_BASIS_SIZE];
};
/* metadata/import -> model_list: a file in parts, in order; the last one has
 * ${last} set. */
#define SY_METADATA_PART_SIZE 32768
struct sy_metadata_part {
	int64_t offset; /* 0 begins anew */
	uint8_t bytes[SY_METADATA_PART_SIZE];
	uint16_t bytes_len;
	bool last;
};
/* token/list -> token_list: those of a person, of a model of FIDO2 keys (its
 * AAGUID or a part of its name), or both; "": of all. */
struct sy_token_search {
	char login[SY_LOGIN_SIZE];
	char model[SY_MODEL_NAME_SIZE];
};
struct sy_token_list {
	struct sy_list tokens;
};
struct sy_terminal_invite { /* terminal/invite -> code */
	char name[SY_TERMINAL_SIZE];
	char zone[SY_WORD_SIZE];
};
struct sy_terminal_ref { /* terminal/show|revoke -> terminal */
	char name[SY_TERMINAL_SIZE];
};
struct sy_terminal {
	int64_t id;
	char name[SY_TERMINAL_SIZE];
	char zone[SY_WORD_SIZE];
	char state[SY_WORD_SIZE]; /* invited, joined, revoked */
	char certificate[65];     /* SHA-256 in hex of the present one, or "" */
	int64_t not_after;        /* of the certificate */
	int64_t joined;
	int64_t seen; /* last request, 0 = none since the server started */
	bool connected;
};
struct sy_terminal_list {
	struct sy_list terminals;
};
struct sy_audit_search { /* audit/search -> audit_page */
	int64_t
	    before;    /* only records before this sequence, 0 = from the end */
	int64_t limit; /* 1..1000 */
	char action[SY_WORD_SIZE];  /* "" = any; a prefix up to a "." counts */
	char subject[SY_NAME_SIZE]; /* login name, "token:7", "", ... */
	char terminal[SY_TERMINAL_SIZE];
};
struct sy_audit_item {
	int64_t seq;
	int64_t time; /* microseconds */
	bool clock_synced;
	char node[SY_HOST_SIZE];
	char actor[SY_NAME_SIZE];
	char terminal[SY_TERMINAL_SIZE];
	char subject[SY_NAME_SIZE];
	char action[SY_WORD_SIZE];
	char outcome[SY_WORD_SIZE];
	char reason[SY_SENTENCE_SIZE];
	char details[2048]; /* "key=value key=value", bytes as hex */
};
struct sy_audit_page {
	struct sy_list records;
};
struct sy_verify_problem {
	char place[SY_NAME_SIZE]; /* "record 17", "token:7", "head 40" */
	/* Which of the sentences of server/ledger/verify.c, in English. */
	char text[SY_SENTENCE_SIZE];
};
struct sy_verify_report { /* audit/verify {} -> */
	int64_t records;
	int64_t heads;
	int64_t rows;
	bool sound;
	/* Sound: all records are proven against everybody who does not have
	 * the keeper's keys, under this public key of the heads, in hex. */
	char head_key[2 * SY_ED25519_KEY_SIZE + 1];
	struct sy_list problems;
};
struct sy_status { /* status/show {} -> */
	char server[SY_HOST_SIZE];
	char version[SY_WORD_SIZE];
	char policy[SY_WORD_SIZE];
	int64_t started;
	int64_t records;
	int64_t users;
	int64_t tokens;
	int64_t terminals;
	int64_t connected;
	int64_t open_transactions;
	int64_t queue;
	bool ledger_writable;
	char alarm[SY_SENTENCE_SIZE]; /* "" or what needs attention */
};

/* Every failed request. */
struct sy_failure_reply {
	char error[SY_WORD_SIZE]; /* sy_err_name */
	char place[SY_NAME_SIZE];
	char text[SY_SENTENCE_SIZE];
	int64_t retry_after; /* seconds, 0 = no use */
};

SY_API extern const struct sy_message sy_message_empty, sy_message_failure,
    sy_message_auth_begin, sy_message_auth_card, sy_message_auth_proof,
    sy_message_auth_abandon, sy_message_auth_fetch, sy_message_auth_step,
    sy_message_auth_password, sy_message_auth_key, sy_message_auth_assertion,
    sy_message_credential, sy_message_enroll_key, sy_message_model_item,
    sy_message_model_list, sy_message_model_change, sy_message_token_search,
    sy_message_metadata_part, sy_message_password_change,
    sy_message_password_step, sy_message_account, sy_message_account_step,
    sy_message_session_open, sy_message_session_step, sy_message_session_close,
    sy_message_user_change, sy_message_user_dates, sy_message_user_event,
    sy_message_user_shown, sy_message_explanation, sy_message_explanation_item,
    sy_message_enroll_begin, sy_message_enroll_card, sy_message_enroll_step,
    sy_message_office_begin, sy_message_office_card, sy_message_office_proof,
    sy_message_office_done, sy_message_office_step, sy_message_join,
    sy_message_renew, sy_message_join_reply, sy_message_hello,
    sy_message_hello_reply, sy_message_user_add, sy_message_user_ref,
    sy_message_user, sy_message_user_list, sy_message_token_invite,
    sy_message_code, sy_message_token_ref, sy_message_token_change,
    sy_message_token, sy_message_token_list, sy_message_terminal_invite,
    sy_message_terminal_ref, sy_message_terminal, sy_message_terminal_list,
    sy_message_audit_search, sy_message_audit_item, sy_message_audit_page,
    sy_message_verify_report, sy_message_status;

/*
 * The compact JSON text of ${value}; wipe and free it with sy_message_free.
 * Optional members with empty values are left out. ARG (a value breaks the
 * message's own rules), LIMIT, NOMEM.
 */
SY_API SY_MUST_USE enum sy_err sy_message_encode(
    const struct sy_message *message, const void *value, char **ret_text,
    size_t *ret_len);
/* The decoder; ${ret_value} is the message's struct, zeroed first. On success
 * the lists in it are freed with sy_message_clear. FORMAT, LIMIT, NOMEM. */
SY_API SY_MUST_USE enum sy_err sy_message_decode(
    const struct sy_message *message, const char *text, size_t len,
    void *ret_value, struct sy_error *reterr);
/* Wipe the struct and free its lists. */
SY_API void sy_message_clear(const struct sy_message *message, void *value);
SY_API void sy_message_free(char **text);

#endif /* SY_MESSAGE_H */
