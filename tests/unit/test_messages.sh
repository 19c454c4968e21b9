#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every message has its Japanese, and what stands in braces in the one stands in
# the other.
set -eu
po=$SY_TEST_SRCDIR/po/ja.po
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT

LC_ALL=C msgfmt --check --statistics -o /dev/null "$po" 2>"$here/counts"
cat "$here/counts"
grep -qx '[1-9][0-9]* translated messages\.' "$here/counts" || {
	echo "some messages are not translated, or only fuzzily" >&2
	exit 1
}

# One line a string: msgid, then msgstr.
msgcat --no-wrap --no-location "$po" |
	awk '/^(msgid|msgstr) / { kind = $1 }
	    /^msgid / { id = $0; next }
	    /^msgstr / { text = $0; check(); next }
	    /^"/ { if (kind == "msgid") id = id $0; else { text = text $0; check() } }
	    function words(s,   n, out) {
		while (match(s, /\{[a-z_]+\}/)) {
			out[substr(s, RSTART, RLENGTH)]
			s = substr(s, RSTART + RLENGTH)
		}
		n = 0
		for (w in out) { n++; seen[w]++ }
		return n
	    }
	    function check() {
		delete seen
		n = words(id); m = words(text); k = 0
		for (w in seen) k++
		if (n != m || n != k) print id "\n" text
	    }' >"$here/differ"
[ ! -s "$here/differ" ] || {
	echo "words in braces differ:" >&2
	cat "$here/differ" >&2
	exit 1
}
