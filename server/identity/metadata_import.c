/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New metadata of FIDO2 keys: an operator sends the file in parts; a worker
 * thread checks it and writes the compact form beside the database; the row
 * that names it is committed after that, and then they are in force. Killed
 * between the two, the server starts with the former ones.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanyoso/safefile.h>

#include "server/crew.h"
#include "server/identity/identity.h"
#include "server/identity/metadata_file.h"
#include "server/identity/model.h"
#include "server/job.h"
#include "server/log.h"

#define MICROSECONDS INT64_C(1000000)
#define ROOT_MAX     ((size_t)256 * 1024)
/* Seconds that the next part is waited for. */
#define PART_LIFE 60

struct metadata_import {
	struct server *server;
	struct exchange *exchange; /* of the last part, while it is checked */
	uint8_t *bytes;
	size_t len, room;
	int64_t touched; /* boot clock */
	bool working;    /* a thread or the ledger has it */
	/* For the worker: what is in force. */
	int64_t now; /* seconds */
	struct metadata_row held;
	bool in_force;
	/* What it found. */
	struct sy_error error;
	struct sy_metadata *metadata;
	struct metadata_row row;
	uint8_t file[SY_DIGEST_SIZE]; /* of the file as it came */
	bool same;                    /* nothing to do */
};

static void
import_free(struct metadata_import **import)
{
	struct metadata_import *i = *import;

	*import = NULL;
	if (i == NULL)
		return;
	i->server->metadata_import = NULL;
	sy_metadata_free(&i->metadata);
	free(i->bytes);
	free(i);
}

static void
fail(struct exchange **exchange, enum sy_err code, const char *place,
    const char *text)
{
	struct sy_error error = { .code = SY_OK };

	(void)sy_error_set(&error, code, place, "%s", text);
	exchange_fail(exchange, &error, exchange_status(code) == 503 ? 1 : 0);
}

void
metadata_expire(struct server *server, bool all)
{
	struct metadata_import *import = server->metadata_import;

	if (import != NULL && !import->working &&
	    (all || server_boottime() - import->touched > PART_LIFE))
		import_free(&import);
}

/* --- checking, on a worker thread --- */

/* Whether what came may take the place of what is there. */
static enum sy_err
check_number(struct metadata_import *i)
{
	const int64_t held = i->held.number, number = i->row.number;

	i->same = i->held.id != 0 && number == held &&
	    memcmp(i->held.digest, i->row.digest, SY_DIGEST_SIZE) == 0;
	if (i->held.id == 0 || number > held || i->same)
		return SY_OK;
	/* Something that can't be read any more, in whatever form it was. */
	if (number == held && !i->in_force)
		return SY_OK;
	return sy_error_set(&i->error, SY_ERR_STATE, "number",
	    "the file has number %" PRId64 ", and number %" PRId64
	    " is in force: it must be a newer one",
	    number, held);
}

static enum sy_err
write_file(struct metadata_import *i)
{
	uint8_t *packed = NULL;
	char path[PATH_SIZE];
	enum sy_err err;
	size_t len;

	if ((err = sy_metadata_pack(i->metadata, &packed, &len)) != SY_OK)
		return err;
	i->row.digest_len = SY_DIGEST_SIZE;
	if ((err = metadata_digest(packed, len, i->row.digest)) == SY_OK &&
	    (err = check_number(i)) == SY_OK &&
	    (err = metadata_file_path(&i->server->paths, i->row.number,
		 path)) == SY_OK)
		err = sy_safefile_write(path, packed, len, 0600, &i->error);
	free(packed);
	return err;
}

static enum sy_err
check_file(struct metadata_import *i)
{
	const char *root_path = i->server->config.metadata_root;
	uint8_t *root = NULL;
	size_t root_len;
	enum sy_err err;

	if ((err = metadata_digest(i->bytes, i->len, i->file)) != SY_OK ||
	    (err = sy_safefile_read(root_path, ROOT_MAX, &root, &root_len,
		 &i->error)) != SY_OK)
		return err;
	err = sy_metadata_import((const char *)i->bytes, i->len,
	    (const char *)root, root_len, i->now, &i->metadata, &i->error);
	free(root);
	if (err != SY_OK)
		return err;
	i->row.number = sy_metadata_number(i->metadata);
	i->row.next_update = sy_metadata_next_update(i->metadata);
	i->row.imported = i->now;
	return write_file(i);
}

