/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames between sanyosod and a hasher, as either side reads them. What is
 * accepted is put again to the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "server/hasher/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static enum sy_err
again_ready(const struct sy_frame *frame, struct sy_buf *out)
{
	struct hasher_ready ready;
	enum sy_err err = hasher_get_ready(frame, &ready);

	return err != SY_OK ? err : hasher_put_ready(out, &ready);
}

static enum sy_err
again_task(const struct sy_frame *frame, struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *put = NULL;
	struct hasher_task task = { .password = NULL };
	enum sy_err err;

	if ((err = hasher_get_task(frame, &task)) != SY_OK)
		return err;
	if (hasher_put_task(task.password, &task.params, task.salt, &put) !=
	    SY_OK)
		abort();
	sy_secret_free(&task.password);
	return sy_buf_raw(out, sy_secret_bytes(put), sy_secret_len(put));
}

static enum sy_err
again_hashed(const struct sy_frame *frame, struct sy_buf *out)
{
	uint8_t hash[SY_HASH_OUTPUT_SIZE], put[HASHER_HASHED_SIZE];
	enum sy_err err, code;

	if ((err = hasher_get_hashed(frame, &code, hash)) != SY_OK)
		return err;
	hasher_put_hashed(put, code, hash);
	return sy_buf_raw(out, put, sizeof(put));
}

static enum sy_err
again(const struct sy_frame *frame, struct sy_buf *out)
{
	switch (frame->type) {
	case HASHER_READY:
		return again_ready(frame, out);
	case HASHER_HASH:
		return again_task(frame, out);
	case HASHER_HASHED:
		return again_hashed(frame, out);
	default:
		return SY_ERR_PROTOCOL;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_frame frame;
	size_t used;

	if (sy_frame_parse(data, len, HASHER_FRAME_MAX, &frame, &used) != SY_OK)
		return 0;
	if (sy_buf_new(HASHER_FRAME_MAX, &out) != SY_OK)
		abort();
	if (again(&frame, out) != SY_OK)
		return 0;
	if (sy_buf_len(out) != used ||
	    memcmp(sy_buf_data(out), data, used) != 0)
		abort();
	return 0;
}
