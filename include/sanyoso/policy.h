/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_POLICY_H
#define SY_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include <sanyoso/fido2.h>
#include <sanyoso/method.h>

/*
 * What a login needs, by zone of the terminal, purpose and kind of ID. A
 * policy is immutable; any number of threads may use one.
 *
 * The file (strict INI, sy_conf):
 *
 *   [policy]
 *   name = nist-r4
 *   identifier_cards = refuse        ; or accept; refuse if absent
 *
 *   [rule everyday]                  ; the first that covers a place governs
 *   zone = mynumber lgwan            ; one or more of mynumber lgwan internet
 *   purpose = login unlock           ; login unlock privileged remote operator
 *   kind = staff contractor          ; or "all"
 *   require = 2                      ; distinct categories, 1..3
 *   allow = card-pin                 ; combinations that let in, separated by
 *                                    ; ",", methods of one joined by "+"
 *   origin = issuer personalised     ; accepted origins of cards and keys;
 *                                    ; all proven ones if absent
 *   grade = signed managed           ; accepted grades of fido2-bio; these
 *                                    ; two if absent
 *   need = inherence                 ; categories that must be among them
 *   pin_reserve = 1                  ; tries that are never used up, 1..9
 *
 *   [password everyday]              ; the first that covers a kind governs
 *   kind = staff contractor          ; or "all"
 *   min_length = 10                  ; code points after NFC
 *   classes = 3                      ; of lower, upper, digit and other
 *   max_repeat = 3                   ; of one character in a row
 *   max_sequence = 4                 ; of abcd, 4321, qwerty
 *   history = 5                      ; former ones that can't come back
 *   min_age = 1d                     ; 0d: none, as the next
 *   max_age = 90d
 *   warn = 14d                       ; before max_age
 *   temporary = 7d                   ; life of a temporary one
 *   dictionary = yes
 *
 *   [lockout everyday]               ; the first that covers a place governs
 *   kind = all
 *   purpose = login unlock privileged remote operator
 *   tries = 5                        ; failures that lead to a timed lock
 *   lock = 15m                       ; the first one; each next lasts twice
 *   locks = 3                        ; after these only the help desk opens
 *   disable = 100                    ; failures in a row, at most 100
 *
 *   [notice mynumber]                ; shown at login in this zone
 *   ja = ...                         ; "|" begins a new line
 *   en = ...
 *
 *   [keys]                           ; FIDO2 keys
 *   attestation = model              ; least that is enrolled: model, self,
 *                                    ; none; model if absent
 *   allow = AAGUID ...               ; models that are enrolled and let in;
 *                                    ; all of the metadata if absent; at most
 *                                    ; 24 in each list
 *   deny = AAGUID ...                ; models that are neither
 *   fingerprint = AAGUID ...         ; models that count as inherence with
 *                                    ; grades signed and managed; none if
 *                                    ; absent
 *   counter = stop                   ; one that does not advance refuses the
 *                                    ; login and holds the key; or alarm
 *
 *   [targets]                        ; who may become another account by
 *   persons = suzuki                 ; sudo and su until operators exist
 *
 *   [unattended]                     ; local accounts whose jobs cron and
 *   accounts = backup                ; systemd may start without a login
 *
 * (Comments stand on lines of their own in a real file.) What no rule covers is
 * denied. sy_policy_parse refuses a policy under which any combination of
 * method x origin x grade that a rule lets in counts fewer than `require`
 * categories (or lacks a `need`), and names that combination; require < 2 for
 * zone mynumber and purposes privileged, remote and operator; card-id without
 * identifier_cards = accept; a combination that can never be shown; a rule or
 * section that is never reached because others cover all of it; a lockout of
 * what is privileged that is weaker than one of the everyday; ages of passwords
 * that contradict each other; models that one list of [keys] names and another
 * shuts out, `allow` without attestation = model; and fido2-bio with no other
 * grade than signed and managed where `fingerprint` lists no model.
 */
struct sy_policy;

enum sy_zone {
	SY_ZONE_MYNUMBER = 1,
	SY_ZONE_LGWAN = 2,
	SY_ZONE_INTERNET = 3,
	SY_ZONE_COUNT = 4,
};

enum sy_purpose {
	SY_PURPOSE_LOGIN = 1,
	SY_PURPOSE_UNLOCK = 2,
	SY_PURPOSE_PRIVILEGED = 3,
	SY_PURPOSE_REMOTE = 4,
	SY_PURPOSE_OPERATOR = 5,
	SY_PURPOSE_COUNT = 6,
};

/* Kinds of ID. */
enum sy_kind {
	SY_KIND_STAFF = 1,
	SY_KIND_CONTRACTOR = 2,
	SY_KIND_DEVELOPER = 3,
	SY_KIND_SHARED = 4,
	SY_KIND_PRIVILEGED = 5,
	SY_KIND_OPERATOR = 6,
	SY_KIND_COUNT = 7,
};

