/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include "agent/link.h"
#include "tests/support/agent_lab.h"

/* TERM-1, NET-1: whom the agent talks to, and how it copes without. */

struct script {
	unsigned int requests;
	struct tls_answer next;
};

struct fixture {
	struct agent_lab lab;
	struct event_base *base;
	struct settings settings;
	struct link *link;
	struct link_reply reply;
	char body[256];
	unsigned int done;
	unsigned int probes;
};

static void
handle(void *arg, const char *path, const char *body, size_t len,
    struct tls_answer *answer)
{
	struct script *s = arg;

	(void)path;
	s->requests++;
	*answer = s->next;
	if (answer->status == 0)
		answer->status = 200;
	if (answer->raw == NULL && !answer->close) {
		answer->body = calloc(1, len + 1);
		memcpy(answer->body, body, len);
	}
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
on_done(void *owner, const struct link_reply *reply)
{
	struct fixture *f = owner;

	f->done++;
	f->reply = *reply;
	if (reply->err == SY_OK && reply->len < sizeof(f->body)) {
		memcpy(f->body, reply->body, reply->len);
		f->body[reply->len] = '\0';
	}
	(void)event_base_loopbreak(f->base);
}

static void
on_probe(void *owner, int server)
{
	struct fixture *f = owner;

	(void)server;
	f->probes++;
}

static void
add_server(struct fixture *f, uint16_t port)
{
	struct endpoint *e = &f->settings.servers[f->settings.server_count++];

	(void)snprintf(e->host, sizeof(e->host), "127.0.0.1");
	e->port = port;
}

static void
open_link(struct fixture *f)
{
	assert_int_equal(link_new(f->base, &f->settings, &f->lab.credentials,
			     &f->link),
	    SY_OK);
}

/* Post to any server and wait for the outcome. */
static enum sy_err
post_to(struct fixture *f, int server, const char *body, bool once)
{
	const struct link_request r = { .path = "/v1/test",
		.body = body,
		.len = strlen(body),
		.server = server,
		.budget_ms = LINK_FIRST_STEP_MS,
		.once = once };
	const unsigned int before = f->done;
	struct link_call *call;

	assert_int_equal(link_post(f->link, &r, on_done, f, &call), SY_OK);
	assert_int_equal(f->done, before);
	while (f->done == before)
		assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
	assert_int_equal(f->done, before + 1);
	return f->reply.err;
}

static enum sy_err
post(struct fixture *f, const char *body)
{
	return post_to(f, LINK_ANY, body, false);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	agent_lab_open(&f->lab);
	f->base = event_base_new();
	settings_defaults(&f->settings);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	link_free(&f->link);
	event_base_free(f->base);
	agent_lab_close(&f->lab);
	free(f);
	return 0;
}

/* Let the loop run for what happens without a call. */
static void
run_for(struct fixture *f, unsigned int ms)
{
	const struct timeval tv = { .tv_usec = (suseconds_t)ms * 1000 };

	(void)event_base_loopexit(f->base, &tv);
	(void)event_base_dispatch(f->base);
}

static void
one_connection_serves_one_post_after_the_other(void **state)
{
	struct fixture *f = *state;
	struct script script = { .requests = 0 };
	struct tls_server *s = agent_lab_server(&f->lab, handle, &script);

	add_server(f, tls_server_port(s));
	open_link(f);
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(post(f, "{\"n\":1}"), SY_OK);
		assert_int_equal(f->reply.status, 200);
		assert_string_equal(f->body, "{\"n\":1}");
	}
	assert_int_equal(script.requests, 5);
	assert_int_equal(tls_server_shakes(s), 1);
	tls_server_stop(&s);
}

static void
the_next_server_answers_for_one_that_is_away(void **state)
{
	struct fixture *f = *state;
	struct script script = { .requests = 0 };
	struct tls_server *gone = agent_lab_server(&f->lab, handle, &script);
	struct tls_server *s = agent_lab_server(&f->lab, handle, &script);

	add_server(f, tls_server_port(gone));
	add_server(f, tls_server_port(s));
	tls_server_stop(&gone);
	open_link(f);
	assert_int_equal(post(f, "{}"), SY_OK);
	assert_int_equal(f->reply.server, 1);
	assert_true(link_is_up(f->link));
	/* A login in progress keeps its server. */
	assert_int_equal(post_to(f, 0, "{}", false), SY_ERR_NET);
	assert_int_equal(post_to(f, 1, "{}", false), SY_OK);
	tls_server_stop(&s);
}

