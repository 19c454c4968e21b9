/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include <sanyoso/safefile.h>

#include "server/keeper/ossl.h"
#include "server/keeper/protocol.h"

#define LABEL      "sanyoso-log-state-1"
#define LABEL_SIZE (sizeof(LABEL) - 1)
#define TREE_MAX   (1 + 8 + 64 * SY_DIGEST_SIZE)
#define PATH_SIZE  4096
#define FILE_SIZE  (KEPT_SLOTS * KEPT_SLOT)
_Static_assert(2 + LABEL_SIZE + 1 + 8 + 8 + SY_DIGEST_SIZE + 2 + TREE_MAX +
	    SY_DIGEST_SIZE <=
	KEPT_SLOT,
    "a slot holds any log's end");
_Static_assert(crypto_auth_hmacsha256_BYTES == SY_DIGEST_SIZE &&
	crypto_auth_hmacsha256_KEYBYTES == KEEPER_KEY_SIZE,
    "HMAC-SHA-256");

struct kept {
	int fd;
	uint64_t number; /* of the last write */
	uint8_t key[KEEPER_KEY_SIZE];
	struct sy_buf *tree;
	struct sy_buf *slot;
};

/* One slot as it was read. */
struct slot {
	struct log_end end;
	uint64_t number;
	bool fresh;
};

void
kept_close(struct kept **kept)
{
	struct kept *k = *kept;

	if (k == NULL)
		return;
	if (k->fd >= 0)
		(void)close(k->fd);
	sy_buf_free(&k->tree);
	sy_buf_free(&k->slot);
	sy_memzero(k, sizeof(*k));
	free(k);
	*kept = NULL;
}

static enum sy_err
kept_new(const struct sy_secret *row, struct kept **ret)
{
	SY_AUTO(kept_close) struct kept *k = calloc(1, sizeof(*k));
	EVP_KDF *hkdf;
	enum sy_err err;

	if (k == NULL)
		return SY_ERR_NOMEM;
	k->fd = -1;
	if ((err = sy_buf_new(TREE_MAX, &k->tree)) != SY_OK ||
	    (err = sy_buf_new(KEPT_SLOT, &k->slot)) != SY_OK)
		return err;
	if ((hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL)) == NULL)
		return SY_ERR_CRYPTO;
	err = keeper_keys_derive(hkdf, row, LABEL, LABEL_SIZE, k->key);
	EVP_KDF_free(hkdf);
	if (err != SY_OK)
		return err;
	*ret = k;
	k = NULL;
	return SY_OK;
}

/* --- one slot --- */

static enum sy_err
encode(struct kept *k, const struct log_end *end, bool fresh, uint64_t number)
{
	uint8_t mac[SY_DIGEST_SIZE];
	struct sy_buf *out = k->slot;
	enum sy_err err;

	if ((err = sy_tree_encode(&end->tree, k->tree)) != SY_OK)
		return err;
	sy_buf_reset(out);
	(void)sy_buf_u16(out,
	    (uint16_t)(LABEL_SIZE + 1 + 8 + 8 + SY_DIGEST_SIZE + 2 +
		sy_buf_len(k->tree)));
	(void)sy_buf_raw(out, LABEL, LABEL_SIZE);
	(void)sy_buf_u8(out, fresh);
	(void)sy_buf_u64(out, number);
	(void)sy_buf_u64(out, (uint64_t)end->time);
	(void)sy_buf_raw(out, end->chain, SY_DIGEST_SIZE);
	(void)sy_buf_bytes16(out, sy_buf_data(k->tree), sy_buf_len(k->tree));
	if ((err = sy_buf_status(out)) != SY_OK)
		return err;
	if (crypto_auth_hmacsha256(mac, sy_buf_data(out), sy_buf_len(out),
		k->key) != 0)
		return SY_ERR_CRYPTO;
	return sy_buf_raw(out, mac, sizeof(mac));
}

static enum sy_err
parse(const uint8_t *data, size_t len, struct slot *ret)
{
	const uint8_t *label, *chain, *tree;
	uint64_t time;
	struct sy_reader r;
	size_t tree_len;
	uint8_t fresh;
	enum sy_err err;

	sy_reader_init(&r, data, len);
	if ((err = sy_reader_raw(&r, LABEL_SIZE, &label)) != SY_OK ||
	    (err = sy_reader_u8(&r, &fresh)) != SY_OK ||
	    (err = sy_reader_u64(&r, &ret->number)) != SY_OK ||
	    (err = sy_reader_u64(&r, &time)) != SY_OK ||
	    (err = sy_reader_raw(&r, SY_DIGEST_SIZE, &chain)) != SY_OK ||
	    (err = sy_reader_bytes16(&r, TREE_MAX, &tree, &tree_len)) !=
		SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK ||
	    (err = sy_tree_decode(tree, tree_len, &ret->end.tree)) != SY_OK)
		return err;
	if (memcmp(label, LABEL, LABEL_SIZE) != 0 || fresh > 1)
		return SY_ERR_FORMAT;
	ret->fresh = fresh == 1;
	ret->end.time = (int64_t)time;
	memcpy(ret->end.chain, chain, SY_DIGEST_SIZE);
	return SY_OK;
}

