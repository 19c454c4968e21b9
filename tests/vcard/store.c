/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "key.h"
#include "store.h"
#include "words.h"

#define STORE_NEW "card.new"

static void
put_hex(FILE *f, const uint8_t *p, size_t len)
{
	/* A lone "-" keeps the number of words of the line. */
	if (len == 0)
		fputc('-', f);
	for (size_t i = 0; i < len; i++)
		fprintf(f, "%02x", p[i]);
}

static void
save_settings(FILE *f, const struct vc_card *c)
{
	fprintf(f, "card %d %d %d\n", c->type, c->proto, c->no_le);
	fprintf(f, "quirks %d %d %d %04x %zu\n", c->extended, c->yubico,
	    c->phone, c->blocked, c->file_pad);
	fputs("atr ", f);
	put_hex(f, c->atr, c->atrlen);
	fputs("\nuid ", f);
	put_hex(f, c->uid, c->uidlen);
	fprintf(f, "\nmgmt %02x ", c->mgmt_alg);
	put_hex(f, c->mgmt, c->mgmtlen);
	fprintf(f, "\ncounts %lu %lu %lu %lu %lu\n", c->counts.verifies,
	    c->counts.changes, c->counts.signatures, c->counts.strangers,
	    c->counts.breaches);
}

static enum sy_err
save_key(FILE *f, const struct vc_key *key)
{
	struct vc_bytes der;
	enum sy_err err;

	if (key->pkey == NULL)
		return SY_OK;
	vc_bytes_reset(&der);
	if ((err = vc_key_to_der(key->pkey, &der)) != SY_OK)
		return err;
	fprintf(f, "key %02x %d %02x ", key->ref, key->policy, key->alg);
	put_hex(f, der.b, der.len);
	fputc('\n', f);
	return SY_OK;
}

static enum sy_err
save_all(FILE *f, const struct vc_card *c)
{
	enum sy_err err;

	save_settings(f, c);
	for (size_t i = 0; i < VC_PINS_MAX; i++) {
		fprintf(f, "pin %zu %u %u ", i, c->pins[i].left,
		    c->pins[i].max);
		put_hex(f, c->pins[i].value, c->pins[i].len);
		fputc('\n', f);
	}
	for (size_t i = 0; i < VC_KEYS_MAX; i++)
		if ((err = save_key(f, &c->keys[i])) != SY_OK)
			return err;
	for (size_t i = 0; i < VC_FILES_MAX; i++) {
		if (c->files[i].tag == 0)
			continue;
		fprintf(f, "file %06x ", c->files[i].tag);
		put_hex(f, c->files[i].data, c->files[i].len);
		fputc('\n', f);
	}
	return SY_OK;
}

enum sy_err
vc_store_save(const struct vc_card *card, int dirfd)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
	int fd = openat(dirfd, STORE_NEW, flags, 0600);
	enum sy_err err;
	FILE *f;

	if (fd < 0)
		return SY_ERR_IO;
	if ((f = fdopen(fd, "w")) == NULL) {
		close(fd);
		return SY_ERR_IO;
	}
	err = save_all(f, card);
	if (ferror(f))
		err = SY_ERR_IO;
	if (fclose(f) != 0)
		err = SY_ERR_IO;
	if (err == SY_OK &&
	    renameat(dirfd, STORE_NEW, dirfd, VC_STORE_FILE) != 0)
		err = SY_ERR_IO;
	return err;
}

static enum sy_err
load_card(struct vc_card *c, const struct vc_line *l)
{
	unsigned long v[3];
	enum sy_err err;

	if ((err = vc_line_numbers(l, 3, 10, 2, v)) != SY_OK)
		return err;
	if (v[0] > VC_FIDO || v[1] > VC_T1)
		return SY_ERR_FORMAT;
	c->type = (enum vc_type)v[0];
	c->proto = (enum vc_proto)v[1];
	c->no_le = (enum vc_no_le)v[2];
	return SY_OK;
}

static enum sy_err
load_quirks(struct vc_card *c, const struct vc_line *l)
{
	unsigned long v[3], blocked, pad;
	enum sy_err err;

	if (l->n != 6)
		return SY_ERR_FORMAT;
	if ((err = vc_line_numbers(l, 3, 10, 1, v)) != SY_OK ||
	    (err = vc_number(l->word[4], 16, 0xffff, &blocked)) != SY_OK ||
	    (err = vc_number(l->word[5], 10, VC_FILE_MAX, &pad)) != SY_OK)
		return err;
	c->extended = v[0] != 0;
	c->yubico = v[1] != 0;
	c->phone = v[2] != 0;
	c->blocked = (uint16_t)blocked;
	c->file_pad = pad;
	return SY_OK;
}

static enum sy_err
load_atr(struct vc_card *c, const struct vc_line *l)
{
	return vc_line_bytes(l, 1, c->atr, sizeof(c->atr), &c->atrlen);
}

static enum sy_err
load_uid(struct vc_card *c, const struct vc_line *l)
{
	return vc_line_bytes(l, 1, c->uid, sizeof(c->uid), &c->uidlen);
}

