/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: the least that it takes to have all rows in memory.
 *
 *   scan DATABASE
 *
 * Reads every column of the rows that decide and copies it; prints
 * milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "bench/tls.h"

static const char *const tables[] = { "id", "id_event", "password", "lockout",
	"activity", "session", "token", "hold", "terminal", "invitation" };

static void
keep(sqlite3_stmt *row, int column)
{
	const int len = sqlite3_column_bytes(row, column);
	void *copy = malloc((size_t)len + 1);

	if (copy == NULL)
		bench_die("out of memory");
	if (len > 0)
		memcpy(copy, sqlite3_column_blob(row, column), (size_t)len);
}

static void
read_table(sqlite3 *db, const char *table)
{
	sqlite3_stmt *row;
	char sql[64];

	(void)snprintf(sql, sizeof(sql), "SELECT * FROM %s", table);
	if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
		bench_die("%s: %s", table, sqlite3_errmsg(db));
	while (sqlite3_step(row) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(row); i++)
			keep(row, i);
	(void)sqlite3_finalize(row);
}

int
main(int argc, char **argv)
{
	const double begun = bench_now();
	sqlite3 *db;

	if (argc != 2 ||
	    sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL) !=
		SQLITE_OK)
		bench_die("usage: scan DATABASE");
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		read_table(db, tables[i]);
	(void)sqlite3_close(db);
	printf("%.1f\n", (bench_now() - begun) / 1000);
	return 0;
}
