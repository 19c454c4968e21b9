/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card office's tasks in the worker, from START to their end, on the
 * virtual card: also pulled out at every command. (CARD-8)
 */
#include "lib/possession/device/operation.h"
#include "lib/possession/device/piv_cipher.h"
#include "tests/support/fake_pcsc.h"
#include "tests/support/inserted.h"
#include "tests/support/testca.h"
#include "tests/support/unit.h"

static const uint8_t guid[SY_DEVICE_GUID_SIZE] = { 1, 2, 3, 4 };
static const uint8_t hash[32] = { 5, 6, 7 };
static const uint8_t management[SY_DEVICE_MANAGEMENT_SIZE] = { 0xaa, 1, 2, 3, 4,
	5, 6, 7, 8, 9 };
static const char puk[] = "73519264";

static struct fake f;
static struct inserted *chip;

/* What the agent answers with. */
static struct {
	const char *pin, *fresh;
	const char *former_puk;
	enum sy_key_alg alg;
	unsigned long pull_at; /* the card goes at this command */
	bool after;            /* that it carried out */
	unsigned long from;
	uint8_t spki[SY_SPKI_SIZE_MAX];
	size_t spki_len;
} agent;

static size_t
on_command(struct fake *fake, const uint8_t *command, size_t len,
    uint8_t *reply)
{
	const unsigned long n = inserted_commands(chip) + 1 - agent.from;
	size_t got;

	if (n == agent.pull_at && !agent.after) {
		fake_remove(fake);
		return 2;
	}
	got = inserted_transmit(chip, command, len, reply, 258);
	if (n == agent.pull_at)
		fake_remove(fake);
	return got;
}

static void
on_reset(struct fake *fake)
{
	(void)fake;
	inserted_power(chip);
}

static struct sy_secret *
secret(const void *p, size_t len)
{
	struct sy_secret *s = NULL;

	assert_int_equal(sy_secret_new(len, &s), SY_OK);
	assert_int_equal(sy_secret_append(s, p, len), SY_OK);
	return s;
}

static void
say_prepare(void)
{
	struct sy_device_prepare p = { .alg = (uint8_t)agent.alg,
		.hash_len = sizeof(hash) };
	struct sy_secret *frame = NULL;

	memcpy(p.hash, hash, sizeof(hash));
	p.puk = secret(puk, strlen(puk));
	p.pin = secret(agent.pin, strlen(agent.pin));
	if (agent.former_puk != NULL)
		p.former_puk =
		    secret(agent.former_puk, strlen(agent.former_puk));
	if (agent.alg != SY_KEY_NONE) {
		memcpy(p.guid, guid, sizeof(guid));
		p.guid_len = sizeof(guid);
		p.management = secret(management, sizeof(management));
	}
	assert_int_equal(sy_device_put_prepare(&p, &frame), SY_OK);
	fake_reply(&f, sy_secret_bytes(frame), sy_secret_len(frame));
	sy_secret_free(&frame);
	sy_device_prepare_clear(&p);
}

static void
say_store(void)
{
	struct testca_spec spec = { .cn = "0", .not_after = 4102444800 };
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	const uint8_t *at = agent.spki;
	uint8_t *der;
	X509 *cert;
	size_t len;

	spec.key = d2i_PUBKEY(NULL, &at, (long)agent.spki_len);
	assert_non_null(spec.key);
	cert = testca_issue(NULL, testca_key(TESTCA_P256), &spec);
	der = testca_der(cert, &len);
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_device_put_store(out, der, len), SY_OK);
	fake_reply(&f, sy_buf_data(out), sy_buf_len(out));
	free(der);
	X509_free(cert);
	EVP_PKEY_free(spec.key);
}

static void
say_change(const char *old, const char *fresh)
{
	SY_AUTO(sy_secret_free) struct sy_secret *a = secret(old, strlen(old));
	SY_AUTO(sy_secret_free)
	struct sy_secret *b = secret(fresh, strlen(fresh));
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;

	assert_int_equal(sy_device_put_change(a, b, &frame), SY_OK);
	fake_reply(&f, sy_secret_bytes(frame), sy_secret_len(frame));
}

/* A signature that counts is one over our hash, by the key on the card. */
static void
hear_key(const struct sy_frame *frame)
{
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	struct sy_device_key got;

	assert_int_equal(sy_device_get_key(frame, &got), SY_OK);
	if (got.spki_len > 0) {
		memcpy(agent.spki, got.spki, got.spki_len);
		agent.spki_len = got.spki_len;
	}
	assert_int_equal(sy_key_from_spki(agent.spki, agent.spki_len, &key,
			     NULL),
	    SY_OK);
	assert_int_equal(sy_key_verify(key, hash, sizeof(hash), got.signature,
			     got.signature_len),
	    SY_OK);
	fake_note(&f, got.spki_len > 0 ? "key" : "proof");
	if (got.spki_len > 0)
		say_store();
}

