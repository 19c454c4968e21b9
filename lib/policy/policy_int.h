/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_POLICY_INT_H
#define SY_POLICY_INT_H

#include <sanyoso/conf.h>
#include <sanyoso/policy.h>
#include <sanyoso/text.h>

/* What the files of lib/policy share. Sets are bits 1 << value. */
#define SY_POLICY_RULES_MAX   64
#define SY_POLICY_ALLOW_MAX   16 /* combinations in one rule */
#define SY_POLICY_METHODS_MAX 4  /* methods in one combination */
#define SY_POLICY_NAME_SIZE   64
#define SY_POLICY_PLACE_SIZE  96
#define SY_POLICY_WORD_SIZE   64 /* longer than any word that is known */
#define SY_POLICY_LOGINS_MAX  128
#define SY_POLICY_MODELS_MAX  24 /* a line of the file holds 27 at most */

struct sy_policy_rule {
	char name[SY_POLICY_NAME_SIZE];
	char place[SY_POLICY_PLACE_SIZE]; /* file:line of "allow" */
	unsigned int zones;
	unsigned int purposes;
	unsigned int kinds;
	unsigned int require;
	unsigned int need; /* categories */
	unsigned int origins;
	unsigned int grades;
	unsigned int pin_reserve;
	unsigned int allow[SY_POLICY_ALLOW_MAX]; /* sets of methods */
	size_t allow_count;
	unsigned int methods; /* of all combinations */
};

/* The lockout of one place, and where it comes from. */
struct sy_policy_lockout {
	struct sy_lockout_policy values;
	char name[SY_POLICY_NAME_SIZE]; /* of its section; "" of a default */
	char place[SY_POLICY_PLACE_SIZE];
};

/* Names of people or accounts, each once. */
struct sy_policy_logins {
	size_t count;
	char login[SY_POLICY_LOGINS_MAX][SY_LOGIN_SIZE];
};

/* Models of FIDO2 keys, each once. */
struct sy_policy_models {
	size_t count;
	uint8_t aaguid[SY_POLICY_MODELS_MAX][SY_AAGUID_SIZE];
};
struct sy_policy_key_models {
	struct sy_policy_models allow; /* none: all */
	struct sy_policy_models deny;
	struct sy_policy_models fingerprint;
};

struct sy_policy {
	char name[SY_POLICY_NAME_SIZE];
	uint8_t digest[32];
	bool identifier_cards;
	size_t rule_count;
	struct sy_policy_rule rules[SY_POLICY_RULES_MAX];
	/* The first rule that covers a place, or NULL. */
	const struct sy_policy_rule
	    *cover[SY_ZONE_COUNT][SY_PURPOSE_COUNT][SY_KIND_COUNT];
	struct sy_password_policy password[SY_KIND_COUNT];
	struct sy_policy_lockout lockout[SY_KIND_COUNT][SY_PURPOSE_COUNT];
	char notice[SY_ZONE_COUNT][2][SY_NOTICE_SIZE]; /* English, Japanese */
	struct sy_keys_policy keys;
	struct sy_policy_key_models key_models;
	struct sy_policy_logins targets;
	struct sy_policy_logins unattended;
};

/* A device carries a key or an identifier; passwords and codes don't. */
bool sy_method_has_device(enum sy_method method);
/* Whether what the proof was made with can be used at all: a token that is
 * active, a password that is issued and not locked. A code has no state. */
static inline bool
sy_proof_is_active(const struct sy_proof *p)
{
	return p->token_active ||
	    (!sy_method_has_device(p->method) &&
		p->method != SY_METHOD_PASSWORD);
}
/* Whether such a proof can exist at all: all in range, and the origin one that
 * this kind of device can have. */
bool sy_method_can_be(enum sy_method method, enum sy_origin origin,
    enum sy_grade grade);

bool sy_policy_in_range(enum sy_zone zone, enum sy_purpose purpose,
    enum sy_kind kind);
/* The rule that governs, or NULL: out of range or covered by none. */
const struct sy_policy_rule *sy_policy_find(const struct sy_policy *policy,
    enum sy_zone zone, enum sy_purpose purpose, enum sy_kind kind);
