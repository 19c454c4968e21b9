# SPDX-License-Identifier: Apache-2.0
# Benchmarks: built on demand by tools/bench, never installed.

BENCH_LIBS = lib/libsanyoso-inherence.la lib/libsanyoso-knowledge.la \
	lib/libsanyoso-core.la \
	$(SSL_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS)

EXTRA_PROGRAMS += %D%/bare
%C%_bare_SOURCES = %D%/bare.c %D%/tls.c %D%/tls.h
%C%_bare_LDADD = $(BENCH_LIBS) $(SQLITE_LIBS) -lpthread

EXTRA_PROGRAMS += %D%/load
%C%_load_SOURCES = %D%/load.c %D%/person.c %D%/person.h %D%/tls.c %D%/tls.h
%C%_load_LDADD = $(BENCH_LIBS)

EXTRA_PROGRAMS += %D%/terminal
%C%_terminal_SOURCES = %D%/terminal.c %D%/tls.c %D%/tls.h
%C%_terminal_LDADD = $(BENCH_LIBS)

EXTRA_PROGRAMS += %D%/check_policy
%C%_check_policy_SOURCES = %D%/check_policy.c
%C%_check_policy_LDADD = $(BENCH_LIBS)

EXTRA_PROGRAMS += %D%/fido2_verify
%C%_fido2_verify_SOURCES = %D%/fido2_verify.c
%C%_fido2_verify_CPPFLAGS = $(AM_CPPFLAGS) $(FIDO2_CFLAGS)
%C%_fido2_verify_LDADD = tests/support/libtestca.la $(BENCH_LIBS) \
	$(FIDO2_LIBS)

# Preloaded into a server to give it an ordinary disk.
EXTRA_LTLIBRARIES += %D%/slow_flush.la
%C%_slow_flush_la_SOURCES = %D%/slow_flush.c
%C%_slow_flush_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
	-rpath /nonexistent
%C%_slow_flush_la_LIBADD = -ldl

EXTRA_PROGRAMS += %D%/pam_time
%C%_pam_time_SOURCES = %D%/pam_time.c %D%/tls.c %D%/tls.h
%C%_pam_time_LDADD = $(BENCH_LIBS) $(PAM_LIBS)

EXTRA_PROGRAMS += %D%/ledger
%C%_ledger_SOURCES = %D%/ledger.c
%C%_ledger_LDADD = server/libsanyosod-core.la $(BENCH_LIBS) $(SANYOSOD_LIBS) \
	-lpthread

EXTRA_PROGRAMS += %D%/storm
%C%_storm_SOURCES = %D%/storm.c %D%/person.c %D%/person.h %D%/tls.c \
	%D%/tls.h
%C%_storm_LDADD = $(BENCH_LIBS) -lm

EXTRA_PROGRAMS += %D%/hash
%C%_hash_SOURCES = %D%/hash.c %D%/tls.c %D%/tls.h
%C%_hash_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
%C%_hash_LDADD = $(BENCH_LIBS) $(SODIUM_LIBS) -lpthread

EXTRA_PROGRAMS += %D%/populate
%C%_populate_SOURCES = %D%/populate.c %D%/person.c %D%/person.h %D%/tls.c \
	%D%/tls.h
%C%_populate_LDADD = server/libsanyosod-core.la $(BENCH_LIBS) \
	$(SANYOSOD_LIBS) -lpthread

EXTRA_PROGRAMS += %D%/idle
%C%_idle_SOURCES = %D%/idle.c %D%/tls.c %D%/tls.h
%C%_idle_LDADD = $(BENCH_LIBS)

EXTRA_PROGRAMS += %D%/scan
%C%_scan_SOURCES = %D%/scan.c %D%/tls.c %D%/tls.h
%C%_scan_LDADD = $(BENCH_LIBS) $(SQLITE_LIBS)
