# SPDX-License-Identifier: Apache-2.0
# The virtual FIDO2 key: a test program that is never installed. It shares no
# code with the product, whose prover and verifier it judges. Its core is also
# an application of the virtual card, so it is a part of libvcard.
check_LTLIBRARIES += %D%/libvkey.la
%C%_libvkey_la_SOURCES = \
	%D%/assert.c \
	%D%/attest.c %D%/attest.h \
	%D%/auth.c \
	%D%/bio.c \
	%D%/cbor.c %D%/cbor.h \
	%D%/config.c \
	%D%/consent.c %D%/consent.h \
	%D%/create.c %D%/create.h \
	%D%/creds.c \
	%D%/crypto.c \
	%D%/fault.c %D%/fault.h \
	%D%/hid.c %D%/hid.h \
	%D%/info.c \
	%D%/key.c %D%/key.h \
	%D%/make.c \
	%D%/person.c \
	%D%/pin.c \
	%D%/run.h \
	%D%/script.c %D%/script.h \
	%D%/store.c %D%/store.h \
	%D%/tell.c %D%/tell.h

check_PROGRAMS += %D%/vkey
%C%_vkey_SOURCES = \
	%D%/control.c \
	%D%/main.c \
	%D%/options.c %D%/options.h \
	%D%/port.c %D%/port.h \
	%D%/report.h \
	%D%/station.c %D%/station.h
%C%_vkey_LDADD = tests/vcard/libvcard.la $(CRYPTO_LIBS)

# Loaded into the programs of a machine with keys: see the file.
check_LTLIBRARIES += %D%/vkey-preload.la
%C%_vkey_preload_la_SOURCES = %D%/preload.c %D%/report.h
%C%_vkey_preload_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-rpath /nonexistent

EXTRA_DIST += %D%/README.md tests/support/vkey.sh \
	tests/support/vkey_platform.py tests/support/vkey_webauthn.py \
	tests/support/npm.sh tests/npm

# Its own units.
VKEY_LIBS = tests/vcard/libvcard.la $(CRYPTO_LIBS)
VKEY_DRIVE = tests/unit/vkey_drive.c tests/unit/vkey_drive.h

unit_tests += tests/unit/test_vkey_ladders
tests_unit_test_vkey_ladders_SOURCES = tests/unit/test_vkey_ladders.c $(VKEY_DRIVE)
tests_unit_test_vkey_ladders_LDADD = $(VKEY_LIBS) $(CMOCKA_LIBS)

unit_tests += tests/unit/test_vkey_credentials
tests_unit_test_vkey_credentials_SOURCES = tests/unit/test_vkey_credentials.c \
	$(VKEY_DRIVE)
tests_unit_test_vkey_credentials_LDADD = $(VKEY_LIBS) $(CMOCKA_LIBS)

unit_tests += tests/unit/test_vkey_hid
tests_unit_test_vkey_hid_SOURCES = tests/unit/test_vkey_hid.c $(VKEY_DRIVE)
tests_unit_test_vkey_hid_LDADD = $(VKEY_LIBS) $(CMOCKA_LIBS)

unit_tests += tests/unit/test_vkey_store
tests_unit_test_vkey_store_SOURCES = tests/unit/test_vkey_store.c $(VKEY_DRIVE)
tests_unit_test_vkey_store_LDADD = $(VKEY_LIBS) $(CMOCKA_LIBS)
