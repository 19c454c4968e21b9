/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual PIV card, command by command. */
#include <stdio.h>
#include <string.h>

#include "vcard_drive.h"

#define SELECT    "00a4040009a00000030800001000"
#define APT       "61114f0600001000010079074f05a000000308"
#define PIN_GOOD  "0020008008323436383032ffff"
#define PIN_BAD   "0020008008393939393939ffff"
#define HASH      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SIGN(key) "008711" key "267c2482008120" HASH "00"
#define CERT_9A   "00cb3fff055c035fc105"

static int
setup(void **state)
{
	*state = drive_card(VC_PIV, VC_T1);
	return 0;
}

static int
setup_t0(void **state)
{
	*state = drive_card(VC_PIV, VC_T0);
	return 0;
}

static int
teardown(void **state)
{
	struct vc_card *card = *state;

	vc_card_free(&card);
	return 0;
}

static void
selection_answers_as_the_card_is_made(void **state)
{
	static const struct {
		const char *what;
		enum vc_no_le no_le;
		const char *command;
		uint16_t sw;
		size_t len;
	} tc[] = {
		{ "with Le", VC_NO_LE_STRICT, SELECT "00", SW_OK, 19 },
		{ "with Le too small", VC_NO_LE_DATA, SELECT "10", 0x6103, 16 },
		{ "without Le, data", VC_NO_LE_DATA, SELECT, SW_OK, 19 },
		{ "without Le, 61", VC_NO_LE_61, SELECT, 0x6113, 0 },
		{ "without Le, strict", VC_NO_LE_STRICT, SELECT,
		    SW_WRONG_LENGTH, 0 },
		{ "whole AID", VC_NO_LE_DATA,
		    "00a404000ba000000308000010000100"
		    "00",
		    SW_OK, 19 },
		{ "five bytes of it", VC_NO_LE_DATA, "00a4040005a00000030800",
		    SW_OK, 19 },
		{ "four bytes", VC_NO_LE_DATA, "00a4040004a000000300",
		    SW_NOT_FOUND, 0 },
		{ "one byte too long", VC_NO_LE_DATA,
		    "00a404000ca00000030800001000010000"
		    "00",
		    SW_NOT_FOUND, 0 },
		{ "next occurrence", VC_NO_LE_DATA, "00a4040205a00000030800",
		    SW_WRONG_P1P2, 0 },
	};
	struct vc_card *card = *state;
	struct vc_bytes reply;
	char hex[2 * VC_BYTES_MAX + 1];

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		card->no_le = tc[i].no_le;
		assert_int_equal(drive(card, tc[i].command, &reply), tc[i].sw);
		assert_int_equal(reply.len, tc[i].len);
		if (reply.len == 19) {
			vc_hex_put(reply.b, reply.len, hex);
			assert_string_equal(hex, APT);
		}
	}
}

static void
objects_come_in_pieces_by_get_response(void **state)
{
	struct vc_card *card = *state;
	struct vc_bytes part, whole;
	const struct vc_file *file = vc_card_file(card, 0x5fc105);
	char more[] = "00c0000000";
	uint16_t sw;

	assert_non_null(file);
	assert_in_range(file->len, 256, 510);
	assert_int_equal(drive(card, SELECT "00", &part), SW_OK);
	sw = drive(card, CERT_9A "00", &part);
	assert_int_equal(part.len, 256);
	assert_int_equal(sw, SW_MORE | (file->len + 4 - 256));
	assert_int_equal(drive(card, "00c0000010", &whole) & 0xff00, SW_MORE);
	assert_int_equal(whole.len, 16);
	vc_bytes_raw(&part, whole.b, whole.len);
	sw = drive(card, more, &whole);
	vc_bytes_raw(&part, whole.b, whole.len);
	assert_int_equal(sw, SW_OK);
	assert_int_equal(part.len, file->len + 4);
	assert_memory_equal(part.b, "\x53\x82", 2);
	assert_memory_equal(part.b + 4, file->data, file->len);
	assert_int_equal(drive(card, more, &part), SW_CONDITIONS);
}

static void
another_command_drops_what_was_waiting(void **state)
{
	static const struct step steps[] = {
		{ "select", SELECT "00", SW_OK, APT },
		{ "certificate", CERT_9A "01", 0x6100, "53" },
		{ "tries", "00200080", 0x63c3, "" },
		{ "nothing waits", "00c0000000", SW_CONDITIONS, "" },
	};

	DRIVE(*state, steps);
}

