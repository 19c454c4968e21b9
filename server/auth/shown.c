/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/shown.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "server/identity/credential.h"
#include "server/identity/holds.h"
#include "server/identity/metadata.h"
#include "server/list.h"
#include "server/policy.h"

#define DECOY_SIZE  64
#define DECOY_LABEL "sanyoso-decoy-1"

#define ORDER SY_CREDENTIALS_SHOWN /* a number that no decoy has */

struct decoy {
	uint8_t id[DECOY_SIZE];
};

static void
free_mac(EVP_MAC **mac)
{
	EVP_MAC_free(*mac);
}

static void
free_mac_ctx(EVP_MAC_CTX **ctx)
{
	EVP_MAC_CTX_free(*ctx);
}

/*
 * All that a login may need, numbered from 0. Derived from the keyed hash of
 * the name: without the keeper's key nobody can tell one from what a key made,
 * or name it for another name. OpenSSL sets up once for all of them, which
 * costs more than what is hashed.
 */
static enum sy_err
make_decoys(const struct login *login, struct decoy *decoys, size_t count)
{
	SY_AUTO(free_mac) EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	SY_AUTO(free_mac_ctx)
	EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	uint8_t input[sizeof(DECOY_LABEL)] = DECOY_LABEL;
	char digest[] = "SHA512";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_end(),
	};
	size_t len;

	if (ctx == NULL ||
	    EVP_MAC_init(ctx, login->typed_hash, sizeof(login->typed_hash),
		params) != 1)
		return SY_ERR_CRYPTO;
	for (size_t i = 0; i < count; i++) {
		/* In the place of the NUL. */
		input[sizeof(input) - 1] = (uint8_t)i;
		if (EVP_MAC_init(ctx, NULL, 0, NULL) != 1 ||
		    EVP_MAC_update(ctx, input, sizeof(input)) != 1 ||
		    EVP_MAC_final(ctx, decoys[i].id, &len,
			sizeof(decoys[i].id)) != 1 ||
		    len != sizeof(decoys[i].id))
			return SY_ERR_CRYPTO;
	}
	return SY_OK;
}

static uint32_t
number_of(const struct decoy *decoy)
{
	uint32_t n;

	memcpy(&n, decoy->id, sizeof(n));
	return n;
}

/* Whether the policy takes, here, what a key of this origin may be able to
 * prove; of what grade shows only when it has signed. */
static bool
is_accepted(const struct server *server, const struct login_facts *f,
    enum sy_method method, enum sy_origin origin)
{
	for (int g = SY_GRADE_NONE; g < SY_GRADE_COUNT; g++)
		if (sy_policy_accepts(server->policy->policy, f->zone,
			f->purpose, f->kind, method, origin, (enum sy_grade)g))
			return true;
	return false;
}

/*
 * Whether the key was enrolled for something that this login wants. Not for
 * what the terminal asks for first alone: which of its ways a key has shows
 * only when it is there, and then the terminal asks for another.
 */
static bool
is_wanted(const struct server *server, const struct login *login,
    const struct token_row *token)
{
	for (int m = SY_METHOD_FIDO2; m <= SY_METHOD_FIDO2_BIO; m++)
		if ((login->methods & 1u << m) != 0 && token->method >= m &&
		    is_accepted(server, &login->facts, (enum sy_method)m,
			(enum sy_origin)token->origin))
			return true;
	return false;
}

/* Whether the key could count: nobody types a PIN into one that could not let
 * them in. */
static enum sy_err
could_count(struct server *server, const struct login *login,
    const struct credential_row *credential, const struct token_row *token,
    bool *ret)
{
	const char *why;
	bool works;
	enum sy_err err;

	err = token_works(ledger_reader(server->ledger), token, server_now(),
	    &works);
	*ret = err == SY_OK && works && token->driver == SY_DRIVER_FIDO2 &&
	    is_wanted(server, login, token) &&
	    credential_model_works(metadata_of(server->metadata),
		server->policy->policy, credential, &why);
	return err;
}

/* A key that is not there, by the work of one that is. */
static enum sy_err
look_in_vain(struct server *server, const struct login *login,
    const struct decoy *decoy)
{
	static const struct credential_row credential = { .id = -1 };
	static const struct token_row token = { .id = -1,
		.state = TOKEN_ACTIVE };
	struct row_view *view = ledger_reader(server->ledger);
	bool counts;

	row_decoy_at(view, &row_type_credential, number_of(decoy));
	for (int twice = 0; twice < 2; twice++)
		row_decoy_at(view, &row_type_token, number_of(decoy));
	return could_count(server, login, &credential, &token, &counts);
}

/* The person's keys that could count, ${*ret_count} of them in the first
 * places. */
static enum sy_err
gather(struct server *server, const struct login *login,
    const struct decoy decoys[SY_CREDENTIALS_SHOWN],
    struct credential_row rows[CREDENTIALS_MAX], size_t *ret_count)
{
	struct row_view *view = ledger_reader(server->ledger);
	struct token_row token;
	size_t count, kept = 0;
	bool counts;
	enum sy_err err;

	err = credentials_of_person(view, login->facts.person, rows, &count);
	for (size_t i = 0; err == SY_OK && i < count; i++) {
		if ((err = row_get(view, &row_type_token, rows[i].token,
			 &token)) != SY_OK ||
		    (err = could_count(server, login, &rows[i], &token,
			 &counts)) != SY_OK)
			return err;
		if (counts)
			rows[kept++] = rows[i];
	}
	for (size_t i = count; err == SY_OK && i < CREDENTIALS_MAX; i++)
		err = look_in_vain(server, login, &decoys[i]);
	*ret_count = kept;
	return err;
}

/* Where each stands: by the name alone, so that it tells nothing of which are
 * real. */
static void
shuffle(const struct decoy *order, size_t place[SY_CREDENTIALS_SHOWN])
{
	for (size_t i = 0; i < SY_CREDENTIALS_SHOWN; i++)
		place[i] = i;
	for (size_t i = SY_CREDENTIALS_SHOWN - 1; i > 0; i--) {
		const size_t other = order->id[i] % (i + 1);
		const size_t was = place[i];

		place[i] = place[other];
		place[other] = was;
	}
}

static void
put(struct sy_credential *ret, const uint8_t *id, size_t len)
{
	memcpy(ret->id, id, len);
	ret->id_len = (uint16_t)len;
}

enum sy_err
shown_credentials(struct server *server, const struct login *login,
    struct sy_list *list)
{
	struct decoy decoys[SY_CREDENTIALS_SHOWN + 1];
	struct credential_row rows[CREDENTIALS_MAX];
	size_t count = 0, place[SY_CREDENTIALS_SHOWN];
	enum sy_err err;
	void *item;

	if ((err = make_decoys(login, decoys, SY_COUNT(decoys))) != SY_OK ||
	    (err = gather(server, login, decoys, rows, &count)) != SY_OK)
		return err;
	shuffle(&decoys[ORDER], place);
	for (size_t i = 0; i < SY_CREDENTIALS_SHOWN; i++) {
		const size_t k = place[i];

		err = list_add(list, sizeof(struct sy_credential), &item);
		if (err != SY_OK)
			return err;
		if (k < count)
			put(item, rows[k].credential, rows[k].credential_len);
		else
			put(item, decoys[k].id, sizeof(decoys[k].id));
	}
	return SY_OK;
}

_Static_assert(CREDENTIALS_MAX == SY_CREDENTIALS_SHOWN,
    "all keys of a person can be shown");
