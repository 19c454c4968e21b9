/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_MODEL_H
#define SERVER_IDENTITY_MODEL_H

#include "server/server.h"
#include "server/store/tables.h"

/* Models of FIDO2 keys, and the tokens that are of them. */

/* What other metadata change for the tokens that are there. */
struct model_worse {
	int64_t models; /* whose tokens worked and will not */
	int64_t tokens; /* those, if they have not ended */
	/* "AAGUID word tokens", see credential_model_works; separated by "; ",
	 * as many as there is room for. */
	char names[1024];
};
/* Any thread's view; ${former} may be NULL. Errors of the store, NOMEM. */
SY_MUST_USE enum sy_err model_worse_find(struct row_view *view,
    const struct sy_metadata *former, const struct sy_metadata *next,
    struct model_worse *ret);

/* What is in force, and how many tokens are of each model. Loop thread. Errors
 * of the store, NOMEM; clear ${ret} in any case. */
SY_MUST_USE enum sy_err model_list_fill(const struct server *server,
    struct sy_model_list *ret);

/* The name that ${metadata} (may be NULL) have for the model of ${row}; "" if
 * nobody certifies it. */
void model_name(const struct sy_metadata *metadata,
    const uint8_t aaguid[SY_AAGUID_SIZE], enum sy_attestation attestation,
    char ret[SY_MODEL_NAME_SIZE]);

#endif /* SERVER_IDENTITY_MODEL_H */
