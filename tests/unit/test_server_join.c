/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/identity/terminal.c, join.c and admission.c over a real ledger and
 * keeper: TERM-1, a terminal joins by a one-time code, renews its certificate,
 * and is refused when it is revoked.
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include <openssl/pem.h>

#include <sanyoso/code.h>

#include "server/identity/invitation.h"
#include "tests/support/office.h"

struct scene {
	struct office office;
	struct desk desk; /* of the join listener */
	struct desk operators;
	struct sy_join join; /* with the last code */
	struct sy_join_reply reply;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct server *server;
	const char *ca;

	assert_non_null(s);
	office_open(&s->office);
	server = &s->office.server;
	ca = keeper_ca(server->keeper);
	assert_int_equal(tls_pem_digests(ca, strlen(ca), NULL, NULL,
			     server->ca_spki),
	    SY_OK);
	desk_open(&s->office, LISTENER_JOIN, NULL, &s->desk);
	desk_open(&s->office, LISTENER_ADMIN, NULL, &s->operators);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	desk_close(&s->operators);
	office_close(&s->office);
	free(s);
	return 0;
}

/* --- steps --- */

static unsigned int
invite(struct scene *s, const char *name, const char *zone)
{
	SY_AUTO(sy_secret_free) struct sy_secret *typed = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *bytes = NULL;
	struct sy_terminal_invite in = { .name = "" };
	struct sy_code code = { .code = "" };
	unsigned int status;

	(void)snprintf(in.name, sizeof(in.name), "%s", name);
	(void)snprintf(in.zone, sizeof(in.zone), "%s", zone);
	status = desk_call(&s->operators, "/v1/admin/terminal/invite",
	    &sy_message_terminal_invite, &in, &sy_message_code, &code);
	if (status != 200)
		return status;
	assert_int_equal(sy_secret_new(sizeof(code.code), &typed), SY_OK);
	assert_int_equal(sy_secret_append(typed, code.code, strlen(code.code)),
	    SY_OK);
	assert_int_equal(sy_code_parse(typed,
			     INVITATION_CODE_SIZE + INVITATION_PIN_SIZE,
			     &bytes),
	    SY_OK);
	/* Behind the code stands which CA to trust. */
	assert_memory_equal(sy_secret_bytes(bytes) + INVITATION_CODE_SIZE,
	    s->office.server.ca_spki, INVITATION_PIN_SIZE);
	memcpy(s->join.code, sy_secret_bytes(bytes), INVITATION_CODE_SIZE);
	s->join.code_len = INVITATION_CODE_SIZE;
	return status;
}

static void
make_csr(EVP_PKEY *key, char ret[SY_PEM_SIZE])
{
	X509_REQ *req = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;

	assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
	assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
	len = BIO_get_mem_data(bio, &data);
	assert_true(len > 0 && len < SY_PEM_SIZE);
	memcpy(ret, data, (size_t)len);
	ret[len] = '\0';
	BIO_free(bio);
	X509_REQ_free(req);
}

static unsigned int
join(struct scene *s)
{
	make_csr(testca_key(TESTCA_P256), s->join.csr);
	return desk_call(&s->desk, "/v1/join", &sy_message_join, &s->join,
	    &sy_message_join_reply, &s->reply);
}

/* With the certificate that it was given, and a signature by ${key}. */
static void
claim(const struct scene *s, EVP_PKEY *key, struct sy_renew *in)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = sizeof(in->signature);

	memcpy(in->certificate, s->reply.certificate, sizeof(in->certificate));
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key),
	    1);
	assert_int_equal(EVP_DigestSignUpdate(ctx, SY_RENEW_LABEL,
			     strlen(SY_RENEW_LABEL)),
	    1);
	assert_int_equal(EVP_DigestSignUpdate(ctx, in->csr, strlen(in->csr)),
	    1);
	assert_int_equal(EVP_DigestSignFinal(ctx, in->signature, &len), 1);
	in->signature_len = (uint16_t)len;
	EVP_MD_CTX_free(ctx);
}

/* The terminal's row with the digest of the certificate that it was given. */
static void
row_of_reply(struct scene *s, struct terminal_row *ret)
{
	int64_t not_after;

	memset(ret, 0, sizeof(*ret));
	assert_int_equal(tls_pem_digests(s->reply.certificate,
			     strlen(s->reply.certificate), ret->cert,
			     &not_after, NULL),
	    SY_OK);
	ret->not_after = not_after * 1000000;
}

static unsigned int
hello(struct desk *d, struct sy_hello_reply *ret)
{
	const struct sy_hello in = { .agent = "0.1" };

	return desk_call(d, "/v1/hello", &sy_message_hello, &in,
	    &sy_message_hello_reply, ret);
}

