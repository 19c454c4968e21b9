/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_STORE_SCHEMA_H
#define SERVER_STORE_SCHEMA_H

#include "server/store/db.h"

/* The scripts of schema/NNN.sql in order, NULL at the end. */
extern const char *const schema_scripts[];

/* All tables into an empty database, as one transaction. Errors of db.h. */
SY_MUST_USE enum sy_err schema_create(struct db *db);
/*
 * Bring an older schema up to date. SY_ERR_VERSION if it is newer than this
 * program, SY_ERR_STORE_DAMAGED if it is no database of ours.
 */
SY_MUST_USE enum sy_err schema_update(struct db *db, struct sy_error *reterr);

#endif /* SERVER_STORE_SCHEMA_H */
