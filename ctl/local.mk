# SPDX-License-Identifier: Apache-2.0
# sanyosoctl, the operators' command: a table of subcommands, one file each
# subject.

noinst_LTLIBRARIES += %D%/libsanyosoctl-core.la
%C%_libsanyosoctl_core_la_SOURCES = \
	%D%/audit.c \
	%D%/client.c \
	%D%/client.h \
	%D%/ctl.h \
	%D%/enroll.c \
	%D%/enroll.h \
	%D%/explain.c \
	%D%/metadata.c \
	%D%/output.c \
	%D%/output.h \
	%D%/prompt.c \
	%D%/prompt.h \
	%D%/status.c \
	%D%/terminal.c \
	%D%/token.c \
	%D%/user.c \
	%D%/words.c \
	%D%/words.h
%C%_libsanyosoctl_core_la_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)

bin_PROGRAMS += %D%/sanyosoctl
%C%_sanyosoctl_SOURCES = %D%/main.c
%C%_sanyosoctl_LDADD = %D%/libsanyosoctl-core.la lib/libsanyoso.la $(CURL_LIBS)
%C%_sanyosoctl_LDFLAGS = $(PROGRAM_LINK_FLAGS)
