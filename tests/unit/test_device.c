/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol between agent and worker. (CARD-6, MFA-4) */
#include <stdlib.h>

#include <sanyoso/device.h>

#include "tests/support/faults.h"
#include "tests/support/unit.h"

#define HASH_LEN 32

static const struct sy_device_start start = {
	.drivers = 1U << SY_DRIVER_JPKI | 1U << SY_DRIVER_PIV,
	.slot = SY_SLOT_PIN,
	.fresh = true,
	.reserve = 1,
	.wait_ms = 60000,
};
static const struct sy_device_waiting waiting = { .readers = 3,
	.old_card = true };
static const struct sy_device_failed failed = { .kind = SY_FAILURE_CREDENTIAL,
	.code = SY_ERR_PIN_BLOCKED,
	.tries = 0,
	.place = "PIV 9A: PIN" };
static const uint8_t bytes[SY_CERT_SIZE_MAX] = { 1, 2, 3 };

static struct sy_device_card card; /* large */

static enum sy_err
put_start(struct sy_buf *out)
{
	return sy_device_put_start(out, &start);
}

static enum sy_err
get_start(const struct sy_frame *frame)
{
	struct sy_device_start got;
	enum sy_err err;

	if ((err = sy_device_get_start(frame, &got)) != SY_OK)
		return err;
	assert_int_equal(got.drivers, start.drivers);
	assert_int_equal(got.slot, start.slot);
	assert_int_equal(got.fresh, start.fresh);
	assert_int_equal(got.enroll, start.enroll);
	assert_int_equal(got.reserve, start.reserve);
	assert_int_equal(got.wait_ms, start.wait_ms);
	return SY_OK;
}

static enum sy_err
put_sign(struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;

	assert_int_equal(sy_secret_new(SY_DEVICE_PIN_MAX, &pin), SY_OK);
	assert_int_equal(sy_secret_append(pin, "246802", 6), SY_OK);
	assert_int_equal(sy_device_put_sign(bytes, HASH_LEN, pin, &frame),
	    SY_OK);
	return sy_buf_raw(out, sy_secret_bytes(frame), sy_secret_len(frame));
}

static enum sy_err
get_sign(const struct sy_frame *frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	uint8_t hash[SY_HASH_SIZE_MAX];
	size_t len;
	enum sy_err err;

	assert_int_equal(sy_secret_new(SY_DEVICE_PIN_MAX, &pin), SY_OK);
	if ((err = sy_device_get_sign(frame, hash, &len, pin)) != SY_OK) {
		assert_int_equal(sy_secret_len(pin), 0);
		return err;
	}
	assert_int_equal(len, HASH_LEN);
	assert_memory_equal(hash, bytes, HASH_LEN);
	assert_int_equal(sy_secret_len(pin), 6);
	assert_memory_equal(sy_secret_bytes(pin), "246802", 6);
	return SY_OK;
}

static enum sy_err
put_waiting(struct sy_buf *out)
{
	return sy_device_put_waiting(out, &waiting);
}

static enum sy_err
get_waiting(const struct sy_frame *frame)
{
	struct sy_device_waiting got;
	enum sy_err err;

	if ((err = sy_device_get_waiting(frame, &got)) != SY_OK)
		return err;
	assert_int_equal(got.readers, 3);
	assert_true(got.old_card);
	return SY_OK;
}

static void
fill_card(void)
{
	memset(&card, 0, sizeof(card));
	card.driver = SY_DRIVER_PIV;
	card.slot = SY_SLOT_OPEN;
	card.tries = 255;
	memcpy(card.reader, "Reader", sizeof("Reader"));
	card.spki_len = 91;
	card.cert_len = 200;
	memset(card.spki, 0x55, card.spki_len);
	memset(card.cert, 0xaa, card.cert_len);
}

static enum sy_err
put_card(struct sy_buf *out)
{
	fill_card();
	return sy_device_put_card(out, &card);
}

static enum sy_err
get_card(const struct sy_frame *frame)
{
	static struct sy_device_card got;
	enum sy_err err;

	memset(&got, 0, sizeof(got));
	if ((err = sy_device_get_card(frame, &got)) != SY_OK)
		return err;
	assert_memory_equal(&got, &card, sizeof(got));
	return SY_OK;
}

