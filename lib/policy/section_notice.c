/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy_int.h"

/* [notice ZONE]: the organisation's words at login (LOGIN-2). */

/* "|" begins a new line; the spaces around it go. A value is part of one line
 * of the file, which is shorter than SY_NOTICE_SIZE, and gets no longer. */
static void
break_lines(const char *text, char out[SY_NOTICE_SIZE])
{
	size_t at = 0;

	for (; *text != '\0'; text++) {
		if (*text != '|') {
			out[at++] = *text;
			continue;
		}
		while (at > 0 && out[at - 1] == ' ')
			at--;
		out[at++] = '\n';
		text += strspn(text + 1, " ");
	}
	out[at] = '\0';
}

static enum sy_err
read_text(const struct sy_policy_section *s, const char *key,
    char out[SY_NOTICE_SIZE])
{
	const char *text;
	enum sy_err err;

	if ((err = sy_conf_text(s->values, key, "", &text, s->reterr)) != SY_OK)
		return err;
	if (strlen(text) >= SY_NOTICE_SIZE)
		return sy_policy_refuse(s, SY_ERR_LIMIT, key,
		    "longer than %d bytes", SY_NOTICE_SIZE - 1);
	if (sy_conf_line(s->values, key) != 0 && text[strspn(text, "| ")] == 0)
		return sy_policy_refuse(s, SY_ERR_FORMAT, key,
		    "there is no text");
	break_lines(text, out);
	return SY_OK;
}

static enum sy_err
read_notice(const struct sy_policy_section *s, struct sy_policy *policy)
{
	char(*notice)[SY_NOTICE_SIZE];
	enum sy_zone zone;
	enum sy_err err;

	if (!sy_zone_by_name(s->name, &zone))
		return sy_policy_refuse(s, SY_ERR_FORMAT, NULL,
		    "there is no such zone");
	notice = policy->notice[zone];
	if ((err = read_text(s, "en", notice[false])) != SY_OK ||
	    (err = read_text(s, "ja", notice[true])) != SY_OK)
		return err;
	/* It must be seen: who has no words in his language gets the other. */
	if (notice[false][0] == '\0')
		memcpy(notice[false], notice[true], SY_NOTICE_SIZE);
	else if (notice[true][0] == '\0')
		memcpy(notice[true], notice[false], SY_NOTICE_SIZE);
	if (notice[true][0] == '\0')
		return sy_policy_refuse(s, SY_ERR_FORMAT, NULL,
		    "neither ja nor en is there");
	return SY_OK;
}

/* The reader of the file sees to it that a zone comes once. */
enum sy_err
sy_policy_read_notices(struct sy_conf *conf, struct sy_policy *policy,
    struct sy_error *reterr)
{
	struct sy_policy_section s = { .reterr = reterr };
	enum sy_err err;

	for (size_t i = 0; sy_policy_section_at(conf, "notice", i, &s); i++) {
		if ((err = read_notice(&s, policy)) != SY_OK)
			return err;
	}
	return SY_OK;
}

const char *
sy_policy_notice(const struct sy_policy *policy, enum sy_zone zone,
    bool japanese)
{
	return (unsigned int)zone < SY_ZONE_COUNT
	    ? policy->notice[zone][japanese]
	    : "";
}
