/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers of FIDO2 keys (enrolment, metadata, models) with each allocation
 * failing in turn: what is answered well has happened, what is not has happened
 * whole or not at all, and nothing is stuck.
 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "server/identity/metadata.h"
#include "tests/support/key_visit.h"
#include "tests/support/torture.h"

struct scene {
	struct office office;
	struct key_office keys;
	struct key_visit visit;
	struct terminal_row counter;
	struct desk desk, operators;
	struct desk *asked; /* which of them was sent the request */
	struct key_showing key;
};

static void
open_scene(struct scene *s)
{
	struct office *o = &s->office;

	office_open(o);
	key_office_open(&s->keys, o);
	office_terminal(o, KEY_TERMINAL, SY_ZONE_MYNUMBER, &s->counter);
	(void)office_person(o, "suzuki", SY_KIND_STAFF);
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	desk_open(o, LISTENER_ADMIN, NULL, &s->operators);
	key_import_number(&s->keys, &s->operators, 1);
	s->visit = (struct key_visit){
		.keys = &s->keys, .desk = &s->desk, .operators = &s->operators
	};
	s->key =
	    (struct key_showing){ .key = testca_key(TESTCA_P256), .id = 7 };
	s->asked = &s->desk;
}

static void
close_scene(struct scene *s)
{
	key_visit_clear(&s->visit);
	desk_close(&s->desk);
	desk_close(&s->operators);
	key_office_close(&s->keys);
	office_close(&s->office);
}

/* --- what is asked for --- */

static void
begins(struct scene *s)
{
	struct sy_enroll_begin in;

	assert_int_equal(visit_invite(&s->visit, "suzuki", "fido2-uv"), 200);
	visit_fill_begin(&s->visit, "suzuki", &in);
	desk_post(&s->desk, "/v1/enroll", &sy_message_enroll_begin, &in);
}

static void
makes(struct scene *s)
{
	struct sy_enroll_key in;

	visit_start(&s->visit, "suzuki", "fido2-uv");
	visit_fill_key(&s->visit, &s->key, &in);
	desk_post(&s->desk, "/v1/enroll/key", &sy_message_enroll_key, &in);
}

static void
makes_unfit(struct scene *s)
{
	s->key.model = KEY_MODEL_BAD;
	makes(s);
}

static void
signs(struct scene *s)
{
	struct sy_auth_assertion in;

	visit_start(&s->visit, "suzuki", "fido2-uv");
	assert_int_equal(visit_key(&s->visit, &s->key), 200);
	visit_fill_assertion(&s->visit, &s->key, &in);
	desk_post(&s->desk, "/v1/enroll/assertion", &sy_message_auth_assertion,
	    &in);
}

static void
imports(struct scene *s)
{
	struct sy_metadata_part part = { .last = true };
	char *blob = key_blob(&s->keys, 2, 0);

	part.bytes_len = (uint16_t)strlen(blob);
	memcpy(part.bytes, blob, part.bytes_len);
	free(blob);
	s->asked = &s->operators;
	desk_post(&s->operators, "/v1/admin/metadata/import",
	    &sy_message_metadata_part, &part);
}

static void
asks_for_models(struct scene *s)
{
	(void)visit_enroll(&s->visit, "suzuki", "fido2-uv", &s->key);
	s->asked = &s->operators;
	desk_post(&s->operators, "/v1/admin/token/models", &sy_message_empty,
	    &(char){ 0 });
}

static void
ends_a_model(struct scene *s)
{
	const struct sy_model_change in = {
		.aaguid = "11111111-1111-1111-1111-111111111111",
		.basis = KEY_BASIS,
	};

	(void)visit_enroll(&s->visit, "suzuki", "fido2-uv", &s->key);
	s->asked = &s->operators;
	desk_post(&s->operators, "/v1/admin/token/revoke-model",
	    &sy_message_model_change, &in);
}

/* --- what may have come of it --- */

static bool
said(const struct scene *s, const char *text)
{
	return s->asked->status == 200 && strstr(s->asked->text, text) != NULL;
}

/* Token, credential, counter and the end of the invitation come in one. */
static void
after_enrolment(struct scene *s)
{
	const long tokens =
	    place_number(&s->office.place, "SELECT count(*) FROM token");

	assert_int_equal(place_number(&s->office.place,
			     "SELECT count(*) FROM credential"),
	    tokens);
	assert_int_equal(place_number(&s->office.place,
			     "SELECT count(*) FROM key_counter"),
	    tokens);
	assert_int_equal(place_number(&s->office.place,
			     "SELECT count(*) FROM invitation"),
	    1 - tokens);
	if (said(s, "\"step\":\"done\""))
		assert_int_equal(tokens, 1);
	else if (s->asked->status == 200)
		assert_int_equal(tokens, 0);
}

/* Row, file and memory agree. */
static void
after_import(struct scene *s)
{
	struct server *server = &s->office.server;
	const int64_t row =
	    place_number(&s->office.place, "SELECT number FROM metadata");

	assert_null(server->metadata_import);
	assert_int_equal(row,
	    sy_metadata_number(metadata_of(server->metadata)));
	if (s->asked->status == 200)
		assert_int_equal(row, 2);
	metadata_ref_drop(&server->metadata);
	assert_int_equal(metadata_load(server), SY_OK);
	assert_int_equal(row,
	    sy_metadata_number(metadata_of(server->metadata)));
}

static void
after_models(struct scene *s)
{
	assert_int_equal(place_number(&s->office.place,
			     "SELECT count(*) FROM token"),
	    1);
}

static void
after_the_end(struct scene *s)
{
	const long ended = place_number(&s->office.place,
	    "SELECT count(*) FROM token WHERE state = 3");

	if (s->asked->status == 200)
		assert_int_equal(ended, 1);
	else
		assert_in_range(ended, 0, 1);
}

static const struct torture_handler handlers[] = {
	{ "an enrolment begins", begins, after_enrolment, "\"make\"" },
	{ "a credential was made", makes, after_enrolment, "\"assert\"" },
	{ "an unfit one was made", makes_unfit, after_enrolment,
	    "\"refused\"" },
	{ "the key has signed", signs, after_enrolment, "\"done\"" },
	{ "metadata are imported", imports, after_import, "\"number\":2" },
	{ "models are listed", asks_for_models, after_models, "Plain Key" },
	{ "all keys of a model end", ends_a_model, after_the_end,
	    "\"revoked\"" },
};

static struct office *
office_of(struct scene *s)
{
	return &s->office;
}

static struct desk *
asked_of(struct scene *s)
{
	return s->asked;
}

static const struct torture_stage stage = {
	.size = sizeof(struct scene),
	.open = open_scene,
	.close = close_scene,
	.office = office_of,
	.asked = asked_of,
};

static void
every_failed_allocation_of_a_handler_has_a_defined_end(void **state)
{
	(void)state;
	torture_handlers(&stage, handlers, SY_COUNT(handlers));
}

static int
free_all(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_failed_allocation_of_a_handler_has_a_defined_end),
	};

	return cmocka_run_group_tests_name("server_keys_memory", tests, NULL,
	    free_all);
}
