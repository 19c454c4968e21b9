/* SPDX-License-Identifier: Apache-2.0 */
/* LOCK-1: a server that is killed between debit and verdict gives no try away,
 * and one that is killed while a password is changed leaves one that works. */
#include "tests/support/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/auth/hashing.h"
#include "server/auth/knowledge.h"
#include "tests/support/office.h"

#define PASSWORD "Kitsune-no-yomeiri-9"
#define NEXT     "Tanuki-bayashi+42"
#define TRIES    3
#define CROWD    6

static const char policy_text[] =
    "[policy]\nname = alone\n"
    "[rule alone]\nzone = internet\npurpose = login\nkind = staff\n"
    "require = 1\nallow = password\n"
    "[password all]\nkind = all\nhistory = 2\nmax_age = 90d\nwarn = 14d\n"
    "dictionary = no\n"
    "[lockout all]\nkind = all\n"
    "purpose = login unlock privileged remote operator\ntries = 3\n"
    "lock = 60m\nlocks = 2\ndisable = 12\n";

struct scene {
	struct office office;
	struct terminal_row kiosk;
	struct desk desk;
	struct id_row id;
	struct sy_auth_step step;
};

static void
populate(struct scene *s)
{
	struct password_row row;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);

	office_terminal(&s->office, "kiosk-9", SY_ZONE_INTERNET, &s->kiosk);
	office_password(&s->office, id, PASSWORD, PASSWORD_ACTIVE, &row);
	row.created -= INT64_C(100) * 86400 * 1000000;
	office_update(&s->office, &row_type_password, &row);
}

static void
open_scene(struct scene *s, const char *dir, int64_t epoch)
{
	struct row_view *view;

	if (epoch == 1)
		office_open_in(&s->office, dir);
	else
		office_reopen(&s->office, dir, epoch);
	office_policy(&s->office, policy_text);
	if (epoch == 1)
		populate(s);
	view = ledger_reader(s->office.place.ledger);
	assert_int_equal(row_find(view, &row_type_terminal, "name", "kiosk-9",
			     7, &s->kiosk),
	    SY_OK);
	assert_int_equal(row_find(view, &row_type_id, "login", "suzuki", 6,
			     &s->id),
	    SY_OK);
	desk_open(&s->office, LISTENER_TERMINALS, &s->kiosk, &s->desk);
}

static void
begin_at(struct scene *s, struct desk *d)
{
	const struct sy_auth_begin in = {
		.user = "suzuki", .service = "login", .purpose = "login"
	};

	assert_int_equal(desk_call(d, "/v1/auth", &sy_message_auth_begin, &in,
			     &sy_message_auth_step, &s->step),
	    200);
}

static void
begin(struct scene *s)
{
	begin_at(s, &s->desk);
}

static void
password_of(const struct scene *s, const char *text,
    struct sy_auth_password *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->txn, s->step.txn, sizeof(ret->txn));
	memcpy(ret->password, text, strlen(text));
	ret->password_len = (uint16_t)strlen(text);
}

static void
type(struct scene *s, const char *text)
{
	struct sy_auth_password in;

	password_of(s, text, &in);
	assert_int_equal(desk_call(&s->desk, "/v1/auth/password",
			     &sy_message_auth_password, &in,
			     &sy_message_auth_step, &s->step),
	    200);
}

static void
read_lockout(struct scene *s, struct lockout_row *ret)
{
	assert_int_equal(lockout_read(ledger_reader(s->office.place.ledger),
			     s->id.id, ret),
	    SY_OK);
}

/* In a process of its own: try, and die as soon as the debit is on disk. */
static void
die_after_debit(const char *dir, int64_t epoch)
{
	static struct scene s;
	struct sy_auth_password in;
	struct lockout_row row;

	open_scene(&s, dir, epoch);
	begin(&s);
	password_of(&s, PASSWORD, &in);
	desk_post(&s.desk, "/v1/auth/password", &sy_message_auth_password, &in);
	do {
		(void)event_base_loop(s.office.server.base, EVLOOP_ONCE);
		read_lockout(&s, &row);
	} while (row.epoch != epoch || row.pending == 0);
	(void)kill(getpid(), SIGKILL);
}

static void
crowd_terminal(struct scene *s, int64_t epoch, int i, struct terminal_row *ret)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "kiosk-%c", 'A' + i);
	if (epoch == 1)
		office_terminal(&s->office, name, SY_ZONE_INTERNET, ret);
	assert_int_equal(row_find(ledger_reader(s->office.place.ledger),
			     &row_type_terminal, "name", name, strlen(name),
			     ret),
	    SY_OK);
}

/* In a process of its own: guess at all terminals at once, and die as soon as
 * ${debits} tries or more are on disk, verified or not. */
static void
die_in_a_crowd(const char *dir, int64_t epoch, int64_t debits)
{
	static struct desk desk[CROWD];
	static struct scene s;
	struct sy_auth_password in[CROWD];
	struct terminal_row terminal;
	struct lockout_row row;

	open_scene(&s, dir, epoch);
	/* While one begins, nobody else's guess is under way yet. */
	for (int i = 0; i < CROWD; i++) {
		crowd_terminal(&s, epoch, i, &terminal);
		desk_open(&s.office, LISTENER_TERMINALS, &terminal, &desk[i]);
		begin_at(&s, &desk[i]);
		password_of(&s, "wrong", &in[i]);
	}
	for (int i = 0; i < CROWD; i++)
		desk_post(&desk[i], "/v1/auth/password",
		    &sy_message_auth_password, &in[i]);
	do {
		(void)event_base_loop(s.office.server.base, EVLOOP_ONCE);
		read_lockout(&s, &row);
	} while (row.epoch != epoch || row.failed + row.pending < debits);
	(void)kill(getpid(), SIGKILL);
}

