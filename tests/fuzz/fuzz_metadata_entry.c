/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry of a metadata file, as if the right hands had signed it: what is
 * taken is a model in good compact form.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/inherence/metadata_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define NOW 1750000000

static void
check(const struct sy_buf *buf)
{
	static const uint8_t nobody[SY_AAGUID_SIZE];
	struct sy_metadata *metadata = NULL;
	const struct sy_model *model;
	const enum sy_err err = sy_metadata_unpack(sy_buf_data(buf),
	    sy_buf_len(buf), &metadata, NULL);

	/* Zeros are no model; the reader of files passes them over. */
	if (err != SY_OK) {
		if (memcmp(sy_buf_data(buf) + 22, nobody, sizeof(nobody)) != 0)
			abort();
		return;
	}
	model = sy_metadata_at(metadata, 0);
	if (model == NULL ||
	    (model->status == SY_MODEL_GOOD) != (model->report[0] == '\0'))
		abort();
	sy_metadata_free(&metadata);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct sy_metadata_head head = { 1, 1, 1 };
	json_t *entry =
	    json_loadb((const char *)data, len, JSON_REJECT_DUPLICATES, NULL);
	const char *words = json_string_value(json_object_get(entry, "aaguid"));
	struct sy_buf *buf = NULL;

	if (sy_buf_new(SY_METADATA_MAX, &buf) != SY_OK)
		abort();
	sy_metadata_put_head(buf, &head);
	if (words != NULL &&
	    sy_metadata_take_entry(entry, "entry", NOW, buf, NULL) == SY_OK)
		check(buf);
	sy_buf_free(&buf);
	json_decref(entry);
	return 0;
}
