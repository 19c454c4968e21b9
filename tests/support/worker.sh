# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Virtual cards and the real worker, to be sourced by end-to-end tests:
#
#   . tests/support/worker.sh
#   worker_enter "$0" "$@"          # run again beside a pcscd; own folder
#   card_new taro jpki [OPTION...]  # with the CA of this test
#   card_in taro [PORT]; card_out taro; card_stop taro
#   expect STATUS 'PATTERN' worker [OPTION...]   # see worker-client
#   stat_is taro verifies 2
build=$(cd "${SY_TEST_BUILDDIR:-.}" && pwd)
vcard=$build/tests/vcard/vcard
# What the last worker reported.
report=

worker_enter()
{
	local top
	top=${SY_TEST_SRCDIR:-$(cd "$(dirname "$1")/../.." && pwd)}
	if [ "${SY_WORKER_TEST:-}" != inside ]; then
		SY_WORKER_TEST=inside exec "$top/tests/support/with-pcscd" "$@"
	fi
	# shellcheck source=tests/support/pcscd.sh disable=SC1091
	. "$top/tests/support/pcscd.sh"
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	cd "$dir" || exit 1
	"$vcard" ca --dir ca --alg p256 --subject "/C=JP/O=City/CN=Card CA" \
	    >/dev/null
}

card_new()
{
	local name=$1 type=$2
	shift 2
	"$vcard" create --dir "$name" --type "$type" --ca ca \
	    --subject "/C=JP/CN=$name" "$@" >/dev/null
}

ctl()
{
	local name=$1
	shift
	"$vcard" ctl --dir "$name" "$@"
}

# card_in NAME [PORT]: start the card if it does not run, put it in, and wait
# until the reader has seen it.
card_in()
{
	if [ ! -S "$1/control" ]; then
		"$vcard" run --dir "$1" >/dev/null 2>&1 &
		until [ -S "$1/control" ]; do sleep 0.02; done
	fi
	ctl "$1" insert ${2:+"$2"} >/dev/null && ctl "$1" wait >/dev/null
}

# The virtual reader looks for its card every 0.4 s: sooner than that another
# one would be taken for the same, without a reset.
reader_settle()
{
	sleep 0.6
}

card_out()
{
	ctl "$1" remove >/dev/null
	reader_settle
}

card_stop()
{
	ctl "$1" quit >/dev/null
	until [ ! -S "$1/control" ]; do sleep 0.02; done
	reader_settle
}

# worker [OPTION...]: one operation; what it reports is in $report.
worker()
{
	local status=0
	report=$(timeout 60 "$build/tests/support/worker-client" "$@" \
	    "$build/sanyoso-worker") || status=$?
	return $status
}

# expect STATUS PATTERN COMMAND...: the status, and a report (lines joined by
# ";") that matches the shell pattern as a whole.
expect()
{
	local want=$1 pattern=$2 status=0 joined
	shift 2
	"$@" || status=$?
	joined=${report//$'\n'/;}
	# shellcheck disable=SC2053 # a pattern is meant
	if [ "$status" != "$want" ] || [[ $joined != $pattern ]]; then
		echo "FAIL: $*: status $status, wanted $want"
		echo "      got    $joined"
		echo "      wanted $pattern"
		exit 1
	fi
	echo "ok: $*"
}

# stat_is CARD NAME NUMBER
stat_is()
{
	local got
	got=$(ctl "$1" stats | sed -n "s/^$2 //p")
	if [ "$got" != "$3" ]; then
		echo "FAIL: $1: $2 is $got, wanted $3"
		exit 1
	fi
	echo "ok: $1: $2 $3"
}
