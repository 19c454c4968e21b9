/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sanyoso/safefile.h>

#include "tests/support/faults.h"
#include "tests/support/unit.h"

struct fixture {
	char folder[64];
	char path[128];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/safefile.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->path, sizeof(f->path), "%s/file", f->folder);
	*state = f;
	return 0;
}

/* Whatever a case did, only ${path} may be left of it. */
static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->path);
	assert_int_equal(rmdir(f->folder), 0);
	free(f);
	return 0;
}

static void
put(const char *path, const char *text, mode_t mode)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static enum sy_err
try_read(const char *path, size_t max, struct sy_error *e)
{
	uint8_t *data = NULL;
	size_t len = 0;
	enum sy_err err;

	err = sy_safefile_read(path, max, &data, &len, e);
	assert_int_equal(data != NULL, err == SY_OK);
	free(data);
	return err;
}

static enum sy_err
try_secret(const char *path, size_t max, struct sy_error *e)
{
	struct sy_secret *s = NULL;
	enum sy_err err;

	err = sy_safefile_read_secret(path, max, &s, e);
	assert_int_equal(s != NULL, err == SY_OK);
	sy_secret_free(&s);
	return err;
}

static void
read_gives_all_bytes_and_a_nul(void **state)
{
	const struct fixture *f = *state;
	struct sy_error e;
	uint8_t *data = NULL;
	size_t len = 99;

	put(f->path, "hello", 0644);
	assert_int_equal(sy_safefile_read(f->path, 5, &data, &len, &e), SY_OK);
	assert_int_equal(len, 5);
	assert_string_equal((char *)data, "hello");
	free(data);
	put(f->path, "", 0644);
	assert_int_equal(sy_safefile_read(f->path, 0, &data, &len, &e), SY_OK);
	assert_int_equal(len, 0);
	assert_int_equal(data[0], 0);
	free(data);
}

static void
modes_decide_who_may_read_what(void **state)
{
	static const struct {
		mode_t mode;
		enum sy_err plain;
		enum sy_err secret;
	} tc[] = {
		{ 0600, SY_OK, SY_OK },
		{ 0400, SY_OK, SY_OK },
		{ 0644, SY_OK, SY_ERR_PERM },
		{ 0640, SY_OK, SY_ERR_PERM },
		{ 0604, SY_OK, SY_ERR_PERM },
		{ 0660, SY_ERR_PERM, SY_ERR_PERM },
		{ 0620, SY_ERR_PERM, SY_ERR_PERM },
		{ 0602, SY_ERR_PERM, SY_ERR_PERM },
		{ 0610, SY_OK, SY_ERR_PERM },
	};
	const struct fixture *f = *state;
	struct sy_error e;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %04o\n", (unsigned int)tc[i].mode);
		put(f->path, "x", tc[i].mode);
		assert_int_equal(try_read(f->path, 9, &e), tc[i].plain);
		assert_int_equal(try_secret(f->path, 9, &e), tc[i].secret);
	}
	assert_string_equal(e.place, f->path);
	assert_non_null(strstr(e.text, "0610"));
}

static void
what_is_not_a_plain_file_is_refused(void **state)
{
	const struct fixture *f = *state;
	struct sy_error e;
	char target[160];

	assert_int_equal(try_read(f->folder, 9, &e), SY_ERR_PERM);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(try_read(f->path, 9, &e), SY_ERR_PERM);
	assert_int_equal(unlink(f->path), 0);

	(void)snprintf(target, sizeof(target), "%s/target", f->folder);
	put(target, "x", 0600);
	assert_int_equal(symlink(target, f->path), 0);
	assert_int_equal(try_read(f->path, 9, &e), SY_ERR_PERM);
	assert_int_equal(try_secret(f->path, 9, &e), SY_ERR_PERM);
	assert_int_equal(unlink(target), 0);
}

static void
a_file_of_another_user_is_refused(void **state)
{
	const struct fixture *f = *state;
	struct sy_error e;

	if (geteuid() != 0)
		skip();
	put(f->path, "x", 0600);
	assert_int_equal(chown(f->path, 65534, 0), 0);
	assert_int_equal(try_read(f->path, 9, &e), SY_ERR_PERM);
	assert_int_equal(try_secret(f->path, 9, &e), SY_ERR_PERM);
	assert_non_null(strstr(e.text, "65534"));
}

static void
what_is_not_there_is_not_found(void **state)
{
	const struct fixture *f = *state;
	char below[160];
	struct sy_error e;

	assert_int_equal(try_read(f->path, 9, &e), SY_ERR_NOT_FOUND);
	assert_int_equal(try_secret(f->path, 9, &e), SY_ERR_NOT_FOUND);
	put(f->path, "x", 0600);
	(void)snprintf(below, sizeof(below), "%s/below", f->path);
	assert_int_equal(try_read(below, 9, &e), SY_ERR_NOT_FOUND);
	assert_int_equal(try_read(f->path, 9, NULL), SY_OK);
}

static void
length_is_bounded(void **state)
{
	const struct fixture *f = *state;
	struct sy_error e;

	put(f->path, "12345", 0600);
	assert_int_equal(try_read(f->path, 4, &e), SY_ERR_LIMIT);
	assert_int_equal(try_read(f->path, 5, &e), SY_OK);
	assert_int_equal(try_secret(f->path, 4, &e), SY_ERR_LIMIT);
	assert_int_equal(try_secret(f->path, 5, &e), SY_OK);
}

