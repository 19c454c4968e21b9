/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "vkey_drive.h"

#define PADDED_PIN 64
#define FLAGS_AT   32
#define COUNTER_AT 33

static enum vk_deed
deed(struct rig *rig, struct vk_script *script, struct vk_touch *ret)
{
	enum vk_deed d;

	if (!vk_scene_acts(&rig->scene, script, 0, &d, ret)) {
		vk_script_used(script);
		return VK_TIMED_OUT;
	}
	return d;
}

static enum vk_deed
touch(void *ctx)
{
	struct rig *rig = ctx;
	struct vk_touch unused;

	return deed(rig, &rig->scene.touch, &unused);
}

static enum vk_deed
finger(void *ctx, struct vk_touch *ret)
{
	struct rig *rig = ctx;

	return deed(rig, &rig->scene.finger, ret);
}

static long long
now_ms(void *ctx)
{
	return ((struct rig *)ctx)->now;
}

static struct rig *
make_rig(bool sensor)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	const struct vk_recipe recipe = { .pin = RIG_PIN,
		.fingers = sensor ? "1" : NULL };

	assert_non_null(rig);
	assert_int_equal(vk_key_new(&rig->key), SY_OK);
	assert_int_equal(vk_key_new(&rig->platform), SY_OK);
	vk_model_default(&rig->key->model);
	rig->key->model.attestation = VK_SELF;
	rig->key->model.sensor = sensor;
	assert_int_equal(vk_create(rig->key, &recipe, NULL), SY_OK);
	vk_scene_reset(&rig->scene, rig->key);
	rig->key->person = (struct vk_person){ rig, touch, finger, now_ms };
	rig->protocol = 2;
	vk_key_power(rig->key);
	return rig;
}

struct rig *
rig_new(void)
{
	return make_rig(false);
}

struct rig *
rig_new_sensor(void)
{
	return make_rig(true);
}

void
rig_free(struct rig **rig)
{
	vk_key_free(&(*rig)->key);
	vk_key_free(&(*rig)->platform);
	free(*rig);
	*rig = NULL;
}

int
rig_setup(void **state)
{
	*state = rig_new();
	return 0;
}

int
rig_setup_sensor(void **state)
{
	*state = rig_new_sensor();
	return 0;
}

int
rig_teardown(void **state)
{
	rig_free((struct rig **)state);
	return 0;
}

void
rig_does(struct rig *rig, const char *touch_words, const char *finger_words)
{
	if (touch_words != NULL)
		assert_int_equal(vk_script_set(&rig->scene.touch, touch_words),
		    SY_OK);
	if (finger_words != NULL)
		assert_int_equal(vk_script_set(&rig->scene.finger,
				     finger_words),
		    SY_OK);
}

uint8_t
rig_send(struct rig *rig, const void *p, size_t len)
{
	struct vc_bytes all;

	vk_key_run(rig->key, p, len, &all);
	assert_true(all.len >= 1);
	vc_bytes_reset(&rig->reply);
	vc_bytes_raw(&rig->reply, all.b + 1, all.len - 1);
	/* An error has nothing behind it. */
	assert_true(all.b[0] == VK_OK || all.len == 1);
	return all.b[0];
}

uint8_t
rig_map(struct rig *rig, uint8_t code, unsigned int n,
    const struct vc_bytes *members)
{
	struct vc_bytes all;

	vc_bytes_reset(&all);
	vc_bytes_u8(&all, code);
	vk_cbor_head(&all, VK_MAP, n);
	vc_bytes_raw(&all, members->b, members->len);
	assert_false(all.bad);
	return rig_send(rig, all.b, all.len);
}

const struct vk_item *
rig_member(struct rig *rig, int64_t key)
{
	static struct vk_doc doc;
	const struct vk_item *top;

	assert_int_equal(vk_cbor_read(rig->reply.b, rig->reply.len, &doc, &top),
	    SY_OK);
	return vk_cbor_int(top, key);
}

static void
put_pair(struct vc_bytes *o, int64_t key, int64_t value)
{
	vk_cbor_put_int(o, key);
	vk_cbor_put_int(o, value);
}

static void
put_bytes(struct vc_bytes *o, int64_t key, const struct vc_bytes *value)
{
	vk_cbor_put_int(o, key);
	vk_cbor_put_bytes(o, value->b, value->len);
}

/* 1: protocol, 2: subcommand. */
static void
begin(const struct rig *rig, int64_t sub, struct vc_bytes *o)
{
	vc_bytes_reset(o);
	put_pair(o, 1, rig->protocol);
	put_pair(o, 2, sub);
}

