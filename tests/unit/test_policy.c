/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA-3: a policy that one factor could pass is refused when it is loaded, and
 * the combination is named. MFA-2: what is needed depends on zone, purpose and
 * kind. CARD-6: identifier cards are off unless accepted.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "tests/support/faults.h"
#include "tests/support/policies.h"

static enum sy_err
parse(const char *text, struct sy_error *e)
{
	struct sy_policy *policy = NULL;
	enum sy_err err;

	*e = (struct sy_error){ 0 };
	err = sy_policy_parse("p.conf", text, strlen(text), &policy, e);
	if (err == SY_OK) {
		sy_policy_free(&policy);
	} else {
		assert_null(policy);
		assert_int_equal(e->code, err);
		assert_true(e->place[0] != '\0' && e->text[0] != '\0');
	}
	return err;
}

/* A policy of one rule whose lines are ${rule}; ${head} more of [policy]. */
static enum sy_err
parse_rule(const char *head, const char *rule, struct sy_error *e)
{
	char text[4096];

	assert_true((size_t)snprintf(text, sizeof(text),
			"[policy]\nname = x\n%s[rule r]\n%s", head,
			rule) < sizeof(text));
	return parse(text, e);
}

struct combination_case {
	const char *what;
	const char *rule;
	enum sy_err err;
	const char *named; /* in the message */
};

static void
check_cases(const char *head, const struct combination_case *tc, size_t count)
{
	struct sy_error e;

	for (size_t i = 0; i < count; i++) {
		enum sy_err err;

		print_message("  %s\n", tc[i].what);
		err = parse_rule(head, tc[i].rule, &e);
		if (err != tc[i].err)
			fail_msg("%s: %s", sy_err_name(err), e.text);
		if (err != SY_OK && strstr(e.text, tc[i].named) == NULL)
			fail_msg("not named: %s", e.text);
	}
}

#define LOGIN(zone) "zone = " zone "\npurpose = login\nkind = staff\n"

static void
mfa_3_combinations_of_too_few_categories_are_named(void **state)
{
	static const struct combination_case tc[] = {
		{ "card with PIN",
		    LOGIN("mynumber") "require=2\nallow=card-pin\n", SY_OK,
		    NULL },
		{ "card whose origin nobody knows",
		    LOGIN("mynumber") "require=2\nallow=card-pin\n"
				      "origin=issuer unproven\n",
		    SY_ERR_POLICY,
		    "card-pin (origin unproven): 1 of 2 categories "
		    "(possession)" },
		{ "password and card PIN are one category",
		    LOGIN("mynumber") "require=3\nallow=password+card-pin\n",
		    SY_ERR_POLICY,
		    "password+card-pin (origin issuer): 2 of 3 categories "
		    "(knowledge+possession)" },
		{ "password alone",
		    LOGIN("lgwan") "require=2\nallow=password\n", SY_ERR_POLICY,
		    "password: 1 of 2 categories (knowledge)" },
		{ "password and help desk's code",
		    LOGIN("lgwan") "require=2\nallow=password+code\n",
		    SY_ERR_POLICY, "password+code: 1 of 2" },
		{ "the code alone proves nothing",
		    LOGIN("internet") "require=1\nallow=code\n", SY_ERR_POLICY,
		    "code: 0 of 1 categories (none)" },
		{ "two cards",
		    LOGIN("lgwan") "require=2\nallow=card+card-mac\n",
		    SY_ERR_POLICY, "card (origin issuer)+card-mac (origin" },
		{ "password and card, origin unknown",
		    LOGIN("mynumber") "require=2\nallow=password+card-pin\n"
				      "origin=unproven\n",
		    SY_OK, NULL },
		{ "key touched only", LOGIN("lgwan") "require=2\nallow=fido2\n",
		    SY_ERR_POLICY, "fido2 (origin attested): 1 of 2" },
		{ "key with PIN or finger",
		    LOGIN("mynumber") "require=2\nallow=fido2-uv\n", SY_OK,
		    NULL },
		{ "what a key verified may be what the password is",
		    LOGIN("lgwan") "require=3\nallow=password+fido2-uv\n",
		    SY_ERR_POLICY,
		    "password+fido2-uv (origin attested): 2 of 3" },
		{ "finger and password",
		    LOGIN("mynumber") "require=3\nallow=password+fido2-bio\n",
		    SY_OK, NULL },
		{ "finger without grade",
		    LOGIN("mynumber") "require=2\nallow=fido2-bio\n"
				      "grade=signed none\n",
		    SY_ERR_POLICY,
		    "fido2-bio (origin attested, grade none): 1 of 2" },
		{ "the second combination is looked at too",
		    LOGIN("mynumber") "require=2\nallow=card-pin, card\n",
		    SY_ERR_POLICY, "card (origin issuer): 1 of 2" },
	};

	(void)state;
	check_cases(FINGERPRINT_KEYS, tc, SY_COUNT(tc));
}

