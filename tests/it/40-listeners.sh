#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: what the server's listeners refuse: peers outside the networks before a
# byte is sent (NET-1), old TLS and other algorithms (CRYPT-1), certificates
# that are missing, foreign, expired, unknown or revoked (TERM-1), HTTP that
# two readers could understand differently (VAL-1). Each leaves a record.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"
# shellcheck source=tests/support/certs.sh disable=SC1091
. "$here/../support/certs.sh"

certs_city
S=$CITY_SERVER_IP:$CITY_TERMINALS_PORT
J=$CITY_SERVER_IP:$CITY_JOIN_PORT
HEAD="POST /v1/hello HTTP/1.1\r\nHost: s\r\nSanyoso-Wire: 1\r\n"

# An outsider gets the connection and its end, at once and without a byte.
[ "$(certs_silence outside "$S")" = "0 bytes, closed" ]
[ "$(certs_silence outside "$J")" = "0 bytes, closed" ]
[ "$(certs_silence desk "$S")" = "0 bytes, open" ]

# TLS 1.3, AES-GCM and X25519 or P-256; nothing else.
certs_hello desk joined
certs_hello desk joined -ciphersuites TLS_AES_128_GCM_SHA256
certs_hello desk joined -groups P-256
certs_hello desk joined -tls1_2 && exit 1
certs_hello desk joined -ciphersuites TLS_CHACHA20_POLY1305_SHA256 && exit 1
certs_hello desk joined -groups P-384 && exit 1

# Certificates.
certs_hello desk none && exit 1
certs_hello desk foreign && exit 1
certs_hello desk expired && exit 1
certs_hello desk server && exit 1
[ "$(certs_status desk unknown "${HEAD}Content-Length: 2\r\n\r\n{}")" = 403 ]

# HTTP: each shape is answered with a refusal and the connection ends.
while read -r shape; do
	[ "$(certs_status desk joined "$shape")" = 400 ] || exit 1
done <<-END
	GET /v1/hello HTTP/1.1\r\nHost: s\r\n\r\n
	${HEAD}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}
	${HEAD}Content-Length: 2, 2\r\n\r\n{}
	${HEAD}Content-Length: +2\r\n\r\n{}
	${HEAD}Content-Length : 2\r\n\r\n{}
	${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n
	${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}
	${HEAD}X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}
	${HEAD}X: a\nContent-Length: 2\r\n\r\n{}
END
[ "$(certs_status desk joined "POST /v1/hello HTTP/1.1\r\nHost: s\r\nContent-Length: 0\r\n\r\n")" = 426 ]
# A route exists on its own listener only.
[ "$(certs_status desk joined "${HEAD/hello/join}Content-Length: 2\r\n\r\n{}")" = 404 ]
[ "$(certs_status desk joined "${HEAD/hello/admin\/user\/list}Content-Length: 2\r\n\r\n{}")" = 404 ]

# Revoked: an open connection ends at once, and no new one is of any use.
certs_hold desk joined
lab_run server sanyosoctl terminal revoke desk >/dev/null
certs_held_is_closed
[ "$(certs_status desk joined "${HEAD}Content-Length: 2\r\n\r\n{}")" = 403 ]

sleep 1
for reason in network no-certificate other-ca expired unknown-certificate revoked; do
	lab_run server sanyosoctl audit search --action terminal.refused |
		grep -q "deny *$reason" || { echo "no record: $reason"; exit 1; }
done
lab_run server sanyosoctl audit verify >/dev/null
city_server_stop