/* Stable names ("mynumber", "login", "staff"); never NULL; and back. */
SY_API const char *sy_zone_name(enum sy_zone zone);
SY_API const char *sy_purpose_name(enum sy_purpose purpose);
SY_API const char *sy_kind_name(enum sy_kind kind);
SY_API bool sy_zone_by_name(const char *name, enum sy_zone *ret);
SY_API bool sy_purpose_by_name(const char *name, enum sy_purpose *ret);
SY_API bool sy_kind_by_name(const char *name, enum sy_kind *ret);

/*
 * Parse and check a policy. SY_ERR_FORMAT, SY_ERR_LIMIT (input),
 * SY_ERR_POLICY (would let too little in, the combination is named in
 * ${reterr}), NOMEM.
 */
SY_API SY_MUST_USE enum sy_err sy_policy_parse(const char *file,
    const char *text, size_t len, struct sy_policy **ret_policy,
    struct sy_error *reterr);
SY_API SY_MUST_USE enum sy_err sy_policy_load(const char *path,
    struct sy_policy **ret_policy, struct sy_error *reterr);
SY_API void sy_policy_free(struct sy_policy **policy);
SY_API const char *sy_policy_name(const struct sy_policy *policy);
/* SHA-256 of the file's text: which policy a verdict was given under. */
SY_API const uint8_t *sy_policy_digest(const struct sy_policy *policy);
/* Whether any rule lets ${method} in: a server refuses a policy that needs a
 * method it can't verify. */
SY_API bool sy_policy_uses(const struct sy_policy *policy,
    enum sy_method method);

/*
 * Whether a proof of this kind would count for this kind of ID at this zone and
 * purpose: to be asked before a PIN is, so that nobody types one into a card
 * that could not let him in.
 */
SY_API bool sy_policy_accepts(const struct sy_policy *policy, enum sy_zone zone,
    enum sy_purpose purpose, enum sy_kind kind, enum sy_method method,
    enum sy_origin origin, enum sy_grade grade);

/* What a new password must be. Every number is within its bounds. */
struct sy_password_policy {
	unsigned int min_length;   /* code points after NFC (UAX #15) */
	unsigned int classes;      /* 1..4 */
	unsigned int max_repeat;   /* 0: any */
	unsigned int max_sequence; /* 0: any */
	unsigned int history;      /* 0..24 */
	int64_t min_age;           /* seconds, 0: none */
	int64_t max_age;           /* seconds, 0: none */
	int64_t warn;              /* seconds before max_age */
	int64_t temporary;         /* seconds that a temporary one lives */
	bool dictionary;
};
#define SY_PASSWORD_HISTORY_MAX 24

/* How many tries there are, see the table in sanyoso-policy.conf(5). */
struct sy_lockout_policy {
	unsigned int tries;   /* 1..100 */
	int64_t lock;         /* seconds of the first timed lock */
	unsigned int locks;   /* timed locks before the help desk must open */
	unsigned int disable; /* failures in a row, 1..100 */
};

/*
 * The settings that govern; never NULL (values in range): where the file says
 * nothing, the strict defaults of sanyoso-policy.conf(5).
 */
SY_API const struct sy_password_policy *sy_policy_password(
    const struct sy_policy *policy, enum sy_kind kind);
SY_API const struct sy_lockout_policy *sy_policy_lockout(
    const struct sy_policy *policy, enum sy_kind kind, enum sy_purpose purpose);
/* The organisation's notice for a zone, "" if there is none; ${japanese}
 * chooses the language. At most SY_NOTICE_SIZE bytes with its NUL. */
#define SY_NOTICE_SIZE 1024
SY_API const char *sy_policy_notice(const struct sy_policy *policy,
    enum sy_zone zone, bool japanese);
/* What the policy says of FIDO2 keys; never NULL. */
struct sy_keys_policy {
	enum sy_attestation attestation; /* the least that is enrolled */
	bool counter_stops;              /* else an alarm alone */
};
SY_API const struct sy_keys_policy *sy_policy_keys(
    const struct sy_policy *policy);
/* Whether keys of this model may be enrolled and used: listed, or no list is
 * there, and not denied. */
SY_API bool sy_policy_allows_model(const struct sy_policy *policy,
    const uint8_t aaguid[SY_AAGUID_SIZE]);
/* Whether [keys] lists the model as one of fingerprint keys. */
SY_API bool sy_policy_is_fingerprint(const struct sy_policy *policy,
    const uint8_t aaguid[SY_AAGUID_SIZE]);
/* Whether [targets] names the person ${login}. */
SY_API bool sy_policy_grants(const struct sy_policy *policy, const char *login);
/* Whether [unattended] names the local ${account}. */
SY_API bool sy_policy_is_unattended(const struct sy_policy *policy,
    const char *account);

/* One proof that was made and verified (only verified ones are evidence). */
struct sy_proof {
	enum sy_method method;
	enum sy_origin origin;
	enum sy_grade grade;
	int64_t token;       /* token's row; 0 for password and code only */
	int64_t token_owner; /* ID's row that it belongs to; 0 likewise */
	bool token_active; /* active, within its dates, no hold; of a password:
			      issued, in force, not locked */
	int64_t verified_at; /* microseconds since 1970, when it was verified */
	int64_t nonce_at;    /* when its nonce was made */
	int64_t waited;      /* microseconds after it that the server had the
				person wait: it counts so much longer */
};
#define SY_PROOFS_MAX 8

