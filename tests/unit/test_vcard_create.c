/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual cards as tests order them: what enrolment has to refuse, too. */
#include <openssl/x509_vfy.h>
#include <string.h>

#include "vcard_drive.h"

#define SELECT "00a4040009a0000003080000100000"
#define SIGN_9A                                                                \
	"0087119a267c2482008120"                                               \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00"

static struct vc_card *
blank(enum vc_type type)
{
	struct vc_card *card = NULL;

	assert_int_equal(vc_card_new(type, &card), SY_OK);
	return card;
}

/* The certificate in 53 { 70 } of ${object}. */
static X509 *
cert_of(struct vc_card *card, uint32_t object)
{
	const struct vc_file *file = vc_card_file(card, object);
	struct vc_in in, der;
	const uint8_t *p;
	uint32_t tag;
	X509 *x;

	assert_non_null(file);
	in = (struct vc_in){ file->data, file->len };
	assert_int_equal(vc_in_tlv(&in, &tag, &der), SY_OK);
	assert_int_equal(tag, 0x70);
	p = der.at;
	x = d2i_X509(NULL, &p, (long)der.left);
	assert_non_null(x);
	return x;
}

static void
certificates_have_the_dates_that_were_asked_for(void **state)
{
	static const struct {
		const char *what;
		int from, to;
		int before, after; /* signs of X509_cmp_current_time */
	} tc[] = {
		{ "valid", -1, 365, -1, 1 },
		{ "expired", -400, -10, -1, -1 },
		{ "not yet", 10, 20, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct vc_card *card = blank(VC_PIV);
		struct vc_recipe recipe = drive_recipe(card);
		X509 *x;

		print_message("  %s\n", tc[i].what);
		recipe.from_days = tc[i].from;
		recipe.to_days = tc[i].to;
		drive_create(&recipe);
		x = cert_of(card, 0x5fc105);
		assert_int_equal(X509_cmp_current_time(X509_get0_notBefore(x)),
		    tc[i].before);
		assert_int_equal(X509_cmp_current_time(X509_get0_notAfter(x)),
		    tc[i].after);
		X509_free(x);
		vc_card_free(&card);
	}
}

static void
a_certificate_can_be_over_another_key(void **state)
{
	struct vc_card *card = blank(VC_PIV);
	struct vc_recipe recipe = drive_recipe(card);
	X509 *x;

	(void)state;
	recipe.other_cert = "9a";
	drive_create(&recipe);
	x = cert_of(card, 0x5fc105);
	assert_int_not_equal(EVP_PKEY_eq(X509_get0_pubkey(x),
				 vc_card_key(card, 0x9a)->pkey),
	    1);
	X509_free(x);
	x = cert_of(card, 0x5fc10a);
	assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(x),
			     vc_card_key(card, 0x9c)->pkey),
	    1);
	X509_free(x);
	vc_card_free(&card);
}

static void
an_open_key_signs_without_pin(void **state)
{
	struct vc_card *card = blank(VC_PIV);
	struct vc_recipe recipe = drive_recipe(card);
	struct vc_bytes reply;

	(void)state;
	recipe.open_keys = "9a";
	drive_create(&recipe);
	assert_int_equal(drive(card, SELECT, &reply), SW_OK);
	assert_int_equal(drive(card, SIGN_9A, &reply), SW_OK);
	assert_int_equal(card->counts.verifies, 0);
	vc_card_free(&card);
}

static void
an_object_can_be_the_bare_certificate(void **state)
{
	struct vc_card *card = blank(VC_PIV);
	struct vc_recipe recipe = drive_recipe(card);

	(void)state;
	recipe.bare_cert = true;
	drive_create(&recipe);
	assert_int_equal(vc_card_file(card, 0x5fc105)->data[0], 0x30);
	vc_card_free(&card);
}

static void
the_counter_starts_where_it_was_told_to(void **state)
{
	struct vc_card *card = blank(VC_JPKI);
	struct vc_recipe recipe = drive_recipe(card);

	(void)state;
	recipe.tries = 5;
	recipe.left = 1;
	drive_create(&recipe);
	assert_int_equal(card->pins[VC_PIN_AUTH].left, 1);
	assert_int_equal(card->pins[VC_PIN_AUTH].max, 5);
	assert_int_equal(card->pins[VC_PIN_SIGN].left, 5);
	vc_card_free(&card);
}

