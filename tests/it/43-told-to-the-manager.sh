#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: server and agent tell the service manager when they serve and when they
# stop; a policy that is refused changes nothing; and a server whose database
# others could reach does not start (VAL-1, CRED-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

# manager MACHINE SOCKET: listens there; what it hears stands in $LAB_DIR/MACHINE.
manager()
{
	local root
	root=$(lab_root "$1")
	python3 "$here/../support/manager.py" "$root/run/notify" "$root$2" \
	    "$LAB_DIR/$1.told" &
	lab_wait 5 test -S "$root/run/notify"
}

# told MACHINE PID LINE...: exactly this was told, by the main process.
told()
{
	lab_wait 5 is_told "$@" || { cat "$LAB_DIR/$1.told"; return 1; }
}

is_told()
{
	local file=$LAB_DIR/$1.told pid=$2 line
	shift 2
	for line; do echo "$pid $line"; done | diff "$file" -
}

status() { lab_run server sanyosoctl --json status; }
alarmed() { status | lab_holds .alarm; }
calm() { status | lab_holds '.alarm == null'; }
main_of() { pgrep -o -x "$1"; }
# shellcheck disable=SC2034 # for lab_run
listened() { LAB_ENV="NOTIFY_SOCKET=/run/notify" "$@"; }

city_issuers
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test
city_hand counter-1 taro
city_enroll counter-1 tanaka taro 246802
city_server_stop
lab_run counter-1 pkill -TERM -x sanyoso-agent
manager server /run/sanyoso/server/admin.sock
manager counter-1 /run/sanyoso/agent/agent.sock

echo "-- a server whose files are open to others says what, and is never ready"
state=$(lab_root server)/var/lib/sanyoso/server
# refused FILE COMMAND...: after it; "-" undoes.
refused()
{
	local file=$1
	shift
	"$@" "$file"
	if lab_run server sanyosod run 2>"$LAB_DIR/said"; then exit 1; fi
	cat "$LAB_DIR/said"
	grep -q "can't start: ${file#"$(lab_root server)"}: .*perm" "$LAB_DIR/said"
}
owner=$(stat -c %u "$state/sanyoso.db")
refused "$state/sanyoso.db" chmod 0640
chmod 0600 "$state/sanyoso.db"
refused "$state/sanyoso.db" chown root
chown "$owner" "$state/sanyoso.db"
for beside in -wal -shm -journal; do
	touch "$state/sanyoso.db$beside"
	refused "$state/sanyoso.db$beside" chmod 0600
	rm "$state/sanyoso.db$beside"
done
refused "$state" chmod 0777
refused "$state" chown 65534
chown root "$state"
chmod 1770 "$state"
test ! -e "$LAB_DIR/server.told"

echo "-- ready, when it serves"
listened city_server_start
told server "$(main_of sanyosod)" "READY=1 serving"
listened city_agent_start counter-1
told counter-1 "$(main_of sanyoso-agent)" "READY=1 serving"
city_login counter-1 tanaka taro 246802

echo "-- a policy that is refused changes nothing"
policy=$(lab_root server)/etc/sanyoso/policy.conf
before=$(status | jq -r .policy)
server=$(main_of sanyosod)
cp "$policy" "$LAB_DIR/policy"
cat >"$policy" <<-END
	[policy]
	name = one factor is enough
	[rule all]
	zone = mynumber
	purpose = login
	kind = staff
	require = 2
	allow = password
END
kill -HUP "$server"
lab_wait 10 alarmed
[ "$(status | jq -r .policy)" = "$before" ]
lab_run server sanyosoctl audit search --action policy.refused | grep 'alarm'
city_login counter-1 tanaka taro 246802
printf 'no policy\n' >"$policy"
kill -HUP "$server"
sleep 1
[ "$(status | jq -r .policy)" = "$before" ]
city_login counter-1 tanaka taro 246802

echo "-- a good one is in force, and the alarm is over"
sed 's/^name = .*/name = another/' "$LAB_DIR/policy" >"$policy"
kill -HUP "$server"
lab_wait 10 calm
[ "$(status | jq -r .policy)" = another ]
city_login counter-1 tanaka taro 246802
told server "$server" "READY=1 serving"

echo "-- stopping, once"
agent=$(main_of sanyoso-agent)
kill -TERM "$server" "$agent"
lab_wait 20 city_server_gone
told server "$server" "READY=1 serving" STOPPING=1
told counter-1 "$agent" "READY=1 serving" STOPPING=1
