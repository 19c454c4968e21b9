/* SPDX-License-Identifier: Apache-2.0 */
/* server/http/connection.c: VAL-1, requests come one by one, whole and clean,
 * or the connection ends. */
#include "tests/support/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/office.h"

#define HEAD(path, length)                                                     \
	"POST " path " HTTP/1.1\r\nHost: s\r\nSanyoso-Wire: 1\r\n"             \
	"Content-Length: " length "\r\n"
#define HELLO  HEAD("/v1/hello", "15") "\r\n{\"agent\":\"0.1\"}"
#define STATUS HEAD("/v1/admin/user/list", "2") "\r\n{}"
/* Denied at once by the policy, and so by the ledger. */
#define REMOTE                                                                 \
	HEAD("/v1/auth", "49")                                                 \
	"\r\n{\"user\":\"x\",\"service\":\"login\",\"purpose\":\"remote\"}"
#define STRING(s) (s), sizeof(s) - 1

struct scene {
	struct office office;
	struct terminal_row counter;
	struct desk desk;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	office_open(&s->office);
	office_terminal(&s->office, "counter-1", SY_ZONE_MYNUMBER, &s->counter);
	desk_open(&s->office, LISTENER_TERMINALS, &s->counter, &s->desk);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	office_close(&s->office);
	free(s);
	return 0;
}

static void
expect_failure(struct desk *d, unsigned int status, const char *error)
{
	struct sy_failure_reply failure;

	assert_int_equal(desk_answer(d), status);
	assert_int_equal(sy_message_decode(&sy_message_failure, d->text, d->len,
			     &failure, NULL),
	    SY_OK);
	assert_string_equal(failure.error, error);
}

static void
requests_follow_each_other_on_one_connection(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 3; i++) {
		desk_send(&s->desk, STRING(HELLO));
		assert_int_equal(desk_answer(&s->desk), 200);
		assert_null(strstr(s->desk.head, "Connection: close"));
		assert_non_null(strstr(s->desk.head, "Sanyoso-Wire: 1\r\n"));
	}
	assert_false(desk_is_closed(&s->desk));
}

static void
requests_sent_ahead_are_answered_in_order(void **state)
{
	struct scene *s = *state;

	/* The first one waits for the ledger, the second one does not. */
	desk_send(&s->desk, STRING(REMOTE));
	desk_send(&s->desk, STRING(HELLO));
	assert_int_equal(desk_answer(&s->desk), 200);
	assert_non_null(strstr(s->desk.text, "\"verdict\""));
	assert_int_equal(desk_answer(&s->desk), 200);
	assert_non_null(strstr(s->desk.text, "\"wire\""));
}

static void
a_request_may_come_byte_by_byte(void **state)
{
	static const char text[] = HELLO;
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		desk_send(&s->desk, text + i, 1);
		(void)event_base_loop(s->office.server.base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(desk_answer(&s->desk), 200);
}

static void
the_client_may_want_no_more(void **state)
{
	struct scene *s = *state;

	desk_send(&s->desk,
	    STRING(HEAD("/v1/hello",
		"15") "Connection: close\r\n\r\n{\"agent\":\"0.1\"}"));
	assert_int_equal(desk_answer(&s->desk), 200);
	assert_non_null(strstr(s->desk.head, "Connection: close"));
	assert_true(desk_is_closed(&s->desk));
}

static void
what_is_not_clean_is_answered_once_and_cut_off(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		unsigned int status;
		const char *error;
	} tc[] = {
		{ "a bare line feed", "POST /v1/hello HTTP/1.1\n", 400,
		    "http" },
		{ "another method", "GET / HTTP/1.1\r\nHost: s\r\n\r\n", 400,
		    "http" },
		{ "chunks",
		    HEAD("/v1/hello",
			"15") "Transfer-Encoding: chunked\r\n\r\n" HELLO,
		    400, "http" },
		{ "two lengths",
		    HEAD("/v1/hello", "15") "Content-Length: 16\r\n\r\n" HELLO,
		    400, "http" },
		{ "another wire version",
		    "POST /v1/hello HTTP/1.1\r\nHost: s\r\nSanyoso-Wire: "
		    "2\r\nContent-Length: 0\r\n\r\n",
		    426, "version" },
		{ "no wire version",
		    "POST /v1/hello HTTP/1.1\r\nHost: s\r\nContent-Length: "
		    "0\r\n\r\n",
		    426, "version" },
		{ "an unknown path", HEAD("/v1/x", "15") "\r\n", 404,
		    "not-found" },
		{ "an operators' path", STATUS, 404, "not-found" },
		{ "the path of joining", HEAD("/v1/join", "15") "\r\n", 404,
		    "not-found" },
		{ "a body that is too long", HEAD("/v1/hello", "65537") "\r\n",
		    413, "limit" },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		desk_send(&s->desk, tc[i].text, strlen(tc[i].text));
		expect_failure(&s->desk, tc[i].status, tc[i].error);
		assert_true(desk_is_closed(&s->desk));
		desk_close(&s->desk);
		desk_open(&s->office, LISTENER_TERMINALS, &s->counter,
		    &s->desk);
	}
}

