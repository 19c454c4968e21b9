#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# login-storm: a city of 20,000 comes to work within ten minutes and logs in by
# card and password, and then four times as many; bench/storm.c says how they
# come. By default a stretch of the same density, two minutes with 4,000 people.
# Meanwhile others log in by card alone. The server has the limits it is shipped
# with.
#
#   BENCH_MINUTES (10: all of it), BENCH_MEMORY ("19 46 64" MiB: the table),
#   BENCH_TIMES (1 4: how many times as many), BENCH_KNOWN, BENCH_FORGOTTEN,
#   BENCH_TERMINALS (200; a terminal may begin 600 logins a minute)
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$BENCH_TOP/tests/support/city.sh"
# shellcheck source=bench/people.sh disable=SC1091
. "$BENCH_TOP/bench/people.sh"
MINUTES=${BENCH_MINUTES:-2}
A_MINUTE=2000
SEATS=512
CARDS=20 # a second, by card alone
MEMORY=${BENCH_MEMORY:-46}
TIMES=${BENCH_TIMES:-1 4}
KNOWN=${BENCH_KNOWN:-20000} # people besides those who come
TERMINALS=${BENCH_TERMINALS:-200}
FORGOTTEN=${BENCH_FORGOTTEN:-130} # seconds until memory is looked at again
# shellcheck disable=SC2034 # for people.sh
{
	PEOPLE_PASSWORDS=yes
	PEOPLE_KINDS=mixed
	PEOPLE_CARDS=there
	PEOPLE_COUNT=$((2 * SEATS))
	PEOPLE_MEMORY=${MEMORY%% *}
}

# What the server, its keeper and its hashers have in memory now, MiB; files
# that they map are counted once. To ask for more than the kernel's own counters
# (smaps) would hold up what the server maps meanwhile.
server_memory()
{
	local pid
	for pid in $(pgrep -x 'sanyosod|sanyosod-keeper|sanyoso-hasher'); do
		cat "/proc/$pid/status"
	done 2>/dev/null |
		awk '/^Rss(Anon|Shmem):/ { n += $2 }
		     /^RssFile:/ && $2 > most { most = $2 }
		     END { print int((n + most) / 1024) }'
}

# The most of it while the file ${1} is there.
watch_memory()
{
	local most=0 now
	while [ -e "$1" ]; do
		now=$(server_memory)
		[ "$now" -le "$most" ] || most=$now
		sleep 0.2
	done
	echo "$most"
}

# come SECONDS PEOPLE
come()
{
	local i paths=()
	for ((i = 0; i < PEOPLE_COUNT; i++)); do
		paths+=("$PEOPLE_DIR/p256-$i")
	done
	"$CITY_BUILD/bench/storm" \
	    "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" "$CITY_SERVER" \
	    "$PEOPLE_DIR/ca.pem" "$PEOPLE_DIR/terminals" "$1" "$2" "$SEATS" \
	    "$CARDS" "${paths[@]}" <<<"$PEOPLE_PASSWORD"
}

storm()
{
	local name=$1 people=$2 told most before after watcher
	: >"$LAB_DIR/going"
	before=$(server_memory)
	watch_memory "$LAB_DIR/going" >"$LAB_DIR/most" &
	watcher=$!
	told=$(come $((MINUTES * 60)) "$people")
	rm "$LAB_DIR/going"
	wait "$watcher"
	most=$(cat "$LAB_DIR/most")
	# Until the last verdict is forgotten; the memory goes with it.
	sleep "$FORGOTTEN"
	after=$(server_memory)
	bench_tell "login-storm/$name" "$(jq .p50_ms <<<"$told")" ms - - \
	    "p99 $(jq .p99_ms <<<"$told") ms; at a seat $(
		jq .seat_p50_ms <<<"$told"), at the worst of $(
		jq .terminals <<<"$told") terminals $(
		jq .worst_seat_p50_ms <<<"$told"); card p50 $(
		jq .card_p50_ms <<<"$told"), p99 $(
		jq .card_p99_ms <<<"$told") ms; busy $(jq .busy <<<"$told"), refused $(
		jq .refused <<<"$told"); $people people in $MINUTES min; memory $before, at most $most, then $after MiB after $FORGOTTEN s"
}

CITY_SERVER_MORE='' # for city.sh
lab_machine server "$CITY_SERVER_IP"
bench_real_disk server
people_city p256
people_terminals "$TERMINALS"
PEOPLE_CARDS='' PEOPLE_KINDS='' people_crowd crowd "$KNOWN"
people_policy card-pin+password
city_server_stop
for memory in $MEMORY; do
	sed -i '/^\[passwords\]/,$d' "$(lab_root server)/etc/sanyoso/server.conf"
	printf '[passwords]\nmemory = %s\n' "$memory" \
	    >>"$(lab_root server)/etc/sanyoso/server.conf"
	city_server_start
	if [ "$memory" != "$PEOPLE_MEMORY" ]; then
		# The first login hashes the password anew.
		come 10 "$SEATS" >/dev/null
		city_server_stop
		city_server_start
	fi
	for times in $TIMES; do
		storm "$memory/${times}x" $((A_MINUTE * MINUTES * times))
	done
	city_server_stop
done
