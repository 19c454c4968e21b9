/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_CONF_INT_H
#define SY_CONF_INT_H

#include <sanyoso/conf.h>

/* Shared by conf.c, which reads, and conf_value.c, which hands out. */

struct conf_entry {
	const char *key;
	const char *value;
	unsigned int line;
	bool known; /* somebody asked for it */
};

struct sy_conf_section {
	const struct sy_conf *conf;
	const char *type;
	const char *name; /* "" if none */
	unsigned int line;
	bool known;
	struct conf_entry *entries;
	size_t n;
};

struct sy_conf {
	char *file;
	char *text; /* keys and values point into it */
	struct sy_conf_section *sections;
	size_t n;
	size_t n_entries; /* in all sections */
};

/* sy_error_set with "file:line" as the place. Returns ${code}. */
enum sy_err conf_error(struct sy_error *reterr, enum sy_err code,
    const char *file, unsigned int line, const char *fmt, ...) SY_PRINTF(5, 6);

#endif /* SY_CONF_INT_H */
