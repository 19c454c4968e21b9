#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# password-login: durable logins per second by a card and a password (argon2id,
# 46 MiB, 1 pass), over warm TLS connections, load generator included; beside
# it, in alternating rounds, the rate of libsodium alone with the same parameters,
# as many threads, and its memory kept from one hash to the next. What it makes
# without that is told behind it.
#
#   BENCH_ROUNDS, BENCH_SECONDS, BENCH_THREADS, BENCH_FLIGHT
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$BENCH_TOP/tests/support/city.sh"
# shellcheck source=bench/people.sh disable=SC1091
. "$BENCH_TOP/bench/people.sh"
ROUNDS=${BENCH_ROUNDS:-7}
SECONDS_EACH=${BENCH_SECONDS:-4}
FLIGHT=${BENCH_FLIGHT:-16}
WORK=$LAB_DIR/rounds
# shellcheck disable=SC2034 # for people.sh
PEOPLE_PASSWORDS=yes
mkdir -p "$WORK"

measure()
{
	local threads=$1 round mine bare
	rm -f "$WORK"/*
	sed -i '/^\[passwords\]/,$d' "$(lab_root server)/etc/sanyoso/server.conf"
	printf '[passwords]\nthreads = %s\n' "$threads" \
	    >>"$(lab_root server)/etc/sanyoso/server.conf"
	city_server_stop
	city_server_start
	for ((round = 0; round < ROUNDS; round++)); do
		mine=$(people_load password \
		    "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" p256 "$FLIGHT" \
		    "$SECONDS_EACH" - "$(pgrep -d, "^sanyoso(d|-hasher)")")
		bare=$("$CITY_BUILD/bench/hash" 47104 1 "$threads" \
		    "$SECONDS_EACH" kept)
		"$CITY_BUILD/bench/hash" 47104 1 "$threads" 1 >>"$WORK/plain"
		jq .rate <<<"$mine" >>"$WORK/mine"
		jq .p99_us <<<"$mine" >>"$WORK/p99"
		jq .server_us <<<"$mine" >>"$WORK/cpu"
		echo "$bare" >>"$WORK/bare"
		jq ".rate / $bare" <<<"$mine" >>"$WORK/ratio"
	done
	bench_tell "password-login/$threads" "$(bench_median <"$WORK/mine")" /s \
	    "$(bench_median <"$WORK/bare")" \
	    "$(bench_median <"$WORK/ratio" | cut -c1-5)" \
	    "$threads hash threads, $FLIGHT in flight; p99 $(
		bench_median <"$WORK/p99") us; CPU a login, server and hashers, $(
		bench_median <"$WORK/cpu") us; without kept memory libsodium makes $(
		bench_median <"$WORK/plain") /s"
}

lab_machine server "$CITY_SERVER_IP"
bench_real_disk server
people_city p256
people_policy card-pin+password
for threads in ${BENCH_THREADS:-1 2}; do
	measure "$threads"
done
