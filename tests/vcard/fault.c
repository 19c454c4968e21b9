/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>
#include <string.h>

#include "fault.h"
#include "words.h"

#define DELAY_DEFAULT   1000U
#define GARBAGE_DEFAULT 20U
#define LONG_DEFAULT    2000U
#define SHORT_DEFAULT   1U
#define LINE_MAX_CHARS  256U

static const struct {
	const char *name;
	enum vc_fault_kind kind;
} kinds[] = {
	{ "pull", VC_PULL },
	{ "mute", VC_MUTE },
	{ "reset", VC_RESET },
	{ "delay", VC_DELAY },
	{ "garbage", VC_GARBAGE },
	{ "long", VC_LONG },
	{ "short", VC_SHORT },
	{ "sw", VC_SW },
	{ "patch", VC_PATCH },
	{ "lie", VC_LIE },
};

static enum sy_err
set_when(struct vc_fault *f, const char *value)
{
	f->after = strcmp(value, "after") == 0;
	return f->after || strcmp(value, "before") == 0 ? SY_OK : SY_ERR_FORMAT;
}

static enum sy_err
set_word(struct vc_fault *f, const char *name, const char *value)
{
	const struct {
		const char *name;
		int base;
		unsigned long max;
	} numeric[] = {
		{ "at", 10, 1000000 },
		{ "times", 10, 1000000 },
		{ "ms", 10, 3600000 },
		{ "len", 10, VC_BYTES_MAX - 2 },
		{ "off", 10, VC_BYTES_MAX },
		{ "by", 10, 0xffff },
		{ "ins", 16, 0xff },
		{ "sw", 16, 0xffff },
		{ "min", 10, VC_BYTES_MAX },
	};
	unsigned long v[SY_COUNT(numeric)] = { f->at, f->times, f->ms, f->len,
		f->off, f->by, (unsigned long)f->ins, f->sw, f->min };
	enum sy_err err = SY_ERR_FORMAT;

	if (strcmp(name, "when") == 0)
		return set_when(f, value);
	if (strcmp(name, "hex") == 0)
		return vc_hex_get(value, f->patch, sizeof(f->patch),
		    &f->patchlen);
	for (size_t i = 0; i < SY_COUNT(numeric); i++)
		if (strcmp(name, numeric[i].name) == 0)
			err = vc_number(value, numeric[i].base, numeric[i].max,
			    &v[i]);
	if (err != SY_OK)
		return err;
	f->at = v[0];
	f->times = v[1];
	f->ms = v[2];
	f->len = v[3];
	f->off = v[4];
	f->by = v[5];
	f->ins = (long)v[6];
	f->sw = (uint16_t)v[7];
	f->min = v[8];
	return f->at > 0 ? SY_OK : SY_ERR_FORMAT;
}

static enum sy_err
set_kind(struct vc_fault *f, const char *name)
{
	for (size_t i = 0; name != NULL && i < SY_COUNT(kinds); i++) {
		if (strcmp(name, kinds[i].name) == 0) {
			f->kind = kinds[i].kind;
			return SY_OK;
		}
	}
	return SY_ERR_FORMAT;
}

enum sy_err
vc_fault_parse(const char *text, struct vc_fault *ret)
{
	struct vc_fault f = { .at = 1,
		.times = 1,
		.ins = -1,
		.by = 1,
		.ms = DELAY_DEFAULT,
		.sw = SW_FAILED };
	char line[LINE_MAX_CHARS], *rest = line, *word, *value;
	enum sy_err err;

	if (strlen(text) >= sizeof(line))
		return SY_ERR_FORMAT;
	memcpy(line, text, strlen(text) + 1);
	if ((err = set_kind(&f, vc_next_word(&rest))) != SY_OK)
		return err;
	while ((word = vc_next_word(&rest)) != NULL) {
		if ((value = strchr(word, '=')) == NULL)
			return SY_ERR_FORMAT;
		*value++ = '\0';
		if ((err = set_word(&f, word, value)) != SY_OK)
			return err;
	}
	*ret = f;
	return SY_OK;
}

enum sy_err
vc_faults_add(struct vc_faults *faults, const struct vc_fault *fault)
{
	if (faults->n == VC_FAULTS_MAX)
		return SY_ERR_LIMIT;
	faults->list[faults->n++] = *fault;
	return SY_OK;
}

bool
vc_faults_match(struct vc_faults *faults, const uint8_t *p, size_t len,
    struct vc_fault *ret)
{
	bool found = false;
	size_t kept = 0;

	for (size_t i = 0; i < faults->n; i++) {
		struct vc_fault *f = &faults->list[i];
		bool spent = false;

		if (len >= f->min &&
		    (f->ins < 0 || (len > 1 && p[1] == f->ins))) {
			if (f->at > 1) {
				f->at--;
			} else if (!found) {
				found = true;
				*ret = *f;
				spent = f->times == 1;
				if (f->times > 1)
					f->times--;
			}
		}
		if (!spent)
			faults->list[kept++] = *f;
	}
	faults->n = kept;
	return found;
}

/* Make the first length field larger than the truth. */
static void
lie(struct vc_bytes *r, unsigned long by)
{
	size_t at = 1;
	unsigned long v;

	if (r->len > 2 && (r->b[0] & 0x1f) == 0x1f)
		at = 2;
	if (at + 2 < r->len && r->b[at] == 0x82) {
		v = ((unsigned long)r->b[at + 1] << 8 | r->b[at + 2]) + by;
		r->b[at + 1] = (uint8_t)(v >> 8);
		r->b[at + 2] = (uint8_t)v;
		return;
	}
	if (at + 1 < r->len && r->b[at] == 0x81)
		at++;
	if (at < r->len)
		r->b[at] = (uint8_t)(r->b[at] + by);
}

/* Put ${n} bytes between the data and the status word. */
static void
lengthen(struct vc_bytes *r, size_t n)
{
	const uint8_t sw[2] = { r->b[r->len - 2], r->b[r->len - 1] };

	r->len -= 2;
	for (size_t i = 0; i < n && r->len < VC_BYTES_MAX - 2; i++)
		r->b[r->len++] = 0xa5;
	vc_bytes_raw(r, sw, sizeof(sw));
}

static void
garble(struct vc_bytes *r, size_t n)
{
	r->len = n < VC_BYTES_MAX ? n : VC_BYTES_MAX;
	/* Unlike random bytes these are never a good status word. */
	if (RAND_bytes(r->b, (int)r->len) != 1)
		memset(r->b, 0xa5, r->len);
	r->b[r->len - 1] = 0x5a;
}

void
vc_fault_edit(const struct vc_fault *f, struct vc_bytes *r)
{
	size_t n;

	switch (f->kind) {
	case VC_GARBAGE:
		garble(r, f->len > 0 ? f->len : GARBAGE_DEFAULT);
		break;
	case VC_LONG:
		lengthen(r, f->len > 0 ? f->len : LONG_DEFAULT);
		break;
	case VC_SHORT:
		n = f->len > 0 ? f->len : SHORT_DEFAULT;
		r->len = n < r->len ? n : r->len;
		break;
	case VC_SW:
		r->b[r->len - 2] = (uint8_t)(f->sw >> 8);
		r->b[r->len - 1] = (uint8_t)f->sw;
		break;
	case VC_PATCH:
		if (f->off < r->len && f->patchlen <= r->len - f->off)
			memcpy(r->b + f->off, f->patch, f->patchlen);
		break;
	case VC_LIE:
		lie(r, f->by);
		break;
	case VC_PULL:
	case VC_MUTE:
	case VC_RESET:
	case VC_DELAY:
		break;
	}
}
