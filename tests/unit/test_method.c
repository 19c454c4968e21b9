/* SPDX-License-Identifier: Apache-2.0 */
/* MFA-1: which categories a proof counts for. */
#include <sanyoso/policy.h>

#include "tests/support/unit.h"

#define K SY_CATEGORY_KNOWLEDGE
#define P SY_CATEGORY_POSSESSION
#define I SY_CATEGORY_INHERENCE
#define E SY_CATEGORY_EITHER

static void
every_method_counts_for_what_it_proves(void **state)
{
	/* By origin: unproven, issuer, personalised, attested; any grade but
	 * none for the last row. */
	static const struct {
		enum sy_method method;
		unsigned int categories[SY_ORIGIN_COUNT];
	} tc[] = {
		{ SY_METHOD_PASSWORD, { K, 0, 0, 0 } },
		{ SY_METHOD_CARD, { P, P, P, 0 } },
		{ SY_METHOD_CARD_PIN, { P, P | K, P | K, 0 } },
		{ SY_METHOD_CARD_MAC, { P, P, P, 0 } },
		{ SY_METHOD_CARD_ID, { P, P, P, 0 } },
		{ SY_METHOD_FIDO2, { P, 0, 0, P } },
		{ SY_METHOD_FIDO2_UV, { P, 0, 0, P | E } },
		{ SY_METHOD_FIDO2_BIO, { P, 0, 0, P | I } },
		{ SY_METHOD_CODE, { 0, 0, 0, 0 } },
		{ SY_METHOD_NONE, { 0, 0, 0, 0 } },
	};

	(void)state;
	assert_int_equal(SY_COUNT(tc), SY_METHOD_COUNT);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", sy_method_name(tc[i].method));
		for (int o = 0; o < SY_ORIGIN_COUNT; o++) {
			for (int g = SY_GRADE_SIGNED; g < SY_GRADE_COUNT; g++)
				assert_int_equal(
				    sy_method_categories(tc[i].method,
					(enum sy_origin)o, (enum sy_grade)g),
				    tc[i].categories[o]);
		}
	}
}

static void
a_finger_without_a_grade_is_possession_only(void **state)
{
	(void)state;
	assert_int_equal(sy_method_categories(SY_METHOD_FIDO2_BIO,
			     SY_ORIGIN_ATTESTED, SY_GRADE_NONE),
	    P);
	assert_int_equal(sy_method_categories(SY_METHOD_CARD_PIN,
			     SY_ORIGIN_ISSUER, SY_GRADE_NONE),
	    P | K);
}

static void
what_is_out_of_range_counts_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(sy_method_categories(SY_METHOD_COUNT, SY_ORIGIN_ISSUER,
			     SY_GRADE_NONE),
	    0);
	assert_int_equal(sy_method_categories((enum sy_method) - 1,
			     SY_ORIGIN_ISSUER, SY_GRADE_NONE),
	    0);
	assert_int_equal(sy_method_categories(SY_METHOD_CARD_PIN,
			     SY_ORIGIN_COUNT, SY_GRADE_NONE),
	    0);
	assert_int_equal(sy_method_categories(SY_METHOD_CARD_PIN,
			     (enum sy_origin) - 1, SY_GRADE_NONE),
	    0);
	assert_int_equal(sy_method_categories(SY_METHOD_CARD_PIN,
			     SY_ORIGIN_ISSUER, SY_GRADE_COUNT),
	    0);
}

static void
one_category_counts_once_and_either_only_beside_possession(void **state)
{
	static const unsigned int count[16] = { 0, 1, 1, 2, 1, 2, 2, 3,
		/* with EITHER: may be the one that is there already */
		1, 1, 2, 2, 1, 2, 2, 3 };

	(void)state;
	for (unsigned int set = 0; set < SY_COUNT(count); set++)
		assert_int_equal(sy_categories_count(set), count[set]);
	assert_int_equal(sy_categories_count(~15u), 0);
}

