/* SPDX-License-Identifier: Apache-2.0 */
/* What PC/SC's answers mean. (CARD-6) */
#include "lib/possession/device/winscard.h"
#include "tests/support/unit.h"

static void
every_answer_means_something_to_us(void **state)
{
	static const struct {
		LONG rv;
		enum sy_err err;
	} tc[] = {
		{ 0, SY_OK },
		{ 0x8010001D, SY_ERR_PCSC }, /* no service */
		{ 0x80100027, SY_ERR_PCSC }, /* a stale socket */
		{ 0x80100013, SY_ERR_PCSC }, /* it died while we talked */
		{ 0x8010001E, SY_ERR_PCSC }, /* stopped */
		{ 0x80100003, SY_ERR_PCSC }, /* it was restarted */
		{ 0x80100006, SY_ERR_NOMEM },
		{ 0x8010000A, SY_ERR_TIMEOUT },
		{ 0x80100002, SY_ERR_CANCELLED },
		{ 0x8010000B, SY_ERR_CARD_BUSY },    /* sharing violation */
		{ 0x80100069, SY_ERR_CARD_GONE },    /* removed */
		{ 0x80100068, SY_ERR_CARD_GONE },    /* reset */
		{ 0x80100067, SY_ERR_CARD_GONE },    /* unpowered */
		{ 0x8010000C, SY_ERR_CARD_GONE },    /* no card */
		{ 0x80100016, SY_ERR_CARD_GONE },    /* not transacted */
		{ 0x80100066, SY_ERR_CARD_MUTE },    /* unresponsive */
		{ 0x8010000F, SY_ERR_CARD_UNKNOWN }, /* protocol mismatch */
		{ 0x80100008, SY_ERR_CARD },   /* a reply that is too long */
		{ 0x80100009, SY_ERR_READER }, /* unknown reader */
		{ 0x80100017, SY_ERR_READER }, /* reader unavailable */
		{ 0x80109999, SY_ERR_READER },
		{ -1, SY_ERR_READER },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++)
		assert_int_equal(winscard_err(tc[i].rv), tc[i].err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_means_something_to_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
