/* SPDX-License-Identifier: Apache-2.0 */
/* server/auth/hashing.c: CRED-1, what comes back has the keeper's pepper on
 * it; places are bounded, and nothing is lost when the server stops. */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/auth/hashing.h"
#include "tests/support/built.h"
#include "tests/support/ledgers.h"

#define PASSWORD "Kitsune-no-yomeiri-9"

struct scene {
	struct place place;
	struct event_base *base;
	struct hashing *hashing;
	struct sy_secret *password;
	/* Of the last result. */
	unsigned int results;
	enum sy_err result;
	struct hashing_one one[HASHING_MAX];
	bool password_wiped;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct hashing_config config = {
		.threads = 2, .places = 3, .params = { SY_HASH_MEMORY_MIN, 1 }
	};

	assert_non_null(s);
	place_make(&s->place);
	s->base = event_base_new();
	assert_non_null(s->base);
	config.base = s->base;
	config.keeper = s->place.keepers[1];
	config.hasher = built("sanyoso-hasher");
	assert_int_equal(hashing_new(&config, &s->hashing, NULL), SY_OK);
	assert_int_equal(sy_secret_new(64, &s->password), SY_OK);
	assert_int_equal(sy_secret_append(s->password, PASSWORD,
			     strlen(PASSWORD)),
	    SY_OK);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	hashing_free(&s->hashing);
	sy_secret_free(&s->password);
	event_base_free(s->base);
	place_remove(&s->place);
	free(s);
	return 0;
}

static void
done(void *ctx, const struct hashing_work *work, enum sy_err result)
{
	struct scene *s = ctx;

	s->results++;
	s->result = result;
	s->password_wiped = work->password == NULL;
	memcpy(s->one, work->one, sizeof(s->one));
}

static struct hashing_place *
start_one(struct scene *s, int64_t owner)
{
	struct hashing_place *p = NULL;

	assert_int_equal(hashing_reserve(s->hashing, 1, &p), SY_OK);
	assert_int_equal(hashing_set(p, owner, s->password), SY_OK);
	assert_int_equal(hashing_add_new(p), SY_OK);
	return p;
}

static void
run_until(struct scene *s, unsigned int results)
{
	while (s->results < results)
		(void)event_base_loop(s->base, EVLOOP_ONCE);
}

static void
pepper(struct scene *s, int64_t owner, uint8_t hash[SY_HASH_OUTPUT_SIZE])
{
	struct keeper *k = s->place.keepers[1];
	const uint8_t *view;
	size_t len;

	keeper_begin(k);
	keeper_add_pepper(k, owner, hash, SY_HASH_OUTPUT_SIZE);
	assert_int_equal(keeper_run(k), SY_OK);
	assert_int_equal(keeper_next(k, &view, &len), SY_OK);
	assert_int_equal(len, SY_HASH_OUTPUT_SIZE);
	memcpy(hash, view, len);
}

static void
a_hash_is_argon2id_under_the_pepper(void **state)
{
	struct scene *s = *state;
	struct hashing_place *p = start_one(s, 12);
	uint8_t hash[SY_HASH_OUTPUT_SIZE];

	hashing_start(&p, done, s);
	assert_null(p);
	run_until(s, 1);
	assert_int_equal(s->result, SY_OK);
	assert_true(s->password_wiped);
	assert_int_equal(s->one[0].params.memory, SY_HASH_MEMORY_MIN);
	assert_int_equal(sy_password_hash(s->password, &s->one[0].params,
			     s->one[0].salt, hash),
	    SY_OK);
	assert_memory_not_equal(hash, s->one[0].hash, sizeof(hash));
	pepper(s, 12, hash);
	assert_memory_equal(hash, s->one[0].hash, sizeof(hash));
	assert_int_equal(hashing_taken(s->hashing), 0);
}

