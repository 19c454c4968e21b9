/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_HTTP_H
#define AGENT_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include <sanyoso/err.h>

/*
 * The little of HTTP/1.1 (RFC 9112) that the agent and its own server need:
 * one POST, one answer with exactly one Content-Length. Anything else is
 * refused: no chunks, no continuation lines, no answer without a length.
 */
#define HTTP_HEAD_MAX 8192

struct http_head {
	unsigned int status;
	size_t head_len; /* where the body begins */
	size_t body_len;
	bool close; /* the server will close */
};

/*
 * The head of the answer in ${data}. SY_ERR_NOT_FOUND: not whole yet;
 * SY_ERR_HTTP: not clean; SY_ERR_LIMIT: head over HTTP_HEAD_MAX or body over
 * ${body_max}.
 */
SY_MUST_USE enum sy_err http_head_parse(const char *data, size_t len,
    size_t body_max, struct http_head *ret);

/* The head of a POST into ${out}; its length in ${*ret_len}. LIMIT. */
SY_MUST_USE enum sy_err http_post_head(const char *host, const char *path,
    size_t body_len, char *out, size_t cap, size_t *ret_len);

#endif /* AGENT_HTTP_H */
