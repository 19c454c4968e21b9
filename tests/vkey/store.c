/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"
#include "tests/vcard/key.h"
#include "tests/vcard/words.h"

#define STORE_NEW  "key.new"
#define NUMBER_MAX UINT32_MAX

static void
put_hex(FILE *f, const void *data, size_t len)
{
	const uint8_t *p = data;

	fputs(len == 0 ? " -" : " ", f);
	for (size_t i = 0; i < len; i++)
		fprintf(f, "%02x", p[i]);
}

static void
put_text(FILE *f, const char *text)
{
	put_hex(f, text, strlen(text));
}

static void
save_model(FILE *f, const struct vk_model *m)
{
	fputs("name", f);
	put_text(f, m->name);
	fputs("\naaguid", f);
	put_hex(f, m->aaguid, sizeof(m->aaguid));
	fprintf(f, "\nmodel %lu %d %d %u %u %u %lu %d\n", m->firmware,
	    m->attestation, m->counting, m->backup, m->samples, m->protocol,
	    m->step, m->response);
	fprintf(f, "has %d %d %d %d %d %d %d %d %d %d %d %d %d\n", m->pin,
	    m->sensor, m->old, m->preview, m->final, m->finger_only, m->strict,
	    m->uvm, m->eddsa, m->rs256, m->card, m->u2f_name, m->select_more);
}

static void
save_state(FILE *f, const struct vk_key *k)
{
	const struct vk_counts *c = &k->counts;

	fprintf(f, "pin %d %u %u %u %d", k->has_pin, k->pin_left, k->pin_points,
	    k->pin_min, k->pin_change);
	put_hex(f, k->pin_hash, sizeof(k->pin_hash));
	fprintf(f, "\nuv %u %d\ncounter %lu\n", k->uv_left, k->always_uv,
	    k->counter);
	fprintf(f, "counts %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu\n", c->pins,
	    c->wrong, c->last, c->set, c->fingers, c->touches, c->made,
	    c->asserted, c->resets, c->cancelled);
	for (size_t i = 0; i < k->nmin_rps; i++) {
		fputs("minrp", f);
		put_text(f, k->min_rps[i]);
		fputc('\n', f);
	}
	for (size_t i = 0; i < VK_FINGERS_MAX; i++) {
		const struct vk_finger *finger = &k->fingers[i];

		if (!finger->used)
			continue;
		fprintf(f, "finger %d", finger->number);
		put_hex(f, finger->id, sizeof(finger->id));
		put_text(f, finger->name);
		fputc('\n', f);
	}
}

static enum sy_err
put_key(FILE *f, const EVP_PKEY *pkey)
{
	struct vc_bytes der;
	enum sy_err err;

	vc_bytes_reset(&der);
	if ((err = vc_key_to_der(pkey, &der)) == SY_OK)
		put_hex(f, der.b, der.len);
	return err;
}

static enum sy_err
save_cred(FILE *f, const struct vk_cred *c)
{
	enum sy_err err;

	fprintf(f, "cred %d %u %u %d %lu", c->resident, c->protect, c->backup,
	    -c->alg, c->counter);
	put_hex(f, c->id, sizeof(c->id));
	put_text(f, c->rp);
	put_hex(f, c->user, c->userlen);
	put_text(f, c->user_name);
	put_text(f, c->user_display);
	err = put_key(f, c->pkey);
	fputc('\n', f);
	return err;
}

static enum sy_err
save_all(FILE *f, const struct vk_key *k)
{
	enum sy_err err;

	save_model(f, &k->model);
	save_state(f, k);
	if (k->attest != NULL) {
		fputs("attest", f);
		put_hex(f, k->x5c, k->x5clen);
		if ((err = put_key(f, k->attest)) != SY_OK)
			return err;
		fputc('\n', f);
	}
	for (size_t i = 0; i < k->ncreds; i++)
		if ((err = save_cred(f, k->creds[i])) != SY_OK)
			return err;
	return SY_OK;
}

enum sy_err
vk_store_save(const struct vk_key *key, int dirfd)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
	const int fd = openat(dirfd, STORE_NEW, flags, 0600);
	enum sy_err err;
	FILE *f;

	if (fd < 0)
		return SY_ERR_IO;
	if ((f = fdopen(fd, "w")) == NULL) {
		close(fd);
		return SY_ERR_IO;
	}
	err = save_all(f, key);
	if (ferror(f))
		err = SY_ERR_IO;
	if (fclose(f) != 0)
		err = SY_ERR_IO;
	if (err == SY_OK &&
	    renameat(dirfd, STORE_NEW, dirfd, VK_STORE_FILE) != 0)
		err = SY_ERR_IO;
	return err;
}

static enum sy_err
get_text(const struct vc_line *l, size_t word, char *out, size_t cap)
{
	size_t len = 0;
	enum sy_err err = vc_line_bytes(l, word, (uint8_t *)out, cap - 1, &len);

	if (err == SY_OK)
		out[len] = '\0';
	return err;
}

