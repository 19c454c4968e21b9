/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_LEDGER_LEDGER_INT_H
#define SERVER_LEDGER_LEDGER_INT_H

#include <pthread.h>

#include "server/keeper/keeper.h"
#include "server/ledger/ledger.h"
#include "server/log_end.h"
#include "server/store/tables.h"
#include "server/store/view.h"

#define LEDGER_QUEUE_MAX 4096
/* One transaction: so many requests, so many bytes of records. A batch of the
 * keeper must hold them. */
#define GROUP_REQUESTS_MAX 1024
#define GROUP_BYTES        ((size_t)2 * 1024 * 1024)
#define GROUP_BYTES_MAX    ((size_t)3 * 1024 * 1024)
#define GROUP_RECORDS_MAX  KEEPER_LEAVES_MAX
/* So many leaves have their node in a table of its own (power of two): to prove
 * that a record is in the log takes two blocks and these. */
#define TREE_BLOCK 4096
/* Rows that alarms name; the others are named by ledger_verify. */
#define ALARMS_MAX 1024

struct request {
	ledger_run run;
	ledger_done done;
	void *ctx;
	enum sy_err result;
	struct request *next;
};

struct request_queue {
	struct request *first;
	struct request **last;
	size_t count;
};

/* A record of the running group: body = salt and encoding. */
struct group_record {
	int64_t time;
	size_t at, len; /* of the body in group.bytes */
	uint8_t commitment[SY_DIGEST_SIZE];
};

struct group {
	struct group_record *records;
	size_t count, size;
	uint8_t (*leaves)[SY_DIGEST_SIZE]; /* as many as records */
	uint8_t *bytes;
	size_t len, bytes_size;
	int64_t now; /* the last that was told; never goes back */
	bool clock_synced;
};

struct signed_head {
	uint8_t head[SY_HEAD_SIZE];
	uint8_t signature[SY_ED25519_SIG_SIZE];
};

/* Something that must not be, to be recorded with the next group. */
struct alarm {
	char subject[48];
	const char *action;
	enum sy_err reason;
	bool recorded;
};

struct ledger {
	struct ledger_config config;
	char *node;
	struct row_post post;
	struct db *reader_db;
	struct row_view *reader;

	pthread_t thread;
	bool started;

	/* Under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct request_queue waiting;
	struct request_queue finished;
	bool stop;
	bool gathers; /* no group begins */
	enum sy_err trouble;
	struct signed_head head; /* newest committed */
	struct alarm alarms[ALARMS_MAX];
	size_t alarm_count;
	bool alarms_wait;

	_Atomic int64_t told; /* the last time of a transaction */

	/* The ledger thread's. */
	struct db *db;
	struct row_view *view;
	struct log_end end;
	struct group group;
	struct sy_buf *encoding;
	struct sy_buf *edge;
	int64_t foreign;
	uint64_t signed_size;    /* of the last head that the keeper signed */
	uint64_t confirmed;      /* the size that the keeper knows committed */
	enum sy_err unconfirmed; /* why it could not be told, if so */
	uint64_t refused;        /* requests, since the trouble began */
	int64_t tried;           /* when room was last looked for */
	size_t check_type;       /* where the scheduled check is */
	int64_t check_after;
};

struct ledger_tx {
	struct ledger *ledger;
	int64_t now;
	bool savepoint;
	enum sy_err spoiled; /* why it must be undone, whatever run returns */
	/* Where the request's own things begin. */
	size_t first_record;
	size_t first_byte;
	size_t first_change;
	size_t noted; /* changes that stand in a record already */
};

/* --- ledger.c --- */
SY_MUST_USE enum sy_err ledger_start(struct ledger *ledger);
/* Run what waits, join the thread, report the last results. */
void ledger_stop(struct ledger *ledger);

/* --- queue.c --- */
void queue_init(struct request_queue *queue);
void queue_push(struct request_queue *queue, struct request *request);
struct request *queue_pop(struct request_queue *queue);
/* All of ${from} to the end of ${to}. */
void queue_move(struct request_queue *to, struct request_queue *from);

/* --- group.c --- */
/* Run the requests as one transaction and set their results. Also writes the
 * alarms that wait. */
void group_run(struct ledger *ledger, struct request_queue *requests);
void group_clear(struct group *group);

/* --- record.c --- */
/* Begin a transaction's or request's part of the group. */
void tx_begin(struct ledger *ledger, struct ledger_tx *ret_tx);
/* Name the rows that were changed since the last record in that record. */
SY_MUST_USE enum sy_err tx_finish(struct ledger_tx *tx);
/* Forget records and row changes of the request. */
void tx_undo(struct ledger_tx *tx);

/* --- log.c --- */
/* Where the log ends and the newest head, checked against each other and the
 * keeper's key. LOG, STORE*. */
