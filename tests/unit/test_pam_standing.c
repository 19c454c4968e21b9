/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "pam/standing.h"
#include "tests/support/fake_agent.h"
#include "tests/support/faults.h"
#include "tests/support/pam_place.h"

#define E1 "11111111111111111111111111111111"
#define E2 "22222222222222222222222222222222"

/*
 * libpam keeps data for modules alone and refuses the program that loads them;
 * these stand in its place here.
 */
static struct slot {
	const char *name;
	void *data;
	void (*cleanup)(pam_handle_t *, void *, int);
} slots[4];

static struct slot *
find_slot(const char *name)
{
	for (size_t i = 0; i < SY_COUNT(slots); i++)
		if (slots[i].name == NULL || strcmp(slots[i].name, name) == 0)
			return &slots[i];
	return NULL;
}

int
pam_set_data(pam_handle_t *pamh, const char *name, void *data,
    void (*cleanup)(pam_handle_t *pamh, void *data, int status))
{
	struct slot *slot = find_slot(name);
	void *room;

	assert_non_null(slot);
	if ((room = malloc(1)) == NULL) /* it allocates, too */
		return PAM_BUF_ERR;
	free(room);
	if (slot->cleanup != NULL)
		slot->cleanup(pamh, slot->data, PAM_DATA_REPLACE);
	*slot = (struct slot){ name, data, cleanup };
	return PAM_SUCCESS;
}

int
pam_get_data(const pam_handle_t *pamh, const char *name, const void **ret)
{
	const struct slot *slot = find_slot(name);

	(void)pamh;
	if (slot == NULL || slot->name == NULL)
		return PAM_NO_MODULE_DATA;
	*ret = slot->data;
	return PAM_SUCCESS;
}

static void
end(struct pam_host *host)
{
	for (size_t i = 0; i < SY_COUNT(slots); i++)
		if (slots[i].cleanup != NULL)
			slots[i].cleanup(host->pamh, slots[i].data, 0);
	memset(slots, 0, sizeof(slots));
	assert_int_equal(pam_host_end(host), PAM_SUCCESS);
}

static void
assert_stands(const struct pam_host *host, enum sy_pam_standing standing,
    const char *number, const char *environment)
{
	const char *value = pam_getenv(host->pamh, SY_PAM_ENVIRONMENT);
	char out[SY_EVIDENCE_SIZE];

	assert_int_equal(sy_pam_standing_get(host->pamh, out), standing);
	assert_string_equal(out, number);
	if (environment == NULL)
		assert_null(value);
	else
		assert_string_equal(value, environment);
}

static void
a_number_goes_into_the_handle_and_the_environment_and_leaves_both(void **state)
{
	struct pam_host host = { .calls = 0 };

	(void)state;
	pam_place_start_bare(&host);
	assert_stands(&host, SY_PAM_NEW, "", NULL);
	assert_int_equal(sy_pam_standing_set(host.pamh, SY_PAM_PROVEN, E1),
	    PAM_SUCCESS);
	assert_stands(&host, SY_PAM_PROVEN, E1, E1);
	assert_int_equal(sy_pam_standing_set(host.pamh, SY_PAM_DUE, "ab"),
	    PAM_SUCCESS);
	assert_stands(&host, SY_PAM_DUE, "ab", "ab");
	assert_int_equal(sy_pam_standing_set(host.pamh, SY_PAM_PROVEN, ""),
	    PAM_SUCCESS);
	assert_stands(&host, SY_PAM_PROVEN, "", NULL);
	end(&host);
}

static void
the_environment_is_believed_only_while_the_handle_knows_nothing(void **state)
{
	struct pam_host host = { .calls = 0 };

	(void)state;
	pam_place_start_bare(&host);
	assert_false(sy_pam_standing_is_good(host.pamh));
	assert_int_equal(pam_putenv(host.pamh, SY_PAM_ENVIRONMENT "=" E2),
	    PAM_SUCCESS);
	assert_stands(&host, SY_PAM_NEW, E2, E2);
	assert_true(sy_pam_standing_is_good(host.pamh));
	assert_int_equal(sy_pam_standing_set(host.pamh, SY_PAM_REFUSED, ""),
	    PAM_SUCCESS);
	assert_stands(&host, SY_PAM_REFUSED, "", NULL);
	assert_int_equal(pam_putenv(host.pamh, SY_PAM_ENVIRONMENT "=" E2),
	    PAM_SUCCESS);
	assert_stands(&host, SY_PAM_REFUSED, "", E2);
	assert_false(sy_pam_standing_is_good(host.pamh));
	assert_int_equal(sy_pam_standing_set(host.pamh, SY_PAM_PROVEN, ""),
	    PAM_SUCCESS);
	assert_stands(&host, SY_PAM_PROVEN, "", NULL);
	assert_true(sy_pam_standing_is_good(host.pamh));
	end(&host);
}

