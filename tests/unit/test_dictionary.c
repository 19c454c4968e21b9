/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/passwords.h"

#define FOLDER "/var/cache/cracklib"

static bool
known(const char *text)
{
	struct sy_secret *password = password_of(text);
	bool found = false;

	assert_int_equal(sy_password_dictionary(password, &found), SY_OK);
	sy_secret_free(&password);
	return found;
}

/* PW-1: the dictionary. */
static void
words_and_what_is_close_to_them_are_known(void **state)
{
	static const char *const weak[] = { "password", "Password1", "drowssap",
		"computer", "umbrella", "passw0rd", "monkey99",
		"kx7v!v7xk", /* a palindrome */
		"abc", "aaaaaaaaaa" };
	static const char *const strong[] = { "Kx7!vn2pTd",
		"correct horse battery staple", "夏の朝に川べりを歩く",
		"vK7.qzR2-wXp9:hTj4" };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(weak); i++) {
		print_message("  %s\n", weak[i]);
		assert_true(known(weak[i]));
	}
	for (size_t i = 0; i < SY_COUNT(strong); i++) {
		print_message("  not %s\n", strong[i]);
		assert_false(known(strong[i]));
	}
}

static void
the_longest_password_is_asked_too(void **state)
{
	char text[SY_PASSWORD_BYTES_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = "vK7qzR2wXp9hTj4"[i * i % 15];
	text[sizeof(text) - 1] = '\0';
	assert_false(known(text));
}

static void
the_dictionary_is_there(void **state)
{
	struct sy_error e = { 0 };

	(void)state;
	if (sy_password_dictionary_there(&e) != SY_OK)
		fail_msg("%s: %s", e.place, e.text);
}

/* --- without its files --- */

static bool
write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	const bool written =
	    fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	return written && close(fd) == 0;
}

/* Mounts of this process alone. */
static bool
leave_mounts(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, "") == 0;
}

/* An empty folder in the place of the real one. */
static bool
hide_files(void)
{
	return leave_mounts() && mount("none", FOLDER, "tmpfs", 0, "") == 0;
}

/* The three files, but they are none of cracklib's. */
static bool
damage_files(void)
{
	return hide_files() &&
	    write_file(FOLDER "/cracklib_dict.pwd", "not a dictionary") &&
	    write_file(FOLDER "/cracklib_dict.pwi", "nor its index") &&
	    write_file(FOLDER "/cracklib_dict.hwm", "nor its marks");
}

static bool
empty_files(void)
{
	return hide_files() && write_file(FOLDER "/cracklib_dict.pwd", "") &&
	    write_file(FOLDER "/cracklib_dict.pwi", "") &&
	    write_file(FOLDER "/cracklib_dict.hwm", "");
}

/* An intact index without the words that it points to. */
static bool
lose_words(void)
{
	return leave_mounts() &&
	    mount("/dev/null", FOLDER "/cracklib_dict.pwd", "none", MS_BIND,
		"") == 0;
}

/* cracklib looks up whoever asks; one whom nobody knows gets no password past
 * it. */
static bool
become_nobody_known(void)
{
	return setresuid(61234, 61234, 61234) == 0;
}

#define NOT_POSSIBLE 200
#define SAID_WEAK    201
#define DIFFER       202

/* What both functions say now, when a password is asked about that is strong.
 */
static int
ask_now(void)
{
	struct sy_secret *password = password_of("Kx7!vn2pTd");
	struct sy_error e = { 0 };
	bool found = false;
	const enum sy_err err = sy_password_dictionary(password, &found);

	sy_secret_free(&password);
	if (err == SY_OK && found)
		return SAID_WEAK;
	if (err != sy_password_dictionary_there(&e) || e.code != err ||
	    (err != SY_OK && e.place[0] == '\0'))
		return DIFFER;
	return (int)err;
}

/* The same in a process that ${prepare}d. */
static int
asked_after(bool (*prepare)(void))
{
	const pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(prepare() ? ask_now() : NOT_POSSIBLE);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
a_dictionary_that_does_not_work_is_never_a_weak_password(void **state)
{
	static const struct {
		const char *what;
		bool (*prepare)(void);
		enum sy_err err;
	} tc[] = {
		{ "no files", hide_files, SY_ERR_NOT_FOUND },
		{ "other files", damage_files, SY_ERR_IO },
		{ "empty files", empty_files, SY_ERR_IO },
		{ "words lost", lose_words, SY_ERR_IO },
		{ "unknown user", become_nobody_known, SY_ERR_IO },
	};

	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(asked_after(tc[i].prepare), tc[i].err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_what_is_close_to_them_are_known),
		cmocka_unit_test(the_longest_password_is_asked_too),
		cmocka_unit_test(the_dictionary_is_there),
		cmocka_unit_test(
		    a_dictionary_that_does_not_work_is_never_a_weak_password),
	};

	return cmocka_run_group_tests_name("dictionary", tests, NULL, NULL);
}
