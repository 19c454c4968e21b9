/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that a My Number card gets to see. (CARD-6, CARD-8, MFA-4) */
#include <sanyoso/text.h>

#include "lib/possession/device/card.h"
#include "tests/support/mini_cert.h"
#include "tests/support/script.h"
#include "tests/support/unit.h"

#define SELECT_AP   "00A4040C0A D392F000260100000001"
#define SELECT_CERT "00A4020C02 000A"
#define SELECT_PIN  "00A4020C02 0018"
#define SELECT_KEY  "00A4020C02 0017"
#define DIGEST_INFO "3031300D060960864801650304020105000420"

static uint8_t cert[MINI_CERT_MAX];
static size_t cert_len;
static struct sy_buf *sig;

static int
setup(void **state)
{
	(void)state;
	cert_len = mini_cert(SY_KEY_RSA2048, cert);
	return sy_buf_new(SY_SIGNATURE_SIZE_MAX, &sig) == SY_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	sy_buf_free(&sig);
	return 0;
}

/* Finding the card and reading its certificate, then ${rest}. */
static const char *
whole(const char *rest)
{
	static char text[8192];
	static char first[2 * 256 + 1], last[2 * MINI_CERT_MAX + 1];
	const size_t left = cert_len - 4 - 256;

	sy_text_hex(cert + 4, 256, first);
	sy_text_hex(cert + 4 + 256, left, last);
	(void)snprintf(text, sizeof(text),
	    SELECT_AP " > 9000 / " SELECT_CERT " > 9000 / "
		      "00B0000004 > 3082%02X%02X 9000 / "
		      "00B0000400 > %s 9000 / "
		      "00B00104%02X > %s 9000 %s %s",
	    cert[2], cert[3], first, (unsigned int)left, last,
	    *rest != '\0' ? "/" : "", rest);
	return text;
}

static enum sy_err
open_script(struct script *script, const char *text, bool t0,
    struct card **ret_card)
{
	struct sy_error error;

	script_start(script, text, t0);
	return card_open(&script->io, 1U << SY_DRIVER_JPKI, SY_SLOT_PIN,
	    ret_card, &error);
}

