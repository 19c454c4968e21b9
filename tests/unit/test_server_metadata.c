/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/identity/metadata.c and metadata_import.c over a real ledger: which
 * metadata of FIDO2 keys are believed, and that a server which is killed at any
 * moment starts with whole ones.
 */
#include "tests/support/unit.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sanyoso/safefile.h>

#include "server/identity/metadata.h"
#include "tests/support/key_office.h"

struct scene {
	struct office office;
	struct key_office keys;
	struct desk operators;
	struct sy_model_list list;
};

static void
open_scene(struct scene *s)
{
	key_office_open(&s->keys, &s->office);
	desk_open(&s->office, LISTENER_ADMIN, NULL, &s->operators);
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	office_open(&s->office);
	open_scene(s);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	sy_message_clear(&sy_message_model_list, &s->list);
	desk_close(&s->operators);
	key_office_close(&s->keys);
	office_close(&s->office);
	free(s);
	return 0;
}

static unsigned int
import(struct scene *s, const char *blob)
{
	sy_message_clear(&sy_message_model_list, &s->list);
	return key_import(&s->operators, blob, &s->list);
}

static unsigned int
import_number(struct scene *s, int number, size_t padding)
{
	char *blob = key_blob(&s->keys, number, padding);
	const unsigned int status = import(s, blob);

	free(blob);
	return status;
}

static void
path_of(const struct scene *s, int number, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/metadata-%d",
	    s->office.server.paths.state, number);
}

static bool
is_there(const struct scene *s, int number)
{
	char path[PATH_SIZE + 32];
	struct stat st;

	path_of(s, number, path, sizeof(path));
	return stat(path, &st) == 0;
}

static int64_t
in_force(const struct scene *s)
{
	const struct sy_metadata *m = metadata_of(s->office.server.metadata);

	return m != NULL ? sy_metadata_number(m) : 0;
}

static const struct sy_model_item *
item(const struct scene *s, const char *name)
{
	const struct sy_model_item *items = s->list.models.items;

	for (size_t i = 0; i < s->list.models.count; i++)
		if (strcmp(items[i].name, name) == 0)
			return &items[i];
	fail_msg("%s is not there", name);
	return NULL;
}

/* A token of a certified key. */
static void
add_token(struct scene *s, enum key_model model, uint8_t key,
    enum token_state state)
{
	const int64_t owner =
	    key == 1 ? office_person(&s->office, "suzuki", SY_KIND_STAFF) : 1;
	struct credential_row row;
	struct token_row token;

	sample_token(&token, owner, key);
	token.driver = SY_DRIVER_FIDO2;
	token.state = state;
	place_insert(&s->office.place, &row_type_token, &token);
	sample_credential(&row, token.id, key);
	row.owner = owner;
	row.attestation = SY_ATTESTATION_MODEL;
	memset(row.aaguid, (int)model, sizeof(row.aaguid));
	place_insert(&s->office.place, &row_type_credential, &row);
}

/* --- import --- */

static void
a_file_in_parts_is_in_force_after_the_last(void **state)
{
	struct scene *s = *state;
	struct office_record r;
	char number[24];

	assert_int_equal(in_force(s), 0);
	assert_int_equal(import_number(s, 7, 100000), 200);
	assert_int_equal(in_force(s), 7);
	assert_int_equal(s->list.number, 7);
	assert_int_equal(s->list.models.count, KEY_MODEL_COUNT);
	assert_string_equal(item(s, "Plain Key")->status, "good");
	assert_true(item(s, "Plain Key")->allowed);
	assert_false(item(s, "Plain Key")->fingerprint);
	assert_true(item(s, "Finger Key")->fingerprint);
	assert_true(item(s, "Finger Key")->inherence);
	assert_string_equal(item(s, "Bad Key")->status, "compromised");
	assert_string_equal(item(s, "Bad Key")->report, "REVOKED");
	assert_string_equal(item(s, "Old Key")->status, "update");
	assert_false(item(s, "Shut Key")->allowed);
	assert_true(office_last_record(&s->office, "metadata.import", "number",
	    &r));
	assert_string_equal(r.fact, "7");
	assert_string_equal(r.actor, "root");
	assert_true(office_last_record(&s->office, "metadata.import", "file",
	    &r));
	assert_int_equal(strlen(r.fact), 2 * SY_DIGEST_SIZE);
	assert_true(office_last_record(&s->office, "metadata.import",
	    "next-update", &r));
	(void)snprintf(number, sizeof(number), "%lld",
	    (long long)s->list.next_update);
	assert_string_equal(r.fact, number);
	/* Nothing of the file is kept in memory. */
	assert_null(s->office.server.metadata_import);
}

