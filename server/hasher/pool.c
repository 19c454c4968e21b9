/* SPDX-License-Identifier: Apache-2.0 */
#include "server/hasher/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/hasher/protocol.h"
#include "server/log.h"

/* A process; of one thread while it is busy. */
struct hasher {
	pid_t pid; /* 0: there is none */
	int fd;
	bool busy;
};

struct pool {
	char *path;
	unsigned int count;
	int patience_ms;
	struct hasher *hashers;

	/* Of what follows, and of the hashers' pid and busy. */
	pthread_mutex_t mutex;
	pthread_cond_t idle;
	bool closing;
	bool told; /* that no memory is kept */
};

/* --- time --- */

/* For a process to say that it is ready. */
#define START_MS 10000

/* KiB that the slowest machine goes over in a millisecond. */
#define KIB_PER_MS 64U

static int
patience(const struct pool *pool, const struct sy_hash_params *params)
{
	const uint64_t work = (uint64_t)params->memory * params->passes;

	return pool->patience_ms + (int)(work / KIB_PER_MS);
}

static struct timespec
in_ms(int ms)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* --- a process comes and goes --- */

static bool
is_closing(struct pool *pool)
{
	bool closing;

	(void)pthread_mutex_lock(&pool->mutex);
	closing = pool->closing;
	(void)pthread_mutex_unlock(&pool->mutex);
	return closing;
}

/* It is there from now on; one that comes too late ends at once. */
static void
begin(struct pool *pool, struct hasher *h, pid_t pid)
{
	(void)pthread_mutex_lock(&pool->mutex);
	h->pid = pid;
	if (pool->closing)
		(void)kill(pid, SIGKILL);
	(void)pthread_mutex_unlock(&pool->mutex);
}

static void
end(struct pool *pool, struct hasher *h)
{
	pid_t pid;

	/* When it was waited for, its number may be another's. */
	(void)pthread_mutex_lock(&pool->mutex);
	pid = h->pid;
	h->pid = 0;
	(void)pthread_mutex_unlock(&pool->mutex);
	if (pid == 0)
		return;
	/* It holds nothing that would be lost, and may be stopped. */
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	(void)close(h->fd);
}

/* The process is left with nothing but ${line}, as HASHER_FD, and /dev/null. */
static int
spawn(const char *path, int line, pid_t *ret_pid)
{
	char name[] = "sanyoso-hasher";
	char *const argv[] = { name, NULL };
	char *const envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	int r;

	if ((r = posix_spawn_file_actions_init(&actions)) != 0)
		return r;
	if ((r = posix_spawn_file_actions_adddup2(&actions, line, HASHER_FD)) ==
	    0)
		r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
		    "/dev/null", O_RDWR, 0);
	for (int i = STDOUT_FILENO; r == 0 && i <= STDERR_FILENO; i++)
		r = posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, i);
	if (r == 0)
		r = posix_spawn(ret_pid, path, &actions, NULL, argv, envp);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* The process is there, and will say whether it is ready. */
static enum sy_err
launch(struct pool *pool, struct hasher *h, struct sy_error *reterr)
{
	int pair[2], r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return sy_error_set(reterr, SY_ERR_IO, "socketpair", "%s",
		    strerrordesc_np(errno));
	r = spawn(pool->path, pair[1], &pid);
	(void)close(pair[1]);
	if (r != 0) {
		(void)close(pair[0]);
		return sy_error_set(reterr, SY_ERR_IO, pool->path, "%s",
		    strerrordesc_np(r));
	}
	h->fd = pair[0];
	begin(pool, h, pid);
	return SY_OK;
}

/* Once: that hashes are as slow as libsodium is by itself. */
static void
tell_slow(struct pool *pool)
{
	bool tell;

	(void)pthread_mutex_lock(&pool->mutex);
	tell = !pool->told;
	pool->told = true;
	(void)pthread_mutex_unlock(&pool->mutex);
	if (tell)
		log_warn("hashes of passwords are slower than they could be: "
			 "their memory can't be kept with this libsodium");
}

