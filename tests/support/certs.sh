# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Clients with all sorts of certificates, for tests of the server's listeners.
# Source it after city.sh. Two machines: "desk" is inside the networks that the
# server serves, "outside" is not.

CERTS=$LAB_DIR/certs

certs_city()
{
	city_issuers
	city_server
	sed -i 's,^networks = .*,networks = 10.99.0.0/28,' \
	    "$(lab_root server)/etc/sanyoso/server.conf"
	city_server_stop
	city_server_start
	lab_machine desk 10.99.0.11
	lab_machine outside 10.99.0.50
	lab_install desk "$CITY_BUILD"
	city_join desk
	certs_make
}

# NAME.pem holds key and certificate.
certs_make()
{
	local keeper
	keeper=$(lab_root server)/var/lib/sanyoso/server/keeper
	mkdir -p "$CERTS"
	cp "$(lab_root desk)/var/lib/sanyoso/agent/identity.pem" "$CERTS/joined.pem"
	: >"$CERTS/none.pem"
	certs_new foreign
	openssl x509 -req -in "$CERTS/foreign.csr" -signkey "$CERTS/foreign.key" \
	    -days 30 -out "$CERTS/foreign.crt" 2>/dev/null
	certs_new unknown
	certs_sign "$keeper" unknown clientAuth -days 30
	certs_new expired
	certs_sign "$keeper" expired clientAuth \
	    -startdate 20200101000000Z -enddate 20200201000000Z
	certs_new server
	certs_sign "$keeper" server serverAuth -days 30
	for name in foreign unknown expired server; do
		cat "$CERTS/$name.key" "$CERTS/$name.crt" >"$CERTS/$name.pem"
	done
	mkdir -p "$(lab_root desk)/certs"
	cp "$CERTS"/*.pem "$keeper/ca.crt" "$(lab_root desk)/certs/"
}

certs_new()
{
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$CERTS/$1.key" -out "$CERTS/$1.csr" -subj "/CN=$1" 2>/dev/null
}

# certs_sign KEEPER NAME USAGE DATES...: as the real CA would sign.
certs_sign()
{
	local keeper=$1 name=$2 usage=$3
	shift 3
	: >"$CERTS/index.txt"
	cat >"$CERTS/ca.cnf" <<-END
		[ca]
		default_ca = this
		[this]
		database = $CERTS/index.txt
		new_certs_dir = $CERTS
		rand_serial = yes
		default_md = sha256
		policy = any
		x509_extensions = usage
		[any]
		commonName = supplied
		[usage]
		keyUsage = critical,digitalSignature
		extendedKeyUsage = $usage
	END
	openssl ca -batch -notext -config "$CERTS/ca.cnf" -cert "$keeper/ca.crt" \
	    -keyfile "$keeper/ca.pem" -in "$CERTS/$name.csr" \
	    -out "$CERTS/$name.crt" "$@" 2>/dev/null
}

# certs_silence MACHINE ADDRESS:PORT: what comes without a word from us.
certs_silence()
{
	local bytes status=0
	bytes=$(lab_run "$1" timeout 2 bash -c \
	    "exec 3<>/dev/tcp/${2/:/\/}; cat <&3 | wc -c; exit \${PIPESTATUS[0]}") ||
		status=$?
	if [ "$status" = 124 ]; then
		echo "0 bytes, open"
	else
		echo "$bytes bytes, closed"
	fi
}

# certs_talk MACHINE CERTIFICATE OPTION...: standard input to the terminals'
# listener through TLS, the answer to standard output.
certs_talk()
{
	local machine=$1 cert=$2
	shift 2
	[ "$cert" = none ] || set -- -cert "/certs/$cert.pem" -key "/certs/$cert.pem" "$@"
	lab_run "$machine" timeout 5 openssl s_client -quiet -no_ign_eof \
	    -verify_return_error -CAfile /certs/ca.crt \
	    -verify_hostname "$CITY_SERVER" \
	    -connect "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" "$@" 2>/dev/null
}

# certs_status MACHINE CERTIFICATE REQUEST [OPTION...]: the status of the
# answer. The request ends the connection or is answered and left open.
certs_status()
{
	local machine=$1 cert=$2 request=$3
	shift 3
	{
		# shellcheck disable=SC2059 # the request is the format
		printf "$request"
		sleep 0.3
	} | certs_talk "$machine" "$cert" "$@" | sed -n '1s/^HTTP.1.1 \([0-9]*\).*/\1/p'
}

# certs_hello MACHINE CERTIFICATE [OPTION...]: whether this client is served.
certs_hello()
{
	local machine=$1 cert=$2
	shift 2
	[ "$(certs_status "$machine" "$cert" \
	    "POST /v1/hello HTTP/1.1\r\nHost: s\r\nSanyoso-Wire: 1\r\nContent-Length: 13\r\n\r\n{\"agent\":\"1\"}" \
	    "$@")" = 200 ]
}

# Keep a connection open on which a request was answered.
certs_hold()
{
	{
		printf 'POST /v1/hello HTTP/1.1\r\nHost: s\r\nSanyoso-Wire: 1\r\nContent-Length: 13\r\n\r\n{"agent":"1"}'
		sleep 20
	} | lab_run "$1" timeout 20 openssl s_client -quiet \
	    -cert "/certs/$2.pem" -key "/certs/$2.pem" \
	    -connect "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" \
	    >"$CERTS/held" 2>/dev/null &
	CERTS_HELD=$!
	lab_wait 5 grep -q 'HTTP/1.1 200' "$CERTS/held"
}

certs_held_is_closed()
{
	lab_wait 3 certs_no_connection
	kill "$CERTS_HELD" 2>/dev/null || true
}

certs_no_connection()
{
	! lab_run server ss -Htn state established "( sport = :$CITY_TERMINALS_PORT )" |
		grep -q .
}
