/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for every driver: the rules about PINs, status words, cards that
 * break off. (CARD-6, CARD-7, MFA-4)
 */
#include <stdlib.h>

#include <sanyoso/text.h>

#include "lib/possession/device/card.h"
#include "tests/support/faults.h"
#include "tests/support/mini_cert.h"
#include "tests/support/script.h"
#include "tests/support/unit.h"

#define ALL      (1U << SY_DRIVER_JPKI | 1U << SY_DRIVER_PIV)
#define JPKI_AID "D392F000260100000001"
#define PIV_AID  "A00000030800001000"

/* Opening a PIV card with a P-256 key: made at the start. */
static char piv_open[2048];
static uint8_t hash[48];
static struct sy_buf *sig;

static int
setup(void **state)
{
	uint8_t cert[MINI_CERT_MAX];
	char hex[2 * MINI_CERT_MAX + 1];
	const size_t len = mini_cert(SY_KEY_P256, cert);

	(void)state;
	sy_text_hex(cert, len, hex);
	(void)snprintf(piv_open, sizeof(piv_open),
	    "00A4040009" PIV_AID "00 > 9000 / "
	    "00CB3FFF055C035FC10500 > 53 81%02X 70 81%02X %s 710100FE00 9000",
	    (unsigned int)(len + 3 + 5), (unsigned int)len, hex);
	return sy_buf_new(SY_SIGNATURE_SIZE_MAX, &sig) == SY_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	sy_buf_free(&sig);
	return 0;
}

static struct sy_secret *
make_pin(const char *digits)
{
	struct sy_secret *pin = NULL;

	assert_int_equal(sy_secret_new(SY_DEVICE_PIN_MAX, &pin), SY_OK);
	assert_int_equal(sy_secret_append(pin, digits, strlen(digits)), SY_OK);
	return pin;
}

/* A PIV card that goes on with ${rest}. */
static struct card *
open_piv(struct script *script, const char *rest)
{
	static char text[4096];
	struct card *card = NULL;
	struct sy_error error;

	(void)snprintf(text, sizeof(text), "%s %s %s", piv_open,
	    *rest != '\0' ? "/" : "", rest);
	script_start(script, text, false);
	assert_int_equal(card_open(&script->io, 1U << SY_DRIVER_PIV,
			     SY_SLOT_PIN, &card, &error),
	    SY_OK);
	return card;
}

