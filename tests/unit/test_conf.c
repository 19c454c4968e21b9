/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sanyoso/conf.h>

#include "tests/support/faults.h"
#include "tests/support/unit.h"

#define FILE_NAME "agent.conf"

static enum sy_err
parse(const char *text, struct sy_conf **conf, struct sy_error *e)
{
	memset(e, 0, sizeof(*e));
	*conf = NULL;
	return sy_conf_parse(FILE_NAME, text, strlen(text), conf, e);
}

static void
sections_and_values_are_found_in_file_order(void **state)
{
	static const char text[] = "# a comment\n"
				   "; another\n"
				   "\n"
				   "   \n"
				   "[server]\n"
				   "host = sv.example:8443\n"
				   "name=\xe4\xb8\x89\xe8\xa6\x81 \n"
				   "quoted = \"a = b\" # not a comment\n"
				   "empty =\n"
				   "[zone mynumber]\n"
				   "k-1_x = 1\n"
				   "[zone   two words ]\n"
				   "[zone]";
	struct sy_conf *conf;
	struct sy_conf_section *s;
	struct sy_error e;
	const char *name = NULL;
	const char *v = NULL;

	(void)state;
	assert_int_equal(parse(text, &conf, &e), SY_OK);
	assert_string_equal(sy_conf_file(conf), FILE_NAME);
	assert_non_null(s = sy_conf_section(conf, "server", 0, &name));
	assert_string_equal(name, "");
	assert_int_equal(sy_conf_text(s, "host", NULL, &v, &e), SY_OK);
	assert_string_equal(v, "sv.example:8443");
	assert_int_equal(sy_conf_line(s, "host"), 6);
	assert_int_equal(sy_conf_text(s, "name", NULL, &v, &e), SY_OK);
	assert_string_equal(v, "\xe4\xb8\x89\xe8\xa6\x81");
	assert_int_equal(sy_conf_text(s, "quoted", NULL, &v, &e), SY_OK);
	assert_string_equal(v, "\"a = b\" # not a comment");
	assert_int_equal(sy_conf_text(s, "empty", "x", &v, &e), SY_OK);
	assert_string_equal(v, "");
	assert_null(sy_conf_section(conf, "server", 1, &name));
	assert_non_null(s = sy_conf_section(conf, "zone", 0, &name));
	assert_string_equal(name, "mynumber");
	assert_int_equal(sy_conf_text(s, "k-1_x", NULL, &v, &e), SY_OK);
	assert_string_equal(v, "1");
	assert_non_null(sy_conf_section(conf, "zone", 1, &name));
	assert_string_equal(name, "two words");
	assert_non_null(s = sy_conf_section(conf, "zone", 2, &name));
	assert_string_equal(name, "");
	/* Who asks for no name does not get one that has. */
	assert_ptr_equal(sy_conf_section(conf, "zone", 0, NULL), s);
	assert_null(sy_conf_section(conf, "zone", 1, NULL));
	assert_null(sy_conf_section(conf, "zone", 3, &name));
	assert_null(sy_conf_section(conf, "nothing", 0, NULL));
	assert_int_equal(sy_conf_end(conf, &e), SY_OK);
	sy_conf_free(&conf);
	assert_null(conf);
}

