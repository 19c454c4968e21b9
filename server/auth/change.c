/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new password, on a login that was allowed with a reason to change it. Every
 * rule that it breaks is told, and another may be tried. The present one is
 * put aside and the new one in force in one transaction: one of them works at
 * every moment. PW-2, PW-3, PW-4.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/hashing.h"
#include "server/auth/knowledge.h"
#include "server/auth/line.h"
#include "server/auth/login.h"
#include "server/auth/password.h"
#include "server/identity/standing.h"
#include "server/job.h"
#include "server/log.h"
#include "server/policy.h"
#include "server/server.h"
#include "server/session/gate.h"

#define MICROSECONDS INT64_C(1000000)
#define BIT(rule)    (1u << (rule))

struct change {
	struct server *server;
	struct exchange *exchange;
	struct policy_ref *policy;
	const struct sy_password_policy *rules;
	struct login_facts login;
	bool forced;
	struct sy_secret *next;    /* in normal form */
	struct sy_secret *present; /* of the login, or NULL */
	struct id_row id;
	struct password_row row; /* the present one */
	struct password_history former;
	bool young; /* the present one is too new to be changed at will */
	unsigned int broken;
	enum sy_err result;     /* of the rules thread */
	enum sy_err dictionary; /* whether it could be asked */
	bool asked;             /* it was */
	struct crew_place *rules_place;
	struct hashing_place *place;
	int64_t begun;           /* microseconds of the boot clock */
	int64_t hashing;         /* since when it is among the hashes */
	struct hashing_one hash; /* the last of those that are made */
};

static void
change_free(struct change **change)
{
	struct change *c = *change;

	if (c == NULL)
		return;
	crew_release(c->server->rules, &c->rules_place);
	hashing_release(&c->place);
	sy_secret_free(&c->next);
	sy_secret_free(&c->present);
	policy_ref_drop(&c->policy);
	sy_memzero(c, sizeof(*c));
	free(c);
	*change = NULL;
}

/* The login may be gone: its time was over meanwhile. */
static struct login *
login_of(const struct change *c)
{
	struct login *login = NULL;

	return logins_get(c->server->logins, c->login.txn, &login) == SY_OK
	    ? login
	    : NULL;
}

static void
give_up(struct change *c, enum sy_err err, const char *text)
{
	struct login *login = login_of(c);
	int64_t wait = exchange_status(err) == 503 ? 1 : 0;

	if (login != NULL) {
		login->changing = false;
		if (wait > 0)
			wait = line_again(c->server, login, wait);
	}
	login_fail(c->exchange, err, text, wait);
	change_free(&c);
}

/* A dictionary that does not work is neither the person's fault, nor does
 * waiting help: "dictionary" says so to the terminal. */
static void
give_up_dictionary(struct change *c)
{
	struct login *login = login_of(c);
	struct sy_error error = { .code = SY_OK };

	log_err("no password can be changed: the dictionary does not work "
		"(%s); see cracklib-runtime",
	    sy_err_text(c->dictionary));
	if (login != NULL)
		login->changing = false;
	(void)sy_error_set(&error, SY_ERR_INTERNAL, "dictionary",
	    "the server's dictionary of passwords does not work");
	exchange_fail(&c->exchange, &error, 0);
	change_free(&c);
}

static void
answer_broken(struct change *c)
{
	struct sy_password_step step = { .step = "broken" };
	struct login *login = login_of(c);

	sy_password_rules_words(c->rules, step.rules);
	sy_password_broken_words(c->rules, c->broken, step.broken);
	if (login != NULL) {
		login->changing = false;
		login->broken++;
	}
	exchange_reply(&c->exchange, &step);
	change_free(&c);
}

/* --- on the ledger thread --- */

/* Whether the person may still do it, and with this password. */
static enum sy_err
check(struct ledger_tx *tx, struct job *job, const struct change *c,
    struct password_row *ret_present)
{
	struct row_view *view = ledger_view(tx);
	const char *why;
	struct id_row id;
	enum sy_err err;

	err = gate_person(view, c->login.person, ledger_now(tx), &id, &why);
	sy_memzero(&id, sizeof(id));
	if (err != SY_OK)
		return err;
	if (why != NULL)
		return job_refuse(job, SY_ERR_STATE, "txn",
		    "the ID was stopped meanwhile (%s)", why);
	err = standing_password_row(view, c->login.person, ret_present);
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		return err;
	if (err == SY_ERR_NOT_FOUND || ret_present->id != c->login.password ||
	    !password_in_force(ret_present, ledger_now(tx)))
		return job_refuse(job, SY_ERR_STATE, "txn",
		    "the password was changed meanwhile");
	return SY_OK;
}

