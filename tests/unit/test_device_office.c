/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of the card office between agent and worker. (CARD-8) */
#include <stdlib.h>

#include <sanyoso/device.h>

#include "tests/support/faults.h"
#include "tests/support/unit.h"

static const uint8_t bytes[SY_CERT_SIZE_MAX] = { 1, 2, 3 };

static struct sy_secret *
secret(size_t len)
{
	struct sy_secret *s = NULL;

	assert_int_equal(sy_secret_new(SY_DEVICE_MANAGEMENT_SIZE + 1, &s),
	    SY_OK);
	assert_int_equal(sy_secret_append(s, bytes, len), SY_OK);
	return s;
}

/* Lengths of a PREPARE's parts. */
struct lengths {
	uint8_t alg;
	uint16_t guid, hash;
	size_t management, former_management, puk, former_puk, pin;
};
static const struct lengths whole = { SY_KEY_P256, SY_DEVICE_GUID_SIZE, 32,
	SY_DEVICE_MANAGEMENT_SIZE, SY_DEVICE_MANAGEMENT_SIZE,
	SY_DEVICE_PUK_SIZE, SY_DEVICE_PUK_SIZE, 8 };

static enum sy_err
put_lengths(const struct lengths *l, struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_device_prepare_clear)
	struct sy_device_prepare p = {
		.alg = l->alg, .guid_len = l->guid, .hash_len = l->hash
	};
	enum sy_err err;

	p.management = secret(l->management);
	p.former_management = secret(l->former_management);
	p.puk = secret(l->puk);
	p.former_puk = secret(l->former_puk);
	p.pin = secret(l->pin);
	if ((err = sy_device_put_prepare(&p, &frame)) != SY_OK)
		return err;
	return sy_buf_raw(out, sy_secret_bytes(frame), sy_secret_len(frame));
}

static enum sy_err
put_prepare(struct sy_buf *out)
{
	return put_lengths(&whole, out);
}

static enum sy_err
get_prepare(const struct sy_frame *frame)
{
	SY_AUTO(sy_device_prepare_clear)
	struct sy_device_prepare p = { .alg = 0 };
	enum sy_err err;

	if ((err = sy_device_get_prepare(frame, &p)) != SY_OK) {
		assert_null(p.pin);
		return err;
	}
	assert_int_equal(p.alg, whole.alg);
	assert_int_equal(sy_secret_len(p.management), whole.management);
	assert_int_equal(sy_secret_len(p.former_management),
	    whole.former_management);
	assert_int_equal(sy_secret_len(p.puk), whole.puk);
	assert_int_equal(sy_secret_len(p.former_puk), whole.former_puk);
	assert_int_equal(sy_secret_len(p.pin), whole.pin);
	assert_memory_equal(sy_secret_bytes(p.pin), bytes, whole.pin);
	return SY_OK;
}

static enum sy_err
put_change(struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *old = secret(6);
	SY_AUTO(sy_secret_free) struct sy_secret *fresh = secret(8);
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	enum sy_err err;

	if ((err = sy_device_put_change(old, fresh, &frame)) != SY_OK)
		return err;
	return sy_buf_raw(out, sy_secret_bytes(frame), sy_secret_len(frame));
}

static enum sy_err
get_change(const struct sy_frame *frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *old = secret(0);
	SY_AUTO(sy_secret_free) struct sy_secret *fresh = secret(0);
	enum sy_err err;

	if ((err = sy_device_get_change(frame, old, fresh)) != SY_OK) {
		assert_int_equal(sy_secret_len(old), 0);
		return err;
	}
	assert_int_equal(sy_secret_len(old), 6);
	assert_int_equal(sy_secret_len(fresh), 8);
	return SY_OK;
}

static enum sy_err
put_blank(struct sy_buf *out)
{
	const struct sy_device_blank blank = { .reader = "Reader",
		.guid = { 7 },
		.guid_len = SY_DEVICE_GUID_SIZE };

	return sy_device_put_blank(out, &blank);
}

static enum sy_err
get_blank(const struct sy_frame *frame)
{
	struct sy_device_blank got;
	enum sy_err err;

	if ((err = sy_device_get_blank(frame, &got)) != SY_OK)
		return err;
	assert_string_equal(got.reader, "Reader");
	assert_int_equal(got.guid_len, SY_DEVICE_GUID_SIZE);
	assert_int_equal(got.guid[0], 7);
	return SY_OK;
}

