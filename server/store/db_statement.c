/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "server/store/db_sqlite.h"

static enum sy_err
statement_new(struct db *db, const char *sql, struct db_stmt **ret_stmt)
{
	struct db_stmt *s;
	const char *tail;

	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->sql = strdup(sql)) == NULL) {
		free(s);
		return SY_ERR_NOMEM;
	}
	s->db = db;
	if (sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT,
		&s->stmt, &tail) != SQLITE_OK ||
	    s->stmt == NULL || *tail != '\0') {
		(void)sqlite3_finalize(s->stmt);
		free(s->sql);
		free(s);
		return db_last_error(db);
	}
	*ret_stmt = s;
	return SY_OK;
}

enum sy_err
db_prepare(struct db *db, const char *sql, struct db_stmt **ret_stmt)
{
	struct db_stmt **at, *s;
	enum sy_err err;

	for (at = &db->statements; (s = *at) != NULL; at = &s->next) {
		if (!s->busy && strcmp(s->sql, sql) == 0)
			break;
	}
	if (s == NULL) {
		if ((err = statement_new(db, sql, &s)) != SY_OK)
			return err;
	} else {
		*at = s->next;
	}
	/* The latest in front: it is most often the next one too. */
	s->next = db->statements;
	db->statements = s;
	s->busy = true;
	*ret_stmt = s;
	return SY_OK;
}

void
db_done(struct db_stmt **stmt)
{
	struct db_stmt *s = *stmt;

	if (s == NULL)
		return;
	(void)sqlite3_reset(s->stmt);
	(void)sqlite3_clear_bindings(s->stmt);
	s->bind_error = SQLITE_OK;
	s->busy = false;
	*stmt = NULL;
}

static void
bound(struct db_stmt *stmt, int r)
{
	if (stmt->bind_error == SQLITE_OK)
		stmt->bind_error = r;
}

void
db_bind_int(struct db_stmt *stmt, int n, int64_t value)
{
	bound(stmt, sqlite3_bind_int64(stmt->stmt, n, value));
}

void
db_bind_bytes(struct db_stmt *stmt, int n, const void *p, size_t len)
{
	/* A NULL pointer would be bound as NULL instead of as no bytes. */
	bound(stmt,
	    sqlite3_bind_blob64(stmt->stmt, n, len != 0 ? p : "", len,
		SQLITE_STATIC));
}

void
db_bind_text(struct db_stmt *stmt, int n, const char *text)
{
	bound(stmt,
	    sqlite3_bind_text64(stmt->stmt, n, text, strlen(text),
		SQLITE_STATIC, SQLITE_UTF8));
}

void
db_bind_null(struct db_stmt *stmt, int n)
{
	bound(stmt, sqlite3_bind_null(stmt->stmt, n));
}

enum sy_err
db_step(struct db_stmt *stmt, bool *ret_row)
{
	int r;

	if (stmt->bind_error != SQLITE_OK)
		return db_map_error(stmt->bind_error);
	r = sqlite3_step(stmt->stmt);
	if (r != SQLITE_ROW && r != SQLITE_DONE)
		return db_last_error(stmt->db);
	*ret_row = r == SQLITE_ROW;
	return SY_OK;
}

enum sy_err
db_run(struct db_stmt **stmt)
{
	enum sy_err err;
	bool row = false;

	err = db_step(*stmt, &row);
	db_done(stmt);
	return err == SY_OK && row ? SY_ERR_ARG : err;
}

int64_t
db_changes(const struct db *db)
{
	return sqlite3_changes64(db->sqlite);
}

enum sy_err
db_int(struct db_stmt *stmt, int n, int64_t *ret)
{
	if (sqlite3_column_type(stmt->stmt, n) != SQLITE_INTEGER)
		return SY_ERR_STORE_DAMAGED;
	*ret = sqlite3_column_int64(stmt->stmt, n);
	return SY_OK;
}

enum sy_err
db_bytes(struct db_stmt *stmt, int n, const uint8_t **ret_view, size_t *ret_len)
{
	static const uint8_t nothing[1];
	const void *p;

	if (sqlite3_column_type(stmt->stmt, n) != SQLITE_BLOB)
		return SY_ERR_STORE_DAMAGED;
	p = sqlite3_column_blob(stmt->stmt, n);
	*ret_len = (size_t)sqlite3_column_bytes(stmt->stmt, n);
	*ret_view = *ret_len != 0 ? p : nothing;
	return *ret_view != NULL ? SY_OK : SY_ERR_NOMEM;
}

enum sy_err
db_text_view(struct db_stmt *stmt, int n, const char **ret_view,
    size_t *ret_len)
{
	if (sqlite3_column_type(stmt->stmt, n) != SQLITE_TEXT)
		return SY_ERR_STORE_DAMAGED;
	*ret_view = (const char *)sqlite3_column_text(stmt->stmt, n);
	*ret_len = (size_t)sqlite3_column_bytes(stmt->stmt, n);
	return *ret_view != NULL ? SY_OK : SY_ERR_NOMEM;
}

bool
db_is_null(struct db_stmt *stmt, int n)
{
	return sqlite3_column_type(stmt->stmt, n) == SQLITE_NULL;
}