static void
a_silent_server_is_given_up_and_then_not_waited_for(void **state)
{
	struct fixture *f = *state;
	struct tls_server_setup mute = { .cert = f->lab.server_cert,
		.key = f->lab.server_key,
		.ca = f->lab.ca,
		.mute = 1 };
	struct tls_server *a = tls_server_start(&mute);
	struct tls_server *b = tls_server_start(&mute);
	int64_t start;

	add_server(f, tls_server_port(a));
	add_server(f, tls_server_port(b));
	open_link(f);
	start = now_ms();
	assert_int_equal(post(f, "{}"), SY_ERR_TIMEOUT);
	/* The promise is half a second; a guard against hanging. */
	assert_true(now_ms() - start < 5000);
	assert_false(link_is_up(f->link));
	start = now_ms();
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(post(f, "{}"), SY_ERR_NET);
	assert_true(now_ms() - start < 5000);
	tls_server_stop(&a);
	tls_server_stop(&b);
}

static void
a_server_that_is_down_is_looked_at_again(void **state)
{
	struct fixture *f = *state;
	struct script script = { .requests = 0 };
	struct tls_server *s = agent_lab_server(&f->lab, handle, &script);

	add_server(f, tls_server_port(s));
	open_link(f);
	link_start(f->link, on_probe, f);
	run_for(f, 20);
	assert_int_equal(f->probes, 1);
	script.next.close = 1;
	assert_int_equal(post(f, "{}"), SY_ERR_CLOSED);
	assert_false(link_is_up(f->link));
	run_for(f, 900);
	assert_int_equal(f->probes, 2);
	/* What the probe would post marks it up again. */
	script.next.close = 0;
	assert_int_equal(post_to(f, 0, "{}", false), SY_OK);
	assert_true(link_is_up(f->link));
	assert_int_equal(post(f, "{}"), SY_OK);
	tls_server_stop(&s);
}

/* The same server again after a stop, at the same place. */
static struct tls_server *
restart(struct fixture *f, uint16_t port, struct script *script)
{
	const struct tls_server_setup again = { .cert = f->lab.server_cert,
		.key = f->lab.server_key,
		.ca = f->lab.ca,
		.ask_clients = 1,
		.port = port,
		.handler = handle,
		.arg = script };

	return tls_server_start(&again);
}

static void
a_server_that_refused_is_tried_by_every_call(void **state)
{
	struct fixture *f = *state;
	struct script script = { .requests = 0 };
	struct tls_server *s = agent_lab_server(&f->lab, handle, &script);
	const uint16_t port = tls_server_port(s);

	add_server(f, port);
	open_link(f);
	tls_server_stop(&s);
	assert_int_equal(post(f, "{}"), SY_ERR_NET);
	assert_int_equal(post(f, "{}"), SY_ERR_NET);
	assert_false(link_is_up(f->link));
	s = restart(f, port, &script);
	assert_int_equal(post(f, "{}"), SY_OK);
	assert_true(link_is_up(f->link));
	tls_server_stop(&s);
}

static void
ignore(void *owner, const struct link_reply *reply)
{
	(void)owner;
	(void)reply;
}

static void
probe_by_post(void *owner, int server)
{
	struct fixture *f = owner;
	const struct link_request r = { .path = "/v1/hello",
		.body = "{}",
		.len = 2,
		.server = server,
		.budget_ms = 1000 };
	struct link_call *call;

	f->probes++;
	assert_int_equal(link_post(f->link, &r, ignore, f, &call), SY_OK);
}

static void
a_restart_is_noticed_within_a_second_without_a_call(void **state)
{
	struct fixture *f = *state;
	struct script script = { .requests = 0 };
	struct tls_server *s = agent_lab_server(&f->lab, handle, &script);
	const uint16_t port = tls_server_port(s);

	add_server(f, port);
	open_link(f);
	link_start(f->link, probe_by_post, f);
	run_for(f, 100);
	assert_true(link_is_up(f->link));
	/* The warm connection ends; nobody calls meanwhile. */
	tls_server_stop(&s);
	run_for(f, 900);
	run_for(f, 900);
	assert_false(link_is_up(f->link));
	s = restart(f, port, &script);
	run_for(f, 900);
	assert_true(link_is_up(f->link));
	/* Often, but not in a busy loop. */
	assert_in_range(f->probes, 5, 40);
	tls_server_stop(&s);
}

