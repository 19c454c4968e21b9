# SPDX-License-Identifier: Apache-2.0
# sanyoso-agent, the terminal's daemon, and its worker.

# The launcher, which the agent forks before it gives up root.
noinst_LTLIBRARIES += %D%/liblauncher.la
%C%_liblauncher_la_SOURCES = %D%/launcher.c %D%/launcher.h

noinst_LTLIBRARIES += %D%/libworker.la
%C%_libworker_la_SOURCES = \
	%D%/confine.c %D%/confine.h \
	%D%/watchdog.c %D%/watchdog.h
%C%_libworker_la_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS)

pkglibexec_PROGRAMS += sanyoso-worker
sanyoso_worker_SOURCES = %D%/worker.c
sanyoso_worker_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS) $(FIDO2_CFLAGS)
sanyoso_worker_LDADD = %D%/libworker.la lib/libsanyoso-device.la \
	lib/libsanyoso-core.la $(PCSC_LIBS) $(FIDO2_LIBS) \
	$(SECCOMP_LIBS) $(CRYPTO_LIBS)
sanyoso_worker_LDFLAGS = $(PROGRAM_LINK_FLAGS)

# The agent; the tests link its objects.
noinst_LTLIBRARIES += %D%/libagent.la
%C%_libagent_la_SOURCES = \
	%D%/accounts.c %D%/accounts.h \
	%D%/boot.c %D%/boot.h \
	%D%/call.c \
	%D%/card.c %D%/card.h \
	%D%/change.c %D%/change.h \
	%D%/channel.c %D%/channel.h \
	%D%/clock.c %D%/clock.h \
	%D%/conn.c %D%/conn.h \
	%D%/credentials.c %D%/credentials.h \
	%D%/daemon.c %D%/daemon.h \
	%D%/device.c %D%/device.h \
	%D%/dialogue.c %D%/dialogue.h %D%/dialogue_int.h \
	%D%/dialogue_call.c \
	%D%/dialogue_device.c \
	%D%/ending.c %D%/ending.h \
	%D%/enroll.c %D%/enroll.h %D%/enroll_int.h \
	%D%/enroll_key.c \
	%D%/evidence.c %D%/evidence.h \
	%D%/fingers.c %D%/fingers.h \
	%D%/greeting.c %D%/greeting.h \
	%D%/hello.c %D%/hello.h \
	%D%/http.c %D%/http.h \
	%D%/join.c %D%/join.h \
	%D%/joincode.c \
	%D%/key.c %D%/key.h \
	%D%/keycare.c %D%/keycare.h \
	%D%/link.c %D%/link.h %D%/link_int.h \
	%D%/listen.c %D%/listen.h \
	%D%/log.c %D%/log.h \
	%D%/login.c %D%/login.h %D%/login_int.h \
	%D%/login_ask.c \
	%D%/login_end.c \
	%D%/login_key.c \
	%D%/office.c %D%/office.h %D%/office_int.h \
	%D%/office_card.c \
	%D%/office_typed.c \
	%D%/newpin.c %D%/newpin.h \
	%D%/notify.c %D%/notify.h \
	%D%/operations.c \
	%D%/options.c %D%/options.h \
	%D%/origin.c %D%/origin.h \
	%D%/password.c %D%/password.h \
	%D%/paths.c %D%/paths.h \
	%D%/phase.c %D%/phase.h \
	%D%/pin.c %D%/pin.h \
	%D%/privilege.c %D%/privilege.h \
	%D%/proof.c %D%/proof.h \
	%D%/renew.c %D%/renew.h \
	%D%/request.c %D%/request.h \
	%D%/rules.c %D%/rules.h \
	%D%/sessions.c %D%/sessions.h \
	%D%/settings.c %D%/settings.h \
	%D%/talk.h \
	%D%/sentences.c \
	%D%/text.c %D%/text.h %D%/text_int.h \
	%D%/tls.c %D%/tls.h
%C%_libagent_la_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(SSL_CFLAGS) \
	$(SYSTEMD_CFLAGS)
%C%_libagent_la_LIBADD = $(SYSTEMD_LIBS)

sbin_PROGRAMS += sanyoso-agent
sanyoso_agent_SOURCES = %D%/main.c
sanyoso_agent_LDADD = %D%/check/libcheck.la %D%/libagent.la %D%/liblauncher.la \
	lib/libsanyoso-core.la $(EVENT_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS) \
	$(JANSSON_LIBS)
sanyoso_agent_LDFLAGS = $(PROGRAM_LINK_FLAGS)
