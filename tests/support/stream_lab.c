/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/stream_lab.h"

#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "tests/support/testca.h"

static struct tls *tls;
static SSL_CTX *client;
static X509 *shown; /* a terminal's certificate, of the server's key */

/* --- both ends' TLS --- */

static void
write_identity(const char *path, EVP_PKEY *key, X509 *cert)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	FILE *f = fdopen(fd, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL,
			     NULL),
	    1);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	assert_int_equal(fclose(f), 0);
}

int
stream_lab_start(void **state)
{
	const int64_t now = time(NULL);
	EVP_PKEY *key = testca_key(TESTCA_P256);
	X509 *ca = testca_root("Lab", key, now - 1000, now + 100000);
	const struct testca_spec spec = { .cn = "server.test",
		.key = testca_key(TESTCA_P256_OTHER),
		.not_before = now - 1000,
		.not_after = now + 100000 };
	X509 *cert = testca_issue(ca, key, &spec);
	const struct testca_spec other = { .cn = "terminal.test",
		.key = spec.key,
		.not_before = spec.not_before,
		.not_after = spec.not_after };
	char dir[] = "/tmp/stream-XXXXXX", path[64];
	char *pem = testca_pem(ca);
	struct sy_error error = { 0 };

	(void)state;
	/* As the server does. */
	(void)signal(SIGPIPE, SIG_IGN);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/tls.pem", dir);
	write_identity(path, spec.key, cert);
	if (tls_load(path, pem, &tls, &error) != SY_OK)
		fail_msg("%s: %s", error.place, error.text);
	(void)unlink(path);
	(void)rmdir(dir);
	client = SSL_CTX_new(TLS_client_method());
	assert_non_null(client);
	assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(client),
			     ca),
	    1);
	SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
	shown = testca_issue(ca, key, &other);
	free(pem);
	X509_free(cert);
	X509_free(ca);
	return 0;
}

int
stream_lab_stop(void **state)
{
	(void)state;
	tls_free(&tls);
	SSL_CTX_free(client);
	client = NULL;
	X509_free(shown);
	shown = NULL;
	testca_free_keys();
	return 0;
}

int
stream_lab_new(void **state)
{
	*state = calloc(1, sizeof(struct stream_lab));
	return *state == NULL;
}

int
stream_lab_free(void **state)
{
	free(*state);
	return 0;
}

SSL *
stream_lab_tls(bool terminal)
{
	SSL *ssl = tls_accept(tls, terminal);

	assert_non_null(ssl);
	return ssl;
}

/* --- hooks --- */

static void
enter(struct stream_lab *lab)
{
	lab->nested = lab->nested || lab->inside;
	lab->inside = true;
}

static void
on_shaken(void *ctx)
{
	struct stream_lab *lab = ctx;

	enter(lab);
	lab->shaken++;
	lab->inside = false;
}

static void
keep_copy(struct stream_lab *lab, const uint8_t *data, size_t len)
{
	assert_true(lab->len + len < sizeof(lab->got));
	memcpy(lab->got + lab->len, data, len);
	lab->len += len;
}

static void
echo(struct stream_lab *lab, const uint8_t *data, size_t len)
{
	const size_t n = lab->echo;
	bool sent;

	if (len < n)
		return;
	assert_true(n <= sizeof(lab->echoed));
	memcpy(lab->echoed, data, n);
	stream_take(lab->stream, n);
	assert_int_equal(stream_send(lab->stream, lab->echoed, n, &sent),
	    SY_OK);
	assert_true(sent);
}

static void
on_input(void *ctx)
{
	struct stream_lab *lab = ctx;
	uint8_t *data;
	size_t len;

	enter(lab);
	lab->inputs++;
	data = stream_input(lab->stream, &len);
	assert_non_null(data);
	assert_true(len > 0 && len <= lab->max);
	if (lab->echo > 0) {
		echo(lab, data, len);
	} else if (!lab->keeps) {
		keep_copy(lab, data, len);
		stream_take(lab->stream, len);
	}
	if (lab->more != NULL)
		lab->more(lab);
	lab->inside = false;
}

static void
on_sent(void *ctx)
{
	struct stream_lab *lab = ctx;

	enter(lab);
	lab->sent++;
	lab->inside = false;
}

