#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: a server that is killed, hangs or is cut off is decided on quickly, and
# never in favour of anybody; when it is back, logins work again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test
city_hand counter-1 taro
city_enroll counter-1 tanaka taro 246802
city_login counter-1 tanaka taro 246802

# Ten times the promise of half a second is a hang.
refused_soon()
{
	local started status=0 took
	started=$(date +%s%N)
	lab_run counter-1 pamtester "$CITY_SERVICE" tanaka authenticate \
	    </dev/null || status=$?
	took=$((($(date +%s%N) - started) / 1000000))
	echo "$1: status $status after $took ms"
	[ "$status" != 0 ] && [ "$took" -lt 5000 ]
}

back_again()
{
	lab_wait 30 city_login counter-1 tanaka taro 246802
}

echo "-- hangs"
pkill -STOP -x sanyosod
refused_soon "first login"
refused_soon "second login"
pkill -CONT -x sanyosod
back_again

echo "-- is cut off"
lab_cut server
refused_soon "first login"
refused_soon "second login"
lab_join server
back_again

echo "-- is killed"
pkill -KILL -x sanyosod
refused_soon "first login"
city_server_start
back_again
lab_run server sanyosoctl audit verify
