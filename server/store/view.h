/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_STORE_VIEW_H
#define SERVER_STORE_VIEW_H

#include <pthread.h>
#include <stddef.h>

#include "server/keeper/keeper.h"
#include "server/store/db.h"
#include "server/store/row_map.h"

/*
 * What is inside a row_view, for the ledger. Of the two views of a ledger one
 * writes; its changes are kept in a list, so that they can be undone, and are
 * given to the reading view after the commit.
 */

/* One change of a row, in the order in which they were made. */
struct row_change {
	const struct row_type *type;
	int64_t id;
	uint64_t record; /* the audit record that explains it */
	bool had, has;   /* before, after */
	struct row_state before, after;
	struct row_entry *taken; /* of a deleted row, to be put back by undo */
};

struct row_changes {
	struct row_change *at;
	size_t count;
	size_t size;
};

/* Committed changes on their way from the writing to the reading view. */
struct row_post {
	/* Held over commit and posting: under it what is in the database and
	 * what was posted agree. */
	pthread_mutex_t commit;
	pthread_mutex_t lock; /* of what follows */
	struct row_changes changes;
	size_t promised;    /* room that the next posting must find */
	uint64_t commits;   /* of ours */
	uint64_t strangers; /* times that others' were noticed */
};

struct row_view_config {
	struct db *db;
	struct keeper *keeper;
	/* The reading view takes changes from here; NULL for the writer. */
	struct row_post *post;
	/* It asks the database whether somebody else wrote no more often than
	 * this, in microseconds; 0: with every look. */
	int64_t patience;
	/* Told of each row that is refused, before it is. */
	void (*bad)(void *ctx, const struct row_type *type, int64_t id,
	    enum sy_err why);
	void *bad_ctx;
};

SY_MUST_USE enum sy_err view_new(const struct row_view_config *config,
    struct row_view **ret_view);
void view_free(struct row_view **view);

/* Take back all changes from number ${from} on. */
void view_undo(struct row_view *view, size_t from);
/* Forget every decoded row. */
void view_forget(struct row_view *view);
/* Mark a row as not to be used, and tell. */
void view_refuse(struct row_view *view, const struct row_type *type, int64_t id,
    enum sy_err why);

/* After the commit: empty the list of changes, without handing them over. */
void view_settle(struct row_view *view);

SY_MUST_USE enum sy_err post_init(struct row_post *post);
void post_clear(struct row_post *post);
/* Before the commit: make room for the view's changes. NOMEM. */
SY_MUST_USE enum sy_err post_reserve(struct row_post *post,
    struct row_view *view);
/* After it: hand them over. The caller holds ${post->commit}. */
void post_changes(struct row_post *post, struct row_view *view);
/* The writer noticed that somebody else wrote to the database. */
void post_strangers(struct row_post *post);

/* --- shared by the files of the store --- */

struct row_kept {
	struct row_entry *entry;
	size_t place; /* in the view's ring */
	size_t size;
	bool used; /* since the hand passed it */
	_Alignas(max_align_t) uint8_t bytes[];
};

/* Decoded rows that a view keeps: so many, of so many bytes in all. A login
 * needs some 2 KiB of them, from its beginning to its end, and a connected
 * terminal 250 bytes. */
#define VIEW_KEPT_MAX    4096
#define VIEW_KEPT_BYTES  ((size_t)1 << 20)
#define VIEW_INDEX_SLOTS 4096
#define VIEW_SQL_SIZE    1024

/* A blind index that was computed before, and where it led. */
struct index_slot {
	const char *table;
	const char *column;
	uint8_t index[SY_DIGEST_SIZE];
	uint64_t looked; /* reader: its type's state when it was, 0: never */
	bool found;
	int64_t id;
	size_t len;
	uint8_t value[];
};

struct row_view {
	struct row_view_config config;
	struct row_map *map;
	struct row_changes changes; /* writer: of this transaction; reader:
				       taken from the post, to be applied */
	size_t applied;             /* reader */
	/* Reader: of each type, another with each change of its rows. */
	uint64_t states[ROW_TYPES_MAX];
	int64_t asked;    /* reader: when the database was */
	int64_t version;  /* its version then, and what */
	uint64_t commits; /* the post said of it */
	uint64_t strangers;
	uint8_t sum[SY_DIGEST_SIZE];
	struct row_kept *ring[VIEW_KEPT_MAX];
	size_t hand;
	size_t kept_bytes; /* of what is in the ring */
	struct index_slot *slots[VIEW_INDEX_SLOTS];
	struct sy_buf *raw;
	char sql[VIEW_SQL_SIZE];
};

/* Forget the decoded row. */
void view_drop(struct row_view *view, struct row_entry *entry);
/* Keep ${type}'s struct ${row}. Best effort. */
void view_keep(struct row_view *view, const struct row_type *type,
    struct row_entry *entry, const void *row);
/* Writer: room for one more change. NOMEM. */
SY_MUST_USE enum sy_err view_reserve(struct row_view *view);
/* Reader: apply what was posted. NOMEM. */
SY_MUST_USE enum sy_err view_sync(struct row_view *view);
/*
 * Reader: forget every decoded row if somebody else wrote to the database, so
 * that each is compared with it again. What comes at the same time as a commit
 * of ours, or before the view's patience is over, is noticed by the ledger
 * before it next decides anything. STORE*.
 */
SY_MUST_USE enum sy_err view_check(struct row_view *view);
/*
 * The blind index of ${value}; asks the keeper only for what is new. ${table}
 * and ${column} are string constants; the slot is good until the next call.
 * KEEPER, NOMEM.
 */
SY_MUST_USE enum sy_err view_index(struct row_view *view, const char *table,
    const char *column, const void *value, size_t len,
    struct index_slot **ret_slot);

#endif /* SERVER_STORE_VIEW_H */
