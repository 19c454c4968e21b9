/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/row_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/store/tables.h"

static int
setup(void **state)
{
	struct row_map *map;

	assert_int_equal(row_map_new(&map), SY_OK);
	*state = map;
	return 0;
}

static int
teardown(void **state)
{
	struct row_map *map = *state;

	row_map_free(&map);
	return 0;
}

static void
put(struct row_map *map, int64_t id, int64_t owner)
{
	const struct row_state state = { .seq = (uint64_t)id,
		.listed = { owner } };
	struct row_entry *entry;

	assert_int_equal(row_map_put(map, &row_type_token, id, &state, &entry),
	    SY_OK);
	assert_int_equal(entry->id, id);
}

/* Ids of an owner as "1 3 5 "; of all for owner -1. */
static void
expect_ids(struct row_map *map, int64_t owner, const char *ids)
{
	char text[256] = "", one[24];
	int64_t *found;
	size_t count;

	assert_int_equal(row_map_ids(map, &row_type_token,
			     owner < 0 ? ROW_LISTED_MAX : 0, owner, &found,
			     &count),
	    SY_OK);
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(one, sizeof(one), "%d ", (int)found[i]);
		(void)strcat(text, one);
	}
	free(found);
	assert_string_equal(text, ids);
}

static void
rows_stay_in_order_whatever_order_they_come_in(void **state)
{
	static const int64_t ids[] = { 5, 1, 9, 3, 7, 2, 8, 4, 6 };
	struct row_map *map = *state;

	for (size_t i = 0; i < SY_COUNT(ids); i++) {
		put(map, ids[i], ids[i] % 2);
		/* Looked at in between: from here on it is kept in order. */
		if (i == 4)
			expect_ids(map, 1, "1 3 5 7 9 ");
	}
	expect_ids(map, -1, "1 2 3 4 5 6 7 8 9 ");
	expect_ids(map, 0, "2 4 6 8 ");
	expect_ids(map, 1, "1 3 5 7 9 ");
	expect_ids(map, 2, "");
	assert_int_equal(row_map_count(map, &row_type_token), 9);
	assert_int_equal(row_map_last(map, &row_type_token), 9);
	assert_int_equal(row_map_at(map, &row_type_token, 3)->id, 4);
	assert_null(row_map_get(map, &row_type_token, 10));
	assert_null(row_map_get(map, &row_type_token, 0));
	assert_null(row_map_get(map, &row_type_id, 3));
	assert_int_equal(row_map_count(map, &row_type_id), 0);
	assert_int_equal(row_map_last(map, &row_type_id), 0);
}

static void
a_row_moves_in_its_list(void **state)
{
	struct row_map *map = *state;

	for (int64_t id = 1; id <= 6; id++)
		put(map, id, 1);
	put(map, 3, 2);
	put(map, 5, 2);
	expect_ids(map, 1, "1 2 4 6 ");
	expect_ids(map, 2, "3 5 ");
	put(map, 3, 1);
	expect_ids(map, 1, "1 2 3 4 6 ");
	expect_ids(map, 2, "5 ");
	assert_int_equal(row_map_count(map, &row_type_token), 6);
}

static void
what_is_taken_out_can_be_put_back(void **state)
{
	struct row_map *map = *state;
	struct row_entry *entry;

	for (int64_t id = 1; id <= 5; id++)
		put(map, id, id % 2);
	entry = row_map_detach(map, &row_type_token, 3);
	assert_non_null(entry);
	assert_null(row_map_detach(map, &row_type_token, 3));
	expect_ids(map, -1, "1 2 4 5 ");
	expect_ids(map, 1, "1 5 ");
	row_map_attach(map, &row_type_token, entry);
	expect_ids(map, -1, "1 2 3 4 5 ");
	expect_ids(map, 1, "1 3 5 ");
	assert_ptr_equal(row_map_get(map, &row_type_token, 3), entry);
}