static void
mfa_2_named_categories_must_be_proven(void **state)
{
	static const struct combination_case tc[] = {
		{ "finger",
		    LOGIN("mynumber") "require=2\nallow=fido2-bio\n"
				      "need=inherence possession\n",
		    SY_OK, NULL },
		{ "card with PIN is no finger",
		    LOGIN("mynumber") "require=2\nallow=card-pin\n"
				      "need=inherence\n",
		    SY_ERR_POLICY,
		    "card-pin (origin issuer): does not prove inherence" },
		{ "PIN or finger may be no finger",
		    LOGIN("mynumber") "require=2\nallow=fido2-uv\n"
				      "need=inherence\n",
		    SY_ERR_POLICY, "does not prove inherence" },
	};

	(void)state;
	check_cases(FINGERPRINT_KEYS, tc, SY_COUNT(tc));
}

static void
mfa_1_no_place_that_needs_two_can_have_one(void **state)
{
	struct sy_error e;

	(void)state;
	for (int z = 1; z < SY_ZONE_COUNT; z++) {
		for (int p = 1; p < SY_PURPOSE_COUNT; p++) {
			const bool two = z == SY_ZONE_MYNUMBER ||
			    p == SY_PURPOSE_PRIVILEGED ||
			    p == SY_PURPOSE_REMOTE || p == SY_PURPOSE_OPERATOR;
			char rule[256];

			snprintf(rule, sizeof(rule),
			    "zone = %s\npurpose = %s\nkind = all\n"
			    "require = 1\nallow = card-pin\n",
			    sy_zone_name((enum sy_zone)z),
			    sy_purpose_name((enum sy_purpose)p));
			assert_int_equal(parse_rule("", rule, &e),
			    two ? SY_ERR_POLICY : SY_OK);
		}
	}
	/* One such place among others is enough. */
	assert_int_equal(parse_rule("",
			     "zone = internet lgwan mynumber\npurpose = login\n"
			     "kind = staff\nrequire = 1\nallow = card\n",
			     &e),
	    SY_ERR_POLICY);
	assert_non_null(strstr(e.text, "require below 2"));
}

static void
mfa_3_in_zone_mynumber_no_combination_can_do_without_a_device(void **state)
{
	static const struct combination_case tc[] = {
		{ "password", LOGIN("mynumber") "require=2\nallow=password\n",
		    SY_ERR_POLICY, "password: 1 of 2 categories (knowledge)" },
		{ "code", LOGIN("mynumber") "require=2\nallow=code\n",
		    SY_ERR_POLICY, "code: 0 of 2 categories (none)" },
		{ "both, beside a good one",
		    LOGIN("mynumber") "require=2\nallow=card-pin, "
				      "code+password\n",
		    SY_ERR_POLICY, "password+code: 1 of 2 categories" },
		{ "with a device",
		    LOGIN("mynumber") "require=2\nallow=password+card, "
				      "code+card-pin\n",
		    SY_OK, NULL },
	};

	(void)state;
	check_cases("", tc, SY_COUNT(tc));
}

static void
card_6_identifier_cards_must_be_accepted_first(void **state)
{
	static const char rule[] =
	    LOGIN("internet") "require = 1\nallow = card-id\n";
	struct sy_error e;

	(void)state;
	assert_int_equal(parse_rule("", rule, &e), SY_ERR_POLICY);
	assert_non_null(strstr(e.text, "card-id"));
	assert_int_equal(parse_rule("identifier_cards = refuse\n", rule, &e),
	    SY_ERR_POLICY);
	assert_int_equal(parse_rule("identifier_cards = accept\n", rule, &e),
	    SY_OK);
	assert_int_equal(parse_rule("identifier_cards = yes\n", rule, &e),
	    SY_ERR_FORMAT);
}