static enum sy_err
run_change(struct ledger_tx *tx, struct job *job)
{
	const struct change *c = *(struct change **)job->in;
	struct password_row present,
	    next = { .owner = c->login.person,
		    .state = PASSWORD_ACTIVE,
		    .created = ledger_now(tx) };
	struct sy_password_step *step = job->out;
	struct facts facts = { .count = 0 };
	enum sy_err err;

	if ((err = check(tx, job, c, &present)) != SY_OK)
		return err;
	login_facts_add(&c->login, &facts);
	facts_text(&facts, "change", c->forced ? "forced" : "asked");
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK ||
	    (err = password_retire(tx, &present, c->rules->history)) != SY_OK)
		return err;
	password_take_hash(&next, &c->hash.params, c->hash.salt, c->hash.hash);
	if ((err = row_insert(tx, &row_type_password, &next)) != SY_OK)
		return err;
	(void)snprintf(step->step, sizeof(step->step), "changed");
	sy_password_rules_words(c->rules, step->rules);
	(void)snprintf(step->support, sizeof(step->support), "R%" PRIu64,
	    job->seq);
	return SY_OK;
}

/* --- on the loop thread again --- */

static void
changed(struct job *job, enum sy_err result)
{
	struct change *c = *(struct change **)job->in;
	struct login *login = login_of(c);

	if (login != NULL) {
		login->changing = false;
		if (result == SY_OK && job->error.code == SY_OK) {
			login->changed = true;
			sy_secret_free(&login->present);
		}
	}
	change_free(&c);
	job_answer(&job, result);
}

static void
store(struct change *c)
{
	struct job *job = NULL;

	if (job_new(c->server, c->exchange, "password.change", &c, sizeof(c),
		&job) != SY_OK) {
		give_up(c, SY_ERR_NOMEM, sy_err_text(SY_ERR_NOMEM));
		return;
	}
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    c->login.subject);
	job->run = run_change;
	job->done = changed;
	job_submit(&job);
}

/* All but the last of ${work} are the new password as the present one and the
 * former ones were hashed. */
static bool
was_used(const struct change *c, const struct hashing_work *work)
{
	bool used =
	    sy_memequal(work->one[0].hash, c->row.hash, sizeof(c->row.hash));

	for (size_t i = 0; i < c->former.count; i++)
		if (sy_memequal(work->one[i + 1].hash, c->former.row[i].hash,
			SY_HASH_OUTPUT_SIZE))
			used = true;
	return used;
}

static void
hashed(void *ctx, const struct hashing_work *work, enum sy_err result)
{
	struct change *c = ctx;

	line_done(c->server, login_of(c), c->begun, c->hashing);
	if (result != SY_OK) {
		give_up(c, result, sy_err_text(result));
		return;
	}
	if (was_used(c, work))
		c->broken |= BIT(SY_PASSWORD_HISTORY);
	if (c->young)
		c->broken |= BIT(SY_PASSWORD_YOUNG);
	if (c->broken != 0) {
		answer_broken(c);
		return;
	}
	c->hash = work->one[work->count - 1];
	store(c);
}

static enum sy_err
fill_work(struct change *c)
{
	struct hashing_work *work = hashing_work(c->place);
	enum sy_err err;

	err = hashing_set(c->place, c->login.person, c->next);
	if (err != SY_OK)
		return err;
	hashing_as_stored(work, work->count++, &c->row);
	for (size_t i = 0; i < c->former.count; i++)
		hashing_as_stored(work, work->count++, &c->former.row[i]);
	return hashing_add_new(c->place);
}

_Static_assert(SY_PASSWORD_HISTORY_MAX + 2 <= HASHING_MAX,
    "the present one, all former ones and the new one");

/* --- the rules --- */

/* On the one thread that may ask the dictionary. */
static bool
look(void *ctx)
{
	struct change *c = ctx;
	const struct sy_password_person person = { .login = c->id.login,
		.name = c->id.name,
		.kana = c->id.kana,
		.staff = c->id.staff,
		.born = c->id.born };
	bool known = false;

	c->result = sy_password_check(c->rules, &person, c->server->blocklist,
	    c->next, c->present, &c->broken);
	c->asked = c->result == SY_OK && c->rules->dictionary;
	if (c->asked)
		c->dictionary = sy_password_dictionary(c->next, &known);
	if (known)
		c->broken |= BIT(SY_PASSWORD_DICTIONARY);
	return false;
}

static void
looked(void *ctx, bool done)
{
	struct change *c = ctx;
	enum sy_err err = done ? c->result : SY_ERR_CLOSED;

	if (err == SY_OK && c->dictionary == SY_ERR_NOMEM)
		err = SY_ERR_NOMEM;
	if (c->asked && err == SY_OK)
		c->server->dictionary_fails = c->dictionary != SY_OK;
	if (err == SY_OK && c->dictionary != SY_OK) {
		give_up_dictionary(c);
		return;
	}
	if (err == SY_OK)
		err = fill_work(c);
	if (err != SY_OK) {
		give_up(c, err, sy_err_text(err));
		return;
	}
	c->hashing = server_boottime_us();
	hashing_start(&c->place, hashed, c);
}

/* --- begun --- */

