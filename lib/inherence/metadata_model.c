/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sanyoso/key.h>
#include <sanyoso/text.h>

#include "metadata_int.h"

/*
 * One entry of a metadata file (FIDO Metadata Service 3.0 section 3.1.1) to a
 * model. Where something is missing or not as the standard has it, the model
 * gets the strict value.
 */

/* ISO 8601, as all dates in the file. */
bool
sy_metadata_day(const char *text, int64_t *ret)
{
	static const char form[] = "dddd-dd-dd";
	struct tm tm = { 0 }, back;
	int64_t seconds;

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; form[i] != '\0'; i++) {
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9'
				   : text[i] != form[i])
			return false;
	}
	tm.tm_year = (int)strtol(text, NULL, 10) - 1900;
	tm.tm_mon = (int)strtol(text + 5, NULL, 10) - 1;
	tm.tm_mday = (int)strtol(text + 8, NULL, 10);
	back = tm;
	seconds = timegm(&back);
	/* The 31st of February would have become another day. */
	if (seconds < 0 || back.tm_mon != tm.tm_mon ||
	    back.tm_mday != tm.tm_mday)
		return false;
	*ret = seconds;
	return true;
}

static bool
is_text(const json_t *json, const char *text)
{
	return json_is_string(json) &&
	    strcmp(json_string_value(json), text) == 0;
}

static bool
holds_text(const json_t *array, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
	{
		if (is_text(item, text))
			return true;
	}
	return false;
}

/* FIDO Metadata Service 3.0 section 3.1.4. */
static enum sy_model_status
status_of(const char *word)
{
	static const char *const grave[] = { "REVOKED",
		"USER_VERIFICATION_BYPASS", "ATTESTATION_KEY_COMPROMISE",
		"USER_KEY_REMOTE_COMPROMISE", "USER_KEY_PHYSICAL_COMPROMISE" };

	for (size_t i = 0; i < SY_COUNT(grave); i++) {
		if (strcmp(word, grave[i]) == 0)
			return SY_MODEL_COMPROMISED;
	}
	return strcmp(word, "UPDATE_AVAILABLE") == 0 ? SY_MODEL_UPDATE
						     : SY_MODEL_GOOD;
}

/* A report without a date, or with one that can't be read, is in effect. */
static bool
in_effect(const json_t *report, int64_t now)
{
	const json_t *date = json_object_get(report, "effectiveDate");
	int64_t day;

	return !json_is_string(date) ||
	    !sy_metadata_day(json_string_value(date), &day) || day <= now;
}

/* Without a version all firmware is meant. */
static uint64_t
version_of(const json_t *report)
{
	const json_t *version = json_object_get(report, "authenticatorVersion");

	return json_is_integer(version) && json_integer_value(version) >= 0
	    ? (uint64_t)json_integer_value(version)
	    : UINT64_MAX;
}

static void
take_report(const json_t *report, int64_t now, struct sy_model *model)
{
	const json_t *word = json_object_get(report, "status");
	enum sy_model_status status;
	uint64_t below = 0;

	if (!json_is_string(word) || !in_effect(report, now))
		return;
	status = status_of(json_string_value(word));
	if (status == SY_MODEL_UPDATE)
		below = version_of(report);
	/* Of several updates the newest counts. */
	if (status < model->status ||
	    (status == model->status && below <= model->update_below))
		return;
	model->status = status;
	model->update_below = below;
	sy_text_cut(json_string_value(word), json_string_length(word),
	    model->report, sizeof(model->report));
}

static void
take_reports(const json_t *reports, int64_t now, struct sy_model *model)
{
	const json_t *report;
	size_t i;

	json_array_foreach(reports, i, report)
	{
		take_report(report, now, model);
	}
}

/* Words of FIDO Registry of Predefined Values section 3.1. */
enum how {
	HOW_UNKNOWN = 0, /* may be anything */
	HOW_NOTHING,     /* verifies nobody */
	HOW_BIOMETRIC,
	HOW_OTHER,
};

static enum how
how_of(const json_t *method)
{
	static const struct {
		const char *word;
		enum how how;
	} words[] = {
		{ "presence_internal", HOW_NOTHING },
		{ "none", HOW_NOTHING },
		{ "fingerprint_internal", HOW_BIOMETRIC },
		{ "voiceprint_internal", HOW_BIOMETRIC },
		{ "faceprint_internal", HOW_BIOMETRIC },
		{ "eyeprint_internal", HOW_BIOMETRIC },
		{ "handprint_internal", HOW_BIOMETRIC },
		{ "location_internal", HOW_OTHER },
	};

	for (size_t i = 0; i < SY_COUNT(words); i++) {
		if (is_text(method, words[i].word))
			return words[i].how;
	}
	return HOW_UNKNOWN; /* and passcodes and patterns */
}

