/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/batch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sanyoso/text.h>

#include "server/keeper/cert.h"
#include "server/keeper/claim.h"

/* One operation as it was read; views point into the frame. */
struct op {
	enum keeper_op kind;
	char table[KEEPER_NAME_SIZE];
	char column[KEEPER_NAME_SIZE];
	char name[SY_HOST_SIZE];
	int64_t number; /* row, owner, not after, size of a log */
	const uint8_t *data;
	size_t len;
	const uint8_t *mac;
	const uint8_t *claim; /* to a certificate */
	size_t claim_len;
	const uint8_t *head;
	const uint8_t *signature;
	uint16_t parts; /* of a MAC: data and len are all of them */
	/* The result and its place in the output, for later parts. */
	enum sy_err result;
	size_t result_at;
	size_t result_len;
};

struct batch {
	const struct keeper_keys *keys;
	struct vault *vault;
	struct history *history;
	struct op *ops;
	size_t ops_size;
	size_t count;
	uint8_t scratch[KEEPER_DATA_MAX + KEEPER_SEAL_EXTRA];
	uint8_t joined[KEEPER_DATA_MAX];
};

enum sy_err
batch_new(const struct keeper_keys *keys, struct vault *vault,
    struct history *history, struct batch **ret_batch)
{
	struct batch *batch;

	if ((batch = calloc(1, sizeof(*batch))) == NULL)
		return SY_ERR_NOMEM;
	batch->keys = keys;
	batch->vault = vault;
	batch->history = history;
	*ret_batch = batch;
	return SY_OK;
}

void
batch_free(struct batch **batch)
{
	if (*batch == NULL)
		return;
	free((*batch)->ops);
	sy_memzero(*batch, sizeof(**batch));
	free(*batch);
	*batch = NULL;
}

static enum sy_err
read_names(struct sy_reader *r, struct op *op)
{
	enum sy_err err;

	if ((err = sy_reader_text(r, op->table, sizeof(op->table))) != SY_OK)
		return err;
	return sy_reader_text(r, op->column, sizeof(op->column));
}

static enum sy_err
read_number(struct sy_reader *r, struct op *op)
{
	enum sy_err err;
	uint64_t v;

	if ((err = sy_reader_u64(r, &v)) != SY_OK)
		return err;
	op->number = (int64_t)v;
	return SY_OK;
}

static enum sy_err
read_data(struct sy_reader *r, struct op *op)
{
	return sy_reader_bytes32(r, KEEPER_DATA_MAX, &op->data, &op->len);
}

static enum sy_err
read_leaves(struct sy_reader *r, struct op *op)
{
	enum sy_err err;

	if ((err = sy_reader_bytes32(r, KEEPER_LEAVES_SIZE, &op->data,
		 &op->len)) != SY_OK)
		return err;
	return op->len % SY_DIGEST_SIZE == 0 ? SY_OK : SY_ERR_FORMAT;
}

static enum sy_err
read_head(struct sy_reader *r, struct op *op)
{
	return sy_reader_raw(r, SY_HEAD_SIZE, &op->head);
}

static enum sy_err
read_cert(struct sy_reader *r, struct op *op)
{
	enum sy_err err;

	if ((err = sy_reader_text(r, op->name, sizeof(op->name))) != SY_OK ||
	    (err = read_data(r, op)) != SY_OK)
		return err;
	return read_number(r, op);
}

static enum sy_err
read_part(struct sy_reader *r, size_t number)
{
	const uint8_t *view;
	enum sy_err err;
	uint32_t result;
	uint8_t kind;
	size_t len;

	if ((err = sy_reader_u8(r, &kind)) != SY_OK)
		return err;
	if (kind == KEEPER_PART_BYTES)
		return sy_reader_bytes32(r, KEEPER_DATA_MAX, &view, &len);
	if (kind != KEEPER_PART_RESULT || sy_reader_u32(r, &result) != SY_OK ||
	    result >= number)
		return SY_ERR_FORMAT;
	return SY_OK;
}

