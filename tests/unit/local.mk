# SPDX-License-Identifier: Apache-2.0
# One program per unit: test_x.c answers to x.c. A stanza is
#
#	unit_tests += %D%/test_x
#	%C%_test_x_SOURCES = %D%/test_x.c
#	%C%_test_x_LDADD = $(UNIT_LIBS)
#
# and for torture by failing allocations instead of the last line
#
#	%C%_test_x_LDADD = $(FAULTS_LIBS)
#	%C%_test_x_LDFLAGS = $(FAULTS_LINK_FLAGS)

# The longest first: at the end they would run alone.
unit_tests = %D%/test_server_memory %D%/test_server_keys_memory \
	%D%/test_dialogue %D%/test_fido2_made %D%/test_metadata %D%/test_renew \
	%D%/test_sessions
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)

UNIT_LIBS = lib/libsanyoso-inherence.la lib/libsanyoso-knowledge.la \
	lib/libsanyoso-core.la \
	$(CRYPTO_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)
# With a throwaway CA.
TESTCA_LIBS = tests/support/libtestca.la $(UNIT_LIBS)
FAULTS_LIBS = tests/support/libsupport.la $(UNIT_LIBS)
FAULTS_LINK_FLAGS = $(PROGRAM_LINK_FLAGS) $(FAULTS_WRAP)

unit_tests += %D%/test_err
%C%_test_err_SOURCES = %D%/test_err.c
%C%_test_err_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_message
%C%_test_message_SOURCES = %D%/test_message.c tests/support/messages.h
%C%_test_message_LDADD = $(FAULTS_LIBS)
%C%_test_message_LDFLAGS = $(FAULTS_LINK_FLAGS)
unit_tests += %D%/test_base64
%C%_test_base64_SOURCES = %D%/test_base64.c
%C%_test_base64_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_reader
%C%_test_reader_SOURCES = %D%/test_reader.c
%C%_test_reader_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_text
%C%_test_text_SOURCES = %D%/test_text.c
%C%_test_text_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_buf
%C%_test_buf_SOURCES = %D%/test_buf.c
%C%_test_buf_LDADD = $(FAULTS_LIBS)
%C%_test_buf_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_secret
%C%_test_secret_SOURCES = %D%/test_secret.c
%C%_test_secret_LDADD = $(FAULTS_LIBS)
%C%_test_secret_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_digest
%C%_test_digest_SOURCES = %D%/test_digest.c
%C%_test_digest_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_head
%C%_test_head_SOURCES = %D%/test_head.c
%C%_test_head_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_record
%C%_test_record_SOURCES = %D%/test_record.c
%C%_test_record_LDADD = $(FAULTS_LIBS)
%C%_test_record_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_tree
%C%_test_tree_SOURCES = %D%/test_tree.c
%C%_test_tree_LDADD = $(UNIT_LIBS)
unit_tests += %D%/test_code
%C%_test_code_SOURCES = %D%/test_code.c
%C%_test_code_LDADD = $(FAULTS_LIBS)
%C%_test_code_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_conf
%C%_test_conf_SOURCES = %D%/test_conf.c
%C%_test_conf_LDADD = $(FAULTS_LIBS)
%C%_test_conf_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_safefile
%C%_test_safefile_SOURCES = %D%/test_safefile.c
%C%_test_safefile_LDADD = $(FAULTS_LIBS)
%C%_test_safefile_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_conf_value
%C%_test_conf_value_SOURCES = %D%/test_conf_value.c
%C%_test_conf_value_LDADD = $(UNIT_LIBS)

# Units of the server link its library.
SERVER_UNIT_LIBS = server/libsanyosod-core.la $(UNIT_LIBS) $(SANYOSOD_LIBS)

unit_tests += %D%/test_keeper
%C%_test_keeper_SOURCES = %D%/test_keeper.c
%C%_test_keeper_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_dialog
%C%_test_dialog_SOURCES = %D%/test_dialog.c
%C%_test_dialog_LDADD = $(FAULTS_LIBS)
%C%_test_dialog_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_frame
%C%_test_frame_SOURCES = %D%/test_frame.c
%C%_test_frame_LDADD = $(UNIT_LIBS)
unit_tests += %D%/test_words
%C%_test_words_SOURCES = %D%/test_words.c
%C%_test_words_LDADD = ctl/libsanyosoctl-core.la $(UNIT_LIBS) $(CURL_LIBS)
unit_tests += %D%/test_prompt
%C%_test_prompt_SOURCES = %D%/test_prompt.c
%C%_test_prompt_LDADD = ctl/libsanyosoctl-core.la $(UNIT_LIBS)
unit_tests += %D%/test_ctl_enroll
%C%_test_ctl_enroll_SOURCES = %D%/test_ctl_enroll.c
%C%_test_ctl_enroll_LDADD = ctl/libsanyosoctl-core.la \
	tests/support/libpamtesting.la $(UNIT_LIBS)
