/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_METADATA_H
#define SERVER_IDENTITY_METADATA_H

#include <sanyoso/metadata.h>

#include "server/server.h"

/*
 * What is known of models of FIDO2 keys (see sanyoso/metadata.h), as it is in
 * force: server->metadata, NULL if there is none. It stands in the file
 * "metadata-NUMBER" of the state directory, in the compact form; the row
 * "metadata" holds the file's SHA-256, so that nothing else is believed. A
 * login in the ledger holds on to what it began with while another takes its
 * place. Counted on the loop thread only; the metadata themselves are
 * immutable.
 */
struct metadata_ref {
	struct sy_metadata *metadata;
	int64_t imported; /* seconds since 1970 */
	unsigned int count;
};

/* NULL is allowed: there is none, and nothing to be dropped. */
struct metadata_ref *metadata_ref_take(struct metadata_ref *ref);
void metadata_ref_drop(struct metadata_ref **ref);
/* What it refers to; NULL for NULL. */
const struct sy_metadata *metadata_of(const struct metadata_ref *ref);

/*
 * At the start: put in force what the database names. If its file is missing
 * or another, that is recorded as an alarm and shown by status, and there are
 * no metadata: keys of attested models don't work until they are imported
 * anew. Errors of the store.
 */
SY_MUST_USE enum sy_err metadata_load(struct server *server);

/* For a timer: forget an import whose next part does not come. */
void metadata_expire(struct server *server, bool all);

/* What needs attention, as a sentence into ${out}; false: nothing,
 * and nothing is written. */
bool metadata_alarm(const struct server *server, char *out, size_t size);

#endif /* SERVER_IDENTITY_METADATA_H */
