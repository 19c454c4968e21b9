/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_ERR_H
#define SY_ERR_H

#include <stdbool.h>

#include <sanyoso/api.h>

/*
 * Every fallible function returns one of these; nothing else carries an error.
 * The numbers are stored in logs: append only, never renumber.
 */
enum sy_err {
	SY_OK = 0,
	SY_ERR_ARG = 1,       /* the caller broke the contract */
	SY_ERR_NOMEM = 2,     /* out of memory */
	SY_ERR_IO = 3,        /* the system refused a read or write (errno) */
	SY_ERR_INTERNAL = 4,  /* a broken invariant, nothing else */
	SY_ERR_FORMAT = 5,    /* input is malformed */
	SY_ERR_LIMIT = 6,     /* input is longer or more than allowed */
	SY_ERR_TIMEOUT = 7,   /* a deadline passed */
	SY_ERR_CANCELLED = 8, /* somebody gave up */
	SY_ERR_NOT_FOUND = 9, /* there is no such thing */

	/* cards and readers */
	SY_ERR_READER = 10,       /* no reader, or it failed */
	SY_ERR_CARD = 11,         /* the card answered incoherently */
	SY_ERR_CARD_GONE = 12,    /* removed, or reset by another program */
	SY_ERR_CARD_UNKNOWN = 13, /* no driver knows this card */
	SY_ERR_CARD_BUSY = 14,    /* another program holds it */
	SY_ERR_CARD_MUTE = 15,    /* no answer within the deadline */
	SY_ERR_PIN_WRONG = 16,    /* tries remain */
	SY_ERR_PIN_BLOCKED = 17,  /* no tries remain */
	SY_ERR_PIN_RESERVE = 18,  /* too few tries remain: nothing was sent */
	SY_ERR_PIN_FORMAT = 19,   /* not a PIN this card can take; not sent */
	SY_ERR_PIN_FACTORY = 20,  /* the maker's PIN; not sent */
	SY_ERR_KEY_OPEN = 21,     /* the key signs without its PIN */
	SY_ERR_KEY_MISSING = 22, /* the card holds no such key or certificate */
	SY_ERR_PCSC = 23,        /* pcscd away or restarted */

	/* FIDO2 keys */
	SY_ERR_UV_WRONG = 24,   /* finger not recognised, tries remain */
	SY_ERR_UV_BLOCKED = 25, /* the sensor is blocked until a right PIN */
	SY_ERR_KEY_REPLUG = 26, /* takes no PIN until it is plugged in anew */
	SY_ERR_KEY_BARE = 27,   /* no PIN set or no finger enrolled on it */
	SY_ERR_KEY_OTHER = 28,  /* holds none of the credentials asked for */
	SY_ERR_KEY_UNFIT = 29,  /* can't do what is asked */

	/* proofs */
	SY_ERR_SIGNATURE = 40, /* the signature does not verify */
	SY_ERR_ALGORITHM = 41, /* algorithm or key size is not allowed */
	SY_ERR_CERT = 42,      /* certificate malformed or of another purpose */
	SY_ERR_CERT_PATH = 43, /* no path to a configured issuer */
	SY_ERR_CERT_DATE = 44, /* not yet or no longer valid */
	SY_ERR_CERT_REVOKED = 45,
	SY_ERR_CRYPTO = 46,      /* OpenSSL failed where it must not */
	SY_ERR_ATTESTATION = 47, /* the attestation does not hold */
	SY_ERR_MODEL = 48,       /* model of key unknown, refused or revoked */
	SY_ERR_COUNTER = 49,     /* a counter did not advance: a cloned key? */

	/* policy and decisions */
	SY_ERR_POLICY = 50,  /* the policy file is refused */
	SY_ERR_STATE = 51,   /* not possible in the present state */
	SY_ERR_DENIED = 52,  /* decided: no */
	SY_ERR_OWNER = 53,   /* belongs to somebody else */
	SY_ERR_EXISTS = 54,  /* is there already */
	SY_ERR_CODE = 55,    /* one-time code wrong, used or expired */
	SY_ERR_PERM = 56,    /* the peer may not ask for this */
	SY_ERR_EXPIRED = 57, /* came too late */

	/* network and protocol */
	SY_ERR_NET = 70,      /* no connection */
	SY_ERR_TLS = 71,      /* no trusted connection */
	SY_ERR_PROTOCOL = 72, /* the peer broke the protocol */
	SY_ERR_VERSION = 73,  /* wire or schema version is not spoken here */
	SY_ERR_CLOSED = 74,   /* the peer closed the connection */
	SY_ERR_BUSY = 75,     /* try again shortly; nothing was lost */
	SY_ERR_HTTP = 76,     /* not clean HTTP */

	/* store and ledger */
	SY_ERR_STORE = 90,        /* the database failed */
	SY_ERR_STORE_FULL = 91,   /* no room: nothing was written */
	SY_ERR_STORE_LOCKED = 92, /* another process holds the database */
	SY_ERR_STORE_READONLY = 93,
	SY_ERR_STORE_DAMAGED = 94, /* the database file is not sound */
	SY_ERR_ROW_ALTERED = 95,   /* a row does not bear our MAC */
	SY_ERR_ROW_STALE = 96,     /* a row was rolled back or is missing */
	SY_ERR_KEEPER = 97,        /* the keeper is away or refused */
	SY_ERR_LOG = 98,           /* the audit log does not verify */
	SY_ERR_HISTORY = 99,       /* it is not the one that the keeper knows */
};

/*
 * Where and why input was refused. ${place} names the spot (file:line, member
 * of a message, APDU), ${text} is one English sentence for the log. Neither
 * ever holds a secret.
 */
struct sy_error {
	enum sy_err code;
	char place[128];
	char text[256];
};

/* A short English sentence for ${err}; never NULL; any value is allowed. */
SY_API const char *sy_err_text(enum sy_err err);

/*
 * A stable name for ${err} such as "card-gone", for logs, JSON and support
 * codes; never NULL.
 */
SY_API const char *sy_err_name(enum sy_err err);
/* Back from the name of an error; "ok" is none. False: not a known one, and
 * ${ret} is left alone. */
SY_API bool sy_err_by_name(const char *name, enum sy_err *ret);

/*
 * sy_error_set(error, code, place, fmt, ...):
 * Fill ${error}, cutting what is too long; NULL ${error} is allowed.
 * Returns ${code}, so that a parser can say: return sy_error_set(...).
 */
SY_API enum sy_err sy_error_set(struct sy_error *error, enum sy_err code,
    const char *place, const char *fmt, ...) SY_PRINTF(4, 5);

#endif /* SY_ERR_H */
