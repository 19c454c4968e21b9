# SPDX-License-Identifier: Apache-2.0
# libsanyoso. Six convenience libraries hold its objects:
#   socket     needs libc alone; linked statically into the PAM module
#   core       socket and what programs on both sides use
#   inherence  verifies what FIDO2 keys sign; with jansson, for the server
#   hash       argon2id, with libsodium alone; part of knowledge
#   knowledge  passwords, with the libraries that only the server needs
#   device     the prover half: drives cards; linked into the worker only
# The shared library exports all but the last.

# libtool's current:revision:age. With each release: nothing but code changed:
# revision + 1; names were added: current + 1, revision 0, age + 1; a name was
# removed or changed its meaning: current + 1, revision 0, age 0.
LIBSY_VERSION_INFO = 0:0:0

pkginclude_HEADERS += \
	include/sanyoso/api.h \
	include/sanyoso/audit.h \
	include/sanyoso/buf.h \
	include/sanyoso/challenge.h \
	include/sanyoso/code.h \
	include/sanyoso/conf.h \
	include/sanyoso/device.h \
	include/sanyoso/dialog.h \
	include/sanyoso/err.h \
	include/sanyoso/fido2.h \
	include/sanyoso/frame.h \
	include/sanyoso/key.h \
	include/sanyoso/keydevice.h \
	include/sanyoso/message.h \
	include/sanyoso/metadata.h \
	include/sanyoso/method.h \
	include/sanyoso/password.h \
	include/sanyoso/policy.h \
	include/sanyoso/safefile.h \
	include/sanyoso/secret.h \
	include/sanyoso/text.h \
	include/sanyoso/trust.h

noinst_LTLIBRARIES += %D%/libsanyoso-socket.la
%C%_libsanyoso_socket_la_SOURCES = \
	%D%/core/base64.c \
	%D%/core/buf.c \
	%D%/core/err.c \
	%D%/core/reader.c \
	%D%/core/secret.c \
	%D%/core/text.c \
	%D%/wire/dialog.c \
	%D%/wire/frame.c

noinst_LTLIBRARIES += %D%/libsanyoso-core.la
# A block of sources per folder.
%C%_libsanyoso_core_la_SOURCES =
%C%_libsanyoso_core_la_SOURCES += \
	%D%/core/code.c \
	%D%/core/conf.c \
	%D%/core/conf_int.h \
	%D%/core/conf_value.c \
	%D%/core/md.c \
	%D%/core/md_int.h \
	%D%/core/sanitized.h \
	%D%/core/safefile.c
%C%_libsanyoso_core_la_SOURCES += \
	%D%/audit/digest.c \
	%D%/audit/digest_int.h \
	%D%/audit/head.c \
	%D%/audit/path.c \
	%D%/audit/record.c \
	%D%/audit/tree.c
# What terminal and policy need of FIDO2 keys too.
%C%_libsanyoso_core_la_SOURCES += \
	%D%/inherence/aaguid.c \
	%D%/inherence/base64url.c \
	%D%/inherence/base64url.h \
	%D%/inherence/client_write.c \
	%D%/inherence/judge.c \
	%D%/inherence/attestation_names.c
# What the terminal explains to a person.
%C%_libsanyoso_core_la_SOURCES += \
	%D%/knowledge/rule_words.c
%C%_libsanyoso_core_la_SOURCES += \
	%D%/policy/decide.c \
	%D%/policy/method.c \
	%D%/policy/names.c \
	%D%/policy/plan.c \
	%D%/policy/policy.c \
	%D%/policy/policy_check.c \
	%D%/policy/policy_int.h \
	%D%/policy/rule.c \
	%D%/policy/section.c \
	%D%/policy/section_keys.c \
	%D%/policy/section_lockout.c \
	%D%/policy/section_logins.c \
	%D%/policy/section_notice.c \
	%D%/policy/section_password.c
%C%_libsanyoso_core_la_SOURCES += \
	%D%/possession/cert.c \
	%D%/possession/challenge.c \
	%D%/possession/crl.c \
	%D%/possession/der.c \
	%D%/possession/der.h \
	%D%/possession/key.c \
	%D%/possession/spki.c \
	%D%/possession/spki.h \
	%D%/possession/spki_form.c \
	%D%/possession/spki_form.h \
	%D%/possession/trust.c \
	%D%/possession/trust_int.h
%C%_libsanyoso_core_la_SOURCES += \
	%D%/wire/device.c \
	%D%/wire/device_office.c \
	%D%/wire/keydevice.c \
	%D%/wire/keydevice_pin.c \
	%D%/wire/layout.c \
	%D%/wire/layout.h \
	%D%/wire/message.c \
	%D%/wire/message_admin.c \
	%D%/wire/message_audit.c \
	%D%/wire/message_auth.c \
	%D%/wire/message_decode.c \
	%D%/wire/message_encode.c \
	%D%/wire/message_enroll.c \
	%D%/wire/message_int.h \
	%D%/wire/message_join.c \
	%D%/wire/message_office.c \
	%D%/wire/message_session.c
%C%_libsanyoso_core_la_LIBADD = %D%/libsanyoso-socket.la

