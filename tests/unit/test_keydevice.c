/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of FIDO2 keys between agent and worker. */
#include <stdlib.h>

#include <sanyoso/keydevice.h>

#include "tests/support/faults.h"
#include "tests/support/unit.h"

static const uint8_t digits[SY_KEYDEVICE_PIN_MAX + 1] = "12345678";

/* A secret that holds the first ${len} of digits. */
static struct sy_secret *
secret(size_t len)
{
	struct sy_secret *s = NULL;

	assert_int_equal(sy_secret_new(sizeof(digits), &s), SY_OK);
	assert_int_equal(sy_secret_append(s, digits, len), SY_OK);
	return s;
}

static void
assert_pin(const struct sy_secret *pin, size_t len)
{
	assert_non_null(pin);
	assert_int_equal(sy_secret_len(pin), len);
	assert_memory_equal(sy_secret_bytes(pin), digits, len);
}

/* Hand a frame over from its secret. */
static enum sy_err
take(struct sy_buf *out, struct sy_secret **frame)
{
	const enum sy_err err =
	    sy_buf_raw(out, sy_secret_bytes(*frame), sy_secret_len(*frame));

	sy_secret_free(frame);
	return err;
}

/* --- one of each kind --- */

static struct sy_keydevice_start
start_of_two(void)
{
	struct sy_keydevice_start start = { .usb = true,
		.fresh = true,
		.reserve = 2,
		.wait_ms = 60000,
		.rp_id = "sanyoso.example",
		.credential_count = 2 };

	start.credentials[0].len = SY_FIDO2_CREDENTIAL_MAX;
	start.credentials[0].id[SY_FIDO2_CREDENTIAL_MAX - 1] = 7;
	start.credentials[1].len = 1;
	start.credentials[1].id[0] = 9;
	return start;
}

static enum sy_err
put_start(struct sy_buf *out)
{
	const struct sy_keydevice_start start = start_of_two();

	return sy_keydevice_put_start(out, &start);
}

static enum sy_err
get_start(const struct sy_frame *frame)
{
	struct sy_keydevice_start got;
	enum sy_err err;

	if ((err = sy_keydevice_get_start(frame, &got)) != SY_OK)
		return err;
	assert_true(got.usb && got.fresh && !got.reader && !got.enroll);
	assert_int_equal(got.reserve, 2);
	assert_int_equal(got.wait_ms, 60000);
	assert_string_equal(got.rp_id, "sanyoso.example");
	assert_int_equal(got.credential_count, 2);
	assert_int_equal(got.credentials[0].len, SY_FIDO2_CREDENTIAL_MAX);
	assert_int_equal(got.credentials[0].id[SY_FIDO2_CREDENTIAL_MAX - 1], 7);
	assert_int_equal(got.credentials[1].len, 1);
	assert_int_equal(got.credentials[1].id[0], 9);
	return SY_OK;
}

static enum sy_err
put_assert(struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert in = { .hash = { 1, 2 },
		.uv = SY_KEY_UV_PIN,
		.credential = SY_KEYDEVICE_CREDENTIALS,
		.pin = secret(SY_KEYDEVICE_PIN_MAX) };
	enum sy_err err;

	if ((err = sy_keydevice_put_assert(&in, &frame)) != SY_OK)
		return err;
	return take(out, &frame);
}

static enum sy_err
get_assert(const struct sy_frame *frame)
{
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert got = { .uv = 0 };
	enum sy_err err;

	if ((err = sy_keydevice_get_assert(frame, &got)) != SY_OK) {
		assert_null(got.pin);
		return err;
	}
	assert_int_equal(got.hash[1], 2);
	assert_int_equal(got.uv, SY_KEY_UV_PIN);
	assert_int_equal(got.credential, SY_KEYDEVICE_CREDENTIALS);
	assert_pin(got.pin, SY_KEYDEVICE_PIN_MAX);
	return SY_OK;
}

static enum sy_err
put_make(struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	const struct sy_keydevice_make in = { .hash = { 3 },
		.uv = SY_KEY_UV_BUILT_IN,
		.resident = true,
		.handle = { 4 },
		.login = "hanako",
		.name = "山田 花子" };
	enum sy_err err;

	if ((err = sy_keydevice_put_make(&in, &frame)) != SY_OK)
		return err;
	return take(out, &frame);
}

