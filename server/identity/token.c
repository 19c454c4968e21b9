/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens are shown and listed. */
#include "server/identity/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/identity/credential.h"
#include "server/identity/metadata.h"
#include "server/identity/model.h"
#include "server/identity/token.h"
#include "server/list.h"
#include "server/server.h"

#define MICROSECONDS INT64_C(1000000)

static const char *
state_name(const struct token_row *row, int64_t now)
{
	switch (row->state) {
	case TOKEN_LOST:
		return "lost";
	case TOKEN_REVOKED:
		return "revoked";
	case TOKEN_REPLACED:
		return "replaced";
	case TOKEN_ACTIVE:
		return row->not_after != 0 && row->not_after <= now ? "expired"
								    : "active";
	default:
		return "unknown";
	}
}

/* Joins the reasons of a token's holds with "; ", as far as there is room. */
static enum sy_err
add_hold(void *ctx, const void *row)
{
	const struct hold_row *hold = row;
	struct sy_token *token = ctx;
	const size_t at = strlen(token->holds);
	const size_t room = sizeof(token->holds) - at;
	const char *between = at > 0 ? "; " : "";
	char joined[SY_BASIS_SIZE + 4];
	size_t len;

	(void)snprintf(joined, sizeof(joined), "%s%s", between, hold->reason);
	len = strnlen(joined, room - 1);
	/* Never half of a character. */
	while (len > 0 && !sy_text_is_clean(joined, len))
		len--;
	memcpy(token->holds + at, joined, len);
	token->holds[at + len] = '\0';
	return SY_OK;
}

static enum sy_err
add_names(struct row_view *view, const struct token_row *row,
    struct sy_token *ret)
{
	struct terminal_row terminal;
	struct id_row owner;
	enum sy_err err;

	if ((err = row_get(view, &row_type_id, row->owner, &owner)) != SY_OK)
		return err;
	memcpy(ret->login, owner.login, sizeof(ret->login));
	sy_memzero(&owner, sizeof(owner));
	err = row_get(view, &row_type_terminal, row->terminal, &terminal);
	if (err == SY_OK)
		memcpy(ret->terminal, terminal.name, sizeof(ret->terminal));
	return err == SY_ERR_NOT_FOUND ? SY_OK : err;
}

/* What a key is besides; nothing where its row is not there. */
static enum sy_err
add_key(struct row_view *view, const struct token_row *row,
    struct sy_token *ret)
{
	struct credential_row credential;
	struct key_counter_row counter;
	enum sy_err err;

	if (row->driver != SY_DRIVER_FIDO2)
		return SY_OK;
	err = credential_of_token(view, row->id, &credential);
	if (err == SY_OK) {
		sy_aaguid_text(credential.aaguid, ret->aaguid);
		ret->firmware = credential.firmware;
		(void)snprintf(ret->attestation, sizeof(ret->attestation), "%s",
		    sy_attestation_name((enum sy_attestation)
					    credential.attestation));
		if (credential_grade(&credential) != SY_GRADE_NONE)
			(void)snprintf(ret->grade, sizeof(ret->grade), "%s",
			    sy_grade_name(credential_grade(&credential)));
		err = key_counter_of_token(view, row->id, &counter);
	}
	if (err == SY_OK)
		ret->counter = counter.counter;
	return err == SY_ERR_NOT_FOUND ? SY_OK : err;
}

void
token_name(const struct sy_metadata *metadata, struct sy_token *token)
{
	enum sy_attestation attestation = SY_ATTESTATION_NONE;
	uint8_t aaguid[SY_AAGUID_SIZE];

	if (!sy_aaguid_parse(token->aaguid, aaguid))
		return;
	(void)sy_attestation_by_name(token->attestation, &attestation);
	model_name(metadata, aaguid, attestation, token->model);
}

enum sy_err
token_message(struct row_view *view, const struct token_row *row, int64_t now,
    struct sy_token *ret)
{
	enum sy_err err;

