/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_STORE_DB_H
#define SERVER_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/*
 * The database, as much of it as the store needs. SQL is what PostgreSQL takes
 * too: types BIGINT, BYTEA and TEXT; placeholders $1, $2, ... in the order of
 * their first use; quoting and functions of the standard. What differs between
 * databases is inside the implementation (db_sqlite.c).
 *
 * A connection is for one thread. Every function that can fail returns
 *   SY_ERR_STORE           it failed (db_text says how)
 *   SY_ERR_STORE_FULL      no room
 *   SY_ERR_STORE_LOCKED    another program holds it
 *   SY_ERR_STORE_READONLY  it can't be written
 *   SY_ERR_STORE_DAMAGED   the file is not sound
 *   SY_ERR_EXISTS          a unique column is taken
 *   SY_ERR_ARG             another constraint, or a call out of order
 *   SY_ERR_NOMEM
 */
struct db;
struct db_stmt;

enum db_mode {
	DB_CREATE, /* must not exist; SY_ERR_EXISTS */
	DB_WRITE,  /* one writer at a time, over all programs */
	DB_READ,
};

/*
 * Open ${path}. Creating and writing take the lock that keeps a second server
 * away (SY_ERR_STORE_LOCKED) until db_close. NOT_FOUND; SY_ERR_STORE_READONLY
 * if it is to be written and can't be. What is to be written must be ours: PERM
 * if the database, a file of SQLite's beside it or their folder belongs to
 * somebody else or is open to others; the text says what to do.
 */
SY_MUST_USE enum sy_err db_open(const char *path, enum db_mode mode,
    struct db **ret_db, struct sy_error *reterr);
void db_close(struct db **db);

/* What the database said of the last failure. Valid until the next call. */
const char *db_text(const struct db *db);

/* Run statements without parameters, separated by semicolons. */
SY_MUST_USE enum sy_err db_script(struct db *db, const char *sql);

/*
 * A statement, ready to be bound. It belongs to the connection, which keeps it
 * for the next call with the same ${sql} (compared by content). Only one user
 * at a time: db_done gives it back.
 */
SY_MUST_USE enum sy_err db_prepare(struct db *db, const char *sql,
    struct db_stmt **ret_stmt);
/* Reset ${*stmt}, forget its values, set it to NULL; NULL is allowed. */
void db_done(struct db_stmt **stmt);

/* Bind the ${n}-th placeholder, from 1. Bytes must stay until db_done. A
 * failure shows in db_step. */
void db_bind_int(struct db_stmt *stmt, int n, int64_t value);
void db_bind_bytes(struct db_stmt *stmt, int n, const void *p, size_t len);
void db_bind_text(struct db_stmt *stmt, int n, const char *text);
void db_bind_null(struct db_stmt *stmt, int n);

/* The next row, if there is one. */
SY_MUST_USE enum sy_err db_step(struct db_stmt *stmt, bool *ret_row);
/* Run a statement that gives no rows, and give it back. */
SY_MUST_USE enum sy_err db_run(struct db_stmt **stmt);
/* Rows that the last INSERT, UPDATE or DELETE changed. */
int64_t db_changes(const struct db *db);

/* A column of the present row, from 0. Views are valid until the next step or
 * db_done. Another type than asked for, or NULL, is SY_ERR_STORE_DAMAGED. */
SY_MUST_USE enum sy_err db_int(struct db_stmt *stmt, int n, int64_t *ret);
SY_MUST_USE enum sy_err db_bytes(struct db_stmt *stmt, int n,
    const uint8_t **ret_view, size_t *ret_len);
SY_MUST_USE enum sy_err db_text_view(struct db_stmt *stmt, int n,
    const char **ret_view, size_t *ret_len);
bool db_is_null(struct db_stmt *stmt, int n);

/*
 * Transactions. db_begin takes the write lock on a DB_WRITE connection; on a
 * DB_READ one everything until the end is read as of one moment. db_commit
 * returns when all of it is on the disk; if that could not be brought about
 * for another reason than want of room the process ends at once: what is on
 * the disk is known only after recovery.
 */
SY_MUST_USE enum sy_err db_begin(struct db *db);
SY_MUST_USE enum sy_err db_commit(struct db *db);
/* Always ends the transaction; no transaction is allowed too. */
void db_rollback(struct db *db);
/* A statement that fails badly (no room, ...) may have ended it. */
bool db_in_transaction(const struct db *db);
/* One savepoint at a time. */
SY_MUST_USE enum sy_err db_savepoint(struct db *db);
SY_MUST_USE enum sy_err db_release(struct db *db);
SY_MUST_USE enum sy_err db_undo(struct db *db);

/* Forget the pages that were read, so that what is read next is what the file
 * holds. */
void db_forget(struct db *db);

/* A number that changes when somebody else than this connection has changed
 * the database. */
SY_MUST_USE enum sy_err db_foreign(struct db *db, int64_t *ret_version);

#endif /* SERVER_STORE_DB_H */
