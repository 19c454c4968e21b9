/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/key_office.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <sanyoso/safefile.h>

const char key_policy[] =
    "[policy]\nname = keys\n"
    "[rule keys]\nzone = mynumber lgwan internet\npurpose = login unlock\n"
    "kind = staff\nrequire = 2\nallow = card-pin, fido2-uv, fido2-bio\n"
    "origin = issuer attested\n"
    "[keys]\n"
    "fingerprint = 22222222-2222-2222-2222-222222222222\n"
    "deny = 55555555-5555-5555-5555-555555555555\n";

static const struct {
	enum key_model model;
	const char *name, *status;
	int version;
	bool fingerprint;
} samples[KEY_MODEL_COUNT] = {
	{ KEY_MODEL_PIN, "Plain Key", NULL, 0, false },
	{ KEY_MODEL_FINGER, "Finger Key", NULL, 0, true },
	{ KEY_MODEL_BAD, "Bad Key", "REVOKED", 0, false },
	{ KEY_MODEL_OLD, "Old Key", "UPDATE_AVAILABLE", 5, false },
	{ KEY_MODEL_SHUT, "Shut Key", NULL, 0, false },
};

static void
write_root(struct key_office *k)
{
	struct server *s = &k->office->server;
	char *pem = testca_pem(k->service);

	(void)snprintf(s->config.metadata_root, sizeof(s->config.metadata_root),
	    "%s/service.pem", k->office->place.dir);
	assert_int_equal(sy_safefile_write(s->config.metadata_root, pem,
			     strlen(pem), 0600, NULL),
	    SY_OK);
	free(pem);
}

void
key_office_open(struct key_office *k, struct office *office)
{
	const int64_t now = time(NULL);

	memset(k, 0, sizeof(*k));
	k->office = office;
	k->service = testca_root("Test Service", testca_key(TESTCA_P384),
	    now - 3600, now + 86400);
	k->maker = testca_root("Test Maker", testca_key(TESTCA_P256_OTHER),
	    now - 7200, now + 86400);
	for (int i = 0; i < KEY_MODEL_COUNT; i++) {
		struct maker_model *m = &k->models[i];

		memset(m->aaguid, (int)samples[i].model, sizeof(m->aaguid));
		m->name = samples[i].name;
		m->status = samples[i].status;
		m->version = samples[i].version;
		m->fingerprint = samples[i].fingerprint;
		m->pin = true;
		m->root = k->maker;
	}
	office_fido2(office);
	(void)snprintf(office->server.paths.state,
	    sizeof(office->server.paths.state), "%s", office->place.dir);
	write_root(k);
	office_policy(office, key_policy);
}

void
key_office_close(struct key_office *k)
{
	X509_free(k->service);
	X509_free(k->maker);
}

char *
key_blob(const struct key_office *k, int number, size_t padding)
{
	const struct maker_blob spec = { .number = number,
		.next_update = "2099-01-01",
		.models = k->models,
		.count = KEY_MODEL_COUNT,
		.padding = padding,
		.root = k->service,
		.root_key = testca_key(TESTCA_P384) };

	return maker_blob(&spec);
}

unsigned int
key_import(struct desk *operators, const char *blob, struct sy_model_list *ret)
{
	const size_t len = strlen(blob);
	struct sy_metadata_part part = { .offset = 0 };
	unsigned int status = 0;

	memset(ret, 0, sizeof(*ret));
	while (!part.last) {
		const size_t at = (size_t)part.offset + part.bytes_len;
		const size_t rest = len - at;

		part.offset = (int64_t)at;
		part.last = rest <= sizeof(part.bytes);
		part.bytes_len =
		    (uint16_t)(part.last ? rest : sizeof(part.bytes));
		memcpy(part.bytes, blob + at, part.bytes_len);
		sy_message_clear(&sy_message_model_list, ret);
		memset(ret, 0, sizeof(*ret));
		status = desk_call(operators, "/v1/admin/metadata/import",
		    &sy_message_metadata_part, &part, &sy_message_model_list,
		    ret);
		if (status != 200)
			break;
	}
	return status;
}

void
key_import_number(const struct key_office *k, struct desk *operators,
    int number)
{
	struct sy_model_list list;
	char *blob = key_blob(k, number, 0);
	const unsigned int status = key_import(operators, blob, &list);

	if (status != 200)
		fail_msg("import: %u %s", status, operators->text);
	assert_int_equal(list.number, number);
	sy_message_clear(&sy_message_model_list, &list);
	free(blob);
}
