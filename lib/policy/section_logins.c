/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy_int.h"

/*
 * [targets]: who may become another account. [unattended]: which accounts work
 * without a login. Nobody and none where the file says nothing.
 */
static bool
has(const struct sy_policy_logins *logins, const char *login)
{
	for (size_t i = 0; i < logins->count; i++) {
		if (strcmp(logins->login[i], login) == 0)
			return true;
	}
	return false;
}

static enum sy_err
add(const struct sy_policy_section *s, const char *key, const char *login,
    struct sy_policy_logins *logins)
{
	if (!sy_text_is_login(login))
		return sy_policy_refuse(s, SY_ERR_FORMAT, key,
		    "\"%s\" is no login name", login);
	if (has(logins, login))
		return sy_policy_refuse(s, SY_ERR_FORMAT, key,
		    "named twice: \"%s\"", login);
	if (logins->count == SY_POLICY_LOGINS_MAX)
		return sy_policy_refuse(s, SY_ERR_LIMIT, key,
		    "more than %d names", SY_POLICY_LOGINS_MAX);
	memcpy(logins->login[logins->count++], login, strlen(login) + 1);
	return SY_OK;
}

static enum sy_err
read_logins(const struct sy_policy_section *s, const char *key,
    struct sy_policy_logins *logins)
{
	char word[SY_POLICY_WORD_SIZE];
	const char *text;
	enum sy_err err;

	if (s->name[0] != '\0')
		return sy_policy_refuse(s, SY_ERR_FORMAT, NULL,
		    "this section has no name");
	if ((err = sy_conf_text(s->values, key, NULL, &text, s->reterr)) !=
	    SY_OK)
		return err;
	while (sy_policy_next_word(&text, " ", word)) {
		if ((err = add(s, key, word, logins)) != SY_OK)
			return err;
	}
	if (logins->count == 0)
		return sy_policy_refuse(s, SY_ERR_FORMAT, key,
		    "a name is missing");
	return SY_OK;
}

enum sy_err
sy_policy_read_logins(struct sy_conf *conf, struct sy_policy *policy,
    struct sy_error *reterr)
{
	struct sy_policy_section s = { .reterr = reterr };
	enum sy_err err;

	for (size_t i = 0; sy_policy_section_at(conf, "targets", i, &s); i++) {
		if ((err = read_logins(&s, "persons", &policy->targets)) !=
		    SY_OK)
			return err;
	}
	for (size_t i = 0; sy_policy_section_at(conf, "unattended", i, &s);
	     i++) {
		if ((err = read_logins(&s, "accounts", &policy->unattended)) !=
		    SY_OK)
			return err;
	}
	return SY_OK;
}

bool
sy_policy_grants(const struct sy_policy *policy, const char *login)
{
	return has(&policy->targets, login);
}

bool
sy_policy_is_unattended(const struct sy_policy *policy, const char *account)
{
	return has(&policy->unattended, account);
}