unit_tests += %D%/test_der
%C%_test_der_SOURCES = %D%/test_der.c
%C%_test_der_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_key
%C%_test_key_SOURCES = %D%/test_key.c
%C%_test_key_LDADD = $(TESTCA_LIBS)

unit_tests += %D%/test_wycheproof
%C%_test_wycheproof_SOURCES = %D%/test_wycheproof.c
%C%_test_wycheproof_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_challenge
%C%_test_challenge_SOURCES = %D%/test_challenge.c
%C%_test_challenge_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_trust
%C%_test_trust_SOURCES = %D%/test_trust.c tests/support/trusts.h
%C%_test_trust_LDADD = $(TESTCA_LIBS)

unit_tests += %D%/test_crl
%C%_test_crl_SOURCES = %D%/test_crl.c tests/support/trusts.h
%C%_test_crl_LDADD = $(TESTCA_LIBS)

PAM_TEST_LIBS = tests/support/libpamtesting.la pam/libpam-core.la \
	$(CMOCKA_LIBS) $(PAM_LIBS) -lpthread

unit_tests += %D%/test_pam_connect
%C%_test_pam_connect_SOURCES = %D%/test_pam_connect.c
%C%_test_pam_connect_LDADD = $(PAM_TEST_LIBS)

unit_tests += %D%/test_pam_conversation
%C%_test_pam_conversation_SOURCES = %D%/test_pam_conversation.c
%C%_test_pam_conversation_LDADD = $(PAM_TEST_LIBS)

unit_tests += %D%/test_pam_options
%C%_test_pam_options_SOURCES = %D%/test_pam_options.c
%C%_test_pam_options_LDADD = $(PAM_TEST_LIBS)

unit_tests += %D%/test_pam_result
%C%_test_pam_result_SOURCES = %D%/test_pam_result.c
%C%_test_pam_result_LDADD = $(PAM_TEST_LIBS)

unit_tests += %D%/test_pam_agent
%C%_test_pam_agent_SOURCES = %D%/test_pam_agent.c
%C%_test_pam_agent_LDADD = $(PAM_TEST_LIBS)

unit_tests += %D%/test_pam_texts
%C%_test_pam_texts_SOURCES = %D%/test_pam_texts.c
%C%_test_pam_texts_LDADD = $(PAM_TEST_LIBS)

unit_tests += %D%/test_pam_standing
%C%_test_pam_standing_SOURCES = %D%/test_pam_standing.c
%C%_test_pam_standing_LDADD = tests/support/libsupport.la $(PAM_TEST_LIBS)
%C%_test_pam_standing_LDFLAGS = $(FAULTS_LINK_FLAGS)

# Loads the module itself.
unit_tests += %D%/test_pam_sanyoso
%C%_test_pam_sanyoso_SOURCES = %D%/test_pam_sanyoso.c
%C%_test_pam_sanyoso_LDADD = tests/support/libpamtesting.la \
	lib/libsanyoso-socket.la $(CMOCKA_LIBS) $(PAM_LIBS) -lpthread
EXTRA_%C%_test_pam_sanyoso_DEPENDENCIES = pam/pam_sanyoso.la

unit_tests += %D%/test_pam_phases
%C%_test_pam_phases_SOURCES = %D%/test_pam_phases.c
%C%_test_pam_phases_LDADD = tests/support/libpamtesting.la \
	lib/libsanyoso-socket.la $(CMOCKA_LIBS) $(PAM_LIBS) -lpthread
EXTRA_%C%_test_pam_phases_DEPENDENCIES = pam/pam_sanyoso.la

# What the module shows to its hosts.
TESTS += %D%/test_pam_module.sh
EXTRA_DIST += %D%/test_pam_module.sh
# Units of the agent.
AGENT_UNIT_LIBS = agent/libagent.la agent/liblauncher.la \
	tests/support/libtestca.la $(UNIT_LIBS) $(EVENT_LIBS) $(SSL_LIBS)

unit_tests += %D%/test_login
%C%_test_login_SOURCES = %D%/test_login.c $(FAKE_TALK_SOURCES)
%C%_test_login_LDADD = $(AGENT_UNIT_LIBS)

AGENT_LAB_SOURCES = tests/support/agent_lab.c tests/support/agent_lab.h \
	tests/support/tls_server.c tests/support/tls_server.h

