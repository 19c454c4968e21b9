/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: people logging in as fast as they can, over warm connections.
 *
 *   load login|password|key|bare|bare-twice ADDRESS SERVER TERMINAL CA CERT
 * FLIGHT SECONDS ALLOWED WATCHED KEY...
 *
 * WATCHED are the server's processes, "PID,PID,...", whose use of the
 * processors is told; or "-". ALLOWED is a file to which the transaction of
 * each login that was allowed is appended, and then a server that goes away
 * only ends the run; or "-". KEY is the path of a person's private key without
 * ".key.pem"; its last part is the login name. FLIGHT connections have one
 * login under way each. "login" does the two round trips of a card that is in
 * place (unlock): card -> nonce, proof -> verdict; "password" reads one from
 * standard input and gives it where the policy asks for it too. "key" does the
 * three of a FIDO2 key that is touched: begin, key -> nonce, assertion ->
 * verdict; each connection has a person of its own, whose key counts. "bare"
 * sends its own digest and signature once, "bare-twice" asks for nothing
 * before. All sign for each login. Prints
 * one JSON object; "proof" is the part of a login from the proof to the
 * verdict.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "bench/person.h"
#include "bench/tls.h"

#define PEOPLE_MAX    1024
#define SAMPLES_MAX   4000000
#define REPLY_MAX     4096
#define WARM_UP_SHARE 0.2
/* What is under way when the time is up comes to its end; longer is a hang. */
#define PATIENCE_US 10e6
#define WATCHED_MAX 16

struct seat {
	SSL *ssl;
	size_t place; /* among the seats */
	struct person *who;
	size_t number; /* of the person */
	double begun;
	double proven; /* when the proof was sent */
	bool proving;
	struct person_login login;
	char reply[REPLY_MAX];
	size_t len;
};

static struct person people[PEOPLE_MAX];
static size_t people_count;
static bool bare, twice, by_key;
static char password[256];
static FILE *allowed;
static const char *server_name, *terminal_name;
static double whole[SAMPLES_MAX], proof[SAMPLES_MAX];
static size_t sample_count;
static double count_from, stop_at;
static size_t under_way;
static bool server_gone;
static long watched[WATCHED_MAX];
static size_t watched_count;

/* Seconds of processor time. */
struct use {
	double client, server;
};
static struct use use_from, use_to;

static void
add_person(const char *path)
{
	if (people_count == PEOPLE_MAX)
		bench_die("too many people");
	person_read(path, &people[people_count++]);
}

static void
put(struct seat *s, const void *data, size_t len)
{
	if (SSL_write(s->ssl, data, (int)len) == (int)len)
		return;
	if (allowed == NULL)
		bench_die("send");
	server_gone = true;
}

