/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA-1, MFA-2, MFA-4: what an assertion counts for, over every combination of
 * what can be said about it, against a judge that was written from the rule and
 * not from the code: a key is possession; a verified user adds one factor of
 * unknown kind; a finger is one only where something rules the PIN out.
 */
#include <sanyoso/fido2.h>

#include "tests/support/unit.h"

static const uint32_t uvms[] = { 0, SY_FIDO2_UVM_PRESENCE,
	SY_FIDO2_UVM_FINGERPRINT, SY_FIDO2_UVM_PASSCODE, SY_FIDO2_UVM_FACE,
	SY_FIDO2_UVM_NONE, SY_FIDO2_UVM_PASSCODE_EXTERNAL,
	SY_FIDO2_UVM_FINGERPRINT | SY_FIDO2_UVM_PASSCODE,
	SY_FIDO2_UVM_FINGERPRINT | SY_FIDO2_UVM_PASSCODE_EXTERNAL,
	SY_FIDO2_UVM_FINGERPRINT | SY_FIDO2_UVM_PRESENCE,
	SY_FIDO2_UVM_FINGERPRINT | SY_FIDO2_UVM_FACE,
	SY_FIDO2_UVM_FACE | SY_FIDO2_UVM_NONE,
	SY_FIDO2_UVM_PRESENCE | SY_FIDO2_UVM_NONE,
	SY_FIDO2_UVM_PASSCODE | SY_FIDO2_UVM_PRESENCE, 0x40,
	SY_FIDO2_UVM_FINGERPRINT | 0x40, UINT32_MAX };

struct verdict {
	enum sy_method method;
	enum sy_grade grade;
	enum sy_origin origin;
};

/* Names of the methods in a list, one question each. */
static bool
names(uint32_t uvm, uint32_t one)
{
	return (uvm & one) != 0;
}

static bool
names_only_fingers_and_faces(uint32_t uvm)
{
	for (int bit = 0; bit < 32; bit++) {
		if (names(uvm, (uint32_t)1 << bit) && bit != 1 && bit != 4)
			return false;
	}
	return names(uvm, 0x2) || names(uvm, 0x10);
}

static bool
names_nobody(uint32_t uvm)
{
	for (int bit = 0; bit < 32; bit++) {
		if (names(uvm, (uint32_t)1 << bit) && bit != 0 && bit != 9)
			return false;
	}
	return true;
}

static struct verdict
oracle(const struct sy_fido2_claim *c)
{
	const bool attested = c->attestation == SY_ATTESTATION_MODEL;
	struct verdict v = { SY_METHOD_FIDO2, SY_GRADE_NONE,
		attested ? SY_ORIGIN_ATTESTED : SY_ORIGIN_UNPROVEN };
	bool model_excludes_pin = false;

	/* Rule 4: without the flag it is possession, whatever else is there. */
	if ((c->flags & 0x04) == 0)
		return v;
	/* The key itself signs that it verified nobody. */
	if (c->has_uvm && names_nobody(c->uvm))
		return v;
	/* Rule 2: one of two. */
	v.method = SY_METHOD_FIDO2_UV;
	if (c->has_uvm) {
		const uint32_t without =
		    c->uvm & ~(uint32_t)0x1 & ~(uint32_t)0x200;

		if (!names_only_fingers_and_faces(without))
			return v;
	}
	if (c->model != NULL) {
		if (c->model->no_pin_tokens)
			model_excludes_pin = true;
		if (c->model->biometric_only && !c->model->client_pin)
			model_excludes_pin = true;
	}
	/* Rule 3. */
	if (attested && c->fingerprint && c->model != NULL &&
	    ((c->has_uvm && names_only_fingers_and_faces(c->uvm)) ||
		model_excludes_pin)) {
		v.method = SY_METHOD_FIDO2_BIO;
		v.grade = SY_GRADE_SIGNED;
	} else if (attested && c->fingerprint && c->model != NULL &&
	    c->managed && c->terminal_says_built_in) {
		v.method = SY_METHOD_FIDO2_BIO;
		v.grade = SY_GRADE_MANAGED;
	} else if (c->terminal_says_built_in) {
		v.method = SY_METHOD_FIDO2_BIO;
		v.grade = SY_GRADE_TERMINAL;
	}
	return v;
}

static unsigned int seen[SY_METHOD_COUNT][SY_GRADE_COUNT][SY_ORIGIN_COUNT];

static void
compare(const struct sy_fido2_claim *claim)
{
	const struct verdict want = oracle(claim);
	struct verdict got;

	sy_fido2_judge(claim, &got.method, &got.grade, &got.origin);
	if (got.method != want.method || got.grade != want.grade ||
	    got.origin != want.origin)
		fail_msg("flags %02x uvm %d:%x attestation %d: %s %s, not %s "
			 "%s",
		    claim->flags, claim->has_uvm, claim->uvm,
		    (int)claim->attestation, sy_method_name(got.method),
		    sy_grade_name(got.grade), sy_method_name(want.method),
		    sy_grade_name(want.grade));
	seen[got.method][got.grade][got.origin]++;
	/* MFA-1: what nobody vouches for never counts twice. */
	if (claim->attestation != SY_ATTESTATION_MODEL)
		assert_int_equal(sy_method_categories(got.method, got.origin,
				     got.grade),
		    SY_CATEGORY_POSSESSION);
	/* MFA-2: and never is inherence without a grade. */
	if (got.grade == SY_GRADE_NONE)
		assert_int_equal(sy_method_categories(got.method, got.origin,
				     got.grade) &
			SY_CATEGORY_INHERENCE,
		    0);
}

