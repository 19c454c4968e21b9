/* SPDX-License-Identifier: Apache-2.0 */
/* The FIDO2 application of the virtual card: CTAP inside APDUs. */
#include <stdlib.h>
#include <string.h>

#include "tests/vcard/fido.h"
#include "tests/vkey/create.h"
#include "vcard_drive.h"

#define SELECT    "00a4040008a0000006472f000100"
#define INFO      "80100000010400"
#define SELECTION "80108000010b00" /* with keep-alives */
#define GO_ON     "8011000000"
#define CANCEL    "8011110000"

static struct vc_card *
make_card(enum vc_type type)
{
	const struct vk_recipe recipe = { .pin = "135790", .fingers = "1" };
	struct vc_card *card = NULL;
	struct vk_key *key = NULL;

	assert_int_equal(vc_card_new(type, &card), SY_OK);
	assert_int_equal(vk_key_new(&key), SY_OK);
	vk_model_default(&key->model);
	key->model.attestation = VK_SELF;
	key->model.sensor = true;
	assert_int_equal(vk_create(key, &recipe, NULL), SY_OK);
	assert_int_equal(vc_fido_attach(card, key), SY_OK);
	vc_card_power(card);
	return card;
}

static int
setup(void **state)
{
	*state = make_card(VC_FIDO);
	return 0;
}

static int
teardown(void **state)
{
	vc_card_free((struct vc_card **)state);
	return 0;
}

static void
it_is_selected_by_its_name_only(void **state)
{
	static const struct step steps[] = {
		{ "nothing yet", INFO, 0x6d00, NULL },
		{ "a longer name", "00a4040009a0000006472f00010100", 0x6a82,
		    NULL },
		{ "a shorter one", "00a4040007a0000006472f0000", 0x6a82, NULL },
		{ "its name", SELECT, 0x9000, "4649444f5f325f30" },
		{ "power", NULL, 0, NULL },
		{ "gone", INFO, 0x6d00, NULL },
	};
	struct vc_card *card = *state;

	DRIVE(card, steps);
	card->fido->scene.key->model.u2f_name = true;
	assert_int_equal(drive(card, SELECT, &(struct vc_bytes){ 0 }), 0x9000);
}

static void
what_is_no_command_is_refused(void **state)
{
	static const struct step steps[] = {
		{ "select", SELECT, 0x9000, NULL },
		{ "class", "00100000010400", 0x6e00, NULL },
		{ "instruction", "80130000010400", 0x6d00, NULL },
		{ "P1", "80100100010400", 0x6a86, NULL },
		{ "P2", "80100001010400", 0x6a86, NULL },
		{ "no data", "8010000000", 0x6700, NULL },
		{ "nothing to go on with", GO_ON, 0x6985, NULL },
		{ "no more", "00c0000000", 0x6985, NULL },
		{ "unknown command", "80100000015000", 0x9000, "01" },
	};

	DRIVE(*state, steps);
}

static void
long_answers_come_in_parts_by_either_class(void **state)
{
	struct vc_card *card = *state;
	struct vc_bytes whole, part;

	vc_bytes_reset(&whole);
	vc_bytes_reset(&part);
	assert_int_equal(drive(card, SELECT, &part), 0x9000);
	assert_int_equal(drive_all(card, INFO, &whole), 0x9000);
	assert_true(whole.len > 256);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(drive(card, INFO, &part) & 0xff00, 0x6100);
		assert_int_equal(part.len, 256);
		assert_memory_equal(part.b, whole.b, part.len);
		assert_int_equal(drive(card,
				     i == 0 ? "00c0000000" : "80c0000000",
				     &part),
		    0x9000);
		assert_int_equal(part.len, whole.len - 256);
		assert_memory_equal(part.b, whole.b + 256, part.len);
	}
}