static void
the_versions_that_are_spoken_are_named(void **state)
{
	struct scene *s = *state;

	desk_send(&s->desk,
	    STRING("POST /v1/hello HTTP/1.1\r\nHost: s\r\nSanyoso-Wire: 7\r\n"
		   "Content-Length: 0\r\n\r\n"));
	assert_int_equal(desk_answer(&s->desk), 426);
	assert_non_null(strstr(s->desk.text, "version 1"));
}

static void
a_message_that_is_wrong_names_its_member_and_the_connection_lives(void **state)
{
	static const struct {
		const char *body;
		const char *place;
	} tc[] = {
		{ "", NULL },
		{ "{", NULL },
		{ "[]", NULL },
		{ "{}", "agent" },
		{ "{\"agent\":1}", "agent" },
		{ "{\"agent\":\"a\",\"agent\":\"b\"}", "agent" },
		{ "{\"agent\":\"a\",\"x\":1}", NULL },
		{ "{\"agent\":\"a\"}{}", NULL },
	};
	struct scene *s = *state;
	struct sy_failure_reply failure;
	char head[256];

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].body);
		(void)snprintf(head, sizeof(head),
		    "POST /v1/hello HTTP/1.1\r\nHost: s\r\nSanyoso-Wire: 1\r\n"
		    "Content-Length: %zu\r\n\r\n%s",
		    strlen(tc[i].body), tc[i].body);
		desk_send(&s->desk, head, strlen(head));
		assert_int_equal(desk_answer(&s->desk), 400);
		assert_int_equal(sy_message_decode(&sy_message_failure,
				     s->desk.text, s->desk.len, &failure, NULL),
		    SY_OK);
		assert_string_equal(failure.error, "format");
		if (tc[i].place != NULL)
			assert_non_null(strstr(failure.place, tc[i].place));
	}
	desk_send(&s->desk, STRING(HELLO));
	assert_int_equal(desk_answer(&s->desk), 200);
}

static void
a_client_that_goes_away_leaves_nothing(void **state)
{
	static const char text[] = HELLO;
	struct scene *s = *state;
	struct connection_pool *pool =
	    &s->office.server.pools[LISTENER_TERMINALS];

	for (size_t n = 0; n < sizeof(text); n += 7) {
		desk_send(&s->desk, text, n);
		desk_close(&s->desk);
		while (pool->count > 0)
			(void)event_base_loop(s->office.server.base,
			    EVLOOP_ONCE);
		desk_open(&s->office, LISTENER_TERMINALS, &s->counter,
		    &s->desk);
	}
}

static void
a_full_pool_turns_away(void **state)
{
	struct scene *s = *state;
	struct connection_pool *pool =
	    &s->office.server.pools[LISTENER_TERMINALS];
	struct peer peer = { .kind = LISTENER_TERMINALS };
	struct desk more;
	int fd[2];

	pool->max = 2;
	desk_open(&s->office, LISTENER_TERMINALS, &s->counter, &more);
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(connection_open(pool, fd[0], NULL, &peer),
	    SY_ERR_LIMIT);
	assert_int_equal(close(fd[0]), -1);
	(void)close(fd[1]);
	desk_close(&more);
}

/* Somebody who connects from ${address} and says nothing. */
static enum sy_err
connect_silent(struct connection_pool *pool, SSL_CTX *ctx, const char *address,
    int *ret_fd)
{
	struct peer peer = { .kind = LISTENER_TERMINALS };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX,
			     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
			     fds),
	    0);
	(void)snprintf(peer.address, sizeof(peer.address), "%s", address);
	*ret_fd = fds[1];
	return connection_open(pool, fds[0], SSL_new(ctx), &peer);
}

