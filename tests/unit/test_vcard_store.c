/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual card's folder, and the faults at its wire. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/vcard/fault.h"
#include "tests/vcard/store.h"
#include "vcard_drive.h"

#define AP      "00a4040c0ad392f000260100000001"
#define PIN_EF  "00a4020c020018"
#define PIN_BAD "002000800439393939"

struct place {
	char path[32];
	int fd;
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	memcpy(p->path, "/tmp/vcard-unit-XXXXXX", 23);
	assert_non_null(mkdtemp(p->path));
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p->fd >= 0);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	(void)unlinkat(p->fd, VC_STORE_FILE, 0);
	(void)unlinkat(p->fd, "card.new", 0);
	close(p->fd);
	(void)rmdir(p->path);
	free(p);
	return 0;
}

static void
write_file(struct place *p, const char *text)
{
	const int fd = openat(p->fd, VC_STORE_FILE,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
a_card_comes_back_as_it_was(void **state)
{
	struct place *p = *state;
	struct vc_card *card, *back = NULL;
	unsigned int line;

	for (int type = VC_JPKI; type <= VC_PIV; type++) {
		card = drive_card((enum vc_type)type, VC_T0);
		card->phone = card->extended = card->yubico = true;
		card->blocked = SW_BLOCKED_DATA;
		card->file_pad = 17;
		card->uidlen = 7;
		card->counts.verifies = 12345;
		card->pins[1].left = 1;
		assert_int_equal(vc_store_save(card, p->fd), SY_OK);
		assert_int_equal(vc_store_load(p->fd, &back, &line), SY_OK);
		assert_int_equal(back->type, card->type);
		assert_int_equal(back->proto, VC_T0);
		assert_int_equal(back->no_le, card->no_le);
		assert_true(back->phone && back->extended && back->yubico);
		assert_int_equal(back->blocked, SW_BLOCKED_DATA);
		assert_int_equal(back->file_pad, 17);
		assert_int_equal(back->uidlen, 7);
		assert_int_equal(back->counts.verifies, 12345);
		assert_memory_equal(back->atr, card->atr, card->atrlen);
		assert_memory_equal(back->pins, card->pins, sizeof(card->pins));
		assert_memory_equal(back->mgmt, card->mgmt, card->mgmtlen);
		assert_memory_equal(back->files, card->files,
		    sizeof(card->files));
		for (size_t i = 0; i < VC_KEYS_MAX; i++) {
			if (card->keys[i].pkey == NULL)
				continue;
			assert_int_equal(back->keys[i].ref, card->keys[i].ref);
			assert_int_equal(EVP_PKEY_eq(back->keys[i].pkey,
					     card->keys[i].pkey),
			    1);
		}
		vc_card_free(&card);
		vc_card_free(&back);
	}
}

static void
a_lost_try_stays_lost(void **state)
{
	struct place *p = *state;
	struct vc_card *card = drive_card(VC_JPKI, VC_T1);
	struct vc_bytes reply;
	unsigned int line;

	assert_int_equal(vc_store_save(card, p->fd), SY_OK);
	card->dirfd = p->fd;
	assert_int_equal(drive(card, AP, &reply), SW_OK);
	assert_int_equal(drive(card, PIN_EF, &reply), SW_OK);
	assert_int_equal(drive(card, PIN_BAD, &reply), 0x63c2);
	vc_card_free(&card);
	assert_int_equal(vc_store_load(p->fd, &card, &line), SY_OK);
	assert_int_equal(card->pins[VC_PIN_AUTH].left, 2);
	assert_int_equal(card->counts.verifies, 1);
	vc_card_free(&card);
}

static void
a_card_that_cannot_be_saved_says_so(void **state)
{
	struct place *p = *state;
	struct vc_card *card = drive_card(VC_JPKI, VC_T1);
	struct vc_bytes reply;

	assert_int_equal(rmdir(p->path), 0);
	card->dirfd = p->fd;
	assert_int_equal(drive(card, AP, &reply), SW_NOT_SAVED);
	assert_int_equal(reply.len, 0);
	vc_card_free(&card);
}

static void
a_card_that_is_pulled_has_counted_the_command(void **state)
{
	struct vc_card *card = drive_card(VC_JPKI, VC_T1);
	static const uint8_t verify[] = { 0, 0x20, 0, 0x80, 4, 1, 2, 3, 4 };

	(void)state;
	vc_card_arrived(card, verify, sizeof(verify));
	assert_int_equal(card->counts.verifies, 1);
	assert_int_equal(card->pins[VC_PIN_AUTH].left, 3);
	vc_card_free(&card);
}

static void
damaged_files_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *what, *text;
		unsigned int line;
	} tc[] = {
		{ "unknown word", "card 0 1 0\nfoo 1\n", 2 },
		{ "missing value", "card 0 1\n", 1 },
		{ "unknown type", "card 3 1 0\n", 1 },
		{ "not a number", "card x 1 0\n", 1 },
		{ "negative", "pin 0 -1 3 31323334\n", 1 },
		{ "more left than tries", "pin 0 4 3 31323334\n", 1 },
		{ "third PIN", "pin 2 3 3 31323334\n", 1 },
		{ "odd hexadecimal", "pin 0 3 3 313\n", 1 },
		{ "key that is none", "key 9a 1 11 3000\n", 1 },
		{ "key without policy", "key 9a 9 11 3000\n", 1 },
		{ "file without data", "file 5fc105\n", 1 },
		{ "quirks cut", "quirks 0 0 0 6983\n", 1 },
	};
	struct place *p = *state;
	struct vc_card *card = NULL;
	unsigned int line;

	assert_int_equal(vc_store_load(p->fd, &card, &line), SY_ERR_NOT_FOUND);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		write_file(p, tc[i].text);
		assert_int_equal(vc_store_load(p->fd, &card, &line),
		    SY_ERR_FORMAT);
		assert_null(card);
		assert_int_equal(line, tc[i].line);
	}
}

