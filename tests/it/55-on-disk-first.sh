#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: no verdict is written to a connection before the flush of its commit:
# shown by the system calls of the server.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"
# shellcheck disable=SC2034 # for people.sh
PEOPLE_COUNT=1
# shellcheck source=bench/people.sh disable=SC1091
. "$here/../../bench/people.sh"

people_city p256
# One login at a time: what follows a proof is its own.
pids=$(pgrep -x sanyosod | paste -sd, | sed 's/,/ -p /g')
# shellcheck disable=SC2086 # a list of processes
strace -f -qq -yy -e trace=fsync,fdatasync,read,recvmsg,write,writev,sendmsg,sendto \
    -o "$LAB_DIR/trace" -p $pids &
tracer=$!
sleep 1
people_load login "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" p256 1 1 \
    "$LAB_DIR/allowed" >/dev/null
kill "$tracer"
wait "$tracer" || true

# A request that was read, then a flush of the database's log, then the first
# byte of its answer: so it must be for one request of each login, the proof.
awk '
	/TCP:/ && /read\(|recvmsg\(/ && / = [0-9]+$/ { asked = 1; synced = 0 }
	/(fsync|fdatasync)\(.*sanyoso\.db-wal/ { synced = 1; flushes++ }
	/TCP:/ && /(write|writev|sendmsg|sendto)\(/ && asked {
		answers++; durable += synced; asked = 0
	}
	END { print answers " answers, " durable " after a flush, " flushes " flushes" }
' "$LAB_DIR/trace" | tee "$LAB_DIR/count"
read -r answers _ durable _ <"$LAB_DIR/count"
logins=$(wc -l <"$LAB_DIR/allowed")
echo "$logins logins were allowed"
[ "$logins" -gt 0 ]
[ "$durable" -ge "$logins" ]
# Two answers a login, nonce and verdict (and a few of the handshake).
[ $((answers - durable)) -le $((logins + 8)) ]