static void
post(struct seat *s, const char *path, const char *body, size_t len)
{
	char out[8192];
	const int n = snprintf(out, sizeof(out),
	    "POST %s HTTP/1.1\r\nHost: %s\r\nSanyoso-Wire: 1\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    path, server_name, len, body);

	put(s, out, (size_t)n);
}

static void
begin_bare(struct seat *s)
{
	uint8_t out[600];
	size_t n;

	out[0] = (uint8_t)(s->number >> 8);
	out[1] = (uint8_t)s->number;
	RAND_bytes(out + 2, 32);
	n = person_sign(s->who, out + 2, 32, out + 36, sizeof(out) - 36);
	out[34] = (uint8_t)(n >> 8);
	out[35] = (uint8_t)n;
	put(s, out, 36 + n);
}

/* A round trip with nothing in it. */
static void
say_hello(struct seat *s)
{
	static const uint8_t nothing[36];

	put(s, nothing, sizeof(nothing));
}

static void
begin(struct seat *s)
{
	static size_t turn;
	char body[2048];

	s->number = (by_key ? s->place : turn++) % people_count;
	s->who = &people[s->number];
	s->begun = bench_now();
	s->proven = s->begun;
	s->proving = false;
	s->len = 0;
	under_way++;
	if (bare) {
		if (twice)
			say_hello(s);
		else
			begin_bare(s);
		return;
	}
	s->login = (struct person_login){ .who = s->who,
		.server = server_name,
		.terminal = terminal_name,
		.service = "bench",
		.purpose = by_key ? "login" : "unlock",
		.by_key = by_key };
	post(s, "/v1/auth", body, person_begin(&s->login, body, sizeof(body)));
}

static void
prove(struct seat *s, const char *json)
{
	char body[2048];
	const size_t n = person_prove(&s->login, json, body, sizeof(body));

	s->proven = bench_now();
	post(s, "/v1/auth/proof", body, n);
	s->proving = true;
	s->len = 0;
}

/* A key has two steps before its verdict. */
static void
go_on_with_key(struct seat *s, const char *json)
{
	char body[8192];
	size_t n;

	if (strstr(json, "\"step\":\"present\"") != NULL) {
		n = person_ask_key(&s->login, json, body, sizeof(body));
		post(s, "/v1/auth/key", body, n);
	} else {
		n = person_assert(&s->login, s->who, json, body, sizeof(body));
		s->proven = bench_now();
		post(s, "/v1/auth/assertion", body, n);
		s->proving = true;
	}
	s->len = 0;
}

/* The policy wants the password too. */
static void
give_password(struct seat *s)
{
	char body[2048];

	if (password[0] == '\0')
		bench_die("a password is asked for: none was given");
	post(s, "/v1/auth/password", body,
	    person_password(&s->login, password, body, sizeof(body)));
	s->len = 0;
}

static void
finish(struct seat *s)
{
	const double now = bench_now();

	if (allowed != NULL)
		fprintf(allowed, "%s\n", s->login.txn);
	under_way--;
	/* All that end within the time, as many as were under way before it are
	 * when it is over: whoever counts only those that begin in it too has
	 * FLIGHT too few. */
	if (now >= count_from && now < stop_at && sample_count < SAMPLES_MAX) {
		whole[sample_count] = now - s->begun;
		proof[sample_count++] = now - s->proven;
	}
	if (now < stop_at)
		begin(s);
}

static void
answered(struct seat *s)
{
	const char *end, *length;

	if (bare && s->reply[0] == 'h') {
		s->len = 0;
		begin_bare(s);
		return;
	}
	if (bare) {
		if (s->reply[0] != 'y')
			bench_die("bare: refused");
		finish(s);
		return;
	}
	s->reply[s->len] = '\0';
	if ((end = strstr(s->reply, "\r\n\r\n")) == NULL)
		return;
	length = strstr(s->reply, "Content-Length: ");
	if (length == NULL || length > end ||
	    strlen(end + 4) < strtoul(length + 16, NULL, 10))
		return;
	if (!s->proving && by_key)
		go_on_with_key(s, end + 4);
	else if (!s->proving)
		prove(s, end + 4);
	else if (strstr(end, "\"step\":\"present\"") != NULL)
		give_password(s);
	else if (strstr(end, "\"verdict\":\"allow\"") == NULL)
		bench_die("refused: %s", end + 4);
	else
		finish(s);
}

static void
readable(struct seat *s)
{
	int n;

	do {
		n = SSL_read(s->ssl, s->reply + s->len,
		    (int)(sizeof(s->reply) - 1 - s->len));
		if (n > 0) {
			s->len += (size_t)n;
			answered(s);
		} else if (SSL_get_error(s->ssl, n) != SSL_ERROR_WANT_READ) {
			if (allowed == NULL)
				bench_die("the server closed the connection");
			server_gone = true;
		}
	} while (n > 0 && SSL_has_pending(s->ssl));
}

static double
process_time(long pid)
{
	char path[64], text[1024], *at;
	unsigned long user, system;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if ((f = fopen(path, "r")) == NULL)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	/* utime is the 12th field behind the name, stime the 13th. */
	if ((at = strrchr(text, ')')) == NULL)
		return 0;
	for (int i = 0; i < 12 && at != NULL; i++)
		at = strchr(at + 1, ' ');
	if (at == NULL)
		return 0;
	user = strtoul(at, &at, 10);
	system = strtoul(at, &at, 10);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static struct use
use_now(void)
{
	struct use use = { 0, 0 };
	struct rusage own;

	getrusage(RUSAGE_SELF, &own);
	use.client = (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) +
	    (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
	for (size_t i = 0; i < watched_count; i++)
		use.server += process_time(watched[i]);
	return use;
}

static void
watch(const char *pids)
{
	char *end;

	if (strcmp(pids, "-") == 0)
		return;
	do {
		if (watched_count == WATCHED_MAX)
			bench_die("too many processes to watch");
		watched[watched_count++] = strtol(pids, &end, 10);
		pids = end + 1;
	} while (*end == ',');
}

static void
connect_seats(SSL_CTX *ctx, const char *address, int ep, struct seat *seats,
    size_t flight)
{
	for (size_t i = 0; i < flight; i++) {
		struct epoll_event ev = { .events = EPOLLIN,
			.data.ptr = &seats[i] };

		seats[i].place = i;
		seats[i].ssl = tls_connect(ctx, address, server_name);
		/* One system call a reply instead of two. */
		SSL_set_read_ahead(seats[i].ssl, 1);
		epoll_ctl(ep, EPOLL_CTL_ADD, SSL_get_fd(seats[i].ssl), &ev);
	}
}

static void
run(SSL_CTX *ctx, const char *address, size_t flight, double seconds)
{
	struct seat *seats = calloc(flight, sizeof(*seats));
	const int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event evs[256];
	bool warm = false, over = false;
	double now;

	connect_seats(ctx, address, ep, seats, flight);
	now = bench_now();
	count_from = now + seconds * 1e6 * WARM_UP_SHARE;
	stop_at = now + seconds * 1e6 * (1 + WARM_UP_SHARE);
	for (size_t i = 0; i < flight; i++)
		begin(&seats[i]);
	while (under_way > 0 && !server_gone) {
		const int n = epoll_wait(ep, evs, SY_COUNT(evs), 100);

		for (int i = 0; i < n; i++)
			readable(evs[i].data.ptr);
		now = bench_now();
		if (!warm && now >= count_from) {
			warm = true;
			use_from = use_now();
		}
		if (!over && now >= stop_at) {
			over = true;
			use_to = use_now();
		}
		if (now > stop_at + PATIENCE_US)
			bench_die("%zu logins hang", under_way);
	}
	for (size_t i = 0; i < flight; i++)
		SSL_free(seats[i].ssl);
	free(seats);
}

static void
tell(double seconds)
{
	const size_t n = sample_count;

	printf("{\"rate\":%.1f,\"count\":%zu,\"p50_us\":%.0f,\"p99_us\":%.0f,"
	       "\"proof_p50_us\":%.0f,\"proof_p99_us\":%.0f,"
	       "\"client_us\":%.1f,\"server_us\":%.1f}\n",
	    (double)n / seconds, n, bench_quantile(whole, n, 0.5),
	    bench_quantile(whole, n, 0.99), bench_quantile(proof, n, 0.5),
	    bench_quantile(proof, n, 0.99),
	    n == 0 ? 0 : (use_to.client - use_from.client) * 1e6 / (double)n,
	    n == 0 ? 0 : (use_to.server - use_from.server) * 1e6 / (double)n);
}

int
main(int argc, char **argv)
{
	struct tls_files files;
	double seconds;

	if (argc < 12)
		bench_die(
		    "usage: load login|password|key|bare|bare-twice ADDRESS "
		    "SERVER TERMINAL CA CERT FLIGHT SECONDS ALLOWED WATCHED "
		    "KEY...");
	twice = strcmp(argv[1], "bare-twice") == 0;
	bare = twice || strcmp(argv[1], "bare") == 0;
	by_key = strcmp(argv[1], "key") == 0;
	if (strcmp(argv[1], "password") == 0) {
		if (fgets(password, sizeof(password), stdin) == NULL)
			bench_die("no password on standard input");
		password[strcspn(password, "\n")] = '\0';
	}
	server_name = argv[3];
	terminal_name = argv[4];
	files = (struct tls_files){ .ca = argv[5], .cert = argv[6] };
	seconds = strtod(argv[8], NULL);
	if (strcmp(argv[9], "-") != 0 &&
	    (allowed = fopen(argv[9], "ae")) == NULL)
		bench_die("%s", argv[9]);
	watch(argv[10]);
	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 11; i < argc; i++)
		add_person(argv[i]);
	if (by_key && people_count < strtoul(argv[7], NULL, 10))
		bench_die("fewer people than connections");
	run(tls_context(&files, 0), argv[2], strtoul(argv[7], NULL, 10),
	    seconds);
	if (allowed != NULL && fclose(allowed) != 0)
		bench_die("%s", argv[9]);
	tell(seconds);
	return sample_count > 0 || allowed != NULL ? 0 : 1;
}
