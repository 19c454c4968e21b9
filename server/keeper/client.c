/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/keeper.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/keeper/claim.h"
#include "server/keeper/process.h"
#include "server/keeper/protocol.h"

/* A keeper that does not answer for so long is as good as gone. It reads its
 * keys before it says hello; afterwards it has milliseconds of work, and the
 * terminals wait for three seconds. */
#define HELLO_SECONDS  30
#define ANSWER_SECONDS 2
/* One whose channels are closed ends at once, unless it hangs. */
#define END_MS      1000
#define END_STEP_MS 5
/* The batch's number of operations stands behind the header. */
#define COUNT_AT SY_FRAME_HEADER

struct keeper {
	int fd;
	_Atomic bool lost;
	keeper_lost tell;
	void *tell_ctx;
	struct sy_buf *out;
	uint32_t count; /* operations in the batch */
	uint32_t asked; /* in the one that the keeper works on */
	bool working;
	struct keeper_input in;
	struct sy_reader results;
	uint32_t left; /* results to be read */
	char *ca;
	uint8_t head_key[SY_ED25519_KEY_SIZE];
};

void
keeper_close(struct keeper **channel)
{
	struct keeper *k = *channel;

	if (k == NULL)
		return;
	if (k->fd >= 0)
		(void)close(k->fd);
	sy_buf_free(&k->out);
	keeper_input_clear(&k->in);
	free(k->ca);
	free(k);
	*channel = NULL;
}

static enum sy_err
set_patience(int fd, time_t seconds)
{
	const struct timeval patience = { .tv_sec = seconds };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		sizeof(patience)) != 0)
		return SY_ERR_IO;
	return SY_OK;
}

static enum sy_err
channel_new(int fd, struct keeper **ret)
{
	struct keeper *k;

	if ((k = calloc(1, sizeof(*k))) == NULL ||
	    sy_buf_new(KEEPER_FRAME_MAX, &k->out) != SY_OK) {
		free(k);
		(void)close(fd);
		return SY_ERR_NOMEM;
	}
	k->fd = fd;
	*ret = k;
	return set_patience(fd, HELLO_SECONDS);
}

/* A text field of fixed size from the keeper's apology. */
static void
copy_text(char *out, size_t size, const uint8_t *text, size_t len)
{
	const size_t n = len < size ? len : size - 1;

	memcpy(out, text, n);
	out[n] = '\0';
}

static enum sy_err
read_sorry(const struct sy_frame *frame, struct sy_error *reterr)
{
	char place[sizeof(reterr->place)], text[sizeof(reterr->text)];
	const uint8_t *p, *t;
	size_t plen, tlen;
	struct sy_reader r;
	uint16_t code;

	sy_reader_init(&r, frame->body, frame->len);
	if (sy_reader_u16(&r, &code) != SY_OK || code == SY_OK ||
	    sy_reader_bytes16(&r, sizeof(place), &p, &plen) != SY_OK ||
	    sy_reader_bytes16(&r, sizeof(text), &t, &tlen) != SY_OK ||
	    sy_reader_end(&r) != SY_OK)
		return sy_error_set(reterr, SY_ERR_KEEPER, "keeper",
		    "did not start");
	copy_text(place, sizeof(place), p, plen);
	copy_text(text, sizeof(text), t, tlen);
	return sy_error_set(reterr, (enum sy_err)code, place, "%s", text);
}

static enum sy_err
read_hello(struct keeper *k, struct sy_error *reterr)
{
	const uint8_t *ca, *key;
	struct sy_frame frame;
	struct sy_reader r;
	size_t len;

	if (keeper_receive(k->fd, &k->in, &frame) != SY_OK)
		return sy_error_set(reterr, SY_ERR_KEEPER, "keeper",
		    "ended before it said hello");
	if (frame.type == KEEPER_SORRY)
		return read_sorry(&frame, reterr);
	sy_reader_init(&r, frame.body, frame.len);
	if (frame.type != KEEPER_HELLO ||
	    sy_reader_bytes32(&r, KEEPER_DATA_MAX, &ca, &len) != SY_OK ||
	    sy_reader_raw(&r, SY_ED25519_KEY_SIZE, &key) != SY_OK ||
	    sy_reader_end(&r) != SY_OK)
		return sy_error_set(reterr, SY_ERR_KEEPER, "keeper",
		    "said something else than hello");
	if ((k->ca = strndup((const char *)ca, len)) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, "keeper",
		    "no memory");
	memcpy(k->head_key, key, SY_ED25519_KEY_SIZE);
	if (set_patience(k->fd, ANSWER_SECONDS) != SY_OK)
		return sy_error_set(reterr, SY_ERR_IO, "keeper",
		    "the channel takes no time limit");
	return SY_OK;
}

