#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fido2-login: durable decisions per second by a FIDO2 key alone that is touched
# (three round trips, its counter kept) over warm TLS connections, load generator
# included; beside it, in alternating rounds, the bare path. A person has one
# login under way, so that there are as many people as connections.
#
#   BENCH_ROUNDS, BENCH_SECONDS, BENCH_FLIGHTS, BENCH_DISKS
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$BENCH_TOP/tests/support/city.sh"
FLIGHTS=${BENCH_FLIGHTS:-1 32 256}
DISKS=${BENCH_DISKS:-asis slow}
PEOPLE_COUNT=1
for flight in $FLIGHTS; do
	[ "$flight" -le "$PEOPLE_COUNT" ] || PEOPLE_COUNT=$flight
done
# shellcheck disable=SC2034 # for people.sh, as the next
PEOPLE_ZONE=internet
# shellcheck disable=SC2034
PEOPLE_FIDO2=yes
# shellcheck source=bench/people.sh disable=SC1091
. "$BENCH_TOP/bench/people.sh"
# shellcheck disable=SC2034 # for people_versus, as the next
ROUNDS=${BENCH_ROUNDS:-3}
# shellcheck disable=SC2034
SECONDS_EACH=${BENCH_SECONDS:-3}
WORK=$LAB_DIR/rounds
# shellcheck disable=SC2034 # for city.sh
CITY_SERVER_MORE+=$'\n[fido2]'

lab_machine server "$CITY_SERVER_IP"
bench_real_disk server
cp "$CITY_BUILD/bench/.libs/slow_flush.so" "$(lab_root server)/slow_flush.so"
mkdir -p "$WORK"
people_city
people_keys p256
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = load
	[rule touch]
	zone = internet
	purpose = login
	kind = staff
	require = 1
	allow = fido2
	origin = unproven
	[keys]
	attestation = none
END
people_crowd p256 "$PEOPLE_COUNT"
for disk in $DISKS; do
	if [ "$disk" = slow ]; then
		# shellcheck disable=SC2034 # for people_bare
		PEOPLE_PRELOAD=$(lab_root server)/slow_flush.so
		city_server_stop
		LAB_ENV=LD_PRELOAD=/slow_flush.so city_server_start
	fi
	for flight in $FLIGHTS; do
		people_versus fido2-login key p256 "$flight" "$disk"
	done
done
