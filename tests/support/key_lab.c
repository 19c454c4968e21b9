/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "lib/inherence/device/ctaphid.h"
#include "tests/support/key_lab.h"
#include "tests/support/unit.h"
#include "tests/vkey/run.h"

#define STEP_MS   VK_KEEPALIVE_MS
#define REPLY_MAX 258 /* that PC/SC has room for */

/* The file system passes no argument of ours. */
static struct key_lab *place;

/* --- the host: keys have their turn when somebody looks at the clock --- */

static void
give_turns(struct key_lab *lab)
{
	for (size_t i = 0; i < lab->count; i++)
		live_key_turn(&lab->key[i]);
}

static bool
is_quiet(const struct key_lab *lab)
{
	for (size_t i = 0; i < lab->count; i++) {
		if (live_key_is_quiet(&lab->key[i]))
			return true;
	}
	return false;
}

/* Whoever waits for a key that says nothing would do so in real time: other
 * programs' reports keep him from that. */
static void
stir(const struct key_lab *lab)
{
	for (size_t i = 0; i < lab->count; i++) {
		if (live_key_is_quiet(&lab->key[i]))
			live_key_stir(&lab->key[i]);
	}
}

static uint64_t
now_ms(void *arg)
{
	struct key_lab *lab = arg;

	give_turns(lab);
	if (is_quiet(lab)) {
		lab->world.sleep_ms(&lab->fake, STEP_MS);
		give_turns(lab);
		stir(lab);
	}
	return lab->fake.now;
}

static enum sy_err
wait_line(void *arg, unsigned int ms)
{
	struct key_lab *lab = arg;

	if (++lab->looks == lab->leaves_at)
		lab->fake.closed = true;
	return lab->world.wait(&lab->fake, ms);
}

/* --- hidraw.h --- */

size_t
hidraw_list(const char *sys, struct hidraw_key *out, size_t cap)
{
	size_t n = 0;

	assert_string_equal(sys, HIDRAW_SYS);
	for (size_t i = 0; i < place->count && n < cap; i++) {
		if (!place->key[i].plugged)
			continue;
		out[n].reports =
		    (struct hidraw_reports){ VK_FRAME_BYTES, VK_FRAME_BYTES };
		(void)snprintf(out[n].name, sizeof(out[n].name), "hidraw%zu",
		    i);
		(void)snprintf(out[n].product, sizeof(out[n].product), "Key %c",
		    (char)('A' + i));
		n++;
	}
	return n;
}

enum sy_err
hidraw_open(const char *dev, const char *name, int *ret_fd)
{
	const size_t i = (size_t)(name[strlen("hidraw")] - '0');

	assert_string_equal(dev, HIDRAW_DEV);
	assert_true(i < place->count);
	place->opens[i]++;
	if (place->refusals[i] > 0) {
		place->refusals[i]--;
		return place->refusal[i];
	}
	if (!place->key[i].plugged)
		return SY_ERR_CARD_GONE;
	*ret_fd = live_key_connect(&place->key[i]);
	return SY_OK;
}

/* --- the place --- */

void
lab_begin(struct key_lab *lab)
{
	memset(lab, 0, sizeof(*lab));
	fake_init(&lab->fake);
	lab->world = lab->fake.host;
	lab->fake.host.now_ms = now_ms;
	lab->fake.host.wait = wait_line;
	lab->start = (struct sy_keydevice_start){
		.usb = true, .reserve = 1, .wait_ms = 10000, .rp_id = LAB_RP
	};
	place = lab;
	/* A key that is pulled out is a socket without another end. */
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	fido_init(FIDO_DISABLE_U2F_FALLBACK);
}

void
lab_end(struct key_lab *lab)
{
	if (place == NULL)
		return;
	place = NULL;
	for (size_t i = 0; i < lab->count; i++)
		live_key_end(&lab->key[i]);
	inserted_free(&lab->card);
	fake_check_closed(&lab->fake);
}

struct live_key *
lab_add(struct key_lab *lab, const struct vk_recipe *recipe)
{
	struct live_key *live = &lab->key[lab->count];

	assert_true(lab->count < LAB_KEYS);
	live_key_start(live, recipe, &lab->fake.now);
	lab->count++;
	return live;
}

struct live_key *
lab_add_usual(struct key_lab *lab)
{
	const struct vk_recipe recipe = { .pin = LAB_PIN, .fingers = "1" };

	return lab_add(lab, &recipe);
}

