/* SPDX-License-Identifier: Apache-2.0 */
/* server/hasher/arena.c: the one mapping that argon2id asks for is kept, wiped
 * and given back; every other is the system's. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sanyoso/password.h>

#include "lib/core/sanitized.h"
#include "server/hasher/arena.h"
#include "tests/support/unit.h"

#define KIB    1024U
#define MEMORY SY_HASH_MEMORY_MIN
#define SIZE   ((size_t)MEMORY * KIB)

/* Of automake: could not be run. */
#define SKIPPED 77

static int
teardown(void **state)
{
	(void)state;
	arena_release();
	arena_expect(0);
	return 0;
}

/* As libsodium asks for it. */
static void *
map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static bool
is_mapped(void *p)
{
	unsigned char there;

	return mincore(p, 1, &there) == 0;
}

static void
hash(uint32_t memory, uint8_t ret[SY_HASH_OUTPUT_SIZE])
{
	SY_AUTO(sy_secret_free) struct sy_secret *password = NULL;
	static const uint8_t salt[SY_HASH_SALT_SIZE] = { 1 };
	const struct sy_hash_params params = { memory, 1 };

	assert_int_equal(sy_secret_new(8, &password), SY_OK);
	assert_int_equal(sy_secret_append(password, "password", 8), SY_OK);
	assert_int_equal(sy_password_hash(password, &params, salt, ret), SY_OK);
}

static void
libsodium_takes_its_memory_from_here(void **state)
{
	uint8_t plain[SY_HASH_OUTPUT_SIZE], first[SY_HASH_OUTPUT_SIZE],
	    again[SY_HASH_OUTPUT_SIZE];

	(void)state;
	hash(MEMORY, plain);
	assert_false(arena_took());
	assert_int_equal(arena_size(), 0);
	arena_expect(MEMORY);
	assert_false(arena_took());
	hash(MEMORY, first);
	assert_true(arena_took());
	assert_int_equal(arena_size(), SIZE);
	arena_expect(MEMORY);
	assert_false(arena_took());
	/* Over what the last one left. */
	hash(MEMORY, again);
	assert_true(arena_took());
	assert_memory_equal(plain, first, sizeof(plain));
	assert_memory_equal(plain, again, sizeof(plain));
}

static void
memory_that_is_no_multiple_of_four_is_taken_too(void **state)
{
	uint8_t out[SY_HASH_OUTPUT_SIZE];

	(void)state;
	for (uint32_t more = 0; more < 5; more++) {
		arena_expect(MEMORY + more);
		hash(MEMORY + more, out);
		assert_true(arena_took());
		assert_int_equal(arena_size(), SIZE + more / 4 * 4 * KIB);
	}
}

static void
the_same_mapping_is_handed_out_again(void **state)
{
	char *p;

	(void)state;
	arena_expect(MEMORY);
	p = map(SIZE);
	p[SIZE - 1] = 7;
	assert_int_equal(munmap(p, SIZE), 0);
	assert_true(is_mapped(p));
	assert_int_equal(p[SIZE - 1], 7);
	assert_ptr_equal(map(SIZE), p);
	assert_int_equal(p[SIZE - 1], 7);
}

static void
what_was_left_is_wiped(void **state)
{
	char *p;

	(void)state;
	arena_expect(MEMORY);
	p = map(SIZE);
	memset(p, 7, SIZE);
	assert_int_equal(munmap(p, SIZE), 0);
	arena_wipe();
	assert_true(is_mapped(p));
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(p[i], 0);
	/* What was used again is wiped again. */
	assert_ptr_equal(map(SIZE), p);
	p[0] = 7;
	assert_int_equal(munmap(p, SIZE), 0);
	arena_wipe();
	assert_int_equal(p[0], 0);
}

static void
it_is_given_back(void **state)
{
	char *p;

	(void)state;
	arena_expect(MEMORY);
	p = map(SIZE);
	assert_int_equal(munmap(p, SIZE), 0);
	arena_release();
	assert_false(is_mapped(p));
	assert_int_equal(arena_size(), 0);
	/* The next makes a new one. */
	(void)map(SIZE);
	assert_int_equal(arena_size(), SIZE);
}

static void
one_that_is_too_small_is_given_back_first(void **state)
{
	char *p;

	(void)state;
	arena_expect(MEMORY);
	p = map(SIZE);
	assert_int_equal(munmap(p, SIZE), 0);
	arena_expect(2 * MEMORY);
	assert_false(is_mapped(p));
	assert_int_equal(arena_size(), 0);
	(void)map(2 * SIZE);
	assert_int_equal(arena_size(), 2 * SIZE);
}

