/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader and the evaluator of PAM stacks against libpam itself: files of
 * random lines, modules that return what they are told. Files are included by
 * their whole path: Debian's libpam looks for others in /etc/pam.d only.
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "agent/check/pamwalk.h"

#define MODULES_MAX 64
#define FILES       4

static const char *const files[FILES + 1] = { "svc", "first", "second", "third",
	"other" };

struct lab {
	char dir[64];     /* the root of a machine */
	char confdir[96]; /* its /etc/pam.d */
	char modules[96]; /* pam_code.so under two names */
	uint64_t seed;
	unsigned int next; /* number of the next module */
	struct pamtree *tree;
	pam_handle_t *pamh;
};

/* xorshift64: the same numbers everywhere. */
static unsigned int
pick(struct lab *lab, unsigned int below)
{
	lab->seed ^= lab->seed << 13;
	lab->seed ^= lab->seed >> 7;
	lab->seed ^= lab->seed << 17;
	return (unsigned int)((lab->seed >> 33) % below);
}

static int
no_words(int n, const struct pam_message **msg, struct pam_response **resp,
    void *arg)
{
	(void)n;
	(void)msg;
	(void)resp;
	(void)arg;
	return PAM_CONV_ERR;
}

static void
copy_module(const char *to)
{
	FILE *in = fopen("tests/support/.libs/pam_code.so", "r");
	FILE *out = fopen(to, "w");
	char buf[4096];
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		assert_int_equal(fwrite(buf, 1, n, out), n);
	assert_int_equal(fclose(in), 0);
	assert_int_equal(fclose(out), 0);
}

static int
set_up(void **state)
{
	static struct lab lab;
	char path[256];

	(void)snprintf(lab.dir, sizeof(lab.dir), "/tmp/pamwalk-XXXXXX");
	assert_non_null(mkdtemp(lab.dir));
	(void)snprintf(path, sizeof(path), "%s/etc", lab.dir);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(lab.confdir, sizeof(lab.confdir), "%s/etc/pam.d",
	    lab.dir);
	assert_int_equal(mkdir(lab.confdir, 0755), 0);
	(void)snprintf(lab.modules, sizeof(lab.modules), "%s/security",
	    lab.dir);
	assert_int_equal(mkdir(lab.modules, 0755), 0);
	/* So that a whole path leads below the root again. */
	(void)snprintf(path, sizeof(path), "%s/tmp", lab.dir);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s%s", lab.dir, lab.dir);
	assert_int_equal(symlink(lab.dir, path), 0);
	(void)snprintf(path, sizeof(path), "%s/pam_code.so", lab.modules);
	copy_module(path);
	(void)snprintf(path, sizeof(path), "%s/pam_sanyoso.so", lab.modules);
	copy_module(path);
	*state = &lab;
	return 0;
}

static int
tear_down(void **state)
{
	const struct lab *lab = *state;
	char path[256];

	for (size_t i = 0; i <= FILES; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", lab->confdir,
		    files[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s/pam_code.so", lab->modules);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/pam_sanyoso.so", lab->modules);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s%s", lab->dir, lab->dir);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/tmp", lab->dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(lab->modules), 0);
	assert_int_equal(rmdir(lab->confdir), 0);
	(void)snprintf(path, sizeof(path), "%s/etc", lab->dir);
	assert_int_equal(rmdir(path), 0);
	return rmdir(lab->dir);
}

/* --- files of random lines --- */

static const char *const types[] = { "auth", "account", "session", "-auth",
	"AUTH", "Account" };
/* Those that libpam and programs treat apart from the rest, more often. */
static const char *const values[] = { "success", "new_authtok_reqd", "ignore",
	"default", "auth_err", "perm_denied", "user_unknown", "abort",
	"module_unknown" };
static const char *const actions[] = { "ok", "done", "bad", "die", "ignore",
	"reset", "1", "2", "3" };

/* ${few}: values that a search over four returns covers. */
static void
write_control(struct lab *lab, FILE *f, bool few)
{
	static const char *const words[] = { "required", "requisite",
		"sufficient", "optional", "Required" };
	const unsigned int pairs = 1 + pick(lab, 4);

	if (pick(lab, 2) == 0) {
		(void)fputs(words[pick(lab, SY_COUNT(words))], f);
		return;
	}
	(void)fputc('[', f);
	for (unsigned int i = 0; i < pairs; i++)
		(void)fprintf(f, "%s%s%s%s", i == 0 ? "" : " ",
		    values[pick(lab, few ? 4 : SY_COUNT(values))],
		    pick(lab, 8) == 0 ? " = " : "=",
		    actions[pick(lab, SY_COUNT(actions))]);
	(void)fputc(']', f);
}

static void
write_module(struct lab *lab, FILE *f, const char *module, const char *type,
    bool few)
{
	const char *gap = pick(lab, 6) == 0 ? " \\\n\t" : "  ";

	(void)fprintf(f, "%s%s\t", pick(lab, 5) == 0 ? " " : "", type);
	write_control(lab, f, few);
	(void)fprintf(f, "%s%s/%s %u%s\n", gap, lab->modules, module,
	    lab->next++, pick(lab, 6) == 0 ? " # why" : "");
}

