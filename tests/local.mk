# SPDX-License-Identifier: Apache-2.0
# "make check" runs the units and replays the fuzz corpora; the end-to-end
# runs under it/ need root and are run by tools/test.

# What tests share: fault injection, the replay of corpora.
check_LTLIBRARIES += %D%/support/libsupport.la
%C%_support_libsupport_la_SOURCES = \
	%D%/support/faults.c %D%/support/faults.h %D%/support/unit.h
# Throwaway keys, certificates and revocation lists, and what FIDO2 keys sign.
check_LTLIBRARIES += %D%/support/libtestca.la
%C%_support_libtestca_la_SOURCES = \
	%D%/support/fido2_maker.c %D%/support/fido2_maker.h \
	%D%/support/fido2_signer.c %D%/support/fido2_signer.h \
	%D%/support/keymaker.c %D%/support/keymaker.h \
	%D%/support/testca.c %D%/support/testca.h
# Allocations of everything that links this go through faults.c.
FAULTS_WRAP = \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc \
	-Wl,--wrap=reallocarray -Wl,--wrap=strdup -Wl,--wrap=strndup \
	-Wl,--wrap=mmap

# Every test is started by this script; it knows the data of each.
LOG_COMPILER = $(SHELL) $(srcdir)/%D%/support/run-test
AM_TESTS_ENVIRONMENT = \
	SY_TEST_SRCDIR='$(abs_srcdir)'; export SY_TEST_SRCDIR; \
	SY_TEST_BUILDDIR='$(abs_builddir)'; export SY_TEST_BUILDDIR; \
	SY_TEST_VECTORS='$(VECTORS_DIR)'; export SY_TEST_VECTORS;
EXTRA_DIST += %D%/support/run-test %D%/data

if !HAVE_CMOCKA
check_DATA += require-cmocka
endif
require-cmocka:
	@echo "make check: cmocka is missing; install it and run configure" >&2
	@exit 1
.PHONY: require-cmocka

# A ledger with its keeper, and a disk that forgets.
check_LTLIBRARIES += %D%/support/libledgers.la
%C%_support_libledgers_la_SOURCES = \
	%D%/support/built.c %D%/support/built.h \
	%D%/support/processes.c %D%/support/processes.h \
	%D%/support/drop_vfs.c %D%/support/drop_vfs.h \
	%D%/support/ledgers.c %D%/support/ledgers.h

# A server without its network.
check_LTLIBRARIES += %D%/support/liboffice.la
%C%_support_liboffice_la_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_support_liboffice_la_SOURCES = \
	%D%/support/key_office.c %D%/support/key_office.h \
	%D%/support/key_visit.c %D%/support/key_visit.h \
	%D%/support/key_models.c %D%/support/key_models.h \
	%D%/support/key_talk.c %D%/support/key_talk.h \
	%D%/support/office.c %D%/support/office.h
check_LTLIBRARIES += %D%/support/libtorture.la
%C%_support_libtorture_la_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_support_libtorture_la_SOURCES = \
	%D%/support/torture.c %D%/support/torture.h

# A connection of the server with a client whose bytes a test has in its hands.
check_LTLIBRARIES += %D%/support/libstreamlab.la
%C%_support_libstreamlab_la_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_support_libstreamlab_la_SOURCES = \
	%D%/support/stream_lab.c %D%/support/stream_lab.h

include %D%/unit/local.mk
include %D%/fuzz/local.mk
include %D%/vcard/local.mk
include %D%/vkey/local.mk
include %D%/it/local.mk

# Plays the agent's part with one worker.
check_PROGRAMS += %D%/support/worker-client
%C%_support_worker_client_SOURCES = %D%/support/worker_client.c \
	%D%/support/worker_line.c %D%/support/worker_line.h
%C%_support_worker_client_LDADD = agent/liblauncher.la \
	lib/libsanyoso-core.la $(CRYPTO_LIBS)

# The same with a FIDO2 key.
check_PROGRAMS += %D%/support/key-client
%C%_support_key_client_SOURCES = %D%/support/key_client.c \
	%D%/support/worker_line.c %D%/support/worker_line.h
