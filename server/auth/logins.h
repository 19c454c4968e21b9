/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_LOGINS_H
#define SERVER_AUTH_LOGINS_H

#include <stdbool.h>
#include <sys/queue.h>

#include <sanyoso/message.h>
#include <sanyoso/password.h>
#include <sanyoso/policy.h>

#include "server/auth/turns.h"
#include "server/record.h"

/*
 * The open logins, in memory: a login that the server forgets (it was
 * restarted) is a login that was not let in. Bounded in all and per terminal;
 * each has its end, which is put off by as much as the server has it wait (see
 * turns.h), up to a bound. Committed verdicts stay for a while, so that a
 * terminal whose connection broke can fetch them; there are many of them, and
 * they are kept small. Loop thread only.
 */
#define LOGIN_LIFE      180         /* seconds from begin to verdict */
#define LOGIN_WAIT_MAX  SY_WAIT_MAX /* seconds that are added, to each */
#define LOGIN_KEPT      120         /* seconds that a verdict can be fetched */
#define LOGIN_CHANGE    600 /* the same while a password must be changed */
#define LOGIN_CARDS_MAX 8   /* wrong cards or keys before the login is over */
#define LOGIN_LOOKS_MAX 8   /* good looks, one or two for a key that is found */
#define LOGIN_OPENS_MAX 8   /* sessions that may be asked for with it */

enum login_state {
	LOGIN_PRESENT, /* a card is to be shown, or a password */
	LOGIN_PROOF,   /* the card was right: a signature is to come */
	LOGIN_ASSERT,  /* a key was asked for: its assertion is to come */
	LOGIN_LEDGER,  /* ledger, proofs or hashing has it: nothing else can
			  happen */
	LOGIN_DONE,    /* the verdict is committed */
};

/* A try of a password that was debited and is not settled. */
struct login_debit {
	bool open;
	int64_t mark;
};

/* What a FIDO2 key signed for a proof, and what the terminal says of it: the
 * ledger judges it again. */
struct login_key {
	bool used; /* the proof is a key's */
	uint8_t flags;
	bool has_uvm;
	uint32_t uvm;
	uint32_t counter;
	bool compared;      /* the counter, in the ledger */
	bool says_built_in; /* the terminal does */
};

/* What is known of a login; copied into the ledger's jobs. */
struct login_facts {
	uint8_t txn[SY_TXN_SIZE];
	char txn_hex[SY_ID_SIZE];
	int64_t terminal;
	char terminal_name[SY_TERMINAL_SIZE];
	enum sy_zone zone;
	enum sy_purpose purpose;
	enum sy_kind kind;
	int64_t person;     /* ID's row, 0: unknown */
	bool active;        /* the ID's state when the login began */
	int64_t valid_from; /* and its dates, as in its row */
	int64_t valid_to;
	char login[SY_LOGIN_SIZE]; /* canonical; "" if unknown */
	int64_t tries; /* owner of the tries of a password: the person, or a
			  slot for unknown names */
	/* "id:12", or "unknown:" and a keyed hash of what was typed. */
	char subject[REFERENCE_SIZE];
	char service[SY_SERVICE_SIZE];
	char tty[SY_SERVICE_SIZE];
	char ruser[SY_NAME_SIZE];
	char rhost[SY_HOST_SIZE];
	bool japanese; /* texts to the person */
	bool identify; /* the card says who it is, as long as there is no proof
			*/
	bool change;   /* they want to change their password */
	bool counted;  /* as a failed try: once a login, however often */
	bool mistyped; /* a password was wrong */
	struct sy_evidence evidence;          /* proofs that were verified */
	struct login_key keys[SY_PROOFS_MAX]; /* of each, if it is a key's */
	/* The card that was found right, or the key that signed, and its
	 * challenge. */
	int64_t token;
	int64_t token_owner; /* ID's row, whoever logs in */
	bool token_is_key;
	enum sy_method asked; /* for a key: what the person went for */
	bool nameless;        /* its challenge holds no login name */
	enum sy_method method;
	enum sy_origin origin;
	uint8_t spki[SY_SPKI_SIZE_MAX];
	uint16_t spki_len;
	int64_t pin_tries;
	uint8_t nonce[SY_NONCE_SIZE];
	int64_t nonce_at;   /* of the ledger's time */
	int64_t nonce_boot; /* seconds of the boot clock */
	struct login_debit debit;
	int64_t password; /* the row that a password was right for */
	int64_t until;    /* end of the lock in force, microseconds */
};