static void
what_could_never_let_anyone_in_is_refused(void **state)
{
	static const char shadowed[] =
	    "[policy]\nname = x\n"
	    "[rule a]\n" LOGIN(
		"mynumber lgwan") "require=2\nallow=card-pin\n"
				  "[rule b]\n" LOGIN(
				      "mynumber") "require=2\nallow=fido2-uv\n";
	static const struct combination_case tc[] = {
		{ "a key is not issued",
		    LOGIN("mynumber") "require=2\nallow=fido2-uv\n"
				      "origin=issuer personalised\n",
		    SY_ERR_POLICY, "fido2-uv can't be shown" },
		{ "a card is not attested",
		    LOGIN("mynumber") "require=2\nallow=card-pin\n"
				      "origin=attested\n",
		    SY_ERR_POLICY, "card-pin can't be shown" },
	};
	struct sy_error e;

	(void)state;
	check_cases("", tc, SY_COUNT(tc));
	assert_int_equal(parse(shadowed, &e), SY_ERR_POLICY);
	assert_non_null(strstr(e.text, "\"b\" is never reached"));
	assert_string_equal(e.place, "p.conf:14");
}

static void
malformed_files_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		enum sy_err err;
		const char *place;
		const char *text_part;
	} tc[] = {
#define HEAD "[policy]\nname = x\n"
#define RULE "[rule r]\nzone = lgwan\npurpose = login\nkind = staff\n"
#define REST "require = 2\nallow = card-pin\n"
		{ "nothing", "", SY_ERR_FORMAT, "p.conf", "[policy]" },
		{ "no head", RULE REST, SY_ERR_FORMAT, "p.conf", "[policy]" },
		{ "a head with a name", "[policy a]\nname = x\n" RULE REST,
		    SY_ERR_FORMAT, "p.conf:1", "no name" },
		{ "no name", "[policy]\n" RULE REST, SY_ERR_FORMAT, "p.conf:1",
		    "name" },
		{ "an empty name", "[policy]\nname =\n" RULE REST,
		    SY_ERR_FORMAT, "p.conf:2", "name" },
		{ "cards that are neither accepted nor refused",
		    HEAD "identifier_cards = yes\n" RULE REST, SY_ERR_FORMAT,
		    "p.conf:3", "identifier_cards: \"yes\"" },
		{ "no rule", HEAD, SY_ERR_FORMAT, "p.conf", "[rule]" },
		{ "a rule without name",
		    HEAD "[rule]\nzone = lgwan\npurpose = login\n"
			 "kind = staff\n" REST,
		    SY_ERR_FORMAT, "p.conf:3", "name" },
		{ "a rule twice", HEAD RULE REST RULE REST, SY_ERR_FORMAT,
		    "p.conf:9", "" },
		{ "an unknown section", HEAD RULE REST "[zone a]\n",
		    SY_ERR_FORMAT, "p.conf:9", "zone" },
		{ "an unknown key", HEAD RULE REST "allows = card\n",
		    SY_ERR_FORMAT, "p.conf:9", "allows" },
		{ "an unknown key in the head", HEAD "x = 1\n" RULE REST,
		    SY_ERR_FORMAT, "p.conf:3", "x" },
		{ "an unknown zone",
		    HEAD "[rule r]\nzone = lgwan moon\npurpose = login\n"
			 "kind = staff\n" REST,
		    SY_ERR_FORMAT, "p.conf:4", "\"moon\"" },
		{ "a zone twice",
		    HEAD "[rule r]\nzone = lgwan lgwan\npurpose = login\n"
			 "kind = staff\n" REST,
		    SY_ERR_FORMAT, "p.conf:4", "twice" },
		{ "no zone",
		    HEAD "[rule r]\npurpose = login\nkind = staff\n" REST,
		    SY_ERR_FORMAT, "p.conf:3", "zone" },
		{ "an empty zone",
		    HEAD "[rule r]\nzone =\npurpose = login\n"
			 "kind = staff\n" REST,
		    SY_ERR_FORMAT, "p.conf:4", "missing" },
		{ "no purpose",
		    HEAD "[rule r]\nzone = lgwan\nkind = staff\n" REST,
		    SY_ERR_FORMAT, "p.conf:3", "purpose" },
		{ "no kind",
		    HEAD "[rule r]\nzone = lgwan\npurpose = login\n" REST,
		    SY_ERR_FORMAT, "p.conf:3", "kind" },
		{ "all kinds and one more",
		    HEAD "[rule r]\nzone = lgwan\npurpose = login\n"
			 "kind = all staff\n" REST,
		    SY_ERR_FORMAT, "p.conf:6", "\"all\"" },
		{ "no require", HEAD RULE "allow = card-pin\n", SY_ERR_FORMAT,
		    "p.conf:3", "require" },
		{ "require 0", HEAD RULE "require = 0\nallow = card-pin\n",
		    SY_ERR_FORMAT, "p.conf:7", "require" },
		{ "require 4", HEAD RULE "require = 4\nallow = card-pin\n",
		    SY_ERR_FORMAT, "p.conf:7", "require" },
		{ "require two", HEAD RULE "require = two\nallow = card-pin\n",
		    SY_ERR_FORMAT, "p.conf:7", "require" },
		{ "no allow", HEAD RULE "require = 2\n", SY_ERR_FORMAT,
		    "p.conf:3", "allow" },
		{ "an empty allow", HEAD RULE "require = 2\nallow =\n",
		    SY_ERR_FORMAT, "p.conf:8", "missing" },
		{ "an unknown method",
		    HEAD RULE "require = 2\nallow = cardpin\n", SY_ERR_FORMAT,
		    "p.conf:8", "\"cardpin\"" },
		{ "methods with a space between",
		    HEAD RULE "require = 2\nallow = card password\n",
		    SY_ERR_FORMAT, "p.conf:8", "\"card password\"" },
		{ "method none", HEAD RULE "require = 2\nallow = none\n",
		    SY_ERR_FORMAT, "p.conf:8", "\"none\"" },
		{ "nothing after +", HEAD RULE "require = 2\nallow = card+\n",
		    SY_ERR_FORMAT, "p.conf:8", "missing" },
		{ "nothing before +", HEAD RULE "require = 2\nallow = +card\n",
		    SY_ERR_FORMAT, "p.conf:8", "\"\"" },
		{ "nothing between",
		    HEAD RULE "require = 2\nallow = card-pin,,card\n",
		    SY_ERR_FORMAT, "p.conf:8", "missing" },
		{ "nothing at the end",
		    HEAD RULE "require = 2\nallow = card-pin,\n", SY_ERR_FORMAT,
		    "p.conf:8", "missing" },
		{ "a method with itself",
		    HEAD RULE "require = 2\nallow = card-pin+card-pin\n",
		    SY_ERR_FORMAT, "p.conf:8", "twice" },
		{ "a combination twice",
		    HEAD RULE "require = 2\n"
			      "allow = card+password, password+card\n",
		    SY_ERR_FORMAT, "p.conf:8", "twice" },
		{ "five methods",
		    HEAD RULE "require = 2\n"
			      "allow = card+password+fido2+card-mac+code\n",
		    SY_ERR_FORMAT, "p.conf:8", "too many" },
		{ "an unknown origin", HEAD RULE REST "origin = china\n",
		    SY_ERR_FORMAT, "p.conf:9", "\"china\"" },
		{ "an empty origin", HEAD RULE REST "origin =\n", SY_ERR_FORMAT,
		    "p.conf:9", "missing" },
		{ "an unknown grade", HEAD RULE REST "grade = a\n",
		    SY_ERR_FORMAT, "p.conf:9", "\"a\"" },
		{ "an empty need", HEAD RULE REST "need =\n", SY_ERR_FORMAT,
		    "p.conf:9", "missing" },
		{ "an unknown need", HEAD RULE REST "need = luck\n",
		    SY_ERR_FORMAT, "p.conf:9", "\"luck\"" },
		{ "no reserve", HEAD RULE REST "pin_reserve = 0\n",
		    SY_ERR_FORMAT, "p.conf:9", "pin_reserve" },
		{ "a reserve of ten", HEAD RULE REST "pin_reserve = 10\n",
		    SY_ERR_FORMAT, "p.conf:9", "pin_reserve" },
	};
	struct sy_error e;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(parse(tc[i].text, &e), tc[i].err);
		assert_string_equal(e.place, tc[i].place);
		if (strstr(e.text, tc[i].text_part) == NULL)
			fail_msg("%s", e.text);
	}
}