static void
a_number_that_is_none_leaves_the_handle_refused(void **state)
{
	static const char *const bad[] = { E1 "1", "a\nb", "\xff" };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(bad); i++) {
		struct pam_host host = { .calls = 0 };

		pam_place_start_bare(&host);
		assert_int_equal(sy_pam_standing_set(host.pamh, SY_PAM_PROVEN,
				     E1),
		    PAM_SUCCESS);
		assert_int_equal(sy_pam_standing_set(host.pamh, SY_PAM_PROVEN,
				     bad[i]),
		    PAM_SYSTEM_ERR);
		assert_false(sy_pam_standing_is_good(host.pamh));
		end(&host);
	}
}

static void
a_session_is_kept_beside_it(void **state)
{
	struct pam_host host = { .calls = 0 };
	char out[SY_EVIDENCE_SIZE];

	(void)state;
	pam_place_start_bare(&host);
	assert_false(sy_pam_session_get(host.pamh, out));
	assert_int_equal(sy_pam_session_keep(host.pamh, E1), PAM_SUCCESS);
	assert_int_equal(sy_pam_standing_set(host.pamh, SY_PAM_REFUSED, ""),
	    PAM_SUCCESS);
	assert_true(sy_pam_session_get(host.pamh, out));
	assert_string_equal(out, E1);
	assert_null(pam_getenv(host.pamh, SY_PAM_ENVIRONMENT));
	assert_int_equal(sy_pam_session_drop(host.pamh), PAM_SUCCESS);
	assert_false(sy_pam_session_get(host.pamh, out));
	end(&host);
}

/* A no is never lost for want of memory. */
static void
without_memory_nothing_is_proven_and_a_refusal_holds(void **state)
{
	struct pam_host host = { .calls = 0 };
	unsigned int n = 0;
	int code;

	(void)state;
	pam_place_start_bare(&host);
	assert_int_equal(pam_putenv(host.pamh, SY_PAM_ENVIRONMENT "=" E2),
	    PAM_SUCCESS);
	do {
		faults_arm(++n);
		code = sy_pam_standing_set(host.pamh, SY_PAM_REFUSED, "");
		if (faults_disarm()) {
			assert_int_equal(code, PAM_BUF_ERR);
			assert_false(sy_pam_standing_is_good(host.pamh));
			assert_null(pam_getenv(host.pamh, SY_PAM_ENVIRONMENT));
		}
	} while (code == PAM_BUF_ERR);
	assert_int_equal(code, PAM_SUCCESS);
	assert_true(n > 1);
	/* From now on the handle has its place and needs no memory. */
	assert_int_equal(sy_pam_standing_set(host.pamh, SY_PAM_PROVEN, E1),
	    PAM_SUCCESS);
	faults_arm(1);
	assert_int_equal(sy_pam_standing_set(host.pamh, SY_PAM_REFUSED, ""),
	    PAM_SUCCESS);
	assert_false(faults_disarm());
	assert_false(sy_pam_standing_is_good(host.pamh));
	end(&host);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_number_goes_into_the_handle_and_the_environment_and_leaves_both),
		cmocka_unit_test(
		    the_environment_is_believed_only_while_the_handle_knows_nothing),
		cmocka_unit_test(
		    a_number_that_is_none_leaves_the_handle_refused),
		cmocka_unit_test(a_session_is_kept_beside_it),
		cmocka_unit_test(
		    without_memory_nothing_is_proven_and_a_refusal_holds),
	};

	return cmocka_run_group_tests_name("pam_standing", tests,
	    pam_place_setup, pam_place_teardown);
}
