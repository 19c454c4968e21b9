/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/identity.h"

#include <stdio.h>
#include <string.h>

#include "server/identity/dates.h"
#include "server/identity/id_event.h"
#include "server/identity/person.h"
#include "server/identity/standing.h"
#include "server/job.h"
#include "server/list.h"
#include "server/server.h"
#include "server/store/tables.h"

#define MICROSECONDS INT64_C(1000000)

/* SY_ERR_EXISTS if ${column} is taken. */
static enum sy_err
check_free(struct ledger_tx *tx, struct job *job, const char *column,
    const char *value)
{
	struct id_row other;
	enum sy_err err;

	if (value[0] == '\0')
		return SY_OK;
	err = row_find(ledger_view(tx), &row_type_id, column, value,
	    strlen(value), &other);
	if (err == SY_OK) {
		err = job_refuse(job, SY_ERR_EXISTS, column,
		    "\"%s\" is taken by %s", value, other.login);
		sy_memzero(&other, sizeof(other));
		return err;
	}
	return err == SY_ERR_NOT_FOUND ? SY_OK : err;
}

/*
 * ID-2: nobody is registered twice. Who is disabled is not found: his row has
 * no normal form any more.
 */
static enum sy_err
check_person(struct ledger_tx *tx, struct job *job,
    const struct sy_user_add *in, char ret_person[PERSON_SIZE])
{
	struct id_row other;
	enum sy_err err;

	err = person_normal(in->name, in->kana, in->born, ret_person);
	if (err == SY_ERR_LIMIT || err == SY_ERR_FORMAT)
		return job_refuse(job, err, "name",
		    "name and kana can't be brought to their normal form");
	if (err != SY_OK || ret_person[0] == '\0' || in->namesake)
		return err;
	err = row_find(ledger_view(tx), &row_type_id, "person", ret_person,
	    strlen(ret_person), &other);
	if (err == SY_ERR_NOT_FOUND)
		return SY_OK;
	if (err != SY_OK)
		return err;
	err = job_refuse(job, SY_ERR_EXISTS, "person",
	    "this person has the ID %s already; somebody else of the same "
	    "name and birth is registered as a namesake",
	    other.login);
	sy_memzero(&other, sizeof(other));
	return err;
}

static enum sy_err
check_shapes(const struct ledger_tx *tx, struct job *job,
    const struct sy_user_add *in, enum sy_kind *ret_kind)
{
	enum sy_err err;

	if (!sy_text_is_login(in->login))
		return job_refuse(job, SY_ERR_FORMAT, "login",
		    "a login name is a small letter or _, then up to 30 small "
		    "letters, digits, _ or -");
	if ((err = id_event_basis(job, in->basis)) != SY_OK)
		return err;
	if (in->kana[0] != '\0' && !person_is_kana(in->kana))
		return job_refuse(job, SY_ERR_FORMAT, "kana",
		    "a reading is written in kana, with spaces and middle "
		    "dots between");
	if (in->born[0] != '\0' && !person_is_born(in->born, ledger_now(tx)))
		return job_refuse(job, SY_ERR_FORMAT, "born",
		    "a date of birth is a day of the past: 1985-04-01");
	if (!sy_kind_by_name(in->kind, ret_kind))
		return job_refuse(job, SY_ERR_FORMAT, "kind",
		    "no such kind of ID");
	/* It would have to name the people who use it. */
	if (*ret_kind == SY_KIND_SHARED)
		return job_refuse(job, SY_ERR_STATE, "kind",
		    "shared IDs are not kept by this server");
	return dates_check(job, in->valid_from, in->valid_to, *ret_kind);
}

static enum sy_err
check_add(struct ledger_tx *tx, struct job *job, const struct sy_user_add *in,
    struct id_row *ret)
{
	enum sy_kind kind = 0;
	enum sy_err err;

	if ((err = check_shapes(tx, job, in, &kind)) != SY_OK ||
	    (err = check_free(tx, job, "login", in->login)) != SY_OK ||
	    (err = check_free(tx, job, "staff", in->staff)) != SY_OK)
		return err;
	ret->kind = kind;
	return check_person(tx, job, in, ret->person);
}

