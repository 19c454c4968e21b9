/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include "agent/check/pamwalk.h"
#include "tests/support/faults.h"
#include "tests/support/tree.h"

#define GUARD "[success=1 default=ignore] pam_succeed_if.so "
#define OURS  "auth required pam_sanyoso.so\n"
#define UNIX  "auth required pam_unix.so\n"
/* What Debian has. */
#define COMMON                                                                 \
	"auth [success=1 default=ignore] pam_unix.so\n"                        \
	"auth requisite pam_deny.so\n"                                         \
	"auth required pam_permit.so\n"

static const struct pamwalk_rules rules = {
	.module_dir = "/lib/security",
	.socket = "/run/sanyoso/agent/agent.sock",
	.break_glass = "kinkyu",
};

static struct tree files;
static struct pamtree_stack stack;
static struct pamwalk_ways ways;

static int
set_up(void **state)
{
	(void)state;
	tree_open(&files);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	tree_close(&files);
	return 0;
}

static enum sy_err
load(const char *text, enum pamfile_type type, struct pamtree **tree,
    struct sy_error *error)
{
	tree_write(&files, "/etc/pam.d/svc", text, 0644);
	memset(error, 0, sizeof(*error));
	assert_int_equal(pamtree_new(files.root, tree), SY_OK);
	return pamtree_stack(*tree, "svc", type, &stack, error);
}

static void
find(const char *text, enum pamfile_type type)
{
	struct pamtree *tree = NULL;
	struct sy_error error;

	print_message("%s\n", text);
	assert_int_equal(load(text, type, &tree, &error), SY_OK);
	assert_int_equal(pamwalk_find(&stack, type, &rules, &ways), SY_OK);
	pamtree_free(&tree);
}

/* ID-2, LOGIN-1: nobody gets in without the explicit yes of Sanyoso. */
static void
every_way_without_us_is_found(void **state)
{
	static const struct {
		const char *text;
		size_t ways;
		bool asked, can_allow;
	} tc[] = {
		{ OURS, 0, false, true },
		{ "auth requisite pam_sanyoso.so\n" UNIX, 0, false, true },
		{ UNIX OURS, 0, false, true },
		{ "auth sufficient pam_sanyoso.so\nauth required pam_deny.so\n",
		    0, false, true },
		{ "auth required pam_deny.so\n", 0, false, false },
		{ "auth sufficient pam_deny.so\n", 0, false, false },
		{ "auth required pam_deny.so\n" UNIX, 0, false, false },
		{ UNIX, 1, false, true },
		{ COMMON, 1, false, true },
		{ COMMON OURS, 0, false, true },
		{ "auth optional pam_sanyoso.so\n" UNIX, 1, true, true },
		{ "auth sufficient pam_unix.so\n" OURS, 1, false, true },
		{ "auth sufficient pam_sanyoso.so\n" UNIX, 1, true, true },
		{ "auth sufficient pam_x.so\nauth sufficient pam_y.so\n" OURS,
		    2, false, true },
		{ "auth [success=1 default=ignore] pam_x.so\n" OURS UNIX, 1,
		    false, true },
		/* A jump is no yes: behind it nothing says one. */
		{ "auth [success=1 default=ignore] pam_x.so\n" OURS, 0, false,
		    true },
		{ "auth [success=2 default=ignore] pam_x.so\n" OURS, 0, false,
		    true },
		{ "auth [default=reset] pam_sanyoso.so\n" UNIX, 1, true, true },
		{ OURS "auth [success=reset default=bad] pam_x.so\n" UNIX, 1,
		    true, true },
		{ "auth [success=ok ignore=ok default=die] "
		  "pam_sanyoso.so\n" UNIX,
		    0, false, true },
		{ "auth required /lib/security/pam_sanyoso.so\n", 0, false,
		    true },
		{ "auth required /tmp/pam_sanyoso.so\n", 1, false, true },
		{ "auth required pam_sanyoso.so "
		  "socket=/run/sanyoso/agent/agent.sock\n",
		    0, false, true },
		{ "auth required pam_sanyoso.so socket=/tmp/s\n", 1, false,
		    true },
		{ "auth sufficient /tmp/pam_deny.so\n" OURS, 1, false, true },
		{ "-auth sufficient pam_x.so\n" OURS, 1, false, true },
		{ "account required pam_permit.so\n" OURS, 0, false, true },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		find(tc[i].text, PAMFILE_AUTH);
		assert_int_equal(ways.count, tc[i].ways);
		assert_int_equal(ways.can_allow, tc[i].can_allow);
		for (size_t k = 0; k < ways.count; k++) {
			assert_int_equal(ways.ways[k].kind, PAMWALK_OPEN);
			assert_int_equal(ways.ways[k].asked, tc[i].asked);
		}
	}
}