	memset(ret, 0, sizeof(*ret));
	ret->token = row->id;
	(void)snprintf(ret->driver, sizeof(ret->driver), "%s",
	    sy_driver_name((enum sy_driver)row->driver));
	(void)snprintf(ret->method, sizeof(ret->method), "%s",
	    sy_method_name((enum sy_method)row->method));
	(void)snprintf(ret->algorithm, sizeof(ret->algorithm), "%s",
	    sy_key_alg_name((enum sy_key_alg)row->alg));
	(void)snprintf(ret->origin, sizeof(ret->origin), "%s",
	    sy_origin_name((enum sy_origin)row->origin));
	(void)snprintf(ret->state, sizeof(ret->state), "%s",
	    state_name(row, now));
	ret->enrolled = row->enrolled / MICROSECONDS;
	ret->not_after = row->not_after / MICROSECONDS;
	memcpy(ret->basis, row->basis, sizeof(ret->basis));
	if ((err = add_names(view, row, ret)) != SY_OK ||
	    (err = add_key(view, row, ret)) != SY_OK)
		return err;
	return row_walk(view, &row_type_hold, "token", row->id, add_hold, ret);
}

enum sy_err
token_get(struct row_view *view, int64_t id, struct token_row *ret,
    struct sy_error *reterr)
{
	enum sy_err err = row_get(view, &row_type_token, id, ret);

	if (err == SY_ERR_NOT_FOUND)
		return sy_error_set(reterr, err, "token",
		    "there is no token %lld", (long long)id);
	return err;
}

void
token_show(struct exchange *exchange, const void *request)
{
	struct row_view *view = ledger_reader(exchange->server->ledger);
	const struct sy_token_ref *in = request;
	struct sy_error error = { .code = SY_OK };
	struct sy_token token;
	struct token_row row;

	error.code = token_get(view, in->token, &row, &error);
	if (error.code == SY_OK)
		error.code = token_message(view, &row, server_now(), &token);
	if (error.code == SY_OK) {
		token_name(metadata_of(exchange->server->metadata), &token);
		exchange_reply(&exchange, &token);
	} else {
		exchange_fail(&exchange, &error, 0);
	}
}

/* Ids first: the names and holds of a token are other walks. */
static enum sy_err
collect(void *ctx, const void *row)
{
	struct sy_list *rows = ctx;
	void *item;
	enum sy_err err;

	err = list_add(rows, sizeof(struct token_row), &item);
	if (err == SY_OK)
		memcpy(item, row, sizeof(struct token_row));
	return err;
}

static enum sy_err
collect_of(struct row_view *view, const char *login, struct sy_list *rows,
    struct sy_error *reterr)
{
	struct id_row owner;
	enum sy_err err;

	if (login[0] == '\0')
		return row_walk(view, &row_type_token, NULL, 0, collect, rows);
	err =
	    row_find(view, &row_type_id, "login", login, strlen(login), &owner);
	if (err == SY_ERR_NOT_FOUND)
		return sy_error_set(reterr, err, "login",
		    "there is no user \"%s\"", login);
	if (err != SY_OK)
		return err;
	return row_walk(view, &row_type_token, "owner", owner.id, collect,
	    rows);
}

/* Whether ${text} is the token's AAGUID or a part of its model's name. */
static bool
is_of_model(const struct sy_token *token, const char *text)
{
	return text[0] == '\0' || strcasecmp(token->aaguid, text) == 0 ||
	    (token->model[0] != '\0' && strcasestr(token->model, text) != NULL);
}

static enum sy_err
list_tokens(const struct server *server, const struct sy_list *rows,
    const char *model, struct sy_list *list)
{
	struct row_view *view = ledger_reader(server->ledger);
	const struct token_row *row = rows->items;
	const int64_t now = server_now();
	struct sy_token token;
	enum sy_err err = SY_OK;
	void *item;

	for (size_t i = 0; err == SY_OK && i < rows->count; i++) {
		err = token_message(view, &row[i], now, &token);
		if (err != SY_OK)
			break;
		token_name(metadata_of(server->metadata), &token);
		if (!is_of_model(&token, model))
			continue;
		err = list_add(list, sizeof(token), &item);
		if (err == SY_OK)
			memcpy(item, &token, sizeof(token));
	}
	return err;
}

void
token_list(struct exchange *exchange, const void *request)
{
	struct server *server = exchange->server;
	const struct sy_token_search *in = request;
	struct sy_token_list list = { .tokens = { NULL, 0 } };
	struct sy_error error = { .code = SY_OK };
	struct sy_list rows = { NULL, 0 };

	error.code =
	    collect_of(ledger_reader(server->ledger), in->login, &rows, &error);
	if (error.code == SY_OK)
		error.code =
		    list_tokens(server, &rows, in->model, &list.tokens);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &list);
	else
		exchange_fail(&exchange, &error, 0);
	sy_message_clear(&sy_message_token_list, &list);
	free(rows.items);
}