static void
close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
		fds[i] = -1;
	}
}

/* ${count} pairs: ours in the first half of ${fds}, the keeper's behind. */
static enum sy_err
make_pairs(int *fds, size_t count, struct sy_error *reterr)
{
	int pair[2];

	for (size_t i = 0; i < 2 * count; i++)
		fds[i] = -1;
	for (size_t i = 0; i < count; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) !=
		    0) {
			close_all(fds, 2 * count);
			return sy_error_set(reterr, SY_ERR_IO, "socketpair",
			    "%s", strerror(errno));
		}
		fds[i] = pair[0];
		fds[count + i] = pair[1];
	}
	return SY_OK;
}

static enum sy_err
make_channels(int *fds, size_t count, struct keeper **channels,
    struct sy_error *reterr)
{
	enum sy_err err;
	int fd;

	for (size_t i = 0; i < count; i++) {
		fd = fds[i];
		fds[i] = -1; /* the channel's from here on */
		if ((err = channel_new(fd, &channels[i])) != SY_OK)
			return sy_error_set(reterr, err, "keeper",
			    "no channel");
		if ((err = read_hello(channels[i], reterr)) != SY_OK)
			return err;
	}
	return SY_OK;
}

enum sy_err
keeper_start(const char *dir, uid_t uid, gid_t gid, size_t channels,
    struct keeper **ret_channels, pid_t *ret_pid, struct sy_error *reterr)
{
	enum sy_err err;
	int *fds;
	pid_t pid;

	if (channels == 0)
		return SY_ERR_ARG;
	if ((fds = calloc(2 * channels, sizeof(*fds))) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, "keeper",
		    "no memory");
	if ((err = make_pairs(fds, channels, reterr)) != SY_OK) {
		free(fds);
		return err;
	}
	if ((pid = fork()) == 0)
		process_main(dir, uid, gid, fds + channels, channels);
	close_all(fds + channels, channels);
	for (size_t i = 0; i < channels; i++)
		ret_channels[i] = NULL;
	err = pid > 0
	    ? make_channels(fds, channels, ret_channels, reterr)
	    : sy_error_set(reterr, SY_ERR_IO, "fork", "%s", strerror(errno));
	close_all(fds, channels);
	free(fds);
	if (err == SY_OK) {
		*ret_pid = pid;
		return SY_OK;
	}
	for (size_t i = 0; i < channels; i++)
		keeper_close(&ret_channels[i]);
	if (pid > 0)
		(void)!keeper_wait(pid);
	return err;
}

enum sy_err
keeper_wait(pid_t pid)
{
	const struct timespec step = { .tv_nsec = END_STEP_MS * 1000000L };

	for (int ms = 0; ms < END_MS; ms += END_STEP_MS) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return SY_OK;
		(void)nanosleep(&step, NULL);
	}
	return SY_ERR_TIMEOUT;
}

void
keeper_watch(struct keeper *k, keeper_lost tell, void *ctx)
{
	k->tell = tell;
	k->tell_ctx = ctx;
}

bool
keeper_is_lost(const struct keeper *k)
{
	return k->lost;
}

void
keeper_begin(struct keeper *k)
{
	sy_frame_begin(k->out, KEEPER_VERSION, KEEPER_BATCH);
	(void)sy_buf_u32(k->out, 0);
	k->count = 0;
	k->left = 0;
}

static void
begin_op(struct keeper *k, enum keeper_op op)
{
	(void)sy_buf_u8(k->out, (uint8_t)op);
	k->count++;
}

static void
put_column(struct keeper *k, const char *table, const char *column)
{
	(void)sy_buf_text(k->out, table);
	(void)sy_buf_text(k->out, column);
}

void
keeper_add_seal(struct keeper *k, const char *table, const char *column,
    int64_t row, const void *data, size_t len)
{
	begin_op(k, KEEPER_OP_SEAL);
	put_column(k, table, column);
	(void)sy_buf_u64(k->out, (uint64_t)row);
	(void)sy_buf_bytes32(k->out, data, len);
}