noinst_LTLIBRARIES += %D%/libsanyoso-knowledge.la
%C%_libsanyoso_knowledge_la_SOURCES = \
	%D%/knowledge/blocklist.c \
	%D%/knowledge/born.c \
	%D%/knowledge/dictionary.c \
	%D%/knowledge/fold.c \
	%D%/knowledge/knowledge_int.h \
	%D%/knowledge/normal.c \
	%D%/knowledge/pattern.c \
	%D%/knowledge/personal.c \
	%D%/knowledge/points.c \
	%D%/knowledge/romaji.c \
	%D%/knowledge/rules.c \
	%D%/knowledge/similar.c \
	%D%/knowledge/temporary.c
%C%_libsanyoso_knowledge_la_LIBADD = %D%/libsanyoso-hash.la \
	$(PWQUALITY_LIBS) $(UNISTRING_LIBS)

# By itself for the hasher, which links nothing else.
noinst_LTLIBRARIES += %D%/libsanyoso-hash.la
%C%_libsanyoso_hash_la_SOURCES = %D%/knowledge/hash.c
%C%_libsanyoso_hash_la_LIBADD = $(SODIUM_LIBS)

noinst_LTLIBRARIES += %D%/libsanyoso-inherence.la
%C%_libsanyoso_inherence_la_SOURCES = \
	%D%/inherence/attestation.c \
	%D%/inherence/attestation.h \
	%D%/inherence/authdata.c \
	%D%/inherence/authdata.h \
	%D%/inherence/client_read.c \
	%D%/inherence/cose.c \
	%D%/inherence/cose.h \
	%D%/inherence/fido2_int.h \
	%D%/inherence/jwt.c \
	%D%/inherence/jwt.h \
	%D%/inherence/made.c \
	%D%/inherence/metadata.c \
	%D%/inherence/metadata_import.c \
	%D%/inherence/metadata_int.h \
	%D%/inherence/metadata_model.c \
	%D%/inherence/path.c \
	%D%/inherence/path.h \
	%D%/inherence/verify.c
%C%_libsanyoso_inherence_la_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_libsanyoso_inherence_la_LIBADD = %D%/libsanyoso-cbor.la $(JANSSON_LIBS)

# By itself for the worker, which looks at what a key announces.
noinst_LTLIBRARIES += %D%/libsanyoso-cbor.la
%C%_libsanyoso_cbor_la_SOURCES = \
	%D%/inherence/cbor.c \
	%D%/inherence/cbor.h

noinst_LTLIBRARIES += %D%/libsanyoso-device.la
%C%_libsanyoso_device_la_SOURCES = \
	%D%/inherence/device/channel.c \
	%D%/inherence/device/channel.h \
	%D%/inherence/device/ctaphid.c \
	%D%/inherence/device/ctaphid.h \
	%D%/inherence/device/ctapnfc.c \
	%D%/inherence/device/ctapnfc.h \
	%D%/inherence/device/hidraw.c \
	%D%/inherence/device/hidraw.h \
	%D%/inherence/device/key.c \
	%D%/inherence/device/key.h \
	%D%/inherence/device/keybio.c \
	%D%/inherence/device/keyfind.c \
	%D%/inherence/device/keyfind.h \
	%D%/inherence/device/keyoperation.c \
	%D%/inherence/device/keyoperation.h \
	%D%/inherence/device/keypin.c \
	%D%/inherence/device/keyuse.c \
	%D%/inherence/device/uvm.c \
	%D%/inherence/device/uvm.h \
	%D%/possession/device/apdu.c \
	%D%/possession/device/apdu.h \
	%D%/possession/device/card.c \
	%D%/possession/device/card.h \
	%D%/possession/device/host.h \
	%D%/possession/device/jpki.c \
	%D%/possession/device/link.c \
	%D%/possession/device/link.h \
	%D%/possession/device/name.c \
	%D%/possession/device/name.h \
	%D%/possession/device/operation.c \
	%D%/possession/device/operation.h \
	%D%/possession/device/operation_int.h \
	%D%/possession/device/office.c \
	%D%/possession/device/pcsclite.c \
	%D%/possession/device/piv.c \
	%D%/possession/device/piv_admin.c \
	%D%/possession/device/piv_admin.h \
	%D%/possession/device/piv_cipher.c \
	%D%/possession/device/piv_cipher.h \
	%D%/possession/device/piv_pin.c \
	%D%/possession/device/readers.c \
	%D%/possession/device/readers.h \
	%D%/possession/device/spki.c \
	%D%/possession/device/spki.h \
	%D%/possession/device/tlv.c \
	%D%/possession/device/tlv.h \
	%D%/possession/device/winscard.c \
	%D%/possession/device/winscard.h
%C%_libsanyoso_device_la_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS) \
	$(FIDO2_CFLAGS)
%C%_libsanyoso_device_la_LIBADD = %D%/libsanyoso-cbor.la

lib_LTLIBRARIES += %D%/libsanyoso.la
%C%_libsanyoso_la_SOURCES =
%C%_libsanyoso_la_LIBADD = %D%/libsanyoso-inherence.la \
	%D%/libsanyoso-knowledge.la %D%/libsanyoso-core.la $(CRYPTO_LIBS)
%C%_libsanyoso_la_LDFLAGS = $(AM_LDFLAGS) -no-undefined \
	-version-info $(LIBSY_VERSION_INFO) $(LD_NO_UNDEFINED) \
	-Wl,--version-script=$(srcdir)/%D%/libsanyoso.map
EXTRA_%C%_libsanyoso_la_DEPENDENCIES = %D%/libsanyoso.map
EXTRA_DIST += %D%/libsanyoso.map

pkgconfig_DATA += %D%/libsanyoso.pc
