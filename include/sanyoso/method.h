/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_METHOD_H
#define SY_METHOD_H

#include <stdbool.h>

#include <sanyoso/err.h>

/*
 * What a person does (method), what that proves (categories), how we know what
 * the device is (origin) and which category it was (grade). The numbers are
 * stored in logs: append only. All functions are pure and thread-safe.
 */
enum sy_method {
	SY_METHOD_NONE = 0,
	SY_METHOD_PASSWORD = 1,
	SY_METHOD_CARD = 2,      /* key usable without PIN */
	SY_METHOD_CARD_PIN = 3,  /* key that the card releases after its PIN */
	SY_METHOD_CARD_MAC = 4,  /* MAC with a diversified key */
	SY_METHOD_CARD_ID = 5,   /* an identifier that can be copied */
	SY_METHOD_FIDO2 = 6,     /* user presence */
	SY_METHOD_FIDO2_UV = 7,  /* user verification, PIN or finger unknown */
	SY_METHOD_FIDO2_BIO = 8, /* built-in fingerprint */
	SY_METHOD_CODE = 9,      /* help desk's code: no category */
	SY_METHOD_COUNT = 10,
};

/* A set of categories; SY_CATEGORY_EITHER is knowledge or inherence, nobody
 * can say which. */
enum sy_category {
	SY_CATEGORY_KNOWLEDGE = 1,
	SY_CATEGORY_POSSESSION = 2,
	SY_CATEGORY_INHERENCE = 4,
	SY_CATEGORY_EITHER = 8,
};

enum sy_origin {
	SY_ORIGIN_UNPROVEN = 0,
	SY_ORIGIN_ISSUER = 1,       /* certificate path to a configured CA, and
				       the key refused to sign without PIN */
	SY_ORIGIN_PERSONALISED = 2, /* key made on the card by us */
	SY_ORIGIN_ATTESTED = 3,     /* verified attestation */
	SY_ORIGIN_COUNT = 4,
};

enum sy_grade {
	SY_GRADE_NONE = 0,
	SY_GRADE_SIGNED = 1,
	SY_GRADE_MANAGED = 2,
	SY_GRADE_TERMINAL = 3,
	SY_GRADE_COUNT = 4,
};

/* Stable names as in policy files and logs ("card-pin"); never NULL. */
SY_API const char *sy_method_name(enum sy_method method);
SY_API const char *sy_origin_name(enum sy_origin origin);
SY_API const char *sy_grade_name(enum sy_grade grade);
/* "knowledge+possession", ... into ${out} of SY_CATEGORIES_SIZE bytes. */
#define SY_CATEGORIES_SIZE 64
SY_API void sy_categories_name(unsigned int categories, char *out);
/* SY_METHOD_NONE, -1 as bool false, if there is no such name. */
SY_API bool sy_method_by_name(const char *name, enum sy_method *ret);
SY_API bool sy_origin_by_name(const char *name, enum sy_origin *ret);
SY_API bool sy_grade_by_name(const char *name, enum sy_grade *ret);

/*
 * The categories that a verified proof counts for. A second category from one
 * device needs a proven origin; fido2-bio needs a grade too. Anything out of
 * range counts for nothing.
 */
SY_API unsigned int sy_method_categories(enum sy_method method,
    enum sy_origin origin, enum sy_grade grade);

/* How many distinct factors a set surely holds: EITHER adds one only where
 * neither knowledge nor inherence is in the set. */
SY_API unsigned int sy_categories_count(unsigned int categories);

#endif /* SY_METHOD_H */
