/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_FIDO2_H
#define SY_FIDO2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/key.h>
#include <sanyoso/metadata.h>
#include <sanyoso/method.h>

/*
 * FIDO2 keys, the verifier's half: what a key signed at registration and at
 * login (W3C Web Authentication Level 2, "WebAuthn" below; CTAP 2.1), checked
 * against what the server asked for by itself. Everything here is pure: no
 * device, no clock, no state; any number of threads may call it.
 *
 * All bytes are strict: client data is one JSON object without repeated
 * members; CBOR is in CTAP2 canonical form (CTAP 2.1 section 8), without
 * indefinite lengths, repeated keys, deep nesting or bytes behind the end.
 */
#define SY_FIDO2_RP_SIZE         254 /* a host name and its NUL */
#define SY_FIDO2_ORIGIN_SIZE     264 /* "https://", the name, a port */
#define SY_FIDO2_CREDENTIAL_MAX  512 /* bytes of an id that we take */
#define SY_FIDO2_HANDLE_SIZE     32  /* our user handles (user.id) */
#define SY_FIDO2_HANDLE_MAX      64  /* WebAuthn section 5.4.3 */
#define SY_FIDO2_AUTHDATA_MAX    2048
#define SY_FIDO2_ATTESTATION_MAX 8192 /* attStmt in CBOR */
#define SY_FIDO2_CLIENT_DATA_MAX 1024
#define SY_FIDO2_FORMAT_SIZE     32 /* attestation format's name */
#define SY_FIDO2_CHALLENGE_SIZE  32

/* Flags of authenticator data (WebAuthn section 6.1; BE and BS: Level 3). */
enum sy_fido2_flag {
	SY_FIDO2_UP = 0x01, /* somebody touched it */
	SY_FIDO2_UV = 0x04, /* PIN or finger: the flag does not say which */
	SY_FIDO2_BE = 0x08, /* can be copied elsewhere */
	SY_FIDO2_BS = 0x10, /* was copied */
	SY_FIDO2_AT = 0x40, /* attested credential data follow */
	SY_FIDO2_ED = 0x80, /* extension data follow */
};

/* Methods in a signed "uvm" extension (FIDO Registry of Predefined Values
 * section 3.1); a set of these bits. */
enum sy_fido2_uvm {
	SY_FIDO2_UVM_PRESENCE = 0x0001,    /* presence_internal */
	SY_FIDO2_UVM_FINGERPRINT = 0x0002, /* fingerprint_internal */
	SY_FIDO2_UVM_PASSCODE = 0x0004,    /* passcode_internal */
	SY_FIDO2_UVM_FACE = 0x0010,        /* faceprint_internal */
	SY_FIDO2_UVM_NONE = 0x0200,
	SY_FIDO2_UVM_PASSCODE_EXTERNAL = 0x0800,
};

/* How a credential's origin is known. Stored: append only. */
enum sy_attestation {
	SY_ATTESTATION_NONE = 0,  /* nothing is known */
	SY_ATTESTATION_SELF = 1,  /* the credential's own key signed */
	SY_ATTESTATION_MODEL = 2, /* a certificate with a path to a root that
				     the metadata names for this model */
	SY_ATTESTATION_COUNT = 3,
};
/* "none", "self", "model"; and back. */
SY_API const char *sy_attestation_name(enum sy_attestation attestation);
SY_API bool sy_attestation_by_name(const char *name, enum sy_attestation *ret);

/*
 * Client data as we write it: {"type":...,"challenge":...,"origin":...,
 * "crossOrigin":false} (WebAuthn section 5.8.1.1). ${type} is SY_FIDO2_CREATE
 * or SY_FIDO2_GET. ${ret_text} has SY_FIDO2_CLIENT_DATA_MAX bytes; ${ret_len}
 * without the NUL. ARG, LIMIT.
 */
#define SY_FIDO2_CREATE "webauthn.create"
#define SY_FIDO2_GET    "webauthn.get"
SY_API SY_MUST_USE enum sy_err sy_fido2_client_data(const char *type,
    const uint8_t challenge[SY_FIDO2_CHALLENGE_SIZE], const char *origin,
    char *ret_text, size_t *ret_len);

/* What the server asked for, by itself. */
struct sy_fido2_expect {
	const char *rp_id;
	const char *origin;
	uint8_t challenge[SY_FIDO2_CHALLENGE_SIZE];
	bool uv; /* user verification is demanded */
	/* A look, not a proof: the key was to sign without its person, so that
	 * it shows what it holds before anybody gives it a PIN. UP and UV must
	 * both be absent then, whatever ${uv} says: neither of the two can ever
	 * stand for the other. Of assertions alone. */
	bool look;
};

/* What a key made at registration, as the terminal sent it. */
struct sy_fido2_made {
	const uint8_t *client_data;
	size_t client_data_len;
	const uint8_t *authdata;
	size_t authdata_len;
	const char *format;       /* "packed", "fido-u2f", "none" */
	const uint8_t *statement; /* attStmt, a CBOR map */
	size_t statement_len;
};

