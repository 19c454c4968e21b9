/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that a PIV card gets to see. (CARD-6, CARD-7, MFA-4) */
#include <stdlib.h>

#include <sanyoso/text.h>

#include "lib/possession/device/card.h"
#include "tests/support/mini_cert.h"
#include "tests/support/script.h"
#include "tests/support/unit.h"

#define DIGEST_INFO "3031300D060960864801650304020105000420"

static struct sy_buf *sig;

static int
setup(void **state)
{
	(void)state;
	return sy_buf_new(SY_SIGNATURE_SIZE_MAX, &sig) == SY_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	sy_buf_free(&sig);
	return 0;
}

/* GET DATA of one object, whose content is fetched in rounds. */
static void
put_reading(char *text, size_t size, const char *object, const uint8_t *content,
    size_t len)
{
	char hex[2 * 256 + 1];
	size_t at = 0, used;

	(void)snprintf(text, size,
	    "00A4040009 A00000030800001000 00 > 9000 / "
	    "00CB3FFF05 5C03%s 00 > ",
	    object);
	do {
		const size_t part = len - at < 256 ? len - at : 256;
		const size_t left = len - at - part;

		sy_text_hex(content + at, part, hex);
		at += part;
		used = strlen(text);
		if (left == 0)
			(void)snprintf(text + used, size - used, "%s 9000",
			    hex);
		else
			(void)snprintf(text + used, size - used,
			    "%s 61%02X / 00C00000%02X > ", hex,
			    (unsigned int)(left < 256 ? left : 0),
			    (unsigned int)(left < 256 ? left : 0));
	} while (at < len);
}

/* 53 { 70 cert, 71 info, FE }, all with two-byte lengths. */
static size_t
put_container(enum sy_key_alg alg, uint8_t info, uint8_t *out)
{
	const size_t n = mini_cert(alg, out + 8);
	const uint8_t head[] = { 0x53, 0x82, (uint8_t)((n + 9) >> 8),
		(uint8_t)(n + 9), 0x70, 0x82, (uint8_t)(n >> 8), (uint8_t)n };
	const uint8_t tail[] = { 0x71, 1, info, 0xfe, 0 };

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head) + n, tail, sizeof(tail));
	return sizeof(head) + n + sizeof(tail);
}

static enum sy_err
open_container(const uint8_t *content, size_t len)
{
	SY_AUTO(card_free) struct card *card = NULL;
	static char text[8192];
	struct sy_error error;
	struct script script;
	enum sy_err err;

	put_reading(text, sizeof(text), "5FC105", content, len);
	script_start(&script, text, false);
	err = card_open(&script.io, 1U << SY_DRIVER_PIV, SY_SLOT_PIN, &card,
	    &error);
	script_end(&script);
	assert_int_equal(card != NULL, err == SY_OK);
	return err;
}