static void
lists_have_bounds(void **state)
{
	char text[64 * 1024] = HEAD;
	struct sy_error e;
	size_t at = strlen(text);

	(void)state;
	for (int i = 0; i <= 64; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "[rule r%d]\nzone = lgwan\npurpose = login\n"
		    "kind = staff\n" REST,
		    i);
	assert_int_equal(parse(text, &e), SY_ERR_LIMIT);

	at = (size_t)snprintf(text, sizeof(text),
	    HEAD RULE "require = 1\nallow = password");
	/* 17 combinations of two to four methods. */
	for (unsigned int set = 1, n = 1; n <= 16; set++) {
		static const char *const more[] = { "card", "fido2", "code",
			"card-mac", "card-pin" };

		if (__builtin_popcount(set) > 3)
			continue;
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    ", password");
		for (unsigned int m = 0; m < SY_COUNT(more); m++) {
			if ((set & 1u << m) != 0)
				at += (size_t)snprintf(text + at,
				    sizeof(text) - at, "+%s", more[m]);
		}
		n++;
		if (n == 16)
			assert_int_equal(parse(text, &e), SY_OK);
	}
	assert_int_equal(parse(text, &e), SY_ERR_FORMAT);
	assert_non_null(strstr(e.text, "too many"));
}

static void
a_policy_says_what_it_is(void **state)
{
	struct sy_policy *policy = policy_of(policy_rich);
	uint8_t digest[32];

	(void)state;
	assert_string_equal(sy_policy_name(policy), "rich");
	assert_int_equal(EVP_Digest(policy_rich, strlen(policy_rich), digest,
			     NULL, EVP_sha256(), NULL),
	    1);
	assert_memory_equal(sy_policy_digest(policy), digest, 32);
	for (int m = 1; m < SY_METHOD_COUNT; m++)
		assert_true(sy_policy_uses(policy, (enum sy_method)m));
	assert_false(sy_policy_uses(policy, SY_METHOD_NONE));
	assert_false(sy_policy_uses(policy, SY_METHOD_COUNT));
	assert_false(sy_policy_uses(policy, (enum sy_method) - 1));
	sy_policy_free(&policy);
	assert_null(policy);
	sy_policy_free(&policy);
	policy = policy_of(policy_plain);
	for (int m = 1; m < SY_METHOD_COUNT; m++)
		assert_int_equal(sy_policy_uses(policy, (enum sy_method)m),
		    m == SY_METHOD_CARD_PIN);
	sy_policy_free(&policy);
}

