/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/db.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tests/support/drop_vfs.h"

#define TABLE                                                                  \
	"CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT UNIQUE, b BYTEA,"     \
	" s TEXT, other BIGINT REFERENCES t (id))"

struct fixture {
	char dir[32];
	char path[64];
	struct db *db;
};

static int
setup(void **state)
{
	static struct fixture f;

	(void)snprintf(f.dir, sizeof(f.dir), "/tmp/sy-db-XXXXXX");
	assert_non_null(mkdtemp(f.dir));
	(void)snprintf(f.path, sizeof(f.path), "%s/test.db", f.dir);
	assert_int_equal(db_open(f.path, DB_CREATE, &f.db, NULL), SY_OK);
	assert_int_equal(db_script(f.db, TABLE), SY_OK);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "", "-wal", "-shm", "-journal",
		"-lock" };
	struct fixture *f = *state;
	char path[80];

	db_close(&f->db);
	for (size_t i = 0; i < SY_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", f->path, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(f->dir), 0);
	return 0;
}

static enum sy_err
insert(struct db *db, int64_t id, int64_t n)
{
	struct db_stmt *stmt;
	enum sy_err err;

	if ((err = db_prepare(db, "INSERT INTO t (id, n) VALUES ($1, $2)",
		 &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, id);
	db_bind_int(stmt, 2, n);
	return db_run(&stmt);
}

static int64_t
number(struct db *db, const char *sql)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	int64_t n = -1;
	bool row;

	assert_int_equal(db_prepare(db, sql, &stmt), SY_OK);
	assert_int_equal(db_step(stmt, &row), SY_OK);
	assert_true(row);
	assert_int_equal(db_int(stmt, 0, &n), SY_OK);
	return n;
}

static void
it_is_opened_only_as_it_is(void **state)
{
	struct fixture *f = *state;
	struct sy_error error = { 0 };
	struct db *db;

	assert_int_equal(db_open(f->path, DB_CREATE, &db, &error),
	    SY_ERR_EXISTS);
	assert_int_equal(db_open("/tmp/sy-db-none", DB_WRITE, &db, &error),
	    SY_ERR_NOT_FOUND);
	assert_int_equal(db_open("/tmp/sy-db-none", DB_READ, &db, &error),
	    SY_ERR_NOT_FOUND);
}

/* CRED-1: hashes of passwords are for nobody else's eyes. */
static void
what_others_may_read_or_change_is_not_opened(void **state)
{
	static const mode_t open[] = { 0640, 0604, 0620, 0602, 0601, 0666 };
	struct fixture *f = *state;
	struct sy_error error = { 0 };

	db_close(&f->db);
	for (size_t i = 0; i < SY_COUNT(open); i++) {
		assert_int_equal(chmod(f->path, open[i]), 0);
		assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error),
		    SY_ERR_PERM);
		assert_non_null(strstr(error.text, "0600"));
	}
	assert_int_equal(chmod(f->path, 0600), 0);
	assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error), SY_OK);
}

/* A file beside the database, as a server that was killed or somebody else may
 * have left it; "" is the database itself. */
static const char *const beside[] = { "", "-wal", "-shm", "-journal", "-lock" };

static void
leave(const struct fixture *f, const char *suffix, mode_t mode, char *ret,
    size_t size)
{
	int fd;

	(void)snprintf(ret, size, "%s%s", f->path, suffix);
	fd = open(ret, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* CRED-1: pages that were changed last stand in the files beside it. */
static void
what_lies_beside_the_database_is_nobody_elses_either(void **state)
{
	struct fixture *f = *state;
	struct sy_error error = { 0 };
	char name[80];

	db_close(&f->db);
	for (size_t i = 0; i < SY_COUNT(beside); i++) {
		print_message("  %s\n", beside[i]);
		leave(f, beside[i], 0640, name, sizeof(name));
		assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error),
		    SY_ERR_PERM);
		assert_string_equal(error.place, name);
		assert_non_null(strstr(error.text, "0600"));
		assert_int_equal(chmod(name, 0600), 0);
		if (beside[i][0] == '\0')
			continue;
		assert_int_equal(unlink(name), 0);
		assert_int_equal(symlink("/dev/null", name), 0);
		assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error),
		    SY_ERR_PERM);
		assert_string_equal(error.place, name);
		assert_non_null(strstr(error.text, "regular file"));
		assert_int_equal(unlink(name), 0);
	}
	assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error), SY_OK);
}