static void
secrets_of_any_length_are_read_whole(void **state)
{
	static const size_t len[] = { 0, 1, 511, 512, 513, 1024, 4097 };
	const struct fixture *f = *state;
	char text[5000];

	for (size_t i = 0; i < SY_COUNT(len); i++) {
		struct sy_secret *s = NULL;
		struct sy_error e;

		for (size_t k = 0; k < len[i]; k++)
			text[k] = (char)('a' + k % 26);
		text[len[i]] = '\0';
		put(f->path, text, 0600);
		assert_int_equal(sy_safefile_read_secret(f->path, 8192, &s, &e),
		    SY_OK);
		assert_int_equal(sy_secret_len(s), len[i]);
		assert_memory_equal(sy_secret_bytes(s), text, len[i]);
		sy_secret_free(&s);
	}
}

static void
write_makes_the_file_with_its_mode(void **state)
{
	const struct fixture *f = *state;
	struct sy_error e;
	struct stat st;
	uint8_t *data = NULL;
	size_t len;
	const mode_t old = umask(077);

	assert_int_equal(sy_safefile_write(f->path, "one", 3, 0644, &e), SY_OK);
	(void)umask(old);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(sy_safefile_write(f->path, "two!", 4, 0600, &e),
	    SY_OK);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(sy_safefile_read(f->path, 9, &data, &len, &e), SY_OK);
	assert_string_equal((char *)data, "two!");
	free(data);
}

static void
write_replaces_a_link_and_not_its_target(void **state)
{
	const struct fixture *f = *state;
	struct sy_error e;
	struct stat st;
	char target[160];
	uint8_t *data = NULL;
	size_t len;

	(void)snprintf(target, sizeof(target), "%s/target", f->folder);
	put(target, "old", 0600);
	assert_int_equal(symlink(target, f->path), 0);
	assert_int_equal(sy_safefile_write(f->path, "new", 3, 0600, &e), SY_OK);
	assert_int_equal(lstat(f->path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(sy_safefile_read(target, 9, &data, &len, &e), SY_OK);
	assert_string_equal((char *)data, "old");
	free(data);
	assert_int_equal(unlink(target), 0);
}

static void
write_into_no_folder_or_over_one_fails_cleanly(void **state)
{
	const struct fixture *f = *state;
	struct sy_error e;
	char below[160];

	(void)snprintf(below, sizeof(below), "%s/none/file", f->folder);
	assert_int_equal(sy_safefile_write(below, "x", 1, 0600, &e), SY_ERR_IO);
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(sy_safefile_write(f->path, "x", 1, 0600, &e),
	    SY_ERR_IO);
	assert_string_equal(e.place, f->path);
	assert_int_equal(rmdir(f->path), 0);
	/* teardown shows that no temporary file stayed behind. */
}

/* A full disk, played by a limit on the size of files. */
static void
the_old_content_stands_when_there_is_no_room(void **state)
{
	const struct fixture *f = *state;
	const struct rlimit small = { 4096, 4096 };
	static uint8_t big[8192];
	struct sy_error e;
	uint8_t *data = NULL;
	size_t len;
	pid_t child;
	int status;

	assert_int_equal(sy_safefile_write(f->path, "old", 3, 0600, &e), SY_OK);
	assert_true((child = fork()) >= 0);
	if (child == 0) {
		(void)signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &small) != 0)
			_exit(2);
		_exit(sy_safefile_write(f->path, big, sizeof(big), 0600, &e) ==
			    SY_ERR_IO
			? 0
			: 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(sy_safefile_read(f->path, 9, &data, &len, &e), SY_OK);
	assert_string_equal((char *)data, "old");
	free(data);
}

static enum sy_err
write_and_read(const char *path, struct sy_error *e)
{
	SY_AUTO(sy_secret_free) struct sy_secret *s = NULL;
	uint8_t *data = NULL;
	size_t len;
	enum sy_err err;

	if ((err = sy_safefile_write(path, "x", 1, 0600, e)) != SY_OK ||
	    (err = sy_safefile_read_secret(path, 9, &s, e)) != SY_OK ||
	    (err = sy_safefile_read(path, 9, &data, &len, e)) != SY_OK)
		return err;
	free(data);
	return SY_OK;
}

static void
a_failed_allocation_is_no_memory(void **state)
{
	const struct fixture *f = *state;
	struct sy_error e;
	unsigned int n = 0;
	enum sy_err err;

	do {
		faults_arm(++n);
		err = write_and_read(f->path, &e);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 5);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(read_gives_all_bytes_and_a_nul),
		CASE(modes_decide_who_may_read_what),
		CASE(what_is_not_a_plain_file_is_refused),
		CASE(a_file_of_another_user_is_refused),
		CASE(what_is_not_there_is_not_found),
		CASE(length_is_bounded),
		CASE(secrets_of_any_length_are_read_whole),
		CASE(write_makes_the_file_with_its_mode),
		CASE(write_replaces_a_link_and_not_its_target),
		CASE(write_into_no_folder_or_over_one_fails_cleanly),
		CASE(the_old_content_stands_when_there_is_no_room),
		CASE(a_failed_allocation_is_no_memory),
	};

	return cmocka_run_group_tests_name("safefile", tests, NULL, NULL);
}