/* Whether a proof of this kind counts under ${rule}. */
bool sy_policy_takes(const struct sy_policy *policy,
    const struct sy_policy_rule *rule, enum sy_method method,
    enum sy_origin origin, enum sy_grade grade);

/* Whether all ${methods} of a combination are among ${shown}. */
static inline bool
sy_policy_complete(unsigned int methods, unsigned int shown)
{
	return methods != 0 && (methods & ~shown) == 0;
}

/* Whether evidence is such as can exist: at most SY_PROOFS_MAX proofs, values
 * in range, a token where the method has a device and only there. */
bool sy_evidence_is_sane(const struct sy_evidence *evidence);

/* A section that is being read. */
struct sy_policy_section {
	struct sy_conf *conf;
	struct sy_conf_section *values;
	const char *type; /* "rule" */
	const char *name; /* "" if it has none */
	struct sy_error *reterr;
};

/* The ${i}-th section of ${type}; false behind the last. Leaves reterr alone.
 */
bool sy_policy_section_at(struct sy_conf *conf, const char *type, size_t i,
    struct sy_policy_section *ret);
/* "file:line" of ${key}; of the section itself if it is NULL or not there. */
void sy_policy_place(const struct sy_policy_section *s, const char *key,
    char out[SY_POLICY_PLACE_SIZE]);
/* An error at ${key} (NULL: of the section as a whole). Returns ${code}. */
enum sy_err sy_policy_refuse(const struct sy_policy_section *s,
    enum sy_err code, const char *key, const char *fmt, ...) SY_PRINTF(4, 5);
/* The section's own name, which it must have. */
SY_MUST_USE enum sy_err sy_policy_read_name(const struct sy_policy_section *s,
    char out[SY_POLICY_NAME_SIZE]);
/* The next word before one of ${separators}, cut at spaces around it; false at
 * the end. */
bool sy_policy_next_word(const char **text, const char *separators,
    char word[SY_POLICY_WORD_SIZE]);

/* The bit of a name; false if there is no such name. */
typedef bool sy_policy_lookup_fn(const char *name, unsigned int *ret_bit);
bool sy_policy_zone_bit(const char *name, unsigned int *ret_bit);
bool sy_policy_purpose_bit(const char *name, unsigned int *ret_bit);
/* The set of names in ${key}, each at most once; ${def} as in sy_conf_text. */
SY_MUST_USE enum sy_err sy_policy_read_set(const struct sy_policy_section *s,
    const char *key, const char *def, sy_policy_lookup_fn *lookup,
    unsigned int *ret_set);
/* Kinds, or "all". */
SY_MUST_USE enum sy_err sy_policy_read_kinds(const struct sy_policy_section *s,
    unsigned int *ret_set);

/* Read one [rule]; only its own values are checked. */
SY_MUST_USE enum sy_err sy_policy_read_rule(const struct sy_policy_section *s,
    struct sy_policy_rule *ret_rule);
/* Read all sections of a type into ${policy} and check them, each in the file
 * of its name: [password NAME], [lockout NAME], [notice ZONE], [keys],
 * [targets] and [unattended]. */
SY_MUST_USE enum sy_err sy_policy_read_passwords(struct sy_conf *conf,
    struct sy_policy *policy, struct sy_error *reterr);
SY_MUST_USE enum sy_err sy_policy_read_lockouts(struct sy_conf *conf,
    struct sy_policy *policy, struct sy_error *reterr);
SY_MUST_USE enum sy_err sy_policy_read_notices(struct sy_conf *conf,
    struct sy_policy *policy, struct sy_error *reterr);
SY_MUST_USE enum sy_err sy_policy_read_keys(struct sy_conf *conf,
    struct sy_policy *policy, struct sy_error *reterr);
SY_MUST_USE enum sy_err sy_policy_read_logins(struct sy_conf *conf,
    struct sy_policy *policy, struct sy_error *reterr);

/*
 * Refuse what would let too little in. Enumerates every combination of method,
 * origin and grade of each rule; SY_ERR_POLICY names the first that counts too
 * few categories.
 */
SY_MUST_USE enum sy_err sy_policy_check(const struct sy_policy *policy,
    struct sy_error *reterr);

#endif /* SY_POLICY_INT_H */
