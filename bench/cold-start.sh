#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cold-start: from the start of a server that knows 100,000 people to its first
# answered login; beside it, in alternating rounds, reading the same rows out of
# the same database into memory.
#
#   BENCH_ROUNDS, BENCH_PEOPLE
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$BENCH_TOP/tests/support/city.sh"
# shellcheck source=bench/people.sh disable=SC1091
. "$BENCH_TOP/bench/people.sh"
ROUNDS=${BENCH_ROUNDS:-5}
PEOPLE=${BENCH_PEOPLE:-100000}
WORK=$LAB_DIR/rounds
DATABASE=$(lab_root server)/var/lib/sanyoso/server/sanyoso.db
mkdir -p "$WORK"

milliseconds()
{
	echo $(($(date +%s%N) / 1000000))
}

answers()
{
	(exec 3<>"/dev/tcp/$CITY_SERVER_IP/$CITY_TERMINALS_PORT") 2>/dev/null
}

# From the start to the end of one login's load generator.
first_login()
{
	local begun
	begun=$(milliseconds)
	lab_start server "$CITY_LOG/sanyosod.log" sanyosod run
	until answers; do sleep 0.002; done
	people_load login "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" p256 1 0.001 - \
	    >/dev/null
	echo $(($(milliseconds) - begun))
}

# What a login takes when the server has been there for a while.
warm_login()
{
	local begun
	begun=$(milliseconds)
	people_load login "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" p256 1 0.001 - \
	    >/dev/null
	echo $(($(milliseconds) - begun))
}

lab_machine server "$CITY_SERVER_IP"
bench_real_disk server
# shellcheck disable=SC2034 # for people.sh
PEOPLE_COUNT=1
people_city p256
people_crowd crowd "$PEOPLE"
for ((round = 0; round < ROUNDS; round++)); do
	city_server_stop
	mine=$(first_login)
	warm=$(warm_login)
	bare=$("$CITY_BUILD/bench/scan" "$DATABASE")
	echo "$mine" >>"$WORK/mine"
	echo "$warm" >>"$WORK/warm"
	echo "$bare" >>"$WORK/bare"
	echo "$mine $bare" | awk '{ printf "%.2f\n", $1 / $2 }' >>"$WORK/ratio"
done
bench_tell cold-start "$(bench_median <"$WORK/mine")" ms \
    "$(bench_median <"$WORK/bare")" "$(bench_median <"$WORK/ratio")" \
    "$PEOPLE people; the client's own start, handshake and login take $(
	bench_median <"$WORK/warm") of it"