%C%_support_key_client_LDADD = agent/liblauncher.la \
	lib/libsanyoso-core.la $(CRYPTO_LIBS)

# What is taken from a metadata file.
check_PROGRAMS += %D%/support/metadata-models
%C%_support_metadata_models_SOURCES = %D%/support/metadata_models.c
%C%_support_metadata_models_LDADD = lib/libsanyoso-inherence.la \
	lib/libsanyoso-core.la $(CRYPTO_LIBS) $(JANSSON_LIBS)

# Another program that will not let go of a card.
check_PROGRAMS += %D%/support/card-holder
%C%_support_card_holder_SOURCES = %D%/support/card_holder.c
%C%_support_card_holder_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS)
%C%_support_card_holder_LDADD = $(PCSC_LIBS)

EXTRA_DIST += %D%/support/worker.sh %D%/support/keys.sh
# What tests of the PAM module share: an agent and a host that follow scripts.
check_LTLIBRARIES += %D%/support/libpamtesting.la
%C%_support_libpamtesting_la_SOURCES = \
	%D%/support/fake_agent.c %D%/support/fake_agent.h \
	%D%/support/pam_host.c %D%/support/pam_host.h \
	%D%/support/pam_place.c %D%/support/pam_place.h

# For real hosts of PAM: an agent that is told what to say, and a host that
# shows only one kind of text.
check_PROGRAMS += %D%/support/lab-agent %D%/support/pam-person
%C%_support_lab_agent_SOURCES = %D%/support/lab_agent.c
%C%_support_lab_agent_LDADD = lib/libsanyoso-socket.la
%C%_support_pam_person_SOURCES = %D%/support/pam_person.c
%C%_support_pam_person_LDADD = $(PAM_LIBS)

# A card that keeps to a script.
check_LTLIBRARIES += %D%/support/libscript.la
%C%_support_libscript_la_SOURCES = \
	%D%/support/mini_cert.c %D%/support/mini_cert.h \
	%D%/support/script.c %D%/support/script.h

# pcscd, readers, cards and an agent in a world of their own.
check_LTLIBRARIES += %D%/support/libfakepcsc.la
%C%_support_libfakepcsc_la_SOURCES = \
	%D%/support/fake_pcsc.c %D%/support/fake_pcsc.h
%C%_support_libfakepcsc_la_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS)
%C%_support_libfakepcsc_la_LIBADD = %D%/support/libscript.la

# Live FIDO2 keys before the prover's half, in the same world.
check_LTLIBRARIES += %D%/support/libkeylab.la
%C%_support_libkeylab_la_SOURCES = \
	%D%/support/key_kinds.c %D%/support/key_kinds.h \
	%D%/support/key_lab.c %D%/support/key_lab.h \
	%D%/support/lab_case.c %D%/support/lab_case.h \
	%D%/support/live_key.c %D%/support/live_key.h
%C%_support_libkeylab_la_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS) $(FIDO2_CFLAGS)
%C%_support_libkeylab_la_LIBADD = %D%/support/libfakepcsc.la \
	%D%/support/libinserted.la

# A virtual card beside the product's own headers.
check_LTLIBRARIES += %D%/support/libinserted.la
%C%_support_libinserted_la_SOURCES = \
	%D%/support/inserted.c %D%/support/inserted.h
%C%_support_libinserted_la_LIBADD = %D%/vcard/libvcard.la

# Stands where the launcher's worker would.
check_PROGRAMS += %D%/support/launched
%C%_support_launched_SOURCES = %D%/support/launched.c

# Stands where the server's hasher would.
check_PROGRAMS += %D%/support/fake-hasher
%C%_support_fake_hasher_SOURCES = %D%/support/fake_hasher.c
%C%_support_fake_hasher_LDADD = server/libsanyosod-core.la \
	lib/libsanyoso-socket.la

# A PAM module that returns what it is told.
check_LTLIBRARIES += %D%/support/pam_code.la
%C%_support_pam_code_la_SOURCES = %D%/support/pam_code.c
%C%_support_pam_code_la_LIBADD = $(PAM_LIBS)
%C%_support_pam_code_la_LDFLAGS = -module -avoid-version -shared \
	-rpath /nonexistent
