/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHECK_PAMWALK_H
#define AGENT_CHECK_PAMWALK_H

#include <stdint.h>

#include "agent/check/pamtree.h"

/*
 * What libpam makes of a stack, for any return value that its modules may give:
 * every way by which it says yes, and on which of them pam_sanyoso.so had said
 * yes too. libpam's rules are in pam.d(5); where that page is silent, they are
 * those of Linux-PAM 1.5.2, with which a test compares this one.
 *
 * Every module may return anything, but for pam_deny.so, which never says yes,
 * and pam_sanyoso.so, which never asks to be ignored.
 */

/* Which modules are known, and what is allowed without us. */
struct pamwalk_rules {
	const char *module_dir;  /* below it, a whole path means the same */
	const char *socket;      /* our agent's; another one's yes is none */
	const char *break_glass; /* the account, "" if there is none */
};

/* How a stack can say yes without us. */
enum pamwalk_kind {
	PAMWALK_OPEN,     /* just so */
	PAMWALK_UNPROVEN, /* the break-glass account, without a password */
	PAMWALK_GLASS,    /* the break-glass account on the console */
	PAMWALK_ROOT,     /* root, for whom pam_rootok.so says yes */
	PAMWALK_KINDS,
};

#define PAMWALK_STEPS_MAX 8
#define PAMWALK_WAYS_MAX  16

struct pamwalk_way {
	enum pamwalk_kind kind;
	bool asked; /* pam_sanyoso.so was, and its no was not heeded */
	/* The last module that led around others or ended the stack; SIZE_MAX:
	 * none did, the modules were asked one by one. */
	size_t diversion;
	/* The last modules that say yes, or lead around others: indices. */
	size_t step_count;
	size_t steps[PAMWALK_STEPS_MAX];
};

struct pamwalk_ways {
	bool can_allow; /* by any way at all */
	bool foreign;   /* a line of pam_sanyoso.so has another socket */
	size_t count;   /* of ways without us, one for each diversion */
	struct pamwalk_way ways[PAMWALK_WAYS_MAX];
};

/* LIMIT: too many ways to judge; NOMEM. */
SY_MUST_USE enum sy_err pamwalk_find(const struct pamtree_stack *stack,
    enum pamfile_type type, const struct pamwalk_rules *rules,
    struct pamwalk_ways *ret);

/* What a stack comes to. */
enum pamwalk_status {
	PAMWALK_NO,
	PAMWALK_YES,
	PAMWALK_CHANGE, /* PAM_NEW_AUTHTOK_REQD: yes, after a new password */
};

/* The outcome where the ${i}-th module (substack marks count) returns
 * ${returns[i]}. */
enum pamwalk_status pamwalk_run(const struct pamtree_stack *stack,
    const int *returns);

#endif /* AGENT_CHECK_PAMWALK_H */