static enum sy_err
read_parts(struct sy_reader *r, struct op *op, size_t number)
{
	enum sy_err err;

	if ((err = sy_reader_u16(r, &op->parts)) != SY_OK)
		return err;
	if (op->parts > KEEPER_PARTS_MAX)
		return SY_ERR_FORMAT;
	op->data = r->at;
	for (uint16_t i = 0; i < op->parts; i++) {
		if ((err = read_part(r, number)) != SY_OK)
			return err;
	}
	op->len = (size_t)(r->at - op->data);
	return SY_OK;
}

/* Those of operations on the log. */
static enum sy_err
read_log_fields(struct sy_reader *r, struct op *op)
{
	enum sy_err err;

	switch (op->kind) {
	case KEEPER_OP_HEAD:
		if ((err = read_number(r, op)) != SY_OK ||
		    (err = read_leaves(r, op)) != SY_OK)
			return err;
		return read_head(r, op);
	case KEEPER_OP_CONFIRM:
		return read_number(r, op);
	case KEEPER_OP_SHOW:
		return read_leaves(r, op);
	case KEEPER_OP_RESUME:
		if ((err = read_data(r, op)) != SY_OK ||
		    (err = read_head(r, op)) != SY_OK)
			return err;
		return sy_reader_raw(r, SY_ED25519_SIG_SIZE, &op->signature);
	default:
		return SY_OK; /* HISTORY */
	}
}

static enum sy_err
read_fields(struct sy_reader *r, struct op *op, size_t number)
{
	enum sy_err err;

	switch (op->kind) {
	case KEEPER_OP_SEAL:
	case KEEPER_OP_UNSEAL:
		if ((err = read_names(r, op)) != SY_OK ||
		    (err = read_number(r, op)) != SY_OK)
			return err;
		return read_data(r, op);
	case KEEPER_OP_INDEX:
		if ((err = read_names(r, op)) != SY_OK)
			return err;
		return read_data(r, op);
	case KEEPER_OP_MAC:
		return read_parts(r, op, number);
	case KEEPER_OP_CHECK:
		if ((err = read_data(r, op)) != SY_OK)
			return err;
		return sy_reader_raw(r, SY_DIGEST_SIZE, &op->mac);
	case KEEPER_OP_HEAD:
	case KEEPER_OP_CONFIRM:
	case KEEPER_OP_HISTORY:
	case KEEPER_OP_SHOW:
	case KEEPER_OP_RESUME:
		return read_log_fields(r, op);
	case KEEPER_OP_TERMINAL_CERT:
	case KEEPER_OP_TERMINAL_RENEWAL:
		if ((err = read_cert(r, op)) != SY_OK)
			return err;
		return sy_reader_bytes32(r, KEEPER_DATA_MAX, &op->claim,
		    &op->claim_len);
	case KEEPER_OP_SERVER_CERT:
	case KEEPER_OP_PERSON_CERT:
		return read_cert(r, op);
	case KEEPER_OP_PEPPER:
		if ((err = read_number(r, op)) != SY_OK)
			return err;
		return read_data(r, op);
	}
	return SY_ERR_FORMAT;
}

/* Room for ${count} operations; a whole frame bounds it. */
static enum sy_err
reserve_ops(struct batch *batch, size_t count)
{
	struct op *ops;

	if (count <= batch->ops_size)
		return SY_OK;
	if ((ops = reallocarray(batch->ops, count, sizeof(*ops))) == NULL)
		return SY_ERR_NOMEM;
	batch->ops = ops;
	batch->ops_size = count;
	return SY_OK;
}

static enum sy_err
read_batch(struct batch *batch, const uint8_t *body, size_t len)
{
	struct sy_reader r;
	enum sy_err err;
	uint32_t count;
	uint8_t kind;

	sy_reader_init(&r, body, len);
	if ((err = sy_reader_u32(&r, &count)) != SY_OK)
		return err;
	/* A count that the frame cannot hold must not cost memory. */
	if (count > KEEPER_OPS_MAX || count > sy_reader_left(&r))
		return SY_ERR_FORMAT;
	if ((err = reserve_ops(batch, count)) != SY_OK)
		return err;
	batch->count = count;
	for (size_t i = 0; i < count; i++) {
		struct op *op = &batch->ops[i];

		*op = (struct op){ 0 };
		if ((err = sy_reader_u8(&r, &kind)) != SY_OK)
			return err;
		op->kind = kind;
		if ((err = read_fields(&r, op, i)) != SY_OK)
			return err;
	}
	return sy_reader_end(&r);
}

