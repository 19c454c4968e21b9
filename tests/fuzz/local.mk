# SPDX-License-Identifier: Apache-2.0
# One target per parser, with its corpus in tests/data/fuzz/NAME. Without
# libFuzzer a target links replay_main.c; "make check" replays the corpus
# either way. A stanza is
#
#	fuzz_tests += %D%/fuzz_x
#	%C%_fuzz_x_SOURCES = %D%/fuzz_x.c $(FUZZ_MAIN)
#	%C%_fuzz_x_LDADD = $(FUZZ_LIBS)
#	%C%_fuzz_x_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests =
check_PROGRAMS += $(fuzz_tests)
TESTS += $(fuzz_tests)

if FUZZERS
FUZZ_MAIN =
else
FUZZ_MAIN = tests/support/replay_main.c
endif
EXTRA_DIST += tests/support/replay_main.c
FUZZ_LIBS = lib/libsanyoso-inherence.la lib/libsanyoso-knowledge.la \
	lib/libsanyoso-core.la \
	$(CRYPTO_LIBS) $(JANSSON_LIBS)
FUZZ_LINK_FLAGS = $(PROGRAM_LINK_FLAGS) $(FUZZ_LDFLAGS)

fuzz_tests += %D%/fuzz_code
%C%_fuzz_code_SOURCES = %D%/fuzz_code.c $(FUZZ_MAIN)
%C%_fuzz_code_LDADD = $(FUZZ_LIBS)
%C%_fuzz_code_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_conf
%C%_fuzz_conf_SOURCES = %D%/fuzz_conf.c $(FUZZ_MAIN)
%C%_fuzz_conf_LDADD = $(FUZZ_LIBS)
%C%_fuzz_conf_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_text
%C%_fuzz_text_SOURCES = %D%/fuzz_text.c $(FUZZ_MAIN)
%C%_fuzz_text_LDADD = $(FUZZ_LIBS)
%C%_fuzz_text_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_cert
%C%_fuzz_cert_SOURCES = %D%/fuzz_cert.c $(FUZZ_MAIN)
%C%_fuzz_cert_LDADD = $(FUZZ_LIBS)
%C%_fuzz_cert_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_policy
%C%_fuzz_policy_SOURCES = %D%/fuzz_policy.c $(FUZZ_MAIN)
%C%_fuzz_policy_LDADD = $(FUZZ_LIBS)
%C%_fuzz_policy_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_signature
%C%_fuzz_signature_SOURCES = %D%/fuzz_signature.c $(FUZZ_MAIN)
%C%_fuzz_signature_LDADD = $(FUZZ_LIBS)
%C%_fuzz_signature_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_spki
%C%_fuzz_spki_SOURCES = %D%/fuzz_spki.c $(FUZZ_MAIN)
%C%_fuzz_spki_LDADD = $(FUZZ_LIBS)
%C%_fuzz_spki_LDFLAGS = $(FUZZ_LINK_FLAGS)
fuzz_tests += %D%/fuzz_dialog
%C%_fuzz_dialog_SOURCES = %D%/fuzz_dialog.c $(FUZZ_MAIN)
%C%_fuzz_dialog_LDADD = $(FUZZ_LIBS)
%C%_fuzz_dialog_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_frame
%C%_fuzz_frame_SOURCES = %D%/fuzz_frame.c $(FUZZ_MAIN)
%C%_fuzz_frame_LDADD = $(FUZZ_LIBS)
%C%_fuzz_frame_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_pam_options
%C%_fuzz_pam_options_SOURCES = %D%/fuzz_pam_options.c $(FUZZ_MAIN)
%C%_fuzz_pam_options_LDADD = pam/libpam-core.la $(PAM_LIBS)
%C%_fuzz_pam_options_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_pam_talk
%C%_fuzz_pam_talk_SOURCES = %D%/fuzz_pam_talk.c $(FUZZ_MAIN)
%C%_fuzz_pam_talk_LDADD = pam/libpam-core.la $(PAM_LIBS)
%C%_fuzz_pam_talk_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_record
%C%_fuzz_record_SOURCES = %D%/fuzz_record.c $(FUZZ_MAIN)
%C%_fuzz_record_LDADD = $(FUZZ_LIBS)
%C%_fuzz_record_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_tree
%C%_fuzz_tree_SOURCES = %D%/fuzz_tree.c $(FUZZ_MAIN)
%C%_fuzz_tree_LDADD = $(FUZZ_LIBS)
%C%_fuzz_tree_LDFLAGS = $(FUZZ_LINK_FLAGS)

# jansson judges our own decoder.
fuzz_tests += %D%/fuzz_message
%C%_fuzz_message_SOURCES = %D%/fuzz_message.c tests/support/messages.h \
	$(FUZZ_MAIN)