static void
fault_lines_are_understood_or_refused(void **state)
{
	static const struct {
		const char *text;
		enum sy_err err;
		enum vc_fault_kind kind;
	} tc[] = {
		{ "pull", SY_OK, VC_PULL },
		{ "pull at=3 ins=20 when=after", SY_OK, VC_PULL },
		{ "mute times=0", SY_OK, VC_MUTE },
		{ "delay ms=50", SY_OK, VC_DELAY },
		{ "sw sw=6f00", SY_OK, VC_SW },
		{ "patch off=2 hex=ffff", SY_OK, VC_PATCH },
		{ "", SY_ERR_FORMAT, 0 },
		{ "explode", SY_ERR_FORMAT, 0 },
		{ "pull at", SY_ERR_FORMAT, 0 },
		{ "pull at=", SY_ERR_FORMAT, 0 },
		{ "pull at=0", SY_ERR_FORMAT, 0 },
		{ "pull at=-1", SY_ERR_FORMAT, 0 },
		{ "pull at=1x", SY_ERR_FORMAT, 0 },
		{ "pull when=never", SY_ERR_FORMAT, 0 },
		{ "pull ins=100", SY_ERR_FORMAT, 0 },
		{ "sw sw=10000", SY_ERR_FORMAT, 0 },
		{ "patch hex=f", SY_ERR_FORMAT, 0 },
		{ "pull colour=red", SY_ERR_FORMAT, 0 },
	};
	struct vc_fault f;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].text);
		assert_int_equal(vc_fault_parse(tc[i].text, &f), tc[i].err);
		if (tc[i].err == SY_OK)
			assert_int_equal(f.kind, tc[i].kind);
	}
}

