/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "agent/check/check_int.h"
#include "agent/check/pammodule.h"
#include "agent/check/pamwalk.h"
#include "agent/check/words.h"

#define CHECK "pam"

/* What is asked of a service. */
enum need {
	NEED_AUTH = 1,
	NEED_ACCOUNT = 2,
	NEED_SESSION = 4,
	NEED_ALL = NEED_AUTH | NEED_ACCOUNT | NEED_SESSION,
	ROOT_MAY = 8, /* it runs as whoever calls it: root needs no proof */
};

/* Services of which less is asked than of the others, and why. */
static const struct {
	const char *name;
	unsigned int need;
	const char *why;
} services[] = {
	{ "su", NEED_ALL | ROOT_MAY,
	    N_("root may become anybody without a proof") },
	{ "su-l", NEED_ALL | ROOT_MAY,
	    N_("root may become anybody without a proof") },
	{ "cron", NEED_ACCOUNT, N_("asks nobody: only the account counts") },
	{ "crond", NEED_ACCOUNT, N_("asks nobody: only the account counts") },
	{ "atd", NEED_ACCOUNT, N_("asks nobody: only the account counts") },
	{ "systemd-user", NEED_ACCOUNT,
	    N_("asks nobody: only the account counts") },
	{ "runuser", 0, N_("serves root only") },
	{ "runuser-l", 0, N_("serves root only") },
	{ "chpasswd", 0, N_("serves root only") },
	{ "chgpasswd", 0, N_("serves root only") },
	{ "newusers", 0, N_("serves root only") },
	{ "useradd", 0, N_("serves root only") },
	{ "userdel", 0, N_("serves root only") },
	{ "usermod", 0, N_("serves root only") },
	{ "groupadd", 0, N_("serves root only") },
	{ "groupdel", 0, N_("serves root only") },
	{ "groupmod", 0, N_("serves root only") },
	{ "groupmems", 0, N_("serves root only") },
	{ "chage", 0, N_("serves root only") },
	{ "chfn", 0, N_("lets nobody in: changes one's own entry") },
	{ "chsh", 0, N_("lets nobody in: changes one's own entry") },
	{ "passwd", 0, N_("lets nobody in: changes a password") },
	{ "lightdm-greeter", 0, N_("runs the login screen itself") },
	{ "gdm-launch-environment", 0, N_("runs the login screen itself") },
	{ "sddm-greeter", 0, N_("runs the login screen itself") },
	{ "common-auth", 0, N_("a part that other files include") },
	{ "common-account", 0, N_("a part that other files include") },
	{ "common-password", 0, N_("a part that other files include") },
	{ "common-session", 0, N_("a part that other files include") },
	{ "common-session-noninteractive", 0,
	    N_("a part that other files include") },
	{ "system-auth", 0, N_("a part that other files include") },
	{ "password-auth", 0, N_("a part that other files include") },
	{ "postlogin", 0, N_("a part that other files include") },
};

struct judge {
	const struct check *c;
	struct pamtree *tree;
	struct pamwalk_rules rules;
	struct pamtree_stack stack;
	struct pamwalk_ways ways;
	const char *service;
	enum pamfile_type type;
	bool glass_used;
	size_t bad; /* ways of this service */
};

static unsigned int
need_of(const char *service, const char **ret_why)
{
	*ret_why = NULL;
	for (size_t i = 0; i < SY_COUNT(services); i++) {
		if (strcmp(services[i].name, service) == 0) {
			*ret_why = services[i].why;
			return services[i].need;
		}
	}
	return NEED_ALL;
}

static void
place_of(const struct judge *j, size_t module, char out[FINDING_PLACE_SIZE])
{
	const struct pamtree_module *m = &j->stack.modules[module];

	(void)snprintf(out, FINDING_PLACE_SIZE, "%s:%u", m->file,
	    m->line->number);
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* "pam_unix.so (common-auth:17), pam_permit.so (common-auth:25)" */
static void
list_steps(const struct judge *j, const struct pamwalk_way *way,
    char out[FINDING_TEXT_SIZE / 2])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < way->step_count; i++) {
		const struct pamtree_module *m =
		    &j->stack.modules[way->steps[i]];
		const int n = snprintf(out + used, FINDING_TEXT_SIZE / 2 - used,
		    "%s%s (%s:%u)", i == 0 ? "" : ", ",
		    base_name(m->line->name), base_name(m->file),
		    m->line->number);

		if (n < 0 || (size_t)n >= FINDING_TEXT_SIZE / 2 - used)
			return;
		used += (size_t)n;
	}
}

