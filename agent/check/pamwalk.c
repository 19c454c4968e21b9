/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <security/_pam_types.h>

#include "agent/check/pammodule.h"
#include "agent/check/pamwalk.h"

/* More states than this no stack has that a person could understand. */
#define NODES_MAX   100000
#define NODES_FIRST 256
#define NO_NODE     UINT32_MAX
#define NO_MODULE   UINT16_MAX

enum impression { UNDEFINED, POSITIVE, NEGATIVE };

/* What a stack has come to so far. */
struct verdict {
	uint8_t impression;
	uint8_t status; /* enum pamwalk_status; of POSITIVE only, or CHANGE */
};

/* Where a walk is. Verdicts above the level are zero, so that equal states are
 * equal bytes. */
struct state {
	uint16_t at; /* the next module; the stack's count at the end */
	uint8_t level;
	uint8_t facts;      /* what was said so far: bits enum fact */
	uint16_t diversion; /* the last module that diverts, or NO_MODULE */
	struct verdict now;
	struct verdict saved[PAMTREE_DEPTH]; /* as each substack was entered */
};

enum fact {
	FACT_SANYOSO = 1, /* it said yes */
	FACT_ASKED = 2,   /* it was asked, and did not */
	FACT_GLASS = 4,   /* the guard of the break-glass account let pass */
	FACT_PROOF = 8,   /* a password was right */
	FACT_ROOT = 16,   /* pam_rootok.so said yes */
};

/* --- one step, as libpam does it --- */

static enum pamwalk_status
status_of(int value)
{
	switch (value) {
	case PAM_SUCCESS:
		return PAMWALK_YES;
	case PAM_NEW_AUTHTOK_REQD:
		return PAMWALK_CHANGE;
	default:
		return PAMWALK_NO;
	}
}

static unsigned int
level_of(const struct pamtree_stack *stack, size_t i)
{
	return i < stack->count ? stack->modules[i].level : 0;
}

/* Go on at ${next}, coming from ${from}. */
static void
enter(const struct pamtree_stack *stack, struct state *s, size_t from,
    size_t next)
{
	const unsigned int level = level_of(stack, next);

	for (unsigned int i = level + 1; i <= s->level; i++)
		s->saved[i] = (struct verdict){ .impression = UNDEFINED };
	if (level > level_of(stack, from))
		s->saved[level] = s->now;
	s->level = (uint8_t)level;
	s->at = (uint16_t)next;
}

/* Behind the substack (or stack) that ${i} is in. */
static size_t
behind_all(const struct pamtree_stack *stack, size_t i)
{
	const unsigned int level = level_of(stack, i);

	while (i + 1 < stack->count && level_of(stack, i + 1) >= level)
		i++;
	return i + 1;
}

/* Skip ${count} modules behind ${i}; a substack counts as one. False: there
 * are not so many. */
static bool
jump(const struct pamtree_stack *stack, size_t i, int count, size_t *ret_next)
{
	const unsigned int level = level_of(stack, i);

	while (i + 1 < stack->count && level_of(stack, i + 1) >= level &&
	    count > 0) {
		do
			i++;
		while (i + 1 < stack->count && level_of(stack, i + 1) > level);
		count--;
	}
	*ret_next = i + 1;
	return count == 0;
}

/* A failure; the first one stays. */
static void
spoil(struct verdict *now, int value)
{
	if (now->impression == NEGATIVE)
		return;
	now->impression = NEGATIVE;
	/* A success that counts as a failure is none; but libpam hands out
	 * any other value, and programs let in whoever is only to change the
	 * password. */
	now->status =
	    status_of(value) == PAMWALK_CHANGE ? PAMWALK_CHANGE : PAMWALK_NO;
}

/* The module ${s->at} returned ${value}. */
static void
step(const struct pamtree_stack *stack, struct state *s, int value)
{
	const size_t i = s->at;
	const struct pamtree_module *m = &stack->modules[i];
	struct verdict *now = &s->now;
	size_t next = i + 1;
	int action;

	if (m->line->kind == PAMFILE_SUBSTACK) {
		enter(stack, s, i, next);
		return;
	}
	action = m->line->actions[value];
	switch (action) {
	case PAMFILE_IGNORE:
		break;
	case PAMFILE_RESET:
		*now = s->saved[m->level];
		break;
	case PAMFILE_OK:
	case PAMFILE_DONE:
		if (now->impression == UNDEFINED ||
		    (now->impression == POSITIVE &&
			now->status == PAMWALK_YES)) {
			now->impression = POSITIVE;
			now->status = (uint8_t)status_of(value);
		}
		if (action == PAMFILE_DONE && now->impression == POSITIVE)
			next = behind_all(stack, i);
		break;
	case PAMFILE_BAD:
	case PAMFILE_DIE:
		spoil(now, value);
		if (action == PAMFILE_DIE)
			next = behind_all(stack, i);
		break;
	default:
		if (!jump(stack, i, action, &next))
			*now = (struct verdict){ .impression = NEGATIVE,
				.status = PAMWALK_NO };
		break;
	}
	enter(stack, s, i, next);
}