static void
an_account_that_must_change_its_password_gets_in(void **state)
{
	(void)state;
	/* In auth it is nobody's yes; in account programs let it in. */
	find("auth [new_authtok_reqd=ok default=die] pam_x.so\n", PAMFILE_AUTH);
	assert_int_equal(ways.count, 0);
	find("account [new_authtok_reqd=ok default=die] pam_x.so\n",
	    PAMFILE_ACCOUNT);
	assert_int_equal(ways.count, 1);
	/* Even as a failure: the first one is what libpam returns. */
	find("account [success=ok default=bad] pam_x.so\n"
	     "account required pam_sanyoso.so\n",
	    PAMFILE_ACCOUNT);
	assert_int_equal(ways.count, 1);
	assert_true(ways.ways[0].asked);
	find("account required pam_x.so\naccount required pam_sanyoso.so\n",
	    PAMFILE_ACCOUNT);
	assert_int_equal(ways.count, 0);
}

static void
includes_are_in_place_and_substacks_apart(void **state)
{
	(void)state;
	tree_write(&files, "/etc/pam.d/part", "auth sufficient pam_x.so\n",
	    0644);
	find("auth include part\n" OURS, PAMFILE_AUTH);
	assert_int_equal(ways.count, 1);
	find("@include part\n" OURS, PAMFILE_AUTH);
	assert_int_equal(ways.count, 1);
	assert_int_equal(ways.ways[0].diversion, 0);
	/* "sufficient" ends the substack only. */
	find("auth substack part\n" OURS, PAMFILE_AUTH);
	assert_int_equal(ways.count, 0);
	find("auth substack part\n" UNIX, PAMFILE_AUTH);
	assert_int_equal(ways.count, 2);
}

static void
the_lines_of_other_stand_in(void **state)
{
	struct pamtree *tree = NULL;
	struct sy_error error;

	(void)state;
	tree_write(&files, "/etc/pam.d/other", "account required pam_x.so\n",
	    0644);
	find("auth required pam_sanyoso.so\n", PAMFILE_ACCOUNT);
	assert_int_equal(ways.count, 1);
	assert_int_equal(load("", PAMFILE_SESSION, &tree, &error), SY_OK);
	assert_int_equal(stack.count, 0);
	pamtree_free(&tree);
	tree_remove(&files, "/etc/pam.d/other");
	find("auth required pam_sanyoso.so\n", PAMFILE_ACCOUNT);
	assert_false(ways.can_allow);
}

static void
the_break_glass_account_is_known_by_its_guard(void **state)
{
	static const struct {
		const char *words;
		enum pamwalk_kind kind;
	} tc[] = {
		{ "quiet user = kinkyu tty in tty1:/dev/tty2", PAMWALK_GLASS },
		{ "tty = console user = kinkyu quiet_fail", PAMWALK_GLASS },
		{ "user = kinkyu tty in ttyS0:hvc0", PAMWALK_GLASS },
		{ "user = other tty in tty1", PAMWALK_OPEN },
		{ "user = kinkyu", PAMWALK_OPEN },
		{ "tty in tty1", PAMWALK_OPEN },
		{ "user != kinkyu tty in tty1", PAMWALK_OPEN },
		{ "user = kinkyu tty in tty1:pts/0", PAMWALK_OPEN },
		{ "user = kinkyu tty in tty", PAMWALK_OPEN },
		{ "user = kinkyu tty in tty1:", PAMWALK_OPEN },
		{ "user = kinkyu tty != pts/0", PAMWALK_OPEN },
		{ "user = kinkyu tty in tty1 use_uid", PAMWALK_OPEN },
		{ "user = kinkyu tty in", PAMWALK_OPEN },
		{ "user = kinkyu tty in tty1 uid >= 0", PAMWALK_OPEN },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		(void)snprintf(text, sizeof(text),
		    "auth " GUARD "%s\nauth [success=done default=die] "
		    "pam_sanyoso.so\n" UNIX,
		    tc[i].words);
		find(text, PAMFILE_AUTH);
		assert_int_equal(ways.count, 1);
		assert_int_equal(ways.ways[0].kind, tc[i].kind);
	}
}

