/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store.h"
#include "tell.h"
#include "tests/vcard/words.h"

#define LONGEST_MS 3600000UL

void
vk_tell_counts(const struct vk_key *key, struct vc_answer *a)
{
	const struct vk_counts *c = &key->counts;
	const struct {
		const char *name;
		unsigned long value;
	} list[] = {
		{ "commands", c->commands },
		{ "pins", c->pins },
		{ "pins-wrong", c->wrong },
		{ "pins-last", c->last },
		{ "pins-set", c->set },
		{ "fingers", c->fingers },
		{ "touches", c->touches },
		{ "made", c->made },
		{ "asserted", c->asserted },
		{ "powerups", c->powerups },
		{ "resets", c->resets },
		{ "cancelled", c->cancelled },
		{ "pin-left", key->pin_left },
		{ "uv-left", key->uv_left },
		{ "counter", key->counter },
		{ "credentials", key->ncreds },
		{ "residents", vk_key_residents(key) },
	};

	for (size_t i = 0; i < SY_COUNT(list); i++)
		vc_say(a, "%s %lu\n", list[i].name, list[i].value);
}

static enum sy_err
set_odd(struct vk_odd *odd, const char *name, unsigned long v)
{
	const struct {
		const char *name;
		bool *place;
	} flags[] = {
		{ "rp", &odd->other_rp },
		{ "key", &odd->other_key },
		{ "data", &odd->other_data },
		{ "id", &odd->keeps_id },
	};

	for (size_t i = 0; i < SY_COUNT(flags); i++) {
		if (strcmp(name, flags[i].name) != 0)
			continue;
		*flags[i].place = v != 0;
		return SY_OK;
	}
	if (strcmp(name, "flags-on") == 0)
		odd->flags_on = (uint8_t)v;
	else if (strcmp(name, "flags-off") == 0)
		odd->flags_off = (uint8_t)v;
	else if (strcmp(name, "extra") == 0)
		odd->extra = (uint8_t)v;
	else if (strcmp(name, "counter") == 0) {
		odd->counter_given = true;
		odd->counter = v;
	} else
		return SY_ERR_FORMAT;
	return SY_OK;
}

/* odd none | NAME VALUE; numbers in hexadecimal where they are flags. */
static enum sy_err
take_odd(struct vk_scene *scene, char *rest)
{
	struct vk_key *key = scene->key;
	const char *name = vc_next_word(&rest);
	const char *value = vc_next_word(&rest);
	unsigned long v = 1;
	enum sy_err err;

	if (name == NULL)
		return SY_ERR_FORMAT;
	if (strcmp(name, "none") == 0) {
		memset(&key->odd, 0, sizeof(key->odd));
		return SY_OK;
	}
	if (value != NULL &&
	    (err = vc_number(value, strncmp(name, "flags", 5) == 0 ? 16 : 10,
		 UINT32_MAX, &v)) != SY_OK)
		return err;
	return set_odd(&key->odd, name, v);
}

static enum sy_err
take_firmware(struct vk_scene *scene, char *rest)
{
	struct vk_key *key = scene->key;
	const enum sy_err err =
	    vc_number(rest, 10, UINT32_MAX, &key->model.firmware);

	key->dirty = true;
	return err;
}

/* What the key keeps, as if it had been used elsewhere: a clone's. */
static enum sy_err
take_counter(struct vk_scene *scene, char *rest)
{
	struct vk_key *key = scene->key;
	unsigned long v;
	const enum sy_err err = vc_number(rest, 10, UINT32_MAX, &v);

	if (err != SY_OK)
		return err;
	key->counter = v;
	for (size_t i = 0; i < key->ncreds; i++)
		key->creds[i]->counter = v;
	key->dirty = true;
	return SY_OK;
}

static enum sy_err
take_count(char *rest, unsigned int max, unsigned int *ret)
{
	unsigned long v;
	const enum sy_err err = vc_number(rest, 10, max, &v);

	if (err == SY_OK)
		*ret = (unsigned int)v;
	return err;
}

static enum sy_err
take_tries(struct vk_scene *scene, char *rest)
{
	scene->key->dirty = true;
	return take_count(rest, VK_PIN_TRIES, &scene->key->pin_left);
}

static enum sy_err
take_uv_tries(struct vk_scene *scene, char *rest)
{
	scene->key->dirty = true;
	return take_count(rest, VK_UV_TRIES, &scene->key->uv_left);
}

/* As after authenticatorReset, without its rules. */
static enum sy_err
take_reset(struct vk_scene *scene, char *rest)
{
	(void)rest;
	vk_key_forget(scene->key);
	return SY_OK;
}

static enum sy_err
take_touch(struct vk_scene *scene, char *rest)
{
	return vk_script_set(&scene->touch, rest);
}

static enum sy_err
take_finger(struct vk_scene *scene, char *rest)
{
	return vk_script_set(&scene->finger, rest);
}

static enum sy_err
take_ms(const char *text, long long *ret)
{
	unsigned long v;
	const enum sy_err err = vc_number(text, 10, LONGEST_MS, &v);

	if (err == SY_OK)
		*ret = (long long)v;
	return err;
}

static enum sy_err
take_patience(struct vk_scene *scene, char *rest)
{
	return take_ms(rest, &scene->patience_ms);
}

static enum sy_err
take_delay(struct vk_scene *scene, char *rest)
{
	return take_ms(rest, &scene->delay_ms);
}

static enum sy_err
take_fault(struct vk_scene *scene, char *rest)
{
	struct vk_fault f;
	enum sy_err err;

	if (strcmp(rest, "none") == 0) {
		scene->faults.n = 0;
		return SY_OK;
	}
	if ((err = vk_fault_parse(rest, &f)) != SY_OK)
		return err;
	return vk_faults_add(&scene->faults, &f);
}

/* What was changed is kept, as after a command. */
static bool
keep(struct vk_key *key)
{
	if (!key->dirty || key->dirfd < 0)
		return true;
	key->dirty = vk_store_save(key, key->dirfd) != SY_OK;
	return !key->dirty;
}

bool
vk_tell(struct vk_scene *scene, const char *word, const char *rest,
    struct vc_answer *a)
{
	static const struct {
		const char *name;
		enum sy_err (*run)(struct vk_scene *, char *);
	} known[] = {
		{ "touch", take_touch },
		{ "finger", take_finger },
		{ "patience", take_patience },
		{ "delay", take_delay },
		{ "fault", take_fault },
		{ "odd", take_odd },
		{ "firmware", take_firmware },
		{ "counter", take_counter },
		{ "tries", take_tries },
		{ "uv-tries", take_uv_tries },
		{ "reset", take_reset },
	};
	char copy[VC_LINE_MAX];

	if (strlen(rest) >= sizeof(copy))
		return false;
	memcpy(copy, rest, strlen(rest) + 1);
	for (size_t i = 0; i < SY_COUNT(known); i++) {
		if (strcmp(word, known[i].name) != 0)
			continue;
		if (known[i].run(scene, copy) == SY_OK && keep(scene->key))
			vc_say(a, "ok\n");
		else
			vc_say(a, "error: not understood: %s\n", rest);
		return true;
	}
	return false;
}