static size_t
answer(struct fake *fake, const uint8_t *command, size_t len, uint8_t *reply)
{
	return inserted_transmit(((struct key_lab *)fake)->card, command, len,
	    reply, REPLY_MAX);
}

static void
on_reset(struct fake *fake)
{
	inserted_power(((struct key_lab *)fake)->card);
}

void
lab_add_card(struct key_lab *lab)
{
	lab->card = inserted_new_key(LAB_PIN);
	lab->fake.card = answer;
	lab->fake.on_reset = on_reset;
	fake_insert(&lab->fake);
}

static enum sy_err
open_key(struct key_lab *lab, size_t which, struct key **ret_key)
{
	static const struct hidraw_reports reports = { VK_FRAME_BYTES,
		VK_FRAME_BYTES };
	const char name[] = { 'h', 'i', 'd', 'r', 'a', 'w', (char)('0' + which),
		'\0' };
	struct channel *channel;
	enum sy_err err;
	int fd;

	if ((err = hidraw_open(HIDRAW_DEV, name, &fd)) != SY_OK ||
	    (err = ctaphid_new(&lab->fake.host, fd, &reports, &channel)) !=
		SY_OK)
		return err;
	return key_open(channel, "Key", false, ret_key);
}

enum sy_err
lab_open(struct key_lab *lab, struct key **ret_key)
{
	return open_key(lab, 0, ret_key);
}

struct key *
lab_opened(struct key_lab *lab)
{
	struct key *key = NULL;

	assert_int_equal(lab_open(lab, &key), SY_OK);
	assert_non_null(key);
	return key;
}

/* --- credentials --- */

struct sy_secret *
lab_secret(const char *text)
{
	const size_t len = text == NULL ? 0 : strlen(text);
	struct sy_secret *secret = NULL;

	assert_int_equal(sy_secret_new(SY_KEYDEVICE_PIN_MAX, &secret), SY_OK);
	if (len > 0)
		assert_int_equal(sy_secret_append(secret, text, len), SY_OK);
	return secret;
}

void
lab_enrol(struct key_lab *lab, struct key *key, bool resident)
{
	SY_AUTO(sy_keydevice_make_clear)
	struct sy_keydevice_make in = { .uv = SY_KEY_UV_PIN,
		.resident = resident,
		.handle = { 0x11 },
		.login = "taro",
		.name = "Taro",
		.pin = lab_secret(LAB_PIN) };
	const struct sy_keydevice_start none = { .rp_id = LAB_RP };
	static struct sy_keydevice_made made;
	uint8_t tries;

	if (!key->found.pin_set)
		in.uv = SY_KEY_UV_NONE;
	assert_int_equal(key_make(key, &none, &in, &made, &tries), SY_OK);
	lab->start.credentials[lab->start.credential_count++] = key->made;
}

void
lab_enrol_on(struct key_lab *lab, size_t which)
{
	struct key *key = NULL;

	assert_int_equal(open_key(lab, which, &key), SY_OK);
	lab_enrol(lab, key, false);
	key_free(&key);
}

static EVP_PKEY *
find_public(const struct live_key *live, const struct sy_credential_id *id)
{
	for (size_t i = 0; i < live->key->ncreds; i++) {
		if (id->len == VK_ID_BYTES &&
		    memcmp(live->key->creds[i]->id, id->id, VK_ID_BYTES) == 0)
			return live->key->creds[i]->pkey;
	}
	return NULL;
}

bool
lab_is_signed(const struct live_key *live,
    const struct sy_keydevice_signed *out, const uint8_t hash[32])
{
	EVP_PKEY *public = find_public(live, &out->credential);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	assert_non_null(ctx);
	good = public != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, public) == 1 &&
	    EVP_DigestVerifyUpdate(ctx, out->authdata, out->authdata_len) ==
		1 &&
	    EVP_DigestVerifyUpdate(ctx, hash, VK_HASH_BYTES) == 1 &&
	    EVP_DigestVerifyFinal(ctx, out->signature, out->signature_len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

/* --- what happens when --- */

void
lab_pull(struct fake *fake)
{
	live_key_pull(&((struct key_lab *)fake)->key[0]);
}

void
lab_plug(struct fake *fake)
{
	live_key_plug(&((struct key_lab *)fake)->key[0]);
}
