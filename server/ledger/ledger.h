/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_LEDGER_LEDGER_H
#define SERVER_LEDGER_LEDGER_H

#include <stdatomic.h>

#include <sanyoso/audit.h>

#include "server/keeper/keeper.h"
#include "server/store/row.h"

/*
 * The ledger: one thread, the only writer. It takes all requests that wait,
 * runs each in its own savepoint of one transaction, appends their audit
 * records to chain and tree, has the keeper seal and sign in one call, commits
 * with one flush, and only then reports them all done. A request that fails is
 * rolled back alone. After a failed flush the process exits.
 */
struct ledger;
struct ledger_tx;

struct ledger_config {
	const char *path; /* the database file */
	const char *node; /* this server's name, in every record */
	/* One channel for the ledger thread, one for the loop thread. */
	struct keeper *writer_keeper;
	struct keeper *reader_keeper;
	/* The loop thread asks the database whether somebody else wrote to it
	 * no more often than this, in microseconds, 0: with every look; the
	 * ledger thread asks with every group. */
	int64_t patience;
	/* Called on the ledger thread when results wait: wake the loop thread,
	 * which then calls ledger_dispatch. */
	void (*wake)(void *ctx);
	void *wake_ctx;
};

/*
 * Create the database with the present schema and an empty, signed log.
 * SY_ERR_EXISTS if there is one already; SY_ERR_STORE*.
 */
SY_MUST_USE enum sy_err ledger_create(const struct ledger_config *config,
    struct sy_error *reterr);

/*
 * Open the database, bring its schema up to date (SY_ERR_VERSION if it is
 * newer than this program), check head, tree and every deciding row, and start
 * the thread. Rows that don't verify are recorded as alarms and refused on
 * use; a log head that does not verify is SY_ERR_LOG and the server does not
 * start. SY_ERR_STORE_LOCKED if another server holds the database.
 */
SY_MUST_USE enum sy_err ledger_open(const struct ledger_config *config,
    struct ledger **ret_ledger, struct sy_error *reterr);

/* Finish what waits, stop the thread, close. NULL is allowed. */
void ledger_close(struct ledger **ledger);

/*
 * ledger_submit(ledger, run, done, ctx):
 * Queue a request. ${run} is called on the ledger thread, once, inside the
 * request's savepoint; unless it returns SY_OK everything it wrote is undone.
 * ${done} is called on the loop thread (from ledger_dispatch) after the commit
 * with what ${run} returned, or with the reason why the group could not be
 * committed (SY_ERR_STORE_FULL, ...): then nothing of it is on disk. Any
 * thread. SY_ERR_BUSY if too many wait; then neither is called.
 */
typedef enum sy_err (*ledger_run)(struct ledger_tx *tx, void *ctx);
typedef void (*ledger_done)(void *ctx, enum sy_err result);
SY_MUST_USE enum sy_err ledger_submit(struct ledger *ledger, ledger_run run,
    ledger_done done, void *ctx);

/*
 * Until ledger_release no group begins: requests that come together go into
 * one. What waits when the ledger is closed is finished all the same. Any
 * thread.
 */
void ledger_gather(struct ledger *ledger);
void ledger_release(struct ledger *ledger);

/* Loop thread: call the done functions of all finished requests. */
void ledger_dispatch(struct ledger *ledger);

/* --- inside run --- */

/* Rows as this transaction sees them. */
struct row_view *ledger_view(struct ledger_tx *tx);
/* The transaction's time in microseconds; it never goes back. */
int64_t ledger_now(const struct ledger_tx *tx);

/*
 * Append a record (seq, time, clock and node are filled in) and tell its
 * sequence. A request that decides or changes anything appends exactly one
 * for it, before it writes rows. An error undoes the request.
 */
SY_MUST_USE enum sy_err ledger_audit(struct ledger_tx *tx,
    const struct sy_audit_record *record, uint64_t *ret_seq);

/*
 * That record ${seq} is in the log as it is committed: what the keeper wants to
 * see. NOT_FOUND, LOG (the stored
 * log is not sound), LIMIT, NOMEM, CRYPTO, errors of the store.
 */
struct ledger_proof {
	struct keeper_invited invited; /* views of what follows */
	struct sy_tree_path path;
	uint8_t sealed[SY_AUDIT_SALT_SIZE + SY_AUDIT_BODY_MAX +
	    KEEPER_SEALED_EXTRA];
};
SY_MUST_USE enum sy_err ledger_prove(struct ledger_tx *tx, uint64_t seq,
    struct ledger_proof *ret);
/* The keeper's channel of the ledger thread. */
struct keeper *ledger_keeper(struct ledger_tx *tx);

/*
 * The ledger's time in microseconds: that of the clock, but never before what
 * a transaction was told. What is compared with ledger_now is stamped with it,
 * so that a clock that was set back makes nothing late. Any thread.
 */
int64_t ledger_time(struct ledger *ledger);

/* --- loop thread --- */

/* Rows as of the last commit, read only. */
struct row_view *ledger_reader(struct ledger *ledger);
/* The newest signed head (committed). Any thread. */
void ledger_head(struct ledger *ledger, uint8_t ret_head[SY_HEAD_SIZE],
    uint8_t ret_signature[SY_ED25519_SIG_SIZE]);
/* Requests that wait, and why the last group failed (SY_OK: it did not). */
size_t ledger_queue(struct ledger *ledger);
enum sy_err ledger_trouble(struct ledger *ledger);

/*
 * Queue a check of the next few hundred rows against what they must be; by and
 * by all of them, then from the beginning. For a timer. What is wrong is
 * alarmed and refused. ${done} as in ledger_submit. Any thread.
 */
SY_MUST_USE enum sy_err ledger_check_rows(struct ledger *ledger,
    ledger_done done, void *ctx);

/*
 * Records backwards from before ${before} (0: from the end), opened by the
 * keeper: ${each} as in row_walk; the record is valid during the call.
 */
SY_MUST_USE enum sy_err ledger_read_log(struct ledger *ledger, uint64_t before,
    enum sy_err (*each)(void *ctx, const struct sy_audit_record *record),
    void *ctx);

struct ledger_report {
	const atomic_bool *stop; /* set: give up; may be NULL */
	uint64_t records, heads, rows;
	unsigned int problems;
	/* Told of each problem; place as "record 17", "token:7". */
	void (*problem)(void *ctx, const char *place, const char *text);
	void *ctx;
};
/*
 * On a connection and a channel of the keeper of its own, on any thread, while
 * the ledger goes on. Check everything: gaps, commitments, chain, tree, every
 * head's signature, every row's MAC and sequence against the log, the sum of
 * the rows. SY_OK if the check itself could be done; look at
 * ${report->problems}. CANCELLED.
 */
SY_MUST_USE enum sy_err ledger_verify(struct ledger *ledger,
    struct keeper *keeper, struct ledger_report *report);

#endif /* SERVER_LEDGER_LEDGER_H */
