/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_TLS_H
#define BENCH_TLS_H

#include <openssl/ssl.h>

/*
 * What the load generator and the bare path share: TLS 1.3 with both
 * certificates over non-blocking sockets. Programs of a benchmark: a failure
 * ends them with a message.
 */

struct tls_files {
	const char *ca;   /* PEM: who signs the peer */
	const char *cert; /* PEM: our certificate and its key */
	const char *key;  /* PEM, NULL: in the same file */
};

/* A client's or server's context; both ends show certificates. */
SSL_CTX *tls_context(const struct tls_files *files, int is_server);
/* Connect to "ADDR:PORT" and shake hands, blocking; then non-blocking. */
SSL *tls_connect(SSL_CTX *ctx, const char *address, const char *name);
/* Accepting socket on "ADDR:PORT". */
int tls_listen(const char *address);

/* Monotonic microseconds. */
double bench_now(void);
/* Print and exit(1). */
void bench_die(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));
/* ${count} latencies, sorted in place; the ${share} quantile. */
double bench_quantile(double *values, size_t count, double share);

#endif /* BENCH_TLS_H */