void
keeper_add_unseal(struct keeper *k, const char *table, const char *column,
    int64_t row, const void *data, size_t len)
{
	begin_op(k, KEEPER_OP_UNSEAL);
	put_column(k, table, column);
	(void)sy_buf_u64(k->out, (uint64_t)row);
	(void)sy_buf_bytes32(k->out, data, len);
}

void
keeper_add_index(struct keeper *k, const char *table, const char *column,
    const void *data, size_t len)
{
	begin_op(k, KEEPER_OP_INDEX);
	put_column(k, table, column);
	(void)sy_buf_bytes32(k->out, data, len);
}

void
keeper_add_mac_parts(struct keeper *k, const struct keeper_part *parts,
    size_t count)
{
	begin_op(k, KEEPER_OP_MAC);
	(void)sy_buf_u16(k->out, (uint16_t)count);
	for (size_t i = 0; i < count; i++) {
		if (parts[i].data != NULL) {
			(void)sy_buf_u8(k->out, KEEPER_PART_BYTES);
			(void)sy_buf_bytes32(k->out, parts[i].data,
			    parts[i].len);
		} else {
			(void)sy_buf_u8(k->out, KEEPER_PART_RESULT);
			(void)sy_buf_u32(k->out, (uint32_t)parts[i].len);
		}
	}
}

void
keeper_add_mac(struct keeper *k, const void *data, size_t len)
{
	const struct keeper_part part = { .data = data, .len = len };

	keeper_add_mac_parts(k, &part, 1);
}

void
keeper_add_pepper(struct keeper *k, int64_t owner, const void *hash, size_t len)
{
	begin_op(k, KEEPER_OP_PEPPER);
	(void)sy_buf_u64(k->out, (uint64_t)owner);
	(void)sy_buf_bytes32(k->out, hash, len);
}

void
keeper_add_check(struct keeper *k, const void *data, size_t len,
    const uint8_t mac[SY_DIGEST_SIZE])
{
	begin_op(k, KEEPER_OP_CHECK);
	(void)sy_buf_bytes32(k->out, data, len);
	(void)sy_buf_raw(k->out, mac, SY_DIGEST_SIZE);
}

void
keeper_add_head(struct keeper *k, uint64_t base, const uint8_t *leaves,
    size_t count, const uint8_t head[SY_HEAD_SIZE])
{
	begin_op(k, KEEPER_OP_HEAD);
	(void)sy_buf_u64(k->out, base);
	(void)sy_buf_bytes32(k->out, leaves, count * SY_DIGEST_SIZE);
	(void)sy_buf_raw(k->out, head, SY_HEAD_SIZE);
}

void
keeper_add_confirm(struct keeper *k, uint64_t size)
{
	begin_op(k, KEEPER_OP_CONFIRM);
	(void)sy_buf_u64(k->out, size);
}

void
keeper_add_history(struct keeper *k)
{
	begin_op(k, KEEPER_OP_HISTORY);
}

void
keeper_add_show(struct keeper *k, const uint8_t *leaves, size_t count)
{
	begin_op(k, KEEPER_OP_SHOW);
	(void)sy_buf_bytes32(k->out, leaves, count * SY_DIGEST_SIZE);
}

void
keeper_add_resume(struct keeper *k, const uint8_t *edge, size_t edge_len,
    const uint8_t head[SY_HEAD_SIZE],
    const uint8_t signature[SY_ED25519_SIG_SIZE])
{
	begin_op(k, KEEPER_OP_RESUME);
	(void)sy_buf_bytes32(k->out, edge, edge_len);
	(void)sy_buf_raw(k->out, head, SY_HEAD_SIZE);
	(void)sy_buf_raw(k->out, signature, SY_ED25519_SIG_SIZE);
}

static void
add_cert(struct keeper *k, enum keeper_op op, const char *name, const char *csr,
    int64_t not_after)
{
	begin_op(k, op);
	(void)sy_buf_text(k->out, name);
	(void)sy_buf_bytes32(k->out, csr, strlen(csr));
	(void)sy_buf_u64(k->out, (uint64_t)not_after);
}

/* A claim is bytes32: its length is known when it is there. */
static size_t
begin_claim(struct keeper *k)
{
	(void)sy_buf_u32(k->out, 0);
	return sy_buf_len(k->out);
}

static void
end_claim(struct keeper *k, size_t begin)
{
	(void)sy_buf_set_u32(k->out, begin - 4,
	    (uint32_t)(sy_buf_len(k->out) - begin));
}