static enum sy_err
get_make(const struct sy_frame *frame)
{
	SY_AUTO(sy_keydevice_make_clear)
	struct sy_keydevice_make got = { .uv = 0 };
	enum sy_err err;

	if ((err = sy_keydevice_get_make(frame, &got)) != SY_OK) {
		assert_null(got.pin);
		return err;
	}
	assert_int_equal(got.hash[0], 3);
	assert_int_equal(got.uv, SY_KEY_UV_BUILT_IN);
	assert_true(got.resident);
	assert_int_equal(got.handle[0], 4);
	assert_string_equal(got.login, "hanako");
	assert_string_equal(got.name, "山田 花子");
	assert_pin(got.pin, 0);
	return SY_OK;
}

static enum sy_err
put_pin(struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_keydevice_pin_clear)
	struct sy_keydevice_pin in = { .old = secret(4), .fresh = secret(8) };
	enum sy_err err;

	if ((err = sy_keydevice_put_pin(&in, &frame)) != SY_OK)
		return err;
	return take(out, &frame);
}

static enum sy_err
get_pin(const struct sy_frame *frame)
{
	SY_AUTO(sy_keydevice_pin_clear)
	struct sy_keydevice_pin got = { .random = false };
	enum sy_err err;

	if ((err = sy_keydevice_get_pin(frame, &got)) != SY_OK) {
		assert_null(got.old);
		assert_null(got.fresh);
		return err;
	}
	assert_false(got.random);
	assert_pin(got.old, 4);
	assert_pin(got.fresh, 8);
	return SY_OK;
}

static enum sy_err
put_enroll(struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_keydevice_enroll_clear)
	struct sy_keydevice_enroll in = { .name = "右手", .pin = secret(6) };
	enum sy_err err;

	if ((err = sy_keydevice_put_enroll(&in, &frame)) != SY_OK)
		return err;
	return take(out, &frame);
}

static enum sy_err
get_enroll(const struct sy_frame *frame)
{
	SY_AUTO(sy_keydevice_enroll_clear)
	struct sy_keydevice_enroll got = { .name = "" };
	enum sy_err err;

	if ((err = sy_keydevice_get_enroll(frame, &got)) != SY_OK) {
		assert_null(got.pin);
		return err;
	}
	assert_string_equal(got.name, "右手");
	assert_pin(got.pin, 6);
	return SY_OK;
}

static enum sy_err
put_fingers(struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *pin = secret(6);
	enum sy_err err;

	if ((err = sy_keydevice_put_fingers(pin, &frame)) != SY_OK)
		return err;
	return take(out, &frame);
}

static enum sy_err
get_fingers(const struct sy_frame *frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	enum sy_err err;

	if ((err = sy_keydevice_get_fingers(frame, &pin)) != SY_OK) {
		assert_null(pin);
		return err;
	}
	assert_pin(pin, 6);
	return SY_OK;
}

static enum sy_err
put_forget(struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_keydevice_forget_clear)
	struct sy_keydevice_forget in = {
		.template_id = { 5, 6 }, .template_len = 2, .pin = secret(6)
	};
	enum sy_err err;

	if ((err = sy_keydevice_put_forget(&in, &frame)) != SY_OK)
		return err;
	return take(out, &frame);
}

static enum sy_err
get_forget(const struct sy_frame *frame)
{
	SY_AUTO(sy_keydevice_forget_clear)
	struct sy_keydevice_forget got = { .template_len = 0 };
	enum sy_err err;

	if ((err = sy_keydevice_get_forget(frame, &got)) != SY_OK) {
		assert_null(got.pin);
		return err;
	}
	assert_int_equal(got.template_len, 2);
	assert_int_equal(got.template_id[1], 6);
	assert_pin(got.pin, 6);
	return SY_OK;
}

static enum sy_err
put_waiting(struct sy_buf *out)
{
	const struct sy_keydevice_waiting waiting = {
		.keys = 258, .other = true, .choose = true, .busy = true
	};

	return sy_keydevice_put_waiting(out, &waiting);
}