static void
what_counts_can_be_asked_before(void **state)
{
	struct sy_policy *policy = policy_of(policy_plain);

	(void)state;
	for (int o = -1; o <= SY_ORIGIN_COUNT; o++)
		assert_int_equal(sy_policy_accepts(policy, SY_ZONE_LGWAN,
				     SY_PURPOSE_LOGIN, SY_KIND_STAFF,
				     SY_METHOD_CARD_PIN, (enum sy_origin)o,
				     SY_GRADE_NONE),
		    o == SY_ORIGIN_ISSUER || o == SY_ORIGIN_PERSONALISED);
	assert_false(sy_policy_accepts(policy, SY_ZONE_LGWAN, SY_PURPOSE_LOGIN,
	    SY_KIND_STAFF, SY_METHOD_CARD, SY_ORIGIN_ISSUER, SY_GRADE_NONE));
	assert_false(sy_policy_accepts(policy, SY_ZONE_LGWAN, SY_PURPOSE_REMOTE,
	    SY_KIND_STAFF, SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER,
	    SY_GRADE_NONE));
	assert_false(sy_policy_accepts(policy, (enum sy_zone)0,
	    SY_PURPOSE_LOGIN, SY_KIND_STAFF, SY_METHOD_CARD_PIN,
	    SY_ORIGIN_ISSUER, SY_GRADE_NONE));
	sy_policy_free(&policy);
}

/* The policy that is shipped. */
static struct sy_policy *
shipped_policy(void)
{
	/* Set by the makefile. */
	const char *srcdir = getenv("SY_TEST_SRCDIR");
	struct sy_policy *policy = NULL;
	struct sy_error e = { 0 };
	char path[4096];

	assert_non_null(srcdir);
	snprintf(path, sizeof(path), "%s/config/policy.conf", srcdir);
	if (sy_policy_load(path, &policy, &e) != SY_OK)
		fail_msg("%s: %s", e.place, e.text);
	return policy;
}