static enum pamwalk_status
outcome(const struct state *s)
{
	return s->now.impression == UNDEFINED
	    ? PAMWALK_NO
	    : (enum pamwalk_status)s->now.status;
}

enum pamwalk_status
pamwalk_run(const struct pamtree_stack *stack, const int *returns)
{
	struct state s = { .at = 0 };

	while (s.at < stack->count)
		step(stack, &s, returns[s.at]);
	return outcome(&s);
}

/* --- every walk --- */

struct node {
	struct state state;
	uint32_t parent;  /* whence */
	uint32_t same_at; /* another node at the same module */
	uint16_t value;   /* that the parent's module returned */
	bool led;         /* it is part of the story */
};

struct walk {
	const struct pamtree_stack *stack;
	enum pamfile_type type;
	const struct pamwalk_rules *rules;
	enum pammodule known[PAMTREE_MODULES_MAX];
	struct node *nodes;
	uint32_t count;
	uint32_t room;
	uint32_t heads[PAMTREE_MODULES_MAX + 1];
};

static bool
is_yes(const struct walk *w, enum pamwalk_status status)
{
	/* An account that must change its password gets in by doing so. */
	return status == PAMWALK_YES ||
	    (status == PAMWALK_CHANGE && w->type == PAMFILE_ACCOUNT);
}

static enum sy_err
add_node(struct walk *w, const struct node *node)
{
	const uint16_t at = node->state.at;

	for (uint32_t i = w->heads[at]; i != NO_NODE; i = w->nodes[i].same_at)
		if (memcmp(&w->nodes[i].state, &node->state,
			sizeof(node->state)) == 0)
			return SY_OK;
	if (w->count == NODES_MAX)
		return SY_ERR_LIMIT;
	if (w->count == w->room) {
		const uint32_t room = 2 * w->room;
		struct node *more = realloc(w->nodes, room * sizeof(*more));

		if (more == NULL)
			return SY_ERR_NOMEM;
		w->nodes = more;
		w->room = room;
	}
	w->nodes[w->count] = *node;
	w->nodes[w->count].same_at = w->heads[at];
	w->heads[at] = w->count++;
	return SY_OK;
}

/* What is known after a module returned ${value}. */
static uint8_t
facts_after(const struct walk *w, size_t i, int value, uint8_t facts)
{
	const bool yes = is_yes(w, status_of(value));

	switch (w->known[i]) {
	case PAMMODULE_SANYOSO:
		facts |= yes ? FACT_SANYOSO : FACT_ASKED;
		break;
	case PAMMODULE_GUARD:
		facts |= value == PAM_SUCCESS ? FACT_GLASS : 0;
		break;
	case PAMMODULE_PASSWORD:
		facts |= value == PAM_SUCCESS ? FACT_PROOF : 0;
		break;
	case PAMMODULE_ROOTOK:
		facts |= value == PAM_SUCCESS ? FACT_ROOT : 0;
		break;
	case PAMMODULE_DENY:
	case PAMMODULE_OTHER:
		break;
	}
	return facts;
}

static bool
may_return(const struct walk *w, size_t i, int value)
{
	/* An application that is told so asks again later. */
	if (value == PAM_INCOMPLETE)
		return false;
	switch (w->known[i]) {
	case PAMMODULE_SANYOSO: /* see pam_sanyoso(8) */
		return value != PAM_IGNORE;
	case PAMMODULE_DENY:
		return value != PAM_IGNORE && status_of(value) == PAMWALK_NO;
	case PAMMODULE_OTHER:
	case PAMMODULE_PASSWORD:
	case PAMMODULE_ROOTOK:
	case PAMMODULE_GUARD:
		break;
	}
	return true;
}

/* Whether a module leads around others, or ends the stack with a yes. */
static bool
diverts(const struct walk *w, size_t i, int value)
{
	const int action = w->stack->modules[i].line->actions[value];

	return w->stack->modules[i].line->kind == PAMFILE_MODULE &&
	    (action > 0 || action == PAMFILE_RESET ||
		(action == PAMFILE_DONE && status_of(value) != PAMWALK_NO));
}

