#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ledger: decisions a second through the ledger alone, beside plain inserts of
# the same bytes into SQLite in groups of the same size.
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"

for in_flight in 1 32 256; do
	data=$CITY_BUILD/bench-data/ledger
	rm -rf "$data"
	mkdir -p "$data"
	rounds=$("$CITY_BUILD/bench/ledger" "$data" "$in_flight" 2 5)
	column() { awk -v n="$1" '{ print $n }' <<<"$rounds" | bench_median; }
	bench_tell "ledger-$in_flight" "$(column 1)" /s "$(column 2)" \
	    "$(awk '{ print $1 / $2 }' <<<"$rounds" | bench_median)" \
	    "CPU for each: ledger thread $(column 3) us, keeper $(column 4) us"
	rm -rf "$data"
done
