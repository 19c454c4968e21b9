#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: passwords are hashed by a process of the server's user that shows none of
# them; killed in the middle it is replaced and the person is let in; one that
# can't stay alive lets nobody in and counts nothing as wrong; it ends with the
# server, which has recorded the login whose password was verified meanwhile. A
# server whose hashers do not start starts, says so and tries again.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck disable=SC2034 # for city.sh
{
	CITY_ZONE=internet
	CITY_SERVER_MORE=$'[passwords]\nthreads = 1'
}
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

hasher_gone()
{
	! pgrep -x sanyoso-hasher
}

# What status says of an alarm; its exit status tells of one, too. jq takes no
# input for no mistake.
alarm()
{
	local said
	said=$(lab_run server sanyosoctl --json status) || true
	[ -n "$said" ] && jq -r '.alarm // "none"' <<<"$said"
}

alarmed()
{
	alarm | grep -q "no password can be verified"
}

not_alarmed()
{
	alarm | grep -qx none
}

city_issuers
lab_machine server "$CITY_SERVER_IP"
mkdir -p "$(lab_root server)/etc/sanyoso"
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = apart
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
lab_run server sanyosoctl user add suzuki --name "鈴木 花子" --basis test
password=$(lab_run server sanyosoctl --json user password-reset suzuki \
    --basis "desk 1" | jq -r .code)
login="pamtester $CITY_SERVICE suzuki authenticate"
uid=$(lab_run server id -u sanyosod)

echo "-- whose process it is, and what it may do"
old=$(pgrep -x sanyoso-hasher)
lab_run server ps -o user=,ni=,args= -p "$old" | tee "$LAB_DIR/said"
grep -Eq '^sanyosod +10 sanyoso-hasher$' "$LAB_DIR/said"
[ "$(readlink "/proc/$old/exe")" = "$(lab_root server)/usr/libexec/sanyoso/sanyoso-hasher" ] ||
	[ "$(readlink "/proc/$old/exe")" = /usr/libexec/sanyoso/sanyoso-hasher ]
for line in 'CapPrm:	0000000000000000' 'CapEff:	0000000000000000' \
    'NoNewPrivs:	1' 'Seccomp:	2'; do
	grep -qxF "$line" "/proc/$old/status"
done

echo "-- killed while it hashes: another does it, and the person is in"
cat >"$LAB_DIR/middle" <<-END
	sleep 1
	for pid in \$(pgrep -u $uid); do
		cat /proc/\$pid/cmdline /proc/\$pid/environ
	done >$LAB_DIR/shown
	pkill -KILL -x sanyoso-hasher
END
# shellcheck disable=SC2086 # a command line
city_talk counter-1 'not the PIN' '!pkill -STOP -x sanyoso-hasher' \
    '' "$password" '' "!sh $LAB_DIR/middle" -- $login
new=$(pgrep -x sanyoso-hasher)
[ "$new" != "$old" ]
grep -Eq 'is replaced|another is started' "$CITY_LOG/sanyosod.log"
grep -qa sanyoso-hasher "$LAB_DIR/shown"
if grep -qaF "$password" "$LAB_DIR/shown"; then
	echo "a process shows the password"
	exit 1
fi

echo "-- none stays alive: nobody is let in, the operator sees why, nothing is lost"
: >"$LAB_DIR/killing"
(
	while [ -e "$LAB_DIR/killing" ]; do
		pkill -KILL -x sanyoso-hasher || true
	done
) &
killer=$!
# shellcheck disable=SC2086
city_talk counter-1 'not the PIN' "$password" 'server is busy' '!:' \
    -- $login >"$LAB_DIR/said" 2>&1 &
talk=$!
lab_wait 15 alarmed
rm "$LAB_DIR/killing"
wait $killer
wait $talk
cat "$LAB_DIR/said"
grep -q 'server is busy' "$LAB_DIR/said"
if grep -q 'is wrong' "$LAB_DIR/said"; then
	exit 1
fi
lab_wait 5 not_alarmed
# What right tries led to stands in their verdicts.
lab_run server sanyosoctl --json audit search --action auth.tried --limit 100 |
	jq -e '[.records[] | select(.outcome != "failed")] | length == 0'

echo "-- verified while the server stops: what comes to no verdict is recorded"
cat >"$LAB_DIR/stopping" <<-END
	sleep 1
	pkill -TERM -x sanyosod
	sleep 1
	pkill -CONT -x sanyoso-hasher
END
# shellcheck disable=SC2086
city_talk counter-1 'not the PIN' '!pkill -STOP -x sanyoso-hasher' \
    '' "not-$password" '' "!sh $LAB_DIR/stopping" -- timeout 10 $login \
    >"$LAB_DIR/said" 2>&1 || true
lab_wait 15 city_server_gone
city_server_start
lab_run server sanyosoctl --json audit search --limit 100 |
	jq -e '[.records[] | {seq, action, outcome, reason, details}] | sort_by(.seq) |
	    (map(.action) | rindex("server.start")) as $start |
	    (.[:$start] | map(.action) | rindex("server.stop")) as $stop |
	    .[$stop + 1:$start] |
	    [.[] | select(.action == "auth.tried" or .action == "auth.expired")] |
	    (map([.action, .outcome]) == [["auth.tried", "deny"], ["auth.expired", "failed"]]) and
	    (.[1].reason == "expired") and (.[1].details | contains("login=suzuki"))'

echo "-- it ends with the server, however that ends"
lab_run server pkill -KILL -x sanyosod
lab_wait 5 hasher_gone
lab_wait 5 city_server_gone
city_server_start
pgrep -x sanyoso-hasher >/dev/null
city_server_stop
hasher_gone

echo "-- none starts: the server does, with an alarm, until one does"
program=$(lab_root server)/usr/libexec/sanyoso/sanyoso-hasher
mv "$program" "$program.away"
lab_start server "$CITY_LOG/sanyosod.log" sanyosod run
lab_wait 20 alarmed
grep -q 'processes that hash passwords did not start' "$CITY_LOG/sanyosod.log"
city_connected counter-1
# shellcheck disable=SC2086
city_talk counter-1 'not the PIN' "$password" 'server is busy' \
    "!mv $program.away $program" -- $login
lab_wait 5 not_alarmed
lab_run server sanyosoctl --json audit search --action auth.tried --limit 100 |
	jq -e '[.records[] | select(.outcome == "deny")] | length == 1'
