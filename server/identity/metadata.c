/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/metadata.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include <sanyoso/safefile.h>

#include "server/identity/metadata_file.h"
#include "server/job.h"
#include "server/log.h"
#include "server/policy.h"

static const char prefix[] = "metadata-";

/* --- references --- */

enum sy_err
metadata_ref_new(struct sy_metadata **metadata, int64_t imported,
    struct metadata_ref **ret_ref)
{
	struct metadata_ref *ref = calloc(1, sizeof(*ref));

	if (ref == NULL)
		return SY_ERR_NOMEM;
	ref->metadata = *metadata;
	ref->imported = imported;
	ref->count = 1;
	*metadata = NULL;
	*ret_ref = ref;
	return SY_OK;
}

struct metadata_ref *
metadata_ref_take(struct metadata_ref *ref)
{
	if (ref != NULL)
		ref->count++;
	return ref;
}

void
metadata_ref_drop(struct metadata_ref **ref)
{
	if (*ref != NULL && --(*ref)->count == 0) {
		sy_metadata_free(&(*ref)->metadata);
		free(*ref);
	}
	*ref = NULL;
}

const struct sy_metadata *
metadata_of(const struct metadata_ref *ref)
{
	return ref != NULL ? ref->metadata : NULL;
}

/* --- row and file --- */

static enum sy_err
take_row(void *ctx, const void *row)
{
	memcpy(ctx, row, sizeof(struct metadata_row));
	return SY_OK;
}

enum sy_err
metadata_row_read(struct row_view *view, struct metadata_row *ret)
{
	memset(ret, 0, sizeof(*ret));
	return row_walk(view, &row_type_metadata, NULL, 0, take_row, ret);
}

enum sy_err
metadata_file_path(const struct paths *paths, int64_t number,
    char ret[PATH_SIZE])
{
	const int n = snprintf(ret, PATH_SIZE, "%s/%s%" PRId64, paths->state,
	    prefix, number);

	return n < 0 || n >= PATH_SIZE ? SY_ERR_LIMIT : SY_OK;
}

enum sy_err
metadata_digest(const uint8_t *bytes, size_t len, uint8_t ret[SY_DIGEST_SIZE])
{
	return EVP_Digest(bytes, len, ret, NULL, EVP_sha256(), NULL) == 1
	    ? SY_OK
	    : SY_ERR_CRYPTO;
}

static bool
is_number(const char *text)
{
	return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

void
metadata_file_tidy(const struct paths *paths, int64_t number)
{
	char keep[sizeof(prefix) + 24], path[PATH_SIZE + NAME_MAX + 2];
	const size_t len = sizeof(prefix) - 1;
	struct dirent *entry;
	DIR *dir = opendir(paths->state);

	(void)snprintf(keep, sizeof(keep), "%s%" PRId64, prefix, number);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, prefix, len) != 0 ||
		    !is_number(entry->d_name + len) ||
		    strcmp(entry->d_name, keep) == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", paths->state,
		    entry->d_name);
		(void)unlink(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

static enum sy_err
read_file(const struct paths *paths, const struct metadata_row *row,
    struct sy_metadata **ret, struct sy_error *reterr)
{
	uint8_t digest[SY_DIGEST_SIZE], *bytes = NULL;
	char path[PATH_SIZE];
	enum sy_err err;
	size_t len;

	if ((err = metadata_file_path(paths, row->number, path)) != SY_OK ||
	    (err = sy_safefile_read(path, SY_METADATA_MAX, &bytes, &len,
		 reterr)) != SY_OK)
		return err;
	if ((err = metadata_digest(bytes, len, digest)) == SY_OK &&
	    (row->digest_len != sizeof(digest) ||
		memcmp(digest, row->digest, sizeof(digest)) != 0))
		err = sy_error_set(reterr, SY_ERR_ROW_ALTERED, path,
		    "the file is not the one that was imported");
	if (err == SY_OK)
		err = sy_metadata_unpack(bytes, len, ret, reterr);
	free(bytes);
	return err;
}

/* --- start --- */

static void
note_lost(struct server *server, const struct sy_error *error)
{
	const struct record record = {
		.actor = "server",
		.terminal = "",
		.subject = "",
		.action = "metadata.refused",
		.outcome = SY_OUTCOME_ALARM,
		.reason = sy_err_name(error->code),
	};

	log_error(error, "the metadata of FIDO2 keys are not in force");
	job_note(server, &record, "text", error->text);
}

enum sy_err
metadata_load(struct server *server)
{
	struct row_view *view = ledger_reader(server->ledger);
	struct sy_error error = { .code = SY_OK };
	struct sy_metadata *metadata = NULL;
	struct metadata_row row;
	enum sy_err err;

	if ((err = metadata_row_read(view, &row)) != SY_OK || row.id == 0)
		return err;
	error.code = read_file(&server->paths, &row, &metadata, &error);
	if (error.code == SY_ERR_NOMEM)
		return SY_ERR_NOMEM;
	if (error.code != SY_OK) {
		if (error.text[0] == '\0')
			(void)snprintf(error.text, sizeof(error.text), "%s",
			    sy_err_text(error.code));
		server->metadata_lost = true;
		note_lost(server, &error);
		return SY_OK;
	}
	metadata_file_tidy(&server->paths, row.number);
	err = metadata_ref_new(&metadata, row.imported, &server->metadata);
	sy_metadata_free(&metadata);
	return err;
}

/* --- what needs attention --- */

static bool
wants_keys(const struct server *server)
{
	const struct sy_policy *policy = server->policy->policy;

	return server->config.fido2 &&
	    sy_policy_keys(policy)->attestation == SY_ATTESTATION_MODEL &&
	    (sy_policy_uses(policy, SY_METHOD_FIDO2) ||
		sy_policy_uses(policy, SY_METHOD_FIDO2_UV) ||
		sy_policy_uses(policy, SY_METHOD_FIDO2_BIO));
}

static bool
is_old(const struct sy_metadata *metadata, int64_t *ret_next)
{
	*ret_next = sy_metadata_next_update(metadata);
	return *ret_next != 0 && *ret_next < server_now() / 1000000;
}

bool
metadata_alarm(const struct server *server, char *out, size_t size)
{
	const struct sy_metadata *metadata = metadata_of(server->metadata);
	char day[SY_DATE_SIZE] = "";
	struct tm tm;
	int64_t next;
	time_t t;

	if (server->metadata_lost) {
		(void)snprintf(out, size,
		    "the metadata of FIDO2 keys are missing or damaged, and "
		    "keys of certified models do not work: import them again "
		    "(sanyosoctl metadata import)");
		return true;
	}
	if (metadata == NULL && !wants_keys(server))
		return false;
	if (metadata == NULL) {
		(void)snprintf(out, size,
		    "no metadata of FIDO2 keys were imported, so that none "
		    "can be enrolled (sanyosoctl metadata import)");
		return true;
	}
	if (!is_old(metadata, &next))
		return false;
	t = (time_t)next;
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%d", &tm) == 0)
		day[0] = '\0';
	(void)snprintf(out, size,
	    "the metadata of FIDO2 keys (number %" PRId64 ") are old: newer "
	    "ones were to be expected by %s (sanyosoctl metadata import)",
	    sy_metadata_number(metadata), day);
	return true;
}
