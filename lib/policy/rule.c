/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "policy_int.h"

/*
 * One [rule] of a policy file. "allow" is combinations separated by ",", each
 * of them methods joined by "+".
 */
#define PIN_RESERVE_MIN 1 /* the last try belongs to nobody */
#define PIN_RESERVE_MAX 9

/* What a rule says when it says nothing: nothing unproven, nothing that only
 * the terminal knows. */
#define DEFAULT_ORIGINS "issuer personalised attested"
#define DEFAULT_GRADES  "signed managed"

static bool
origin_bit(const char *name, unsigned int *ret_bit)
{
	enum sy_origin origin;

	if (!sy_origin_by_name(name, &origin))
		return false;
	*ret_bit = 1u << origin;
	return true;
}

static bool
grade_bit(const char *name, unsigned int *ret_bit)
{
	enum sy_grade grade;

	if (!sy_grade_by_name(name, &grade))
		return false;
	*ret_bit = 1u << grade;
	return true;
}

static bool
method_bit(const char *name, unsigned int *ret_bit)
{
	enum sy_method method;

	if (!sy_method_by_name(name, &method))
		return false;
	*ret_bit = 1u << method;
	return true;
}

static bool
category_bit(const char *name, unsigned int *ret_bit)
{
	if (strcmp(name, "knowledge") == 0)
		*ret_bit = SY_CATEGORY_KNOWLEDGE;
	else if (strcmp(name, "possession") == 0)
		*ret_bit = SY_CATEGORY_POSSESSION;
	else if (strcmp(name, "inherence") == 0)
		*ret_bit = SY_CATEGORY_INHERENCE;
	else
		return false;
	return true;
}

/* "card+password" to a set of methods. */
static enum sy_err
read_combination(const struct sy_policy_section *s, const char *text,
    size_t len, unsigned int *ret_methods)
{
	char combination[SY_POLICY_WORD_SIZE * SY_POLICY_METHODS_MAX],
	    word[SY_POLICY_WORD_SIZE];
	const char *at = combination;
	unsigned int methods = 0, bit;
	size_t count = 0;

	if (len >= sizeof(combination))
		return sy_policy_refuse(s, SY_ERR_FORMAT, "allow",
		    "a combination is too long in \"%s\"", text);
	memcpy(combination, text, len);
	combination[len] = '\0';
	while (sy_policy_next_word(&at, "+", word)) {
		if (!method_bit(word, &bit))
			return sy_policy_refuse(s, SY_ERR_FORMAT, "allow",
			    "there is no method \"%s\"", word);
		if ((methods & bit) != 0)
			return sy_policy_refuse(s, SY_ERR_FORMAT, "allow",
			    "one combination names twice \"%s\"", word);
		if (++count > SY_POLICY_METHODS_MAX)
			return sy_policy_refuse(s, SY_ERR_FORMAT, "allow",
			    "too many methods in one combination: \"%s\"",
			    combination);
		methods |= bit;
	}
	/* "card+" and "" are slips of the pen, not combinations. */
	if (count == 0 || (len > 0 && text[len - 1] == '+'))
		return sy_policy_refuse(s, SY_ERR_FORMAT, "allow",
		    "a method is missing in \"%s\"", combination);
	*ret_methods = methods;
	return SY_OK;
}

static enum sy_err
add_combination(const struct sy_policy_section *s, struct sy_policy_rule *rule,
    const char *text, unsigned int methods)
{
	for (size_t i = 0; i < rule->allow_count; i++) {
		if (rule->allow[i] == methods)
			return sy_policy_refuse(s, SY_ERR_FORMAT, "allow",
			    "a combination is named twice in \"%s\"", text);
	}
	if (rule->allow_count == SY_POLICY_ALLOW_MAX)
		return sy_policy_refuse(s, SY_ERR_FORMAT, "allow",
		    "too many combinations in \"%s\"", text);
	rule->allow[rule->allow_count++] = methods;
	rule->methods |= methods;
	return SY_OK;
}

static enum sy_err
read_allow(const struct sy_policy_section *s, struct sy_policy_rule *rule)
{
	const char *text, *at, *end;
	unsigned int methods = 0;
	enum sy_err err;

	if ((err = sy_conf_text(s->values, "allow", NULL, &text, s->reterr)) !=
	    SY_OK)
		return err;
	for (at = text;; at = end + 1) {
		size_t len;

		at += strspn(at, " \t");
		end = at + strcspn(at, ",");
		len = (size_t)(end - at);
		while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
			len--;
		if ((err = read_combination(s, at, len, &methods)) != SY_OK ||
		    (err = add_combination(s, rule, text, methods)) != SY_OK)
			return err;
		if (*end == '\0')
			break;
	}
	sy_policy_place(s, "allow", rule->place);
	return SY_OK;
}

static enum sy_err
read_numbers(const struct sy_policy_section *s, struct sy_policy_rule *rule)
{
	const char *given;
	int64_t require, reserve;
	enum sy_err err;

	/* Mandatory: how much is needed is never guessed. */
	if ((err = sy_conf_text(s->values, "require", NULL, &given,
		 s->reterr)) != SY_OK ||
	    (err = sy_conf_int(s->values, "require", 0, 1, 3, &require,
		 s->reterr)) != SY_OK ||
	    (err = sy_conf_int(s->values, "pin_reserve", PIN_RESERVE_MIN,
		 PIN_RESERVE_MIN, PIN_RESERVE_MAX, &reserve, s->reterr)) !=
		SY_OK)
		return err;
	rule->require = (unsigned int)require;
	rule->pin_reserve = (unsigned int)reserve;
	return SY_OK;
}

enum sy_err
sy_policy_read_rule(const struct sy_policy_section *s,
    struct sy_policy_rule *ret_rule)
{
	struct sy_policy_rule rule = { 0 };
	enum sy_err err;

	if ((err = sy_policy_read_name(s, rule.name)) != SY_OK ||
	    (err = sy_policy_read_set(s, "zone", NULL, sy_policy_zone_bit,
		 &rule.zones)) != SY_OK ||
	    (err = sy_policy_read_set(s, "purpose", NULL, sy_policy_purpose_bit,
		 &rule.purposes)) != SY_OK ||
	    (err = sy_policy_read_kinds(s, &rule.kinds)) != SY_OK ||
	    (err = read_numbers(s, &rule)) != SY_OK ||
	    (err = read_allow(s, &rule)) != SY_OK ||
	    (err = sy_policy_read_set(s, "origin", DEFAULT_ORIGINS, origin_bit,
		 &rule.origins)) != SY_OK ||
	    (err = sy_policy_read_set(s, "grade", DEFAULT_GRADES, grade_bit,
		 &rule.grades)) != SY_OK ||
	    (err = sy_policy_read_set(s, "need", "", category_bit,
		 &rule.need)) != SY_OK)
		return err;
	*ret_rule = rule;
	return SY_OK;
}