SY_MUST_USE enum sy_err log_load(struct ledger *ledger,
    struct sy_error *reterr);
/* Seal the group's records, sign the head, put all of it into the database:
 * one keeper call. ${ret_end}, ${ret_head} are what is reached by commit. */
SY_MUST_USE enum sy_err log_append(struct ledger *ledger,
    struct log_end *ret_end, struct signed_head *ret_head);
/* Tell the keeper, if it does not know, that the last group is committed: no
 * log without it will be taken after the next start. */
void log_confirm(struct ledger *ledger);
/* The empty log of a new database. */
SY_MUST_USE enum sy_err log_create(struct db *db, struct keeper *keeper,
    int64_t now);

/* --- resume.c --- */
/* Show the keeper the log from where it knows it, after log_load and in the
 * same transaction. HISTORY: it knows another one, or more of it. */
SY_MUST_USE enum sy_err log_resume(struct ledger *ledger,
    struct sy_error *reterr);

/* --- prove.c --- */
/* The leaves of the ${count} records from ${from} on. LOG: one is missing. */
SY_MUST_USE enum sy_err log_leaves(struct db *db, uint64_t from, size_t count,
    uint8_t (*ret)[SY_DIGEST_SIZE]);
/* What ${tree} has behind its last whole block, as a tree of its own. */
void tree_tail(const struct sy_tree *tree, struct sy_tree *ret);
/* The node of the block that ${leaf} ends, before the tree has it. */
SY_MUST_USE enum sy_err tree_block(const struct sy_tree *tree,
    const uint8_t leaf[SY_DIGEST_SIZE], uint8_t ret[SY_DIGEST_SIZE]);
/* The stored nodes of ${count} blocks. LOG: one is missing. */
SY_MUST_USE enum sy_err tree_blocks(struct db *db, uint64_t from, size_t count,
    uint8_t (*ret)[SY_DIGEST_SIZE]);

/* --- scan.c: the stored log --- */
struct log_item {
	uint64_t seq;
	int64_t time;
	const uint8_t *commitment; /* SY_DIGEST_SIZE */
	enum sy_err err;           /* LOG: can't be opened or does not fit */
	const struct sy_audit_record *record; /* if err is SY_OK */
};
typedef enum sy_err (*log_each)(void *ctx, const struct log_item *item);
/* Records from ${from} on upwards, or (${down}) below ${from}. */
SY_MUST_USE enum sy_err log_scan(struct db *db, struct keeper *keeper,
    uint64_t from, bool down, log_each each, void *ctx);

/* --- refs.c: "rows" in records --- */
#define ROWS_PAIR "rows"
/*
 * One reference as text behind what is in ${out} ("token:7@2", "-hold:3@7"): a
 * deleted row has "-" in front; behind "@" stand the values of its LISTED
 * columns, so that a missing row is missed where it belongs.
 */
SY_MUST_USE enum sy_err refs_add(struct sy_buf *out,
    const struct row_change *change);
/* Apply a record's pair to ${map}: seq and lists of each row. LOG. */
SY_MUST_USE enum sy_err refs_apply(struct row_map *map,
    const struct sy_audit_record *record);

/* --- rows.c: check of all rows --- */
#define SLICE_ROWS 256
struct slice {
	struct {
		int64_t id;
		struct row_state state; /* bad: ALTERED if the MAC is wrong */
		bool sound;             /* it can be read at all */
	} rows[SLICE_ROWS];
	size_t count; /* less than SLICE_ROWS: that was the last */
};
/* The next rows of ${type} behind id ${after}, MACs checked in one batch. */
SY_MUST_USE enum sy_err rows_slice(struct db *db, struct keeper *keeper,
    const struct row_type *type, int64_t after, struct slice *ret);
/* At start: read and check all; what is wrong is refused and alarmed. */
SY_MUST_USE enum sy_err rows_load(struct ledger *ledger,
    const uint8_t sum[SY_DIGEST_SIZE]);
/* Later: compare one slice (from where the last one ended), or all. */
SY_MUST_USE enum sy_err rows_recheck(struct ledger *ledger, bool all);

/* --- alarm.c --- */
void alarm_raise(struct ledger *ledger, const char *action, const char *subject,
    enum sy_err reason);
/* A view's config.bad. */
void alarm_row(void *ctx, const struct row_type *type, int64_t id,
    enum sy_err why);
/* A record for each alarm that waits; ${ret_upto}: how many there are. */
SY_MUST_USE enum sy_err alarm_record_all(struct ledger *ledger,
    struct ledger_tx *tx, size_t *ret_upto);
void alarm_recorded(struct ledger *ledger, size_t upto);

int64_t clock_now(void);

#endif /* SERVER_LEDGER_LEDGER_INT_H */