static void
names_lead_back_to_their_values(void **state)
{
	(void)state;
	for (int i = 1; i < SY_METHOD_COUNT; i++) {
		enum sy_method v = SY_METHOD_NONE;

		assert_true(sy_method_by_name(sy_method_name((enum sy_method)i),
		    &v));
		assert_int_equal(v, i);
	}
	for (int i = 0; i < SY_ORIGIN_COUNT; i++) {
		enum sy_origin v = SY_ORIGIN_COUNT;

		assert_true(sy_origin_by_name(sy_origin_name((enum sy_origin)i),
		    &v));
		assert_int_equal(v, i);
	}
	for (int i = 0; i < SY_GRADE_COUNT; i++) {
		enum sy_grade v = SY_GRADE_COUNT;

		assert_true(sy_grade_by_name(sy_grade_name((enum sy_grade)i),
		    &v));
		assert_int_equal(v, i);
	}
	for (int i = 1; i < SY_ZONE_COUNT; i++) {
		enum sy_zone v = SY_ZONE_COUNT;

		assert_true(sy_zone_by_name(sy_zone_name((enum sy_zone)i), &v));
		assert_int_equal(v, i);
	}
	for (int i = 1; i < SY_PURPOSE_COUNT; i++) {
		enum sy_purpose v = SY_PURPOSE_COUNT;

		assert_true(sy_purpose_by_name(
		    sy_purpose_name((enum sy_purpose)i), &v));
		assert_int_equal(v, i);
	}
	for (int i = 1; i < SY_KIND_COUNT; i++) {
		enum sy_kind v = SY_KIND_COUNT;

		assert_true(sy_kind_by_name(sy_kind_name((enum sy_kind)i), &v));
		assert_int_equal(v, i);
	}
}

static void
names_that_are_none_are_not_found(void **state)
{
	enum sy_method method;
	enum sy_origin origin;
	enum sy_grade grade;
	enum sy_zone zone;
	enum sy_purpose purpose;
	enum sy_kind kind;

	(void)state;
	/* "none" is no method that a policy could allow. */
	assert_false(sy_method_by_name("none", &method));
	assert_false(sy_method_by_name("", &method));
	assert_false(sy_method_by_name("Card", &method));
	assert_false(sy_origin_by_name("unknown", &origin));
	assert_false(sy_grade_by_name("unknown", &grade));
	assert_false(sy_zone_by_name("unknown", &zone));
	assert_false(sy_purpose_by_name("unknown", &purpose));
	assert_false(sy_kind_by_name("unknown", &kind));
	assert_string_equal(sy_method_name(SY_METHOD_COUNT), "unknown");
	assert_string_equal(sy_origin_name((enum sy_origin) - 1), "unknown");
	assert_string_equal(sy_grade_name(SY_GRADE_COUNT), "unknown");
	assert_string_equal(sy_zone_name((enum sy_zone)0), "unknown");
	assert_string_equal(sy_purpose_name(SY_PURPOSE_COUNT), "unknown");
	assert_string_equal(sy_kind_name((enum sy_kind)99), "unknown");
	assert_string_equal(sy_reason_name(SY_REASON_COUNT), "unknown");
}

static void
every_reason_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < SY_REASON_COUNT; i++) {
		const char *name = sy_reason_name((enum sy_reason)i);

		assert_string_not_equal(name, "unknown");
		for (int k = 0; k < i; k++)
			assert_string_not_equal(name,
			    sy_reason_name((enum sy_reason)k));
	}
}

static void
sets_of_categories_have_names(void **state)
{
	char name[SY_CATEGORIES_SIZE];

	(void)state;
	sy_categories_name(0, name);
	assert_string_equal(name, "none");
	sy_categories_name(K | P, name);
	assert_string_equal(name, "knowledge+possession");
	sy_categories_name(K | P | I | E, name);
	assert_string_equal(name,
	    "knowledge+possession+inherence+knowledge-or-inherence");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_counts_for_what_it_proves),
		cmocka_unit_test(a_finger_without_a_grade_is_possession_only),
		cmocka_unit_test(what_is_out_of_range_counts_for_nothing),
		cmocka_unit_test(
		    one_category_counts_once_and_either_only_beside_possession),
		cmocka_unit_test(names_lead_back_to_their_values),
		cmocka_unit_test(names_that_are_none_are_not_found),
		cmocka_unit_test(every_reason_has_a_name_of_its_own),
		cmocka_unit_test(sets_of_categories_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
