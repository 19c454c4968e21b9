/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/logins.h"

#include <stdlib.h>
#include <string.h>

#include "server/auth/packed.h"
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

#define MICROSECONDS INT64_C(1000000)

/* One that is done, packed. */
struct kept {
	TAILQ_ENTRY(kept) order;
	LIST_ENTRY(kept) chain;
	uint8_t txn[SY_TXN_SIZE];
	int64_t ends;
	size_t len;     /* of all */
	size_t verdict; /* from here on it is that */
	uint8_t bytes[];
};
TAILQ_HEAD(kept_queue, kept);
LIST_HEAD(kept_chain, kept);

struct logins {
	/* Each in the order of their ends. */
	struct login_queue open;
	struct login_queue done;
	struct login_queue change; /* done, with a password to be changed */
	struct kept_queue kept;    /* done */
	struct login_chain *chains;
	struct kept_chain *kept_chains; /* as many */
	size_t chain_count;
	struct tally_chain tallies[TALLY_CHAINS];
	size_t open_count;
	size_t done_count; /* with those that are kept */
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
	TAILQ_INIT(&l->kept);
	l->max = max;
	l->max_terminal = max_terminal;
	l->chain_count = 2 * max;
	l->chains = calloc(l->chain_count, sizeof(*l->chains));
	l->kept_chains = calloc(l->chain_count, sizeof(*l->kept_chains));
	if (l->chains == NULL || l->kept_chains == NULL)
		return SY_ERR_NOMEM;
	*ret_logins = l;
	l = NULL;
	return SY_OK;
}

static void
drop_kept(struct logins *l, struct kept *kept)
{
	TAILQ_REMOVE(&l->kept, kept, order);
	LIST_REMOVE(kept, chain);
	sy_memzero(kept->bytes, kept->len);
	free(kept);
	l->done_count--;
}

void
logins_free(struct logins **logins)
{
	struct login *login;

	if (*logins == NULL)
		return;
	while (!TAILQ_EMPTY(&(*logins)->kept))
		drop_kept(*logins, TAILQ_FIRST(&(*logins)->kept));
	while ((login = TAILQ_FIRST(&(*logins)->open)) != NULL ||
	    (login = TAILQ_FIRST(&(*logins)->done)) != NULL ||
	    (login = TAILQ_FIRST(&(*logins)->change)) != NULL)
		logins_remove(*logins, &login);
	free((*logins)->chains);
	free((*logins)->kept_chains);
	free(*logins);
	*logins = NULL;
}

/* The ids are random: their first bytes are as good as any hash. */
static size_t
place_of(const struct logins *l, const uint8_t txn[SY_TXN_SIZE])
{
	uint64_t h;

	memcpy(&h, txn, sizeof(h));
	return h % l->chain_count;
}