static unsigned int
terminal_call(struct scene *s, const char *verb, const char *name,
    struct sy_terminal *ret)
{
	struct sy_terminal_ref in = { .name = "" };
	char path[64];

	(void)snprintf(in.name, sizeof(in.name), "%s", name);
	(void)snprintf(path, sizeof(path), "/v1/admin/terminal/%s", verb);
	return desk_call(&s->operators, path, &sy_message_terminal_ref, &in,
	    &sy_message_terminal, ret);
}

static void
finish_jobs(struct scene *s)
{
	while (s->office.server.jobs > 0)
		place_dispatch(&s->office.place);
}

/* --- joining --- */

static void
a_terminal_joins_by_its_code(void **state)
{
	struct scene *s = *state;
	struct sy_hello_reply reply;
	struct sy_terminal terminal;
	struct terminal_row row;
	struct office_record r;
	struct desk desk;

	assert_int_equal(invite(s, "counter-1", "lgwan"), 200);
	assert_int_equal(terminal_call(s, "show", "counter-1", &terminal), 200);
	assert_string_equal(terminal.state, "invited");
	assert_string_equal(terminal.certificate, "");
	assert_int_equal(join(s), 200);
	assert_string_equal(s->reply.terminal, "counter-1");
	assert_string_equal(s->reply.zone, "lgwan");
	assert_string_equal(s->reply.server, OFFICE_SERVER);
	assert_int_equal(s->reply.port, 8443);
	assert_string_equal(s->reply.ca, keeper_ca(s->office.server.keeper));
	assert_true(office_last_record(&s->office, "terminal.join", "", &r));
	assert_string_equal(r.terminal, "counter-1");

	row_of_reply(s, &row);
	assert_true(row.not_after / 1000000 > time(NULL) + 89 * 86400);
	assert_true(row.not_after / 1000000 <= time(NULL) + 90 * 86400 + 1);
	desk_open(&s->office, LISTENER_TERMINALS, &row, &desk);
	assert_int_equal(hello(&desk, &reply), 200);
	assert_string_equal(reply.terminal, "counter-1");
	assert_string_equal(reply.zone, "lgwan");
	assert_int_equal(reply.wire, 1);
	assert_int_equal(
	    sy_head_verify(keeper_head_key(s->office.server.keeper), reply.head,
		reply.signature),
	    SY_OK);
	assert_int_equal(terminal_call(s, "show", "counter-1", &terminal), 200);
	assert_string_equal(terminal.state, "joined");
	assert_true(terminal.connected);
	assert_true(terminal.seen >= time(NULL) - 60);
	desk_close(&desk);
}

/* For the terminal's check. */
static void
a_terminal_hears_that_the_dictionary_fails(void **state)
{
	static const char passwords[] =
	    "[policy]\nname = test\n"
	    "[rule both]\nzone = mynumber\npurpose = login\nkind = staff\n"
	    "require = 2\nallow = card-pin+password\norigin = issuer\n";
	struct scene *s = *state;
	struct sy_hello_reply reply;
	struct terminal_row row;
	struct desk desk;

	assert_int_equal(invite(s, "counter-1", "mynumber"), 200);
	assert_int_equal(join(s), 200);
	row_of_reply(s, &row);
	desk_open(&s->office, LISTENER_TERMINALS, &row, &desk);
	s->office.server.dictionary_fails = true;
	/* Nobody has a password here. */
	assert_int_equal(hello(&desk, &reply), 200);
	assert_false(reply.no_dictionary);
	office_policy(&s->office, passwords);
	assert_int_equal(hello(&desk, &reply), 200);
	assert_true(reply.no_dictionary);
	s->office.server.dictionary_fails = false;
	assert_int_equal(hello(&desk, &reply), 200);
	assert_false(reply.no_dictionary);
	desk_close(&desk);
}

static void
a_code_is_good_for_one_terminal_once(void **state)
{
	struct scene *s = *state;

	assert_int_equal(invite(s, "counter-1", "mynumber"), 200);
	assert_int_equal(join(s), 200);
	assert_int_equal(join(s), 409);
	assert_string_equal(s->desk.failure.error, "code");
}

static void
wrong_codes_are_refused_and_recorded(void **state)
{
	struct scene *s = *state;
	struct office_record r;

	assert_int_equal(invite(s, "counter-1", "mynumber"), 200);
	s->join.code[0] ^= 1;
	assert_int_equal(join(s), 409);
	assert_string_equal(s->desk.failure.error, "code");
	finish_jobs(s);
	assert_true(office_last_record(&s->office, "terminal.refused", "", &r));
	assert_string_equal(r.subject, "join");
	assert_string_equal(r.reason, "code");
	s->join.code[0] ^= 1;
	assert_int_equal(join(s), 200);
}

