/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <config.h>

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/check/check_int.h"
#include "agent/text.h"
#include "tests/support/tree.h"

/* A machine of files, and what a check says of it. */
struct world {
	struct tree tree;
	struct paths paths;
	struct settings settings;
	struct findings findings;
	struct check check;
	char *text;
	size_t len;
};

static int
set_up(void **state)
{
	static struct world w;

	tree_open(&w.tree);
	if (paths_make(w.tree.root, &w.paths) != SY_OK)
		return -1;
	settings_defaults(&w.settings);
	w.check = (struct check){ .root = w.tree.root,
		.paths = &w.paths,
		.settings = &w.settings,
		.out = &w.findings };
	w.text = NULL;
	text_open("/nonexistent", SY_LANG_EN);
	*state = &w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	free(w->text);
	tree_close(&w->tree);
	return 0;
}

/* Run a check: its exit status. */
static int
run(struct world *w, void (*check)(const struct check *c), bool json)
{
	FILE *f;
	int status;

	free(w->text);
	w->text = NULL;
	f = open_memstream(&w->text, &w->len);
	assert_non_null(f);
	findings_open(&w->findings, f, json, true);
	check(&w->check);
	status = findings_close(&w->findings);
	assert_int_equal(fclose(f), 0);
	return status;
}

static void
says(const struct world *w, const char *words)
{
	if (strstr(w->text, words) == NULL)
		fail_msg("\"%s\" is not said in:\n%s", words, w->text);
}

static void
says_not(const struct world *w, const char *words)
{
	if (strstr(w->text, words) != NULL)
		fail_msg("\"%s\" is said in:\n%s", words, w->text);
}

static void
copy_shipped(const struct world *w, const char *name)
{
	char from[1024], to[512], text[16384];
	size_t len;
	FILE *f;

	(void)snprintf(from, sizeof(from), "%s/config/pam.d/%s",
	    getenv("SY_TEST_SRCDIR"), name);
	assert_non_null(f = fopen(from, "r"));
	len = fread(text, 1, sizeof(text) - 1, f);
	text[len] = '\0';
	(void)fclose(f);
	(void)snprintf(to, sizeof(to), "/etc/pam.d/%s", name);
	tree_write(&w->tree, to, text, 0644);
}

/* LOGIN-1: what we ship lets nobody in without us. */
static void
the_shipped_stacks_have_no_way_around_us(void **state)
{
	struct world *w = *state;
	char dir[1024];
	struct dirent *entry;
	size_t count = 0;
	DIR *d;

	(void)snprintf(dir, sizeof(dir), "%s/config/pam.d",
	    getenv("SY_TEST_SRCDIR"));
	assert_non_null(d = opendir(dir));
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		copy_shipped(w, entry->d_name);
		count++;
	}
	(void)closedir(d);
	assert_true(count > 10);
	(void)snprintf(w->settings.break_glass, sizeof(w->settings.break_glass),
	    "breakglass");
	if (run(w, check_pam, false) != 0)
		fail_msg("%s", w->text);
	says(w, "login: lets the break-glass account breakglass in");
	/* A name that nobody has named is a way like any other. */
	w->settings.break_glass[0] = '\0';
	assert_int_equal(run(w, check_pam, false), 1);
	says(w, "error: ");
	says(w, "If breakglass is the break-glass account, name it");
}