static void
objects_are_named_exactly(void **state)
{
	static const struct step steps[] = {
		{ "select", SELECT "00", SW_OK, NULL },
		{ "discovery has no 53", "00cb3fff035c017e00", SW_OK,
		    "7e124f0ba0000003080000100001005f2f024000" },
		{ "chuid", "00cb3fff055c035fc10202", 0x613b, "533b" },
		{ "not there", "00cb3fff055c035fc10f00", SW_NOT_FOUND, "" },
		{ "object 0", "00cb3fff035c010000", SW_NOT_FOUND, "" },
		{ "wrong P1", "00cb3ffe055c035fc10500", SW_WRONG_P1P2, "" },
		{ "wrong tag", "00cb3fff055d035fc10500", SW_WRONG_DATA, "" },
		{ "lying length", "00cb3fff055c045fc10500", SW_WRONG_DATA, "" },
		{ "trailing byte", "00cb3fff065c035fc1050000", SW_WRONG_DATA,
		    "" },
		{ "empty name", "00cb3fff025c0000", SW_WRONG_DATA, "" },
		{ "no data", "00cb3fff00", SW_WRONG_DATA, "" },
	};

	DRIVE(*state, steps);
}

static void
pins_are_counted_and_block(void **state)
{
	static const struct step steps[] = {
		{ "select", SELECT "00", SW_OK, NULL },
		{ "tries", "00200080", 0x63c3, "" },
		{ "wrong", PIN_BAD, 0x63c2, "" },
		{ "right", PIN_GOOD, SW_OK, "" },
		{ "already verified", "00200080", SW_OK, "" },
		{ "log out", "0020ff80", SW_OK, "" },
		{ "tries", "00200080", 0x63c3, "" },
		{ "wrong", PIN_BAD, 0x63c2, "" },
		{ "wrong", PIN_BAD, 0x63c1, "" },
		{ "wrong", PIN_BAD, 0x63c0, "" },
		{ "blocked", "00200080", SW_BLOCKED, "" },
		{ "right, too late", PIN_GOOD, SW_BLOCKED, "" },
		{ "the key stays shut", SIGN("9a"), SW_SECURITY, "" },
	};

	DRIVE(*state, steps);
}

static void
a_counter_of_five_is_a_counter_of_five(void **state)
{
	static const struct step steps[] = {
		{ "select", SELECT "00", SW_OK, NULL },
		{ "tries", "00200080", 0x63c5, "" },
		{ "wrong", PIN_BAD, 0x63c4, "" },
		{ "blocked after five more", PIN_BAD, 0x63c3, "" },
		{ "wrong", PIN_BAD, 0x63c2, "" },
		{ "wrong", PIN_BAD, 0x63c1, "" },
		{ "wrong", PIN_BAD, 0x63c0, "" },
		{ "blocked", PIN_GOOD, SW_BLOCKED_DATA, "" },
	};
	struct vc_card *card = *state;

	card->pins[0].left = card->pins[0].max = 5;
	card->blocked = SW_BLOCKED_DATA;
	DRIVE(card, steps);
}

static void
a_pin_of_wrong_form_costs_no_try(void **state)
{
	static const struct step steps[] = {
		{ "select", SELECT "00", SW_OK, NULL },
		{ "seven bytes", "0020008007323436383032ff", SW_WRONG_LENGTH,
		    "" },
		{ "nine bytes", "0020008009323436383032ffffff", SW_WRONG_LENGTH,
		    "" },
		{ "five digits", "00200080083234363830ffffff", SW_WRONG_DATA,
		    "" },
		{ "pad in the middle", "00200080083234ff363830ffff",
		    SW_WRONG_DATA, "" },
		{ "other reference", "0020000008323436383032ffff",
		    SW_NO_REFERENCE, "" },
		{ "other P1", "0020018008323436383032ffff", SW_WRONG_P1P2, "" },
		{ "Le behind it", "0020008008323436383032ffff00",
		    SW_WRONG_LENGTH, "" },
		{ "tries", "00200080", 0x63c3, "" },
		{ "tries with Le", "0020008000", SW_WRONG_LENGTH, "" },
	};
	struct vc_card *card = *state;

	DRIVE(card, steps);
	assert_int_equal(card->counts.verifies, 7);
}

