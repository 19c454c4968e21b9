/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal: a terminal without people, for setting up a benchmark. It joins a
 * server and enrols cards whose keys are files, by the same messages as the
 * agent.
 *
 *   terminal join   ADDRESS SERVER CA OUT.pem           < code
 *   terminal enroll ADDRESS SERVER CA CERT.pem TERMINAL KEY  < code
 *
 * KEY: path without ".key.pem" and ".crt.der"; its last part is the login.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <sanyoso/code.h>
#include <sanyoso/message.h>

#include "bench/tls.h"

static const char *server_name;
static SSL *ssl;

/* One request, one reply, blocking. */
static void
call(const char *path, const struct sy_message *ask, const void *value,
    const struct sy_message *reply, void *ret)
{
	struct sy_error error = { 0 };
	static char in[65536];
	char head[512], *text, *body;
	size_t len, got = 0;

	if (sy_message_encode(ask, value, &text, &len) != SY_OK)
		bench_die("%s: encode", path);
	if (SSL_write(ssl, head,
		snprintf(head, sizeof(head),
		    "POST %s HTTP/1.1\r\nHost: %s\r\nSanyoso-Wire: 1\r\n"
		    "Content-Type: application/json\r\n"
		    "Content-Length: %zu\r\n\r\n",
		    path, server_name, len)) <= 0 ||
	    SSL_write(ssl, text, (int)len) != (int)len)
		bench_die("%s: send", path);
	sy_message_free(&text);
	for (;;) {
		const int n =
		    SSL_read(ssl, in + got, (int)(sizeof(in) - 1 - got));

		if (n <= 0)
			bench_die("%s: the server closed", path);
		got += (size_t)n;
		in[got] = '\0';
		if ((body = strstr(in, "\r\n\r\n")) == NULL)
			continue;
		len = strtoul(strstr(in, "Content-Length: ") + 16, NULL, 10);
		if (strlen(body + 4) >= len)
			break;
	}
	if (strncmp(in, "HTTP/1.1 200", 12) != 0)
		bench_die("%s: %s", path, body + 4);
	if (sy_message_decode(reply, body + 4, len, ret, &error) != SY_OK)
		bench_die("%s: %s: %s", path, error.place, error.text);
}

static void
read_code(size_t len, uint8_t *ret)
{
	struct sy_secret *text = NULL, *bytes = NULL;
	char line[256];

	if (fgets(line, sizeof(line), stdin) == NULL)
		bench_die("no code");
	line[strcspn(line, "\n")] = '\0';
	if (sy_secret_new(sizeof(line), &text) != SY_OK ||
	    sy_secret_append(text, line, strlen(line)) != SY_OK ||
	    sy_code_parse(text, len, &bytes) != SY_OK)
		bench_die("not a code");
	memcpy(ret, sy_secret_bytes(bytes), 16);
	sy_secret_free(&text);
	sy_secret_free(&bytes);
}

static void
connect_to(const char *address, const char *ca, const char *cert)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL || SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1)
		bench_die("%s", ca);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (cert != NULL &&
	    (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
		SSL_CTX_use_PrivateKey_file(ctx, cert, SSL_FILETYPE_PEM) != 1))
		bench_die("%s", cert);
	ssl = tls_connect(ctx, address, server_name);
	/* tls_connect leaves it non-blocking; here one call at a time. */
	BIO_set_nbio(SSL_get_rbio(ssl), 0);
	BIO_socket_nbio(SSL_get_fd(ssl), 0);
}

static void
join(const char *out)
{
	static struct sy_join ask = { .code_len = 16 };
	static struct sy_join_reply reply;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *csr = X509_REQ_new();
	BIO *mem = BIO_new(BIO_s_mem());
	FILE *f;
	int n;

	X509_REQ_set_pubkey(csr, key);
	X509_REQ_sign(csr, key, EVP_sha256());
	PEM_write_bio_X509_REQ(mem, csr);
	n = BIO_read(mem, ask.csr, sizeof(ask.csr) - 1);
	if (n <= 0)
		bench_die("csr");
	read_code(32, ask.code);
	call("/v1/join", &sy_message_join, &ask, &sy_message_join_reply,
	    &reply);
	if ((f = fopen(out, "w")) == NULL)
		bench_die("%s", out);
	fputs(reply.certificate, f);
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
}

