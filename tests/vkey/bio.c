/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>
#include <string.h>

#include "run.h"

/* authenticatorBioEnrollment, CTAP 2.1 section 6.7. */

#define MODALITY_FINGER 0x01
#define KIND_TOUCH      1
#define NAME_BYTES      32
#define SAMPLE_NOBODY   0x0d /* CTAP2_ENROLL_FEEDBACK_NO_USER_ACTIVITY */

enum { P_MODALITY = 1, P_SUB, P_PARAMS, P_GET_MODALITY = 6 };
enum {
	R_MODALITY = 1,
	R_KIND,
	R_SAMPLES,
	R_ID,
	R_STATUS,
	R_LEFT,
	R_LIST,
	R_NAME_BYTES
};
enum { A_ID = 1, A_NAME };

static void
put_number(int key, int64_t v, struct vc_bytes *out)
{
	vk_cbor_put_int(out, key);
	vk_cbor_put_int(out, v);
}

static uint8_t
modality(struct vc_bytes *out)
{
	vk_cbor_head(out, VK_MAP, 1);
	put_number(R_MODALITY, MODALITY_FINGER, out);
	return VK_OK;
}

static uint8_t
sensor(const struct vk_key *key, struct vc_bytes *out)
{
	vk_cbor_head(out, VK_MAP, 3);
	put_number(R_KIND, KIND_TOUCH, out);
	put_number(R_SAMPLES, key->model.samples, out);
	put_number(R_NAME_BYTES, NAME_BYTES, out);
	return VK_OK;
}

static struct vk_finger *
free_place(struct vk_key *key)
{
	for (size_t i = 0; i < VK_FINGERS_MAX; i++)
		if (!key->fingers[i].used)
			return &key->fingers[i];
	return NULL;
}

static struct vk_finger *
finger_by_id(struct vk_key *key, const struct vk_item *args)
{
	const struct vk_item *id = vk_cbor_int(args, A_ID);

	if (!vk_cbor_is(id, VK_BYTES) || id->value != sizeof(key->learning.id))
		return NULL;
	for (size_t i = 0; i < VK_FINGERS_MAX; i++)
		if (key->fingers[i].used &&
		    memcmp(key->fingers[i].id, id->data,
			sizeof(key->learning.id)) == 0)
			return &key->fingers[i];
	return NULL;
}

/* All samples are there: learn the finger. */
static uint8_t
learn(struct vk_key *key)
{
	struct vk_finger *place = free_place(key);

	if (place == NULL)
		return VK_FINGERS_FULL;
	*place = key->learning;
	key->learning.used = false;
	key->uv_left = VK_UV_TRIES;
	key->dirty = true;
	return VK_OK;
}

/* One sample; what is said of it goes into ${ret}. */
static uint8_t
capture(struct vk_key *key, uint8_t *ret)
{
	struct vk_touch touch = { VK_ANY_FINGER, 0 };
	const enum vk_deed deed = key->person.finger(key->person.ctx, &touch);

	if (deed == VK_TIMED_OUT) {
		*ret = SAMPLE_NOBODY;
		return VK_OK;
	}
	if (deed != VK_DID) {
		key->learning.used = false;
		return vk_deed_status(key, deed);
	}
	*ret = touch.sample;
	if (touch.sample != 0)
		return VK_OK;
	if (touch.finger >= 0)
		key->learning.number = touch.finger;
	key->samples_left--;
	return key->samples_left == 0 ? learn(key) : VK_OK;
}

static uint8_t
begin(struct vk_key *key, struct vc_bytes *out)
{
	uint8_t sample = 0, st;

	if (free_place(key) == NULL)
		return VK_FINGERS_FULL;
	key->learning = (struct vk_finger){ .used = true };
	if (RAND_bytes(key->learning.id, sizeof(key->learning.id)) != 1)
		return VK_OTHER;
	key->samples_left = key->model.samples;
	if ((st = capture(key, &sample)) != VK_OK)
		return st;
	vk_cbor_head(out, VK_MAP, 3);
	vk_cbor_put_int(out, R_ID);
	vk_cbor_put_bytes(out, key->learning.id, sizeof(key->learning.id));
	put_number(R_STATUS, sample, out);
	put_number(R_LEFT, key->samples_left, out);
	return VK_OK;
}

static uint8_t
next_sample(struct vk_key *key, const struct vk_item *args,
    struct vc_bytes *out)
{
	const struct vk_item *id = vk_cbor_int(args, A_ID);
	uint8_t sample = 0, st;