/* Exactly ${len} bytes. */
static enum sy_err
get_exact(const struct vc_line *l, size_t word, uint8_t *out, size_t len)
{
	size_t n = 0;
	const enum sy_err err = vc_line_bytes(l, word, out, len, &n);

	return err == SY_OK && n != len ? SY_ERR_FORMAT : err;
}

static enum sy_err
load_name(struct vk_key *k, const struct vc_line *l)
{
	return get_text(l, 1, k->model.name, sizeof(k->model.name));
}

static enum sy_err
load_aaguid(struct vk_key *k, const struct vc_line *l)
{
	return get_exact(l, 1, k->model.aaguid, sizeof(k->model.aaguid));
}

static enum sy_err
load_model(struct vk_key *k, const struct vc_line *l)
{
	struct vk_model *m = &k->model;
	unsigned long v[8];
	enum sy_err err;

	if ((err = vc_line_numbers(l, 8, 10, NUMBER_MAX, v)) != SY_OK)
		return err;
	if (v[1] > VK_NONE || v[2] > VK_ZERO || v[3] > 0xff || v[4] == 0 ||
	    v[4] > 100 || v[5] > 6 || v[7] > VK_CLA_80)
		return SY_ERR_FORMAT;
	m->firmware = v[0];
	m->attestation = (enum vk_attestation)v[1];
	m->counting = (enum vk_counting)v[2];
	m->backup = (uint8_t)v[3];
	m->samples = (unsigned int)v[4];
	m->protocol = (unsigned int)v[5];
	m->step = v[6];
	m->response = (enum vk_response)v[7];
	return SY_OK;
}

static enum sy_err
load_has(struct vk_key *k, const struct vc_line *l)
{
	struct vk_model *m = &k->model;
	bool *const place[] = { &m->pin, &m->sensor, &m->old, &m->preview,
		&m->final, &m->finger_only, &m->strict, &m->uvm, &m->eddsa,
		&m->rs256, &m->card, &m->u2f_name, &m->select_more };
	unsigned long v[SY_COUNT(place)];
	enum sy_err err;

	if ((err = vc_line_numbers(l, SY_COUNT(place), 10, 1, v)) != SY_OK)
		return err;
	for (size_t i = 0; i < SY_COUNT(place); i++)
		*place[i] = v[i] != 0;
	return SY_OK;
}

static enum sy_err
load_pin(struct vk_key *k, const struct vc_line *l)
{
	unsigned long v[5];
	enum sy_err err;

	if ((err = vc_line_numbers(l, 5, 10, 64, v)) != SY_OK)
		return err;
	if (v[0] > 1 || v[1] > VK_PIN_TRIES || v[4] > 1)
		return SY_ERR_FORMAT;
	k->has_pin = v[0] != 0;
	k->pin_left = (unsigned int)v[1];
	k->pin_points = (unsigned int)v[2];
	k->pin_min = (unsigned int)v[3];
	k->pin_change = v[4] != 0;
	return get_exact(l, 6, k->pin_hash, sizeof(k->pin_hash));
}

static enum sy_err
load_uv(struct vk_key *k, const struct vc_line *l)
{
	unsigned long v[2];
	enum sy_err err;

	if ((err = vc_line_numbers(l, 2, 10, VK_UV_TRIES, v)) != SY_OK)
		return err;
	k->uv_left = (unsigned int)v[0];
	k->always_uv = v[1] != 0;
	return SY_OK;
}

static enum sy_err
load_counter(struct vk_key *k, const struct vc_line *l)
{
	return vc_line_numbers(l, 1, 10, NUMBER_MAX, &k->counter);
}

static enum sy_err
load_counts(struct vk_key *k, const struct vc_line *l)
{
	struct vk_counts *c = &k->counts;
	unsigned long *const place[] = { &c->pins, &c->wrong, &c->last, &c->set,
		&c->fingers, &c->touches, &c->made, &c->asserted, &c->resets,
		&c->cancelled };
	unsigned long v[SY_COUNT(place)];
	enum sy_err err;

	if ((err = vc_line_numbers(l, SY_COUNT(place), 10, NUMBER_MAX, v)) !=
	    SY_OK)
		return err;
	for (size_t i = 0; i < SY_COUNT(place); i++)
		*place[i] = v[i];
	return SY_OK;
}

static enum sy_err
load_minrp(struct vk_key *k, const struct vc_line *l)
{
	if (k->nmin_rps == VK_MIN_RPS)
		return SY_ERR_LIMIT;
	return get_text(l, 1, k->min_rps[k->nmin_rps++], VK_RP_MAX);
}

static enum sy_err
load_finger(struct vk_key *k, const struct vc_line *l)
{
	unsigned long number;
	enum sy_err err;

	for (size_t i = 0; i < VK_FINGERS_MAX; i++) {
		struct vk_finger *f = &k->fingers[i];

		if (f->used)
			continue;
		if ((err = vc_line_numbers(l, 1, 10, 10, &number)) != SY_OK ||
		    (err = get_exact(l, 2, f->id, sizeof(f->id))) != SY_OK)
			return err;
		f->number = (int)number;
		f->used = true;
		return get_text(l, 3, f->name, sizeof(f->name));
	}
	return SY_ERR_LIMIT;
}

