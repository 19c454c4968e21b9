/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_PERSON_H
#define SERVER_IDENTITY_PERSON_H

#include "server/store/tables.h"

/*
 * Who somebody is, as it is registered, and when two entries are the same
 * person. All functions are thread-safe.
 */
#define PERSON_SIZE sizeof(((struct id_row *)NULL)->person)

/*
 * Name, reading and birth in one form in which spellings of the same person
 * are equal: NFKC (UAX #15: full and half width), case folded, hiragana as
 * katakana, without white space, middle dots and variation selectors. ""
 * if one of the three is missing: then nobody can be recognised by it. FORMAT
 * (broken UTF-8), LIMIT (it grew too long), NOMEM.
 */
SY_MUST_USE enum sy_err person_normal(const char *name, const char *kana,
    const char *born, char ret[PERSON_SIZE]);

/* A reading: hiragana or katakana of any width, with spaces and middle dots
 * between. */
bool person_is_kana(const char *kana);
/* "1985-04-01": a day that the calendar has, from 1900 on and not after
 * ${now} (microseconds; whatever the time zone). */
bool person_is_born(const char *born, int64_t now);

#endif /* SERVER_IDENTITY_PERSON_H */