/* Agree on a secret; member 3 of the next command. */
static void
agree(struct rig *rig)
{
	struct vc_bytes o;

	begin(rig, 2, &o);
	assert_int_equal(rig_map(rig, VK_PIN, 2, &o), VK_OK);
	assert_int_equal(vk_shared_make(rig->platform, rig->protocol,
			     rig_member(rig, 1), &rig->shared),
	    VK_OK);
}

static void
put_agreement(const struct rig *rig, struct vc_bytes *o)
{
	vk_cbor_put_int(o, 3);
	vk_agree_put(rig->platform, o);
}

static struct vc_bytes
mac(const struct rig *rig, const uint8_t *key, const void *p, size_t len)
{
	uint8_t full[SHA256_DIGEST_LENGTH];
	struct vc_bytes r;

	assert_non_null(HMAC(EVP_sha256(), key, VK_HASH_BYTES, p, len, full,
	    NULL));
	vc_bytes_reset(&r);
	vc_bytes_raw(&r, full, rig->protocol == 1 ? 16 : sizeof(full));
	return r;
}

static struct vc_bytes
sealed_hash(const struct rig *rig, const char *pin)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	struct vc_bytes r;

	SHA256((const unsigned char *)pin, strlen(pin), hash);
	vc_bytes_reset(&r);
	assert_true(vk_shared_encrypt(&rig->shared, hash, VK_PIN_HASH, &r));
	return r;
}

static struct vc_bytes
sealed_pin(const struct rig *rig, const char *pin)
{
	uint8_t padded[PADDED_PIN] = { 0 };
	struct vc_bytes r;

	assert_true(strlen(pin) <= sizeof(padded));
	memcpy(padded, pin, strlen(pin));
	vc_bytes_reset(&r);
	assert_true(vk_shared_encrypt(&rig->shared, padded, sizeof(padded),
	    &r));
	return r;
}

static void
take_token(struct rig *rig)
{
	const struct vk_item *sealed = rig_member(rig, 2);
	struct vc_bytes plain;

	assert_non_null(sealed);
	vc_bytes_reset(&plain);
	assert_true(vk_shared_decrypt(&rig->shared, sealed, &plain));
	assert_int_equal(plain.len, sizeof(rig->token));
	memcpy(rig->token, plain.b, sizeof(rig->token));
}

/* 9: permissions, 10: RP id. */
static void
put_permissions(unsigned int permissions, struct vc_bytes *o)
{
	put_pair(o, 9, permissions);
	vk_cbor_put_int(o, 10);
	vk_cbor_put_text(o, RIG_RP);
}

uint8_t
rig_pin(struct rig *rig, const char *pin, unsigned int permissions)
{
	struct vc_bytes o, sealed;
	uint8_t st;

	agree(rig);
	sealed = sealed_hash(rig, pin);
	begin(rig, 9, &o);
	put_agreement(rig, &o);
	put_bytes(&o, 6, &sealed);
	put_permissions(permissions, &o);
	if ((st = rig_map(rig, VK_PIN, 6, &o)) == VK_OK)
		take_token(rig);
	return st;
}

uint8_t
rig_finger(struct rig *rig, unsigned int permissions)
{
	struct vc_bytes o;
	uint8_t st;

	agree(rig);
	begin(rig, 6, &o);
	put_agreement(rig, &o);
	put_permissions(permissions, &o);
	if ((st = rig_map(rig, VK_PIN, 5, &o)) == VK_OK)
		take_token(rig);
	return st;
}

uint8_t
rig_set_pin(struct rig *rig, const char *pin)
{
	struct vc_bytes o, sealed, proof;

	agree(rig);
	sealed = sealed_pin(rig, pin);
	proof = mac(rig, rig->shared.hmac, sealed.b, sealed.len);
	begin(rig, 3, &o);
	put_agreement(rig, &o);
	put_bytes(&o, 4, &proof);
	put_bytes(&o, 5, &sealed);
	return rig_map(rig, VK_PIN, 5, &o);
}

uint8_t
rig_change_pin(struct rig *rig, const char *old, const char *fresh)
{
	struct vc_bytes o, sealed, hash, both, proof;

	agree(rig);
	sealed = sealed_pin(rig, fresh);
	hash = sealed_hash(rig, old);
	both = sealed;
	vc_bytes_raw(&both, hash.b, hash.len);
	proof = mac(rig, rig->shared.hmac, both.b, both.len);
	begin(rig, 4, &o);
	put_agreement(rig, &o);
	put_bytes(&o, 4, &proof);
	put_bytes(&o, 5, &sealed);
	put_bytes(&o, 6, &hash);
	return rig_map(rig, VK_PIN, 6, &o);
}