/* The claim whose yes-or-no members are the bits of ${n}. */
static void
try(unsigned int n, struct sy_fido2_claim *claim, struct sy_model *model)
{
	model->biometric_only = (n & 1) != 0;
	model->client_pin = (n & 2) != 0;
	model->no_pin_tokens = (n & 4) != 0;
	model->fingerprint = (n & 8) != 0;
	model->built_in = (n & 16) != 0;
	model->uvm = (n & 32) != 0;
	claim->model = (n & 64) != 0 ? model : NULL;
	claim->fingerprint = (n & 128) != 0;
	claim->managed = (n & 256) != 0;
	claim->terminal_says_built_in = (n & 512) != 0;
	claim->has_uvm = (n & 1024) != 0;
	compare(claim);
}

static void
every_combination_is_judged_by_the_rule(void **state)
{
	static const uint8_t flags[] = { 0, SY_FIDO2_UP, SY_FIDO2_UV,
		SY_FIDO2_UP | SY_FIDO2_UV, SY_FIDO2_UP | SY_FIDO2_ED,
		SY_FIDO2_UP | SY_FIDO2_UV | SY_FIDO2_ED, 0xfb, 0xff };
	struct sy_model model = { .status = SY_MODEL_GOOD };
	struct sy_fido2_claim claim = { 0 };

	(void)state;
	for (int a = 0; a < SY_ATTESTATION_COUNT; a++) {
		claim.attestation = (enum sy_attestation)a;
		for (size_t f = 0; f < SY_COUNT(flags); f++) {
			claim.flags = flags[f];
			for (size_t u = 0; u < SY_COUNT(uvms); u++) {
				claim.uvm = uvms[u];
				for (unsigned int n = 0; n < 2048; n++)
					try(n, &claim, &model);
			}
		}
	}
	/* Every answer that is possible was given. */
	for (int o = 0; o < SY_ORIGIN_COUNT; o++) {
		const bool can =
		    o == SY_ORIGIN_UNPROVEN || o == SY_ORIGIN_ATTESTED;
		const bool proven = o == SY_ORIGIN_ATTESTED;

		assert_int_equal(seen[SY_METHOD_FIDO2][0][o] > 0, can);
		assert_int_equal(seen[SY_METHOD_FIDO2_UV][0][o] > 0, can);
		assert_int_equal(seen[SY_METHOD_FIDO2_BIO][SY_GRADE_SIGNED][o] >
			0,
		    proven);
		assert_int_equal(
		    seen[SY_METHOD_FIDO2_BIO][SY_GRADE_MANAGED][o] > 0, proven);
		assert_int_equal(
		    seen[SY_METHOD_FIDO2_BIO][SY_GRADE_TERMINAL][o] > 0, can);
	}
}

/* MFA-1: a claim of zeros is the strict answer. */
static void
mfa_1_nothing_said_is_possession_unproven(void **state)
{
	const struct sy_fido2_claim claim = { 0 };
	struct verdict v;

	(void)state;
	sy_fido2_judge(&claim, &v.method, &v.grade, &v.origin);
	assert_int_equal(v.method, SY_METHOD_FIDO2);
	assert_int_equal(v.grade, SY_GRADE_NONE);
	assert_int_equal(v.origin, SY_ORIGIN_UNPROVEN);
}

/* MFA-2: a passcode that the key signs is stronger than any other word. */
static void
mfa_2_a_signed_passcode_is_never_a_finger(void **state)
{
	const struct sy_model model = { .biometric_only = true,
		.no_pin_tokens = true,
		.fingerprint = true };
	struct sy_fido2_claim claim = {
		.attestation = SY_ATTESTATION_MODEL,
		.model = &model,
		.fingerprint = true,
		.managed = true,
		.flags = SY_FIDO2_UP | SY_FIDO2_UV,
		.terminal_says_built_in = true,
	};
	struct verdict v;

	(void)state;
	sy_fido2_judge(&claim, &v.method, &v.grade, &v.origin);
	assert_int_equal(v.method, SY_METHOD_FIDO2_BIO);
	assert_int_equal(v.grade, SY_GRADE_SIGNED);
	claim.has_uvm = true;
	for (uint32_t uvm = 0; uvm < 0x1000; uvm++) {
		claim.uvm = uvm;
		if ((uvm & (0x4 | 0x800)) == 0)
			continue;
		sy_fido2_judge(&claim, &v.method, &v.grade, &v.origin);
		assert_int_equal(v.method, SY_METHOD_FIDO2_UV);
		assert_int_equal(v.grade, SY_GRADE_NONE);
	}
}

/* CRED-2: a copy of a key shows itself by a counter that does not advance. */
static void
cred_2_a_counter_advances_or_has_never_counted(void **state)
{
	static const struct {
		uint32_t stored, shown;
		bool advanced;
	} tc[] = {
		{ 0, 0, true },
		{ 0, 1, true },
		{ 0, UINT32_MAX, true },
		{ 1, 0, false },
		{ 1, 1, false },
		{ 1, 2, true },
		{ 2, 1, false },
		{ UINT32_MAX, 0, false },
		{ UINT32_MAX, UINT32_MAX, false },
		{ UINT32_MAX - 1, UINT32_MAX, true },
		{ 0x7fffffff, 0x80000000, true },
		{ 0x80000000, 0x7fffffff, false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++)
		assert_int_equal(sy_fido2_counter_advanced(tc[i].stored,
				     tc[i].shown),
		    tc[i].advanced);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination_is_judged_by_the_rule),
		cmocka_unit_test(mfa_1_nothing_said_is_possession_unproven),
		cmocka_unit_test(mfa_2_a_signed_passcode_is_never_a_finger),
		cmocka_unit_test(
		    cred_2_a_counter_advances_or_has_never_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