static void
only_the_joined_server_is_talked_to(void **state)
{
	struct fixture *f = *state;
	struct agent_lab stranger;
	struct script script = { .requests = 0 };
	struct tls_server_setup setup_of_server = {
		.key = f->lab.server_key,
		.ca = f->lab.ca,
		.handler = handle,
		.arg = &script,
	};
	struct tls_server *s;

	/* Another CA, under the same name. */
	agent_lab_open(&stranger);
	setup_of_server.cert = stranger.server_cert;
	setup_of_server.key = stranger.server_key;
	setup_of_server.ca = stranger.ca;
	s = tls_server_start(&setup_of_server);
	add_server(f, tls_server_port(s));
	open_link(f);
	assert_int_equal(post(f, "{}"), SY_ERR_TLS);
	link_free(&f->link);
	tls_server_stop(&s);
	agent_lab_close(&stranger);

	/* Our CA, another name: a terminal's certificate is no server's. */
	setup_of_server.cert = f->lab.terminal_cert;
	setup_of_server.key = f->lab.terminal_key;
	setup_of_server.ca = f->lab.ca;
	s = tls_server_start(&setup_of_server);
	f->settings.servers[0].port = tls_server_port(s);
	open_link(f);
	assert_int_equal(post(f, "{}"), SY_ERR_TLS);
	link_free(&f->link);
	tls_server_stop(&s);

	/* The right one, but with TLS 1.2. */
	setup_of_server.cert = f->lab.server_cert;
	setup_of_server.key = f->lab.server_key;
	setup_of_server.max_version = TLS1_2_VERSION;
	s = tls_server_start(&setup_of_server);
	f->settings.servers[0].port = tls_server_port(s);
	open_link(f);
	assert_int_equal(post(f, "{}"), SY_ERR_TLS);
	tls_server_stop(&s);
	assert_int_equal(script.requests, 0);
}

static void
answers_that_are_no_clean_http_are_no_answers(void **state)
{
	static const char *const raws[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
		"Content-Length: 2\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
		"chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}",
		"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
		"nothing of the kind\r\n\r\n",
	};
	struct fixture *f = *state;
	struct script script = { .requests = 0 };
	struct tls_server *s = agent_lab_server(&f->lab, handle, &script);

	add_server(f, tls_server_port(s));
	for (size_t i = 0; i < SY_COUNT(raws); i++) {
		script.next.raw = raws[i];
		open_link(f);
		assert_int_equal(post(f, "{}"), SY_ERR_HTTP);
		link_free(&f->link);
	}
	tls_server_stop(&s);
}

static void
what_must_go_once_is_never_sent_twice(void **state)
{
	struct fixture *f = *state;
	struct script script = { .requests = 0 };
	struct tls_server *s = agent_lab_server(&f->lab, handle, &script);

	add_server(f, tls_server_port(s));
	open_link(f);
	/* A warm connection that the server closes on the next request. */
	assert_int_equal(post(f, "{}"), SY_OK);
	script.next.close = 1;
	assert_int_equal(post_to(f, 0, "{}", true), SY_ERR_CLOSED);
	assert_int_equal(script.requests, 2);
	/* Anything else may be tried on a new one. */
	script.next.close = 0;
	assert_int_equal(post_to(f, 0, "{}", false), SY_OK);
	script.next.close = 1;
	assert_int_equal(post_to(f, 0, "{}", false), SY_ERR_CLOSED);
	assert_int_equal(script.requests, 5);
	tls_server_stop(&s);
}

static void
a_cancelled_call_is_never_answered(void **state)
{
	struct fixture *f = *state;
	struct script script = { .next = { .hang_ms = 50 } };
	struct tls_server *s = agent_lab_server(&f->lab, handle, &script);
	const struct link_request r = { .path = "/v1/test",
		.body = "{}",
		.len = 2,
		.server = LINK_ANY,
		.budget_ms = 1000 };
	struct link_call *call;

	add_server(f, tls_server_port(s));
	open_link(f);
	assert_int_equal(link_post(f->link, &r, on_done, f, &call), SY_OK);
	run_for(f, 20);
	link_cancel(&call);
	assert_null(call);
	run_for(f, 100);
	assert_int_equal(f->done, 0);
	/* And the link's end tells those who still wait. */
	assert_int_equal(link_post(f->link, &r, on_done, f, &call), SY_OK);
	link_free(&f->link);
	assert_int_equal(f->done, 1);
	assert_int_equal(f->reply.err, SY_ERR_CANCELLED);
	tls_server_stop(&s);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(one_connection_serves_one_post_after_the_other),
		CASE(the_next_server_answers_for_one_that_is_away),
		CASE(a_silent_server_is_given_up_and_then_not_waited_for),
		CASE(a_server_that_is_down_is_looked_at_again),
		CASE(a_server_that_refused_is_tried_by_every_call),
		CASE(a_restart_is_noticed_within_a_second_without_a_call),
		CASE(only_the_joined_server_is_talked_to),
		CASE(answers_that_are_no_clean_http_are_no_answers),
		CASE(what_must_go_once_is_never_sent_twice),
		CASE(a_cancelled_call_is_never_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