unit_tests += %D%/test_link
%C%_test_link_SOURCES = %D%/test_link.c $(AGENT_LAB_SOURCES)
%C%_test_link_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_join
%C%_test_join_SOURCES = %D%/test_join.c $(AGENT_LAB_SOURCES)
%C%_test_join_LDADD = $(AGENT_UNIT_LIBS)
unit_tests += %D%/test_method
%C%_test_method_SOURCES = %D%/test_method.c
%C%_test_method_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_policy
%C%_test_policy_SOURCES = %D%/test_policy.c tests/support/policies.h
%C%_test_policy_LDADD = $(FAULTS_LIBS)
%C%_test_policy_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_section_password
%C%_test_section_password_SOURCES = %D%/test_section_password.c tests/support/policies.h
%C%_test_section_password_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_section_lockout
%C%_test_section_lockout_SOURCES = %D%/test_section_lockout.c tests/support/policies.h
%C%_test_section_lockout_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_section_notice
%C%_test_section_notice_SOURCES = %D%/test_section_notice.c tests/support/policies.h
%C%_test_section_notice_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_section_logins
%C%_test_section_logins_SOURCES = %D%/test_section_logins.c tests/support/policies.h
%C%_test_section_logins_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_section_keys
%C%_test_section_keys_SOURCES = %D%/test_section_keys.c tests/support/policies.h
%C%_test_section_keys_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_fido2_judge
%C%_test_fido2_judge_SOURCES = %D%/test_fido2_judge.c
%C%_test_fido2_judge_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_fido2_text
%C%_test_fido2_text_SOURCES = %D%/test_fido2_text.c
%C%_test_fido2_text_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_fido2_text_LDADD = $(UNIT_LIBS)

# libfido2 judges the same input.
KEYMAKER_LIBS = $(TESTCA_LIBS) $(FIDO2_LIBS)

unit_tests += %D%/test_fido2_verify
%C%_test_fido2_verify_SOURCES = %D%/test_fido2_verify.c
%C%_test_fido2_verify_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) \
	$(FIDO2_CFLAGS)
%C%_test_fido2_verify_LDADD = $(KEYMAKER_LIBS)

%C%_test_fido2_made_SOURCES = %D%/test_fido2_made.c
%C%_test_fido2_made_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) \
	$(FIDO2_CFLAGS)
%C%_test_fido2_made_LDADD = tests/support/libsupport.la $(KEYMAKER_LIBS)
%C%_test_fido2_made_LDFLAGS = $(FAULTS_LINK_FLAGS)

%C%_test_metadata_SOURCES = %D%/test_metadata.c
%C%_test_metadata_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_metadata_LDADD = tests/support/libsupport.la $(KEYMAKER_LIBS)
%C%_test_metadata_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_cbor
%C%_test_cbor_SOURCES = %D%/test_cbor.c
%C%_test_cbor_LDADD = $(KEYMAKER_LIBS)

unit_tests += %D%/test_cose
%C%_test_cose_SOURCES = %D%/test_cose.c
%C%_test_cose_LDADD = $(KEYMAKER_LIBS)

unit_tests += %D%/test_decide
%C%_test_decide_SOURCES = %D%/test_decide.c tests/support/policies.h \
	tests/support/oracle.c tests/support/oracle.h
%C%_test_decide_LDADD = $(UNIT_LIBS)

unit_tests += %D%/test_plan
%C%_test_plan_SOURCES = %D%/test_plan.c tests/support/policies.h
%C%_test_plan_LDADD = $(UNIT_LIBS)
# The prover half.
DEVICE_LIBS = lib/libsanyoso-device.la
KEY_LIBS = $(DEVICE_LIBS) $(FIDO2_LIBS) $(PCSC_LIBS) $(UNIT_LIBS)

unit_tests += %D%/test_device
%C%_test_device_SOURCES = %D%/test_device.c
%C%_test_device_LDADD = $(FAULTS_LIBS)
%C%_test_device_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_tlv
%C%_test_tlv_SOURCES = %D%/test_tlv.c
%C%_test_tlv_LDADD = $(DEVICE_LIBS) $(UNIT_LIBS)

unit_tests += %D%/test_spki
%C%_test_spki_SOURCES = %D%/test_spki.c
%C%_test_spki_LDADD = $(DEVICE_LIBS) $(TESTCA_LIBS)

unit_tests += %D%/test_hidraw
%C%_test_hidraw_SOURCES = %D%/test_hidraw.c tests/support/tree.c \
	tests/support/tree.h
%C%_test_hidraw_LDADD = $(DEVICE_LIBS) $(UNIT_LIBS)

unit_tests += %D%/test_ctaphid
%C%_test_ctaphid_SOURCES = %D%/test_ctaphid.c
%C%_test_ctaphid_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS) $(FIDO2_CFLAGS)
%C%_test_ctaphid_LDADD = $(KEY_LIBS)

unit_tests += %D%/test_ctapnfc
%C%_test_ctapnfc_SOURCES = %D%/test_ctapnfc.c
%C%_test_ctapnfc_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS) $(FIDO2_CFLAGS)
%C%_test_ctapnfc_LDADD = tests/support/libscript.la $(KEY_LIBS)

# Before live keys; the lab takes the place of hidraw.c, so it comes first.
KEY_LAB_LIBS = tests/support/libkeylab.la tests/support/libsupport.la \
	$(KEY_LIBS) -lpthread
