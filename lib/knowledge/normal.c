/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <uninorm.h>

#include <sanyoso/password.h>
#include <sanyoso/text.h>

/* NFC makes UTF-8 at most three times as long (Unicode, NFC FAQ). */
#define GROWTH 3

/* NFC into ${out} of ${cap} bytes. */
static enum sy_err
normalize(const struct sy_secret *typed, uint8_t *out, size_t cap,
    size_t *ret_len)
{
	size_t len = cap;
	uint8_t *result;

	result = u8_normalize(UNINORM_NFC, sy_secret_bytes(typed),
	    sy_secret_len(typed), out, &len);
	if (result == NULL)
		return SY_ERR_NOMEM;
	/* A result of its own would be one that did not fit. */
	if (result != out) {
		sy_memzero(result, len);
		free(result);
		return SY_ERR_LIMIT;
	}
	*ret_len = len;
	return SY_OK;
}

static enum sy_err
keep(const uint8_t *bytes, size_t len, struct sy_secret **ret_normal)
{
	SY_AUTO(sy_secret_free) struct sy_secret *normal = NULL;
	enum sy_err err;

	if (len > SY_PASSWORD_BYTES_MAX)
		return SY_ERR_LIMIT;
	if ((err = sy_secret_new(len, &normal)) != SY_OK ||
	    (err = sy_secret_append(normal, bytes, len)) != SY_OK)
		return err;
	*ret_normal = normal;
	normal = NULL;
	return SY_OK;
}

enum sy_err
sy_password_normal(const struct sy_secret *typed, struct sy_secret **ret_normal)
{
	uint8_t bytes[SY_PASSWORD_BYTES_MAX * GROWTH];
	size_t len = sy_secret_len(typed);
	enum sy_err err;

	if (len == 0)
		return SY_ERR_ARG;
	if (len > SY_PASSWORD_BYTES_MAX)
		return SY_ERR_LIMIT;
	if (!sy_text_is_clean((const char *)sy_secret_bytes(typed), len))
		return SY_ERR_FORMAT;
	if ((err = normalize(typed, bytes, sizeof(bytes), &len)) == SY_OK)
		err = keep(bytes, len, ret_normal);
	sy_memzero(bytes, sizeof(bytes));
	return err;
}
