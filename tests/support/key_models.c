/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/key_models.h"

#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/inherence/metadata_int.h"
#include "server/identity/metadata.h"

#define PACKED_MAX 4096

static const struct sy_model models[] = {
	{ .aaguid = { MODEL_PLAIN }, .client_pin = true },
	{ .aaguid = { MODEL_FINGER },
	    .client_pin = true,
	    .fingerprint = true,
	    .built_in = true,
	    .uvm = true },
	{ .aaguid = { MODEL_PINLESS },
	    .fingerprint = true,
	    .built_in = true,
	    .biometric_only = true },
};

/* As if they had been imported. */
static struct sy_metadata *
metadata_with(uint8_t compromised)
{
	const struct sy_metadata_head head = {
		.number = 1, .next_update = INT64_MAX, .count = SY_COUNT(models)
	};
	SY_AUTO(sy_buf_free) struct sy_buf *buf = NULL;
	struct sy_metadata *metadata = NULL;

	assert_int_equal(sy_buf_new(PACKED_MAX, &buf), SY_OK);
	sy_metadata_put_head(buf, &head);
	for (size_t i = 0; i < SY_COUNT(models); i++) {
		struct sy_model model = models[i];

		if (model.aaguid[0] == compromised)
			model.status = SY_MODEL_COMPROMISED;
		memset(model.aaguid, model.aaguid[0], sizeof(model.aaguid));
		sy_metadata_put_model(buf, &model);
	}
	assert_int_equal(sy_metadata_unpack(sy_buf_data(buf), sy_buf_len(buf),
			     &metadata, NULL),
	    SY_OK);
	return metadata;
}

static void
put(struct office *o, uint8_t compromised)
{
	struct metadata_ref *ref = calloc(1, sizeof(*ref));

	assert_non_null(ref);
	ref->metadata = metadata_with(compromised);
	ref->count = 1;
	metadata_ref_drop(&o->server.metadata);
	o->server.metadata = ref;
}

void
key_models(struct office *o)
{
	put(o, 0);
}

void
key_models_compromised(struct office *o, uint8_t model)
{
	put(o, model);
}