/* Log in, ask for a change, and die after so many turns of the loop. */
static void
die_while_changing(const char *dir, int64_t epoch, int turns)
{
	static struct scene s;
	struct sy_password_change in = { .password_len = sizeof(NEXT) - 1 };

	open_scene(&s, dir, epoch);
	begin(&s);
	type(&s, PASSWORD);
	assert_string_equal(s.step.change, "expired");
	memcpy(in.txn, s.step.txn, sizeof(in.txn));
	memcpy(in.password, NEXT, sizeof(NEXT) - 1);
	desk_post(&s.desk, "/v1/password/change", &sy_message_password_change,
	    &in);
	for (int i = 0; i < turns; i++)
		(void)event_base_loop(s.office.server.base, EVLOOP_ONCE);
	(void)kill(getpid(), SIGKILL);
}

static void
expect_killed(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void
a_server_that_is_killed_gives_no_try_away(void **state)
{
	char dir[] = "/tmp/sy-killed-XXXXXX";
	struct scene *s = *state;
	struct lockout_row row;
	pid_t pid;

	assert_non_null(mkdtemp(dir));
	for (int i = 1; i <= TRIES; i++) {
		assert_true((pid = fork()) >= 0);
		if (pid == 0) {
			die_after_debit(dir, i);
			_exit(1);
		}
		expect_killed(pid);
	}
	/* The right password each time, and none of them counted as one. */
	open_scene(s, dir, 99);
	read_lockout(s, &row);
	assert_int_equal(row.pending, 1);
	assert_int_equal(row.failed, TRIES - 1);
	begin(s);
	type(s, PASSWORD);
	assert_string_equal(s->step.verdict, "deny");
	assert_string_equal(s->step.reason, "password-state");
	read_lockout(s, &row);
	assert_int_equal(row.failed, TRIES);
	assert_int_equal(row.pending, 0);
	assert_int_equal(row.state, LOCKOUT_TIMED);
	desk_close(&s->desk);
	office_close(&s->office);
}

/* Tries that were debited, and so may have been verified. */
static enum sy_err
count_try(void *ctx, const struct sy_audit_record *record)
{
	if (strcmp(record->action, "auth.try") == 0 &&
	    record->outcome == SY_OUTCOME_DONE)
		(*(unsigned int *)ctx)++;
	return SY_OK;
}

/* LOCK-1: many guess at the same time, and the server is killed among them
 * again and again: there are never more verifications than tries. */
static void
a_crowd_gets_no_more_tries_from_a_server_that_is_killed(void **state)
{
	char dir[] = "/tmp/sy-killed-XXXXXX";
	struct scene *s = *state;
	unsigned int tried = 0;
	struct lockout_row row;
	pid_t pid;

	assert_non_null(mkdtemp(dir));
	for (int i = 1; i <= TRIES + 1; i++) {
		assert_true((pid = fork()) >= 0);
		if (pid == 0) {
			die_in_a_crowd(dir, i, i < TRIES ? i : TRIES);
			_exit(1);
		}
		expect_killed(pid);
	}
	open_scene(s, dir, 99);
	begin(s);
	type(s, PASSWORD);
	assert_string_equal(s->step.verdict, "deny");
	assert_string_equal(s->step.reason, "password-state");
	read_lockout(s, &row);
	assert_int_equal(row.failed, TRIES);
	assert_int_equal(row.pending, 0);
	assert_int_equal(row.state, LOCKOUT_TIMED);
	assert_int_equal(ledger_read_log(s->office.place.ledger, 0, count_try,
			     &tried),
	    SY_OK);
	assert_int_equal(tried, TRIES);
	desk_close(&s->desk);
	office_close(&s->office);
}

/* PW-2: old or new, never neither, never both. */
static void
a_change_that_was_cut_off_leaves_one_password(void **state)
{
	static const int turns[] = { 1, 2, 3, 5, 8, 40 };
	struct scene *s = *state;

	for (size_t i = 0; i < SY_COUNT(turns); i++) {
		char dir[] = "/tmp/sy-killed-XXXXXX";
		char count[16];
		bool old;
		pid_t pid;

		assert_non_null(mkdtemp(dir));
		assert_true((pid = fork()) >= 0);
		if (pid == 0) {
			(void)alarm(5);
			(void)signal(SIGALRM, SIG_DFL);
			die_while_changing(dir, 1, turns[i]);
			_exit(1);
		}
		(void)waitpid(pid, NULL, 0);
		open_scene(s, dir, 99);
		place_query(&s->office.place,
		    "SELECT count(*) FROM password WHERE state = 2", count,
		    sizeof(count));
		assert_string_equal(count, "1");
		begin(s);
		type(s, PASSWORD);
		old = strcmp(s->step.verdict, "allow") == 0;
		begin(s);
		type(s, NEXT);
		print_message("  %d: %s\n", turns[i], old ? "old" : "new");
		assert_int_equal(strcmp(s->step.verdict, "allow") == 0, !old);
		desk_close(&s->desk);
		office_close(&s->office);
	}
}

static int
setup(void **state)
{
	*state = calloc(1, sizeof(struct scene));
	assert_non_null(*state);
	return 0;
}

static int
teardown(void **state)
{
	free(*state);
	return 0;
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
		CASE(a_server_that_is_killed_gives_no_try_away),
		CASE(a_crowd_gets_no_more_tries_from_a_server_that_is_killed),
		CASE(a_change_that_was_cut_off_leaves_one_password),
	};

	return cmocka_run_group_tests_name("server_crash", tests, NULL,
	    free_all);
}
