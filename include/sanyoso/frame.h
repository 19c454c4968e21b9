/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_FRAME_H
#define SY_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <sanyoso/buf.h>

/*
 * Frames on the local sockets: u32 length of what follows, u8 version, u8
 * type, body. Needs nothing but libc: the PAM module uses it in its host's
 * process (MSG_NOSIGNAL, no signals, no globals).
 */
#define SY_FRAME_HEADER 6
/* The longest frame, header included. */
#define SY_FRAME_MAX (64 * 1024)

struct sy_frame {
	uint8_t version;
	uint8_t type;
	const uint8_t *body; /* view into the buffer that was parsed */
	size_t len;
};

/*
 * Begin a frame in ${out} (which is reset), add the body with sy_buf_*, then
 * sy_frame_end sets the length; it returns the buffer's status.
 */
SY_API void sy_frame_begin(struct sy_buf *out, uint8_t version, uint8_t type);
SY_API SY_MUST_USE enum sy_err sy_frame_end(struct sy_buf *out);

/*
 * sy_frame_parse(data, len, max, ret_frame, ret_used):
 * The first frame in ${data}. SY_ERR_NOT_FOUND: not yet whole (read more);
 * SY_ERR_LIMIT: longer than ${max}; SY_ERR_FORMAT: shorter than its header.
 */
SY_API SY_MUST_USE enum sy_err sy_frame_parse(const uint8_t *data, size_t len,
    size_t max, struct sy_frame *ret_frame, size_t *ret_used);

/*
 * Blocking helpers for clients and workers with a deadline on CLOCK_MONOTONIC
 * (NULL: none). They retry EINTR and short transfers. SY_ERR_TIMEOUT,
 * SY_ERR_CLOSED, SY_ERR_IO, and sy_frame_parse's errors.
 */
SY_API SY_MUST_USE enum sy_err sy_frame_send(int fd, const void *data,
    size_t len, const struct timespec *deadline);
/* Receive one whole frame into ${buffer} of ${cap} bytes. The caller wipes it
 * if it may hold a secret. */
SY_API SY_MUST_USE enum sy_err sy_frame_receive(int fd, uint8_t *buffer,
    size_t cap, const struct timespec *deadline, struct sy_frame *ret_frame);

#endif /* SY_FRAME_H */
