# SPDX-License-Identifier: Apache-2.0
# pam_sanyoso.so: conversation only. Links lib/libsanyoso-socket.la statically
# and nothing beyond libc and libpam.

noinst_LTLIBRARIES += %D%/libpam-core.la
%C%_libpam_core_la_SOURCES = \
	%D%/agent.c %D%/agent.h \
	%D%/auth.c %D%/phases.h \
	%D%/call.c %D%/call.h \
	%D%/clock.c %D%/clock.h \
	%D%/connect.c %D%/connect.h \
	%D%/conversation.c %D%/conversation.h \
	%D%/options.c %D%/options.h \
	%D%/pam_sanyoso.c \
	%D%/phases.c \
	%D%/request.c %D%/request.h \
	%D%/result.c %D%/result.h \
	%D%/standing.c %D%/standing.h \
	%D%/texts.c %D%/texts.h \
	%D%/version.c
%C%_libpam_core_la_LIBADD = lib/libsanyoso-socket.la

pam_LTLIBRARIES += %D%/pam_sanyoso.la
%C%_pam_sanyoso_la_SOURCES =
%C%_pam_sanyoso_la_LIBADD = %D%/libpam-core.la $(PAM_LIBS)
%C%_pam_sanyoso_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	$(LD_NO_UNDEFINED) -export-symbols $(srcdir)/%D%/pam_sanyoso.sym
EXTRA_%C%_pam_sanyoso_la_DEPENDENCIES = %D%/pam_sanyoso.sym
EXTRA_DIST += %D%/pam_sanyoso.sym