static enum sy_err
get_waiting(const struct sy_frame *frame)
{
	struct sy_keydevice_waiting got;
	enum sy_err err;

	if ((err = sy_keydevice_get_waiting(frame, &got)) != SY_OK)
		return err;
	assert_int_equal(got.keys, 258);
	assert_true(got.other && !got.old_card && got.choose && got.busy);
	return SY_OK;
}

static struct sy_keydevice_found
found_key(void)
{
	const struct sy_keydevice_found found = { .place = "Key of Tests",
		.aaguid = { [15] = 9 },
		.firmware = 0x0102030405060708,
		.pin_supported = true,
		.pin_change_due = true,
		.uv_set = true,
		.uvm = true,
		.no_pin_tokens = true,
		.reader = true,
		.pin_min = 6,
		.pin_tries = 8,
		.uv_tries = 255,
		.credential = SY_KEYDEVICE_CREDENTIALS - 1 };

	return found;
}

static enum sy_err
put_found(struct sy_buf *out)
{
	const struct sy_keydevice_found found = found_key();

	return sy_keydevice_put_found(out, &found);
}

static enum sy_err
get_found(const struct sy_frame *frame)
{
	struct sy_keydevice_found got;
	enum sy_err err;

	if ((err = sy_keydevice_get_found(frame, &got)) != SY_OK)
		return err;
	assert_string_equal(got.place, "Key of Tests");
	assert_int_equal(got.aaguid[15], 9);
	assert_true(got.firmware == 0x0102030405060708);
	assert_true(got.pin_supported && got.pin_change_due && got.uv_set &&
	    got.uvm && got.no_pin_tokens && got.reader);
	assert_false(got.pin_set || got.uv_supported || got.bio_enroll ||
	    got.resident || got.always_uv);
	assert_int_equal(got.pin_min, 6);
	assert_int_equal(got.pin_tries, 8);
	assert_int_equal(got.uv_tries, 255);
	assert_int_equal(got.credential, SY_KEYDEVICE_CREDENTIALS - 1);
	return SY_OK;
}

static enum sy_err
put_touch(struct sy_buf *out)
{
	const struct sy_keydevice_touch touch = { .what = SY_KEY_TOUCH_SAMPLE,
		.sample = SY_KEY_SAMPLE_NO_LIFT,
		.remaining = 4 };

	return sy_keydevice_put_touch(out, &touch);
}

static enum sy_err
get_touch(const struct sy_frame *frame)
{
	struct sy_keydevice_touch got;
	enum sy_err err;

	if ((err = sy_keydevice_get_touch(frame, &got)) != SY_OK)
		return err;
	assert_int_equal(got.what, SY_KEY_TOUCH_SAMPLE);
	assert_int_equal(got.sample, SY_KEY_SAMPLE_NO_LIFT);
	assert_int_equal(got.remaining, 4);
	return SY_OK;
}

static enum sy_err
put_refused(struct sy_buf *out)
{
	const struct sy_keydevice_refused refused = { .code = SY_ERR_PIN_WRONG,
		.tries = 7 };

	return sy_keydevice_put_refused(out, &refused);
}

static enum sy_err
get_refused(const struct sy_frame *frame)
{
	struct sy_keydevice_refused got;
	enum sy_err err;

	if ((err = sy_keydevice_get_refused(frame, &got)) != SY_OK)
		return err;
	assert_int_equal(got.code, SY_ERR_PIN_WRONG);
	assert_int_equal(got.tries, 7);
	return SY_OK;
}

static struct sy_keydevice_signed
signed_by_finger(void)
{
	const struct sy_keydevice_signed in = { .uv = SY_KEY_UV_BUILT_IN,
		.credential = { .id = { 1 }, .len = SY_FIDO2_CREDENTIAL_MAX },
		.handle = { 2 },
		.handle_len = SY_FIDO2_HANDLE_MAX,
		.authdata = { 3 },
		.authdata_len = 37,
		.signature = { 4 },
		.signature_len = SY_SIGNATURE_SIZE_MAX };

	return in;
}

static enum sy_err
put_signed(struct sy_buf *out)
{
	const struct sy_keydevice_signed in = signed_by_finger();

	return sy_keydevice_put_signed(out, &in);
}