static void
the_shipped_policy_lets_card_with_pin_or_password_in(void **state)
{
	static const struct sy_evidence none = { .count = 0 };
	struct sy_policy *policy = shipped_policy();

	(void)state;
	for (int z = 1; z < SY_ZONE_COUNT; z++) {
		struct sy_plan plan;

		assert_true(sy_policy_accepts(policy, (enum sy_zone)z,
		    SY_PURPOSE_LOGIN, SY_KIND_STAFF, SY_METHOD_CARD_PIN,
		    SY_ORIGIN_ISSUER, SY_GRADE_NONE));
		assert_false(sy_policy_accepts(policy, (enum sy_zone)z,
		    SY_PURPOSE_REMOTE, SY_KIND_STAFF, SY_METHOD_CARD_PIN,
		    SY_ORIGIN_ISSUER, SY_GRADE_NONE));
		sy_plan_next(policy, (enum sy_zone)z, SY_PURPOSE_PRIVILEGED,
		    SY_KIND_STAFF, &none, &plan);
		assert_int_equal(plan.methods,
		    METHOD_BITS(SY_METHOD_CARD_PIN) |
			METHOD_BITS(SY_METHOD_CARD));
	}
	for (int m = 1; m < SY_METHOD_COUNT; m++)
		assert_int_equal(sy_policy_uses(policy, (enum sy_method)m),
		    m == SY_METHOD_CARD_PIN || m == SY_METHOD_CARD ||
			m == SY_METHOD_PASSWORD);
	sy_policy_free(&policy);
}

static void
lock_2_the_shipped_policy_is_stricter_for_what_is_privileged(void **state)
{
	struct sy_policy *policy = shipped_policy();

	(void)state;
	assert_int_equal(
	    sy_policy_lockout(policy, SY_KIND_STAFF, SY_PURPOSE_LOGIN)->tries,
	    5);
	assert_int_equal(sy_policy_lockout(policy, SY_KIND_STAFF,
			     SY_PURPOSE_PRIVILEGED)
			     ->tries,
	    3);
	assert_int_equal(sy_policy_lockout(policy, SY_KIND_OPERATOR,
			     SY_PURPOSE_LOGIN)
			     ->tries,
	    3);
	assert_int_equal(sy_policy_password(policy, SY_KIND_STAFF)->min_length,
	    10);
	assert_int_equal(
	    sy_policy_password(policy, SY_KIND_OPERATOR)->min_length, 14);
	/* LOGIN-2: in both languages, on lines of their own. */
	for (int japanese = 0; japanese < 2; japanese++)
		assert_non_null(strchr(sy_policy_notice(policy,
					   SY_ZONE_MYNUMBER, japanese != 0),
		    '\n'));
	assert_string_not_equal(sy_policy_notice(policy, SY_ZONE_MYNUMBER,
				    true),
	    sy_policy_notice(policy, SY_ZONE_MYNUMBER, false));
	sy_policy_free(&policy);
}

static void
a_file_that_is_away_or_unsafe_is_not_loaded(void **state)
{
	char path[] = "/tmp/sanyoso-policy-XXXXXX";
	struct sy_policy *policy = NULL;
	struct sy_error e = { 0 };
	const int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, policy_plain, strlen(policy_plain)),
	    strlen(policy_plain));
	assert_int_equal(sy_policy_load(path, &policy, &e), SY_OK);
	sy_policy_free(&policy);
	assert_int_equal(fchmod(fd, 0666), 0);
	assert_int_equal(sy_policy_load(path, &policy, &e), SY_ERR_PERM);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(sy_policy_load(path, &policy, &e), SY_ERR_NOT_FOUND);
	assert_null(policy);
}

static void
parsing_survives_every_failed_allocation(void **state)
{
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		struct sy_policy *policy = NULL;
		struct sy_error e;

		faults_arm(++n);
		err = sy_policy_parse("p.conf", policy_rich,
		    strlen(policy_rich), &policy, &e);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
		if (err == SY_OK)
			sy_policy_free(&policy);
		assert_null(policy);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    mfa_3_combinations_of_too_few_categories_are_named),
		cmocka_unit_test(mfa_2_named_categories_must_be_proven),
		cmocka_unit_test(mfa_1_no_place_that_needs_two_can_have_one),
		cmocka_unit_test(
		    mfa_3_in_zone_mynumber_no_combination_can_do_without_a_device),
		cmocka_unit_test(
		    card_6_identifier_cards_must_be_accepted_first),
		cmocka_unit_test(what_could_never_let_anyone_in_is_refused),
		cmocka_unit_test(malformed_files_are_refused_with_their_place),
		cmocka_unit_test(lists_have_bounds),
		cmocka_unit_test(a_policy_says_what_it_is),
		cmocka_unit_test(what_counts_can_be_asked_before),
		cmocka_unit_test(
		    the_shipped_policy_lets_card_with_pin_or_password_in),
		cmocka_unit_test(
		    lock_2_the_shipped_policy_is_stricter_for_what_is_privileged),
		cmocka_unit_test(a_file_that_is_away_or_unsafe_is_not_loaded),
		cmocka_unit_test(parsing_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
