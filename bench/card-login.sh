#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# card-login: durable decisions per second by card-pin (two round trips) over
# warm TLS connections, load generator included; beside it, in alternating
# rounds, the bare path.
#
#   BENCH_ROUNDS, BENCH_SECONDS, BENCH_FLIGHTS, BENCH_KEYS, BENCH_DISKS
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$BENCH_TOP/tests/support/city.sh"
# shellcheck source=bench/people.sh disable=SC1091
. "$BENCH_TOP/bench/people.sh"
# shellcheck disable=SC2034 # for people_versus, as the next
ROUNDS=${BENCH_ROUNDS:-3}
# shellcheck disable=SC2034
SECONDS_EACH=${BENCH_SECONDS:-3}
FLIGHTS=${BENCH_FLIGHTS:-1 32 256}
KEYS=${BENCH_KEYS:-p256 rsa2048}
DISKS=${BENCH_DISKS:-asis slow}
WORK=$LAB_DIR/rounds

restart_server()
{
	city_server_stop
	LAB_ENV=${PEOPLE_PRELOAD:+LD_PRELOAD=/slow_flush.so} city_server_start
}

lab_machine server "$CITY_SERVER_IP"
bench_real_disk server
cp "$CITY_BUILD/bench/.libs/slow_flush.so" "$(lab_root server)/slow_flush.so"
mkdir -p "$WORK"
# shellcheck disable=SC2086 # a list
people_city $KEYS
for disk in $DISKS; do
	if [ "$disk" = slow ]; then
		PEOPLE_PRELOAD=$(lab_root server)/slow_flush.so
		restart_server
	fi
	for alg in $KEYS; do
		for flight in $FLIGHTS; do
			people_versus card-login login "$alg" "$flight" "$disk"
		done
	done
done
