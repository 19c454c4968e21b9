/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>

#include <sanyoso/code.h>

#include "agent/join.h"
#include "agent/text.h"
#include "agent/tls.h"
#include "tests/support/agent_lab.h"
#include "tests/support/testca.h"

/* TERM-1 */

struct script {
	struct agent_lab *lab;
	unsigned int requests;
	uint8_t code[16];
	bool refuse;
	const char *server; /* the name that the answer gives */
	const char *cn;     /* of the certificate */
	struct agent_lab *other_ca;
	bool other_key;
};

struct fixture {
	struct agent_lab lab;
	struct script script;
	struct tls_server *server;
	char root[64];
	struct paths paths;
};

static void
handle(void *arg, const char *path, const char *body, size_t len,
    struct tls_answer *answer)
{
	struct script *s = arg;
	struct sy_join join;
	struct sy_join_reply reply = {
		.zone = "mynumber", .port = 4433, .terminal = LAB_TERMINAL
	};
	struct sy_failure_reply failure = { .error = "code",
		.text = "no such invitation" };
	char *cert, *ca;

	s->requests++;
	assert_string_equal(path, "/v1/join");
	assert_int_equal(sy_message_decode(&sy_message_join, body, len, &join,
			     NULL),
	    SY_OK);
	memcpy(s->code, join.code, sizeof(s->code));
	if (s->refuse) {
		answer->status = 403;
		answer->body = agent_lab_encode(&sy_message_failure, &failure);
		return;
	}
	if (s->other_key)
		cert = testca_pem(s->lab->terminal_cert);
	else
		cert = agent_lab_sign(s->lab, join.csr, s->cn);
	ca = testca_pem(s->other_ca != NULL ? s->other_ca->ca : s->lab->ca);
	(void)snprintf(reply.server, sizeof(reply.server), "%s", s->server);
	(void)snprintf(reply.certificate, sizeof(reply.certificate), "%s",
	    cert);
	(void)snprintf(reply.ca, sizeof(reply.ca), "%s", ca);
	free(cert);
	free(ca);
	answer->body = agent_lab_encode(&sy_message_join_reply, &reply);
}

