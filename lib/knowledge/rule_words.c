/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sanyoso/password.h>

/* At the number of each rule; stored and sent, never renamed. */
static const char *const names[SY_PASSWORD_RULES] = {
	[SY_PASSWORD_SHORT] = "short",
	[SY_PASSWORD_LONG] = "long",
	[SY_PASSWORD_UNCLEAN] = "unclean",
	[SY_PASSWORD_CLASSES] = "classes",
	[SY_PASSWORD_LOGIN] = "login",
	[SY_PASSWORD_PERSONAL] = "personal",
	[SY_PASSWORD_REPEAT] = "repeat",
	[SY_PASSWORD_SEQUENCE] = "sequence",
	[SY_PASSWORD_SIMILAR] = "similar",
	[SY_PASSWORD_HISTORY] = "history",
	[SY_PASSWORD_DICTIONARY] = "dictionary",
	[SY_PASSWORD_BLOCKED] = "blocked",
	[SY_PASSWORD_YOUNG] = "young",
};

const char *
sy_password_rule_name(enum sy_password_rule rule)
{
	/* The type may be unsigned: a negative number is a great one then. */
	return (unsigned int)rule < SY_PASSWORD_RULES ? names[rule] : "unknown";
}

bool
sy_password_rule_by_name(const char *name, enum sy_password_rule *ret)
{
	for (unsigned int i = 0; i < SY_PASSWORD_RULES; i++) {
		if (strcmp(names[i], name) == 0) {
			*ret = (enum sy_password_rule)i;
			return true;
		}
	}
	return false;
}

/* What ${policy} says of ${rule}, 0 if it is a rule without number. */
static int64_t
number_of(const struct sy_password_policy *policy, unsigned int rule)
{
	switch (rule) {
	case SY_PASSWORD_SHORT:
		return policy->min_length;
	case SY_PASSWORD_LONG:
		return SY_PASSWORD_BYTES_MAX;
	case SY_PASSWORD_CLASSES:
		return policy->classes;
	case SY_PASSWORD_REPEAT:
		return policy->max_repeat;
	case SY_PASSWORD_SEQUENCE:
		return policy->max_sequence;
	case SY_PASSWORD_HISTORY:
		return policy->history;
	case SY_PASSWORD_YOUNG:
		return policy->min_age;
	default:
		return 0;
	}
}

/* The rules that a person has to know before choosing. */
static unsigned int
in_force(const struct sy_password_policy *policy)
{
	unsigned int rules = 1U << SY_PASSWORD_SHORT | 1U << SY_PASSWORD_LOGIN |
	    1U << SY_PASSWORD_PERSONAL | 1U << SY_PASSWORD_SIMILAR |
	    1U << SY_PASSWORD_BLOCKED;

	if (policy->classes > 1)
		rules |= 1U << SY_PASSWORD_CLASSES;
	if (policy->max_repeat != 0)
		rules |= 1U << SY_PASSWORD_REPEAT;
	if (policy->max_sequence != 0)
		rules |= 1U << SY_PASSWORD_SEQUENCE;
	if (policy->history != 0)
		rules |= 1U << SY_PASSWORD_HISTORY;
	if (policy->dictionary)
		rules |= 1U << SY_PASSWORD_DICTIONARY;
	if (policy->min_age != 0)
		rules |= 1U << SY_PASSWORD_YOUNG;
	return rules;
}

void
sy_password_broken_words(const struct sy_password_policy *policy,
    unsigned int broken, char *out)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned int i = 0; i < SY_PASSWORD_RULES; i++) {
		const int64_t number = number_of(policy, i);
		const char *space = at != 0 ? " " : "";

		if ((broken & 1U << i) == 0)
			continue;
		/* Every number in full still fits: see the tests. */
		if (number != 0)
			at += (size_t)snprintf(out + at,
			    SY_PASSWORD_WORDS_SIZE - at, "%s%s:%" PRId64, space,
			    names[i], number);
		else
			at += (size_t)snprintf(out + at,
			    SY_PASSWORD_WORDS_SIZE - at, "%s%s", space,
			    names[i]);
	}
}

void
sy_password_rules_words(const struct sy_password_policy *policy, char *out)
{
	sy_password_broken_words(policy, in_force(policy), out);
}

/* Digits that make a number above 0, without zeros before it. */
static bool
parse_number(const char *digits, size_t len, int64_t *ret)
{
	int64_t n = 0;

	if (len == 0 || digits[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9' ||
		    __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, digits[i] - '0', &n))
			return false;
	}
	*ret = n;
	return true;
}

bool
sy_password_words_next(const char **at, enum sy_password_rule *ret,
    int64_t *ret_number)
{
	const char *word = *at;
	const size_t len = strcspn(word, " ");
	const size_t name_len = strcspn(word, " :");
	char name[16];
	int64_t number = 0;

	if (name_len >= sizeof(name))
		return false;
	memcpy(name, word, name_len);
	name[name_len] = '\0';
	if (name_len < len &&
	    !parse_number(word + name_len + 1, len - name_len - 1, &number))
		return false;
	/* A space is followed by a word. */
	if (word[len] == ' ' && (word[len + 1] == '\0' || word[len + 1] == ' '))
		return false;
	if (!sy_password_rule_by_name(name, ret))
		return false;
	*ret_number = number;
	*at = word + len + (word[len] == ' ' ? 1 : 0);
	return true;
}
