/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/logins.h"

#include <stdlib.h>
#include <string.h>

#include "server/server.h"

TAILQ_HEAD(login_queue, login);
LIST_HEAD(login_chain, login);

/* How many are open of one terminal; there is none for those without. */
struct tally {
	LIST_ENTRY(tally) chain;
	int64_t terminal;
	size_t open;
};
LIST_HEAD(tally_chain, tally);
#define TALLY_CHAINS 1024

struct logins {
	/* Each in the order of their ends. */
	struct login_queue open;
	struct login_queue done;
	struct login_queue change; /* done, with a password to be changed */
	struct login_chain *chains;
	size_t chain_count;
	struct tally_chain tallies[TALLY_CHAINS];
	size_t open_count;
	size_t done_count;
	size_t max;
	size_t max_terminal;
};

enum sy_err
logins_new(size_t max, size_t max_terminal, struct logins **ret_logins)
{
	SY_AUTO(logins_free) struct logins *l = calloc(1, sizeof(*l));

	if (max == 0)
		return SY_ERR_ARG;
	if (l == NULL)
		return SY_ERR_NOMEM;
	TAILQ_INIT(&l->open);
	TAILQ_INIT(&l->done);
	TAILQ_INIT(&l->change);
	l->max = max;
	l->max_terminal = max_terminal;
	l->chain_count = 2 * max;
	l->chains = calloc(l->chain_count, sizeof(*l->chains));
	if (l->chains == NULL)
		return SY_ERR_NOMEM;
	*ret_logins = l;
	l = NULL;
	return SY_OK;
}

void
logins_free(struct logins **logins)
{
	struct login *login;

	if (*logins == NULL)
		return;
	while ((login = TAILQ_FIRST(&(*logins)->open)) != NULL ||
	    (login = TAILQ_FIRST(&(*logins)->done)) != NULL ||
	    (login = TAILQ_FIRST(&(*logins)->change)) != NULL)
		logins_remove(*logins, &login);
	free((*logins)->chains);
	free(*logins);
	*logins = NULL;
}

/* The ids are random: their first bytes are as good as any hash. */
static struct login_chain *
chain_of(struct logins *l, const uint8_t txn[SY_TXN_SIZE])
{
	uint64_t h;

	memcpy(&h, txn, sizeof(h));
	return &l->chains[h % l->chain_count];
}

static struct tally_chain *
tallies_of(struct logins *l, int64_t terminal)
{
	return &l->tallies[(uint64_t)terminal % TALLY_CHAINS];
}

static struct tally *
tally_of(struct logins *l, int64_t terminal)
{
	struct tally *tally;

	LIST_FOREACH(tally, tallies_of(l, terminal), chain)
	{
		if (tally->terminal == terminal)
			return tally;
	}
	return NULL;
}

static enum sy_err
count_up(struct logins *l, int64_t terminal)
{
	struct tally *tally = tally_of(l, terminal);

	if (tally != NULL && tally->open >= l->max_terminal)
		return SY_ERR_BUSY;
	if (tally == NULL) {
		if (l->max_terminal == 0)
			return SY_ERR_BUSY;
		if ((tally = calloc(1, sizeof(*tally))) == NULL)
			return SY_ERR_NOMEM;
		tally->terminal = terminal;
		LIST_INSERT_HEAD(tallies_of(l, terminal), tally, chain);
	}
	tally->open++;
	l->open_count++;
	return SY_OK;
}

static void
count_down(struct logins *l, int64_t terminal)
{
	struct tally *tally = tally_of(l, terminal);

	l->open_count--;
	if (tally == NULL || --tally->open > 0)
		return;
	LIST_REMOVE(tally, chain);
	free(tally);
}

static enum sy_err
new_login(struct login **ret)
{
	struct login *login = calloc(1, sizeof(*login));
	enum sy_err err;

	if (login == NULL)
		return SY_ERR_NOMEM;
	err = server_random(login->facts.txn, sizeof(login->facts.txn));
	if (err != SY_OK) {
		free(login);
		return err;
	}
	sy_text_hex(login->facts.txn, sizeof(login->facts.txn),
	    login->facts.txn_hex);
	*ret = login;
	return SY_OK;
}