static enum sy_err
put_pin_wrong(struct sy_buf *out)
{
	return sy_device_put_pin_wrong(out, 2);
}

static enum sy_err
get_pin_wrong(const struct sy_frame *frame)
{
	uint8_t left;
	enum sy_err err;

	if ((err = sy_device_get_pin_wrong(frame, &left)) != SY_OK)
		return err;
	assert_int_equal(left, 2);
	return SY_OK;
}

static enum sy_err
put_pin_format(struct sy_buf *out)
{
	return sy_device_put_pin_format(out, 6, 8);
}

static enum sy_err
get_pin_format(const struct sy_frame *frame)
{
	uint8_t min, max;
	enum sy_err err;

	if ((err = sy_device_get_pin_format(frame, &min, &max)) != SY_OK)
		return err;
	assert_int_equal(min, 6);
	assert_int_equal(max, 8);
	return SY_OK;
}

static enum sy_err
put_signature(struct sy_buf *out)
{
	return sy_device_put_signature(out, bytes, 256);
}

static enum sy_err
get_signature(const struct sy_frame *frame)
{
	const uint8_t *sig;
	size_t len;
	enum sy_err err;

	if ((err = sy_device_get_signature(frame, &sig, &len)) != SY_OK)
		return err;
	assert_int_equal(len, 256);
	assert_memory_equal(sig, bytes, len);
	return SY_OK;
}

static enum sy_err
put_failed(struct sy_buf *out)
{
	return sy_device_put_failed(out, &failed);
}

static enum sy_err
get_failed(const struct sy_frame *frame)
{
	struct sy_device_failed got;
	enum sy_err err;

	if ((err = sy_device_get_failed(frame, &got)) != SY_OK)
		return err;
	assert_int_equal(got.kind, failed.kind);
	assert_int_equal(got.code, failed.code);
	assert_int_equal(got.tries, failed.tries);
	assert_string_equal(got.place, failed.place);
	return SY_OK;
}

static const struct {
	const char *what;
	enum sy_device_type type;
	enum sy_err (*put)(struct sy_buf *out);
	enum sy_err (*get)(const struct sy_frame *frame);
} kinds[] = {
	{ "START", SY_DEVICE_START, put_start, get_start },
	{ "SIGN", SY_DEVICE_SIGN, put_sign, get_sign },
	{ "WAITING", SY_DEVICE_WAITING, put_waiting, get_waiting },
	{ "CARD", SY_DEVICE_CARD, put_card, get_card },
	{ "PIN_WRONG", SY_DEVICE_PIN_WRONG, put_pin_wrong, get_pin_wrong },
	{ "PIN_FORMAT", SY_DEVICE_PIN_FORMAT, put_pin_format, get_pin_format },
	{ "SIGNATURE", SY_DEVICE_SIGNATURE, put_signature, get_signature },
	{ "FAILED", SY_DEVICE_FAILED, put_failed, get_failed },
};

/* Make one frame and parse it. The view is into ${out}. */
static struct sy_frame
make(size_t kind, struct sy_buf *out)
{
	struct sy_frame frame;
	size_t used;

	assert_int_equal(kinds[kind].put(out), SY_OK);
	assert_int_equal(sy_frame_parse(sy_buf_data(out), sy_buf_len(out),
			     SY_DEVICE_FRAME_MAX, &frame, &used),
	    SY_OK);
	assert_int_equal(used, sy_buf_len(out));
	assert_int_equal(frame.type, kinds[kind].type);
	assert_int_equal(frame.version, SY_DEVICE_VERSION);
	return frame;
}

static void
each_frame_comes_back_as_it_was_put(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
		struct sy_frame frame;

		print_message("  %s\n", kinds[i].what);
		assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
		frame = make(i, out);
		assert_int_equal(kinds[i].get(&frame), SY_OK);
	}
}

static void
a_frame_cut_or_padded_at_every_byte_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
		struct sy_frame frame;
		uint8_t *padded;
		size_t len;

		print_message("  %s\n", kinds[i].what);
		assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
		frame = make(i, out);
		len = frame.len;
		for (frame.len = 0; frame.len < len; frame.len++)
			assert_int_equal(kinds[i].get(&frame), SY_ERR_FORMAT);
		padded = calloc(1, len + 1);
		assert_non_null(padded);
		memcpy(padded, frame.body, len);
		frame.body = padded;
		frame.len = len + 1;
		assert_int_equal(kinds[i].get(&frame), SY_ERR_FORMAT);
		free(padded);
	}
}

