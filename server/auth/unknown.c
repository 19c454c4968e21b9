/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/unknown.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <sanyoso/audit.h>
#include <sanyoso/secret.h>

#include "server/server.h"

#define KEY_SIZE 32

/* HMAC-SHA-256 that has taken the key in: half of it is done then. */
typedef crypto_auth_hmacsha256_state hmac;

struct unknown_names {
	struct sy_secret *keyed; /* one hmac */
	bool made;
	int64_t made_at;
};

enum sy_err
unknown_new(struct unknown_names **ret_names)
{
	SY_AUTO(unknown_free) struct unknown_names *names = NULL;
	enum sy_err err;

	if ((names = calloc(1, sizeof(*names))) == NULL)
		return SY_ERR_NOMEM;
	if ((err = sy_secret_new(sizeof(hmac), &names->keyed)) != SY_OK)
		return err;
	*ret_names = names;
	names = NULL;
	return SY_OK;
}

void
unknown_free(struct unknown_names **names)
{
	if (*names == NULL)
		return;
	sy_secret_free(&(*names)->keyed);
	free(*names);
	*names = NULL;
}

/* In the place of the former one, which is gone with it. */
static enum sy_err
make_key(struct unknown_names *names, int64_t now)
{
	uint8_t key[KEY_SIZE];
	enum sy_err err;
	hmac keyed;

	sy_secret_clear(names->keyed);
	names->made = false;
	if ((err = server_random(key, sizeof(key))) != SY_OK)
		return err;
	(void)crypto_auth_hmacsha256_init(&keyed, key, sizeof(key));
	err = sy_secret_append(names->keyed, &keyed, sizeof(keyed));
	sy_memzero(key, sizeof(key));
	sy_memzero(&keyed, sizeof(keyed));
	if (err != SY_OK)
		return err;
	names->made = true;
	names->made_at = now;
	return SY_OK;
}

enum sy_err
unknown_name(struct unknown_names *names, const char *name, size_t len,
    int64_t now, uint8_t ret[UNKNOWN_SIZE])
{
	uint8_t mac[SY_DIGEST_SIZE];
	enum sy_err err;
	hmac copy;

	if (!names->made || now - names->made_at >= UNKNOWN_KEY_LIFE) {
		if ((err = make_key(names, now)) != SY_OK)
			return err;
	}
	memcpy(&copy, sy_secret_bytes(names->keyed), sizeof(copy));
	(void)crypto_auth_hmacsha256_update(&copy, (const uint8_t *)name, len);
	(void)crypto_auth_hmacsha256_final(&copy, mac);
	sy_memzero(&copy, sizeof(copy));
	memcpy(ret, mac, UNKNOWN_SIZE);
	return SY_OK;
}
