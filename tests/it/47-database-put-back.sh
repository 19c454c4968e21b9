#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a database that was put back to an older state, which would bring
# stopped cards and lost codes back, is refused at the start, with what to do;
# nothing else is touched, and each of the ways out works (LOG-3).
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
	lab_run server sanyosoctl --json audit search --action alarm.history |
		jq '.records | length'
}
# put NAME: what was kept under this name in the database's place.
put()
{
	rm -f "$state"/sanyoso.db*
	cp -p "$LAB_DIR/$1/sanyoso.db" "$state/sanyoso.db"
}
keep()
{
	mkdir "$LAB_DIR/$1"
	cp -rp "$state/sanyoso.db" "$state/keeper" "$LAB_DIR/$1/"
}
# refused TEXT...: the server does not start, and says all of this.
refused()
{
	local status=0 text
	lab_run server timeout 20 sanyosod run >"$LAB_DIR/said" 2>&1 ||
	    status=$?
	cat "$LAB_DIR/said"
	[ "$status" = 1 ]
	for text in "$@"; do
		grep -qF "$text" "$LAB_DIR/said"
	done
}
verified()
{
	lab_run server sanyosoctl audit verify >/dev/null
}

city_issuers
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
city_hand counter-1 taro
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test >/dev/null
city_enroll counter-1 tanaka taro 246802 >/dev/null
login
[ "$(alarms)" = 0 ]
city_server_stop
keep older
city_server_start
lab_wait 20 login
lab_run server sanyosoctl user suspend tanaka --basis test >/dev/null
city_server_stop
keep newest

echo "the database alone is put back: the suspension would be gone"
put older
sum=$(sha256sum "$state/sanyoso.db" "$state"/keeper/*)
refused "sanyoso.db: ends at record" "(history)" \
    "of the same backup" "/var/lib/sanyoso/server/keeper/log.state"
export LAB_ENV=LANGUAGE=ja
refused "古いもの、または別のもの" "同じバックアップの" "警報として記録"
unset LAB_ENV
[ "$sum" = "$(sha256sum "$state/sanyoso.db" "$state"/keeper/*)" ]

echo "the present one is there again"
put newest
city_server_start
verified
login >"$LAB_DIR/said" 2>&1 && exit 1
city_server_stop

echo "the older one with the keeper's files of that time"
put older
cp -p "$LAB_DIR/older/keeper/"* "$state/keeper/"
city_server_start
lab_wait 20 login
verified
[ "$(alarms)" = 0 ]
city_server_stop

echo "the first one taken as it is, on purpose"
put older
refused "(history)"
rm "$state/keeper/log.state"
city_server_start
grep 'had seen no log yet' "$CITY_LOG/sanyosod.log"
lab_wait 20 login
[ "$(alarms)" = 1 ]
verified
echo "killed and started again: no more of that"
lab_run server pkill -KILL -x sanyosod
lab_wait 10 city_server_gone
city_server_start
[ "$(alarms)" = 1 ]
city_server_stop

echo "a damaged file is refused by its name"
keep last
head -c 8192 /dev/urandom >"$state/keeper/log.state"
refused "/var/lib/sanyoso/server/keeper/log.state: is damaged"
cp -p "$LAB_DIR/last/keeper/log.state" "$state/keeper/log.state"
city_server_start
lab_wait 20 login
verified
city_server_stop
