/* SPDX-License-Identifier: Apache-2.0 */
/* A batch as the keeper gets it from a server that was taken over. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/keeper/batch.h"
#include "server/keeper/cert.h"
#include "server/keeper/kept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct keeper_keys keys;
static struct sy_buf *out;
static char dir[] = "/tmp/sy-fuzz-batch-XXXXXX";
static char state[sizeof(dir) + sizeof(KEPT_FILE)];
static uint8_t fresh[KEPT_SLOTS * KEPT_SLOT]; /* what is in it at first */

static void
make_secret(struct sy_secret **ret, uint8_t byte)
{
	uint8_t key[KEEPER_KEY_SIZE];

	memset(key, byte, sizeof(key));
	if (sy_secret_new(sizeof(key), ret) != SY_OK ||
	    sy_secret_append(*ret, key, sizeof(key)) != SY_OK)
		abort();
}

static void
remove_state(void)
{
	(void)unlink(state);
	(void)rmdir(dir);
}

/* The keeper's file of an empty log. */
static void
make_state(void)
{
	int fd;

	if (mkdtemp(dir) == NULL || kept_create(dir, keys.row, NULL) != SY_OK)
		abort();
	(void)snprintf(state, sizeof(state), "%s/" KEPT_FILE, dir);
	(void)atexit(remove_state);
	if ((fd = open(state, O_RDONLY | O_CLOEXEC)) < 0 ||
	    read(fd, fresh, sizeof(fresh)) != (ssize_t)sizeof(fresh))
		abort();
	(void)close(fd);
}

static void
put_state(void)
{
	const int fd = open(state, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, fresh, sizeof(fresh)) != (ssize_t)sizeof(fresh))
		abort();
	(void)close(fd);
}

static void
prepare(void)
{
	static const uint8_t seed[KEEPER_KEY_SIZE];

	make_secret(&keys.row, 1);
	make_secret(&keys.index, 2);
	make_secret(&keys.seal, 3);
	make_secret(&keys.pepper, 4);
	keys.ca = EVP_EC_gen("P-256");
	if (keeper_keys_head(&keys, seed) != SY_OK || keys.ca == NULL ||
	    cert_make_ca(keys.ca, "fuzz", &keys.ca_cert) != SY_OK ||
	    sy_buf_new(KEEPER_FRAME_MAX, &out) != SY_OK)
		abort();
	make_state();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	SY_AUTO(history_close) struct history *history = NULL;
	SY_AUTO(vault_free) struct vault *vault = NULL;
	SY_AUTO(batch_free) struct batch *batch = NULL;
	struct sy_frame frame;
	enum sy_err err;
	size_t used;

	if (out == NULL)
		prepare();
	/* What was signed and which columns were seen must not decide what the
	 * next input does. */
	put_state();
	if (history_open(dir, &keys, &history, NULL) != SY_OK ||
	    vault_new(&keys, &vault) != SY_OK ||
	    batch_new(&keys, vault, history, &batch) != SY_OK)
		abort();
	err = batch_run(batch, data, len, out);
	if (err != SY_OK && err != SY_ERR_FORMAT)
		abort();
	if (sy_frame_parse(sy_buf_data(out), sy_buf_len(out), KEEPER_FRAME_MAX,
		&frame, &used) != SY_OK ||
	    used != sy_buf_len(out) ||
	    frame.type != (err == SY_OK ? KEEPER_RESULTS : KEEPER_REFUSED))
		abort();
	return 0;
}
