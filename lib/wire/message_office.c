/* SPDX-License-Identifier: Apache-2.0 */
/* The messages by which a card is personalised and its PIN changed. */
#include "lib/wire/message_int.h"

#define GUID_LEN       16
#define MANAGEMENT_LEN 32
#define PUK_LEN        8

static const struct sy_field office_begin_fields[] = {
	TEXT(sy_office_begin, user),
	TEXT(sy_office_begin, task),
	BYTES(sy_office_begin, code, .fixed = CODE_LEN, OPTIONAL),
};
MESSAGE(office_begin, sy_office_begin);

static const struct sy_field office_card_fields[] = {
	TEXT(sy_office_card, txn),
	BYTES(sy_office_card, guid, .fixed = GUID_LEN, OPTIONAL),
	BYTES(sy_office_card, spki, OPTIONAL),
};
MESSAGE(office_card, sy_office_card);

static const struct sy_field office_proof_fields[] = {
	TEXT(sy_office_proof, txn),
	BYTES(sy_office_proof, agent_nonce, .fixed = SY_NONCE_SIZE),
	BYTES(sy_office_proof, spki, OPTIONAL),
	BYTES(sy_office_proof, signature),
};
MESSAGE(office_proof, sy_office_proof);

static const struct sy_field office_done_fields[] = {
	TEXT(sy_office_done, txn),
};
MESSAGE(office_done, sy_office_done);

static const struct sy_field office_step_fields[] = {
	TEXT(sy_office_step, txn),
	TEXT(sy_office_step, step),
	TEXT(sy_office_step, drivers, OPTIONAL),
	INT(sy_office_step, reserve, 0, TRIES_MAX, OPTIONAL),
	TEXT(sy_office_step, login, OPTIONAL),
	TEXT(sy_office_step, name, OPTIONAL),
	TEXT(sy_office_step, algorithm, OPTIONAL),
	BYTES(sy_office_step, guid, .fixed = GUID_LEN, OPTIONAL),
	BYTES(sy_office_step, management, .fixed = MANAGEMENT_LEN, OPTIONAL),
	BYTES(sy_office_step, former_management, .fixed = MANAGEMENT_LEN,
	    OPTIONAL),
	BYTES(sy_office_step, puk, .fixed = PUK_LEN, OPTIONAL),
	BYTES(sy_office_step, former_puk, .fixed = PUK_LEN, OPTIONAL),
	BYTES(sy_office_step, nonce, .fixed = SY_NONCE_SIZE, OPTIONAL),
	INT(sy_office_step, life, 0, LIFE_MAX, OPTIONAL),
	BYTES(sy_office_step, cert, OPTIONAL),
	INT(sy_office_step, not_after, 0, SECONDS_MAX, OPTIONAL),
	TEXT(sy_office_step, token, OPTIONAL),
	TEXT(sy_office_step, reason, OPTIONAL),
	TEXT(sy_office_step, text, OPTIONAL),
};
MESSAGE(office_step, sy_office_step);
