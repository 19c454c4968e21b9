# SPDX-License-Identifier: Apache-2.0
# The virtual card: a test program that is never installed. It shares no code
# with the product, whose drivers it judges.
check_LTLIBRARIES += %D%/libvcard.la
%C%_libvcard_la_SOURCES = \
	%D%/apdu.c %D%/apdu.h \
	%D%/bytes.c %D%/bytes.h \
	%D%/card.c %D%/card.h \
	%D%/cert.c %D%/cert.h \
	%D%/create.c %D%/create.h \
	%D%/exchange.c \
	%D%/fault.c %D%/fault.h \
	%D%/fido.c %D%/fido.h \
	%D%/folder.c %D%/folder.h \
	%D%/jpki.c %D%/jpki.h \
	%D%/key.c %D%/key.h \
	%D%/piv.c %D%/piv.h \
	%D%/piv_auth.c \
	%D%/piv_manage.c \
	%D%/record.c \
	%D%/store.c %D%/store.h \
	%D%/wire.c %D%/wire.h \
	%D%/words.c %D%/words.h
%C%_libvcard_la_LIBADD = tests/vkey/libvkey.la $(CRYPTO_LIBS)

check_PROGRAMS += %D%/vcard
%C%_vcard_SOURCES = \
	%D%/control.c \
	%D%/main.c \
	%D%/options.c %D%/options.h \
	%D%/slot.c \
	%D%/station.c %D%/station.h
%C%_vcard_LDADD = %D%/libvcard.la $(CRYPTO_LIBS)

EXTRA_DIST += %D%/README.md \
	tests/support/judge.sh tests/support/pcscd.sh tests/support/with-pcscd

# Its own units and fuzz target.
VCARD_LIBS = %D%/libvcard.la $(CRYPTO_LIBS)
VCARD_DRIVE = tests/unit/vcard_drive.c tests/unit/vcard_drive.h

unit_tests += tests/unit/test_vcard_apdu
tests_unit_test_vcard_apdu_SOURCES = tests/unit/test_vcard_apdu.c $(VCARD_DRIVE)
tests_unit_test_vcard_apdu_LDADD = $(VCARD_LIBS) $(CMOCKA_LIBS)

unit_tests += tests/unit/test_vcard_create
tests_unit_test_vcard_create_SOURCES = tests/unit/test_vcard_create.c $(VCARD_DRIVE)
tests_unit_test_vcard_create_LDADD = $(VCARD_LIBS) $(CMOCKA_LIBS)

unit_tests += tests/unit/test_vcard_fido
tests_unit_test_vcard_fido_SOURCES = tests/unit/test_vcard_fido.c $(VCARD_DRIVE)
tests_unit_test_vcard_fido_LDADD = $(VCARD_LIBS) $(CMOCKA_LIBS)

unit_tests += tests/unit/test_vcard_jpki
tests_unit_test_vcard_jpki_SOURCES = tests/unit/test_vcard_jpki.c $(VCARD_DRIVE)
tests_unit_test_vcard_jpki_LDADD = $(VCARD_LIBS) $(CMOCKA_LIBS)

unit_tests += tests/unit/test_vcard_piv
tests_unit_test_vcard_piv_SOURCES = tests/unit/test_vcard_piv.c $(VCARD_DRIVE)
tests_unit_test_vcard_piv_LDADD = $(VCARD_LIBS) $(CMOCKA_LIBS)

unit_tests += tests/unit/test_vcard_store
tests_unit_test_vcard_store_SOURCES = tests/unit/test_vcard_store.c $(VCARD_DRIVE)
tests_unit_test_vcard_store_LDADD = $(VCARD_LIBS) $(CMOCKA_LIBS)

fuzz_tests += tests/fuzz/fuzz_vcard
tests_fuzz_fuzz_vcard_SOURCES = tests/fuzz/fuzz_vcard.c $(FUZZ_MAIN)
tests_fuzz_fuzz_vcard_LDADD = $(VCARD_LIBS)
tests_fuzz_fuzz_vcard_LDFLAGS = $(FUZZ_LINK_FLAGS)
