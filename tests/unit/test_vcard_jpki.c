/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual My Number card, command by command. */
#include <stdio.h>
#include <string.h>

#include "vcard_drive.h"

#define AP       "00a4040c0ad392f000260100000001"
#define FACE     "00a4040c0ad3921000310001010408"
#define EF(id)   "00a4020c0200" id
#define PIN_GOOD "002000800431323334"
#define PIN_BAD  "002000800439393939"
#define SIGN_HEAD                                                              \
	"802a008033" /* DigestInfo of SHA-256 */                               \
	"3031300d060960864801650304020105000420"
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SIGN SIGN_HEAD HASH "00"

static int
setup(void **state)
{
	*state = drive_card(VC_JPKI, VC_T1);
	return 0;
}

static int
setup_t0(void **state)
{
	*state = drive_card(VC_JPKI, VC_T0);
	return 0;
}

static int
teardown(void **state)
{
	struct vc_card *card = *state;

	vc_card_free(&card);
	assert_null(card);
	return 0;
}

static void
nothing_answers_before_the_application_is_selected(void **state)
{
	static const struct step steps[] = {
		{ "read", "00b0000004", SW_WRONG_INS, "" },
		{ "verify", PIN_GOOD, SW_WRONG_INS, "" },
		{ "sign", SIGN, SW_WRONG_INS, "" },
		{ "select a file", EF("0a"), SW_WRONG_INS, "" },
		{ "select by part of the AID", "00a4040c05d392f00026",
		    SW_NOT_FOUND, "" },
		{ "select", AP, SW_OK, "" },
		{ "read without a file", "00b0000004", SW_NO_FILE, "" },
		{ "verify without a file", PIN_GOOD, SW_NO_FILE, "" },
		{ "sign without a file", SIGN, SW_NO_FILE, "" },
		{ "an unknown AID leaves it selected", "00a4040c05a000000308",
		    SW_NOT_FOUND, "" },
		{ "token file", EF("06"), SW_OK, "" },
		{ "power", NULL, 0, NULL },
		{ "forgotten", EF("06"), SW_WRONG_INS, "" },
	};

	DRIVE(*state, steps);
}

static void
wrong_classes_instructions_and_parameters_are_refused(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "unknown instruction", "00ee000000", SW_WRONG_INS, "" },
		{ "verify in class 80", "802000800431323334", SW_WRONG_CLA,
		    "" },
		{ "sign in class 00", "002a00800401020304", SW_WRONG_CLA, "" },
		{ "unknown class", "4020008000", SW_WRONG_CLA, "" },
		{ "chained verify", "102000800431323334", SW_NO_CHAINING, "" },
		{ "file with FCI",
		    "00a402000200"
		    "0a00",
		    SW_WRONG_P1P2, "" },
		{ "file id of one byte", "00a4020c0106", SW_WRONG_LENGTH, "" },
		{ "file that is not there", EF("33"), SW_NOT_FOUND, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "verify with P1", "002001800431323334", SW_WRONG_P1P2, "" },
		{ "verify with P2", "002000010431323334", SW_WRONG_P1P2, "" },
		{ "verify with Le", "00200080043132333400", SW_WRONG_LENGTH,
		    "" },
		{ "tries untouched", "00200080", 0x63c3, "" },
	};

	DRIVE(*state, steps);
}

static void
the_token_file_says_card(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "token", EF("06"), SW_OK, "" },
		{ "read", "00b0000020", SW_OK,
		    "4a504b49415049434354"
		    "4f4b454e"
		    "2020202020202020"
		    "20202020202020202020" },
		{ "JPKI", "00b0000004", SW_OK, "4a504b49" },
	};

	DRIVE(*state, steps);
}