static void
one_password_under_many_salts(void **state)
{
	struct scene *s = *state;
	struct hashing_place *p = start_one(s, 12);
	struct password_row row = { .memory = SY_HASH_MEMORY_MIN + 8,
		.passes = 2 };
	uint8_t hash[SY_HASH_OUTPUT_SIZE];

	memset(row.salt, 7, sizeof(row.salt));
	while (hashing_work(p)->count < HASHING_MAX)
		assert_int_equal(hashing_add_new(p), SY_OK);
	assert_int_equal(hashing_add_new(p), SY_ERR_LIMIT);
	hashing_as_stored(hashing_work(p), 3, &row);
	hashing_start(&p, done, s);
	run_until(s, 1);
	assert_int_equal(s->result, SY_OK);
	for (size_t i = 0; i < HASHING_MAX; i++) {
		assert_int_equal(sy_password_hash(s->password,
				     &s->one[i].params, s->one[i].salt, hash),
		    SY_OK);
		pepper(s, 12, hash);
		assert_memory_equal(hash, s->one[i].hash, sizeof(hash));
	}
	assert_int_equal(s->one[3].params.passes, 2);
	assert_memory_equal(s->one[3].salt, row.salt, sizeof(row.salt));
	/* No salt comes twice. */
	assert_memory_not_equal(s->one[0].salt, s->one[1].salt,
	    SY_HASH_SALT_SIZE);
}

/* Blocks of memory times passes are what is counted. */
static void
what_is_missing_to_the_present_parameters_is_hashed_too(void **state)
{
	static const struct {
		const char *what;
		struct sy_hash_params now, one, more;
	} tc[] = {
		{ "the same", { 9216, 2 }, { 9216, 2 }, { 0, 0 } },
		{ "dearer", { 9216, 2 }, { 9216, 3 }, { 0, 0 } },
		{ "the same work otherwise", { 16384, 1 }, { 8192, 2 },
		    { 0, 0 } },
		{ "less memory", { 20480, 1 }, { 8192, 1 }, { 12288, 1 } },
		{ "least of all", { 9216, 1 }, { 8192, 1 }, { 1024, 1 } },
		{ "fewer passes", { 16384, 4 }, { 16384, 1 }, { 16384, 3 } },
		{ "both", { 16384, 3 }, { 8192, 1 }, { 13653, 3 } },
		{ "more memory, fewer passes", { 16384, 3 }, { 32768, 1 },
		    { 16384, 1 } },
	};
	struct scene *s = *state;
	struct hashing_config config = { .base = s->base,
		.keeper = s->place.keepers[1],
		.hasher = built("sanyoso-hasher"),
		.threads = 1,
		.places = 1 };
	struct hashing *hashing = NULL;
	struct hashing_place *p = NULL;
	struct hashing_work *work;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		config.params = tc[i].now;
		assert_int_equal(hashing_new(&config, &hashing, NULL), SY_OK);
		assert_int_equal(hashing_reserve(hashing, 1, &p), SY_OK);
		assert_int_equal(hashing_add_new(p), SY_OK);
		work = hashing_work(p);
		work->one[0].params = tc[i].one;
		hashing_even(p);
		assert_int_equal(work->more.passes, tc[i].more.passes);
		assert_int_equal(work->more.memory, tc[i].more.memory);
		assert_int_equal(work->count, 1);
		hashing_release(&p);
		hashing_free(&hashing);
	}
}

static void
there_are_so_many_places_and_no_more(void **state)
{
	struct scene *s = *state;
	struct hashing_place *p[3], *more = NULL;

	for (int i = 0; i < 3; i++)
		assert_int_equal(hashing_reserve(s->hashing, i, &p[i]), SY_OK);
	assert_int_equal(hashing_reserve(s->hashing, 9, &more), SY_ERR_BUSY);
	assert_null(more);
	for (int i = 0; i < 3; i++) {
		hashing_release(&p[i]);
		hashing_release(&p[i]);
	}
	assert_int_equal(hashing_taken(s->hashing), 0);
}

static void
a_server_that_stops_reports_what_is_left(void **state)
{
	struct scene *s = *state;
	struct hashing_place *p;

	for (int i = 0; i < 3; i++) {
		p = start_one(s, i);
		hashing_start(&p, done, s);
	}
	hashing_free(&s->hashing);
	assert_int_equal(s->results, 3);
}

