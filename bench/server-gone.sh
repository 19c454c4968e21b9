#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# server-gone: how long the first login takes to be decided when the server
# hangs or drops packets, and the ones after it.
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$BENCH_TOP/tests/support/city.sh"

city_issuers
city_server
city_terminal counter-1 10.99.0.11
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test >/dev/null

root=$(lab_root counter-1)
cp "$CITY_BUILD/bench/pam_time" "$root/pam_time"

# Milliseconds of one refused pam_authenticate (PAM's own start left out).
refused()
{
	lab_run counter-1 /pam_time /etc/pam.d "$CITY_SERVICE" tanaka refused 1 |
		jq '.authenticate_p50 / 1000'
}

measure()
{
	local first next
	first=$(refused)
	next=$(for ((i = 0; i < 9; i++)); do refused; done | bench_median)
	bench_tell "server-gone/$1/first" "$first" ms - - "the server $2"
	bench_tell "server-gone/$1/next" "$next" ms - - "median of 9"
}

lab_wait 10 lab_run counter-1 sanyosoctl token enroll nobody </dev/null || true
pkill -STOP -x sanyosod
measure hangs "accepts and never answers"
pkill -CONT -x sanyosod
sleep 5
lab_cut server
measure cut "drops every packet"
