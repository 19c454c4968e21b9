/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/audit.h>
#include <sanyoso/text.h>

#define VERSION  1
#define TEXT_MAX 255

const char *
sy_outcome_name(enum sy_outcome outcome)
{
	static const char *const name[SY_OUTCOME_COUNT] = {
		[SY_OUTCOME_DONE] = "done",
		[SY_OUTCOME_ALLOW] = "allow",
		[SY_OUTCOME_DENY] = "deny",
		[SY_OUTCOME_FAILED] = "failed",
		[SY_OUTCOME_ALARM] = "alarm",
	};

	if (outcome < SY_OUTCOME_DONE || outcome >= SY_OUTCOME_COUNT)
		return "unknown";
	return name[outcome];
}

/* --- out --- */

static enum sy_err
put_text(struct sy_buf *out, const char *text)
{
	size_t len;

	if (text == NULL)
		return SY_ERR_ARG;
	len = strnlen(text, TEXT_MAX + 1);
	if (len > TEXT_MAX)
		return SY_ERR_LIMIT;
	if (!sy_text_is_clean(text, len))
		return SY_ERR_ARG;
	return sy_buf_text(out, text);
}

static enum sy_err
put_pair(struct sy_buf *out, const struct sy_audit_pair *pair,
    const struct sy_audit_pair *before)
{
	enum sy_err err;

	if (pair->key == NULL || pair->key[0] == '\0' ||
	    (before != NULL && strcmp(before->key, pair->key) >= 0))
		return SY_ERR_ARG;
	if (pair->is_text &&
	    !sy_text_is_clean((const char *)pair->value, pair->len))
		return SY_ERR_ARG;
	if ((err = put_text(out, pair->key)) != SY_OK ||
	    (err = sy_buf_u8(out, pair->is_text ? 1 : 0)) != SY_OK)
		return err;
	return sy_buf_bytes16(out, pair->value, pair->len);
}

static enum sy_err
put_record(struct sy_buf *out, const struct sy_audit_record *record)
{
	const struct sy_audit_pair *before = NULL;
	enum sy_err err;

	if ((err = sy_buf_u8(out, VERSION)) != SY_OK ||
	    (err = sy_buf_u8(out, record->clock_synced ? 1 : 0)) != SY_OK ||
	    (err = put_text(out, record->node)) != SY_OK ||
	    (err = put_text(out, record->actor)) != SY_OK ||
	    (err = put_text(out, record->terminal)) != SY_OK ||
	    (err = put_text(out, record->subject)) != SY_OK ||
	    (err = put_text(out, record->action)) != SY_OK ||
	    (err = sy_buf_u8(out, (uint8_t)record->outcome)) != SY_OK ||
	    (err = put_text(out, record->reason)) != SY_OK ||
	    (err = sy_buf_u16(out, (uint16_t)record->pair_count)) != SY_OK)
		return err;
	for (size_t i = 0; i < record->pair_count; i++) {
		if ((err = put_pair(out, &record->pairs[i], before)) != SY_OK)
			return err;
		before = &record->pairs[i];
	}
	return SY_OK;
}

enum sy_err
sy_audit_encode(const struct sy_audit_record *record, struct sy_buf *out)
{
	enum sy_err err;

	sy_buf_reset(out);
	if (record->outcome < SY_OUTCOME_DONE ||
	    record->outcome >= SY_OUTCOME_COUNT)
		return SY_ERR_ARG;
	if (record->pair_count > SY_AUDIT_PAIRS_MAX)
		return SY_ERR_LIMIT;
	if ((err = put_record(out, record)) != SY_OK)
		return err;
	return sy_buf_len(out) > SY_AUDIT_BODY_MAX ? SY_ERR_LIMIT : SY_OK;
}

/* --- back --- */

/*
 * Everything that a decoded record points to, in one block. A text takes no
 * more room here than there: its length of two bytes becomes a NUL of one.
 */
struct owner {
	struct sy_audit_pair pairs[SY_AUDIT_PAIRS_MAX];
	char text[SY_AUDIT_BODY_MAX];
};

struct source {
	struct sy_reader r;
	char *free; /* where the next text goes */
	char *end;
};

static void
owner_free(struct owner **owner)
{
	free(*owner);
}

