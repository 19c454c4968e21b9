/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_KEY_H
#define VK_KEY_H

#include <openssl/evp.h>
#include <stdio.h>

#include "cbor.h"

/*
 * One virtual FIDO2 authenticator (CTAP 2.1): what it keeps (written to its
 * folder before a reply shows it) and what it forgets when the power goes.
 * Nothing here knows of frames, APDUs or sockets: whoever brings a command also
 * answers for the person, by struct vk_person. Not thread-safe.
 */

#define VK_AAGUID_BYTES  16U
#define VK_HASH_BYTES    32U
#define VK_ID_BYTES      32U
#define VK_CREDS_MAX     1024U
#define VK_RESIDENT_MAX  50U
#define VK_TEXT_MAX      128U
#define VK_RP_MAX        256U
#define VK_FINGERS_MAX   5U
#define VK_PIN_HASH      16U
#define VK_MIN_RPS       4U
#define VK_X5C_MAX       4096U
#define VK_PIN_TRIES     8U
#define VK_PIN_ROW       3U
#define VK_UV_TRIES      3U
#define VK_MESSAGE_BYTES 4096U

/* Status codes, CTAP 2.1 section 8.2. */
enum vk_status {
	VK_OK = 0x00,
	VK_BAD_COMMAND = 0x01,
	VK_BAD_PARAMETER = 0x02,
	VK_BAD_LENGTH = 0x03,
	VK_BAD_TYPE = 0x11,
	VK_BAD_CBOR = 0x12,
	VK_MISSING = 0x14,
	VK_TOO_MUCH = 0x15,
	VK_FINGERS_FULL = 0x17,
	VK_EXCLUDED = 0x19,
	VK_BAD_ALGORITHM = 0x26,
	VK_DENIED = 0x27,
	VK_FULL = 0x28,
	VK_BAD_OPTION_HERE = 0x2b,
	VK_BAD_OPTION = 0x2c,
	VK_CANCELLED = 0x2d,
	VK_NO_CREDENTIAL = 0x2e,
	VK_USER_TIMEOUT = 0x2f,
	VK_NOT_ALLOWED = 0x30,
	VK_PIN_WRONG = 0x31,
	VK_PIN_BLOCKED = 0x32,
	VK_PIN_AUTH = 0x33,
	VK_PIN_ROW_BLOCKED = 0x34,
	VK_NO_PIN_SET = 0x35,
	VK_NEEDS_UV = 0x36,
	VK_PIN_POLICY = 0x37,
	VK_UV_BLOCKED = 0x3c,
	VK_INTEGRITY = 0x3d,
	VK_BAD_SUBCOMMAND = 0x3e,
	VK_UV_WRONG = 0x3f,
	VK_BAD_PERMISSION = 0x40,
	VK_OTHER = 0x7f,
};

/* Authenticator commands, section 6. */
enum vk_command {
	VK_MAKE = 0x01,
	VK_ASSERT = 0x02,
	VK_INFO = 0x04,
	VK_PIN = 0x06,
	VK_RESET = 0x07,
	VK_NEXT = 0x08,
	VK_BIO = 0x09,
	VK_CREDS = 0x0a,
	VK_SELECTION = 0x0b,
	VK_CONFIG = 0x0d,
	VK_BIO_PREVIEW = 0x40,
	VK_CREDS_PREVIEW = 0x41,
};

/* COSE algorithms. */
enum vk_alg { VK_ES256 = -7, VK_EDDSA = -8, VK_RS256 = -257 };

enum vk_attestation { VK_PACKED, VK_SELF, VK_U2F, VK_NONE };
enum vk_counting { VK_GLOBAL, VK_EACH, VK_ZERO };

/* The classes of GET RESPONSE that a card takes. */
enum vk_response { VK_CLA_ANY, VK_CLA_00, VK_CLA_80 };