static void
parameters_out_of_bounds_give_no_hash(void **state)
{
	struct scene *s = *state;
	struct hashing_place *p = start_one(s, 1);

	hashing_work(p)->one[0].params.memory = SY_HASH_MEMORY_MAX + 1;
	hashing_start(&p, done, s);
	run_until(s, 1);
	assert_int_equal(s->result, SY_ERR_ARG);
	assert_true(s->password_wiped);
}

/* It fails, and is never a hash; whoever asks is told. */
static void
without_a_process_that_stays_there_is_no_hash(void **state)
{
	struct scene *s = *state;
	char dir[] = "/tmp/test_hashing.XXXXXX", fake[64];
	struct hashing_config config = { .base = s->base,
		.keeper = s->place.keepers[1],
		.hasher = fake,
		.threads = 1,
		.places = 2,
		.params = { SY_HASH_MEMORY_MIN, 1 } };
	struct hashing_place *p;

	assert_false(hashing_fails(s->hashing));
	hashing_free(&s->hashing);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(fake, sizeof(fake), "%s/dies", dir);
	assert_int_equal(symlink(built("tests/support/fake-hasher"), fake), 0);
	assert_int_equal(hashing_new(&config, &s->hashing, NULL), SY_OK);
	p = start_one(s, 1);
	hashing_start(&p, done, s);
	run_until(s, 1);
	assert_int_equal(s->result, SY_ERR_BUSY);
	assert_true(s->password_wiped);
	assert_true(hashing_fails(s->hashing));
	/* And then it works again. */
	assert_int_equal(unlink(fake), 0);
	assert_int_equal(symlink(built("sanyoso-hasher"), fake), 0);
	p = start_one(s, 1);
	hashing_start(&p, done, s);
	run_until(s, 2);
	assert_int_equal(s->result, SY_OK);
	assert_false(hashing_fails(s->hashing));
	assert_int_equal(unlink(fake), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* The server starts all the same, and tells at once. */
static void
without_the_program_hashes_fail_until_it_is_there(void **state)
{
	struct scene *s = *state;
	char dir[] = "/tmp/test_hashing.XXXXXX", path[64];
	const struct hashing_config config = { .base = s->base,
		.keeper = s->place.keepers[1],
		.hasher = path,
		.threads = 1,
		.places = 2,
		.params = { SY_HASH_MEMORY_MIN, 1 } };
	struct hashing_place *p;

	hashing_free(&s->hashing);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/sanyoso-hasher", dir);
	assert_int_equal(hashing_new(&config, &s->hashing, NULL), SY_OK);
	assert_true(hashing_fails(s->hashing));
	p = start_one(s, 1);
	hashing_start(&p, done, s);
	run_until(s, 1);
	assert_int_equal(s->result, SY_ERR_BUSY);
	assert_true(hashing_fails(s->hashing));
	assert_int_equal(symlink(built("sanyoso-hasher"), path), 0);
	p = start_one(s, 1);
	hashing_start(&p, done, s);
	run_until(s, 2);
	assert_int_equal(s->result, SY_OK);
	assert_false(hashing_fails(s->hashing));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
a_machine_has_at_least_one_thread(void **state)
{
	(void)state;
	assert_true(hashing_threads() >= 1);
	assert_true(hashing_threads() <= CREW_THREADS_MAX);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_hash_is_argon2id_under_the_pepper),
		CASE(one_password_under_many_salts),
		CASE(what_is_missing_to_the_present_parameters_is_hashed_too),
		CASE(there_are_so_many_places_and_no_more),
		CASE(a_server_that_stops_reports_what_is_left),
		CASE(parameters_out_of_bounds_give_no_hash),
		CASE(without_a_process_that_stays_there_is_no_hash),
		CASE(without_the_program_hashes_fail_until_it_is_there),
		cmocka_unit_test(a_machine_has_at_least_one_thread),
	};

	return cmocka_run_group_tests_name("hashing", tests, NULL, NULL);
}
