/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admin/admin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/job.h"
#include "server/list.h"
#include "server/log.h"
#include "server/server.h"
#include "server/store/tables.h"

/* Records looked at before logins get their turn again. */
#define SLICE 256
/* No answer grows beyond what a client reads. */
#define ANSWER_MAX (SY_REPLY_SIZE_MAX - SY_REPLY_SIZE_MAX / 8)

/* A text as far as it fits, never half of a character. */
static void
copy_text(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	while (len > 0 && !sy_text_is_utf8(text, len))
		len--;
	memcpy(out, text, len);
	out[len] = '\0';
}

/* --- the facts of a record as one line --- */

struct line {
	char *text;
	size_t len;
	size_t size;
	bool full;
};

static void
put(struct line *line, const char *text, size_t len)
{
	if (line->full || len >= line->size - line->len) {
		line->full = true;
		return;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
	line->text[line->len] = '\0';
}

static void
put_hex(struct line *line, const uint8_t *p, size_t len)
{
	char hex[3];

	for (size_t i = 0; i < len; i++) {
		sy_text_hex(p + i, 1, hex);
		put(line, hex, 2);
	}
}

/* Quoted where it could be taken for more than one fact. */
static void
put_value(struct line *line, const char *p, size_t len)
{
	bool quote = false;

	for (size_t i = 0; i < len; i++)
		if (strchr(" \"=\\", p[i]) != NULL)
			quote = true;
	if (!quote) {
		put(line, p, len);
		return;
	}
	put(line, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '"' || p[i] == '\\')
			put(line, "\\", 1);
		put(line, p + i, 1);
	}
	put(line, "\"", 1);
}

static void
put_facts(const struct sy_audit_record *record, char *out, size_t size)
{
	static const char more[] = " ...";
	struct line line = { .text = out, .size = size - sizeof(more) };
	size_t whole = 0;

	out[0] = '\0';
	for (size_t i = 0; i < record->pair_count && !line.full; i++) {
		const struct sy_audit_pair *pair = &record->pairs[i];

		whole = line.len;
		if (i > 0)
			put(&line, " ", 1);
		put(&line, pair->key, strlen(pair->key));
		put(&line, "=", 1);
		if (pair->is_text)
			put_value(&line, (const char *)pair->value, pair->len);
		else
			put_hex(&line, pair->value, pair->len);
	}
	/* A fact that does not fit is left out whole. */
	if (line.full)
		memcpy(out + whole, more, sizeof(more));
}

/* --- search --- */

struct search {
	struct exchange *exchange;
	struct server *server;
	struct sy_audit_search request;
	char reference[REFERENCE_SIZE]; /* the subject's ID, "" if none */
	struct sy_audit_page page;
	size_t size; /* of the answer, roughly */
	uint64_t before;
	unsigned int seen; /* in this slice */
	bool complete;
};

static bool
pair_is(const struct sy_audit_record *record, const char *key,
    const char *value)
{
	for (size_t i = 0; i < record->pair_count; i++)
		if (record->pairs[i].is_text &&
		    strcmp(record->pairs[i].key, key) == 0)
			return record->pairs[i].len == strlen(value) &&
			    memcmp(record->pairs[i].value, value,
				record->pairs[i].len) == 0;
	return false;
}

static bool
about(const struct sy_audit_record *record, const char *subject)
{
	return strcmp(record->subject, subject) == 0 ||
	    pair_is(record, "login", subject) ||
	    pair_is(record, "token", subject) ||
	    pair_is(record, "owner", subject);
}

/* "auth" finds "auth.verdict". */
static bool
action_matches(const char *action, const char *wanted)
{
	const size_t len = strlen(wanted);

	return strncmp(action, wanted, len) == 0 &&
	    (action[len] == '\0' || action[len] == '.');
}

static bool
matches(const struct search *s, const struct sy_audit_record *record)
{
	const struct sy_audit_search *in = &s->request;

	if (in->action[0] != '\0' &&
	    !action_matches(record->action, in->action))
		return false;
	if (in->terminal[0] != '\0' &&
	    strcmp(record->terminal, in->terminal) != 0)
		return false;
	if (in->subject[0] == '\0')
		return true;
	return about(record, in->subject) ||
	    (s->reference[0] != '\0' && about(record, s->reference));
}