static void
reading_keeps_within_the_file(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "token", EF("06"), SW_OK, "" },
		{ "last byte", "00b0001f01", SW_OK, "20" },
		{ "offset at the end", "00b0002001", SW_WRONG_OFFSET, "" },
		{ "offset behind", "00b07fff01", SW_WRONG_OFFSET, "" },
		{ "to the end", "00b0001e00", SW_OK, "2020" },
		{ "over the end", "00b0001e03", SW_END_OF_FILE, "2020" },
		{ "short file id", "00b0860001", SW_WRONG_P1P2, "" },
		{ "no Le", "00b00000", SW_WRONG_LENGTH, "" },
		{ "with data", "00b000000100", SW_WRONG_LENGTH, "" },
		{ "the PIN", EF("18"), SW_OK, "" },
		{ "cannot be read", "00b0000004", SW_FILE_TYPE, "" },
		{ "the key", EF("17"), SW_OK, "" },
		{ "cannot be read", "00b0000004", SW_FILE_TYPE, "" },
		{ "cannot be verified", PIN_GOOD, SW_FILE_TYPE, "" },
		{ "the certificate", EF("0a"), SW_OK, "" },
		{ "cannot sign", SIGN, SW_FILE_TYPE, "" },
	};

	DRIVE(*state, steps);
}

/* Reads the current file as a driver would: header, then the rest. */
static void
read_cert(struct vc_card *card, struct vc_bytes *cert)
{
	struct vc_bytes part;
	size_t len;
	char hex[32];

	assert_int_equal(drive(card, "00b0000004", cert), SW_OK);
	assert_int_equal(cert->b[0], 0x30);
	assert_int_equal(cert->b[1], 0x82);
	len = 4 + ((size_t)cert->b[2] << 8 | cert->b[3]);
	while (cert->len < len) {
		const size_t n = len - cert->len < 255 ? len - cert->len : 255;

		snprintf(hex, sizeof(hex), "00b0%04zx%02zx", cert->len, n);
		assert_int_equal(drive(card, hex, &part), SW_OK);
		vc_bytes_raw(cert, part.b, part.len);
	}
}

static void
the_certificate_is_read_without_pin(void **state)
{
	struct vc_card *card = *state;
	struct vc_bytes cert, reply;
	const uint8_t *p = cert.b;
	X509 *x;

	assert_int_equal(drive(card, AP, &reply), SW_OK);
	assert_int_equal(drive(card, EF("0a"), &reply), SW_OK);
	read_cert(card, &cert);
	x = d2i_X509(NULL, &p, (long)cert.len);
	assert_non_null(x);
	assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(x),
			     vc_card_key(card, 0x17)->pkey),
	    1);
	X509_free(x);
}

static void
the_signature_certificate_wants_the_signature_pin(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "user PIN", EF("18"), SW_OK, "" },
		{ "verify", PIN_GOOD, SW_OK, "" },
		{ "certificate", EF("01"), SW_OK, "" },
		{ "refused", "00b0000004", SW_SECURITY, "" },
		{ "signature PIN", EF("1b"), SW_OK, "" },
		{ "verify", "0020008006414243313233", SW_OK, "" },
		{ "certificate", EF("01"), SW_OK, "" },
		{ "read", "00b0000002", SW_OK, "3082" },
		{ "its CA needs none", EF("02"), SW_OK, "" },
	};
	struct vc_card *card = *state;

	DRIVE(card, steps);
	/* 01 twice, 1b, 02: an authentication product leaves this at 0. */
	assert_int_equal(card->counts.strangers, 4);
}

static void
three_wrong_pins_lock_and_a_right_one_restores(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "query", "00200080", 0x63c3, "" },
		{ "wrong", PIN_BAD, 0x63c2, "" },
		{ "wrong", PIN_BAD, 0x63c1, "" },
		{ "right", PIN_GOOD, SW_OK, "" },
		{ "query", "00200080", 0x63c3, "" },
		{ "wrong", PIN_BAD, 0x63c2, "" },
		{ "wrong", PIN_BAD, 0x63c1, "" },
		{ "the power does not help", NULL, 0, NULL },
		{ "select", AP, SW_OK, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "query", "00200080", 0x63c1, "" },
		{ "last", PIN_BAD, 0x63c0, "" },
		{ "query", "00200080", 0x63c0, "" },
		{ "right, too late", PIN_GOOD, SW_BLOCKED, "" },
		{ "the key stays shut", EF("17"), SW_OK, "" },
		{ "sign", SIGN, SW_SECURITY, "" },
	};
	struct vc_card *card = *state;

	DRIVE(card, steps);
	assert_int_equal(card->counts.verifies, 7);
}

