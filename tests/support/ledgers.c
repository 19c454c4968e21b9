/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/ledgers.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

/* Nobody. */
#define KEEPER_ID 65534

static void
start_keeper(struct place *place)
{
	const uid_t uid = geteuid() == 0 ? KEEPER_ID : geteuid();
	struct sy_error error = { 0 };

	if (keeper_start(place->keys, uid, KEEPER_ID, SY_COUNT(place->keepers),
		place->keepers, &place->keeper, &error) != SY_OK)
		fail_msg("%s: %s", error.place, error.text);
}

void
place_stop_keeper(struct place *place)
{
	int status;

	place_close(place);
	for (size_t i = 0; i < SY_COUNT(place->keepers); i++)
		keeper_close(&place->keepers[i]);
	if (place->keeper != 0) {
		assert_int_equal(waitpid(place->keeper, &status, 0),
		    place->keeper);
		/* The sandbox had nothing to forbid. */
		assert_true(WIFEXITED(status) || WTERMSIG(status) == SIGKILL);
	}
	place->keeper = 0;
}

void
place_new_keeper(struct place *place)
{
	place_stop_keeper(place);
	start_keeper(place);
}

static void
name_place(struct place *place, const char *dir)
{
	*place = (struct place){ 0 };
	(void)snprintf(place->dir, sizeof(place->dir), "%s", dir);
	(void)snprintf(place->keys, sizeof(place->keys), "%s/keys", dir);
	(void)snprintf(place->database, sizeof(place->database),
	    "%s/sanyosod.db", dir);
	assert_int_equal(pipe2(place->wake, O_CLOEXEC), 0);
}

void
place_find(struct place *place, const char *dir)
{
	name_place(place, dir);
	start_keeper(place);
}

void
place_make_in(struct place *place, const char *dir)
{
	struct ledger_config config;
	struct sy_error error = { 0 };

	name_place(place, dir);
	assert_int_equal(mkdir(place->keys, 0700), 0);
	assert_int_equal(keeper_create(place->keys, "test", &error), SY_OK);
	start_keeper(place);
	place_config(place, &config);
	if (ledger_create(&config, &error) != SY_OK)
		fail_msg("%s: %s", error.place, error.text);
}

void
place_make(struct place *place)
{
	char dir[] = "/tmp/sy-ledger-XXXXXX";

	assert_non_null(mkdtemp(dir));
	place_make_in(place, dir);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	return ftw->level == 0 ? 0 : remove(path);
}

void
place_remove(struct place *place)
{
	place_stop_keeper(place);
	(void)close(place->wake[0]);
	(void)close(place->wake[1]);
	(void)nftw(place->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	(void)rmdir(place->dir);
}

static void
copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	char chunk[65536];
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	assert_int_equal(fchmod(fileno(out), 0600), 0);
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		assert_int_equal(fwrite(chunk, 1, n, out), n);
	assert_int_equal(fclose(in), 0);
	assert_int_equal(fclose(out), 0);
}

static void
name_state(const struct place *place, char ret[192])
{
	(void)snprintf(ret, 192, "%s/log.state", place->keys);
}

static void
name_saved(const char *name, char ret[200])
{
	(void)snprintf(ret, 200, "%s.saved", name);
}

void
place_copy_state(const struct place *place, const char *to)
{
	char state[192];

	name_state(place, state);
	copy_file(state, to);
}

void
place_put_state(struct place *place, const char *from)
{
	char state[192];

	place_stop_keeper(place);
	name_state(place, state);
	copy_file(from, state);
	start_keeper(place);
}

void
place_save(struct place *place)
{
	char state[192], saved[200];

	name_saved(place->database, saved);
	copy_file(place->database, saved);
	name_state(place, state);
	name_saved(state, saved);
	place_copy_state(place, saved);
}

void
place_restore_database(struct place *place)
{
	static const char *const logs[] = { "-wal", "-shm" };
	char name[192], saved[200];

	place_stop_keeper(place);
	for (size_t i = 0; i < SY_COUNT(logs); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", place->database,
		    logs[i]);
		(void)unlink(name);
	}
	name_saved(place->database, saved);
	copy_file(saved, place->database);
	start_keeper(place);
}

