/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the card office does to a PIV card, step by step, on the virtual card.
 * (CARD-8: keys are made on the card; PIN and PUK are counted by it)
 */
#include <stdlib.h>

#include "lib/possession/device/piv_admin.h"
#include "tests/support/faults.h"
#include "tests/support/inserted.h"
#include "tests/support/script.h"
#include "tests/support/testca.h"
#include "tests/support/unit.h"

static struct inserted *chip;
static struct card_io io;

static enum sy_err
transmit(void *arg, const uint8_t *command, size_t len, uint8_t *reply,
    size_t cap, size_t *ret_len)
{
	(void)arg;
	*ret_len = inserted_transmit(chip, command, len, reply, cap);
	return SY_OK;
}

static struct card *
open_card(const char *mgmt)
{
	struct card *card = NULL;
	struct sy_error error;

	if (chip != NULL)
		inserted_free(&chip);
	chip = inserted_new(mgmt);
	io.transmit = transmit;
	assert_int_equal(piv_open_blank(&io, &card, &error), SY_OK);
	return card;
}

static int
teardown(void **state)
{
	(void)state;
	if (chip != NULL)
		inserted_free(&chip);
	return 0;
}

static struct sy_secret *
secret(const void *p, size_t len)
{
	struct sy_secret *s = NULL;

	assert_int_equal(sy_secret_new(len, &s), SY_OK);
	assert_int_equal(sy_secret_append(s, p, len), SY_OK);
	return s;
}

static struct sy_secret *
text(const char *p)
{
	return secret(p, strlen(p));
}

static const uint8_t new_key[SY_DEVICE_MANAGEMENT_SIZE] = { 0xa1, 0xb2, 3, 4, 5,
	6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
	25, 26, 27, 28, 29, 30, 31, 32 };