/* One alternative: what must be done together. */
struct way {
	bool verifies;
	bool biometric;
	bool fingerprint;
	bool unsure; /* a passcode, or may be one */
};

static struct way
read_way(const json_t *methods)
{
	struct way way = { .unsure = !json_is_array(methods) };
	const json_t *method;
	size_t i;

	json_array_foreach(methods, i, method)
	{
		const json_t *word =
		    json_object_get(method, "userVerificationMethod");
		const enum how how = how_of(word);

		way.verifies = way.verifies || how != HOW_NOTHING;
		way.biometric = way.biometric || how == HOW_BIOMETRIC;
		way.unsure = way.unsure || how == HOW_UNKNOWN;
		way.fingerprint =
		    way.fingerprint || is_text(word, "fingerprint_internal");
	}
	return way;
}

static void
take_ways(const json_t *ways, struct sy_model *model)
{
	bool some = false, all = true;
	const json_t *methods;
	size_t i;

	json_array_foreach(ways, i, methods)
	{
		const struct way way = read_way(methods);

		model->fingerprint = model->fingerprint || way.fingerprint;
		some = some || way.biometric;
		if (way.unsure || (way.verifies && !way.biometric))
			all = false;
	}
	model->biometric_only = some && all;
}

/* What the key says of itself (CTAP 2.1 section 6.4), as the maker wrote it. */
static void
take_info(const json_t *info, struct sy_model *model)
{
	const json_t *options = json_object_get(info, "options");

	/* An option that is there, true or false, is a way to do it. */
	model->client_pin = !json_is_object(options) ||
	    json_object_get(options, "clientPin") != NULL;
	model->built_in = json_object_get(options, "uv") != NULL;
	model->no_pin_tokens = json_is_true(json_object_get(options,
	    "noMcGaPermissionsWithClientPin"));
	model->uvm = holds_text(json_object_get(info, "extensions"), "uvm");
}

/* base64 to DER; some makers break it into lines. False: not taken. */
static bool
read_root(const json_t *json, uint8_t der[SY_CERT_SIZE_MAX], size_t *ret_len)
{
	char text[SY_CERT_SIZE_MAX / 3 * 4 + 8];
	size_t len = 0;

	if (!json_is_string(json))
		return false;
	for (const char *c = json_string_value(json); *c != '\0'; c++) {
		if (strchr(" \t\r\n", *c) != NULL)
			continue;
		if (len == sizeof(text))
			return false;
		text[len++] = *c;
	}
	return sy_text_unbase64(text, len, der, SY_CERT_SIZE_MAX, ret_len) ==
	    SY_OK &&
	    *ret_len > 0;
}

static void
count_roots(const json_t *roots, struct sy_model *model)
{
	uint8_t der[SY_CERT_SIZE_MAX];
	const json_t *root;
	size_t i, len;

	json_array_foreach(roots, i, root)
	{
		if (model->root_count < SY_METADATA_ROOTS_MAX &&
		    read_root(root, der, &len))
			model->root_count++;
	}
}

static void
put_roots(const json_t *roots, size_t count, struct sy_buf *buf)
{
	uint8_t der[SY_CERT_SIZE_MAX];
	const json_t *root;
	size_t i, len;

	json_array_foreach(roots, i, root)
	{
		if (count > 0 && read_root(root, der, &len)) {
			(void)sy_buf_bytes16(buf, der, len);
			count--;
		}
	}
}

enum sy_err
sy_metadata_take_entry(const json_t *entry, const char *place, int64_t now,
    struct sy_buf *buf, struct sy_error *reterr)
{
	const json_t *statement = json_object_get(entry, "metadataStatement");
	const json_t *name = json_object_get(statement, "description");
	const json_t *roots =
	    json_object_get(statement, "attestationRootCertificates");
	struct sy_model model = { 0 };
	enum sy_err err;

	if (!sy_aaguid_parse(json_string_value(json_object_get(entry,
				 "aaguid")),
		model.aaguid))
		return sy_error_set(reterr, SY_ERR_FORMAT, place,
		    "its aaguid is malformed");
	if (json_is_string(name) &&
	    sy_text_is_clean(json_string_value(name), json_string_length(name)))
		sy_text_cut(json_string_value(name), json_string_length(name),
		    model.name, sizeof(model.name));
	take_reports(json_object_get(entry, "statusReports"), now, &model);
	take_ways(json_object_get(statement, "userVerificationDetails"),
	    &model);
	take_info(json_object_get(statement, "authenticatorGetInfo"), &model);
	count_roots(roots, &model);
	sy_metadata_put_model(buf, &model);
	put_roots(roots, model.root_count, buf);
	if ((err = sy_buf_status(buf)) != SY_OK)
		return sy_error_set(reterr, err, place, "%s", sy_err_text(err));
	return SY_OK;
}
