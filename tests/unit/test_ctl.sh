#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What sanyosoctl says and returns without any server: scripts rely on it.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
LC_ALL=C
export LC_ALL

# gives STATUS WORD...: its exit status; what it says is in out and err.
gives() {
	want=$1 rc=0
	shift
	"$SY_TEST_BUILDDIR/ctl/sanyosoctl" --root "$here" "$@" \
	    >"$here/out" 2>"$here/err" || rc=$?
	[ "$rc" = "$want" ] || {
		echo "sanyosoctl $*: $rc, not $want" >&2
		cat "$here/out" "$here/err" >&2
		exit 1
	}
}

gives 0 --version
gives 0 --help
grep -q '^  user add USER' "$here/out"
grep -q '^  audit verify' "$here/out"

# The manual has each command with each of its options, in both languages.
for page in "$SY_TEST_SRCDIR/man/sanyosoctl.1" "$SY_TEST_SRCDIR/man/ja/sanyosoctl.1"; do
	grep '^  ' "$here/out" | while read -r line; do
		command=$(echo "$line" | sed -E 's/^([a-z]+( [a-z][a-z-]*)*).*/\1/')
		grep -q "Ic $command\>" "$page" || {
			echo "$page: no $command" >&2
			exit 1
		}
		for option in $(echo "$line" | grep -oE -e '--[a-z0-9-]+'); do
			sed -n "/Ic $command\>/,/^[^.]/p" "$page" |
				grep -qE "Fl -${option#--}\>" || {
				echo "$page: no $command $option" >&2
				exit 1
			}
		done
	done || exit 1
done

# Who knows what it is about is shown no more than that.
gives 2
grep -q '^  audit verify' "$here/err"
gives 2 audit
gives 2 audit verifi
grep -q '^  audit verify' "$here/err"
if grep -q '^  user' "$here/err"; then exit 1; fi
gives 2 nonsense
grep -q '^  user add USER' "$here/err"

# Nothing that must be there may be empty, and --json may stand anywhere.
gives 2 user show ''
gives 2 token personalise ''
gives 2 token enroll suzuki --bio
gives 3 user list --json
gives 3 token personalise suzuki --json
gives 3 token pin unblock --json suzuki
gives 1 metadata import "$here/none" --json
grep -q 'No such file' "$here/err"

# What nobody could read was not done.
rc=0
"$SY_TEST_BUILDDIR/ctl/sanyosoctl" --help >/dev/full 2>"$here/err" || rc=$?
[ $rc = 4 ]
grep -q 'could be written' "$here/err"