/* The parts of a MAC one behind the other. The frame was read before: what is
 * not a result is bytes. */
static enum sy_err
join_parts(struct batch *batch, const struct op *op, const uint8_t *output,
    size_t *ret_len)
{
	struct sy_reader r;
	const uint8_t *view;
	size_t total = 0, len;
	enum sy_err err;
	uint32_t number;
	uint8_t kind;

	sy_reader_init(&r, op->data, op->len);
	while (sy_reader_left(&r) > 0) {
		if ((err = sy_reader_u8(&r, &kind)) != SY_OK)
			return err;
		if (kind == KEEPER_PART_RESULT) {
			if ((err = sy_reader_u32(&r, &number)) != SY_OK)
				return err;
			if (batch->ops[number].result != SY_OK)
				return batch->ops[number].result;
			view = output + batch->ops[number].result_at;
			len = batch->ops[number].result_len;
		} else if ((err = sy_reader_bytes32(&r, KEEPER_DATA_MAX, &view,
				&len)) != SY_OK) {
			return err;
		}
		if (len > sizeof(batch->joined) - total)
			return SY_ERR_LIMIT;
		memcpy(batch->joined + total, view, len);
		total += len;
	}
	*ret_len = total;
	return SY_OK;
}

static enum sy_err
run_check(struct batch *batch, const struct op *op)
{
	uint8_t mac[SY_DIGEST_SIZE];
	enum sy_err err;

	if ((err = vault_mac(batch->vault, op->data, op->len, mac)) != SY_OK)
		return err;
	return sy_memequal(mac, op->mac, sizeof(mac)) ? SY_OK
						      : SY_ERR_ROW_ALTERED;
}

static bool
is_cert(const struct op *op)
{
	return op->kind == KEEPER_OP_TERMINAL_CERT ||
	    op->kind == KEEPER_OP_TERMINAL_RENEWAL ||
	    op->kind == KEEPER_OP_SERVER_CERT ||
	    op->kind == KEEPER_OP_PERSON_CERT;
}

/* What a terminal may have one for; the others need no claim. */
static enum sy_err
check_claim(struct batch *batch, const struct op *op)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (op->kind == KEEPER_OP_TERMINAL_CERT)
		return claim_invited(batch->vault, batch->history, op->name,
		    op->claim, op->claim_len,
		    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	if (op->kind == KEEPER_OP_TERMINAL_RENEWAL)
		return claim_renewed(batch->keys->ca_cert, op->name, op->data,
		    op->len, op->claim, op->claim_len, now.tv_sec);
	return SY_OK;
}

static enum sy_err
run_cert(struct batch *batch, const struct op *op, struct sy_buf *out)
{
	const enum cert_use use =
	    op->kind == KEEPER_OP_SERVER_CERT ? CERT_SERVER : CERT_TERMINAL;
	enum sy_err err;
	uint8_t *cert;
	size_t len;

	if ((err = check_claim(batch, op)) != SY_OK)
		return err;
	if (op->kind == KEEPER_OP_PERSON_CERT)
		err = cert_issue_person(batch->keys->ca, batch->keys->ca_cert,
		    op->name, op->data, op->len, time(NULL), op->number, &cert,
		    &len);
	else
		err = cert_issue(batch->keys->ca, batch->keys->ca_cert, use,
		    op->name, op->data, op->len, time(NULL), op->number, &cert,
		    &len);
	if (err != SY_OK)
		return err;
	(void)sy_buf_u16(out, SY_OK);
	(void)sy_buf_bytes32(out, cert, len);
	free(cert);
	return SY_OK;
}

static enum sy_err
tell_history(struct batch *batch, size_t *ret_len)
{
	uint8_t *at = batch->scratch;
	uint64_t size;
	bool fresh;

	history_tell(batch->history, &fresh, &size);
	*at++ = fresh;
	for (unsigned int shift = 64; shift > 0; shift -= 8)
		*at++ = (uint8_t)(size >> (shift - 8));
	*ret_len = 1 + 8;
	return SY_OK;
}

