/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/office_secret.h"

#include <string.h>

#include "server/server.h"

/* The largest multiple of ten that a byte can hold: digits without bias. */
#define DIGIT_LIMIT 250

enum sy_err
office_secret_of_card(struct row_view *view,
    const uint8_t guid[SY_DEVICE_GUID_SIZE], struct card_secret_row *ret)
{
	return row_find(view, &row_type_card_secret, "guid", guid,
	    SY_DEVICE_GUID_SIZE, ret);
}

static enum sy_err
take(void *ctx, const void *row)
{
	memcpy(ctx, row, sizeof(struct card_secret_row));
	return SY_OK;
}

enum sy_err
office_secret_of_token(struct row_view *view, int64_t token,
    struct card_secret_row *ret)
{
	struct card_secret_row found = { .id = 0 };
	enum sy_err err;

	err =
	    row_walk(view, &row_type_card_secret, "token", token, take, &found);
	if (err == SY_OK && found.id == 0)
		err = SY_ERR_NOT_FOUND;
	if (err == SY_OK)
		*ret = found;
	sy_memzero(&found, sizeof(found));
	return err;
}

/* A PUK that can be typed too, in another's tool. */
static enum sy_err
make_puk(uint8_t ret[SY_DEVICE_PUK_SIZE])
{
	enum sy_err err;

	for (size_t i = 0; i < SY_DEVICE_PUK_SIZE; i++) {
		do {
			if ((err = server_random(&ret[i], 1)) != SY_OK)
				return err;
		} while (ret[i] >= DIGIT_LIMIT);
		ret[i] = (uint8_t)('0' + ret[i] % 10);
	}
	return SY_OK;
}

/* Present becomes former. */
static enum sy_err
renew(struct card_secret_row *row, bool whole)
{
	enum sy_err err;

	memcpy(row->former_puk, row->puk, sizeof(row->puk));
	row->former_puk_len = row->puk_len;
	row->puk_len = sizeof(row->puk);
	if ((err = make_puk(row->puk)) != SY_OK || !whole)
		return err;
	memcpy(row->former_management, row->management,
	    sizeof(row->management));
	row->former_management_len = row->management_len;
	row->management_len = sizeof(row->management);
	return server_random(row->management, sizeof(row->management));
}

enum sy_err
office_secret_renew(struct ledger_tx *tx, struct card_secret_row *row,
    bool whole)
{
	enum sy_err err;

	row->changed = ledger_now(tx);
	if (row->id == 0) {
		row->guid_len = sizeof(row->guid);
		row->state = CARD_SECRET_SENT;
		if ((err = server_random(row->guid, sizeof(row->guid))) !=
			SY_OK ||
		    (err = renew(row, true)) != SY_OK)
			return err;
		return row_insert(tx, &row_type_card_secret, row);
	}
	/* A visit that was broken off goes on with what it had. */
	if (row->state == CARD_SECRET_SET && (err = renew(row, whole)) != SY_OK)
		return err;
	row->state = CARD_SECRET_SENT;
	return row_update(tx, &row_type_card_secret, row);
}

enum sy_err
office_secret_set(struct ledger_tx *tx, int64_t secret, int64_t token,
    int64_t owner)
{
	struct card_secret_row row;
	enum sy_err err;

	if ((err = row_get(ledger_view(tx), &row_type_card_secret, secret,
		 &row)) != SY_OK)
		return err;
	row.state = CARD_SECRET_SET;
	row.changed = ledger_now(tx);
	row.token = token;
	row.owner = owner;
	memset(row.former_management, 0, sizeof(row.former_management));
	row.former_management_len = 0;
	memset(row.former_puk, 0, sizeof(row.former_puk));
	row.former_puk_len = 0;
	err = row_update(tx, &row_type_card_secret, &row);
	sy_memzero(&row, sizeof(row));
	return err;
}

void
office_secret_fill(const struct card_secret_row *row, bool whole,
    struct sy_office_step *ret)
{
	memcpy(ret->puk, row->puk, sizeof(ret->puk));
	ret->puk_len = row->puk_len;
	memcpy(ret->former_puk, row->former_puk, sizeof(ret->former_puk));
	ret->former_puk_len = row->former_puk_len;
	if (!whole)
		return;
	memcpy(ret->guid, row->guid, sizeof(ret->guid));
	ret->guid_len = row->guid_len;
	memcpy(ret->management, row->management, sizeof(ret->management));
	ret->management_len = row->management_len;
	memcpy(ret->former_management, row->former_management,
	    sizeof(ret->former_management));
	ret->former_management_len = row->former_management_len;
}