static void
a_fault_strikes_when_it_is_told_to(void **state)
{
	static const uint8_t verify[] = { 0x00, 0x20, 0x00, 0x80 };
	static const uint8_t select[] = { 0x00, 0xa4, 0x04, 0x00 };
	static const uint8_t pin[] = { 0x00, 0x20, 0x00, 0x80, 0x00 };
	struct vc_faults faults = { .n = 0 };
	struct vc_fault f;

	(void)state;
	assert_int_equal(vc_fault_parse("mute at=2 ins=20 times=2", &f), SY_OK);
	assert_int_equal(vc_faults_add(&faults, &f), SY_OK);
	assert_false(vc_faults_match(&faults, verify, sizeof(verify), &f));
	assert_false(vc_faults_match(&faults, select, sizeof(select), &f));
	assert_true(vc_faults_match(&faults, verify, sizeof(verify), &f));
	assert_int_equal(f.kind, VC_MUTE);
	assert_true(vc_faults_match(&faults, verify, sizeof(verify), &f));
	assert_false(vc_faults_match(&faults, verify, sizeof(verify), &f));
	assert_int_equal(faults.n, 0);

	assert_int_equal(vc_fault_parse("pull ins=20 min=5", &f), SY_OK);
	assert_int_equal(vc_faults_add(&faults, &f), SY_OK);
	assert_false(vc_faults_match(&faults, verify, sizeof(verify), &f));
	assert_true(vc_faults_match(&faults, pin, sizeof(pin), &f));

	assert_int_equal(vc_fault_parse("sw times=0", &f), SY_OK);
	for (size_t i = 0; i < VC_FAULTS_MAX; i++)
		assert_int_equal(vc_faults_add(&faults, &f), SY_OK);
	assert_int_equal(vc_faults_add(&faults, &f), SY_ERR_LIMIT);
	for (int i = 0; i < 5; i++)
		assert_true(vc_faults_match(&faults, select, sizeof(select),
		    &f));
}

static void
answers_are_spoilt_as_asked(void **state)
{
	static const struct {
		const char *fault;
		const char *before;
		const char *after; /* NULL: only the length counts */
		size_t len;
	} tc[] = {
		{ "sw sw=6f00", "aabb9000", "aabb6f00", 4 },
		{ "short", "aabb9000", "aa", 1 },
		{ "short len=3", "aabb9000", "aabb90", 3 },
		{ "short len=9", "aabb9000", "aabb9000", 4 },
		{ "long len=2", "aabb9000", "aabba5a59000", 6 },
		{ "long", "aabb9000", NULL, 2004 },
		{ "long len=8190", "aabb9000", NULL, 8192 },
		{ "garbage", "aabb9000", NULL, 20 },
		{ "garbage len=1", "aabb9000", "5a", 1 },
		{ "patch off=1 hex=cc", "aabb9000", "aacc9000", 4 },
		{ "patch off=3 hex=cccc", "aabb9000", "aabb9000", 4 },
		{ "patch off=9 hex=cc", "aabb9000", "aabb9000", 4 },
		{ "lie", "5302aabb9000", "5303aabb9000", 6 },
		{ "lie by=4", "30820123009000", "30820127009000", 7 },
		{ "lie", "538103aabbcc9000", "538104aabbcc9000", 8 },
		{ "lie", "7f490100009000", "7f490200009000", 7 },
		{ "pull", "aabb9000", "aabb9000", 4 },
	};
	char hex[2 * VC_BYTES_MAX + 1];
	struct vc_bytes reply;
	struct vc_fault f;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].fault);
		vc_bytes_reset(&reply);
		assert_int_equal(vc_hex_get(tc[i].before, reply.b,
				     sizeof(reply.b), &reply.len),
		    SY_OK);
		assert_int_equal(vc_fault_parse(tc[i].fault, &f), SY_OK);
		vc_fault_edit(&f, &reply);
		assert_int_equal(reply.len, tc[i].len);
		vc_hex_put(reply.b, reply.len, hex);
		if (tc[i].after != NULL)
			assert_string_equal(hex, tc[i].after);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_card_comes_back_as_it_was),
		TEST(a_lost_try_stays_lost),
		TEST(a_card_that_cannot_be_saved_says_so),
		cmocka_unit_test(a_card_that_is_pulled_has_counted_the_command),
		TEST(damaged_files_are_refused_with_their_line),
		cmocka_unit_test(fault_lines_are_understood_or_refused),
		cmocka_unit_test(a_fault_strikes_when_it_is_told_to),
		cmocka_unit_test(answers_are_spoilt_as_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
