#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: server and terminal renew their certificates before the end, and serve
# and are served with the new ones (TERM-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"
faketime=$(find /usr/lib -name libfaketime.so.1 -print -quit)
[ -n "$faketime" ] || {
	echo "skipped: faketime is not installed"
	exit 77
}

city_issuers
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test
city_hand counter-1 taro
city_enroll counter-1 tanaka taro 246802
state=$(lab_root server)/var/lib/sanyoso/server

# server_cert NAME DAYS: as the server's own CA would have issued it.
server_cert()
{
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$LAB_DIR/tls.key" -out "$LAB_DIR/tls.csr" -subj "/CN=$1" 2>/dev/null
	openssl x509 -req -in "$LAB_DIR/tls.csr" -CA "$state/keeper/ca.crt" \
	    -CAkey "$state/keeper/ca.pem" -days "$2" -out "$LAB_DIR/tls.crt" \
	    -extfile <(printf '%s\n' "subjectAltName=DNS:$1" \
		keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth) 2>/dev/null
	cat "$LAB_DIR/tls.key" "$LAB_DIR/tls.crt" >"$state/tls.pem"
}

# What a terminal is shown: serial number, and whether it is good for DAYS more.
shown()
{
	lab_run counter-1 openssl s_client -verify_return_error \
	    -CAfile /tmp/ca.crt -verify_hostname "$CITY_SERVER" \
	    -connect "$CITY_SERVER_IP:$CITY_JOIN_PORT" </dev/null 2>/dev/null |
		openssl x509 -noout "$@"
}
shows_for() { shown -checkend $(($1 * 86400)); }
serial() { shown -serial; }
cp "$state/keeper/ca.crt" "$(lab_root counter-1)/tmp/ca.crt"
shows_for 390

echo "-- the server, of whose certificate less than a third is left"
city_server_stop
server_cert "$CITY_SERVER" 130
before=$(openssl x509 -in "$state/tls.pem" -noout -serial)
city_server_start
shows_for 390
[ "$(serial)" != "$before" ]
grep -q 'has a new certificate' "$CITY_LOG/sanyosod.log"
city_connected counter-1
city_login counter-1 tanaka taro 246802

echo "-- one that has more left is kept, one of another name is not"
city_server_stop
server_cert "$CITY_SERVER" 134
before=$(openssl x509 -in "$state/tls.pem" -noout -serial)
city_server_start
[ "$(serial)" = "$before" ]
city_server_stop
server_cert former.city.example 390
city_server_start
shows_for 396
city_connected counter-1

echo "-- the terminal, when two thirds of its certificate's life are over"
identity=$(lab_root counter-1)/var/lib/sanyoso/agent/identity.pem
before=$(openssl x509 -in "$identity" -noout -serial)
agent_at() # DAYS from now
{
	lab_run counter-1 pkill -TERM -x sanyoso-agent
	lab_wait 10 agent_gone
	# shellcheck disable=SC2034 # for lab_run
	LAB_ENV="LD_PRELOAD=$faketime FAKETIME=+$1d FAKETIME_DONT_FAKE_MONOTONIC=1" \
	    city_agent_start counter-1
}
agent_gone() { ! lab_run counter-1 pgrep -x sanyoso-agent; }
renewed() { [ "$(openssl x509 -in "$identity" -noout -serial)" != "$before" ]; }
agent_at 59
sleep 8
renewed && exit 1
agent_at 61
lab_wait 15 renewed
lab_run server sanyosoctl audit search --action terminal.renew | grep counter-1
openssl x509 -in "$identity" -noout -checkend $((89 * 86400))
city_connected counter-1

echo "-- and goes on with the new one, after a restart too"
city_login counter-1 tanaka taro 246802
agent_at 0
city_connected counter-1
city_login counter-1 tanaka taro 246802
lab_run server sanyosoctl audit verify
