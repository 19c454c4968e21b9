/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>

#include <sanyoso/password.h>

#define LETTERS 16
#define GROUP   4

/*
 * Of letters and digits that look alike (b6 gq9 il1 o0 s5 uv z2 B8) at most one
 * is here: 24 of them, log2(24) * 16 = 73 bits.
 */
static const char alphabet[] = "acdefhjkmnprtwxy23456789";

enum sy_err
sy_password_temporary(struct sy_secret **ret_password)
{
	SY_AUTO(sy_secret_free) struct sy_secret *password = NULL;
	enum sy_err err;

	if (sodium_init() < 0)
		return SY_ERR_CRYPTO;
	if ((err = sy_secret_new(SY_PASSWORD_TEMPORARY_LEN, &password)) !=
	    SY_OK)
		return err;
	for (size_t i = 0; i < LETTERS; i++) {
		/* No modulo: each letter is as likely as any other. */
		const uint32_t at = randombytes_uniform(sizeof(alphabet) - 1);

		if (i != 0 && i % GROUP == 0 &&
		    (err = sy_secret_append(password, "-", 1)) != SY_OK)
			return err;
		if ((err = sy_secret_append(password, &alphabet[at], 1)) !=
		    SY_OK)
			return err;
	}
	*ret_password = password;
	password = NULL;
	return SY_OK;
}
