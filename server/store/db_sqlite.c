/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/log.h"
#include "server/store/db_sqlite.h"

/* How long a program that reads or copies the database may hold us up. */
#define BUSY_MS 250
/* The write-ahead log is carried over into the database when it is this long,
 * in pages. */
#define CHECKPOINT_PAGES 4000
/* Pages that a connection keeps, in KiB: for what one group of requests writes,
 * and for the upper levels of trees that are looked into. All else the kernel
 * has, and we keep rows. */
#define CACHE_WRITER 1024
#define CACHE_READER 256
#define PATH_SIZE    4096

static enum sy_err
map_constraint(int extended)
{
	switch (extended) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return SY_ERR_EXISTS;
	default:
		return SY_ERR_ARG;
	}
}

enum sy_err
db_map_error(int extended)
{
	switch (extended & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return SY_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return SY_ERR_STORE_LOCKED;
	case SQLITE_FULL:
		return SY_ERR_STORE_FULL;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return SY_ERR_STORE_READONLY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return SY_ERR_STORE_DAMAGED;
	case SQLITE_NOMEM:
		return SY_ERR_NOMEM;
	case SQLITE_CONSTRAINT:
		return map_constraint(extended);
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
		return SY_ERR_ARG;
	default:
		return SY_ERR_STORE;
	}
}

enum sy_err
db_last_error(const struct db *db)
{
	const enum sy_err err =
	    db_map_error(sqlite3_extended_errcode(db->sqlite));

	return err != SY_OK ? err : SY_ERR_STORE;
}

const char *
db_text(const struct db *db)
{
	return sqlite3_errmsg(db->sqlite);
}

/* A file beside the database: SQLite's own locks are dropped between
 * transactions and would let two servers take turns. */
static enum sy_err
take_lock(struct db *db, const char *path, struct sy_error *reterr)
{
	char name[PATH_SIZE];
	int n;

	n = snprintf(name, sizeof(name), "%s-lock", path);
	if (n < 0 || (size_t)n >= sizeof(name))
		return sy_error_set(reterr, SY_ERR_LIMIT, path,
		    "the path is too long");
	db->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (db->lock < 0)
		return sy_error_set(reterr,
		    errno == EROFS || errno == EACCES ? SY_ERR_STORE_READONLY
						      : SY_ERR_STORE,
		    name, "%s", strerror(errno));
	if (flock(db->lock, LOCK_EX | LOCK_NB) != 0)
		return sy_error_set(reterr, SY_ERR_STORE_LOCKED, path,
		    "another server holds the database");
	return SY_OK;
}

/* As with keys: what others may read, change or have made is not used. */
static enum sy_err
check_file(const char *name, const struct stat *st, struct sy_error *reterr)
{
	if (!S_ISREG(st->st_mode))
		return sy_error_set(reterr, SY_ERR_PERM, name,
		    "is not a regular file");
	if (st->st_uid != geteuid())
		return sy_error_set(reterr, SY_ERR_PERM, name,
		    "owned by user id %u; make it that of the server, %u",
		    (unsigned int)st->st_uid, (unsigned int)geteuid());
	if ((st->st_mode & 077) != 0)
		return sy_error_set(reterr, SY_ERR_PERM, name,
		    "mode %04o lets others read it; make it 0600",
		    (unsigned int)(st->st_mode & 07777));
	return SY_OK;
}

/* Who may write there could put another database in the place of ours; where
 * the sticky bit is set that is the owner alone. */
static enum sy_err
check_folder(const char *path, struct sy_error *reterr)
{
	char name[PATH_SIZE];
	const char *folder;
	struct stat st;

	if ((size_t)snprintf(name, sizeof(name), "%s", path) >= sizeof(name))
		return sy_error_set(reterr, SY_ERR_LIMIT, path,
		    "the path is too long");
	folder = dirname(name);
	if (stat(folder, &st) != 0)
		return sy_error_set(reterr, SY_ERR_STORE, folder, "%s",
		    strerror(errno));
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return sy_error_set(reterr, SY_ERR_PERM, folder,
		    "owned by user id %u, who is neither root nor the server",
		    (unsigned int)st.st_uid);
	if ((st.st_mode & 002) != 0 ||
	    ((st.st_mode & 020) != 0 && (st.st_mode & S_ISVTX) == 0))
		return sy_error_set(reterr, SY_ERR_PERM, folder,
		    "mode %04o lets others change it; make it 1770 or 0700",
		    (unsigned int)(st.st_mode & 07777));
	return SY_OK;
}