static void
a_login_is_these_bytes(void **state)
{
	static const struct {
		bool t0;
		const char *rest;
	} tc[] = {
		{ false,
		    SELECT_PIN " > 9000 / 00200080 > 63C3 / " SELECT_AP
			       " > 9000 / " SELECT_PIN
			       " > 9000 / 00200080 > 63C3 / "
			       "0020008004 31323334 > 9000 / " SELECT_KEY
			       " > 9000 / 802A008033 " DIGEST_INFO
			       " AA*32 00 > 55*256 9000" },
		{ true,
		    SELECT_PIN " > 9000 / 0020008000 > 63C3 / " SELECT_AP
			       " > 9000 / " SELECT_PIN
			       " > 9000 / 0020008000 > 63C3 / "
			       "0020008004 31323334 > 9000 / " SELECT_KEY
			       " > 9000 / 802A008033 " DIGEST_INFO
			       " AA*32 > 6100 / 00C0000000 > 55*256 9000" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
		SY_AUTO(card_free) struct card *card = NULL;
		struct script script;
		uint8_t hash[32], tries = 0;

		memset(hash, 0xaa, sizeof(hash));
		assert_int_equal(sy_secret_new(4, &pin), SY_OK);
		assert_int_equal(sy_secret_append(pin, "1234", 4), SY_OK);
		sy_buf_reset(sig);
		assert_int_equal(open_script(&script, whole(tc[i].rest),
				     tc[i].t0, &card),
		    SY_OK);
		assert_int_equal(card->alg, SY_KEY_RSA2048);
		assert_int_equal(sy_buf_len(card->cert), cert_len);
		assert_memory_equal(sy_buf_data(card->cert), cert, cert_len);
		assert_int_equal(card_tries(card, &tries), SY_OK);
		assert_int_equal(tries, 3);
		assert_int_equal(card_check_pin(card, pin, true), SY_OK);
		assert_int_equal(card_select(card), SY_OK);
		assert_int_equal(card_verify(card, pin, 1, &tries), SY_OK);
		assert_int_equal(card_sign(card, hash, 32, sig), SY_OK);
		assert_int_equal(sy_buf_len(sig), 256);
		script_end(&script);
	}
}

static void
a_pin_has_exactly_four_digits(void **state)
{
	static const char *const wrong[] = { "", "1", "123", "12345", "12a4",
		"１", "1 34" };
	SY_AUTO(card_free) struct card *card = NULL;
	struct script script;

	(void)state;
	assert_int_equal(open_script(&script, whole(""), false, &card), SY_OK);
	for (size_t i = 0; i < SY_COUNT(wrong); i++) {
		SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;

		assert_int_equal(sy_secret_new(16, &pin), SY_OK);
		assert_int_equal(sy_secret_append(pin, wrong[i],
				     strlen(wrong[i])),
		    SY_OK);
		assert_int_equal(card_check_pin(card, pin, false),
		    SY_ERR_PIN_FORMAT);
	}
	script_end(&script);
}

static void
a_certificate_that_can_t_be_read_is_named(void **state)
{
	static const struct {
		const char *what, *script;
		enum sy_err err;
	} tc[] = {
		{ "no such file", SELECT_AP " > 9000 / " SELECT_CERT " > 6A82",
		    SY_ERR_KEY_MISSING },
		{ "file refused", SELECT_AP " > 9000 / " SELECT_CERT " > 6982",
		    SY_ERR_CARD },
		{ "a phone wants the PIN first",
		    SELECT_AP " > 9000 / " SELECT_CERT
			      " > 9000 / 00B0000004 > 6982",
		    SY_ERR_KEY_MISSING },
		{ "not DER",
		    SELECT_AP " > 9000 / " SELECT_CERT
			      " > 9000 / 00B0000004 > 00*4 9000",
		    SY_ERR_CERT },
		{ "short form",
		    SELECT_AP " > 9000 / " SELECT_CERT
			      " > 9000 / 00B0000004 > 30810000 9000",
		    SY_ERR_CERT },
		{ "fewer bytes than asked for",
		    SELECT_AP " > 9000 / " SELECT_CERT
			      " > 9000 / 00B0000004 > 308201 9000",
		    SY_ERR_CARD },
		{ "longer than a certificate is",
		    SELECT_AP " > 9000 / " SELECT_CERT
			      " > 9000 / 00B0000004 > 30821FFD 9000",
		    SY_ERR_CERT },
		{ "the largest length",
		    SELECT_AP " > 9000 / " SELECT_CERT
			      " > 9000 / 00B0000004 > 3082FFFF 9000",
		    SY_ERR_CERT },
		{ "the file ends before the certificate",
		    SELECT_AP " > 9000 / " SELECT_CERT
			      " > 9000 / 00B0000004 > 30820140 9000 / "
			      "00B0000400 > AA*200 6282",
		    SY_ERR_CARD },
		{ "nothing in it",
		    SELECT_AP " > 9000 / " SELECT_CERT
			      " > 9000 / 00B0000004 > 30820010 9000 / "
			      "00B0000410 > 00*16 9000",
		    SY_ERR_CERT },
		{ "gone while reading",
		    SELECT_AP " > 9000 / " SELECT_CERT
			      " > 9000 / 00B0000004 > 30820140 9000 / "
			      "00B0000400 > !",
		    SY_ERR_CARD_GONE },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct card *card = NULL;
		struct script script;

		print_message("  %s\n", tc[i].what);
		assert_int_equal(open_script(&script, tc[i].script, false,
				     &card),
		    tc[i].err);
		assert_null(card);
		script_end(&script);
	}
}

/* The row names RSA-2048 alone. */
static void
another_kind_of_key_is_refused(void **state)
{
	struct card *card = NULL;
	struct script script;

	(void)state;
	cert_len = mini_cert(SY_KEY_RSA3072, cert);
	assert_int_equal(open_script(&script, whole(""), false, &card),
	    SY_ERR_ALGORITHM);
	assert_null(card);
	script_end(&script);
	cert_len = mini_cert(SY_KEY_RSA2048, cert);
}

static void
a_signature_of_another_length_is_refused(void **state)
{
	static const struct {
		const char *reply;
		enum sy_err err;
	} tc[] = {
		{ "55*256 9000", SY_OK },
		{ "55*255 9000", SY_ERR_CARD },
		{ "55*256 6101 / 00C0000001 > 55 9000", SY_ERR_CARD },
		{ "9000", SY_ERR_CARD },
		{ "6982", SY_ERR_CARD },
		{ "6A88", SY_ERR_KEY_MISSING },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(card_free) struct card *card = NULL;
		struct script script;
		uint8_t hash[32] = { 0 };
		char rest[512];

		print_message("  %s\n", tc[i].reply);
		(void)snprintf(rest, sizeof(rest),
		    SELECT_KEY " > 9000 / 802A008033 " DIGEST_INFO
			       " 00*32 00 > %s",
		    tc[i].reply);
		assert_int_equal(open_script(&script, whole(rest), false,
				     &card),
		    SY_OK);
		sy_buf_reset(sig);
		assert_int_equal(card_sign(card, hash, 32, sig), tc[i].err);
		script_end(&script);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_is_these_bytes),
		cmocka_unit_test(a_pin_has_exactly_four_digits),
		cmocka_unit_test(a_certificate_that_can_t_be_read_is_named),
		cmocka_unit_test(another_kind_of_key_is_refused),
		cmocka_unit_test(a_signature_of_another_length_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
