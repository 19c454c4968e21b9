/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sanyoso/password.h>
#include <sanyoso/text.h>

#include "tests/support/passwords.h"

#define SALT "0123456789abcdef"

static enum sy_err
hash(const char *text, const char *salt, uint32_t memory, uint32_t passes,
    char *ret_hex)
{
	const struct sy_hash_params params = { memory, passes };
	uint8_t out[SY_HASH_OUTPUT_SIZE] = { 7 };
	struct sy_secret *password = password_of(text);
	enum sy_err err;

	err = sy_password_hash(password, &params, (const uint8_t *)salt, out);
	sy_text_hex(out, sizeof(out), ret_hex);
	sy_secret_free(&password);
	return err;
}

/*
 * What the reference implementation says (argon2 of package argon2):
 *	printf %s PASSWORD | argon2 SALT -id -t PASSES -k KIB -p 1 -l 32 -r
 */
static const struct {
	const char *password;
	const char *salt;
	uint32_t memory;
	uint32_t passes;
	const char *hex;
} known[] = {
	{ "password", SALT, 8192, 1,
	    "fc96682477a0c5c8274a4a7217e2a32b"
	    "5fd51511377b8ad5be879f728e725aa5" },
	{ "password", "0123456789abcdee", 8192, 1,
	    "743272297d525df3681a3ae158bdd7e1"
	    "62833ed4a142e15cbc537aa8882ffd83" },
	{ "password", SALT, SY_HASH_MEMORY, SY_HASH_PASSES,
	    "9b361c3540bc7d6c648882a4619339f4"
	    "31eb0a91214865c26943865d74389bfe" },
	{ "password", SALT, 19456, 2,
	    "d2ab07b39ef7f8b806227cd86fbb11aa"
	    "5393066a98e17eacacd126eb26e9276d" },
	{ "さくらの花が咲くころ", "ABCDEFGHIJKLMNOP", 8192, 3,
	    "3edaf9db03a4f31a6c52e5e9547ed3cd"
	    "5a987a8a7b785bd135636d3848ff28d1" },
	{ "p", "0000000000000000", 8192, 16,
	    "9a33a5519ae1bc7e857236b9351be463"
	    "2fa382f1c90fe000b522f88d12f87209" },
};

static void
a_hash_is_what_the_reference_implementation_says(void **state)
{
	char hex[2 * SY_HASH_OUTPUT_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(known); i++) {
		print_message("  %s, %u KiB, %u passes\n", known[i].password,
		    known[i].memory, known[i].passes);
		assert_int_equal(hash(known[i].password, known[i].salt,
				     known[i].memory, known[i].passes, hex),
		    SY_OK);
		assert_string_equal(hex, known[i].hex);
	}
}

static void
parameters_out_of_bounds_are_refused_and_nothing_is_written(void **state)
{
	static const struct {
		const char *password;
		uint32_t memory;
		uint32_t passes;
	} tc[] = {
		{ "password", SY_HASH_MEMORY_LEAST - 1, 1 },
		{ "password", SY_HASH_MEMORY_MAX + 1, 1 },
		{ "password", 0, 1 },
		{ "password", UINT32_MAX, 1 },
		{ "password", SY_HASH_MEMORY_MIN, 0 },
		{ "password", SY_HASH_MEMORY_MIN, SY_HASH_PASSES_MAX + 1 },
		{ "", SY_HASH_MEMORY_MIN, 1 },
	};
	char hex[2 * SY_HASH_OUTPUT_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %u KiB, %u passes\n", tc[i].memory,
		    tc[i].passes);
		assert_int_equal(hash(tc[i].password, SALT, tc[i].memory,
				     tc[i].passes, hex),
		    SY_ERR_ARG);
		assert_memory_equal(hex, "0700000000000000", 16);
	}
}

/* What this process may map in all, beyond what it has now. */
static bool
limit_memory(size_t more)
{
	char text[64] = "";
	FILE *f = fopen("/proc/self/statm", "r");
	struct rlimit limit;

	if (f == NULL || fgets(text, sizeof(text), f) == NULL)
		return false;
	fclose(f);
	limit.rlim_cur =
	    (rlim_t)strtoull(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) +
	    more;
	limit.rlim_max = limit.rlim_cur;
	return setrlimit(RLIMIT_AS, &limit) == 0;
}

static int
hash_of_most_memory(void)
{
	char hex[2 * SY_HASH_OUTPUT_SIZE + 1];

	return (int)hash("password", SALT, SY_HASH_MEMORY_MAX, 1, hex);
}

/* In a process of its own, whose address space has no room for more. */
static void
memory_that_is_not_there_is_said_to_be_missing(void **state)
{
	const pid_t pid = fork();
	int status = 0;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(limit_memory(64 * 1024 * 1024) ? hash_of_most_memory()
						     : 99);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), SY_ERR_NOMEM);
}

#define THREADS 4
#define ROUNDS  8

static void *
hash_again_and_again(void *arg)
{
	const size_t which = *(const size_t *)arg;
	char hex[2 * SY_HASH_OUTPUT_SIZE + 1];
	size_t right = 0;

	for (size_t i = 0; i < ROUNDS; i++) {
		if (hash(known[which].password, known[which].salt,
			known[which].memory, known[which].passes,
			hex) == SY_OK &&
		    strcmp(hex, known[which].hex) == 0)
			right++;
	}
	return right == ROUNDS ? arg : NULL;
}

static void
threads_do_not_disturb_each_other(void **state)
{
	size_t which[THREADS];
	pthread_t thread[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		which[i] = i % 2;
		assert_int_equal(pthread_create(&thread[i], NULL,
				     hash_again_and_again, &which[i]),
		    0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *result = NULL;

		assert_int_equal(pthread_join(thread[i], &result), 0);
		assert_non_null(result);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_hash_is_what_the_reference_implementation_says),
		cmocka_unit_test(
		    parameters_out_of_bounds_are_refused_and_nothing_is_written),
		cmocka_unit_test(
		    memory_that_is_not_there_is_said_to_be_missing),
		cmocka_unit_test(threads_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