static void
pin_and_puk_can_be_changed_and_the_pin_unblocked(void **state)
{
	static const struct step steps[] = {
		{ "select", SELECT "00", SW_OK, NULL },
		{ "old PIN wrong", "0024008010393939393939ffff313131313131ffff",
		    0x63c2, "" },
		{ "new PIN too short",
		    "0024008010323436383032ffff3131313131ffffff", SW_WRONG_DATA,
		    "" },
		{ "length", "0024008008323436383032ffff", SW_WRONG_LENGTH, "" },
		{ "reference", "0024008210323436383032ffff313131313131ffff",
		    SW_NO_REFERENCE, "" },
		{ "change", "0024008010323436383032ffff313131313131ffff", SW_OK,
		    "" },
		{ "the old one", PIN_GOOD, 0x63c2, "" },
		{ "again", PIN_GOOD, 0x63c1, "" },
		{ "again", PIN_GOOD, 0x63c0, "" },
		{ "blocked", PIN_GOOD, SW_BLOCKED, "" },
		{ "PUK wrong", "002c0080103131313131313131323436383032ffff",
		    0x63c2, "" },
		{ "PUK right", "002c0080103132333435363738323436383032ffff",
		    SW_OK, "" },
		{ "not verified by that", "00200080", 0x63c3, "" },
		{ "the new PIN", PIN_GOOD, SW_OK, "" },
		{ "change the PUK",
		    "0024008110313233343536373838373635"
		    "34333231",
		    SW_OK, "" },
		{ "the old PUK", "002c0080103132333435363738323436383032ffff",
		    0x63c2, "" },
	};
	struct vc_card *card = *state;

	DRIVE(card, steps);
	assert_int_equal(card->counts.changes, 9);
}

/* The DER signature inside 7C { 82 }. */
static void
check_signature(struct vc_card *card, uint8_t ref, const struct vc_bytes *reply,
    size_t hashlen)
{
	struct vc_in in = { reply->b, reply->len }, inner, sig;
	uint8_t hash[64];
	uint32_t tag;
	size_t len;

	assert_int_equal(vc_hex_get(HASH HASH, hash, sizeof(hash), &len),
	    SY_OK);
	assert_int_equal(vc_in_tlv(&in, &tag, &inner), SY_OK);
	assert_int_equal(tag, 0x7c);
	assert_int_equal(in.left, 0);
	assert_int_equal(vc_in_tlv(&inner, &tag, &sig), SY_OK);
	assert_int_equal(tag, 0x82);
	assert_true(drive_signature_ok(vc_card_key(card, ref)->pkey, sig.at,
	    sig.left, hash, hashlen));
}

static void
each_key_asks_for_the_pin_in_its_way(void **state)
{
	static const struct step shut[] = {
		{ "select", SELECT "00", SW_OK, NULL },
		{ "9A without PIN", SIGN("9a"), SW_SECURITY, "" },
		{ "9C without PIN", SIGN("9c"), SW_SECURITY, "" },
		{ "9D without PIN", SIGN("9d"), SW_SECURITY, "" },
	};
	static const struct step open[] = {
		{ "verify", PIN_GOOD, SW_OK, "" },
		{ "9C right after", SIGN("9c"), SW_OK, NULL },
		{ "9C once more", SIGN("9c"), SW_SECURITY, "" },
		{ "9A still", SIGN("9a"), SW_OK, NULL },
		{ "9A again", SIGN("9a"), SW_OK, NULL },
		{ "verify", PIN_GOOD, SW_OK, "" },
		{ "something between", "00200080", SW_OK, "" },
		{ "9C too late", SIGN("9c"), SW_SECURITY, "" },
		{ "selected again it stays", SELECT "00", SW_OK, NULL },
		{ "9A", SIGN("9a"), SW_OK, NULL },
		{ "the card manager", "00a4040008a000000151000000", SW_OK, "" },
		{ "back", SELECT "00", SW_OK, NULL },
		{ "9A is shut", SIGN("9a"), SW_SECURITY, "" },
		{ "verify", PIN_GOOD, SW_OK, "" },
		{ "power", NULL, 0, NULL },
		{ "select", SELECT "00", SW_OK, NULL },
		{ "9A is shut", SIGN("9a"), SW_SECURITY, "" },
	};
	struct vc_card *card = *state;
	struct vc_bytes reply;

	DRIVE(card, shut);
	assert_int_equal(drive(card, SIGN("9e"), &reply), SW_OK);
	check_signature(card, 0x9e, &reply, 32);
	DRIVE(card, open);
	assert_int_equal(card->counts.signatures, 5);
}