static void
only_a_newer_file_takes_the_place(void **state)
{
	struct scene *s = *state;
	struct office_record r;
	char *same = key_blob(&s->keys, 7, 0);

	assert_int_equal(import(s, same), 200);
	/* The same once more: nothing to do. */
	assert_int_equal(import(s, same), 200);
	assert_int_equal(s->list.number, 7);
	assert_int_equal(place_count_records(&s->office.place,
			     "metadata.import", NULL),
	    1);
	free(same);
	/* The same number with other contents, and an older one. */
	s->keys.models[0].name = "Another Key";
	for (int number = 6; number <= 7; number++) {
		char both[2][16];

		(void)snprintf(both[0], sizeof(both[0]), "number %d", number);
		(void)snprintf(both[1], sizeof(both[1]), "number 7");
		assert_int_equal(import_number(s, number, 0), 409);
		assert_string_equal(s->operators.failure.error, "state");
		assert_non_null(strstr(s->operators.failure.text, both[0]));
		assert_non_null(strstr(s->operators.failure.text, both[1]));
		assert_int_equal(in_force(s), 7);
	}
	assert_true(office_last_record(&s->office, "metadata.import", "", &r));
	assert_int_equal(r.outcome, SY_OUTCOME_DENY);
	assert_true(is_there(s, 7));
	assert_false(is_there(s, 6));
	assert_int_equal(import_number(s, 8, 0), 200);
	assert_int_equal(in_force(s), 8);
	assert_true(is_there(s, 8));
	assert_false(is_there(s, 7));
}

static void
a_file_that_is_not_signed_as_it_must_be_is_refused(void **state)
{
	struct scene *s = *state;
	char *blob = key_blob(&s->keys, 7, 0);
	const size_t len = strlen(blob);
	const struct maker_blob foreign = { .number = 7,
		.next_update = "2099-01-01",
		.models = s->keys.models,
		.count = KEY_MODEL_COUNT,
		.root = s->keys.maker,
		.root_key = testca_key(TESTCA_P256_OTHER) };

	/* Another signature. */
	blob[len - 5] = blob[len - 5] == 'A' ? 'B' : 'A';
	assert_int_equal(import(s, blob), 422);
	assert_string_equal(s->operators.failure.error, "signature");
	free(blob);
	/* Another service. */
	blob = maker_blob(&foreign);
	assert_int_equal(import(s, blob), 422);
	assert_string_equal(s->operators.failure.error, "cert-path");
	free(blob);
	/* No metadata at all. */
	assert_int_equal(import(s, "metadata"), 400);
	assert_int_equal(in_force(s), 0);
	assert_int_equal(place_count_records(&s->office.place,
			     "metadata.import", NULL),
	    3);
	assert_null(s->office.server.metadata_import);
}

static void
a_root_that_is_not_there_is_named(void **state)
{
	struct scene *s = *state;

	assert_int_equal(unlink(s->office.server.config.metadata_root), 0);
	assert_int_equal(import_number(s, 7, 0), 404);
	assert_non_null(strstr(s->operators.failure.place, "service.pem"));
}

static unsigned int
post_part(struct scene *s, int64_t offset, size_t len, bool last)
{
	struct sy_metadata_part part = {
		.offset = offset, .bytes_len = (uint16_t)len, .last = last
	};

	memset(part.bytes, 'x', len);
	sy_message_clear(&sy_message_model_list, &s->list);
	memset(&s->list, 0, sizeof(s->list));
	return desk_call(&s->operators, "/v1/admin/metadata/import",
	    &sy_message_metadata_part, &part, &sy_message_model_list, &s->list);
}

