/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sanyoso/secret.h>

#include "tests/support/faults.h"
#include "tests/support/unit.h"

static struct sy_secret *
secret_of(const char *text)
{
	struct sy_secret *s = NULL;
	const size_t len = strlen(text);

	assert_int_equal(sy_secret_new(len != 0 ? len : 1, &s), SY_OK);
	assert_int_equal(sy_secret_append(s, text, len), SY_OK);
	return s;
}

static void
capacities_outside_one_to_65536_are_refused(void **state)
{
	static const struct {
		size_t capacity;
		enum sy_err err;
	} tc[] = {
		{ 0, SY_ERR_ARG },
		{ 1, SY_OK },
		{ 4095, SY_OK },
		{ 4096, SY_OK },
		{ 4097, SY_OK },
		{ 65536, SY_OK },
		{ 65537, SY_ERR_ARG },
		{ SIZE_MAX, SY_ERR_ARG },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_secret *s = NULL;

		assert_int_equal(sy_secret_new(tc[i].capacity, &s), tc[i].err);
		assert_int_equal(s != NULL, tc[i].err == SY_OK);
		if (s != NULL) {
			assert_int_equal(sy_secret_capacity(s), tc[i].capacity);
			assert_int_equal(sy_secret_len(s), 0);
		}
		sy_secret_free(&s);
		assert_null(s);
	}
}

static void
append_fills_up_to_the_last_byte_and_no_further(void **state)
{
	struct sy_secret *s = NULL;

	(void)state;
	assert_int_equal(sy_secret_new(5, &s), SY_OK);
	assert_int_equal(sy_secret_append(s, "1234", 4), SY_OK);
	assert_int_equal(sy_secret_append(s, "56", 2), SY_ERR_LIMIT);
	assert_int_equal(sy_secret_append(s, "5", SIZE_MAX), SY_ERR_LIMIT);
	assert_int_equal(sy_secret_len(s), 4);
	assert_int_equal(sy_secret_append(s, "5", 1), SY_OK);
	assert_int_equal(sy_secret_append(s, "", 0), SY_OK);
	assert_int_equal(sy_secret_append(s, NULL, 0), SY_OK);
	assert_int_equal(sy_secret_append(s, "6", 1), SY_ERR_LIMIT);
	assert_int_equal(sy_secret_len(s), 5);
	assert_memory_equal(sy_secret_bytes(s), "12345", 5);
	sy_secret_free(&s);
}

static void
clear_wipes_the_bytes_and_keeps_the_capacity(void **state)
{
	static const uint8_t zero[6];
	struct sy_secret *s = secret_of("123456");

	(void)state;
	sy_secret_clear(s);
	assert_int_equal(sy_secret_len(s), 0);
	assert_int_equal(sy_secret_capacity(s), 6);
	assert_memory_equal(sy_secret_bytes(s), zero, 6);
	assert_int_equal(sy_secret_append(s, "abcdef", 6), SY_OK);
	sy_secret_free(&s);
}

static void
free_takes_null_and_what_is_freed_already(void **state)
{
	struct sy_secret *s = NULL;

	(void)state;
	sy_secret_free(NULL);
	sy_secret_free(&s);
	s = secret_of("x");
	sy_secret_free(&s);
	sy_secret_free(&s);
	assert_null(s);
}

static void
equal_compares_length_and_every_byte(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool equal;
	} tc[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "1234", "1234", true },
		{ "1234", "12345", false },
		{ "0234", "1234", false },
		{ "1235", "1234", false },
		{ "\x81", "\x01", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_secret *a = secret_of(tc[i].a);
		struct sy_secret *b = secret_of(tc[i].b);

		assert_int_equal(sy_secret_equal(a, b), tc[i].equal);
		assert_int_equal(sy_secret_equal(b, a), tc[i].equal);
		sy_secret_free(&a);
		sy_secret_free(&b);
	}
}

static void
memequal_sees_every_single_bit(void **state)
{
	uint8_t a[16] = { 0 };
	uint8_t b[16] = { 0 };

	(void)state;
	assert_true(sy_memequal(a, b, sizeof(a)));
	assert_true(sy_memequal(NULL, NULL, 0));
	for (unsigned int bit = 0; bit < 8 * sizeof(a); bit++) {
		b[bit / 8] = (uint8_t)(1U << bit % 8);
		assert_false(sy_memequal(a, b, sizeof(a)));
		assert_true(sy_memequal(a, b, bit / 8));
		b[bit / 8] = 0;
	}
}

