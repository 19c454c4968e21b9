/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/ledger/ledger_int.h"
#include "server/store/schema.h"

#define PATH_SIZE 4096
#define EDGE_MAX  4096

/* --- create --- */

static void
remove_temporary(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-lock" };
	char name[PATH_SIZE + 8];

	for (size_t i = 0; i < SY_COUNT(suffixes); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		(void)unlink(name);
	}
}

static enum sy_err
fill(const char *path, struct keeper *keeper, struct sy_error *reterr)
{
	SY_AUTO(db_close) struct db *db = NULL;
	enum sy_err err;

	if ((err = db_open(path, DB_CREATE, &db, reterr)) != SY_OK)
		return err;
	if ((err = schema_create(db)) != SY_OK ||
	    (err = log_create(db, keeper, clock_now())) != SY_OK)
		return sy_error_set(reterr, err, path, "cannot be created: %s",
		    db_text(db));
	return SY_OK;
}

/* A name that is there after a crash too. */
static enum sy_err
move_in_place(const char *from, const char *to, struct sy_error *reterr)
{
	char copy[PATH_SIZE];
	int fd, r;

	(void)snprintf(copy, sizeof(copy), "%s", to);
	/* link, not rename: what another has made meanwhile stays. */
	if (link(from, to) != 0)
		return sy_error_set(reterr,
		    errno == EEXIST ? SY_ERR_EXISTS : SY_ERR_STORE, to, "%s",
		    strerror(errno));
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd >= 0 ? fsync(fd) : -1;
	if (fd >= 0)
		(void)close(fd);
	if (r != 0)
		return sy_error_set(reterr, SY_ERR_STORE, to, "%s",
		    strerror(errno));
	return SY_OK;
}

enum sy_err
ledger_create(const struct ledger_config *config, struct sy_error *reterr)
{
	char path[PATH_SIZE];
	enum sy_err err;
	int n;

	n = snprintf(path, sizeof(path), "%s.new", config->path);
	if (n < 0 || (size_t)n >= sizeof(path))
		return sy_error_set(reterr, SY_ERR_LIMIT, config->path,
		    "the path is too long");
	if (access(config->path, F_OK) == 0)
		return sy_error_set(reterr, SY_ERR_EXISTS, config->path,
		    "there is a database already");
	remove_temporary(path);
	if ((err = fill(path, config->writer_keeper, reterr)) == SY_OK)
		err = move_in_place(path, config->path, reterr);
	remove_temporary(path);
	return err;
}

/* --- open --- */

static enum sy_err
init_locks(struct ledger *ledger)
{
	pthread_condattr_t attr;
	int r;

	if (pthread_condattr_init(&attr) != 0)
		return SY_ERR_NOMEM;
	/* A clock that nobody sets. */
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	r = pthread_cond_init(&ledger->work, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (r != 0)
		return SY_ERR_NOMEM;
	if (pthread_mutex_init(&ledger->lock, NULL) != 0) {
		(void)pthread_cond_destroy(&ledger->work);
		return SY_ERR_NOMEM;
	}
	if (post_init(&ledger->post) != SY_OK) {
		(void)pthread_mutex_destroy(&ledger->lock);
		(void)pthread_cond_destroy(&ledger->work);
		return SY_ERR_NOMEM;
	}
	return SY_OK;
}

static enum sy_err
ledger_new(const struct ledger_config *config, struct ledger **ret)
{
	struct ledger *ledger;

	if ((ledger = calloc(1, sizeof(*ledger))) == NULL)
		return SY_ERR_NOMEM;
	if (init_locks(ledger) != SY_OK) {
		free(ledger);
		return SY_ERR_NOMEM;
	}
	ledger->config = *config;
	queue_init(&ledger->waiting);
	queue_init(&ledger->finished);
	ledger->check_after = INT64_MIN;
	*ret = ledger;
	if ((ledger->node = strdup(config->node)) == NULL)
		return SY_ERR_NOMEM;
	if (sy_buf_new(SY_AUDIT_BODY_MAX + 1024, &ledger->encoding) != SY_OK)
		return SY_ERR_NOMEM;
	return sy_buf_new(EDGE_MAX, &ledger->edge);
}

void
ledger_close(struct ledger **ledger)
{
	struct ledger *l = *ledger;

	if (l == NULL)
		return;
	ledger_stop(l);
	view_free(&l->reader);
	db_close(&l->reader_db);
	view_free(&l->view);
	db_close(&l->db);
	group_clear(&l->group);
	sy_buf_free(&l->encoding);
	sy_buf_free(&l->edge);
	post_clear(&l->post);
	(void)pthread_mutex_destroy(&l->lock);
	(void)pthread_cond_destroy(&l->work);
	free(l->node);
	free(l);
	*ledger = NULL;
}

static enum sy_err
open_views(struct ledger *ledger)
{
	struct row_view_config config = { .bad = alarm_row, .bad_ctx = ledger };
	enum sy_err err;

	config.db = ledger->db;
	config.keeper = ledger->config.writer_keeper;
	if ((err = view_new(&config, &ledger->view)) != SY_OK)
		return err;
	config.db = ledger->reader_db;
	config.keeper = ledger->config.reader_keeper;
	config.post = &ledger->post;
	config.patience = ledger->config.patience;
	return view_new(&config, &ledger->reader);
}

/* Read everything as of one moment. */
static enum sy_err
load(struct ledger *ledger, struct sy_error *reterr)
{
	uint8_t sum[SY_DIGEST_SIZE];
	enum sy_err err;

	if ((err = db_begin(ledger->db)) != SY_OK ||
	    (err = db_foreign(ledger->db, &ledger->foreign)) != SY_OK)
		return sy_error_set(reterr, err, ledger->config.path, "%s",
		    db_text(ledger->db));
	if ((err = log_load(ledger, reterr)) != SY_OK)
		return err;
	memcpy(sum, ledger->view->sum, sizeof(sum));
	if ((err = rows_load(ledger, sum)) != SY_OK)
		return sy_error_set(reterr, err, ledger->config.path,
		    "the rows cannot be checked: %s",
		    err == SY_ERR_KEEPER ? sy_err_text(err)
					 : db_text(ledger->db));
	db_rollback(ledger->db);
	return SY_OK;
}

enum sy_err
ledger_open(const struct ledger_config *config, struct ledger **ret_ledger,
    struct sy_error *reterr)
{
	SY_AUTO(ledger_close) struct ledger *ledger = NULL;
	enum sy_err err;

	if ((err = ledger_new(config, &ledger)) != SY_OK)
		return sy_error_set(reterr, err, config->path, "no memory");
	if ((err = db_open(config->path, DB_WRITE, &ledger->db, reterr)) !=
		SY_OK ||
	    (err = schema_update(ledger->db, reterr)) != SY_OK ||
	    (err = db_open(config->path, DB_READ, &ledger->reader_db,
		 reterr)) != SY_OK)
		return err;
	if ((err = open_views(ledger)) != SY_OK)
		return sy_error_set(reterr, err, config->path, "no memory");
	if ((err = load(ledger, reterr)) != SY_OK)
		return err;
	if ((err = ledger_start(ledger)) != SY_OK)
		return sy_error_set(reterr, err, "ledger", "no thread");
	*ret_ledger = ledger;
	ledger = NULL;
	return SY_OK;
}