static void
the_counter_is_read_from_every_status_word(void **state)
{
	static const struct {
		const char *sw;
		enum sy_err err;
		uint8_t tries;
	} tc[] = {
		{ "63C0", SY_OK, 0 },
		{ "63C1", SY_OK, 1 },
		{ "63C5", SY_OK, 5 },
		{ "63CF", SY_OK, 15 },
		{ "6983", SY_OK, 0 },
		{ "6984", SY_OK, 0 },
		{ "9000", SY_ERR_STATE, 0 },
		{ "6300", SY_ERR_CARD, 0 },
		{ "63D0", SY_ERR_CARD, 0 },
		{ "6982", SY_ERR_CARD, 0 },
		{ "6A88", SY_ERR_CARD, 0 },
		{ "0000", SY_ERR_CARD, 0 },
		{ "-", SY_ERR_CARD, 0 },
		{ "!", SY_ERR_CARD_GONE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(card_free) struct card *card = NULL;
		struct script script;
		uint8_t tries = 77;
		char rest[64];

		print_message("  %s\n", tc[i].sw);
		(void)snprintf(rest, sizeof(rest), "00200080 > %s", tc[i].sw);
		card = open_piv(&script, rest);
		assert_int_equal(card_tries(card, &tries), tc[i].err);
		assert_int_equal(tries, tc[i].err == SY_OK ? tc[i].tries : 77);
		script_end(&script);
	}
}

#define ASK    "00200080 > "
#define VERIFY "0020008008 323436383032FFFF > "

static void
verify_sends_once_and_reads_the_counter(void **state)
{
	static const struct {
		const char *what, *script;
		uint8_t reserve;
		enum sy_err err;
		uint8_t tries;
	} tc[] = {
		{ "right", ASK "63C5 / " VERIFY "9000", 1, SY_OK, 255 },
		{ "two left, reserve 1", ASK "63C2 / " VERIFY "9000", 1, SY_OK,
		    255 },
		{ "one left, reserve 1", ASK "63C1", 1, SY_ERR_PIN_RESERVE, 1 },
		{ "one left, reserve 0", ASK "63C1 / " VERIFY "9000", 0, SY_OK,
		    255 },
		{ "none left, reserve 0", ASK "63C0", 0, SY_ERR_PIN_RESERVE,
		    0 },
		{ "blocked", ASK "6983", 0, SY_ERR_PIN_RESERVE, 0 },
		{ "five left, reserve 5", ASK "63C5", 5, SY_ERR_PIN_RESERVE,
		    5 },
		{ "counter unknown", ASK "6300", 1, SY_ERR_CARD, 255 },
		{ "verified by another", ASK "9000", 1, SY_ERR_STATE, 255 },
		{ "gone before", ASK "!", 1, SY_ERR_CARD_GONE, 255 },
		{ "wrong", ASK "63C5 / " VERIFY "63C4 / " ASK "63C4", 1,
		    SY_ERR_PIN_WRONG, 4 },
		{ "wrong, the counter knows better",
		    ASK "63C5 / " VERIFY "63C4 / " ASK "63C2", 1,
		    SY_ERR_PIN_WRONG, 2 },
		{ "wrong, the counter is not told",
		    ASK "63C5 / " VERIFY "63C4 / " ASK "6F00", 1,
		    SY_ERR_PIN_WRONG, 4 },
		{ "wrong, then gone", ASK "63C5 / " VERIFY "63C4 / " ASK "!", 1,
		    SY_ERR_PIN_WRONG, 4 },
		{ "wrong, the last one",
		    ASK "63C1 / " VERIFY "63C0 / " ASK "6983", 0,
		    SY_ERR_PIN_BLOCKED, 0 },
		{ "blocked by it", ASK "63C2 / " VERIFY "6983 / " ASK "6983", 1,
		    SY_ERR_PIN_BLOCKED, 0 },
		{ "unusable", ASK "63C2 / " VERIFY "6984 / " ASK "6984", 1,
		    SY_ERR_PIN_BLOCKED, 0 },
		{ "refused for another reason", ASK "63C2 / " VERIFY "6985", 1,
		    SY_ERR_CARD, 255 },
		{ "wrong length, the card says", ASK "63C2 / " VERIFY "6700", 1,
		    SY_ERR_CARD, 255 },
		{ "Le, the card says", ASK "63C2 / " VERIFY "6C08", 1,
		    SY_ERR_CARD, 255 },
		{ "answer lost, counted",
		    ASK "63C3 / " VERIFY "- / " ASK "63C2", 1, SY_ERR_CARD, 2 },
		{ "answer lost, accepted",
		    ASK "63C3 / " VERIFY "- / " ASK "9000", 1, SY_ERR_CARD,
		    255 },
		{ "data in the answer",
		    ASK "63C3 / " VERIFY "AA9000 / " ASK "63C3", 1, SY_ERR_CARD,
		    3 },
		{ "gone", ASK "63C3 / " VERIFY "! / " ASK "!", 1,
		    SY_ERR_CARD_GONE, 255 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
		SY_AUTO(card_free) struct card *card = NULL;
		struct script script;
		uint8_t tries = 77;

		print_message("  %s\n", tc[i].what);
		pin = make_pin("246802");
		card = open_piv(&script, tc[i].script);
		assert_int_equal(card_verify(card, pin, tc[i].reserve, &tries),
		    tc[i].err);
		assert_int_equal(tries, tc[i].tries);
		script_end(&script);
	}
}

static void
a_pin_is_looked_at_before_it_is_sent(void **state)
{
	static const struct {
		const char *pin;
		enum sy_err login, enroll;
	} tc[] = {
		{ "", SY_ERR_PIN_FORMAT, SY_ERR_PIN_FORMAT },
		{ "24680", SY_ERR_PIN_FORMAT, SY_ERR_PIN_FORMAT },
		{ "246802", SY_OK, SY_OK },
		{ "24680246", SY_OK, SY_OK },
		{ "246802468", SY_ERR_PIN_FORMAT, SY_ERR_PIN_FORMAT },
		{ "24680a", SY_ERR_PIN_FORMAT, SY_ERR_PIN_FORMAT },
		{ "/46802", SY_ERR_PIN_FORMAT, SY_ERR_PIN_FORMAT },
		{ "24680:", SY_ERR_PIN_FORMAT, SY_ERR_PIN_FORMAT },
		{ "123456", SY_OK, SY_ERR_PIN_FACTORY },
		{ "12345678", SY_OK, SY_ERR_PIN_FACTORY },
		{ "1234567", SY_OK, SY_OK },
		{ "000000", SY_OK, SY_ERR_PIN_FACTORY },
		{ "77777777", SY_OK, SY_ERR_PIN_FACTORY },
		{ "123457", SY_OK, SY_OK },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
		SY_AUTO(card_free) struct card *card = NULL;
		struct script script;

		print_message("  \"%s\"\n", tc[i].pin);
		pin = make_pin(tc[i].pin);
		card = open_piv(&script, "");
		assert_int_equal(card_check_pin(card, pin, false), tc[i].login);
		assert_int_equal(card_check_pin(card, pin, true), tc[i].enroll);
		script_end(&script);
	}
}

static void
only_6982_shows_that_the_key_needs_its_pin(void **state)
{
	static const struct {
		const char *sw;
		enum sy_err err;
	} tc[] = {
		{ "6982", SY_OK },
		{ "7C05 8203 010203 9000", SY_ERR_KEY_OPEN },
		{ "6985", SY_ERR_KEY_OPEN },
		{ "6F00", SY_ERR_KEY_OPEN },
		{ "6A88", SY_ERR_KEY_MISSING },
		{ "6A82", SY_ERR_KEY_MISSING },
		{ "-", SY_ERR_CARD },
		{ "!", SY_ERR_CARD_GONE },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(card_free) struct card *card = NULL;
		struct script script;
		char rest[256];

		print_message("  %s\n", tc[i].sw);
		(void)snprintf(rest, sizeof(rest),
		    "0087119A26 7C24 8200 8120 00*32 00 > %s", tc[i].sw);
		card = open_piv(&script, rest);
		assert_int_equal(card_check_refuses(card), tc[i].err);
		script_end(&script);
	}
}

static void
a_signature_is_one_or_none(void **state)
{
	static const struct {
		const char *what, *reply;
		enum sy_err err;
		size_t len;
	} tc[] = {
		{ "signature", "7C0A 8208 3006020101020101 9000", SY_OK, 8 },
		{ "without the PIN", "6982", SY_ERR_CARD, 0 },
		{ "no key", "6A88", SY_ERR_KEY_MISSING, 0 },
		{ "empty", "7C02 8200 9000", SY_ERR_CARD, 0 },
		{ "nothing", "9000", SY_ERR_CARD, 0 },
		{ "another template", "7D0A 8208 3006020101020101 9000",
		    SY_ERR_CARD, 0 },
		{ "another tag", "7C0A 8108 3006020101020101 9000", SY_ERR_CARD,
		    0 },
		{ "length one too large", "7C0B 8208 3006020101020101 9000",
		    SY_ERR_CARD, 0 },
		{ "length one too small", "7C09 8207 3006020101020101 9000",
		    SY_ERR_CARD, 0 },
		{ "inner length too large", "7C0A 8209 3006020101020101 9000",
		    SY_ERR_CARD, 0 },
		{ "more behind it", "7C0C 8208 3006020101020101 8300 9000",
		    SY_ERR_CARD, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(card_free) struct card *card = NULL;
		struct script script;
		char rest[256];

		print_message("  %s\n", tc[i].what);
		(void)snprintf(rest, sizeof(rest),
		    "0087119A26 7C24 8200 8120 00*32 00 > %s", tc[i].reply);
		card = open_piv(&script, rest);
		sy_buf_reset(sig);
		assert_int_equal(card_sign(card, hash, 32, sig), tc[i].err);
		if (tc[i].err == SY_OK)
			assert_int_equal(sy_buf_len(sig), tc[i].len);
		script_end(&script);
	}
}

static void
only_the_key_s_own_hash_is_signed(void **state)
{
	SY_AUTO(card_free) struct card *card = NULL;
	struct script script;

	(void)state;
	card = open_piv(&script, "");
	assert_int_equal(card_hash_size(card), 32);
	for (size_t len = 0; len <= sizeof(hash); len++) {
		if (len != 32)
			assert_int_equal(card_sign(card, hash, len, sig),
			    SY_ERR_ARG);
	}
	script_end(&script);
}

static void
the_driver_that_knows_the_card_is_taken(void **state)
{
	static const struct {
		const char *what;
		uint32_t drivers;
		enum sy_slot slot;
		const char *script;
		enum sy_err err;
	} tc[] = {
		{ "unknown card", ALL, SY_SLOT_PIN,
		    "00A4040C0A" JPKI_AID " > 6A82 / 00A4040009" PIV_AID
		    "00 > 6A82",
		    SY_ERR_CARD_UNKNOWN },
		{ "a card that knows no SELECT", ALL, SY_SLOT_PIN,
		    "00A4040C0A" JPKI_AID " > 6D00 / 00A4040009" PIV_AID
		    "00 > 6E00",
		    SY_ERR_CARD_UNKNOWN },
		{ "only PIV is asked for", 1U << SY_DRIVER_PIV, SY_SLOT_PIN,
		    "00A4040009" PIV_AID "00 > 6A82", SY_ERR_CARD_UNKNOWN },
		{ "JPKI has no open key", ALL, SY_SLOT_OPEN,
		    "00A4040009" PIV_AID "00 > 6A82", SY_ERR_CARD_UNKNOWN },
		{ "no driver at all", 0, SY_SLOT_PIN, "", SY_ERR_CARD_UNKNOWN },
		{ "gone at once", ALL, SY_SLOT_PIN,
		    "00A4040C0A" JPKI_AID " > !", SY_ERR_CARD_GONE },
		{ "garbage", ALL, SY_SLOT_PIN,
		    "00A4040C0A" JPKI_AID " > AABBCC", SY_ERR_CARD },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct card *card = NULL;
		struct sy_error error = { 0 };
		struct script script;

		print_message("  %s\n", tc[i].what);
		script_start(&script, tc[i].script, false);
		assert_int_equal(card_open(&script.io, tc[i].drivers,
				     tc[i].slot, &card, &error),
		    tc[i].err);
		assert_null(card);
		assert_int_equal(error.code, tc[i].err);
		assert_string_not_equal(error.place, "");
		script_end(&script);
	}
}

/* A whole use of a card; only a whole one succeeds. */
static enum sy_err
use(struct script *script)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	SY_AUTO(card_free) struct card *card = NULL;
	struct sy_error error;
	uint8_t tries;
	enum sy_err err;

	pin = make_pin("246802");
	sy_buf_reset(sig);
	if ((err = card_open(&script->io, ALL, SY_SLOT_PIN, &card, &error)) !=
		SY_OK ||
	    (err = card_check_refuses(card)) != SY_OK ||
	    (err = card_select(card)) != SY_OK ||
	    (err = card_verify(card, pin, 1, &tries)) != SY_OK)
		return err;
	return card_sign(card, hash, 32, sig);
}

static const char *
whole_use(void)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text),
	    "00A4040C0A" JPKI_AID " > 6A82 / %s / "
	    "0087119A26 7C24 8200 8120 00*32 00 > 6982 / "
	    "00A4040009" PIV_AID "00 > 9000 / " ASK "63C5 / " VERIFY
	    "9000 / 0087119A26 7C24 8200 8120 00*32 00 > "
	    "7C0A 8208 3006020101020101 9000",
	    piv_open);
	return text;
}