static void
cards_differ_in_the_class_of_get_response(void **state)
{
	static const struct {
		enum vk_response response;
		uint16_t by_00, by_80;
	} tc[] = {
		{ VK_CLA_ANY, 0x9000, 0x9000 },
		{ VK_CLA_00, 0x9000, 0x6d00 },
		{ VK_CLA_80, 0x6d00, 0x9000 },
	};
	struct vc_card *card = *state;
	struct vc_bytes part;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		card->fido->scene.key->model.response = tc[i].response;
		assert_int_equal(drive(card, SELECT, &part), 0x9000);
		assert_int_equal(drive(card, INFO, &part) & 0xff00, 0x6100);
		assert_int_equal(drive(card, "00c0000000", &part), tc[i].by_00);
		assert_int_equal(drive(card, INFO, &part) & 0xff00, 0x6100);
		assert_int_equal(drive(card, "80c0000000", &part), tc[i].by_80);
	}
	/* After SELECT it is 00 always, also where there is more even then. */
	card->fido->scene.key->model.select_more = true;
	assert_int_equal(drive(card, SELECT, &part), 0x6108);
	assert_int_equal(drive(card, "00c0000008", &part), 0x9000);
	assert_int_equal(part.len, 8);
}

static void
long_commands_come_in_parts(void **state)
{
	/* getPINRetries in three parts, and one part of something else. */
	static const struct step steps[] = {
		{ "select", SELECT, 0x9000, NULL },
		{ "first", "901000000206a2", 0x9000, NULL },
		{ "second", "90100000020102", 0x9000, NULL },
		{ "last", "8010000002020100", 0x9000, "00a2030804f4" },
		{ "first", "901000000206a2", 0x9000, NULL },
		{ "another instruction", GO_ON, 0x6883, NULL },
		{ "and all is new",
		    "8010000005"
		    "06a20102020100",
		    0x6700, NULL },
		{ "whole", "801000000606a20102020100", 0x9000, "00a2030804f4" },
	};

	DRIVE(*state, steps);
}

static void
it_says_that_it_waits_and_can_be_cancelled(void **state)
{
	static const struct step steps[] = {
		{ "select", SELECT, 0x9000, NULL },
		{ "wait", SELECTION, 0x9100, "02" },
		{ "wait", GO_ON, 0x9100, "02" },
		{ "cancel", CANCEL, 0x9000, "2d" },
		{ "over", GO_ON, 0x6985, NULL },
		{ "wait", SELECTION, 0x9100, "02" },
		{ "the platform ends it", "8012010000", 0x9000, NULL },
		{ "over", GO_ON, 0x6985, NULL },
		{ "without keep-alives there is no time", "80100000010b00",
		    0x9000, "2f" },
	};
	static const struct step touched[] = {
		{ "wait", SELECTION, 0x9100, "02" },
		{ "done", GO_ON, 0x9000, "00" },
	};
	struct vc_card *card = *state;
	struct vk_scene *scene = &card->fido->scene;

	assert_int_equal(vk_script_set(&scene->touch, "wait"), SY_OK);
	DRIVE(card, steps);
	drive_steps(card, touched, 1);
	assert_int_equal(vk_script_set(&scene->touch, "yes"), SY_OK);
	drive_steps(card, touched + 1, 1);
}

static void
the_power_of_the_card_is_the_keys(void **state)
{
	struct vc_card *card = *state;
	struct vk_key *key = card->fido->scene.key;
	struct vc_bytes part;

	key->pin_row = 3;
	assert_int_equal(drive(card, SELECT, &part), 0x9000);
	assert_int_equal(key->pin_row, 3);
	vc_card_power(card);
	assert_int_equal(key->pin_row, 0);
}

static void
other_applications_live_beside_it(void **state)
{
	static const struct step steps[] = {
		{ "FIDO2", SELECT, 0x9000, NULL },
		{ "PIV",
		    "00a404000ba000000308000010000100"
		    "00",
		    0x9000, NULL },
		{ "no CTAP there", INFO, 0x6d00, NULL },
		{ "FIDO2 again", SELECT, 0x9000, NULL },
	};
	struct vc_card *card = make_card(VC_PIV);

	(void)state;
	DRIVE(card, steps);
	card->fido->scene.key->pin_row = 2;
	drive_steps(card, steps, 2);
	/* Only power ends that. */
	assert_int_equal(card->fido->scene.key->pin_row, 2);
	vc_card_free(&card);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(it_is_selected_by_its_name_only),
		CASE(what_is_no_command_is_refused),
		CASE(long_answers_come_in_parts_by_either_class),
		CASE(cards_differ_in_the_class_of_get_response),
		CASE(long_commands_come_in_parts),
		CASE(it_says_that_it_waits_and_can_be_cancelled),
		CASE(the_power_of_the_card_is_the_keys),
		CASE(other_applications_live_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
