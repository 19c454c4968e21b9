/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/unknown.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <sanyoso/audit.h>
#include <sanyoso/secret.h>

#include "server/server.h"

#define KEY_SIZE 32

struct unknown_names {
	struct sy_secret *key;
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
	if ((err = sy_secret_new(KEY_SIZE, &names->key)) != SY_OK)
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
	sy_secret_free(&(*names)->key);
	free(*names);
	*names = NULL;
}

/* In the place of the former one, which is gone with it. */
static enum sy_err
make_key(struct unknown_names *names, int64_t now)
{
	uint8_t key[KEY_SIZE];
	enum sy_err err;

	sy_secret_clear(names->key);
	names->made = false;
	if ((err = server_random(key, sizeof(key))) == SY_OK)
		err = sy_secret_append(names->key, key, sizeof(key));
	sy_memzero(key, sizeof(key));
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
	size_t n;

	if (!names->made || now - names->made_at >= UNKNOWN_KEY_LIFE) {
		if ((err = make_key(names, now)) != SY_OK)
			return err;
	}
	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL,
		sy_secret_bytes(names->key), sy_secret_len(names->key),
		(const uint8_t *)name, len, mac, sizeof(mac), &n) == NULL)
		return SY_ERR_CRYPTO;
	memcpy(ret, mac, UNKNOWN_SIZE);
	return SY_OK;
}