static void
parts_come_in_order_or_it_begins_anew(void **state)
{
	struct scene *s = *state;

	assert_int_equal(post_part(s, 5, 10, false), 409);
	assert_int_equal(post_part(s, 0, 10, false), 200);
	assert_int_equal(s->list.number, 0);
	assert_int_equal(post_part(s, 10, 10, false), 200);
	assert_int_equal(post_part(s, 30, 10, false), 409);
	/* That one did not cost the import what it had. */
	assert_int_equal(post_part(s, 20, 10, false), 200);
	/* Somebody else begins. */
	assert_int_equal(post_part(s, 0, 4, false), 200);
	assert_int_equal(post_part(s, 30, 10, false), 409);
	assert_int_equal(post_part(s, 4, 4, true), 400);
	assert_null(s->office.server.metadata_import);
}

static void
what_is_too_large_is_refused_before_it_fills_the_memory(void **state)
{
	struct scene *s = *state;
	const int64_t most = SY_METADATA_MAX;
	int64_t at = 0;

	while (at + SY_METADATA_PART_SIZE <= most) {
		assert_int_equal(post_part(s, at, SY_METADATA_PART_SIZE, false),
		    200);
		at += SY_METADATA_PART_SIZE;
	}
	assert_int_equal(at, most);
	assert_int_equal(post_part(s, at, 1, false), 413);
	assert_null(s->office.server.metadata_import);
}

static void
an_import_whose_next_part_does_not_come_is_forgotten(void **state)
{
	struct scene *s = *state;

	assert_int_equal(post_part(s, 0, 10, false), 200);
	metadata_expire(&s->office.server, false);
	assert_non_null(s->office.server.metadata_import);
	metadata_expire(&s->office.server, true);
	assert_null(s->office.server.metadata_import);
	assert_int_equal(post_part(s, 10, 10, false), 409);
}

static void
one_import_at_a_time(void **state)
{
	struct scene *s = *state;
	struct sy_metadata_part part = { .offset = 0 };
	struct desk other;
	char *blob = key_blob(&s->keys, 7, 0);

	assert_true(strlen(blob) <= sizeof(part.bytes));
	part.bytes_len = (uint16_t)strlen(blob);
	memcpy(part.bytes, blob, part.bytes_len);
	part.last = true;
	free(blob);
	desk_open(&s->office, LISTENER_ADMIN, NULL, &other);
	desk_post(&s->operators, "/v1/admin/metadata/import",
	    &sy_message_metadata_part, &part);
	while (s->office.server.metadata_import == NULL)
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
	/* The server has the first whole; no turn of its loop is over yet. */
	assert_int_equal(desk_call(&other, "/v1/admin/metadata/import",
			     &sy_message_metadata_part, &part,
			     &sy_message_model_list, &s->list),
	    503);
	assert_int_equal(desk_answer(&s->operators), 200);
	assert_int_equal(in_force(s), 7);
	desk_close(&other);
}

static void
without_the_section_nothing_is_imported(void **state)
{
	struct scene *s = *state;

	s->office.server.config.fido2 = false;
	assert_int_equal(import_number(s, 7, 0), 409);
	assert_non_null(strstr(s->operators.failure.text, "[fido2]"));
}

static void
what_becomes_worse_is_recorded_with_its_tokens(void **state)
{
	struct scene *s = *state;
	struct office_record r;

	add_token(s, KEY_MODEL_PIN, 1, TOKEN_ACTIVE);
	add_token(s, KEY_MODEL_PIN, 2, TOKEN_ACTIVE);
	add_token(s, KEY_MODEL_PIN, 3, TOKEN_REVOKED);
	add_token(s, KEY_MODEL_BAD, 4, TOKEN_ACTIVE);
	add_token(s, KEY_MODEL_NEW, 5, TOKEN_ACTIVE);
	add_token(s, KEY_MODEL_FINGER, 6, TOKEN_ACTIVE);
	assert_int_equal(import_number(s, 7, 0), 200);
	assert_int_equal(item(s, "Plain Key")->tokens, 2);
	assert_int_equal(item(s, "Bad Key")->tokens, 1);
	/* Tokens of a model that nobody knows are counted as well. */
	assert_int_equal(s->list.models.count, KEY_MODEL_COUNT + 1);
	assert_string_equal(item(s, "")->status, "unknown");
	assert_int_equal(item(s, "")->tokens, 1);
	assert_true(office_last_record(&s->office, "metadata.import",
	    "worse-tokens", &r));
	assert_string_equal(r.fact, "0");

	s->keys.models[0].status = "USER_KEY_REMOTE_COMPROMISE";
	assert_int_equal(import_number(s, 8, 0), 200);
	assert_true(office_last_record(&s->office, "metadata.import",
	    "worse-tokens", &r));
	assert_string_equal(r.fact, "2");
	assert_true(office_last_record(&s->office, "metadata.import",
	    "worse-models", &r));
	assert_string_equal(r.fact, "1");
	assert_true(office_last_record(&s->office, "metadata.import", "worse",
	    &r));
	assert_string_equal(r.fact,
	    "11111111-1111-1111-1111-111111111111 model-compromised 2");
}

