/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_CARD_H
#define VC_CARD_H

#include <openssl/evp.h>
#include <stdio.h>

#include "apdu.h"

/*
 * One virtual card: what it keeps (written to its folder before a reply shows
 * it) and what it forgets when the power goes. Nothing here knows of sockets;
 * units and the fuzz target drive it directly. Not thread-safe.
 */

#define VC_PIN_MAX    16U
#define VC_PINS_MAX   2U
#define VC_KEYS_MAX   8U
#define VC_FILES_MAX  40U
#define VC_FILE_MAX   3072U
#define VC_ATR_MAX    33U
#define VC_UID_MAX    10U
#define VC_MGMT_MAX   32U
#define VC_REPLY_MAX  VC_BYTES_MAX
#define VC_PUPI_BYTES 4U

/* The application beside FIDO2; VC_FIDO: there is none. */
enum vc_type { VC_JPKI, VC_PIV, VC_FIDO };

/* T=1, a command that yields data came without Le: cards differ. */
enum vc_no_le {
	VC_NO_LE_DATA,  /* send it all the same */
	VC_NO_LE_61,    /* 61xx */
	VC_NO_LE_STRICT /* 6700 */
};

/* When a key asks for the PIN. */
enum vc_policy { VC_NEVER, VC_ONCE, VC_ALWAYS };

/* Key algorithms, numbered as in SP 800-78-4 table 6-2 (07, 11, 14) and 05. */
enum vc_alg {
	VC_RSA1024 = 0x06,
	VC_RSA2048 = 0x07,
	VC_RSA3072 = 0x05,
	VC_P256 = 0x11,
	VC_P384 = 0x14,
};

struct vc_pin {
	uint8_t value[VC_PIN_MAX];
	size_t len; /* 0 = the card has no such PIN */
	unsigned int left;
	unsigned int max;
	bool verified; /* volatile */
};

/* In vc_card.pins: */
enum { VC_PIN_AUTH = 0, VC_PIN_SIGN = 1 }; /* JPKI */
enum { VC_PIN_PIV = 0, VC_PIN_PUK = 1 };   /* PIV */

struct vc_key {
	uint8_t ref; /* JPKI: low byte of the EF; PIV: key reference */
	enum vc_policy policy;
	enum vc_alg alg;
	EVP_PKEY *pkey; /* NULL = slot is free */
};

struct vc_file {
	uint32_t tag; /* JPKI: file id; PIV: object tag; 0 = slot is free */
	size_t len;
	uint8_t data[VC_FILE_MAX];
};

struct vc_counts {
	unsigned long apdus;
	unsigned long verifies; /* VERIFY with data, as they arrived */
	unsigned long changes;  /* CHANGE REFERENCE DATA, RESET RETRY COUNTER */
	unsigned long signatures;
	unsigned long strangers; /* touches of what is not for logging in */
	unsigned long breaches;  /* commands that break the T=0 or T=1 rules */
	unsigned long powerups;
	/* From the arrival of a VERIFY to the end of the signature after it:
	 * what a login waits for the card and the reader. */
	unsigned long waits;
	unsigned long waited_us;
	/* The same from the selection of the application before: with it, and
	 * with the look at the counter, the card is also waited for. */
	unsigned long engaged_us;
	long long waits_since;   /* microseconds, 0: for nothing */
	long long engaged_since; /* of the last selection by name, 0: none */
	unsigned long waits_for; /* signatures there were then, plus one */
};

struct vc_card;

struct vc_command {
	uint8_t cla;
	uint8_t ins;
	enum vc_way way;
	bool chains;
	uint16_t (*run)(struct vc_card *card, const struct vc_apdu *apdu,
	    struct vc_bytes *out);
};

/* One application of a card, as tables. */
struct vc_applet {
	const char *name;
	const uint8_t *aid;
	size_t aidlen;
	size_t aidmin; /* a SELECT may cut the AID down to this */
	const struct vc_command *commands;
	size_t ncommands;
	/* On every SELECT of it; ${again} if it was the current one. */
	uint16_t (*select)(struct vc_card *card, bool again,
	    const struct vc_apdu *apdu, struct vc_bytes *out);
	/* Before each command; may be NULL. */
	void (*before)(struct vc_card *card, const struct vc_apdu *apdu);
};

