/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "lib/possession/trust_int.h"

#include "jwt.h"
#include "metadata_int.h"
#include "path.h"

#define PLACE "metadata"
#define HOST                                                                   \
	"mds.fidoalliance.org" /* FIDO Metadata Service 3.0 section 3.2        \
				*/

static void
free_bio(BIO **bio)
{
	BIO_free(*bio);
}

static enum sy_err
read_roots(const char *pem, size_t len, STACK_OF(X509) * roots,
    struct sy_error *reterr)
{
	SY_AUTO(free_bio) BIO *bio = NULL;
	unsigned long error;
	X509 *x;

	if (len > INT_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, "roots", "%zu bytes",
		    len);
	if ((bio = BIO_new_mem_buf(pem, (int)len)) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, "roots",
		    "out of memory");
	while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		if (!sk_X509_push(roots, x)) {
			X509_free(x);
			return sy_error_set(reterr, SY_ERR_NOMEM, "roots",
			    "out of memory");
		}
	}
	error = ERR_peek_last_error();
	if (sk_X509_num(roots) == 0 ||
	    ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
		return sy_error_set(reterr, SY_ERR_CERT, "roots",
		    "they are not certificates in PEM");
	return SY_OK;
}

/* An entry of a FIDO2 model: others have no AAGUID. */
struct entry {
	const char *aaguid;
	size_t at; /* in the file */
	const json_t *json;
};

static int
compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcasecmp(x->aaguid, y->aaguid);
}

static enum sy_err
find_entries(const json_t *all, struct entry *entries, uint32_t *ret_count,
    struct sy_error *reterr)
{
	const char *const nobody = "00000000-0000-0000-0000-000000000000";
	const json_t *json;
	uint32_t count = 0;
	size_t i;

	json_array_foreach(all, i, json)
	{
		const json_t *aaguid = json_object_get(json, "aaguid");

		if (!json_is_object(json) ||
		    (aaguid != NULL && !json_is_string(aaguid)))
			return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
			    "entries[%zu] is malformed", i);
		if (aaguid == NULL ||
		    strcmp(json_string_value(aaguid), nobody) == 0)
			continue;
		entries[count++] =
		    (struct entry){ json_string_value(aaguid), i, json };
	}
	qsort(entries, count, sizeof(*entries), compare);
	for (uint32_t k = 1; k < count; k++) {
		if (compare(&entries[k - 1], &entries[k]) == 0)
			return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
			    "entries[%zu] and entries[%zu] are of one model",
			    entries[k - 1].at, entries[k].at);
	}
	*ret_count = count;
	return SY_OK;
}

static enum sy_err
read_head(const json_t *payload, struct sy_metadata_head *head,
    struct sy_error *reterr)
{
	const json_t *number = json_object_get(payload, "no");
	const json_t *next = json_object_get(payload, "nextUpdate");

	if (!json_is_integer(number) || json_integer_value(number) < 0)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "\"no\" is missing or no number");
	if (!json_is_string(next) ||
	    !sy_metadata_day(json_string_value(next), &head->next_update))
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "\"nextUpdate\" is missing or no date");
	head->number = json_integer_value(number);
	return SY_OK;
}

static void
free_entries(struct entry **entries)
{
	free(*entries);
}

/* What we need of the file, in compact form. */
static enum sy_err
take(const json_t *payload, int64_t now, struct sy_buf *buf,
    struct sy_error *reterr)
{
	SY_AUTO(free_entries) struct entry *entries = NULL;
	const json_t *all = json_object_get(payload, "entries");
	struct sy_metadata_head head;
	char place[32];
	enum sy_err err;

	if (!json_is_array(all) ||
	    json_array_size(all) > SY_METADATA_MODELS_MAX)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "\"entries\" is no list of at most %d",
		    SY_METADATA_MODELS_MAX);
	entries = calloc(json_array_size(all) + 1, sizeof(*entries));
	if (entries == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	if ((err = read_head(payload, &head, reterr)) != SY_OK ||
	    (err = find_entries(all, entries, &head.count, reterr)) != SY_OK)
		return err;
	sy_metadata_put_head(buf, &head);
	for (uint32_t i = 0; i < head.count; i++) {
		(void)snprintf(place, sizeof(place), "entries[%zu]",
		    entries[i].at);
		if ((err = sy_metadata_take_entry(entries[i].json, place, now,
			 buf, reterr)) != SY_OK)
			return err;
	}
	return SY_OK;
}

static enum sy_err
open_blob(const char *blob, size_t len, const char *root_pem, size_t root_len,
    int64_t now, json_t **ret_payload, struct sy_error *reterr)
{
	SY_AUTO(sy_x509_stack_free) STACK_OF(X509) *roots = sk_X509_new_null();
	enum sy_err err;

	if (roots == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	ERR_set_mark();
	err = read_roots(root_pem, root_len, roots, reterr);
	if (err == SY_OK)
		err = sy_jwt_open(blob, len, roots, HOST, now, ret_payload,
		    reterr);
	ERR_pop_to_mark();
	return err;
}

enum sy_err
sy_metadata_import(const char *blob, size_t len, const char *root_pem,
    size_t root_len, int64_t now, struct sy_metadata **ret_metadata,
    struct sy_error *reterr)
{
	SY_AUTO(sy_json_free) json_t *payload = NULL;
	SY_AUTO(sy_buf_free) struct sy_buf *buf = NULL;
	enum sy_err err;

	if (len > SY_METADATA_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, PLACE,
		    "%zu bytes, over %d", len, SY_METADATA_MAX);
	if ((err = sy_buf_new(SY_METADATA_MAX, &buf)) != SY_OK)
		return sy_error_set(reterr, err, PLACE, "%s", sy_err_text(err));
	if ((err = open_blob(blob, len, root_pem, root_len, now, &payload,
		 reterr)) != SY_OK ||
	    (err = take(payload, now, buf, reterr)) != SY_OK)
		return err;
	return sy_metadata_unpack(sy_buf_data(buf), sy_buf_len(buf),
	    ret_metadata, reterr);
}