/* Only root can give a file away. */
static void
what_belongs_to_another_is_not_opened(void **state)
{
	struct fixture *f = *state;
	struct sy_error error = { 0 };
	char name[80];

	if (geteuid() != 0)
		skip();
	db_close(&f->db);
	for (size_t i = 0; i < SY_COUNT(beside); i++) {
		print_message("  %s\n", beside[i]);
		leave(f, beside[i], 0600, name, sizeof(name));
		assert_int_equal(chown(name, 65534, (gid_t)-1), 0);
		assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error),
		    SY_ERR_PERM);
		assert_string_equal(error.place, name);
		assert_non_null(strstr(error.text, "65534"));
		if (beside[i][0] == '\0')
			assert_int_equal(chown(name, 0, (gid_t)-1), 0);
		else
			assert_int_equal(unlink(name), 0);
	}
	assert_int_equal(chown(f->dir, 65534, (gid_t)-1), 0);
	assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error),
	    SY_ERR_PERM);
	assert_string_equal(error.place, f->dir);
	assert_int_equal(chown(f->dir, 0, (gid_t)-1), 0);
	assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error), SY_OK);
}

static void
a_folder_that_others_may_write_holds_no_database(void **state)
{
	static const struct {
		mode_t mode;
		enum sy_err err;
	} tc[] = {
		{ 0770, SY_ERR_PERM },
		{ 0702, SY_ERR_PERM },
		{ 01777, SY_ERR_PERM },
		{ 01770, SY_OK }, /* as init makes it */
		{ 0755, SY_OK },
		{ 0700, SY_OK },
	};
	struct fixture *f = *state;
	struct sy_error error = { 0 };

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %04o\n", (unsigned int)tc[i].mode);
		db_close(&f->db);
		assert_int_equal(chmod(f->dir, tc[i].mode), 0);
		assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error),
		    tc[i].err);
		if (tc[i].err != SY_OK)
			assert_string_equal(error.place, f->dir);
	}
}

static void
a_second_server_is_kept_away(void **state)
{
	struct fixture *f = *state;
	struct sy_error error = { 0 };
	struct db *db;

	assert_int_equal(db_open(f->path, DB_WRITE, &db, &error),
	    SY_ERR_STORE_LOCKED);
	assert_string_equal(error.place, f->path);
	assert_int_equal(db_open(f->path, DB_READ, &db, &error), SY_OK);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
	assert_int_equal(insert(db, 1, 1), SY_ERR_STORE_READONLY);
	db_close(&db);
	db_close(&f->db);
	assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error), SY_OK);
}

static void
only_its_owner_can_read_the_file(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
}

static void
values_come_back_in_their_own_type_only(void **state)
{
	static const uint8_t bytes[] = { 1, 0, 2 };
	struct fixture *f = *state;
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	const uint8_t *view;
	const char *text;
	int64_t n;
	size_t len;
	bool row;

	assert_int_equal(db_prepare(f->db,
			     "INSERT INTO t (id, n, b, s) "
			     "VALUES ($1, $2, $3, $4)",
			     &stmt),
	    SY_OK);
	db_bind_int(stmt, 1, 1);
	db_bind_int(stmt, 2, INT64_MIN);
	db_bind_bytes(stmt, 3, bytes, sizeof(bytes));
	db_bind_text(stmt, 4, "鈴木");
	assert_int_equal(db_run(&stmt), SY_OK);
	assert_int_equal(db_prepare(f->db, "SELECT n, b, s, other FROM t",
			     &stmt),
	    SY_OK);
	assert_int_equal(db_step(stmt, &row), SY_OK);
	assert_true(row);
	assert_int_equal(db_int(stmt, 0, &n), SY_OK);
	assert_true(n == INT64_MIN);
	assert_int_equal(db_bytes(stmt, 1, &view, &len), SY_OK);
	assert_int_equal(len, sizeof(bytes));
	assert_memory_equal(view, bytes, sizeof(bytes));
	assert_int_equal(db_text_view(stmt, 2, &text, &len), SY_OK);
	assert_string_equal(text, "鈴木");
	assert_true(db_is_null(stmt, 3));
	for (int i = 0; i < 4; i++) {
		if (i != 0)
			assert_int_equal(db_int(stmt, i, &n),
			    SY_ERR_STORE_DAMAGED);
		if (i != 1)
			assert_int_equal(db_bytes(stmt, i, &view, &len),
			    SY_ERR_STORE_DAMAGED);
		if (i != 2)
			assert_int_equal(db_text_view(stmt, i, &text, &len),
			    SY_ERR_STORE_DAMAGED);
	}
}

static void
no_bytes_are_not_null(void **state)
{
	struct fixture *f = *state;
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	const uint8_t *view;
	size_t len;
	bool row;

	assert_int_equal(db_prepare(f->db,
			     "INSERT INTO t (id, b) VALUES (1, $1)", &stmt),
	    SY_OK);
	db_bind_bytes(stmt, 1, NULL, 0);
	assert_int_equal(db_run(&stmt), SY_OK);
	assert_int_equal(db_prepare(f->db, "SELECT b FROM t", &stmt), SY_OK);
	assert_int_equal(db_step(stmt, &row), SY_OK);
	assert_int_equal(db_bytes(stmt, 0, &view, &len), SY_OK);
	assert_int_equal(len, 0);
}

