/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "store.h"

#define RESET_WINDOW_MS 10000 /* CTAP 2.1 section 6.6, step 3 */
#define PIN_MIN         4U

enum sy_err
vk_key_new(struct vk_key **ret)
{
	struct vk_key *key = calloc(1, sizeof(*key));
	enum sy_err err;

	if (key == NULL)
		return SY_ERR_NOMEM;
	if ((err = vk_agree_new(key)) != SY_OK) {
		free(key);
		return err;
	}
	key->dirfd = -1;
	key->pin_left = VK_PIN_TRIES;
	key->pin_min = PIN_MIN;
	key->uv_left = VK_UV_TRIES;
	*ret = key;
	return SY_OK;
}

void
vk_cred_free(struct vk_cred **cred)
{
	if (*cred == NULL)
		return;
	EVP_PKEY_free((*cred)->pkey);
	free(*cred);
	*cred = NULL;
}

static void
free_creds(struct vk_key *key)
{
	while (key->ncreds > 0)
		vk_cred_free(&key->creds[--key->ncreds]);
}

void
vk_key_free(struct vk_key **key)
{
	if (*key == NULL)
		return;
	free_creds(*key);
	EVP_PKEY_free((*key)->agree);
	EVP_PKEY_free((*key)->attest);
	free(*key);
	*key = NULL;
}

static void
drop_walks(struct vk_key *key)
{
	key->next.walk.n = 0;
	key->rps.n = 0;
	key->in_rp.n = 0;
}

void
vk_key_power(struct vk_key *key)
{
	key->pin_row = 0;
	memset(&key->token, 0, sizeof(key->token));
	key->learning.used = false;
	drop_walks(key);
	key->powered_ms = key->person.now_ms(key->person.ctx);
	/* Without a fresh one nothing can be agreed: a dead key. */
	if (vk_agree_new(key) != SY_OK)
		key->pin_left = 0;
}

void
vk_key_forget(struct vk_key *key)
{
	free_creds(key);
	drop_walks(key);
	memset(key->pin_hash, 0, sizeof(key->pin_hash));
	memset(key->fingers, 0, sizeof(key->fingers));
	memset(&key->token, 0, sizeof(key->token));
	key->learning.used = false;
	key->has_pin = key->pin_change = key->always_uv = false;
	key->pin_left = VK_PIN_TRIES;
	key->pin_row = 0;
	key->pin_points = 0;
	key->pin_min = PIN_MIN;
	key->nmin_rps = 0;
	key->uv_left = VK_UV_TRIES;
	key->dirty = true;
}

enum sy_err
vk_key_add(struct vk_key *key, struct vk_cred *cred)
{
	if (key->ncreds == VK_CREDS_MAX)
		return SY_ERR_LIMIT;
	key->creds[key->ncreds++] = cred;
	key->dirty = true;
	return SY_OK;
}

void
vk_key_remove(struct vk_key *key, size_t at)
{
	vk_cred_free(&key->creds[at]);
	key->ncreds--;
	memmove(&key->creds[at], &key->creds[at + 1],
	    (key->ncreds - at) * sizeof(key->creds[0]));
	key->dirty = true;
}

size_t
vk_key_residents(const struct vk_key *key)
{
	size_t n = 0;

	for (size_t i = 0; i < key->ncreds; i++)
		n += key->creds[i]->resident;
	return n < VK_RESIDENT_MAX ? n : VK_RESIDENT_MAX;
}

static uint8_t
reset(struct vk_key *key, const struct vk_item *map, struct vc_bytes *out)
{
	const long long now = key->person.now_ms(key->person.ctx);
	uint8_t st;

	(void)map;
	(void)out;
	if (now - key->powered_ms > RESET_WINDOW_MS)
		return VK_NOT_ALLOWED;
	if ((st = vk_touched(key)) != VK_OK)
		return st;
	vk_key_forget(key);
	key->counts.resets++;
	return VK_OK;
}

static uint8_t
selection(struct vk_key *key, const struct vk_item *map, struct vc_bytes *out)
{
	(void)map;
	(void)out;
	return vk_touched(key);
}

struct command {
	enum vk_command code;
	int64_t sub; /* the member that names the subcommand, 0 = none */
	bool final, preview; /* only where the model has these */
	uint8_t (*run)(struct vk_key *, const struct vk_item *,
	    struct vc_bytes *);
};