%C%_fuzz_message_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_fuzz_message_LDADD = $(FUZZ_LIBS)
%C%_fuzz_message_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_device
%C%_fuzz_device_SOURCES = %D%/fuzz_device.c $(FUZZ_MAIN)
%C%_fuzz_device_LDADD = $(FUZZ_LIBS)
%C%_fuzz_device_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_keydevice
%C%_fuzz_keydevice_SOURCES = %D%/fuzz_keydevice.c $(FUZZ_MAIN)
%C%_fuzz_keydevice_LDADD = $(FUZZ_LIBS)
%C%_fuzz_keydevice_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_device_office
%C%_fuzz_device_office_SOURCES = %D%/fuzz_device_office.c $(FUZZ_MAIN)
%C%_fuzz_device_office_LDADD = $(FUZZ_LIBS)
%C%_fuzz_device_office_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_hidraw
%C%_fuzz_hidraw_SOURCES = %D%/fuzz_hidraw.c $(FUZZ_MAIN)
%C%_fuzz_hidraw_LDADD = lib/libsanyoso-device.la $(FUZZ_LIBS)
%C%_fuzz_hidraw_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_ctaphid
%C%_fuzz_ctaphid_SOURCES = %D%/fuzz_ctaphid.c $(FUZZ_MAIN)
%C%_fuzz_ctaphid_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS) $(FIDO2_CFLAGS)
%C%_fuzz_ctaphid_LDADD = lib/libsanyoso-device.la $(FIDO2_LIBS) $(FUZZ_LIBS)
%C%_fuzz_ctaphid_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_uvm
%C%_fuzz_uvm_SOURCES = %D%/fuzz_uvm.c $(FUZZ_MAIN)
%C%_fuzz_uvm_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS) $(FIDO2_CFLAGS)
%C%_fuzz_uvm_LDADD = lib/libsanyoso-device.la $(FUZZ_LIBS)
%C%_fuzz_uvm_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_tlv
%C%_fuzz_tlv_SOURCES = %D%/fuzz_tlv.c $(FUZZ_MAIN)
%C%_fuzz_tlv_LDADD = lib/libsanyoso-device.la $(FUZZ_LIBS)
%C%_fuzz_tlv_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_device_cert
%C%_fuzz_device_cert_SOURCES = %D%/fuzz_device_cert.c $(FUZZ_MAIN)
%C%_fuzz_device_cert_LDADD = lib/libsanyoso-device.la $(FUZZ_LIBS)
%C%_fuzz_device_cert_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_reply
%C%_fuzz_reply_SOURCES = %D%/fuzz_reply.c $(FUZZ_MAIN)
%C%_fuzz_reply_LDADD = lib/libsanyoso-device.la $(FUZZ_LIBS)
%C%_fuzz_reply_LDFLAGS = $(FUZZ_LINK_FLAGS)

# Targets of the agent.
FUZZ_AGENT_LIBS = agent/libagent.la agent/liblauncher.la \
	tests/support/libtestca.la $(FUZZ_LIBS) $(EVENT_LIBS) $(SSL_LIBS)

fuzz_tests += %D%/fuzz_http
%C%_fuzz_http_SOURCES = %D%/fuzz_http.c $(FUZZ_MAIN)
%C%_fuzz_http_LDADD = $(FUZZ_AGENT_LIBS)
%C%_fuzz_http_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_settings
%C%_fuzz_settings_SOURCES = %D%/fuzz_settings.c $(FUZZ_MAIN)
%C%_fuzz_settings_LDADD = $(FUZZ_AGENT_LIBS)
%C%_fuzz_settings_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_caller
%C%_fuzz_caller_SOURCES = %D%/fuzz_caller.c \
	tests/support/agent_lab.c tests/support/agent_lab.h \
	tests/support/tls_server.c tests/support/tls_server.h $(FUZZ_MAIN)
%C%_fuzz_caller_LDADD = $(FUZZ_AGENT_LIBS)
%C%_fuzz_caller_LDFLAGS = $(FUZZ_LINK_FLAGS)
fuzz_tests += %D%/fuzz_http_request
%C%_fuzz_http_request_SOURCES = %D%/fuzz_http_request.c $(FUZZ_MAIN)
%C%_fuzz_http_request_LDADD = server/libsanyosod-core.la $(FUZZ_LIBS)
%C%_fuzz_http_request_LDFLAGS = $(FUZZ_LINK_FLAGS)

# Targets of the server.
FUZZ_SERVER_LIBS = server/libsanyosod-core.la $(FUZZ_LIBS) $(SANYOSOD_LIBS)