/* The database and what SQLite and we keep beside it: pages that were changed
 * last stand there, and what another has left there would be taken over. */
static enum sy_err
check_permissions(const char *path, struct sy_error *reterr)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal",
		"-lock" };
	char name[PATH_SIZE + 16];
	struct stat st;
	enum sy_err err;

	if ((err = check_folder(path, reterr)) != SY_OK)
		return err;
	for (size_t i = 0; i < SY_COUNT(suffixes); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		if (lstat(name, &st) != 0) {
			if (errno != ENOENT)
				return sy_error_set(reterr, SY_ERR_STORE, name,
				    "%s", strerror(errno));
		} else if ((err = check_file(name, &st, reterr)) != SY_OK) {
			return err;
		}
	}
	return SY_OK;
}

static enum sy_err
check_path(const char *path, enum db_mode mode, struct sy_error *reterr)
{
	struct stat st;
	const bool there = lstat(path, &st) == 0;

	if (mode == DB_CREATE && there)
		return sy_error_set(reterr, SY_ERR_EXISTS, path,
		    "there is a database already");
	if (mode != DB_CREATE && !there)
		return sy_error_set(reterr, SY_ERR_NOT_FOUND, path,
		    "there is no database");
	return mode == DB_WRITE ? check_permissions(path, reterr) : SY_OK;
}

static enum sy_err
open_file(struct db *db, const char *path, enum db_mode mode,
    struct sy_error *reterr)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	mode_t mask;
	int r;

	flags |= mode == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	if (mode == DB_CREATE)
		flags |= SQLITE_OPEN_CREATE;
	mask = umask(077);
	r = sqlite3_open_v2(path, &db->sqlite, flags, NULL);
	(void)umask(mask);
	if (db->sqlite == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, path, "no memory");
	if (r != SQLITE_OK)
		return sy_error_set(reterr, db_map_error(r), path, "%s",
		    db_text(db));
	if (mode != DB_READ && sqlite3_db_readonly(db->sqlite, "main") != 0)
		return sy_error_set(reterr, SY_ERR_STORE_READONLY, path,
		    "the database can't be written");
	return SY_OK;
}

/* A file system on which the write-ahead log can't be kept leaves the old mode
 * without an error. */
static enum sy_err
use_wal(struct db *db)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	const char *mode;
	enum sy_err err;
	size_t len;
	bool row;

	if ((err = db_prepare(db, "PRAGMA journal_mode = WAL", &stmt)) !=
		SY_OK ||
	    (err = db_step(stmt, &row)) != SY_OK ||
	    (err = db_text_view(stmt, 0, &mode, &len)) != SY_OK)
		return err;
	return strcmp(mode, "wal") == 0 ? SY_OK : SY_ERR_STORE;
}

/* Nothing in a database file may make SQLite run code, and what a statement
 * relies on is checked, not trusted. */
static enum sy_err
configure(struct db *db, enum db_mode mode)
{
	enum sy_err err;
	char sql[512];

	(void)sqlite3_busy_timeout(db->sqlite, BUSY_MS);
	(void)sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0,
	    NULL);
	(void)sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_VIEW, 0,
	    NULL);
	(void)snprintf(sql, sizeof(sql),
	    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
	    "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
	    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = %d;"
	    "PRAGMA cache_size = -%d;",
	    CHECKPOINT_PAGES, mode == DB_READ ? CACHE_READER : CACHE_WRITER);
	if ((err = db_script(db, sql)) != SY_OK || mode == DB_READ)
		return err;
	return use_wal(db);
}

enum sy_err
db_open(const char *path, enum db_mode mode, struct db **ret_db,
    struct sy_error *reterr)
{
	SY_AUTO(db_close) struct db *db = NULL;
	enum sy_err err;

