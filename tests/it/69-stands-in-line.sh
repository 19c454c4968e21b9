#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: where hashes are slower than people, whoever has to wait reads that the
# server is busy and is let in without typing anything again, by one try each
# (LOCK-1, LOGIN-1); so does who changes a password (PW-2).
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck disable=SC2034 # for city.sh
{
	# A zone where a password alone is enough: the line is what matters here.
	CITY_ZONE=internet
	# One place, and a hash that takes its time.
	CITY_SERVER_MORE=$'[passwords]\nmemory = 256\npasses = 16\nthreads = 1\nqueue = 1'
}
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
lab_machine server "$CITY_SERVER_IP"
mkdir -p "$(lab_root server)/etc/sanyoso"
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = line
	[rule alone]
	zone = internet
	purpose = login
	kind = staff
	require = 1
	allow = password
	[password all]
	kind = all
	dictionary = no
END
city_server
city_terminal counter-1 10.99.0.11
people='suzuki tanaka sato'
lab_run counter-1 useradd sato
for user in $people; do
	lab_run server sanyosoctl user add "$user" --name "$user" --basis test
	lab_run server sanyosoctl --json user password-reset "$user" \
	    --basis "desk 1" | jq -r .code >"$LAB_DIR/$user.code"
done

echo "-- three people type their passwords at once"
asked()
{
	grep -q 'Enter your password' "$LAB_DIR/$1.said"
}
for user in $people; do
	TALK_TIMEOUT=100 city_talk counter-1 \
	    'Enter your password' "!until [ -e $LAB_DIR/go ]; do sleep 0.1; done" \
	    'Password .not the PIN' "$(cat "$LAB_DIR/$user.code")" -- \
	    pamtester "$CITY_SERVICE" "$user" authenticate \
	    >"$LAB_DIR/$user.said" 2>&1 &
	echo $! >"$LAB_DIR/$user.pid"
	lab_wait 20 asked "$user"
done
touch "$LAB_DIR/go"
for user in $people; do
	wait "$(cat "$LAB_DIR/$user.pid")" || said=no
	cat "$LAB_DIR/$user.said"
	[ "${said:-}" != no ]
	grep 'successfully authenticated' "$LAB_DIR/$user.said"
	# Said once at most, and the prompt was there once.
	times=$(grep -c 'The server is busy. Please wait' "$LAB_DIR/$user.said" || true)
	[ "$times" -le 1 ]
	told=$((${told:-0} + times))
	[ "$(grep -c '^Password (not the PIN)' "$LAB_DIR/$user.said")" = 1 ]
done
[ "$told" -ge 1 ]

echo "-- one try each, and no failure"
records()
{
	lab_run server sanyosoctl --json audit search --action "$1" --limit 20 |
		jq -c '[.records[] | .outcome]'
}
[ "$(records auth.try)" = '["done","done","done"]' ]
[ "$(records auth.verdict)" = '["allow","allow","allow"]' ]

echo "-- three people change their passwords at once"
echo "password required pam_sanyoso.so" >>"$(lab_root counter-1)/etc/pam.d/$CITY_SERVICE"
asked_for_new()
{
	grep -q 'Enter the new password' "$LAB_DIR/$1.changes"
}
for user in $people; do
	TALK_TIMEOUT=150 city_talk counter-1 \
	    'Password .not the PIN' "$(cat "$LAB_DIR/$user.code")" \
	    'Enter the new password' "!until [ -e $LAB_DIR/change ]; do sleep 0.1; done" \
	    'New password: ' Kitsune-no-Yomeiri-9 'once more: ' Kitsune-no-Yomeiri-9 -- \
	    pamtester "$CITY_SERVICE" "$user" chauthtok \
	    >"$LAB_DIR/$user.changes" 2>&1 &
	echo $! >"$LAB_DIR/$user.pid"
	lab_wait 60 asked_for_new "$user"
done
touch "$LAB_DIR/change"
told=0
for user in $people; do
	wait "$(cat "$LAB_DIR/$user.pid")" || said=no
	cat "$LAB_DIR/$user.changes"
	[ "${said:-}" != no ]
	times=$(sed '1,/Enter the new/d' "$LAB_DIR/$user.changes" |
		grep -c 'The server is busy. Please wait' || true)
	[ "$times" -le 1 ]
	told=$((told + times))
	[ "$(grep -c '^New password: ' "$LAB_DIR/$user.changes")" = 1 ]
done
[ "$told" -ge 1 ]
[ "$(records password.change)" = '["done","done","done"]' ]