void
place_restore_state(struct place *place)
{
	char state[192], saved[200];

	name_state(place, state);
	name_saved(state, saved);
	place_put_state(place, saved);
}

void
place_restore(struct place *place)
{
	place_restore_state(place);
	place_restore_database(place);
}

static void
wake(void *ctx)
{
	const struct place *place = ctx;

	assert_int_equal(write(place->wake[1], "", 1), 1);
}

void
place_config(struct place *place, struct ledger_config *ret)
{
	*ret = (struct ledger_config){
		.path = place->database,
		.node = "server.test",
		.writer_keeper = place->keepers[0],
		.reader_keeper = place->keepers[1],
		.wake = wake,
		.wake_ctx = place,
	};
}

enum sy_err
place_try_open(struct place *place, struct sy_error *reterr)
{
	struct ledger_config config;

	place_config(place, &config);
	return ledger_open(&config, &place->ledger, reterr);
}

void
place_open(struct place *place)
{
	struct sy_error error = { 0 };

	if (place_try_open(place, &error) != SY_OK)
		fail_msg("%s: %s", error.place, error.text);
}

int
place_setup(void **state)
{
	static struct place place;

	place_make(&place);
	place_open(&place);
	*state = &place;
	return 0;
}

int
place_teardown(void **state)
{
	place_remove(*state);
	return 0;
}

void
place_close(struct place *place)
{
	ledger_close(&place->ledger);
}

void
place_dispatch(struct place *place)
{
	char c;

	assert_int_equal(read(place->wake[0], &c, 1), 1);
	ledger_dispatch(place->ledger);
}

struct waiting {
	bool done;
	enum sy_err result;
};

static void
set_done(void *ctx, enum sy_err result)
{
	struct waiting *w = ctx;

	w->done = true;
	w->result = result;
}

struct call {
	ledger_run run;
	void *ctx;
	struct waiting waiting;
};

static enum sy_err
run_call(struct ledger_tx *tx, void *ctx)
{
	const struct call *call = ctx;

	return call->run(tx, call->ctx);
}

static void
call_done(void *ctx, enum sy_err result)
{
	struct call *call = ctx;

	set_done(&call->waiting, result);
}

enum sy_err
place_run(struct place *place, ledger_run run, void *ctx)
{
	struct call call = { .run = run, .ctx = ctx };

	assert_int_equal(ledger_submit(place->ledger, run_call, call_done,
			     &call),
	    SY_OK);
	while (!call.waiting.done)
		place_dispatch(place);
	return call.waiting.result;
}

enum sy_err
place_audit(struct ledger_tx *tx, const char *action, const char *subject)
{
	const struct sy_audit_record record = {
		.actor = "test",
		.terminal = "",
		.subject = subject,
		.action = action,
		.outcome = SY_OUTCOME_DONE,
		.reason = "",
	};
	uint64_t seq;

	return ledger_audit(tx, &record, &seq);
}

