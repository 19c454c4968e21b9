#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every reason that the server gives for a login that fails has its sentence in
# sanyosoctl, and no sentence is left over.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT

grep -ohE '"(unknown|failures|not-enough|(id|no|password|token)-[a-z-]+)"' \
    "$SY_TEST_SRCDIR"/server/identity/explain*.c |
	LC_ALL=C sort -u >"$here/given"
grep -oE '\{ "[a-z-]+"' "$SY_TEST_SRCDIR/ctl/explain.c" | tr -d '{ ' |
	LC_ALL=C sort >"$here/told"
[ "$(wc -l <"$here/given")" -ge 20 ]
diff "$here/given" "$here/told"