static enum sy_err
get_text(struct source *in, const char **ret)
{
	const size_t room = (size_t)(in->end - in->free);
	enum sy_err err;

	if ((err = sy_reader_text(&in->r, in->free,
		 room > TEXT_MAX + 1 ? TEXT_MAX + 1 : room)) != SY_OK)
		return err;
	*ret = in->free;
	in->free += strlen(in->free) + 1;
	return SY_OK;
}

static enum sy_err
get_bool(struct source *in, bool *ret)
{
	uint8_t v;
	enum sy_err err;

	if ((err = sy_reader_u8(&in->r, &v)) != SY_OK)
		return err;
	if (v > 1)
		return SY_ERR_FORMAT;
	*ret = v == 1;
	return SY_OK;
}

/* Text values get a NUL too, which their length does not count. */
static enum sy_err
get_value(struct source *in, struct sy_audit_pair *pair)
{
	const size_t room = (size_t)(in->end - in->free);
	const uint8_t *view;
	enum sy_err err;

	if ((err = sy_reader_bytes16(&in->r, SY_AUDIT_BODY_MAX, &view,
		 &pair->len)) != SY_OK)
		return err;
	if (pair->len >= room ||
	    (pair->is_text && !sy_text_is_clean((const char *)view, pair->len)))
		return SY_ERR_FORMAT;
	if (pair->len > 0)
		memcpy(in->free, view, pair->len);
	in->free[pair->len] = '\0';
	pair->value = (const uint8_t *)in->free;
	in->free += pair->len + 1;
	return SY_OK;
}

static enum sy_err
get_pairs(struct source *in, struct sy_audit_pair *pairs, size_t *ret_count)
{
	uint16_t count;
	enum sy_err err;

	if ((err = sy_reader_u16(&in->r, &count)) != SY_OK)
		return err;
	if (count > SY_AUDIT_PAIRS_MAX)
		return SY_ERR_FORMAT;
	for (size_t i = 0; i < count; i++) {
		if ((err = get_text(in, &pairs[i].key)) != SY_OK ||
		    (err = get_bool(in, &pairs[i].is_text)) != SY_OK ||
		    (err = get_value(in, &pairs[i])) != SY_OK)
			return err;
		if (pairs[i].key[0] == '\0' ||
		    (i > 0 && strcmp(pairs[i - 1].key, pairs[i].key) >= 0))
			return SY_ERR_FORMAT;
	}
	*ret_count = count;
	return SY_OK;
}

static enum sy_err
get_record(struct source *in, struct sy_audit_pair *pairs,
    struct sy_audit_record *record)
{
	uint8_t version, outcome;
	enum sy_err err;

	if ((err = sy_reader_u8(&in->r, &version)) != SY_OK ||
	    (err = get_bool(in, &record->clock_synced)) != SY_OK ||
	    (err = get_text(in, &record->node)) != SY_OK ||
	    (err = get_text(in, &record->actor)) != SY_OK ||
	    (err = get_text(in, &record->terminal)) != SY_OK ||
	    (err = get_text(in, &record->subject)) != SY_OK ||
	    (err = get_text(in, &record->action)) != SY_OK ||
	    (err = sy_reader_u8(&in->r, &outcome)) != SY_OK ||
	    (err = get_text(in, &record->reason)) != SY_OK ||
	    (err = get_pairs(in, pairs, &record->pair_count)) != SY_OK ||
	    (err = sy_reader_end(&in->r)) != SY_OK)
		return err;
	if (version != VERSION || outcome < SY_OUTCOME_DONE ||
	    outcome >= SY_OUTCOME_COUNT)
		return SY_ERR_FORMAT;
	record->outcome = (enum sy_outcome)outcome;
	record->pairs = pairs;
	return SY_OK;
}

enum sy_err
sy_audit_decode(const uint8_t *data, size_t len,
    struct sy_audit_record *ret_record, void **ret_owner)
{
	SY_AUTO(owner_free) struct owner *owner = NULL;
	struct sy_audit_record record = { 0 };
	struct source in;
	enum sy_err err;

	if (len > SY_AUDIT_BODY_MAX)
		return SY_ERR_FORMAT;
	if ((owner = malloc(sizeof(*owner))) == NULL)
		return SY_ERR_NOMEM;
	sy_reader_init(&in.r, data, len);
	in.free = owner->text;
	in.end = owner->text + sizeof(owner->text);
	if ((err = get_record(&in, owner->pairs, &record)) != SY_OK)
		return err;
	*ret_record = record;
	*ret_owner = owner;
	owner = NULL;
	return SY_OK;
}
