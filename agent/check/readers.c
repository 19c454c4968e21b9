/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <limits.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <sanyoso/device.h>

#include "agent/check/check_int.h"
#include "agent/check/words.h"
#include "agent/launcher.h"
#include "agent/privilege.h"

#define COMM     "/run/pcscd/pcscd.comm"
#define DROP_IN  "pcscd.socket.d/sanyoso.conf"
#define UDEV     "60-sanyoso-keys.rules"
#define ACTION   "/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy"
#define WORKER_S 5

static bool
exists_below(const struct check *c, const char *dir, const char *name)
{
	char path[PATH_MAX];

	return (size_t)snprintf(path, sizeof(path), "%s%s%s", c->root, dir,
		   name) < sizeof(path) &&
	    access(path, F_OK) == 0;
}

static bool
exists_in_any(const struct check *c, const char *const *dirs, size_t count,
    const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (exists_below(c, dirs[i], name))
			return true;
	return false;
}

/* What keeps the socket closed beyond the next boot. */
static void
check_shipped(const struct check *c)
{
	static const char *const units[] = { "/etc/systemd/system/",
		"/lib/systemd/system/", "/usr/lib/systemd/system/",
		"/usr/local/lib/systemd/system/", SY_UNITDIR "/" };
	static const char *const rules[] = { "/etc/polkit-1/rules.d/",
		"/usr/share/polkit-1/rules.d/",
		"/usr/local/share/polkit-1/rules.d/",
		SY_DATAROOT "/polkit-1/rules.d/" };
	static const char *const udev[] = { "/etc/udev/rules.d/",
		"/lib/udev/rules.d/", "/usr/lib/udev/rules.d/",
		"/usr/local/lib/udev/rules.d/",
		SY_UNITDIR "/../../udev/rules.d/" };

	if (!exists_in_any(c, units, SY_COUNT(units), DROP_IN))
		findings_say(c->out, FINDING_ERROR, "pcscd-unit", DROP_IN,
		    _("Install it below /etc/systemd/system and run "
		      "\"systemctl daemon-reload\" and \"systemctl restart "
		      "pcscd.socket\"."),
		    _("Is missing: at the next boot everybody can use the "
		      "cards."));
	else
		findings_say(c->out, FINDING_OK, "pcscd-unit", DROP_IN, NULL,
		    _("Is installed."));
	if (!exists_in_any(c, units, SY_COUNT(units), "sanyoso-agent.service"))
		findings_say(c->out, FINDING_WARNING, "unit",
		    "sanyoso-agent.service", _("Install Sanyoso again."),
		    _("Is missing: the agent does not start at boot."));
	if (!exists_in_any(c, udev, SY_COUNT(udev), UDEV))
		findings_say(c->out, FINDING_NOTE, "udev", UDEV,
		    _("If FIDO2 keys are used here, install it below "
		      "/etc/udev/rules.d and plug them in anew."),
		    _("Is missing: FIDO2 keys on USB can't be used, only "
		      "such in card readers."));
	if (exists_below(c, "", ACTION) &&
	    !exists_in_any(c, rules, SY_COUNT(rules), "sanyoso.rules"))
		findings_say(c->out, FINDING_ERROR, "polkit", "sanyoso.rules",
		    _("Install it below /etc/polkit-1/rules.d."),
		    _("Is missing: polkit keeps the agent's workers from the "
		      "cards."));
}

static void
check_socket(const struct check *c, const struct account *worker)
{
	const char *mend = _("Install the drop-in pcscd.socket.d/sanyoso.conf "
			     "and run \"systemctl restart pcscd.socket\".");
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s%s", c->root, COMM);
	if (stat(path, &st) != 0) {
		findings_say(c->out, FINDING_ERROR, "pcscd", path,
		    _("Run: systemctl enable --now pcscd.socket"),
		    _("pcscd does not run: no card can be read."));
		return;
	}
	if ((st.st_mode & S_IRWXO) != 0)
		findings_say(c->out, FINDING_ERROR, "pcscd", path, mend,
		    _("Its mode %04o lets every user send commands to cards "
		      "and use up the tries of their PINs."),
		    (unsigned int)(st.st_mode & 07777));
	else if (st.st_uid != 0 || (st.st_gid != 0 && st.st_gid != worker->gid))
		findings_say(c->out, FINDING_ERROR, "pcscd", path, mend,
		    _("Belongs to user %u and group %u, who can use the "
		      "cards; it should be root's and the group of %s."),
		    (unsigned int)st.st_uid, (unsigned int)st.st_gid,
		    c->settings->worker_user);
	else if (st.st_gid != worker->gid ||
	    (st.st_mode & (S_IRGRP | S_IWGRP)) != (S_IRGRP | S_IWGRP))
		findings_say(c->out, FINDING_ERROR, "pcscd", path, mend,
		    _("The agent's workers can't use it: no card can be "
		      "read."));
	else
		findings_say(c->out, FINDING_OK, "pcscd", path, NULL,
		    _("Is open to the agent's workers alone."));
}