static void
a_frame_of_another_version_or_type_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
		struct sy_frame frame;

		assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
		frame = make(i, out);
		frame.version = SY_DEVICE_VERSION + 1;
		assert_int_equal(kinds[i].get(&frame), SY_ERR_VERSION);
		frame.version = SY_DEVICE_VERSION;
		for (unsigned int type = 0; type < 256; type++) {
			frame.type = (uint8_t)type;
			if (type != kinds[i].type)
				assert_int_equal(kinds[i].get(&frame),
				    SY_ERR_PROTOCOL);
		}
	}
}

/* One byte of a body that must not be accepted. */
static void
values_out_of_range_are_refused(void **state)
{
	static const struct {
		const char *what;
		size_t kind, at;
		uint8_t value;
	} tc[] = {
		{ "no driver", 0, 3, 0 },
		{ "driver 0", 0, 3, 1 },
		{ "driver beyond the last", 0, 3, 8 },
		{ "driver far beyond", 0, 0, 0x80 },
		{ "slot 0", 0, 4, 0 },
		{ "slot 3", 0, 4, 3 },
		{ "fresh 2", 0, 5, 2 },
		{ "enroll 2", 0, 6, 2 },
		{ "old card 2", 2, 2, 2 },
		{ "driver none", 3, 0, 0 },
		{ "driver 3", 3, 0, 3 },
		{ "slot 0", 3, 1, 0 },
		{ "control character in the reader", 3, 5, '\n' },
		{ "reader not UTF-8", 3, 5, 0xff },
		{ "none left", 4, 0, 0 },
		{ "no digits", 5, 0, 0 },
		{ "most below fewest", 5, 1, 5 },
		{ "more digits than a PIN has", 5, 1, 17 },
		{ "kind 0", 7, 0, 0 },
		{ "kind 4", 7, 0, 4 },
		{ "code OK", 7, 1, 0 },
		{ "escape in the place", 7, 5, 0x1b },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
		uint8_t body[512];
		struct sy_frame frame;

		print_message("  %s: %s\n", kinds[tc[i].kind].what, tc[i].what);
		assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
		frame = make(tc[i].kind, out);
		assert_true(frame.len <= sizeof(body) && tc[i].at < frame.len);
		memcpy(body, frame.body, frame.len);
		body[tc[i].at] = tc[i].value;
		frame.body = body;
		assert_int_equal(kinds[tc[i].kind].get(&frame), SY_ERR_FORMAT);
	}
}

static void
what_must_not_be_sent_cannot_be_put(void **state)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	struct sy_device_start bad_start = start;
	struct sy_device_failed bad_failed = failed;

	(void)state;
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	bad_start.drivers = 0;
	assert_int_equal(sy_device_put_start(out, &bad_start), SY_ERR_ARG);
	bad_failed.code = SY_OK;
	assert_int_equal(sy_device_put_failed(out, &bad_failed), SY_ERR_ARG);
	bad_failed = failed;
	memset(bad_failed.place, 'x', sizeof(bad_failed.place));
	assert_int_equal(sy_device_put_failed(out, &bad_failed), SY_ERR_ARG);
	fill_card();
	card.spki_len = SY_SPKI_SIZE_MAX + 1;
	assert_int_equal(sy_device_put_card(out, &card), SY_ERR_ARG);
	fill_card();
	card.spki_len = 0;
	assert_int_equal(sy_device_put_card(out, &card), SY_ERR_ARG);
	fill_card();
	card.cert_len = SY_CERT_SIZE_MAX + 1;
	assert_int_equal(sy_device_put_card(out, &card), SY_ERR_ARG);
	assert_int_equal(sy_device_put_pin_wrong(out, 0), SY_ERR_ARG);
	assert_int_equal(sy_device_put_pin_format(out, 0, 4), SY_ERR_ARG);
	assert_int_equal(sy_device_put_pin_format(out, 5, 4), SY_ERR_ARG);
	assert_int_equal(sy_device_put_signature(out, bytes, 0), SY_ERR_ARG);
	assert_int_equal(sy_device_put_signature(out, bytes,
			     SY_SIGNATURE_SIZE_MAX + 1),
	    SY_ERR_ARG);
	assert_int_equal(sy_device_put_sign(bytes, 0, NULL, &frame),
	    SY_ERR_ARG);
	assert_int_equal(sy_device_put_sign(bytes, SY_HASH_SIZE_MAX + 1, NULL,
			     &frame),
	    SY_ERR_ARG);
	assert_int_equal(sy_secret_new(32, &pin), SY_OK);
	assert_int_equal(sy_secret_append(pin, bytes, SY_DEVICE_PIN_MAX + 1),
	    SY_OK);
	assert_int_equal(sy_device_put_sign(bytes, HASH_LEN, pin, &frame),
	    SY_ERR_ARG);
	assert_null(frame);
}

