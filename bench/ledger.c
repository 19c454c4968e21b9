/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: ledger FOLDER IN-FLIGHT SECONDS ROUNDS
 *
 * Decisions a second through the ledger alone: each reads an ID, a token and
 * its holds and appends a record as long as that of a login. Beside it, in
 * alternating rounds, plain inserts of the same bytes into SQLite, committed in
 * groups of the same size. One line a round: decisions/s, bare/s, and the
 * microseconds of CPU that the ledger thread and the keeper took for each.
 */
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "server/keeper/keeper.h"
#include "server/ledger/ledger.h"
#include "server/store/tables.h"

#define PAIRS     25
#define VALUE_LEN 20

struct bench {
	struct keeper *keepers[2];
	pid_t keeper;
	struct ledger *ledger;
	sqlite3 *bare;
	int wake[2];
	int64_t id, token;
	unsigned int flying;
	unsigned long done;
	int stop;
	double cpu; /* of the ledger thread, as it said last */
};

static void __attribute__((format(printf, 1, 2), noreturn))
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(1);
}

static double
read_clock(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double
keeper_cpu(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) == 0 ? read_clock(clock) : 0;
}

static enum sy_err
count_hold(void *ctx, const void *row)
{
	(void)row;
	++*(unsigned int *)ctx;
	return SY_OK;
}

static enum sy_err
audit(struct ledger_tx *tx)
{
	static const uint8_t value[VALUE_LEN];
	struct sy_audit_pair pairs[PAIRS];
	char keys[PAIRS][16];
	uint64_t seq;

	for (int i = 0; i < PAIRS; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "fact-%02d", i);
		pairs[i] =
		    (struct sy_audit_pair){ keys[i], value, VALUE_LEN, false };
	}
	const struct sy_audit_record record = {
		.actor = "login:suzuki",
		.terminal = "counter-1",
		.subject = "id:1",
		.action = "auth.verdict",
		.outcome = SY_OUTCOME_ALLOW,
		.reason = "ok",
		.pairs = pairs,
		.pair_count = PAIRS,
	};
	return ledger_audit(tx, &record, &seq);
}

static enum sy_err
decide(struct ledger_tx *tx, void *ctx)
{
	struct row_view *view = ledger_view(tx);
	struct bench *b = ctx;
	struct token_row token;
	unsigned int holds = 0;
	struct id_row id;
	enum sy_err err;

	b->cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
	if ((err = row_get(view, &row_type_id, b->id, &id)) != SY_OK ||
	    (err = row_get(view, &row_type_token, b->token, &token)) != SY_OK ||
	    (err = row_walk(view, &row_type_hold, "token", b->token, count_hold,
		 &holds)) != SY_OK)
		return err;
	return audit(tx);
}

static enum sy_err
enrol(struct ledger_tx *tx, void *ctx)
{
	struct bench *b = ctx;
	struct id_row id = { .login = "suzuki", .state = ID_ACTIVE };
	struct token_row token = { .state = TOKEN_ACTIVE, .spki_len = 91 };
	enum sy_err err;

	if ((err = audit(tx)) != SY_OK ||
	    (err = row_insert(tx, &row_type_id, &id)) != SY_OK)
		return err;
	token.owner = b->id = id.id;
	if ((err = row_insert(tx, &row_type_token, &token)) != SY_OK)
		return err;
	b->token = token.id;
	return SY_OK;
}

static void
wake(void *ctx)
{
	const struct bench *b = ctx;

	if (write(b->wake[1], "", 1) != 1)
		die("wake");
}

static void
finished(void *ctx, enum sy_err result)
{
	struct bench *b = ctx;

	if (result != SY_OK)
		die("a decision failed: %s", sy_err_text(result));
	b->done++;
	if (b->stop) {
		b->flying--;
		return;
	}
	if (ledger_submit(b->ledger, decide, finished, b) != SY_OK)
		die("submit");
}

static void
dispatch(struct bench *b)
{
	char c[64];

	if (read(b->wake[0], c, sizeof(c)) < 1)
		die("read");
	ledger_dispatch(b->ledger);
}

static void
submit(struct bench *b, ledger_run run, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (ledger_submit(b->ledger, run, finished, b) != SY_OK)
			die("submit");
		b->flying++;
	}
}