static void
what_is_not_understood_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		const char *place;
	} tc[] = {
		{ "key first", "\nk = v\n", FILE_NAME ":2" },
		{ "duplicate key", "[a]\nk = 1\nk = 1\n", FILE_NAME ":3" },
		{ "duplicate section", "[a]\n[b]\n[a]\n", FILE_NAME ":3" },
		{ "duplicate named", "[a x]\n[a  x ]\n", FILE_NAME ":2" },
		{ "unclosed section", "[a\n", FILE_NAME ":1" },
		{ "bracket alone", "[", FILE_NAME ":1" },
		{ "empty section", "[]\n", FILE_NAME ":1" },
		{ "space before the word", "[ a]\n", FILE_NAME ":1" },
		{ "name missing", "[a ]\n", FILE_NAME ":1" },
		{ "text after section", "[a] b\n", FILE_NAME ":1" },
		{ "two sections in a line", "[a] [b]\n", FILE_NAME ":1" },
		{ "bracket in a name", "[a [b]\n", FILE_NAME ":1" },
		{ "upper case section", "[A]\n", FILE_NAME ":1" },
		{ "section with a digit first", "[1a]\n", FILE_NAME ":1" },
		{ "section with a slash", "[a/b]\n", FILE_NAME ":1" },
		{ "no equals sign", "[a]\nkey\n", FILE_NAME ":2" },
		{ "no key", "[a]\n= v\n", FILE_NAME ":2" },
		{ "upper case key", "[a]\nKey = v\n", FILE_NAME ":2" },
		{ "two words as a key", "[a]\nk l = v\n", FILE_NAME ":2" },
		{ "indented key", "[a]\n k = v\n", FILE_NAME ":2" },
		{ "indented section", " [a]\n", FILE_NAME ":1" },
		{ "carriage return", "[a]\r\n", FILE_NAME ":1" },
		{ "tab", "[a]\nk =\tv\n", FILE_NAME ":2" },
		{ "control in a comment", "# \x1b[31m\n", FILE_NAME ":1" },
		{ "bad UTF-8", "[a]\nk = \xff\n", FILE_NAME ":2" },
		{ "byte order mark", "\xef\xbb\xbf[a]\n", FILE_NAME ":1" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_conf *conf;
		struct sy_error e;

		print_message("  %s\n", tc[i].what);
		assert_int_equal(parse(tc[i].text, &conf, &e), SY_ERR_FORMAT);
		assert_null(conf);
		assert_int_equal(e.code, SY_ERR_FORMAT);
		assert_string_equal(e.place, tc[i].place);
		assert_string_not_equal(e.text, "");
	}
}

static void
a_nul_does_not_end_the_file_early(void **state)
{
	struct sy_conf *conf = NULL;
	struct sy_error e;

	(void)state;
	assert_int_equal(sy_conf_parse(FILE_NAME, "[a]\n\0k", 6, &conf, &e),
	    SY_ERR_FORMAT);
	assert_string_equal(e.place, FILE_NAME ":2");
	assert_null(conf);
}

static void
an_empty_file_has_no_sections(void **state)
{
	struct sy_conf *conf = NULL;
	struct sy_error e;

	(void)state;
	assert_int_equal(sy_conf_parse(FILE_NAME, NULL, 0, &conf, &e), SY_OK);
	assert_null(sy_conf_section(conf, "a", 0, NULL));
	assert_int_equal(sy_conf_end(conf, &e), SY_OK);
	sy_conf_free(&conf);
	sy_conf_free(&conf);
	sy_conf_free(NULL);
}

static void
a_line_may_have_1023_bytes(void **state)
{
	static const struct {
		size_t len;
		enum sy_err err;
	} tc[] = { { 1023, SY_OK }, { 1024, SY_ERR_LIMIT } };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		char text[1100] = "[a]\n";
		struct sy_conf *conf;
		struct sy_error e;

		memset(text + 4, 'v', tc[i].len);
		memcpy(text + 4, "k =", 3);
		text[4 + tc[i].len] = '\n';
		assert_int_equal(parse(text, &conf, &e), tc[i].err);
		if (tc[i].err != SY_OK)
			assert_string_equal(e.place, FILE_NAME ":2");
		sy_conf_free(&conf);
	}
}

static void
the_whole_file_has_a_limit(void **state)
{
	char *text = malloc(SY_CONF_SIZE_MAX + 1);
	struct sy_conf *conf = NULL;
	struct sy_error e;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', SY_CONF_SIZE_MAX + 1);
	assert_int_equal(sy_conf_parse(FILE_NAME, text, SY_CONF_SIZE_MAX, &conf,
			     &e),
	    SY_OK);
	sy_conf_free(&conf);
	assert_int_equal(sy_conf_parse(FILE_NAME, text, SY_CONF_SIZE_MAX + 1,
			     &conf, &e),
	    SY_ERR_LIMIT);
	assert_null(conf);
	free(text);
}