/* What is taken out for good makes room for the next, which knows nothing of
 * it. */
static void
a_place_that_was_dropped_is_used_again(void **state)
{
	struct row_map *map = *state;
	struct row_entry *entry;

	put(map, 1, 7);
	put(map, 2, 7);
	entry = row_map_detach(map, &row_type_token, 1);
	assert_non_null(entry);
	entry->kept = (struct row_kept *)(uintptr_t)entry;
	entry->state.bad = SY_ERR_ROW_STALE;
	row_map_drop(map, NULL);
	row_map_drop(map, entry);
	put(map, 3, 8);
	assert_ptr_equal(row_map_get(map, &row_type_token, 3), entry);
	assert_null(entry->kept);
	assert_int_equal(entry->state.bad, SY_OK);
	expect_ids(map, 7, "2 ");
	expect_ids(map, 8, "3 ");
}

static void
many_rows_are_found_again(void **state)
{
	struct row_map *map = *state;
	int64_t *ids;
	size_t count;

	for (int64_t i = 0; i < 5000; i++)
		put(map, i * 7919 % 5003, i % 10);
	for (int64_t i = 0; i < 5000; i++) {
		const int64_t id = i * 7919 % 5003;
		const struct row_entry *entry =
		    row_map_get(map, &row_type_token, id);

		assert_non_null(entry);
		assert_int_equal(entry->state.listed[0], i % 10);
	}
	assert_int_equal(row_map_ids(map, &row_type_token, 0, 3, &ids, &count),
	    SY_OK);
	assert_int_equal(count, 500);
	for (size_t i = 1; i < count; i++)
		assert_true(ids[i - 1] < ids[i]);
	free(ids);
}

static void
lists_have_a_number_by_type(void **state)
{
	(void)state;
	assert_int_equal(row_listed_number(&row_type_token, "owner"), 0);
	assert_int_equal(row_listed_number(&row_type_invitation, "terminal"),
	    0);
	assert_int_equal(row_listed_number(&row_type_invitation, "owner"), 1);
	assert_int_equal(row_listed_number(&row_type_token, "state"),
	    ROW_LISTED_MAX);
	assert_int_equal(row_listed_number(&row_type_id, "owner"),
	    ROW_LISTED_MAX);
	for (size_t i = 0; row_types[i] != NULL; i++)
		assert_int_equal(row_type_number(row_types[i]), i);
}

static void
sums_carry_and_are_undone(void **state)
{
	uint8_t sum[SY_DIGEST_SIZE] = { 0 }, one[SY_DIGEST_SIZE] = { 0 };
	uint8_t all[SY_DIGEST_SIZE], zero[SY_DIGEST_SIZE] = { 0 };

	(void)state;
	one[31] = 1;
	memset(all, 0xff, sizeof(all));
	row_sum_add(sum, all);
	assert_memory_equal(sum, all, sizeof(sum));
	/* 2^256 - 1 and 1 are 0 modulo 2^256. */
	row_sum_add(sum, one);
	assert_memory_equal(sum, zero, sizeof(sum));
	row_sum_subtract(sum, one);
	assert_memory_equal(sum, all, sizeof(sum));
	row_sum_subtract(sum, all);
	assert_memory_equal(sum, zero, sizeof(sum));
	all[0] = 0;
	row_sum_add(sum, all);
	row_sum_add(sum, one);
	assert_int_equal(sum[0], 1);
	assert_memory_equal(sum + 1, zero, sizeof(sum) - 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(rows_stay_in_order_whatever_order_they_come_in),
		CASE(a_row_moves_in_its_list),
		CASE(what_is_taken_out_can_be_put_back),
		CASE(a_place_that_was_dropped_is_used_again),
		CASE(many_rows_are_found_again),
		cmocka_unit_test(lists_have_a_number_by_type),
		cmocka_unit_test(sums_carry_and_are_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
