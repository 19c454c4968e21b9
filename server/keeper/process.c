/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/process.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "server/keeper/batch.h"
#include "server/keeper/sandbox.h"
#include "server/sandbox.h"

#define CHANNELS_MAX 16

struct process {
	struct pollfd channels[CHANNELS_MAX]; /* fd -1: closed */
	nfds_t count;
	size_t open;
	struct keeper_keys keys;
	struct vault *vault;
	struct history *history;
	struct batch *batch;
	struct keeper_input in;
	struct sy_buf *out;
};

static int
compare_fds(const void *a, const void *b)
{
	const int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

/* Nothing that the parent had open may stay open here but standard streams
 * and our own ends. */
static void
close_others(const int *sockets, size_t count)
{
	int sorted[CHANNELS_MAX] = { 0 }, last = STDERR_FILENO;

	for (size_t i = 0; i < count; i++)
		sorted[i] = sockets[i];
	qsort(sorted, count, sizeof(sorted[0]), compare_fds);
	for (size_t i = 0; i < count; last = sorted[i++]) {
		if (sorted[i] > last + 1)
			(void)close_range((unsigned int)last + 1,
			    (unsigned int)sorted[i] - 1, 0);
	}
	(void)close_range((unsigned int)last + 1, ~0U, 0);
}

static enum sy_err
prepare(struct process *p, const char *dir, struct sy_error *reterr)
{
	uint8_t random[16];
	enum sy_err err;

	if ((err = keeper_keys_load(dir, &p->keys, reterr)) != SY_OK)
		return err;
	if ((err = history_open(dir, &p->keys, &p->history, reterr)) != SY_OK)
		return err;
	if ((err = vault_new(&p->keys, &p->vault)) != SY_OK ||
	    (err = batch_new(&p->keys, p->vault, p->history, &p->batch)) !=
		SY_OK ||
	    (err = sy_buf_new(KEEPER_FRAME_MAX, &p->out)) != SY_OK)
		return sy_error_set(reterr, err, "keeper", "cannot start");
	/* The generator reads its seed before the sandbox is closed. */
	if (RAND_bytes(random, sizeof(random)) != 1 ||
	    RAND_priv_bytes(random, sizeof(random)) != 1)
		return sy_error_set(reterr, SY_ERR_CRYPTO, "keeper",
		    "no random numbers");
	return SY_OK;
}

static enum sy_err
say_hello(struct process *p)
{
	sy_frame_begin(p->out, KEEPER_VERSION, KEEPER_HELLO);
	(void)sy_buf_bytes32(p->out, p->keys.ca_pem, p->keys.ca_pem_len);
	(void)sy_buf_raw(p->out, p->keys.head_public, SY_ED25519_KEY_SIZE);
	return keeper_frame_end(p->out);
}

/* Why we could not start; without memory the closed socket must do. */
static void
say_sorry(const struct sy_error *error, int fd)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;

	if (sy_buf_new(SY_FRAME_MAX, &out) != SY_OK)
		return;
	sy_frame_begin(out, KEEPER_VERSION, KEEPER_SORRY);
	(void)sy_buf_u16(out, (uint16_t)error->code);
	(void)sy_buf_bytes16(out, error->place, sizeof(error->place));
	(void)sy_buf_bytes16(out, error->text, sizeof(error->text));
	if (keeper_frame_end(out) == SY_OK)
		(void)!keeper_send(fd, sy_buf_data(out), sy_buf_len(out));
}

static void
close_channel(struct process *p, struct pollfd *channel)
{
	(void)close(channel->fd);
	channel->fd = -1;
	p->open--;
}

/* One batch in, its results out. A channel that does not keep to the protocol
 * is closed; a malformed batch is answered. */
static void
serve(struct process *p, struct pollfd *channel)
{
	struct sy_frame frame;
	enum sy_err err;

	if (keeper_receive(channel->fd, &p->in, &frame) != SY_OK ||
	    frame.type != KEEPER_BATCH || frame.len > KEEPER_BATCH_MAX) {
		close_channel(p, channel);
		return;
	}
	err = batch_run(p->batch, frame.body, frame.len, p->out);
	if (err == SY_OK || err == SY_ERR_FORMAT)
		err = keeper_send(channel->fd, sy_buf_data(p->out),
		    sy_buf_len(p->out));
	if (err != SY_OK)
		close_channel(p, channel);
}

static void
serve_all(struct process *p)
{
	while (p->open > 0) {
		if (poll(p->channels, p->count, -1) < 0 && errno != EINTR)
			return;
		for (nfds_t i = 0; i < p->count; i++) {
			if (p->channels[i].fd >= 0 &&
			    p->channels[i].revents != 0)
				serve(p, &p->channels[i]);
		}
	}
}

static enum sy_err
start(struct process *p, const char *dir, uid_t uid, gid_t gid,
    struct sy_error *reterr)
{
	enum sy_err err;

	if ((err = prepare(p, dir, reterr)) != SY_OK ||
	    (err = sandbox_enter(uid, gid, reterr)) != SY_OK)
		return err;
	if ((err = say_hello(p)) != SY_OK)
		return sy_error_set(reterr, err, "keeper", "cannot say hello");
	return SY_OK;
}

_Noreturn void
process_main(const char *dir, uid_t uid, gid_t gid, const int *sockets,
    size_t count)
{
	static struct process p;
	struct sy_error error = { 0 };

	if (count > CHANNELS_MAX)
		_exit(1);
	close_others(sockets, count);
	/* While the server drains, a stop that is sent to the whole service
	 * must not take the keys away. */
	sandbox_ignore_signals();
	(void)prctl(PR_SET_NAME, "sanyosod-keeper", 0, 0, 0);
	if (start(&p, dir, uid, gid, &error) != SY_OK) {
		say_sorry(&error, sockets[0]);
		_exit(1);
	}
	for (size_t i = 0; i < count; i++) {
		p.channels[i] =
		    (struct pollfd){ .fd = sockets[i], .events = POLLIN };
		if (keeper_send(sockets[i], sy_buf_data(p.out),
			sy_buf_len(p.out)) != SY_OK)
			_exit(1);
	}
	p.count = count;
	p.open = count;
	serve_all(&p);
	batch_free(&p.batch);
	vault_free(&p.vault);
	history_close(&p.history);
	keeper_keys_clear(&p.keys);
	keeper_input_clear(&p.in);
	_exit(0);
}
