#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: nothing is answered before the flush of its commit: no verdict, no try of
# a password (before it is verified), no session, no stop by an operator; shown
# by the system calls of the server (INT-1, LOCK-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"
# shellcheck disable=SC2034 # for people.sh and city.sh
PEOPLE_COUNT=1 PEOPLE_PASSWORDS=yes CITY_PEOPLE=p256-0
# shellcheck source=bench/people.sh disable=SC1091
. "$here/../../bench/people.sh"

# Follow server, keeper and hashers into $LAB_DIR/trace.
trace()
{
	local pids
	pids=$(pgrep -x 'sanyosod|sanyoso-hasher' | paste -sd, | sed 's/,/ -p /g')
	rm -f "$LAB_DIR/trace"
	# shellcheck disable=SC2086 # a list of processes
	strace -f -qq -yy -o "$LAB_DIR/trace" \
	    -e trace=fsync,fdatasync,read,readv,recvfrom,recvmsg,write,writev,sendmsg,sendto \
	    -p $pids &
	tracer=$!
	sleep 1
}

trace_ends()
{
	kill "$tracer"
	wait "$tracer" || true
}

# flushed SOCKET: for each answer on such a connection, the flushes between the
# bytes that asked for it and its first byte, and how many of these had come
# when a hash was begun ("-": none was).
flushed()
{
	awk -v socket="$1" -v hashers=" $(pgrep -x sanyoso-hasher | paste -sd' ') " '
		/(fsync|fdatasync)\(.*sanyoso\.db-wal/ { at[$1] = 1 }
		/(fsync|fdatasync)( resumed|\().*= 0$/ && at[$1] { flushes++; at[$1] = 0 }
		index(hashers, " " $1 " ") && /(read|readv|recvfrom|recvmsg)( resumed|\().*= [1-9][0-9]*$/ {
			if (asked && begun == "-") begun = flushes
		}
		!index($0, socket) { next }
		/ (read|readv|recvfrom|recvmsg)\(.*= [1-9][0-9]*$/ { asked = 1; flushes = 0; begun = "-" }
		/ (write|writev|sendmsg|sendto)\(/ && asked { print flushes + 0, begun; asked = 0 }
	' "$LAB_DIR/trace"
}

people_city p256
people_policy "card-pin, card+password"
cat >>"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[rule alone]
	zone = internet
	purpose = login
	kind = staff
	require = 1
	allow = password
END
lab_run server pkill -HUP -u sanyosod -x sanyosod
# shellcheck disable=SC2034 # for city.sh
CITY_ZONE=internet
city_terminal counter-1 10.99.0.11 1
root=$(lab_root counter-1)
sed -i 's/^session.*/session required pam_sanyoso.so/' "$root/etc/pam.d/$CITY_SERVICE"

# One login at a time: what follows a proof is its own.
trace
people_load login "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" p256 1 1 \
    "$LAB_DIR/allowed" >/dev/null
trace_ends
flushed TCP: >"$LAB_DIR/answers"
answers=$(wc -l <"$LAB_DIR/answers")
durable=$(grep -cv '^0' "$LAB_DIR/answers" || true)
logins=$(wc -l <"$LAB_DIR/allowed")
echo "$logins logins were allowed, $answers answers, $durable after a flush"
[ "$logins" -gt 0 ]
[ "$durable" -ge "$logins" ]
# Two answers a login, nonce and verdict (and a few of the handshake).
[ $((answers - durable)) -le $((logins + 8)) ]

echo "-- a wrong password, and the right one: debit, hash, verdict; then the session"
trace
printf 'Wrong-guess-7\n%s\n' "$PEOPLE_PASSWORD" |
	lab_run counter-1 pamtester "$CITY_SERVICE" p256-0 authenticate acct_mgmt open_session
trace_ends
flushed TCP: | tee "$LAB_DIR/answers"
# Each try was debited, then hashed, then settled or decided.
[ "$(awk '$2 != "-" && $2 >= 1 && $1 > $2' "$LAB_DIR/answers" | wc -l)" = 2 ]
[ "$(awk '$2 == 0' "$LAB_DIR/answers" | wc -l)" = 0 ]
# The last one is that of the session.
[ "$(tail -n 1 "$LAB_DIR/answers" | cut -d' ' -f1)" -ge 1 ]
lab_run server sanyosoctl audit search --action session.open | grep counter-1

echo "-- an operator's stop"
trace
lab_run server sanyosoctl token lost token:1 --basis "届 1"
trace_ends
connection=$(grep -m1 'POST /v1/admin/token/lost' "$LAB_DIR/trace" | grep -o 'UNIX-STREAM:[^]]*]')
flushed "$connection" | tee "$LAB_DIR/answers"
[ "$(wc -l <"$LAB_DIR/answers")" -ge 1 ]
[ "$(grep -c '^0' "$LAB_DIR/answers")" = 0 ]
