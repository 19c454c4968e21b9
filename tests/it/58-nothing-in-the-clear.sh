#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: what crosses the network and what lies on the server's disk shows
# neither who logs in nor a name (CRYPT-1, CRYPT-3).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
city_server
tcpdump -i lab -U -w "$LAB_DIR/capture" 2>/dev/null &
lab_wait 5 test -s "$LAB_DIR/capture"
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
lab_run server sanyosoctl user add tanaka-visible --name "田中見える" \
    --staff STAFF-4711 --basis test
city_hand counter-1 taro
city_enroll counter-1 tanaka-visible taro 246802
city_login counter-1 tanaka-visible taro 246802
city_server_stop
sleep 1
pkill -x tcpdump || true

data=$(lab_root server)/var/lib/sanyoso/server
[ "$(stat -c %s "$LAB_DIR/capture")" -gt 8000 ]
for word in tanaka-visible 田中見える STAFF-4711 'application 2026-001' 246802 \
    auth.verdict '"user"'; do
	if grep -aqF -- "$word" "$LAB_DIR/capture"; then
		echo "the network shows: $word"
		exit 1
	fi
	if grep -aqrF -- "$word" "$data"; then
		echo "the disk shows: $word"
		exit 1
	fi
done