static void
signing_takes_only_what_fits_the_key(void **state)
{
	static const struct step steps[] = {
		{ "select", SELECT "00", SW_OK, NULL },
		{ "P-384 with a P-256 key", "0087149e267c2482008120" HASH "00",
		    SW_WRONG_P1P2, "" },
		{ "no such key", SIGN("95"), SW_NO_REFERENCE, "" },
		{ "hash one byte too long",
		    "0087119e277c2582008121" HASH "ff00", SW_WRONG_DATA, "" },
		{ "no challenge", "0087119e047c02820000", SW_WRONG_DATA, "" },
		{ "no place for the response", "0087119e247c228120" HASH "00",
		    SW_WRONG_DATA, "" },
		{ "not a template", "0087119e047d02820000", SW_WRONG_DATA, "" },
		{ "length lies", "0087119e047c03820000", SW_WRONG_DATA, "" },
		{ "unknown tag inside", "0087119e047c02990000", SW_WRONG_DATA,
		    "" },
		{ "empty", "0087119e00", SW_WRONG_DATA, "" },
	};
	struct vc_card *card = *state;

	DRIVE(card, steps);
	assert_int_equal(card->counts.signatures, 0);
}

/* A raw RSA block under 7C { 82, 81 }, as the host pads it. */
static void
rsa_block(struct vc_bytes *block, size_t size)
{
	static const uint8_t info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09,
		0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
		0x00, 0x04, 0x20 };
	uint8_t hash[32];
	size_t len;

	assert_int_equal(vc_hex_get(HASH, hash, sizeof(hash), &len), SY_OK);
	vc_bytes_reset(block);
	vc_bytes_tl(block, 0x7c, size + 6);
	vc_bytes_tl(block, 0x82, 0);
	vc_bytes_tl(block, 0x81, size);
	vc_bytes_u8(block, 0);
	vc_bytes_u8(block, 1);
	while (block->len < 10 + size - sizeof(info) - sizeof(hash) - 1)
		vc_bytes_u8(block, 0xff);
	vc_bytes_u8(block, 0);
	vc_bytes_raw(block, info, sizeof(info));
	vc_bytes_raw(block, hash, sizeof(hash));
	assert_int_equal(block->len, 10 + size);
}

/* Send ${all} in parts of 255; the SW of the last, the data in ${reply}. */
static uint16_t
send_chained(struct vc_card *card, uint8_t alg, uint8_t ref,
    const struct vc_bytes *all, bool le, struct vc_bytes *reply)
{
	struct vc_bytes command;
	uint16_t sw = SW_OK;

	for (size_t at = 0; at < all->len; at += 255) {
		const size_t left = all->len - at;
		const size_t n = left < 255 ? left : 255;

		vc_bytes_reset(&command);
		vc_bytes_u8(&command, left > n ? 0x10 : 0x00);
		vc_bytes_u8(&command, 0x87);
		vc_bytes_u8(&command, alg);
		vc_bytes_u8(&command, ref);
		vc_bytes_u8(&command, (unsigned int)n);
		vc_bytes_raw(&command, all->b + at, n);
		if (left == n && le)
			vc_bytes_u8(&command, 0);
		sw = drive_raw(card, command.b, command.len, reply);
		if (left > n) {
			assert_int_equal(sw, SW_OK);
			assert_int_equal(reply->len, 0);
		}
	}
	return sw;
}

static void
rsa_signs_over_chained_commands(void **state)
{
	struct vc_card *card = *state;
	struct vc_key *key = vc_card_key(card, 0x9e);
	struct vc_bytes block, reply, rest;

	EVP_PKEY_free(key->pkey);
	key->alg = VC_RSA2048;
	assert_int_equal(vc_key_generate(VC_RSA2048, &key->pkey), SY_OK);
	assert_int_equal(drive(card, SELECT "00", &reply), SW_OK);
	rsa_block(&block, 256);
	assert_int_equal(send_chained(card, 0x07, 0x9e, &block, true, &reply),
	    0x6108);
	assert_int_equal(drive(card, "00c0000008", &rest), SW_OK);
	vc_bytes_raw(&reply, rest.b, rest.len);
	check_signature(card, 0x9e, &reply, 32);
	block.b[3]--; /* the template ends a byte early */
	assert_int_equal(send_chained(card, 0x07, 0x9e, &block, true, &reply),
	    SW_WRONG_DATA);
	rsa_block(&block, 255);
	assert_int_equal(send_chained(card, 0x07, 0x9e, &block, true, &reply),
	    SW_WRONG_DATA);
}