/* --- start --- */

static void
start_anew(struct scene *s)
{
	struct server *server = &s->office.server;

	metadata_ref_drop(&server->metadata);
	server->metadata_lost = false;
	assert_int_equal(metadata_load(server), SY_OK);
	/* What it has to say is recorded. */
	while (server->jobs > 0)
		(void)event_base_loop(server->base, EVLOOP_ONCE);
}

static void
what_was_imported_is_in_force_after_a_start(void **state)
{
	struct scene *s = *state;
	struct sy_metadata *former;
	char path[PATH_SIZE + 32];

	/* At the first start there is nothing, and nothing is wrong. */
	start_anew(s);
	assert_int_equal(in_force(s), 0);
	assert_false(s->office.server.metadata_lost);
	assert_int_equal(import_number(s, 7, 0), 200);
	former = s->office.server.metadata->metadata;
	assert_non_null(former);
	/* Left of an import that was not committed. */
	path_of(s, 9, path, sizeof(path));
	assert_int_equal(sy_safefile_write(path, "x", 1, 0600, NULL), SY_OK);
	start_anew(s);
	assert_int_equal(in_force(s), 7);
	assert_int_equal(
	    sy_metadata_count(metadata_of(s->office.server.metadata)),
	    KEY_MODEL_COUNT);
	assert_true(s->office.server.metadata->imported > 0);
	assert_false(is_there(s, 9));
	assert_true(is_there(s, 7));
}

static void
expect_lost(struct scene *s, const char *reason)
{
	struct office_record r;
	struct sy_status status;
	char text[SY_SENTENCE_SIZE];

	start_anew(s);
	assert_int_equal(in_force(s), 0);
	assert_true(s->office.server.metadata_lost);
	assert_true(metadata_alarm(&s->office.server, text, sizeof(text)));
	assert_int_equal(desk_call(&s->operators, "/v1/admin/status/show",
			     &sy_message_empty, &(char){ 0 },
			     &sy_message_status, &status),
	    200);
	assert_string_equal(status.alarm, text);
	assert_true(office_last_record(&s->office, "metadata.refused", "text",
	    &r));
	assert_int_equal(r.outcome, SY_OUTCOME_ALARM);
	assert_string_equal(r.reason, reason);
	assert_int_not_equal(strlen(r.fact), 0);
}

static void
a_file_that_is_another_is_not_read(void **state)
{
	struct scene *s = *state;
	char path[PATH_SIZE + 32];
	uint8_t *data;
	size_t len;

	assert_int_equal(import_number(s, 7, 0), 200);
	path_of(s, 7, path, sizeof(path));
	assert_int_equal(sy_safefile_read(path, SY_METADATA_MAX, &data, &len,
			     NULL),
	    SY_OK);
	data[len / 2] ^= 1;
	assert_int_equal(sy_safefile_write(path, data, len, 0600, NULL), SY_OK);
	expect_lost(s, "row-altered");
	/* The same number again mends it. */
	assert_int_equal(import_number(s, 7, 0), 200);
	assert_int_equal(in_force(s), 7);
	assert_false(s->office.server.metadata_lost);
	start_anew(s);
	assert_int_equal(in_force(s), 7);
	free(data);
}

