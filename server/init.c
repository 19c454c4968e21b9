/* SPDX-License-Identifier: Apache-2.0 */
#include "server/init.h"

#include <dirent.h>
#include <libintl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sanyoso/safefile.h>

#include "server/config.h"
#include "server/http/tls.h"
#include "server/keeper/keeper.h"
#include "server/ledger/ledger.h"
#include "server/log.h"
#include "server/privilege.h"
#include "server/samples.h"

#define _(text) gettext(text)

/* The line of the sample that the name replaces. */
static const char sample_name[] = "name = server.example.lg.jp\n";

/* Whether something stands at ${path}; a link that leads nowhere is something.
 */
static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static enum sy_err
check_nothing_there(const struct paths *paths, struct sy_error *reterr)
{
	const char *const made[] = { paths->keeper, paths->database,
		paths->tls };

	for (size_t i = 0; i < SY_COUNT(made); i++)
		if (exists(made[i]))
			return sy_error_set(reterr, SY_ERR_EXISTS, made[i],
			    "is there already: this server was set up before");
	return SY_OK;
}

/* --- sample configuration --- */

static enum sy_err
write_server_conf(const struct paths *paths, const char *name,
    struct sy_error *reterr)
{
	const char *at = strstr(sample_server_conf, sample_name);
	char text[sizeof(sample_server_conf) + SY_HOST_SIZE];
	int n;

	if (at == NULL)
		return SY_ERR_INTERNAL;
	n = snprintf(text, sizeof(text), "%.*sname = %s\n%s",
	    (int)(at - sample_server_conf), sample_server_conf, name,
	    at + sizeof(sample_name) - 1);
	if (n < 0 || (size_t)n >= sizeof(text))
		return SY_ERR_LIMIT;
	return sy_safefile_write(paths->config, text, (size_t)n, 0644, reterr);
}

static enum sy_err
write_samples(const struct paths *paths, const char *name,
    const struct users *users, struct sy_error *reterr)
{
	char dir[PATH_SIZE];
	enum sy_err err;

	memcpy(dir, paths->config, sizeof(dir));
	*strrchr(dir, '/') = '\0';
	if (!exists(dir) &&
	    (err = privilege_mkdir(dir, 0755, users, 0, 0, reterr)) != SY_OK)
		return err;
	if (!exists(paths->config) &&
	    (err = write_server_conf(paths, name, reterr)) != SY_OK)
		return err;
	if (exists(paths->policy))
		return SY_OK;
	return sy_safefile_write(paths->policy, sample_policy_conf,
	    strlen(sample_policy_conf), 0644, reterr);
}

/* --- what the server's own user makes --- */

static void
no_wake(void *ctx)
{
	(void)ctx;
}

static enum sy_err
make_state(const struct paths *paths, const char *name,
    const struct users *users, struct sy_error *reterr)
{
	struct keeper *keepers[2] = { NULL, NULL };
	struct ledger_config ledger = {
		.path = paths->database, .node = name, .wake = no_wake
	};
	pid_t pid;
	enum sy_err err;

	err = keeper_start(paths->keeper, users->keeper_uid, users->keeper_gid,
	    SY_COUNT(keepers), keepers, &pid, reterr);
	if (err != SY_OK)
		return err;
	ledger.writer_keeper = keepers[0];
	ledger.reader_keeper = keepers[1];
	if ((err = privilege_drop(users)) == SY_OK &&
	    (err = ledger_create(&ledger, reterr)) == SY_OK)
		err = tls_create(paths->tls, name, keepers[1], reterr);
	keeper_close(&keepers[0]);
	keeper_close(&keepers[1]);
	(void)!keeper_wait(pid);
	return err;
}

/* In a process of its own: it gives up root, and we must keep it to remove
 * everything if it fails. */
static enum sy_err
fork_make_state(const struct paths *paths, const char *name,
    const struct users *users, struct sy_error *reterr)
{
	int status = 0;
	const pid_t pid = fork();

	if (pid < 0)
		return sy_error_set(reterr, SY_ERR_IO, "fork", "failed");
	if (pid == 0) {
		struct sy_error error = { .code = SY_OK };

		error.code = make_state(paths, name, users, &error);
		if (error.code != SY_OK)
			log_error(&error, "init");
		_exit(error.code == SY_OK ? 0 : 1);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0)
		return sy_error_set(reterr, SY_ERR_STATE, paths->state,
		    "keys and database could not be made");
	return SY_OK;
}

static void
remove_keeper(const char *dir)
{
	char path[2 * PATH_SIZE];
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		(void)unlink(path);
	}
	(void)closedir(d);
	(void)rmdir(dir);
}

/* A set-up that failed must be possible again. */
static void
remove_state(const struct paths *paths)
{
	static const char *const suffixes[] = { "", "-wal", "-shm",
		"-journal" };
	char path[PATH_SIZE + 16];

	remove_keeper(paths->keeper);
	(void)unlink(paths->tls);
	for (size_t i = 0; i < SY_COUNT(suffixes); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", paths->database,
		    suffixes[i]);
		(void)unlink(path);
	}
}

static enum sy_err
set_up(const struct paths *paths, const char *name, struct sy_error *reterr)
{
	struct users users;
	enum sy_err err;

	if ((err = privilege_users(&users, reterr)) != SY_OK ||
	    (err = check_nothing_there(paths, reterr)) != SY_OK)
		return err;
	/* Root's, with the sticky bit: the server makes its files there, and
	 * can't put another keeper's directory in the place of this one. */
	err = privilege_mkdir(paths->state, 01770, &users, 0, users.server_gid,
	    reterr);
	if (err != SY_OK)
		return err;
	if (mkdir(paths->keeper, 0700) != 0)
		return sy_error_set(reterr, SY_ERR_IO, paths->keeper,
		    "can't be made");
	if ((err = keeper_create(paths->keeper, name, reterr)) != SY_OK ||
	    (err = fork_make_state(paths, name, &users, reterr)) != SY_OK ||
	    (err = write_samples(paths, name, &users, reterr)) != SY_OK) {
		remove_state(paths);
		return err;
	}
	return SY_OK;
}

static void
print_next_steps(const struct paths *paths, const char *name)
{
	printf(_("The server %s is set up: keys, CA and database are in %s.\n"),
	    name, paths->state);
	printf("%s\n", _("Next:"));
	printf(_("  1. Set addresses, networks and the issuers of cards in "
		 "%s,\n     and check the policy in %s.\n"),
	    paths->config, paths->policy);
	printf("%s\n",
	    _("  2. Start the server: systemctl start sanyosod "
	      "(or: sanyosod run)"));
	printf("%s\n",
	    _("  3. Let a terminal in: sanyosoctl terminal invite NAME "
	      "--zone mynumber"));
	printf("%s\n",
	    _("  4. Add a person: sanyosoctl user add LOGIN --name NAME "
	      "--basis APPLICATION"));
}

int
init_main(const struct paths *paths, const char *name)
{
	struct sy_error error = { .code = SY_OK };

	if (!config_is_host(name)) {
		log_err("\"%s\" is not a host name in lower case", name);
		return 1;
	}
	error.code = set_up(paths, name, &error);
	if (error.code != SY_OK) {
		log_error(&error, "init");
		return 1;
	}
	print_next_steps(paths, name);
	return 0;
}
