/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_PASSWORD_H
#define SY_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/policy.h>
#include <sanyoso/secret.h>

/*
 * Knowledge: what a password must be, and how one is kept. A password is
 * UTF-8, brought to NFC (UAX #15) before anything is done with it, so that the
 * same characters typed by another keyboard are the same password. Nothing here
 * logs or keeps one. Thread-safe, except where a function says otherwise.
 */
#define SY_PASSWORD_BYTES_MAX 1024 /* as typed, and after NFC */

/*
 * NFC of ${typed} in a new secret. FORMAT: not clean UTF-8 (a NUL or another
 * control character, half a character); LIMIT: longer than
 * SY_PASSWORD_BYTES_MAX; ARG: empty; NOMEM.
 */
SY_API SY_MUST_USE enum sy_err sy_password_normal(const struct sy_secret *typed,
    struct sy_secret **ret_normal);

/* --- rules --- */

/* The numbers travel as names and are stored in logs: append only. */
enum sy_password_rule {
	SY_PASSWORD_SHORT = 0,       /* fewer code points than min_length */
	SY_PASSWORD_LONG = 1,        /* more than can be kept */
	SY_PASSWORD_UNCLEAN = 2,     /* control characters, broken UTF-8 */
	SY_PASSWORD_CLASSES = 3,     /* too few kinds of characters */
	SY_PASSWORD_LOGIN = 4,       /* the login name is inside, or reversed */
	SY_PASSWORD_PERSONAL = 5,    /* name (also its kana or romaji), staff
					number or date of birth is inside */
	SY_PASSWORD_REPEAT = 6,      /* one character, or one short group, again
					and again */
	SY_PASSWORD_SEQUENCE = 7,    /* abcd, 9876, qwerty, あいうえ */
	SY_PASSWORD_SIMILAR = 8,     /* too much like the present one */
	SY_PASSWORD_HISTORY = 9,     /* used before (server) */
	SY_PASSWORD_DICTIONARY = 10, /* cracklib knows it */
	SY_PASSWORD_BLOCKED = 11,    /* on our list or the site's */
	SY_PASSWORD_YOUNG = 12,      /* changed too short a time ago (server) */
	SY_PASSWORD_RULES = 13,
};

/* Stable names ("short", "classes"); never NULL; and back. */
SY_API const char *sy_password_rule_name(enum sy_password_rule rule);
SY_API bool sy_password_rule_by_name(const char *name,
    enum sy_password_rule *ret);

/*
 * Whose password it is. Pieces of fewer than three characters (two, where one
 * of them is not ASCII) are not looked for: they are in many a password by
 * chance.
 */
struct sy_password_person {
	const char *login; /* never NULL */
	const char *name;  /* 氏名 as registered; "" or NULL if not known, as
			      the next ones */
	const char *kana;  /* its reading, hiragana or katakana, any width */
	const char *staff; /* staff number */
	const char *born;  /* "1985-04-01" */
};

/*
 * Words that a password may not consist of: ours and the site's. Immutable.
 *
 * Case and width of letters, katakana and hiragana, and signs for letters (0 o,
 * 1 l ! | i, 3 e, 4 @ a, 5 $ s, 7 + t) are the same. A password is blocked if
 * one or two words, found anywhere in it, leave over at most half as many
 * characters as they have themselves; digits and ASCII punctuation at its ends
 * are not counted. So Sakura2024! and tokyo-nippon are blocked; a passphrase of
 * three words of the list, or of one word and as many other letters, is not.
 */
struct sy_blocklist;
/*
 * The shipped list at ${path} (romaji and municipal words) and, if ${site} is
 * not NULL, the site's: UTF-8, one word a line, 2 to 64 characters, "#" begins
 * a comment, lines may end in CR LF. Both must be trusted files
 * (sy_safefile_read) of at most 8 MiB and 200,000 words together. A missing
 * shipped list is an error, a missing ${site} too. NOT_FOUND, PERM, IO, FORMAT
 * (line named), LIMIT, NOMEM.
 */
SY_API SY_MUST_USE enum sy_err sy_blocklist_load(const char *path,
    const char *site, struct sy_blocklist **ret_list, struct sy_error *reterr);
SY_API void sy_blocklist_free(struct sy_blocklist **list);
/* Bytes of a list, for tests and fuzzing; ${file} in messages. */
SY_API SY_MUST_USE enum sy_err sy_blocklist_parse(const char *file,
    const char *text, size_t len, struct sy_blocklist **ret_list,
    struct sy_error *reterr);

