# SPDX-License-Identifier: Apache-2.0
# sanyoso-agent check.
noinst_LTLIBRARIES += %D%/libcheck.la
%C%_libcheck_la_SOURCES = \
	%D%/accounts.c \
	%D%/agent.c \
	%D%/check.c %D%/check.h %D%/check_int.h \
	%D%/files.c \
	%D%/findings.c %D%/findings.h \
	%D%/pam.c \
	%D%/pamcontrol.c %D%/pamcontrol.h \
	%D%/pamfile.c %D%/pamfile.h \
	%D%/pammodule.c %D%/pammodule.h \
	%D%/pamtree.c %D%/pamtree.h \
	%D%/pamwalk.c %D%/pamwalk.h \
	%D%/readers.c \
	%D%/servers.c \
	%D%/sshd.c \
	%D%/sshdfile.c %D%/sshdfile.h \
	%D%/words.c %D%/words.h
%C%_libcheck_la_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(SSL_CFLAGS)
