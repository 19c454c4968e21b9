/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <sanyoso/secret.h>

#define INPUT_FIRST 16384
#define LENGTH_SIZE 4

enum sy_err
keeper_frame_end(struct sy_buf *frame)
{
	enum sy_err err;

	if ((err = sy_buf_status(frame)) != SY_OK)
		return err;
	return sy_buf_set_u32(frame, 0,
	    (uint32_t)(sy_buf_len(frame) - LENGTH_SIZE));
}

void
keeper_input_clear(struct keeper_input *in)
{
	if (in->data != NULL)
		sy_memzero(in->data, in->size);
	free(in->data);
	in->data = NULL;
	in->len = in->size = 0;
}

static enum sy_err
transfer_error(void)
{
	switch (errno) {
	case EAGAIN:
		return SY_ERR_TIMEOUT;
	case EPIPE:
	case ECONNRESET:
		return SY_ERR_CLOSED;
	default:
		return SY_ERR_IO;
	}
}

enum sy_err
keeper_send(int fd, const uint8_t *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = send(fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return transfer_error();
		data += n;
		len -= (size_t)n;
	}
	return SY_OK;
}

/* Grow to ${size}; what is there stays. Not realloc: it would leave copies. */
static enum sy_err
input_reserve(struct keeper_input *in, size_t size)
{
	uint8_t *data;

	if (size <= in->size)
		return SY_OK;
	if ((data = malloc(size)) == NULL)
		return SY_ERR_NOMEM;
	if (in->data != NULL) {
		memcpy(data, in->data, in->len);
		sy_memzero(in->data, in->size);
	}
	free(in->data);
	in->data = data;
	in->size = size;
	return SY_OK;
}

static enum sy_err
receive_some(int fd, struct keeper_input *in)
{
	ssize_t n;

	do {
		n = recv(fd, in->data + in->len, in->size - in->len, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return transfer_error();
	if (n == 0)
		return SY_ERR_CLOSED;
	in->len += (size_t)n;
	return SY_OK;
}

/* Room for the whole frame as soon as its length is known. */
static enum sy_err
reserve_frame(struct keeper_input *in)
{
	struct sy_reader r;
	uint32_t length;

	sy_reader_init(&r, in->data, in->len);
	if (sy_reader_u32(&r, &length) != SY_OK)
		return SY_OK;
	if (length > KEEPER_FRAME_MAX - LENGTH_SIZE)
		return SY_ERR_LIMIT;
	return input_reserve(in, LENGTH_SIZE + (size_t)length);
}

enum sy_err
keeper_receive(int fd, struct keeper_input *in, struct sy_frame *ret_frame)
{
	enum sy_err err;
	size_t used;

	in->len = 0;
	if ((err = input_reserve(in, INPUT_FIRST)) != SY_OK)
		return err;
	for (;;) {
		if ((err = receive_some(fd, in)) != SY_OK ||
		    (err = reserve_frame(in)) != SY_OK)
			return err;
		err = sy_frame_parse(in->data, in->len, KEEPER_FRAME_MAX,
		    ret_frame, &used);
		if (err == SY_ERR_NOT_FOUND)
			continue;
		if (err != SY_OK || used != in->len ||
		    ret_frame->version != KEEPER_VERSION)
			return err == SY_ERR_LIMIT ? err : SY_ERR_PROTOCOL;
		return SY_OK;
	}
}
