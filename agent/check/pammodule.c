/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/check/pammodule.h"

static const struct {
	const char *name;
	enum pammodule module;
} modules[] = {
	{ "pam_sanyoso.so", PAMMODULE_SANYOSO },
	{ "pam_deny.so", PAMMODULE_DENY },
	{ "pam_unix.so", PAMMODULE_PASSWORD },
	{ "pam_rootok.so", PAMMODULE_ROOTOK },
	{ "pam_succeed_if.so", PAMMODULE_GUARD },
};

/* The module's name, if it is the one of libpam's own directory. */
static const char *
base_name(const char *path, const char *dir)
{
	const size_t len = strlen(dir);

	if (strchr(path, '/') == NULL)
		return path;
	if (strncmp(path, dir, len) == 0 && path[len] == '/' &&
	    strchr(path + len + 1, '/') == NULL)
		return path + len + 1;
	return "";
}

static bool
has_our_socket(const struct pamfile_line *line, const char *socket)
{
	static const char name[] = "socket=";

	for (size_t i = 0; i < line->arg_count; i++)
		if (strncmp(line->args[i], name, strlen(name)) == 0 &&
		    strcmp(line->args[i] + strlen(name), socket) != 0)
			return false;
	return true;
}

/* Where a person must sit at the machine itself (or its serial line). */
static bool
is_console(const char *name, size_t len)
{
	static const char *const starts[] = { "tty", "ttyS", "hvc" };

	if (len > 5 && strncmp(name, "/dev/", 5) == 0) {
		name += 5;
		len -= 5;
	}
	if (len == strlen("console") && strncmp(name, "console", len) == 0)
		return true;
	for (size_t i = 0; i < SY_COUNT(starts); i++) {
		const size_t n = strlen(starts[i]);

		if (len > n && len <= n + 2 &&
		    strncmp(name, starts[i], n) == 0 &&
		    strspn(name + n, "0123456789") >= len - n)
			return true;
	}
	return false;
}

/* A list "a:b:c" of consoles. */
static bool
are_consoles(const char *list)
{
	for (;;) {
		const size_t len = strcspn(list, ":");

		if (!is_console(list, len))
			return false;
		if (list[len] == '\0')
			return true;
		list += len + 1;
	}
}

static bool
is_option(const char *word)
{
	static const char *const quiet[] = { "debug", "quiet", "quiet_fail",
		"quiet_success", "audit" };

	for (size_t i = 0; i < SY_COUNT(quiet); i++)
		if (strcmp(word, quiet[i]) == 0)
			return true;
	return false;
}

/* "user = NAME" and "tty in LIST", in any order, with options that only change
 * what is logged. Anything else is not known to be narrow. */
static const char *
guarded_account(const struct pamfile_line *line)
{
	const char *user = NULL;
	bool tty = false;
	size_t i = 0;

	while (i < line->arg_count) {
		const char *const *a = &line->args[i];

		if (is_option(a[0])) {
			i++;
			continue;
		}
		if (i + 3 > line->arg_count)
			return NULL;
		if (strcmp(a[0], "user") == 0 && strcmp(a[1], "=") == 0 &&
		    user == NULL)
			user = a[2];
		else if (strcmp(a[0], "tty") == 0 &&
		    (strcmp(a[1], "in") == 0 || strcmp(a[1], "=") == 0) &&
		    are_consoles(a[2]))
			tty = true;
		else
			return NULL;
		i += 3;
	}
	return tty ? user : NULL;
}

static enum pammodule
module_of(const struct pamfile_line *line, const char *dir)
{
	const char *name = base_name(line->name, dir);

	if (line->kind != PAMFILE_MODULE)
		return PAMMODULE_OTHER;
	for (size_t i = 0; i < SY_COUNT(modules); i++)
		if (strcmp(name, modules[i].name) == 0)
			return modules[i].module;
	return PAMMODULE_OTHER;
}

const char *
pammodule_guarded(const struct pamfile_line *line,
    const struct pamwalk_rules *rules)
{
	return module_of(line, rules->module_dir) == PAMMODULE_GUARD
	    ? guarded_account(line)
	    : NULL;
}

enum pammodule
pammodule_of(const struct pamfile_line *line, const struct pamwalk_rules *rules,
    bool *foreign)
{
	const enum pammodule module = module_of(line, rules->module_dir);
	const char *account;

	if (module == PAMMODULE_SANYOSO &&
	    !has_our_socket(line, rules->socket)) {
		*foreign = true;
		return PAMMODULE_OTHER;
	}
	if (module != PAMMODULE_GUARD)
		return module;
	account = guarded_account(line);
	return account != NULL && rules->break_glass[0] != '\0' &&
		strcmp(account, rules->break_glass) == 0
	    ? PAMMODULE_GUARD
	    : PAMMODULE_OTHER;
}
