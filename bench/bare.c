/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare: the least that a durable card login can cost. TLS with both
 * certificates, one signature verified with a key that is kept parsed, one row
 * in SQLite, answered after the commit that all waiting requests share.
 * Nothing else: no HTTP, no policy, no log that proves anything.
 *
 *   bare LISTEN CA CERT DATABASE SPKI.der...
 *
 * A request is u16 key number, 32 bytes of digest, u16 length, signature; the
 * answer is one byte. One thread reads and verifies, one commits and answers.
 * One without a signature is answered at once, which is what a second round
 * trip costs by itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <sqlite3.h>

#include <sanyoso/key.h>

#include "bench/tls.h"

#define ROW_SIZE  600 /* about what one record of ours takes */
#define QUEUE_MAX 4096
#define HEAD_SIZE 36u

struct client {
	SSL *ssl;
	int fd;
	bool shaken;
	bool waits; /* the committer has it */
	bool gone;
	uint8_t in[1024];
	size_t len;
	char answer;
	struct client *next;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct client *waiting, *done;
	int wake;
	sqlite3 *db;
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.filled = PTHREAD_COND_INITIALIZER };

static struct sy_key *keys[1024];
static size_t key_count;

static void
load_key(const char *path)
{
	uint8_t der[1024];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL || key_count == SY_COUNT(keys))
		bench_die("%s: %s", path, strerror(errno));
	n = fread(der, 1, sizeof(der), f);
	fclose(f);
	if (sy_key_from_spki(der, n, &keys[key_count++], NULL) != SY_OK)
		bench_die("%s: not a key", path);
}

static void
sql(const char *text)
{
	if (sqlite3_exec(shared.db, text, NULL, NULL, NULL) != SQLITE_OK)
		bench_die("%s: %s", text, sqlite3_errmsg(shared.db));
}

static void
commit_group(struct client *group, sqlite3_stmt *insert)
{
	static uint8_t row[ROW_SIZE];
	static sqlite3_int64 seq;

	sql("BEGIN IMMEDIATE");
	for (struct client *c = group; c != NULL; c = c->next) {
		sqlite3_bind_int64(insert, 1, ++seq);
		sqlite3_bind_blob(insert, 2, row, sizeof(row), SQLITE_STATIC);
		if (sqlite3_step(insert) != SQLITE_DONE)
			bench_die("insert: %s", sqlite3_errmsg(shared.db));
		sqlite3_reset(insert);
	}
	sql("COMMIT");
}

static void *
committer(void *unused)
{
	sqlite3_stmt *insert;
	struct client *group, **end;

	(void)unused;
	if (sqlite3_prepare_v2(shared.db, "INSERT INTO audit VALUES(?,?)", -1,
		&insert, NULL) != SQLITE_OK)
		bench_die("prepare");
	for (;;) {
		pthread_mutex_lock(&shared.lock);
		while (shared.waiting == NULL)
			pthread_cond_wait(&shared.filled, &shared.lock);
		group = shared.waiting;
		shared.waiting = NULL;
		pthread_mutex_unlock(&shared.lock);

		commit_group(group, insert);

		pthread_mutex_lock(&shared.lock);
		for (end = &shared.done; *end != NULL; end = &(*end)->next)
			continue;
		*end = group;
		pthread_mutex_unlock(&shared.lock);
		eventfd_write(shared.wake, 1);
	}
	return NULL;
}

static void
submit(struct client *c)
{
	c->waits = true;
	pthread_mutex_lock(&shared.lock);
	c->next = shared.waiting;
	shared.waiting = c;
	pthread_cond_signal(&shared.filled);
	pthread_mutex_unlock(&shared.lock);
}

static void
client_free(struct client *c)
{
	SSL_free(c->ssl);
	free(c);
}

static void
answer_all(void)
{
	struct client *c;
	eventfd_t n;

	eventfd_read(shared.wake, &n);
	pthread_mutex_lock(&shared.lock);
	c = shared.done;
	shared.done = NULL;
	pthread_mutex_unlock(&shared.lock);
	while (c != NULL) {
		struct client *next = c->next;

		c->waits = false;
		if (c->gone)
			client_free(c);
		else if (SSL_write(c->ssl, &c->answer, 1) != 1)
			bench_die("answer");
		c = next;
	}
}

/* One whole request: verify and hand over. */
static void
request(struct client *c)
{
	const size_t key = (size_t)c->in[0] << 8 | c->in[1];
	const size_t sig = (size_t)c->in[34] << 8 | c->in[35];

	if (key >= key_count || c->len != HEAD_SIZE + sig)
		bench_die("malformed request");
	if (sig == 0) {
		c->len = 0;
		if (SSL_write(c->ssl, "h", 1) != 1)
			bench_die("answer");
		return;
	}
	c->answer = sy_key_verify(keys[key], c->in + 2, 32, c->in + HEAD_SIZE,
			sig) == SY_OK
	    ? 'y'
	    : 'n';
	c->len = 0;
	submit(c);
}

static void
readable(struct client *c)
{
	int n;

	if (!c->shaken) {
		if (SSL_accept(c->ssl) == 1)
			c->shaken = true;
		return;
	}
	while ((n = SSL_read(c->ssl, c->in + c->len,
		    (int)(sizeof(c->in) - c->len))) > 0)
		c->len += (size_t)n;
	if (c->len >= HEAD_SIZE &&
	    c->len >= HEAD_SIZE + ((size_t)c->in[34] << 8 | c->in[35]))
		request(c);
	else if (n <= 0 && SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ) {
		close(c->fd); /* leaves the epoll set */
		c->gone = true;
		if (!c->waits)
			client_free(c);
		ERR_clear_error();
	}
}

static void
accept_one(int ep, int listener, SSL_CTX *ctx)
{
	struct client *c = calloc(1, sizeof(*c));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	const int on = 1;

	c->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	c->ssl = SSL_new(ctx);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	SSL_set_fd(c->ssl, c->fd);
	epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
}

static void
open_database(const char *path)
{
	if (sqlite3_open(path, &shared.db) != SQLITE_OK)
		bench_die("%s: %s", path, sqlite3_errmsg(shared.db));
	sql("PRAGMA journal_mode=WAL");
	sql("PRAGMA synchronous=FULL");
	sql("CREATE TABLE audit(seq INTEGER PRIMARY KEY, body BLOB)");
}

int
main(int argc, char **argv)
{
	struct epoll_event evs[256],
	    ev = { .events = EPOLLIN, .data.ptr = NULL };
	struct tls_files files;
	pthread_t thread;
	SSL_CTX *ctx;
	int ep, listener;

	if (argc < 6)
		bench_die("usage: bare LISTEN CA CERT DATABASE SPKI...");
	files = (struct tls_files){ .ca = argv[2], .cert = argv[3] };
	ctx = tls_context(&files, 1);
	open_database(argv[4]);
	for (int i = 5; i < argc; i++)
		load_key(argv[i]);
	shared.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	listener = tls_listen(argv[1]);
	ep = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev);
	ev.data.ptr = &shared;
	epoll_ctl(ep, EPOLL_CTL_ADD, shared.wake, &ev);
	if (pthread_create(&thread, NULL, committer, NULL) != 0)
		bench_die("thread");
	for (;;) {
		const int n = epoll_wait(ep, evs, SY_COUNT(evs), -1);

		for (int i = 0; i < n; i++) {
			if (evs[i].data.ptr == NULL)
				accept_one(ep, listener, ctx);
			else if (evs[i].data.ptr == &shared)
				answer_all();
			else
				readable(evs[i].data.ptr);
		}
	}
}
