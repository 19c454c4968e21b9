/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGERS_H
#define LEDGERS_H

#include <sys/types.h>

#include "server/keeper/keeper.h"
#include "server/ledger/ledger.h"
#include "server/store/tables.h"

/*
 * A ledger with its keeper in a folder of its own, for tests; the calling
 * thread is its loop thread. Anything that fails ends the test.
 */
struct place {
	char dir[64];
	char keys[96];
	char database[160];
	struct keeper *keepers[3]; /* writer, reader, verifier */
	pid_t keeper;
	struct ledger *ledger; /* NULL: stopped */
	int wake[2];
};

/* Folder, keys, keeper and an empty database; the ledger is not opened. */
void place_make(struct place *place);
/* The same in a folder that is there; it is not removed by place_remove. */
void place_make_in(struct place *place, const char *dir);
/* A place that another process has made, with a keeper of our own. */
void place_find(struct place *place, const char *dir);
/* Stop the ledger and its keeper. */
void place_stop_keeper(struct place *place);
/* Everything away. */
void place_remove(struct place *place);

void place_open(struct place *place);

/* cmocka's: the state is a place that is open. */
int place_setup(void **state);
int place_teardown(void **state);
void place_close(struct place *place);
/* What ledger_open says, without ending the test. */
enum sy_err place_try_open(struct place *place, struct sy_error *reterr);
void place_config(struct place *place, struct ledger_config *ret);

/* Stop the ledger and start a new keeper: it signs what was not signed before
 * it, as a database that was put back wants it. */
void place_new_keeper(struct place *place);

/* Copy what the keeper keeps of the log as it is, and put it back (with a new
 * keeper: see above). */
void place_copy_state(const struct place *place, const char *to);
void place_put_state(struct place *place, const char *from);

/* Copy the stopped database and what the keeper keeps of the log to
 * "NAME.saved"; put both back, or one of them (with a new keeper: see above).
 */
void place_save(struct place *place);
void place_restore(struct place *place);
void place_restore_database(struct place *place);
void place_restore_state(struct place *place);

/* Submit and wait for the result. */
enum sy_err place_run(struct place *place, ledger_run run, void *ctx);
/* Wait until the loop was woken, and dispatch. */
void place_dispatch(struct place *place);

/* A record "test" in the request, for rows that hang on it. */
enum sy_err place_audit(struct ledger_tx *tx, const char *action,
    const char *subject);

/* Run ${sql} in the database with a connection of its own. */
void place_sql(struct place *place, const char *sql);
/* The first value of the first row as text; "" if there is none. */
void place_query(struct place *place, const char *sql, char *ret, size_t size);
/* The same as a number. */
long place_number(struct place *place, const char *sql);

/* Problems that ledger_verify finds; the first of them in ${first}. */
unsigned int place_verify(struct place *place, char *first, size_t size);
/* How many records of ${action} and ${subject} (NULL: any) there are, the
 * alarms that wait among them. */
unsigned int place_count_records(struct place *place, const char *action,
    const char *subject);

/* Rows that pass every check of the store. */
void sample_id(struct id_row *row, const char *login);
void sample_token(struct token_row *row, int64_t owner, uint8_t key);
void sample_hold(struct hold_row *row, int64_t token);
void sample_terminal(struct terminal_row *row, const char *name);
void sample_card_secret(struct card_secret_row *row, int64_t owner,
    uint8_t card);
void sample_credential(struct credential_row *row, int64_t token, uint8_t key);
void sample_key_counter(struct key_counter_row *row, int64_t token);
void sample_metadata(struct metadata_row *row, int64_t number);
void sample_invitation(struct invitation_row *row, int64_t terminal,
    int64_t owner, uint8_t code);
void sample_id_event(struct id_event_row *row, int64_t owner);
void sample_password(struct password_row *row, int64_t owner, uint8_t hash);
void sample_lockout(struct lockout_row *row, int64_t owner);
void sample_activity(struct activity_row *row, int64_t owner);
void sample_session(struct session_row *row, int64_t owner, int64_t terminal);
/* Insert in one request with one record; sets the id. */
void place_insert(struct place *place, const struct row_type *type, void *row);

#endif /* LEDGERS_H */