static enum sy_err
hear_ready(struct pool *pool, const struct hasher *h,
    const struct timespec *deadline, struct sy_error *reterr)
{
	uint8_t in[HASHER_FRAME_MAX];
	struct hasher_ready ready;
	struct sy_frame frame;
	enum sy_err err;

	if ((err = sy_frame_receive(h->fd, in, sizeof(in), deadline, &frame)) !=
		SY_OK ||
	    (err = hasher_get_ready(&frame, &ready)) != SY_OK)
		return sy_error_set(reterr, err, pool->path,
		    "did not say that it is ready: %s", sy_err_text(err));
	if (ready.code != SY_OK)
		return sy_error_set(reterr, ready.code, pool->path, "%s",
		    ready.text);
	if (!ready.kept)
		tell_slow(pool);
	return SY_OK;
}

/* Between two requests it has nothing to say. */
static bool
is_sound(const struct hasher *h)
{
	uint8_t byte;

	return recv(h->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) < 0 &&
	    errno == EAGAIN;
}

/* Where there is none, or one that has ended meanwhile: a new one. */
static enum sy_err
revive(struct pool *pool, struct hasher *h)
{
	struct sy_error error = { .code = SY_OK };
	struct timespec deadline;

	if (is_closing(pool))
		return SY_ERR_CLOSED;
	if (h->pid != 0 && !is_sound(h)) {
		log_warn("a process that hashes passwords has ended or spoke "
			 "unasked: another is started");
		end(pool, h);
	}
	if (h->pid != 0)
		return SY_OK;
	deadline = in_ms(START_MS);
	error.code = launch(pool, h, &error);
	if (error.code == SY_OK)
		error.code = hear_ready(pool, h, &deadline, &error);
	if (error.code != SY_OK) {
		if (!is_closing(pool))
			log_error(&error, "passwords can't be hashed");
		end(pool, h);
	}
	return error.code;
}

/* --- one hash --- */

static struct hasher *
free_one(struct pool *pool)
{
	struct hasher *none = NULL;

	/* The first, so that the others' memory is given back; where nothing
	 * runs one is started only if nothing else is there. */
	for (unsigned int i = 0; i < pool->count; i++) {
		struct hasher *h = &pool->hashers[i];

		if (h->busy)
			continue;
		if (h->pid != 0)
			return h;
		if (none == NULL)
			none = h;
	}
	return none;
}

static struct hasher *
take(struct pool *pool)
{
	struct hasher *h;

	(void)pthread_mutex_lock(&pool->mutex);
	while ((h = free_one(pool)) == NULL)
		(void)pthread_cond_wait(&pool->idle, &pool->mutex);
	h->busy = true;
	(void)pthread_mutex_unlock(&pool->mutex);
	return h;
}

static void
give_back(struct pool *pool, struct hasher *h)
{
	(void)pthread_mutex_lock(&pool->mutex);
	h->busy = false;
	(void)pthread_cond_signal(&pool->idle);
	(void)pthread_mutex_unlock(&pool->mutex);
}

/* What the process answers to ${request}; an error is one of the exchange. */
static enum sy_err
ask(const struct hasher *h, const struct sy_secret *request, int ms,
    enum sy_err *ret_code, uint8_t ret_hash[SY_HASH_OUTPUT_SIZE])
{
	const struct timespec deadline = in_ms(ms);
	uint8_t in[HASHER_HASHED_SIZE];
	struct sy_frame frame;
	enum sy_err err;

	err = sy_frame_send(h->fd, sy_secret_bytes(request),
	    sy_secret_len(request), &deadline);
	if (err == SY_OK)
		err =
		    sy_frame_receive(h->fd, in, sizeof(in), &deadline, &frame);
	if (err == SY_OK)
		err = hasher_get_hashed(&frame, ret_code, ret_hash);
	sy_memzero(in, sizeof(in));
	return err;
}

/* A second try only by a new process; the request itself may have been what
 * ended the first one. */
static enum sy_err
ask_twice(struct pool *pool, struct hasher *h, const struct sy_secret *request,
    int ms, uint8_t ret_hash[SY_HASH_OUTPUT_SIZE])
{
	enum sy_err err, code;

	for (int tries = 0; tries < 2; tries++) {
		if (revive(pool, h) != SY_OK)
			return SY_ERR_BUSY;
		err = ask(h, request, ms, &code, ret_hash);
		if (err == SY_OK)
			return code;
		if (!is_closing(pool))
			log_err("a process that hashes passwords is replaced: "
				"%s",
			    sy_err_text(err));
		end(pool, h);
	}
	return SY_ERR_BUSY;
}

