/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_METADATA_FILE_H
#define SERVER_IDENTITY_METADATA_FILE_H

#include "server/identity/metadata.h"
#include "server/store/tables.h"

/* Row and file of the metadata: shared by start and import. */

/* Takes ${*metadata} over. NOMEM. */
SY_MUST_USE enum sy_err metadata_ref_new(struct sy_metadata **metadata,
    int64_t imported, struct metadata_ref **ret_ref);

/* The one row there is; zeroed (id 0) if there is none. Any thread's view. The
 * errors of row_walk. */
SY_MUST_USE enum sy_err metadata_row_read(struct row_view *view,
    struct metadata_row *ret);
/* LIMIT. */
SY_MUST_USE enum sy_err metadata_file_path(const struct paths *paths,
    int64_t number, char ret[PATH_SIZE]);
/* SHA-256. CRYPTO. */
SY_MUST_USE enum sy_err metadata_digest(const uint8_t *bytes, size_t len,
    uint8_t ret[SY_DIGEST_SIZE]);
/* Remove the files of all numbers but this. Best effort: what is left is not
 * read. */
void metadata_file_tidy(const struct paths *paths, int64_t number);

#endif /* SERVER_IDENTITY_METADATA_FILE_H */