	if ((db = calloc(1, sizeof(*db))) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, path, "no memory");
	db->lock = -1;
	if ((err = check_path(path, mode, reterr)) != SY_OK ||
	    (mode != DB_READ && (err = take_lock(db, path, reterr)) != SY_OK) ||
	    (err = open_file(db, path, mode, reterr)) != SY_OK)
		return err;
	if ((err = configure(db, mode)) != SY_OK)
		return sy_error_set(reterr, err, path, "%s", db_text(db));
	*ret_db = db;
	db = NULL;
	return SY_OK;
}

void
db_close(struct db **db)
{
	struct db *d = *db;
	struct db_stmt *s;

	if (d == NULL)
		return;
	while ((s = d->statements) != NULL) {
		d->statements = s->next;
		(void)sqlite3_finalize(s->stmt);
		free(s->sql);
		free(s);
	}
	(void)sqlite3_close(d->sqlite);
	if (d->lock >= 0)
		(void)close(d->lock);
	free(d);
	*db = NULL;
}

/*
 * An integer primary key is the row's place in SQLite's table only if its type
 * is spelled INTEGER; with BIGINT a second tree would be kept for it. ${at} is
 * where "BIGINT PRIMARY KEY" stands in a copy of the script.
 */
static void
spell_keys(char *sql)
{
	static const char standard[] = "BIGINT PRIMARY KEY";
	static const char ours[] = "INTEGER PRIMARY KEY";
	char *at = sql;

	while ((at = strstr(at, standard)) != NULL) {
		memmove(at + sizeof(ours) - 1, at + sizeof(standard) - 1,
		    strlen(at + sizeof(standard) - 1) + 1);
		memcpy(at, ours, sizeof(ours) - 1);
	}
}

enum sy_err
db_script(struct db *db, const char *sql)
{
	char *copy;
	int r;

	/* Each replacement makes it one longer and takes 18 bytes. */
	if ((copy = malloc(2 * strlen(sql) + 1)) == NULL)
		return SY_ERR_NOMEM;
	memcpy(copy, sql, strlen(sql) + 1);
	spell_keys(copy);
	r = sqlite3_exec(db->sqlite, copy, NULL, NULL, NULL);
	free(copy);
	return r == SQLITE_OK ? SY_OK : db_last_error(db);
}

static enum sy_err
run_cached(struct db *db, const char *sql)
{
	struct db_stmt *stmt;
	enum sy_err err;

	if ((err = db_prepare(db, sql, &stmt)) != SY_OK)
		return err;
	return db_run(&stmt);
}

enum sy_err
db_begin(struct db *db)
{
	return run_cached(db,
	    db->lock >= 0 ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
}

/* After a failed flush the kernel may have dropped what it could not write:
 * trying again would report a success that did not happen. */
static bool
is_unknown(int extended)
{
	return (extended & 0xff) == SQLITE_IOERR &&
	    extended != SQLITE_IOERR_NOMEM;
}

enum sy_err
db_commit(struct db *db)
{
	enum sy_err err;

	if ((err = run_cached(db, "COMMIT")) != SY_OK &&
	    is_unknown(sqlite3_extended_errcode(db->sqlite))) {
		log_err("the database can't be flushed to the disk: %s",
		    db_text(db));
		_exit(EXIT_FAILURE);
	}
	return err;
}

void
db_rollback(struct db *db)
{
	if (db_in_transaction(db))
		(void)!run_cached(db, "ROLLBACK");
}

bool
db_in_transaction(const struct db *db)
{
	return sqlite3_get_autocommit(db->sqlite) == 0;
}

enum sy_err
db_savepoint(struct db *db)
{
	return run_cached(db, "SAVEPOINT request");
}

enum sy_err
db_release(struct db *db)
{
	return run_cached(db, "RELEASE SAVEPOINT request");
}

enum sy_err
db_undo(struct db *db)
{
	enum sy_err err;

	if ((err = run_cached(db, "ROLLBACK TO SAVEPOINT request")) != SY_OK)
		return err;
	return db_release(db);
}

void
db_forget(struct db *db)
{
	(void)sqlite3_db_release_memory(db->sqlite);
}

enum sy_err
db_foreign(struct db *db, int64_t *ret_version)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	enum sy_err err;
	bool row;

	if ((err = db_prepare(db, "PRAGMA data_version", &stmt)) != SY_OK ||
	    (err = db_step(stmt, &row)) != SY_OK)
		return err;
	return row ? db_int(stmt, 0, ret_version) : SY_ERR_STORE;
}
