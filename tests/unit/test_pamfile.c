/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <security/_pam_types.h>

#include "agent/check/pamfile.h"
#include "tests/support/faults.h"

static enum sy_err
parse(const char *text, struct pamfile **ret, struct sy_error *error)
{
	memset(error, 0, sizeof(*error));
	return pamfile_parse("svc", text, strlen(text), ret, error);
}

static void
lines_are_read_as_libpam_reads_them(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		unsigned int number; /* of the first */
		const char *name, *arg;
	} tc[] = {
		{ "", 0, 0, NULL, NULL },
		{ "# a\n\n \t\n", 0, 0, NULL, NULL },
		{ "auth required pam_x.so", 1, 1, "pam_x.so", NULL },
		{ "# a\nauth required pam_x.so a\n", 1, 2, "pam_x.so", "a" },
		{ " AUTH\tRequired  pam_x.so # a", 1, 1, "pam_x.so", NULL },
		{ "auth required \\\n pam_x.so \\\n a\n", 1, 1, "pam_x.so",
		    "a" },
		{ "auth required pam_x.so [a \\] b]\n", 1, 1, "pam_x.so",
		    "a ] b" },
		{ "auth required pam_x.so []\n", 1, 1, "pam_x.so", "" },
		{ "auth required pam_x.so a[b]c\n", 1, 1, "pam_x.so", "a[b]c" },
		{ "-auth required pam_x.so\n", 1, 1, "pam_x.so", NULL },
		{ "auth include y\n", 1, 1, "y", NULL },
		{ "auth substack /etc/pam.d/y\n", 1, 1, "/etc/pam.d/y", NULL },
		{ "@include y\n", 1, 1, "y", NULL },
		{ "#\xe7\x8c\xab\nauth required pam_x.so\n", 1, 2, "pam_x.so",
		    NULL },
		{ "# a \\\nauth required pam_x.so\n", 1, 2, "pam_x.so", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct pamfile *file = NULL;
		struct sy_error error;
		const struct pamfile_line *line;

		print_message("  %s\n", tc[i].text);
		assert_int_equal(parse(tc[i].text, &file, &error), SY_OK);
		assert_int_equal(pamfile_count(file), tc[i].count);
		if (tc[i].count > 0) {
			line = pamfile_line(file, 0);
			assert_int_equal(line->number, tc[i].number);
			assert_string_equal(line->name, tc[i].name);
			assert_int_equal(line->arg_count, tc[i].arg != NULL);
			if (tc[i].arg != NULL)
				assert_string_equal(line->args[0], tc[i].arg);
		}
		pamfile_free(&file);
	}
}