static void
orders_that_make_no_card_are_refused(void **state)
{
	static const struct {
		const char *what;
		enum vc_type type;
		enum vc_alg alg;
		const char *pin, *mgmt, *mgmt_key, *atr;
		enum sy_err err;
	} tc[] = {
		{ "JPKI with P-256", VC_JPKI, VC_P256, "1234", "3des", NULL,
		    NULL, SY_ERR_ALGORITHM },
		{ "empty PIN", VC_JPKI, VC_RSA1024, "", "3des", NULL, NULL,
		    SY_ERR_PIN_FORMAT },
		{ "PIV PIN of nine", VC_PIV, VC_P256, "123456789", "3des", NULL,
		    NULL, SY_ERR_PIN_FORMAT },
		{ "unknown cipher", VC_PIV, VC_P256, "123456", "rc4", NULL,
		    NULL, SY_ERR_NOT_FOUND },
		{ "short key", VC_PIV, VC_P256, "123456", "aes128", "0102",
		    NULL, SY_ERR_FORMAT },
		{ "ATR that is none", VC_PIV, VC_P256, "123456", "3des", NULL,
		    "nonesuch", SY_ERR_FORMAT },
		{ "ATR too long", VC_PIV, VC_P256, "123456", "3des", NULL,
		    "3b0000000000000000000000000000000000000000000000000000000"
		    "00000000000",
		    SY_ERR_LIMIT },
	};
	struct vc_issuer ca = { NULL, NULL };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct vc_card *card = blank(tc[i].type);
		struct vc_recipe recipe = drive_recipe(card);

		print_message("  %s\n", tc[i].what);
		recipe.alg = tc[i].alg;
		recipe.pin = tc[i].pin;
		recipe.mgmt = tc[i].mgmt;
		recipe.mgmt_key = tc[i].mgmt_key;
		recipe.atr = tc[i].atr;
		recipe.empty = true;
		assert_int_equal(vc_create(&recipe, &ca, -1), tc[i].err);
		vc_card_free(&card);
	}
}

/*
 * ISO/IEC 7816-3, 8.2: T0, the interface bytes, historical bytes and, unless
 * T=0 is the only protocol, a check byte. Gives the first protocol offered.
 */
static enum vc_proto
check_atr(const uint8_t *atr, size_t len)
{
	const size_t historical = atr[1] & 0x0f;
	uint8_t y = atr[1] >> 4, sum = 0;
	size_t at = 2;
	int first = -1;
	bool others = false;

	assert_int_equal(atr[0], 0x3b);
	while (y != 0) {
		at += (size_t)(y & 1) + (y >> 1 & 1) + (y >> 2 & 1);
		if ((y & 8) == 0)
			break;
		assert_true(at < len);
		if (first < 0)
			first = atr[at] & 0x0f;
		others |= (atr[at] & 0x0f) != 0;
		y = atr[at++] >> 4;
	}
	assert_int_equal(len, at + historical + others);
	for (size_t i = 1; others && i < len; i++)
		sum ^= atr[i];
	assert_int_equal(sum, 0);
	return first == 1 ? VC_T1 : VC_T0;
}

static void
every_named_atr_is_sound(void **state)
{
	char names[256], *name = names;

	(void)state;
	assert_true(strlen(vc_atr_names()) < sizeof(names));
	memcpy(names, vc_atr_names(), strlen(vc_atr_names()) + 1);
	while (*name != '\0') {
		struct vc_card *card = blank(VC_PIV);
		struct vc_recipe recipe = drive_recipe(card);
		char *end = name + strcspn(name, " ");
		enum vc_proto first;
		bool contactless;

		if (*end == ' ')
			*end++ = '\0';
		print_message("  %s\n", name);
		recipe.atr = name;
		recipe.empty = true;
		drive_create(&recipe);
		first = check_atr(card->atr, card->atrlen);
		/* PC/SC part 3: contactless cards show T=0 and T=1. */
		contactless = strcmp(name, "jpki-contactless") == 0;
		assert_int_equal(card->proto, contactless ? VC_T1 : first);
		vc_card_free(&card);
		name = end;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    certificates_have_the_dates_that_were_asked_for),
		cmocka_unit_test(a_certificate_can_be_over_another_key),
		cmocka_unit_test(an_open_key_signs_without_pin),
		cmocka_unit_test(an_object_can_be_the_bare_certificate),
		cmocka_unit_test(the_counter_starts_where_it_was_told_to),
		cmocka_unit_test(orders_that_make_no_card_are_refused),
		cmocka_unit_test(every_named_atr_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