struct vc_card {
	/* kept */
	enum vc_type type;
	enum vc_proto proto;
	enum vc_no_le no_le;
	bool extended;
	bool yubico;      /* answers the version and serial commands */
	bool old_keys;    /* takes no management key but a 3DES one */
	bool open_made;   /* keys that it makes sign without PIN */
	bool phone;       /* JPKI on a phone: the certificate needs the PIN */
	uint16_t blocked; /* SW of VERIFY under a blocked PIN */
	size_t file_pad;  /* JPKI: zeros behind each certificate */
	uint8_t atr[VC_ATR_MAX];
	size_t atrlen;
	uint8_t uid[VC_UID_MAX];
	size_t uidlen; /* 0 = a contact card */
	uint8_t mgmt_alg;
	uint8_t mgmt[VC_MGMT_MAX];
	size_t mgmtlen;
	struct vc_pin pins[VC_PINS_MAX];
	struct vc_key keys[VC_KEYS_MAX];
	struct vc_file files[VC_FILES_MAX];
	struct vc_counts counts;

	/* forgotten when the power goes */
	const struct vc_applet *applet;
	uint32_t current_ef; /* JPKI */
	bool pin_fresh;      /* PIV: the last command was a good VERIFY */
	bool admin;          /* PIV: the management key was proven */
	uint8_t challenge[16];
	size_t challengelen;
	bool witness; /* ${challenge} went out as a witness */
	struct vc_apdu chain;
	struct vc_bytes chained;
	struct vc_bytes waiting; /* for GET RESPONSE */
	size_t waiting_from;

	/* of this process */
	struct vc_fido *fido; /* NULL = no such application */
	int dirfd;            /* folder to save into, -1 = memory only */
	FILE *log;            /* headers of APDUs, may be NULL */
	bool dirty;
};

/* An empty card in memory, power off. NOMEM. Free with vc_card_free. */
SY_MUST_USE enum sy_err vc_card_new(enum vc_type type, struct vc_card **ret);
/* Free ${*card} and its keys, set it to NULL; NULL is allowed. */
void vc_card_free(struct vc_card **card);

/* Power on, off or warm reset: forget everything volatile. */
void vc_card_power(struct vc_card *card);
/* Another application is selected: forget what the last one knew. */
void vc_card_leave(struct vc_card *card);

/*
 * Count and log nothing but the arrival of a command; vc_card_transmit does it
 * by itself. For a card that is pulled out before it could run the command.
 */
void vc_card_arrived(struct vc_card *card, const uint8_t *p, size_t len);

/*
 * Run one command APDU and give the reply with its status word. The card is
 * saved before this returns; if that fails the reply is 6581. Always gives a
 * reply, at least two bytes.
 */
void vc_card_transmit(struct vc_card *card, const uint8_t *p, size_t len,
    struct vc_bytes *ret_reply);

/*
 * Count a command; later save what it changed and log it with its status word,
 * which is 6581 from then on if the card could not be saved.
 */
void vc_record_arrival(struct vc_card *card, const uint8_t *p, size_t len);
uint16_t vc_record_end(struct vc_card *card, const uint8_t *p, size_t len,
    uint16_t sw);

/* Find or make: NULL if there is none, or no room. */
struct vc_key *vc_card_key(struct vc_card *card, uint8_t ref);
struct vc_key *vc_card_key_slot(struct vc_card *card, uint8_t ref);
struct vc_file *vc_card_file(struct vc_card *card, uint32_t tag);
/* Put ${data} under ${tag}; ${len} 0 removes it. LIMIT if it does not fit. */
SY_MUST_USE enum sy_err vc_card_put(struct vc_card *card, uint32_t tag,
    const void *data, size_t len);

/*
 * Compare and count: SW_OK, 63Cx, or the card's word for blocked. Right bytes
 * restore the counter; one try is lost otherwise. Not for constant time use.
 */
uint16_t vc_pin_check(struct vc_card *card, struct vc_pin *pin, const void *p,
    size_t len);

extern const struct vc_applet vc_applet_fido;
extern const struct vc_applet vc_applet_jpki;
extern const struct vc_applet vc_applet_piv;

#endif /* VC_CARD_H */
