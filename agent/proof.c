/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include <sanyoso/fido2.h>
#include <sanyoso/method.h>

#include "proof.h"

/* What the card and the way to the server may take after the last answer. */
#define CARD_MARGIN_MS 10000

enum sy_err
proof_challenge(const struct talk *talk, const struct proof_terms *terms,
    enum sy_hash hash, uint8_t *ret_nonce, uint8_t *ret_digest, size_t *ret_len)
{
	struct sy_challenge c = {
		.server = terms->server,
		.terminal = terms->terminal,
		.login = terms->login,
		.service = terms->service,
		.purpose = terms->purpose,
	};
	enum sy_err err;

	if ((err = sy_text_unhex(terms->txn, c.txn, sizeof(c.txn))) != SY_OK ||
	    (err = talk->ops->nonce(talk->arg, c.agent_nonce,
		 sizeof(c.agent_nonce))) != SY_OK)
		return err;
	memcpy(c.server_nonce, terms->server_nonce, sizeof(c.server_nonce));
	memcpy(ret_nonce, c.agent_nonce, sizeof(c.agent_nonce));
	return sy_challenge_digest(&c, hash, ret_digest, ret_len);
}

enum sy_err
proof_begin(const struct talk *talk, const struct proof_terms *terms,
    enum sy_hash hash, struct sy_auth_proof *proof, uint8_t *ret_digest,
    size_t *ret_len)
{
	memset(proof, 0, sizeof(*proof));
	proof->agent_nonce_len = sizeof(proof->agent_nonce);
	(void)snprintf(proof->txn, sizeof(proof->txn), "%s", terms->txn);
	return proof_challenge(talk, terms, hash, proof->agent_nonce,
	    ret_digest, ret_len);
}

enum sy_err
proof_client_data(const struct talk *talk, const struct proof_terms *terms,
    const char *type, const char *origin, struct proof_client *ret)
{
	uint8_t digest[SY_HASH_SIZE_MAX];
	char text[SY_FIDO2_CLIENT_DATA_MAX];
	size_t len;
	enum sy_err err;

	if ((err = proof_challenge(talk, terms, SY_HASH_SHA256,
		 ret->agent_nonce, digest, &len)) != SY_OK ||
	    (err = sy_fido2_client_data(type, digest, origin, text, &len)) !=
		SY_OK)
		return err;
	memcpy(ret->data, text, len);
	ret->data_len = (uint16_t)len;
	return EVP_Digest(text, len, ret->hash, NULL, EVP_sha256(), NULL) == 1
	    ? SY_OK
	    : SY_ERR_CRYPTO;
}

enum sy_err
proof_assertion(const struct proof_client *client, const char *txn,
    const struct sy_keydevice_signed *in, struct sy_auth_assertion *ret)
{
	if (in->credential.len == 0 ||
	    in->credential.len > sizeof(ret->credential) ||
	    in->authdata_len > sizeof(ret->authdata) ||
	    in->signature_len > sizeof(ret->signature) ||
	    in->handle_len > sizeof(ret->handle))
		return SY_ERR_LIMIT;
	*ret = (struct sy_auth_assertion){
		.agent_nonce_len = sizeof(ret->agent_nonce),
		.credential_len = in->credential.len,
		.client_data_len = client->data_len,
		.authdata_len = in->authdata_len,
		.signature_len = in->signature_len,
		.handle_len = in->handle_len,
		/* No PIN is sent with it: sanyoso/keydevice.h. */
		.built_in = in->uv == SY_KEY_UV_BUILT_IN,
	};
	(void)snprintf(ret->txn, sizeof(ret->txn), "%s", txn);
	memcpy(ret->agent_nonce, client->agent_nonce, sizeof(ret->agent_nonce));
	memcpy(ret->credential, in->credential.id, in->credential.len);
	memcpy(ret->client_data, client->data, client->data_len);
	memcpy(ret->authdata, in->authdata, in->authdata_len);
	memcpy(ret->signature, in->signature, in->signature_len);
	memcpy(ret->handle, in->handle, in->handle_len);
	return SY_OK;
}

