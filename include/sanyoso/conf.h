/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_CONF_H
#define SY_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/*
 * A strict reader of INI text: "[section]" or "[section name]", "key = value",
 * comments on lines of their own that begin with "#" or ";". Lines up to 1023
 * bytes of clean UTF-8, without tabs; a value runs to the end of its line,
 * trimmed, without quoting. Duplicate sections or keys, a key before the first
 * section, a line that is neither, and any key that nobody asked for are errors
 * that name the file and line. Not thread-safe.
 */
struct sy_conf;

#define SY_CONF_SIZE_MAX (256 * 1024)

/* Parse ${len} bytes; ${file} is used in messages only. FORMAT, LIMIT, NOMEM.
 */
SY_API SY_MUST_USE enum sy_err sy_conf_parse(const char *file, const char *text,
    size_t len, struct sy_conf **ret_conf, struct sy_error *reterr);

/*
 * Open ${path} with sy_safefile_read's checks and parse it. IO, NOT_FOUND,
 * PERM (owner or mode is unsafe), FORMAT, LIMIT, NOMEM.
 */
SY_API SY_MUST_USE enum sy_err sy_conf_load(const char *path,
    struct sy_conf **ret_conf, struct sy_error *reterr);

SY_API void sy_conf_free(struct sy_conf **conf);

/*
 * The ${i}-th section of type ${section} (its first word) in file order, or
 * NULL. ret_name gets the rest after the first word, "" if none; where it is
 * NULL, only a section without such a rest is meant. Marks the section as
 * known.
 */
struct sy_conf_section;
SY_API struct sy_conf_section *sy_conf_section(struct sy_conf *conf,
    const char *section, size_t i, const char **ret_name);

/*
 * Typed values of ${key} in ${s} (NULL ${s}: as if absent). Absent gives ${def}
 * and SY_OK; a NULL ${def} for text makes the key mandatory. A value that is
 * not of the type or out of range is SY_ERR_FORMAT with its line. Each call
 * marks the key as known. Texts belong to the conf. Numbers are decimal without
 * leading zeros; truth is "yes" or "no".
 */
SY_API SY_MUST_USE enum sy_err sy_conf_text(struct sy_conf_section *s,
    const char *key, const char *def, const char **ret,
    struct sy_error *reterr);
SY_API SY_MUST_USE enum sy_err sy_conf_int(struct sy_conf_section *s,
    const char *key, int64_t def, int64_t min, int64_t max, int64_t *ret,
    struct sy_error *reterr);
SY_API SY_MUST_USE enum sy_err sy_conf_bool(struct sy_conf_section *s,
    const char *key, bool def, bool *ret, struct sy_error *reterr);
/* A whole number with the unit s, m, h or d, in seconds. */
SY_API SY_MUST_USE enum sy_err sy_conf_seconds(struct sy_conf_section *s,
    const char *key, int64_t def, int64_t min, int64_t max, int64_t *ret,
    struct sy_error *reterr);
/* The line of ${key}, for messages of the caller's own checks; 0 if absent.
 * NULL: the line of the section itself. */
SY_API unsigned int sy_conf_line(const struct sy_conf_section *s,
    const char *key);
/* The file's name for messages. */
SY_API const char *sy_conf_file(const struct sy_conf *conf);

/* SY_ERR_FORMAT naming the first section or key that nobody asked for. */
SY_API SY_MUST_USE enum sy_err sy_conf_end(const struct sy_conf *conf,
    struct sy_error *reterr);

#endif /* SY_CONF_H */
