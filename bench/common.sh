# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the benchmarks share: the lab, a server whose database lies on the real
# disk, and how a result is told.

BENCH_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$BENCH_TOP/tests/support/lab.sh"

# bench_tell NAME VALUE UNIT BOUND RATIO NOTE; "-" where there is none.
bench_tell()
{
	if [ "${BENCH_JSON:-no}" = yes ]; then
		jq -cn --arg name "$1" --arg value "$2" --arg unit "$3" \
		    --arg bound "$4" --arg ratio "$5" --arg note "$6" \
		    '{name: $name, value: ($value|tonumber? // null),
		      unit: $unit, bound: ($bound|tonumber? // null),
		      ratio: ($ratio|tonumber? // null), note: $note}'
	else
		printf '%-34s %10s %-6s bound %10s  ratio %6s  %s\n' "$@"
	fi
}

# The median of the numbers on standard input, one a line.
bench_median()
{
	sort -n | awk '{ v[NR] = $1 }
	    END { if (NR == 0) exit 1
	        low = v[int((NR + 1) / 2)]; high = v[int(NR / 2) + 1]
	        print (low + high) / 2 }'
}

# The machine NAME keeps its data on the disk of the build tree, not in memory.
bench_real_disk()
{
	local data=$CITY_BUILD/bench-data/$1
	rm -rf "$data"
	mkdir -p "$data" "$(lab_root "$1")/var/lib/sanyoso"
	mount --bind "$data" "$(lab_root "$1")/var/lib/sanyoso"
}
