/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>
#include <string.h>

#include "fault.h"
#include "run.h"
#include "tests/vcard/words.h"

#define DELAY_DEFAULT   1000U
#define GARBAGE_DEFAULT 20U
#define DEEP_DEFAULT    200U
#define SHORT_DEFAULT   40U
#define LINE_MAX_CHARS  256U

static const struct {
	const char *name;
	enum vk_fault_kind kind;
} kinds[] = {
	{ "pull", VK_PULL },
	{ "pull-in", VK_PULL_IN },
	{ "pull-out", VK_PULL_OUT },
	{ "mute", VK_MUTE },
	{ "forever", VK_FOREVER },
	{ "delay", VK_DELAY },
	{ "status", VK_STATUS },
	{ "garbage", VK_GARBAGE },
	{ "cut", VK_CUT },
	{ "long", VK_LONG },
	{ "patch", VK_PATCH },
	{ "twice", VK_TWICE },
	{ "wide", VK_WIDE },
	{ "deep", VK_DEEP },
	{ "channel", VK_CHANNEL },
	{ "sequence", VK_SEQUENCE },
	{ "size", VK_SIZE },
	{ "short", VK_SHORT },
	{ "noise", VK_NOISE },
};

static enum sy_err
set_word(struct vk_fault *f, const char *name, const char *value)
{
	const struct {
		const char *name;
		int base;
		unsigned long max;
	} numeric[] = {
		{ "at", 10, 1000000 },
		{ "times", 10, 1000000 },
		{ "cmd", 16, 0xff },
		{ "sub", 16, 0xff },
		{ "ms", 10, 3600000 },
		{ "len", 10, VC_BYTES_MAX },
		{ "off", 10, VC_BYTES_MAX },
		{ "status", 16, 0xff },
	};
	unsigned long v[SY_COUNT(numeric)] = { f->at, f->times,
		(unsigned long)f->cmd, (unsigned long)f->sub, f->ms, f->len,
		f->off, f->status };
	enum sy_err err = SY_ERR_FORMAT;

	if (strcmp(name, "when") == 0) {
		f->after = strcmp(value, "after") == 0;
		return f->after || strcmp(value, "before") == 0 ? SY_OK : err;
	}
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
	f->cmd = (long)v[2];
	f->sub = (long)v[3];
	f->ms = v[4];
	f->len = v[5];
	f->off = v[6];
	f->status = (uint8_t)v[7];
	return f->at > 0 ? SY_OK : SY_ERR_FORMAT;
}

static enum sy_err
set_kind(struct vk_fault *f, const char *name)
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
vk_fault_parse(const char *text, struct vk_fault *ret)
{
	struct vk_fault f = { .at = 1,
		.times = 1,
		.cmd = -1,
		.sub = -1,
		.ms = DELAY_DEFAULT,
		.status = VK_OTHER };
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
vk_faults_add(struct vk_faults *faults, const struct vk_fault *fault)
{
	if (faults->n == VK_FAULTS_MAX)
		return SY_ERR_LIMIT;
	faults->list[faults->n++] = *fault;
	return SY_OK;
}

size_t
vk_fault_short(const struct vk_fault *fault)
{
	return fault->len > 0 ? fault->len : SHORT_DEFAULT;
}

size_t
vk_faults_shortest(const struct vk_faults *faults)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < faults->n; i++) {
		const struct vk_fault *f = &faults->list[i];

		if (f->kind == VK_SHORT && vk_fault_short(f) < least)
			least = vk_fault_short(f);
	}
	return least;
}

static bool
of_frames(const struct vk_fault *f)
{
	return f->kind == VK_PULL_IN || f->kind == VK_PULL_OUT;
}

/* Count down; true if it strikes now. Spent ones get ${at} 0. */
static bool
strikes(struct vk_fault *f)
{
	if (f->at > 1) {
		f->at--;
		return false;
	}
	if (f->times == 1)
		f->at = 0;
	else if (f->times > 1)
		f->times--;
	return true;
}

static void
drop_spent(struct vk_faults *faults)
{
	size_t kept = 0;

	for (size_t i = 0; i < faults->n; i++)
		if (faults->list[i].at > 0)
			faults->list[kept++] = faults->list[i];
	faults->n = kept;
}

