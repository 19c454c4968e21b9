#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: a server that is killed at many moments under load loses no decision
# that it has answered; log, tree and rows verify afterwards (LOG-3, INT-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"
# shellcheck disable=SC2034 # for people.sh
PEOPLE_COUNT=4
# shellcheck source=bench/people.sh disable=SC1091
. "$here/../../bench/people.sh"
KILLS=8

people_city p256
allowed=$LAB_DIR/allowed
: >"$allowed"
for ((i = 0; i < KILLS; i++)); do
	people_load login "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" p256 16 5 \
	    "$allowed" >/dev/null &
	sleep "0.$((RANDOM % 9))$((RANDOM % 9))"
	pkill -KILL -x sanyosod
	wait $! || true
	lab_wait 5 city_server_gone
	city_server_start
done
lab_run server sanyosoctl audit verify

# Every transaction that was answered "allow" stands in the log.
before=0
: >"$LAB_DIR/logged"
while :; do
	page=$(lab_run server sanyosoctl --json audit search --action auth.verdict \
	    --limit 1000 --before "$before")
	[ "$(jq '.records | length' <<<"$page")" != 0 ] || break
	jq -r '.records[] | select(.outcome == "allow") | .details' <<<"$page" |
		grep -o 'txn=[0-9a-f]*' | cut -d= -f2 >>"$LAB_DIR/logged"
	before=$(jq '[.records[].seq] | min' <<<"$page")
done
sort -u "$allowed" >"$LAB_DIR/a"
sort -u "$LAB_DIR/logged" >"$LAB_DIR/b"
wc -l "$LAB_DIR/a" "$LAB_DIR/b"
[ -s "$LAB_DIR/a" ]
[ -z "$(comm -23 "$LAB_DIR/a" "$LAB_DIR/b")" ]
