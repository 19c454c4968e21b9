/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the machine's HID devices are FIDO keys. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/inherence/device/hidraw.h"
#include "tests/support/tree.h"
#include "tests/support/unit.h"

/* As keys have it (CTAP 2.1 section 11.2.8.2). */
static const uint8_t key[] = { 0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x01, 0x09,
	0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02,
	0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91,
	0x02, 0xc0 };
#define PAGE_AT  1
#define USAGE_AT 4
#define IN_AT    17
#define OUT_AT   30

static void
a_key_s_descriptor_is_known(void **state)
{
	struct hidraw_reports reports;

	(void)state;
	assert_int_equal(hidraw_parse(key, sizeof(key), &reports), SY_OK);
	assert_int_equal(reports.in, 64);
	assert_int_equal(reports.out, 64);
}

/* Cut anywhere it is malformed, of another device, or has no report left. */
static void
a_cut_descriptor_is_none(void **state)
{
	struct hidraw_reports reports;

	(void)state;
	/* The last item only closes the collection. */
	for (size_t len = 0; len < sizeof(key) - 1; len++)
		assert_int_not_equal(hidraw_parse(key, len, &reports), SY_OK);
}

static void
other_devices_are_no_keys(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t value;
		enum sy_err err;
	} tc[] = {
		{ "another page", PAGE_AT, 0xd1, SY_ERR_NOT_FOUND },
		{ "another usage", USAGE_AT, 0x02, SY_ERR_NOT_FOUND },
		{ "input of 8", IN_AT, 8, SY_OK },
		{ "input of 7", IN_AT, 7, SY_ERR_FORMAT },
		{ "output of 64", OUT_AT, 64, SY_OK },
		{ "output of 65", OUT_AT, 65, SY_ERR_FORMAT },
		{ "no output", OUT_AT, 0, SY_ERR_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct hidraw_reports reports = { 0, 0 };
		uint8_t copy[sizeof(key)];

		print_message("  %s\n", tc[i].what);
		memcpy(copy, key, sizeof(key));
		copy[tc[i].at] = tc[i].value;
		assert_int_equal(hidraw_parse(copy, sizeof(copy), &reports),
		    tc[i].err);
	}
}

static void
a_page_may_stand_in_the_usage(void **state)
{
	/* Usage F1D00001 of four bytes, under a page of another kind. */
	static const uint8_t wide[] = { 0x05, 0x01, 0x0b, 0x01, 0x00, 0xd0,
		0xf1, 0xa1, 0x01, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02, 0x91,
		0x02, 0xc0 };
	/* A keyboard that has a FIDO page inside is a keyboard. */
	static const uint8_t keyboard[] = { 0x05, 0x01, 0x09, 0x06, 0xa1, 0x01,
		0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x02, 0x75, 0x08, 0x95,
		0x40, 0x81, 0x02, 0x91, 0x02, 0xc0, 0xc0 };
	/* Long items are passed over, but not beyond the end. */
	static const uint8_t lengthy[] = { 0xfe, 0x02, 0x10, 0xaa, 0xbb, 0x06,
		0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x01, 0x75, 0x08, 0x95, 0x40,
		0x81, 0x02, 0x91, 0x02, 0xc0 };
	static const uint8_t beyond[] = { 0xfe, 0x03, 0x10, 0xaa, 0xbb };
	/* Reports whose size would wrap. */
	static const uint8_t huge[] = { 0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1,
		0x01, 0x77, 0x00, 0x00, 0x00, 0x80, 0x95, 0x02, 0x81, 0x02 };
	struct hidraw_reports reports;

	(void)state;
	assert_int_equal(hidraw_parse(wide, sizeof(wide), &reports), SY_OK);
	assert_int_equal(hidraw_parse(keyboard, sizeof(keyboard), &reports),
	    SY_ERR_NOT_FOUND);
	assert_int_equal(hidraw_parse(lengthy, sizeof(lengthy), &reports),
	    SY_OK);
	assert_int_equal(hidraw_parse(beyond, sizeof(beyond), &reports),
	    SY_ERR_FORMAT);
	assert_int_equal(hidraw_parse(huge, sizeof(huge), &reports),
	    SY_ERR_FORMAT);
}

/* --- the folder --- */

static struct tree tree;

static void
add(const char *name, const void *descriptor, size_t len, const char *uevent)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", tree.root, name);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/%s/device", tree.root, name);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/%s/device/report_descriptor",
	    tree.root, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(descriptor, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	if (uevent == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s/device/uevent", tree.root,
	    name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(uevent, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static const struct hidraw_key *
named(const struct hidraw_key *keys, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

static void
keys_are_listed_with_their_clean_names(void **state)
{
	struct hidraw_key keys[HIDRAW_KEYS_MAX];
	size_t n;

	(void)state;
	tree_open(&tree);
	add("hidraw0", key, sizeof(key),
	    "DRIVER=hid\nHID_ID=1\nHID_NAME=Maker Key 5\nMODALIAS=x\n");
	add("hidraw1", key, sizeof(key), "HID_NAME=\x1b[2Jred");
	add("hidraw22", key, sizeof(key), NULL);
	add("hidraw3", "\x05\x01\x09\x06\xa1\x01\xc0", 7, "HID_NAME=Keys\n");
	add("hidrawX", key, sizeof(key), NULL);
	add("hidraw123456", key, sizeof(key), NULL);
	add("hidraw", key, sizeof(key), NULL);
	n = hidraw_list(tree.root, keys, SY_COUNT(keys));
	assert_int_equal(n, 3);
	assert_string_equal(named(keys, n, "hidraw0")->product, "Maker Key 5");
	assert_string_equal(named(keys, n, "hidraw1")->product, "?[2Jred");
	assert_string_equal(named(keys, n, "hidraw22")->product, "hidraw22");
	/* No more than there is room for. */
	assert_int_equal(hidraw_list(tree.root, keys, 2), 2);
	tree_close(&tree);
	assert_int_equal(hidraw_list(tree.root, keys, SY_COUNT(keys)), 0);
}

static void
what_is_no_device_is_not_opened(void **state)
{
	int fd = -1;

	(void)state;
	assert_int_equal(hidraw_open("/nonexistent", "hidraw0", &fd),
	    SY_ERR_CARD_GONE);
	/* A plain file, and a folder. */
	assert_int_equal(hidraw_open("/proc/self", "cmdline", &fd),
	    geteuid() == 0 ? SY_ERR_CARD_GONE : SY_ERR_PERM);
	assert_int_equal(fd, -1);
	assert_int_equal(hidraw_open("/dev", "null", &fd), SY_OK);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_s_descriptor_is_known),
		cmocka_unit_test(a_cut_descriptor_is_none),
		cmocka_unit_test(other_devices_are_no_keys),
		cmocka_unit_test(a_page_may_stand_in_the_usage),
		cmocka_unit_test(keys_are_listed_with_their_clean_names),
		cmocka_unit_test(what_is_no_device_is_not_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
