/* SPDX-License-Identifier: Apache-2.0 */
/* server/http/stream.c: whatever way bytes come and go, they come and go whole,
 * in order, without anybody waiting for ever. */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/stream_lab.h"

#define MAX 20000

/* --- in --- */

static void
input_comes_as_it_was_sent(void **state)
{
	struct stream_lab *lab = *state;

	for (int link = LAB_PLAIN; link <= LAB_TLS; link++) {
		stream_lab_open(lab, (enum lab_link)link, MAX);
		stream_lab_shake(lab);
		assert_int_equal(lab->shaken, link == LAB_TLS);
		for (int i = 0; i < 3; i++) {
			stream_lab_say(lab, "hello");
			stream_lab_turn(lab);
			assert_true(stream_lab_got(lab, "hello"));
		}
		assert_int_equal(lab->inputs, 3);
		assert_int_equal(lab->closed, 0);
		stream_lab_close(lab);
	}
}

/* Each connection shows its certificate anew: nothing is kept for another. */
static void
no_session_is_resumed(void **state)
{
	(void)state;
	for (int terminal = 0; terminal < 2; terminal++) {
		SSL *ssl = stream_lab_tls(terminal == 1);

		assert_non_null(ssl);
		assert_int_equal(SSL_get_num_tickets(ssl), 0);
		assert_int_equal(
		    SSL_CTX_get_session_cache_mode(SSL_get_SSL_CTX(ssl)),
		    SSL_SESS_CACHE_OFF);
		SSL_free(ssl);
	}
}

/* Idle terminals cost what must be known of them, not the CA's certificate for
 * each. */
static void
of_what_is_shown_only_the_certificate_itself_stays(void **state)
{
	struct stream_lab *lab = *state;
	struct tls_peer peer;
	SSL *ssl;

	stream_lab_open(lab, LAB_TERMINAL, MAX);
	stream_lab_certify(lab);
	stream_lab_shake(lab);
	ssl = stream_ssl(lab->stream);
	assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(ssl)), 1);
	assert_int_equal(tls_peer_of(ssl, &peer), SY_OK);
	assert_true(peer.present);
	assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(ssl)), 0);
	assert_non_null(SSL_get0_peer_certificate(ssl));
	stream_lab_say(lab, "hello");
	stream_lab_turn(lab);
	assert_true(stream_lab_got(lab, "hello"));
	stream_lab_close(lab);
}

static void
a_record_may_come_byte_by_byte(void **state)
{
	struct stream_lab *lab = *state;
	uint8_t bytes[256];
	size_t len;

	stream_lab_open(lab, LAB_TLS, MAX);
	stream_lab_shake(lab);
	for (const char *p = "one byte each"; *p != '\0'; p++) {
		const char text[2] = { *p, '\0' };

		stream_lab_make(lab, text);
		len = stream_lab_made(lab, bytes, sizeof(bytes));
		for (size_t i = 0; i < len; i++) {
			stream_lab_put(lab, bytes + i, 1);
			stream_lab_turn(lab);
		}
	}
	assert_true(stream_lab_got(lab, "one byte each"));
	stream_lab_close(lab);
}

/* Two records in two writes, cut anywhere: at each byte of both. Behind the
 * second write nothing comes any more. */
static void
records_may_be_cut_anywhere(void **state)
{
	struct stream_lab *lab = *state;
	uint8_t bytes[256];
	size_t len = 1;

	stream_lab_open(lab, LAB_TLS, MAX);
	stream_lab_shake(lab);
	for (size_t cut = 0; cut <= len; cut++) {
		stream_lab_make(lab, "the first half, ");
		stream_lab_make(lab, "the other");
		len = stream_lab_made(lab, bytes, sizeof(bytes));
		stream_lab_put(lab, bytes, cut);
		stream_lab_turn(lab);
		stream_lab_put(lab, bytes + cut, len - cut);
		stream_lab_turn(lab);
		assert_true(stream_lab_got(lab, "the first half, the other"));
	}
	stream_lab_close(lab);
}