static void
the_signature_pin_has_five_tries_of_its_own(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "pin", EF("1b"), SW_OK, "" },
		{ "query", "00200080", 0x63c5, "" },
		{ "wrong", "0020008006414243313234", 0x63c4, "" },
		{ "five characters", "00200080054142433132", SW_WRONG_LENGTH,
		    "" },
		{ "seventeen", "00200080114142434445464748494a4b4c4d4e4f5051",
		    SW_WRONG_LENGTH, "" },
		{ "query", "00200080", 0x63c4, "" },
		{ "the other one", EF("18"), SW_OK, "" },
		{ "query", "00200080", 0x63c3, "" },
	};

	DRIVE(*state, steps);
}

static void
pins_of_wrong_length_cost_no_try_but_are_counted(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "three", "0020008003313233", SW_WRONG_LENGTH, "" },
		{ "five", "00200080053132333435", SW_WRONG_LENGTH, "" },
		{ "query", "00200080", 0x63c3, "" },
	};
	struct vc_card *card = *state;

	DRIVE(card, steps);
	assert_int_equal(card->counts.verifies, 2);
}

static void
the_key_signs_only_after_its_pin(void **state)
{
	static const struct step locked[] = {
		{ "select", AP, SW_OK, "" },
		{ "key", EF("17"), SW_OK, "" },
		{ "refused", SIGN, SW_SECURITY, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "right", PIN_GOOD, SW_OK, "" },
		{ "key", EF("17"), SW_OK, "" },
	};
	static const struct step again[] = {
		{ "too long for the padding", "802a008076" SIGN HASH HASH "00",
		    SW_WRONG_LENGTH, "" },
		{ "select again", AP, SW_OK, "" },
		{ "key", EF("17"), SW_OK, "" },
		{ "refused", SIGN, SW_SECURITY, "" },
	};
	struct vc_card *card = *state;
	struct vc_bytes sig;
	uint8_t hash[32];
	size_t len;

	assert_int_equal(vc_hex_get(HASH, hash, sizeof(hash), &len), SY_OK);
	DRIVE(card, locked);
	assert_int_equal(drive(card, SIGN, &sig), SW_OK);
	assert_int_equal(sig.len, 128);
	assert_true(drive_signature_ok(vc_card_key(card, 0x17)->pkey, sig.b,
	    sig.len, hash, sizeof(hash)));
	DRIVE(card, again);
	assert_int_equal(card->counts.signatures, 1);
}

static void
pin_state_ends_with_a_wrong_pin_another_application_or_power(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "right", PIN_GOOD, SW_OK, "" },
		{ "wrong", PIN_BAD, 0x63c2, "" },
		{ "key", EF("17"), SW_OK, "" },
		{ "refused", SIGN, SW_SECURITY, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "right", PIN_GOOD, SW_OK, "" },
		{ "the card face", FACE, SW_OK, "" },
		{ "knows no key", SIGN, SW_WRONG_INS, "" },
		{ "select", AP, SW_OK, "" },
		{ "key", EF("17"), SW_OK, "" },
		{ "refused", SIGN, SW_SECURITY, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "right", PIN_GOOD, SW_OK, "" },
		{ "power", NULL, 0, NULL },
		{ "select", AP, SW_OK, "" },
		{ "key", EF("17"), SW_OK, "" },
		{ "refused", SIGN, SW_SECURITY, "" },
	};
	struct vc_card *card = *state;

	DRIVE(card, steps);
	assert_int_equal(card->counts.strangers, 1);
}

static void
the_signature_key_does_not_open_with_the_user_pin(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "right", PIN_GOOD, SW_OK, "" },
		{ "signature key", EF("1a"), SW_OK, "" },
		{ "refused", SIGN, SW_SECURITY, "" },
	};

	DRIVE(*state, steps);
}

static void
a_signature_without_le_is_answered_as_the_card_is_made(void **state)
{
	static const struct step open[] = {
		{ "select", AP, SW_OK, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "right", PIN_GOOD, SW_OK, "" },
		{ "key", EF("17"), SW_OK, "" },
	};
	struct vc_card *card = *state;
	struct vc_bytes reply;

	DRIVE(card, open);
	assert_int_equal(drive(card, SIGN_HEAD HASH, &reply), SW_WRONG_LENGTH);
	assert_int_equal(card->counts.breaches, 1);
	card->no_le = VC_NO_LE_61;
	assert_int_equal(drive(card, SIGN_HEAD HASH, &reply), 0x6180);
	assert_int_equal(reply.len, 0);
	assert_int_equal(drive(card, "00c0000080", &reply), SW_OK);
	assert_int_equal(reply.len, 128);
	card->no_le = VC_NO_LE_DATA;
	assert_int_equal(drive(card, SIGN_HEAD HASH, &reply), SW_OK);
	assert_int_equal(reply.len, 128);
}