static size_t
read_file(const char *base, const char *suffix, uint8_t *buf, size_t cap)
{
	char path[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s%s", base, suffix);
	if ((f = fopen(path, "rb")) == NULL)
		bench_die("%s", path);
	n = fread(buf, 1, cap, f);
	fclose(f);
	return n;
}

static EVP_PKEY *
read_key(const char *base)
{
	char path[4096];
	EVP_PKEY *key;
	FILE *f;

	snprintf(path, sizeof(path), "%s.key.pem", base);
	if ((f = fopen(path, "r")) == NULL ||
	    (key = PEM_read_PrivateKey(f, NULL, NULL, NULL)) == NULL)
		bench_die("%s", path);
	fclose(f);
	return key;
}

static void
prove(const struct sy_enroll_step *step, const char *terminal, const char *base,
    struct sy_auth_proof *proof)
{
	struct sy_challenge ch = { .server = server_name,
		.terminal = terminal,
		.login = step->login,
		.service = "enroll",
		.purpose = "enroll" };
	EVP_PKEY *key = read_key(base);
	const enum sy_hash hash =
	    EVP_PKEY_get_bits(key) == 384 ? SY_HASH_SHA384 : SY_HASH_SHA256;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t len, siglen = sizeof(proof->signature);

	RAND_bytes(ch.agent_nonce, sizeof(ch.agent_nonce));
	memcpy(ch.server_nonce, step->nonce, sizeof(ch.server_nonce));
	memcpy(proof->agent_nonce, ch.agent_nonce, sizeof(ch.agent_nonce));
	proof->agent_nonce_len = sizeof(ch.agent_nonce);
	snprintf(proof->txn, sizeof(proof->txn), "%s", step->txn);
	if (sy_text_unhex(step->txn, ch.txn, sizeof(ch.txn)) != SY_OK ||
	    sy_challenge_digest(&ch, hash, digest, &len) != SY_OK ||
	    EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx,
		hash == SY_HASH_SHA384 ? EVP_sha384() : EVP_sha256()) != 1 ||
	    EVP_PKEY_sign(ctx, proof->signature, &siglen, digest, len) != 1)
		bench_die("proof");
	proof->signature_len = (uint16_t)siglen;
}

static void
enroll(const char *terminal, const char *base)
{
	static struct sy_enroll_begin ask = { .code_len = 16 };
	static struct sy_enroll_card card = { .driver = "piv",
		.method = "card-pin",
		.refused_without_pin = true };
	static struct sy_auth_proof proof;
	static struct sy_enroll_step step;
	const char *slash = strrchr(base, '/');

	snprintf(ask.user, sizeof(ask.user), "%s",
	    slash != NULL ? slash + 1 : base);
	read_code(16, ask.code);
	call("/v1/enroll", &sy_message_enroll_begin, &ask,
	    &sy_message_enroll_step, &step);
	snprintf(card.txn, sizeof(card.txn), "%s", step.txn);
	card.cert_len =
	    (uint16_t)read_file(base, ".crt.der", card.cert, sizeof(card.cert));
	call("/v1/enroll/card", &sy_message_enroll_card, &card,
	    &sy_message_enroll_step, &step);
	if (strcmp(step.step, "prove") != 0)
		bench_die("refused: %s", step.text);
	prove(&step, terminal, base, &proof);
	call("/v1/enroll/proof", &sy_message_auth_proof, &proof,
	    &sy_message_enroll_step, &step);
	if (strcmp(step.step, "done") != 0)
		bench_die("not enrolled: %s %s", step.step, step.text);
}

int
main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "join") == 0) {
		server_name = argv[3];
		connect_to(argv[2], argv[4], NULL);
		join(argv[5]);
	} else if (argc == 8 && strcmp(argv[1], "enroll") == 0) {
		server_name = argv[3];
		connect_to(argv[2], argv[4], argv[5]);
		enroll(argv[6], argv[7]);
	} else {
		bench_die("usage: terminal join|enroll ...");
	}
	return 0;
}