static void
rsa_signs_over_t0(void **state)
{
	struct vc_card *card = *state;
	struct vc_key *key = vc_card_key(card, 0x9e);
	struct vc_bytes block, reply;

	EVP_PKEY_free(key->pkey);
	key->alg = VC_RSA2048;
	assert_int_equal(vc_key_generate(VC_RSA2048, &key->pkey), SY_OK);
	assert_int_equal(drive(card, SELECT, &reply), 0x6113);
	rsa_block(&block, 256);
	assert_int_equal(send_chained(card, 0x07, 0x9e, &block, true, &reply),
	    SW_WRONG_LENGTH);
	assert_int_equal(card->counts.breaches, 1);
	assert_int_equal(drive(card, SELECT, &reply), SW_LAST_OF_CHAIN);
	assert_int_equal(send_chained(card, 0x07, 0x9e, &block, false, &reply),
	    0x6100);
	assert_int_equal(drive(card, "00c0000000", &reply), 0x6108);
	assert_int_equal(drive(card, "00c0000009", &block), 0x6c08);
	assert_int_equal(drive(card, "00c0000008", &block), SW_OK);
	vc_bytes_raw(&reply, block.b, block.len);
	check_signature(card, 0x9e, &reply, 32);
}

static void
a_broken_chain_is_dropped(void **state)
{
	static const struct step steps[] = {
		{ "select", SELECT "00", SW_OK, NULL },
		{ "first part", "1087119e057c24820081", SW_OK, "" },
		{ "another key", "0087119a2120" HASH, SW_LAST_OF_CHAIN, "" },
		{ "the rest alone", "0087119e2120" HASH, SW_WRONG_DATA, "" },
		{ "first part", "1087119e057c24820081", SW_OK, "" },
		{ "another command", "00200080", SW_LAST_OF_CHAIN, "" },
		{ "first part", "1087119e057c24820081", SW_OK, "" },
		{ "the rest", "0087119e2120" HASH "00", SW_OK, NULL },
		{ "empty part", "1087119e", SW_WRONG_LENGTH, "" },
		{ "this one does not chain", "10cb3fff055c035fc105",
		    SW_NO_CHAINING, "" },
		{ "first part", "1087119e057c24820081", SW_OK, "" },
		{ "power", NULL, 0, NULL },
		{ "select", SELECT "00", SW_OK, NULL },
		{ "the rest", "0087119e2120" HASH "00", SW_WRONG_DATA, "" },
	};

	DRIVE(*state, steps);
}

static void
a_chain_has_an_end(void **state)
{
	struct vc_card *card = *state;
	struct vc_bytes part, reply;
	unsigned int n = 0;

	assert_int_equal(drive(card, SELECT "00", &reply), SW_OK);
	vc_bytes_reset(&part);
	vc_bytes_raw(&part, "\x10\x87\x11\x9e\xff", 5);
	while (part.len < 260)
		vc_bytes_u8(&part, 0x55);
	while (drive_raw(card, part.b, part.len, &reply) == SW_OK)
		assert_in_range(++n, 1, VC_BYTES_MAX / 255);
	assert_int_equal(drive(card, "00200080", &reply), 0x63c3);
}

static void
extended_length_works_only_where_offered(void **state)
{
	struct vc_card *card = *state;
	struct vc_bytes reply;
	const struct vc_file *file = vc_card_file(card, 0x5fc105);
	const char *get = "00cb3fff0000055c035fc1050000";

	assert_int_equal(drive(card, SELECT "00", &reply), SW_OK);
	assert_int_equal(drive(card, get, &reply), SW_WRONG_LENGTH);
	card->extended = true;
	assert_int_equal(drive(card, get, &reply), SW_OK);
	assert_int_equal(reply.len, file->len + 4);
}

