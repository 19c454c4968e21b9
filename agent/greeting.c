/* SPDX-License-Identifier: Apache-2.0 */
#include "greeting.h"

#include <stdio.h>
#include <time.h>

#include <sanyoso/policy.h>

/* With the day or without. */
static void
format(int64_t seconds, bool day, char out[GREETING_DATE_SIZE])
{
	const time_t t = (time_t)seconds;
	struct tm tm;
	size_t len = 0;

	if (localtime_r(&t, &tm) != NULL)
		len = day
		    ? strftime(out, GREETING_DATE_SIZE, "%Y-%m-%d %H:%M", &tm)
		    : strftime(out, GREETING_DATE_SIZE, "%H:%M", &tm);
	if (len == 0)
		(void)snprintf(out, GREETING_DATE_SIZE, "%lld",
		    (long long)seconds);
}

void
greeting_date(int64_t seconds, char out[GREETING_DATE_SIZE])
{
	format(seconds, true, out);
}

static bool
same_day(int64_t a, int64_t b)
{
	const time_t t = (time_t)a, u = (time_t)b;
	struct tm x, y;

	return localtime_r(&t, &x) != NULL && localtime_r(&u, &y) != NULL &&
	    x.tm_year == y.tm_year && x.tm_yday == y.tm_yday;
}

void
greeting_moment(int64_t seconds, int64_t now, char out[GREETING_DATE_SIZE])
{
	format(seconds, !same_day(seconds, now), out);
}

static void
say_date(const struct talk *talk, enum text_id text, int64_t seconds,
    const char *terminal)
{
	char date[GREETING_DATE_SIZE];
	const struct text_values v = {
		.date = date,
		.terminal = terminal[0] != '\0' ? terminal : "?",
	};

	if (seconds <= 0)
		return;
	greeting_date(seconds, date);
	talk_say(talk, SY_DIALOG_INFO, text, &v);
}

static void
say_history(const struct talk *talk, const struct sy_auth_step *step)
{
	const struct text_values v = { .number = step->failures };

	if (step->last_login == 0)
		talk_say(talk, SY_DIALOG_INFO, TEXT_FIRST_LOGIN, NULL);
	say_date(talk, TEXT_LAST_LOGIN, step->last_login,
	    step->last_login_terminal);
	say_date(talk, TEXT_LAST_LOGOUT, step->last_logout,
	    step->last_logout_terminal);
	if (step->failures > 0)
		talk_say(talk, SY_DIALOG_INFO, TEXT_FAILURES, &v);
}

void
greeting_say(const struct talk *talk, uint8_t purpose,
    const struct sy_auth_step *step)
{
	if (purpose == SY_PURPOSE_UNLOCK)
		return;
	if (purpose == SY_PURPOSE_LOGIN || purpose == SY_PURPOSE_REMOTE) {
		if (step->notice[0] != '\0')
			talk->ops->say(talk->arg, SY_DIALOG_INFO, step->notice);
		say_history(talk, step);
	}
	say_date(talk, TEXT_PASSWORD_ENDS, step->password_ends, "");
	say_date(talk, TEXT_CARD_ENDS, step->card_ends, "");
}
