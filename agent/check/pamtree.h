/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHECK_PAMTREE_H
#define AGENT_CHECK_PAMTREE_H

#include "agent/check/pamfile.h"

/*
 * All PAM files of a machine, and the stack of modules that libpam makes of
 * them for a service and a type: includes in place, the lines of the service
 * "other" where the service has none of that type.
 */
struct pamtree;

/* As libpam: a file that includes itself is cut off there. */
#define PAMTREE_DEPTH       16
#define PAMTREE_MODULES_MAX 512

/* One module of a stack, or the place where a substack begins. */
struct pamtree_module {
	const char *file;
	const struct pamfile_line *line; /* kind SUBSTACK: begins behind it */
	unsigned int level;              /* of substacks; 0 is outside */
};

struct pamtree_stack {
	size_t count;
	struct pamtree_module modules[PAMTREE_MODULES_MAX];
};

/* Files are looked for below ${root} ("" for this machine) in /etc/pam.d, then
 * in /usr/lib/pam.d. NOMEM. */
SY_MUST_USE enum sy_err pamtree_new(const char *root, struct pamtree **ret);
void pamtree_free(struct pamtree **tree);

/*
 * The stack of ${service}. No modules at all: libpam refuses. What it points to
 * belongs to the tree. FORMAT, LIMIT (too long or deep), PERM (others could
 * write a file), NOT_FOUND (a file that is included is missing), IO, NOMEM.
 */
SY_MUST_USE enum sy_err pamtree_stack(struct pamtree *tree, const char *service,
    enum pamfile_type type, struct pamtree_stack *ret, struct sy_error *reterr);

/* Call ${each} for every name that is a service: a file of one of the
 * directories that libpam would open. IO, NOMEM, or what ${each} returns. */
typedef enum sy_err pamtree_each(void *arg, const char *service);
SY_MUST_USE enum sy_err pamtree_services(const struct pamtree *tree,
    pamtree_each *each, void *arg, struct sy_error *reterr);

#endif /* AGENT_CHECK_PAMTREE_H */