struct login {
	struct login_facts facts;
	enum login_state state;
	/* What was typed: its keyed hash, and itself if it can be a login name.
	 * Never recorded: people type passwords there. */
	uint8_t typed_hash[SY_DIGEST_SIZE];
	char typed[SY_LOGIN_SIZE];
	unsigned int methods; /* of the plan's present step */
	unsigned int reserve;
	unsigned int wrong_cards; /* and keys */
	unsigned int passed_over; /* keys that were nobody's, see card_shown */
	unsigned int looks;       /* that were good */
	int64_t ends;             /* seconds of the boot clock */
	int64_t waits;            /* until then the server has it wait */
	int64_t waited;           /* seconds that it has, in all */
	struct turn turn;         /* in the line before the hashes */
	/* LOGIN_DONE: the verdict, by itself since it is as large as all that
	 * is known before. */
	struct sy_auth_step *step;
	/* LOGIN_DONE: it was allowed; its password was changed where it must
	 * be; a session was opened with it. */
	bool allowed;
	bool changed;
	bool used;
	unsigned int opens;        /* sessions that were asked for with it */
	bool changing;             /* a new password is being looked at */
	unsigned int broken;       /* new passwords that were refused */
	struct sy_secret *present; /* the password that was right, or NULL */
	TAILQ_ENTRY(login) order;
	LIST_ENTRY(login) chain;
};

struct logins;

SY_MUST_USE enum sy_err logins_new(size_t max, size_t max_terminal,
    struct logins **ret_logins);
void logins_free(struct logins **logins);

/*
 * A new login of ${terminal} with a random transaction id, zeroed otherwise.
 * BUSY: too many are open, of this terminal or in all; CRYPTO, NOMEM.
 */
SY_MUST_USE enum sy_err logins_begin(struct logins *logins, int64_t terminal,
    int64_t now, struct login **ret_login);

/* The login of the transaction ${hex}. FORMAT, NOT_FOUND (never was, or its
 * end has come), NOMEM. It is good until the caller returns to the loop. */
SY_MUST_USE enum sy_err logins_find(struct logins *logins, const char *hex,
    int64_t now, struct login **ret_login);
SY_MUST_USE enum sy_err logins_get(struct logins *logins,
    const uint8_t txn[SY_TXN_SIZE], struct login **ret_login);

/*
 * The server has ${login} wait from ${from} until ${until}, which may lie
 * ahead: its end is put off, and the proofs of until now count longer, by as
 * much of that as was not counted before. False: LOGIN_WAIT_MAX was used up
 * already; a change of the password after the verdict has as much for itself.
 */
SY_MUST_USE bool logins_wait(struct logins *logins, struct login *login,
    int64_t from, int64_t until);

/* The verdict ${step}, which names the login, stands: keep a copy for
 * LOGIN_KEPT seconds. Without memory for it ${*login} is forgotten, and NULL
 * then. */
void logins_finish(struct logins *logins, struct login **login,
    const struct sy_auth_step *step, int64_t now);
/* Make those that have their verdict small until they are found again. What
 * only led to it is not kept: key, nonce and what was typed. */
void logins_shrink(struct logins *logins);
void logins_remove(struct logins *logins, struct login **login);

/* The oldest whose end has come and that the ledger does not have, or NULL.
 * The caller removes it. ${all}: whatever its end. */
struct login *logins_expired(struct logins *logins, int64_t now, bool all);

/* Whether the password must be changed before a session is opened. */
bool login_must_change(const struct login *login);

/* Without those that have their verdict. */
size_t logins_open(const struct logins *logins);
/* With them. */
size_t logins_count(const struct logins *logins);

#endif /* SERVER_AUTH_LOGINS_H */
