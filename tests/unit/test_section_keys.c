/* SPDX-License-Identifier: Apache-2.0 */
/* Models of FIDO2 keys in a policy: allowed, denied, counted as a finger. */
#include "tests/support/policies.h"

#define A "00000000-0000-0000-0000-00000000000a"
#define B "0000000b-0000-0000-0000-000000000000"
#define C "cccccccc-cccc-cccc-cccc-cccccccccccc"

static const char *const names[] = { A, B, C };

struct models {
	bool allowed[3];
	bool fingerprint[3];
};

static void
check_models(const char *text, const struct models *want)
{
	struct sy_error e;
	struct sy_policy *policy = policy_with(text, &e);

	if (policy == NULL)
		fail_msg("%s: %s", e.place, e.text);
	for (size_t i = 0; i < SY_COUNT(names); i++) {
		uint8_t aaguid[SY_AAGUID_SIZE];

		assert_true(sy_aaguid_parse(names[i], aaguid));
		assert_int_equal(sy_policy_allows_model(policy, aaguid),
		    want->allowed[i]);
		assert_int_equal(sy_policy_is_fingerprint(policy, aaguid),
		    want->fingerprint[i]);
	}
	sy_policy_free(&policy);
}

static void
lists_name_models_exactly(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		struct models want;
	} tc[] = {
		{ "nothing said", "", { { 1, 1, 1 }, { 0, 0, 0 } } },
		{ "an empty section", "[keys]\n",
		    { { 1, 1, 1 }, { 0, 0, 0 } } },
		{ "allowed", "[keys]\nallow = " A "  " B "\n",
		    { { 1, 1, 0 }, { 0, 0, 0 } } },
		{ "denied", "[keys]\ndeny = " B "\n",
		    { { 1, 0, 1 }, { 0, 0, 0 } } },
		{ "both, of different models",
		    "[keys]\nallow = " A "\ndeny = " B "\n",
		    { { 1, 0, 0 }, { 0, 0, 0 } } },
		{ "fingerprint", "[keys]\nfingerprint = " C "\n",
		    { { 1, 1, 1 }, { 0, 0, 1 } } },
		{ "fingerprint among those allowed",
		    "[keys]\nallow = " A " " C "\nfingerprint = " C "\n",
		    { { 1, 0, 1 }, { 0, 0, 1 } } },
		{ "capital letters",
		    "[keys]\nallow = CCCCCCCC-cccc-CCCC-cccc-CCCCCCCCCCCC\n",
		    { { 0, 0, 1 }, { 0, 0, 0 } } },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		check_models(tc[i].text, &tc[i].want);
	}
}

static void
words_are_strict_unless_the_file_says_otherwise(void **state)
{
	static const struct {
		const char *text;
		enum sy_attestation attestation;
		bool stops;
	} tc[] = {
		{ "", SY_ATTESTATION_MODEL, true },
		{ "[keys]\n", SY_ATTESTATION_MODEL, true },
		{ "[keys]\nattestation = model\ncounter = stop\n",
		    SY_ATTESTATION_MODEL, true },
		{ "[keys]\nattestation = self\n", SY_ATTESTATION_SELF, true },
		{ "[keys]\nattestation = none\ncounter = alarm\n",
		    SY_ATTESTATION_NONE, false },
		/* Shutting a model out by what it says of itself is a start. */
		{ "[keys]\nattestation = none\ndeny = " A "\n",
		    SY_ATTESTATION_NONE, true },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_error e;
		struct sy_policy *policy = policy_with(tc[i].text, &e);
		const struct sy_keys_policy *keys;

		if (policy == NULL)
			fail_msg("%s: %s", e.place, e.text);
		keys = sy_policy_keys(policy);
		assert_int_equal(keys->attestation, tc[i].attestation);
		assert_int_equal(keys->counter_stops, tc[i].stops);
		sy_policy_free(&policy);
	}
}

static void
lists_that_contradict_each_other_are_refused(void **state)
{
	(void)state;
	policy_refuses("[keys]\nallow = " A " " B "\ndeny = " C " " B "\n",
	    SY_ERR_POLICY, 1, "\"deny\" names " B " too");
	policy_refuses("[keys]\ndeny = " C "\nfingerprint = " C "\n",
	    SY_ERR_POLICY, 2, "\"deny\" names " C " too");
	policy_refuses("[keys]\nfingerprint = " A " " C "\nallow = " A "\n",
	    SY_ERR_POLICY, 1, "\"allow\" does not name " C);
	policy_refuses("[keys]\nattestation = self\nallow = " A "\n",
	    SY_ERR_POLICY, 2, "needs attestation = model");
	policy_refuses("[keys]\nattestation = none\nallow = " A "\n",
	    SY_ERR_POLICY, 2, "needs attestation = model");
}

