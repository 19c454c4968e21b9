/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_INHERENCE_METADATA_INT_H
#define SY_INHERENCE_METADATA_INT_H

#include <jansson.h>

#include <sanyoso/buf.h>
#include <sanyoso/metadata.h>

/* What the files about metadata share. */
#define SY_METADATA_MODELS_MAX 8192
#define SY_METADATA_ROOTS_MAX  64 /* of one model */

/* Numbers from the head of a file. */
struct sy_metadata_head {
	int64_t number;
	int64_t next_update;
	uint32_t count;
};
/* The compact form: a head, then ${count} models in the order of AAGUIDs. */
void sy_metadata_put_head(struct sy_buf *buf,
    const struct sy_metadata_head *head);
/* ${model->roots} follow, each as bytes16, model->root_count of them. */
void sy_metadata_put_model(struct sy_buf *buf, const struct sy_model *model);

/* "YYYY-MM-DD" at midnight UTC, in seconds. */
bool sy_metadata_day(const char *text, int64_t *ret);

/*
 * One entry of a file at ${now}, into the compact form. A certificate that is
 * none is passed over: nothing can end at it. FORMAT with ${place}, NOMEM.
 */
SY_MUST_USE enum sy_err sy_metadata_take_entry(const json_t *entry,
    const char *place, int64_t now, struct sy_buf *buf,
    struct sy_error *reterr);

#endif /* SY_INHERENCE_METADATA_INT_H */
