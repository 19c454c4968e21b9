/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHECK_PAMFILE_H
#define AGENT_CHECK_PAMFILE_H

#include <stdbool.h>
#include <stddef.h>

#include <sanyoso/err.h>

/*
 * One file of /etc/pam.d, as libpam reads it (pam.d(5)). Stricter than libpam:
 * whatever it reads in a way that a person would not expect (a backslash before
 * a comment, a '#' within a word, a control that it can't read and takes for
 * "bad") is an error that names file and line. What is accepted here means the
 * same there.
 */
#define PAMFILE_SIZE_MAX  ((size_t)64 * 1024)
#define PAMFILE_LINES_MAX 1024
/* Shorter than the 1024 bytes up to which every libpam reads. */
#define PAMFILE_LINE_MAX  1000
#define PAMFILE_WORDS_MAX 48
/* How many return values libpam has: 0 to 31. */
#define PAMFILE_RETURNS  32
#define PAMFILE_JUMP_MAX 1000

enum pamfile_type {
	PAMFILE_AUTH,
	PAMFILE_ACCOUNT,
	PAMFILE_SESSION,
	PAMFILE_PASSWORD,
	PAMFILE_TYPES,
	PAMFILE_ANY = PAMFILE_TYPES, /* @include: lines of each type */
};

/* What a line does. */
enum pamfile_kind {
	PAMFILE_MODULE,
	PAMFILE_INCLUDE,
	PAMFILE_SUBSTACK,
};

/* What follows from a return value; a positive number: so many modules are
 * skipped. */
enum pamfile_action {
	PAMFILE_IGNORE = 0,
	PAMFILE_OK = -1,
	PAMFILE_DONE = -2,
	PAMFILE_BAD = -3,
	PAMFILE_DIE = -4,
	PAMFILE_RESET = -5,
};

struct pamfile_line {
	unsigned int number; /* of its first line in the file */
	enum pamfile_type type;
	enum pamfile_kind kind;
	int actions[PAMFILE_RETURNS]; /* of a module, by return value */
	const char *name; /* of the module, or of the file to include */
	size_t arg_count;
	const char *args[PAMFILE_WORDS_MAX];
};

struct pamfile;

/* Parse ${len} bytes; ${file} is kept for messages. FORMAT, LIMIT, NOMEM. */
SY_MUST_USE enum sy_err pamfile_parse(const char *file, const char *text,
    size_t len, struct pamfile **ret, struct sy_error *reterr);
void pamfile_free(struct pamfile **file);

const char *pamfile_name(const struct pamfile *file);
size_t pamfile_count(const struct pamfile *file);
/* The ${i}-th line; it belongs to the file. */
const struct pamfile_line *pamfile_line(const struct pamfile *file, size_t i);

/* "auth", "account", ... */
const char *pamfile_type_name(enum pamfile_type type);

#endif /* AGENT_CHECK_PAMFILE_H */