static void
every_key_signs_with_these_bytes(void **state)
{
	static const struct {
		const char *what;
		enum sy_key_alg alg;
		enum sy_slot slot;
		const char *object;
		size_t hash;
		const char *sign;
		size_t len;
	} tc[] = {
		{ "P-256 9A", SY_KEY_P256, SY_SLOT_PIN, "5FC105", 32,
		    "0087119A26 7C24 8200 8120 AA*32 00 > "
		    "7C04 8202 3000 9000",
		    2 },
		{ "P-256 9E", SY_KEY_P256, SY_SLOT_OPEN, "5FC101", 32,
		    "0087119E26 7C24 8200 8120 AA*32 00 > "
		    "7C04 8202 3000 9000",
		    2 },
		{ "P-384 9A", SY_KEY_P384, SY_SLOT_PIN, "5FC105", 48,
		    "0087149A36 7C34 8200 8130 AA*48 00 > "
		    "7C04 8202 3000 9000",
		    2 },
		{ "RSA-2048 9E", SY_KEY_RSA2048, SY_SLOT_OPEN, "5FC101", 32,
		    "1087079EFF 7C820106 8200 81820100 0001 FF*202 00"
		    " " DIGEST_INFO " AA*21 > 9000 / 0087079E0B AA*11 00 > "
		    "7C820104 82820100 55*248 6108 / 00C0000008 > 55*8 9000",
		    256 },
		{ "RSA-3072 9A", SY_KEY_RSA3072, SY_SLOT_PIN, "5FC105", 32,
		    "1087059AFF 7C820186 8200 81820180 0001 FF*243 > 9000 / "
		    "0087059A8B FF*87 00 " DIGEST_INFO " AA*32 00 > "
		    "7C820184 82820180 55*248 6188 / 00C0000088 > 55*136 9000",
		    384 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(card_free) struct card *card = NULL;
		static char text[8192];
		uint8_t content[MINI_CERT_MAX + 16], hash[48], tries;
		struct sy_error error;
		struct script script;
		size_t used;

		print_message("  %s\n", tc[i].what);
		put_reading(text, sizeof(text), tc[i].object, content,
		    put_container(tc[i].alg, 0, content));
		used = strlen(text);
		(void)snprintf(text + used, sizeof(text) - used, " / %s",
		    tc[i].sign);
		script_start(&script, text, false);
		assert_int_equal(card_open(&script.io, 1U << SY_DRIVER_PIV,
				     tc[i].slot, &card, &error),
		    SY_OK);
		assert_int_equal(card->alg, tc[i].alg);
		/* The open key has no PIN to ask about. */
		if (tc[i].slot == SY_SLOT_OPEN) {
			assert_int_equal(card_tries(card, &tries), SY_OK);
			assert_int_equal(tries, CARD_TRIES_UNKNOWN);
		}
		memset(hash, 0xaa, sizeof(hash));
		sy_buf_reset(sig);
		assert_int_equal(card_hash_size(card), tc[i].hash);
		assert_int_equal(card_sign(card, hash, tc[i].hash, sig), SY_OK);
		assert_int_equal(sy_buf_len(sig), tc[i].len);
		script_end(&script);
	}
}

/* How a container may look. CERT stands for the certificate itself. */
static void
containers_are_taken_apart_strictly(void **state)
{
	static const struct {
		const char *what;
		uint8_t before[8];
		size_t before_len;
		uint8_t after[12];
		size_t after_len;
		int length; /* what 53 says, beside the truth */
		enum sy_err err;
	} tc[] = {
		{ "whole", { 0x70, 0x74 }, 2, { 0x71, 1, 0, 0xfe, 0 }, 5, 0,
		    SY_OK },
		{ "certificate alone", { 0x70, 0x74 }, 2, { 0 }, 0, 0, SY_OK },
		{ "without its tag", { 0 }, 0, { 0 }, 0, 0, SY_OK },
		{ "without its tag, more behind", { 0 }, 0, { 0x71, 1, 0 }, 3,
		    0, SY_ERR_CERT },
		{ "longer lengths than needed", { 0x70, 0x82, 0, 0x74 }, 4,
		    { 0 }, 0, 0, SY_OK },
		{ "MSCUID", { 0x70, 0x74 }, 2, { 0x72, 1, 9, 0xfe, 0 }, 5, 0,
		    SY_OK },
		{ "compressed", { 0x70, 0x74 }, 2, { 0x71, 1, 1, 0xfe, 0 }, 5,
		    0, SY_ERR_CERT },
		{ "info of two bytes", { 0x70, 0x74 }, 2,
		    { 0x71, 2, 0, 0, 0xfe, 0 }, 6, 0, SY_ERR_CERT },
		{ "info empty", { 0x70, 0x74 }, 2, { 0x71, 0 }, 2, 0,
		    SY_ERR_CERT },
		{ "unknown object", { 0x70, 0x74 }, 2, { 0x74, 0 }, 2, 0,
		    SY_ERR_CERT },
		{ "stray byte", { 0x70, 0x74 }, 2, { 0x71 }, 1, 0,
		    SY_ERR_CERT },
		{ "another tag first", { 0x71, 0x74 }, 2, { 0 }, 0, 0,
		    SY_ERR_CERT },
		{ "certificate longer than said", { 0x70, 0x73 }, 2, { 0 }, 0,
		    0, SY_ERR_CERT },
		{ "certificate shorter than said", { 0x70, 0x75 }, 2, { 0 }, 0,
		    0, SY_ERR_CERT },
		{ "one byte too few", { 0x70, 0x74 }, 2, { 0 }, 0, 1,
		    SY_ERR_CERT },
		{ "one byte too many", { 0x70, 0x74 }, 2, { 0 }, 0, -1,
		    SY_ERR_CERT },
	};
	uint8_t cert[MINI_CERT_MAX];
	const size_t n = mini_cert(SY_KEY_P256, cert);

	(void)state;
	assert_int_equal(n, 0x74);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t content[MINI_CERT_MAX + 32] = { 0x53, 0x81 };
		size_t len = 3;

		print_message("  %s\n", tc[i].what);
		memcpy(content + len, tc[i].before, tc[i].before_len);
		len += tc[i].before_len;
		memcpy(content + len, cert, n);
		len += n;
		memcpy(content + len, tc[i].after, tc[i].after_len);
		len += tc[i].after_len;
		content[2] = (uint8_t)((int)len - 3 + tc[i].length);
		assert_int_equal(open_container(content, len), tc[i].err);
	}
}

static void
a_container_cut_at_every_byte_is_refused(void **state)
{
	uint8_t content[MINI_CERT_MAX + 16];
	const size_t len = put_container(SY_KEY_RSA2048, 0, content);

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_int_equal(open_container(content, n), SY_ERR_CERT);
	assert_int_equal(open_container(content, len), SY_OK);
}

static void
a_slot_without_certificate_is_named(void **state)
{
	static const struct {
		const char *reply;
		enum sy_err err;
	} tc[] = {
		{ "6A82", SY_ERR_KEY_MISSING },
		{ "6A88", SY_ERR_KEY_MISSING },
		{ "5300 9000", SY_ERR_KEY_MISSING },
		{ "9000", SY_ERR_CERT },
		{ "6982", SY_ERR_CARD },
		{ "6F00", SY_ERR_CARD },
		{ "AA", SY_ERR_CARD },
		{ "!", SY_ERR_CARD_GONE },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct card *card = NULL;
		struct sy_error error;
		struct script script;
		char text[256];

		print_message("  %s\n", tc[i].reply);
		(void)snprintf(text, sizeof(text),
		    "00A4040009 A00000030800001000 00 > 610B / "
		    "00C000000B > 6109 4F07 11*7 9000 / "
		    "00CB3FFF05 5C03 5FC101 00 > %s",
		    tc[i].reply);
		script_start(&script, text, false);
		assert_int_equal(card_open(&script.io, 1U << SY_DRIVER_PIV,
				     SY_SLOT_OPEN, &card, &error),
		    tc[i].err);
		assert_null(card);
		assert_string_equal(error.place, "PIV 9E: certificate");
		script_end(&script);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_signs_with_these_bytes),
		cmocka_unit_test(containers_are_taken_apart_strictly),
		cmocka_unit_test(a_container_cut_at_every_byte_is_refused),
		cmocka_unit_test(a_slot_without_certificate_is_named),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