static void
every_cipher_opens_the_card_and_another_key_does_not(void **state)
{
	static const struct {
		const char *mgmt;
		enum piv_cipher cipher;
	} tc[] = {
		{ "3des", PIV_CIPHER_TDEA },
		{ "aes128", PIV_CIPHER_AES128 },
		{ "aes192", PIV_CIPHER_AES192 },
		{ "aes256", PIV_CIPHER_AES256 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(card_free) struct card *card = open_card(tc[i].mgmt);
		SY_AUTO(sy_secret_free)
		struct sy_secret *other = secret(new_key, sizeof(new_key));
		SY_AUTO(sy_buf_free) struct sy_buf *spki = NULL;
		enum piv_cipher cipher = 0;

		print_message("  %s\n", tc[i].mgmt);
		assert_int_equal(sy_buf_new(SY_SPKI_SIZE_MAX, &spki), SY_OK);
		assert_int_equal(piv_admin_open(card, other, &cipher),
		    SY_ERR_DENIED);
		assert_int_equal(piv_generate(card, SY_KEY_P256, spki),
		    SY_ERR_CARD);
		assert_int_equal(piv_admin_open_factory(card, &cipher), SY_OK);
		assert_int_equal(cipher, tc[i].cipher);
		assert_int_equal(piv_generate(card, SY_KEY_P256, spki), SY_OK);
	}
}

static void
a_new_management_key_replaces_the_makers(void **state)
{
	static const struct {
		const char *mgmt;
		bool old;
		enum piv_cipher cipher;
	} tc[] = {
		{ "3des", false, PIV_CIPHER_AES256 },
		{ "3des", true, PIV_CIPHER_TDEA },
		{ "aes192", false, PIV_CIPHER_AES256 },
		{ "aes256", false, PIV_CIPHER_AES256 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(card_free) struct card *card = open_card(tc[i].mgmt);
		SY_AUTO(sy_secret_free)
		struct sy_secret *key = secret(new_key, sizeof(new_key));
		enum piv_cipher cipher;

		print_message("  %s%s\n", tc[i].mgmt, tc[i].old ? ", old" : "");
		if (tc[i].old)
			inserted_make_old(chip);
		assert_int_equal(piv_admin_open_factory(card, &cipher), SY_OK);
		assert_int_equal(piv_admin_set_key(card, key, cipher), SY_OK);
		assert_true(inserted_has_management(chip, (uint8_t)tc[i].cipher,
		    new_key, piv_cipher_key_size(tc[i].cipher)));
		inserted_power(chip);
		assert_int_equal(card_select(card), SY_OK);
		assert_int_equal(piv_admin_open_factory(card, &cipher),
		    SY_ERR_DENIED);
		assert_int_equal(piv_admin_open(card, key, &cipher), SY_OK);
		assert_int_equal(cipher, tc[i].cipher);
	}
}

/* What a card that does not know the key can answer. */
static void
a_card_that_does_not_prove_the_key_is_refused(void **state)
{
	static const struct {
		const char *what;
		const char *script;
		enum sy_err err;
	} tc[] = {
		{ "knows no cipher",
		    "0087 0C9B 04 7C028000 00 > 6A86 / "
		    "0087 0A9B 04 7C028000 00 > 6A86 / "
		    "0087 039B 04 7C028000 00 > 6A86 / "
		    "0087 089B 04 7C028000 00 > 6A86",
		    SY_ERR_CARD },
		{ "answers anything",
		    "0087 0C9B 04 7C028000 00 > 7C128010 00*16 9000 / "
		    "? > 7C128210 00*16 9000",
		    SY_ERR_CARD },
		{ "witness too short",
		    "0087 0C9B 04 7C028000 00 > 7C0A8008 00*8 9000",
		    SY_ERR_CARD },
		{ "another tag",
		    "0087 0C9B 04 7C028000 00 > 7C128110 00*16 9000",
		    SY_ERR_CARD },
		{ "more behind it",
		    "0087 0C9B 04 7C028000 00 > 7C128010 00*16 00 9000",
		    SY_ERR_CARD },
		{ "refuses",
		    "0087 0C9B 04 7C028000 00 > 7C128010 00*16 9000 / ? > 6982",
		    SY_ERR_DENIED },
		{ "gone",
		    "0087 0C9B 04 7C028000 00 > 7C128010 00*16 9000 / ? > !",
		    SY_ERR_CARD_GONE },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(card_free) struct card *card = open_card("3des");
		SY_AUTO(sy_secret_free)
		struct sy_secret *key = secret(new_key, sizeof(new_key));
		enum piv_cipher cipher;
		struct script script;

		print_message("  %s\n", tc[i].what);
		script_start(&script, tc[i].script, false);
		card->io = &script.io;
		assert_int_equal(piv_admin_open(card, key, &cipher), tc[i].err);
		script_end(&script);
	}
}

static void
a_key_made_on_the_card_signs_and_its_certificate_is_read_back(void **state)
{
	static const enum sy_key_alg algs[] = { SY_KEY_P256, SY_KEY_RSA2048 };
	static const uint8_t hash[32] = { 1, 2, 3 };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(algs); i++) {
		SY_AUTO(card_free) struct card *card = open_card("3des");
		SY_AUTO(card_free) struct card *again = NULL;
		SY_AUTO(sy_secret_free) struct sy_secret *pin = text("123456");
		SY_AUTO(sy_buf_free) struct sy_buf *spki = NULL;
		SY_AUTO(sy_buf_free) struct sy_buf *sig = NULL;
		SY_AUTO(sy_key_free) struct sy_key *key = NULL;
		struct testca_spec spec = { .cn = "0123",
			.not_after = 4102444800 };
		enum piv_cipher cipher;
		struct sy_error error;
		const uint8_t *at;
		uint8_t tries;
		X509 *cert;
		uint8_t *der;
		size_t len;

		assert_int_equal(sy_buf_new(SY_SPKI_SIZE_MAX, &spki), SY_OK);
		assert_int_equal(sy_buf_new(SY_SIGNATURE_SIZE_MAX, &sig),
		    SY_OK);
		assert_int_equal(piv_admin_open_factory(card, &cipher), SY_OK);
		assert_int_equal(piv_generate(card, algs[i], spki), SY_OK);
		assert_int_equal(sy_key_from_spki(sy_buf_data(spki),
				     sy_buf_len(spki), &key, NULL),
		    SY_OK);
		assert_int_equal(sy_key_alg(key), algs[i]);
		assert_int_equal(card_check_refuses(card), SY_OK);
		assert_int_equal(card_verify(card, pin, 1, &tries), SY_OK);
		assert_int_equal(card_sign(card, hash, sizeof(hash), sig),
		    SY_OK);
		assert_int_equal(sy_key_verify(key, hash, sizeof(hash),
				     sy_buf_data(sig), sy_buf_len(sig)),
		    SY_OK);

		at = sy_buf_data(spki);
		spec.key = d2i_PUBKEY(NULL, &at, (long)sy_buf_len(spki));
		assert_non_null(spec.key);
		cert = testca_issue(NULL, testca_key(TESTCA_P256), &spec);
		der = testca_der(cert, &len);
		assert_int_equal(piv_put_cert(card, der, len), SY_OK);
		assert_int_equal(card_open(&io, 1U << SY_DRIVER_PIV,
				     SY_SLOT_PIN, &again, &error),
		    SY_OK);
		assert_int_equal(again->spki_len, sy_buf_len(spki));
		assert_memory_equal(again->spki, sy_buf_data(spki),
		    again->spki_len);
		free(der);
		X509_free(cert);
		EVP_PKEY_free(spec.key);
	}
}

static void
a_key_that_is_none_is_refused(void **state)
{
	static const char *const replies[] = {
		"9000",
		"7F4900 9000",
		"7F4943 8641 02 11*64 9000", /* compressed */
		"7F4942 8640 04 11*63 9000",
		"7F4944 8641 04 11*64 00 9000",
		"7F4943 8641 04 11*63 9000",
		"7F4943 8741 04 11*64 9000",
		"6F00",
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(replies); i++) {
		SY_AUTO(card_free) struct card *card = open_card("3des");
		SY_AUTO(sy_buf_free) struct sy_buf *spki = NULL;
		struct script script;
		char line[160];

		print_message("  %s\n", replies[i]);
		assert_int_equal(sy_buf_new(SY_SPKI_SIZE_MAX, &spki), SY_OK);
		(void)snprintf(line, sizeof(line),
		    "0047 009A 05 AC03800111 00 > %s", replies[i]);
		script_start(&script, line, false);
		card->io = &script.io;
		assert_int_equal(piv_generate(card, SY_KEY_P256, spki),
		    SY_ERR_CARD);
		script_end(&script);
	}
}

static void
a_card_is_known_by_the_guid_it_was_given(void **state)
{
	static const uint8_t guid[SY_DEVICE_GUID_SIZE] = { 9, 8, 7, 6 };
	SY_AUTO(card_free) struct card *card = open_card("3des");
	uint8_t got[SY_DEVICE_GUID_SIZE];
	enum piv_cipher cipher;

	(void)state;
	assert_int_equal(piv_put_guid(card, guid), SY_ERR_CARD);
	assert_int_equal(piv_admin_open_factory(card, &cipher), SY_OK);
	assert_int_equal(piv_put_guid(card, guid), SY_OK);
	assert_int_equal(piv_read_guid(card, got), SY_OK);
	assert_memory_equal(got, guid, sizeof(guid));
}

static void
a_chuid_without_guid_names_no_card(void **state)
{
	static const struct {
		const char *reply;
		enum sy_err err;
	} tc[] = {
		{ "6A82", SY_ERR_NOT_FOUND },
		{ "5300 9000", SY_ERR_NOT_FOUND },
		{ "5312 3410 00*16 9000", SY_ERR_NOT_FOUND },
		{ "5311 340F 11*15 9000", SY_ERR_NOT_FOUND },
		{ "5312 3410 11*15 9000", SY_ERR_NOT_FOUND },
		{ "5302 3000 9000", SY_ERR_NOT_FOUND },
		{ "5312 3410 11*16 9000", SY_OK },
		{ "5314 3000 3410 11*16 9000", SY_OK },
		{ "6982", SY_ERR_CARD },
		{ "!", SY_ERR_CARD_GONE },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(card_free) struct card *card = open_card("3des");
		uint8_t got[SY_DEVICE_GUID_SIZE];
		struct script script;
		char line[160];

		print_message("  %s\n", tc[i].reply);
		(void)snprintf(line, sizeof(line),
		    "00CB3FFF05 5C03 5FC102 00 > %s", tc[i].reply);
		script_start(&script, line, false);
		card->io = &script.io;
		assert_int_equal(piv_read_guid(card, got), tc[i].err);
		script_end(&script);
	}
}

static void
a_pin_is_changed_by_the_old_one_and_counted(void **state)
{
	SY_AUTO(card_free) struct card *card = open_card("3des");
	SY_AUTO(sy_secret_free) struct sy_secret *old = text("123456");
	SY_AUTO(sy_secret_free) struct sy_secret *fresh = text("2468024");
	SY_AUTO(sy_secret_free) struct sy_secret *wrong = text("999999");
	uint8_t tries;

	(void)state;
	assert_int_equal(piv_change_pin(card, wrong, fresh, 1, &tries),
	    SY_ERR_PIN_WRONG);
	assert_int_equal(tries, 2);
	assert_int_equal(piv_change_pin(card, wrong, fresh, 1, &tries),
	    SY_ERR_PIN_WRONG);
	assert_int_equal(tries, 1);
	/* At the reserve nothing is sent, not even the right one. */
	assert_int_equal(piv_change_pin(card, old, fresh, 1, &tries),
	    SY_ERR_PIN_RESERVE);
	assert_int_equal(inserted_pin_tries(chip), 1);
	assert_int_equal(piv_change_pin(card, old, fresh, 0, &tries), SY_OK);
	assert_true(inserted_has_pin(chip, "2468024"));
	assert_int_equal(inserted_pin_tries(chip), 3);
}

static void
the_puk_gives_a_blocked_pin_its_tries_back(void **state)
{
	SY_AUTO(card_free) struct card *card = open_card("3des");
	SY_AUTO(sy_secret_free) struct sy_secret *pin = text("246802");
	SY_AUTO(sy_secret_free) struct sy_secret *wrong = text("99999999");
	SY_AUTO(sy_secret_free) struct sy_secret *factory = text("12345678");
	SY_AUTO(sy_secret_free) struct sy_secret *puk = text("83726154");
	uint8_t tries;

	(void)state;
	for (int i = 0; i < 3; i++)
		(void)!card_verify(card, wrong, 0, &tries);
	assert_int_equal(inserted_pin_tries(chip), 0);
	assert_int_equal(piv_reset_pin(card, wrong, pin, &tries),
	    SY_ERR_PIN_WRONG);
	assert_int_equal(tries, 2);
	assert_int_equal(piv_change_puk(card, factory, puk, &tries), SY_OK);
	assert_int_equal(piv_reset_pin(card, factory, pin, &tries),
	    SY_ERR_PIN_WRONG);
	assert_int_equal(piv_reset_pin(card, puk, pin, &tries), SY_OK);
	assert_true(inserted_has_pin(chip, "246802"));
	assert_int_equal(inserted_pin_tries(chip), 3);
	for (int i = 0; i < 3; i++)
		(void)!piv_change_puk(card, wrong, puk, &tries);
	assert_int_equal(piv_reset_pin(card, puk, pin, &tries),
	    SY_ERR_PIN_BLOCKED);
	assert_int_equal(tries, 0);
}

static void
no_memory_at_any_point_is_said(void **state)
{
	SY_AUTO(card_free) struct card *card = open_card("3des");
	SY_AUTO(sy_secret_free)
	struct sy_secret *key = secret(new_key, sizeof(new_key));
	SY_AUTO(sy_buf_free) struct sy_buf *spki = NULL;
	enum piv_cipher cipher = PIV_CIPHER_TDEA;
	enum sy_err err;
	unsigned int n = 0;

	(void)state;
	assert_int_equal(sy_buf_new(SY_SPKI_SIZE_MAX, &spki), SY_OK);
	do {
		sy_buf_reset(spki);
		faults_arm(++n);
		if ((err = piv_admin_open_factory(card, &cipher)) == SY_OK &&
		    (err = piv_put_guid(card, new_key)) == SY_OK)
			err = piv_generate(card, SY_KEY_P256, spki);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 5);
	assert_int_equal(piv_admin_set_key(card, key, cipher), SY_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_cipher_opens_the_card_and_another_key_does_not),
		cmocka_unit_test(a_new_management_key_replaces_the_makers),
		cmocka_unit_test(a_card_that_does_not_prove_the_key_is_refused),
		cmocka_unit_test(
		    a_key_made_on_the_card_signs_and_its_certificate_is_read_back),
		cmocka_unit_test(a_key_that_is_none_is_refused),
		cmocka_unit_test(a_card_is_known_by_the_guid_it_was_given),
		cmocka_unit_test(a_chuid_without_guid_names_no_card),
		cmocka_unit_test(a_pin_is_changed_by_the_old_one_and_counted),
		cmocka_unit_test(the_puk_gives_a_blocked_pin_its_tries_back),
		cmocka_unit_test(no_memory_at_any_point_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
