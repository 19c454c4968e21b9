/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual key's folder: what it keeps, and what a clone knows. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/vkey/store.h"
#include "vkey_drive.h"

struct place {
	char path[32];
	int fd;
	struct rig *rig;
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	memcpy(p->path, "/tmp/vkey-unit-XXXXXX", 22);
	assert_non_null(mkdtemp(p->path));
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p->fd >= 0);
	p->rig = rig_new_sensor();
	p->rig->key->dirfd = p->fd;
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	rig_free(&p->rig);
	(void)unlinkat(p->fd, VK_STORE_FILE, 0);
	(void)unlinkat(p->fd, "key.new", 0);
	close(p->fd);
	(void)rmdir(p->path);
	free(p);
	return 0;
}

static struct vk_key *
load(struct place *p)
{
	struct vk_key *back = NULL;
	unsigned int line = 0;

	assert_int_equal(vk_store_load(p->fd, &back, &line), SY_OK);
	return back;
}

static void
a_key_comes_back_as_it_was(void **state)
{
	struct place *p = *state;
	struct vk_key *key = p->rig->key, *back;
	const unsigned int both = VK_MAY_MAKE | VK_MAY_ASSERT;

	key->model.rs256 = key->model.select_more = true;
	key->model.response = VK_CLA_80;
	memcpy(key->min_rps[key->nmin_rps++], "a.example", 10);
	memcpy(key->fingers[0].name, "親指", sizeof("親指"));
	assert_int_equal(rig_pin(p->rig, RIG_PIN, both), VK_OK);
	assert_int_equal(rig_make(p->rig, RIG_TOKEN, true), VK_OK);
	assert_int_equal(rig_pin(p->rig, "111111", both), VK_PIN_WRONG);
	back = load(p);
	assert_memory_equal(&back->model, &key->model, sizeof(key->model));
	assert_memory_equal(back->pin_hash, key->pin_hash, VK_PIN_HASH);
	assert_int_equal(back->pin_left, 7);
	assert_int_equal(back->counter, key->counter);
	assert_memory_equal(&back->fingers, &key->fingers,
	    sizeof(key->fingers));
	assert_string_equal(back->min_rps[0], "a.example");
	assert_int_equal(back->counts.pins, 2);
	assert_int_equal(back->ncreds, 1);
	assert_memory_equal(back->creds[0]->id, p->rig->id, VK_ID_BYTES);
	assert_string_equal(back->creds[0]->user_name, "Taro");
	assert_memory_equal(back->creds[0]->rp_hash, key->creds[0]->rp_hash,
	    VK_HASH_BYTES);
	assert_int_equal(EVP_PKEY_eq(back->creds[0]->pkey, key->creds[0]->pkey),
	    1);
	vk_key_free(&back);
}

static void
a_wrong_pin_is_kept_before_it_is_told(void **state)
{
	struct place *p = *state;
	struct vk_key *back;

	for (unsigned int left = 7; left >= 6; left--) {
		assert_int_equal(rig_pin(p->rig, "111111", VK_MAY_ASSERT),
		    VK_PIN_WRONG);
		back = load(p);
		assert_int_equal(back->pin_left, left);
		vk_key_free(&back);
	}
}

static void
a_clone_falls_behind(void **state)
{
	struct place *p = *state;
	struct vk_key *clone;

	assert_int_equal(rig_make(p->rig, RIG_NOTHING, false), VK_OK);
	clone = load(p);
	clone->dirfd = -1;
	assert_int_equal(rig_assert(p->rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_counter(p->rig), 2);
	assert_int_equal(rig_assert(p->rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_counter(p->rig), 3);
	clone->person = p->rig->key->person;
	vk_key_free(&p->rig->key);
	p->rig->key = clone;
	assert_int_equal(rig_assert(p->rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_counter(p->rig), 2);
}

static void
a_key_that_cannot_be_kept_says_no(void **state)
{
	struct place *p = *state;

	p->rig->key->dirfd = 1000000;
	assert_int_equal(rig_make(p->rig, RIG_NOTHING, false), VK_OTHER);
	p->rig->key->dirfd = -1;
}

static void
damaged_files_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *what, *text;
		unsigned int line;
	} tc[] = {
		{ "unknown word", "uv 3 0\nfoo 1\n", 2 },
		{ "missing value", "uv 3\n", 1 },
		{ "too many tries", "uv 4 0\n", 1 },
		{ "PIN tries",
		    "pin 1 9 4 4 0 00000000000000000000000000000000\n", 1 },
		{ "short PIN hash", "pin 1 8 4 4 0 00\n", 1 },
		{ "AAGUID of 15", "aaguid 000000000000000000000000000000\n",
		    1 },
		{ "attestation", "model 1 4 0 0 4 6 1 0\n", 1 },
		{ "no samples", "model 1 0 0 0 0 6 1 0\n", 1 },
		{ "flag of two", "has 2 0 0 0 0 0 0 0 0 0 0 0 0\n", 1 },
		{ "certificate without key", "attest 3000\n", 1 },
		{ "credential", "cred 1 1 0 7 0 00 - - - - -\n", 1 },
	};
	struct place *p = *state;
	struct vk_key *back = NULL;
	unsigned int line;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const int fd = openat(p->fd, VK_STORE_FILE,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		print_message("  %s\n", tc[i].what);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, tc[i].text, strlen(tc[i].text)),
		    strlen(tc[i].text));
		close(fd);
		line = 0;
		assert_int_not_equal(vk_store_load(p->fd, &back, &line), SY_OK);
		assert_int_equal(line, tc[i].line);
	}
	(void)unlinkat(p->fd, VK_STORE_FILE, 0);
	assert_int_equal(vk_store_load(p->fd, &back, &line), SY_ERR_NOT_FOUND);
	assert_null(back);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_key_comes_back_as_it_was),
		CASE(a_wrong_pin_is_kept_before_it_is_told),
		CASE(a_clone_falls_behind),
		CASE(a_key_that_cannot_be_kept_says_no),
		CASE(damaged_files_are_refused_with_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