static void
an_old_code_is_refused(void **state)
{
	struct scene *s = *state;
	struct invitation_row row;

	assert_int_equal(invite(s, "counter-1", "mynumber"), 200);
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_invitation, 1, &row),
	    SY_OK);
	row.expires = (int64_t)time(NULL) * 1000000;
	office_update(&s->office, &row_type_invitation, &row);
	assert_int_equal(join(s), 409);
}

static void
a_request_that_is_none_gets_no_certificate(void **state)
{
	struct scene *s = *state;
	struct sy_terminal terminal;

	assert_int_equal(invite(s, "counter-1", "mynumber"), 200);
	(void)snprintf(s->join.csr, sizeof(s->join.csr), "hello");
	assert_int_not_equal(desk_call(&s->desk, "/v1/join", &sy_message_join,
				 &s->join, &sy_message_join_reply, &s->reply),
	    200);
	make_csr(testca_key(TESTCA_RSA1024), s->join.csr);
	assert_int_not_equal(desk_call(&s->desk, "/v1/join", &sy_message_join,
				 &s->join, &sy_message_join_reply, &s->reply),
	    200);
	assert_int_equal(terminal_call(s, "show", "counter-1", &terminal), 200);
	assert_string_equal(terminal.state, "invited");
	/* The code is still good. */
	assert_int_equal(join(s), 200);
}

static void
names_and_zones_are_checked(void **state)
{
	static const struct {
		const char *name;
		const char *zone;
		const char *place;
	} tc[] = {
		{ "Counter", "mynumber", "name" },
		{ "a b", "mynumber", "name" },
		{ "-a", "mynumber", "name" },
		{ "counter-1", "office", "zone" },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		assert_int_equal(invite(s, tc[i].name, tc[i].zone), 400);
		assert_string_equal(s->operators.failure.place, tc[i].place);
	}
}

static void
a_joined_terminal_is_revoked_before_it_joins_anew(void **state)
{
	struct scene *s = *state;
	struct sy_terminal terminal;
	struct terminal_row old;
	struct sy_hello_reply reply;
	struct desk desk;

	assert_int_equal(invite(s, "counter-1", "mynumber"), 200);
	assert_int_equal(join(s), 200);
	row_of_reply(s, &old);
	assert_int_equal(invite(s, "counter-1", "mynumber"), 409);
	assert_int_equal(terminal_call(s, "revoke", "counter-1", &terminal),
	    200);
	assert_int_equal(terminal_call(s, "revoke", "counter-1", &terminal),
	    409);
	assert_int_equal(terminal_call(s, "revoke", "counter-2", &terminal),
	    404);
	assert_int_equal(invite(s, "counter-1", "lgwan"), 200);
	assert_int_equal(join(s), 200);
	assert_string_equal(s->reply.zone, "lgwan");
	/* The old certificate is nobody's now. */
	desk_open(&s->office, LISTENER_TERMINALS, &old, &desk);
	assert_int_equal(hello(&desk, &reply), 403);
	desk_close(&desk);
}

static void
revoking_takes_open_invitations_along(void **state)
{
	struct scene *s = *state;
	struct sy_terminal terminal;

	assert_int_equal(invite(s, "counter-1", "mynumber"), 200);
	assert_int_equal(terminal_call(s, "revoke", "counter-1", &terminal),
	    200);
	assert_int_equal(join(s), 409);
}

/* --- certificates --- */

static void
a_renewed_certificate_takes_over_when_it_is_used(void **state)
{
	struct scene *s = *state;
	struct terminal_row old, new;
	struct sy_renew in;
	struct sy_hello_reply reply;
	struct desk desk, next;

	assert_int_equal(invite(s, "counter-1", "mynumber"), 200);
	assert_int_equal(join(s), 200);
	row_of_reply(s, &old);
	desk_open(&s->office, LISTENER_TERMINALS, &old, &desk);
	make_csr(testca_key(TESTCA_P256_OTHER), in.csr);
	print_message("  not by a key that only wants to be the terminal's\n");
	claim(s, testca_key(TESTCA_P256_OTHER), &in);
	assert_int_equal(desk_call(&desk, "/v1/renew", &sy_message_renew, &in,
			     &sy_message_join_reply, &s->reply),
	    422);
	assert_string_equal(desk.failure.error, "signature");
	claim(s, testca_key(TESTCA_P256), &in);
	assert_int_equal(desk_call(&desk, "/v1/renew", &sy_message_renew, &in,
			     &sy_message_join_reply, &s->reply),
	    200);
	row_of_reply(s, &new);
	assert_memory_not_equal(old.cert, new.cert, sizeof(old.cert));
	print_message("  the old one is good until the new one was seen\n");
	assert_int_equal(hello(&desk, &reply), 200);
	desk_open(&s->office, LISTENER_TERMINALS, &new, &next);
	assert_int_equal(hello(&next, &reply), 200);
	finish_jobs(s);
	assert_int_equal(place_count_records(&s->office.place,
			     "terminal.certificate", NULL),
	    1);
	print_message("  and no longer\n");
	assert_int_equal(hello(&next, &reply), 200);
	assert_int_equal(hello(&desk, &reply), 403);
	assert_true(desk_is_closed(&desk));
	desk_close(&desk);
	desk_close(&next);
}