struct sy_evidence {
	struct sy_proof proof[SY_PROOFS_MAX];
	unsigned int count;
};

/* A proof that was verified counts this long, in seconds: one login. */
#define SY_PROOF_LIFE 180
/* Seconds that the server may have a login wait, in all. */
#define SY_WAIT_MAX 300

/* The state that a decision depends on, as read in the ledger. */
struct sy_state {
	enum sy_zone zone;
	enum sy_purpose purpose;
	enum sy_kind kind;
	bool id_known;         /* there is such an ID */
	bool id_active;        /* its state is active */
	unsigned int id_holds; /* number of holds */
	int64_t id;            /* its row */
	int64_t id_valid_from; /* microseconds; 0 = no bound */
	int64_t id_valid_to;   /* exclusive; 0 = no bound */
	bool terminal_active;  /* joined, not revoked */
	bool txn_open;         /* the transaction has had no verdict yet */
	bool granted;          /* may become another account (privileged) */
};

/* Zero is deny. SY_ALLOW is assigned on one line of the product. */
enum sy_verdict {
	SY_DENY = 0,
	SY_ALLOW = 1,
};

/* Why; stored: append only. */
enum sy_reason {
	SY_REASON_NONE = 0,
	SY_REASON_ALLOWED = 1,
	SY_REASON_NO_RULE = 2,     /* no rule covers zone, purpose, kind */
	SY_REASON_CATEGORIES = 3,  /* too few distinct categories */
	SY_REASON_COMBINATION = 4, /* no allowed combination is complete */
	SY_REASON_ID_UNKNOWN = 5,
	SY_REASON_ID_STATE = 6,
	SY_REASON_ID_HELD = 7,
	SY_REASON_ID_DATES = 8,
	SY_REASON_TOKEN_STATE = 9,
	SY_REASON_TOKEN_OWNER = 10,
	SY_REASON_TERMINAL = 11,
	SY_REASON_TXN_USED = 12,
	SY_REASON_LATE = 13, /* proof older than its life, or not yet */
	SY_REASON_NO_EVIDENCE = 14,
	SY_REASON_IDENTIFIER = 15,     /* identifier cards are refused */
	SY_REASON_INPUT = 16,          /* state or evidence out of range */
	SY_REASON_NO_GRANT = 17,       /* privileged, and no grant for it */
	SY_REASON_PASSWORD_STATE = 18, /* locked, expired or not issued */
	SY_REASON_COUNT = 19,
};
SY_API const char *sy_reason_name(enum sy_reason reason);

/*
 * sy_decide(policy, state, evidence, now, ret_verdict, ret_reason,
 * ret_categories):
 * The verdict, a pure function of its arguments (${now} in microseconds).
 * ${*ret_verdict} is SY_DENY from entry on, whatever happens;
 * ${*ret_categories} the categories of all proofs that count.
 *
 * Only proofs of active tokens of this ID, and of its password while that is
 * in force, count that were verified at most SY_CHALLENGE_LIFE after their
 * nonce and at most SY_PROOF_LIFE before ${now}, besides what the server had
 * the person wait since, and that the rule takes. Others are passed over: they
 * neither help nor harm. A contractor or developer
 * without id_valid_to is outside his dates; purpose privileged needs
 * ${state->granted}.
 *
 * ${*ret_reason} is the first that applies of: INPUT, NO_RULE; TERMINAL,
 * TXN_USED, ID_UNKNOWN, ID_STATE, ID_HELD, ID_DATES, NO_GRANT; ALLOWED;
 * NO_EVIDENCE; that of the first proof that does not count, of TOKEN_OWNER,
 * TOKEN_STATE or PASSWORD_STATE, LATE, IDENTIFIER; CATEGORIES; COMBINATION.
 */
SY_API void sy_decide(const struct sy_policy *policy,
    const struct sy_state *state, const struct sy_evidence *evidence,
    int64_t now, enum sy_verdict *ret_verdict, enum sy_reason *ret_reason,
    unsigned int *ret_categories);

/* What to do next. */
struct sy_plan {
	bool possible;        /* false: no step can lead to allow; say no */
	bool complete;        /* the evidence suffices: decide now */
	unsigned int methods; /* bit 1 << enum sy_method: may be done next */
	unsigned int pin_reserve;
};

/*
 * The next step for a person of this kind at this zone and purpose who has
 * shown ${evidence}. Within a combination possession comes first; where
 * combinations begin with different methods, all are in ${methods}: the
 * person's choice; once a proof was made, only those that it belongs to go on.
 * In zone mynumber none begins with a password. Depends on
 * nothing that the person owns. Under a sound state, sy_decide allows fresh
 * evidence of the
 * person's own tokens exactly when the plan is complete, and no further proof
 * makes it allow what is not possible.
 */
SY_API void sy_plan_next(const struct sy_policy *policy, enum sy_zone zone,
    enum sy_purpose purpose, enum sy_kind kind,
    const struct sy_evidence *evidence, struct sy_plan *ret_plan);

#endif /* SY_POLICY_H */
