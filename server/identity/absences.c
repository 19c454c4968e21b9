/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/absences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct absence {
	int64_t person; /* 0: free */
	int64_t when;
	char terminal[SY_TERMINAL_SIZE];
};

struct absences {
	struct absence at[ABSENCES_MAX];
};

enum sy_err
absences_new(struct absences **ret_absences)
{
	*ret_absences = calloc(1, sizeof(**ret_absences));
	return *ret_absences != NULL ? SY_OK : SY_ERR_NOMEM;
}

void
absences_free(struct absences **absences)
{
	free(*absences);
	*absences = NULL;
}

static size_t
place_of(const struct absences *a, int64_t person)
{
	size_t i = 0;

	while (i < ABSENCES_MAX && a->at[i].person != person)
		i++;
	return i;
}

/* A free place, or that of the oldest. */
static size_t
place_for_new(const struct absences *a)
{
	size_t oldest = 0;

	for (size_t i = 0; i < ABSENCES_MAX; i++) {
		if (a->at[i].person == 0)
			return i;
		if (a->at[i].when < a->at[oldest].when)
			oldest = i;
	}
	return oldest;
}

void
absences_note(struct absences *a, int64_t person, const char *terminal,
    int64_t now)
{
	size_t i;

	if (person == 0)
		return;
	i = place_of(a, person);
	if (i == ABSENCES_MAX)
		i = place_for_new(a);
	a->at[i].person = person;
	a->at[i].when = now;
	(void)snprintf(a->at[i].terminal, sizeof(a->at[i].terminal), "%s",
	    terminal);
}

void
absences_over(struct absences *a, int64_t person, const char *terminal)
{
	const size_t i = place_of(a, person);

	if (person != 0 && i < ABSENCES_MAX &&
	    strcmp(a->at[i].terminal, terminal) == 0)
		a->at[i].person = 0;
}

bool
absences_of(const struct absences *a, int64_t person,
    char ret_terminal[SY_TERMINAL_SIZE], int64_t *ret_when)
{
	const size_t i = place_of(a, person);

	if (person == 0 || i == ABSENCES_MAX)
		return false;
	memcpy(ret_terminal, a->at[i].terminal, SY_TERMINAL_SIZE);
	*ret_when = a->at[i].when;
	return true;
}