/* ${n} lines made by ${fmt} after ${first}. */
static enum sy_err
parse_many(const char *first, const char *fmt, unsigned int n,
    struct sy_error *e)
{
	const size_t size = strlen(first) + 16UL * n + 1;
	struct sy_conf *conf = NULL;
	char *text = malloc(size);
	size_t len;
	enum sy_err err;

	assert_non_null(text);
	len = (size_t)snprintf(text, size, "%s", first);
	for (unsigned int i = 0; i < n; i++) {
		char line[16];

		/* Letters only: a key starts with one. */
		(void)snprintf(line, sizeof(line), "x%u", i);
		len += (size_t)snprintf(text + len, size - len, "%s%s%s\n",
		    fmt[0] == '[' ? "[" : "", line, fmt[0] == '[' ? "]" : "=");
	}
	err = sy_conf_parse(FILE_NAME, text, len, &conf, e);
	sy_conf_free(&conf);
	free(text);
	return err;
}

static void
sections_and_keys_have_a_limit(void **state)
{
	struct sy_error e;

	(void)state;
	assert_int_equal(parse_many("", "[]", 1024, &e), SY_OK);
	assert_int_equal(parse_many("", "[]", 1025, &e), SY_ERR_LIMIT);
	assert_string_equal(e.place, FILE_NAME ":1025");
	assert_int_equal(parse_many("[a]\n", "=", 4096, &e), SY_OK);
	assert_int_equal(parse_many("[a]\n", "=", 4097, &e), SY_ERR_LIMIT);
	assert_string_equal(e.place, FILE_NAME ":4098");
}

static void
a_long_file_name_keeps_its_end_and_the_line(void **state)
{
	struct sy_conf *conf = NULL;
	struct sy_error e;
	char name[400];

	(void)state;
	memset(name, 'd', sizeof(name));
	memcpy(name + sizeof(name) - 10, "/end.conf", 10);
	assert_int_equal(sy_conf_parse(name, "x", 1, &conf, &e), SY_ERR_FORMAT);
	assert_non_null(strstr(e.place, "/end.conf:1"));
}

static void
load_reads_trusted_files_only(void **state)
{
	char path[] = "/tmp/test_conf.XXXXXX";
	struct sy_conf *conf = NULL;
	struct sy_error e;
	const int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "[a]\nk = v\n", 10), 10);
	close(fd);
	assert_int_equal(sy_conf_load(path, &conf, &e), SY_OK);
	assert_non_null(sy_conf_section(conf, "a", 0, NULL));
	assert_string_equal(sy_conf_file(conf), path);
	sy_conf_free(&conf);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(sy_conf_load(path, &conf, &e), SY_ERR_PERM);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sy_conf_load(path, &conf, &e), SY_ERR_NOT_FOUND);
	assert_null(conf);
}

static void
a_failed_allocation_is_no_memory(void **state)
{
	static const char text[] = "[a]\nk = v\nl = v\nm = v\n[b]\n[c]\n";
	struct sy_conf *conf = NULL;
	struct sy_error e;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = parse(text, &conf, &e);
		if (faults_disarm()) {
			assert_int_equal(err, SY_ERR_NOMEM);
			assert_int_equal(e.code, SY_ERR_NOMEM);
			assert_null(conf);
		}
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 8);
	sy_conf_free(&conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_and_values_are_found_in_file_order),
		cmocka_unit_test(
		    what_is_not_understood_is_refused_with_its_line),
		cmocka_unit_test(a_nul_does_not_end_the_file_early),
		cmocka_unit_test(an_empty_file_has_no_sections),
		cmocka_unit_test(a_line_may_have_1023_bytes),
		cmocka_unit_test(the_whole_file_has_a_limit),
		cmocka_unit_test(sections_and_keys_have_a_limit),
		cmocka_unit_test(a_long_file_name_keeps_its_end_and_the_line),
		cmocka_unit_test(load_reads_trusted_files_only),
		cmocka_unit_test(a_failed_allocation_is_no_memory),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