static enum sy_err
decode(const struct kept *k, const uint8_t data[KEPT_SLOT], struct slot *ret)
{
	const size_t len = 2 + ((size_t)data[0] << 8 | data[1]);

	if (len + SY_DIGEST_SIZE > KEPT_SLOT ||
	    crypto_auth_hmacsha256_verify(data + len, data, len, k->key) != 0)
		return SY_ERR_FORMAT;
	return parse(data + 2, len - 2, ret);
}

/* --- the file --- */

static enum sy_err
path_of(char path[PATH_SIZE], const char *dir, struct sy_error *reterr)
{
	const int n = snprintf(path, PATH_SIZE, "%s/" KEPT_FILE, dir);

	if (n < 0 || n >= PATH_SIZE)
		return sy_error_set(reterr, SY_ERR_LIMIT, KEPT_FILE,
		    "the path of the keeper's directory is too long");
	return SY_OK;
}

/* A file with one slot that says that the log is empty, or not known. */
static enum sy_err
make(struct kept *k, const char *path, bool fresh, struct sy_error *reterr)
{
	const struct log_end none = { .time = 0 };
	uint8_t *data;
	enum sy_err err;

	if ((err = encode(k, &none, fresh, 0)) != SY_OK ||
	    (data = calloc(1, FILE_SIZE)) == NULL)
		return sy_error_set(reterr, err != SY_OK ? err : SY_ERR_NOMEM,
		    path, "can't be made");
	memcpy(data, sy_buf_data(k->slot), sy_buf_len(k->slot));
	err = sy_safefile_write(path, data, FILE_SIZE, 0600, reterr);
	free(data);
	return err;
}

enum sy_err
kept_create(const char *dir, const struct sy_secret *row,
    struct sy_error *reterr)
{
	SY_AUTO(kept_close) struct kept *k = NULL;
	char path[PATH_SIZE];
	enum sy_err err;

	if ((err = path_of(path, dir, reterr)) != SY_OK)
		return err;
	if ((err = kept_new(row, &k)) != SY_OK)
		return sy_error_set(reterr, err, path, "can't be made");
	return make(k, path, false, reterr);
}

/* The newer one of the slots that are whole. */
static enum sy_err
choose(const struct kept *k, const uint8_t *data, struct slot *ret)
{
	enum sy_err err = SY_ERR_FORMAT;
	struct slot slot;

	for (size_t i = 0; i < KEPT_SLOTS; i++) {
		if (decode(k, data + i * KEPT_SLOT, &slot) != SY_OK ||
		    slot.number % KEPT_SLOTS != i)
			continue;
		if (err != SY_OK || slot.number > ret->number)
			*ret = slot;
		err = SY_OK;
	}
	return err;
}

static enum sy_err
load(struct kept *k, const char *path, struct slot *ret,
    struct sy_error *reterr)
{
	uint8_t *data = NULL;
	enum sy_err err;
	size_t len;

	if ((err = sy_safefile_read(path, FILE_SIZE, &data, &len, reterr)) !=
	    SY_OK)
		return err;
	err = len == FILE_SIZE ? choose(k, data, ret) : SY_ERR_FORMAT;
	free(data);
	if (err != SY_OK)
		return sy_error_set(reterr, err, path,
		    "is damaged, or of other keys: see sanyosod(8)");
	k->number = ret->number;
	return SY_OK;
}

static enum sy_err
open_file(struct kept *k, const char *path, struct slot *ret,
    struct sy_error *reterr)
{
	enum sy_err err = load(k, path, ret, reterr);

	if (err == SY_ERR_NOT_FOUND &&
	    (err = make(k, path, true, reterr)) == SY_OK)
		err = load(k, path, ret, reterr);
	if (err != SY_OK)
		return err;
	k->fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (k->fd < 0)
		return sy_error_set(reterr, SY_ERR_IO, path, "%s",
		    strerror(errno));
	return SY_OK;
}

enum sy_err
kept_open(const char *dir, const struct sy_secret *row, struct kept **ret_kept,
    struct log_end *ret_end, bool *ret_fresh, struct sy_error *reterr)
{
	SY_AUTO(kept_close) struct kept *k = NULL;
	char path[PATH_SIZE];
	struct slot slot;
	enum sy_err err;

	if ((err = path_of(path, dir, reterr)) != SY_OK)
		return err;
	if ((err = kept_new(row, &k)) != SY_OK)
		return sy_error_set(reterr, err, path, "can't be opened");
	if ((err = open_file(k, path, &slot, reterr)) != SY_OK)
		return err;
	*ret_end = slot.end;
	*ret_fresh = slot.fresh;
	*ret_kept = k;
	k = NULL;
	return SY_OK;
}

enum sy_err
kept_write(struct kept *k, const struct log_end *end)
{
	const uint64_t number = k->number + 1;
	const off_t at = (off_t)(number % KEPT_SLOTS) * KEPT_SLOT;
	enum sy_err err;
	ssize_t n;

	if ((err = encode(k, end, false, number)) != SY_OK)
		return err;
	do {
		n = pwrite(k->fd, sy_buf_data(k->slot), sy_buf_len(k->slot),
		    at);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sy_buf_len(k->slot))
		return n < 0 && (errno == ENOSPC || errno == EDQUOT)
		    ? SY_ERR_STORE_FULL
		    : SY_ERR_IO;
	k->number = number;
	return SY_OK;
}