static void
heard(struct fake *fake, const struct sy_frame *frame)
{
	struct sy_device_blank blank;

	switch (frame->type) {
	case SY_DEVICE_BLANK:
		assert_int_equal(sy_device_get_blank(frame, &blank), SY_OK);
		assert_string_equal(blank.reader, "Reader A");
		fake_note(fake,
		    blank.guid_len > 0 &&
			    memcmp(blank.guid, guid, sizeof(guid)) == 0
			? "ours"
			: "blank");
		say_prepare();
		break;
	case SY_DEVICE_KEY:
		hear_key(frame);
		break;
	default:
		assert_int_equal(sy_device_get_done(frame), SY_OK);
		fake_note(fake, "done");
	}
}

static void
on_card(struct fake *fake)
{
	if (fake->start.task == SY_TASK_PIN_UNBLOCK)
		say_prepare();
	else if (fake->start.task == SY_TASK_PIN_CHANGE)
		say_change(agent.pin, agent.fresh);
}

/* Another worker, the same card. */
static void
begin(enum sy_task task)
{
	fake_init(&f);
	fake_insert(&f);
	f.card = on_command;
	f.on_reset = on_reset;
	f.heard = heard;
	f.on_card = on_card;
	f.silent = true;
	f.start.drivers = 1U << SY_DRIVER_PIV;
	f.start.task = (uint8_t)task;
	agent.pull_at = 0;
	agent.from = inserted_commands(chip);
	agent.alg = task == SY_TASK_PERSONALISE ? SY_KEY_P256 : SY_KEY_NONE;
}

static void
fresh_chip(void)
{
	if (chip != NULL)
		inserted_free(&chip);
	chip = inserted_new("3des");
	memset(&agent, 0, sizeof(agent));
	agent.pin = "246802";
}

static void
run(const char *said)
{
	enum sy_err err;

	fake_ready(&f);
	err = operation_run(&f.host);
	assert_string_equal(f.said, said);
	assert_int_equal(err == SY_OK,
	    strstr(said, "done") != NULL || strstr(said, "proof") != NULL);
	fake_check_closed(&f);
}

static void
assert_personalised(const char *pin)
{
	assert_true(inserted_has_pin(chip, pin));
	assert_true(inserted_has_puk(chip, puk));
	assert_true(inserted_has_management(chip, PIV_CIPHER_AES256, management,
	    sizeof(management)));
}

static void
a_blank_card_is_personalised(void **state)
{
	(void)state;
	fresh_chip();
	begin(SY_TASK_PERSONALISE);
	run("blank;key;done;");
	assert_personalised("246802");
	/* One PIN was typed, one VERIFY was sent. */
	assert_int_equal(inserted_verifies(chip), 1);
	assert_int_equal(inserted_pin_tries(chip), 3);
}

static void
rsa_keys_are_made_too(void **state)
{
	(void)state;
	fresh_chip();
	begin(SY_TASK_PERSONALISE);
	agent.alg = SY_KEY_RSA2048;
	run("blank;key;done;");
	assert_int_equal(agent.spki_len, 294);
}

static void
a_card_of_ours_is_opened_with_our_key_again(void **state)
{
	(void)state;
	fresh_chip();
	begin(SY_TASK_PERSONALISE);
	run("blank;key;done;");
	begin(SY_TASK_PERSONALISE);
	agent.pin = "808642";
	run("ours;key;done;");
	assert_personalised("808642");
	assert_int_equal(inserted_puk_tries(chip), 3);
}

/* No proof comes from it, so no certificate. */
static void
a_key_that_signs_without_its_pin_is_refused(void **state)
{
	(void)state;
	fresh_chip();
	inserted_make_open(chip);
	begin(SY_TASK_PERSONALISE);
	run("blank;failed device key-open 255;");
	assert_int_equal(inserted_verifies(chip), 0);
}

static void
a_card_with_anothers_secrets_is_refused(void **state)
{
	static const char other[] = "11223344";

	(void)state;
	fresh_chip();
	inserted_set_puk(chip, other);
	begin(SY_TASK_PERSONALISE);
	run("blank;failed credential denied 255;");
	/* The last try is left alone. */
	assert_int_equal(inserted_puk_tries(chip), 1);
	inserted_set_puk_tries(chip, 2);
	begin(SY_TASK_PERSONALISE);
	run("ours;failed credential denied 255;");
	assert_int_equal(inserted_puk_tries(chip), 1);
	assert_true(inserted_has_pin(chip, "123456"));
}

