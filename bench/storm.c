/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storm: people who come to work and log in when they come, however long the
 * others take.
 *
 *   storm ADDRESS SERVER CA TERMINALS SECONDS PEOPLE SEATS CARDS KEY...
 *                                                                < password
 *
 * TERMINALS is a file with a line for each: its name and its certificate (PEM,
 * with the key). PEOPLE arrive within SECONDS: few at first, most at two
 * thirds, few at the end (a triangle, each arrival by chance, the same each
 * time). Each takes a free one of SEATS connections, which the terminals share
 * evenly, or stands in line for it, shows a card in place, proves it and gives
 * the password. Nobody is at two seats at once, so there must be as many people
 * with passwords as seats. "busy" is waited out as long as the server asks, and
 * tried again. Meanwhile CARDS people a second log in at connections of their
 * own by card alone (KEYs whose name ends in an odd number; the others have
 * passwords). One JSON object: waits from the arrival to the verdict, of both;
 * those at a seat, without the line before it, of all and of the terminal where
 * it took longest at the median; how often "busy" was said; how many were
 * refused, which must be none.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <math.h>

#include "bench/person.h"
#include "bench/tls.h"

#define PEOPLE_MAX    1024
#define TERMINALS_MAX 4096
#define CARD_SEATS    64
#define REPLY_MAX     4096
/* At a seat: a login may last 300 seconds. A server that lets anybody sit there
 * longer hangs. */
#define PATIENCE_US 330e6

enum seat_state { FREE, SHOWN, PROVEN, TYPED, WAITING };

struct terminal {
	char name[64];
	SSL_CTX *client;
};

struct seat {
	SSL *ssl;
	enum seat_state state;
	size_t terminal;
	bool card; /* by card alone */
	struct person_login login;
	size_t who;
	double arrived;
	double seated;
	double again; /* WAITING: when the password is sent again */
	char reply[REPLY_MAX];
	size_t len;
};

/* Those who come, in order of their times. */
struct stream {
	double *at; /* arrivals; each becomes a wait */
	struct stay {
		size_t terminal;
		double took;
	} * stays; /* at a seat, as they end */
	size_t count, taken, done;
	struct person people[PEOPLE_MAX];
	bool seated[PEOPLE_MAX];
	size_t people_count;
	size_t last; /* who sat down */
	struct seat *seats;
	size_t seat_count;
	size_t first; /* the seat that is looked at first */
};

static struct stream staff, cards;
static const char *server_name, *address;
static struct terminal terminals[TERMINALS_MAX];
static size_t terminal_count;
static int events;
static char password[256];
static unsigned long busy, refused;

static void
post(struct seat *s, const char *path, const char *body, size_t len)
{
	char out[4096];
	const int n = snprintf(out, sizeof(out),
	    "POST %s HTTP/1.1\r\nHost: %s\r\nSanyoso-Wire: 1\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    path, server_name, len, body);

	s->len = 0;
	if (SSL_write(s->ssl, out, n) != n)
		bench_die("send");
}

/* The server cuts off who connects and says nothing, so a seat is connected
 * when somebody first sits down. */
static void
connect_seat(struct seat *s)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s };

	s->ssl =
	    tls_connect(terminals[s->terminal].client, address, server_name);
	epoll_ctl(events, EPOLL_CTL_ADD, SSL_get_fd(s->ssl), &ev);
}

/* The next who is not at another seat. */
static size_t
next_person(struct stream *stream)
{
	for (size_t i = 0; i < stream->people_count; i++) {
		stream->last = (stream->last + 1) % stream->people_count;
		if (!stream->seated[stream->last])
			return stream->last;
	}
	bench_die("more seats than people");
}

static void
begin(struct stream *stream, struct seat *s)
{
	char body[2048];

	if (s->ssl == NULL)
		connect_seat(s);
	s->arrived = stream->at[stream->taken++];
	s->seated = bench_now();
	s->who = next_person(stream);
	stream->seated[s->who] = true;
	s->login = (struct person_login){ .who = &stream->people[s->who],
		.server = server_name,
		.terminal = terminals[s->terminal].name,
		.service = "bench",
		.purpose = "unlock" };
	s->state = SHOWN;
	post(s, "/v1/auth", body, person_begin(&s->login, body, sizeof(body)));
}

