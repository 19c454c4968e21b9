/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include "agent/options.h"
#include "agent/paths.h"

static void
command_lines_are_taken_or_refused(void **state)
{
	static const struct {
		const char *argv[8];
		enum sy_err err;
		const char *root;
		const char *server;
		int fd;
	} tc[] = {
		{ { "run" }, SY_OK, "", NULL, -1 },
		{ { "--root", "/r", "run" }, SY_OK, "/r", NULL, -1 },
		{ { "join", "--server", "h:1" }, SY_OK, "", "h:1", -1 },
		{ { "join", "--server", "h:1", "--code-fd", "3" }, SY_OK, "",
		    "h:1", 3 },
		{ { "check" }, SY_OK, "", NULL, -1 },
		{ { "--root", "/r", "check", "-v", "--json", "suzuki" }, SY_OK,
		    "/r", NULL, -1 },
		{ { "check", "-v", "-v" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "check", "suzuki", "tanaka" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "check", "Su Zuki" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "check", "--root", "/r" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "run", "-v" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { NULL }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "--root" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "--root", "/r" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "run", "--root", "/r" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "run", "again" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "run", "--server", "h:1" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "join" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "join", "--server" }, SY_ERR_ARG, NULL, NULL, 0 },
		{ { "join", "--server", "a:1", "--server", "b:1" }, SY_ERR_ARG,
		    NULL, NULL, 0 },
		{ { "join", "--server", "a:1", "--code-fd", "x" }, SY_ERR_ARG,
		    NULL, NULL, 0 },
		{ { "join", "--server", "a:1", "--code-fd", "-1" }, SY_ERR_ARG,
		    NULL, NULL, 0 },
		/* A code never comes by the command line. */
		{ { "join", "--server", "a:1", "--code", "X" }, SY_ERR_ARG,
		    NULL, NULL, 0 },
	};
	struct options o;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		char words[8][32] = { "sanyoso-agent" };
		char *argv[9] = { words[0] };
		int argc = 1;

		while (argc < 8 && tc[i].argv[argc - 1] != NULL) {
			(void)snprintf(words[argc], sizeof(words[argc]), "%s",
			    tc[i].argv[argc - 1]);
			argv[argc] = words[argc];
			argc++;
		}
		print_message("  line %zu\n", i);
		assert_int_equal(options_parse(argc, argv, &o), tc[i].err);
		if (tc[i].err != SY_OK)
			continue;
		assert_string_equal(o.root, tc[i].root);
		assert_int_equal(o.code_fd, tc[i].fd);
		if (tc[i].server != NULL)
			assert_string_equal(o.server, tc[i].server);
		else
			assert_null(o.server);
	}
}

static void
all_files_move_with_the_root(void **state)
{
	char long_root[128];
	struct paths p;

	(void)state;
	assert_int_equal(paths_make("", &p), SY_OK);
	assert_string_equal(p.config, "/etc/sanyoso/agent.conf");
	assert_string_equal(p.socket, "/run/sanyoso/agent/agent.sock");
	assert_int_equal(paths_make("/tmp/x", &p), SY_OK);
	assert_string_equal(p.identity,
	    "/tmp/x/var/lib/sanyoso/agent/identity.pem");
	assert_string_equal(p.socket, "/tmp/x/run/sanyoso/agent/agent.sock");
	assert_int_equal(paths_make("tmp", &p), SY_ERR_ARG);
	assert_int_equal(paths_make("/tmp/", &p), SY_ERR_ARG);
	/* A socket's name has 107 bytes. */
	memset(long_root, 'x', sizeof(long_root));
	long_root[0] = '/';
	long_root[78] = '\0';
	assert_int_equal(paths_make(long_root, &p), SY_OK);
	long_root[78] = 'x';
	long_root[79] = '\0';
	assert_int_equal(paths_make(long_root, &p), SY_ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines_are_taken_or_refused),
		cmocka_unit_test(all_files_move_with_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
