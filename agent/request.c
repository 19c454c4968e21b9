/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "request.h"

struct request {
	const struct request_type *type;
	request_done_fn *done;
	void *owner;
	struct link_call *call;
	char *body;
};

static void
free_request(struct request *r)
{
	link_cancel(&r->call);
	sy_message_free(&r->body);
	free(r);
}

void
request_cancel(struct request **request)
{
	if (*request == NULL)
		return;
	free_request(*request);
	*request = NULL;
}

void
request_adopt(struct request *r, request_done_fn *done, void *owner)
{
	r->done = done;
	r->owner = owner;
}

/* Read the answer into ${value} (room for the message's struct). */
static enum sy_err
decode(const struct request *r, const struct link_reply *in, void *value,
    struct request_reply *out)
{
	struct sy_error error = { .code = SY_OK };
	enum sy_err err;

	out->refused = in->status >= 400;
	if (out->refused)
		err = sy_message_decode(&sy_message_failure, in->body, in->len,
		    &out->failure, &error);
	else if (in->status == 200)
		err = sy_message_decode(r->type->out, in->body, in->len, value,
		    &error);
	else
		err = sy_error_set(&error, SY_ERR_PROTOCOL, "status",
		    "unexpected HTTP status %u", in->status);
	if (err != SY_OK)
		log_error(r->type->path, &error);
	/* Whatever is wrong with it, the server broke the protocol. */
	return err == SY_OK || err == SY_ERR_NOMEM ? err : SY_ERR_PROTOCOL;
}

static void
on_done(void *owner, const struct link_reply *in)
{
	struct request *r = owner;
	struct request_reply out = { .err = in->err, .server = in->server };
	void *value = NULL;

	if (in->err == SY_OK) {
		value = calloc(1, r->type->out->size);
		out.err =
		    value != NULL ? decode(r, in, value, &out) : SY_ERR_NOMEM;
	}
	out.value = value;
	if (out.err != SY_OK)
		out.refused = false;
	if (r->done != NULL)
		r->done(r->owner, &out);
	if (value != NULL) {
		if (out.err == SY_OK && !out.refused)
			sy_message_clear(r->type->out, value);
		free(value);
	}
	r->call = NULL;
	free_request(r);
}

enum sy_err
request_post(struct link *link, const struct request_type *type, int server,
    unsigned int budget_ms, const void *value, request_done_fn *done,
    void *owner, struct request **ret_request)
{
	struct request *r = calloc(1, sizeof(*r));
	struct link_request lr = {
		.path = type->path,
		.server = server,
		.budget_ms = budget_ms,
		.once = type->once,
	};
	enum sy_err err;

	if (r == NULL)
		return SY_ERR_NOMEM;
	r->type = type;
	r->done = done;
	r->owner = owner;
	err = sy_message_encode(type->in, value, &r->body, &lr.len);
	lr.body = r->body;
	if (err == SY_OK)
		err = link_post(link, &lr, on_done, r, &r->call);
	if (err != SY_OK) {
		free_request(r);
		return err;
	}
	if (ret_request != NULL)
		*ret_request = r;
	return SY_OK;
}