static enum sy_err
get_signed(const struct sy_frame *frame)
{
	const struct sy_keydevice_signed want = signed_by_finger();
	struct sy_keydevice_signed got;
	enum sy_err err;

	if ((err = sy_keydevice_get_signed(frame, &got)) != SY_OK)
		return err;
	assert_int_equal(got.uv, want.uv);
	assert_int_equal(got.credential.len, want.credential.len);
	assert_memory_equal(got.credential.id, want.credential.id,
	    want.credential.len);
	assert_int_equal(got.handle_len, want.handle_len);
	assert_int_equal(got.handle[0], 2);
	assert_int_equal(got.authdata_len, want.authdata_len);
	assert_int_equal(got.authdata[0], 3);
	assert_int_equal(got.signature_len, want.signature_len);
	assert_int_equal(got.signature[0], 4);
	return SY_OK;
}

static enum sy_err
put_made(struct sy_buf *out)
{
	const struct sy_keydevice_made made = { .format = "packed",
		.authdata = { 5 },
		.authdata_len = SY_FIDO2_AUTHDATA_MAX,
		.statement = { 6 },
		.statement_len = SY_FIDO2_ATTESTATION_MAX };

	return sy_keydevice_put_made(out, &made);
}

static enum sy_err
get_made(const struct sy_frame *frame)
{
	struct sy_keydevice_made got;
	enum sy_err err;

	if ((err = sy_keydevice_get_made(frame, &got)) != SY_OK)
		return err;
	assert_string_equal(got.format, "packed");
	assert_int_equal(got.authdata_len, SY_FIDO2_AUTHDATA_MAX);
	assert_int_equal(got.authdata[0], 5);
	assert_int_equal(got.statement_len, SY_FIDO2_ATTESTATION_MAX);
	assert_int_equal(got.statement[0], 6);
	return SY_OK;
}

static enum sy_err
put_list(struct sy_buf *out)
{
	struct sy_keydevice_list list = { .count = 2 };

	list.fingers[0].template_len = sizeof(list.fingers[0].template_id);
	list.fingers[0].template_id[63] = 8;
	list.fingers[1].template_len = 1;
	(void)snprintf(list.fingers[1].name, sizeof(list.fingers[1].name),
	    "左手");
	return sy_keydevice_put_list(out, &list);
}

static enum sy_err
get_list(const struct sy_frame *frame)
{
	struct sy_keydevice_list got;
	enum sy_err err;

	if ((err = sy_keydevice_get_list(frame, &got)) != SY_OK)
		return err;
	assert_int_equal(got.count, 2);
	assert_int_equal(got.fingers[0].template_len, 64);
	assert_int_equal(got.fingers[0].template_id[63], 8);
	assert_string_equal(got.fingers[0].name, "");
	assert_int_equal(got.fingers[1].template_len, 1);
	assert_string_equal(got.fingers[1].name, "左手");
	return SY_OK;
}

static const struct {
	const char *what;
	enum sy_keydevice_type type;
	enum sy_err (*put)(struct sy_buf *out);
	enum sy_err (*get)(const struct sy_frame *frame);
} kinds[] = {
	{ "START", SY_KEYDEVICE_START, put_start, get_start },
	{ "ASSERT", SY_KEYDEVICE_ASSERT, put_assert, get_assert },
	{ "MAKE", SY_KEYDEVICE_MAKE, put_make, get_make },
	{ "PIN", SY_KEYDEVICE_PIN, put_pin, get_pin },
	{ "ENROLL", SY_KEYDEVICE_ENROLL, put_enroll, get_enroll },
	{ "FINGERS", SY_KEYDEVICE_FINGERS, put_fingers, get_fingers },
	{ "FORGET", SY_KEYDEVICE_FORGET, put_forget, get_forget },
	{ "WAITING", SY_KEYDEVICE_WAITING, put_waiting, get_waiting },
	{ "FOUND", SY_KEYDEVICE_FOUND, put_found, get_found },
	{ "TOUCH", SY_KEYDEVICE_TOUCH, put_touch, get_touch },
	{ "REFUSED", SY_KEYDEVICE_REFUSED, put_refused, get_refused },
	{ "SIGNED", SY_KEYDEVICE_SIGNED, put_signed, get_signed },
	{ "MADE", SY_KEYDEVICE_MADE, put_made, get_made },
	{ "LIST", SY_KEYDEVICE_LIST, put_list, get_list },
};

