# SPDX-License-Identifier: Apache-2.0
# sanyosod and its keeper: what it is made of is a library that tests link.

noinst_LTLIBRARIES += %D%/libsanyosod-core.la
%C%_libsanyosod_core_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) \
	$(SSL_CFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS) \
	$(SECCOMP_CFLAGS) $(SYSTEMD_CFLAGS) $(SODIUM_CFLAGS)
%C%_libsanyosod_core_la_SOURCES =
# What links the library needs besides libsanyoso-core.la.
SANYOSOD_LIBS = $(EVENT_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS) \
	$(JANSSON_LIBS) $(SQLITE_LIBS) $(SECCOMP_LIBS) $(SYSTEMD_LIBS) \
	$(UNISTRING_LIBS) $(SODIUM_LIBS)

# What "sanyosod init" writes where there is no configuration yet.
BUILT_SOURCES += %D%/samples.h
CLEANFILES += %D%/samples.h
%D%/samples.h: config/server.conf config/policy.conf
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN){ \
	echo '/* Made from the samples in config. */'; \
	for name in server policy; do \
		echo "static const char sample_$${name}_conf[] ="; \
		$(SED) -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' \
		    -e 's/$$/\\n"/' $(srcdir)/config/$$name.conf; \
		echo ';'; \
	done; } >$@.tmp && mv $@.tmp $@

# The server.
%C%_libsanyosod_core_la_SOURCES += \
	%D%/admin/admin.h \
	%D%/admin/log.c \
	%D%/admin/status.c \
	%D%/admin/verify.c \
	%D%/auth/asserted.c %D%/auth/asserted.h \
	%D%/auth/attempt.c \
	%D%/auth/card.c %D%/auth/card.h \
	%D%/auth/debts.c %D%/auth/debts.h \
	%D%/auth/change.c \
	%D%/auth/evidence.c %D%/auth/evidence.h \
	%D%/auth/expiry.c \
	%D%/auth/guise.c %D%/auth/guise.h \
	%D%/auth/hashing.c %D%/auth/hashing.h \
	%D%/auth/issue.c \
	%D%/auth/key.c \
	%D%/auth/keys.c %D%/auth/keys.h \
	%D%/auth/knowledge.c %D%/auth/knowledge.h \
	%D%/auth/line.c %D%/auth/line.h \
	%D%/auth/lockout.c %D%/auth/lockout.h \
	%D%/auth/login.c %D%/auth/login.h \
	%D%/auth/logins.c %D%/auth/logins.h \
	%D%/auth/obligations.c %D%/auth/obligations.h \
	%D%/auth/password.h \
	%D%/auth/packed.c %D%/auth/packed.h \
	%D%/auth/plan.c %D%/auth/plan.h \
	%D%/auth/proven.c %D%/auth/proven.h \
	%D%/auth/proofs.c %D%/auth/proofs.h \
	%D%/auth/rehash.c %D%/auth/rehash.h \
	%D%/auth/shown.c %D%/auth/shown.h \
	%D%/auth/stopped.c %D%/auth/stopped.h \
	%D%/auth/turns.c %D%/auth/turns.h \
	%D%/auth/unknown.c %D%/auth/unknown.h \
	%D%/auth/verdict.c %D%/auth/verdict.h \
	%D%/auth/wrong.c %D%/auth/wrong.h \
	%D%/config.c %D%/config.h \
	%D%/crew.c %D%/crew.h \
	%D%/gathering.c %D%/gathering.h \
	%D%/http/answer.c %D%/http/answer.h \
	%D%/http/connection.c %D%/http/connection.h \
	%D%/http/deadline.c %D%/http/deadline.h \
	%D%/http/exchange.h \
	%D%/http/listener.c %D%/http/listener.h \
	%D%/http/network.c %D%/http/network.h \
	%D%/http/request.c %D%/http/request.h \
	%D%/http/route.c %D%/http/route.h \
	%D%/http/stream.c %D%/http/stream.h \
	%D%/http/tls.c %D%/http/tls.h \
	%D%/identity/absences.c %D%/identity/absences.h \
	%D%/identity/admission.c %D%/identity/admission.h \
	%D%/identity/dates.c %D%/identity/dates.h \
	%D%/identity/credential.c %D%/identity/credential.h \
	%D%/identity/credential_model.c \
	%D%/identity/enroll.c \
	%D%/identity/enroll_begin.c \
	%D%/identity/enroll_end.c \
	%D%/identity/enroll_key.c %D%/identity/enroll_key.h \
	%D%/identity/enroll_key_check.c \
	%D%/identity/enroll_step.c %D%/identity/enroll_step.h \
	%D%/identity/enrolments.c %D%/identity/enrolments.h \
	%D%/identity/explain.c \
	%D%/identity/explain.h \
	%D%/identity/explain_token.c \
	%D%/identity/holds.c %D%/identity/holds.h \
	%D%/identity/id_event.c %D%/identity/id_event.h \
	%D%/identity/identity.h \
	%D%/identity/invitation.c %D%/identity/invitation.h \
	%D%/identity/issue.c %D%/identity/issue.h \
	%D%/identity/join.c \
	%D%/identity/metadata.c %D%/identity/metadata.h \
	%D%/identity/metadata_file.h \
	%D%/identity/metadata_import.c \
	%D%/identity/model.c %D%/identity/model.h \
	%D%/identity/person.c %D%/identity/person.h \
	%D%/identity/standing.c %D%/identity/standing.h \
	%D%/identity/office.c \
	%D%/identity/office_proof.c \
	%D%/identity/office_secret.c %D%/identity/office_secret.h \
	%D%/identity/office_step.h \
	%D%/identity/terminal.c \
	%D%/identity/terminals.c %D%/identity/terminals.h \
	%D%/identity/token.c %D%/identity/token.h \
	%D%/identity/token_change.c \
	%D%/identity/token_invite.c \
	%D%/identity/token_model.c \
	%D%/identity/user.c \
	%D%/identity/user_change.c \
	%D%/init.c %D%/init.h \
	%D%/job.c %D%/job.h \
	%D%/list.c %D%/list.h \
	%D%/log.c %D%/log.h \
	%D%/log_end.c %D%/log_end.h \
	%D%/lost.c %D%/lost.h \
	%D%/paths.c %D%/paths.h \
	%D%/policy.c %D%/policy.h \
	%D%/privilege.c %D%/privilege.h \
	%D%/record.c %D%/record.h \
	%D%/run.c %D%/run.h %D%/run_int.h \
	%D%/run_events.c \
	%D%/sandbox.c %D%/sandbox.h \
	%D%/server.c %D%/server.h \
	%D%/session/account.c \
	%D%/session/activity.c %D%/session/activity.h \
	%D%/session/close.c \
	%D%/session/gate.c %D%/session/gate.h \
	%D%/session/open.c \
	%D%/session/session.h
nodist_%C%_libsanyosod_core_la_SOURCES = %D%/samples.h

# The keeper.
%C%_libsanyosod_core_la_SOURCES += \
	%D%/keeper/batch.c %D%/keeper/batch.h \
	%D%/keeper/cert.c %D%/keeper/cert.h \
	%D%/keeper/claim.c %D%/keeper/claim.h \
	%D%/keeper/client.c %D%/keeper/keeper.h \
	%D%/keeper/history.c %D%/keeper/history.h \
	%D%/keeper/kept.c %D%/keeper/kept.h \
	%D%/keeper/keys.c %D%/keeper/keys.h \
	%D%/keeper/ossl.h \
	%D%/keeper/process.c %D%/keeper/process.h \
	%D%/keeper/protocol.c %D%/keeper/protocol.h \
	%D%/keeper/sandbox.c %D%/keeper/sandbox.h \
	%D%/keeper/vault.c %D%/keeper/vault.h

# What the hasher and who starts it share; the pool of them.
%C%_libsanyosod_core_la_SOURCES += \
	%D%/hasher/pool.c %D%/hasher/pool.h \
	%D%/hasher/protocol.c %D%/hasher/protocol.h

# Database, rows and ledger.
%C%_libsanyosod_core_la_SOURCES += \
	%D%/ledger/alarm.c \
	%D%/ledger/group.c \
	%D%/ledger/ledger.c %D%/ledger/ledger.h \
	%D%/ledger/ledger_int.h \
	%D%/ledger/log.c \
	%D%/ledger/open.c \
	%D%/ledger/prove.c \
	%D%/ledger/queue.c \
	%D%/ledger/record.c \
	%D%/ledger/refs.c \
	%D%/ledger/resume.c \
	%D%/ledger/rows.c \
	%D%/ledger/scan.c \
	%D%/ledger/tx.h \
	%D%/ledger/verify.c \
	%D%/store/codec.c %D%/store/codec.h \
	%D%/store/db.h \
	%D%/store/db_sqlite.c %D%/store/db_sqlite.h \
	%D%/store/db_statement.c \
	%D%/store/row.h \
	%D%/store/row_map.c %D%/store/row_map.h \
	%D%/store/row_read.c \
	%D%/store/row_write.c \
	%D%/store/schema.c %D%/store/schema.h \
	%D%/store/tables.c %D%/store/tables.h \
	%D%/store/view.c %D%/store/view.h
nodist_%C%_libsanyosod_core_la_SOURCES += %D%/store/schema_scripts.c

# The schema goes into the program: one string per file, in order.
SCHEMA = %D%/store/schema/001.sql
EXTRA_DIST += $(SCHEMA)
CLEANFILES += %D%/store/schema_scripts.c
%D%/store/schema_scripts.c: $(SCHEMA) %D%/local.mk
	$(AM_V_GEN)$(MKDIR_P) %D%/store && { \
	echo '#include "server/store/schema.h"'; \
	echo 'const char *const schema_scripts[] = {'; \
	for f in $(SCHEMA); do \
		$(SED) -e '/^--/d' -e 's/[\\"]/\\&/g' \
		    -e 's/.*/	"&\\n"/' "$(srcdir)/$$f" || exit 1; \
		echo '	,'; \
	done; \
	echo '	NULL };'; } >$@.tmp && mv $@.tmp $@

sbin_PROGRAMS += sanyosod
sanyosod_SOURCES = %D%/main.c
sanyosod_LDADD = %D%/libsanyosod-core.la lib/libsanyoso.la $(SANYOSOD_LIBS)
sanyosod_LDFLAGS = $(PROGRAM_LINK_FLAGS)

# Hashes passwords. What links its arena has mmap and munmap of its own.
noinst_LTLIBRARIES += %D%/hasher/libarena.la
%C%_hasher_libarena_la_SOURCES = %D%/hasher/arena.c %D%/hasher/arena.h

pkglibexec_PROGRAMS += sanyoso-hasher
sanyoso_hasher_SOURCES = %D%/hasher/main.c
sanyoso_hasher_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(SECCOMP_CFLAGS)
# Of the server's objects it takes protocol and sandbox.
sanyoso_hasher_LDADD = %D%/hasher/libarena.la %D%/libsanyosod-core.la \
	lib/libsanyoso-hash.la lib/libsanyoso-socket.la $(SECCOMP_LIBS)
sanyoso_hasher_LDFLAGS = $(PROGRAM_LINK_FLAGS)
