/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/agent_lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/pem.h>

#include "tests/support/testca.h"

#define DAY 86400

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "agent_lab: %s failed\n", what);
	abort();
}

void
agent_lab_open(struct agent_lab *lab)
{
	const int64_t now = (int64_t)time(NULL);
	struct testca_spec spec = {
		.cn = "server",
		.not_before = now - DAY,
		.not_after = now + DAY,
		.extended = "serverAuth",
		.names = "DNS:" LAB_SERVER,
	};

	memset(lab, 0, sizeof(*lab));
	lab->ca_key = EVP_EC_gen("P-256");
	must(lab->ca_key != NULL, "the CA's key");
	lab->ca = testca_root("lab CA", lab->ca_key, now - DAY, now + DAY);
	lab->server_key = EVP_EC_gen("P-256");
	lab->terminal_key = EVP_EC_gen("P-256");
	must(lab->server_key != NULL && lab->terminal_key != NULL, "the keys");
	spec.key = lab->server_key;
	lab->server_cert = testca_issue(lab->ca, lab->ca_key, &spec);
	spec.cn = LAB_TERMINAL;
	spec.key = lab->terminal_key;
	spec.extended = "clientAuth";
	spec.names = NULL;
	lab->terminal_cert = testca_issue(lab->ca, lab->ca_key, &spec);
	lab->credentials = (struct credentials){
		.key = lab->terminal_key,
		.cert = lab->terminal_cert,
		.ca = lab->ca,
		.not_before = spec.not_before,
		.not_after = spec.not_after,
		.server = LAB_SERVER,
		.terminal = LAB_TERMINAL,
		.zone = "mynumber",
		.home = { .host = "127.0.0.1", .port = 1 },
	};
}

void
agent_lab_close(struct agent_lab *lab)
{
	X509_free(lab->ca);
	X509_free(lab->server_cert);
	X509_free(lab->terminal_cert);
	EVP_PKEY_free(lab->server_key);
	EVP_PKEY_free(lab->terminal_key);
	EVP_PKEY_free(lab->ca_key);
}

struct tls_server *
agent_lab_server(const struct agent_lab *lab, tls_handler *handler, void *arg)
{
	const struct tls_server_setup setup = {
		.cert = lab->server_cert,
		.key = lab->server_key,
		.ca = lab->ca,
		.ask_clients = 1,
		.handler = handler,
		.arg = arg,
	};

	return tls_server_start(&setup);
}

char *
agent_lab_sign(const struct agent_lab *lab, const char *csr, const char *name)
{
	const int64_t now = (int64_t)time(NULL);
	BIO *bio = BIO_new_mem_buf(csr, -1);
	X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	struct testca_spec spec = {
		.cn = name,
		.not_before = now - DAY,
		.not_after = now + DAY,
		.extended = "clientAuth",
	};
	X509 *cert;
	char *pem;

	must(req != NULL, "reading the request");
	spec.key = X509_REQ_get_pubkey(req);
	must(X509_REQ_verify(req, spec.key) == 1, "verifying the request");
	cert = testca_issue(lab->ca, lab->ca_key, &spec);
	pem = testca_pem(cert);
	X509_free(cert);
	EVP_PKEY_free(spec.key);
	X509_REQ_free(req);
	BIO_free(bio);
	return pem;
}

char *
agent_lab_encode(const struct sy_message *message, const void *value)
{
	char *text = NULL, *copy;
	size_t len;

	must(sy_message_encode(message, value, &text, &len) == SY_OK,
	    message->name);
	copy = strdup(text);
	must(copy != NULL, "strdup");
	sy_message_free(&text);
	return copy;
}