static struct sy_frame
parse(const struct sy_buf *out)
{
	struct sy_frame frame;
	size_t used;

	assert_int_equal(sy_frame_parse(sy_buf_data(out), sy_buf_len(out),
			     SY_DEVICE_FRAME_MAX, &frame, &used),
	    SY_OK);
	assert_int_equal(used, sy_buf_len(out));
	return frame;
}

static void
each_frame_is_taken_whole_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
		struct sy_frame frame;
		uint8_t *padded;
		size_t len;

		print_message("  %s\n", kinds[i].what);
		assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
		assert_int_equal(kinds[i].put(out), SY_OK);
		frame = parse(out);
		assert_int_equal(frame.type, kinds[i].type);
		assert_int_equal(kinds[i].get(&frame), SY_OK);
		len = frame.len;
		for (frame.len = 0; frame.len < len; frame.len++)
			assert_int_equal(kinds[i].get(&frame), SY_ERR_FORMAT);
		padded = calloc(1, len + 1);
		assert_non_null(padded);
		memcpy(padded, frame.body, len);
		frame.body = padded;
		frame.len = len + 1;
		assert_int_equal(kinds[i].get(&frame), SY_ERR_FORMAT);
		frame.len = len;
		frame.type ^= 0x40;
		assert_int_equal(kinds[i].get(&frame), SY_ERR_PROTOCOL);
		frame.version++;
		assert_int_equal(kinds[i].get(&frame), SY_ERR_VERSION);
		free(padded);
	}
}

/* --- bounds --- */

/* Take a frame apart without looking at what it says. */
static enum sy_err
take_apart(const struct sy_frame *frame)
{
	static union {
		struct sy_keydevice_start start;
		struct sy_keydevice_waiting waiting;
		struct sy_keydevice_found found;
		struct sy_keydevice_touch touch;
		struct sy_keydevice_refused refused;
		struct sy_keydevice_signed in;
	} u;
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert a = { .uv = 0 };
	SY_AUTO(sy_keydevice_make_clear)
	struct sy_keydevice_make m = { .uv = 0 };
	SY_AUTO(sy_keydevice_pin_clear)
	struct sy_keydevice_pin p = { .random = false };

	switch ((enum sy_keydevice_type)frame->type) {
	case SY_KEYDEVICE_START:
		return sy_keydevice_get_start(frame, &u.start);
	case SY_KEYDEVICE_ASSERT:
		return sy_keydevice_get_assert(frame, &a);
	case SY_KEYDEVICE_MAKE:
		return sy_keydevice_get_make(frame, &m);
	case SY_KEYDEVICE_PIN:
		return sy_keydevice_get_pin(frame, &p);
	case SY_KEYDEVICE_WAITING:
		return sy_keydevice_get_waiting(frame, &u.waiting);
	case SY_KEYDEVICE_FOUND:
		return sy_keydevice_get_found(frame, &u.found);
	case SY_KEYDEVICE_TOUCH:
		return sy_keydevice_get_touch(frame, &u.touch);
	case SY_KEYDEVICE_REFUSED:
		return sy_keydevice_get_refused(frame, &u.refused);
	case SY_KEYDEVICE_SIGNED:
		return sy_keydevice_get_signed(frame, &u.in);
	default:
		return SY_ERR_INTERNAL;
	}
}

/* One byte of a whole frame, and whether the frame is still one with it. The
 * last value that is taken stands beside the first that is not. */
