/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "policy_int.h"

#define BIT(value) (1u << (value))

#define NO_DEVICE BIT(SY_ORIGIN_UNPROVEN)
#define CARD      (BIT(SY_ORIGIN_UNPROVEN) | CARD_PROVEN)
#define KEY       (BIT(SY_ORIGIN_UNPROVEN) | BIT(SY_ORIGIN_ATTESTED))
/* Cards prove where they come from by the issuer's certificate or by having
 * been made by us, keys by their attestation. */
#define CARD_PROVEN (BIT(SY_ORIGIN_ISSUER) | BIT(SY_ORIGIN_PERSONALISED))

/* One row per method: what it proves in any case, what it proves besides when
 * the device's origin is proven, and the origins that it can have. */
static const struct {
	const char *name;
	bool device;
	unsigned int origins;
	unsigned int always;
	unsigned int proven;
} methods[SY_METHOD_COUNT] = {
	[SY_METHOD_NONE] = { "none", false, 0, 0, 0 },
	[SY_METHOD_PASSWORD] = { "password", false, NO_DEVICE,
	    SY_CATEGORY_KNOWLEDGE, 0 },
	[SY_METHOD_CARD] = { "card", true, CARD, SY_CATEGORY_POSSESSION, 0 },
	[SY_METHOD_CARD_PIN] = { "card-pin", true, CARD, SY_CATEGORY_POSSESSION,
	    SY_CATEGORY_KNOWLEDGE },
	[SY_METHOD_CARD_MAC] = { "card-mac", true, CARD, SY_CATEGORY_POSSESSION,
	    0 },
	[SY_METHOD_CARD_ID] = { "card-id", true, CARD, SY_CATEGORY_POSSESSION,
	    0 },
	[SY_METHOD_FIDO2] = { "fido2", true, KEY, SY_CATEGORY_POSSESSION, 0 },
	[SY_METHOD_FIDO2_UV] = { "fido2-uv", true, KEY, SY_CATEGORY_POSSESSION,
	    SY_CATEGORY_EITHER },
	[SY_METHOD_FIDO2_BIO] = { "fido2-bio", true, KEY,
	    SY_CATEGORY_POSSESSION, SY_CATEGORY_INHERENCE },
	[SY_METHOD_CODE] = { "code", false, NO_DEVICE, 0, 0 },
};

static const char *const origins[SY_ORIGIN_COUNT] = {
	[SY_ORIGIN_UNPROVEN] = "unproven",
	[SY_ORIGIN_ISSUER] = "issuer",
	[SY_ORIGIN_PERSONALISED] = "personalised",
	[SY_ORIGIN_ATTESTED] = "attested",
};

static const char *const grades[SY_GRADE_COUNT] = {
	[SY_GRADE_NONE] = "none",
	[SY_GRADE_SIGNED] = "signed",
	[SY_GRADE_MANAGED] = "managed",
	[SY_GRADE_TERMINAL] = "terminal",
};

static bool
method_known(enum sy_method method)
{
	return method > SY_METHOD_NONE && method < SY_METHOD_COUNT;
}

const char *
sy_method_name(enum sy_method method)
{
	return (unsigned int)method < SY_METHOD_COUNT ? methods[method].name
						      : "unknown";
}

const char *
sy_origin_name(enum sy_origin origin)
{
	return (unsigned int)origin < SY_ORIGIN_COUNT ? origins[origin]
						      : "unknown";
}

const char *
sy_grade_name(enum sy_grade grade)
{
	return (unsigned int)grade < SY_GRADE_COUNT ? grades[grade] : "unknown";
}

bool
sy_method_by_name(const char *name, enum sy_method *ret)
{
	for (int i = SY_METHOD_NONE + 1; i < SY_METHOD_COUNT; i++) {
		if (strcmp(methods[i].name, name) == 0) {
			*ret = (enum sy_method)i;
			return true;
		}
	}
	return false;
}

bool
sy_origin_by_name(const char *name, enum sy_origin *ret)
{
	for (int i = 0; i < SY_ORIGIN_COUNT; i++) {
		if (strcmp(origins[i], name) == 0) {
			*ret = (enum sy_origin)i;
			return true;
		}
	}
	return false;
}

bool
sy_grade_by_name(const char *name, enum sy_grade *ret)
{
	for (int i = 0; i < SY_GRADE_COUNT; i++) {
		if (strcmp(grades[i], name) == 0) {
			*ret = (enum sy_grade)i;
			return true;
		}
	}
	return false;
}

void
sy_categories_name(unsigned int categories, char *out)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} names[] = {
		{ SY_CATEGORY_KNOWLEDGE, "knowledge" },
		{ SY_CATEGORY_POSSESSION, "possession" },
		{ SY_CATEGORY_INHERENCE, "inherence" },
		{ SY_CATEGORY_EITHER, "knowledge-or-inherence" },
	};
	size_t at = 0;

	/* All names together are shorter than SY_CATEGORIES_SIZE. */
	out[0] = '\0';
	for (size_t i = 0; i < SY_COUNT(names); i++) {
		if ((categories & names[i].bit) == 0)
			continue;
		at += (size_t)snprintf(out + at, SY_CATEGORIES_SIZE - at,
		    "%s%s", at > 0 ? "+" : "", names[i].name);
	}
	if (at == 0)
		snprintf(out, SY_CATEGORIES_SIZE, "none");
}

bool
sy_method_has_device(enum sy_method method)
{
	return method_known(method) && methods[method].device;
}

bool
sy_method_can_be(enum sy_method method, enum sy_origin origin,
    enum sy_grade grade)
{
	return method_known(method) && (unsigned int)origin < SY_ORIGIN_COUNT &&
	    (unsigned int)grade < SY_GRADE_COUNT &&
	    (methods[method].origins & BIT(origin)) != 0;
}

unsigned int
sy_method_categories(enum sy_method method, enum sy_origin origin,
    enum sy_grade grade)
{
	unsigned int categories;

	if (!sy_method_can_be(method, origin, grade))
		return 0;
	categories = methods[method].always;
	/* Without a grade nobody vouches that it was a finger. */
	if (origin != SY_ORIGIN_UNPROVEN &&
	    (method != SY_METHOD_FIDO2_BIO || grade != SY_GRADE_NONE))
		categories |= methods[method].proven;
	return categories;
}

unsigned int
sy_categories_count(unsigned int categories)
{
	unsigned int count = 0;

	if ((categories & SY_CATEGORY_POSSESSION) != 0)
		count++;
	if ((categories & SY_CATEGORY_KNOWLEDGE) != 0)
		count++;
	if ((categories & SY_CATEGORY_INHERENCE) != 0)
		count++;
	if ((categories & SY_CATEGORY_EITHER) != 0 &&
	    (categories & (SY_CATEGORY_KNOWLEDGE | SY_CATEGORY_INHERENCE)) == 0)
		count++;
	return count;
}
