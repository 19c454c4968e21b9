/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <sanyoso/frame.h>

/* The length field, which counts everything behind itself: at least version
 * and type. */
#define LENGTH_SIZE 4
#define LENGTH_MIN  (SY_FRAME_HEADER - LENGTH_SIZE)

void
sy_frame_begin(struct sy_buf *out, uint8_t version, uint8_t type)
{
	sy_buf_reset(out);
	(void)sy_buf_u32(out, 0);
	(void)sy_buf_u8(out, version);
	(void)sy_buf_u8(out, type);
}

enum sy_err
sy_frame_end(struct sy_buf *out)
{
	enum sy_err err;

	if ((err = sy_buf_status(out)) != SY_OK)
		return err;
	if (sy_buf_len(out) < SY_FRAME_HEADER)
		return SY_ERR_ARG;
	if (sy_buf_len(out) > SY_FRAME_MAX)
		return SY_ERR_LIMIT;
	return sy_buf_set_u32(out, 0,
	    (uint32_t)(sy_buf_len(out) - LENGTH_SIZE));
}

/* The length of the whole frame that begins ${data}. */
static enum sy_err
frame_total(const uint8_t *data, size_t len, size_t max, size_t *ret_total)
{
	struct sy_reader r;
	uint32_t length;

	sy_reader_init(&r, data, len);
	if (sy_reader_u32(&r, &length) != SY_OK)
		return SY_ERR_NOT_FOUND;
	if (length < LENGTH_MIN)
		return SY_ERR_FORMAT;
	if (max < LENGTH_SIZE || length > max - LENGTH_SIZE)
		return SY_ERR_LIMIT;
	*ret_total = LENGTH_SIZE + (size_t)length;
	return SY_OK;
}

enum sy_err
sy_frame_parse(const uint8_t *data, size_t len, size_t max,
    struct sy_frame *ret_frame, size_t *ret_used)
{
	struct sy_frame frame;
	struct sy_reader r;
	size_t total;
	enum sy_err err;

	if ((err = frame_total(data, len, max, &total)) != SY_OK)
		return err;
	if (len < total)
		return SY_ERR_NOT_FOUND;

	sy_reader_init(&r, data + LENGTH_SIZE, total - LENGTH_SIZE);
	frame.len = total - SY_FRAME_HEADER;
	if ((err = sy_reader_u8(&r, &frame.version)) != SY_OK ||
	    (err = sy_reader_u8(&r, &frame.type)) != SY_OK ||
	    (err = sy_reader_raw(&r, frame.len, &frame.body)) != SY_OK)
		return err;
	*ret_frame = frame;
	*ret_used = total;
	return SY_OK;
}

/* Milliseconds until ${deadline} for poll(2), rounded up; 0 = it passed. */
static int
left_ms(const struct timespec *deadline)
{
	struct timespec now;
	int64_t ms;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	if (deadline->tv_sec - now.tv_sec > INT_MAX / 1000)
		return INT_MAX;
	ms = (int64_t)(deadline->tv_sec - now.tv_sec) * 1000 +
	    (deadline->tv_nsec - now.tv_nsec + 999999) / 1000000;
	if (ms <= 0)
		return 0;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* Wait until ${fd} is ready for ${events}, or in error, which the transfer
 * that follows will name. */
static enum sy_err
wait_ready(int fd, short events, const struct timespec *deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int ms = -1;
	int n;

	do {
		if (deadline != NULL && (ms = left_ms(deadline)) == 0)
			return SY_ERR_TIMEOUT;
		n = poll(&p, 1, ms);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n < 0 ? SY_ERR_IO : SY_OK;
}

/* What a failed transfer means; SY_OK: wait and try again. */
static enum sy_err
transfer_error(int errnum)
{
	switch (errnum) {
	case EINTR:
	case EAGAIN:
		return SY_OK;
	case EPIPE:
	case ECONNRESET:
		return SY_ERR_CLOSED;
	default:
		return SY_ERR_IO;
	}
}

enum sy_err
sy_frame_send(int fd, const void *data, size_t len,
    const struct timespec *deadline)
{
	const uint8_t *p = data;
	enum sy_err err;
	ssize_t n;

	while (len > 0) {
		if ((err = wait_ready(fd, POLLOUT, deadline)) != SY_OK)
			return err;
		n = send(fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if ((err = transfer_error(errno)) != SY_OK) {
			return err;
		}
	}
	return SY_OK;
}

/* Fill ${buffer} up to ${want} bytes, ${*have} of which are there. */
static enum sy_err
receive_until(int fd, uint8_t *buffer, size_t want, size_t *have,
    const struct timespec *deadline)
{
	enum sy_err err;
	ssize_t n;

	while (*have < want) {
		if ((err = wait_ready(fd, POLLIN, deadline)) != SY_OK)
			return err;
		n = recv(fd, buffer + *have, want - *have, MSG_DONTWAIT);
		if (n == 0)
			return SY_ERR_CLOSED;
		if (n > 0)
			*have += (size_t)n;
		else if ((err = transfer_error(errno)) != SY_OK)
			return err;
	}
	return SY_OK;
}

enum sy_err
sy_frame_receive(int fd, uint8_t *buffer, size_t cap,
    const struct timespec *deadline, struct sy_frame *ret_frame)
{
	size_t have = 0;
	size_t total, used;
	enum sy_err err;

	if (cap < SY_FRAME_HEADER)
		return SY_ERR_ARG;
	if ((err = receive_until(fd, buffer, LENGTH_SIZE, &have, deadline)) !=
		SY_OK ||
	    (err = frame_total(buffer, have, cap, &total)) != SY_OK ||
	    (err = receive_until(fd, buffer, total, &have, deadline)) != SY_OK)
		return err;
	return sy_frame_parse(buffer, have, cap, ret_frame, &used);
}