static void
give_password(struct seat *s)
{
	char body[2048];

	s->state = TYPED;
	post(s, "/v1/auth/password", body,
	    person_password(&s->login, password, body, sizeof(body)));
}

static void
finish(struct stream *stream, struct seat *s, const char *json)
{
	if (strstr(json, "\"verdict\":\"allow\"") == NULL && refused++ == 0)
		fprintf(stderr, "refused: %s\n", json);
	stream->stays[stream->done] =
	    (struct stay){ s->terminal, bench_now() - s->seated };
	stream->at[stream->done++] = bench_now() - s->arrived;
	stream->seated[s->who] = false;
	s->state = FREE;
}

/* Seconds that the server asks to wait, in microseconds; 0: it asks nobody to
 * come again. */
static double
retry_after(const char *json)
{
	const char *at = strstr(json, "\"retry_after\":");

	return at != NULL ? strtod(at + 14, NULL) * 1e6 : 0;
}

static void
answered(struct stream *stream, struct seat *s, const char *json)
{
	char body[2048];

	if (strstr(json, "\"error\":\"busy\"") != NULL &&
	    retry_after(json) > 0) {
		busy++;
		s->again = bench_now() + retry_after(json);
		/* Before the card was proven there is nothing to keep. */
		if (s->state != TYPED)
			bench_die("busy before the password: %s", json);
		s->state = WAITING;
	} else if (s->state == SHOWN) {
		const size_t n =
		    person_prove(&s->login, json, body, sizeof(body));

		s->state = PROVEN;
		post(s, "/v1/auth/proof", body, n);
	} else if (s->state == PROVEN &&
	    strstr(json, "\"step\":\"present\"") != NULL) {
		give_password(s);
	} else {
		finish(stream, s, json);
	}
}

static void
readable(struct stream *stream, struct seat *s)
{
	const char *end, *length;
	const int n = SSL_read(s->ssl, s->reply + s->len,
	    (int)(sizeof(s->reply) - 1 - s->len));

	if (n <= 0) {
		if (SSL_get_error(s->ssl, n) != SSL_ERROR_WANT_READ)
			bench_die("the server closed the connection");
		return;
	}
	s->len += (size_t)n;
	s->reply[s->len] = '\0';
	end = strstr(s->reply, "\r\n\r\n");
	length = strstr(s->reply, "Content-Length: ");
	if (end != NULL && length != NULL &&
	    strlen(end + 4) >= strtoul(length + 16, NULL, 10))
		answered(stream, s, end + 4);
}

/* Whoever has arrived and finds a seat sits down, not always at the same
 * terminals; who waited tries again. */
static void
advance(struct stream *stream, double now)
{
	stream->first = (stream->first + 1) % stream->seat_count;
	for (size_t i = 0; i < stream->seat_count; i++) {
		struct seat *s =
		    &stream->seats[(stream->first + i) % stream->seat_count];

		if (s->state != FREE && now - s->seated > PATIENCE_US)
			bench_die("people hang");
		if (s->state == FREE && stream->taken < stream->count &&
		    stream->at[stream->taken] <= now)
			begin(stream, s);
		else if (s->state == WAITING && s->again <= now)
			give_password(s);
	}
}