static void
a_statement_in_use_is_not_given_twice(void **state)
{
	struct fixture *f = *state;
	SY_AUTO(db_done) struct db_stmt *one = NULL;
	SY_AUTO(db_done) struct db_stmt *two = NULL;
	struct db_stmt *again = NULL;
	int64_t n;
	bool row;

	assert_int_equal(insert(f->db, 1, 10), SY_OK);
	assert_int_equal(insert(f->db, 2, 20), SY_OK);
	assert_int_equal(db_prepare(f->db, "SELECT n FROM t ORDER BY id", &one),
	    SY_OK);
	assert_int_equal(db_step(one, &row), SY_OK);
	assert_int_equal(db_prepare(f->db, "SELECT n FROM t ORDER BY id", &two),
	    SY_OK);
	assert_int_equal(db_step(two, &row), SY_OK);
	assert_int_equal(db_step(two, &row), SY_OK);
	assert_int_equal(db_int(one, 0, &n), SY_OK);
	assert_int_equal(n, 10);
	assert_int_equal(db_int(two, 0, &n), SY_OK);
	assert_int_equal(n, 20);
	again = one;
	db_done(&one);
	assert_null(one);
	assert_int_equal(db_prepare(f->db, "SELECT n FROM t ORDER BY id", &one),
	    SY_OK);
	assert_ptr_equal(one, again);
}

static void
broken_rules_of_a_table_are_told_apart(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(insert(f->db, 1, 1), SY_OK);
	assert_int_equal(insert(f->db, 1, 2), SY_ERR_EXISTS);
	assert_int_equal(insert(f->db, 2, 1), SY_ERR_EXISTS);
	assert_int_equal(db_script(f->db,
			     "INSERT INTO t (id, other) VALUES (3, 99)"),
	    SY_ERR_ARG);
	assert_int_equal(db_script(f->db, "no such thing"), SY_ERR_STORE);
	assert_true(strlen(db_text(f->db)) > 0);
}

static void
a_key_is_the_place_of_its_row(void **state)
{
	struct fixture *f = *state;

	/* One for UNIQUE, none for the key. */
	assert_int_equal(number(f->db,
			     "SELECT count(*) FROM sqlite_master "
			     "WHERE type = 'index'"),
	    1);
}

static void
a_savepoint_undoes_its_part_alone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(db_begin(f->db), SY_OK);
	assert_int_equal(insert(f->db, 1, 1), SY_OK);
	assert_int_equal(db_savepoint(f->db), SY_OK);
	assert_int_equal(insert(f->db, 2, 2), SY_OK);
	assert_int_equal(db_undo(f->db), SY_OK);
	assert_int_equal(db_savepoint(f->db), SY_OK);
	assert_int_equal(insert(f->db, 3, 3), SY_OK);
	assert_int_equal(db_release(f->db), SY_OK);
	assert_true(db_in_transaction(f->db));
	assert_int_equal(db_commit(f->db), SY_OK);
	assert_false(db_in_transaction(f->db));
	assert_int_equal(number(f->db, "SELECT sum(id) FROM t"), 4);
	assert_int_equal(db_begin(f->db), SY_OK);
	assert_int_equal(insert(f->db, 4, 4), SY_OK);
	db_rollback(f->db);
	db_rollback(f->db);
	assert_int_equal(number(f->db, "SELECT sum(id) FROM t"), 4);
}

static void
changes_of_others_are_noticed_and_own_ones_not(void **state)
{
	struct fixture *f = *state;
	int64_t before, after;
	sqlite3 *other;

	assert_int_equal(db_foreign(f->db, &before), SY_OK);
	assert_int_equal(insert(f->db, 1, 1), SY_OK);
	assert_int_equal(db_foreign(f->db, &after), SY_OK);
	assert_int_equal(before, after);
	assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "UPDATE t SET n = 2", NULL, NULL,
			     NULL),
	    SQLITE_OK);
	assert_int_equal(db_foreign(f->db, &after), SY_OK);
	assert_int_not_equal(before, after);
	(void)sqlite3_close(other);
}

static void
another_program_that_writes_holds_us_up_for_a_bounded_time(void **state)
{
	struct fixture *f = *state;
	sqlite3 *other;

	assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL,
			     NULL),
	    SQLITE_OK);
	assert_int_equal(db_begin(f->db), SY_ERR_STORE_LOCKED);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(db_begin(f->db), SY_OK);
	db_rollback(f->db);
	(void)sqlite3_close(other);
}