static void
cipher(struct vc_card *card, bool encrypt, const uint8_t *p, uint8_t *out)
{
	const EVP_CIPHER *c = card->mgmt_alg == 0x03 ? EVP_des_ede3_ecb()
	    : card->mgmt_alg == 0x08                 ? EVP_aes_128_ecb()
	    : card->mgmt_alg == 0x0a                 ? EVP_aes_192_ecb()
						     : EVP_aes_256_ecb();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len, n = card->mgmt_alg == 0x03 ? 8 : 16;

	assert_non_null(ctx);
	assert_int_equal(EVP_CipherInit_ex(ctx, c, NULL, card->mgmt, NULL,
			     encrypt),
	    1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	assert_int_equal(EVP_CipherUpdate(ctx, out, &len, p, n), 1);
	assert_int_equal(len, n);
	EVP_CIPHER_CTX_free(ctx);
}

static uint16_t
general_authenticate(struct vc_card *card, struct vc_bytes *body,
    struct vc_bytes *reply)
{
	struct vc_bytes command;

	vc_bytes_reset(&command);
	vc_bytes_raw(&command, "\x00\x87", 2);
	vc_bytes_u8(&command, card->mgmt_alg);
	vc_bytes_u8(&command, 0x9b);
	vc_bytes_u8(&command, (unsigned int)body->len + 2);
	vc_bytes_tlv(&command, 0x7c, body->b, body->len);
	vc_bytes_u8(&command, 0);
	return drive_raw(card, command.b, command.len, reply);
}

/* The host's side of single authentication; ${spoil} the answer. */
static uint16_t
authenticate_single(struct vc_card *card, bool spoil)
{
	const size_t n = card->mgmt_alg == 0x03 ? 8 : 16;
	struct vc_bytes body, reply;
	uint8_t answer[16];

	vc_bytes_reset(&body);
	vc_bytes_tl(&body, 0x81, 0);
	assert_int_equal(general_authenticate(card, &body, &reply), SW_OK);
	assert_int_equal(reply.len, n + 4);
	cipher(card, true, reply.b + 4, answer);
	answer[0] ^= spoil;
	vc_bytes_reset(&body);
	vc_bytes_tlv(&body, 0x82, answer, n);
	return general_authenticate(card, &body, &reply);
}

/* Mutual: the card proves itself too. */
static uint16_t
authenticate_mutual(struct vc_card *card, bool spoil)
{
	static const uint8_t ours[16] = { 1, 2, 3 };
	const size_t n = card->mgmt_alg == 0x03 ? 8 : 16;
	struct vc_bytes body, reply;
	uint8_t witness[16], theirs[16];
	uint16_t sw;

	vc_bytes_reset(&body);
	vc_bytes_tl(&body, 0x80, 0);
	assert_int_equal(general_authenticate(card, &body, &reply), SW_OK);
	assert_int_equal(reply.b[2], 0x80);
	cipher(card, false, reply.b + 4, witness);
	witness[0] ^= spoil;
	vc_bytes_reset(&body);
	vc_bytes_tlv(&body, 0x80, witness, n);
	vc_bytes_tlv(&body, 0x81, ours, n);
	vc_bytes_tl(&body, 0x82, 0);
	sw = general_authenticate(card, &body, &reply);
	if (sw == SW_OK) {
		assert_int_equal(reply.len, n + 4);
		assert_int_equal(reply.b[2], 0x82);
		cipher(card, true, ours, theirs);
		assert_memory_equal(reply.b + 4, theirs, n);
	}
	return sw;
}

static void
the_management_key_is_proven_in_both_ways(void **state)
{
	static const struct {
		const char *name;
		uint8_t alg;
	} tc[] = { { "3des", 0x03 }, { "aes128", 0x08 }, { "aes192", 0x0a },
		{ "aes256", 0x0c } };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct vc_card *card = NULL;
		struct vc_recipe recipe;
		struct vc_bytes reply;

		print_message("  %s\n", tc[i].name);
		assert_int_equal(vc_card_new(VC_PIV, &card), SY_OK);
		recipe = drive_recipe(card);
		recipe.mgmt = tc[i].name;
		recipe.empty = true;
		drive_create(&recipe);
		assert_int_equal(card->mgmt_alg, tc[i].alg);
		assert_int_equal(drive(card, SELECT "00", &reply), SW_OK);
		assert_int_equal(authenticate_single(card, true), SW_SECURITY);
		assert_false(card->admin);
		assert_int_equal(authenticate_single(card, false), SW_OK);
		assert_true(card->admin);
		assert_int_equal(authenticate_mutual(card, true), SW_SECURITY);
		assert_false(card->admin);
		assert_int_equal(authenticate_mutual(card, false), SW_OK);
		assert_true(card->admin);
		vc_card_free(&card);
	}
}