/* Operations on the log, their result in the scratch space. */
static enum sy_err
run_log(struct batch *batch, const struct op *op, size_t *ret_len)
{
	struct history *history = batch->history;

	switch (op->kind) {
	case KEEPER_OP_HEAD:
		*ret_len = SY_ED25519_SIG_SIZE;
		return history_sign(history, (uint64_t)op->number, op->data,
		    op->len / SY_DIGEST_SIZE, op->head, batch->scratch);
	case KEEPER_OP_CONFIRM:
		return history_confirm(history, (uint64_t)op->number);
	case KEEPER_OP_HISTORY:
		return tell_history(batch, ret_len);
	case KEEPER_OP_SHOW:
		return history_show(history, op->data,
		    op->len / SY_DIGEST_SIZE);
	case KEEPER_OP_RESUME:
		return history_resume(history, op->data, op->len, op->head,
		    op->signature);
	default:
		return SY_ERR_INTERNAL;
	}
}

/* The operation's result in the scratch space. */
static enum sy_err
run_data(struct batch *batch, const struct op *op, const uint8_t *output,
    size_t *ret_len)
{
	enum sy_err err;
	size_t len;

	switch (op->kind) {
	case KEEPER_OP_SEAL:
		*ret_len = op->len + KEEPER_SEAL_EXTRA;
		return vault_seal(batch->vault, op->table, op->column,
		    op->number, op->data, op->len, batch->scratch);
	case KEEPER_OP_UNSEAL:
		*ret_len = op->len < KEEPER_SEAL_EXTRA
		    ? 0
		    : op->len - KEEPER_SEAL_EXTRA;
		return vault_unseal(batch->vault, op->table, op->column,
		    op->number, op->data, op->len, batch->scratch);
	case KEEPER_OP_INDEX:
		*ret_len = SY_DIGEST_SIZE;
		return vault_index(batch->vault, op->table, op->column,
		    op->data, op->len, batch->scratch);
	case KEEPER_OP_MAC:
		*ret_len = SY_DIGEST_SIZE;
		if ((err = join_parts(batch, op, output, &len)) != SY_OK)
			return err;
		return vault_mac(batch->vault, batch->joined, len,
		    batch->scratch);
	case KEEPER_OP_CHECK:
		*ret_len = 0;
		return run_check(batch, op);
	case KEEPER_OP_HEAD:
	case KEEPER_OP_CONFIRM:
	case KEEPER_OP_HISTORY:
	case KEEPER_OP_SHOW:
	case KEEPER_OP_RESUME:
		return run_log(batch, op, ret_len);
	case KEEPER_OP_PEPPER:
		*ret_len = SY_DIGEST_SIZE;
		return vault_pepper(batch->vault, op->number, op->data, op->len,
		    batch->scratch);
	case KEEPER_OP_TERMINAL_CERT:
	case KEEPER_OP_TERMINAL_RENEWAL:
	case KEEPER_OP_SERVER_CERT:
	case KEEPER_OP_PERSON_CERT:
		break; /* run_cert */
	}
	return SY_ERR_INTERNAL;
}

static void
run_op(struct batch *batch, struct op *op, struct sy_buf *out)
{
	enum sy_err err;
	size_t len = 0;

	if (is_cert(op)) {
		if ((err = run_cert(batch, op, out)) == SY_OK)
			return;
	} else {
		err = run_data(batch, op, sy_buf_data(out), &len);
	}
	if (err != SY_OK)
		len = 0;
	op->result = err;
	(void)sy_buf_u16(out, (uint16_t)err);
	(void)sy_buf_bytes32(out, batch->scratch, len);
	op->result_at = sy_buf_len(out) - len;
	op->result_len = len;
}

enum sy_err
batch_run(struct batch *batch, const uint8_t *body, size_t len,
    struct sy_buf *out)
{
	enum sy_err err, end;

	if ((err = read_batch(batch, body, len)) != SY_OK) {
		sy_frame_begin(out, KEEPER_VERSION, KEEPER_REFUSED);
		if ((end = keeper_frame_end(out)) != SY_OK)
			return end;
		return err == SY_ERR_NOMEM ? err : SY_ERR_FORMAT;
	}
	sy_frame_begin(out, KEEPER_VERSION, KEEPER_RESULTS);
	(void)sy_buf_u32(out, (uint32_t)batch->count);
	for (size_t i = 0; i < batch->count; i++)
		run_op(batch, &batch->ops[i], out);
	return keeper_frame_end(out);
}