	if (!key->learning.used)
		return VK_NOT_ALLOWED;
	if (!vk_cbor_is(id, VK_BYTES) ||
	    id->value != sizeof(key->learning.id) ||
	    memcmp(id->data, key->learning.id, sizeof(key->learning.id)) != 0)
		return VK_BAD_OPTION;
	if ((st = capture(key, &sample)) != VK_OK)
		return st;
	vk_cbor_head(out, VK_MAP, 2);
	put_number(R_STATUS, sample, out);
	put_number(R_LEFT, key->samples_left, out);
	return VK_OK;
}

static uint8_t
list(const struct vk_key *key, struct vc_bytes *out)
{
	unsigned int n = 0;

	for (size_t i = 0; i < VK_FINGERS_MAX; i++)
		n += key->fingers[i].used;
	if (n == 0)
		return VK_BAD_OPTION;
	vk_cbor_head(out, VK_MAP, 1);
	vk_cbor_put_int(out, R_LIST);
	vk_cbor_head(out, VK_ARRAY, n);
	for (size_t i = 0; i < VK_FINGERS_MAX; i++) {
		const struct vk_finger *f = &key->fingers[i];

		if (!f->used)
			continue;
		vk_cbor_head(out, VK_MAP, 2);
		vk_cbor_put_int(out, A_ID);
		vk_cbor_put_bytes(out, f->id, sizeof(f->id));
		vk_cbor_put_int(out, A_NAME);
		vk_cbor_put_text(out, f->name);
	}
	return VK_OK;
}

static uint8_t
rename_finger(struct vk_key *key, const struct vk_item *args)
{
	struct vk_finger *f = finger_by_id(key, args);
	const struct vk_item *name = vk_cbor_int(args, A_NAME);

	if (vk_cbor_int(args, A_ID) == NULL || name == NULL)
		return VK_MISSING;
	if (f == NULL)
		return VK_BAD_OPTION;
	if (!vk_cbor_is(name, VK_TEXT))
		return VK_BAD_TYPE;
	if (name->value > NAME_BYTES)
		return VK_BAD_LENGTH;
	vk_copy_text(name, f->name, sizeof(f->name));
	key->dirty = true;
	return VK_OK;
}

static uint8_t
remove_finger(struct vk_key *key, const struct vk_item *args)
{
	struct vk_finger *f = finger_by_id(key, args);

	if (f == NULL)
		return VK_BAD_OPTION;
	memset(f, 0, sizeof(*f));
	key->dirty = true;
	return VK_OK;
}

/* modality, subCommand and subCommandParams are under the token. */
static uint8_t
authorised(struct vk_key *key, const struct vk_item *map, int64_t sub)
{
	struct vc_bytes head;

	vc_bytes_reset(&head);
	vc_bytes_u8(&head, MODALITY_FINGER);
	vc_bytes_u8(&head, (unsigned int)sub);
	return vk_token_covers(key, map, P_PARAMS, VK_MAY_BIO, &head);
}

static uint8_t
run_sub(struct vk_key *key, const struct vk_item *args, int64_t sub,
    struct vc_bytes *out)
{
	switch (sub) {
	case 1:
		return begin(key, out);
	case 2:
		return next_sample(key, args, out);
	case 4:
		return list(key, out);
	case 5:
		return rename_finger(key, args);
	case 6:
		return remove_finger(key, args);
	default:
		return VK_BAD_SUBCOMMAND;
	}
}

uint8_t
vk_bio(struct vk_key *key, const struct vk_item *map, struct vc_bytes *out)
{
	int64_t sub, kind;
	uint8_t st;

	if (!key->model.sensor)
		return VK_BAD_COMMAND;
	if (vk_cbor_int(map, P_GET_MODALITY) != NULL)
		return modality(out);
	if (!vk_cbor_number(vk_cbor_int(map, P_SUB), &sub))
		return VK_MISSING;
	if (vk_cbor_number(vk_cbor_int(map, P_MODALITY), &kind) &&
	    kind != MODALITY_FINGER)
		return VK_BAD_PARAMETER;
	if (sub == 7)
		return sensor(key, out);
	if (sub == 3) {
		key->learning.used = false;
		return VK_OK;
	}
	if ((st = authorised(key, map, sub)) != VK_OK)
		return st;
	return run_sub(key, vk_cbor_int(map, P_PARAMS), sub, out);
}