static bool
work(void *ctx)
{
	struct metadata_import *i = ctx;
	const enum sy_err err = check_file(i);

	if (err != SY_OK && i->error.code != err)
		(void)sy_error_set(&i->error, err, "file", "%s",
		    sy_err_text(err));
	free(i->bytes);
	i->bytes = NULL;
	return false;
}

/* --- in the ledger --- */

struct change {
	struct metadata_import *import;
	struct metadata_ref *former; /* in force until then, may be NULL */
	struct metadata_ref *next;   /* NULL: the file was refused */
};

static enum sy_err
run_import(struct ledger_tx *tx, struct job *job)
{
	const struct change *change = job->in;
	struct metadata_import *i = change->import;
	struct model_worse worse = { .models = 0 };
	struct facts facts = { .count = 0 };
	enum sy_err err;

	if (i->error.code != SY_OK)
		return job_refuse(job, i->error.code, i->error.place, "%s",
		    i->error.text);
	if ((err = model_worse_find(ledger_view(tx),
		 metadata_of(change->former), metadata_of(change->next),
		 &worse)) != SY_OK)
		return err;
	facts_int(&facts, "number", i->row.number);
	if (i->held.id != 0)
		facts_int(&facts, "former-number", i->held.number);
	facts_bytes(&facts, "file", i->file, sizeof(i->file));
	facts_bytes(&facts, "digest", i->row.digest, sizeof(i->row.digest));
	facts_int(&facts, "next-update", i->row.next_update);
	facts_int(&facts, "models",
	    (int64_t)sy_metadata_count(metadata_of(change->next)));
	facts_int(&facts, "worse-models", worse.models);
	facts_int(&facts, "worse-tokens", worse.tokens);
	facts_text(&facts, "worse", worse.names);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	i->row.id = i->held.id;
	return i->held.id != 0 ? row_update(tx, &row_type_metadata, &i->row)
			       : row_insert(tx, &row_type_metadata, &i->row);
}

static void
take_effect(struct server *server, struct change *change)
{
	const int64_t number = change->import->row.number;

	metadata_ref_drop(&server->metadata);
	server->metadata = change->next;
	change->next = NULL;
	server->metadata_lost = false;
	metadata_file_tidy(&server->paths, number);
	log_info("metadata of FIDO2 keys number %" PRId64 " are in force",
	    number);
}

/* What was committed is in force from here. */
static void
done_import(struct job *job, enum sy_err result)
{
	struct change *change = job->in;

	if (result == SY_OK && job->error.code == SY_OK) {
		take_effect(job->server, change);
		result = model_list_fill(job->server, job->out);
	}
	metadata_ref_drop(&change->former);
	metadata_ref_drop(&change->next);
	import_free(&change->import);
	job_answer(&job, result);
}

static enum sy_err
make_job(struct metadata_import *i, struct exchange *exchange,
    struct job **ret_job)
{
	struct server *server = i->server;
	struct change change = { .import = i };
	struct change *in;
	enum sy_err err;

	if (i->error.code == SY_OK &&
	    (err = metadata_ref_new(&i->metadata, i->row.imported,
		 &change.next)) != SY_OK)
		return err;
	err = job_new(server, exchange, "metadata.import", &change,
	    sizeof(change), ret_job);
	if (err != SY_OK) {
		metadata_ref_drop(&change.next);
		return err;
	}
	in = (*ret_job)->in;
	in->former = metadata_ref_take(server->metadata);
	return SY_OK;
}

static void
submit(struct metadata_import *i)
{
	struct exchange *exchange = i->exchange;
	struct job *job = NULL;
	enum sy_err err = make_job(i, exchange, &job);

	i->exchange = NULL;
	if (err != SY_OK) {
		import_free(&i);
		fail(&exchange, err, "", sy_err_text(err));
		return;
	}
	job->run = run_import;
	job->done = done_import;
	job_submit(&job);
}

