/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_DIALOG_H
#define SY_DIALOG_H

#include <sanyoso/frame.h>
#include <sanyoso/secret.h>
#include <sanyoso/text.h>

/*
 * The dialogue between somebody who talks with a person (the PAM module,
 * sanyosoctl) and the agent, on /run/sanyoso/agent/agent.sock. One request a
 * connection: the client opens with AUTH, ACCOUNT, CHANGE, OPEN, CLOSE, ENROLL,
 * OFFICE or KEY, the agent answers with any number of INFO, ERROR and PROMPT,
 * each PROMPT gets one ANSWER, and RESULT ends it. Closing the connection
 * cancels. A prompt has a number; an answer to a prompt that died (the card
 * went) is dropped unread. The agent keeps the line alive with WAIT while it
 * waits for a card, so that the client knows a slow person from a dead agent.
 *
 * Encoded with sy_frame; needs nothing but libc.
 */
#define SY_DIALOG_VERSION     1
#define SY_DIALOG_TEXT_SIZE   1024
#define SY_DIALOG_ANSWER_MAX  4096
#define SY_DIALOG_FINGER_SIZE 64
/* The agent sends something at least this often, in seconds. */
#define SY_DIALOG_ALIVE 5

enum sy_dialog_type {
	SY_DIALOG_AUTH = 0x01,
	SY_DIALOG_ANSWER = 0x02,
	SY_DIALOG_ENROLL = 0x03,
	SY_DIALOG_STATUS = 0x04,  /* empty body; answered by RESULT with text,
				     UNAVAILABLE while no server answers */
	SY_DIALOG_ACCOUNT = 0x05, /* may this account be used: acct_mgmt */
	SY_DIALOG_CHANGE = 0x06,  /* change the password: chauthtok */
	SY_DIALOG_OPEN = 0x07,    /* a session begins: open_session */
	SY_DIALOG_CLOSE = 0x08,   /* and ends: close_session */
	SY_DIALOG_OFFICE = 0x09,  /* personalise a card, change its PIN */
	SY_DIALOG_KEY = 0x0a, /* change a FIDO2 key's PIN, list, add or remove
				 fingers */
	SY_DIALOG_INFO = 0x81,
	SY_DIALOG_ERROR = 0x82,
	SY_DIALOG_PROMPT = 0x83,
	SY_DIALOG_WAIT = 0x84, /* empty body */
	SY_DIALOG_RESULT = 0x8f,
};

/* What a login came to; the PAM module maps it through one table. */
enum sy_result {
	SY_RESULT_DENIED = 0,      /* wrong or no proof: PAM_AUTH_ERR */
	SY_RESULT_ALLOWED = 1,     /* the server allowed it */
	SY_RESULT_UNAVAILABLE = 2, /* no server, no decision */
	SY_RESULT_MAXTRIES = 3,    /* stop asking */
	SY_RESULT_FORBIDDEN = 4,   /* the peer may not ask this */
	SY_RESULT_CANCELLED = 5,   /* the person gave up or ran out of time */
	SY_RESULT_ERROR = 6,       /* broken request or agent */
	SY_RESULT_CHANGE = 7,      /* ACCOUNT: allowed once the password was
				      changed: PAM_NEW_AUTHTOK_REQD */
	SY_RESULT_NO_ACCOUNT = 8,  /* no Unix account: PAM_USER_UNKNOWN */
	SY_RESULT_BUSY = 9,        /* later: PAM_AUTHINFO_UNAVAIL */
	SY_RESULT_UNCHANGED = 10,  /* CHANGE: the old password stays */
	SY_RESULT_COUNT = 11,
};

/*
 * Evidence: that a login was allowed, kept by the agent for the phases behind
 * it (auth, account, change, session; each step once). Its random number
 * travels in hex in the PAM environment because sshd runs auth in another
 * process. It is of no use to any peer but root, and for any other person,
 * service or login than it was made for.
 */
