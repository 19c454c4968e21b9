#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The PAM module as other people's processes load it: its entry points and
# nothing else is visible, it needs libc and libpam alone, and it is small.
set -eu
module=$SY_TEST_BUILDDIR/pam/.libs/pam_sanyoso.so
limit=102400

fail() {
	echo "pam_sanyoso.so: $*" >&2
	exit 1
}

visible=$(nm -D --defined-only "$module" | awk '{ print $3 }' | sort | xargs)
phases="pam_sm_acct_mgmt pam_sm_authenticate pam_sm_chauthtok"
phases="$phases pam_sm_close_session pam_sm_open_session pam_sm_setcred"
[ "$visible" = "$phases" ] ||
	fail "exports: $visible"

! readelf -d "$module" | grep -qE 'RPATH|RUNPATH|TEXTREL' ||
	fail "has a search path or text relocations"

needed=$(readelf -d "$module" | sed -n 's/.*NEEDED.*\[\(.*\)\].*/\1/p' | sort | xargs)
# gcc links the sanitizers' libraries, clang leaves their symbols to the program.
if nm -D --undefined-only "$module" | grep -qE ' __(a|ub)san_'; then
	echo "sanitizers are built in: needs and size are not compared"
	exit 0
fi
[ "$needed" = "libc.so.6 libpam.so.0" ] || fail "needs $needed"

# It reads no environment, changes no process-wide state and starts nothing.
for banned in getenv secure_getenv setenv setlocale signal sigaction umask \
    fork execve system pthread_create; do
	! nm -D --undefined-only "$module" | sed 's/@.*//' | grep -qw "$banned" ||
		fail "calls $banned"
done

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$module"
size=$(wc -c <"$stripped")
[ "$size" -lt "$limit" ] || fail "is $size bytes stripped"
echo "pam_sanyoso.so: $size bytes stripped"
