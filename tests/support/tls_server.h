/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TLS_SERVER_H
#define TLS_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

/*
 * A small scripted HTTPS server on 127.0.0.1 for tests of what talks to one.
 * It runs in threads of its own; a handler is called for each request, one at
 * a time.
 */
struct tls_server;

struct tls_answer {
	unsigned int status;  /* 200 */
	char *body;           /* malloc()ed, NULL: empty */
	const char *raw;      /* instead of a clean answer, as it is */
	int close;            /* without an answer */
	unsigned int hang_ms; /* before the answer */
};

typedef void tls_handler(void *arg, const char *path, const char *body,
    size_t len, struct tls_answer *answer);

struct tls_server_setup {
	X509 *cert;
	EVP_PKEY *key;
	X509 *ca;        /* sent along; whom clients must be from */
	int ask_clients; /* a client without certificate is refused */
	int max_version; /* 0 = newest */
	int mute;        /* take connections, never say anything */
	uint16_t port;   /* 0 = any that is free */
	tls_handler *handler;
	void *arg;
};

/* Whatever fails ends the program. ${setup}'s members stay in use. */
struct tls_server *tls_server_start(const struct tls_server_setup *setup);
uint16_t tls_server_port(const struct tls_server *server);
/* Connections whose handshake was done. */
unsigned int tls_server_shakes(struct tls_server *server);
/* Close every connection, stop, free. */
void tls_server_stop(struct tls_server **server);

#endif /* TLS_SERVER_H */