static void
certificates_that_do_not_fit_are_refused_and_recorded(void **state)
{
	struct scene *s = *state;
	struct terminal_row row, changed;
	struct sy_hello_reply reply;
	struct office_record r;
	struct desk desk;

	office_terminal(&s->office, "counter-3", SY_ZONE_MYNUMBER, &row);
	print_message("  unknown\n");
	changed = row;
	changed.cert[0] ^= 1;
	desk_open(&s->office, LISTENER_TERMINALS, &changed, &desk);
	assert_int_equal(hello(&desk, &reply), 403);
	assert_true(desk_is_closed(&desk));
	desk_close(&desk);
	finish_jobs(s);
	assert_true(office_last_record(&s->office, "terminal.refused", "", &r));
	assert_string_equal(r.reason, "unknown-certificate");

	print_message("  expired while the session lived on\n");
	changed = row;
	changed.not_after = (int64_t)time(NULL) * 1000000 - 1;
	desk_open(&s->office, LISTENER_TERMINALS, &changed, &desk);
	assert_int_equal(hello(&desk, &reply), 403);
	desk_close(&desk);
	finish_jobs(s);
	assert_true(office_last_record(&s->office, "terminal.refused", "", &r));
	assert_string_equal(r.reason, "expired");
	assert_string_equal(r.terminal, "counter-3");

	print_message("  none\n");
	desk_open(&s->office, LISTENER_TERMINALS, NULL, &desk);
	assert_int_equal(hello(&desk, &reply), 403);
	desk_close(&desk);
}

static void
terminals_are_listed(void **state)
{
	struct scene *s = *state;
	struct terminal_row row;
	struct sy_terminal_list list;
	struct sy_terminal *items;
	struct sy_hello_reply reply;
	struct desk one, two;
	const char empty = 0;

	office_terminal(&s->office, "counter-1", SY_ZONE_MYNUMBER, &row);
	desk_open(&s->office, LISTENER_TERMINALS, &row, &one);
	desk_open(&s->office, LISTENER_TERMINALS, &row, &two);
	office_terminal(&s->office, "counter-2", SY_ZONE_MYNUMBER, &row);
	assert_int_equal(hello(&one, &reply), 200);
	assert_int_equal(hello(&two, &reply), 200);
	assert_int_equal(desk_call(&s->operators, "/v1/admin/terminal/list",
			     &sy_message_empty, &empty,
			     &sy_message_terminal_list, &list),
	    200);
	assert_int_equal(list.terminals.count, 2);
	items = list.terminals.items;
	assert_string_equal(items[0].name, "counter-1");
	assert_true(items[0].connected);
	assert_string_equal(items[1].name, "counter-2");
	assert_false(items[1].connected);
	assert_int_equal(items[1].seen, 0);
	sy_message_clear(&sy_message_terminal_list, &list);
	desk_close(&one);
	desk_close(&two);
}

static int
free_all(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_terminal_joins_by_its_code),
		CASE(a_terminal_hears_that_the_dictionary_fails),
		CASE(a_code_is_good_for_one_terminal_once),
		CASE(wrong_codes_are_refused_and_recorded),
		CASE(an_old_code_is_refused),
		CASE(a_request_that_is_none_gets_no_certificate),
		CASE(names_and_zones_are_checked),
		CASE(a_joined_terminal_is_revoked_before_it_joins_anew),
		CASE(revoking_takes_open_invitations_along),
		CASE(a_renewed_certificate_takes_over_when_it_is_used),
		CASE(certificates_that_do_not_fit_are_refused_and_recorded),
		CASE(terminals_are_listed),
	};

	return cmocka_run_group_tests_name("server_join", tests, NULL,
	    free_all);
}