fuzz_tests += %D%/fuzz_batch
%C%_fuzz_batch_SOURCES = %D%/fuzz_batch.c $(FUZZ_MAIN)
%C%_fuzz_batch_LDADD = $(FUZZ_SERVER_LIBS)
%C%_fuzz_batch_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_hasher
%C%_fuzz_hasher_SOURCES = %D%/fuzz_hasher.c $(FUZZ_MAIN)
%C%_fuzz_hasher_LDADD = $(FUZZ_SERVER_LIBS)
%C%_fuzz_hasher_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_refs
%C%_fuzz_refs_SOURCES = %D%/fuzz_refs.c $(FUZZ_MAIN)
%C%_fuzz_refs_LDADD = $(FUZZ_SERVER_LIBS)
%C%_fuzz_refs_LDFLAGS = $(FUZZ_LINK_FLAGS)
fuzz_tests += %D%/fuzz_blocklist
%C%_fuzz_blocklist_SOURCES = %D%/fuzz_blocklist.c $(FUZZ_MAIN)
%C%_fuzz_blocklist_LDADD = $(FUZZ_LIBS)
%C%_fuzz_blocklist_LDFLAGS = $(FUZZ_LINK_FLAGS)
fuzz_tests += %D%/fuzz_password
%C%_fuzz_password_SOURCES = %D%/fuzz_password.c $(FUZZ_MAIN)
%C%_fuzz_password_LDADD = $(FUZZ_LIBS)
%C%_fuzz_password_LDFLAGS = $(FUZZ_LINK_FLAGS)
fuzz_tests += %D%/fuzz_rule_words
%C%_fuzz_rule_words_SOURCES = %D%/fuzz_rule_words.c $(FUZZ_MAIN)
%C%_fuzz_rule_words_LDADD = $(FUZZ_LIBS)
%C%_fuzz_rule_words_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_pam_file
%C%_fuzz_pam_file_SOURCES = %D%/fuzz_pam_file.c $(FUZZ_MAIN)
%C%_fuzz_pam_file_LDADD = agent/check/libcheck.la $(FUZZ_AGENT_LIBS)
%C%_fuzz_pam_file_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_sshd_config
%C%_fuzz_sshd_config_SOURCES = %D%/fuzz_sshd_config.c $(FUZZ_MAIN)
%C%_fuzz_sshd_config_LDADD = agent/check/libcheck.la $(FUZZ_AGENT_LIBS)
%C%_fuzz_sshd_config_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_server_config
%C%_fuzz_server_config_SOURCES = %D%/fuzz_server_config.c $(FUZZ_MAIN)
%C%_fuzz_server_config_LDADD = $(FUZZ_SERVER_LIBS)
%C%_fuzz_server_config_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_network
%C%_fuzz_network_SOURCES = %D%/fuzz_network.c $(FUZZ_MAIN)
%C%_fuzz_network_LDADD = $(FUZZ_SERVER_LIBS)
%C%_fuzz_network_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_person
%C%_fuzz_person_SOURCES = %D%/fuzz_person.c $(FUZZ_MAIN)
%C%_fuzz_person_LDADD = $(FUZZ_SERVER_LIBS)
%C%_fuzz_person_LDFLAGS = $(FUZZ_LINK_FLAGS)

# What FIDO2 keys sign, and what is known of their models.
fuzz_tests += %D%/fuzz_authdata
%C%_fuzz_authdata_SOURCES = %D%/fuzz_authdata.c $(FUZZ_MAIN)
%C%_fuzz_authdata_LDADD = $(FUZZ_LIBS)
%C%_fuzz_authdata_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_client_data
%C%_fuzz_client_data_SOURCES = %D%/fuzz_client_data.c $(FUZZ_MAIN)
%C%_fuzz_client_data_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_fuzz_client_data_LDADD = $(FUZZ_LIBS)
%C%_fuzz_client_data_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_fido2_made
%C%_fuzz_fido2_made_SOURCES = %D%/fuzz_fido2_made.c $(FUZZ_MAIN)
%C%_fuzz_fido2_made_LDADD = $(FUZZ_LIBS)
%C%_fuzz_fido2_made_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_metadata
%C%_fuzz_metadata_SOURCES = %D%/fuzz_metadata.c $(FUZZ_MAIN)
%C%_fuzz_metadata_LDADD = $(FUZZ_LIBS)
%C%_fuzz_metadata_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_metadata_entry
%C%_fuzz_metadata_entry_SOURCES = %D%/fuzz_metadata_entry.c $(FUZZ_MAIN)
%C%_fuzz_metadata_entry_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_fuzz_metadata_entry_LDADD = $(FUZZ_LIBS)
%C%_fuzz_metadata_entry_LDFLAGS = $(FUZZ_LINK_FLAGS)

fuzz_tests += %D%/fuzz_metadata_unpack
%C%_fuzz_metadata_unpack_SOURCES = %D%/fuzz_metadata_unpack.c $(FUZZ_MAIN)
%C%_fuzz_metadata_unpack_LDADD = $(FUZZ_LIBS)
%C%_fuzz_metadata_unpack_LDFLAGS = $(FUZZ_LINK_FLAGS)
