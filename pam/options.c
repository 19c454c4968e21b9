/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include <sanyoso/dialog.h>
#include <sanyoso/policy.h>

#include "pam/options.h"

struct word {
	const char *name;
	uint8_t value;
};

static const struct word purposes[] = {
	{ "login", SY_PURPOSE_LOGIN },
	{ "unlock", SY_PURPOSE_UNLOCK },
	{ "privileged", SY_PURPOSE_PRIVILEGED },
	{ "remote", SY_PURPOSE_REMOTE },
	{ "operator", SY_PURPOSE_OPERATOR },
};

static const struct word langs[] = {
	{ "ja", SY_LANG_JA },
	{ "en", SY_LANG_EN },
};

static bool
find_word(const struct word *words, size_t count, const char *name,
    uint8_t *ret)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i].name, name) == 0) {
			*ret = words[i].value;
			return true;
		}
	}
	return false;
}

/* An absolute path without empty, "." or ".." components. */
static bool
is_plain_path(const char *path)
{
	if (*path != '/')
		return false;
	while (*path == '/') {
		const char *part = path + 1;
		const size_t len = strcspn(part, "/");

		if (len == 0 || (len == 1 && part[0] == '.') ||
		    (len == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		path = part + len;
	}
	return true;
}

static bool
read_socket(const char *value, struct sy_pam_options *options)
{
	const size_t len = strlen(value);

	if (len >= sizeof(options->socket) || !is_plain_path(value))
		return false;
	memcpy(options->socket, value, len + 1);
	return true;
}

static bool
read_purpose(const char *value, struct sy_pam_options *options)
{
	return find_word(purposes, SY_COUNT(purposes), value,
	    &options->purpose);
}

static bool
read_lang(const char *value, struct sy_pam_options *options)
{
	return find_word(langs, SY_COUNT(langs), value, &options->lang);
}

static bool
read_identify(const char *value, struct sy_pam_options *options)
{
	options->identify = true;
	return strcmp(value, "card") == 0;
}

static bool
read_silent(const char *value, struct sy_pam_options *options)
{
	options->loud = true;
	return strcmp(value, "ignore") == 0;
}

static bool
read_wait(const char *value, struct sy_pam_options *options)
{
	options->enter = true;
	return strcmp(value, "enter") == 0;
}

static bool
read_texts(const char *value, struct sy_pam_options *options)
{
	options->together = true;
	return strcmp(value, "together") == 0;
}

static bool
read_timeout(const char *value, struct sy_pam_options *options)
{
	unsigned int seconds = 0;

	if (*value < '1' || *value > '9')
		return false;
	for (; *value >= '0' && *value <= '9'; value++) {
		seconds = seconds * 10 + (unsigned int)(*value - '0');
		if (seconds > SY_PAM_TIMEOUT_MAX)
			return false;
	}
	if (*value != '\0' || seconds < SY_PAM_TIMEOUT_MIN)
		return false;
	options->timeout = seconds;
	return true;
}

static const struct option {
	const char *name; /* with its "=" */
	bool (*read)(const char *value, struct sy_pam_options *options);
} known[] = {
	{ "socket=", read_socket },
	{ "purpose=", read_purpose },
	{ "lang=", read_lang },
	{ "identify=", read_identify },
	{ "silent=", read_silent },
	{ "timeout=", read_timeout },
	{ "wait=", read_wait },
	{ "texts=", read_texts },
};

static enum sy_err
read_one(const char *arg, struct sy_pam_options *options, unsigned int *seen,
    struct sy_error *reterr)
{
	for (size_t i = 0; i < SY_COUNT(known); i++) {
		const size_t len = strlen(known[i].name);

		if (strncmp(arg, known[i].name, len) != 0)
			continue;
		if ((*seen >> i & 1) != 0)
			return sy_error_set(reterr, SY_ERR_FORMAT, arg,
			    "option is given twice");
		*seen |= 1U << i;
		if (!known[i].read(arg + len, options))
			return sy_error_set(reterr, SY_ERR_FORMAT, arg,
			    "option has a bad value");
		return SY_OK;
	}
	return sy_error_set(reterr, SY_ERR_FORMAT, arg, "unknown option");
}

enum sy_err
sy_pam_options_read(int argc, const char **argv,
    struct sy_pam_options *ret_options, struct sy_error *reterr)
{
	struct sy_pam_options options = { .socket = SY_PAM_SOCKET,
		.purpose = SY_PURPOSE_LOGIN,
		.lang = SY_LANG_DEFAULT,
		.timeout = SY_PAM_TIMEOUT };
	unsigned int seen = 0;
	enum sy_err err;

	for (int i = 0; i < argc; i++)
		if ((err = read_one(argv[i], &options, &seen, reterr)) != SY_OK)
			return err;
	*ret_options = options;
	return SY_OK;
}
