#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: a card that is pulled out, resets or lies at any command ends in a
# report, never in a hang, a second VERIFY or a wrong signature. (CARD-6,
# CARD-7)
set -eu
# shellcheck source=tests/support/worker.sh disable=SC1091
. "$(dirname "$0")/../support/worker.sh"
worker_enter "$0" "$@"

# count_commands CARD PIN: what one whole operation takes.
count_commands()
{
	local before after
	before=$(ctl "$1" stats | sed -n 's/^apdus //p')
	worker --pin "$2" >/dev/null
	after=$(ctl "$1" stats | sed -n 's/^apdus //p')
	echo $((after - before))
}

verifies()
{
	ctl "$1" stats | sed -n 's/^verifies //p'
}

# strike CARD PIN FAULT...: one operation with this fault: it must end by
# itself, with at most one VERIFY. (3: the answer that was changed was the
# certificate, and the key in it another one.)
strike()
{
	local card=$1 pin=$2 before status=0
	shift 2
	ctl "$card" insert >/dev/null && ctl "$card" wait >/dev/null
	before=$(verifies "$card")
	ctl "$card" fault "$@" times=1 >/dev/null
	worker --reserve 0 --wait 400 --pin "$pin" || status=$?
	case $status in
	0 | 1) ;;
	3) [ "$1" = lie ] ;;
	*)
		echo "FAIL: $card $*: status $status: $report"
		exit 1
		;;
	esac
	if [ $(($(verifies "$card") - before)) -gt 1 ]; then
		echo "FAIL: $card $*: more than one VERIFY"
		exit 1
	fi
	ctl "$card" fault none >/dev/null
}

card_new jpki jpki
card_new piv piv --alg p384 --pin 246802 --tries 15
for card in "jpki 1234" "piv 246802"; do
	pin=${card#* }
	card=${card% *}
	card_in "$card"
	n=$(count_commands "$card" "$pin")
	for ((at = 1; at <= n; at++)); do
		for when in before after; do
			strike "$card" "$pin" pull at=$at when=$when
			[[ $report == *failed* || $at == "$n" ]] || {
				echo "FAIL: $card pulled $when $at: $report"
				exit 1
			}
			reader_settle
		done
		strike "$card" "$pin" reset at=$at
		strike "$card" "$pin" garbage at=$at len=200
		strike "$card" "$pin" long at=$at len=300
		strike "$card" "$pin" short at=$at len=1
		strike "$card" "$pin" sw at=$at sw=6100
		strike "$card" "$pin" sw at=$at sw=6c10
		strike "$card" "$pin" lie at=$at by=200
	done
	echo "ok: $card: $n commands, 9 faults at each"
	ctl "$card" insert >/dev/null && ctl "$card" wait >/dev/null
	expect 0 'card *;signature verified' worker --reserve 0 --pin "$pin"
	stat_is "$card" strangers 0
	card_stop "$card"
done