static void
what_a_person_would_misread_is_refused_at_its_line(void **state)
{
	static const struct {
		const char *text, *place;
	} tc[] = {
		{ "\nauth required pam_x.so \\\n# a\n", "svc:2" },
		{ "auth required pam_x.so \\\n\nauth required y.so", "svc:1" },
		{ "auth required pam_x.so \\", "svc:1" },
		{ "auth required pam_x.so \\\n", "svc:1" },
		{ "auth required pam_x.so \\ \n a\n", "svc:1" },
		{ "auth required pam_x.so \\ # a\n", "svc:1" },
		{ "auth required pam_x.so a#b\n", "svc:1" },
		{ "auth required pam_x.so [a #b]\n", "svc:1" },
		{ "auth required pam_x.so\r\n", "svc:1" },
		{ "auth required pam_x.so\v\n", "svc:1" },
		{ "#\n#\nuath required pam_x.so\n", "svc:3" },
		{ "auth\n", "svc:1" },
		{ "auth required\n", "svc:1" },
		{ "auth needed pam_x.so\n", "svc:1" },
		{ "auth [required] pam_x.so\n", "svc:1" },
		{ "auth success=ok pam_x.so\n", "svc:1" },
		{ "auth [] pam_x.so\n", "svc:1" },
		{ "auth [success] pam_x.so\n", "svc:1" },
		{ "auth [success=] pam_x.so\n", "svc:1" },
		{ "auth [success=fine] pam_x.so\n", "svc:1" },
		{ "auth [victory=ok] pam_x.so\n", "svc:1" },
		{ "auth [success=ok,default=bad] pam_x.so\n", "svc:1" },
		{ "auth [success=0] pam_x.so\n", "svc:1" },
		{ "auth [success=1001] pam_x.so\n", "svc:1" },
		{ "auth [success=-1] pam_x.so\n", "svc:1" },
		{ "auth [success=ok pam_x.so\n", "svc:1" },
		{ "auth [success=ok]pam_x.so\n", "svc:1" },
		{ "[auth] required pam_x.so\n", "svc:1" },
		{ "auth include\n", "svc:1" },
		{ "auth include ../y\n", "svc:1" },
		{ "auth include d/y\n", "svc:1" },
		{ "auth include y z\n", "svc:1" },
		{ "@include\n", "svc:1" },
		{ "@Include y\n", "svc:1" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct pamfile *file = NULL;
		struct sy_error error;

		print_message("  %s\n", tc[i].text);
		assert_int_equal(parse(tc[i].text, &file, &error),
		    SY_ERR_FORMAT);
		assert_null(file);
		assert_string_equal(error.place, tc[i].place);
	}
}

static void
controls_say_what_follows_from_each_return(void **state)
{
	static const struct {
		const char *control;
		int success, change, ignore, auth_err;
	} tc[] = {
		{ "required", PAMFILE_OK, PAMFILE_OK, PAMFILE_IGNORE,
		    PAMFILE_BAD },
		{ "requisite", PAMFILE_OK, PAMFILE_OK, PAMFILE_IGNORE,
		    PAMFILE_DIE },
		{ "optional", PAMFILE_OK, PAMFILE_OK, PAMFILE_IGNORE,
		    PAMFILE_IGNORE },
		{ "sufficient", PAMFILE_DONE, PAMFILE_DONE, PAMFILE_IGNORE,
		    PAMFILE_IGNORE },
		{ "[success=1000]", 1000, PAMFILE_BAD, PAMFILE_BAD,
		    PAMFILE_BAD },
		{ "[default=ok success=die]", PAMFILE_DIE, PAMFILE_OK,
		    PAMFILE_OK, PAMFILE_OK },
		{ "[ success = reset default=ignore default=bad ]",
		    PAMFILE_RESET, PAMFILE_IGNORE, PAMFILE_IGNORE,
		    PAMFILE_IGNORE },
		{ "[success=ok success=done]", PAMFILE_DONE, PAMFILE_BAD,
		    PAMFILE_BAD, PAMFILE_BAD },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct pamfile *file = NULL;
		struct sy_error error;
		const int *a;

		print_message("  %s\n", tc[i].control);
		(void)snprintf(text, sizeof(text), "auth %s pam_x.so",
		    tc[i].control);
		assert_int_equal(parse(text, &file, &error), SY_OK);
		a = pamfile_line(file, 0)->actions;
		assert_int_equal(a[PAM_SUCCESS], tc[i].success);
		assert_int_equal(a[PAM_NEW_AUTHTOK_REQD], tc[i].change);
		assert_int_equal(a[PAM_IGNORE], tc[i].ignore);
		assert_int_equal(a[PAM_AUTH_ERR], tc[i].auth_err);
		pamfile_free(&file);
	}
}

/* A line of ${len} bytes. */
static char *
long_line(size_t len)
{
	static char line[PAMFILE_LINE_MAX + 16];
	const size_t used =
	    (size_t)snprintf(line, sizeof(line), "auth required pam_x.so ");

	memset(line + used, 'a', len - used);
	line[len] = '\0';
	return line;
}

static void
limits_hold_at_their_boundaries(void **state)
{
	struct pamfile *file = NULL;
	struct sy_error error;
	char *text = calloc(1, PAMFILE_SIZE_MAX + 2);

	(void)state;
	assert_non_null(text);
	assert_int_equal(parse(long_line(PAMFILE_LINE_MAX), &file, &error),
	    SY_OK);
	pamfile_free(&file);
	assert_int_equal(parse(long_line(PAMFILE_LINE_MAX + 1), &file, &error),
	    SY_ERR_LIMIT);
	memset(text, '\n', PAMFILE_LINES_MAX - 1);
	assert_int_equal(parse(text, &file, &error), SY_OK);
	pamfile_free(&file);
	text[PAMFILE_LINES_MAX - 1] = '\n';
	assert_int_equal(parse(text, &file, &error), SY_ERR_LIMIT);
	memset(text, '#', PAMFILE_SIZE_MAX);
	assert_int_equal(parse(text, &file, &error), SY_OK);
	pamfile_free(&file);
	text[PAMFILE_SIZE_MAX] = '#';
	assert_int_equal(parse(text, &file, &error), SY_ERR_LIMIT);
	assert_int_equal(pamfile_parse("svc", "#\0", 2, &file, &error),
	    SY_ERR_FORMAT);
	free(text);
}

static void
words_are_counted(void **state)
{
	char text[PAMFILE_WORDS_MAX * 2 + 64] = "auth required pam_x.so";
	struct pamfile *file = NULL;
	struct sy_error error;

	(void)state;
	for (size_t i = 3; i < PAMFILE_WORDS_MAX; i++)
		memcpy(text + strlen(text), " a", 3);
	assert_int_equal(parse(text, &file, &error), SY_OK);
	assert_int_equal(pamfile_line(file, 0)->arg_count,
	    PAMFILE_WORDS_MAX - 3);
	pamfile_free(&file);
	memcpy(text + strlen(text), " a", 3);
	assert_int_equal(parse(text, &file, &error), SY_ERR_LIMIT);
}

static void
a_failed_allocation_is_an_error(void **state)
{
	struct pamfile *file = NULL;
	struct sy_error error;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = parse("auth required pam_x.so\n", &file, &error);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 3);
	pamfile_free(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_as_libpam_reads_them),
		cmocka_unit_test(
		    what_a_person_would_misread_is_refused_at_its_line),
		cmocka_unit_test(controls_say_what_follows_from_each_return),
		cmocka_unit_test(limits_hold_at_their_boundaries),
		cmocka_unit_test(words_are_counted),
		cmocka_unit_test(a_failed_allocation_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