enum sy_err
logins_begin(struct logins *l, int64_t terminal, int64_t now,
    struct login **ret_login)
{
	struct login *login;
	enum sy_err err;

	if (l->open_count >= l->max)
		return SY_ERR_BUSY;
	if ((err = count_up(l, terminal)) != SY_OK)
		return err;
	if ((err = new_login(&login)) != SY_OK) {
		count_down(l, terminal);
		return err;
	}
	login->facts.terminal = terminal;
	login->state = LOGIN_PRESENT;
	login->ends = now + LOGIN_LIFE;
	TAILQ_INSERT_TAIL(&l->open, login, order);
	LIST_INSERT_HEAD(chain_of(l, login->facts.txn), login, chain);
	*ret_login = login;
	return SY_OK;
}

enum sy_err
logins_get(struct logins *l, const uint8_t txn[SY_TXN_SIZE],
    struct login **ret_login)
{
	struct login *login;

	LIST_FOREACH(login, chain_of(l, txn), chain)
	if (memcmp(login->facts.txn, txn, SY_TXN_SIZE) == 0) {
		*ret_login = login;
		return SY_OK;
	}
	return SY_ERR_NOT_FOUND;
}

enum sy_err
logins_find(struct logins *l, const char *hex, int64_t now,
    struct login **ret_login)
{
	uint8_t txn[SY_TXN_SIZE];
	struct login *login;
	enum sy_err err;

	if ((err = sy_text_unhex(hex, txn, sizeof(txn))) != SY_OK ||
	    (err = logins_get(l, txn, &login)) != SY_OK)
		return err;
	/* One that the ledger has comes to its verdict, however late. */
	if (login->state != LOGIN_LEDGER && login->ends <= now)
		return SY_ERR_NOT_FOUND;
	*ret_login = login;
	return SY_OK;
}

bool
login_must_change(const struct login *login)
{
	return login->step.change[0] != '\0' && !login->changed;
}

/* Where a login that has its verdict stands. */
static struct login_queue *
done_queue(struct logins *l, const struct login *login)
{
	return login->step.change[0] != '\0' ? &l->change : &l->done;
}

void
logins_finish(struct logins *l, struct login *login, int64_t now)
{
	struct login_queue *queue = done_queue(l, login);
	struct login *oldest;

	TAILQ_REMOVE(&l->open, login, order);
	count_down(l, login->facts.terminal);
	login->state = LOGIN_DONE;
	login->ends =
	    now + (login_must_change(login) ? LOGIN_CHANGE : LOGIN_KEPT);
	TAILQ_INSERT_TAIL(queue, login, order);
	/* A verdict that makes room for newer ones was answered long ago. */
	if (++l->done_count > l->max) {
		oldest = TAILQ_FIRST(&l->done);
		if (oldest == NULL || oldest == login)
			oldest = TAILQ_FIRST(&l->change);
		logins_remove(l, &oldest);
	}
}

void
logins_remove(struct logins *l, struct login **login)
{
	struct login *gone = *login;

	if (gone->state == LOGIN_DONE) {
		TAILQ_REMOVE(done_queue(l, gone), gone, order);
		l->done_count--;
	} else {
		TAILQ_REMOVE(&l->open, gone, order);
		count_down(l, gone->facts.terminal);
	}
	LIST_REMOVE(gone, chain);
	sy_secret_free(&gone->present);
	sy_memzero(gone->typed, sizeof(gone->typed));
	free(gone);
	*login = NULL;
}

struct login *
logins_expired(struct logins *l, int64_t now, bool all)
{
	struct login_queue *const queues[] = { &l->done, &l->change };
	struct login *login;

	for (size_t i = 0; i < SY_COUNT(queues); i++) {
		login = TAILQ_FIRST(queues[i]);
		if (login != NULL && (all || login->ends <= now))
			return login;
	}
	TAILQ_FOREACH(login, &l->open, order)
	{
		if (!all && login->ends > now)
			break;
		if (login->state != LOGIN_LEDGER)
			return login;
	}
	return NULL;
}

size_t
logins_open(const struct logins *l)
{
	return l->open_count;
}

size_t
logins_count(const struct logins *l)
{
	return l->open_count + l->done_count;
}