/* Whether the server has closed the other end of ${fd}. */
static bool
is_closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void
strangers_from_one_host_take_their_share_of_the_places(void **state)
{
	struct scene *s = *state;
	struct connection_pool *pool =
	    &s->office.server.pools[LISTENER_TERMINALS];
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int fds[CONNECTION_STRANGERS], other, more;
	char address[32];

	assert_non_null(ctx);
	/* As the server does. */
	(void)signal(SIGPIPE, SIG_IGN);
	pool->max = 2 * CONNECTION_STRANGERS;
	assert_int_equal(connect_silent(pool, ctx, "192.0.2.10:9", &other),
	    SY_OK);
	for (int i = 0; i < CONNECTION_STRANGERS; i++) {
		(void)snprintf(address, sizeof(address), "192.0.2.1:%d",
		    1000 + i);
		assert_int_equal(connect_silent(pool, ctx, address, &fds[i]),
		    SY_OK);
	}
	assert_int_equal(pool->count, CONNECTION_STRANGERS + 2);
	assert_false(is_closed(fds[0]));
	/* One more: its oldest goes, nobody else's. */
	assert_int_equal(connect_silent(pool, ctx, "192.0.2.1:9", &more),
	    SY_OK);
	assert_int_equal(pool->count, CONNECTION_STRANGERS + 2);
	assert_true(is_closed(fds[0]));
	assert_false(is_closed(fds[1]));
	assert_false(is_closed(other));
	(void)close(more);
	(void)close(other);
	for (int i = 0; i < CONNECTION_STRANGERS; i++)
		(void)close(fds[i]);
	while (pool->count > 1)
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
	assert_true(TAILQ_EMPTY(&pool->strangers));
	SSL_CTX_free(ctx);
}

static void
a_terminal_takes_no_more_than_a_quarter_of_the_places(void **state)
{
	struct scene *s = *state;
	struct desk second, third, other;
	struct terminal_row counter;

	assert_int_equal(s->office.server.pools[LISTENER_TERMINALS].max, 8);
	office_terminal(&s->office, "counter-2", SY_ZONE_MYNUMBER, &counter);
	desk_send(&s->desk, STRING(HELLO));
	assert_int_equal(desk_answer(&s->desk), 200);
	desk_open(&s->office, LISTENER_TERMINALS, &s->counter, &second);
	desk_send(&second, STRING(HELLO));
	assert_int_equal(desk_answer(&second), 200);
	desk_open(&s->office, LISTENER_TERMINALS, &s->counter, &third);
	desk_send(&third, STRING(HELLO));
	expect_failure(&third, 503, "busy");
	assert_true(desk_is_closed(&third));
	desk_open(&s->office, LISTENER_TERMINALS, &counter, &other);
	desk_send(&other, STRING(HELLO));
	assert_int_equal(desk_answer(&other), 200);
	desk_close(&second);
	desk_close(&third);
	desk_close(&other);
}

static void
idle_connections_end(void **state)
{
	struct scene *s = *state;
	struct connection_pool *pool =
	    &s->office.server.pools[LISTENER_TERMINALS];

	pool->idle = 1;
	desk_send(&s->desk, STRING(HELLO));
	assert_int_equal(desk_answer(&s->desk), 200);
	while (pool->count > 0)
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
	assert_true(desk_is_closed(&s->desk));
}

static void
draining_closes_what_is_idle_and_answers_what_runs(void **state)
{
	struct scene *s = *state;
	struct connection_pool *pool =
	    &s->office.server.pools[LISTENER_TERMINALS];
	struct desk busy;

	desk_open(&s->office, LISTENER_TERMINALS, &s->counter, &busy);
	desk_send(&busy, STRING(REMOTE));
	while (s->office.server.jobs == 0)
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
	connection_drain(pool);
	assert_true(desk_is_closed(&s->desk));
	assert_int_equal(desk_answer(&busy), 200);
	assert_non_null(strstr(busy.head, "Connection: close"));
	assert_true(desk_is_closed(&busy));
	assert_int_equal(pool->count, 0);
	desk_close(&busy);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(requests_follow_each_other_on_one_connection),
		CASE(requests_sent_ahead_are_answered_in_order),
		CASE(a_request_may_come_byte_by_byte),
		CASE(the_client_may_want_no_more),
		CASE(what_is_not_clean_is_answered_once_and_cut_off),
		CASE(the_versions_that_are_spoken_are_named),
		CASE(
		    a_message_that_is_wrong_names_its_member_and_the_connection_lives),
		CASE(a_client_that_goes_away_leaves_nothing),
		CASE(a_full_pool_turns_away),
		CASE(strangers_from_one_host_take_their_share_of_the_places),
		CASE(a_terminal_takes_no_more_than_a_quarter_of_the_places),
		CASE(idle_connections_end),
		CASE(draining_closes_what_is_idle_and_answers_what_runs),
	};
	int failed =
	    cmocka_run_group_tests_name("connection", tests, NULL, NULL);

	testca_free_keys();
	return failed;
}
