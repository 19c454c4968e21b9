/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include "bench/tls.h"

void
bench_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	ERR_print_errors_fp(stderr);
	exit(1);
}

double
bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int
by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
bench_quantile(double *values, size_t count, double share)
{
	size_t at;

	if (count == 0)
		return 0;
	qsort(values, count, sizeof(*values), by_value);
	at = (size_t)((double)(count - 1) * share);
	return values[at];
}

static struct sockaddr_in
parse_address(const char *address)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	const char *colon = strrchr(address, ':');
	char host[64];

	if (colon == NULL || (size_t)(colon - address) >= sizeof(host))
		bench_die("%s: not ADDR:PORT", address);
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = '\0';
	if (inet_pton(AF_INET, host, &sin.sin_addr) != 1)
		bench_die("%s: not an IPv4 address", host);
	sin.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	return sin;
}

SSL_CTX *
tls_context(const struct tls_files *files, int is_server)
{
	const char *key = files->key != NULL ? files->key : files->cert;
	SSL_CTX *ctx =
	    SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());

	if (ctx == NULL ||
	    !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) ||
	    SSL_CTX_use_certificate_chain_file(ctx, files->cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_load_verify_locations(ctx, files->ca, NULL) != 1)
		bench_die("TLS: %s, %s, %s", files->ca, files->cert, key);
	SSL_CTX_set_verify(ctx,
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (is_server)
		SSL_CTX_set_num_tickets(ctx, 0);
	return ctx;
}

SSL *
tls_connect(SSL_CTX *ctx, const char *address, const char *name)
{
	const struct sockaddr_in sin = parse_address(address);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	SSL *ssl = SSL_new(ctx);

	if (fd < 0 || ssl == NULL ||
	    connect(fd, (const struct sockaddr *)&sin, sizeof(sin)) != 0)
		bench_die("connect %s: %s", address, strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (SSL_set_fd(ssl, fd) != 1 ||
	    (name != NULL &&
		SSL_set_tlsext_host_name(ssl, (uintptr_t)name) != 1) ||
	    SSL_connect(ssl) != 1)
		bench_die("TLS to %s", address);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		bench_die("fcntl: %s", strerror(errno));
	return ssl;
}

int
tls_listen(const char *address)
{
	const struct sockaddr_in sin = parse_address(address);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) != 0 ||
	    listen(fd, 512) != 0)
		bench_die("listen %s: %s", address, strerror(errno));
	return fd;
}
