#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# idle-terminal-memory: what a connected terminal that says nothing costs the
# server, which knows 20,000 people; beside it a bare OpenSSL connection with
# released buffers and a client certificate.
#
#   BENCH_ROUNDS, BENCH_TERMINALS, BENCH_PEOPLE
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$BENCH_TOP/tests/support/city.sh"
# shellcheck source=bench/people.sh disable=SC1091
. "$BENCH_TOP/bench/people.sh"
ROUNDS=${BENCH_ROUNDS:-3}
TERMINALS=${BENCH_TERMINALS:-1000}
PEOPLE=${BENCH_PEOPLE:-20000}
IDLE=$CITY_BUILD/bench/idle
CITY_SERVER_MORE+=$'\nconnections = 20000'
WORK=$LAB_DIR/rounds
mkdir -p "$WORK"

# resident PID: KiB that are its own, for a process that answers for itself.
resident()
{
	awk '/^Private_(Clean|Dirty):/ { n += $2 } END { print n }' \
	    "/proc/$1/smaps_rollup"
}

# cost PID ADDRESS [hello]: KiB a connection, while they stand.
cost()
{
	local before after ready client to
	before=$(resident "$1")
	coproc CLIENT { "$IDLE" client "$2" "$CITY_SERVER" "$PEOPLE_DIR/ca.pem" \
	    "$PEOPLE_DIR/terminal.pem" "$TERMINALS" ${3:+"$3"}; }
	client=$CLIENT_PID
	to=${CLIENT[1]}
	read -r ready <&"${CLIENT[0]}"
	[ "$ready" = ready ]
	sleep 1
	after=$(resident "$1")
	exec {to}>&-
	wait "$client"
	echo "$before $after" |
		awk -v n="$TERMINALS" '{ printf "%.2f\n", ($2 - $1) / n }'
}

lab_machine server "$CITY_SERVER_IP"
bench_real_disk server
people_city
people_crowd crowd "$PEOPLE"
for ((round = 0; round < ROUNDS; round++)); do
	city_server_stop
	city_server_start
	mine=$(cost "$(people_server_pid)" \
	    "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" hello)
	people_beside "$IDLE" server "$PEOPLE_BARE" "$PEOPLE_DIR/ca.pem" \
	    "$(lab_root server)/var/lib/sanyoso/server/tls.pem" &
	bare_pid=$!
	sleep 0.3
	bare=$(cost "$bare_pid" "$PEOPLE_BARE")
	kill "$bare_pid"
	wait "$bare_pid" 2>/dev/null || true
	echo "$mine" >>"$WORK/mine"
	echo "$bare" >>"$WORK/bare"
	echo "$mine $bare" | awk '{ printf "%.3f\n", $1 / $2 }' >>"$WORK/ratio"
done
bench_tell idle-terminal-memory "$(bench_median <"$WORK/mine")" KiB \
    "$(bench_median <"$WORK/bare")" "$(bench_median <"$WORK/ratio")" \
    "a connection of $TERMINALS, after one hello; $PEOPLE people; the server alone $(
	resident "$(people_server_pid)") KiB"
