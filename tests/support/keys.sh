# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Virtual FIDO2 keys and the real worker, to be sourced by end-to-end tests after
# tests/support/vkey.sh (USB) or worker.sh (cards):
#
#   key_expect STATUS 'PATTERN' [OPTION...] -- [ACTION...]   # see key-client
#   key_count_is taro pins 2
key_build=${vkey_build:-${build:-}}
key_worker=$key_build/sanyoso-worker
# What the last worker reported.
key_report=

# key_run [OPTION...] -- [ACTION...]: one operation.
key_run()
{
	local options=() status=0
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	key_report=$(timeout 100 "$key_build/tests/support/key-client" \
	    "${options[@]}" "$key_worker" "$@") || status=$?
	return $status
}

# The status, and a report (lines joined by ";") that matches the shell pattern
# as a whole.
key_expect()
{
	local want=$1 pattern=$2 status=0 joined
	shift 2
	key_run "$@" || status=$?
	joined=${key_report//$'\n'/;}
	# shellcheck disable=SC2053 # a pattern is meant
	if [ "$status" != "$want" ] || [[ $joined != $pattern ]]; then
		echo "FAIL: $*: status $status, wanted $want"
		echo "      got    $joined"
		echo "      wanted $pattern"
		exit 1
	fi
	echo "ok: $*"
}

# key_count_is KEY NAME NUMBER
key_count_is()
{
	local got
	got=$(vkey_count "$1" "$2")
	if [ "$got" != "$3" ]; then
		echo "FAIL: $1: $2 is $got, wanted $3"
		exit 1
	fi
	echo "ok: $1: $2 $3"
}

# key_does KEY LINE...: for its control; no output.
key_does()
{
	vkey_ctl "$@" >/dev/null
}