static enum sy_err
get_key(const struct vc_line *l, size_t word, EVP_PKEY **ret)
{
	struct vc_bytes der;
	enum sy_err err;

	vc_bytes_reset(&der);
	if ((err = vc_line_bytes(l, word, der.b, sizeof(der.b), &der.len)) !=
	    SY_OK)
		return err;
	return vc_key_from_der(der.b, der.len, ret);
}

static enum sy_err
load_attest(struct vk_key *k, const struct vc_line *l)
{
	enum sy_err err;

	if (k->attest != NULL)
		return SY_ERR_FORMAT;
	if ((err = vc_line_bytes(l, 1, k->x5c, sizeof(k->x5c), &k->x5clen)) !=
	    SY_OK)
		return err;
	return get_key(l, 2, &k->attest);
}

static enum sy_err
fill_cred(struct vk_cred *c, const struct vc_line *l)
{
	unsigned long v[5];
	enum sy_err err;

	if ((err = vc_line_numbers(l, 5, 10, NUMBER_MAX, v)) != SY_OK ||
	    (err = get_exact(l, 6, c->id, sizeof(c->id))) != SY_OK ||
	    (err = get_text(l, 7, c->rp, sizeof(c->rp))) != SY_OK ||
	    (err = vc_line_bytes(l, 8, c->user, sizeof(c->user),
		 &c->userlen)) != SY_OK ||
	    (err = get_text(l, 9, c->user_name, sizeof(c->user_name))) !=
		SY_OK ||
	    (err = get_text(l, 10, c->user_display, sizeof(c->user_display))) !=
		SY_OK ||
	    (err = get_key(l, 11, &c->pkey)) != SY_OK)
		return err;
	if (v[0] > 1 || v[1] > 3 || v[2] > 0xff || v[3] > 257)
		return SY_ERR_FORMAT;
	c->resident = v[0] != 0;
	c->protect = (uint8_t)v[1];
	c->backup = (uint8_t)v[2];
	c->alg = (enum vk_alg) - (int)v[3];
	c->counter = v[4];
	vk_hash_text(c->rp, c->rp_hash);
	return SY_OK;
}

static enum sy_err
load_cred(struct vk_key *k, const struct vc_line *l)
{
	struct vk_cred *c = calloc(1, sizeof(*c));
	enum sy_err err;

	if (c == NULL)
		return SY_ERR_NOMEM;
	if ((err = fill_cred(c, l)) != SY_OK ||
	    (err = vk_key_add(k, c)) != SY_OK)
		vk_cred_free(&c);
	return err;
}

static enum sy_err
load_line(struct vk_key *k, char *text)
{
	static const struct {
		const char *name;
		enum sy_err (*load)(struct vk_key *, const struct vc_line *);
	} known[] = {
		{ "name", load_name },
		{ "aaguid", load_aaguid },
		{ "model", load_model },
		{ "has", load_has },
		{ "pin", load_pin },
		{ "uv", load_uv },
		{ "counter", load_counter },
		{ "counts", load_counts },
		{ "minrp", load_minrp },
		{ "finger", load_finger },
		{ "attest", load_attest },
		{ "cred", load_cred },
	};
	struct vc_line l;

	vc_line_split(text, &l);
	for (size_t i = 0; i < SY_COUNT(known); i++)
		if (strcmp(l.word[0], known[i].name) == 0)
			return known[i].load(k, &l);
	return SY_ERR_FORMAT;
}

static enum sy_err
load_lines(struct vk_key *k, FILE *f, unsigned int *reterr_line)
{
	enum sy_err err = SY_OK;
	char *text = NULL;
	size_t cap = 0;

	*reterr_line = 0;
	while (err == SY_OK && getline(&text, &cap, f) != -1) {
		++*reterr_line;
		err = load_line(k, text);
	}
	free(text);
	return err == SY_OK && ferror(f) ? SY_ERR_IO : err;
}

enum sy_err
vk_store_load(int dirfd, struct vk_key **ret, unsigned int *reterr_line)
{
	const int fd = openat(dirfd, VK_STORE_FILE, O_RDONLY | O_CLOEXEC);
	SY_AUTO(vk_key_free) struct vk_key *key = NULL;
	enum sy_err err;
	FILE *f;

	if (fd < 0)
		return errno == ENOENT ? SY_ERR_NOT_FOUND : SY_ERR_IO;
	if ((f = fdopen(fd, "r")) == NULL) {
		close(fd);
		return SY_ERR_IO;
	}
	if ((err = vk_key_new(&key)) == SY_OK)
		err = load_lines(key, f, reterr_line);
	fclose(f);
	if (err != SY_OK)
		return err;
	key->dirfd = dirfd;
	key->dirty = false;
	*ret = key;
	key = NULL;
	return SY_OK;
}