KEY_LAB_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS) $(FIDO2_CFLAGS)

unit_tests += %D%/test_device_key
%C%_test_device_key_SOURCES = %D%/test_device_key.c
%C%_test_device_key_CPPFLAGS = $(KEY_LAB_CPPFLAGS)
%C%_test_device_key_LDADD = $(KEY_LAB_LIBS)
%C%_test_device_key_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_keybio
%C%_test_keybio_SOURCES = %D%/test_keybio.c
%C%_test_keybio_CPPFLAGS = $(KEY_LAB_CPPFLAGS)
%C%_test_keybio_LDADD = $(KEY_LAB_LIBS)
%C%_test_keybio_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_keypin
%C%_test_keypin_SOURCES = %D%/test_keypin.c
%C%_test_keypin_CPPFLAGS = $(KEY_LAB_CPPFLAGS)
%C%_test_keypin_LDADD = $(KEY_LAB_LIBS)
%C%_test_keypin_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_keyuse
%C%_test_keyuse_SOURCES = %D%/test_keyuse.c
%C%_test_keyuse_CPPFLAGS = $(KEY_LAB_CPPFLAGS)
%C%_test_keyuse_LDADD = $(KEY_LAB_LIBS)
%C%_test_keyuse_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_keyfind
%C%_test_keyfind_SOURCES = %D%/test_keyfind.c
%C%_test_keyfind_CPPFLAGS = $(KEY_LAB_CPPFLAGS)
%C%_test_keyfind_LDADD = $(KEY_LAB_LIBS)
%C%_test_keyfind_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_keyoperation
%C%_test_keyoperation_SOURCES = %D%/test_keyoperation.c
%C%_test_keyoperation_CPPFLAGS = $(KEY_LAB_CPPFLAGS)
%C%_test_keyoperation_LDADD = $(KEY_LAB_LIBS)
%C%_test_keyoperation_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_keyfaults
%C%_test_keyfaults_SOURCES = %D%/test_keyfaults.c
%C%_test_keyfaults_CPPFLAGS = $(KEY_LAB_CPPFLAGS)
%C%_test_keyfaults_LDADD = $(KEY_LAB_LIBS)
%C%_test_keyfaults_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_uvm
%C%_test_uvm_SOURCES = %D%/test_uvm.c
%C%_test_uvm_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS) $(FIDO2_CFLAGS)
%C%_test_uvm_LDADD = $(DEVICE_LIBS) $(UNIT_LIBS)

unit_tests += %D%/test_apdu
%C%_test_apdu_SOURCES = %D%/test_apdu.c
%C%_test_apdu_LDADD = tests/support/libscript.la $(DEVICE_LIBS) $(UNIT_LIBS)

%C%_test_dialogue_SOURCES = %D%/test_dialogue.c $(AGENT_LAB_SOURCES)
%C%_test_dialogue_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_queue
%C%_test_queue_SOURCES = %D%/test_queue.c
%C%_test_queue_LDADD = $(AGENT_UNIT_LIBS)
# The Japanese of every message.
TESTS += %D%/test_messages.sh
EXTRA_DIST += %D%/test_messages.sh
TESTS += %D%/test_explain.sh
EXTRA_DIST += %D%/test_explain.sh
TESTS += %D%/test_ctl.sh
EXTRA_DIST += %D%/test_ctl.sh
TESTS += %D%/test_manuals.sh
EXTRA_DIST += %D%/test_manuals.sh

# Ledger, store and keeper.
LEDGER_UNIT_LIBS = tests/support/libledgers.la $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_db
%C%_test_db_SOURCES = %D%/test_db.c
%C%_test_db_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_row
%C%_test_row_SOURCES = %D%/test_row.c
%C%_test_row_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_rows
%C%_test_rows_SOURCES = %D%/test_rows.c
%C%_test_rows_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_ledger
%C%_test_ledger_SOURCES = %D%/test_ledger.c
%C%_test_ledger_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_group
%C%_test_group_SOURCES = %D%/test_group.c
%C%_test_group_LDADD = tests/support/libsupport.la $(LEDGER_UNIT_LIBS)
%C%_test_group_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_row_map
%C%_test_row_map_SOURCES = %D%/test_row_map.c
%C%_test_row_map_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_refs
%C%_test_refs_SOURCES = %D%/test_refs.c
%C%_test_refs_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_keeper_claim
%C%_test_keeper_claim_SOURCES = %D%/test_keeper_claim.c \
	tests/support/keeper_lab.c tests/support/keeper_lab.h
%C%_test_keeper_claim_LDADD = tests/support/libtestca.la $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_keeper_log
%C%_test_keeper_log_SOURCES = %D%/test_keeper_log.c \
	tests/support/keeper_lab.c tests/support/keeper_lab.h
