/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authenticator data with their CBOR: what is taken holds no byte that is not
 * accounted for, and each item of CBOR is the one encoding of its value.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/inherence/authdata.h"
#include "lib/inherence/cose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
put_head(struct sy_buf *out, unsigned int major, uint64_t value)
{
	const uint8_t first = (uint8_t)(major << 5);

	if (value < 24) {
		(void)sy_buf_u8(out, (uint8_t)(first | value));
	} else if (value <= UINT8_MAX) {
		(void)sy_buf_u8(out, first | 24);
		(void)sy_buf_u8(out, (uint8_t)value);
	} else if (value <= UINT16_MAX) {
		(void)sy_buf_u8(out, first | 25);
		(void)sy_buf_u16(out, (uint16_t)value);
	} else if (value <= UINT32_MAX) {
		(void)sy_buf_u8(out, first | 26);
		(void)sy_buf_u32(out, (uint32_t)value);
	} else {
		(void)sy_buf_u8(out, first | 27);
		(void)sy_buf_u64(out, value);
	}
}

/* Write ${item} again; a container by its items. */
static void
put_item(struct sy_buf *out, const struct sy_cbor *item, int depth)
{
	const uint64_t inner =
	    item->type == SY_CBOR_MAP ? item->value * 2 : item->value;
	struct sy_reader r;
	struct sy_cbor next;

	if (depth > SY_CBOR_DEPTH)
		abort();
	if (item->type == SY_CBOR_BOOL) {
		(void)sy_buf_u8(out, item->value != 0 ? 0xf5 : 0xf4);
		return;
	}
	put_head(out, (unsigned int)item->type, item->value);
	if (item->type == SY_CBOR_BYTES || item->type == SY_CBOR_TEXT)
		(void)sy_buf_raw(out, item->at, item->len);
	if (item->type != SY_CBOR_ARRAY && item->type != SY_CBOR_MAP)
		return;
	sy_reader_init(&r, item->at, item->len);
	for (uint64_t i = 0; i < inner; i++) {
		if (sy_cbor_take(&r, &next) != SY_OK)
			abort();
		put_item(out, &next, depth + 1);
	}
	if (sy_reader_end(&r) != SY_OK)
		abort();
}

static void
check_parts(const struct sy_authdata *a, const uint8_t *data, size_t len)
{
	struct sy_buf *out = NULL;

	if (sy_buf_new(SY_FIDO2_AUTHDATA_MAX, &out) != SY_OK)
		abort();
	(void)sy_buf_raw(out, a->rp_hash, SY_RP_HASH_SIZE);
	(void)sy_buf_u8(out, a->flags);
	(void)sy_buf_u32(out, a->counter);
	if ((a->flags & SY_FIDO2_AT) != 0) {
		(void)sy_buf_raw(out, a->aaguid, SY_AAGUID_SIZE);
		(void)sy_buf_bytes16(out, a->id, a->id_len);
		put_item(out, &a->key, 0);
	}
	if ((a->flags & SY_FIDO2_ED) != 0)
		put_item(out, &a->extensions, 0);
	if (sy_buf_status(out) != SY_OK || sy_buf_len(out) != len ||
	    memcmp(sy_buf_data(out), data, len) != 0)
		abort();
	sy_buf_free(&out);
}

/* Whatever we take fits. */
static void
check_fit(const uint8_t *data, size_t len)
{
	const bool fits = sy_cbor_fits(data, len);
	struct sy_cbor item;
	struct sy_reader r;

	sy_reader_init(&r, data, len);
	if (sy_cbor_take(&r, &item) == SY_OK && !fits)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_key *key = NULL;
	struct sy_authdata a;
	struct sy_cbor uvm;
	uint32_t methods;

	check_fit(data, len);
	if (sy_authdata_parse(data, len, &a, NULL) != SY_OK)
		return 0;
	check_parts(&a, data, len);
	if ((a.flags & SY_FIDO2_AT) != 0 &&
	    sy_cose_key(&a.key, &key, NULL) == SY_OK) {
		if (key == NULL)
			abort();
		sy_key_free(&key);
	}
	if (sy_cbor_named(&a.extensions, "uvm", &uvm) == SY_OK &&
	    sy_uvm_parse(&uvm, &methods) == SY_OK && methods == 0)
		abort();
	return 0;
}