/* LOG-3 */
static void
a_full_database_says_so_and_takes_more_when_there_is_room(void **state)
{
	struct fixture *f = *state;
	enum sy_err err = SY_OK;
	int64_t i;

	assert_int_equal(db_script(f->db, "PRAGMA max_page_count = 8"), SY_OK);
	for (i = 1; err == SY_OK && i < 100000; i++)
		err = insert(f->db, i, i);
	assert_int_equal(err, SY_ERR_STORE_FULL);
	assert_int_equal(db_script(f->db, "PRAGMA max_page_count = 100"),
	    SY_OK);
	assert_int_equal(insert(f->db, i, i), SY_OK);
}

static void
overwrite(const char *path, long at, const char *text)
{
	FILE *file = fopen(path, "r+b");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static void
a_damaged_file_says_so(void **state)
{
	struct fixture *f = *state;
	struct sy_error error = { 0 };
	enum sy_err err;
	struct db *db;

	for (int64_t i = 1; i < 3000; i++)
		assert_int_equal(insert(f->db, i, i), SY_OK);
	db_close(&f->db);
	/* The page behind the schema, then the end, then the header. */
	overwrite(f->path, 4096, "this is no page of a table");
	assert_int_equal(db_open(f->path, DB_READ, &db, &error), SY_OK);
	assert_int_equal(db_script(db, "SELECT count(s) FROM t"),
	    SY_ERR_STORE_DAMAGED);
	db_close(&db);
	assert_int_equal(truncate(f->path, 5000), 0);
	if ((err = db_open(f->path, DB_READ, &db, &error)) == SY_OK) {
		err = db_script(db, "SELECT count(s) FROM t");
		db_close(&db);
	}
	assert_int_equal(err, SY_ERR_STORE_DAMAGED);
	overwrite(f->path, 0, "no database at all");
	assert_int_equal(db_open(f->path, DB_WRITE, &f->db, &error),
	    SY_ERR_STORE_DAMAGED);
}

static int
in_child(struct fixture *f, int (*run)(struct fixture *f))
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
open_as_nobody(struct fixture *f)
{
	struct sy_error error = { 0 };
	struct db *db;

	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 100;
	return (int)db_open(f->path, DB_WRITE, &db, &error);
}

static void
a_file_that_cannot_be_written_says_so(void **state)
{
	struct fixture *f = *state;
	char lock[80];

	if (geteuid() != 0)
		skip();
	db_close(&f->db);
	(void)snprintf(lock, sizeof(lock), "%s-lock", f->path);
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(chmod(f->path, 0400), 0);
	assert_int_equal(chown(f->path, 65534, 65534), 0);
	assert_int_equal(in_child(f, open_as_nobody), SY_ERR_PERM);
	assert_int_equal(chown(lock, 65534, 65534), 0);
	assert_int_equal(in_child(f, open_as_nobody), SY_ERR_STORE_READONLY);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(in_child(f, open_as_nobody), SY_ERR_STORE_READONLY);
}

static int
commit_without_flush(struct fixture *f)
{
	struct sy_error error = { 0 };
	struct db *db;

	drop_vfs_install();
	if (db_open(f->path, DB_WRITE, &db, &error) != SY_OK ||
	    db_begin(db) != SY_OK || insert(db, 1, 1) != SY_OK)
		return 100;
	drop_vfs_fail_sync(1);
	/* Must not come back. */
	return db_commit(db) == SY_OK ? 101 : 102;
}

static void
a_failed_flush_ends_the_process(void **state)
{
	struct fixture *f = *state;

	db_close(&f->db);
	assert_int_equal(in_child(f, commit_without_flush), EXIT_FAILURE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(it_is_opened_only_as_it_is),
		CASE(what_others_may_read_or_change_is_not_opened),
		CASE(what_lies_beside_the_database_is_nobody_elses_either),
		CASE(what_belongs_to_another_is_not_opened),
		CASE(a_folder_that_others_may_write_holds_no_database),
		CASE(a_second_server_is_kept_away),
		CASE(only_its_owner_can_read_the_file),
		CASE(values_come_back_in_their_own_type_only),
		CASE(no_bytes_are_not_null),
		CASE(a_statement_in_use_is_not_given_twice),
		CASE(broken_rules_of_a_table_are_told_apart),
		CASE(a_key_is_the_place_of_its_row),
		CASE(a_savepoint_undoes_its_part_alone),
		CASE(changes_of_others_are_noticed_and_own_ones_not),
		CASE(
		    another_program_that_writes_holds_us_up_for_a_bounded_time),
		CASE(a_full_database_says_so_and_takes_more_when_there_is_room),
		CASE(a_damaged_file_says_so),
		CASE(a_file_that_cannot_be_written_says_so),
		CASE(a_failed_flush_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
