/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "script.h"
#include "tests/vcard/words.h"

#define TEXT_MAX    512U
#define PATIENCE_MS 30000

static const struct {
	const char *name;
	struct vk_word word;
} known[] = {
	{ "yes", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x00 } } },
	{ "right", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x00 } } },
	{ "wrong", { VK_ACT_TOUCH, { VK_STRANGER, 0x00 } } },
	{ "no", { VK_ACT_REFUSE, { 0, 0 } } },
	{ "wait", { VK_ACT_WAIT, { 0, 0 } } },
	{ "none", { VK_ACT_NONE, { 0, 0 } } },
	/* lastEnrollSampleStatus, CTAP 2.1 section 6.7.4 */
	{ "too-high", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x01 } } },
	{ "too-low", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x02 } } },
	{ "too-left", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x03 } } },
	{ "too-right", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x04 } } },
	{ "too-fast", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x05 } } },
	{ "too-slow", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x06 } } },
	{ "poor", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x07 } } },
	{ "skewed", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x08 } } },
	{ "short", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x09 } } },
	{ "merge", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x0a } } },
	{ "exists", { VK_ACT_TOUCH, { VK_ANY_FINGER, 0x0b } } },
};

void
vk_script_reset(struct vk_script *s)
{
	s->words[0] = known[0].word;
	s->n = 1;
	s->at = 0;
}

static enum sy_err
take(const char *text, struct vk_word *ret)
{
	unsigned long number;

	for (size_t i = 0; i < SY_COUNT(known); i++) {
		if (strcmp(text, known[i].name) == 0) {
			*ret = known[i].word;
			return SY_OK;
		}
	}
	if (vc_number(text, 10, 9, &number) != SY_OK)
		return SY_ERR_FORMAT;
	*ret = (struct vk_word){ VK_ACT_TOUCH, { (int)number, 0 } };
	return SY_OK;
}

enum sy_err
vk_script_set(struct vk_script *s, const char *text)
{
	struct vk_script fresh = { .n = 0 };
	char copy[TEXT_MAX], *rest = copy, *word;
	enum sy_err err;

	if (strlen(text) >= sizeof(copy))
		return SY_ERR_LIMIT;
	memcpy(copy, text, strlen(text) + 1);
	while ((word = vc_next_word(&rest)) != NULL) {
		if (fresh.n == VK_SCRIPT_MAX)
			return SY_ERR_LIMIT;
		if ((err = take(word, &fresh.words[fresh.n++])) != SY_OK)
			return err;
	}
	if (fresh.n == 0)
		return SY_ERR_FORMAT;
	*s = fresh;
	return SY_OK;
}

const struct vk_word *
vk_script_now(const struct vk_script *s)
{
	return &s->words[s->at];
}

void
vk_script_used(struct vk_script *s)
{
	if (s->at + 1 < s->n)
		s->at++;
}

void
vk_scene_reset(struct vk_scene *scene, struct vk_key *key)
{
	scene->key = key;
	scene->faults.n = 0;
	scene->patience_ms = PATIENCE_MS;
	scene->delay_ms = 0;
	vk_script_reset(&scene->touch);
	vk_script_reset(&scene->finger);
}

bool
vk_scene_acts(const struct vk_scene *scene, struct vk_script *script,
    long long waited, enum vk_deed *ret, struct vk_touch *ret_touch)
{
	const struct vk_word word = *vk_script_now(script);
	const bool idle = word.act == VK_ACT_WAIT || word.act == VK_ACT_NONE;

	if (waited >= scene->patience_ms)
		*ret = VK_TIMED_OUT;
	else if (idle || waited < scene->delay_ms)
		return false;
	else
		*ret = word.act == VK_ACT_TOUCH ? VK_DID : VK_REFUSED;
	*ret_touch = word.touch;
	vk_script_used(script);
	return true;
}