enum sy_err
pool_hash(struct pool *pool, const struct sy_secret *password,
    const struct sy_hash_params *params, const uint8_t salt[SY_HASH_SALT_SIZE],
    uint8_t ret_hash[SY_HASH_OUTPUT_SIZE])
{
	SY_AUTO(sy_secret_free) struct sy_secret *request = NULL;
	uint8_t hash[SY_HASH_OUTPUT_SIZE];
	struct hasher *h;
	enum sy_err err;

	if ((err = hasher_put_task(password, params, salt, &request)) != SY_OK)
		return err;
	h = take(pool);
	err = ask_twice(pool, h, request, patience(pool, params), hash);
	give_back(pool, h);
	if (err == SY_OK)
		memcpy(ret_hash, hash, sizeof(hash));
	sy_memzero(hash, sizeof(hash));
	return err;
}

/* --- all of them --- */

unsigned int
pool_running(struct pool *pool)
{
	unsigned int n = 0;

	(void)pthread_mutex_lock(&pool->mutex);
	for (unsigned int i = 0; i < pool->count; i++)
		n += pool->hashers[i].pid != 0;
	(void)pthread_mutex_unlock(&pool->mutex);
	return n;
}

void
pool_close(struct pool *pool)
{
	if (pool == NULL)
		return;
	(void)pthread_mutex_lock(&pool->mutex);
	pool->closing = true;
	/* Who waits for one that hangs would hold up the server's stop. */
	for (unsigned int i = 0; i < pool->count; i++)
		if (pool->hashers[i].pid != 0)
			(void)kill(pool->hashers[i].pid, SIGKILL);
	(void)pthread_mutex_unlock(&pool->mutex);
}

void
pool_free(struct pool **pool)
{
	struct pool *p = *pool;

	if (p == NULL)
		return;
	for (unsigned int i = 0; i < p->count; i++)
		end(p, &p->hashers[i]);
	(void)pthread_cond_destroy(&p->idle);
	(void)pthread_mutex_destroy(&p->mutex);
	free(p->hashers);
	free(p->path);
	free(p);
	*pool = NULL;
}

static enum sy_err
make(const struct pool_config *config, struct pool **ret_pool)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return SY_ERR_NOMEM;
	p->path = strdup(config->path);
	p->hashers = calloc(config->count, sizeof(*p->hashers));
	if (p->path == NULL || p->hashers == NULL ||
	    pthread_cond_init(&p->idle, NULL) != 0) {
		free(p->hashers);
		free(p->path);
		free(p);
		return SY_ERR_NOMEM;
	}
	/* Linux: of this kind it never fails. */
	(void)pthread_mutex_init(&p->mutex, NULL);
	p->count = config->count;
	p->patience_ms = config->patience_ms;
	*ret_pool = p;
	return SY_OK;
}

/* All at the same time. Cards alone need none: a server starts without. */
static void
start_all(struct pool *p)
{
	const struct timespec deadline = in_ms(START_MS);
	struct sy_error error = { .code = SY_OK };
	struct hasher *h;

	for (unsigned int i = 0; i < p->count; i++)
		(void)!launch(p, &p->hashers[i], &error);
	for (unsigned int i = 0; i < p->count; i++) {
		h = &p->hashers[i];
		if (h->pid != 0 && hear_ready(p, h, &deadline, &error) != SY_OK)
			end(p, h);
	}
	if (pool_running(p) < p->count)
		log_error(&error,
		    "%u of %u processes that hash passwords did not start",
		    p->count - pool_running(p), p->count);
}

enum sy_err
pool_new(const struct pool_config *config, struct pool **ret_pool,
    struct sy_error *reterr)
{
	SY_AUTO(pool_free) struct pool *p = NULL;
	enum sy_err err;

	if (config->count == 0 || config->patience_ms <= 0)
		return SY_ERR_ARG;
	if ((err = make(config, &p)) != SY_OK)
		return sy_error_set(reterr, err, config->path, "no memory");
	start_all(p);
	*ret_pool = p;
	p = NULL;
	return SY_OK;
}
