/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHECK_FINDINGS_H
#define AGENT_CHECK_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <sanyoso/err.h>

/*
 * What a check found: a line each, or a member of a list in JSON. Sentences
 * are in the language of the configuration; places and the names of checks are
 * not translated.
 */
enum finding_severity {
	FINDING_OK,      /* as it should be; shown with -v */
	FINDING_NOTE,    /* to be known, not to be mended */
	FINDING_UNKNOWN, /* could not be checked */
	FINDING_WARNING,
	FINDING_ERROR,
	FINDING_SEVERITIES,
};

#define FINDING_PLACE_SIZE 320
#define FINDING_TEXT_SIZE  1024

struct findings {
	FILE *out;
	bool json;
	bool verbose;
	size_t counts[FINDING_SEVERITIES];
};

struct finding {
	enum finding_severity severity;
	const char *check; /* its name for scripts: "pam-way", "clock", ... */
	char place[FINDING_PLACE_SIZE]; /* file, file:line, or "" */
	char what[FINDING_TEXT_SIZE];
	char mend[FINDING_TEXT_SIZE]; /* "": nothing is to be done */
};

/* Begin and end the output. */
void findings_open(struct findings *findings, FILE *out, bool json,
    bool verbose);
/* What the program should exit with: 0, 1 if something is wrong, else 3 if
 * something could not be checked. */
int findings_close(struct findings *findings);

/* Write one down. Control characters become "?". */
void findings_add(struct findings *findings, const struct finding *finding);

/* The same, with texts made of formats. ${mend} may be NULL. */
void findings_say(struct findings *findings, enum finding_severity severity,
    const char *check, const char *place, const char *mend, const char *fmt,
    ...) SY_PRINTF(6, 7);

#endif /* AGENT_CHECK_FINDINGS_H */
