/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idle: terminals that are connected and say nothing, and the least that a
 * server can keep for each.
 *
 *   idle server LISTEN CA CERT                        bare OpenSSL
 *   idle client ADDRESS SERVER CA CERT COUNT [hello]  COUNT connections
 *
 * The server takes connections with client certificates, releases OpenSSL's
 * buffers and keeps nothing else. The client says "ready" when all stand, with
 * "hello" after one request and its answer on each, and ends when its standard
 * input does.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/tls.h"

#define HELLO "{\"agent\":\"bench\"}"

static void
take(int ep, int listener, SSL_CTX *ctx)
{
	const int fd =
	    accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN };
	SSL *ssl = SSL_new(ctx);

	if (fd < 0 || ssl == NULL || SSL_set_fd(ssl, fd) != 1)
		bench_die("accept: %s", strerror(errno));
	ev.data.ptr = ssl;
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

static void
readable(SSL *ssl)
{
	char in[64];
	const int n = SSL_is_init_finished(ssl) ? SSL_read(ssl, in, sizeof(in))
						: SSL_accept(ssl);

	if (n > 0 || SSL_get_error(ssl, n) == SSL_ERROR_WANT_READ)
		return;
	close(SSL_get_fd(ssl)); /* leaves the epoll set */
	SSL_free(ssl);
}

static void
serve(const char *address, const struct tls_files *files)
{
	struct epoll_event evs[256], ev = { .events = EPOLLIN };
	SSL_CTX *ctx = tls_context(files, 1);
	const int listener = tls_listen(address);
	const int ep = epoll_create1(EPOLL_CLOEXEC);

	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev);
	for (;;) {
		const int n = epoll_wait(ep, evs, 256, -1);

		for (int i = 0; i < n; i++) {
			if (evs[i].data.ptr == NULL)
				take(ep, listener, ctx);
			else
				readable(evs[i].data.ptr);
		}
	}
}

static void
wait_readable(SSL *ssl)
{
	struct pollfd p = { .fd = SSL_get_fd(ssl), .events = POLLIN };

	if (poll(&p, 1, 10000) != 1)
		bench_die("no answer");
}

/* One request and its whole answer. */
static void
say_hello(SSL *ssl, const char *server)
{
	char text[4096];
	const char *end, *length;
	size_t got = 0;
	int n = snprintf(text, sizeof(text),
	    "POST /v1/hello HTTP/1.1\r\nHost: %s\r\nSanyoso-Wire: 1\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
	    "%s",
	    server, strlen(HELLO), HELLO);

	if (SSL_write(ssl, text, n) != n)
		bench_die("hello");
	for (;;) {
		wait_readable(ssl);
		n = SSL_read(ssl, text + got, (int)(sizeof(text) - 1 - got));
		if (n > 0)
			got += (size_t)n;
		else if (SSL_get_error(ssl, n) != SSL_ERROR_WANT_READ)
			bench_die("hello: the server closed");
		text[got] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strstr(text, "Content-Length: ");
		if (end != NULL && length != NULL &&
		    strlen(end + 4) >= strtoul(length + 16, NULL, 10))
			return;
	}
}

static void
stay(const char *address, const char *server, const struct tls_files *files,
    size_t count, int hello)
{
	SSL_CTX *ctx = tls_context(files, 0);
	SSL **ssl = calloc(count, sizeof(*ssl));
	char end;

	if (ssl == NULL)
		bench_die("out of memory");
	for (size_t i = 0; i < count; i++) {
		ssl[i] = tls_connect(ctx, address, server);
		if (hello)
			say_hello(ssl[i], server);
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &end, 1) > 0)
		continue;
}

int
main(int argc, char **argv)
{
	struct tls_files files;

	if (argc == 5 && strcmp(argv[1], "server") == 0) {
		files = (struct tls_files){ .ca = argv[3], .cert = argv[4] };
		serve(argv[2], &files);
	} else if (argc >= 7 && strcmp(argv[1], "client") == 0) {
		files = (struct tls_files){ .ca = argv[4], .cert = argv[5] };
		stay(argv[2], argv[3], &files, strtoul(argv[6], NULL, 10),
		    argc > 7);
	} else {
		bench_die("usage: idle server|client ...");
	}
	return 0;
}