static void
a_card_that_breaks_at_any_step_never_gets_a_second_pin(void **state)
{
	static const char *const breaks[] = { "!", "-", "90", "6F00", "6982",
		"9000", "6100", "6C00", "00*16 9000", "FF*256 9000",
		"53820FFF 9000", "7C81FF 9000", "AA*300 9000" };
	struct script script;

	(void)state;
	script_start(&script, whole_use(), false);
	assert_int_equal(use(&script), SY_OK);
	assert_int_equal(script.steps, 8);
	script_end(&script);
	for (unsigned int step = 1; step <= 8; step++) {
		for (size_t i = 0; i < SY_COUNT(breaks); i++) {
			script_start(&script, whole_use(), false);
			script.break_at = step;
			script.break_reply = breaks[i];
			assert_int_not_equal(use(&script), SY_OK);
		}
	}
}

static void
a_use_survives_every_failed_allocation(void **state)
{
	struct script script;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		SY_AUTO(card_free) struct card *card = NULL;
		SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
		struct sy_error error;
		uint8_t tries;

		pin = make_pin("246802");
		sy_buf_reset(sig);
		script_start(&script, whole_use(), false);
		faults_arm(++n);
		if ((err = card_open(&script.io, ALL, SY_SLOT_PIN, &card,
			 &error)) == SY_OK &&
		    (err = card_check_refuses(card)) == SY_OK &&
		    (err = card_select(card)) == SY_OK &&
		    (err = card_verify(card, pin, 1, &tries)) == SY_OK)
			err = card_sign(card, hash, 32, sig);
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
		cmocka_unit_test(the_counter_is_read_from_every_status_word),
		cmocka_unit_test(verify_sends_once_and_reads_the_counter),
		cmocka_unit_test(a_pin_is_looked_at_before_it_is_sent),
		cmocka_unit_test(only_6982_shows_that_the_key_needs_its_pin),
		cmocka_unit_test(a_signature_is_one_or_none),
		cmocka_unit_test(only_the_key_s_own_hash_is_signed),
		cmocka_unit_test(the_driver_that_knows_the_card_is_taken),
		cmocka_unit_test(
		    a_card_that_breaks_at_any_step_never_gets_a_second_pin),
		cmocka_unit_test(a_use_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
