/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <sanyoso/safefile.h>

#include "policy_int.h"

#define BIT(value) (1u << (value))

static void
free_bytes(uint8_t **bytes)
{
	free(*bytes);
	*bytes = NULL;
}

static enum sy_err
read_head(struct sy_conf *conf, struct sy_policy *policy,
    struct sy_error *reterr)
{
	struct sy_policy_section s = { .reterr = reterr };
	const char *name, *cards;
	enum sy_err err;

	if (!sy_policy_section_at(conf, "policy", 0, &s))
		return sy_error_set(reterr, SY_ERR_FORMAT, sy_conf_file(conf),
		    "the section [policy] is missing");
	if (s.name[0] != '\0')
		return sy_policy_refuse(&s, SY_ERR_FORMAT, NULL,
		    "this section has no name");
	if ((err = sy_conf_text(s.values, "name", NULL, &name, reterr)) !=
		SY_OK ||
	    (err = sy_conf_text(s.values, "identifier_cards", "refuse", &cards,
		 reterr)) != SY_OK)
		return err;
	if (name[0] == '\0' || strlen(name) >= sizeof(policy->name))
		return sy_policy_refuse(&s, SY_ERR_FORMAT, "name",
		    "must have 1 to %zu bytes", sizeof(policy->name) - 1);
	memcpy(policy->name, name, strlen(name) + 1);
	if (strcmp(cards, "accept") != 0 && strcmp(cards, "refuse") != 0)
		return sy_policy_refuse(&s, SY_ERR_FORMAT, "identifier_cards",
		    "\"%s\" is neither accept nor refuse", cards);
	policy->identifier_cards = strcmp(cards, "accept") == 0;
	return SY_OK;
}

static enum sy_err
read_rules(struct sy_conf *conf, struct sy_policy *policy,
    struct sy_error *reterr)
{
	struct sy_policy_section s = { .reterr = reterr };
	enum sy_err err;

	for (size_t i = 0; sy_policy_section_at(conf, "rule", i, &s); i++) {
		if (i == SY_POLICY_RULES_MAX)
			return sy_policy_refuse(&s, SY_ERR_LIMIT, NULL,
			    "more than %d rules", SY_POLICY_RULES_MAX);
		if ((err = sy_policy_read_rule(&s, &policy->rules[i])) != SY_OK)
			return err;
		policy->rule_count = i + 1;
	}
	if (policy->rule_count == 0)
		return sy_error_set(reterr, SY_ERR_FORMAT, sy_conf_file(conf),
		    "no [rule]: nobody could log in");
	return SY_OK;
}

/* Whoever comes first governs. */
static void
cover(struct sy_policy *policy, const struct sy_policy_rule *rule)
{
	for (int z = 1; z < SY_ZONE_COUNT; z++) {
		for (int p = 1; p < SY_PURPOSE_COUNT; p++) {
			for (int k = 1; k < SY_KIND_COUNT; k++) {
				if ((rule->zones & BIT(z)) != 0 &&
				    (rule->purposes & BIT(p)) != 0 &&
				    (rule->kinds & BIT(k)) != 0 &&
				    policy->cover[z][p][k] == NULL)
					policy->cover[z][p][k] = rule;
			}
		}
	}
}

enum sy_err
sy_policy_parse(const char *file, const char *text, size_t len,
    struct sy_policy **ret_policy, struct sy_error *reterr)
{
	SY_AUTO(sy_conf_free) struct sy_conf *conf = NULL;
	SY_AUTO(sy_policy_free) struct sy_policy *policy = NULL;
	enum sy_err err;