static void
records_larger_than_the_buffer_come_whole(void **state)
{
	static char text[16001];
	struct stream_lab *lab = *state;

	memset(text, 'x', sizeof(text) - 1);
	stream_lab_open(lab, LAB_TLS, MAX);
	stream_lab_shake(lab);
	lab->keeps = true;
	stream_lab_say(lab, "begin");
	stream_lab_turn(lab);
	lab->keeps = false;
	stream_lab_say(lab, text);
	stream_lab_turn(lab);
	assert_int_equal(lab->len, 5 + sizeof(text) - 1);
	assert_memory_equal(lab->got, "beginxxxx", 9);
	stream_lab_close(lab);
}

/* The client's last bytes of the handshake and its first record, cut anywhere.
 */
static void
what_comes_with_the_last_of_the_handshake_is_not_forgotten(void **state)
{
	struct stream_lab *lab = *state;
	uint8_t bytes[8192];
	size_t len = 1;

	for (size_t cut = 0; cut <= len; cut++) {
		stream_lab_open(lab, LAB_TLS, MAX);
		(void)SSL_do_handshake(lab->client);
		len = stream_lab_made(lab, bytes, sizeof(bytes));
		stream_lab_put(lab, bytes, len);
		stream_lab_turn(lab);
		stream_lab_fetch(lab);
		assert_int_equal(SSL_do_handshake(lab->client), 1);
		stream_lab_make(lab, "early");
		len = stream_lab_made(lab, bytes, sizeof(bytes));
		stream_lab_put(lab, bytes, cut);
		stream_lab_turn(lab);
		stream_lab_put(lab, bytes + cut, len - cut);
		stream_lab_turn(lab);
		assert_true(stream_lab_got(lab, "early"));
		stream_lab_close(lab);
	}
}

static void
what_is_left_is_told_of_after_an_answer(void **state)
{
	struct stream_lab *lab = *state;
	char text[64] = { 0 };
	size_t len = 0;
	int n;

	for (int link = LAB_PLAIN; link <= LAB_TLS; link++) {
		stream_lab_open(lab, (enum lab_link)link, MAX);
		stream_lab_shake(lab);
		lab->echo = 4;
		if (link == LAB_TLS)
			stream_lab_make(lab, "aaaabb");
		stream_lab_say(lab,
		    link == LAB_TLS ? "bbccccdddd" : "aaaabbbbccccdddd");
		stream_lab_turn(lab);
		assert_true(lab->inputs >= 4);
		if (link == LAB_PLAIN) {
			len = (size_t)recv(lab->fd, text, sizeof(text), 0);
		} else {
			stream_lab_fetch(lab);
			for (len = 0; (n = SSL_read(lab->client, text + len,
					   (int)(sizeof(text) - len))) > 0;)
				len += (size_t)n;
		}
		assert_int_equal(len, 16);
		assert_memory_equal(text, "aaaabbbbccccdddd", 16);
		stream_lab_close(lab);
	}
}

/* While a request runs the rest is read, but no more than ${max}. */
static void
what_is_not_taken_is_bounded(void **state)
{
	static char text[1001];
	struct stream_lab *lab = *state;
	size_t have;

	memset(text, 'y', sizeof(text) - 1);
	for (int link = LAB_PLAIN; link <= LAB_TLS; link++) {
		stream_lab_open(lab, (enum lab_link)link, MAX);
		stream_lab_shake(lab);
		lab->keeps = true;
		for (int i = 0; i < 50; i++) {
			stream_lab_say(lab, text);
			stream_lab_turn(lab);
		}
		(void)stream_input(lab->stream, &have);
		assert_int_equal(have, MAX);
		/* Nothing is tried in vain meanwhile. */
		lab->inputs = 0;
		stream_lab_turn(lab);
		assert_int_equal(lab->inputs, 0);

		stream_take(lab->stream, MAX / 2);
		lab->keeps = false;
		for (int i = 0; i < 50; i++)
			stream_lab_turn(lab);
		assert_int_equal(lab->len, 50 * 1000 - MAX / 2);
		for (size_t i = 0; i < lab->len; i++)
			assert_int_equal(lab->got[i], 'y');
		stream_lab_close(lab);
	}
}

#define FLOOD 20 /* records */

static uint8_t flood_bytes[240 * 1024];
static size_t flood_len, flood_at, flood_text;