static void
reply_list(struct exchange *exchange)
{
	struct sy_model_list list = { .number = 0 };
	struct sy_error error = { .code = SY_OK };

	error.code = model_list_fill(exchange->server, &list);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &list);
	else
		exchange_fail(&exchange, &error, 1);
	sy_message_clear(&sy_message_model_list, &list);
}

static void
done_work(void *ctx, bool done)
{
	struct metadata_import *i = ctx;
	struct exchange *exchange = i->exchange;

	if (!done) {
		import_free(&i);
		fail(&exchange, SY_ERR_BUSY, "", "the server is stopping");
	} else if (i->error.code == SY_OK && i->same && i->in_force) {
		import_free(&i);
		reply_list(exchange);
	} else {
		submit(i);
	}
}

/* --- the parts --- */

static enum sy_err
start_import(struct server *server, struct metadata_import **ret)
{
	struct metadata_import *i = calloc(1, sizeof(*i));

	if (i == NULL)
		return SY_ERR_NOMEM;
	i->server = server;
	server->metadata_import = i;
	*ret = i;
	return SY_OK;
}

static enum sy_err
append(struct metadata_import *i, const struct sy_metadata_part *part)
{
	const size_t len = i->len + part->bytes_len;
	uint8_t *bytes;

	if (len > SY_METADATA_MAX)
		return SY_ERR_LIMIT;
	if (len > i->room) {
		const size_t room = len > 2 * i->room ? len : 2 * i->room;

		if ((bytes = realloc(i->bytes, room)) == NULL)
			return SY_ERR_NOMEM;
		i->bytes = bytes;
		i->room = room;
	}
	if (part->bytes_len > 0)
		memcpy(i->bytes + i->len, part->bytes, part->bytes_len);
	i->len = len;
	i->touched = server_boottime();
	return SY_OK;
}

/* Give it to the worker. The exchange is answered later. */
static enum sy_err
start_work(struct metadata_import *i, struct exchange *exchange)
{
	struct server *server = i->server;
	struct crew_place *place = NULL;
	enum sy_err err;

	if ((err = metadata_row_read(ledger_reader(server->ledger),
		 &i->held)) != SY_OK ||
	    (err = crew_reserve(server->rules, 0, &place)) != SY_OK)
		return err;
	i->now = server_now() / MICROSECONDS;
	i->in_force = server->metadata != NULL;
	i->exchange = exchange;
	i->working = true;
	crew_start(server->rules, &place, work, done_work, i);
	return SY_OK;
}

static enum sy_err
take_part(struct server *server, const struct sy_metadata_part *part,
    struct metadata_import **ret, struct sy_error *reterr)
{
	struct metadata_import *i = server->metadata_import;
	enum sy_err err;

	if (!server->config.fido2)
		return sy_error_set(reterr, SY_ERR_STATE, "",
		    "FIDO2 keys are not in use here: server.conf has no "
		    "section [fido2]");
	if (server->draining || (i != NULL && i->working))
		return sy_error_set(reterr, SY_ERR_BUSY, "",
		    "another import is under way");
	if (part->offset == 0) {
		import_free(&i);
		if ((err = start_import(server, &i)) != SY_OK)
			return err;
	}
	if (i == NULL || part->offset != (int64_t)i->len)
		return sy_error_set(reterr, SY_ERR_STATE, "offset",
		    "another import began, or a part is missing: begin again");
	*ret = i;
	return append(i, part);
}

void
metadata_import(struct exchange *exchange, const void *request)
{
	static const struct sy_model_list nothing = { .number = 0 };
	const struct sy_metadata_part *part = request;
	struct sy_error error = { .code = SY_OK };
	struct metadata_import *i = NULL;

	error.code = take_part(exchange->server, part, &i, &error);
	if (error.code == SY_OK && i == NULL)
		error.code = SY_ERR_INTERNAL;
	if (error.code == SY_OK && part->last)
		error.code = start_work(i, exchange);
	if (error.code != SY_OK) {
		if (i != NULL)
			import_free(&i);
		exchange_fail(&exchange, &error,
		    exchange_status(error.code) == 503 ? 1 : 0);
	} else if (!part->last) {
		exchange_reply(&exchange, &nothing);
	}
}
