/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sanyoso/policy.h>
#include <sanyoso/text.h>

#include "evidence.h"

struct piece {
	bool used;
	uint8_t random[EVIDENCE_RANDOM];
	struct talk_login login;
	uid_t uid;
	enum evidence_state state;
	int64_t made;
	int64_t until;
};

struct evidence {
	struct piece pieces[EVIDENCE_MAX];
};

enum sy_err
evidence_new(struct evidence **ret_evidence)
{
	struct evidence *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return SY_ERR_NOMEM;
	*ret_evidence = e;
	return SY_OK;
}

void
evidence_free(struct evidence **evidence)
{
	if (*evidence == NULL)
		return;
	sy_memzero(*evidence, sizeof(**evidence));
	free(*evidence);
	*evidence = NULL;
}

static void
forget(struct piece *p)
{
	sy_memzero(p, sizeof(*p));
}

static bool
is_due(const struct piece *p)
{
	return p->login.duty[0] != '\0';
}

/* The piece of that number, NULL if there is none. Every one is compared in
 * the same time: the number is all the secret there is. */
static struct piece *
find(struct evidence *e, const uint8_t random[EVIDENCE_RANDOM])
{
	struct piece *found = NULL;

	for (size_t i = 0; i < EVIDENCE_MAX; i++)
		if (e->pieces[i].used &&
		    sy_memequal(e->pieces[i].random, random, EVIDENCE_RANDOM))
			found = &e->pieces[i];
	return found;
}

static struct piece *
find_hex(struct evidence *e, const char *id)
{
	uint8_t random[EVIDENCE_RANDOM];

	if (sy_text_unhex(id, random, sizeof(random)) != SY_OK)
		return NULL;
	return find(e, random);
}

/* Who changes a password may have to wait for the server. */
static bool
is_over(const struct piece *p, int64_t now)
{
	return p->until <= now && p->state != EVIDENCE_CHANGING;
}

/* A free place, or that of the oldest. */
static struct piece *
place_for(struct evidence *e, int64_t now)
{
	struct piece *best = &e->pieces[0];

	for (size_t i = 0; i < EVIDENCE_MAX; i++) {
		struct piece *p = &e->pieces[i];

		if (p->used && is_over(p, now))
			forget(p);
		if (!p->used)
			return p;
		if (p->made < best->made)
			best = p;
	}
	forget(best);
	return best;
}

enum sy_err
evidence_add(struct evidence *e, const struct talk_login *login, uid_t uid,
    enum evidence_state state, int64_t now,
    const uint8_t random[EVIDENCE_RANDOM], char ret_id[SY_EVIDENCE_SIZE])
{
	struct piece *p;

	if (find(e, random) != NULL)
		return SY_ERR_EXISTS;
	p = place_for(e, now);
	*p = (struct piece){
		.used = true,
		.login = *login,
		.uid = uid,
		.state = state,
		.made = now,
	};
	memcpy(p->random, random, EVIDENCE_RANDOM);
	p->until = now + (is_due(p) ? EVIDENCE_DUE_MS : EVIDENCE_LIFE_MS);
	sy_text_hex(random, EVIDENCE_RANDOM, ret_id);
	return SY_OK;
}

/* The host may have taken the name as the server writes it by now. */
static bool
is_same_account(const struct talk_login *login, const char *user)
{
	return strcmp(login->user, user) == 0 ||
	    (strcasecmp(login->user, login->person) == 0 &&
		strcmp(login->person, user) == 0);
}

static bool
may_use(const struct piece *p, const struct evidence_asker *asker)
{
	const bool own = asker->uid == 0 ||
	    (p->login.purpose == SY_PURPOSE_UNLOCK && asker->uid == p->uid);

	return own && asker->purpose == p->login.purpose &&
	    strcmp(asker->service, p->login.service) == 0;
}

/* The piece that ${asker} may use, for whatever account; NULL if none. */
static struct piece *
take(struct evidence *e, const char *id, const struct evidence_asker *asker,
    int64_t now)
{
	struct piece *p = find_hex(e, id);

	if (p != NULL && is_over(p, now)) {
		forget(p);
		p = NULL;
	}
	return p != NULL && may_use(p, asker) ? p : NULL;
}

enum evidence_answer
evidence_account(struct evidence *e, const char *id,
    const struct evidence_asker *asker, int64_t now,
    struct talk_login *ret_login)
{
	struct piece *p = take(e, id, asker, now);

	if (p == NULL || !is_same_account(&p->login, asker->user))
		return EVIDENCE_NONE;
	if (p->state == EVIDENCE_CHANGING)
		return EVIDENCE_ORDER;
	p->state = EVIDENCE_ACCOUNTED;
	*ret_login = p->login;
	return is_due(p) ? EVIDENCE_DUE : EVIDENCE_GOOD;
}

enum evidence_answer
evidence_change(struct evidence *e, const char *id,
    const struct evidence_asker *asker, int64_t now,
    struct talk_login *ret_login)
{
	struct piece *p = take(e, id, asker, now);

	if (p == NULL || !is_same_account(&p->login, asker->user))
		return EVIDENCE_NONE;
	if (p->state != EVIDENCE_ACCOUNTED)
		return EVIDENCE_ORDER;
	*ret_login = p->login;
	if (!is_due(p))
		return EVIDENCE_NOT_DUE;
	p->state = EVIDENCE_CHANGING;
	return EVIDENCE_GOOD;
}

enum evidence_answer
evidence_open(struct evidence *e, const char *id,
    const struct evidence_asker *asker, int64_t now,
    struct talk_login *ret_login)
{
	struct piece *p = take(e, id, asker, now);

	if (p == NULL || p->login.purpose == SY_PURPOSE_UNLOCK ||
	    (!is_same_account(&p->login, asker->user) &&
		p->login.purpose != SY_PURPOSE_PRIVILEGED))
		return EVIDENCE_NONE;
	if (p->state != EVIDENCE_ACCOUNTED)
		return EVIDENCE_ORDER;
	*ret_login = p->login;
	if (is_due(p))
		return EVIDENCE_DUE;
	forget(p);
	return EVIDENCE_GOOD;
}

void
evidence_changed(struct evidence *e, const char *id, bool done, int64_t now)
{
	struct piece *p = find_hex(e, id);

	if (p == NULL || p->state != EVIDENCE_CHANGING)
		return;
	p->state = EVIDENCE_ACCOUNTED;
	if (!done)
		return;
	sy_memzero(p->login.duty, sizeof(p->login.duty));
	p->until = now + EVIDENCE_LIFE_MS;
}

void
evidence_forget(struct evidence *e, const char *id)
{
	struct piece *p = find_hex(e, id);

	if (p != NULL)
		forget(p);
}