static void
a_management_answer_needs_its_question(void **state)
{
	struct vc_card *card = *state;
	struct vc_bytes body, reply;
	uint8_t block[8] = { 0 };

	assert_int_equal(drive(card, SELECT "00", &reply), SW_OK);
	vc_bytes_reset(&body);
	vc_bytes_tlv(&body, 0x82, block, sizeof(block));
	assert_int_equal(general_authenticate(card, &body, &reply),
	    SW_CONDITIONS);
	/* A challenge is good for one answer. */
	assert_int_equal(authenticate_single(card, true), SW_SECURITY);
	assert_int_equal(general_authenticate(card, &body, &reply),
	    SW_CONDITIONS);
	/* A witness is not a challenge. */
	vc_bytes_reset(&body);
	vc_bytes_tl(&body, 0x80, 0);
	assert_int_equal(general_authenticate(card, &body, &reply), SW_OK);
	vc_bytes_reset(&body);
	vc_bytes_tlv(&body, 0x82, block, sizeof(block));
	assert_int_equal(general_authenticate(card, &body, &reply),
	    SW_CONDITIONS);
	assert_int_equal(drive(card, "00870a9b047c02810000", &reply),
	    SW_WRONG_P1P2);
	assert_int_equal(drive(card, "0087009b047c02810000", &reply), SW_OK);
}

static void
objects_are_written_only_under_the_management_key(void **state)
{
	static const struct step refused[] = {
		{ "select", SELECT "00", SW_OK, NULL },
		{ "put",
		    "00db3fff085c035fc10553"
		    "0142",
		    SW_SECURITY, "" },
		{ "generate", "0047009a05ac0380011100", SW_SECURITY, "" },
	};
	static const struct step done[] = {
		{ "put", "00db3fff085c035fc105530142", SW_OK, "" },
		{ "get", CERT_9A "00", SW_OK, "530142" },
		{ "chained", "10db3fff055c035fc105", SW_OK, "" },
		{ "its end", "00db3fff0453024344", SW_OK, "" },
		{ "get", CERT_9A "00", SW_OK, "53024344" },
		{ "remove", "00db3fff075c035fc1055300", SW_OK, "" },
		{ "gone", CERT_9A "00", SW_NOT_FOUND, "" },
		{ "no 53", "00db3fff085c035fc105540142", SW_WRONG_DATA, "" },
		{ "length lies", "00db3fff085c035fc105530242", SW_WRONG_DATA,
		    "" },
		{ "the discovery object", "00db3fff047e024142", SW_WRONG_DATA,
		    "" },
		{ "wrong P2", "00db3ffe085c035fc105530142", SW_WRONG_P1P2, "" },
	};
	struct vc_card *card = *state;

	DRIVE(card, refused);
	assert_int_equal(authenticate_mutual(card, false), SW_OK);
	DRIVE(card, done);
}

static void
an_object_that_does_not_fit_is_refused(void **state)
{
	struct vc_card *card = *state;
	static const uint8_t much[VC_FILE_MAX + 1];
	struct vc_bytes reply;
	struct vc_bytes body;
	uint16_t sw = SW_OK;

	assert_int_equal(drive(card, SELECT "00", &reply), SW_OK);
	assert_int_equal(authenticate_single(card, false), SW_OK);
	vc_bytes_reset(&body);
	vc_bytes_tlv(&body, 0x5c, "\x5f\xc1\x05", 3);
	vc_bytes_tlv(&body, 0x53, much, sizeof(much));
	for (size_t at = 0; at < body.len; at += 200) {
		const size_t left = body.len - at;
		const size_t n = left < 200 ? left : 200;
		struct vc_bytes c;

		vc_bytes_reset(&c);
		vc_bytes_u8(&c, left > n ? 0x10 : 0);
		vc_bytes_raw(&c, "\xdb\x3f\xff", 3);
		vc_bytes_u8(&c, (unsigned int)n);
		vc_bytes_raw(&c, body.b + at, n);
		sw = drive_raw(card, c.b, c.len, &reply);
	}
	assert_int_equal(sw, SW_NO_SPACE);
}

