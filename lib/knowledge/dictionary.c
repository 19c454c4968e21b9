/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include <pwquality.h>

#include "lib/knowledge/knowledge_int.h"

/* Where Debian's cracklib-runtime puts it; the name is that of three files. */
#define DICTIONARY "/var/cache/cracklib/cracklib_dict"

/*
 * cracklib answers "error loading dictionary" in the place where it names the
 * weakness of a password, in the language of the locale. So one that nobody can
 * find weak is tried: if cracklib refuses it too, it is cracklib that fails.
 */
static const char strong[] = "vK7.qzR2-wXp9:hTj4";
/* And one that every dictionary has. */
static const char weak[] = "password";

static const char *const files[] = { DICTIONARY ".pwd", DICTIONARY ".pwi",
	DICTIONARY ".hwm" };

static void
settings_free(pwquality_settings_t **settings)
{
	pwquality_free_settings(*settings);
	*settings = NULL;
}

/* Settings under which libpwquality asks cracklib, and does what it can't be
 * told to leave: lengths below six, and palindromes. */
static enum sy_err
new_settings(pwquality_settings_t **ret)
{
	SY_AUTO(settings_free)
	pwquality_settings_t *settings = pwquality_default_settings();

	if (settings == NULL)
		return SY_ERR_NOMEM;
	if (pwquality_set_str_value(settings, PWQ_SETTING_DICT_PATH,
		DICTIONARY) != 0)
		return SY_ERR_NOMEM;
	/* It raises what is too low to its own least. */
	if (pwquality_set_int_value(settings, PWQ_SETTING_DICT_CHECK, 1) != 0 ||
	    pwquality_set_int_value(settings, PWQ_SETTING_MIN_LENGTH, 0) != 0)
		return SY_ERR_INTERNAL;
	*ret = settings;
	settings = NULL;
	return SY_OK;
}

/* What libpwquality says of ${password}. */
static enum sy_err
ask(const char *password, bool *ret_known)
{
	SY_AUTO(settings_free) pwquality_settings_t *settings = NULL;
	enum sy_err err;
	int score;

	if ((err = new_settings(&settings)) != SY_OK)
		return err;
	score = pwquality_check(settings, password, NULL, NULL, NULL);
	if (score == PWQ_ERROR_MEM_ALLOC)
		return SY_ERR_NOMEM;
	/* Every other refusal is one of the password. */
	*ret_known = score < 0;
	return SY_OK;
}

static enum sy_err
check_files(struct sy_error *reterr)
{
	for (size_t i = 0; i < SY_COUNT(files); i++) {
		if (access(files[i], R_OK) == 0)
			continue;
		return sy_error_set(reterr,
		    errno == ENOENT || errno == ENOTDIR ? SY_ERR_NOT_FOUND
							: SY_ERR_IO,
		    files[i], "%m; package cracklib-runtime brings it");
	}
	return SY_OK;
}

/* Whether cracklib tells ${strong} from ${weak}. */
static enum sy_err
check_answers(struct sy_error *reterr)
{
	bool known = false;
	enum sy_err err;

	if ((err = ask(weak, &known)) != SY_OK)
		return sy_error_set(reterr, err, DICTIONARY, "%s",
		    sy_err_text(err));
	if (!known)
		return sy_error_set(reterr, SY_ERR_IO, DICTIONARY,
		    "damaged: it does not know \"%s\"", weak);
	if ((err = ask(strong, &known)) != SY_OK)
		return sy_error_set(reterr, err, DICTIONARY, "%s",
		    sy_err_text(err));
	if (known)
		return sy_error_set(reterr, SY_ERR_IO, DICTIONARY,
		    "cracklib refuses every password: it is damaged, or our "
		    "user id is in no passwd");
	return SY_OK;
}

enum sy_err
sy_password_dictionary_there(struct sy_error *reterr)
{
	enum sy_err err;

	if ((err = check_files(reterr)) != SY_OK)
		return err;
	return check_answers(reterr);
}

enum sy_err
sy_password_dictionary(const struct sy_secret *password, bool *ret_known)
{
	SY_AUTO(sy_secret_free) struct sy_secret *text = NULL;
	const size_t len = sy_secret_len(password);
	bool known = false;
	enum sy_err err;

	if ((err = sy_secret_new(len + 1, &text)) != SY_OK ||
	    (err = sy_secret_append(text, sy_secret_bytes(password), len)) !=
		SY_OK ||
	    (err = sy_secret_append(text, "", 1)) != SY_OK ||
	    (err = sy_password_dictionary_there(NULL)) != SY_OK ||
	    (err = ask((const char *)sy_secret_bytes(text), &known)) != SY_OK)
		return err;
	/* The files are made anew once a day, and a refusal may come from their
	 * being away just then. */
	if (known && (err = sy_password_dictionary_there(NULL)) != SY_OK)
		return err;
	*ret_known = known;
	return SY_OK;
}
