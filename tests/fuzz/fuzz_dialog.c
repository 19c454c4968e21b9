/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/dialog.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct sy_buf *out;

/* What was decoded must encode to the very bytes that came. */
static void
must_be(const uint8_t *data, size_t len, const void *p, size_t plen)
{
	if (len != plen || memcmp(data, p, len) != 0)
		abort();
}

static enum sy_err
decode_answer(const struct sy_frame *frame, const uint8_t *data, size_t len)
{
	struct sy_secret *answer = NULL, *back = NULL;
	uint32_t number;
	bool given;
	enum sy_err err;

	if (sy_secret_new(SY_DIALOG_ANSWER_MAX, &answer) != SY_OK)
		abort();
	if ((err = sy_dialog_get_answer(frame, &number, &given, answer)) ==
	    SY_OK) {
		if (sy_dialog_put_answer(number, given, sy_secret_bytes(answer),
			sy_secret_len(answer), &back) != SY_OK)
			abort();
		must_be(data, len, sy_secret_bytes(back), sy_secret_len(back));
	}
	sy_secret_free(&answer);
	sy_secret_free(&back);
	return err;
}

/* Decode by type, encode again into ${out}. */
static enum sy_err
decode(const struct sy_frame *frame)
{
	struct sy_dialog_auth auth;
	struct sy_dialog_phase phase;
	struct sy_dialog_enroll enroll;
	struct sy_dialog_prompt prompt;
	struct sy_dialog_result result;
	struct sy_dialog_office office;
	struct sy_dialog_key key;
	char text[SY_DIALOG_TEXT_SIZE];
	const enum sy_dialog_type type = (enum sy_dialog_type)frame->type;
	enum sy_err err, put = SY_OK;

	if ((err = sy_dialog_get_auth(frame, &auth)) == SY_OK)
		put = sy_dialog_put_auth(out, &auth);
	else if ((err = sy_dialog_get_phase(frame, &phase)) == SY_OK)
		put = sy_dialog_put_phase(out, type, &phase);
	else if ((err = sy_dialog_get_enroll(frame, &enroll)) == SY_OK)
		put = sy_dialog_put_enroll(out, &enroll);
	else if ((err = sy_dialog_get_office(frame, &office)) == SY_OK)
		put = sy_dialog_put_office(out, &office);
	else if ((err = sy_dialog_get_key(frame, &key)) == SY_OK)
		put = sy_dialog_put_key(out, &key);
	else if ((err = sy_dialog_get_text(frame, text)) == SY_OK)
		put = sy_dialog_put_text(out, type, text);
	else if ((err = sy_dialog_get_prompt(frame, &prompt)) == SY_OK)
		put = sy_dialog_put_prompt(out, &prompt);
	else if ((err = sy_dialog_get_result(frame, &result)) == SY_OK)
		put = sy_dialog_put_result(out, &result);
	else if ((err = sy_dialog_get_empty(frame, SY_DIALOG_WAIT)) == SY_OK ||
	    (err = sy_dialog_get_empty(frame, SY_DIALOG_STATUS)) == SY_OK)
		put = sy_dialog_put_empty(out, type);
	if (put != SY_OK)
		abort();
	return err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_frame frame;
	size_t used;

	if (sy_frame_parse(data, len, SY_FRAME_MAX, &frame, &used) != SY_OK)
		return 0;
	if (decode_answer(&frame, data, used) == SY_OK)
		return 0;
	if (sy_buf_new(SY_FRAME_MAX, &out) != SY_OK)
		abort();
	if (decode(&frame) == SY_OK)
		must_be(data, used, sy_buf_data(out), sy_buf_len(out));
	sy_buf_free(&out);
	return 0;
}
