/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/terminals.h"

#include <stdlib.h>
#include <string.h>

/* Rows are numbered from 1: an array serves; 0 is for strangers. */
#define TERMINALS_MAX (1u << 20)

/* So many within the window, in seconds. */
struct bound {
	int64_t max;
	int64_t window;
};

struct limit {
	int64_t since;
	int64_t count;
};

static const struct bound mistakes = { TERMINALS_BAD_MAX,
	TERMINALS_BAD_WINDOW };

struct entry {
	int64_t seen;
	struct limit bad;   /* signatures */
	struct limit wrong; /* passwords without a device */
	int64_t trying;     /* such ones that are under way */
	struct limit begun; /* logins, enrolments, ... */
	int64_t refilled;
	unsigned int spent;
	unsigned int left_out;
	int64_t searched;          /* for sessions of other boots */
	bool settled;              /* there were none */
	uint8_t boot[SY_TXN_SIZE]; /* but of this one */
};

struct terminals {
	struct entry *entries;
	size_t count;
	struct bound begins;
};

enum sy_err
terminals_new(int64_t begins, struct terminals **ret_terminals)
{
	struct terminals *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return SY_ERR_NOMEM;
	t->begins = (struct bound){ begins, TERMINALS_BEGIN_WINDOW };
	t->count = 64;
	t->entries = calloc(t->count, sizeof(*t->entries));
	if (t->entries == NULL) {
		free(t);
		return SY_ERR_NOMEM;
	}
	*ret_terminals = t;
	return SY_OK;
}

void
terminals_free(struct terminals **terminals)
{
	if (*terminals == NULL)
		return;
	free((*terminals)->entries);
	free(*terminals);
	*terminals = NULL;
}

static struct entry *
grow(struct terminals *t, size_t index)
{
	struct entry *entries;
	size_t count = t->count;

	while (count <= index)
		count *= 2;
	entries = calloc(count, sizeof(*entries));
	if (entries == NULL)
		return NULL;
	memcpy(entries, t->entries, t->count * sizeof(*entries));
	free(t->entries);
	t->entries = entries;
	t->count = count;
	return &entries[index];
}

/* Those that have no entry of their own share the strangers'. */
static struct entry *
entry_of(struct terminals *t, int64_t terminal)
{
	struct entry *e = NULL;

	if (terminal < 0 || terminal >= TERMINALS_MAX)
		return &t->entries[0];
	if ((size_t)terminal < t->count)
		return &t->entries[terminal];
	e = grow(t, (size_t)terminal);
	return e != NULL ? e : &t->entries[0];
}

static const struct entry *
known(const struct terminals *t, int64_t terminal)
{
	return terminal > 0 && (uint64_t)terminal < t->count
	    ? &t->entries[terminal]
	    : NULL;
}

void
terminals_seen(struct terminals *t, int64_t terminal, int64_t now)
{
	entry_of(t, terminal)->seen = now;
}

int64_t
terminals_last(const struct terminals *t, int64_t terminal)
{
	const struct entry *e = known(t, terminal);

	return e == NULL ? 0 : e->seen;
}

static void
limit_count(struct limit *l, const struct bound *bound, int64_t now)
{
	if (l->count == 0 || now - l->since >= bound->window) {
		l->count = 0;
		l->since = now;
	}
	if (l->count < bound->max)
		l->count++;
}

static int64_t
limit_wait(const struct limit *l, const struct bound *bound, int64_t now)
{
	const int64_t left = l->since + bound->window - now;

	return l->count < bound->max || left < 0 ? 0 : left;
}

void
terminals_bad(struct terminals *t, int64_t terminal, int64_t now)
{
	limit_count(&entry_of(t, terminal)->bad, &mistakes, now);
}

int64_t
terminals_wait(const struct terminals *t, int64_t terminal, int64_t now)
{
	const struct entry *e = known(t, terminal);

	return e == NULL ? 0 : limit_wait(&e->bad, &mistakes, now);
}

/* How many more may be wrong before a terminal has to wait. */
static int64_t
limit_left(const struct limit *l, const struct bound *bound, int64_t now)
{
	return now - l->since >= bound->window ? bound->max
					       : bound->max - l->count;
}

int64_t
terminals_try(struct terminals *t, int64_t terminal, int64_t now)
{
	struct entry *e = entry_of(t, terminal);
	const int64_t wait = limit_wait(&e->wrong, &mistakes, now);

	if (wait > 0)
		return wait;
	/* All that are left are under way: soon it is known what they were. */
	if (e->trying >= limit_left(&e->wrong, &mistakes, now))
		return 1;
	e->trying++;
	return 0;
}

void
terminals_tried(struct terminals *t, int64_t terminal, bool wrong, int64_t now)
{
	struct entry *e = entry_of(t, terminal);

	if (e->trying > 0)
		e->trying--;
	if (wrong)
		limit_count(&e->wrong, &mistakes, now);
}

int64_t
terminals_begin(struct terminals *t, int64_t terminal, int64_t now)
{
	struct limit *begun = &entry_of(t, terminal)->begun;
	const int64_t wait = limit_wait(begun, &t->begins, now);

	if (wait == 0)
		limit_count(begun, &t->begins, now);
	return wait;
}

bool
terminals_may_settle(struct terminals *t, int64_t terminal, const uint8_t *boot,
    int64_t now)
{
	struct entry *e = entry_of(t, terminal);

	/* Who shares an entry is always looked for. */
	if (e == &t->entries[0])
		return true;
	if (e->searched == now ||
	    (e->settled && memcmp(e->boot, boot, sizeof(e->boot)) == 0))
		return false;
	e->searched = now;
	return true;
}

void
terminals_settled(struct terminals *t, int64_t terminal, const uint8_t *boot)
{
	struct entry *e = entry_of(t, terminal);

	memcpy(e->boot, boot, sizeof(e->boot));
	e->settled = true;
}

bool
terminals_may_record(struct terminals *t, int64_t terminal, int64_t now,
    unsigned int *ret_left_out)
{
	struct entry *e = entry_of(t, terminal);
	const int64_t passed = now - e->refilled;

	if (passed > 0) {
		e->spent =
		    passed >= e->spent ? 0 : e->spent - (unsigned int)passed;
		e->refilled = now;
	}
	if (e->spent >= TERMINALS_RECORDS) {
		e->left_out++;
		return false;
	}
	e->spent++;
	*ret_left_out = e->left_out;
	e->left_out = 0;
	return true;
}
