/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICIES_H
#define POLICIES_H

#include <sanyoso/challenge.h>
#include <sanyoso/policy.h>

#include "tests/support/unit.h"

/* Policies, proofs and states for the tests of verdict and plan. */

#define ID             ((int64_t)12) /* the person's row */
#define TOKEN          ((int64_t)7)
#define NOW            ((int64_t)1750000000 * 1000000)
#define SECOND         ((int64_t)1000000)
#define METHOD_BITS(m) (1u << (m))

/* A section that lists a model of fingerprint keys. */
#define FINGERPRINT_MODEL "f8a011f3-8c0a-4d15-8006-17111f9edc7d"
#define FINGERPRINT_KEYS  "[keys]\nfingerprint = " FINGERPRINT_MODEL "\n"

/* What many towns would have: one combination everywhere. */
static const char policy_plain[] = "[policy]\n"
				   "name = plain\n"
				   "[rule everyday]\n"
				   "zone = mynumber lgwan internet\n"
				   "purpose = login unlock\n"
				   "kind = staff contractor\n"
				   "require = 2\n"
				   "allow = card-pin\n"
				   "origin = issuer personalised\n";

/* A rule for every corner; "mynumber" covers contractors too, but comes after
 * the rule that is theirs. */
static const char policy_rich[] =
    "[policy]\n"
    "name = rich\n"
    "identifier_cards = accept\n"
    "[rule contractors]\n"
    "zone = mynumber\n"
    "purpose = login\n"
    "kind = contractor\n"
    "require = 2\n"
    "allow = fido2-bio, card-pin+fido2-bio\n"
    "origin = issuer attested\n"
    "grade = signed\n"
    "need = inherence\n"
    "[rule unlock]\n"
    "zone = mynumber lgwan\n"
    "purpose = unlock\n"
    "kind = all\n"
    "require = 2\n"
    "allow = card-pin, fido2-uv\n"
    "pin_reserve = 2\n"
    "[rule mynumber]\n"
    "zone = mynumber\n"
    "purpose = login\n"
    "kind = staff contractor developer shared\n"
    "require = 2\n"
    "allow = card+password, card-mac + password, card-pin+fido2\n"
    "origin = issuer personalised attested\n"
    "[rule copies]\n"
    "zone = lgwan internet\n"
    "purpose = login\n"
    "kind = staff\n"
    "require = 1\n"
    "allow = card-id, password, code+fido2\n"
    "origin = unproven issuer\n"
    "[rule three]\n"
    "zone = mynumber lgwan internet\n"
    "purpose = privileged operator remote\n"
    "kind = privileged operator staff\n"
    "require = 3\n"
    "allow = card-pin+fido2-bio, password+fido2-bio\n"
    "grade = signed managed terminal\n"
    "[password all]\n"
    "kind = all\n"
    "max_age = 90d\n"
    "[lockout all]\n"
    "kind = all\n"
    "purpose = login unlock privileged remote operator\n"
    "[notice mynumber]\n"
    "en = Work only.|All is recorded.\n" FINGERPRINT_KEYS "[targets]\n"
    "persons = suzuki tanaka\n"
    "[unattended]\n"
    "accounts = backup\n";

static inline struct sy_policy *
policy_of(const char *text)
{
	struct sy_policy *policy = NULL;
	struct sy_error e = { 0 };

	if (sy_policy_parse("policy.conf", text, strlen(text), &policy, &e) !=
	    SY_OK)
		fail_msg("%s: %s", e.place, e.text);
	return policy;
}

/*
 * A policy that says nothing about passwords, lockout and the like, then
 * ${more}, which begins in line SECTIONS_LINE. NULL if it is refused.
 */
#define SECTIONS_LINE 8
static inline struct sy_policy *
policy_with(const char *more, struct sy_error *reterr)
{
	struct sy_policy *policy = NULL;
	char text[64 * 1024];
	enum sy_err err;
	const int len = snprintf(text, sizeof(text),
	    "[policy]\nname = x\n[rule r]\nzone = lgwan\n"
	    "purpose = login\nkind = staff\nrequire = 2\nallow = card-pin\n%s",
	    more);

	assert_true(len > 0 && (size_t)len < sizeof(text));
	*reterr = (struct sy_error){ 0 };
	err = sy_policy_parse("p.conf", text, (size_t)len, &policy, reterr);
	assert_int_equal(err == SY_OK, policy != NULL);
	if (err != SY_OK)
		assert_int_equal(reterr->code, err);
	return policy;
}

/* ${more} is refused in its line ${line} (0: the first), for ${why}. */
static inline void
policy_refuses(const char *more, enum sy_err code, int line, const char *why)
{
	struct sy_policy *policy;
	struct sy_error e;
	char place[64];

	policy = policy_with(more, &e);
	(void)snprintf(place, sizeof(place), "p.conf:%d",
	    SECTIONS_LINE + 1 + line);
	if (policy != NULL)
		fail_msg("taken: %s", more);
	if (e.code != code || strcmp(e.place, place) != 0 ||
	    strstr(e.text, why) == NULL)
		fail_msg("%s: %s: %s", sy_err_name(e.code), e.place, e.text);
}

/* A fresh proof of the person's own active token. */
static inline struct sy_proof
proof_of(int method, int origin, int grade)
{
	const bool device = method != SY_METHOD_PASSWORD &&
	    method != SY_METHOD_CODE && method != SY_METHOD_NONE;

	return (struct sy_proof){
		.method = (enum sy_method)method,
		.origin = (enum sy_origin)origin,
		.grade = (enum sy_grade)grade,
		.token = device ? TOKEN : 0,
		.token_owner = device ? ID : 0,
		.token_active = device || method == SY_METHOD_PASSWORD,
		.nonce_at = NOW - 10 * SECOND,
		.verified_at = NOW - SECOND,
	};
}

/* A state that forbids nothing. */
static inline struct sy_state
state_of(int zone, int purpose, int kind)
{
	return (struct sy_state){
		.zone = (enum sy_zone)zone,
		.purpose = (enum sy_purpose)purpose,
		.kind = (enum sy_kind)kind,
		.id_known = true,
		.id_active = true,
		.id = ID,
		.id_valid_to = NOW + SECOND,
		.terminal_active = true,
		.txn_open = true,
		.granted = true,
	};
}

struct verdict {
	enum sy_verdict verdict;
	enum sy_reason reason;
	unsigned int categories;
};

static inline struct verdict
decide(const struct sy_policy *policy, const struct sy_state *state,
    const struct sy_evidence *evidence, int64_t now)
{
	/* What was there before must not matter. */
	struct verdict v = { SY_ALLOW, SY_REASON_ALLOWED, 15 };

	sy_decide(policy, state, evidence, now, &v.verdict, &v.reason,
	    &v.categories);
	return v;
}

#endif /* POLICIES_H */