static enum sy_err
put_key(struct sy_buf *out)
{
	const struct sy_device_key key = { .spki_len = 91,
		.signature_len = 70 };

	return sy_device_put_key(out, &key);
}

static enum sy_err
get_key(const struct sy_frame *frame)
{
	struct sy_device_key got;
	enum sy_err err;

	if ((err = sy_device_get_key(frame, &got)) != SY_OK)
		return err;
	assert_int_equal(got.spki_len, 91);
	assert_int_equal(got.signature_len, 70);
	return SY_OK;
}

static enum sy_err
put_store(struct sy_buf *out)
{
	return sy_device_put_store(out, bytes, 500);
}

static enum sy_err
get_store(const struct sy_frame *frame)
{
	const uint8_t *cert;
	size_t len;
	enum sy_err err;

	if ((err = sy_device_get_store(frame, &cert, &len)) != SY_OK)
		return err;
	assert_int_equal(len, 500);
	assert_memory_equal(cert, bytes, len);
	return SY_OK;
}

static enum sy_err
put_done(struct sy_buf *out)
{
	return sy_device_put_done(out);
}

static const struct {
	const char *what;
	enum sy_device_type type;
	enum sy_err (*put)(struct sy_buf *out);
	enum sy_err (*get)(const struct sy_frame *frame);
} kinds[] = {
	{ "PREPARE", SY_DEVICE_PREPARE, put_prepare, get_prepare },
	{ "STORE", SY_DEVICE_STORE, put_store, get_store },
	{ "CHANGE", SY_DEVICE_CHANGE, put_change, get_change },
	{ "BLANK", SY_DEVICE_BLANK, put_blank, get_blank },
	{ "KEY", SY_DEVICE_KEY, put_key, get_key },
	{ "DONE", SY_DEVICE_DONE, put_done, sy_device_get_done },
};

static void
each_frame_is_taken_whole_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
		struct sy_frame frame;
		uint8_t *padded;
		size_t used, len;

		print_message("  %s\n", kinds[i].what);
		assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
		assert_int_equal(kinds[i].put(out), SY_OK);
		assert_int_equal(sy_frame_parse(sy_buf_data(out),
				     sy_buf_len(out), SY_DEVICE_FRAME_MAX,
				     &frame, &used),
		    SY_OK);
		assert_int_equal(used, sy_buf_len(out));
		assert_int_equal(frame.type, kinds[i].type);
		assert_int_equal(kinds[i].get(&frame), SY_OK);
		len = frame.len;
		for (frame.len = 0; frame.len < len; frame.len++)
			assert_int_equal(kinds[i].get(&frame), SY_ERR_FORMAT);
		padded = calloc(1, len + 1);
		assert_non_null(padded);
		if (len > 0)
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

/* Secrets that are too short, too long or not for this task. */
static void
a_prepare_of_other_sizes_can_t_be_put(void **state)
{
	static const struct {
		const char *what;
		struct lengths l;
		enum sy_err err;
	} tc[] = {
		{ "no former ones", { SY_KEY_RSA2048, 16, 32, 32, 0, 8, 0, 6 },
		    SY_OK },
		{ "no key", { SY_KEY_NONE, 0, 32, 0, 0, 8, 8, 6 }, SY_OK },
		{ "another key", { SY_KEY_P384, 16, 32, 32, 0, 8, 0, 6 },
		    SY_ERR_ARG },
		{ "no guid", { SY_KEY_P256, 0, 32, 32, 0, 8, 0, 6 },
		    SY_ERR_ARG },
		{ "short guid", { SY_KEY_P256, 15, 32, 32, 0, 8, 0, 6 },
		    SY_ERR_ARG },
		{ "no hash", { SY_KEY_P256, 16, 0, 32, 0, 8, 0, 6 },
		    SY_ERR_ARG },
		{ "long hash", { SY_KEY_P256, 16, 49, 32, 0, 8, 0, 6 },
		    SY_ERR_ARG },
		{ "no management key", { SY_KEY_P256, 16, 32, 0, 0, 8, 0, 6 },
		    SY_ERR_ARG },
		{ "short management key",
		    { SY_KEY_P256, 16, 32, 31, 0, 8, 0, 6 }, SY_ERR_ARG },
		{ "long management key",
		    { SY_KEY_P256, 16, 32, 33, 0, 8, 0, 6 }, SY_ERR_ARG },
		{ "short former key", { SY_KEY_P256, 16, 32, 32, 24, 8, 0, 6 },
		    SY_ERR_ARG },
		{ "no PUK", { SY_KEY_P256, 16, 32, 32, 0, 0, 0, 6 },
		    SY_ERR_ARG },
		{ "short former PUK", { SY_KEY_P256, 16, 32, 32, 0, 8, 7, 6 },
		    SY_ERR_ARG },
		{ "no PIN", { SY_KEY_P256, 16, 32, 32, 0, 8, 0, 0 },
		    SY_ERR_ARG },
		{ "long PIN", { SY_KEY_P256, 16, 32, 32, 0, 8, 0, 17 },
		    SY_ERR_ARG },
		{ "management key without a key to make",
		    { SY_KEY_NONE, 0, 32, 32, 0, 8, 8, 6 }, SY_ERR_ARG },
		{ "guid without a key to make",
		    { SY_KEY_NONE, 16, 32, 0, 0, 8, 8, 6 }, SY_ERR_ARG },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;

		print_message("  %s\n", tc[i].what);
		assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
		assert_int_equal(put_lengths(&tc[i].l, out), tc[i].err);
	}
}