static void
the_largest_card_fits_into_a_frame(void **state)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;

	(void)state;
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	fill_card();
	card.spki_len = SY_SPKI_SIZE_MAX;
	card.cert_len = SY_CERT_SIZE_MAX;
	memset(card.reader, 'r', sizeof(card.reader) - 1);
	assert_int_equal(sy_device_put_card(out, &card), SY_OK);
}

static void
a_sign_without_pin_is_for_the_open_key(void **state)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *bare = NULL;
	uint8_t hash[SY_HASH_SIZE_MAX];
	struct sy_frame frame;
	size_t used, len;

	(void)state;
	assert_int_equal(sy_device_put_sign(bytes, SY_HASH_SIZE_MAX, NULL,
			     &bare),
	    SY_OK);
	assert_int_equal(sy_frame_parse(sy_secret_bytes(bare),
			     sy_secret_len(bare), SY_DEVICE_FRAME_MAX, &frame,
			     &used),
	    SY_OK);
	assert_int_equal(sy_secret_new(SY_DEVICE_PIN_MAX, &pin), SY_OK);
	assert_int_equal(sy_device_get_sign(&frame, hash, &len, pin), SY_OK);
	assert_int_equal(len, SY_HASH_SIZE_MAX);
	assert_int_equal(sy_secret_len(pin), 0);
}

static void
putting_a_pin_survives_every_failed_allocation(void **state)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	struct sy_secret *frame = NULL;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	assert_int_equal(sy_secret_new(SY_DEVICE_PIN_MAX, &pin), SY_OK);
	assert_int_equal(sy_secret_append(pin, "1234", 4), SY_OK);
	do {
		faults_arm(++n);
		err = sy_device_put_sign(bytes, HASH_LEN, pin, &frame);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	sy_secret_free(&frame);
}

static void
names_go_both_ways(void **state)
{
	enum sy_driver driver = SY_DRIVER_NONE;

	(void)state;
	for (int i = SY_DRIVER_NONE + 1; i < SY_DRIVER_COUNT; i++) {
		assert_true(sy_driver_by_name(sy_driver_name((enum sy_driver)i),
		    &driver));
		assert_int_equal(driver, i);
	}
	assert_false(sy_driver_by_name("none", &driver));
	assert_false(sy_driver_by_name("", &driver));
	assert_string_equal(sy_driver_name((enum sy_driver)99), "unknown");
	assert_string_equal(sy_failure_name(SY_FAILURE_CREDENTIAL),
	    "credential");
	assert_string_equal(sy_failure_name(SY_FAILURE_DEVICE), "device");
	assert_string_equal(sy_failure_name(SY_FAILURE_AUTHORITY), "authority");
	assert_string_equal(sy_failure_name((enum sy_failure)0), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_comes_back_as_it_was_put),
		cmocka_unit_test(
		    a_frame_cut_or_padded_at_every_byte_is_refused),
		cmocka_unit_test(a_frame_of_another_version_or_type_is_refused),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(what_must_not_be_sent_cannot_be_put),
		cmocka_unit_test(the_largest_card_fits_into_a_frame),
		cmocka_unit_test(a_sign_without_pin_is_for_the_open_key),
		cmocka_unit_test(
		    putting_a_pin_survives_every_failed_allocation),
		cmocka_unit_test(names_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