/* There is always more on the wire. */
static void
flood(struct stream_lab *lab)
{
	const ssize_t n = send(lab->fd, flood_bytes + flood_at,
	    flood_len - flood_at, MSG_NOSIGNAL);

	if (n > 0)
		flood_at += (size_t)n;
}

/* Somebody else, for whom there is always something too. */
static void
on_other(evutil_socket_t fd, short what, void *ctx)
{
	struct stream_lab *lab = ctx;

	(void)fd;
	(void)what;
	/* As many records as OpenSSL reads at once, with the end of the last.
	 */
	assert_true(lab->inputs <= 4);
	lab->inputs = 0;
	if (lab->len == FLOOD * flood_text)
		event_base_loopbreak(lab->base);
}

/* What OpenSSL reads ahead ends with a part of a record; in one of these cases
 * with a part of its head, for which it would read ahead again. */
static void
a_client_that_never_stops_does_not_keep_the_loop(void **state)
{
	static char text[8400];
	struct stream_lab *lab = *state;
	struct event *other;
	int fd[2];

	stream_lab_open(lab, LAB_TLS, MAX);
	stream_lab_shake(lab);
	stream_lab_turn(lab);
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], "x", 1), 1);
	other =
	    event_new(lab->base, fd[0], EV_READ | EV_PERSIST, on_other, lab);
	assert_non_null(other);
	assert_int_equal(event_add(other, NULL), 0);
	lab->more = flood;
	for (flood_text = 8300; flood_text < 8370; flood_text++) {
		memset(text, 'z', flood_text);
		for (int i = 0; i < FLOOD; i++)
			stream_lab_make(lab, text);
		flood_at = 0;
		flood_len =
		    stream_lab_made(lab, flood_bytes, sizeof(flood_bytes));
		flood(lab);
		lab->len = 0;
		lab->inputs = 0;
		assert_int_equal(event_base_dispatch(lab->base), 0);
	}
	event_free(other);
	(void)close(fd[0]);
	(void)close(fd[1]);
	stream_lab_close(lab);
}

/* Put ${n} changes of keys on the wire, one record each. */
static void
change_keys(struct stream_lab *lab, int n)
{
	for (int i = 0; i < n; i++) {
		assert_int_equal(SSL_key_update(lab->client,
				     SSL_KEY_UPDATE_NOT_REQUESTED),
		    1);
		assert_int_equal(SSL_do_handshake(lab->client), 1);
	}
	flood_len = stream_lab_made(lab, flood_bytes, sizeof(flood_bytes));
	stream_lab_put(lab, flood_bytes, flood_len);
}

static void
who_changes_keys_for_ever_is_cut_off(void **state)
{
	struct stream_lab *lab = *state;

	stream_lab_open(lab, LAB_TLS, MAX);
	stream_lab_shake(lab);
	for (int i = 0; i < 8; i++) {
		change_keys(lab, 1);
		stream_lab_say(lab, "a few are fine");
		stream_lab_turn(lab);
		assert_true(stream_lab_got(lab, "a few are fine"));
	}
	/* Also one by one, and what comes behind is not heard. */
	change_keys(lab, 1);
	stream_lab_say(lab, "one too many");
	stream_lab_turn(lab);
	assert_int_equal(lab->closed, 1);
	assert_int_equal(lab->len, 0);
	stream_lab_close(lab);

	stream_lab_open(lab, LAB_TLS, MAX);
	stream_lab_shake(lab);
	change_keys(lab, 2000);
	stream_lab_turn(lab);
	assert_int_equal(lab->closed, 1);
	assert_false(lab->failed);
	stream_lab_close(lab);
}

/* --- out --- */

/* Everything that the server sends, in small pieces. */
static size_t
take_slowly(struct stream_lab *lab, char *ret, size_t max)
{
	size_t len = 0;
	char piece[4000];
	ssize_t n;
	int got;

	for (;;) {
		n = recv(lab->fd, piece, sizeof(piece), 0);
		if (n > 0 && lab->client == NULL) {
			assert_true(len + (size_t)n <= max);
			memcpy(ret + len, piece, (size_t)n);
			len += (size_t)n;
		} else if (n > 0) {
			assert_int_equal(BIO_write(lab->in, piece, (int)n), n);
			while ((got = SSL_read(lab->client, ret + len,
				    (int)(max - len))) > 0)
				len += (size_t)got;
		} else if (lab->sent > 0) {
			return len;
		}
		stream_lab_turn(lab);
	}
}

