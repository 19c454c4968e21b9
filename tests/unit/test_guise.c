/* SPDX-License-Identifier: Apache-2.0 */
/* server/auth/guise.c: names that nobody has cost what people cost. */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "server/auth/guise.h"
#include "server/store/tables.h"
#include "tests/support/ledgers.h"

#define NOW    1000
#define MEMORY SY_HASH_MEMORY_MIN

static const struct sy_hash_params present = { MEMORY, 2 };

struct scene {
	struct place place;
	struct guises guises;
	int people;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	place_make(&s->place);
	place_open(&s->place);
	guises_init(&s->guises, &present);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	place_remove(&s->place);
	free(s);
	return 0;
}

static void
add(struct scene *s, int64_t state, int64_t memory, int64_t passes,
    struct password_row *ret)
{
	struct id_row id;
	char login[24];

	(void)snprintf(login, sizeof(login), "person%d", ++s->people);
	sample_id(&id, login);
	place_insert(&s->place, &row_type_id, &id);
	sample_password(ret, id.id, (uint8_t)s->people);
	ret->state = state;
	ret->memory = memory;
	ret->passes = passes;
	place_insert(&s->place, &row_type_password, ret);
}

static enum sy_err
run_change(struct ledger_tx *tx, void *ctx)
{
	enum sy_err err = place_audit(tx, "test.change", "");

	return err != SY_OK ? err : row_update(tx, &row_type_password, ctx);
}

static void
change(struct scene *s, struct password_row *row, int64_t passes)
{
	row->passes = passes;
	assert_int_equal(place_run(&s->place, run_change, row), SY_OK);
}

static void
count(struct scene *s, int64_t now)
{
	guises_count(&s->guises, ledger_reader(s->place.ledger), now);
}

/* Of all names, in 65536ths, those that cost ${memory} and ${passes}. */
static unsigned int
share(const struct scene *s, uint32_t memory, uint32_t passes)
{
	struct sy_hash_params params;
	unsigned int n = 0;

	for (uint32_t i = 0; i <= UINT16_MAX; i++) {
		guises_pick(&s->guises, (uint16_t)i, &params);
		n += params.memory == memory && params.passes == passes;
	}
	return n;
}

static void
without_people_all_cost_the_present_parameters(void **state)
{
	struct scene *s = *state;

	assert_int_equal(share(s, MEMORY, 2), 65536);
	count(s, NOW);
	assert_int_equal(share(s, MEMORY, 2), 65536);
}

static void
as_large_a_share_costs_more_as_of_people(void **state)
{
	struct scene *s = *state;
	struct password_row row;

	add(s, PASSWORD_ACTIVE, MEMORY, 1, &row); /* evened out */
	add(s, PASSWORD_ACTIVE, MEMORY, 2, &row);
	add(s, PASSWORD_TEMPORARY, 2 * MEMORY, 2, &row);
	add(s, PASSWORD_ACTIVE, MEMORY, 3, &row);
	add(s, PASSWORD_FORMER, MEMORY, 9, &row);
	add(s, PASSWORD_ACTIVE, SY_HASH_MEMORY_MAX + 4, 2, &row);
	add(s, PASSWORD_ACTIVE, MEMORY, SY_HASH_PASSES_MAX + 1, &row);
	count(s, NOW);
	assert_int_equal(share(s, 2 * MEMORY, 2), 16384);
	assert_int_equal(share(s, MEMORY, 3), 16384);
	assert_int_equal(share(s, MEMORY, 2), 32768);
}

/* The same name costs the same, or less when fewer people cost more. */
static void
no_name_gets_dearer(void **state)
{
	struct scene *s = *state;
	struct sy_hash_params params;
	struct password_row row[4];
	uint64_t before[256], work;

	for (int64_t i = 0; i < 4; i++)
		add(s, PASSWORD_ACTIVE, MEMORY, 2 + i, &row[i]);
	count(s, NOW);
	for (int i = 0; i < 256; i++) {
		guises_pick(&s->guises, (uint16_t)(256 * i), &params);
		before[i] = (uint64_t)params.memory * params.passes;
	}
	for (int64_t k = 3; k > 0; k--) {
		change(s, &row[k], 2);
		count(s, NOW + (4 - k) * GUISE_LIFE);
		assert_int_equal(share(s, MEMORY, 2), 65536 / 4 * (5 - k));
		for (int i = 0; i < 256; i++) {
			guises_pick(&s->guises, (uint16_t)(256 * i), &params);
			work = (uint64_t)params.memory * params.passes;
			assert_true(work <= before[i]);
			before[i] = work;
		}
	}
}

static void
people_are_counted_once_a_minute_while_some_cost_more(void **state)
{
	struct scene *s = *state;
	struct password_row row;

	add(s, PASSWORD_ACTIVE, MEMORY, 4, &row);
	count(s, NOW);
	change(s, &row, 2);
	count(s, NOW + GUISE_LIFE - 1);
	assert_int_equal(share(s, MEMORY, 4), 65536);
	count(s, NOW + GUISE_LIFE);
	assert_int_equal(share(s, MEMORY, 4), 0);
	/* From now on it is not looked any more. */
	change(s, &row, 4);
	count(s, NOW + 3 * GUISE_LIFE);
	assert_int_equal(share(s, MEMORY, 4), 0);
}

static void
of_too_many_kinds_the_dearest_are_known(void **state)
{
	struct scene *s = *state;
	struct password_row row;

	for (int64_t i = 0; i < GUISES_MAX + 2; i++)
		add(s, PASSWORD_ACTIVE, MEMORY, 3 + i, &row);
	count(s, NOW);
	assert_int_equal(s->guises.count, GUISES_MAX);
	assert_int_equal(share(s, MEMORY, 3), 0);
	assert_int_equal(share(s, MEMORY, 4), 0);
	assert_in_range(share(s, MEMORY, 5), 6553, 6554);
	assert_in_range(share(s, MEMORY, 2 + GUISES_MAX + 2), 6553, 6554);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(without_people_all_cost_the_present_parameters),
		CASE(as_large_a_share_costs_more_as_of_people),
		CASE(no_name_gets_dearer),
		CASE(people_are_counted_once_a_minute_while_some_cost_more),
		CASE(of_too_many_kinds_the_dearest_are_known),
	};

	return cmocka_run_group_tests_name("guise", tests, NULL, NULL);
}
