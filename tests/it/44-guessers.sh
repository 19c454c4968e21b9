#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: many who guess at one password at the same time, at several terminals,
# while the server is killed again and again, get no more verifications than
# one alone (LOCK-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# A zone where a password alone is enough.
# shellcheck disable=SC2034 # for city.sh
CITY_ZONE=internet
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"
TRIES=12 GUESSERS=4 KILLS=3

lab_machine server "$CITY_SERVER_IP"
mkdir -p "$(lab_root server)/etc/sanyoso"
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = guessed
	[rule alone]
	zone = internet
	purpose = login
	kind = staff
	require = 1
	allow = password
	[password all]
	kind = all
	dictionary = no
	[lockout all]
	kind = all
	purpose = login unlock privileged remote operator
	tries = $TRIES
	lock = 60m
	locks = 2
	disable = 50
END
city_issuers
city_server
for n in 1 2; do
	city_terminal "counter-$n" "10.99.0.1$n" 1
done
for login in suzuki tanaka; do
	lab_run server sanyosoctl user add "$login" --name "$login" --basis test
done
right=$(city_password_reset suzuki "desk 1")
others=$(city_password_reset tanaka "desk 1")

# Wrong passwords, one login after the other, until it is over.
guess()
{
	while [ ! -e "$LAB_DIR/over" ]; do
		yes 'Wrong-guess-7' | head -n 20 |
			lab_run "counter-$(($1 % 2 + 1))" pamtester \
			    "$CITY_SERVICE" suzuki authenticate \
			    >>"$LAB_DIR/guessed-$1" 2>&1 || true
	done
}

# records OUTCOME ACTION: how many of suzuki's.
records()
{
	lab_run server sanyosoctl --json audit search --action "$2" --limit 1000 |
		jq --arg out "$1" '[.records[] | select(.outcome == $out and
		    (.details | contains("login=suzuki")))] | length'
}

tried() { [ "$(records "done" auth.try)" -ge "$1" ]; }

guessers=()
for ((n = 0; n < GUESSERS; n++)); do
	guess "$n" &
	guessers+=($!)
done
before=0
for ((n = 1; n <= KILLS; n++)); do
	# In the middle of it: debits are on disk, hashes are being made.
	lab_wait 10 tried $((before + 1)) || break
	pkill -KILL -x sanyosod
	lab_wait 10 city_server_gone
	city_server_start
	before=$(records "done" auth.try)
	echo "killed after $before tries"
done
[ "$n" -gt 1 ]

locked() { [ "$(records deny auth.verdict)" -gt 0 ]; }
lab_wait 20 locked
# They go on against the lock.
sleep 3
touch "$LAB_DIR/over"
wait "${guessers[@]}"
echo "$(records "done" auth.try) tries, $(records deny auth.tried) of them verified and wrong"
[ "$(records "done" auth.try)" = "$TRIES" ]
[ "$(records deny auth.tried)" -le "$TRIES" ]
[ "$(records allow auth.verdict)" = 0 ]

echo "-- now not even the right one; another person is as free as ever"
typed() { printf '%s\n' "$2" | lab_run counter-1 pamtester "$CITY_SERVICE" "$1" authenticate; }
typed suzuki "$right" && exit 1
[ "$(records "done" auth.try)" = "$TRIES" ]
typed tanaka "$others"
lab_run server sanyosoctl user show suzuki | grep -i lock
lab_run server sanyosoctl audit verify
