/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a login. */
#include "lib/wire/message_int.h"

/* More wrong PINs than any card allows. */
#define WRONG_MAX 255
/* The most tries that a policy can give (sy_lockout_policy). */
#define LEFT_MAX 100

static const struct sy_field auth_begin_fields[] = {
	TEXT(sy_auth_begin, user, OPTIONAL),
	TEXT(sy_auth_begin, service),
	TEXT(sy_auth_begin, purpose),
	TEXT(sy_auth_begin, tty, OPTIONAL),
	TEXT(sy_auth_begin, ruser, OPTIONAL),
	TEXT(sy_auth_begin, rhost, OPTIONAL),
	TEXT(sy_auth_begin, lang, OPTIONAL),
	BOOL(sy_auth_begin, identify, OPTIONAL),
	BOOL(sy_auth_begin, change, OPTIONAL),
	TEXT(sy_auth_begin, driver, OPTIONAL),
	BYTES(sy_auth_begin, spki, OPTIONAL),
	INT(sy_auth_begin, tries, 0, TRIES_MAX, OPTIONAL),
};
MESSAGE(auth_begin, sy_auth_begin);

static const struct sy_field auth_card_fields[] = {
	TEXT(sy_auth_card, txn),
	TEXT(sy_auth_card, driver),
	TEXT(sy_auth_card, method),
	BYTES(sy_auth_card, spki),
	INT(sy_auth_card, tries, 0, TRIES_MAX),
	BOOL(sy_auth_card, more, OPTIONAL),
};
MESSAGE(auth_card, sy_auth_card);

static const struct sy_field auth_proof_fields[] = {
	TEXT(sy_auth_proof, txn),
	BYTES(sy_auth_proof, agent_nonce, .fixed = SY_NONCE_SIZE),
	BYTES(sy_auth_proof, signature),
	INT(sy_auth_proof, pins_wrong, 0, WRONG_MAX, OPTIONAL),
};
MESSAGE(auth_proof, sy_auth_proof);

static const struct sy_field auth_key_fields[] = {
	TEXT(sy_auth_key, txn),
	TEXT(sy_auth_key, method),
	BOOL(sy_auth_key, other, OPTIONAL),
};
MESSAGE(auth_key, sy_auth_key);

static const struct sy_field auth_assertion_fields[] = {
	TEXT(sy_auth_assertion, txn),
	BYTES(sy_auth_assertion, agent_nonce, .fixed = SY_NONCE_SIZE),
	BYTES(sy_auth_assertion, credential),
	BYTES(sy_auth_assertion, client_data),
	BYTES(sy_auth_assertion, authdata),
	BYTES(sy_auth_assertion, signature),
	BYTES(sy_auth_assertion, handle, OPTIONAL),
	BOOL(sy_auth_assertion, built_in, OPTIONAL),
	INT(sy_auth_assertion, pins_wrong, 0, WRONG_MAX, OPTIONAL),
	INT(sy_auth_assertion, fingers_wrong, 0, WRONG_MAX, OPTIONAL),
};
MESSAGE(auth_assertion, sy_auth_assertion);

static const struct sy_field credential_fields[] = {
	BYTES(sy_credential, id),
};
MESSAGE(credential, sy_credential);

static const struct sy_field auth_password_fields[] = {
	TEXT(sy_auth_password, txn),
	BYTES(sy_auth_password, password, OPTIONAL),
};
MESSAGE(auth_password, sy_auth_password);

static const struct sy_field auth_abandon_fields[] = {
	TEXT(sy_auth_abandon, txn),
	TEXT(sy_auth_abandon, failure),
	TEXT(sy_auth_abandon, reason),
	TEXT(sy_auth_abandon, place, OPTIONAL),
	INT(sy_auth_abandon, pins_wrong, 0, WRONG_MAX, OPTIONAL),
};
MESSAGE(auth_abandon, sy_auth_abandon);

static const struct sy_field auth_fetch_fields[] = {
	TEXT(sy_auth_fetch, txn),
};
MESSAGE(auth_fetch, sy_auth_fetch);

static const struct sy_field auth_step_fields[] = {
	TEXT(sy_auth_step, txn),
	TEXT(sy_auth_step, step),
	TEXT(sy_auth_step, methods, OPTIONAL),
	BOOL(sy_auth_step, wrong, OPTIONAL),
	INT(sy_auth_step, left, 0, LEFT_MAX, OPTIONAL),
	TEXT(sy_auth_step, drivers, OPTIONAL),
	BOOL(sy_auth_step, fresh, OPTIONAL),
	INT(sy_auth_step, reserve, 0, TRIES_MAX, OPTIONAL),
	TEXT(sy_auth_step, login, OPTIONAL),
	BYTES(sy_auth_step, nonce, .fixed = SY_NONCE_SIZE, OPTIONAL),
	INT(sy_auth_step, life, 0, LIFE_MAX, OPTIONAL),
	TEXT(sy_auth_step, rp_id, OPTIONAL),
	TEXT(sy_auth_step, origin, OPTIONAL),
	BOOL(sy_auth_step, uv, OPTIONAL),
	LIST(sy_auth_step, credentials, &sy_message_credential,
	    SY_CREDENTIALS_SHOWN, OPTIONAL),
	TEXT(sy_auth_step, verdict, OPTIONAL),
	TEXT(sy_auth_step, reason, OPTIONAL),
	TEXT(sy_auth_step, support, OPTIONAL),
	INT(sy_auth_step, until, 0, SECONDS_MAX, OPTIONAL),
	TEXT(sy_auth_step, change, OPTIONAL),
	TEXT(sy_auth_step, rules, OPTIONAL),
	TEXT(sy_auth_step, notice, OPTIONAL, .lines = true),
	INT(sy_auth_step, last_login, 0, SECONDS_MAX, OPTIONAL),
	INT(sy_auth_step, last_logout, 0, SECONDS_MAX, OPTIONAL),
	TEXT(sy_auth_step, last_login_terminal, OPTIONAL),
	TEXT(sy_auth_step, last_logout_terminal, OPTIONAL),
	INT(sy_auth_step, failures, 0, SY_FAILURES_MAX, OPTIONAL),
	INT(sy_auth_step, password_ends, 0, SECONDS_MAX, OPTIONAL),
	INT(sy_auth_step, card_ends, 0, SECONDS_MAX, OPTIONAL),
};
MESSAGE(auth_step, sy_auth_step);

static const struct sy_field password_change_fields[] = {
	TEXT(sy_password_change, txn),
	BYTES(sy_password_change, password, OPTIONAL),
};
MESSAGE(password_change, sy_password_change);

static const struct sy_field password_step_fields[] = {
	TEXT(sy_password_step, step),
	TEXT(sy_password_step, rules, OPTIONAL),
	TEXT(sy_password_step, broken, OPTIONAL),
	TEXT(sy_password_step, support, OPTIONAL),
};
MESSAGE(password_step, sy_password_step);
