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