static void
bytes_out_of_range_are_not_taken(void **state)
{
	static const struct {
		enum sy_keydevice_type type;
		size_t at;
		uint8_t value;
		bool good;
	} tc[] = {
		/* usb, reader, enroll, fresh: yes or no, and one of the two. */
		{ SY_KEYDEVICE_START, 1, 1, true },
		{ SY_KEYDEVICE_START, 1, 2, false },
		{ SY_KEYDEVICE_START, 0, 0, false },
		{ SY_KEYDEVICE_START, 2, 2, false },
		{ SY_KEYDEVICE_START, 3, 2, false },
		/* The host name: clean. */
		{ SY_KEYDEVICE_START, 11, 'S', true },
		{ SY_KEYDEVICE_START, 11, 0, false },
		{ SY_KEYDEVICE_START, 11, '\n', false },
		/* uv, high and low byte of the credential's index. */
		{ SY_KEYDEVICE_ASSERT, 32, SY_KEY_UV_PIN, true },
		{ SY_KEYDEVICE_ASSERT, 32, SY_KEY_UV_NONE, false },
		{ SY_KEYDEVICE_ASSERT, 32, SY_KEY_UV_LOOK, false },
		{ SY_KEYDEVICE_ASSERT, 32, SY_KEY_UV_COUNT, false },
		{ SY_KEYDEVICE_ASSERT, 33, 1, false },
		{ SY_KEYDEVICE_ASSERT, 34, SY_KEYDEVICE_CREDENTIALS, true },
		{ SY_KEYDEVICE_ASSERT, 34, SY_KEYDEVICE_CREDENTIALS + 1,
		    false },
		{ SY_KEYDEVICE_MAKE, 32, SY_KEY_UV_PIN, true },
		{ SY_KEYDEVICE_MAKE, 32, SY_KEY_UV_COUNT, false },
		{ SY_KEYDEVICE_MAKE, 33, 2, false },
		/* random, with a PIN of one's own. */
		{ SY_KEYDEVICE_PIN, 0, 0, true },
		{ SY_KEYDEVICE_PIN, 0, 1, false },
		{ SY_KEYDEVICE_WAITING, 2, 2, false },
		{ SY_KEYDEVICE_WAITING, 3, 1, true },
		{ SY_KEYDEVICE_WAITING, 3, 2, false },
		{ SY_KEYDEVICE_WAITING, 4, 2, false },
		/* pin_min and the credential, behind 14 of place, 16 of AAGUID,
		 * 8 of firmware and 11 flags. */
		{ SY_KEYDEVICE_FOUND, 48, 2, false },
		{ SY_KEYDEVICE_FOUND, 49, 4, true },
		{ SY_KEYDEVICE_FOUND, 49, 3, false },
		{ SY_KEYDEVICE_FOUND, 49, 63, true },
		{ SY_KEYDEVICE_FOUND, 49, 64, false },
		{ SY_KEYDEVICE_FOUND, 53, SY_KEYDEVICE_CREDENTIALS - 1, true },
		{ SY_KEYDEVICE_FOUND, 53, SY_KEYDEVICE_CREDENTIALS, false },
		{ SY_KEYDEVICE_TOUCH, 0, 0, false },
		{ SY_KEYDEVICE_TOUCH, 0, SY_KEY_TOUCH_PRESENCE, false },
		{ SY_KEYDEVICE_TOUCH, 0, SY_KEY_TOUCH_COUNT, false },
		{ SY_KEYDEVICE_TOUCH, 1, SY_KEY_SAMPLE_EXISTS, true },
		{ SY_KEYDEVICE_TOUCH, 1, 12, false },
		{ SY_KEYDEVICE_TOUCH, 1, SY_KEY_SAMPLE_COUNT, false },
		{ SY_KEYDEVICE_REFUSED, 0, SY_ERR_DENIED, true },
		{ SY_KEYDEVICE_REFUSED, 0, SY_OK, false },
		{ SY_KEYDEVICE_REFUSED, 0, SY_ERR_CARD_GONE, false },
		{ SY_KEYDEVICE_SIGNED, 0, SY_KEY_UV_LOOK, true },
		{ SY_KEYDEVICE_SIGNED, 0, SY_KEY_UV_COUNT, false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
		struct sy_frame frame;
		uint8_t body[SY_DEVICE_FRAME_MAX];
		size_t k = 0;

		while (kinds[k].type != tc[i].type)
			k++;
		print_message("  %s %zu %u\n", kinds[k].what, tc[i].at,
		    tc[i].value);
		assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
		assert_int_equal(kinds[k].put(out), SY_OK);
		frame = parse(out);
		memcpy(body, frame.body, frame.len);
		frame.body = body;
		body[tc[i].at] = tc[i].value;
		assert_int_equal(take_apart(&frame),
		    tc[i].good ? SY_OK : SY_ERR_FORMAT);
	}
}

static void
starts_that_name_nothing_can_t_be_put(void **state)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_keydevice_start start = start_of_two();

	(void)state;
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	start.usb = false;
	assert_int_equal(sy_keydevice_put_start(out, &start), SY_ERR_ARG);
	start.reader = true;
	assert_int_equal(sy_keydevice_put_start(out, &start), SY_OK);
	start.credentials[1].len = 0;
	assert_int_equal(sy_keydevice_put_start(out, &start), SY_ERR_ARG);
	start.credentials[1].len = SY_FIDO2_CREDENTIAL_MAX + 1;
	assert_int_equal(sy_keydevice_put_start(out, &start), SY_ERR_ARG);
	start.credential_count = 1;
	assert_int_equal(sy_keydevice_put_start(out, &start), SY_OK);
	start.credential_count = SY_KEYDEVICE_CREDENTIALS + 1;
	assert_int_equal(sy_keydevice_put_start(out, &start), SY_ERR_ARG);
	start.credential_count = 0;
	assert_int_equal(sy_keydevice_put_start(out, &start), SY_OK);
	start.rp_id[0] = '\0';
	assert_int_equal(sy_keydevice_put_start(out, &start), SY_ERR_ARG);
	memset(start.rp_id, 'a', sizeof(start.rp_id));
	assert_int_equal(sy_keydevice_put_start(out, &start), SY_ERR_ARG);
}