static void
make_directories(struct fixture *f)
{
	static const char *const names[] = { "", "/var", "/var/lib",
		"/var/lib/sanyoso", "/var/lib/sanyoso/agent" };
	char path[128];

	(void)snprintf(f->root, sizeof(f->root), "/tmp/test_join.XXXXXX");
	assert_non_null(mkdtemp(f->root));
	for (size_t i = 1; i < SY_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", f->root, names[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(paths_make(f->root, &f->paths), SY_OK);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct tls_server_setup s = { .handler = handle };

	text_open("/nonexistent", SY_LANG_EN);
	agent_lab_open(&f->lab);
	f->script = (struct script){
		.lab = &f->lab, .server = LAB_SERVER, .cn = LAB_TERMINAL
	};
	s.cert = f->lab.server_cert;
	s.key = f->lab.server_key;
	s.ca = f->lab.ca;
	s.arg = &f->script;
	f->server = tls_server_start(&s);
	make_directories(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	tls_server_stop(&f->server);
	agent_lab_close(&f->lab);
	(void)snprintf(command, sizeof(command), "rm -rf %s", f->root);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/* The code that names the CA of ${lab}. */
static struct sy_secret *
code_for(const struct agent_lab *lab)
{
	struct sy_secret *code = NULL;
	uint8_t bytes[32], hash[32];

	memset(bytes, 0x42, 16);
	assert_int_equal(tls_spki_hash(lab->ca, hash), SY_OK);
	memcpy(bytes + 16, hash, 16);
	assert_int_equal(sy_code_format(bytes, sizeof(bytes), &code), SY_OK);
	return code;
}

static int
join_with(struct fixture *f, const struct agent_lab *named)
{
	SY_AUTO(sy_secret_free) struct sy_secret *code = code_for(named);
	struct endpoint e = { .host = "127.0.0.1",
		.port = tls_server_port(f->server) };

	return join_terminal(&e, code, &f->paths);
}

static bool
is_joined(const struct fixture *f)
{
	struct credentials *c = NULL;
	struct sy_error error;
	const enum sy_err err = credentials_load(&f->paths, &c, &error);

	credentials_free(&c);
	return err == SY_OK;
}

static void
joining_stores_key_certificate_and_server(void **state)
{
	struct fixture *f = *state;
	struct credentials *c = NULL;
	struct sy_error error;
	uint8_t expected[16];
	struct stat st;

	assert_int_equal(join_with(f, &f->lab), 0);
	memset(expected, 0x42, sizeof(expected));
	assert_memory_equal(f->script.code, expected, sizeof(expected));
	assert_int_equal(credentials_load(&f->paths, &c, &error), SY_OK);
	assert_string_equal(c->server, LAB_SERVER);
	assert_string_equal(c->terminal, LAB_TERMINAL);
	assert_string_equal(c->zone, "mynumber");
	assert_string_equal(c->home.host, "127.0.0.1");
	assert_int_equal(c->home.port, 4433);
	assert_int_equal(X509_check_private_key(c->cert, c->key), 1);
	assert_int_equal(EVP_PKEY_get_bits(c->key), 256);
	credentials_free(&c);
	assert_int_equal(stat(f->paths.identity, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* Once more, to the same place: a new key, a new certificate. */
	assert_int_equal(join_with(f, &f->lab), 0);
	assert_true(is_joined(f));
}

static void
the_code_is_shown_to_nobody_but_the_server_it_names(void **state)
{
	struct fixture *f = *state;
	struct agent_lab other;

	agent_lab_open(&other);
	assert_int_equal(join_with(f, &other), 3);
	assert_int_equal(f->script.requests, 0);
	assert_false(is_joined(f));
	agent_lab_close(&other);
}

static void
a_refusal_is_told_and_nothing_is_stored(void **state)
{
	struct fixture *f = *state;

	f->script.refuse = true;
	assert_int_equal(join_with(f, &f->lab), 1);
	assert_int_not_equal(access(f->paths.identity, F_OK), 0);
}

static void
an_answer_that_does_not_fit_is_not_believed(void **state)
{
	struct fixture *f = *state;
	struct agent_lab other;

	agent_lab_open(&other);
	f->script.server = "elsewhere.example";
	assert_int_not_equal(join_with(f, &f->lab), 0);
	f->script.server = LAB_SERVER;
	f->script.cn = "pc2";
	assert_int_not_equal(join_with(f, &f->lab), 0);
	f->script.cn = LAB_TERMINAL;
	f->script.other_ca = &other;
	assert_int_not_equal(join_with(f, &f->lab), 0);
	f->script.other_ca = NULL;
	f->script.other_key = true;
	assert_int_not_equal(join_with(f, &f->lab), 0);
	assert_int_equal(f->script.requests, 4);
	assert_false(is_joined(f));
	agent_lab_close(&other);
}

static void
a_code_with_a_wrong_letter_is_noticed_before_anybody_is_asked(void **state)
{
	struct fixture *f = *state;
	SY_AUTO(sy_secret_free) struct sy_secret *code = code_for(&f->lab);
	SY_AUTO(sy_secret_free) struct sy_secret *wrong = NULL;
	struct endpoint e = { .host = "127.0.0.1",
		.port = tls_server_port(f->server) };
	uint8_t text[SY_CODE_TEXT_MAX];
	const size_t len = sy_secret_len(code);

	memcpy(text, sy_secret_bytes(code), len);
	/* The last letter is the check: with another it never fits. */
	text[len - 1] = text[len - 1] == '7' ? '8' : '7';
	assert_int_equal(sy_secret_new(len, &wrong), SY_OK);
	assert_int_equal(sy_secret_append(wrong, text, len), SY_OK);
	assert_int_equal(join_terminal(&e, wrong, &f->paths), 2);
	assert_int_equal(f->script.requests, 0);
}

static void
the_code_is_read_from_a_descriptor_up_to_its_line(void **state)
{
	static const struct {
		const char *in;
		enum sy_err err;
		const char *out;
	} tc[] = {
		{ "ABCD-EFGH\nmore\n", SY_OK, "ABCD-EFGH" },
		{ "ABCD", SY_OK, "ABCD" },
		{ "", SY_OK, "" },
	};
	char line[256];
	int fds[2];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(sy_secret_free) struct sy_secret *code = NULL;

		assert_int_equal(pipe(fds), 0);
		assert_int_equal(write(fds[1], tc[i].in, strlen(tc[i].in)),
		    strlen(tc[i].in));
		close(fds[1]);
		assert_int_equal(join_read_code(fds[0], &code), tc[i].err);
		close(fds[0]);
		assert_int_equal(sy_secret_len(code), strlen(tc[i].out));
		assert_memory_equal(sy_secret_bytes(code), tc[i].out,
		    strlen(tc[i].out));
	}
	/* Too long for any code. */
	SY_AUTO(sy_secret_free) struct sy_secret *code = NULL;

	memset(line, 'A', sizeof(line));
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], line, sizeof(line)), sizeof(line));
	close(fds[1]);
	assert_int_equal(join_read_code(fds[0], &code), SY_ERR_LIMIT);
	close(fds[0]);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(joining_stores_key_certificate_and_server),
		CASE(the_code_is_shown_to_nobody_but_the_server_it_names),
		CASE(a_refusal_is_told_and_nothing_is_stored),
		CASE(an_answer_that_does_not_fit_is_not_believed),
		CASE(
		    a_code_with_a_wrong_letter_is_noticed_before_anybody_is_asked),
		CASE(the_code_is_read_from_a_descriptor_up_to_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
