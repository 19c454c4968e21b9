/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_STORE_DB_SQLITE_H
#define SERVER_STORE_DB_SQLITE_H

#include <sqlite3.h>

#include "server/store/db.h"

/* What is inside a connection and a statement: SQLite's part of db.h stands in
 * two files, db_sqlite.c (connections, transactions) and db_statement.c. */
struct db_stmt {
	struct db *db;
	char *sql;
	sqlite3_stmt *stmt;
	struct db_stmt *next;
	bool busy;
	int bind_error; /* sticky until db_done */
};

struct db {
	sqlite3 *sqlite;
	struct db_stmt *statements;
	int lock; /* file that keeps a second server away, or -1 */
};

/* An extended result code of SQLite as one of ours. */
enum sy_err db_map_error(int extended);
/* The last failure of the connection; never SY_OK. */
enum sy_err db_last_error(const struct db *db);

#endif /* SERVER_STORE_DB_SQLITE_H */