static void
what_a_key_never_says_can_t_be_put(void **state)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_keydevice_signed in = signed_by_finger();
	struct sy_keydevice_found found = found_key();
	struct sy_keydevice_made made = {
		.format = "none", .authdata_len = 37, .statement_len = 1
	};
	struct sy_keydevice_list list = { .count = 1 };

	(void)state;
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	in.authdata_len = 36;
	assert_int_equal(sy_keydevice_put_signed(out, &in), SY_ERR_ARG);
	in = signed_by_finger();
	in.signature_len = 0;
	assert_int_equal(sy_keydevice_put_signed(out, &in), SY_ERR_ARG);
	in = signed_by_finger();
	in.credential.len = 0;
	assert_int_equal(sy_keydevice_put_signed(out, &in), SY_ERR_ARG);
	in = signed_by_finger();
	in.handle_len = SY_FIDO2_HANDLE_MAX + 1;
	assert_int_equal(sy_keydevice_put_signed(out, &in), SY_ERR_ARG);
	found.place[0] = '\x1b';
	assert_int_equal(sy_keydevice_put_found(out, &found), SY_ERR_ARG);
	assert_int_equal(sy_keydevice_put_made(out, &made), SY_OK);
	made.statement_len = 0;
	assert_int_equal(sy_keydevice_put_made(out, &made), SY_ERR_ARG);
	made.statement_len = SY_FIDO2_ATTESTATION_MAX + 1;
	assert_int_equal(sy_keydevice_put_made(out, &made), SY_ERR_ARG);
	made.statement_len = 1;
	made.format[0] = '\0';
	assert_int_equal(sy_keydevice_put_made(out, &made), SY_ERR_ARG);
	assert_int_equal(sy_keydevice_put_list(out, &list), SY_ERR_ARG);
	list.fingers[0].template_len = 1;
	assert_int_equal(sy_keydevice_put_list(out, &list), SY_OK);
	list.count = SY_KEYDEVICE_FINGERS_MAX + 1;
	assert_int_equal(sy_keydevice_put_list(out, &list), SY_ERR_ARG);
}