/* Permissions of a token, section 6.5.5.7. */
enum vk_permission {
	VK_MAY_MAKE = 0x01,
	VK_MAY_ASSERT = 0x02,
	VK_MAY_CREDS = 0x04,
	VK_MAY_BIO = 0x08,
	VK_MAY_CONFIG = 0x20,
};

/* Flags of authenticator data, WebAuthn section 6.1. */
enum vk_flag {
	VK_UP = 0x01,
	VK_UV = 0x04,
	VK_BE = 0x08,
	VK_BS = 0x10,
	VK_AT = 0x40,
	VK_ED = 0x80,
};

/* How the person was verified: values of the uvm extension. */
enum vk_method {
	VK_PRESENCE = 0x001,
	VK_FINGER = 0x002,
	VK_PASSCODE = 0x800,
};

/* What a person does when the key waits. */
enum vk_deed {
	VK_DID, /* touched, or a finger was put on */
	VK_REFUSED,
	VK_TIMED_OUT,
	VK_GAVE_UP, /* the platform cancelled */
	VK_LEFT,    /* no platform is there any more */
};

/* Fingers are numbers; a sensor keeps those it has learned. */
enum { VK_ANY_FINGER = -1, VK_STRANGER = -2 };

/* A finger, or for the enrolment how good the sample was. */
struct vk_touch {
	int finger;     /* number, VK_ANY_FINGER (a learned one), VK_STRANGER */
	uint8_t sample; /* lastEnrollSampleStatus, 0 = good */
};

struct vk_person {
	void *ctx;
	enum vk_deed (*touch)(void *ctx);
	enum vk_deed (*finger)(void *ctx, struct vk_touch *ret);
	long long (*now_ms)(void *ctx);
};

/* The make of a key. */
struct vk_model {
	char name[64];
	uint8_t aaguid[VK_AAGUID_BYTES];
	unsigned long firmware;
	enum vk_attestation attestation;
	enum vk_counting counting;
	bool pin;         /* has the PIN commands */
	bool sensor;      /* has a fingerprint sensor */
	bool old;         /* CTAP 2.0: no tokens with permissions */
	bool preview;     /* 0x40 and 0x41 */
	bool final;       /* 0x09 and 0x0a */
	bool finger_only; /* noMcGaPermissionsWithClientPin */
	bool strict;      /* makeCredential needs verification always */
	bool uvm;
	bool eddsa;
	bool rs256;
	bool card;        /* speaks NFC, not USB */
	bool u2f_name;    /* calls itself U2F_V2 when selected */
	bool select_more; /* even SELECT is answered by 61xx */
	enum vk_response response;
	uint8_t backup;        /* BE and BS of every credential */
	unsigned int samples;  /* of one finger */
	unsigned int protocol; /* bit 1, bit 2 */
	unsigned long step;    /* of the signature counter */
};

struct vk_cred {
	uint8_t id[VK_ID_BYTES];
	bool resident;
	char rp[VK_RP_MAX];
	uint8_t rp_hash[VK_HASH_BYTES];
	uint8_t user[64];
	size_t userlen;
	char user_name[VK_TEXT_MAX];
	char user_display[VK_TEXT_MAX];
	uint8_t protect; /* credProtect, 1 to 3 */
	uint8_t backup;
	enum vk_alg alg;
	unsigned long counter;
	EVP_PKEY *pkey;
};

struct vk_finger {
	bool used;
	int number; /* which finger it is */
	uint8_t id[2];
	char name[64];
};

/* What a test makes the key do wrong; not kept. */
struct vk_odd {
	uint8_t flags_on, flags_off;
	bool counter_given;
	unsigned long counter; /* what is shown, not what is kept */
	bool other_rp;         /* another rp id hash */
	bool other_key;        /* signed by a key that nobody knows */
	bool other_data;       /* signed over another client data hash */
	bool keeps_id;         /* the id stands in the reply always */
	uint8_t extra;         /* bytes behind the authenticator data */
};

