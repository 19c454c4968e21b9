/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/credential.h"

#include <string.h>

static enum sy_err
take_credential(void *ctx, const void *row)
{
	memcpy(ctx, row, sizeof(struct credential_row));
	return SY_OK;
}

enum sy_err
credential_of_token(struct row_view *view, int64_t token,
    struct credential_row *ret)
{
	struct credential_row row = { .id = 0 };
	enum sy_err err;

	err = row_walk(view, &row_type_credential, "token", token,
	    take_credential, &row);
	if (err != SY_OK)
		return err;
	if (row.id == 0)
		return SY_ERR_NOT_FOUND;
	*ret = row;
	return SY_OK;
}

static enum sy_err
take_counter(void *ctx, const void *row)
{
	memcpy(ctx, row, sizeof(struct key_counter_row));
	return SY_OK;
}

enum sy_err
key_counter_of_token(struct row_view *view, int64_t token,
    struct key_counter_row *ret)
{
	struct key_counter_row row = { .id = 0 };
	enum sy_err err;

	err = row_walk(view, &row_type_key_counter, "token", token,
	    take_counter, &row);
	if (err != SY_OK)
		return err;
	if (row.id == 0)
		return SY_ERR_NOT_FOUND;
	*ret = row;
	return SY_OK;
}

enum sy_err
credential_find(struct row_view *view, const uint8_t *id, size_t len,
    struct credential_row *ret)
{
	return row_find(view, &row_type_credential, "credential", id, len, ret);
}

/* --- of a person --- */

struct gathering {
	struct row_view *view;
	struct credential_row *rows;
	size_t count;
};

static enum sy_err
gather(void *ctx, const void *row)
{
	const struct credential_row *credential = row;
	struct gathering *g = ctx;
	struct token_row token;
	enum sy_err err;

	err = row_get(g->view, &row_type_token, credential->token, &token);
	if (err != SY_OK || token.state != TOKEN_ACTIVE)
		return err;
	if (g->count == CREDENTIALS_MAX)
		return SY_ERR_LIMIT;
	g->rows[g->count++] = *credential;
	return SY_OK;
}

enum sy_err
credentials_of_person(struct row_view *view, int64_t owner,
    struct credential_row ret[CREDENTIALS_MAX], size_t *ret_count)
{
	struct credential_row rows[CREDENTIALS_MAX];
	struct gathering g = { .view = view, .rows = rows };
	enum sy_err err;

	err = row_walk(view, &row_type_credential, "owner", owner, gather, &g);
	if (err != SY_OK)
		return err;
	memcpy(ret, rows, g.count * sizeof(rows[0]));
	*ret_count = g.count;
	return SY_OK;
}

enum sy_err
credential_handle(struct row_view *view, int64_t owner,
    uint8_t ret[SY_FIDO2_HANDLE_SIZE])
{
	uint8_t id[8];

	_Static_assert(SY_FIDO2_HANDLE_SIZE == SY_DIGEST_SIZE, "an index");
	for (size_t i = 0; i < sizeof(id); i++)
		id[i] = (uint8_t)((uint64_t)owner >> (8 * (7 - i)));
	return row_index(view, "id", "handle", id, sizeof(id), ret);
}
