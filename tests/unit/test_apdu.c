/* SPDX-License-Identifier: Apache-2.0 */
/* Commands to a card that keeps to a script. (CARD-6) */
#include "lib/possession/device/apdu.h"
#include "tests/support/script.h"
#include "tests/support/unit.h"

#define OUT_MAX 1024

static struct sy_buf *out;

static int
setup(void **state)
{
	(void)state;
	return sy_buf_new(OUT_MAX, &out) == SY_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	sy_buf_free(&out);
	return 0;
}

static const uint8_t data300[300];

/* One command, the script of what goes over the line, the outcome. */
static const struct {
	const char *what;
	bool t0;
	struct apdu apdu;
	const char *script;
	enum sy_err err;
	uint16_t sw;
	size_t len;
} exchanges[] = {
	{ "case 1", false, { .ins = 0x20, .p2 = 0x80 }, "00200080 > 63C3",
	    SY_OK, 0x63c3, 0 },
	{ "case 1, T=0 has a fifth byte", true, { .ins = 0x20, .p2 = 0x80 },
	    "0020008000 > 63C3", SY_OK, 0x63c3, 0 },
	{ "case 2", false, { .ins = 0xb0, .le = 4 },
	    "00B0000004 > 308201029000", SY_OK, 0x9000, 4 },
	{ "case 2, 256 is written 00", false, { .ins = 0xb0, .le = 256 },
	    "00B0000000 > AA*256 9000", SY_OK, 0x9000, 256 },
	{ "case 3", false,
	    { .ins = 0xa4, .p1 = 2, .p2 = 0x0c, .data = data300, .len = 2 },
	    "00A4020C020000 > 9000", SY_OK, 0x9000, 0 },
	{ "case 4, T=1", false,
	    { .ins = 0xcb, .data = data300, .len = 1, .le = 256 },
	    "00CB0000010000 > 53009000", SY_OK, 0x9000, 2 },
	{ "case 4, T=0 has no Le", true,
	    { .ins = 0xcb, .data = data300, .len = 1, .le = 256 },
	    "00CB00000100 > 6102 / 00C0000002 > 53009000", SY_OK, 0x9000, 2 },
	{ "a reply in rounds", false, { .ins = 0xb0, .le = 256 },
	    "00B0000000 > AA*256 6100 / 00C0000000 > BB*256 6101"
	    " / 00C0000001 > CC 9000",
	    SY_OK, 0x9000, 513 },
	{ "the right Le is used once", false, { .ins = 0xb0, .le = 256 },
	    "00B0000000 > 6C02 / 00B0000002 > 01029000", SY_OK, 0x9000, 2 },
	{ "the right Le of GET RESPONSE", true,
	    { .ins = 0xcb, .data = data300, .len = 1, .le = 256 },
	    "00CB00000100 > 6105 / 00C0000005 > 6C02 / 00C0000002 > 53009000",
	    SY_OK, 0x9000, 2 },
	{ "a second 6C is an answer", false, { .ins = 0xb0, .le = 256 },
	    "00B0000000 > 6C02 / 00B0000002 > 6C01", SY_OK, 0x6c01, 0 },
	{ "6C with data is none", false, { .ins = 0xb0, .le = 256 },
	    "00B0000000 > AA6C02", SY_ERR_CARD, 0, 0 },
	{ "6C may not ask for more", false, { .ins = 0xb0, .le = 4 },
	    "00B0000004 > 6C05", SY_ERR_CARD, 0, 0 },
	{ "a command with data is not repeated for 6C", false,
	    { .ins = 0x2a, .data = data300, .len = 1, .le = 256 },
	    "002A0000010000 > 6C10", SY_OK, 0x6c10, 0 },
	{ "an unwanted reply stays there", true,
	    { .ins = 0xa4, .p2 = 0x0c, .data = data300, .len = 1 },
	    "00A4000C0100 > 6110", SY_OK, 0x9000, 0 },
	{ "more data than asked for", false, { .ins = 0xb0, .le = 4 },
	    "00B0000004 > 01020304059000", SY_ERR_CARD, 0, 0 },
	{ "data where none was asked for", false, { .ins = 0x20 },
	    "00200000 > 019000", SY_ERR_CARD, 0, 0 },
	{ "no status word", false, { .ins = 0x20 }, "00200000 > 90",
	    SY_ERR_CARD, 0, 0 },
	{ "nothing at all", false, { .ins = 0x20 }, "00200000 > -", SY_ERR_CARD,
	    0, 0 },
	{ "a round that brings nothing", false, { .ins = 0xb0, .le = 256 },
	    "00B0000000 > 6110 / 00C0000010 > 6110", SY_ERR_CARD, 0, 0 },
	{ "more than there is room for", false, { .ins = 0xb0, .le = 256 },
	    "00B0000000 > AA*256 6100 / 00C0000000 > AA*256 6100"
	    " / 00C0000000 > AA*256 6100 / 00C0000000 > AA*256 6100"
	    " / 00C0000000 > AA*1 6100",
	    SY_ERR_CARD, 0, 0 },
	{ "the card goes", false, { .ins = 0xb0, .le = 4 }, "00B0000004 > !",
	    SY_ERR_CARD_GONE, 0, 0 },
	{ "the card goes between rounds", false, { .ins = 0xb0, .le = 256 },
	    "00B0000000 > AA6101 / 00C0000001 > !", SY_ERR_CARD_GONE, 0, 0 },
	{ "a chain", false,
	    { .ins = 0x87, .data = data300, .len = 300, .le = 256 },
	    "10870000FF 00*255 > 9000 / 008700002D 00*45 00 > 7C009000", SY_OK,
	    0x9000, 2 },
	{ "255 bytes need no chain", false,
	    { .ins = 0x87, .data = data300, .len = 255 },
	    "00870000FF 00*255 > 9000", SY_OK, 0x9000, 0 },
	{ "256 bytes need one", true,
	    { .ins = 0x87, .data = data300, .len = 256, .le = 256 },
	    "10870000FF 00*255 > 9000 / 0087000001 00 > 9000", SY_OK, 0x9000,
	    0 },
	{ "a chain that is refused ends", false,
	    { .ins = 0x87, .data = data300, .len = 300, .le = 256 },
	    "10870000FF 00*255 > 6884", SY_OK, 0x6884, 0 },
	{ "a chain whose link has data", false,
	    { .ins = 0x87, .data = data300, .len = 300, .le = 256 },
	    "10870000FF 00*255 > 019000", SY_ERR_CARD, 0, 0 },
	{ "length without data", false, { .ins = 0x87, .len = 1 }, "",
	    SY_ERR_ARG, 0, 0 },
	{ "Le beyond a short one", false, { .ins = 0xb0, .le = 257 }, "",
	    SY_ERR_ARG, 0, 0 },
};