static void
fill_row(const struct sy_user_add *in, int64_t now, struct id_row *row)
{
	row->state = ID_ACTIVE;
	memcpy(row->login, in->login, sizeof(row->login));
	memcpy(row->staff, in->staff, sizeof(row->staff));
	memcpy(row->name, in->name, sizeof(row->name));
	memcpy(row->kana, in->kana, sizeof(row->kana));
	memcpy(row->born, in->born, sizeof(row->born));
	row->valid_from = in->valid_from * MICROSECONDS;
	row->valid_to = in->valid_to * MICROSECONDS;
	row->created = now;
}

static void
add_facts(const struct sy_user_add *in, struct facts *facts)
{
	facts_text(facts, "login", in->login);
	facts_text(facts, "staff", in->staff);
	facts_text(facts, "name", in->name);
	facts_text(facts, "kana", in->kana);
	facts_text(facts, "born", in->born);
	facts_text(facts, "kind", in->kind);
	facts_int(facts, "valid-from", in->valid_from);
	facts_int(facts, "valid-to", in->valid_to);
	facts_text(facts, "basis", in->basis);
	facts_text(facts, "namesake", in->namesake ? "yes" : "");
}

static enum sy_err
run_add(struct ledger_tx *tx, struct job *job)
{
	static const struct standing newcomer = { .holds = { .count = 0 } };
	const struct sy_user_add *in = job->in;
	struct facts facts = { .count = 0 };
	struct id_row row = { .id = 0 };
	enum sy_err err;

	if (sy_text_is_login(in->login))
		(void)snprintf(job->subject, sizeof(job->subject), "%s",
		    in->login);
	if ((err = check_add(tx, job, in, &row)) != SY_OK)
		return err;
	add_facts(in, &facts);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	fill_row(in, ledger_now(tx), &row);
	if ((err = row_insert(tx, &row_type_id, &row)) == SY_OK &&
	    (err = id_event_write(tx, job, row.id, in->basis)) == SY_OK)
		standing_user(&row, &newcomer, row.created, job->out);
	sy_memzero(&row, sizeof(row));
	return err;
}

void
user_add(struct exchange *exchange, const void *request)
{
	job_start(exchange, "user.add", request, run_add, NULL);
}

static enum sy_err
read_user(struct row_view *view, const char *login, struct sy_user_shown *ret,
    struct sy_error *reterr)
{
	struct standing standing;
	struct id_row row;
	enum sy_err err;

	err = row_find(view, &row_type_id, "login", login, strlen(login), &row);
	if (err == SY_ERR_NOT_FOUND)
		return sy_error_set(reterr, err, "login",
		    "there is no user \"%s\"", login);
	if (err != SY_OK)
		return err;
	if ((err = standing_read(view, row.id, &standing)) == SY_OK)
		standing_user(&row, &standing, server_now(), &ret->user);
	if (err == SY_OK)
		err = id_event_list(view, row.id, &ret->history);
	sy_memzero(&row, sizeof(row));
	return err;
}

void
user_show(struct exchange *exchange, const void *request)
{
	const struct sy_user_ref *in = request;
	struct sy_user_shown shown = { .user = { .id = 0 } };
	struct sy_error error = { .code = SY_OK };

	error.code = read_user(ledger_reader(exchange->server->ledger),
	    in->login, &shown, &error);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &shown);
	else
		exchange_fail(&exchange, &error, 0);
	sy_message_clear(&sy_message_user_shown, &shown);
}

struct listing {
	struct row_view *view;
	struct sy_list *users;
	int64_t now;
};

static enum sy_err
add_user(void *ctx, const void *row)
{
	const struct listing *l = ctx;
	const struct id_row *id = row;
	struct standing standing;
	void *item;
	enum sy_err err;

	if ((err = list_add(l->users, sizeof(struct sy_user), &item)) !=
		SY_OK ||
	    (err = standing_read(l->view, id->id, &standing)) != SY_OK)
		return err;
	standing_user(id, &standing, l->now, item);
	return SY_OK;
}

void
user_list(struct exchange *exchange, const void *request)
{
	struct sy_error error = { .code = SY_OK };
	struct sy_user_list list = { .users = { NULL, 0 } };
	struct listing l = { ledger_reader(exchange->server->ledger),
		&list.users, server_now() };

	(void)request;
	error.code = row_walk(l.view, &row_type_id, NULL, 0, add_user, &l);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &list);
	else
		exchange_fail(&exchange, &error, 0);
	sy_message_clear(&sy_message_user_list, &list);
}