bool
vk_faults_match(struct vk_faults *faults, const uint8_t *p, size_t len,
    struct vk_fault *ret)
{
	const long cmd = len > 0 ? p[0] : -1;
	const long sub = (long)vk_key_sub(p, len);
	bool found = false;

	for (size_t i = 0; i < faults->n && !found; i++) {
		struct vk_fault *f = &faults->list[i];

		if (of_frames(f) || (f->cmd >= 0 && f->cmd != cmd) ||
		    (f->sub >= 0 && f->sub != sub))
			continue;
		if ((found = strikes(f)))
			*ret = *f;
	}
	drop_spent(faults);
	return found;
}

bool
vk_faults_frame(struct vk_faults *faults, enum vk_fault_kind kind)
{
	bool found = false;

	for (size_t i = 0; i < faults->n && !found; i++)
		if (faults->list[i].kind == kind)
			found = strikes(&faults->list[i]);
	drop_spent(faults);
	return found;
}

static void
garble(struct vc_bytes *r, size_t n)
{
	r->len = n < VC_BYTES_MAX ? n : VC_BYTES_MAX;
	if (RAND_bytes(r->b, (int)r->len) != 1)
		memset(r->b, 0xa5, r->len);
	r->b[0] = VK_OK;
	/* No map: of random bytes one in two hundred is an answer. */
	if (r->len > 1)
		r->b[1] |= VK_SIMPLE << 5;
}

/* The answer's map with its first member once more in front. */
static void
double_member(struct vc_bytes *r)
{
	const struct vk_item *top;
	struct vc_bytes out;
	struct vk_doc doc;
	const uint8_t *first;
	size_t len;

	if (vk_cbor_read(r->b + 1, r->len - 1, &doc, &top) != SY_OK ||
	    top->major != VK_MAP || top->child == NULL)
		return;
	first = top->child->raw;
	len = top->child->rawlen + top->child->next->rawlen;
	vc_bytes_reset(&out);
	vc_bytes_u8(&out, r->b[0]);
	vk_cbor_head(&out, VK_MAP, top->value + 1);
	vc_bytes_raw(&out, first, len);
	vc_bytes_raw(&out, first, (size_t)(r->b + r->len - first));
	*r = out;
}

static void
insert(struct vc_bytes *r, const uint8_t *p, size_t len)
{
	struct vc_bytes out;

	vc_bytes_reset(&out);
	vc_bytes_u8(&out, r->b[0]);
	vc_bytes_raw(&out, p, len);
	vc_bytes_raw(&out, r->b + 1, r->len - 1);
	*r = out;
}

/* The head in two bytes where one would do. */
static void
widen(struct vc_bytes *r)
{
	static const uint8_t head = 0xb8;

	if (r->len < 2 || r->b[1] >> 5 != VK_MAP || (r->b[1] & 0x1f) >= 24)
		return;
	r->b[1] &= 0x1f;
	insert(r, &head, 1);
}

static void
bury(struct vc_bytes *r, size_t depth)
{
	uint8_t heads[VC_BYTES_MAX];

	memset(heads, 0x81, sizeof(heads));
	if (depth < sizeof(heads) - r->len)
		insert(r, heads, depth);
}

static void
lengthen(struct vc_bytes *r, size_t n)
{
	while (n-- > 0 && r->len < VC_BYTES_MAX)
		r->b[r->len++] = 0x00;
}

static size_t
or_default(size_t len, size_t other)
{
	return len > 0 ? len : other;
}

void
vk_fault_edit(const struct vk_fault *f, struct vc_bytes *r)
{
	switch (f->kind) {
	case VK_STATUS:
		r->b[0] = f->status;
		if (f->status != VK_OK)
			r->len = 1;
		break;
	case VK_GARBAGE:
		garble(r, or_default(f->len, GARBAGE_DEFAULT));
		break;
	case VK_CUT:
		if (or_default(f->len, 1) < r->len)
			r->len = or_default(f->len, 1);
		break;
	case VK_LONG:
		lengthen(r, or_default(f->len, 1));
		break;
	case VK_PATCH:
		if (f->off < r->len && f->patchlen <= r->len - f->off)
			memcpy(r->b + f->off, f->patch, f->patchlen);
		break;
	case VK_TWICE:
		double_member(r);
		break;
	case VK_WIDE:
		widen(r);
		break;
	case VK_DEEP:
		bury(r, or_default(f->len, DEEP_DEFAULT));
		break;
	default:
		break;
	}
}
