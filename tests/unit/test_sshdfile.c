/* SPDX-License-Identifier: Apache-2.0 */
/* agent/check/sshdfile.c, sshd.c: what sshd_config says of asking people. */
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/check/check_int.h"
#include "agent/check/sshdfile.h"
#include "agent/text.h"
#include "tests/support/tree.h"

static enum sy_err
include_nothing(struct sshd_reading *r, const char *pattern,
    struct sy_error *reterr)
{
	(void)reterr;
	/* As a file that has a Match in it. */
	r->match = true;
	(void)snprintf(r->arg, SSHDFILE_WORD_SIZE, "%s", pattern);
	return SY_OK;
}

static void
every_spelling_is_read_as_sshd_reads_it(void **state)
{
	static const struct {
		const char *text;
		enum sshd_answer pam, password, keyboard;
		bool password_matched, keyboard_matched;
		enum sy_err err;
	} tc[] = {
#define U SSHD_UNSET
#define N SSHD_NO
#define Y SSHD_YES
		{ "", U, U, U, false, false, SY_OK },
		{ "UsePAM yes", Y, U, U, false, false, SY_OK },
		{ "  usepam\t= \"yes\" # no\r\n", Y, U, U, false, false,
		    SY_OK },
		{ "UsePAM=true\nUsePAM no\n", Y, U, U, false, false, SY_OK },
		{ "#UsePAM yes\n\n", U, U, U, false, false, SY_OK },
		{ "UsePAMs yes\n", U, U, U, false, false, SY_OK },
		{ "UsePA yes\n", U, U, U, false, false, SY_OK },
		{ "PasswordAuthentication no\nPasswordAuthentication yes\n", U,
		    N, U, false, false, SY_OK },
		{ "PasswordAuthentication 'n'\"o\"\n", U, N, U, false, false,
		    SY_OK },
		{ "PasswordAuthentication no\nMatch User a\n"
		  "PasswordAuthentication yes\n",
		    U, N, U, true, false, SY_OK },
		{ "PasswordAuthentication no\nMatch User a\n"
		  "PasswordAuthentication no\n",
		    U, N, U, false, false, SY_OK },
		/* What follows a Match belongs to it. */
		{ "Match all\nUsePAM yes\nKbdInteractiveAuthentication no\n", U,
		    U, U, false, true, SY_OK },
		{ "ChallengeResponseAuthentication no\n", U, U, N, false, false,
		    SY_OK },
		/* A Match of an included file ends with it. */
		{ "Include a.conf\nUsePAM yes\n", Y, U, U, false, false,
		    SY_OK },
		{ "UsePAM\n", U, U, U, false, false, SY_ERR_FORMAT },
		{ "UsePAM maybe\n", U, U, U, false, false, SY_ERR_FORMAT },
		{ "UsePAM \"yes\n", U, U, U, false, false, SY_ERR_FORMAT },
		{ "UsePAM # yes\n", U, U, U, false, false, SY_ERR_FORMAT },
		{ "Include \"a\n", U, U, U, false, false, SY_ERR_FORMAT },
	};
	char included[SSHDFILE_WORD_SIZE];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sshd_reading r = { .include = include_nothing,
			.arg = included };
		struct sy_error error = { .code = SY_OK };

		print_message("  %s\n", tc[i].text);
		assert_int_equal(sshdfile_parse("f", tc[i].text,
				     strlen(tc[i].text), &r, &error),
		    tc[i].err);
		if (tc[i].err != SY_OK) {
			assert_string_equal(error.place, "f:1");
			continue;
		}
		assert_int_equal(r.settings.pam, tc[i].pam);
		assert_int_equal(r.settings.password, tc[i].password);
		assert_int_equal(r.settings.keyboard, tc[i].keyboard);
		assert_int_equal(r.settings.password_matched,
		    tc[i].password_matched);
		assert_int_equal(r.settings.keyboard_matched,
		    tc[i].keyboard_matched);
	}
}

static void
what_can_t_be_a_line_is_refused_with_its_place(void **state)
{
	char text[5 * SSHDFILE_WORD_SIZE];
	struct sshd_reading r = { .include = include_nothing };
	struct sy_error error = { .code = SY_OK };

	(void)state;
	assert_int_equal(sshdfile_parse("f", "\nUsePAM\0yes\n", 12, &r, &error),
	    SY_ERR_FORMAT);
	assert_string_equal(error.place, "f:2");
	/* The longest line that is taken, and the first that is not. */
	memset(text, ' ', sizeof(text));
	error.code = SY_OK;
	assert_int_equal(sshdfile_parse("f", text, 4 * SSHDFILE_WORD_SIZE - 1,
			     &r, &error),
	    SY_OK);
	assert_int_equal(sshdfile_parse("f", text, 4 * SSHDFILE_WORD_SIZE, &r,
			     &error),
	    SY_ERR_FORMAT);
	/* And the longest word. */
	memset(text, 'x', sizeof(text));
	memcpy(text, "UsePAM ", 7);
	memcpy(text + 7, "yes", 3);
	error.code = SY_OK;
	assert_int_equal(sshdfile_parse("f", text, 7 + SSHDFILE_WORD_SIZE, &r,
			     &error),
	    SY_ERR_FORMAT);
}