static struct login_chain *
chain_of(struct logins *l, const uint8_t txn[SY_TXN_SIZE])
{
	return &l->chains[place_of(l, txn)];
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

/* Where a login that has its verdict stands. */
static struct login_queue *
done_queue(struct logins *l, const struct login *login)
{
	return login->step->change[0] != '\0' ? &l->change : &l->done;
}

/* Where it belongs by its end: not far from the tail. */
static void
put_in_order(struct login_queue *queue, struct login *login)
{
	struct login *before = TAILQ_LAST(queue, login_queue);

	while (before != NULL && before->ends > login->ends)
		before = TAILQ_PREV(before, login_queue, order);
	if (before != NULL)
		TAILQ_INSERT_AFTER(queue, before, login, order);
	else
		TAILQ_INSERT_HEAD(queue, login, order);
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
	/* Some that are open have a wait before them. */
	put_in_order(&l->open, login);
	LIST_INSERT_HEAD(chain_of(l, login->facts.txn), login, chain);
	*ret_login = login;
	return SY_OK;
}

bool
logins_wait(struct logins *l, struct login *login, int64_t from, int64_t until)
{
	const bool done = login->state == LOGIN_DONE;
	struct login_queue *queue = done ? done_queue(l, login) : &l->open;
	struct sy_evidence *e = &login->facts.evidence;
	int64_t more = LOGIN_WAIT_MAX - login->waited;

	if (more <= 0)
		return false;
	if (from < login->waits)
		from = login->waits;
	if (until <= from)
		return true;
	login->waits = until;
	if (more > until - from)
		more = until - from;
	login->waited += more;
	for (unsigned int i = 0; i < e->count && !done; i++)
		e->proof[i].waited += more * MICROSECONDS;
	TAILQ_REMOVE(queue, login, order);
	login->ends += more;
	put_in_order(queue, login);
	return true;
}

/* --- kept small --- */

static void
put_kept(struct logins *l, struct kept *kept)
{
	struct kept *before = TAILQ_LAST(&l->kept, kept_queue);

	while (before != NULL && before->ends > kept->ends)
		before = TAILQ_PREV(before, kept_queue, order);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&l->kept, before, kept, order);
	else
		TAILQ_INSERT_HEAD(&l->kept, kept, order);
	LIST_INSERT_HEAD(&l->kept_chains[place_of(l, kept->txn)], kept, chain);
	l->done_count++;
}

/* Leave out what led to the verdict, what is no part of it, and what is told by
 * the transaction's id. */
static void
strip(struct login *login, struct sy_auth_step *step)
{
	memset(step->txn, 0, sizeof(step->txn));
	memset(login->facts.txn_hex, 0, sizeof(login->facts.txn_hex));
	memset(&login->order, 0, sizeof(login->order));
	memset(&login->chain, 0, sizeof(login->chain));
	memset(&login->turn, 0, sizeof(login->turn));
	login->step = NULL;
	memset(login->facts.spki, 0, sizeof(login->facts.spki));
	login->facts.spki_len = 0;
	memset(login->facts.nonce, 0, sizeof(login->facts.nonce));
	memset(login->typed_hash, 0, sizeof(login->typed_hash));
	sy_memzero(login->typed, sizeof(login->typed));
}

/* NULL: out of memory, or it holds a secret. */
static struct kept *
keep(const struct login *login)
{
	uint8_t packed[PACKED_MAX(sizeof(*login)) +
	    PACKED_MAX(sizeof(*login->step))];
	struct login copy = *login;
	struct sy_auth_step step = *login->step;
	struct kept *kept = NULL;
	size_t len, verdict;

	if (login->present != NULL)
		return NULL;
	strip(&copy, &step);
	verdict = pack(&copy, sizeof(copy), packed);
	len = verdict + pack(&step, sizeof(step), packed + verdict);
	if ((kept = malloc(sizeof(*kept) + len)) != NULL) {
		memcpy(kept->txn, login->facts.txn, sizeof(kept->txn));
		kept->ends = login->ends;
		kept->len = len;
		kept->verdict = verdict;
		memcpy(kept->bytes, packed, len);
	}
	sy_memzero(packed, sizeof(packed));
	sy_memzero(&copy, sizeof(copy));
	return kept;
}

void
logins_shrink(struct logins *l)
{
	struct login *login = TAILQ_FIRST(&l->done), *next;
	struct kept *kept;

	for (; login != NULL; login = next) {
		next = TAILQ_NEXT(login, order);
		if ((kept = keep(login)) == NULL)
			continue;
		logins_remove(l, &login);
		put_kept(l, kept);
	}
}

/* A copy of ${step} for a login; NULL: no memory. */
static struct sy_auth_step *
copy_step(const struct sy_auth_step *step)
{
	struct sy_auth_step *copy = malloc(sizeof(*copy));

	if (copy != NULL)
		*copy = *step;
	return copy;
}

