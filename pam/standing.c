/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/secret.h>
#include <sanyoso/text.h>

#include "pam/standing.h"

#define STANDING "sanyoso_standing"
#define SESSION  "sanyoso_session"

struct state {
	enum sy_pam_standing standing;
	char number[SY_EVIDENCE_SIZE];
};

/* libpam gives it back as const: what is to be changed in place hangs on a
 * pointer. */
struct data {
	struct state *state;
	struct state room;
};

static void
forget(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	(void)status;
	if (data == NULL)
		return;
	sy_memzero(data, sizeof(struct data));
	free(data);
}

/* A number that can be sent; false leaves ${out} alone. */
static bool
copy_number(const char *number, char out[SY_EVIDENCE_SIZE])
{
	const size_t len = strnlen(number, SY_EVIDENCE_SIZE);

	if (len == SY_EVIDENCE_SIZE || !sy_text_is_clean(number, len))
		return false;
	memcpy(out, number, len + 1);
	return true;
}

static const struct data *
get_data(pam_handle_t *pamh, const char *name)
{
	const void *item = NULL;

	return pam_get_data(pamh, name, &item) == PAM_SUCCESS ? item : NULL;
}

enum sy_pam_standing
sy_pam_standing_get(pam_handle_t *pamh, char out[SY_EVIDENCE_SIZE])
{
	const struct data *data = get_data(pamh, STANDING);
	const char *number;

	out[0] = '\0';
	if (data != NULL) {
		memcpy(out, data->state->number, sizeof(data->state->number));
		return data->state->standing;
	}
	if ((number = pam_getenv(pamh, SY_PAM_ENVIRONMENT)) != NULL)
		(void)copy_number(number, out);
	return SY_PAM_NEW;
}

/* A name without "=" removes it; to remove what is not there is an error. */
static int
set_environment(pam_handle_t *pamh, const char *number)
{
	char line[sizeof(SY_PAM_ENVIRONMENT "=") + SY_EVIDENCE_SIZE] =
	    SY_PAM_ENVIRONMENT "=";
	int code;

	if (number[0] == '\0')
		return pam_getenv(pamh, SY_PAM_ENVIRONMENT) == NULL
		    ? PAM_SUCCESS
		    : pam_putenv(pamh, SY_PAM_ENVIRONMENT);
	memcpy(line + sizeof(SY_PAM_ENVIRONMENT "=") - 1, number,
	    strlen(number) + 1);
	code = pam_putenv(pamh, line);
	sy_memzero(line, sizeof(line));
	return code;
}

/* The state under ${name}, made if there is none; NULL without memory. */
static struct state *
make_state(pam_handle_t *pamh, const char *name)
{
	const struct data *there = get_data(pamh, name);
	struct data *data;

	if (there != NULL)
		return there->state;
	if ((data = calloc(1, sizeof(*data))) == NULL)
		return NULL;
	data->state = &data->room;
	if (pam_set_data(pamh, name, data, forget) == PAM_SUCCESS)
		return data->state;
	forget(pamh, data, PAM_BUF_ERR);
	return NULL;
}

static int
set_data(pam_handle_t *pamh, const char *name, enum sy_pam_standing standing,
    const char *number)
{
	struct state *state;

	if ((state = make_state(pamh, name)) == NULL)
		return PAM_BUF_ERR;
	sy_memzero(state->number, sizeof(state->number));
	state->standing = SY_PAM_REFUSED;
	if (!copy_number(number, state->number))
		return PAM_SYSTEM_ERR;
	state->standing = standing;
	return PAM_SUCCESS;
}

int
sy_pam_standing_set(pam_handle_t *pamh, enum sy_pam_standing standing,
    const char *number)
{
	int code, kept;

	/* Without memory it is at least not there to be used. */
	if (number[0] == '\0')
		(void)set_environment(pamh, "");
	if ((code = set_data(pamh, STANDING, standing, number)) != PAM_SUCCESS)
		return code;
	if ((kept = set_environment(pamh, number)) != PAM_SUCCESS)
		(void)set_data(pamh, STANDING, SY_PAM_REFUSED, "");
	return kept;
}

bool
sy_pam_standing_is_good(pam_handle_t *pamh)
{
	char number[SY_EVIDENCE_SIZE];
	const enum sy_pam_standing standing = sy_pam_standing_get(pamh, number);
	const bool named = number[0] != '\0';

	sy_memzero(number, sizeof(number));
	return standing == SY_PAM_NEW ? named : standing != SY_PAM_REFUSED;
}

int
sy_pam_session_keep(pam_handle_t *pamh, const char *number)
{
	return set_data(pamh, SESSION, SY_PAM_PROVEN, number);
}

bool
sy_pam_session_get(pam_handle_t *pamh, char out[SY_EVIDENCE_SIZE])
{
	const struct data *data = get_data(pamh, SESSION);

	if (data == NULL)
		return false;
	memcpy(out, data->state->number, sizeof(data->state->number));
	return true;
}

int
sy_pam_session_drop(pam_handle_t *pamh)
{
	return pam_set_data(pamh, SESSION, NULL, NULL);
}
