/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that a record names. */
#include <stdlib.h>

#include "server/ledger/ledger_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct sy_audit_pair pair = { ROWS_PAIR, data, len, true };
	const struct sy_audit_record record = {
		.seq = 1, .pairs = &pair, .pair_count = 1
	};
	struct row_map *map;
	enum sy_err err;

	if (row_map_new(&map) != SY_OK)
		abort();
	err = refs_apply(map, &record);
	if (err != SY_OK && err != SY_ERR_LOG)
		abort();
	row_map_free(&map);
	return 0;
}
