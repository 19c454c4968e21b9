#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the readers of files and options know stands in the manual, each key and
# each option as an item of its own.
set -eu
cd "$SY_TEST_SRCDIR"

# told PAGE SOURCE...: the keys that these sources ask files for.
told() {
	page=$1 known=0
	shift
	for key in $(cat "$@" | tr '\n' ' ' |
		grep -oE '(sy_conf_(text|int|bool|seconds)|each_word|read_[a-z]+)\([^"();]*"[a-z_]+"' |
		grep -oE '"[a-z_]+"' | tr -d '"' | LC_ALL=C sort -u); do
		known=$((known + 1))
		grep -qE "^\.It .*(Cm|Sy|Va) ([a-z_]+ , )*$key( |\$)" "man/$page" || {
			echo "$page: no $key" >&2
			exit 1
		}
	done
	[ "$known" -ge 8 ]
}

told sanyoso-server.conf.5 server/config.c
told sanyoso-agent.conf.5 agent/settings.c
told sanyoso-policy.conf.5 lib/policy/policy.c lib/policy/rule.c lib/policy/section*.c

grep -oE '\{ "[a-z]+=' pam/options.c | grep -oE '[a-z]+' | while read -r option; do
	grep -q "^\.It Cm $option" man/pam_sanyoso.8 || {
		echo "pam_sanyoso.8: no $option" >&2
		exit 1
	}
done
for option in $(grep -ohE '"-{1,2}[a-z-]+"' agent/options.c agent/main.c | tr -d '"'); do
	grep -qE "Fl ${option#-}( |\$)" man/sanyoso-agent.8 || {
		echo "sanyoso-agent.8: no $option" >&2
		exit 1
	}
done

# What a page marks as the machine's own words: options, files, keys, codes; and
# how many sections, items, lists and examples it has.
marked() {
	grep -E '^\.(It |Op |Pq |Po |Xo |Oo )*(Cm|Fl|Ic|Pa|Ev|Dv|Xr|Va|Li) ' "$1" |
		sed 's/ Ta .*//' | tr -s ' ' '\n' | grep -E '[a-zA-Z0-9]' |
		grep -vE '^(\.?[A-Z][a-z]|[^ -~]+)$' | LC_ALL=C sort -u
	for macro in Sh Ss It Bl Bd; do
		echo "$macro: $(grep -cE "^\.$macro( |\$)" "$1")"
	done
}

# Ranges, defaults and examples: all numbers of a page but its date.
numbered() {
	sed -e '/^\.Dd /d' -e 's/\\\[u[0-9A-F]*]//g' "$1" |
		grep -oE '[0-9]+' | LC_ALL=C sort
}

# same WHAT PAGE: what WHAT finds in a Japanese page it finds in the English one.
same() {
	english=man/${2##*/}
	"$1" "$english" >"$here/en"
	"$1" "$2" >"$here/ja"
	diff "$here/en" "$here/ja" >&2 || {
		echo "$2: $1 otherwise than $english" >&2
		exit 1
	}
}

# The Japanese pages say what the English ones say, and groff is told where
# Japanese lines may break: it does so of itself in no locale.
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
for page in man/ja/*.[1-9]; do
	same marked "$page"
	grep -qx '\.if \\n\[\.x] \.mso ja\.tmac' "$page" || {
		echo "$page: its lines don't break" >&2
		exit 1
	}
done
for page in man/ja/*.[57]; do
	same numbered "$page"
done