static void
to_item(const struct sy_audit_record *record, struct sy_audit_item *ret)
{
	ret->seq = (int64_t)record->seq;
	ret->time = record->time;
	ret->clock_synced = record->clock_synced;
	copy_text(ret->node, sizeof(ret->node), record->node);
	copy_text(ret->actor, sizeof(ret->actor), record->actor);
	copy_text(ret->terminal, sizeof(ret->terminal), record->terminal);
	copy_text(ret->subject, sizeof(ret->subject), record->subject);
	copy_text(ret->action, sizeof(ret->action), record->action);
	copy_text(ret->outcome, sizeof(ret->outcome),
	    sy_outcome_name(record->outcome));
	copy_text(ret->reason, sizeof(ret->reason), record->reason);
	put_facts(record, ret->details, sizeof(ret->details));
}

/* How long the item is as JSON, at most: every byte may need an escape. */
static size_t
item_size(const struct sy_audit_item *item)
{
	return 256 +
	    2 *
	    (strlen(item->node) + strlen(item->actor) + strlen(item->terminal) +
		strlen(item->subject) + strlen(item->reason) +
		strlen(item->details));
}

static enum sy_err
each_record(void *ctx, const struct sy_audit_record *record)
{
	struct search *s = ctx;
	enum sy_err err;
	void *item;

	s->before = record->seq;
	if (matches(s, record)) {
		err = list_add(&s->page.records, sizeof(struct sy_audit_item),
		    &item);
		if (err != SY_OK)
			return err;
		to_item(record, item);
		s->size += item_size(item);
		if (s->page.records.count >= (size_t)s->request.limit ||
		    s->size >= ANSWER_MAX) {
			s->complete = true;
			return SY_ERR_CANCELLED;
		}
	}
	return ++s->seen < SLICE ? SY_OK : SY_ERR_CANCELLED;
}

static void
finish_search(struct search *s, enum sy_err result)
{
	const struct sy_error error = { .code = result };

	if (result == SY_OK)
		exchange_reply(&s->exchange, &s->page);
	else
		exchange_fail(&s->exchange, &error, 0);
	s->server->jobs--;
	sy_message_clear(&sy_message_audit_page, &s->page);
	free(s);
}

static void
search_slice(evutil_socket_t fd, short what, void *ctx)
{
	static const struct timeval at_once = { 0, 0 };
	struct search *s = ctx;
	enum sy_err err;

	(void)fd;
	(void)what;
	s->seen = 0;
	err = ledger_read_log(s->server->ledger, s->before, each_record, s);
	if (err != SY_ERR_CANCELLED) {
		finish_search(s, err);
		return;
	}
	/* The first record of all, or nobody who waits: nothing more to do. */
	if (s->complete || s->before <= 1 || s->exchange->connection == NULL)
		finish_search(s, SY_OK);
	else if (event_base_once(s->server->base, -1, EV_TIMEOUT, search_slice,
		     s, &at_once) != 0)
		finish_search(s, SY_ERR_NOMEM);
}

static enum sy_err
run_search(struct ledger_tx *tx, struct job *job)
{
	const struct sy_audit_search *in = job->in;
	struct facts facts = { .count = 0 };

	facts_text(&facts, "action", in->action);
	facts_text(&facts, "subject", in->subject);
	facts_text(&facts, "terminal", in->terminal);
	facts_int(&facts, "before", in->before);
	facts_int(&facts, "limit", in->limit);
	return job_audit(tx, job, SY_OUTCOME_DONE, "", &facts);
}

/* Who searched is on disk: now the search itself may begin. */
static void
done_search(struct job *job, enum sy_err result)
{
	const struct sy_audit_search *in = job->in;
	struct server *server = job->server;
	struct search *s = NULL;
	struct id_row id;

	if (result == SY_OK && (s = calloc(1, sizeof(*s))) == NULL)
		result = SY_ERR_NOMEM;
	if (s == NULL) {
		job_answer(&job, result);
		return;
	}
	s->request = *in;
	s->server = server;
	s->before = (uint64_t)in->before;
	if (sy_text_is_login(in->subject) &&
	    row_find(ledger_reader(server->ledger), &row_type_id, "login",
		in->subject, strlen(in->subject), &id) == SY_OK) {
		record_reference("id", id.id, s->reference);
		sy_memzero(&id, sizeof(id));
	}
	s->exchange = job->exchange;
	job->exchange = NULL;
	job_free(&job);
	server->jobs++;
	search_slice(-1, 0, s);
}

void
audit_search(struct exchange *exchange, const void *request)
{
	job_start(exchange, "audit.search", request, run_search, done_search);
}
