#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: when the log can't be written logins are refused with that reason, an
# alarm is shown, and service goes on by itself when there is room (LOG-3).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
lab_machine server "$CITY_SERVER_IP"
state=$(lab_root server)/var/lib/sanyoso
mkdir -p "$state"
mount -t tmpfs -o size=4m,mode=0755 tmpfs "$state"
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
city_hand counter-1 taro
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test >/dev/null
city_enroll counter-1 tanaka taro 246802 >/dev/null
city_login counter-1 tanaka taro 246802 >/dev/null

head -c 4M /dev/zero >"$state/filler" 2>/dev/null || true
[ "$(df --output=avail "$state" | tail -1 | tr -d ' ')" = 0 ]

# Room that SQLite has already is used up first; then nothing is written.
for ((i = 0; i < 2000; i++)); do
	lab_run server sanyosoctl user add "u$i" --name "u$i" \
	    --basis test >/dev/null 2>&1 || break
done
city_login counter-1 tanaka taro 246802 && exit 1
lab_run server sanyosoctl --json status | tee "$LAB_DIR/status"
[ "$(jq .ledger_writable "$LAB_DIR/status")" = false ]
jq -r .alarm "$LAB_DIR/status" | grep -q 'logins are refused'
# Nobody is asked for anything by a server that can record nothing.
city_login counter-1 tanaka taro 246802 && exit 1
lab_run server pgrep -x sanyosod >/dev/null

rm "$state/filler"
resumed()
{
	[ "$(lab_run server sanyosoctl --json status | jq .ledger_writable)" = true ]
}
lab_wait 15 resumed
city_login counter-1 tanaka taro 246802 >/dev/null
lab_run server sanyosoctl audit search --action alarm | grep 'alarm.log.*store-full'
lab_run server sanyosoctl audit verify >/dev/null
city_server_stop