static const char *
mend_of(const struct judge *j, const struct pamwalk_way *way)
{
	if (j->type == PAMFILE_SESSION)
		return _("Add \"session required pam_sanyoso.so\".");
	if (way->asked)
		return _("Make the line of pam_sanyoso.so \"required\", "
			 "before what says yes without it; see "
			 "pam_sanyoso(8).");
	if (strcmp(j->service, "other") == 0)
		return _("Let \"other\" refuse: \"required pam_deny.so\" for "
			 "auth and account.");
	return _("Copy a stack from the shipped pam.d, or take the service's "
		 "file away where nobody needs it; see pam_sanyoso(8).");
}

static void
describe(const struct judge *j, const struct pamwalk_way *way,
    char out[FINDING_TEXT_SIZE])
{
	const char *type = pamfile_type_name(j->type);
	char steps[FINDING_TEXT_SIZE / 2];

	list_steps(j, way, steps);
	if (way->kind == PAMWALK_UNPROVEN)
		(void)snprintf(out, FINDING_TEXT_SIZE,
		    _("%s (%s): the break-glass account gets in without a "
		      "password: %s."),
		    j->service, type, steps);
	else if (j->type == PAMFILE_SESSION)
		(void)snprintf(out, FINDING_TEXT_SIZE,
		    _("%s (%s): sessions begin that Sanyoso neither sees nor "
		      "can refuse: %s."),
		    j->service, type, steps);
	else if (way->asked)
		(void)snprintf(out, FINDING_TEXT_SIZE,
		    _("%s (%s): lets in although Sanyoso says no: %s."),
		    j->service, type, steps);
	else
		(void)snprintf(out, FINDING_TEXT_SIZE,
		    _("%s (%s): lets in without Sanyoso: %s."), j->service,
		    type, steps);
}

/* Another account than the break-glass account that the stack leads around us
 * on the console; NULL if there is none. */
static const char *
stranger(const struct judge *j)
{
	for (size_t i = 0; i < j->stack.count; i++) {
		const char *account =
		    pammodule_guarded(j->stack.modules[i].line, &j->rules);

		if (account != NULL &&
		    strcmp(account, j->rules.break_glass) != 0)
			return account;
	}
	return NULL;
}

static void
report_bad(struct judge *j, const struct pamwalk_way *way)
{
	struct finding finding = {
		.severity = j->type == PAMFILE_SESSION ? FINDING_WARNING
						       : FINDING_ERROR,
		.check = CHECK "-way",
	};
	const size_t at = way->diversion != SIZE_MAX ? way->diversion
	    : way->step_count > 0                    ? way->steps[0]
						     : 0;

	j->bad++;
	place_of(j, at, finding.place);
	describe(j, way, finding.what);
	if (way->kind == PAMWALK_UNPROVEN)
		(void)snprintf(finding.mend, sizeof(finding.mend), "%s",
		    _("Add \"auth required pam_unix.so\" to its way."));
	else if (stranger(j) != NULL)
		(void)snprintf(finding.mend, sizeof(finding.mend),
		    _("If %s is the break-glass account, name it as "
		      "break_glass in %s; if not, take its lines out."),
		    stranger(j), j->c->paths->config);
	else
		(void)snprintf(finding.mend, sizeof(finding.mend), "%s",
		    mend_of(j, way));
	findings_add(j->c->out, &finding);
}

/* A way for the break-glass account, or for root in su. */
static void
report_way(struct judge *j, const struct pamwalk_way *way, unsigned int need)
{
	char place[FINDING_PLACE_SIZE];

	if (way->kind == PAMWALK_GLASS) {
		j->glass_used = true;
		if (j->type != PAMFILE_AUTH)
			return;
		place_of(j, way->steps[0], place);
		findings_say(j->c->out, FINDING_NOTE, CHECK "-break-glass",
		    place, NULL,
		    _("%s: lets the break-glass account %s in on the console, "
		      "by its password alone."),
		    j->service, j->rules.break_glass);
		return;
	}
	if (way->kind == PAMWALK_ROOT && (need & ROOT_MAY))
		return;
	report_bad(j, way);
}

