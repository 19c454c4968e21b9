/* SPDX-License-Identifier: Apache-2.0 */
/* The messages by which a card is enrolled. */
#include "lib/wire/message_int.h"

static const struct sy_field enroll_begin_fields[] = {
	TEXT(sy_enroll_begin, user),
	BYTES(sy_enroll_begin, code, .fixed = CODE_LEN),
};
MESSAGE(enroll_begin, sy_enroll_begin);

static const struct sy_field enroll_card_fields[] = {
	TEXT(sy_enroll_card, txn),
	TEXT(sy_enroll_card, driver),
	TEXT(sy_enroll_card, method),
	BYTES(sy_enroll_card, cert),
	BOOL(sy_enroll_card, refused_without_pin),
};
MESSAGE(enroll_card, sy_enroll_card);

static const struct sy_field enroll_key_fields[] = {
	TEXT(sy_enroll_key, txn),
	BYTES(sy_enroll_key, agent_nonce, .fixed = SY_NONCE_SIZE),
	BYTES(sy_enroll_key, client_data),
	BYTES(sy_enroll_key, authdata),
	TEXT(sy_enroll_key, format),
	BYTES(sy_enroll_key, statement),
	INT(sy_enroll_key, firmware, 0, NUMBER_MAX, OPTIONAL),
	BOOL(sy_enroll_key, reader, OPTIONAL),
	BOOL(sy_enroll_key, resident, OPTIONAL),
	BOOL(sy_enroll_key, managed, OPTIONAL),
};
MESSAGE(enroll_key, sy_enroll_key);

static const struct sy_field enroll_step_fields[] = {
	TEXT(sy_enroll_step, txn),
	TEXT(sy_enroll_step, step),
	TEXT(sy_enroll_step, drivers, OPTIONAL),
	TEXT(sy_enroll_step, method, OPTIONAL),
	TEXT(sy_enroll_step, rp_id, OPTIONAL),
	TEXT(sy_enroll_step, origin, OPTIONAL),
	BYTES(sy_enroll_step, handle, .fixed = SY_FIDO2_HANDLE_SIZE, OPTIONAL),
	LIST(sy_enroll_step, credentials, &sy_message_credential,
	    SY_CREDENTIALS_SHOWN, OPTIONAL),
	TEXT(sy_enroll_step, model, OPTIONAL),
	TEXT(sy_enroll_step, attestation, OPTIONAL),
	INT(sy_enroll_step, reserve, 0, TRIES_MAX, OPTIONAL),
	TEXT(sy_enroll_step, login, OPTIONAL),
	TEXT(sy_enroll_step, name, OPTIONAL),
	TEXT(sy_enroll_step, subject, OPTIONAL),
	TEXT(sy_enroll_step, issuer, OPTIONAL),
	TEXT(sy_enroll_step, algorithm, OPTIONAL),
	INT(sy_enroll_step, not_after, 0, SECONDS_MAX, OPTIONAL),
	BYTES(sy_enroll_step, nonce, .fixed = SY_NONCE_SIZE, OPTIONAL),
	INT(sy_enroll_step, life, 0, LIFE_MAX, OPTIONAL),
	TEXT(sy_enroll_step, token, OPTIONAL),
	TEXT(sy_enroll_step, reason, OPTIONAL),
	TEXT(sy_enroll_step, text, OPTIONAL),
};
MESSAGE(enroll_step, sy_enroll_step);
