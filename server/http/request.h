/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HTTP_REQUEST_H
#define SERVER_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/message.h>

/*
 * The head of a request: the small, strict part of HTTP/1.1 (RFC 9112) that we
 * speak. POST, an absolute path, one Host, one Content-Length of plain digits,
 * no transfer codings, no folded lines, CR LF at the end of every line. What
 * two readers could understand differently is refused. Pure function.
 */
#define HTTP_HEAD_MAX  8192
#define HTTP_LINES_MAX 32
#define HTTP_PATH_SIZE 128

struct http_head {
	char path[HTTP_PATH_SIZE];
	size_t length;     /* of the body, 0..SY_MESSAGE_SIZE_MAX */
	unsigned int wire; /* 0: not told or not a number that we know of */
	bool close;        /* the client wants no further request */
};

/*
 * http_head_parse(data, len, ret_head, ret_used, reterr):
 * The head at the start of ${data}. SY_ERR_NOT_FOUND: it is not whole yet,
 * read more; SY_ERR_LIMIT: head or body is too large; SY_ERR_HTTP: not clean,
 * the connection can't be used any further. ${*ret_used} is the head's size.
 */
SY_MUST_USE enum sy_err http_head_parse(const uint8_t *data, size_t len,
    struct http_head *ret_head, size_t *ret_used, struct sy_error *reterr);

#endif /* SERVER_HTTP_REQUEST_H */