/*
 * Every rule of ${policy} that ${password} (normal form) breaks, as bits 1 <<
 * rule, but HISTORY, YOUNG and DICTIONARY. All are looked at, none hides
 * another; only what is LONG or UNCLEAN can't be looked at further. ${present}
 * is the present password in normal form, or NULL if it is not known (then
 * SIMILAR is not looked at). ${list} may be NULL.
 *
 * CLASSES	of lower, upper, digit and other; letters without case (kana,
 *		kanji) are "other".
 * LOGIN	also backwards, and with signs for letters.
 * PERSONAL	the name and its reading, whole or a part; a reading in kana,
 *		Hepburn, Kunrei or Nihon romaji, with long vowels or without
 *		(Ohno, Oono, Ono), doubled consonants or not; the staff number,
 *		also without zeros before it; the date of birth with any of
 *		-/., between its parts, in the orders of year, month and day, by
 *		era (S60, Showa 60, Heisei gannen in kanji), and alone as year,
 *		year and month, or month and day. A ${born} that is no date is
 *		not looked for.
 * REPEAT	more than max_repeat times the same character or group of up to
 *		8 in a row; or nothing but one group, again and again.
 * SEQUENCE	more than max_sequence neighbours of an alphabet, of the kana
 *		(a-i-u, i-ro-ha) or of a row of keys (US, JIS), either way.
 * SIMILAR	fewer than 4 changes, or no more than one in four characters,
 *		make it out of the present one or that backwards; one is inside
 *		the other; only digits and signs at the ends differ. Case does
 *		not matter.
 *
 * ARG: a text of ${person} is not clean UTF-8 or is longer than
 * SY_PASSWORD_BYTES_MAX, or ${present} is not in normal form; NOMEM.
 */
SY_API SY_MUST_USE enum sy_err sy_password_check(
    const struct sy_password_policy *policy,
    const struct sy_password_person *person, const struct sy_blocklist *list,
    const struct sy_secret *password, const struct sy_secret *present,
    unsigned int *ret_broken);

/*
 * Whether cracklib refuses ${password} (through libpwquality): its dictionary
 * knows it or something close to it, or it is a palindrome, too short or too
 * simple for cracklib. NOT from more than one thread at a time in the whole
 * process. cracklib and libpwquality keep copies that we cannot reach.
 *
 * NOT_FOUND: the dictionary is not installed (package cracklib-runtime); IO: it
 * is there but can't be read or is damaged, or cracklib refuses everything.
 * This is found out at each call and never told as a weak password. NOMEM.
 */
SY_API SY_MUST_USE enum sy_err sy_password_dictionary(
    const struct sy_secret *password, bool *ret_known);
/* Whether the dictionary is there and works, for checks at start: NOT_FOUND, IO
 * as above, NOMEM. From one thread at a time likewise. */
SY_API SY_MUST_USE enum sy_err sy_password_dictionary_there(
    struct sy_error *reterr);

/*
 * The rules of ${policy} that are in force and that a person has to know before
 * choosing, as words with their numbers, for the terminal to explain in the
 * person's language: "short:10 classes:3 login personal repeat:3 ...", in the
 * order of enum sy_password_rule. The number of "young" is in seconds. ${out}
 * has SY_PASSWORD_WORDS_SIZE bytes.
 */
#define SY_PASSWORD_WORDS_SIZE 256
SY_API void sy_password_rules_words(const struct sy_password_policy *policy,
    char *out);
/* The same for the rules of the set ${broken} only. */
SY_API void sy_password_broken_words(const struct sy_password_policy *policy,
    unsigned int broken, char *out);
/*
 * The next word of ${*at}, moved behind it and the space after it;
 * ${ret_number} 0 if it has none. False at the end (${**at} is NUL then) or at
 * what is no rule
 * (${*at} stays there): a list of rules is read to its end or refused.
 */
SY_API bool sy_password_words_next(const char **at, enum sy_password_rule *ret,
    int64_t *ret_number);

/* --- temporary passwords --- */

/*
 * A random password that can be read out over the telephone: 16 characters of
 * an alphabet without look-alikes, 73 bits, in groups of four joined by dashes
 * that are part of it ("h3kd-9xta-pw4m-2cry"). It passes no rules and needs
 * none: it lives for days and is changed at once. CRYPTO, NOMEM.
 */
#define SY_PASSWORD_TEMPORARY_LEN 19
SY_API SY_MUST_USE enum sy_err sy_password_temporary(
    struct sy_secret **ret_password);

/* --- hashes --- */

/* argon2id (RFC 9106), one lane. */
#define SY_HASH_SALT_SIZE    16 /* RFC 9106 section 3.1 */
#define SY_HASH_OUTPUT_SIZE  32
#define SY_HASH_MEMORY_MIN   8192    /* KiB, of one that is kept */
#define SY_HASH_MEMORY_LEAST 1024    /* KiB, of any */
#define SY_HASH_MEMORY_MAX   1048576 /* KiB */
#define SY_HASH_MEMORY       47104   /* KiB: 46 MiB, 1 pass (OWASP) */
#define SY_HASH_PASSES       1
#define SY_HASH_PASSES_MAX   16

struct sy_hash_params {
	uint32_t memory; /* KiB */
	uint32_t passes;
};

/*
 * argon2id of ${password} (normal form). The result is not stored as it is: the
 * keeper's pepper comes over it. It takes ${params->memory} while it runs and
 * gives it back: bound how many run at a time. ARG (parameters out of bounds,
 * empty password), NOMEM, CRYPTO.
 */
SY_API SY_MUST_USE enum sy_err sy_password_hash(
    const struct sy_secret *password, const struct sy_hash_params *params,
    const uint8_t salt[SY_HASH_SALT_SIZE],
    uint8_t ret_hash[SY_HASH_OUTPUT_SIZE]);

#endif /* SY_PASSWORD_H */