static void
every_exchange_keeps_to_its_script(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(exchanges); i++) {
		struct script script;
		uint16_t sw = 0;

		print_message("  %s\n", exchanges[i].what);
		script_start(&script, exchanges[i].script, exchanges[i].t0);
		sy_buf_reset(out);
		assert_int_equal(apdu_exchange(&script.io, &exchanges[i].apdu,
				     out, &sw),
		    exchanges[i].err);
		script_end(&script);
		if (exchanges[i].err != SY_OK)
			continue;
		assert_int_equal(sw, exchanges[i].sw);
		assert_int_equal(sy_buf_len(out), exchanges[i].len);
	}
}

static void
data_that_nobody_expects_is_refused(void **state)
{
	const struct apdu apdu = { .ins = 0xb0, .le = 4 };
	struct script script;
	uint16_t sw;

	(void)state;
	script_start(&script, "00B0000004 > 019000", false);
	assert_int_equal(apdu_exchange(&script.io, &apdu, NULL, &sw),
	    SY_ERR_CARD);
	script_end(&script);
}

/* One byte a round, for ever. */
static enum sy_err
dripping(void *arg, const uint8_t *command, size_t len, uint8_t *reply,
    size_t cap, size_t *ret_len)
{
	static const uint8_t drop[] = { 0xaa, 0x61, 0x01 };
	unsigned int *rounds = arg;

	(void)command;
	(void)len;
	assert_true(cap >= sizeof(drop));
	memcpy(reply, drop, sizeof(drop));
	*ret_len = sizeof(drop);
	++*rounds;
	return SY_OK;
}

static void
a_card_that_never_ends_is_given_up(void **state)
{
	unsigned int rounds = 0;
	const struct card_io io = { .transmit = dripping, .arg = &rounds };
	const struct apdu apdu = { .ins = 0xb0, .le = 256 };
	uint16_t sw;

	(void)state;
	sy_buf_reset(out);
	assert_int_equal(apdu_exchange(&io, &apdu, out, &sw), SY_ERR_CARD);
	assert_in_range(rounds, 33, 64);
}

static void
a_secret_is_sent_once_whatever_comes_back(void **state)
{
	static const struct {
		const char *script;
		enum sy_err err;
		uint16_t sw;
	} tc[] = {
		{ "0020008004 31323334 > 9000", SY_OK, 0x9000 },
		{ "0020008004 31323334 > 63C2", SY_OK, 0x63c2 },
		{ "0020008004 31323334 > 6C04", SY_OK, 0x6c04 },
		{ "0020008004 31323334 > 6102", SY_OK, 0x6102 },
		{ "0020008004 31323334 > 009000", SY_ERR_CARD, 0 },
		{ "0020008004 31323334 > -", SY_ERR_CARD, 0 },
		{ "0020008004 31323334 > !", SY_ERR_CARD_GONE, 0 },
	};
	static const uint8_t verify[] = { 0x00, 0x20, 0x00, 0x80, 0x04, '1',
		'2', '3', '4' };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(sy_secret_free) struct sy_secret *command = NULL;
		struct script script;
		uint16_t sw = 0;

		assert_int_equal(sy_secret_new(sizeof(verify), &command),
		    SY_OK);
		assert_int_equal(sy_secret_append(command, verify,
				     sizeof(verify)),
		    SY_OK);
		script_start(&script, tc[i].script, false);
		assert_int_equal(apdu_send_secret(&script.io, command, &sw),
		    tc[i].err);
		script_end(&script);
		assert_int_equal(sw, tc[i].sw);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_exchange_keeps_to_its_script),
		cmocka_unit_test(data_that_nobody_expects_is_refused),
		cmocka_unit_test(a_card_that_never_ends_is_given_up),
		cmocka_unit_test(a_secret_is_sent_once_whatever_comes_back),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