static void
query(struct place *place, const char *sql, char *ret, size_t size)
{
	sqlite3_stmt *stmt = NULL;
	const char *rest = sql;
	sqlite3 *db;

	if (ret != NULL)
		ret[0] = '\0';
	assert_int_equal(sqlite3_open(place->database, &db), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 5000);
	while (*rest != '\0') {
		if (sqlite3_prepare_v2(db, rest, -1, &stmt, &rest) !=
			SQLITE_OK ||
		    stmt == NULL)
			fail_msg("%s: %s", sql, sqlite3_errmsg(db));
		if (sqlite3_step(stmt) == SQLITE_ROW && ret != NULL)
			(void)snprintf(ret, size, "%s",
			    (const char *)sqlite3_column_text(stmt, 0));
		if (sqlite3_finalize(stmt) != SQLITE_OK)
			fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

void
place_sql(struct place *place, const char *sql)
{
	query(place, sql, NULL, 0);
}

void
place_query(struct place *place, const char *sql, char *ret, size_t size)
{
	query(place, sql, ret, size);
}

long
place_number(struct place *place, const char *sql)
{
	char text[32];

	place_query(place, sql, text, sizeof(text));
	return strtol(text, NULL, 10);
}

struct first {
	char *text;
	size_t size;
};

static void
note_problem(void *ctx, const char *where, const char *text)
{
	struct first *first = ctx;

	if (first->text != NULL && first->text[0] == '\0')
		(void)snprintf(first->text, first->size, "%s: %s", where, text);
}

unsigned int
place_verify(struct place *place, char *first_text, size_t size)
{
	struct first first = { first_text, size };
	struct ledger_report report = { .problem = note_problem,
		.ctx = &first };

	if (first_text != NULL)
		first_text[0] = '\0';
	assert_int_equal(ledger_verify(place->ledger, place->keepers[2],
			     &report),
	    SY_OK);
	return report.problems;
}

struct counting {
	const char *action;
	const char *subject;
	unsigned int count;
};

static enum sy_err
count_record(void *ctx, const struct sy_audit_record *record)
{
	struct counting *c = ctx;

	if (strcmp(record->action, c->action) == 0 &&
	    (c->subject == NULL || strcmp(record->subject, c->subject) == 0))
		c->count++;
	return SY_OK;
}

static enum sy_err
run_nothing(struct ledger_tx *tx, void *ctx)
{
	(void)tx;
	(void)ctx;
	return SY_OK;
}

unsigned int
place_count_records(struct place *place, const char *action,
    const char *subject)
{
	struct counting c = { action, subject, 0 };

	/* A group of its own, with what the reader has to say. */
	assert_int_equal(place_run(place, run_nothing, NULL), SY_OK);

	assert_int_equal(ledger_read_log(place->ledger, 0, count_record, &c),
	    SY_OK);
	return c.count;
}

void
sample_id(struct id_row *row, const char *login)
{
	*row = (struct id_row){ .kind = SY_KIND_STAFF,
		.state = ID_ACTIVE,
		.valid_from = 1,
		.created = 2 };
	(void)snprintf(row->login, sizeof(row->login), "%s", login);
	(void)snprintf(row->staff, sizeof(row->staff), "S-%s", login);
	(void)snprintf(row->name, sizeof(row->name), "鈴木 %s", login);
	(void)snprintf(row->kana, sizeof(row->kana), "スズキ");
	(void)snprintf(row->born, sizeof(row->born), "1985-04-01");
	(void)snprintf(row->person, sizeof(row->person), "鈴木%s スズキ %s",
	    login, row->born);
}

void
sample_token(struct token_row *row, int64_t owner, uint8_t key)
{
	*row = (struct token_row){ .owner = owner,
		.driver = 1,
		.method = 1,
		.alg = 1,
		.origin = 1,
		.state = TOKEN_ACTIVE,
		.enrolled = 3,
		.not_after = 4,
		.terminal = 1 };
	memset(row->spki, key, 91);
	row->spki_len = 91;
	(void)snprintf(row->basis, sizeof(row->basis), "職員証の提示 %u", key);
}

void
sample_hold(struct hold_row *row, int64_t token)
{
	*row = (struct hold_row){
		.token = token, .source = HOLD_OPERATOR, .since = 5
	};
	(void)snprintf(row->reason, sizeof(row->reason), "忘れ物");
}

void
sample_terminal(struct terminal_row *row, const char *name)
{
	*row = (struct terminal_row){ .zone = SY_ZONE_MYNUMBER,
		.state = TERMINAL_JOINED,
		.not_after = 6,
		.joined = 7 };
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	memset(row->cert, 0x5a, sizeof(row->cert));
	row->cert_len = sizeof(row->cert);
}

void
sample_invitation(struct invitation_row *row, int64_t terminal, int64_t owner,
    uint8_t code)
{
	*row = (struct invitation_row){ .kind = INVITATION_ENROLL,
		.terminal = terminal,
		.owner = owner,
		.expires = 8 };
	memset(row->code, code, sizeof(row->code));
	row->code_len = sizeof(row->code);
	(void)snprintf(row->basis, sizeof(row->basis), "本人確認書類");
}

void
sample_card_secret(struct card_secret_row *row, int64_t owner, uint8_t card)
{
	*row = (struct card_secret_row){ .token = owner,
		.owner = owner,
		.state = CARD_SECRET_SENT,
		.changed = 11,
		.guid_len = sizeof(row->guid),
		.management_len = sizeof(row->management),
		.puk_len = sizeof(row->puk),
		.former_management_len = sizeof(row->former_management),
		.former_puk_len = sizeof(row->former_puk) };
	memset(row->guid, card, sizeof(row->guid));
	memset(row->management, 0x11, sizeof(row->management));
	memset(row->puk, '7', sizeof(row->puk));
	memset(row->former_management, 0x22, sizeof(row->former_management));
	memset(row->former_puk, '8', sizeof(row->former_puk));
}

void
sample_credential(struct credential_row *row, int64_t token, uint8_t key)
{
	*row = (struct credential_row){ .token = token,
		.owner = token,
		.credential_len = 64,
		.aaguid_len = sizeof(row->aaguid),
		.attestation = SY_ATTESTATION_MODEL,
		.firmware = 5,
		.managed = 1 };
	memset(row->credential, key, row->credential_len);
	memset(row->aaguid, 0x33, sizeof(row->aaguid));
}

void
sample_key_counter(struct key_counter_row *row, int64_t token)
{
	*row = (struct key_counter_row){
		.token = token, .counter = 17, .changed = 12
	};
}

void
sample_metadata(struct metadata_row *row, int64_t number)
{
	*row = (struct metadata_row){ .number = number,
		.next_update = 14,
		.imported = 13,
		.digest_len = sizeof(row->digest) };
	memset(row->digest, 0x44, sizeof(row->digest));
}

void
sample_id_event(struct id_event_row *row, int64_t owner)
{
	*row = (struct id_event_row){ .owner = owner, .time = 9 };
	(void)snprintf(row->actor, sizeof(row->actor), "root");
	(void)snprintf(row->action, sizeof(row->action), "user.add");
	(void)snprintf(row->basis, sizeof(row->basis), "申請書 1");
}

void
sample_password(struct password_row *row, int64_t owner, uint8_t hash)
{
	*row = (struct password_row){ .owner = owner,
		.state = PASSWORD_ACTIVE,
		.memory = SY_HASH_MEMORY_MIN,
		.passes = SY_HASH_PASSES,
		.created = 10 };
	memset(row->hash, hash, sizeof(row->hash));
	row->hash_len = sizeof(row->hash);
	memset(row->salt, 0xa5, sizeof(row->salt));
	row->salt_len = sizeof(row->salt);
}

void
sample_lockout(struct lockout_row *row, int64_t owner)
{
	*row = (struct lockout_row){ .owner = owner,
		.epoch = 1,
		.failed = 3,
		.forgiven = 2,
		.streak = 1,
		.state = LOCKOUT_OPEN,
		.changed = 9 };
}

void
sample_activity(struct activity_row *row, int64_t owner)
{
	*row = (struct activity_row){
		.owner = owner, .login = 11, .logout = 12, .failures = 1
	};
	(void)snprintf(row->login_terminal, sizeof(row->login_terminal),
	    "pc-8");
	(void)snprintf(row->logout_terminal, sizeof(row->logout_terminal),
	    "pc-9");
}

void
sample_session(struct session_row *row, int64_t owner, int64_t terminal)
{
	*row = (struct session_row){ .owner = owner,
		.terminal = terminal,
		.purpose = SY_PURPOSE_LOGIN,
		.opened = 13 };
	(void)snprintf(row->account, sizeof(row->account), "suzuki");
	(void)snprintf(row->service, sizeof(row->service), "login");
	(void)snprintf(row->tty, sizeof(row->tty), "tty1");
	memset(row->boot, 0xb0, sizeof(row->boot));
	row->boot_len = sizeof(row->boot);
	memset(row->txn, (int)owner, sizeof(row->txn));
	row->txn_len = sizeof(row->txn);
}

struct inserting {
	const struct row_type *type;
	void *row;
};

static enum sy_err
run_insert(struct ledger_tx *tx, void *ctx)
{
	const struct inserting *i = ctx;
	enum sy_err err;

	if ((err = place_audit(tx, "test.insert", i->type->table)) != SY_OK)
		return err;
	return row_insert(tx, i->type, i->row);
}

void
place_insert(struct place *place, const struct row_type *type, void *row)
{
	struct inserting i = { type, row };

	assert_int_equal(place_run(place, run_insert, &i), SY_OK);
}