static void
a_slow_reader_gets_everything_in_its_own_time(void **state)
{
	static char text[600 * 1024], got[sizeof(text) + 1];
	struct stream_lab *lab = *state;
	bool sent = true;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 23);
	for (int link = LAB_PLAIN; link <= LAB_TLS; link++) {
		stream_lab_open(lab, (enum lab_link)link, MAX);
		stream_lab_shake(lab);
		assert_int_equal(stream_send(lab->stream, text, sizeof(text),
				     &sent),
		    SY_OK);
		assert_false(sent);
		/* Not read before all is out. */
		stream_lab_say(lab, "next");
		stream_lab_turn(lab);
		assert_int_equal(lab->inputs, 0);
		assert_int_equal(lab->sent, 0);

		assert_int_equal(take_slowly(lab, got, sizeof(got)),
		    sizeof(text));
		assert_memory_equal(got, text, sizeof(text));
		stream_lab_turn(lab);
		assert_int_equal(lab->sent, 1);
		assert_true(stream_lab_got(lab, "next"));
		stream_lab_close(lab);
	}
}

/* What the client has changed its keys for must be answered before anything is
 * read, and there is no room for it now. */
static void
a_read_that_must_write_first_waits_for_room(void **state)
{
	static char junk[65536];
	struct stream_lab *lab = *state;
	size_t filled = 0;
	ssize_t n;
	int fd;

	stream_lab_open(lab, LAB_TLS, MAX);
	stream_lab_shake(lab);
	fd = SSL_get_fd(stream_ssl(lab->stream));
	while ((n = send(fd, junk, sizeof(junk), 0)) > 0)
		filled += (size_t)n;
	while ((n = send(fd, junk, 1, 0)) > 0)
		filled += (size_t)n;
	assert_int_equal(SSL_key_update(lab->client, SSL_KEY_UPDATE_REQUESTED),
	    1);
	stream_lab_say(lab, "with new keys");
	stream_lab_turn(lab);
	while (filled > 0) {
		n = recv(lab->fd, junk,
		    filled < sizeof(junk) ? filled : sizeof(junk), 0);
		assert_true(n > 0);
		filled -= (size_t)n;
		stream_lab_turn(lab);
	}
	assert_true(stream_lab_got(lab, "with new keys"));
	/* And on it goes, in both directions. */
	lab->echo = 5;
	stream_lab_say(lab, "again");
	stream_lab_turn(lab);
	stream_lab_fetch(lab);
	assert_int_equal(SSL_read(lab->client, junk, sizeof(junk)), 5);
	stream_lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STREAM_LAB_CASE(input_comes_as_it_was_sent),
		STREAM_LAB_CASE(no_session_is_resumed),
		STREAM_LAB_CASE(
		    of_what_is_shown_only_the_certificate_itself_stays),
		STREAM_LAB_CASE(a_record_may_come_byte_by_byte),
		STREAM_LAB_CASE(records_may_be_cut_anywhere),
		STREAM_LAB_CASE(records_larger_than_the_buffer_come_whole),
		STREAM_LAB_CASE(
		    what_comes_with_the_last_of_the_handshake_is_not_forgotten),
		STREAM_LAB_CASE(what_is_left_is_told_of_after_an_answer),
		STREAM_LAB_CASE(what_is_not_taken_is_bounded),
		STREAM_LAB_CASE(
		    a_client_that_never_stops_does_not_keep_the_loop),
		STREAM_LAB_CASE(who_changes_keys_for_ever_is_cut_off),
		STREAM_LAB_CASE(a_slow_reader_gets_everything_in_its_own_time),
		STREAM_LAB_CASE(a_read_that_must_write_first_waits_for_room),
	};

	return cmocka_run_group_tests_name("stream", tests, stream_lab_start,
	    stream_lab_stop);
}