static const struct command commands[] = {
	{ VK_MAKE, 0, false, false, vk_make },
	{ VK_ASSERT, 0, false, false, vk_assert },
	{ VK_INFO, 0, false, false, vk_info },
	{ VK_PIN, 2, false, false, vk_pin },
	{ VK_RESET, 0, false, false, reset },
	{ VK_NEXT, 0, false, false, vk_next },
	{ VK_BIO, 2, true, false, vk_bio },
	{ VK_CREDS, 1, true, false, vk_creds },
	{ VK_SELECTION, 0, false, false, selection },
	{ VK_CONFIG, 1, true, false, vk_config },
	{ VK_BIO_PREVIEW, 2, false, true, vk_bio },
	{ VK_CREDS_PREVIEW, 1, false, true, vk_creds },
};

static const struct command *
find_command(const struct vk_key *key, uint8_t code)
{
	for (size_t i = 0; i < SY_COUNT(commands); i++) {
		const struct command *c = &commands[i];

		if (c->code != code)
			continue;
		if ((c->final && !key->model.final) ||
		    (c->preview && !key->model.preview))
			return NULL;
		return c;
	}
	return NULL;
}

unsigned int
vk_key_sub(const uint8_t *p, size_t len)
{
	const struct vk_item *map;
	struct vk_doc doc;
	int64_t sub;

	for (size_t i = 0; len > 1 && i < SY_COUNT(commands); i++)
		if (commands[i].code == p[0] && commands[i].sub != 0 &&
		    vk_cbor_read(p + 1, len - 1, &doc, &map) == SY_OK &&
		    vk_cbor_number(vk_cbor_int(map, commands[i].sub), &sub))
			return (unsigned int)sub & 0xff;
	return 0;
}

/* "Next" commands go on only directly after the one before. */
static void
interrupt_walks(struct vk_key *key, uint8_t code)
{
	if (code != VK_NEXT)
		key->next.walk.n = 0;
	if (code != VK_CREDS && code != VK_CREDS_PREVIEW) {
		key->rps.n = 0;
		key->in_rp.n = 0;
	}
}

static uint8_t
parse(const uint8_t *p, size_t len, struct vk_doc *doc,
    const struct vk_item **ret)
{
	if (len == 0)
		return VK_OK;
	switch (vk_cbor_read(p, len, doc, ret)) {
	case SY_OK:
		return (*ret)->major == VK_MAP ? VK_OK : VK_BAD_TYPE;
	case SY_ERR_LIMIT:
		return VK_TOO_MUCH;
	default:
		return VK_BAD_CBOR;
	}
}

static uint8_t
run(struct vk_key *key, const uint8_t *p, size_t len, struct vc_bytes *out)
{
	const struct vk_item *map = NULL;
	const struct command *c;
	struct vk_doc doc;
	uint8_t st;

	if (len == 0)
		return VK_BAD_LENGTH;
	if ((c = find_command(key, p[0])) == NULL)
		return VK_BAD_COMMAND;
	interrupt_walks(key, p[0]);
	if ((st = parse(p + 1, len - 1, &doc, &map)) != VK_OK)
		return st;
	return c->run(key, map, out);
}

/* A key that cannot keep its counters must not answer as if it had. */
static uint8_t
save(struct vk_key *key, uint8_t st)
{
	if (!key->dirty || key->dirfd < 0)
		return st;
	if (vk_store_save(key, key->dirfd) != SY_OK)
		return VK_OTHER;
	key->dirty = false;
	return st;
}

/* One line per command; never a PIN. */
static void
log_command(struct vk_key *key, const uint8_t *p, size_t len, uint8_t st)
{
	if (key->log == NULL)
		return;
	fprintf(key->log, "%06lu %02x.%02x %02x pins=%lu left=%u uv=%u\n",
	    key->counts.commands, len > 0 ? p[0] : 0, vk_key_sub(p, len), st,
	    key->counts.pins, key->pin_left, key->uv_left);
	fflush(key->log);
}

void
vk_key_run(struct vk_key *key, const uint8_t *p, size_t len,
    struct vc_bytes *ret_reply)
{
	struct vc_bytes out;
	uint8_t st;

	key->counts.commands++;
	vc_bytes_reset(&out);
	st = run(key, p, len, &out);
	if (st == VK_OK && out.bad)
		st = VK_OTHER;
	st = save(key, st);
	log_command(key, p, len, st);
	vc_bytes_reset(ret_reply);
	vc_bytes_u8(ret_reply, st);
	if (st == VK_OK)
		vc_bytes_raw(ret_reply, out.b, out.len);
}
