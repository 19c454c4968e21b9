/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <shadow.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/check/check_int.h"
#include "agent/check/words.h"
#include "agent/privilege.h"

#define DAY_S 86400

/* What /etc/passwd and /etc/shadow say of the break-glass account. */
struct local {
	bool found;
	bool shadowed; /* the next two are known */
	bool locked;   /* "!" or "*" */
	bool empty;    /* no password at all */
	long expires;  /* days since 1970; -1: never */
	long changed;
	char shell[PATH_MAX];
};

static FILE *
open_below(const struct check *c, const char *path)
{
	char full[PATH_MAX];

	if ((size_t)snprintf(full, sizeof(full), "%s%s", c->root, path) >=
	    sizeof(full))
		return NULL;
	return fopen(full, "re");
}

/* The account must be in the files of this machine: it is for the day when
 * everything else is away. */
static void
find_local(const struct check *c, const char *name, struct local *ret)
{
	FILE *f = open_below(c, "/etc/passwd");
	const struct passwd *pw;

	while (f != NULL && (pw = fgetpwent(f)) != NULL) {
		if (strcmp(pw->pw_name, name) != 0)
			continue;
		ret->found = true;
		ret->empty = pw->pw_passwd[0] == '\0';
		(void)snprintf(ret->shell, sizeof(ret->shell), "%s",
		    pw->pw_shell[0] != '\0' ? pw->pw_shell : "/bin/sh");
		break;
	}
	if (f != NULL)
		(void)fclose(f);
}

static void
find_shadow(const struct check *c, const char *name, struct local *ret)
{
	FILE *f = open_below(c, "/etc/shadow");
	const struct spwd *sp;

	while (f != NULL && (sp = fgetspent(f)) != NULL) {
		if (strcmp(sp->sp_namp, name) != 0)
			continue;
		ret->shadowed = true;
		ret->empty = sp->sp_pwdp[0] == '\0';
		ret->locked = sp->sp_pwdp[0] == '!' || sp->sp_pwdp[0] == '*';
		ret->expires = sp->sp_expire;
		ret->changed = sp->sp_lstchg;
		break;
	}
	if (f != NULL)
		(void)fclose(f);
}

static bool
is_shell(const struct check *c, const char *shell)
{
	const char *name = strrchr(shell, '/');
	char full[2 * PATH_MAX];

	if (name == NULL || strcmp(name, "/nologin") == 0 ||
	    strcmp(name, "/false") == 0)
		return false;
	(void)snprintf(full, sizeof(full), "%s%s", c->root, shell);
	return access(full, X_OK) == 0;
}

static void
say_glass(const struct check *c, enum finding_severity severity,
    const char *mend, const char *fmt)
{
	char what[FINDING_TEXT_SIZE];

	(void)snprintf(what, sizeof(what), "%s",
	    _("The break-glass account can't be used: "));
	findings_say(c->out, severity, "break-glass", c->settings->break_glass,
	    mend, "%s%s", what, fmt);
}

static void
check_break_glass(const struct check *c)
{
	const char *name = c->settings->break_glass;
	struct local a = { .expires = -1 };
	char day[32] = "-";

	if (name[0] == '\0') {
		findings_say(c->out, FINDING_NOTE, "break-glass", "", NULL,
		    _("No break-glass account is named: when the server is "
		      "away for long, nobody gets in here."));
		return;
	}
	find_local(c, name, &a);
	find_shadow(c, name, &a);
	if (!a.found)
		say_glass(c, FINDING_ERROR,
		    _("Make it with useradd, with a password that is kept "
		      "under seal."),
		    _("it is not in /etc/passwd."));
	else if (a.empty)
		say_glass(c, FINDING_ERROR, _("Set one with passwd, now."),
		    _("it has no password, and anybody could be it."));
	else if (a.locked)
		say_glass(c, FINDING_ERROR, _("Set a password with passwd."),
		    _("its password is locked."));
	else if (!a.shadowed)
		say_glass(c, FINDING_ERROR, _("Run: pwconv"),
		    _("it is not in /etc/shadow."));
	else if (a.expires >= 0 && a.expires <= time(NULL) / DAY_S)
		say_glass(c, FINDING_ERROR,
		    _("Set another date with chage, or none."),
		    _("it has expired."));
	else if (!is_shell(c, a.shell))
		say_glass(c, FINDING_ERROR, _("Give it a shell with chsh."),
		    _("it has no shell."));
	else {
		const time_t t = (time_t)a.changed * DAY_S;
		struct tm tm;

		if (a.changed > 0 && gmtime_r(&t, &tm) != NULL)
			(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
		findings_say(c->out, FINDING_NOTE, "break-glass", name, NULL,
		    _("Is the break-glass account; its password is of %s."),
		    day);
	}
}

static void
check_service_users(const struct check *c)
{
	const char *const names[] = { c->settings->user,
		c->settings->worker_user };
	struct account account[2];

	for (size_t i = 0; i < SY_COUNT(names); i++) {
		const enum sy_err err =
		    privilege_account(names[i], &account[i]);

		if (err == SY_ERR_PERM)
			findings_say(c->out, FINDING_ERROR, "user", names[i],
			    _("Give it a user and a group of its own."),
			    _("The service user has the rights of root."));
		else if (err != SY_OK)
			findings_say(c->out, FINDING_ERROR, "user", names[i],
			    _("Run: systemd-sysusers"),
			    _("The service user does not exist."));
		else
			findings_say(c->out, FINDING_OK, "user", names[i], NULL,
			    _("The service user exists."));
		if (err != SY_OK)
			return;
	}
	if (account[0].uid == account[1].uid)
		findings_say(c->out, FINDING_ERROR, "user", names[1],
		    _("Give it a user of its own."),
		    _("The agent and its workers are the same user."));
}

static void
check_person(const struct check *c)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(c->person);
	if (pw != NULL &&
	    !is_shell(c, pw->pw_shell[0] != '\0' ? pw->pw_shell : "/bin/sh"))
		findings_say(c->out, FINDING_WARNING, "person", c->person,
		    _("Give the account a shell."),
		    _("Has a Unix account here without a shell."));
	else if (pw != NULL)
		findings_say(c->out, FINDING_OK, "person", c->person, NULL,
		    _("Has a Unix account here."));
	else if (errno != 0 && errno != ENOENT && errno != ESRCH)
		findings_say(c->out, FINDING_UNKNOWN, "person", c->person,
		    _("Look after the service that nsswitch.conf names."),
		    _("Accounts can't be looked up: %s."), strerror(errno));
	else
		findings_say(c->out, FINDING_ERROR, "person", c->person,
		    _("Make one, or mend the directory that nsswitch.conf "
		      "names: Sanyoso creates none."),
		    _("Has no Unix account here, and can't log in."));
}

void
check_accounts(const struct check *c)
{
	check_service_users(c);
	check_break_glass(c);
	if (c->person != NULL)
		check_person(c);
}
