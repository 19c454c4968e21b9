/* SPDX-License-Identifier: Apache-2.0 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include <sanyoso/code.h>

#include "conn.h"
#include "credentials.h"
#include "join.h"
#include "log.h"
#include "privilege.h"
#include "text.h"
#include "tls.h"

#define SECRET_SIZE 16
#define CODE_SIZE   (SECRET_SIZE + TLS_PIN_SIZE)
#define CONNECT_MS  5000
#define TOTAL_MS    20000

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_SERVER = 3 };

/* One join on its way. */
struct join {
	struct event_base *base;
	uint8_t pin[TLS_PIN_SIZE];
	struct endpoint endpoint;
	EVP_PKEY *key;
	SSL_CTX *ctx;
	struct conn *conn;
	char *body;
	size_t len;
	bool over;
	struct conn_reply got; /* without the body */
	bool refused;
	struct sy_join_reply reply;
	struct sy_error error; /* why it failed */
};

static void
print(enum text_id id, const struct text_values *values, FILE *to)
{
	char text[SY_DIALOG_TEXT_SIZE];

	text_get(SY_LANG_DEFAULT, id, values, text);
	(void)fprintf(to, "%s\n", text);
}

/* The name that the server wants to be known by must be its certificate's. */
static bool
peer_has_name(X509 *peer, const char *name)
{
	if (peer == NULL)
		return false;
	return X509_check_ip_asc(peer, name, 0) == 1 ||
	    X509_check_host(peer, name, 0,
		X509_CHECK_FLAG_NO_WILDCARDS |
		    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
		NULL) == 1;
}

static enum sy_err
check_reply(struct join *j)
{
	uint8_t hash[32];
	X509 *ca = NULL;
	enum sy_err err;

	if ((err = credentials_parse_cert(j->reply.ca, strlen(j->reply.ca),
		 &ca)) == SY_OK)
		err = tls_spki_hash(ca, hash);
	X509_free(ca);
	if (err != SY_OK || !sy_memequal(hash, j->pin, sizeof(j->pin)))
		return sy_error_set(&j->error, SY_ERR_TLS, "ca",
		    "not the CA that the code names");
	if (j->reply.port < 1 || j->reply.port > UINT16_MAX ||
	    !peer_has_name(conn_peer(j->conn), j->reply.server))
		return sy_error_set(&j->error, SY_ERR_TLS, "server",
		    "\"%s\" is not the name in the server's certificate",
		    j->reply.server);
	return credentials_check(&j->reply, j->key, &j->error);
}

static void
on_done(void *owner, const struct conn_reply *in)
{
	struct join *j = owner;
	struct sy_failure_reply failure;

	j->over = true;
	j->error.code = in->err;
	if (in->err != SY_OK) {
		(void)sy_error_set(&j->error, in->err, j->endpoint.host, "%s",
		    sy_err_text(in->err));
	} else if (in->status == 200) {
		if (sy_message_decode(&sy_message_join_reply, in->body, in->len,
			&j->reply, &j->error) == SY_OK)
			j->error.code = check_reply(j);
	} else if (sy_message_decode(&sy_message_failure, in->body, in->len,
		       &failure, &j->error) == SY_OK) {
		j->refused = true;
		(void)sy_error_set(&j->error, SY_ERR_DENIED, failure.error,
		    "%s", failure.text);
	}
	(void)event_base_loopbreak(j->base);
}

static void
on_died(void *owner)
{
	const struct conn_reply reply = { .err = SY_ERR_CLOSED };

	on_done(owner, &reply);
}

static const struct conn_hooks hooks = { .done = on_done, .died = on_died };

/* Post the request to one address of the server. */
static void
try_address(struct join *j, const struct addrinfo *ai)
{
	struct conn_address address = { .len = ai->ai_addrlen };
	enum sy_err err;

	memcpy(&address.sa, ai->ai_addr, ai->ai_addrlen);
	j->over = false;
	conn_free(&j->conn);
	err = conn_open(j->base, j->ctx, &address, NULL, CONNECT_MS, &hooks, j,
	    &j->conn);
	if (err == SY_OK)
		err = conn_post(j->conn, j->endpoint.host, "/v1/join", j->body,
		    j->len, TOTAL_MS);
	if (err != SY_OK) {
		(void)sy_error_set(&j->error, err, j->endpoint.host, "%s",
		    sy_err_text(err));
		return;
	}
	while (!j->over && event_base_dispatch(j->base) == 0)
		continue;
}