static double
round_ledger(struct bench *b, unsigned int in_flight, double seconds,
    double *ret_cpu, double *ret_keeper)
{
	const double begin = read_clock(CLOCK_MONOTONIC);
	const double cpu = b->cpu, keeper = keeper_cpu(b->keeper);
	double now;

	b->done = 0;
	b->stop = 0;
	submit(b, decide, in_flight);
	while ((now = read_clock(CLOCK_MONOTONIC)) < begin + seconds * 1e6)
		dispatch(b);
	b->stop = 1;
	while (b->flying > 0)
		dispatch(b);
	*ret_cpu = (b->cpu - cpu) / (double)b->done;
	*ret_keeper = (keeper_cpu(b->keeper) - keeper) / (double)b->done;
	return (double)b->done / ((now - begin) / 1e6);
}

static void
exec(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		die("%s: %s", sql, sqlite3_errmsg(db));
}

static double
round_bare(struct bench *b, unsigned int group, double seconds)
{
	static uint8_t body[29 + 16 + 50 + PAIRS * (10 + VALUE_LEN)];
	const double begin = read_clock(CLOCK_MONOTONIC);
	static int64_t seq;
	sqlite3_stmt *s;
	double now;
	int64_t first = seq;

	if (sqlite3_prepare_v2(b->bare, "INSERT INTO audit VALUES (?, ?, ?, ?)",
		-1, &s, NULL) != SQLITE_OK)
		die("prepare");
	while ((now = read_clock(CLOCK_MONOTONIC)) < begin + seconds * 1e6) {
		exec(b->bare, "BEGIN IMMEDIATE");
		for (unsigned int i = 0; i < group; i++) {
			(void)sqlite3_bind_int64(s, 1, ++seq);
			(void)sqlite3_bind_int64(s, 2, seq);
			(void)sqlite3_bind_blob(s, 3, body, 32, SQLITE_STATIC);
			(void)sqlite3_bind_blob(s, 4, body, sizeof(body),
			    SQLITE_STATIC);
			if (sqlite3_step(s) != SQLITE_DONE)
				die("insert");
			(void)sqlite3_reset(s);
		}
		exec(b->bare, "COMMIT");
	}
	(void)sqlite3_finalize(s);
	return (double)(seq - first) / ((now - begin) / 1e6);
}

static void
prepare(struct bench *b, const char *folder)
{
	char keys[512], path[512], bare[512];
	struct sy_error error = { 0 };

	(void)snprintf(keys, sizeof(keys), "%s/keys", folder);
	(void)snprintf(path, sizeof(path), "%s/ledger.db", folder);
	(void)snprintf(bare, sizeof(bare), "%s/bare.db", folder);
	if (mkdir(keys, 0700) != 0 || pipe(b->wake) != 0)
		die("%s: cannot be made", keys);
	if (keeper_create(keys, "bench", &error) != SY_OK ||
	    keeper_start(keys, geteuid() == 0 ? 65534 : geteuid(), 65534, 2,
		b->keepers, &b->keeper, &error) != SY_OK)
		die("%s: %s", error.place, error.text);
	const struct ledger_config config = { .path = path,
		.node = "bench",
		.writer_keeper = b->keepers[0],
		.reader_keeper = b->keepers[1],
		.wake = wake,
		.wake_ctx = b };
	if (ledger_create(&config, &error) != SY_OK ||
	    ledger_open(&config, &b->ledger, &error) != SY_OK)
		die("%s: %s", error.place, error.text);
	if (sqlite3_open(bare, &b->bare) != SQLITE_OK)
		die("%s: cannot be opened", bare);
	exec(b->bare,
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA wal_autocheckpoint = 4000;"
	    "CREATE TABLE audit (seq INTEGER PRIMARY KEY, time INT,"
	    " commitment BLOB, body BLOB)");
}

int
main(int argc, char **argv)
{
	static struct bench b;
	unsigned int in_flight, rounds;
	double seconds, rate, bare, cpu, keeper;

	if (argc != 5)
		die("usage: ledger FOLDER IN-FLIGHT SECONDS ROUNDS");
	in_flight = (unsigned int)strtoul(argv[2], NULL, 10);
	seconds = strtod(argv[3], NULL);
	rounds = (unsigned int)strtoul(argv[4], NULL, 10);
	prepare(&b, argv[1]);
	b.stop = 1;
	submit(&b, enrol, 1);
	while (b.flying > 0)
		dispatch(&b);
	for (unsigned int i = 0; i < rounds; i++) {
		rate = round_ledger(&b, in_flight, seconds, &cpu, &keeper);
		bare = round_bare(&b, in_flight, seconds);
		printf("%.0f %.0f %.1f %.1f\n", rate, bare, cpu, keeper);
	}
	ledger_close(&b.ledger);
	(void)sqlite3_close(b.bare);
	keeper_close(&b.keepers[0]);
	keeper_close(&b.keepers[1]);
	(void)waitpid(b.keeper, NULL, 0);
	return 0;
}
