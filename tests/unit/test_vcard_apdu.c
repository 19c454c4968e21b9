/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual card's reading of commands and TLVs. */
#include <string.h>

#include "tests/vcard/apdu.h"
#include "vcard_drive.h"

struct shape {
	const char *what;
	const char *hex;
	enum sy_err err;
	size_t lc, ne;
	bool exact;
};

static void
check_shapes(enum vc_proto proto, bool extended, const struct shape *tc,
    size_t n)
{
	struct vc_apdu a;
	uint8_t raw[600];
	size_t len;

	for (size_t i = 0; i < n; i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(vc_hex_get(tc[i].hex, raw, sizeof(raw), &len),
		    SY_OK);
		assert_int_equal(vc_apdu_parse(proto, extended, raw, len, &a),
		    tc[i].err);
		if (tc[i].err != SY_OK)
			continue;
		assert_int_equal(a.lc, tc[i].lc);
		assert_int_equal(a.ne, tc[i].ne);
		assert_int_equal(a.le_exact, tc[i].exact);
	}
}

static void
t1_commands_have_the_four_short_cases(void **state)
{
	static const struct shape tc[] = {
		{ "nothing", "", SY_ERR_FORMAT, 0, 0, false },
		{ "three bytes", "00a404", SY_ERR_FORMAT, 0, 0, false },
		{ "case 1", "00200080", SY_OK, 0, 0, false },
		{ "case 2, all", "00b0000000", SY_OK, 0, 256, false },
		{ "case 2, four", "00b0000004", SY_OK, 0, 4, true },
		{ "case 3", "0020008001ff", SY_OK, 1, 0, false },
		{ "case 3, one too few", "0020008002ff", SY_ERR_FORMAT, 0, 0,
		    false },
		{ "case 4", "0020008001ff00", SY_OK, 1, 256, false },
		{ "case 4, Le 1", "0020008001ff01", SY_OK, 1, 1, true },
		{ "case 4, one too many", "0020008001ff0000", SY_ERR_FORMAT, 0,
		    0, false },
		{ "Lc zero", "002000800000", SY_ERR_FORMAT, 0, 0, false },
		{ "extended is not offered", "00b00000000010", SY_ERR_FORMAT, 0,
		    0, false },
	};

	(void)state;
	check_shapes(VC_T1, false, tc, SY_COUNT(tc));
}

static void
t1_commands_may_have_three_byte_lengths(void **state)
{
	static const struct shape tc[] = {
		{ "case 2E, all", "00b00000000000", SY_OK, 0, 65536, false },
		{ "case 2E", "00b00000000100", SY_OK, 0, 256, true },
		{ "case 3E", "00200080000001ff", SY_OK, 1, 0, false },
		{ "case 3E, too few", "00200080000002ff", SY_ERR_FORMAT, 0, 0,
		    false },
		{ "half an Le", "00200080000001ff00", SY_ERR_FORMAT, 0, 0,
		    false },
		{ "case 4E", "00200080000001ff0000", SY_OK, 1, 65536, false },
		{ "one too many", "00200080000001ff000000", SY_ERR_FORMAT, 0, 0,
		    false },
		{ "Lc zero", "00200080000000ff", SY_ERR_FORMAT, 0, 0, false },
		{ "short still fits", "0020008001ff00", SY_OK, 1, 256, false },
	};

	(void)state;
	check_shapes(VC_T1, true, tc, SY_COUNT(tc));
}

static void
t0_commands_have_p3_and_never_both_lengths(void **state)
{
	static const struct shape tc[] = {
		{ "four bytes", "00200080", SY_OK, 0, 0, false },
		{ "P3 alone", "00b0000004", SY_OK, 0, 0, false },
		{ "data", "0020008001ff", SY_OK, 1, 0, false },
		{ "data and Le", "0020008001ff00", SY_ERR_FORMAT, 0, 0, false },
		{ "too few", "0020008002ff", SY_ERR_FORMAT, 0, 0, false },
		{ "P3 zero and data", "0020008000ff", SY_ERR_FORMAT, 0, 0,
		    false },
	};

	(void)state;
	check_shapes(VC_T0, false, tc, SY_COUNT(tc));
	/* There is no extended length in T=0. */
	check_shapes(VC_T0, true, tc, SY_COUNT(tc));
}