/* A PIN stands only where one is asked for, and none is too long. */
static void
pins_out_of_place_can_t_be_put(void **state)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *pin = secret(6);
	SY_AUTO(sy_secret_free)
	struct sy_secret *longer = secret(SY_KEYDEVICE_PIN_MAX + 1);
	struct sy_keydevice_assert a = { .uv = SY_KEY_UV_BUILT_IN, .pin = pin };
	struct sy_keydevice_make m = { .login = "hanako", .pin = pin };
	struct sy_keydevice_pin p = { .random = true, .fresh = pin };
	const struct sy_keydevice_enroll e = { .pin = longer };
	struct sy_keydevice_forget f = { .template_len = 1, .pin = longer };

	(void)state;
	assert_int_equal(sy_keydevice_put_assert(&a, &frame), SY_ERR_ARG);
	a.uv = SY_KEY_UV_PIN;
	a.pin = longer;
	assert_int_equal(sy_keydevice_put_assert(&a, &frame), SY_ERR_ARG);
	assert_int_equal(sy_keydevice_put_make(&m, &frame), SY_ERR_ARG);
	assert_int_equal(sy_keydevice_put_pin(&p, &frame), SY_ERR_ARG);
	p.random = false;
	p.fresh = NULL;
	assert_int_equal(sy_keydevice_put_pin(&p, &frame), SY_ERR_ARG);
	assert_int_equal(sy_keydevice_put_enroll(&e, &frame), SY_ERR_ARG);
	assert_int_equal(sy_keydevice_put_fingers(longer, &frame), SY_ERR_ARG);
	assert_int_equal(sy_keydevice_put_forget(&f, &frame), SY_ERR_ARG);
	f.pin = pin;
	f.template_len = 0;
	assert_int_equal(sy_keydevice_put_forget(&f, &frame), SY_ERR_ARG);
	assert_null(frame);
	/* Empty: the one that the worker made. */
	a.pin = NULL;
	assert_int_equal(sy_keydevice_put_assert(&a, &frame), SY_OK);
}

/* A look is an assertion, without a PIN; nothing is made by one. */
static void
a_look_is_asked_for_by_assertions_alone(void **state)
{
	enum { UV_AT = 32 };
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *pin = secret(6);
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert got = { .uv = 0 };
	SY_AUTO(sy_keydevice_make_clear)
	struct sy_keydevice_make made = { .uv = 0 };
	struct sy_keydevice_assert a = { .uv = SY_KEY_UV_LOOK, .pin = pin };
	const struct sy_keydevice_make m = { .uv = SY_KEY_UV_LOOK,
		.login = "hanako" };
	uint8_t body[SY_DEVICE_FRAME_MAX];
	struct sy_frame f;

	(void)state;
	assert_int_equal(sy_keydevice_put_assert(&a, &frame), SY_ERR_ARG);
	assert_int_equal(sy_keydevice_put_make(&m, &frame), SY_ERR_ARG);
	a.pin = NULL;
	assert_int_equal(sy_keydevice_put_assert(&a, &frame), SY_OK);
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	assert_int_equal(take(out, &frame), SY_OK);
	f = parse(out);
	assert_int_equal(sy_keydevice_get_assert(&f, &got), SY_OK);
	assert_int_equal(got.uv, SY_KEY_UV_LOOK);
	assert_int_equal(sy_secret_len(got.pin), 0);

	sy_buf_free(&out);
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	assert_int_equal(put_make(out), SY_OK);
	f = parse(out);
	memcpy(body, f.body, f.len);
	f.body = body;
	assert_int_equal(sy_keydevice_get_make(&f, &made), SY_OK);
	body[UV_AT] = SY_KEY_UV_LOOK;
	sy_keydevice_make_clear(&made);
	assert_int_equal(sy_keydevice_get_make(&f, &made), SY_ERR_FORMAT);
}

static void
no_memory_leaves_nothing_behind(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
		struct sy_frame frame;
		unsigned int n = 0;
		enum sy_err err;

		assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
		assert_int_equal(kinds[i].put(out), SY_OK);
		frame = parse(out);
		do {
			faults_arm(++n);
			err = kinds[i].get(&frame);
			if (faults_disarm())
				assert_int_equal(err, SY_ERR_NOMEM);
		} while (err == SY_ERR_NOMEM);
		assert_int_equal(err, SY_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_is_taken_whole_or_not_at_all),
		cmocka_unit_test(bytes_out_of_range_are_not_taken),
		cmocka_unit_test(starts_that_name_nothing_can_t_be_put),
		cmocka_unit_test(what_a_key_never_says_can_t_be_put),
		cmocka_unit_test(pins_out_of_place_can_t_be_put),
		cmocka_unit_test(a_look_is_asked_for_by_assertions_alone),
		cmocka_unit_test(no_memory_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