static void
try_all(struct join *j)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	struct addrinfo *all = NULL;
	char port[8];
	int e;

	(void)snprintf(port, sizeof(port), "%u", j->endpoint.port);
	if ((e = getaddrinfo(j->endpoint.host, port, &hints, &all)) != 0) {
		(void)sy_error_set(&j->error, SY_ERR_NET, j->endpoint.host,
		    "%s", gai_strerror(e));
		return;
	}
	/* The code is shown only to a server that has proven itself, so
	 * another address may be tried where none was reached. */
	for (const struct addrinfo *ai = all; ai != NULL; ai = ai->ai_next) {
		try_address(j, ai);
		if (j->error.code != SY_ERR_NET &&
		    j->error.code != SY_ERR_TIMEOUT)
			break;
	}
	freeaddrinfo(all);
}

/* Key, request and the message with the code. */
static enum sy_err
prepare(struct join *j, const struct sy_secret *typed)
{
	SY_AUTO(sy_secret_free) struct sy_secret *code = NULL;
	struct sy_join message = { .code_len = SECRET_SIZE };
	enum sy_err err;

	if ((err = sy_code_parse(typed, CODE_SIZE, &code)) != SY_OK)
		return err;
	memcpy(message.code, sy_secret_bytes(code), SECRET_SIZE);
	memcpy(j->pin, sy_secret_bytes(code) + SECRET_SIZE, TLS_PIN_SIZE);
	if ((err = credentials_request(&j->key, message.csr)) == SY_OK &&
	    (err = tls_context_pinned(j->pin, &j->ctx)) == SY_OK)
		err = sy_message_encode(&sy_message_join, &message, &j->body,
		    &j->len);
	sy_memzero(&message, sizeof(message));
	return err;
}

static int
report(const struct join *j)
{
	char detail[SY_DIALOG_TEXT_SIZE];
	const struct text_values v = {
		.server = j->reply.server,
		.terminal = j->reply.terminal,
		.detail = detail,
	};

	if (j->error.code == SY_OK) {
		print(TEXT_JOIN_DONE, &v, stdout);
		print(TEXT_JOIN_NEXT, &v, stdout);
		return EXIT_DONE;
	}
	(void)snprintf(detail, sizeof(detail), "%s: %s", j->error.place,
	    j->error.text);
	print(TEXT_JOIN_FAILED, &v, stderr);
	if (j->refused)
		return EXIT_REFUSED;
	return EXIT_NO_SERVER;
}

static enum sy_err
become_user(const struct paths *paths, const struct settings *settings)
{
	struct account account;
	enum sy_err err;

	if (!privilege_is_root())
		return privilege_make_directories(paths, NULL);
	if ((err = privilege_account(settings->user, &account)) != SY_OK) {
		log_err("user %s: %s", settings->user, sy_err_text(err));
		return err;
	}
	if ((err = privilege_make_directories(paths, &account)) != SY_OK)
		return err;
	return privilege_drop(&account);
}

static void
end_join(struct join *j)
{
	conn_free(&j->conn);
	SSL_CTX_free(j->ctx);
	credentials_key_free(&j->key);
	sy_message_free(&j->body);
	if (j->base != NULL)
		event_base_free(j->base);
}

int
join_terminal(const struct endpoint *endpoint, const struct sy_secret *typed,
    const struct paths *paths)
{
	struct join j = { .endpoint = *endpoint,
		.error = { .code = SY_ERR_NET } };
	enum sy_err err;
	int status;

	j.base = event_base_new();
	err = j.base != NULL ? prepare(&j, typed) : SY_ERR_NOMEM;
	if (err == SY_ERR_CODE) {
		print(TEXT_JOIN_CODE_WRONG, NULL, stderr);
		status = EXIT_USAGE;
	} else if (err != SY_OK) {
		log_err("join: %s", sy_err_text(err));
		status = EXIT_REFUSED;
	} else {
		try_all(&j);
		if (j.error.code == SY_OK)
			j.error.code = credentials_store(paths, j.key, &j.reply,
			    j.endpoint.host, &j.error);
		status = report(&j);
	}
	end_join(&j);
	return status;
}

int
join_run(const struct options *options, const struct paths *paths,
    const struct settings *settings)
{
	SY_AUTO(sy_secret_free) struct sy_secret *typed = NULL;
	struct endpoint endpoint;
	enum sy_err err;

	if (endpoint_parse(options->server, &endpoint) != SY_OK) {
		log_err("--server: not HOST:PORT");
		return EXIT_USAGE;
	}
	if ((err = join_read_code(options->code_fd, &typed)) != SY_OK) {
		log_err("the code can't be read: %s", sy_err_text(err));
		return EXIT_USAGE;
	}
	if (become_user(paths, settings) != SY_OK)
		return EXIT_REFUSED;
	return join_terminal(&endpoint, typed, paths);
}
