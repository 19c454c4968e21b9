/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/schema.h"

static int64_t
newest_version(void)
{
	int64_t n = 0;

	while (schema_scripts[n] != NULL)
		n++;
	return n;
}

/* The scripts behind ${version}; each sets the version itself. */
static enum sy_err
run_scripts(struct db *db, int64_t version)
{
	enum sy_err err;

	if ((err = db_begin(db)) != SY_OK)
		return err;
	for (; schema_scripts[version] != NULL; version++) {
		if ((err = db_script(db, schema_scripts[version])) != SY_OK) {
			db_rollback(db);
			return err;
		}
	}
	if ((err = db_commit(db)) != SY_OK)
		db_rollback(db);
	return err;
}

enum sy_err
schema_create(struct db *db)
{
	return run_scripts(db, 0);
}

static enum sy_err
read_version(struct db *db, int64_t *ret)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	enum sy_err err;
	bool row;

	if ((err = db_prepare(db, "SELECT version FROM schema_version",
		 &stmt)) != SY_OK ||
	    (err = db_step(stmt, &row)) != SY_OK)
		return err;
	if (!row)
		return SY_ERR_STORE_DAMAGED;
	return db_int(stmt, 0, ret);
}

enum sy_err
schema_update(struct db *db, struct sy_error *reterr)
{
	const int64_t newest = newest_version();
	int64_t version = 0;
	enum sy_err err;

	err = read_version(db, &version);
	/* The table is not there. */
	if (err == SY_ERR_STORE || (err == SY_OK && version < 1))
		err = SY_ERR_STORE_DAMAGED;
	if (err != SY_OK)
		return sy_error_set(reterr, err, "database", "%s",
		    err == SY_ERR_STORE_DAMAGED ? "is not one of sanyosod"
						: db_text(db));
	if (version > newest)
		return sy_error_set(reterr, SY_ERR_VERSION, "database",
		    "has schema %lld, this program knows %lld",
		    (long long)version, (long long)newest);
	if (version == newest)
		return SY_OK;
	if ((err = run_scripts(db, version)) != SY_OK)
		return sy_error_set(reterr, err, "database",
		    "schema %lld cannot be brought up to date: %s",
		    (long long)version, db_text(db));
	return SY_OK;
}
