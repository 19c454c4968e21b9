/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/enrolments.h"

#include <stdlib.h>
#include <string.h>

#include "server/server.h"
#include "server/store/tables.h"

TAILQ_HEAD(enrolment_queue, enrolment);

struct enrolments {
	struct enrolment_queue open;
	size_t count;
};

enum sy_err
enrolments_new(struct enrolments **ret_enrolments)
{
	struct enrolments *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return SY_ERR_NOMEM;
	TAILQ_INIT(&e->open);
	*ret_enrolments = e;
	return SY_OK;
}

void
enrolments_free(struct enrolments **enrolments)
{
	struct enrolment *first;

	if (*enrolments == NULL)
		return;
	while ((first = TAILQ_FIRST(&(*enrolments)->open)) != NULL)
		enrolments_remove(*enrolments, &first);
	free(*enrolments);
	*enrolments = NULL;
}

static size_t
count_terminal(const struct enrolments *e, int64_t terminal)
{
	const struct enrolment *enrolment;
	size_t n = 0;

	TAILQ_FOREACH(enrolment, &e->open, link)
	if (enrolment->facts.terminal == terminal)
		n++;
	return n;
}

enum sy_err
enrolments_begin(struct enrolments *e, int64_t terminal, int64_t now,
    struct enrolment **ret)
{
	struct enrolment *enrolment;
	enum sy_err err;

	if (e->count >= ENROLMENTS_MAX ||
	    count_terminal(e, terminal) >= ENROLMENTS_TERMINAL)
		return SY_ERR_BUSY;
	if ((enrolment = calloc(1, sizeof(*enrolment))) == NULL)
		return SY_ERR_NOMEM;
	err = server_random(enrolment->facts.txn, SY_TXN_SIZE);
	if (err != SY_OK) {
		free(enrolment);
		return err;
	}
	sy_text_hex(enrolment->facts.txn, SY_TXN_SIZE,
	    enrolment->facts.txn_hex);
	enrolment->facts.terminal = terminal;
	enrolment->state = ENROLMENT_CARD;
	enrolment->ends = now + ENROLMENT_LIFE;
	TAILQ_INSERT_TAIL(&e->open, enrolment, link);
	e->count++;
	*ret = enrolment;
	return SY_OK;
}

enum sy_err
enrolments_find(struct enrolments *e, const char *hex, int64_t now,
    struct enrolment **ret)
{
	uint8_t txn[SY_TXN_SIZE];
	struct enrolment *enrolment;
	enum sy_err err;

	if ((err = sy_text_unhex(hex, txn, sizeof(txn))) != SY_OK)
		return err;
	TAILQ_FOREACH(enrolment, &e->open, link)
	if (memcmp(enrolment->facts.txn, txn, sizeof(txn)) == 0) {
		if (enrolment->state != ENROLMENT_LEDGER &&
		    enrolment->ends <= now)
			return SY_ERR_NOT_FOUND;
		*ret = enrolment;
		return SY_OK;
	}
	return SY_ERR_NOT_FOUND;
}

void
enrolments_remove(struct enrolments *e, struct enrolment **enrolment)
{
	TAILQ_REMOVE(&e->open, *enrolment, link);
	e->count--;
	sy_memzero(*enrolment, sizeof(**enrolment));
	free(*enrolment);
	*enrolment = NULL;
}

struct enrolment *
enrolments_expired(struct enrolments *e, int64_t now, bool all)
{
	struct enrolment *enrolment;

	TAILQ_FOREACH(enrolment, &e->open, link)
	if ((all || enrolment->ends <= now) &&
	    enrolment->state != ENROLMENT_LEDGER)
		return enrolment;
	return NULL;
}

void
enrolment_person(struct enrolment_facts *facts,
    const struct invitation_row *invitation, const struct id_row *owner)
{
	facts->invitation = invitation->id;
	facts->replaces = invitation->replaces;
	facts->method = (enum sy_method)invitation->method;
	facts->person = owner->id;
	memcpy(facts->login, owner->login, sizeof(facts->login));
	memcpy(facts->name, owner->name, sizeof(facts->name));
}

void
enrolment_take_person(struct enrolment_facts *facts,
    const struct enrolment_facts *from)
{
	facts->invitation = from->invitation;
	facts->replaces = from->replaces;
	facts->method = from->method;
	facts->person = from->person;
	memcpy(facts->login, from->login, sizeof(facts->login));
	memcpy(facts->name, from->name, sizeof(facts->name));
}