static void
t0_wants_p3_right_and_no_le_behind_data(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "token", EF("06"), SW_OK, "" },
		{ "Le zero asks for 256", "00b0000000", 0x6c20, "" },
		{ "Le one too large", "00b0000021", 0x6c20, "" },
		{ "Le right", "00b0001e02", SW_OK, "2020" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "query with P3 zero", "0020008000", 0x63c3, "" },
		{ "query of four bytes", "00200080", 0x63c3, "" },
		{ "data that never came", "0020008004", SW_WRONG_LENGTH, "" },
		{ "right", PIN_GOOD, SW_OK, "" },
		{ "key", EF("17"), SW_OK, "" },
		{ "Lc and Le together", SIGN, SW_WRONG_LENGTH, "" },
		{ "sign", SIGN_HEAD HASH, 0x6180, "" },
		{ "fetch too much", "00c0000081", 0x6c80, "" },
		{ "fetch", "00c0000080", SW_OK, NULL },
		{ "gone", "00c0000080", SW_CONDITIONS, "" },
		{ "sign", SIGN_HEAD HASH, 0x6180, "" },
		{ "fetch a part", "00c0000070", 0x6110, NULL },
		{ "fetch the rest", "00c0000010", SW_OK, NULL },
		{ "sign", SIGN_HEAD HASH, 0x6180, "" },
		{ "something between", EF("17"), SW_OK, "" },
		{ "gone", "00c0000080", SW_CONDITIONS, "" },
	};
	struct vc_card *card = *state;

	DRIVE(card, steps);
	assert_int_equal(card->counts.breaches, 2);
}

static void
the_phone_guards_its_certificate(void **state)
{
	static const struct step steps[] = {
		{ "select", AP, SW_OK, "" },
		{ "certificate", EF("0a"), SW_OK, "" },
		{ "refused", "00b0000004", SW_SECURITY, "" },
		{ "pin", EF("18"), SW_OK, "" },
		{ "right", PIN_GOOD, SW_OK, "" },
		{ "certificate", EF("0a"), SW_OK, "" },
		{ "read", "00b0000002", SW_OK, "3082" },
	};
	struct vc_card *card = *state;

	card->phone = true;
	DRIVE(card, steps);
}

static void
the_reader_gives_another_uid_each_time(void **state)
{
	struct vc_card *card = *state;
	struct vc_bytes one, two;

	assert_int_equal(drive(card, "ffca000000", &one), SW_NO_FUNCTION);
	card->uidlen = 4;
	assert_int_equal(drive(card, "ffca000000", &one), SW_OK);
	assert_int_equal(drive(card, "ffca000000", &two), SW_OK);
	assert_int_equal(one.len, VC_PUPI_BYTES);
	assert_memory_not_equal(one.b, two.b, VC_PUPI_BYTES);
	assert_int_equal(drive(card, "ffca010000", &one), SW_NO_FUNCTION);
	assert_int_equal(drive(card, "ff", &one), SW_NO_FUNCTION);
}

int
main(void)
{
#define TEST(f)    cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_T0(f) cmocka_unit_test_setup_teardown(f, setup_t0, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_answers_before_the_application_is_selected),
		TEST(wrong_classes_instructions_and_parameters_are_refused),
		TEST(the_token_file_says_card),
		TEST(reading_keeps_within_the_file),
		TEST(the_certificate_is_read_without_pin),
		TEST(the_signature_certificate_wants_the_signature_pin),
		TEST(three_wrong_pins_lock_and_a_right_one_restores),
		TEST(the_signature_pin_has_five_tries_of_its_own),
		TEST(pins_of_wrong_length_cost_no_try_but_are_counted),
		TEST(the_key_signs_only_after_its_pin),
		TEST(
		    pin_state_ends_with_a_wrong_pin_another_application_or_power),
		TEST(the_signature_key_does_not_open_with_the_user_pin),
		TEST(a_signature_without_le_is_answered_as_the_card_is_made),
		TEST_T0(t0_wants_p3_right_and_no_le_behind_data),
		TEST(the_phone_guards_its_certificate),
		TEST(the_reader_gives_another_uid_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