/* Two sizes that take turns find their pages in place. */
static void
a_larger_one_serves_and_stays(void **state)
{
	uint8_t plain[SY_HASH_OUTPUT_SIZE], inside[SY_HASH_OUTPUT_SIZE];
	char *p;

	(void)state;
	hash(MEMORY, plain);
	arena_expect(2 * MEMORY);
	p = map(2 * SIZE);
	p[2 * SIZE - 1] = 7;
	assert_int_equal(munmap(p, 2 * SIZE), 0);
	arena_expect(MEMORY);
	assert_ptr_equal(map(SIZE), p);
	assert_int_equal(munmap(p, SIZE), 0);
	assert_true(is_mapped(p));
	hash(MEMORY, inside);
	assert_true(arena_took());
	assert_memory_equal(plain, inside, sizeof(plain));
	assert_int_equal(arena_size(), 2 * SIZE);
	arena_expect(2 * MEMORY);
	assert_ptr_equal(map(2 * SIZE), p);
	assert_int_equal(munmap(p, 2 * SIZE), 0);
	/* All of it is wiped, whatever was used last. */
	arena_expect(MEMORY);
	arena_wipe();
	assert_int_equal(p[2 * SIZE - 1], 0);
}

/* One dear hash among many is not to cost its memory for as long as hashes
 * follow each other. */
static void
a_larger_one_that_nobody_needs_is_given_back(void **state)
{
	char *p;

	(void)state;
	arena_expect(2 * MEMORY);
	assert_int_equal(munmap(map(2 * SIZE), 2 * SIZE), 0);
	for (unsigned int i = 1; i < ARENA_SPARE; i++)
		arena_expect(MEMORY);
	assert_int_equal(arena_size(), 2 * SIZE);
	/* One that takes all of it in time has it stay. */
	arena_expect(2 * MEMORY);
	for (unsigned int i = 1; i < ARENA_SPARE; i++)
		arena_expect(MEMORY);
	assert_int_equal(arena_size(), 2 * SIZE);
	arena_expect(MEMORY);
	assert_int_equal(arena_size(), 0);
	p = map(SIZE);
	assert_int_equal(arena_size(), SIZE);
	assert_int_equal(munmap(p, SIZE), 0);
	/* What fits stays, however many come. */
	for (unsigned int i = 0; i < 2 * ARENA_SPARE; i++)
		arena_expect(MEMORY);
	assert_int_equal(arena_size(), SIZE);
}

/* None of these may get the kept one, nor keep another. */
static void
nothing_else_is_kept(void **state)
{
	static const struct {
		const char *what;
		size_t size;
		int protection, flags;
	} tc[] = {
		{ "a page less", SIZE - 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS },
		{ "a page more", SIZE + 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS },
		{ "read only", SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS },
		{ "shared", SIZE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS },
	};
	char *kept, *p;

	(void)state;
	arena_expect(MEMORY);
	kept = map(SIZE);
	assert_int_equal(munmap(kept, SIZE), 0);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		p = mmap(NULL, tc[i].size, tc[i].protection, tc[i].flags, -1,
		    0);
		assert_ptr_not_equal(p, MAP_FAILED);
		assert_ptr_not_equal(p, kept);
		assert_int_equal(munmap(p, tc[i].size), 0);
		assert_false(is_mapped(p));
	}
	/* A second one while the first is in use. */
	assert_ptr_equal(map(SIZE), kept);
	p = map(SIZE);
	assert_ptr_not_equal(p, kept);
	assert_int_equal(munmap(p, SIZE), 0);
	assert_false(is_mapped(p));
	/* A part of the kept one is the system's business. */
	assert_int_equal(munmap(kept, SIZE), 0);
	assert_true(is_mapped(kept));
}

static void
a_failure_of_the_system_is_passed_on(void **state)
{
	(void)state;
	assert_ptr_equal(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, -1, 0),
	    MAP_FAILED);
	assert_int_equal(munmap((void *)1, 4096), -1);
}

/* "dd" in the flags of the mapping (proc(5)). */
static void
it_stays_out_of_core_dumps(void **state)
{
	unsigned long start, at;
	bool here = false, found = false;
	char line[1024];
	FILE *file;

	(void)state;
	arena_expect(MEMORY);
	start = (unsigned long)map(SIZE);
	assert_non_null(file = fopen("/proc/self/smaps", "re"));
	while (fgets(line, sizeof(line), file) != NULL) {
		char *end;

		at = strtoul(line, &end, 16);
		if (*end == '-')
			here = at == start;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, " dd") != NULL;
	}
	(void)fclose(file);
	assert_true(found);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, teardown)
	const struct CMUnitTest tests[] = {
		CASE(libsodium_takes_its_memory_from_here),
		CASE(memory_that_is_no_multiple_of_four_is_taken_too),
		CASE(the_same_mapping_is_handed_out_again),
		CASE(what_was_left_is_wiped),
		CASE(it_is_given_back),
		CASE(one_that_is_too_small_is_given_back_first),
		CASE(a_larger_one_serves_and_stays),
		CASE(a_larger_one_that_nobody_needs_is_given_back),
		CASE(nothing_else_is_kept),
		CASE(a_failure_of_the_system_is_passed_on),
		CASE(it_stays_out_of_core_dumps),
	};

	/* Sanitizers have a mmap of their own. */
	if (SY_SANITIZED)
		return SKIPPED;
	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
