/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_API_H
#define SY_API_H

/* Attributes shared by all public headers. */

/* Exported from libsanyoso.so; every such name stands in lib/libsanyoso.map. */
#define SY_API __attribute__((visibility("default")))
/* The result must be looked at. */
#define SY_MUST_USE __attribute__((warn_unused_result))
/* Run the double-pointer destructor ${fn} when the variable leaves scope. */
#define SY_AUTO(fn) __attribute__((cleanup(fn)))
/* printf-like: format is argument ${f}, its values start at ${a}. */
#define SY_PRINTF(f, a) __attribute__((format(printf, f, a)))

#define SY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif /* SY_API_H */
