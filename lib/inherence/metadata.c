/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/key.h>
#include <sanyoso/text.h>

#include "metadata_int.h"

/*
 * The compact form, which is what the models are views into: u16 version, u64
 * number, u64 next update, u32 count; each model: AAGUID, text name, u8 status,
 * text report, u64 update_below, u8 of the bits below, u16 count of roots, each
 * of them bytes16.
 */
#define PLACE   "metadata"
#define VERSION 1

#define BIT_FINGERPRINT    0x01
#define BIT_BIOMETRIC_ONLY 0x02
#define BIT_CLIENT_PIN     0x04
#define BIT_BUILT_IN       0x08
#define BIT_NO_PIN_TOKENS  0x10
#define BIT_UVM            0x20
#define BITS_KNOWN         0x3f

struct sy_metadata {
	struct sy_metadata_head head;
	uint8_t *bytes;
	size_t len;
	struct sy_model *models;
	struct sy_model_root *roots;
};

void
sy_metadata_put_head(struct sy_buf *buf, const struct sy_metadata_head *head)
{
	(void)sy_buf_u16(buf, VERSION);
	(void)sy_buf_u64(buf, (uint64_t)head->number);
	(void)sy_buf_u64(buf, (uint64_t)head->next_update);
	(void)sy_buf_u32(buf, head->count);
}

void
sy_metadata_put_model(struct sy_buf *buf, const struct sy_model *model)
{
	const unsigned int bits = (model->fingerprint ? BIT_FINGERPRINT : 0) |
	    (model->biometric_only ? BIT_BIOMETRIC_ONLY : 0) |
	    (model->client_pin ? BIT_CLIENT_PIN : 0) |
	    (model->built_in ? BIT_BUILT_IN : 0) |
	    (model->no_pin_tokens ? BIT_NO_PIN_TOKENS : 0) |
	    (model->uvm ? BIT_UVM : 0);

	(void)sy_buf_raw(buf, model->aaguid, SY_AAGUID_SIZE);
	(void)sy_buf_text(buf, model->name);
	(void)sy_buf_u8(buf, (uint8_t)model->status);
	(void)sy_buf_text(buf, model->report);
	(void)sy_buf_u64(buf, model->update_below);
	(void)sy_buf_u8(buf, (uint8_t)bits);
	(void)sy_buf_u16(buf, (uint16_t)model->root_count);
}

static enum sy_err
read_head(struct sy_reader *r, struct sy_metadata_head *ret,
    struct sy_error *reterr)
{
	uint16_t version;
	uint64_t number, next;

	if (sy_reader_u16(r, &version) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE, "cut short");
	if (version != VERSION)
		return sy_error_set(reterr, SY_ERR_VERSION, PLACE,
		    "version %u, not %d", version, VERSION);
	if (sy_reader_u64(r, &number) != SY_OK ||
	    sy_reader_u64(r, &next) != SY_OK ||
	    sy_reader_u32(r, &ret->count) != SY_OK ||
	    ret->count > SY_METADATA_MODELS_MAX || number > INT64_MAX ||
	    next > INT64_MAX)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "its head is malformed");
	ret->number = (int64_t)number;
	ret->next_update = (int64_t)next;
	return SY_OK;
}

static void
set_bits(struct sy_model *model, uint8_t bits)
{
	model->fingerprint = (bits & BIT_FINGERPRINT) != 0;
	model->biometric_only = (bits & BIT_BIOMETRIC_ONLY) != 0;
	model->client_pin = (bits & BIT_CLIENT_PIN) != 0;
	model->built_in = (bits & BIT_BUILT_IN) != 0;
	model->no_pin_tokens = (bits & BIT_NO_PIN_TOKENS) != 0;
	model->uvm = (bits & BIT_UVM) != 0;
}

static enum sy_err
read_model(struct sy_reader *r, struct sy_model *model)
{
	const uint8_t *aaguid;
	uint8_t status, bits;
	uint16_t roots;

	if (sy_reader_raw(r, SY_AAGUID_SIZE, &aaguid) != SY_OK ||
	    sy_reader_text(r, model->name, sizeof(model->name)) != SY_OK ||
	    sy_reader_u8(r, &status) != SY_OK ||
	    sy_reader_text(r, model->report, sizeof(model->report)) != SY_OK ||
	    sy_reader_u64(r, &model->update_below) != SY_OK ||
	    sy_reader_u8(r, &bits) != SY_OK ||
	    sy_reader_u16(r, &roots) != SY_OK ||
	    status >= SY_MODEL_STATUS_COUNT || (bits & ~BITS_KNOWN) != 0 ||
	    roots > SY_METADATA_ROOTS_MAX)
		return SY_ERR_FORMAT;
	memcpy(model->aaguid, aaguid, SY_AAGUID_SIZE);
	model->status = (enum sy_model_status)status;
	set_bits(model, bits);
	model->root_count = roots;
	return SY_OK;
}