static void
on_closed(void *ctx, bool failed, unsigned long openssl_error)
{
	struct stream_lab *lab = ctx;

	enter(lab);
	lab->closed++;
	lab->failed = failed;
	lab->openssl_error = openssl_error;
	stream_free(&lab->stream);
	lab->inside = false;
}

static const struct stream_hooks hooks = {
	.shaken = on_shaken,
	.input = on_input,
	.sent = on_sent,
	.closed = on_closed,
};

/* --- a connection --- */

static void
open_client(struct stream_lab *lab)
{
	lab->client = SSL_new(client);
	lab->in = BIO_new(BIO_s_mem());
	lab->out = BIO_new(BIO_s_mem());
	assert_non_null(lab->client);
	assert_non_null(lab->in);
	assert_non_null(lab->out);
	BIO_set_mem_eof_return(lab->in, -1);
	SSL_set_bio(lab->client, lab->in, lab->out);
	SSL_set_connect_state(lab->client);
}

void
stream_lab_open(struct stream_lab *lab, enum lab_link link, size_t max)
{
	SSL *ssl =
	    link == LAB_PLAIN ? NULL : stream_lab_tls(link == LAB_TERMINAL);
	int fd[2];

	memset(lab, 0, sizeof(*lab));
	lab->max = max;
	lab->base = event_base_new();
	assert_non_null(lab->base);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     fd),
	    0);
	lab->fd = fd[1];
	assert_int_equal(stream_new(lab->base, fd[0], ssl, max, &hooks, lab,
			     &lab->stream),
	    SY_OK);
	assert_ptr_equal(stream_ssl(lab->stream), ssl);
	if (ssl != NULL)
		open_client(lab);
}

void
stream_lab_certify(struct stream_lab *lab)
{
	assert_int_equal(SSL_use_certificate(lab->client, shown), 1);
	assert_int_equal(SSL_use_PrivateKey(lab->client,
			     testca_key(TESTCA_P256_OTHER)),
	    1);
}

void
stream_lab_close(struct stream_lab *lab)
{
	assert_false(lab->nested);
	stream_free(&lab->stream);
	SSL_free(lab->client);
	if (lab->fd >= 0)
		(void)close(lab->fd);
	event_base_free(lab->base);
}

void
stream_lab_turn(struct stream_lab *lab)
{
	for (int i = 0; i < 3; i++)
		assert_true(event_base_loop(lab->base, EVLOOP_NONBLOCK) >= 0);
}

void
stream_lab_fetch(struct stream_lab *lab)
{
	char text[16384];
	ssize_t n;

	while ((n = recv(lab->fd, text, sizeof(text), 0)) > 0)
		assert_int_equal(BIO_write(lab->in, text, (int)n), n);
}

size_t
stream_lab_made(struct stream_lab *lab, uint8_t *ret, size_t max)
{
	const int n = BIO_read(lab->out, ret, (int)max);

	assert_int_equal(BIO_pending(lab->out), 0);
	return n > 0 ? (size_t)n : 0;
}

void
stream_lab_put(struct stream_lab *lab, const void *bytes, size_t len)
{
	if (len > 0)
		assert_int_equal(send(lab->fd, bytes, len, MSG_NOSIGNAL), len);
}

void
stream_lab_make(struct stream_lab *lab, const char *text)
{
	const int len = (int)strlen(text);

	assert_int_equal(SSL_write(lab->client, text, len), len);
}

void
stream_lab_say(struct stream_lab *lab, const char *text)
{
	uint8_t bytes[32768];

	if (lab->client == NULL) {
		stream_lab_put(lab, text, strlen(text));
		return;
	}
	stream_lab_make(lab, text);
	stream_lab_put(lab, bytes, stream_lab_made(lab, bytes, sizeof(bytes)));
}

void
stream_lab_shake(struct stream_lab *lab)
{
	uint8_t bytes[32768];

	if (lab->client == NULL)
		return;
	for (int i = 0; i < 10 && lab->shaken == 0 && lab->closed == 0; i++) {
		(void)SSL_do_handshake(lab->client);
		stream_lab_put(lab, bytes,
		    stream_lab_made(lab, bytes, sizeof(bytes)));
		stream_lab_turn(lab);
		stream_lab_fetch(lab);
	}
}

bool
stream_lab_got(struct stream_lab *lab, const char *text)
{
	const size_t len = lab->len;

	lab->len = 0;
	return len == strlen(text) && memcmp(lab->got, text, len) == 0;
}
