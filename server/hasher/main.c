/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sanyoso-hasher: hashes passwords for sanyosod, which talks to it on file
 * descriptor 3 (protocol.h), one at a time, and keeps the memory that this
 * takes between them. It has no arguments, no environment, no files and no
 * network, and ends when its socket is closed.
 */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "server/crew.h"
#include "server/hasher/arena.h"
#include "server/hasher/protocol.h"
#include "server/sandbox.h"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* sanyosod was told why */
	EXIT_USAGE = 2,  /* not started by it */
};

/* While requests follow each other, each overwrites what the last one left. */
#define WIPE_AFTER_MS    50
#define RELEASE_AFTER_MS 3000

/* Its own limit of memory, see limit_memory. */
static const struct sandbox_exact limiting[] = {
	{ SCMP_SYS(prlimit64), 0, RLIMIT_DATA },
};

/* --- memory --- */

/* Beside the hash's own: libraries, argon2's list of references. */
#define MEMORY_BESIDE ((rlim_t)16 * 1024 * 1024)
#define KIB           1024U

struct hasher {
	bool kept; /* libsodium takes its memory from the arena */
	uint8_t in[HASHER_FRAME_MAX];
};

/*
 * No more than a hash with ${memory} KiB takes, or what is kept. Where no
 * memory is kept there is no limit: so it is under AddressSanitizer, with which
 * a process has terabytes from the start.
 */
static enum sy_err
limit_memory(const struct hasher *h, uint32_t memory)
{
	const rlim_t hash = (rlim_t)memory * KIB, kept = arena_size();
	const struct rlimit limit = { .rlim_cur = (kept > hash ? kept : hash) +
		    MEMORY_BESIDE,
		.rlim_max = (rlim_t)SY_HASH_MEMORY_MAX * KIB + MEMORY_BESIDE };

	if (!h->kept)
		return SY_OK;
	return setrlimit(RLIMIT_DATA, &limit) == 0 ? SY_OK : SY_ERR_NOMEM;
}

static enum sy_err
hash(const struct hasher *h, const struct hasher_task *task,
    uint8_t ret_hash[SY_HASH_OUTPUT_SIZE])
{
	enum sy_err err;

	arena_expect(task->params.memory);
	if ((err = limit_memory(h, task->params.memory)) != SY_OK)
		return err;
	return sy_password_hash(task->password, &task->params, task->salt,
	    ret_hash);
}

/* --- start --- */

/* Whether it takes, by a real hash. */
static enum sy_err
try_arena(struct hasher *h)
{
	SY_AUTO(sy_secret_free) struct sy_secret *password = NULL;
	struct hasher_task task = { .params = { SY_HASH_MEMORY_MIN, 1 } };
	uint8_t out[SY_HASH_OUTPUT_SIZE];
	enum sy_err err;

	if ((err = sy_secret_new(1, &password)) != SY_OK ||
	    (err = sy_secret_append(password, "?", 1)) != SY_OK)
		return err;
	task.password = password;
	if ((err = hash(h, &task, out)) != SY_OK)
		return err;
	h->kept = arena_took();
	arena_release();
	return SY_OK;
}

/* Root has none left either, where the server was started by it for a test. */
static enum sy_err
drop_capabilities(struct sy_error *reterr)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof(none));
	if (syscall(SYS_capset, &head, none) != 0)
		return sy_error_set(reterr, SY_ERR_PERM, "capset", "%s",
		    strerror(errno));
	return SY_OK;
}

static enum sy_err
prepare(struct hasher *h, struct sy_error *reterr)
{
	enum sy_err err;

	if (close_range(HASHER_FD + 1, ~0U, 0) != 0)
		return sy_error_set(reterr, SY_ERR_IO, "close_range", "%s",
		    strerror(errno));
	sandbox_ignore_signals();
	/* Below the loop and the ledger, as the threads that wait for it. */
	(void)setpriority(PRIO_PROCESS, 0, CREW_NICE);
	if ((err = try_arena(h)) != SY_OK)
		return sy_error_set(reterr, err, "argon2id", "no hash");
	if ((err = drop_capabilities(reterr)) != SY_OK ||
	    (err = sandbox_drop_dumps(reterr)) != SY_OK)
		return err;
	return sandbox_drop_calls(NULL, 0, limiting, SY_COUNT(limiting),
	    reterr);
}

static enum sy_err
say_ready(const struct hasher *h, const struct sy_error *error)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct hasher_ready ready = { .code = error->code, .kept = h->kept };
	enum sy_err err;

	if (error->code != SY_OK)
		(void)snprintf(ready.text, sizeof(ready.text), "%.40s: %.80s",
		    error->place, error->text);
	if ((err = sy_buf_new(HASHER_FRAME_MAX, &out)) != SY_OK ||
	    (err = hasher_put_ready(out, &ready)) != SY_OK)
		return err;
	return sy_frame_send(HASHER_FD, sy_buf_data(out), sy_buf_len(out),
	    NULL);
}

/* --- requests --- */

/* For the next request, or the server's end. What the last hash left is wiped
 * when nothing follows it, and its memory given back after a while. */
static void
wait_for_request(void)
{
	static const struct {
		int ms;
		void (*then)(void);
	} step[] = { { WIPE_AFTER_MS, arena_wipe },
		{ RELEASE_AFTER_MS, arena_release } };
	struct pollfd line = { .fd = HASHER_FD, .events = POLLIN };

	for (size_t i = 0; i < SY_COUNT(step); i++) {
		if (poll(&line, 1, step[i].ms) > 0)
			return;
		step[i].then();
	}
}

static enum sy_err
receive(struct hasher *h, struct hasher_task *ret_task)
{
	struct sy_frame frame;
	enum sy_err err;

	wait_for_request();
	err = sy_frame_receive(HASHER_FD, h->in, sizeof(h->in), NULL, &frame);
	if (err == SY_OK)
		err = hasher_get_task(&frame, ret_task);
	sy_memzero(h->in, sizeof(h->in));
	return err;
}

static enum sy_err
answer(const struct hasher *h, struct hasher_task *task)
{
	uint8_t out[HASHER_HASHED_SIZE], digest[SY_HASH_OUTPUT_SIZE] = { 0 };
	enum sy_err err = hash(h, task, digest);

	sy_secret_free(&task->password);
	hasher_put_hashed(out, err, digest);
	err = sy_frame_send(HASHER_FD, out, sizeof(out), NULL);
	sy_memzero(digest, sizeof(digest));
	sy_memzero(out, sizeof(out));
	return err;
}

static void
serve(struct hasher *h)
{
	struct hasher_task task;

	while (receive(h, &task) == SY_OK && answer(h, &task) == SY_OK)
		;
}

int
main(int argc, char **argv)
{
	static struct hasher h;
	struct sy_error error = { .code = SY_OK };
	struct stat st;

	(void)argv;
	if (argc > 1 || fstat(HASHER_FD, &st) != 0 || !S_ISSOCK(st.st_mode)) {
		static const char usage[] =
		    "sanyoso-hasher: started by sanyosod only\n";

		(void)!write(STDERR_FILENO, usage, sizeof(usage) - 1);
		return EXIT_USAGE;
	}
	error.code = prepare(&h, &error);
	if (say_ready(&h, &error) != SY_OK || error.code != SY_OK)
		_exit(EXIT_FAILED);
	serve(&h);
	/* No exit handlers: nothing of ours needs them. */
	_exit(EXIT_DONE);
}