static void
generated_keys_are_on_the_card(void **state)
{
	static const struct {
		const char *what;
		const char *command;
		uint16_t sw;
		enum vc_alg alg;
		enum vc_policy policy;
	} tc[] = {
		{ "P-256", "0047009a05ac0380011100", SW_OK, VC_P256, VC_ONCE },
		{ "P-384", "0047009c05ac0380011400", SW_OK, VC_P384,
		    VC_ALWAYS },
		{ "RSA", "0047009a05ac0380010600", SW_OK, VC_RSA1024, VC_ONCE },
		{ "open", "0047009a08ac06800111aa010100", SW_OK, VC_P256,
		    VC_NEVER },
		{ "unknown algorithm", "0047009a05ac0380015500", SW_WRONG_DATA,
		    0, 0 },
		{ "no algorithm", "0047009a02ac0000", SW_WRONG_DATA, 0, 0 },
		{ "no such slot", "0047008005ac0380011100", SW_WRONG_P1P2, 0,
		    0 },
		{ "unknown policy", "0047009a08ac06800111aa010400",
		    SW_WRONG_DATA, 0, 0 },
	};
	struct vc_card *card = *state;
	struct vc_bytes reply, public;

	assert_int_equal(drive(card, SELECT "00", &reply), SW_OK);
	assert_int_equal(authenticate_single(card, false), SW_OK);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct vc_key *key;

		print_message("  %s\n", tc[i].what);
		assert_int_equal(drive_all(card, tc[i].command, &reply),
		    tc[i].sw);
		if (tc[i].sw != SW_OK)
			continue;
		key = vc_card_key(card, tc[i].command[7] == 'c' ? 0x9c : 0x9a);
		assert_int_equal(key->alg, tc[i].alg);
		assert_int_equal(key->policy, tc[i].policy);
		vc_bytes_reset(&public);
		assert_int_equal(vc_key_public(key->pkey,
				     vc_alg_is_rsa(key->alg), &public),
		    SY_OK);
		assert_int_equal(reply.len, public.len);
		assert_memory_equal(reply.b, public.b, public.len);
	}
}

static void
only_some_cards_tell_a_version(void **state)
{
	static const struct step plain[] = {
		{ "select", SELECT "00", SW_OK, NULL },
		{ "version", "00fd000000", SW_WRONG_INS, "" },
		{ "serial", "00f8000000", SW_WRONG_INS, "" },
	};
	static const struct step yubico[] = {
		{ "version", "00fd000000", SW_OK, "050207" },
		{ "serial", "00f8000000", SW_OK, NULL },
		{ "tries with Le", "0020008000", 0x63c3, "" },
	};
	struct vc_card *card = *state;

	DRIVE(card, plain);
	card->yubico = true;
	DRIVE(card, yubico);
}

static void
the_uid_of_a_contactless_card_stays(void **state)
{
	static const struct step steps[] = {
		{ "uid", "ffca000000", SW_OK, "04112233" },
		{ "uid", "ffca000000", SW_OK, "04112233" },
	};
	struct vc_card *card = *state;

	card->uidlen = 4;
	memcpy(card->uid, "\x04\x11\x22\x33", 4);
	DRIVE(card, steps);
}

int
main(void)
{
#define TEST(f)    cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_T0(f) cmocka_unit_test_setup_teardown(f, setup_t0, teardown)
	const struct CMUnitTest tests[] = {
		TEST(selection_answers_as_the_card_is_made),
		TEST(objects_come_in_pieces_by_get_response),
		TEST(another_command_drops_what_was_waiting),
		TEST(objects_are_named_exactly),
		TEST(pins_are_counted_and_block),
		TEST(a_counter_of_five_is_a_counter_of_five),
		TEST(a_pin_of_wrong_form_costs_no_try),
		TEST(pin_and_puk_can_be_changed_and_the_pin_unblocked),
		TEST(each_key_asks_for_the_pin_in_its_way),
		TEST(signing_takes_only_what_fits_the_key),
		TEST(rsa_signs_over_chained_commands),
		TEST_T0(rsa_signs_over_t0),
		TEST(a_broken_chain_is_dropped),
		TEST(a_chain_has_an_end),
		TEST(extended_length_works_only_where_offered),
		cmocka_unit_test(the_management_key_is_proven_in_both_ways),
		TEST(a_management_answer_needs_its_question),
		TEST(objects_are_written_only_under_the_management_key),
		TEST(an_object_that_does_not_fit_is_refused),
		TEST(generated_keys_are_on_the_card),
		TEST(only_some_cards_tell_a_version),
		TEST(the_uid_of_a_contactless_card_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
