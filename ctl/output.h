/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include "ctl/ctl.h"

/* How replies look to people: tables and cards of name and value. */

/* In JSON the reply was printed already: these functions print nothing. */
enum output_mode {
	OUTPUT_TEXT,
	OUTPUT_JSON,
};
extern enum output_mode output_mode;

enum output_form {
	OUTPUT_PLAIN, /* text or number */
	OUTPUT_TIME,  /* seconds since 1970; "-" for 0 */
	OUTPUT_MICRO, /* microseconds */
	OUTPUT_YES,   /* bool */
};

struct output_column {
	const char *title;  /* translatable */
	const char *member; /* of the message */
	enum output_form form;
};

/* ${list} of ${item}: a line each under the titles; columns end with NULL. */
void output_table(const struct sy_message *item, const struct sy_list *list,
    const struct output_column *columns);
/* One object, a line for each member. */
void output_card(const struct sy_message *item, const void *value,
    const struct output_column *columns);
/* A line of text for people, nothing in JSON. */
void output_line(const char *fmt, ...) SY_PRINTF(1, 2);
/* A one-time code, and what to do with it: ${then}. */
void output_code(const struct sy_code *code, const char *then);

/* A time as people here read it; ${out} has 32 bytes. */
void output_time(int64_t seconds, char *out);
/* What a failure's name means, and what to do, in the person's language. */
const char *output_error(const char *name);

#endif /* CTL_OUTPUT_H */
