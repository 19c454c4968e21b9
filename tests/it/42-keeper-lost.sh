#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a keeper that hangs, or is killed, lets nobody in and holds nobody up:
# who logs in is told within seconds, the server says why and ends with status
# 1, and the next one serves again and records the alarm (LOG-3).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

state=$(lab_root server)/var/lib/sanyoso/server
login()
{
	city_login counter-1 tanaka taro 246802
}
alarms()
{
	lab_run server sanyosoctl --json audit search --action alarm.keeper |
		jq '.records | length'
}
# The server ends by itself, and says with which status.
ended()
{
	lab_wait 10 city_server_gone
	local status=0
	wait "$CITY_SERVER_PID" || status=$?
	[ "$status" = 1 ]
	grep -q 'the keeper is lost' "$CITY_LOG/sanyosod.log"
	[ -f "$state/keeper-lost" ]
}
# A new one, as systemd would start it. It has an alarm to show.
served_again()
{
	lab_start server "$CITY_LOG/sanyosod.log" sanyosod run
	CITY_SERVER_PID=$LAB_PID
	lab_wait 20 login
	lab_run server sanyosoctl --json status >"$LAB_DIR/status" || true
	jq -r .alarm "$LAB_DIR/status" | grep 'keeper was lost'
	[ "$(jq .ledger_writable "$LAB_DIR/status")" = true ]
	[ "$(alarms)" = "$1" ]
	[ ! -e "$state/keeper-lost" ]
	lab_run server sanyosoctl audit verify >/dev/null
}

city_issuers
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
city_hand counter-1 taro
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test >/dev/null
city_enroll counter-1 tanaka taro 246802 >/dev/null
login >/dev/null
[ "$(alarms)" = 0 ]

echo "the keeper hangs"
keeper=$(lab_run server pgrep -x sanyosod-keeper)
lab_run server kill -STOP "$keeper"
begin=$SECONDS
login >"$LAB_DIR/said" 2>&1 && exit 1
took=$((SECONDS - begin))
echo "denied after $took seconds"
[ "$took" -lt 8 ]
grep 'S75' "$LAB_DIR/said"
ended
grep 'left behind' "$CITY_LOG/sanyosod.log"
lab_run server kill -KILL "$keeper"
served_again 1

echo "the keeper is killed while nobody does anything"
lab_run server pkill -KILL -x sanyosod-keeper
ended
grep 'the keeper has ended: signal 9' "$CITY_LOG/sanyosod.log"
served_again 2
city_server_stop

echo "an orderly stop leaves no alarm behind"
[ ! -e "$state/keeper-lost" ]
