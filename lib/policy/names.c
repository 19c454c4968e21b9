/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/policy.h>

/* The stable names of zones, purposes, kinds and reasons. */
static const char *const zones[SY_ZONE_COUNT] = {
	[SY_ZONE_MYNUMBER] = "mynumber",
	[SY_ZONE_LGWAN] = "lgwan",
	[SY_ZONE_INTERNET] = "internet",
};

static const char *const purposes[SY_PURPOSE_COUNT] = {
	[SY_PURPOSE_LOGIN] = "login",
	[SY_PURPOSE_UNLOCK] = "unlock",
	[SY_PURPOSE_PRIVILEGED] = "privileged",
	[SY_PURPOSE_REMOTE] = "remote",
	[SY_PURPOSE_OPERATOR] = "operator",
};

static const char *const kinds[SY_KIND_COUNT] = {
	[SY_KIND_STAFF] = "staff",
	[SY_KIND_CONTRACTOR] = "contractor",
	[SY_KIND_DEVELOPER] = "developer",
	[SY_KIND_SHARED] = "shared",
	[SY_KIND_PRIVILEGED] = "privileged",
	[SY_KIND_OPERATOR] = "operator",
};

static const char *const reasons[SY_REASON_COUNT] = {
	[SY_REASON_NONE] = "none",
	[SY_REASON_ALLOWED] = "allowed",
	[SY_REASON_NO_RULE] = "no-rule",
	[SY_REASON_CATEGORIES] = "categories",
	[SY_REASON_COMBINATION] = "combination",
	[SY_REASON_ID_UNKNOWN] = "id-unknown",
	[SY_REASON_ID_STATE] = "id-state",
	[SY_REASON_ID_HELD] = "id-held",
	[SY_REASON_ID_DATES] = "id-dates",
	[SY_REASON_TOKEN_STATE] = "token-state",
	[SY_REASON_TOKEN_OWNER] = "token-owner",
	[SY_REASON_TERMINAL] = "terminal",
	[SY_REASON_TXN_USED] = "transaction-used",
	[SY_REASON_LATE] = "late",
	[SY_REASON_NO_EVIDENCE] = "no-evidence",
	[SY_REASON_IDENTIFIER] = "identifier-card",
	[SY_REASON_INPUT] = "input",
	[SY_REASON_NO_GRANT] = "no-grant",
	[SY_REASON_PASSWORD_STATE] = "password-state",
};

/* Tables have no name for values that are not in use. */
static const char *
name_of(const char *const *names, size_t count, unsigned int value)
{
	return value < count && names[value] != NULL ? names[value] : "unknown";
}

static unsigned int
value_of(const char *const *names, size_t count, const char *name)
{
	for (unsigned int i = 1; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return 0;
}

const char *
sy_zone_name(enum sy_zone zone)
{
	return name_of(zones, SY_COUNT(zones), zone);
}

const char *
sy_purpose_name(enum sy_purpose purpose)
{
	return name_of(purposes, SY_COUNT(purposes), purpose);
}

const char *
sy_kind_name(enum sy_kind kind)
{
	return name_of(kinds, SY_COUNT(kinds), kind);
}

const char *
sy_reason_name(enum sy_reason reason)
{
	return name_of(reasons, SY_COUNT(reasons), reason);
}

bool
sy_zone_by_name(const char *name, enum sy_zone *ret)
{
	const unsigned int value = value_of(zones, SY_COUNT(zones), name);

	if (value == 0)
		return false;
	*ret = (enum sy_zone)value;
	return true;
}

bool
sy_purpose_by_name(const char *name, enum sy_purpose *ret)
{
	const unsigned int value = value_of(purposes, SY_COUNT(purposes), name);

	if (value == 0)
		return false;
	*ret = (enum sy_purpose)value;
	return true;
}

bool
sy_kind_by_name(const char *name, enum sy_kind *ret)
{
	const unsigned int value = value_of(kinds, SY_COUNT(kinds), name);

	if (value == 0)
		return false;
	*ret = (enum sy_kind)value;
	return true;
}