%C%_test_keeper_log_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_keeper_cert
%C%_test_keeper_cert_SOURCES = %D%/test_keeper_cert.c
%C%_test_keeper_cert_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_history
%C%_test_history_SOURCES = %D%/test_history.c
%C%_test_history_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_verify
%C%_test_verify_SOURCES = %D%/test_verify.c
%C%_test_verify_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_crash
%C%_test_crash_SOURCES = %D%/test_crash.c
%C%_test_crash_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_card
%C%_test_card_SOURCES = %D%/test_card.c
%C%_test_card_LDADD = tests/support/libscript.la $(DEVICE_LIBS) $(FAULTS_LIBS)
%C%_test_card_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_jpki
%C%_test_jpki_SOURCES = %D%/test_jpki.c
%C%_test_jpki_LDADD = tests/support/libscript.la $(DEVICE_LIBS) $(UNIT_LIBS)

unit_tests += %D%/test_piv
%C%_test_piv_SOURCES = %D%/test_piv.c
%C%_test_piv_LDADD = tests/support/libscript.la $(DEVICE_LIBS) $(UNIT_LIBS)

unit_tests += %D%/test_keydevice
%C%_test_keydevice_SOURCES = %D%/test_keydevice.c
%C%_test_keydevice_LDADD = $(FAULTS_LIBS)
%C%_test_keydevice_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_device_office
%C%_test_device_office_SOURCES = %D%/test_device_office.c
%C%_test_device_office_LDADD = $(FAULTS_LIBS)
%C%_test_device_office_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_piv_admin
%C%_test_piv_admin_SOURCES = %D%/test_piv_admin.c
%C%_test_piv_admin_LDADD = tests/support/libinserted.la \
	tests/support/libscript.la tests/support/libtestca.la $(DEVICE_LIBS) \
	$(FAULTS_LIBS)
%C%_test_piv_admin_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_office
%C%_test_office_SOURCES = %D%/test_office.c
%C%_test_office_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS)
%C%_test_office_LDADD = tests/support/libinserted.la \
	tests/support/libfakepcsc.la tests/support/libtestca.la $(DEVICE_LIBS) \
	$(PCSC_LIBS) $(UNIT_LIBS)

unit_tests += %D%/test_http_network
%C%_test_http_network_SOURCES = %D%/test_http_network.c
%C%_test_http_network_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_http_request
%C%_test_http_request_SOURCES = %D%/test_http_request.c
%C%_test_http_request_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_keys
%C%_test_keys_SOURCES = %D%/test_keys.c
%C%_test_keys_LDADD = tests/support/libtestca.la $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_crew
%C%_test_crew_SOURCES = %D%/test_crew.c
%C%_test_crew_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_crew_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_gathering
%C%_test_gathering_SOURCES = %D%/test_gathering.c
%C%_test_gathering_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_gathering_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_proofs
%C%_test_proofs_SOURCES = %D%/test_proofs.c
%C%_test_proofs_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_proofs_LDADD = tests/support/libtestca.la $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_lockout
%C%_test_lockout_SOURCES = %D%/test_lockout.c
%C%_test_lockout_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_logins
%C%_test_logins_SOURCES = %D%/test_logins.c
%C%_test_logins_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_packed
%C%_test_packed_SOURCES = %D%/test_packed.c
%C%_test_packed_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_guise
%C%_test_guise_SOURCES = %D%/test_guise.c
%C%_test_guise_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_guise_LDADD = $(OFFICE_LIBS)
unit_tests += %D%/test_turns
%C%_test_turns_SOURCES = %D%/test_turns.c
%C%_test_turns_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_server_config
%C%_test_server_config_SOURCES = %D%/test_server_config.c
%C%_test_server_config_LDADD = $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_terminals
%C%_test_terminals_SOURCES = %D%/test_terminals.c
%C%_test_terminals_LDADD = $(SERVER_UNIT_LIBS)
unit_tests += %D%/test_operation
%C%_test_operation_SOURCES = %D%/test_operation.c
%C%_test_operation_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS)
%C%_test_operation_LDADD = tests/support/libfakepcsc.la $(DEVICE_LIBS) \
	$(PCSC_LIBS) $(FAULTS_LIBS)
%C%_test_operation_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_winscard
%C%_test_winscard_SOURCES = %D%/test_winscard.c
%C%_test_winscard_CPPFLAGS = $(AM_CPPFLAGS) $(PCSC_CFLAGS)
%C%_test_winscard_LDADD = $(DEVICE_LIBS) $(UNIT_LIBS)

unit_tests += %D%/test_launcher
%C%_test_launcher_SOURCES = %D%/test_launcher.c
%C%_test_launcher_LDADD = agent/liblauncher.la $(UNIT_LIBS)

unit_tests += %D%/test_confine
%C%_test_confine_SOURCES = %D%/test_confine.c
%C%_test_confine_LDADD = agent/libworker.la $(SECCOMP_LIBS) $(UNIT_LIBS)

