#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# verdict-server: the server's side of verdict-latency: from the proof's first
# byte to the verdict's last, one login at a time over a warm connection, as the
# terminal sees it; beside it, in alternating rounds, the bare path.
#
#   BENCH_ROUNDS, BENCH_SECONDS
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$BENCH_TOP/tests/support/city.sh"
# shellcheck source=bench/people.sh disable=SC1091
. "$BENCH_TOP/bench/people.sh"
ROUNDS=${BENCH_ROUNDS:-5}
SECONDS_EACH=${BENCH_SECONDS:-2}
WORK=$LAB_DIR/rounds
mkdir -p "$WORK"

lab_machine server "$CITY_SERVER_IP"
bench_real_disk server
people_city p256
people_bare p256
for ((round = 0; round < ROUNDS; round++)); do
	mine=$(people_load login "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" p256 1 \
	    "$SECONDS_EACH" -)
	bare=$(people_load bare "$PEOPLE_BARE" p256 1 "$SECONDS_EACH" -)
	for quantile in p50 p99; do
		jq ".proof_${quantile}_us / 1000" <<<"$mine" >>"$WORK/mine-$quantile"
		jq ".proof_${quantile}_us / 1000" <<<"$bare" >>"$WORK/bare-$quantile"
		echo "$mine $bare" | jq -s \
		    ".[0].proof_${quantile}_us / .[1].proof_${quantile}_us" \
		    >>"$WORK/ratio-$quantile"
	done
done
for quantile in p50 p99; do
	bench_tell "verdict-server/$quantile" \
	    "$(bench_median <"$WORK/mine-$quantile")" ms \
	    "$(bench_median <"$WORK/bare-$quantile")" \
	    "$(bench_median <"$WORK/ratio-$quantile" | cut -c1-5)" \
	    "proof to verdict, with the signature's verification and the flush"
done