#define SY_EVIDENCE_SIZE 33

enum sy_lang {
	SY_LANG_DEFAULT = 0, /* the agent's configuration */
	SY_LANG_JA = 1,
	SY_LANG_EN = 2,
};

struct sy_dialog_auth {
	char user[SY_NAME_SIZE]; /* as given, not canonical yet */
	char service[SY_SERVICE_SIZE];
	char tty[SY_SERVICE_SIZE]; /* "" if none, as the next two */
	char ruser[SY_NAME_SIZE];
	char rhost[SY_HOST_SIZE];
	uint8_t purpose;  /* enum sy_purpose */
	uint8_t lang;     /* enum sy_lang */
	uint8_t identify; /* 1: the card says who it is, ${user} is "" */
};

/*
 * ACCOUNT, CHANGE, OPEN and CLOSE. Of ${user}: whose account it is by now
 * (sudo changes PAM_USER after auth). CHANGE without evidence is a change at
 * will (passwd): it begins with a login of its own.
 */
struct sy_dialog_phase {
	char
	    evidence[SY_EVIDENCE_SIZE]; /* or of the session: CLOSE; "": none */
	char user[SY_NAME_SIZE];
	char service[SY_SERVICE_SIZE];
	char tty[SY_SERVICE_SIZE]; /* "" if none, as the next two */
	char ruser[SY_NAME_SIZE];
	char rhost[SY_HOST_SIZE];
	uint8_t purpose; /* enum sy_purpose */
	uint8_t lang;    /* enum sy_lang */
	uint8_t expired; /* CHANGE: 1: only if it must be changed */
};

struct sy_dialog_enroll {
	char user[SY_NAME_SIZE];
	uint8_t lang;
	uint8_t key; /* 1: a FIDO2 key, 0: a card; as the invitation has it */
	uint8_t options; /* of SY_ENROLL_...; none for a card */
};
/* What else is done to a FIDO2 key that is enrolled. */
#define SY_ENROLL_BIO      0x01 /* enrol a finger on it */
#define SY_ENROLL_PIN      0x02 /* set its PIN */
#define SY_ENROLL_MANAGED  0x04 /* with BIO: a random PIN that nobody sees */
#define SY_ENROLL_RESIDENT 0x08 /* keep the credential on the key */
#define SY_ENROLL_OPTIONS  0x0f

struct sy_dialog_office {
	char user[SY_NAME_SIZE];
	uint8_t lang;
	uint8_t task; /* 1 personalise, 2 change the PIN, 3 unblock it (enum
			 sy_task) */
};
#define SY_DIALOG_TASKS 4

/* What is done to a FIDO2 key besides enrolling it. */
enum sy_key_task {
	SY_KEY_CHANGE_PIN = 1,
	SY_KEY_LIST_FINGERS = 2,
	SY_KEY_ADD_FINGER = 3,
	SY_KEY_REMOVE_FINGER = 4,
	SY_KEY_TASKS = 5,
};
struct sy_dialog_key {
	char user[SY_NAME_SIZE]; /* whose it is said to be, for the journal */
	uint8_t lang;
	uint8_t task;                       /* enum sy_key_task */
	char finger[SY_DIALOG_FINGER_SIZE]; /* its name; "" to add: any; none of
					       the other tasks has one */
};

struct sy_dialog_prompt {
	uint32_t number;
	bool echo;
	char text[SY_DIALOG_TEXT_SIZE];
};

struct sy_dialog_result {
	uint8_t result;                  /* enum sy_result */
	char login[SY_LOGIN_SIZE];       /* who was allowed, "" otherwise */
	char evidence[SY_EVIDENCE_SIZE]; /* with ALLOWED or CHANGE: for the next
					    phase; "" otherwise */
	char support[32]; /* support code for the help desk, "" if none */
	char text[SY_DIALOG_TEXT_SIZE]; /* last words to the person, or "" */
};

