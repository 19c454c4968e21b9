/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/ledger/ledger_int.h"

static void
map_free(struct row_map **map)
{
	row_map_free(map);
}

static enum sy_err
apply(struct row_map *map, const char *text, uint64_t seq)
{
	const struct sy_audit_pair pairs[] = {
		{ "other", (const uint8_t *)"id:9", 4, true },
		{ ROWS_PAIR, (const uint8_t *)text, strlen(text), true },
	};
	const struct sy_audit_record record = {
		.seq = seq, .pairs = pairs, .pair_count = SY_COUNT(pairs)
	};

	return refs_apply(map, &record);
}

static void
what_is_written_is_read_back(void **state)
{
	SY_AUTO(map_free) struct row_map *map = NULL;
	SY_AUTO(sy_buf_free) struct sy_buf *text = NULL;
	struct row_change change = { .type = &row_type_invitation,
		.id = 12,
		.has = true,
		.after = { .listed = { 3, -4 } } };
	const struct row_entry *entry;
	char line[256];

	(void)state;
	assert_int_equal(row_map_new(&map), SY_OK);
	assert_int_equal(sy_buf_new(256, &text), SY_OK);
	assert_int_equal(refs_add(text, &change), SY_OK);
	change = (struct row_change){
		.type = &row_type_id, .id = INT64_MAX, .has = true
	};
	assert_int_equal(refs_add(text, &change), SY_OK);
	change = (struct row_change){ .type = &row_type_hold,
		.id = 7,
		.had = true,
		.before = { .listed = { 9, 5 } } };
	assert_int_equal(refs_add(text, &change), SY_OK);
	(void)snprintf(line, sizeof(line), "%.*s", (int)sy_buf_len(text),
	    (const char *)sy_buf_data(text));
	assert_string_equal(line,
	    "invitation:12@3@-4 id:9223372036854775807 -hold:7@9@5");

	assert_int_equal(apply(map, "hold:7@9@5 hold:8@9@5", 1), SY_OK);
	assert_int_equal(apply(map, line, 2), SY_OK);
	entry = row_map_get(map, &row_type_invitation, 12);
	assert_non_null(entry);
	assert_int_equal(entry->state.seq, 2);
	assert_int_equal(entry->state.listed[0], 3);
	assert_int_equal(entry->state.listed[1], -4);
	assert_non_null(row_map_get(map, &row_type_id, INT64_MAX));
	assert_null(row_map_get(map, &row_type_hold, 7));
	assert_int_equal(row_map_get(map, &row_type_hold, 8)->state.seq, 1);
	assert_null(row_map_get(map, &row_type_id, 9));
}

static void
a_row_that_comes_and_goes_in_one_record_is_gone(void **state)
{
	SY_AUTO(map_free) struct row_map *map = NULL;

	(void)state;
	assert_int_equal(row_map_new(&map), SY_OK);
	assert_int_equal(apply(map, "hold:1@2@0 -hold:1@2@0", 1), SY_OK);
	assert_int_equal(row_map_count(map, &row_type_hold), 0);
	assert_int_equal(apply(map, "-hold:1@2@0 hold:1@2@0", 1), SY_OK);
	assert_int_equal(row_map_count(map, &row_type_hold), 1);
}

static void
what_is_no_list_of_rows_is_refused(void **state)
{
	static const char *const bad[] = { "", " ", "id", "id:", "id:x", ":1",
		"nothing:1", "id:1 ", " id:1", "id:1  id:2", "id:1,id:2",
		"id:1@2", "hold:1@2", "hold:1@2@3@4", "token:1", "token:1@",
		"token:1@x", "token:1@2@3", "--id:1", "id:9223372036854775808",
		"ID:1", "id:1\n" };
	SY_AUTO(map_free) struct row_map *map = NULL;

	(void)state;
	assert_int_equal(row_map_new(&map), SY_OK);
	for (size_t i = 0; i < SY_COUNT(bad); i++) {
		print_message("  \"%s\"\n", bad[i]);
		assert_int_equal(apply(map, bad[i], 1), SY_ERR_LOG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(
		    a_row_that_comes_and_goes_in_one_record_is_gone),
		cmocka_unit_test(what_is_no_list_of_rows_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
