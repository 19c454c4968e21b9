/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "policy_int.h"

/*
 * The check at load. It does not reason about rules, it tries them: each way
 * in which the methods of a combination can be shown under the rule is walked
 * through and counted, and the first one that falls short is named.
 */
#define BIT(value) (1u << (value))

/* "fido2-bio (origin personalised, grade terminal)" for each method. */
#define SHOWN_SIZE 56
#define PATH_SIZE  (SY_POLICY_METHODS_MAX * SHOWN_SIZE)

/* What has been shown so far. */
struct path {
	struct {
		enum sy_method method;
		enum sy_origin origin;
		enum sy_grade grade;
	} shown[SY_POLICY_METHODS_MAX];
	size_t count;
	unsigned int categories;
};

struct check {
	const struct sy_policy *policy;
	const struct sy_policy_rule *rule;
	struct sy_error *reterr;
};

/* ${path} with one more proof. */
static struct path
path_with(const struct path *path, enum sy_method method, enum sy_origin origin,
    enum sy_grade grade)
{
	struct path longer = *path;

	longer.shown[longer.count].method = method;
	longer.shown[longer.count].origin = origin;
	longer.shown[longer.count].grade = grade;
	longer.count++;
	longer.categories |= sy_method_categories(method, origin, grade);
	return longer;
}

/* "card (origin issuer)+password" */
static void
path_text(const struct path *path, char out[PATH_SIZE])
{
	char origin[24], grade[24];
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < path->count; i++) {
		const enum sy_method method = path->shown[i].method;

		(void)snprintf(origin, sizeof(origin), "origin %s",
		    sy_origin_name(path->shown[i].origin));
		(void)snprintf(grade, sizeof(grade), ", grade %s",
		    sy_grade_name(path->shown[i].grade));
		at += (size_t)snprintf(out + at, PATH_SIZE - at, "%s%s%s%s%s%s",
		    i > 0 ? "+" : "", sy_method_name(method),
		    sy_method_has_device(method) ? " (" : "",
		    sy_method_has_device(method) ? origin : "",
		    method == SY_METHOD_FIDO2_BIO ? grade : "",
		    sy_method_has_device(method) ? ")" : "");
	}
}

/* One complete way in: does it count enough? */
static enum sy_err
check_path(const struct check *c, const struct path *path)
{
	const unsigned int count = sy_categories_count(path->categories);
	const unsigned int missing = c->rule->need & ~path->categories;
	char names[SY_CATEGORIES_SIZE], text[PATH_SIZE];

	if (count < c->rule->require) {
		path_text(path, text);
		sy_categories_name(path->categories, names);
		return sy_error_set(c->reterr, SY_ERR_POLICY, c->rule->place,
		    "%s: %u of %u categories (%s) in rule \"%s\"", text, count,
		    c->rule->require, names, c->rule->name);
	}
	if (missing != 0) {
		path_text(path, text);
		sy_categories_name(missing, names);
		return sy_error_set(c->reterr, SY_ERR_POLICY, c->rule->place,
		    "%s: does not prove %s, needed in rule \"%s\"", text, names,
		    c->rule->name);
	}
	return SY_OK;
}

static enum sy_method
first_method(unsigned int methods)
{
	int method = SY_METHOD_NONE + 1;

	while (method < SY_METHOD_COUNT && (methods & BIT(method)) == 0)
		method++;
	return (enum sy_method)method;
}

