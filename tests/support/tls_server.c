/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IN_MAX      (80 * 1024)
#define CLIENTS_MAX 64

struct tls_server {
	struct tls_server_setup setup;
	SSL_CTX *ctx;
	int fd;
	uint16_t port;
	pthread_t thread;
	pthread_mutex_t lock; /* one request at a time */
	unsigned int shakes;
	int clients[CLIENTS_MAX];
	pthread_t threads[CLIENTS_MAX];
	size_t count;
};

struct client {
	struct tls_server *server;
	int fd;
};

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "tls_server: %s failed\n", what);
	abort();
}

/* Read one request; its parts in ${in}. False at the end. */
static bool
read_request(SSL *ssl, char *in, char **ret_path, char **ret_body,
    size_t *ret_len)
{
	size_t have = 0, body_len;
	char *head_end, *at;
	int n;

	for (;;) {
		n = SSL_read(ssl, in + have, (int)(IN_MAX - 1 - have));
		if (n <= 0)
			return false;
		have += (size_t)n;
		in[have] = '\0';
		head_end = strstr(in, "\r\n\r\n");
		if (head_end == NULL)
			continue;
		at = strcasestr(in, "\r\nContent-Length: ");
		must(at != NULL, "finding the length");
		body_len =
		    strtoul(at + strlen("\r\nContent-Length: "), NULL, 10);
		*ret_body = head_end + 4;
		*ret_len = body_len;
		if (have >= (size_t)(*ret_body - in) + body_len)
			break;
	}
	must(strncmp(in, "POST ", 5) == 0, "finding POST");
	must(strstr(in, "\r\nSanyoso-Wire: 1\r\n") != NULL,
	    "finding the wire version");
	*ret_path = in + 5;
	at = strchr(*ret_path, ' ');
	must(at != NULL, "finding the path");
	*at = '\0';
	return true;
}

/* False if the connection is to be closed. */
static bool
answer_one(struct tls_server *s, SSL *ssl, char *in)
{
	struct tls_answer a = { .status = 200 };
	char head[256];
	char *path, *body;
	size_t len;
	bool ok;

	if (!read_request(ssl, in, &path, &body, &len))
		return false;
	pthread_mutex_lock(&s->lock);
	s->setup.handler(s->setup.arg, path, body, len, &a);
	pthread_mutex_unlock(&s->lock);
	if (a.hang_ms > 0)
		(void)poll(NULL, 0, (int)a.hang_ms);
	if (a.close)
		return false;
	if (a.raw != NULL)
		return SSL_write(ssl, a.raw, (int)strlen(a.raw)) > 0;
	len = a.body != NULL ? strlen(a.body) : 0;
	(void)snprintf(head, sizeof(head),
	    "HTTP/1.1 %u Words\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    a.status, len);
	ok = SSL_write(ssl, head, (int)strlen(head)) > 0 &&
	    (len == 0 || SSL_write(ssl, a.body, (int)len) > 0);
	free(a.body);
	return ok;
}

static void *
serve(void *arg)
{
	struct client *c = arg;
	struct tls_server *s = c->server;
	SSL *ssl = SSL_new(s->ctx);
	char *in = malloc(IN_MAX);

	must(ssl != NULL && in != NULL && SSL_set_fd(ssl, c->fd) == 1, "SSL");
	if (s->setup.mute) {
		while (read(c->fd, in, IN_MAX) > 0)
			continue;
	} else if (SSL_accept(ssl) == 1) {
		__atomic_add_fetch(&s->shakes, 1, __ATOMIC_SEQ_CST);
		while (answer_one(s, ssl, in))
			continue;
	}
	(void)shutdown(c->fd, SHUT_RDWR);
	SSL_free(ssl);
	free(in);
	free(c);
	return NULL;
}

static void *
take_clients(void *arg)
{
	struct tls_server *s = arg;

	for (;;) {
		const int fd = accept(s->fd, NULL, NULL);
		struct client *c;

		if (fd < 0)
			return NULL;
		must(s->count < CLIENTS_MAX, "taking so many clients");
		c = malloc(sizeof(*c));
		must(c != NULL, "malloc");
		*c = (struct client){ .server = s, .fd = fd };
		s->clients[s->count] = fd;
		must(pthread_create(&s->threads[s->count], NULL, serve, c) == 0,
		    "pthread_create");
		s->count++;
	}
}

struct tls_server *
tls_server_start(const struct tls_server_setup *setup)
{
	struct tls_server *s = calloc(1, sizeof(*s));
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	const int on = 1;

	must(s != NULL, "calloc");
	(void)signal(SIGPIPE, SIG_IGN);
	s->setup = *setup;
	s->ctx = SSL_CTX_new(TLS_server_method());
	must(s->ctx != NULL &&
		SSL_CTX_use_certificate(s->ctx, setup->cert) == 1 &&
		SSL_CTX_use_PrivateKey(s->ctx, setup->key) == 1,
	    "the certificate");
	must(SSL_CTX_add1_chain_cert(s->ctx, setup->ca) == 1, "the chain");
	if (setup->max_version != 0)
		must(SSL_CTX_set_max_proto_version(s->ctx,
			 setup->max_version) == 1,
		    "the version");
	if (setup->ask_clients) {
		must(X509_STORE_add_cert(SSL_CTX_get_cert_store(s->ctx),
			 setup->ca) == 1,
		    "the CA");
		SSL_CTX_set_verify(s->ctx,
		    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(setup->port);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(s->fd >= 0 &&
		setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ==
		    0 &&
		bind(s->fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
		listen(s->fd, 64) == 0 &&
		getsockname(s->fd, (struct sockaddr *)&sin, &len) == 0,
	    "listening");
	s->port = ntohs(sin.sin_port);
	must(pthread_mutex_init(&s->lock, NULL) == 0 &&
		pthread_create(&s->thread, NULL, take_clients, s) == 0,
	    "the thread");
	return s;
}

uint16_t
tls_server_port(const struct tls_server *s)
{
	return s->port;
}

unsigned int
tls_server_shakes(struct tls_server *s)
{
	return __atomic_load_n(&s->shakes, __ATOMIC_SEQ_CST);
}

void
tls_server_stop(struct tls_server **server)
{
	struct tls_server *s = *server;

	if (s == NULL)
		return;
	*server = NULL;
	(void)shutdown(s->fd, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	for (size_t i = 0; i < s->count; i++) {
		(void)shutdown(s->clients[i], SHUT_RDWR);
		(void)pthread_join(s->threads[i], NULL);
		(void)close(s->clients[i]);
	}
	(void)close(s->fd);
	SSL_CTX_free(s->ctx);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}