static void
write_line(struct lab *lab, FILE *f, size_t file)
{
	const char *type = types[pick(lab, SY_COUNT(types))];
	const bool inner = file + 1 < FILES && pick(lab, 3) == 0;
	char name[160] = "";

	if (inner)
		(void)snprintf(name, sizeof(name), "%s/%s", lab->confdir,
		    files[file + 1]);

	switch (inner ? pick(lab, 3) : 3) {
	case 0:
		(void)fprintf(f, "%s include %s\n", type, name);
		break;
	case 1:
		(void)fprintf(f, "%s substack %s\n", type, name);
		break;
	case 2:
		(void)fprintf(f, "@include %s\n", name);
		break;
	default:
		if (lab->next < MODULES_MAX)
			write_module(lab, f, "pam_code.so", type, false);
		break;
	}
}

static FILE *
open_file(const struct lab *lab, size_t i)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", lab->confdir, files[i]);
	assert_non_null(f = fopen(path, "w"));
	return f;
}

static void
write_files(struct lab *lab)
{
	lab->next = 0;
	for (size_t i = 0; i <= FILES; i++) {
		FILE *f = open_file(lab, i);
		const unsigned int lines = pick(lab, 6);

		(void)fputs("# a comment\n\n", f);
		for (unsigned int k = 0; k < lines; k++)
			write_line(lab, f, i == FILES ? FILES : i);
		assert_int_equal(fclose(f), 0);
	}
}

/* --- both --- */

static void
begin(struct lab *lab)
{
	static const struct pam_conv conv = { .conv = no_words };

	assert_int_equal(pamtree_new(lab->dir, &lab->tree), SY_OK);
	assert_int_equal(pam_start_confdir(files[0], "A", &conv, lab->confdir,
			     &lab->pamh),
	    PAM_SUCCESS);
}

static void
end(struct lab *lab)
{
	(void)pam_end(lab->pamh, PAM_SUCCESS);
	pamtree_free(&lab->tree);
}

static enum pamwalk_status
ask_libpam(struct lab *lab, enum pamfile_type type, const char *codes)
{
	int status;

	assert_int_equal(pam_set_item(lab->pamh, PAM_USER, codes), PAM_SUCCESS);
	if (type == PAMFILE_AUTH)
		status = pam_authenticate(lab->pamh, 0);
	else if (type == PAMFILE_ACCOUNT)
		status = pam_acct_mgmt(lab->pamh, 0);
	else
		status = pam_open_session(lab->pamh, 0);
	if (status == PAM_SUCCESS)
		return PAMWALK_YES;
	return status == PAM_NEW_AUTHTOK_REQD ? PAMWALK_CHANGE : PAMWALK_NO;
}

/* The number that a module was given. */
static size_t
number_of(const struct pamtree_module *m)
{
	assert_int_equal(m->line->arg_count, 1);
	return strtoul(m->line->args[0], NULL, 10);
}

static enum pamwalk_status
ask_us(const struct pamtree_stack *stack, const char *codes)
{
	int returns[PAMTREE_MODULES_MAX] = { 0 };

	for (size_t i = 0; i < stack->count; i++)
		if (stack->modules[i].line->kind == PAMFILE_MODULE)
			returns[i] = codes[number_of(&stack->modules[i])] - 'A';
	return pamwalk_run(stack, returns);
}

/* For whoever has to find out why they differ. */
static void
show(const struct pamtree_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		const struct pamtree_module *m = &stack->modules[i];

		print_message("%u %s:%u %s", m->level, m->file, m->line->number,
		    m->line->arg_count > 0 ? m->line->args[0] : "substack");
		for (int k = 0;
		     m->line->kind == PAMFILE_MODULE && k < PAMFILE_RETURNS;
		     k++)
			print_message(" %c%d", 'A' + k, m->line->actions[k]);
		print_message("\n");
	}
}

static void
make_codes(struct lab *lab, char codes[MODULES_MAX + 1])
{
	static const int often[] = { PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS,
		PAM_SUCCESS, PAM_IGNORE, PAM_IGNORE, PAM_NEW_AUTHTOK_REQD,
		PAM_AUTH_ERR, PAM_PERM_DENIED };

	for (size_t i = 0; i < MODULES_MAX; i++)
		codes[i] = (char)('A' +
		    (pick(lab, 8) == 0 ? (int)pick(lab, PAM_INCOMPLETE)
				       : often[pick(lab, SY_COUNT(often))]));
	codes[MODULES_MAX] = '\0';
}

