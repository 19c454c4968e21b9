# SPDX-License-Identifier: Apache-2.0
# Compiler and linker flags, each used only if it was seen to work.

# SY_SWITCH(NAME, HELP): --enable-NAME, off by default.
AC_DEFUN([SY_SWITCH], [
AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$2])],
    [AS_CASE([$enableval], [yes|no], [],
	[AC_MSG_ERROR([--enable-$1: yes or no, not $enableval])])],
    [enable_$1=no])
])

# SY_DEFINE_DIR(MACRO, VARIABLE, SUFFIX, WHAT): a directory for config.h.
AC_DEFUN([SY_DEFINE_DIR], [
sy_save_prefix=$prefix
sy_save_exec_prefix=$exec_prefix
test "x$prefix" = xNONE && prefix=$ac_default_prefix
test "x$exec_prefix" = xNONE && exec_prefix=$prefix
sy_dir=$$2
# A directory may be named by variables in several steps.
for sy_i in 1 2 3 4; do
	eval "sy_dir=\"$sy_dir\""
done
AC_DEFINE_UNQUOTED([$1], ["$sy_dir$3"], [$4])
prefix=$sy_save_prefix
exec_prefix=$sy_save_exec_prefix
])

# SY_PROBE_CFLAG(VARIABLE, FLAG): add FLAG to VARIABLE if a program compiles
# and links with it without a warning.
AC_DEFUN([SY_PROBE_CFLAG], [
AC_MSG_CHECKING([whether $CC takes $2])
sy_save_cflags=$CFLAGS
CFLAGS="$CFLAGS -Werror $2"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [[char b[16]; b[0] = 0; return b[0];]])],
    [AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
CFLAGS=$sy_save_cflags
])

# SY_PROBE_LDFLAG(VARIABLE, FLAG): the same for the linker.
AC_DEFUN([SY_PROBE_LDFLAG], [
AC_MSG_CHECKING([whether the linker takes $2])
sy_save_ldflags=$LDFLAGS
LDFLAGS="$LDFLAGS -Wl,--fatal-warnings $2"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
LDFLAGS=$sy_save_ldflags
])

# SY_PROBE_FORTIFY(LEVEL): needs optimisation, is not for sanitizers.
AC_DEFUN([SY_PROBE_FORTIFY], [
AC_MSG_CHECKING([whether _FORTIFY_SOURCE=$1 works])
sy_save_cppflags=$CPPFLAGS
sy_save_cflags=$CFLAGS
CPPFLAGS="$CPPFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$1"
CFLAGS="$CFLAGS -Werror"
AC_LINK_IFELSE([AC_LANG_PROGRAM([[
#include <string.h>
#if defined(__has_builtin) && $1 > 2
#if !__has_builtin(__builtin_dynamic_object_size)
#error not at this level
#endif
#endif
]], [[char b[16]; return memset(b, 0, sizeof(b)) == 0;]])],
    [AC_MSG_RESULT([yes])
    SY_HARDEN_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$1"],
    [AC_MSG_RESULT([no])])
CPPFLAGS=$sy_save_cppflags
CFLAGS=$sy_save_cflags
])

# SY_HARDENING: SY_HARDEN_CFLAGS, SY_HARDEN_CPPFLAGS, SY_HARDEN_LDFLAGS,
# PIE_LDFLAGS (programs) and LD_NO_UNDEFINED (shared objects).
AC_DEFUN([SY_HARDENING], [
SY_HARDEN_CFLAGS= SY_HARDEN_CPPFLAGS= SY_HARDEN_LDFLAGS= PIE_LDFLAGS=
m4_foreach_w([sy_flag], [-fstack-protector-strong -fstack-clash-protection
    -fcf-protection -ftrivial-auto-var-init=zero -fzero-call-used-regs=used
    -fno-strict-aliasing -fno-delete-null-pointer-checks -fPIE],
    [SY_PROBE_CFLAG([SY_HARDEN_CFLAGS], sy_flag)])
m4_foreach_w([sy_flag], [-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
    -Wl,--as-needed],
    [SY_PROBE_LDFLAG([SY_HARDEN_LDFLAGS], sy_flag)])
SY_PROBE_LDFLAG([PIE_LDFLAGS], [-pie])
AS_IF([test $enable_sanitizers = no && test $enable_fuzzers = no], [
	SY_PROBE_FORTIFY([2])
	SY_PROBE_FORTIFY([3])
	LD_NO_UNDEFINED=-Wl,-z,defs
], [
	# clang links its run-time into programs only.
	LD_NO_UNDEFINED=
])
AC_SUBST([SY_HARDEN_CFLAGS])
AC_SUBST([SY_HARDEN_CPPFLAGS])
AC_SUBST([SY_HARDEN_LDFLAGS])
AC_SUBST([PIE_LDFLAGS])
AC_SUBST([LD_NO_UNDEFINED])
])

# SY_WARNINGS: SY_WARN_CFLAGS.
AC_DEFUN([SY_WARNINGS], [
SY_WARN_CFLAGS=
m4_foreach_w([sy_flag], [-Wall -Wextra -Wshadow -Wconversion
    -Wsign-conversion -Wcast-qual -Wwrite-strings -Wmissing-prototypes
    -Wstrict-prototypes -Wformat=2 -Wimplicit-fallthrough -Wvla -Wundef],
    [SY_PROBE_CFLAG([SY_WARN_CFLAGS], sy_flag)])
AS_IF([test $enable_werror = yes], [SY_WARN_CFLAGS="$SY_WARN_CFLAGS -Werror"])
AC_SUBST([SY_WARN_CFLAGS])
])

# SY_INSTRUMENTATION: what --enable-sanitizers|fuzzers|coverage add.
AC_DEFUN([SY_INSTRUMENTATION], [
SY_INSTRUMENT_CFLAGS= FUZZ_LDFLAGS=
AS_IF([test $enable_sanitizers = yes], [
	SY_PROBE_CFLAG([SY_INSTRUMENT_CFLAGS], m4_normalize([
	    -fsanitize=address,undefined -fno-sanitize-recover=all
	    -fno-omit-frame-pointer]))
	AS_IF([test -z "$SY_INSTRUMENT_CFLAGS"],
	    [AC_MSG_ERROR([--enable-sanitizers: $CC has none])])
])
AS_IF([test $enable_fuzzers = yes], [
	sy_without=$SY_INSTRUMENT_CFLAGS
	SY_PROBE_CFLAG([SY_INSTRUMENT_CFLAGS], [-fsanitize=fuzzer-no-link])
	AS_IF([test "x$sy_without" = "x$SY_INSTRUMENT_CFLAGS"],
	    [AC_MSG_ERROR([--enable-fuzzers needs clang and libFuzzer])])
	FUZZ_LDFLAGS=-fsanitize=fuzzer
])
AS_IF([test $enable_coverage = yes],
    [SY_INSTRUMENT_CFLAGS="$SY_INSTRUMENT_CFLAGS --coverage"])
AC_SUBST([SY_INSTRUMENT_CFLAGS])
AC_SUBST([FUZZ_LDFLAGS])
])