	if ((policy = calloc(1, sizeof(*policy))) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, file,
		    "out of memory");
	if ((err = sy_conf_parse(file, text, len, &conf, reterr)) != SY_OK ||
	    (err = read_head(conf, policy, reterr)) != SY_OK ||
	    (err = read_rules(conf, policy, reterr)) != SY_OK ||
	    (err = sy_policy_read_passwords(conf, policy, reterr)) != SY_OK ||
	    (err = sy_policy_read_lockouts(conf, policy, reterr)) != SY_OK ||
	    (err = sy_policy_read_notices(conf, policy, reterr)) != SY_OK ||
	    (err = sy_policy_read_keys(conf, policy, reterr)) != SY_OK ||
	    (err = sy_policy_read_logins(conf, policy, reterr)) != SY_OK ||
	    (err = sy_conf_end(conf, reterr)) != SY_OK)
		return err;
	for (size_t i = 0; i < policy->rule_count; i++)
		cover(policy, &policy->rules[i]);
	if ((err = sy_policy_check(policy, reterr)) != SY_OK)
		return err;
	if (!EVP_Digest(text, len, policy->digest, NULL, EVP_sha256(), NULL))
		return sy_error_set(reterr, SY_ERR_CRYPTO, file,
		    "the digest of the policy could not be made");
	*ret_policy = policy;
	policy = NULL;
	return SY_OK;
}

enum sy_err
sy_policy_load(const char *path, struct sy_policy **ret_policy,
    struct sy_error *reterr)
{
	SY_AUTO(free_bytes) uint8_t *data = NULL;
	size_t len;
	enum sy_err err;

	if ((err = sy_safefile_read(path, SY_CONF_SIZE_MAX, &data, &len,
		 reterr)) != SY_OK)
		return err;
	return sy_policy_parse(path, (const char *)data, len, ret_policy,
	    reterr);
}

void
sy_policy_free(struct sy_policy **policy)
{
	free(*policy);
	*policy = NULL;
}

const char *
sy_policy_name(const struct sy_policy *policy)
{
	return policy->name;
}

const uint8_t *
sy_policy_digest(const struct sy_policy *policy)
{
	return policy->digest;
}

bool
sy_policy_uses(const struct sy_policy *policy, enum sy_method method)
{
	unsigned int methods = 0;

	for (size_t i = 0; i < policy->rule_count; i++)
		methods |= policy->rules[i].methods;
	return method > SY_METHOD_NONE && method < SY_METHOD_COUNT &&
	    (methods & BIT(method)) != 0;
}

bool
sy_policy_in_range(enum sy_zone zone, enum sy_purpose purpose,
    enum sy_kind kind)
{
	return zone >= 1 && zone < SY_ZONE_COUNT && purpose >= 1 &&
	    purpose < SY_PURPOSE_COUNT && kind >= 1 && kind < SY_KIND_COUNT;
}

const struct sy_policy_rule *
sy_policy_find(const struct sy_policy *policy, enum sy_zone zone,
    enum sy_purpose purpose, enum sy_kind kind)
{
	if (!sy_policy_in_range(zone, purpose, kind))
		return NULL;
	return policy->cover[zone][purpose][kind];
}

bool
sy_policy_takes(const struct sy_policy *policy,
    const struct sy_policy_rule *rule, enum sy_method method,
    enum sy_origin origin, enum sy_grade grade)
{
	if (!sy_method_can_be(method, origin, grade) ||
	    (rule->methods & BIT(method)) == 0)
		return false;
	if (sy_method_has_device(method) && (rule->origins & BIT(origin)) == 0)
		return false;
	if (method == SY_METHOD_FIDO2_BIO && (rule->grades & BIT(grade)) == 0)
		return false;
	return method != SY_METHOD_CARD_ID || policy->identifier_cards;
}

bool
sy_policy_accepts(const struct sy_policy *policy, enum sy_zone zone,
    enum sy_purpose purpose, enum sy_kind kind, enum sy_method method,
    enum sy_origin origin, enum sy_grade grade)
{
	const struct sy_policy_rule *rule =
	    sy_policy_find(policy, zone, purpose, kind);

	return rule != NULL &&
	    sy_policy_takes(policy, rule, method, origin, grade);
}