/* The roots of a model; NULL ${roots}: only looked at. */
static enum sy_err
read_roots(struct sy_reader *r, size_t count, struct sy_model_root *roots)
{
	struct sy_model_root root;

	for (size_t i = 0; i < count; i++) {
		if (sy_reader_bytes16(r, SY_CERT_SIZE_MAX, &root.der,
			&root.len) != SY_OK)
			return SY_ERR_FORMAT;
		if (roots != NULL)
			roots[i] = root;
	}
	return SY_OK;
}

/* Every model in turn, to ${m}'s arrays if they are there already. */
static enum sy_err
read_models(struct sy_metadata *m, struct sy_reader r, size_t *ret_roots)
{
	static const uint8_t nobody[SY_AAGUID_SIZE];
	uint8_t last[SY_AAGUID_SIZE];
	struct sy_model model;
	size_t roots = 0;

	memcpy(last, nobody, sizeof(last));
	for (uint32_t i = 0; i < m->head.count; i++) {
		struct sy_model_root *at =
		    m->roots != NULL ? m->roots + roots : NULL;

		model = (struct sy_model){ 0 };
		if (read_model(&r, &model) != SY_OK ||
		    memcmp(last, model.aaguid, SY_AAGUID_SIZE) >= 0 ||
		    read_roots(&r, model.root_count, at) != SY_OK)
			return SY_ERR_FORMAT;
		memcpy(last, model.aaguid, SY_AAGUID_SIZE);
		model.roots = at;
		roots += model.root_count;
		if (m->models != NULL)
			m->models[i] = model;
	}
	*ret_roots = roots;
	return sy_reader_end(&r);
}

static enum sy_err
fill(struct sy_metadata *m, struct sy_error *reterr)
{
	struct sy_reader r;
	size_t roots;
	enum sy_err err;

	sy_reader_init(&r, m->bytes, m->len);
	if ((err = read_head(&r, &m->head, reterr)) != SY_OK)
		return err;
	if (read_models(m, r, &roots) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "a model is malformed or not in its place");
	m->models = calloc((size_t)m->head.count + 1, sizeof(*m->models));
	m->roots = calloc(roots + 1, sizeof(*m->roots));
	if (m->models == NULL || m->roots == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	return read_models(m, r, &roots);
}

enum sy_err
sy_metadata_unpack(const uint8_t *bytes, size_t len,
    struct sy_metadata **ret_metadata, struct sy_error *reterr)
{
	SY_AUTO(sy_metadata_free) struct sy_metadata *m = NULL;
	enum sy_err err;

	if (len > SY_METADATA_MAX)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "%zu bytes, over %d", len, SY_METADATA_MAX);
	if ((m = calloc(1, sizeof(*m))) == NULL ||
	    (m->bytes = malloc(len + 1)) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	if (len > 0)
		memcpy(m->bytes, bytes, len);
	m->len = len;
	if ((err = fill(m, reterr)) != SY_OK)
		return err;
	*ret_metadata = m;
	m = NULL;
	return SY_OK;
}

enum sy_err
sy_metadata_pack(const struct sy_metadata *metadata, uint8_t **ret_bytes,
    size_t *ret_len)
{
	uint8_t *copy = malloc(metadata->len);

	if (copy == NULL)
		return SY_ERR_NOMEM;
	memcpy(copy, metadata->bytes, metadata->len);
	*ret_bytes = copy;
	*ret_len = metadata->len;
	return SY_OK;
}

void
sy_metadata_free(struct sy_metadata **metadata)
{
	struct sy_metadata *m = *metadata;

	if (m == NULL)
		return;
	free(m->models);
	free(m->roots);
	free(m->bytes);
	free(m);
	*metadata = NULL;
}

int64_t
sy_metadata_number(const struct sy_metadata *metadata)
{
	return metadata->head.number;
}

int64_t
sy_metadata_next_update(const struct sy_metadata *metadata)
{
	return metadata->head.next_update;
}

size_t
sy_metadata_count(const struct sy_metadata *metadata)
{
	return metadata->head.count;
}

const struct sy_model *
sy_metadata_at(const struct sy_metadata *metadata, size_t i)
{
	return i < metadata->head.count ? &metadata->models[i] : NULL;
}

static int
compare(const void *aaguid, const void *model)
{
	return memcmp(aaguid, ((const struct sy_model *)model)->aaguid,
	    SY_AAGUID_SIZE);
}

const struct sy_model *
sy_metadata_find(const struct sy_metadata *metadata,
    const uint8_t aaguid[SY_AAGUID_SIZE])
{
	return bsearch(aaguid, metadata->models, metadata->head.count,
	    sizeof(*metadata->models), compare);
}