/* Changed too short a time ago: only what must be changed may be. */
static bool
is_young(const struct change *c, int64_t now)
{
	return !c->forced &&
	    now < c->row.created + c->rules->min_age * MICROSECONDS;
}

static enum sy_err
read_rows(struct change *c)
{
	struct row_view *view = ledger_reader(c->server->ledger);
	const int64_t person = c->login.person;
	enum sy_err err;

	if ((err = row_get(view, &row_type_id, person, &c->id)) != SY_OK ||
	    (err = standing_password_row(view, person, &c->row)) != SY_OK ||
	    (err = password_history(view, person, c->rules->history,
		 &c->former)) != SY_OK)
		return err;
	return SY_OK;
}

static enum sy_err
take_typed(struct change *c, const struct sy_password_change *in)
{
	enum sy_err err;

	err = password_typed(in->password, in->password_len, &c->next);
	switch (err) {
	case SY_ERR_ARG:
		c->broken = BIT(SY_PASSWORD_SHORT);
		return SY_OK;
	case SY_ERR_LIMIT:
		c->broken = BIT(SY_PASSWORD_LONG);
		return SY_OK;
	case SY_ERR_FORMAT:
		c->broken = BIT(SY_PASSWORD_UNCLEAN);
		return SY_OK;
	default:
		return err;
	}
}

static enum sy_err
copy_present(struct change *c, const struct login *login)
{
	enum sy_err err;

	if (login->present == NULL)
		return SY_OK;
	err = sy_secret_new(sy_secret_len(login->present), &c->present);
	if (err != SY_OK)
		return err;
	return sy_secret_append(c->present, sy_secret_bytes(login->present),
	    sy_secret_len(login->present));
}

static enum sy_err
prepare(struct change *c, const struct login *login,
    const struct sy_password_change *in)
{
	struct server *server = c->server;
	enum sy_err err;

	c->policy = policy_ref_take(server->policy);
	c->rules = sy_policy_password(c->policy->policy, login->facts.kind);
	c->login = login->facts;
	c->forced = strcmp(login->step->change, "asked") != 0;
	if ((err = take_typed(c, in)) != SY_OK || c->broken != 0)
		return err;
	if (!line_may(server, login))
		return SY_ERR_BUSY;
	if ((err = copy_present(c, login)) != SY_OK ||
	    (err = read_rows(c)) != SY_OK ||
	    (err = crew_reserve(server->rules, login->facts.terminal,
		 &c->rules_place)) != SY_OK)
		return err;
	return hashing_reserve(server->hashing, login->facts.terminal,
	    &c->place);
}

static void
start(struct exchange *exchange, struct login *login,
    const struct sy_password_change *in)
{
	struct change *c = calloc(1, sizeof(*c));
	enum sy_err err;

	if (c == NULL) {
		login_fail(exchange, SY_ERR_NOMEM, sy_err_text(SY_ERR_NOMEM),
		    1);
		return;
	}
	c->server = exchange->server;
	c->exchange = exchange;
	c->begun = server_boottime_us();
	err = prepare(c, login, in);
	if (err == SY_ERR_BUSY) {
		change_free(&c);
		line_busy(exchange, login);
		return;
	}
	turn_leave(&login->turn);
	if (err != SY_OK) {
		give_up(c, err, sy_err_text(err));
		return;
	}
	if (c->broken != 0) {
		answer_broken(c);
		return;
	}
	login->changing = true;
	c->young = is_young(c, ledger_time(c->server->ledger));
	crew_start(c->server->rules, &c->rules_place, look, looked, c);
}

/* It was changed, and the answer got lost. */
static void
answer_again(struct exchange *exchange)
{
	struct sy_password_step step = { .step = "changed" };

	exchange_reply(&exchange, &step);
}

void
password_change(struct exchange *exchange, const void *request)
{
	const struct sy_password_change *in = request;
	struct server *server = exchange->server;
	struct login *login = NULL;
	enum sy_err err;

	err = logins_find(server->logins, in->txn, server_boottime(), &login);
	if (err == SY_ERR_FORMAT)
		login_fail(exchange, err, "txn is not a transaction's id", 0);
	else if (err != SY_OK)
		login_refuse_step(exchange, SY_ERR_NOT_FOUND,
		    "no-such-transaction");
	else if (login->facts.terminal != exchange->peer.terminal)
		login_refuse_step(exchange, SY_ERR_NOT_FOUND, "other-terminal");
	else if (login->changing)
		/* The first one is under way still. */
		login_fail(exchange, SY_ERR_BUSY, sy_err_text(SY_ERR_BUSY), 1);
	else if (login->changed)
		answer_again(exchange);
	else if (login->state != LOGIN_DONE || !login->allowed ||
	    !login_must_change(login))
		login_refuse_step(exchange, SY_ERR_STATE, "out-of-order");
	else if (login->broken >= PASSWORD_BROKEN_MAX)
		login_refuse_step(exchange, SY_ERR_STATE, "too-many-tries");
	else
		start(exchange, login, in);
}