unsigned int
rig_tries(struct rig *rig, bool *ret_power)
{
	struct vc_bytes o;
	int64_t tries = -1;

	begin(rig, 1, &o);
	assert_int_equal(rig_map(rig, VK_PIN, 2, &o), VK_OK);
	assert_true(vk_cbor_number(rig_member(rig, 3), &tries));
	*ret_power = rig_member(rig, 4)->value == 21;
	return (unsigned int)tries;
}

static const uint8_t client_hash[VK_HASH_BYTES] = { 0x11, 0x22 };

/* Options ${at}, then the two members of a token behind them. */
static unsigned int
put_with(const struct rig *rig, enum rig_with with, bool resident, int64_t at,
    struct vc_bytes *o)
{
	const unsigned int noptions = (unsigned int)resident + (with == RIG_UV);
	struct vc_bytes proof;

	if (noptions > 0) {
		vk_cbor_put_int(o, at);
		vk_cbor_head(o, VK_MAP, noptions);
	}
	if (resident) {
		vk_cbor_put_text(o, "rk");
		vk_cbor_put_bool(o, true);
	}
	if (with == RIG_UV) {
		vk_cbor_put_text(o, "uv");
		vk_cbor_put_bool(o, true);
	}
	if (with != RIG_TOKEN)
		return noptions > 0;
	proof = mac(rig, rig->token, client_hash, sizeof(client_hash));
	put_bytes(o, at + 1, &proof);
	put_pair(o, at + 2, rig->protocol);
	return 2U + (noptions > 0);
}

static void
put_algorithms(struct vc_bytes *o)
{
	vk_cbor_put_int(o, 4);
	vk_cbor_head(o, VK_ARRAY, 1);
	vk_cbor_head(o, VK_MAP, 2);
	vk_cbor_put_text(o, "alg");
	vk_cbor_put_int(o, VK_ES256);
	vk_cbor_put_text(o, "type");
	vk_cbor_put_text(o, "public-key");
}

uint8_t
rig_make(struct rig *rig, enum rig_with with, bool resident)
{
	struct vc_bytes o;
	unsigned int n;
	uint8_t st;

	vc_bytes_reset(&o);
	vk_cbor_put_int(&o, 1);
	vk_cbor_put_bytes(&o, client_hash, sizeof(client_hash));
	vk_cbor_put_int(&o, 2);
	vk_cbor_head(&o, VK_MAP, 1);
	vk_cbor_put_text(&o, "id");
	vk_cbor_put_text(&o, RIG_RP);
	vk_cbor_put_int(&o, 3);
	vk_cbor_head(&o, VK_MAP, 2);
	vk_cbor_put_text(&o, "id");
	vk_cbor_put_bytes(&o, "taro", 4);
	vk_cbor_put_text(&o, "name");
	vk_cbor_put_text(&o, "Taro");
	put_algorithms(&o);
	n = put_with(rig, with, resident, 7, &o);
	st = rig_map(rig, VK_MAKE, 4 + n, &o);
	if (st == VK_OK)
		memcpy(rig->id, rig->key->creds[rig->key->ncreds - 1]->id,
		    sizeof(rig->id));
	return st;
}

uint8_t
rig_assert(struct rig *rig, enum rig_with with, bool listed)
{
	struct vc_bytes o;
	unsigned int n;

	vc_bytes_reset(&o);
	vk_cbor_put_int(&o, 1);
	vk_cbor_put_text(&o, RIG_RP);
	vk_cbor_put_int(&o, 2);
	vk_cbor_put_bytes(&o, client_hash, sizeof(client_hash));
	if (listed) {
		vk_cbor_put_int(&o, 3);
		vk_cbor_head(&o, VK_ARRAY, 1);
		vk_cbor_head(&o, VK_MAP, 2);
		vk_cbor_put_text(&o, "id");
		vk_cbor_put_bytes(&o, rig->id, sizeof(rig->id));
		vk_cbor_put_text(&o, "type");
		vk_cbor_put_text(&o, "public-key");
	}
	n = put_with(rig, with, false, 5, &o);
	return rig_map(rig, VK_ASSERT, 2 + n + listed, &o);
}

static const uint8_t *
auth_data(struct rig *rig)
{
	const struct vk_item *item = rig_member(rig, 2);

	assert_true(vk_cbor_is(item, VK_BYTES) && item->value >= 37);
	return item->data;
}

uint8_t
rig_flags(struct rig *rig)
{
	return auth_data(rig)[FLAGS_AT];
}

unsigned long
rig_counter(struct rig *rig)
{
	const uint8_t *p = auth_data(rig) + COUNTER_AT;

	return (unsigned long)p[0] << 24 | (unsigned long)p[1] << 16 |
	    (unsigned long)p[2] << 8 | p[3];
}