static void
memzero_wipes_all_and_takes_nothing(void **state)
{
	static const uint8_t zero[8];
	uint8_t a[9];

	(void)state;
	memset(a, 0xff, sizeof(a));
	sy_memzero(a, 8);
	assert_memory_equal(a, zero, 8);
	assert_int_equal(a[8], 0xff);
	sy_memzero(NULL, 0);
}

/* Does the kernel say ${flag} (proc(5), smaps) of the page of ${at}? */
static bool
page_has_flag(const void *at, const char *flag)
{
	char line[512];
	bool inside = false;
	bool found = false;
	FILE *f = fopen("/proc/self/smaps", "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *dash;
		const uintptr_t from = (uintptr_t)strtoull(line, &dash, 16);

		if (*dash == '-')
			inside = (uintptr_t)at >= from &&
			    (uintptr_t)at <
				(uintptr_t)strtoull(dash + 1, NULL, 16);
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, flag) != NULL;
	}
	fclose(f);
	return found;
}

/*
 * AddressSanitizer makes mlock do nothing; then there is nothing to see. The
 * real one refuses a page that is not there.
 */
static void
skip_without_mlock(void)
{
	if (mlock(NULL, 1) == 0)
		skip();
}

static void
pages_stay_out_of_core_dumps(void **state)
{
	struct sy_secret *s = secret_of("123456");

	(void)state;
	assert_true(page_has_flag(sy_secret_bytes(s), " dd"));
	sy_secret_free(&s);
}

static void
pages_are_locked_if_it_says_so(void **state)
{
	struct sy_secret *s;

	(void)state;
	skip_without_mlock();
	s = secret_of("123456");
	assert_int_equal(page_has_flag(sy_secret_bytes(s), " lo"),
	    sy_secret_is_locked(s));
	sy_secret_free(&s);
}

static void
a_refused_lock_is_tolerated_and_told(void **state)
{
	const struct rlimit none = { 0, 0 };
	struct sy_secret *s = NULL;
	pid_t child;
	int status;

	(void)state;
	skip_without_mlock();
	/* Limits bind only who is not root, so a child gives up both. */
	assert_true((child = fork()) >= 0);
	if (child == 0) {
		if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 ||
		    (geteuid() == 0 && setuid(65534) != 0))
			_exit(2);
		if (sy_secret_new(8, &s) != SY_OK || sy_secret_is_locked(s) ||
		    sy_secret_append(s, "12345678", 8) != SY_OK)
			_exit(1);
		sy_secret_free(&s);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
a_page_that_cannot_be_touched_follows_the_last_byte(void **state)
{
	struct sy_secret *s = NULL;
	const uint8_t *end;

	(void)state;
	assert_int_equal(sy_secret_new(100, &s), SY_OK);
	end = sy_secret_bytes(s) + 100;
	assert_true(page_has_flag(end - 1, " rd"));
	assert_true(page_has_flag(end - 1, " wr"));
	/* It is ours, as it stays out of core dumps too. */
	assert_true(page_has_flag(end, " dd"));
	assert_false(page_has_flag(end, " rd"));
	assert_false(page_has_flag(end, " wr"));
	sy_secret_free(&s);
}

static void
a_failed_allocation_is_no_memory(void **state)
{
	struct sy_secret *s = NULL;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = sy_secret_new(64, &s);
		if (faults_disarm()) {
			assert_int_equal(err, SY_ERR_NOMEM);
			assert_null(s);
		}
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 2);
	sy_secret_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capacities_outside_one_to_65536_are_refused),
		cmocka_unit_test(
		    append_fills_up_to_the_last_byte_and_no_further),
		cmocka_unit_test(clear_wipes_the_bytes_and_keeps_the_capacity),
		cmocka_unit_test(free_takes_null_and_what_is_freed_already),
		cmocka_unit_test(equal_compares_length_and_every_byte),
		cmocka_unit_test(memequal_sees_every_single_bit),
		cmocka_unit_test(memzero_wipes_all_and_takes_nothing),
		cmocka_unit_test(pages_stay_out_of_core_dumps),
		cmocka_unit_test(pages_are_locked_if_it_says_so),
		cmocka_unit_test(a_refused_lock_is_tolerated_and_told),
		cmocka_unit_test(
		    a_page_that_cannot_be_touched_follows_the_last_byte),
		cmocka_unit_test(a_failed_allocation_is_no_memory),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
