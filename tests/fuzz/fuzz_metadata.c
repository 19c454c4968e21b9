/* SPDX-License-Identifier: Apache-2.0 */
/* A signed metadata file. Input: bytes16 roots in PEM, then the file. */
#include <stdlib.h>

#include <sanyoso/buf.h>
#include <sanyoso/metadata.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define NOW 1750000000

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_metadata *metadata = NULL;
	const struct sy_model *model;
	const uint8_t *roots;
	struct sy_reader r;
	size_t roots_len;

	sy_reader_init(&r, data, len);
	if (sy_reader_bytes16(&r, UINT16_MAX, &roots, &roots_len) != SY_OK)
		return 0;
	if (sy_metadata_import((const char *)r.at, sy_reader_left(&r),
		(const char *)roots, roots_len, NOW, &metadata, NULL) != SY_OK)
		return 0;
	for (size_t i = 0; (model = sy_metadata_at(metadata, i)) != NULL; i++) {
		if (sy_metadata_find(metadata, model->aaguid) != model)
			abort();
	}
	sy_metadata_free(&metadata);
	return 0;
}