static void
what_must_not_be_sent_cannot_be_put(void **state)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *pin = secret(6);
	SY_AUTO(sy_secret_free) struct sy_secret *none = secret(0);
	SY_AUTO(sy_secret_free) struct sy_secret *longer = secret(17);
	struct sy_device_blank blank = { .guid_len = 15 };
	struct sy_device_key key = { .spki_len = 91 };

	(void)state;
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_device_put_blank(out, &blank), SY_ERR_ARG);
	assert_int_equal(sy_device_put_key(out, &key), SY_ERR_ARG);
	assert_int_equal(sy_device_put_store(out, bytes, 0), SY_ERR_ARG);
	assert_int_equal(sy_device_put_store(out, bytes, SY_CERT_SIZE_MAX + 1),
	    SY_ERR_ARG);
	assert_int_equal(sy_device_put_change(none, pin, &frame), SY_ERR_ARG);
	assert_int_equal(sy_device_put_change(pin, none, &frame), SY_ERR_ARG);
	assert_int_equal(sy_device_put_change(longer, pin, &frame), SY_ERR_ARG);
	assert_int_equal(sy_device_put_change(pin, longer, &frame), SY_ERR_ARG);
	assert_null(frame);
}

static void
a_task_has_its_kind_of_start(void **state)
{
	static const struct {
		enum sy_task task;
		enum sy_slot slot;
		bool enroll;
		enum sy_err err;
	} tc[] = {
		{ SY_TASK_PERSONALISE, SY_SLOT_PIN, false, SY_OK },
		{ SY_TASK_PIN_UNBLOCK, SY_SLOT_PIN, false, SY_OK },
		{ SY_TASK_PERSONALISE, SY_SLOT_OPEN, false, SY_ERR_ARG },
		{ SY_TASK_PIN_CHANGE, SY_SLOT_PIN, true, SY_ERR_ARG },
		{ SY_TASK_SIGN, SY_SLOT_OPEN, true, SY_OK },
		{ SY_TASK_COUNT, SY_SLOT_PIN, false, SY_ERR_ARG },
	};
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;

	(void)state;
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct sy_device_start start = {
			.drivers = 1U << SY_DRIVER_PIV,
			.slot = (uint8_t)tc[i].slot,
			.enroll = tc[i].enroll,
			.task = (uint8_t)tc[i].task,
		};

		assert_int_equal(sy_device_put_start(out, &start), tc[i].err);
	}
}

static void
no_memory_leaves_nothing_behind(void **state)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_frame frame;
	unsigned int n = 0;
	enum sy_err err;
	size_t used;

	(void)state;
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	assert_int_equal(put_prepare(out), SY_OK);
	assert_int_equal(sy_frame_parse(sy_buf_data(out), sy_buf_len(out),
			     SY_DEVICE_FRAME_MAX, &frame, &used),
	    SY_OK);
	do {
		faults_arm(++n);
		err = get_prepare(&frame);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_is_taken_whole_or_not_at_all),
		cmocka_unit_test(a_prepare_of_other_sizes_can_t_be_put),
		cmocka_unit_test(what_must_not_be_sent_cannot_be_put),
		cmocka_unit_test(a_task_has_its_kind_of_start),
		cmocka_unit_test(no_memory_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