static void
a_file_that_is_gone_is_said_to_be(void **state)
{
	struct scene *s = *state;
	char path[PATH_SIZE + 32];

	assert_int_equal(import_number(s, 7, 0), 200);
	path_of(s, 7, path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	expect_lost(s, "not-found");
	/* An older one is no remedy. */
	assert_int_equal(import_number(s, 6, 0), 409);
	assert_int_equal(import_number(s, 8, 0), 200);
	assert_int_equal(in_force(s), 8);
}

static void
metadata_that_are_old_or_missing_are_named_by_status(void **state)
{
	struct scene *s = *state;
	const struct maker_blob old = { .number = 7,
		.next_update = "2000-01-01",
		.models = s->keys.models,
		.count = KEY_MODEL_COUNT,
		.root = s->keys.service,
		.root_key = testca_key(TESTCA_P384) };
	char text[SY_SENTENCE_SIZE], *blob;

	assert_true(metadata_alarm(&s->office.server, text, sizeof(text)));
	assert_non_null(strstr(text, "metadata import"));
	blob = maker_blob(&old);
	assert_int_equal(import(s, blob), 200);
	free(blob);
	assert_true(metadata_alarm(&s->office.server, text, sizeof(text)));
	assert_non_null(strstr(text, "2000-01-01"));
	assert_int_equal(import_number(s, 8, 0), 200);
	assert_false(metadata_alarm(&s->office.server, text, sizeof(text)));
	/* A place without keys needs none. */
	metadata_ref_drop(&s->office.server.metadata);
	s->office.server.config.fido2 = false;
	assert_false(metadata_alarm(&s->office.server, text, sizeof(text)));
}

/* --- killed --- */

/* In a process of its own: import number 8, and die when its file is there. The
 * loop does not turn any more then, so that nothing is committed. */
static void
die_after_file(const char *dir)
{
	static struct scene s;
	struct sy_metadata_part part = { .last = true };
	char *blob;

	office_open_in(&s.office, dir);
	open_scene(&s);
	key_import_number(&s.keys, &s.operators, 7);
	blob = key_blob(&s.keys, 8, 0);
	part.bytes_len = (uint16_t)strlen(blob);
	memcpy(part.bytes, blob, part.bytes_len);
	desk_post(&s.operators, "/v1/admin/metadata/import",
	    &sy_message_metadata_part, &part);
	while (s.office.server.metadata_import == NULL)
		(void)event_base_loop(s.office.server.base, EVLOOP_ONCE);
	while (!is_there(&s, 8))
		(void)usleep(1000);
	(void)kill(getpid(), SIGKILL);
}

static void
killed_before_the_commit_it_starts_with_the_former(void **state)
{
	static struct scene s;
	char dir[] = "/tmp/sanyoso-metadata-XXXXXX";
	int status;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(dir));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		die_after_file(dir);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	office_reopen(&s.office, dir, 2);
	open_scene(&s);
	assert_true(is_there(&s, 8));
	start_anew(&s);
	assert_int_equal(in_force(&s), 7);
	assert_false(s.office.server.metadata_lost);
	assert_false(is_there(&s, 8));
	assert_int_equal(import_number(&s, 8, 0), 200);
	assert_int_equal(in_force(&s), 8);
	sy_message_clear(&sy_message_model_list, &s.list);
	desk_close(&s.operators);
	key_office_close(&s.keys);
	office_close(&s.office);
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
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_file_in_parts_is_in_force_after_the_last),
		CASE(only_a_newer_file_takes_the_place),
		CASE(a_file_that_is_not_signed_as_it_must_be_is_refused),
		CASE(a_root_that_is_not_there_is_named),
		CASE(parts_come_in_order_or_it_begins_anew),
		CASE(what_is_too_large_is_refused_before_it_fills_the_memory),
		CASE(an_import_whose_next_part_does_not_come_is_forgotten),
		CASE(one_import_at_a_time),
		CASE(without_the_section_nothing_is_imported),
		CASE(what_becomes_worse_is_recorded_with_its_tokens),
		CASE(what_was_imported_is_in_force_after_a_start),
		CASE(a_file_that_is_another_is_not_read),
		CASE(a_file_that_is_gone_is_said_to_be),
		CASE(metadata_that_are_old_or_missing_are_named_by_status),
		cmocka_unit_test(
		    killed_before_the_commit_it_starts_with_the_former),
	};

	return cmocka_run_group_tests_name("server_metadata", tests, NULL,
	    free_all);
}