static enum sy_err
load_mgmt(struct vc_card *c, const struct vc_line *l)
{
	unsigned long alg;
	enum sy_err err;

	if ((err = vc_line_numbers(l, 1, 16, 0xff, &alg)) != SY_OK)
		return err;
	c->mgmt_alg = (uint8_t)alg;
	return vc_line_bytes(l, 2, c->mgmt, sizeof(c->mgmt), &c->mgmtlen);
}

static enum sy_err
load_counts(struct vc_card *c, const struct vc_line *l)
{
	unsigned long v[5];
	enum sy_err err;

	if ((err = vc_line_numbers(l, 5, 10, UINT32_MAX, v)) != SY_OK)
		return err;
	c->counts.verifies = v[0];
	c->counts.changes = v[1];
	c->counts.signatures = v[2];
	c->counts.strangers = v[3];
	c->counts.breaches = v[4];
	return SY_OK;
}

static enum sy_err
load_pin(struct vc_card *c, const struct vc_line *l)
{
	unsigned long v[3];
	struct vc_pin *pin;
	enum sy_err err;

	if ((err = vc_line_numbers(l, 3, 10, 15, v)) != SY_OK)
		return err;
	if (v[0] >= VC_PINS_MAX || v[1] > v[2])
		return SY_ERR_FORMAT;
	pin = &c->pins[v[0]];
	pin->left = (unsigned int)v[1];
	pin->max = (unsigned int)v[2];
	return vc_line_bytes(l, 4, pin->value, sizeof(pin->value), &pin->len);
}

static enum sy_err
load_key(struct vc_card *c, const struct vc_line *l)
{
	struct vc_bytes der;
	struct vc_key *key;
	unsigned long v[3];
	enum sy_err err;

	vc_bytes_reset(&der);
	if ((err = vc_line_numbers(l, 3, 16, 0xff, v)) != SY_OK ||
	    (err = vc_line_bytes(l, 4, der.b, sizeof(der.b), &der.len)) !=
		SY_OK)
		return err;
	if (v[1] > VC_ALWAYS)
		return SY_ERR_FORMAT;
	if ((key = vc_card_key_slot(c, (uint8_t)v[0])) == NULL)
		return SY_ERR_LIMIT;
	key->policy = (enum vc_policy)v[1];
	key->alg = (enum vc_alg)v[2];
	EVP_PKEY_free(key->pkey);
	key->pkey = NULL;
	return vc_key_from_der(der.b, der.len, &key->pkey);
}

static enum sy_err
load_file(struct vc_card *c, const struct vc_line *l)
{
	struct vc_bytes data;
	unsigned long tag;
	enum sy_err err;

	if ((err = vc_line_numbers(l, 1, 16, 0xffffff, &tag)) != SY_OK ||
	    (err = vc_line_bytes(l, 2, data.b, sizeof(data.b), &data.len)) !=
		SY_OK)
		return err;
	return vc_card_put(c, (uint32_t)tag, data.b, data.len);
}

static enum sy_err
load_line(struct vc_card *c, char *text)
{
	static const struct {
		const char *name;
		enum sy_err (*load)(struct vc_card *, const struct vc_line *);
	} known[] = {
		{ "card", load_card },
		{ "quirks", load_quirks },
		{ "atr", load_atr },
		{ "uid", load_uid },
		{ "mgmt", load_mgmt },
		{ "counts", load_counts },
		{ "pin", load_pin },
		{ "key", load_key },
		{ "file", load_file },
	};
	struct vc_line l;

	vc_line_split(text, &l);
	for (size_t i = 0; i < SY_COUNT(known); i++)
		if (strcmp(l.word[0], known[i].name) == 0)
			return known[i].load(c, &l);
	return SY_ERR_FORMAT;
}

static void
close_file(FILE **f)
{
	if (*f != NULL)
		fclose(*f);
}

static void
free_text(char **text)
{
	free(*text);
}

enum sy_err
vc_store_load(int dirfd, struct vc_card **ret, unsigned int *reterr_line)
{
	const int fd = openat(dirfd, VC_STORE_FILE, O_RDONLY | O_CLOEXEC);
	SY_AUTO(close_file) FILE *f = NULL;
	SY_AUTO(free_text) char *text = NULL;
	SY_AUTO(vc_card_free) struct vc_card *card = NULL;
	enum sy_err err;
	size_t cap = 0;

	*reterr_line = 0;
	if (fd < 0)
		return errno == ENOENT ? SY_ERR_NOT_FOUND : SY_ERR_IO;
	if ((f = fdopen(fd, "r")) == NULL) {
		close(fd);
		return SY_ERR_IO;
	}
	if ((err = vc_card_new(VC_JPKI, &card)) != SY_OK)
		return err;
	while (getline(&text, &cap, f) != -1) {
		++*reterr_line;
		if ((err = load_line(card, text)) != SY_OK)
			return err;
	}
	if (ferror(f))
		return SY_ERR_IO;
	card->dirfd = dirfd;
	card->dirty = false;
	*ret = card;
	card = NULL;
	return SY_OK;
}