/* Whether a step made a yes of what was none. */
static bool
grants(const struct state *before, const struct state *after)
{
	return outcome(before) == PAMWALK_NO && outcome(after) != PAMWALK_NO;
}

static enum sy_err
expand(struct walk *w, uint32_t n)
{
	const size_t i = w->nodes[n].state.at;
	const bool mark = w->stack->modules[i].line->kind == PAMFILE_SUBSTACK;
	enum sy_err err;

	for (int value = 0; value < (mark ? 1 : PAMFILE_RETURNS); value++) {
		struct node next = {
			.state = w->nodes[n].state,
			.parent = n,
		};

		if (!mark) {
			if (!may_return(w, i, value))
				continue;
			next.state.facts =
			    facts_after(w, i, value, next.state.facts);
		}
		step(w->stack, &next.state, value);
		next.led = grants(&w->nodes[n].state, &next.state);
		if (diverts(w, i, value)) {
			next.led = true;
			next.state.diversion = (uint16_t)i;
		}
		if ((err = add_node(w, &next)) != SY_OK)
			return err;
	}
	return SY_OK;
}

static enum pamwalk_kind
kind_of(const struct walk *w, uint8_t facts)
{
	if (facts & FACT_GLASS)
		return w->type != PAMFILE_AUTH || facts & FACT_PROOF
		    ? PAMWALK_GLASS
		    : PAMWALK_UNPROVEN;
	return facts & FACT_ROOT ? PAMWALK_ROOT : PAMWALK_OPEN;
}

/* The way to the end ${n}, told from its end. */
static void
tell(const struct walk *w, uint32_t n, struct pamwalk_way *way)
{
	size_t steps[PAMWALK_STEPS_MAX];
	size_t count = 0;

	way->kind = kind_of(w, w->nodes[n].state.facts);
	way->asked = (w->nodes[n].state.facts & FACT_ASKED) != 0;
	for (uint32_t k = n; w->nodes[k].parent != NO_NODE;
	     k = w->nodes[k].parent)
		if (w->nodes[k].led && count < PAMWALK_STEPS_MAX)
			steps[count++] = w->nodes[w->nodes[k].parent].state.at;
	way->diversion = w->nodes[n].state.diversion != NO_MODULE
	    ? w->nodes[n].state.diversion
	    : SIZE_MAX;
	way->step_count = count;
	for (size_t i = 0; i < count; i++)
		way->steps[i] = steps[count - 1 - i];
}

/* Ways of one kind that the same module led last are one. */
static bool
is_told(const struct pamwalk_ways *ways, const struct pamwalk_way *way)
{
	for (size_t i = 0; i < ways->count; i++) {
		const struct pamwalk_way *old = &ways->ways[i];

		if (old->kind == way->kind && old->diversion == way->diversion)
			return true;
	}
	return false;
}

static void
collect(const struct walk *w, struct pamwalk_ways *ret)
{
	struct pamwalk_way way;

	for (uint32_t n = 0; n < w->count; n++) {
		const struct state *s = &w->nodes[n].state;

		if (s->at != w->stack->count || !is_yes(w, outcome(s)))
			continue;
		ret->can_allow = true;
		if (s->facts & FACT_SANYOSO)
			continue;
		tell(w, n, &way);
		if (ret->count < PAMWALK_WAYS_MAX && !is_told(ret, &way))
			ret->ways[ret->count++] = way;
	}
}

enum sy_err
pamwalk_find(const struct pamtree_stack *stack, enum pamfile_type type,
    const struct pamwalk_rules *rules, struct pamwalk_ways *ret)
{
	const struct node start = { .parent = NO_NODE,
		.state = { .diversion = NO_MODULE } };
	struct walk *w;
	enum sy_err err;

	memset(ret, 0, sizeof(*ret));
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return SY_ERR_NOMEM;
	*w = (struct walk){ .stack = stack, .type = type, .rules = rules };
	if ((w->nodes = calloc(NODES_FIRST, sizeof(*w->nodes))) == NULL) {
		free(w);
		return SY_ERR_NOMEM;
	}
	w->room = NODES_FIRST;
	for (size_t i = 0; i <= stack->count; i++)
		w->heads[i] = NO_NODE;
	for (size_t i = 0; i < stack->count; i++)
		w->known[i] =
		    pammodule_of(stack->modules[i].line, rules, &ret->foreign);
	err = add_node(w, &start);
	for (uint32_t n = 0; err == SY_OK && n < w->count; n++)
		if (w->nodes[n].state.at < stack->count)
			err = expand(w, n);
	if (err == SY_OK)
		collect(w, ret);
	free(w->nodes);
	free(w);
	return err;
}