static void
services_are_judged_by_what_they_are_for(void **state)
{
	static const struct {
		const char *file, *text, *says;
		int status;
	} tc[] = {
		{ "sshd", "auth required pam_unix.so\n",
		    "sshd:1: sshd (auth): lets in without Sanyoso: pam_unix.so",
		    1 },
		{ "sshd",
		    "auth optional pam_sanyoso.so\n"
		    "auth required pam_unix.so\n",
		    "sshd (auth): lets in although Sanyoso says no", 1 },
		{ "sshd", "account required pam_unix.so\n",
		    "sshd (account): lets in without", 1 },
		{ "sshd", "session required pam_unix.so\n", "warning: ", 1 },
		{ "other", "auth required pam_permit.so\n",
		    "Let \"other\" refuse", 1 },
		{ "su",
		    "auth sufficient pam_rootok.so\n"
		    "auth required pam_sanyoso.so\n",
		    "su: nobody gets in without Sanyoso (root", 0 },
		{ "sshd",
		    "auth sufficient pam_rootok.so\n"
		    "auth required pam_sanyoso.so\n",
		    "sshd (auth): lets in without Sanyoso: pam_rootok.so", 1 },
		{ "cron",
		    "auth required pam_permit.so\n"
		    "account required pam_sanyoso.so\n",
		    "cron: nobody gets in", 0 },
		{ "cron", "account required pam_permit.so\n",
		    "cron (account): lets in", 1 },
		{ "chfn", "auth required pam_permit.so\n", "chfn: not judged",
		    0 },
		{ "login", "auth requird pam_sanyoso.so\n",
		    "login:1: login: not a control", 1 },
		{ "login", "auth required pam_sanyoso.so socket=/tmp/s\n",
		    "login (auth): asks another agent", 1 },
		{ "login.dpkg-old", "auth required pam_permit.so\n",
		    "Errors: 0, warnings: 0", 0 },
		{ "Login", "auth required pam_permit.so\n",
		    "Errors: 0, warnings: 0", 0 },
	};
	struct world *w = *state;
	char path[128];

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s: %s\n", tc[i].file, tc[i].text);
		(void)snprintf(path, sizeof(path), "/etc/pam.d/%s", tc[i].file);
		tree_write(&w->tree, path, tc[i].text, 0644);
		assert_int_equal(run(w, check_pam, false), tc[i].status);
		says(w, tc[i].says);
		tree_remove(&w->tree, path);
	}
}

static void
a_file_that_others_may_write_is_an_error(void **state)
{
	struct world *w = *state;

	tree_write(&w->tree, "/etc/pam.d/login",
	    "auth required pam_sanyoso.so\n", 0664);
	assert_int_equal(run(w, check_pam, false), 1);
	says(w, "others than root could change how people log in");
}

static void
vendor_files_are_read_behind_those_of_etc(void **state)
{
	struct world *w = *state;

	tree_write(&w->tree, "/usr/lib/pam.d/vendor",
	    "auth required pam_permit.so\n", 0644);
	assert_int_equal(run(w, check_pam, false), 1);
	says(w, "vendor (auth): lets in without");
	tree_write(&w->tree, "/etc/pam.d/vendor",
	    "auth required pam_sanyoso.so\n", 0644);
	assert_int_equal(run(w, check_pam, false), 0);
}

static void
json_is_one_object_and_names_do_not_change(void **state)
{
	struct world *w = *state;

	tree_write(&w->tree, "/etc/pam.d/ftp\"d", "auth required pam_unix.so\n",
	    0644);
	assert_int_equal(run(w, check_pam, true), 1);
	assert_int_equal(strncmp(w->text, "{\"findings\":[\n{", 15), 0);
	says(w, "\"severity\":\"error\",\"check\":\"pam-way\",\"place\":");
	says(w, "ftp\\\"d (auth)");
	says(w, "],\"errors\":1,\"warnings\":0,\"unknown\":0}\n");
}

/* --- accounts --- */

#define SHADOW_OK "kinkyu:$y$j9T$x$y:20000:0:99999:7:::\n"
#define PASSWD_OK "kinkyu:x:900:900::/root:/bin/sh\n"

/* A local break-glass account is documented, and named by check. */
static void
the_break_glass_account_must_be_of_use(void **state)
{
	static const struct {
		const char *passwd, *shadow, *says;
		bool wrong;
	} tc[] = {
		{ PASSWD_OK, SHADOW_OK, "its password is of 2024-10-04",
		    false },
		{ "", SHADOW_OK, "it is not in /etc/passwd", true },
		{ PASSWD_OK, "", "it is not in /etc/shadow", true },
		{ PASSWD_OK, "kinkyu::20000::::::\n", "it has no password",
		    true },
		{ "kinkyu::900:900::/root:/bin/sh\n", "", "it has no password",
		    true },
		{ PASSWD_OK, "kinkyu:!$y$x:20000::::::\n", "is locked", true },
		{ PASSWD_OK, "kinkyu:*:20000::::::\n", "is locked", true },
		{ PASSWD_OK, "kinkyu:$y$x:20000:::::20000:\n", "has expired",
		    true },
		{ "kinkyu:x:900:900::/root:/usr/sbin/nologin\n", SHADOW_OK,
		    "it has no shell", true },
		{ "kinkyu:x:900:900::/root:/bin/gone\n", SHADOW_OK,
		    "it has no shell", true },
	};
	struct world *w = *state;

	(void)snprintf(w->settings.break_glass, sizeof(w->settings.break_glass),
	    "kinkyu");
	tree_write(&w->tree, "/bin/sh", "", 0755);
	tree_write(&w->tree, "/usr/sbin/nologin", "", 0755);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].says);
		tree_write(&w->tree, "/etc/passwd", tc[i].passwd, 0644);
		tree_write(&w->tree, "/etc/shadow", tc[i].shadow, 0600);
		(void)run(w, check_accounts, false);
		says(w, tc[i].says);
		if (tc[i].wrong)
			says(w, "error: kinkyu: The break-glass account");
		else
			says_not(w, "can't be used");
	}
	w->settings.break_glass[0] = '\0';
	(void)run(w, check_accounts, false);
	says(w, "note: No break-glass account is named");
}