struct vk_counts {
	unsigned long commands;
	unsigned long pins;    /* PINs that arrived to be checked */
	unsigned long wrong;   /* of them wrong ones */
	unsigned long last;    /* of them those that met one try left */
	unsigned long set;     /* PINs set or changed */
	unsigned long fingers; /* fingers checked */
	unsigned long touches;
	unsigned long made;
	unsigned long asserted;
	unsigned long powerups;
	unsigned long resets;
	unsigned long cancelled;
};

struct vk_token {
	uint8_t value[VK_HASH_BYTES];
	bool live;
	unsigned int permissions;
	bool bound; /* to ${rp_hash} */
	uint8_t rp_hash[VK_HASH_BYTES];
	bool present;          /* presence that nobody has used yet */
	enum vk_method method; /* how it was earned */
	long long since_ms;
};

/* An enumeration over credentials that a "next" command goes on with. */
struct vk_walk {
	size_t list[VK_RESIDENT_MAX];
	size_t n, at;
};

struct vk_next {
	struct vk_walk walk;
	uint8_t hash[VK_HASH_BYTES];
	uint8_t flags;
	bool uvm;
	enum vk_method method;
	bool names;
};

struct vk_key {
	/* kept */
	struct vk_model model;
	bool has_pin;
	uint8_t pin_hash[VK_PIN_HASH];
	unsigned int pin_left;
	unsigned int pin_points; /* length in code points */
	unsigned int pin_min;
	bool pin_change; /* forcePINChange */
	unsigned int uv_left;
	bool always_uv;
	char min_rps[VK_MIN_RPS][VK_RP_MAX];
	size_t nmin_rps;
	struct vk_finger fingers[VK_FINGERS_MAX];
	unsigned long counter;
	struct vk_cred *creds[VK_CREDS_MAX]; /* oldest first */
	size_t ncreds;
	EVP_PKEY *attest;        /* NULL = none or self */
	uint8_t x5c[VK_X5C_MAX]; /* DER certificates after each other */
	size_t x5clen;
	struct vk_counts counts;

	/* forgotten when the power goes */
	unsigned int pin_row; /* wrong ones since then */
	EVP_PKEY *agree;
	struct vk_token token;
	struct vk_next next;
	struct vk_walk rps, in_rp;
	struct vk_finger learning;
	unsigned int samples_left;
	long long powered_ms;

	/* of this process */
	struct vk_person person;
	struct vk_odd odd;
	int dirfd;
	FILE *log;
	bool dirty;
};

/* A factory-new key in memory. NOMEM, CRYPTO. Free with vk_key_free. */
SY_MUST_USE enum sy_err vk_key_new(struct vk_key **ret);
void vk_key_free(struct vk_key **key);
/* The power came back: forget everything volatile. */
void vk_key_power(struct vk_key *key);
/* Credentials, PIN and fingers go; the model stays. */
void vk_key_forget(struct vk_key *key);

/*
 * Run one command (the command byte and its CBOR) and give the reply: a status
 * byte, and CBOR behind it if that is 0. Saved before this returns; if that
 * fails the status is 7F. Waits for the person inside.
 */
void vk_key_run(struct vk_key *key, const uint8_t *p, size_t len,
    struct vc_bytes *ret_reply);

/* The subcommand in a command, 0 if it has none. */
unsigned int vk_key_sub(const uint8_t *p, size_t len);

/* Add a credential (owned by the key) as the newest. LIMIT. */
SY_MUST_USE enum sy_err vk_key_add(struct vk_key *key, struct vk_cred *cred);
void vk_key_remove(struct vk_key *key, size_t at);
size_t vk_key_residents(const struct vk_key *key);
bool vk_key_has_finger(const struct vk_key *key);
void vk_cred_free(struct vk_cred **cred);
/* SHA-256 of a text. */
void vk_hash_text(const char *text, uint8_t ret[VK_HASH_BYTES]);

#endif /* VK_KEY_H */
