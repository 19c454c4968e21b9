/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sanyoso/safefile.h>

#include "agent/check/check_int.h"
#include "agent/check/words.h"

#define MODULE_MAX ((size_t)16 * 1024 * 1024)

/* Whom a file must belong to. */
enum owner { ROOT, AGENT, EITHER };

struct rule {
	char path[PATH_MAX];
	mode_t type;      /* S_IFDIR, ... */
	mode_t forbidden; /* bits that must not be set */
	enum owner owner;
	bool may_lack;       /* nothing is wrong without it */
	const char *missing; /* what to do without it */
};

struct owners {
	uid_t self; /* who counts as root: a test has another one */
	uid_t agent;
	const char *agent_name;
};

static bool
is_owner(const struct rule *rule, uid_t uid, const struct owners *o)
{
	switch (rule->owner) {
	case ROOT:
		return uid == 0 || uid == o->self;
	case AGENT:
		return uid == o->agent;
	case EITHER:
		break;
	}
	return uid == 0 || uid == o->self || uid == o->agent;
}

static void
check_one(const struct check *c, const struct rule *rule,
    const struct owners *o)
{
	const char *owner = rule->owner == ROOT ? "root" : o->agent_name;
	char mend[FINDING_TEXT_SIZE];
	struct stat st;

	if (lstat(rule->path, &st) != 0) {
		if (errno != ENOENT || !rule->may_lack)
			findings_say(c->out, FINDING_ERROR, "file", rule->path,
			    rule->missing, _("Can't be looked at: %s."),
			    strerror(errno));
		return;
	}
	if ((st.st_mode & S_IFMT) != rule->type) {
		findings_say(c->out, FINDING_ERROR, "file", rule->path,
		    _("Take it away and install Sanyoso again."),
		    _("Is not what should be there (a link, or another kind "
		      "of file)."));
		return;
	}
	if (!is_owner(rule, st.st_uid, o)) {
		(void)snprintf(mend, sizeof(mend), _("Run: chown %s %s"), owner,
		    rule->path);
		findings_say(c->out, FINDING_ERROR, "file", rule->path, mend,
		    _("Belongs to user %u instead of %s."),
		    (unsigned int)st.st_uid, owner);
		return;
	}
	if ((st.st_mode & rule->forbidden) != 0) {
		(void)snprintf(mend, sizeof(mend), _("Run: chmod %04o %s"),
		    (unsigned int)(st.st_mode & 07777 & ~rule->forbidden),
		    rule->path);
		findings_say(c->out, FINDING_ERROR, "file", rule->path, mend,
		    _("Its mode %04o lets others do too much."),
		    (unsigned int)(st.st_mode & 07777));
		return;
	}
	findings_say(c->out, FINDING_OK, "file", rule->path, NULL,
	    _("Owner and mode are right."));
}

static void
check_program(const struct check *c, const char *path, mode_t needed,
    const struct owners *o)
{
	struct rule rule = { .type = S_IFREG,
		.forbidden = S_IWGRP | S_IWOTH,
		.owner = ROOT,
		.missing = _("Install Sanyoso again.") };
	struct stat st;

	(void)snprintf(rule.path, sizeof(rule.path), "%s", path);
	check_one(c, &rule, o);
	if (stat(path, &st) == 0 && (st.st_mode & needed) != needed)
		findings_say(c->out, FINDING_ERROR, "file", path,
		    _("Install Sanyoso again."),
		    _("Its mode %04o keeps it from being used."),
		    (unsigned int)(st.st_mode & 07777));
}

/* ${missing}: what to do without it; NULL: it may lack. */
static void
check_path(const struct check *c, const char *path, enum owner owner,
    mode_t type, mode_t forbidden, const char *missing, const struct owners *o)
{
	struct rule rule = { .type = type,
		.forbidden = forbidden,
		.owner = owner,
		.may_lack = missing == NULL,
		.missing = missing };

	(void)snprintf(rule.path, sizeof(rule.path), "%s", path);
	check_one(c, &rule, o);
}

void
check_module(const struct check *c, const char *path)
{
	static const char version[] = "pam_sanyoso " PACKAGE_VERSION;
	struct sy_error error;
	uint8_t *data = NULL;
	size_t len;

	/* What is wrong with the file itself was said already. */
	if (sy_safefile_read(path, MODULE_MAX, &data, &len, &error) != SY_OK)
		return;
	/* With the zero at its end: 1.1 is not 1.10. */
	if (memmem(data, len, version, sizeof(version)) == NULL)
		findings_say(c->out, FINDING_ERROR, "module", path,
		    _("Install Sanyoso again."),
		    _("The PAM module is of another version than %s."),
		    PACKAGE_VERSION);
	else
		findings_say(c->out, FINDING_OK, "module", path, NULL,
		    _("The PAM module is of version %s."), PACKAGE_VERSION);
	free(data);
}

void
check_files(const struct check *c)
{
	const mode_t writing = S_IWGRP | S_IWOTH;
	const mode_t others = S_IRWXG | S_IRWXO;
	const char *join = _("Run \"sanyoso-agent join\".");
	const char *start = _("Run: systemctl start sanyoso-agent");
	const struct passwd *pw = getpwnam(c->settings->user);
	const struct owners o = {
		.self = geteuid(),
		.agent = pw != NULL && geteuid() == 0 ? pw->pw_uid : geteuid(),
		.agent_name = c->settings->user,
	};
	char etc[PATHS_SIZE];

	(void)snprintf(etc, sizeof(etc), "%s", c->paths->config);
	*strrchr(etc, '/') = '\0';
	check_path(c, etc, ROOT, S_IFDIR, writing, NULL, &o);
	check_path(c, c->paths->config, ROOT, S_IFREG, writing, NULL, &o);
	check_path(c, c->paths->state_top, ROOT, S_IFDIR, writing, join, &o);
	check_path(c, c->paths->state, AGENT, S_IFDIR, others, join, &o);
	check_path(c, c->paths->identity, AGENT, S_IFREG, others, join, &o);
	check_path(c, c->paths->ca, EITHER, S_IFREG, writing, join, &o);
	check_path(c, c->paths->joined, EITHER, S_IFREG, writing, join, &o);
	check_path(c, c->paths->run_top, ROOT, S_IFDIR, writing, start, &o);
	check_path(c, c->paths->run, AGENT, S_IFDIR, writing, start, &o);
	check_program(c, c->settings->worker, S_IXOTH | S_IROTH, &o);
	check_program(c, SY_PAMDIR "/pam_sanyoso.so", S_IROTH, &o);
	check_module(c, SY_PAMDIR "/pam_sanyoso.so");
}
