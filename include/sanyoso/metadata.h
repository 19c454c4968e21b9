/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_METADATA_H
#define SY_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/*
 * What is known of models of FIDO2 keys: the FIDO Metadata Service's signed
 * file (FIDO Metadata Service 3.0 section 3.1, FIDO Metadata Statement 3.0),
 * brought in by hand, never fetched. Parsed once, immutable afterwards: any
 * number of threads may read it.
 */
#define SY_AAGUID_SIZE      16
#define SY_AAGUID_TEXT_SIZE 37 /* "f8a011f3-8c0a-4d15-8006-17111f9edc7d" */
#define SY_MODEL_NAME_SIZE  128
#define SY_METADATA_MAX     (32 * 1024 * 1024) /* bytes of a file */

/* 36 characters, lower case, and back (either case; exactly this form). */
SY_API void sy_aaguid_text(const uint8_t aaguid[SY_AAGUID_SIZE],
    char out[SY_AAGUID_TEXT_SIZE]);
SY_API bool sy_aaguid_parse(const char *text, uint8_t ret[SY_AAGUID_SIZE]);

/* The gravest of a model's status reports that is in effect. Stored. */
enum sy_model_status {
	SY_MODEL_GOOD = 0,
	SY_MODEL_UPDATE = 1,      /* an update is available: firmware older than
				     the report's is not good */
	SY_MODEL_COMPROMISED = 2, /* REVOKED, *_COMPROMISE,
				     USER_VERIFICATION_BYPASS */
	SY_MODEL_STATUS_COUNT = 3,
};
/* "good", "update", "compromised". */
SY_API const char *sy_model_status_name(enum sy_model_status status);

/* One model. */
struct sy_model {
	uint8_t aaguid[SY_AAGUID_SIZE];
	char name[SY_MODEL_NAME_SIZE]; /* clean text, "" if there is none */
	enum sy_model_status status;
	char report[64];       /* the status report's own word, "" for GOOD */
	uint64_t update_below; /* UPDATE: firmware that is not good; all if
				  the report names no version */
	/* How it can verify its user; all strict when unknown. */
	bool fingerprint;    /* some alternative has fingerprint_internal */
	bool biometric_only; /* every alternative that verifies has a
				biometric, none a passcode */
	bool client_pin;     /* authenticatorGetInfo: option clientPin, or no
				options are told */
	bool built_in;       /* option uv */
	bool no_pin_tokens;  /* option noMcGaPermissionsWithClientPin */
	bool uvm;            /* extension uvm */
	/* Certificates that its attestation may end at, DER. */
	const struct sy_model_root *roots;
	size_t root_count;
};
struct sy_model_root {
	const uint8_t *der;
	size_t len;
};

struct sy_metadata;

/*
 * sy_metadata_import(blob, len, root_pem, root_len, now, ret, reterr):
 * Check a metadata file and take what we need of it: a JWT in compact form
 * (RFC 7515 section 3.1) signed with RS256 or ES256 by a certificate of the
 * name mds.fidoalliance.org with a path, valid at ${now} (seconds), to one of
 * the certificates in ${root_pem}. Only entries of FIDO2 models count. Reports
 * that are in effect at ${now} are taken, later ones are not.
 * FORMAT, LIMIT, ALGORITHM, SIGNATURE, CERT, CERT_PATH, CERT_DATE, NOMEM,
 * CRYPTO; ${reterr} names the place in the file.
 */
SY_API SY_MUST_USE enum sy_err sy_metadata_import(const char *blob, size_t len,
    const char *root_pem, size_t root_len, int64_t now,
    struct sy_metadata **ret_metadata, struct sy_error *reterr);
SY_API void sy_metadata_free(struct sy_metadata **metadata);

/*
 * A compact form of what was taken, for keeping where it can't be altered (the
 * signature is not kept), and back. LIMIT, NOMEM; FORMAT, VERSION. ${ret_bytes}
 * is freed with free().
 */
SY_API SY_MUST_USE enum sy_err sy_metadata_pack(
    const struct sy_metadata *metadata, uint8_t **ret_bytes, size_t *ret_len);
SY_API SY_MUST_USE enum sy_err sy_metadata_unpack(const uint8_t *bytes,
    size_t len, struct sy_metadata **ret_metadata, struct sy_error *reterr);

/* The file's serial number ("no"), and the day by which a newer one is to be
 * expected ("nextUpdate"), in seconds since 1970. */
SY_API int64_t sy_metadata_number(const struct sy_metadata *metadata);
SY_API int64_t sy_metadata_next_update(const struct sy_metadata *metadata);
SY_API size_t sy_metadata_count(const struct sy_metadata *metadata);
/* The ${i}-th model in the order of AAGUIDs; NULL behind the last. */
SY_API const struct sy_model *sy_metadata_at(const struct sy_metadata *metadata,
    size_t i);
/* NULL: not known. */
SY_API const struct sy_model *sy_metadata_find(
    const struct sy_metadata *metadata, const uint8_t aaguid[SY_AAGUID_SIZE]);

#endif /* SY_METADATA_H */
