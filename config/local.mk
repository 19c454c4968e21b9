# SPDX-License-Identifier: Apache-2.0
# Shipped configuration: units, PAM stacks, rules.

# What a login needs; also read by a unit test.
dist_examples_DATA += %D%/policy.conf

# PAM stacks to copy to /etc/pam.d.
pamexamplesdir = $(examplesdir)/pam.d
dist_pamexamples_DATA = \
	%D%/pam.d/cron \
	%D%/pam.d/deny \
	%D%/pam.d/gdm-password \
	%D%/pam.d/i3lock \
	%D%/pam.d/lightdm \
	%D%/pam.d/login \
	%D%/pam.d/passwd \
	%D%/pam.d/polkit-1 \
	%D%/pam.d/sshd \
	%D%/pam.d/su \
	%D%/pam.d/su-l \
	%D%/pam.d/sudo \
	%D%/pam.d/sudo-i \
	%D%/pam.d/systemd-user \
	%D%/pam.d/vlock \
	%D%/pam.d/xscreensaver \
	%D%/pam.d/xsecurelock
# For pam-auth-update, where whole files are not wanted; off until chosen.
pamconfigsdir = $(datadir)/pam-configs
dist_pamconfigs_DATA = %D%/pam-configs/sanyoso
# The server's own settings.
dist_examples_DATA += %D%/server.conf
# The agent's settings, unit, users and directories.
dist_examples_DATA += %D%/agent.conf
units = %D%/systemd/sanyoso-agent.service %D%/systemd/sanyosod.service
unit_DATA += $(units)
CLEANFILES += $(units)
EXTRA_DIST += $(units:=.in)
$(units): %D%/local.mk
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(SED) 's|@sbindir[@]|$(sbindir)|' $(srcdir)/$@.in >$@
%D%/systemd/sanyoso-agent.service: %D%/systemd/sanyoso-agent.service.in
%D%/systemd/sanyosod.service: %D%/systemd/sanyosod.service.in

# Beside the units, wherever those are.
pcscddropindir = $(unitdir)/pcscd.socket.d
dist_pcscddropin_DATA = %D%/systemd/pcscd.socket.d/sanyoso.conf
sysusersdir = $(unitdir)/../../sysusers.d
dist_sysusers_DATA = %D%/systemd/sysusers.d/sanyoso.conf
tmpfilesdir = $(unitdir)/../../tmpfiles.d
dist_tmpfiles_DATA = %D%/systemd/tmpfiles.d/sanyoso.conf
# FIDO2 keys for the worker.
udevrulesdir = $(unitdir)/../../udev/rules.d
dist_udevrules_DATA = %D%/udev/60-sanyoso-keys.rules
# Where pcscd asks polkit instead.
polkitrulesdir = $(datadir)/polkit-1/rules.d
dist_polkitrules_DATA = %D%/polkit/sanyoso.rules

# Words that no password may mostly consist of.
dist_pkgdata_DATA = %D%/blocklist.txt