void
keeper_add_terminal_cert(struct keeper *k, const char *terminal,
    const char *csr_pem, int64_t not_after,
    const struct keeper_invited *invited)
{
	size_t begin;

	add_cert(k, KEEPER_OP_TERMINAL_CERT, terminal, csr_pem, not_after);
	begin = begin_claim(k);
	if (claim_put_invited(k->out, invited) == SY_OK)
		end_claim(k, begin);
}

void
keeper_add_terminal_renewal(struct keeper *k, const char *terminal,
    const char *csr_pem, int64_t not_after,
    const struct keeper_renewed *renewed)
{
	size_t begin;

	add_cert(k, KEEPER_OP_TERMINAL_RENEWAL, terminal, csr_pem, not_after);
	begin = begin_claim(k);
	if (claim_put_renewed(k->out, renewed) == SY_OK)
		end_claim(k, begin);
}

void
keeper_add_server_cert(struct keeper *k, const char *name, const char *csr_pem,
    int64_t not_after)
{
	add_cert(k, KEEPER_OP_SERVER_CERT, name, csr_pem, not_after);
}

void
keeper_add_person_cert(struct keeper *k, const char *handle,
    const uint8_t *spki, size_t len, int64_t not_after)
{
	begin_op(k, KEEPER_OP_PERSON_CERT);
	(void)sy_buf_text(k->out, handle);
	(void)sy_buf_bytes32(k->out, spki, len);
	(void)sy_buf_u64(k->out, (uint64_t)not_after);
}

static enum sy_err
finish_batch(struct keeper *k)
{
	enum sy_err err;

	(void)sy_buf_set_u32(k->out, COUNT_AT, k->count);
	if ((err = keeper_frame_end(k->out)) != SY_OK)
		return err;
	if (sy_buf_len(k->out) - SY_FRAME_HEADER > KEEPER_BATCH_MAX ||
	    k->count > KEEPER_OPS_MAX)
		return SY_ERR_LIMIT;
	return SY_OK;
}

/* An answer that comes later would be taken for another's. */
static enum sy_err
lose(struct keeper *k)
{
	k->lost = true;
	if (k->tell != NULL)
		k->tell(k->tell_ctx);
	return SY_ERR_KEEPER;
}

enum sy_err
keeper_ask(struct keeper *k)
{
	struct sy_frame frame;
	enum sy_err err;

	if ((err = finish_batch(k)) != SY_OK)
		return err;
	if (k->lost)
		return SY_ERR_KEEPER;
	if (k->working && keeper_receive(k->fd, &k->in, &frame) != SY_OK)
		return lose(k);
	k->working = false;
	if (keeper_send(k->fd, sy_buf_data(k->out), sy_buf_len(k->out)) !=
	    SY_OK)
		return lose(k);
	k->asked = k->count;
	k->working = true;
	return SY_OK;
}

enum sy_err
keeper_hear(struct keeper *k)
{
	struct sy_frame frame;
	uint32_t count;

	k->left = 0;
	if (k->lost)
		return SY_ERR_KEEPER;
	if (!k->working)
		return SY_ERR_ARG;
	k->working = false;
	if (keeper_receive(k->fd, &k->in, &frame) != SY_OK)
		return lose(k);
	if (frame.type != KEEPER_RESULTS)
		return SY_ERR_KEEPER;
	sy_reader_init(&k->results, frame.body, frame.len);
	if (sy_reader_u32(&k->results, &count) != SY_OK || count != k->asked)
		return SY_ERR_KEEPER;
	k->left = count;
	return SY_OK;
}

enum sy_err
keeper_run(struct keeper *k)
{
	const enum sy_err err = keeper_ask(k);

	return err != SY_OK ? err : keeper_hear(k);
}

enum sy_err
keeper_next(struct keeper *k, const uint8_t **ret_view, size_t *ret_len)
{
	uint16_t code;

	if (k->left == 0)
		return SY_ERR_ARG;
	k->left--;
	if (sy_reader_u16(&k->results, &code) != SY_OK ||
	    sy_reader_bytes32(&k->results, KEEPER_FRAME_MAX, ret_view,
		ret_len) != SY_OK)
		return SY_ERR_KEEPER;
	return (enum sy_err)code;
}

const char *
keeper_ca(const struct keeper *k)
{
	return k->ca;
}

const uint8_t *
keeper_head_key(const struct keeper *k)
{
	return k->head_key;
}