static void
what_libpam_answers_is_what_we_foresee(void **state)
{
	static struct pamtree_stack stack;
	struct lab *lab = *state;
	char codes[MODULES_MAX + 1];
	struct sy_error error;
	size_t seen[3] = { 0 }, deep = 0;

	lab->seed = 20261130;
	for (unsigned int round = 0; round < 1500; round++) {
		write_files(lab);
		begin(lab);
		for (int type = PAMFILE_AUTH; type <= PAMFILE_SESSION; type++) {
			error.text[0] = '\0';
			assert_int_equal(pamtree_stack(lab->tree, files[0],
					     (enum pamfile_type)type, &stack,
					     &error),
			    SY_OK);
			for (unsigned int k = 0; k < 4; k++) {
				enum pamwalk_status us, it;

				make_codes(lab, codes);
				us = ask_us(&stack, codes);
				it = ask_libpam(lab, (enum pamfile_type)type,
				    codes);
				if (us != it)
					show(&stack);
				if (us != it)
					fail_msg("round %u, type %d, codes %s: "
						 "%d, libpam %d",
					    round, type, codes, (int)us,
					    (int)it);
				seen[us]++;
			}
			for (size_t i = 0; i < stack.count; i++)
				if (stack.modules[i].level > 1)
					deep++;
		}
		end(lab);
	}
	/* Of each answer there were enough, and substacks within others. */
	assert_true(seen[PAMWALK_NO] > 1000);
	assert_true(seen[PAMWALK_YES] > 1000);
	assert_true(seen[PAMWALK_CHANGE] > 100);
	assert_true(deep > 100);
}

/* --- every way, by trying all returns in libpam --- */

/* The service has up to four modules, one or none of which is ours. */
static unsigned int
write_small(struct lab *lab)
{
	FILE *f = open_file(lab, 0);
	FILE *sub = open_file(lab, 1);
	const unsigned int count = 1 + pick(lab, 4), ours = pick(lab, 5);
	const char *type = pick(lab, 2) == 0 ? "auth" : "account";
	const unsigned int below = pick(lab, count + 2);

	lab->next = 0;
	for (unsigned int i = 0; i < count; i++) {
		if (i == below)
			(void)fprintf(f, "%s substack %s/%s\n", type,
			    lab->confdir, files[1]);
		write_module(lab, i >= below && i < below + 2 ? sub : f,
		    i == ours ? "pam_sanyoso.so" : "pam_code.so", type, true);
	}
	assert_int_equal(fclose(f), 0);
	assert_int_equal(fclose(sub), 0);
	(void)fclose(open_file(lab, FILES));
	return type[1] == 'u' ? PAMFILE_AUTH : PAMFILE_ACCOUNT;
}

/* Whether any returns make libpam say yes while ours says none. */
static bool
libpam_has_a_way(struct lab *lab, enum pamfile_type type,
    const struct pamtree_stack *stack)
{
	static const int tried[] = { PAM_SUCCESS, PAM_NEW_AUTHTOK_REQD,
		PAM_IGNORE, PAM_AUTH_ERR };
	size_t ours = MODULES_MAX;

	for (size_t i = 0; i < stack->count; i++)
		if (strstr(stack->modules[i].line->name, "pam_sanyoso"))
			ours = number_of(&stack->modules[i]);
	for (unsigned int n = 0; n < 1U << 2 * lab->next; n++) {
		char codes[8] = "";
		enum pamwalk_status status;

		for (unsigned int i = 0; i < lab->next; i++)
			codes[i] = (char)('A' + tried[n >> 2 * i & 3]);
		/* Ours never asks to be ignored. */
		if (ours < lab->next &&
		    (codes[ours] == 'A' + PAM_SUCCESS ||
			codes[ours] == 'A' + PAM_IGNORE ||
			(type == PAMFILE_ACCOUNT &&
			    codes[ours] == 'A' + PAM_NEW_AUTHTOK_REQD)))
			continue;
		status = ask_libpam(lab, type, codes);
		if (status == PAMWALK_YES ||
		    (status == PAMWALK_CHANGE && type == PAMFILE_ACCOUNT))
			return true;
	}
	return false;
}

static void
a_way_is_found_exactly_where_libpam_has_one(void **state)
{
	static struct pamtree_stack stack;
	static struct pamwalk_ways ways;
	struct lab *lab = *state;
	const struct pamwalk_rules rules = { lab->modules, "", "" };
	struct sy_error error;
	unsigned int open = 0, shut = 0;

	lab->seed = 4711;
	for (unsigned int round = 0; round < 600; round++) {
		const enum pamfile_type type =
		    (enum pamfile_type)write_small(lab);
		bool way;

		begin(lab);
		assert_int_equal(pamtree_stack(lab->tree, files[0], type,
				     &stack, &error),
		    SY_OK);
		assert_int_equal(pamwalk_find(&stack, type, &rules, &ways),
		    SY_OK);
		way = libpam_has_a_way(lab, type, &stack);
		if (way != (ways.count > 0))
			show(&stack);
		if (way != (ways.count > 0))
			fail_msg("round %u: %zu ways, libpam %d", round,
			    ways.count, way);
		if (way)
			open++;
		else
			shut++;
		end(lab);
	}
	assert_true(open > 100);
	assert_true(shut > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_libpam_answers_is_what_we_foresee),
		cmocka_unit_test(a_way_is_found_exactly_where_libpam_has_one),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