static void
t0_direction_says_what_p3_is(void **state)
{
	static const struct {
		const char *what;
		uint8_t p3;
		size_t lc;
		enum vc_way way;
		enum sy_err err;
		size_t ne;
	} tc[] = {
		{ "out, P3 zero is 256", 0, 0, VC_OUT, SY_OK, 256 },
		{ "out, P3 is Le", 9, 0, VC_OUT, SY_OK, 9 },
		{ "out with data", 9, 9, VC_OUT, SY_ERR_FORMAT, 0 },
		{ "in without data", 0, 0, VC_IN, SY_OK, 0 },
		{ "in with data", 9, 9, VC_IN, SY_OK, 0 },
		{ "in, data missing", 9, 0, VC_IN, SY_ERR_FORMAT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct vc_apdu a = { .p3 = tc[i].p3, .lc = tc[i].lc };

		print_message("  %s\n", tc[i].what);
		assert_int_equal(vc_apdu_direct(VC_T0, tc[i].way, &a),
		    tc[i].err);
		if (tc[i].err == SY_OK)
			assert_int_equal(a.ne, tc[i].ne);
	}
}

static void
tlvs_are_read_within_their_bytes(void **state)
{
	static const struct {
		const char *hex;
		enum sy_err err;
		uint32_t tag;
		size_t len, left;
	} tc[] = {
		{ "", SY_ERR_FORMAT, 0, 0, 0 },
		{ "53", SY_ERR_FORMAT, 0, 0, 0 },
		{ "5300", SY_OK, 0x53, 0, 0 },
		{ "530155aa", SY_OK, 0x53, 1, 1 },
		{ "5302ff", SY_ERR_FORMAT, 0, 0, 0 },
		{ "538101ff", SY_OK, 0x53, 1, 0 },
		{ "53820001ff", SY_OK, 0x53, 1, 0 },
		{ "5382ffff00", SY_ERR_FORMAT, 0, 0, 0 },
		{ "5383000001ff", SY_ERR_FORMAT, 0, 0, 0 },
		{ "5380ff0000", SY_ERR_FORMAT, 0, 0, 0 },
		{ "7f490100", SY_OK, 0x7f49, 1, 0 },
		{ "5fc10500", SY_OK, 0x5fc105, 0, 0 },
		{ "5fc1c10500", SY_ERR_FORMAT, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct vc_in in, value;
		uint8_t raw[16];
		uint32_t tag;
		size_t len;

		print_message("  %s\n", tc[i].hex);
		assert_int_equal(vc_hex_get(tc[i].hex, raw, sizeof(raw), &len),
		    SY_OK);
		in = (struct vc_in){ raw, len };
		assert_int_equal(vc_in_tlv(&in, &tag, &value), tc[i].err);
		if (tc[i].err != SY_OK) {
			assert_int_equal(in.left, len);
			continue;
		}
		assert_int_equal(tag, tc[i].tag);
		assert_int_equal(value.left, tc[i].len);
		assert_int_equal(in.left, tc[i].left);
	}
}

static void
tlvs_are_written_with_the_shortest_length(void **state)
{
	static const struct {
		size_t len, head;
	} tc[] = { { 0, 2 }, { 127, 2 }, { 128, 3 }, { 255, 3 }, { 256, 4 },
		{ 1000, 4 } };
	static const uint8_t value[1000];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct vc_bytes o;
		struct vc_in in, got;
		uint32_t tag;

		vc_bytes_reset(&o);
		vc_bytes_tlv(&o, 0x70, value, tc[i].len);
		assert_int_equal(o.len, tc[i].head + tc[i].len);
		in = (struct vc_in){ o.b, o.len };
		assert_int_equal(vc_in_tlv(&in, &tag, &got), SY_OK);
		assert_int_equal(got.left, tc[i].len);
	}
}

static void
an_output_that_overflows_stays_bad(void **state)
{
	static const uint8_t much[VC_BYTES_MAX];
	struct vc_bytes o;

	(void)state;
	vc_bytes_reset(&o);
	vc_bytes_raw(&o, much, sizeof(much));
	assert_false(o.bad);
	vc_bytes_u8(&o, 1);
	assert_true(o.bad);
	assert_int_equal(o.len, VC_BYTES_MAX);
	vc_bytes_raw(&o, much, 0);
	assert_true(o.bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t1_commands_have_the_four_short_cases),
		cmocka_unit_test(t1_commands_may_have_three_byte_lengths),
		cmocka_unit_test(t0_commands_have_p3_and_never_both_lengths),
		cmocka_unit_test(t0_direction_says_what_p3_is),
		cmocka_unit_test(tlvs_are_read_within_their_bytes),
		cmocka_unit_test(tlvs_are_written_with_the_shortest_length),
		cmocka_unit_test(an_output_that_overflows_stays_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
