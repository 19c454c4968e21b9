/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/key_kinds.h"

void
kind_usual(struct vk_key *key)
{
	(void)key;
}

void
kind_pinless(struct vk_key *key)
{
	key->has_pin = false;
}

void
kind_without_pins(struct vk_key *key)
{
	kind_pinless(key);
	key->model.pin = false;
}

void
kind_fingerless(struct vk_key *key)
{
	for (size_t i = 0; i < VK_FINGERS_MAX; i++)
		key->fingers[i].used = false;
}

void
kind_without_sensor(struct vk_key *key)
{
	kind_fingerless(key);
	key->model.sensor = false;
}

void
kind_bare(struct vk_key *key)
{
	kind_pinless(key);
	kind_fingerless(key);
}

void
kind_finger_only(struct vk_key *key)
{
	key->model.finger_only = true;
}

void
kind_spent(struct vk_key *key)
{
	key->pin_left = 1;
}

void
kind_blocked(struct vk_key *key)
{
	key->pin_left = 0;
}

void
kind_preview(struct vk_key *key)
{
	key->model.final = false;
}

void
kind_final(struct vk_key *key)
{
	key->model.preview = false;
}

void
kind_old(struct vk_key *key)
{
	kind_preview(key);
	key->model.old = true;
}