static void
report_unread(struct judge *j, enum sy_err err, const struct sy_error *error)
{
	j->bad++;
	if (err == SY_ERR_PERM)
		findings_say(j->c->out, FINDING_ERROR, CHECK "-file",
		    error->place,
		    _("Give it to root and let nobody else write it."),
		    _("%s: others than root could change how people log in: "
		      "%s."),
		    j->service, _(error->text));
	else
		findings_say(j->c->out, FINDING_ERROR, CHECK "-file",
		    error->place,
		    _("Mend the line: what it lets in can't be judged."),
		    "%s: %s.", j->service, _(error->text));
}

/* One stack; false if nothing more is to be said of this service. */
static bool
judge_stack(struct judge *j, unsigned int need)
{
	struct sy_error error = { .code = SY_OK };
	enum sy_err err;

	err = pamtree_stack(j->tree, j->service, j->type, &j->stack, &error);
	if (err != SY_OK) {
		report_unread(j, err, &error);
		return false;
	}
	err = pamwalk_find(&j->stack, j->type, &j->rules, &j->ways);
	if (err != SY_OK) {
		findings_say(j->c->out, FINDING_UNKNOWN, CHECK "-way", "",
		    _("Make the stack simpler."),
		    _("%s (%s): can't be judged: %s."), j->service,
		    pamfile_type_name(j->type), words_of_error(err));
		j->bad++;
		return false;
	}
	if (j->ways.foreign)
		findings_say(j->c->out, FINDING_ERROR, CHECK "-socket", "",
		    _("Take \"socket=\" out of the line of pam_sanyoso.so."),
		    _("%s (%s): asks another agent than this terminal's."),
		    j->service, pamfile_type_name(j->type));
	for (size_t i = 0; i < j->ways.count; i++)
		report_way(j, &j->ways.ways[i], need);
	return true;
}

static enum sy_err
judge_service(void *arg, const char *service)
{
	static const struct {
		enum pamfile_type type;
		unsigned int need;
	} types[] = {
		{ PAMFILE_AUTH, NEED_AUTH },
		{ PAMFILE_ACCOUNT, NEED_ACCOUNT },
		{ PAMFILE_SESSION, NEED_SESSION },
	};
	struct judge *j = arg;
	const char *why;
	const unsigned int need = need_of(service, &why);

	j->service = service;
	j->bad = 0;
	if ((need & NEED_ALL) == 0) {
		findings_say(j->c->out, FINDING_OK, CHECK "-service", "", NULL,
		    _("%s: not judged: %s."), service, _(why));
		return SY_OK;
	}
	for (size_t i = 0; i < SY_COUNT(types); i++) {
		j->type = types[i].type;
		if ((need & types[i].need) != 0 && !judge_stack(j, need))
			break;
	}
	if (j->bad == 0)
		findings_say(j->c->out, FINDING_OK, CHECK "-service", "", NULL,
		    why != NULL ? _("%s: nobody gets in without Sanyoso (%s).")
				: _("%s: nobody gets in without Sanyoso."),
		    service, why != NULL ? _(why) : "");
	return SY_OK;
}

void
check_pam(const struct check *c)
{
	struct judge *j = calloc(1, sizeof(*j));
	struct sy_error error = { .code = SY_OK };
	enum sy_err err = SY_ERR_NOMEM;

	if (j != NULL) {
		j->c = c;
		j->rules = (struct pamwalk_rules){
			.module_dir = SY_PAMDIR,
			.socket = c->paths->socket,
			.break_glass = c->settings->break_glass,
		};
		err = pamtree_new(c->root, &j->tree);
	}
	if (err == SY_OK)
		err = pamtree_services(j->tree, judge_service, j, &error);
	if (err != SY_OK)
		findings_say(c->out, FINDING_UNKNOWN, CHECK, error.place, NULL,
		    _("The PAM files can't be read: %s."), words_of_error(err));
	if (err == SY_OK && c->settings->break_glass[0] != '\0' &&
	    !j->glass_used)
		findings_say(c->out, FINDING_WARNING, CHECK "-break-glass",
		    c->paths->config,
		    _("Let the service login have a way for it, as the shipped "
		      "pam.d/login has, or take \"break_glass\" out."),
		    _("No service lets the break-glass account %s in."),
		    c->settings->break_glass);
	if (j != NULL)
		pamtree_free(&j->tree);
	free(j);
}
