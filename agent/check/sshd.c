/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agent/check/check_int.h"
#include "agent/check/sshdfile.h"
#include "agent/check/words.h"

#define CHECK     "sshd"
#define FILE_NAME "/etc/ssh/sshd_config"

static void
judge(const struct check *c, const struct sshd_settings *s)
{
	const bool password = s->password != SSHD_NO || s->password_matched;
	const bool keyboard = s->keyboard != SSHD_NO && !s->keyboard_matched;

	/* Its own default is no. */
	if (s->pam != SSHD_YES)
		findings_say(c->out, FINDING_ERROR, CHECK "-pam", FILE_NAME,
		    _("Set \"UsePAM yes\"."),
		    _("sshd lets people in without PAM, and so without "
		      "Sanyoso."));
	if (password)
		findings_say(c->out, FINDING_WARNING, CHECK "-password",
		    FILE_NAME,
		    _("Set \"PasswordAuthentication no\", in every Match "
		      "too."),
		    _("sshd answers every hidden prompt with the one text "
		      "that it was given: what was meant as a password may "
		      "be taken for a PIN."));
	if (!keyboard)
		findings_say(c->out, FINDING_WARNING, CHECK "-keyboard",
		    FILE_NAME, _("Set \"KbdInteractiveAuthentication yes\"."),
		    _("sshd can't ask for card and password."));
	if (s->pam == SSHD_YES && !password && keyboard)
		findings_say(c->out, FINDING_OK, CHECK, FILE_NAME, NULL,
		    _("sshd asks through PAM, one prompt at a time."));
}

void
check_sshd(const struct check *c)
{
	struct sy_error error = { .code = SY_OK };
	struct sshd_settings settings;
	enum sy_err err = sshdfile_load(c->root, &settings, &error);

	if (err == SY_OK)
		judge(c, &settings);
	else if (err != SY_ERR_NOT_FOUND)
		findings_say(c->out, FINDING_UNKNOWN, CHECK, error.place, NULL,
		    _("The settings of sshd can't be read: %s."),
		    words_of_error(err));
}