static int
by_time(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Always the same chance. */
static double
chance(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (double)(x >> 11) / 9007199254740992.0;
}

/* A triangle whose top is at two thirds, or evenly. */
static void
arrive(struct stream *stream, size_t count, double seconds, bool evenly)
{
	const double begin = bench_now() + 1e6, top = 2.0 / 3;

	stream->at = calloc(count + 1, sizeof(double));
	stream->stays = calloc(count + 1, sizeof(struct stay));
	stream->count = count;
	if (stream->at == NULL || stream->stays == NULL)
		bench_die("out of memory");
	for (size_t i = 0; i < count; i++) {
		const double u = chance();
		const double t = evenly ? u
		    : u < top           ? sqrt(u * top)
					: 1 - sqrt((1 - u) * (1 - top));

		stream->at[i] = begin + t * seconds * 1e6;
	}
	qsort(stream->at, count, sizeof(double), by_time);
}

static void
sit(struct stream *stream, size_t count, bool card)
{
	stream->seats = calloc(count, sizeof(struct seat));
	stream->seat_count = count;
	if (stream->seats == NULL)
		bench_die("out of memory");
	for (size_t i = 0; i < count; i++) {
		stream->seats[i].card = card;
		stream->seats[i].terminal = i % terminal_count;
	}
}

static void
run(void)
{
	struct epoll_event evs[256];

	while (staff.done < staff.count || cards.done < cards.count) {
		const int n = epoll_wait(events, evs, 256, 5);
		const double now = bench_now();

		for (int i = 0; i < n; i++) {
			struct seat *s = evs[i].data.ptr;

			readable(s->card ? &cards : &staff, s);
		}
		advance(&staff, now);
		advance(&cards, now);
	}
}

static void
add_person(const char *path)
{
	const size_t len = strlen(path);
	const bool odd = len > 0 && (path[len - 1] - '0') % 2 == 1;
	struct stream *stream = odd ? &cards : &staff;

	if (stream->people_count == PEOPLE_MAX)
		bench_die("too many people");
	person_read(path, &stream->people[stream->people_count++]);
}

static void
read_terminals(const char *path, const char *ca)
{
	FILE *f = fopen(path, "r");
	char line[4096], cert[4000];

	if (f == NULL)
		bench_die("%s: can't be read", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		const struct tls_files files = { .ca = ca, .cert = cert };
		struct terminal *t = &terminals[terminal_count];

		if (terminal_count == TERMINALS_MAX ||
		    sscanf(line, "%63s %3999s", t->name, cert) != 2)
			bench_die("%s: too many, or no name and file: %s", path,
			    line);
		t->client = tls_context(&files, 0);
		terminal_count++;
	}
	fclose(f);
	if (terminal_count == 0)
		bench_die("%s: no terminal", path);
}

/* How long those who had passwords were at their seats, at the median: all, or
 * those at ${terminal}; 0: nobody was. */
static double
median_stay(size_t terminal)
{
	double *took = calloc(staff.done + 1, sizeof(double)), median;
	size_t n = 0;

	if (took == NULL)
		bench_die("out of memory");
	for (size_t i = 0; i < staff.done; i++) {
		if (terminal == terminal_count ||
		    staff.stays[i].terminal == terminal)
			took[n++] = staff.stays[i].took;
	}
	median = bench_quantile(took, n, 0.5);
	free(took);
	return median;
}

static double
worst_terminal(void)
{
	double worst = 0;

	for (size_t i = 0; i < terminal_count; i++) {
		const double median = median_stay(i);

		if (worst < median)
			worst = median;
	}
	return worst;
}

static void
tell(void)
{
	printf("{\"people\":%zu,\"p50_ms\":%.1f,\"p99_ms\":%.1f,"
	       "\"card_p50_ms\":%.2f,\"card_p99_ms\":%.2f,"
	       "\"terminals\":%zu,\"seat_p50_ms\":%.1f,"
	       "\"worst_seat_p50_ms\":%.1f,\"busy\":%lu,\"refused\":%lu}\n",
	    staff.count, bench_quantile(staff.at, staff.count, 0.5) / 1e3,
	    bench_quantile(staff.at, staff.count, 0.99) / 1e3,
	    bench_quantile(cards.at, cards.count, 0.5) / 1e3,
	    bench_quantile(cards.at, cards.count, 0.99) / 1e3, terminal_count,
	    median_stay(terminal_count) / 1e3, worst_terminal() / 1e3, busy,
	    refused);
}

int
main(int argc, char **argv)
{
	double seconds;

	if (argc < 10 || fgets(password, sizeof(password), stdin) == NULL)
		bench_die("usage: storm ADDRESS SERVER CA TERMINALS SECONDS "
			  "PEOPLE SEATS CARDS KEY... < password");
	password[strcspn(password, "\n")] = '\0';
	address = argv[1];
	server_name = argv[2];
	read_terminals(argv[4], argv[3]);
	seconds = strtod(argv[5], NULL);
	for (int i = 9; i < argc; i++)
		add_person(argv[i]);
	(void)signal(SIGPIPE, SIG_IGN);
	events = epoll_create1(EPOLL_CLOEXEC);
	sit(&staff, strtoul(argv[7], NULL, 10), false);
	sit(&cards, CARD_SEATS, true);
	arrive(&staff, strtoul(argv[6], NULL, 10), seconds, false);
	arrive(&cards, (size_t)(strtod(argv[8], NULL) * seconds), seconds,
	    true);
	run();
	tell();
	return refused == 0 ? 0 : 1;
}
