/* SPDX-License-Identifier: Apache-2.0 */
#include "server/hasher/protocol.h"

#include <string.h>

_Static_assert(SY_FRAME_HEADER + 4 + 4 + SY_HASH_SALT_SIZE + 2 +
	    SY_PASSWORD_BYTES_MAX <=
	HASHER_FRAME_MAX,
    "the longest password fits");
_Static_assert(SY_FRAME_HEADER + 2 + 1 + 2 + HASHER_TEXT_SIZE <=
	HASHER_FRAME_MAX,
    "the longest sentence fits");

static bool
is_valid(const struct sy_hash_params *params, size_t password_len)
{
	return params->memory >= SY_HASH_MEMORY_LEAST &&
	    params->memory <= SY_HASH_MEMORY_MAX && params->passes > 0 &&
	    params->passes <= SY_HASH_PASSES_MAX && password_len > 0 &&
	    password_len <= SY_PASSWORD_BYTES_MAX;
}

/* --- put --- */

enum sy_err
hasher_put_ready(struct sy_buf *out, const struct hasher_ready *ready)
{
	sy_frame_begin(out, HASHER_VERSION, HASHER_READY);
	(void)sy_buf_u16(out, (uint16_t)ready->code);
	(void)sy_buf_u8(out, ready->kept);
	(void)sy_buf_text(out, ready->text);
	return sy_frame_end(out);
}

/* Everything in front of the password, which goes into a secret only. */
static enum sy_err
put_head(struct sy_buf *out, const struct sy_hash_params *params,
    const uint8_t salt[SY_HASH_SALT_SIZE], size_t len)
{
	enum sy_err err;

	sy_frame_begin(out, HASHER_VERSION, HASHER_HASH);
	(void)sy_buf_u32(out, params->memory);
	(void)sy_buf_u32(out, params->passes);
	(void)sy_buf_raw(out, salt, SY_HASH_SALT_SIZE);
	(void)sy_buf_u16(out, (uint16_t)len);
	if ((err = sy_buf_status(out)) != SY_OK)
		return err;
	return sy_buf_set_u32(out, 0,
	    (uint32_t)(sy_buf_len(out) + len - sizeof(uint32_t)));
}

enum sy_err
hasher_put_task(const struct sy_secret *password,
    const struct sy_hash_params *params, const uint8_t salt[SY_HASH_SALT_SIZE],
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_buf_free) struct sy_buf *head = NULL;
	const size_t len = sy_secret_len(password);
	enum sy_err err;

	if (!is_valid(params, len))
		return SY_ERR_ARG;
	if ((err = sy_buf_new(HASHER_FRAME_MAX, &head)) != SY_OK ||
	    (err = put_head(head, params, salt, len)) != SY_OK ||
	    (err = sy_secret_new(sy_buf_len(head) + len, &frame)) != SY_OK ||
	    (err = sy_secret_append(frame, sy_buf_data(head),
		 sy_buf_len(head))) != SY_OK ||
	    (err = sy_secret_append(frame, sy_secret_bytes(password), len)) !=
		SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

void
hasher_put_hashed(uint8_t out[HASHER_HASHED_SIZE], enum sy_err code,
    const uint8_t hash[SY_HASH_OUTPUT_SIZE])
{
	const uint8_t head[] = { 0, 0, 0, HASHER_HASHED_SIZE - 4,
		HASHER_VERSION, HASHER_HASHED,
		(uint8_t)((unsigned int)code >> 8), (uint8_t)code };

	_Static_assert(HASHER_HASHED_SIZE - 4 <= UINT8_MAX, "one byte's worth");
	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), hash, SY_HASH_OUTPUT_SIZE);
}

/* --- get --- */

static enum sy_err
begin(const struct sy_frame *frame, enum hasher_frame type, struct sy_reader *r)
{
	if (frame->version != HASHER_VERSION)
		return SY_ERR_VERSION;
	if (frame->type != type)
		return SY_ERR_PROTOCOL;
	sy_reader_init(r, frame->body, frame->len);
	return SY_OK;
}

enum sy_err
hasher_get_ready(const struct sy_frame *frame, struct hasher_ready *ret)
{
	struct hasher_ready ready;
	struct sy_reader r;
	uint16_t code;
	uint8_t kept;
	enum sy_err err;

	if ((err = begin(frame, HASHER_READY, &r)) != SY_OK ||
	    (err = sy_reader_u16(&r, &code)) != SY_OK ||
	    (err = sy_reader_u8(&r, &kept)) != SY_OK ||
	    (err = sy_reader_text(&r, ready.text, sizeof(ready.text))) !=
		SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (kept > 1)
		return SY_ERR_FORMAT;
	ready.code = (enum sy_err)code;
	ready.kept = kept == 1;
	*ret = ready;
	return SY_OK;
}

enum sy_err
hasher_get_task(const struct sy_frame *frame, struct hasher_task *ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *password = NULL;
	const uint8_t *salt, *bytes;
	struct sy_hash_params params;
	struct sy_reader r;
	size_t len;
	enum sy_err err;

	if ((err = begin(frame, HASHER_HASH, &r)) != SY_OK ||
	    (err = sy_reader_u32(&r, &params.memory)) != SY_OK ||
	    (err = sy_reader_u32(&r, &params.passes)) != SY_OK ||
	    (err = sy_reader_raw(&r, SY_HASH_SALT_SIZE, &salt)) != SY_OK ||
	    (err = sy_reader_bytes16(&r, SY_PASSWORD_BYTES_MAX, &bytes,
		 &len)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!is_valid(&params, len))
		return SY_ERR_FORMAT;
	if ((err = sy_secret_new(len, &password)) != SY_OK ||
	    (err = sy_secret_append(password, bytes, len)) != SY_OK)
		return err;
	ret->params = params;
	memcpy(ret->salt, salt, sizeof(ret->salt));
	ret->password = password;
	password = NULL;
	return SY_OK;
}

enum sy_err
hasher_get_hashed(const struct sy_frame *frame, enum sy_err *ret_code,
    uint8_t ret_hash[SY_HASH_OUTPUT_SIZE])
{
	const uint8_t *hash;
	struct sy_reader r;
	uint16_t code;
	enum sy_err err;

	if ((err = begin(frame, HASHER_HASHED, &r)) != SY_OK ||
	    (err = sy_reader_u16(&r, &code)) != SY_OK ||
	    (err = sy_reader_raw(&r, SY_HASH_OUTPUT_SIZE, &hash)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	*ret_code = (enum sy_err)code;
	memcpy(ret_hash, hash, SY_HASH_OUTPUT_SIZE);
	return SY_OK;
}