unit_tests += %D%/test_watchdog
%C%_test_watchdog_SOURCES = %D%/test_watchdog.c
%C%_test_watchdog_LDADD = agent/libworker.la $(UNIT_LIBS)
unit_tests += %D%/test_settings
%C%_test_settings_SOURCES = %D%/test_settings.c
%C%_test_settings_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_options
%C%_test_options_SOURCES = %D%/test_options.c
%C%_test_options_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_agent_text
%C%_test_agent_text_SOURCES = %D%/test_agent_text.c
%C%_test_agent_text_LDADD = $(AGENT_UNIT_LIBS)
EXTRA_%C%_test_agent_text_DEPENDENCIES = po/ja/LC_MESSAGES/sanyoso.mo

unit_tests += %D%/test_origin
%C%_test_origin_SOURCES = %D%/test_origin.c
%C%_test_origin_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_evidence
%C%_test_evidence_SOURCES = %D%/test_evidence.c
%C%_test_evidence_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_accounts
%C%_test_accounts_SOURCES = %D%/test_accounts.c
%C%_test_accounts_LDADD = $(AGENT_UNIT_LIBS)

%C%_test_sessions_SOURCES = %D%/test_sessions.c $(AGENT_LAB_SOURCES)
%C%_test_sessions_LDADD = $(AGENT_UNIT_LIBS)

FAKE_TALK_SOURCES = tests/support/fake_talk.c tests/support/fake_talk.h

unit_tests += %D%/test_phase
%C%_test_phase_SOURCES = %D%/test_phase.c $(FAKE_TALK_SOURCES)
%C%_test_phase_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_change
%C%_test_change_SOURCES = %D%/test_change.c $(FAKE_TALK_SOURCES)
%C%_test_change_LDADD = $(AGENT_UNIT_LIBS)

%C%_test_renew_SOURCES = %D%/test_renew.c $(AGENT_LAB_SOURCES)
%C%_test_renew_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_login_key
%C%_test_login_key_SOURCES = %D%/test_login_key.c $(FAKE_TALK_SOURCES)
%C%_test_login_key_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_keycare
%C%_test_keycare_SOURCES = %D%/test_keycare.c $(FAKE_TALK_SOURCES)
%C%_test_keycare_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_fingers
%C%_test_fingers_SOURCES = %D%/test_fingers.c
%C%_test_fingers_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_enroll_key
%C%_test_enroll_key_SOURCES = %D%/test_enroll_key.c $(FAKE_TALK_SOURCES)
%C%_test_enroll_key_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_enroll
%C%_test_enroll_SOURCES = %D%/test_enroll.c $(FAKE_TALK_SOURCES)
%C%_test_enroll_LDADD = $(AGENT_UNIT_LIBS)

unit_tests += %D%/test_agent_office
%C%_test_agent_office_SOURCES = %D%/test_agent_office.c $(FAKE_TALK_SOURCES)
%C%_test_agent_office_LDADD = $(AGENT_UNIT_LIBS)