/* --- the files, and what is said of them --- */

struct world {
	struct tree tree;
	struct sshd_settings settings;
	struct sy_error error;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	tree_open(&w->tree);
	text_open("/nonexistent", SY_LANG_EN);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	tree_close(&w->tree);
	free(w);
	return 0;
}

static enum sy_err
load(struct world *w)
{
	memset(&w->settings, 0, sizeof(w->settings));
	w->error.code = SY_OK;
	return sshdfile_load(w->tree.root, &w->settings, &w->error);
}

static void
put(struct world *w, const char *name, const char *text)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/etc/ssh/%s", name);
	tree_write(&w->tree, path, text, 0644);
}

static void
files_are_included_in_their_order(void **state)
{
	struct world *w = *state;

	assert_int_equal(load(w), SY_ERR_NOT_FOUND);
	put(w, "sshd_config",
	    "Include /etc/ssh/sshd_config.d/*.conf none/*.conf\n"
	    "UsePAM yes\nPasswordAuthentication yes\n");
	put(w, "sshd_config.d/50-b.conf", "PasswordAuthentication yes\n");
	put(w, "sshd_config.d/10-a.conf",
	    "PasswordAuthentication no\nMatch User root\n"
	    "KbdInteractiveAuthentication no\n");
	put(w, "sshd_config.d/60-c.old", "UsePAM no\n");
	assert_int_equal(load(w), SY_OK);
	assert_int_equal(w->settings.pam, SSHD_YES);
	assert_int_equal(w->settings.password, SSHD_NO);
	assert_false(w->settings.password_matched);
	assert_true(w->settings.keyboard_matched);
	/* All of what a Match includes belongs to it. */
	put(w, "sshd_config",
	    "PasswordAuthentication no\nMatch User a\n"
	    "Include sshd_config.d/50*\n");
	assert_int_equal(load(w), SY_OK);
	assert_true(w->settings.password_matched);
	put(w, "sshd_config.d/50-b.conf", "\nUsePAM maybe\n");
	assert_int_equal(load(w), SY_ERR_FORMAT);
	assert_non_null(strstr(w->error.place, "/50-b.conf:2"));
	/* One that includes itself ends. */
	put(w, "sshd_config", "Include sshd_config\n");
	assert_int_equal(load(w), SY_ERR_LIMIT);
}

static void
expect(struct world *w, const char *text, int status, const char *said)
{
	const struct check c = { .root = w->tree.root, .out = NULL };
	struct findings findings;
	struct check check = c;
	char *out = NULL;
	size_t len;
	FILE *f;

	if (text != NULL)
		put(w, "sshd_config", text);
	assert_non_null(f = open_memstream(&out, &len));
	findings_open(&findings, f, true, true);
	check.out = &findings;
	check_sshd(&check);
	assert_int_equal(findings_close(&findings), status);
	assert_int_equal(fclose(f), 0);
	if (strstr(out, said) == NULL)
		fail_msg("\"%s\" is not said in:\n%s", said, out);
	free(out);
}

static void
what_sshd_must_not_do_is_said(void **state)
{
	struct world *w = *state;

	expect(w, NULL, 0, "");
	expect(w, "UsePAM yes\nPasswordAuthentication no\n", 0, "sshd");
	expect(w, "PasswordAuthentication no\n", 1, "sshd-pam");
	expect(w, "UsePAM no\nPasswordAuthentication no\n", 1, "sshd-pam");
	expect(w, "UsePAM yes\n", 1, "sshd-password");
	expect(w,
	    "UsePAM yes\nPasswordAuthentication no\nMatch User a\n"
	    "PasswordAuthentication yes\n",
	    1, "sshd-password");
	expect(w,
	    "UsePAM yes\nPasswordAuthentication no\n"
	    "KbdInteractiveAuthentication no\n",
	    1, "sshd-keyboard");
	expect(w, "UsePAM maybe\n", 3, "sshd_config:1");
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_is_read_as_sshd_reads_it),
		cmocka_unit_test(
		    what_can_t_be_a_line_is_refused_with_its_place),
		CASE(files_are_included_in_their_order),
		CASE(what_sshd_must_not_do_is_said),
	};

	return cmocka_run_group_tests_name("sshdfile", tests, NULL, NULL);
}