/* Walk through every way to show ${methods} after ${path}. */
static enum sy_err
check_from(const struct check *c, unsigned int methods, const struct path *path)
{
	const enum sy_method method = first_method(methods);
	/* Only a fingerprint has grades. */
	const int grades =
	    method == SY_METHOD_FIDO2_BIO ? SY_GRADE_COUNT : SY_GRADE_NONE + 1;
	bool any = false;
	enum sy_err err;

	if (methods == 0)
		return check_path(c, path);
	for (int o = 0; o < SY_ORIGIN_COUNT; o++) {
		for (int g = 0; g < grades; g++) {
			struct path longer;

			if (!sy_policy_takes(c->policy, c->rule, method,
				(enum sy_origin)o, (enum sy_grade)g))
				continue;
			any = true;
			longer = path_with(path, method, (enum sy_origin)o,
			    (enum sy_grade)g);
			if ((err = check_from(c, methods & ~BIT(method),
				 &longer)) != SY_OK)
				return err;
		}
	}
	if (any)
		return SY_OK;
	return sy_error_set(c->reterr, SY_ERR_POLICY, c->rule->place,
	    "%s can't be shown: no origin or grade of it is accepted in rule "
	    "\"%s\"",
	    sy_method_name(method), c->rule->name);
}

/* Where one factor is never enough, whatever a policy says. */
static bool
needs_two(const struct sy_policy_rule *rule)
{
	return (rule->zones & BIT(SY_ZONE_MYNUMBER)) != 0 ||
	    (rule->purposes &
		(BIT(SY_PURPOSE_PRIVILEGED) | BIT(SY_PURPOSE_REMOTE) |
		    BIT(SY_PURPOSE_OPERATOR))) != 0;
}

static bool
governs_anything(const struct sy_policy *policy,
    const struct sy_policy_rule *rule)
{
	for (int z = 1; z < SY_ZONE_COUNT; z++) {
		for (int p = 1; p < SY_PURPOSE_COUNT; p++) {
			for (int k = 1; k < SY_KIND_COUNT; k++) {
				if (policy->cover[z][p][k] == rule)
					return true;
			}
		}
	}
	return false;
}

static enum sy_err
check_rule(const struct check *c)
{
	static const struct path start = { .count = 0 };
	const struct sy_policy_rule *rule = c->rule;
	enum sy_err err;

	if (needs_two(rule) && rule->require < 2)
		return sy_error_set(c->reterr, SY_ERR_POLICY, rule->place,
		    "rule \"%s\": zone mynumber and purposes privileged, "
		    "remote and operator can't have require below 2",
		    rule->name);
	if ((rule->methods & BIT(SY_METHOD_CARD_ID)) != 0 &&
	    !c->policy->identifier_cards)
		return sy_error_set(c->reterr, SY_ERR_POLICY, rule->place,
		    "rule \"%s\": card-id is an identifier that can be copied "
		    "and needs identifier_cards = accept",
		    rule->name);
	if (!governs_anything(c->policy, rule))
		return sy_error_set(c->reterr, SY_ERR_POLICY, rule->place,
		    "rule \"%s\" is never reached: rules before it cover all "
		    "of it",
		    rule->name);
	for (size_t i = 0; i < rule->allow_count; i++) {
		if ((err = check_from(c, rule->allow[i], &start)) != SY_OK)
			return err;
	}
	return SY_OK;
}

/* Fingerprints by a listed model only, and no model is listed. */
static enum sy_err
check_fingers(const struct check *c)
{
	const struct sy_policy_rule *rule = c->rule;

	if ((rule->methods & BIT(SY_METHOD_FIDO2_BIO)) == 0 ||
	    c->policy->key_models.fingerprint.count > 0 ||
	    (rule->grades & ~(BIT(SY_GRADE_SIGNED) | BIT(SY_GRADE_MANAGED))) !=
		0)
		return SY_OK;
	return sy_error_set(c->reterr, SY_ERR_POLICY, rule->place,
	    "fido2-bio can't be shown: rule \"%s\" takes grades signed and "
	    "managed only, and \"fingerprint\" in [keys] lists no model",
	    rule->name);
}

enum sy_err
sy_policy_check(const struct sy_policy *policy, struct sy_error *reterr)
{
	enum sy_err err;

	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct check c = { policy, &policy->rules[i], reterr };

		if ((err = check_rule(&c)) != SY_OK ||
		    (err = check_fingers(&c)) != SY_OK)
			return err;
	}
	return SY_OK;
}