/*
 * Encoders write a whole frame into ${out} (reset first); LIMIT, FORMAT if a
 * text is not clean, a service is empty, a user is empty (and not to be
 * identified) or a result that is neither ALLOWED nor CHANGE names a login or
 * evidence. Decoders take a frame's body and accept nothing else
 * than what the encoders make: SY_ERR_FORMAT.
 */
SY_API SY_MUST_USE enum sy_err sy_dialog_put_auth(struct sy_buf *out,
    const struct sy_dialog_auth *auth);
SY_API SY_MUST_USE enum sy_err sy_dialog_get_auth(const struct sy_frame *frame,
    struct sy_dialog_auth *ret);
SY_API SY_MUST_USE enum sy_err sy_dialog_put_enroll(struct sy_buf *out,
    const struct sy_dialog_enroll *enroll);
SY_API SY_MUST_USE enum sy_err sy_dialog_get_enroll(
    const struct sy_frame *frame, struct sy_dialog_enroll *ret);
SY_API SY_MUST_USE enum sy_err sy_dialog_put_office(struct sy_buf *out,
    const struct sy_dialog_office *office);
SY_API SY_MUST_USE enum sy_err sy_dialog_get_office(
    const struct sy_frame *frame, struct sy_dialog_office *ret);
SY_API SY_MUST_USE enum sy_err sy_dialog_put_key(struct sy_buf *out,
    const struct sy_dialog_key *key);
SY_API SY_MUST_USE enum sy_err sy_dialog_get_key(const struct sy_frame *frame,
    struct sy_dialog_key *ret);
/* ${type} is one of ACCOUNT, CHANGE, OPEN, CLOSE. */
SY_API SY_MUST_USE enum sy_err sy_dialog_put_phase(struct sy_buf *out,
    enum sy_dialog_type type, const struct sy_dialog_phase *phase);
SY_API SY_MUST_USE enum sy_err sy_dialog_get_phase(const struct sy_frame *frame,
    struct sy_dialog_phase *ret);
/* INFO and ERROR: one text. */
SY_API SY_MUST_USE enum sy_err sy_dialog_put_text(struct sy_buf *out,
    enum sy_dialog_type type, const char *text);
SY_API SY_MUST_USE enum sy_err sy_dialog_get_text(const struct sy_frame *frame,
    char ret[SY_DIALOG_TEXT_SIZE]);
SY_API SY_MUST_USE enum sy_err sy_dialog_put_prompt(struct sy_buf *out,
    const struct sy_dialog_prompt *prompt);
SY_API SY_MUST_USE enum sy_err sy_dialog_get_prompt(
    const struct sy_frame *frame, struct sy_dialog_prompt *ret);
SY_API SY_MUST_USE enum sy_err sy_dialog_put_result(struct sy_buf *out,
    const struct sy_dialog_result *result);
SY_API SY_MUST_USE enum sy_err sy_dialog_get_result(
    const struct sy_frame *frame, struct sy_dialog_result *ret);
/* An empty frame: WAIT, STATUS. */
SY_API SY_MUST_USE enum sy_err sy_dialog_put_empty(struct sy_buf *out,
    enum sy_dialog_type type);
SY_API SY_MUST_USE enum sy_err sy_dialog_get_empty(const struct sy_frame *frame,
    enum sy_dialog_type type);

/*
 * ANSWER carries a secret, so it is made and kept in one. ${given} false: the
 * conversation failed or the person gave none. The secret to get into must be
 * new and hold SY_DIALOG_ANSWER_MAX bytes; wipe the frame's buffer afterwards.
 */
SY_API SY_MUST_USE enum sy_err sy_dialog_put_answer(uint32_t number, bool given,
    const void *answer, size_t len, struct sy_secret **ret_frame);
SY_API SY_MUST_USE enum sy_err sy_dialog_get_answer(
    const struct sy_frame *frame, uint32_t *ret_number, bool *ret_given,
    struct sy_secret *ret_answer);

#endif /* SY_DIALOG_H */