/* MFA-2: a demand for inherence that nothing can meet is no demand. */
static void
mfa_2_a_finger_that_no_model_can_show_is_refused(void **state)
{
#define FINGER                                                                 \
	"[rule f]\nzone=internet\npurpose=login\nkind=staff\nrequire=2\n"      \
	"allow=fido2-bio\n"
	static const char *const taken[] = {
		FINGER FINGERPRINT_KEYS,
		FINGER "grade=signed managed\n" FINGERPRINT_KEYS,
		FINGER "grade=signed terminal\n",
		FINGER "grade=terminal\n",
	};

	(void)state;
	policy_refuses(FINGER, SY_ERR_POLICY, 5, "fido2-bio can't be shown");
	policy_refuses(FINGER "grade=managed\n", SY_ERR_POLICY, 5,
	    "lists no model");
	policy_refuses(FINGER "grade=signed\n[keys]\nallow=" A "\n",
	    SY_ERR_POLICY, 5, "rule \"f\"");
	for (size_t i = 0; i < SY_COUNT(taken); i++) {
		struct sy_error e;
		struct sy_policy *policy = policy_with(taken[i], &e);

		if (policy == NULL)
			fail_msg("%s: %s", e.place, e.text);
		sy_policy_free(&policy);
	}
}

static void
a_list_holds_24_models_and_no_more(void **state)
{
	char text[1200] = "[keys]\ndeny =";
	size_t at = strlen(text);
	uint8_t aaguid[SY_AAGUID_SIZE] = { 0 };
	struct sy_policy *policy;
	struct sy_error e;

	(void)state;
	for (unsigned int i = 1; i <= 24; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    " 00000000-0000-0000-0000-0000000000%02x", i);
	policy = policy_with(text, &e);
	if (policy == NULL)
		fail_msg("%s", e.text);
	for (uint8_t i = 0; i <= 25; i++) {
		aaguid[15] = i;
		assert_int_equal(sy_policy_allows_model(policy, aaguid),
		    i == 0 || i == 25);
	}
	sy_policy_free(&policy);
	(void)snprintf(text + at, sizeof(text) - at, " " C);
	policy_refuses(text, SY_ERR_LIMIT, 1, "more than 24 models");
}

static void
what_is_wrong_is_named_with_its_place(void **state)
{
	(void)state;
	policy_refuses("[keys]\nallow = " A " " A "\n", SY_ERR_FORMAT, 1,
	    "named twice");
	policy_refuses("[keys]\ndeny = " C " CCCCCCCC-CCCC-CCCC-CCCC-"
		       "CCCCCCCCCCCC\n",
	    SY_ERR_FORMAT, 1, "named twice");
	policy_refuses("[keys]\nallow =\n", SY_ERR_FORMAT, 1, "missing");
	policy_refuses("[keys]\nallow = 0000000a\n", SY_ERR_FORMAT, 1,
	    "\"0000000a\" is no AAGUID");
	policy_refuses("[keys]\nallow = " A "," B "\n", SY_ERR_FORMAT, 1,
	    "is no AAGUID");
	policy_refuses("[keys]\ndeny = 00000000-0000-0000-0000-"
		       "000000000000\n",
	    SY_ERR_FORMAT, 1, "zeros");
	policy_refuses("[keys]\nattestation = full\n", SY_ERR_FORMAT, 1,
	    "\"full\" is none of");
	policy_refuses("[keys]\ncounter = warn\n", SY_ERR_FORMAT, 1,
	    "\"warn\" is neither");
	policy_refuses("[keys]\nmodels = " A "\n", SY_ERR_FORMAT, 1, "models");
	policy_refuses("[keys all]\n", SY_ERR_FORMAT, 0, "has no name");
	policy_refuses("[keys]\n[keys]\n", SY_ERR_FORMAT, 1, "before");
	/* A second section by another name is seen as well. */
	policy_refuses("[keys]\n[keys b]\n", SY_ERR_FORMAT, 1, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_name_models_exactly),
		cmocka_unit_test(
		    words_are_strict_unless_the_file_says_otherwise),
		cmocka_unit_test(lists_that_contradict_each_other_are_refused),
		cmocka_unit_test(
		    mfa_2_a_finger_that_no_model_can_show_is_refused),
		cmocka_unit_test(a_list_holds_24_models_and_no_more),
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