/* Ask a worker, who waits for a fresh card and touches none. */
static enum sy_err
count_readers(int fd, unsigned int *ret)
{
	static const struct sy_device_start start = {
		.drivers = 1U << SY_DRIVER_JPKI | 1U << SY_DRIVER_PIV,
		.slot = SY_SLOT_PIN,
		.fresh = true,
		.reserve = 1,
		.wait_ms = 1000,
	};
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	static uint8_t in[SY_DEVICE_FRAME_MAX];
	struct sy_device_waiting waiting;
	struct sy_frame frame;
	struct timespec limit;
	enum sy_err err;

	(void)clock_gettime(CLOCK_MONOTONIC, &limit);
	limit.tv_sec += WORKER_S;
	if ((err = sy_buf_new(SY_DEVICE_FRAME_MAX, &out)) != SY_OK ||
	    (err = sy_device_put_start(out, &start)) != SY_OK ||
	    (err = sy_frame_send(fd, sy_buf_data(out), sy_buf_len(out),
		 &limit)) != SY_OK ||
	    (err = sy_frame_receive(fd, in, sizeof(in), &limit, &frame)) !=
		SY_OK)
		return err;
	if (frame.type != SY_DEVICE_WAITING)
		return SY_ERR_PCSC;
	err = sy_device_get_waiting(&frame, &waiting);
	if (err == SY_OK)
		*ret = waiting.readers;
	return err;
}

static void
check_count(const struct check *c, const struct account *worker)
{
	struct launcher *launcher = NULL;
	unsigned int readers = 0;
	int fd = -1;
	enum sy_err err;

	err = launcher_start(c->settings->worker, worker->uid, worker->gid,
	    &launcher);
	if (err == SY_OK)
		err = launcher_spawn(launcher, &fd);
	if (err == SY_OK)
		err = count_readers(fd, &readers);
	if (fd >= 0)
		(void)close(fd);
	launcher_free(&launcher);
	if (err != SY_OK)
		findings_say(c->out, FINDING_ERROR, "reader",
		    c->settings->worker,
		    _("See what pcscd and the agent say in the journal."),
		    _("A worker can't ask pcscd for readers: %s."),
		    words_of_error(err));
	else if (readers == 0)
		findings_say(c->out, FINDING_ERROR, "reader", "",
		    _("Connect one; if it is, see what pcscd says in the "
		      "journal."),
		    _("No card reader was found."));
	else
		findings_say(c->out, FINDING_OK, "reader", "", NULL,
		    _("Card readers: %u."), readers);
}

/* What agent/confine.h leaves out where the kernel can't do it. */
static void
check_landlock(const struct check *c)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0,
		LANDLOCK_CREATE_RULESET_VERSION) >= 1)
		findings_say(c->out, FINDING_OK, "landlock", "", NULL,
		    _("The kernel keeps workers to the devices."));
	else
		findings_say(c->out, FINDING_NOTE, "landlock", "",
		    _("Add landlock to the kernel's parameter lsm=."),
		    _("The kernel has no Landlock: what else a worker that "
		      "drives FIDO2 keys may open is up to its user's rights "
		      "alone."));
}

void
check_readers(const struct check *c)
{
	struct account worker;

	check_shipped(c);
	check_landlock(c);
	/* That there is none was said with the users. */
	if (privilege_account(c->settings->worker_user, &worker) != SY_OK)
		return;
	check_socket(c, &worker);
	if (privilege_is_root())
		check_count(c, &worker);
	else
		findings_say(c->out, FINDING_UNKNOWN, "reader", "", NULL,
		    _("Only root can ask for card readers."));
}