/* ID-2: a person without a Unix account is named. */
static void
a_person_without_an_account_is_named(void **state)
{
	struct world *w = *state;

	tree_write(&w->tree, "/bin/bash", "", 0755);
	tree_write(&w->tree, "/bin/sh", "", 0755);
	w->check.person = "nobody-has-this";
	(void)run(w, check_accounts, false);
	says(w, "error: nobody-has-this: Has no Unix account here");
	w->check.person = "root";
	(void)run(w, check_accounts, false);
	says(w, "ok: root: Has a Unix account here.");
	w->check.person = "nobody";
	(void)run(w, check_accounts, false);
	says(w, "warning: nobody: Has a Unix account here without a shell");
}

static void
service_users_must_exist(void **state)
{
	struct world *w = *state;

	(void)snprintf(w->settings.user, sizeof(w->settings.user),
	    "nobody-has-this");
	assert_int_equal(run(w, check_accounts, false), 1);
	says(w, "error: nobody-has-this: The service user does not exist.");
	(void)snprintf(w->settings.user, sizeof(w->settings.user), "nobody");
	(void)snprintf(w->settings.worker_user, sizeof(w->settings.worker_user),
	    "nobody");
	assert_int_equal(run(w, check_accounts, false), 1);
	says(w, "The agent and its workers are the same user.");
}

/* --- files --- */

static void
make_state(struct world *w)
{
	tree_write(&w->tree, "/etc/sanyoso/agent.conf", "", 0644);
	tree_write(&w->tree, "/var/lib/sanyoso/agent/identity.pem", "", 0600);
	tree_write(&w->tree, "/var/lib/sanyoso/agent/ca.pem", "", 0644);
	tree_write(&w->tree, "/var/lib/sanyoso/agent/joined.conf", "", 0644);
	tree_write(&w->tree, "/run/sanyoso/agent/x", "", 0644);
	assert_int_equal(chmod(w->paths.state, 0700), 0);
	/* As whoever runs this: the agent's user may not exist here. */
	(void)snprintf(w->settings.user, sizeof(w->settings.user), "root");
	(void)snprintf(w->settings.worker, sizeof(w->settings.worker), "%s",
	    tree_path(&w->tree, "/worker"));
	tree_write(&w->tree, "/worker", "", 0755);
}

static void
owners_and_modes_are_looked_at(void **state)
{
	static const struct {
		const char *path;
		mode_t good, bad;
		const char *mend;
	} tc[] = {
		{ "/etc/sanyoso", 0755, 0775, "chmod 0755" },
		{ "/etc/sanyoso/agent.conf", 0644, 0646, "chmod 0644" },
		{ "/var/lib/sanyoso", 0755, 0757, "chmod 0755" },
		{ "/var/lib/sanyoso/agent", 0700, 0710, "chmod 0700" },
		{ "/var/lib/sanyoso/agent/identity.pem", 0600, 0640,
		    "chmod 0600" },
		{ "/var/lib/sanyoso/agent/ca.pem", 0644, 0664, "chmod 0644" },
		{ "/run/sanyoso", 0755, 0777, "chmod 0755" },
		{ "/run/sanyoso/agent", 0755, 0775, "chmod 0755" },
		{ "/worker", 0755, 0775, "chmod 0755" },
		{ "/worker", 0755, 0754, "keeps it from being used" },
	};
	struct world *w = *state;
	char line[512];

	make_state(w);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].path);
		(void)snprintf(line, sizeof(line),
		    "error: %s: ", tree_path(&w->tree, tc[i].path));
		(void)run(w, check_files, false);
		says_not(w, line);
		(void)chmod(tree_path(&w->tree, tc[i].path), tc[i].bad);
		(void)run(w, check_files, false);
		says(w, line);
		says(w, tc[i].mend);
		(void)chmod(tree_path(&w->tree, tc[i].path), tc[i].good);
	}
}

