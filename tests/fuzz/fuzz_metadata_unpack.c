/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata in compact form: what is taken packs to the bytes it came from. */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/metadata.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Reads every byte that a model shows. */
static unsigned int
sum_of(const struct sy_model *model)
{
	unsigned int sum =
	    (unsigned int)(strlen(model->name) + strlen(model->report));

	for (size_t i = 0; i < model->root_count; i++) {
		for (size_t k = 0; k < model->roots[i].len; k++)
			sum += model->roots[i].der[k];
	}
	return sum;
}

/* Read, so that the reading is not left out. */
static volatile unsigned int sum;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_metadata *metadata = NULL;
	uint8_t *bytes = NULL;
	size_t packed;

	if (sy_metadata_unpack(data, len, &metadata, NULL) != SY_OK)
		return 0;
	for (size_t i = 0; i < sy_metadata_count(metadata); i++) {
		const struct sy_model *model = sy_metadata_at(metadata, i);

		if (sy_metadata_find(metadata, model->aaguid) != model)
			abort();
		sum += sum_of(model);
	}
	if (sy_metadata_pack(metadata, &bytes, &packed) != SY_OK ||
	    packed != len || memcmp(bytes, data, len) != 0)
		abort();
	free(bytes);
	sy_metadata_free(&metadata);
	return 0;
}