/* A new credential. */
struct sy_fido2_credential {
	uint8_t id[SY_FIDO2_CREDENTIAL_MAX];
	uint16_t id_len;
	struct sy_key *key; /* owned; free with sy_fido2_credential_clear */
	uint8_t aaguid[SY_AAGUID_SIZE];
	enum sy_attestation attestation;
	/* The model's entry, a view into the metadata; NULL unless the
	 * attestation is MODEL. */
	const struct sy_model *model;
	uint8_t flags;
	uint32_t counter;
	uint8_t min_pin; /* signed by the key (minPinLength); 0: not told */
};

/*
 * sy_fido2_verify_made(made, expect, metadata, now, ret, reterr):
 * Check a registration (WebAuthn section 7.1): client data, RP id, flags (UP
 * always, UV as expected, no BE), algorithm, credential id, and the attestation
 * statement. packed with x5c: signature, leaf's rules (section 8.2.1), AAGUID
 * extension, dates at ${now} (seconds) and path to a root of this model in
 * ${metadata}. packed without: self attestation. fido-u2f: section 8.6. none:
 * an empty map. Which of the kinds will do is for the caller to say. A
 * certificate without the AAGUID extension is taken where no other model has a
 * root of this one; a fido-u2f statement does not sign the AAGUID, so ${ret}
 * has the one that its certificate names. Extensions: credProtect,
 * minPinLength, uvm or none.
 *
 * SY_ERR_ARG (${expect} is of a look); FORMAT, LIMIT (malformed); DENIED
 * (another challenge, origin, RP id or type, flags missing, BE);
 * SY_ERR_ALGORITHM; SY_ERR_SIGNATURE; SY_ERR_ATTESTATION (format unknown,
 * leaf's rules broken, AAGUID differs); SY_ERR_CERT_PATH, SY_ERR_CERT_DATE;
 * SY_ERR_MODEL (certified, and the metadata do not know the model, or
 * ${metadata} is NULL); NOMEM, CRYPTO. ${reterr} names the place. ${ret} is
 * written on success only.
 */
SY_API SY_MUST_USE enum sy_err sy_fido2_verify_made(
    const struct sy_fido2_made *made, const struct sy_fido2_expect *expect,
    const struct sy_metadata *metadata, int64_t now,
    struct sy_fido2_credential *ret, struct sy_error *reterr);
SY_API void sy_fido2_credential_clear(struct sy_fido2_credential *credential);

/* What a key signed at login. */
struct sy_fido2_signed {
	const uint8_t *client_data;
	size_t client_data_len;
	const uint8_t *authdata;
	size_t authdata_len;
	const uint8_t *signature;
	size_t signature_len;
};
struct sy_fido2_assertion {
	uint8_t flags;
	uint32_t counter;
	bool has_uvm;
	uint32_t uvm; /* bits of enum sy_fido2_uvm; of unknown methods all */
};

/*
 * Check an assertion by ${key} (WebAuthn section 7.2): client data, RP id, UP
 * always and UV as expected, or neither of them in a look, no BE, no credential
 * data, extensions that are known (uvm) or none, signature. Counter and owner
 * are the caller's to compare. FORMAT, LIMIT, DENIED, SIGNATURE, NOMEM, CRYPTO;
 * ${reterr} may be NULL.
 */
SY_API SY_MUST_USE enum sy_err sy_fido2_verify_signed(
    const struct sy_fido2_signed *in, const struct sy_fido2_expect *expect,
    const struct sy_key *key, struct sy_fido2_assertion *ret,
    struct sy_error *reterr);

/* The counter rule (WebAuthn section 7.2 step 21): true if it advanced, or both
 * are zero: then it says nothing. */
SY_API bool sy_fido2_counter_advanced(uint32_t stored, uint32_t shown);

/*
 * What a verified assertion counts for. Pure; zeroed members are the strict
 * answer.
 */
struct sy_fido2_claim {
	enum sy_attestation attestation; /* of the registration */
	const struct sy_model *model;    /* as the metadata say now, or NULL */
	bool fingerprint; /* the policy lists this model as one of fingerprint
			     keys, with full attestation */
	bool managed;     /* finger and random PIN set under supervision */
	uint8_t flags;
	bool has_uvm;
	uint32_t uvm;
	/* What the terminal says and nobody signed: it asked for built-in
	 * verification and sent no PIN. */
	bool terminal_says_built_in;
};
/*
 * The best method and grade that the claim supports: FIDO2 without UV or where
 * it proves nothing; FIDO2_UV with it; FIDO2_BIO with grade SIGNED (listed,
 * attested, and uvm names biometrics alone, or the model has no other way of
 * verification), MANAGED (listed, attested, managed, and the terminal asked for
 * it), TERMINAL (the terminal says so). A uvm that names a passcode, a method
 * that we do not know, or no biometric at all rules FIDO2_BIO out whatever else
 * is said; one that names presence or nothing alone makes the flag UV worth
 * nothing. "No other way": the model's biometric_only without client_pin, or
 * no_pin_tokens.
 * ${ret_origin}: ATTESTED for attestation MODEL, else UNPROVEN. No failure.
 */
SY_API void sy_fido2_judge(const struct sy_fido2_claim *claim,
    enum sy_method *ret_method, enum sy_grade *ret_grade,
    enum sy_origin *ret_origin);

#endif /* SY_FIDO2_H */