static void
a_link_in_place_of_a_file_is_an_error(void **state)
{
	struct world *w = *state;

	make_state(w);
	tree_remove(&w->tree, "/var/lib/sanyoso/agent/ca.pem");
	assert_int_equal(symlink("/etc/passwd",
			     tree_path(&w->tree,
				 "/var/lib/sanyoso/agent/ca.pem")),
	    0);
	assert_int_equal(run(w, check_files, false), 1);
	says(w, "ca.pem: Is not what should be there");
	tree_remove(&w->tree, "/var/lib/sanyoso/agent/ca.pem");
	assert_int_equal(run(w, check_files, false), 1);
	says(w, "ca.pem: Can't be looked at");
	says(w, "Run \"sanyoso-agent join\".");
}

static void
write_bytes(const struct world *w, const char *path, const char *data,
    size_t len)
{
	FILE *f = fopen(tree_path(&w->tree, path), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(tree_path(&w->tree, path), 0644), 0);
}

static void
look_at_module(const struct check *c)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/pam_sanyoso.so", c->root);
	check_module(c, path);
}

static void
a_module_of_another_version_is_an_error(void **state)
{
	static const char ours[] = "ELF pam_sanyoso " PACKAGE_VERSION;
	static const char other[] = "ELF pam_sanyoso " PACKAGE_VERSION "0";
	struct world *w = *state;

	/* The zero behind the text belongs to it. */
	write_bytes(w, "/pam_sanyoso.so", ours, sizeof(ours));
	assert_int_equal(run(w, look_at_module, false), 0);
	says(w, "The PAM module is of version " PACKAGE_VERSION);
	write_bytes(w, "/pam_sanyoso.so", other, sizeof(other));
	assert_int_equal(run(w, look_at_module, false), 1);
	says(w, "is of another version than " PACKAGE_VERSION);
	write_bytes(w, "/pam_sanyoso.so", ours, 3);
	assert_int_equal(run(w, look_at_module, false), 1);
}

/* --- readers, agent, servers: without any --- */

static void
what_keeps_cards_closed_must_be_there(void **state)
{
	struct world *w = *state;

	(void)run(w, check_readers, false);
	says(w, "pcscd.socket.d/sanyoso.conf: Is missing");
	tree_write(&w->tree, "/etc/systemd/system/pcscd.socket.d/sanyoso.conf",
	    "", 0644);
	(void)run(w, check_readers, false);
	says_not(w, "pcscd.socket.d/sanyoso.conf: Is missing");
	says_not(w, "sanyoso.rules");
	tree_write(&w->tree,
	    "/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy", "",
	    0644);
	(void)run(w, check_readers, false);
	says(w, "sanyoso.rules: Is missing");
	tree_write(&w->tree, "/etc/polkit-1/rules.d/sanyoso.rules", "", 0644);
	(void)run(w, check_readers, false);
	says_not(w, "sanyoso.rules: Is missing");
}

static void
an_agent_that_does_not_run_is_an_error(void **state)
{
	struct world *w = *state;

	assert_int_equal(run(w, check_agent, false), 1);
	says(w, "agent.sock: The agent does not answer: no connection.");
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(the_shipped_stacks_have_no_way_around_us),
		CASE(services_are_judged_by_what_they_are_for),
		CASE(a_file_that_others_may_write_is_an_error),
		CASE(vendor_files_are_read_behind_those_of_etc),
		CASE(json_is_one_object_and_names_do_not_change),
		CASE(the_break_glass_account_must_be_of_use),
		CASE(a_person_without_an_account_is_named),
		CASE(service_users_must_exist),
		CASE(owners_and_modes_are_looked_at),
		CASE(a_link_in_place_of_a_file_is_an_error),
		CASE(a_module_of_another_version_is_an_error),
		CASE(what_keeps_cards_closed_must_be_there),
		CASE(an_agent_that_does_not_run_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
