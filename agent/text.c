/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text_int.h"

/* Told to gettext that the language has changed (its manual, "Being a gettext
 * grok"): it caches what it found. */
extern int _nl_msg_cat_cntr;

#define NUMBER_SIZE 24

static enum sy_lang default_language = SY_LANG_JA;

void
text_open(const char *localedir, enum sy_lang language)
{
	/* Debian has no ja_JP locale: this one and LANGUAGE do. */
	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		(void)setlocale(LC_ALL, "C");
	(void)bindtextdomain("sanyoso", localedir);
	(void)bind_textdomain_codeset("sanyoso", "UTF-8");
	default_language = language;
}

const char *
text_language(enum sy_lang language)
{
	if (language == SY_LANG_DEFAULT)
		language = default_language;
	return language == SY_LANG_EN ? "en" : "ja";
}

static void
switch_language(enum sy_lang language)
{
	static enum sy_lang now = SY_LANG_DEFAULT;

	if (language == SY_LANG_DEFAULT)
		language = default_language;
	if (language == now)
		return;
	if (setenv("LANGUAGE", text_language(language), 1) != 0)
		return; /* out of memory: the words stay in the other one */
	_nl_msg_cat_cntr++;
	now = language;
}

void
text_date(int64_t seconds, char out[TEXT_DATE_SIZE])
{
	const time_t t = (time_t)seconds;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(out, TEXT_DATE_SIZE, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(out, TEXT_DATE_SIZE, "-");
}

const char *
text_translate(const char *msgid)
{
	switch_language(SY_LANG_DEFAULT);
	return dgettext("sanyoso", msgid);
}

const char *
text_translate_many(const char *one, const char *many, unsigned long count)
{
	switch_language(SY_LANG_DEFAULT);
	return dngettext("sanyoso", one, many, count);
}

/* A sentence for so many as stand in it: "{number}", or else "{tries}". */
static const char *
sentence(enum text_id id, const struct text_values *v)
{
	const struct text_sentence *s = &text_sentences[id];
	unsigned long count = v->tries;

	if (s->many == NULL)
		return dgettext("sanyoso", s->one);
	if (strstr(s->one, "{number}") != NULL)
		count = v->number >= 0 ? (unsigned long)v->number : 0;
	return dngettext("sanyoso", s->one, s->many, count);
}

/* What stands for {${name}}; ${number} is room for a number. */
static const char *
value_of(const char *name, size_t len, const struct text_values *v,
    char number[NUMBER_SIZE])
{
	const struct {
		const char *name;
		const char *value;
	} all[] = {
		{ "support", v->support },
		{ "login", v->login },
		{ "name", v->name },
		{ "subject", v->subject },
		{ "issuer", v->issuer },
		{ "algorithm", v->algorithm },
		{ "date", v->date },
		{ "token", v->token },
		{ "detail", v->detail },
		{ "server", v->server },
		{ "terminal", v->terminal },
		{ "version", v->version },
	};

	(void)snprintf(number, NUMBER_SIZE, "%u", v->tries);
	if (len == strlen("tries") && strncmp(name, "tries", len) == 0)
		return number;
	if (len == strlen("number") && strncmp(name, "number", len) == 0) {
		(void)snprintf(number, NUMBER_SIZE, "%lld",
		    (long long)v->number);
		return number;
	}
	for (size_t i = 0; i < SY_COUNT(all); i++)
		if (strlen(all[i].name) == len &&
		    strncmp(all[i].name, name, len) == 0)
			return all[i].value != NULL ? all[i].value : "";
	return "";
}

/* Add ${len} bytes, as many whole characters as fit. */
static size_t
add(char *out, size_t used, const char *s, size_t len)
{
	const size_t room = SY_DIALOG_TEXT_SIZE - 1 - used;

	if (len > room) {
		len = room;
		while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out + used, s, len);
	return used + len;
}

void
text_get(enum sy_lang language, enum text_id id,
    const struct text_values *values, char out[SY_DIALOG_TEXT_SIZE])
{
	static const struct text_values nothing = { .tries = 0 };
	const char *at = "", *value;
	char number[NUMBER_SIZE];
	size_t used = 0, len;

	switch_language(language);
	if (values == NULL)
		values = &nothing;
	if (id > TEXT_NONE && id < TEXT_COUNT)
		at = sentence(id, values);
	while (*at != '\0') {
		len = strcspn(at, "{");
		used = add(out, used, at, len);
		at += len;
		if (*at == '\0')
			break;
		len = strcspn(++at, "}");
		value = value_of(at, len, values, number);
		used = add(out, used, value, strlen(value));
		at += len + (at[len] == '}' ? 1 : 0);
	}
	out[used] = '\0';
}

enum text_id
text_choose(const struct text_choice *choice, enum sy_driver driver)
{
	switch (driver) {
	case SY_DRIVER_JPKI:
		return choice->jpki;
	case SY_DRIVER_PIV:
		return choice->piv;
	case SY_DRIVER_NONE:
	case SY_DRIVER_COUNT:
	case SY_DRIVER_FIDO2:
		break;
	}
	return choice->any;
}

enum text_id
text_of_refusal(const char *reason, bool key)
{
	static const struct {
		enum sy_err code;
		enum text_id text; /* TEXT_REFUSED: the server's words alone */
		enum text_id key;  /* of a FIDO2 key */
	} texts[] = {
		{ SY_ERR_CODE, TEXT_REFUSED_CODE, TEXT_REFUSED_CODE },
		{ SY_ERR_EXPIRED, TEXT_REFUSED_CODE, TEXT_REFUSED_CODE },
		{ SY_ERR_EXISTS, TEXT_REFUSED_EXISTS, TEXT_REFUSED },
		{ SY_ERR_OWNER, TEXT_REFUSED_EXISTS, TEXT_REFUSED },
		{ SY_ERR_CERT_PATH, TEXT_REFUSED_PATH, TEXT_REFUSED },
		{ SY_ERR_CERT_DATE, TEXT_REFUSED_DATE, TEXT_REFUSED },
		{ SY_ERR_CERT_REVOKED, TEXT_REFUSED_REVOKED, TEXT_REFUSED },
		{ SY_ERR_ALGORITHM, TEXT_REFUSED_ALGORITHM, TEXT_REFUSED },
		{ SY_ERR_CERT, TEXT_REFUSED_CERT, TEXT_REFUSED },
		{ SY_ERR_SIGNATURE, TEXT_REFUSED_SIGNATURE, TEXT_REFUSED },
		{ SY_ERR_STATE, TEXT_REFUSED_STATE, TEXT_REFUSED },
		{ SY_ERR_KEY_OPEN, TEXT_KEY_OPEN, TEXT_REFUSED },
		{ SY_ERR_ATTESTATION, TEXT_REFUSED_ATTESTATION,
		    TEXT_REFUSED_ATTESTATION },
		{ SY_ERR_MODEL, TEXT_REFUSED_MODEL, TEXT_REFUSED_MODEL },
		{ SY_ERR_COUNTER, TEXT_REFUSED_COUNTER, TEXT_REFUSED_COUNTER },
		{ SY_ERR_KEY_UNFIT, TEXT_REFUSED_UNFIT, TEXT_REFUSED_UNFIT },
	};

	for (size_t i = 0; i < SY_COUNT(texts); i++)
		if (strcmp(reason, sy_err_name(texts[i].code)) == 0)
			return key ? texts[i].key : texts[i].text;
	return TEXT_REFUSED;
}