enum sy_err
proof_credentials(const struct sy_list *list, struct sy_keydevice_start *start)
{
	const struct sy_credential *c = list->items;

	if (list->count > SY_COUNT(start->credentials))
		return SY_ERR_LIMIT;
	for (size_t i = 0; i < list->count; i++) {
		struct sy_credential_id *to = &start->credentials[i];

		if (c[i].id_len == 0 || c[i].id_len > sizeof(to->id))
			return SY_ERR_PROTOCOL;
		memcpy(to->id, c[i].id, c[i].id_len);
		to->len = c[i].id_len;
	}
	start->credential_count = (uint16_t)list->count;
	return SY_OK;
}

enum sy_err
proof_finish(struct sy_auth_proof *proof, const uint8_t *sig, size_t len,
    unsigned int pins_wrong)
{
	if (len == 0 || len > sizeof(proof->signature))
		return SY_ERR_LIMIT;
	memcpy(proof->signature, sig, len);
	proof->signature_len = (uint16_t)len;
	proof->pins_wrong = pins_wrong;
	return SY_OK;
}

enum sy_err
proof_hash(const uint8_t *spki, size_t len, enum sy_hash *ret_hash)
{
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	enum sy_err err;

	if ((err = sy_key_from_spki(spki, len, &key, NULL)) != SY_OK)
		return err;
	*ret_hash = sy_key_alg_hash(sy_key_alg(key));
	return SY_OK;
}

/* The next word of ${*at} into ${out} of SY_WORD_SIZE; false at the end. */
static bool
next_word(const char **at, char *out)
{
	const char *p = *at + strspn(*at, " ");
	const size_t len = strcspn(p, " ");

	*at = p + len;
	if (len == 0)
		return false;
	(void)snprintf(out, SY_WORD_SIZE, "%.*s",
	    len < SY_WORD_SIZE ? (int)len : 0, p);
	return true;
}

uint32_t
proof_drivers(const char *names)
{
	char word[SY_WORD_SIZE];
	enum sy_driver driver;
	uint32_t bits = 0;

	while (next_word(&names, word))
		if (sy_driver_by_name(word, &driver) &&
		    driver != SY_DRIVER_NONE)
			bits |= 1U << driver;
	return bits;
}

const char *
proof_method(enum sy_slot slot)
{
	return sy_method_name(slot == SY_SLOT_OPEN ? SY_METHOD_CARD
						   : SY_METHOD_CARD_PIN);
}

static void
add_slot(struct proof_offer *offer, enum sy_slot slot)
{
	if (offer->slot_count < SY_COUNT(offer->slots))
		offer->slots[offer->slot_count++] = slot;
}

static bool
is_key(const char *word, enum sy_method *ret)
{
	static const enum sy_method keys[] = { SY_METHOD_FIDO2,
		SY_METHOD_FIDO2_UV, SY_METHOD_FIDO2_BIO };

	for (size_t i = 0; i < SY_COUNT(keys); i++)
		if (strcmp(word, sy_method_name(keys[i])) == 0) {
			*ret = keys[i];
			return true;
		}
	return false;
}

void
proof_offer(const char *methods, struct proof_offer *ret)
{
	enum sy_method method;
	char word[SY_WORD_SIZE];

	*ret = (struct proof_offer){ .slot_count = 0 };
	while (next_word(&methods, word)) {
		if (strcmp(word, sy_method_name(SY_METHOD_CARD_PIN)) == 0)
			add_slot(ret, SY_SLOT_PIN);
		else if (strcmp(word, sy_method_name(SY_METHOD_CARD)) == 0)
			add_slot(ret, SY_SLOT_OPEN);
		else if (is_key(word, &method))
			ret->keys |= 1U << method;
		else if (strcmp(word, sy_method_name(SY_METHOD_PASSWORD)) == 0)
			ret->password = true;
	}
	/* The key behind a PIN first: a card with one slot (JPKI) has that. */
	if (ret->slot_count == 2 && ret->slots[0] == SY_SLOT_OPEN) {
		ret->slots[0] = SY_SLOT_PIN;
		ret->slots[1] = SY_SLOT_OPEN;
	}
}

int64_t
proof_life_ms(int64_t life)
{
	return (life < SY_CHALLENGE_LIFE ? life : SY_CHALLENGE_LIFE) * 1000;
}

bool
proof_is_late(const struct talk *talk, int64_t nonce_at, int64_t life_ms)
{
	return talk_now(talk) - nonce_at > life_ms - CARD_MARGIN_MS;
}