static enum sy_err
unpack_login(const struct kept *kept, struct login *login)
{
	struct sy_auth_step step;

	if (!unpack(kept->bytes, kept->verdict, login, sizeof(*login)) ||
	    !unpack(kept->bytes + kept->verdict, kept->len - kept->verdict,
		&step, sizeof(step)))
		return SY_ERR_INTERNAL;
	sy_text_hex(kept->txn, sizeof(kept->txn), login->facts.txn_hex);
	memcpy(step.txn, login->facts.txn_hex, sizeof(step.txn));
	login->step = copy_step(&step);
	return login->step != NULL ? SY_OK : SY_ERR_NOMEM;
}

static enum sy_err
bring_back(struct logins *l, struct kept *kept, struct login **ret_login)
{
	struct login *login = calloc(1, sizeof(*login));
	enum sy_err err;

	if (login == NULL)
		return SY_ERR_NOMEM;
	if ((err = unpack_login(kept, login)) != SY_OK) {
		free(login);
		return err;
	}
	drop_kept(l, kept);
	put_in_order(&l->done, login);
	LIST_INSERT_HEAD(chain_of(l, login->facts.txn), login, chain);
	l->done_count++;
	*ret_login = login;
	return SY_OK;
}

/* --- found --- */

enum sy_err
logins_get(struct logins *l, const uint8_t txn[SY_TXN_SIZE],
    struct login **ret_login)
{
	struct login *login;
	struct kept *kept;

	LIST_FOREACH(login, chain_of(l, txn), chain)
	if (memcmp(login->facts.txn, txn, SY_TXN_SIZE) == 0) {
		*ret_login = login;
		return SY_OK;
	}
	LIST_FOREACH(kept, &l->kept_chains[place_of(l, txn)], chain)
	if (memcmp(kept->txn, txn, SY_TXN_SIZE) == 0)
		return bring_back(l, kept, ret_login);
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
	return login->step->change[0] != '\0' && !login->changed;
}

/* The one of ${queue} that ends first, but ${login}. */
static struct login *
first_but(struct login_queue *queue, const struct login *login)
{
	struct login *first = TAILQ_FIRST(queue);

	return first != NULL && first == login ? TAILQ_NEXT(first, order)
					       : first;
}

/* A verdict that makes room for newer ones was answered long ago. */
static void
make_room(struct logins *l, const struct login *newest)
{
	struct login *oldest;

	if (l->done_count <= l->max)
		return;
	if (!TAILQ_EMPTY(&l->kept)) {
		drop_kept(l, TAILQ_FIRST(&l->kept));
		return;
	}
	oldest = first_but(&l->done, newest);
	/* Some that wait for their change end later than the newest. */
	if (oldest == NULL)
		oldest = first_but(&l->change, newest);
	if (oldest != NULL)
		logins_remove(l, &oldest);
}

void
logins_finish(struct logins *l, struct login **login,
    const struct sy_auth_step *step, int64_t now)
{
	struct login *done = *login;
	struct login_queue *queue;

	if ((done->step = copy_step(step)) == NULL) {
		logins_remove(l, login);
		return;
	}
	queue = done_queue(l, done);
	TAILQ_REMOVE(&l->open, done, order);
	turn_leave(&done->turn);
	count_down(l, done->facts.terminal);
	done->state = LOGIN_DONE;
	done->ends =
	    now + (login_must_change(done) ? LOGIN_CHANGE : LOGIN_KEPT);
	/* A change waits for itself. */
	done->waits = done->waited = 0;
	put_in_order(queue, done);
	l->done_count++;
	make_room(l, done);
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
	turn_leave(&gone->turn);
	sy_secret_free(&gone->present);
	sy_memzero(gone->typed, sizeof(gone->typed));
	free(gone->step);
	free(gone);
	*login = NULL;
}

struct login *
logins_expired(struct logins *l, int64_t now, bool all)
{
	struct login_queue *const queues[] = { &l->done, &l->change };
	struct login *login;
	struct kept *kept;

	while ((kept = TAILQ_FIRST(&l->kept)) != NULL &&
	    (all || kept->ends <= now))
		drop_kept(l, kept);
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