static void
the_break_glass_account_needs_its_password(void **state)
{
	(void)state;
	find("auth " GUARD "user = kinkyu tty in tty1\n" OURS
	     "auth required pam_permit.so\n",
	    PAMFILE_AUTH);
	assert_int_equal(ways.count, 1);
	assert_int_equal(ways.ways[0].kind, PAMWALK_UNPROVEN);
	find("auth " GUARD "user = kinkyu tty in tty1\n" OURS
	     "auth optional pam_unix.so\nauth required pam_permit.so\n",
	    PAMFILE_AUTH);
	assert_int_equal(ways.count, 2);
	/* An account phase asks for none. */
	find("account " GUARD "user = kinkyu tty in tty1\n"
	     "account required pam_sanyoso.so\naccount required pam_x.so\n",
	    PAMFILE_ACCOUNT);
	assert_int_equal(ways.count, 1);
	assert_int_equal(ways.ways[0].kind, PAMWALK_GLASS);
}

static void
root_is_told_apart(void **state)
{
	(void)state;
	find("auth sufficient pam_rootok.so\n" OURS, PAMFILE_AUTH);
	assert_int_equal(ways.count, 1);
	assert_int_equal(ways.ways[0].kind, PAMWALK_ROOT);
}

static void
what_cant_be_read_is_named(void **state)
{
	static const struct {
		const char *text;
		enum sy_err err;
		const char *place; /* its end */
	} tc[] = {
		{ OURS "auth include gone\n", SY_ERR_FORMAT, "svc:2" },
		{ OURS "auth include svc\n", SY_ERR_LIMIT, "svc:2" },
		{ "auth\n", SY_ERR_FORMAT, "svc:1" },
	};
	struct pamtree *tree = NULL;
	struct sy_error error;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		assert_int_equal(load(tc[i].text, PAMFILE_AUTH, &tree, &error),
		    tc[i].err);
		assert_non_null(strstr(error.place, tc[i].place));
		pamtree_free(&tree);
	}
	tree_write(&files, "/etc/pam.d/part", OURS, 0666);
	assert_int_equal(load("auth include part\n", PAMFILE_AUTH, &tree,
			     &error),
	    SY_ERR_PERM);
	pamtree_free(&tree);
}

static void
a_stack_as_large_as_may_be_is_judged_in_bounds(void **state)
{
	struct pamtree *tree = NULL;
	struct sy_error error;
	char part[64 * 32] = "", text[64 * 32] = "";

	(void)state;
	for (size_t i = 0; i < 64; i++)
		memcpy(part + strlen(part), "auth optional pam_x.so\n", 24);
	tree_write(&files, "/etc/pam.d/part", part, 0644);
	for (size_t i = 0; i < 8; i++)
		memcpy(text + strlen(text), "@include part\n", 15);
	find(text, PAMFILE_AUTH);
	assert_int_equal(stack.count, PAMTREE_MODULES_MAX);
	assert_int_equal(ways.count, 1);
	memcpy(text + strlen(text), OURS, sizeof(OURS));
	assert_int_equal(load(text, PAMFILE_AUTH, &tree, &error), SY_ERR_LIMIT);
	pamtree_free(&tree);
}

static void
a_failed_allocation_is_an_error(void **state)
{
	struct pamtree *tree = NULL;
	struct sy_error error;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	assert_int_equal(load(COMMON OURS, PAMFILE_AUTH, &tree, &error), SY_OK);
	do {
		faults_arm(++n);
		err = pamwalk_find(&stack, PAMFILE_AUTH, &rules, &ways);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	pamtree_free(&tree);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_without_us_is_found),
		cmocka_unit_test(
		    an_account_that_must_change_its_password_gets_in),
		cmocka_unit_test(includes_are_in_place_and_substacks_apart),
		cmocka_unit_test(the_lines_of_other_stand_in),
		cmocka_unit_test(the_break_glass_account_is_known_by_its_guard),
		cmocka_unit_test(the_break_glass_account_needs_its_password),
		cmocka_unit_test(root_is_told_apart),
		cmocka_unit_test(what_cant_be_read_is_named),
		cmocka_unit_test(
		    a_stack_as_large_as_may_be_is_judged_in_bounds),
		cmocka_unit_test(a_failed_allocation_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
