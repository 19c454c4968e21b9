#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: from a temporary password to the second login, whose last one is shown;
# and terminal and server forget every password at once (PW-6, PW-7, PW-8, LOGIN-1,
# LOGIN-2).
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# A zone where a password alone is enough: the typing is what matters here.
# shellcheck disable=SC2034 # for city.sh
CITY_ZONE=internet
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_policy()
{
	mkdir -p "$(lab_root server)/etc/sanyoso"
	cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
		[policy]
		name = typed
		[rule alone]
		zone = internet
		purpose = login
		kind = staff
		require = 1
		allow = password
		[password all]
		kind = all
		min_length = 10
		dictionary = no
		[notice internet]
		ja = 業務以外で使わないこと
		en = For work only
	END
}

# login NAME PATTERN ACTION...: at a console, until the shell ends.
login()
{
	local name=$1
	shift
	city_talk counter-1 "$@" '[$] $' exit -- login "$name" |
		tee "$LAB_DIR/said"
}

city_issuers
lab_machine server "$CITY_SERVER_IP"
city_policy
city_server
city_terminal counter-1 10.99.0.11
root=$(lab_root counter-1)
for phase in auth account password session; do
	echo "$phase requisite pam_sanyoso.so purpose=login"
done >"$root/etc/pam.d/login"
lab_run server sanyosoctl user add suzuki --name "鈴木 花子" --basis test
temporary=$(lab_run server sanyosoctl --json user password-reset suzuki \
    --basis "desk 1" | jq -r .code)
fresh='Kitsune-no-Yomeiri-9' newer='Hanami-wo-Suru-Hi-4' bad='short1' wrong='Tanuki-no-Bayashi-7'

echo "-- the first login: the rules before, the broken one behind"
login suzuki 'not the PIN' "$temporary" 'New password: ' "$bad" \
    'once more: ' "$bad" 'New password: ' "$fresh" 'once more: ' "$fresh"
for text in 'For work only' 'first login of this ID' 'temporary password' \
    'Your duties' 'at least 10 characters' 'was not accepted'; do
	grep -q "$text" "$LAB_DIR/said"
done

echo "-- the second: what was before"
login suzuki 'not the PIN' "$wrong" 'is wrong' "$fresh"
grep -q 'Last login: 20.*at counter-1' "$LAB_DIR/said"
grep -q 'Last logout: 20.*at counter-1' "$LAB_DIR/said"

echo "-- at will, through passwd"
echo "password requisite pam_sanyoso.so purpose=login" >"$root/etc/pam.d/passwd"
city_talk counter-1 'not the PIN' "$fresh" 'New password: ' "$newer" \
    'once more: ' "$newer" -- passwd suzuki | tee "$LAB_DIR/said"
grep -q 'The password was changed' "$LAB_DIR/said"
login suzuki 'not the PIN' "$fresh" 'is wrong' "$newer"

echo "-- somebody else guesses, and gives up; the owner is told, in the own language"
for _ in 1 2; do
	city_talk counter-1 'not the PIN' "$wrong" 'is wrong' $'\x04' -- \
	    pamtester login suzuki authenticate && exit 1
done
login suzuki 'not the PIN' "$newer"
grep -q 'Failed tries before this login: 2[.]' "$LAB_DIR/said"
city_talk counter-1 'not the PIN' "$wrong" 'is wrong' $'\x04' -- \
    pamtester login suzuki authenticate && exit 1
sed -i 's/$/ lang=ja/' "$root/etc/pam.d/login"
login suzuki 'パスワード' "$newer"
grep -q '今回までの認証失敗: 1回' "$LAB_DIR/said"
sed -i 's/ lang=ja$//' "$root/etc/pam.d/login"
login suzuki 'not the PIN' "$newer"
grep -q 'Failed tries' "$LAB_DIR/said" && exit 1

echo "-- and nothing of it stays at the terminal"
agent=$(pgrep -n -u "$(lab_run counter-1 id -u sanyoso)" -x sanyoso-agent)
python3 "$here/../support/memory_shows.py" "$agent" "$temporary" "$fresh" \
    "$newer" "$bad" "$wrong" counter-1 >"$LAB_DIR/shown"
# The name of the terminal shows that the search finds what is there.
[ "$(cat "$LAB_DIR/shown")" = counter-1 ]
for word in "$temporary" "$fresh" "$newer" "$bad" "$wrong"; do
	grep -raqF -- "$word" "$root/var/lib/sanyoso" "$root/run/sanyoso" \
	    "$root/var/log" "$CITY_LOG"/*.log && exit 1
done

echo "-- nor in the server's memory"
server=$(pgrep -n -u "$(lab_run server id -u sanyosod)" -x sanyosod)
python3 "$here/../support/memory_shows.py" "$server" "$temporary" "$fresh" \
    "$newer" "$bad" "$wrong" counter-1 >"$LAB_DIR/shown"
[ "$(cat "$LAB_DIR/shown")" = counter-1 ]

echo "-- nor in the server's log, opened"
lab_run server sanyosoctl --json audit search --limit 1000 >"$LAB_DIR/records"
# The whole log, and the search finds what is there.
[ "$(jq '.records | map(.seq) | min' "$LAB_DIR/records")" = 1 ]
grep -qF password.change "$LAB_DIR/records"
for word in "$temporary" "${temporary//-/}" "$fresh" "$newer" "$bad" "$wrong"; do
	grep -qF -- "$word" "$LAB_DIR/records" && exit 1
	# Facts that are no text are shown so.
	grep -qF -- "$(printf %s "$word" | od -An -v -tx1 | tr -d ' \n')" \
	    "$LAB_DIR/records" && exit 1
done
lab_run server sanyosoctl audit verify
