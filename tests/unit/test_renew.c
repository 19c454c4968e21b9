/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/renew.h"
#include "tests/support/agent_lab.h"
#include "tests/support/testca.h"

/* TERM-1: the certificate is renewed before its end. */

struct fixture {
	struct agent_lab lab;
	struct tls_server *server;
	struct services services;
	struct paths paths;
	char root[64];
	unsigned int renewals;
	bool refuse;
	const char *terminal;
};

/* The certificate in use, and its key's signature over the request. */
static void
expect_claim(struct fixture *f, const struct sy_renew *renew)
{
	const struct credentials *c = f->services.credentials;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char *pem = testca_pem(c->cert);

	assert_string_equal(renew->certificate, pem);
	free(pem);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL,
			     X509_get0_pubkey(c->cert)),
	    1);
	assert_int_equal(EVP_DigestVerifyUpdate(ctx, SY_RENEW_LABEL,
			     strlen(SY_RENEW_LABEL)),
	    1);
	assert_int_equal(EVP_DigestVerifyUpdate(ctx, renew->csr,
			     strlen(renew->csr)),
	    1);
	assert_int_equal(EVP_DigestVerifyFinal(ctx, renew->signature,
			     renew->signature_len),
	    1);
	EVP_MD_CTX_free(ctx);
}

static void
handle(void *arg, const char *path, const char *body, size_t len,
    struct tls_answer *answer)
{
	struct fixture *f = arg;
	struct sy_join_reply reply = {
		.zone = "mynumber", .port = 1, .server = LAB_SERVER
	};
	struct sy_failure_reply failure = { .error = "store", .text = "full" };
	struct sy_renew renew;
	char *pem;

	assert_string_equal(path, "/v1/renew");
	assert_int_equal(sy_message_decode(&sy_message_renew, body, len, &renew,
			     NULL),
	    SY_OK);
	f->renewals++;
	expect_claim(f, &renew);
	if (f->refuse) {
		answer->status = 503;
		answer->body = agent_lab_encode(&sy_message_failure, &failure);
		return;
	}
	(void)snprintf(reply.terminal, sizeof(reply.terminal), "%s",
	    f->terminal);
	pem = agent_lab_sign(&f->lab, renew.csr, f->terminal);
	(void)snprintf(reply.certificate, sizeof(reply.certificate), "%s", pem);
	free(pem);
	pem = testca_pem(f->lab.ca);
	(void)snprintf(reply.ca, sizeof(reply.ca), "%s", pem);
	free(pem);
	answer->body = agent_lab_encode(&sy_message_join_reply, &reply);
}

/* As a join would have left it, with two thirds of the life over. */
static void
store(struct fixture *f)
{
	struct sy_join_reply reply = { .terminal = LAB_TERMINAL,
		.zone = "mynumber",
		.server = LAB_SERVER };
	const int64_t now = (int64_t)time(NULL);
	struct testca_spec spec = { .cn = LAB_TERMINAL,
		.key = f->lab.terminal_key,
		.not_before = now - 2000,
		.not_after = now + 900 };
	X509 *cert = testca_issue(f->lab.ca, f->lab.ca_key, &spec);
	char *pem = testca_pem(cert);

	(void)snprintf(reply.certificate, sizeof(reply.certificate), "%s", pem);
	free(pem);
	X509_free(cert);
	pem = testca_pem(f->lab.ca);
	(void)snprintf(reply.ca, sizeof(reply.ca), "%s", pem);
	free(pem);
	reply.port = tls_server_port(f->server);
	assert_int_equal(credentials_store(&f->paths, f->lab.terminal_key,
			     &reply, "127.0.0.1", NULL),
	    SY_OK);
}

static int
setup(void **state)
{
	static const char *const names[] = { "/var", "/var/lib",
		"/var/lib/sanyoso", "/var/lib/sanyoso/agent" };
	struct fixture *f = calloc(1, sizeof(*f));
	char path[128];

	agent_lab_open(&f->lab);
	f->terminal = LAB_TERMINAL;
	f->server = agent_lab_server(&f->lab, handle, f);
	(void)snprintf(f->root, sizeof(f->root), "/tmp/test_renew.XXXXXX");
	assert_non_null(mkdtemp(f->root));
	for (size_t i = 0; i < SY_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", f->root, names[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(paths_make(f->root, &f->paths), SY_OK);
	store(f);
	settings_defaults(&f->services.settings);
	f->services.base = event_base_new();
	assert_int_equal(credentials_load(&f->paths, &f->services.credentials,
			     NULL),
	    SY_OK);
	assert_int_equal(link_new(f->services.base, &f->services.settings,
			     f->services.credentials, &f->services.link),
	    SY_OK);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	link_free(&f->services.link);
	credentials_free(&f->services.credentials);
	event_base_free(f->services.base);
	tls_server_stop(&f->server);
	agent_lab_close(&f->lab);
	(void)snprintf(command, sizeof(command), "rm -rf %s", f->root);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/* Let the first look happen, and what follows from it. */
static void
look(struct fixture *f)
{
	const struct timeval tv = { .tv_sec = 6 };
	struct renew *renew = NULL;

	assert_int_equal(renew_new(&f->services, &f->paths, &renew), SY_OK);
	(void)event_base_loopexit(f->services.base, &tv);
	(void)event_base_dispatch(f->services.base);
	renew_free(&renew);
}

/* The stored pair as another start of the agent would find it. */
static EVP_PKEY *
stored_key(struct fixture *f)
{
	struct credentials *c = NULL;
	EVP_PKEY *key;

	assert_int_equal(credentials_load(&f->paths, &c, NULL), SY_OK);
	key = c->key;
	assert_int_equal(EVP_PKEY_up_ref(key), 1);
	credentials_free(&c);
	return key;
}

static void
a_new_key_gets_a_new_certificate(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key;

	look(f);
	assert_int_equal(f->renewals, 1);
	key = stored_key(f);
	assert_int_not_equal(EVP_PKEY_eq(key, f->lab.terminal_key), 1);
	/* What is used is what is stored. */
	assert_int_equal(EVP_PKEY_eq(key, f->services.credentials->key), 1);
	assert_true(time(NULL) < renew_due(f->services.credentials->not_before,
				     f->services.credentials->not_after));
	EVP_PKEY_free(key);
}

static void
a_refused_renewal_leaves_the_old_pair(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key;

	f->refuse = true;
	look(f);
	assert_int_equal(f->renewals, 1);
	key = stored_key(f);
	assert_int_equal(EVP_PKEY_eq(key, f->lab.terminal_key), 1);
	EVP_PKEY_free(key);
}

static void
a_certificate_for_another_terminal_is_not_taken(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key;

	f->terminal = "pc2";
	look(f);
	assert_int_equal(f->renewals, 1);
	key = stored_key(f);
	assert_int_equal(EVP_PKEY_eq(key, f->lab.terminal_key), 1);
	EVP_PKEY_free(key);
}

static void
two_thirds_of_the_life_are_waited_for(void **state)
{
	(void)state;
	assert_int_equal(renew_due(0, 90), 60);
	assert_int_equal(renew_due(1000, 1003), 1002);
	assert_int_equal(renew_due(1000, 1000), 1000);
	assert_int_equal(renew_due(1000, 0), 1000);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_new_key_gets_a_new_certificate),
		CASE(a_refused_renewal_leaves_the_old_pair),
		CASE(a_certificate_for_another_terminal_is_not_taken),
		cmocka_unit_test(two_thirds_of_the_life_are_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