static void
the_makers_pin_is_refused_before_anything_is_changed(void **state)
{
	(void)state;
	fresh_chip();
	agent.pin = "123456";
	begin(SY_TASK_PERSONALISE);
	run("blank;failed credential pin-factory 255;");
	assert_true(inserted_has_puk(chip, "12345678"));
	agent.pin = "12345";
	begin(SY_TASK_PERSONALISE);
	run("blank;failed device pin-format 255;");
	assert_int_equal(inserted_verifies(chip), 0);
}

/* Wherever the card was pulled out, the next visit finds it as it is and
 * brings it to its end, with the same secrets. */
static void
a_card_pulled_at_any_command_can_be_personalised_again(void **state)
{
	unsigned long at = 0;

	(void)state;
	for (int after = 0; after < 2; after++) {
		for (at = 1;; at++) {
			fresh_chip();
			begin(SY_TASK_PERSONALISE);
			agent.pull_at = at;
			agent.after = after == 1;
			fake_ready(&f);
			if (operation_run(&f.host) == SY_OK)
				break;
			assert_null(strstr(f.said, "done"));
			assert_non_null(strstr(f.said, "failed device "));
			assert_true(inserted_verifies(chip) <= 1);
			inserted_power(chip);
			begin(SY_TASK_PERSONALISE);
			fake_ready(&f);
			assert_int_equal(operation_run(&f.host), SY_OK);
			assert_personalised("246802");
			assert_true(inserted_puk_tries(chip) == 3);
		}
		print_message("  %lu commands\n", at - 1);
		assert_true(at > 15);
	}
}

static void
a_blocked_pin_is_unblocked_and_the_puk_changes(void **state)
{
	static const char former[] = "55443322";

	(void)state;
	fresh_chip();
	begin(SY_TASK_PERSONALISE);
	run("blank;key;done;");
	inserted_set_puk(chip, former);
	for (int i = 0; i < 3; i++) {
		begin(SY_TASK_PIN_CHANGE);
		f.start.reserve = 0;
		agent.pin = "999999";
		agent.fresh = "808642";
		fake_ready(&f);
		assert_int_not_equal(operation_run(&f.host), SY_OK);
	}
	assert_int_equal(inserted_pin_tries(chip), 0);
	begin(SY_TASK_PIN_UNBLOCK);
	agent.former_puk = former;
	agent.pin = "864208";
	run("card 0;proof;");
	assert_personalised("864208");
	/* The same visit once more, after a result that got lost. */
	begin(SY_TASK_PIN_UNBLOCK);
	run("card 3;proof;");
}

static void
a_pin_is_changed_and_the_card_counts(void **state)
{
	(void)state;
	fresh_chip();
	begin(SY_TASK_PERSONALISE);
	run("blank;key;done;");
	begin(SY_TASK_PIN_CHANGE);
	agent.fresh = "808642";
	run("card 3;done;");
	assert_true(inserted_has_pin(chip, "808642"));

	begin(SY_TASK_PIN_CHANGE);
	agent.pin = "999999";
	fake_at(&f, 1000, fake_close);
	run("card 3;wrong 2;");
	begin(SY_TASK_PIN_CHANGE);
	run("card 2;failed credential pin-reserve 1;");
	begin(SY_TASK_PIN_CHANGE);
	run("failed device pin-reserve 1;");
	assert_true(inserted_has_pin(chip, "808642"));
}

static void
a_new_pin_that_is_the_makers_is_refused(void **state)
{
	(void)state;
	fresh_chip();
	begin(SY_TASK_PERSONALISE);
	run("blank;key;done;");
	begin(SY_TASK_PIN_CHANGE);
	agent.fresh = "000000";
	run("card 3;failed credential pin-factory 3;");
	assert_true(inserted_has_pin(chip, "246802"));
	assert_int_equal(inserted_pin_tries(chip), 3);
}

static int
teardown(void **state)
{
	(void)state;
	if (chip != NULL)
		inserted_free(&chip);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_blank_card_is_personalised),
		cmocka_unit_test(rsa_keys_are_made_too),
		cmocka_unit_test(a_card_of_ours_is_opened_with_our_key_again),
		cmocka_unit_test(a_key_that_signs_without_its_pin_is_refused),
		cmocka_unit_test(a_card_with_anothers_secrets_is_refused),
		cmocka_unit_test(
		    the_makers_pin_is_refused_before_anything_is_changed),
		cmocka_unit_test(
		    a_card_pulled_at_any_command_can_be_personalised_again),
		cmocka_unit_test(
		    a_blocked_pin_is_unblocked_and_the_puk_changes),
		cmocka_unit_test(a_pin_is_changed_and_the_card_counts),
		cmocka_unit_test(a_new_pin_that_is_the_makers_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