# A server without its network, for tests.
OFFICE_LIBS = tests/support/liboffice.la tests/support/libtestca.la \
	$(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_server_enroll
%C%_test_server_enroll_SOURCES = %D%/test_server_enroll.c
%C%_test_server_enroll_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_enroll_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_office
%C%_test_server_office_SOURCES = %D%/test_server_office.c
%C%_test_server_office_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_office_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_keys
%C%_test_server_keys_SOURCES = %D%/test_server_keys.c
%C%_test_server_keys_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_keys_LDADD = $(OFFICE_LIBS)

%C%_test_server_keys_memory_SOURCES = %D%/test_server_keys_memory.c
%C%_test_server_keys_memory_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_keys_memory_LDADD = tests/support/libtorture.la \
	tests/support/libsupport.la $(OFFICE_LIBS)
%C%_test_server_keys_memory_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_server_metadata
%C%_test_server_metadata_SOURCES = %D%/test_server_metadata.c
%C%_test_server_metadata_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_metadata_LDADD = $(OFFICE_LIBS)

%C%_test_server_memory_SOURCES = %D%/test_server_memory.c
%C%_test_server_memory_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_memory_LDADD = tests/support/libtorture.la \
	tests/support/libsupport.la $(OFFICE_LIBS)
%C%_test_server_memory_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_unknown
%C%_test_unknown_SOURCES = %D%/test_unknown.c
%C%_test_unknown_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_unknown_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_person
%C%_test_person_SOURCES = %D%/test_person.c
%C%_test_person_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_absences
%C%_test_absences_SOURCES = %D%/test_absences.c
%C%_test_absences_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_server_user
%C%_test_server_user_SOURCES = %D%/test_server_user.c
%C%_test_server_user_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_user_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_session
%C%_test_server_session_SOURCES = %D%/test_server_session.c
%C%_test_server_session_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_session_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_admin_verify
%C%_test_admin_verify_SOURCES = %D%/test_admin_verify.c
%C%_test_admin_verify_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_admin_verify_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_login
%C%_test_server_login_SOURCES = %D%/test_server_login.c
%C%_test_server_login_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_login_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_key
%C%_test_server_key_SOURCES = %D%/test_server_key.c
%C%_test_server_key_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_key_LDADD = tests/support/libtorture.la \
	tests/support/libsupport.la $(OFFICE_LIBS)
%C%_test_server_key_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_server_look
%C%_test_server_look_SOURCES = %D%/test_server_look.c
%C%_test_server_look_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_look_LDADD = tests/support/libtorture.la \
	tests/support/libsupport.la $(OFFICE_LIBS)
%C%_test_server_look_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_server_key_factors
%C%_test_server_key_factors_SOURCES = %D%/test_server_key_factors.c
%C%_test_server_key_factors_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_key_factors_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_factors
%C%_test_server_factors_SOURCES = %D%/test_server_factors.c
%C%_test_server_factors_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_factors_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_bad_days
%C%_test_server_bad_days_SOURCES = %D%/test_server_bad_days.c
%C%_test_server_bad_days_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_bad_days_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_even
%C%_test_server_even_SOURCES = %D%/test_server_even.c
%C%_test_server_even_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_even_LDFLAGS = -Wl,--wrap=pool_hash
%C%_test_server_even_LDADD = $(OFFICE_LIBS)
unit_tests += %D%/test_server_password
%C%_test_server_password_SOURCES = %D%/test_server_password.c
%C%_test_server_password_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_password_LDFLAGS = -Wl,--wrap=hashing_start
%C%_test_server_password_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_hashing
%C%_test_hashing_SOURCES = %D%/test_hashing.c
%C%_test_hashing_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_hashing_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_pool
%C%_test_pool_SOURCES = %D%/test_pool.c
%C%_test_pool_LDADD = $(LEDGER_UNIT_LIBS) -lpthread

unit_tests += %D%/test_hasher
%C%_test_hasher_SOURCES = %D%/test_hasher.c
%C%_test_hasher_LDADD = $(LEDGER_UNIT_LIBS)

unit_tests += %D%/test_hasher_protocol
%C%_test_hasher_protocol_SOURCES = %D%/test_hasher_protocol.c
%C%_test_hasher_protocol_LDADD = tests/support/libsupport.la \
	$(SERVER_UNIT_LIBS)
%C%_test_hasher_protocol_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_arena
%C%_test_arena_SOURCES = %D%/test_arena.c
%C%_test_arena_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
%C%_test_arena_LDADD = server/hasher/libarena.la $(UNIT_LIBS)

unit_tests += %D%/test_server_verdict
%C%_test_server_verdict_SOURCES = %D%/test_server_verdict.c
%C%_test_server_verdict_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_verdict_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_crash
%C%_test_server_crash_SOURCES = %D%/test_server_crash.c
%C%_test_server_crash_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_crash_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_change
%C%_test_server_change_SOURCES = %D%/test_server_change.c
%C%_test_server_change_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_change_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_server_join
%C%_test_server_join_SOURCES = %D%/test_server_join.c
%C%_test_server_join_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_join_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_connection
%C%_test_connection_SOURCES = %D%/test_connection.c
%C%_test_connection_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_connection_LDADD = $(OFFICE_LIBS)

# A stream over a socketpair.
STREAM_LIBS = tests/support/libstreamlab.la tests/support/libtestca.la \
	tests/support/libsupport.la $(SERVER_UNIT_LIBS)

unit_tests += %D%/test_deadline
%C%_test_deadline_SOURCES = %D%/test_deadline.c
%C%_test_deadline_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_deadline_LDADD = $(STREAM_LIBS)
%C%_test_deadline_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_stream
%C%_test_stream_SOURCES = %D%/test_stream.c
%C%_test_stream_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_stream_LDADD = $(STREAM_LIBS)

unit_tests += %D%/test_stream_end
%C%_test_stream_end_SOURCES = %D%/test_stream_end.c
%C%_test_stream_end_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_stream_end_LDADD = $(STREAM_LIBS)
%C%_test_stream_end_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_stream_wiped
%C%_test_stream_wiped_SOURCES = %D%/test_stream_wiped.c
%C%_test_stream_wiped_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_stream_wiped_LDADD = $(STREAM_LIBS)

unit_tests += %D%/test_server_admin
%C%_test_server_admin_SOURCES = %D%/test_server_admin.c
%C%_test_server_admin_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_server_admin_LDADD = $(OFFICE_LIBS)

unit_tests += %D%/test_http_route
%C%_test_http_route_SOURCES = %D%/test_http_route.c
%C%_test_http_route_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_http_route_LDADD = $(SERVER_UNIT_LIBS)
unit_tests += %D%/test_hash
%C%_test_hash_SOURCES = %D%/test_hash.c tests/support/passwords.h
%C%_test_hash_LDADD = $(UNIT_LIBS) -lpthread
unit_tests += %D%/test_temporary
%C%_test_temporary_SOURCES = %D%/test_temporary.c
%C%_test_temporary_LDADD = $(FAULTS_LIBS)
%C%_test_temporary_LDFLAGS = $(FAULTS_LINK_FLAGS)
unit_tests += %D%/test_blocklist
%C%_test_blocklist_SOURCES = %D%/test_blocklist.c tests/support/passwords.h
%C%_test_blocklist_LDADD = $(FAULTS_LIBS)
%C%_test_blocklist_LDFLAGS = $(FAULTS_LINK_FLAGS)
unit_tests += %D%/test_born
%C%_test_born_SOURCES = %D%/test_born.c tests/support/passwords.h
%C%_test_born_LDADD = $(UNIT_LIBS)
unit_tests += %D%/test_dictionary
%C%_test_dictionary_SOURCES = %D%/test_dictionary.c tests/support/passwords.h
%C%_test_dictionary_LDADD = $(UNIT_LIBS)
unit_tests += %D%/test_fold
%C%_test_fold_SOURCES = %D%/test_fold.c tests/support/passwords.h
%C%_test_fold_LDADD = $(UNIT_LIBS)
unit_tests += %D%/test_normal
%C%_test_normal_SOURCES = %D%/test_normal.c tests/support/passwords.h
%C%_test_normal_LDADD = $(FAULTS_LIBS)
%C%_test_normal_LDFLAGS = $(FAULTS_LINK_FLAGS)
unit_tests += %D%/test_pattern
%C%_test_pattern_SOURCES = %D%/test_pattern.c tests/support/passwords.h
%C%_test_pattern_LDADD = $(UNIT_LIBS)
unit_tests += %D%/test_personal
%C%_test_personal_SOURCES = %D%/test_personal.c tests/support/passwords.h
%C%_test_personal_LDADD = $(UNIT_LIBS)
unit_tests += %D%/test_romaji
%C%_test_romaji_SOURCES = %D%/test_romaji.c tests/support/passwords.h
%C%_test_romaji_LDADD = $(UNIT_LIBS)
unit_tests += %D%/test_rule_words
%C%_test_rule_words_SOURCES = %D%/test_rule_words.c tests/support/passwords.h
%C%_test_rule_words_LDADD = $(UNIT_LIBS)
unit_tests += %D%/test_rules
%C%_test_rules_SOURCES = %D%/test_rules.c tests/support/passwords.h
%C%_test_rules_LDADD = $(FAULTS_LIBS) -lpthread
%C%_test_rules_LDFLAGS = $(FAULTS_LINK_FLAGS)
unit_tests += %D%/test_similar
%C%_test_similar_SOURCES = %D%/test_similar.c tests/support/passwords.h
%C%_test_similar_LDADD = $(UNIT_LIBS)

CHECK_UNIT_LIBS = agent/check/libcheck.la $(AGENT_UNIT_LIBS)

# libpam judges our reading of its files.
unit_tests += %D%/test_pamwalk_oracle
%C%_test_pamwalk_oracle_SOURCES = %D%/test_pamwalk_oracle.c
%C%_test_pamwalk_oracle_LDADD = $(CHECK_UNIT_LIBS) $(PAM_LIBS)
EXTRA_%C%_test_pamwalk_oracle_DEPENDENCIES = tests/support/pam_code.la

unit_tests += %D%/test_pamfile
%C%_test_pamfile_SOURCES = %D%/test_pamfile.c
%C%_test_pamfile_LDADD = tests/support/libsupport.la $(CHECK_UNIT_LIBS)
%C%_test_pamfile_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_sshdfile
%C%_test_sshdfile_SOURCES = %D%/test_sshdfile.c \
	tests/support/tree.c tests/support/tree.h
%C%_test_sshdfile_LDADD = $(CHECK_UNIT_LIBS)

unit_tests += %D%/test_pamwalk
%C%_test_pamwalk_SOURCES = %D%/test_pamwalk.c \
	tests/support/tree.c tests/support/tree.h
%C%_test_pamwalk_LDADD = tests/support/libsupport.la $(CHECK_UNIT_LIBS)
%C%_test_pamwalk_LDFLAGS = $(FAULTS_LINK_FLAGS)

unit_tests += %D%/test_check
%C%_test_check_SOURCES = %D%/test_check.c \
	tests/support/tree.c tests/support/tree.h
%C%_test_check_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_check_LDADD = $(CHECK_UNIT_LIBS)

unit_tests += %D%/test_check_servers
%C%_test_check_servers_SOURCES = %D%/test_check_servers.c $(AGENT_LAB_SOURCES)
%C%_test_check_servers_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
%C%_test_check_servers_LDADD = $(CHECK_UNIT_LIBS)
