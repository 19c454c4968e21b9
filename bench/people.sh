# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# People whose cards are key files, at a terminal without readers: for load,
# where a real reader would be the narrow place. Source it after city.sh.

PEOPLE_DIR=$LAB_DIR/people
PEOPLE_TERMINAL=bench-1
PEOPLE_COUNT=${PEOPLE_COUNT:-16}
# The lab's own address, from which the load comes.
PEOPLE_IP=10.99.0.250
PEOPLE_PASSWORD='Kita-3 no machi!'
# The bare path stands where the server does, behind the same switch.
PEOPLE_BARE=$CITY_SERVER_IP:9443
# One terminal stands for all of them here.
# shellcheck disable=SC2034 # for city.sh
CITY_SERVER_MORE=$'[limits]\nterminal_transactions = 1024\nterminal_begins = 1000000'

# people_keys ALG: keys and certificates of the people ALG-0, ALG-1, ...
people_keys()
{
	local alg=$1 i base opts
	case $alg in
	p256) opts="-algorithm EC -pkeyopt ec_paramgen_curve:P-256" ;;
	rsa2048) opts="-algorithm RSA -pkeyopt rsa_keygen_bits:2048" ;;
	esac
	for ((i = 0; i < PEOPLE_COUNT; i++)); do
		base=$PEOPLE_DIR/$alg-$i
		# shellcheck disable=SC2086 # a list of options
		openssl genpkey $opts -out "$base.key.pem" 2>/dev/null
		openssl pkey -in "$base.key.pem" -pubout -outform DER \
		    -out "$base.spki.der"
		[ "${PEOPLE_CARDS:-}" != there ] || continue
		openssl req -new -key "$base.key.pem" -subj "/CN=$alg-$i" |
			openssl x509 -req -CA "$PEOPLE_DIR/card-ca.pem" \
			    -CAkey "$PEOPLE_DIR/card-ca.key" -days 30 \
			    -outform DER -out "$base.crt.der" -extfile \
			    <(echo keyUsage=critical,digitalSignature) 2>/dev/null
	done
}

# Those with passwords are there already, see people_crowd.
people_known()
{
	lab_run server sanyosoctl user show "$1" >/dev/null 2>&1
}

# Where PEOPLE_KINDS is "mixed", every other one is an operator: a policy can
# want something else of them.
people_kind()
{
	[ "${PEOPLE_KINDS:-}" = mixed ] && [ $(($1 % 2)) = 1 ] &&
		echo operator || echo staff
}

# people_policy ALLOW: what staff is let in with; operators with their cards.
people_policy()
{
	cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
		[policy]
		name = load
		[rule staff]
		zone = mynumber
		purpose = login unlock
		kind = staff
		require = 2
		allow = $1
		[rule operators]
		zone = mynumber
		purpose = login unlock
		kind = operator
		require = 2
		allow = card-pin
	END
}

people_enroll()
{
	local i login
	for ((i = 0; i < PEOPLE_COUNT; i++)); do
		login=$1-$i
		people_known "$login" ||
			lab_run server sanyosoctl user add "$login" \
			    --name "$login" --basis load \
			    --kind "$(people_kind "$i")" >/dev/null
		lab_run server sanyosoctl --json token invite "$login" \
		    --terminal "$PEOPLE_TERMINAL" --basis load | jq -r .code |
			"$CITY_BUILD/bench/terminal" enroll \
			    "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" \
			    "$CITY_SERVER" "$PEOPLE_DIR/ca.pem" \
			    "$PEOPLE_DIR/terminal.pem" "$PEOPLE_TERMINAL" \
			    "$PEOPLE_DIR/$login"
	done
}

# people_join TERMINAL FILE: it joins; its certificate and key into FILE.
people_join()
{
	lab_run server sanyosoctl --json terminal invite "$1" \
	    --zone "${PEOPLE_ZONE:-mynumber}" | jq -r .code |
		"$CITY_BUILD/bench/terminal" join \
		    "$CITY_SERVER_IP:$CITY_JOIN_PORT" "$CITY_SERVER" \
		    "$PEOPLE_DIR/ca.pem" "$2"
}

# people_terminals COUNT: so many in all. They are listed in the file terminals
# of PEOPLE_DIR, each with the file of its certificate and key.
people_terminals()
{
	local i
	echo "$PEOPLE_TERMINAL $PEOPLE_DIR/terminal.pem" \
	    >"$PEOPLE_DIR/terminals"
	for ((i = 2; i <= $1; i++)); do
		people_join "bench-$i" "$PEOPLE_DIR/terminal-$i.pem"
		echo "bench-$i $PEOPLE_DIR/terminal-$i.pem"
	done >>"$PEOPLE_DIR/terminals"
}

# people_city ALG...: a server, a joined terminal, enrolled people.
people_city()
{
	local alg
	mkdir -p "$PEOPLE_DIR"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$PEOPLE_DIR/card-ca.key" -out "$PEOPLE_DIR/card-ca.pem" \
	    -days 30 -subj "/CN=Load Card CA" \
	    -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
	mkdir -p "$CITY_CARDS/jpki-ca" "$CITY_CARDS/city-ca"
	cp "$PEOPLE_DIR/card-ca.pem" "$CITY_CARDS/jpki-ca/ca.crt"
	cp "$PEOPLE_DIR/card-ca.pem" "$CITY_CARDS/city-ca/ca.crt"
	ip addr add "$PEOPLE_IP/24" dev lab
	city_server
	cp "$(lab_root server)/var/lib/sanyoso/server/keeper/ca.crt" \
	    "$PEOPLE_DIR/ca.pem"
	people_join "$PEOPLE_TERMINAL" "$PEOPLE_DIR/terminal.pem"
	for alg; do
		people_keys "$alg"
		[ "${PEOPLE_PASSWORDS:-no}" = no ] ||
			people_crowd "$alg" "$PEOPLE_COUNT"
		[ "${PEOPLE_CARDS:-}" = there ] || people_enroll "$alg"
	done
}

# people_crowd PREFIX COUNT: so many people more, all with PEOPLE_PASSWORD (its
# hash of PEOPLE_MEMORY MiB), and with the keys of people_keys as FIDO2 keys
# where PEOPLE_FIDO2 is "yes", as cards where PEOPLE_CARDS is "there"; the
# server stands still meanwhile.
people_crowd()
{
	local root device=
	root=$(lab_root server)
	city_server_stop
	install -m 0755 "$CITY_BUILD/bench/populate" "$root/usr/sbin/populate"
	[ -z "${PEOPLE_FIDO2:-}" ] || device=keys
	[ "${PEOPLE_CARDS:-}" != there ] || device=cards
	if [ -n "$device" ]; then
		mkdir -p "$root/people"
		cp "$PEOPLE_DIR/$1"-*.spki.der "$root/people/"
		chmod -R a+rX "$root/people"
	fi
	printf '%s\n' "$PEOPLE_PASSWORD" |
		lab_run server populate "" "$CITY_SERVER" "$1" "$2" \
		    ${PEOPLE_KINDS:+"$PEOPLE_KINDS"} \
		    ${PEOPLE_MEMORY:+"memory=$PEOPLE_MEMORY"} \
		    ${device:+"$device=/people"}
	city_server_start
}

# The server's own process; the keeper of the same name has another user, whom
# only that machine knows.
people_server_pid()
{
	lab_run server pgrep -o -u sanyosod -x sanyosod
}

# people_beside COMMAND...: in the server's network, with this machine's files.
people_beside()
{
	exec nsenter --net=/run/netns/server -- "$@"
}

# people_bare ALG: the bare path for their keys, with the server's certificate,
# its network and its disk; PEOPLE_PRELOAD is put under it.
people_bare()
{
	local i spki=()
	for ((i = 0; i < PEOPLE_COUNT; i++)); do
		spki+=("$PEOPLE_DIR/$1-$i.spki.der")
	done
	rm -f "$CITY_BUILD"/bench-data/bare.db*
	LD_PRELOAD=${PEOPLE_PRELOAD:-} people_beside \
	    "$CITY_BUILD/bench/bare" "$PEOPLE_BARE" \
	    "$PEOPLE_DIR/ca.pem" \
	    "$(lab_root server)/var/lib/sanyoso/server/tls.pem" \
	    "$CITY_BUILD/bench-data/bare.db" "${spki[@]}" &
	# shellcheck disable=SC2034 # for the caller
	PEOPLE_BARE_PID=$!
	sleep 0.3
}

# people_load login|password|key|bare|bare-twice ADDRESS ALG FLIGHT SECONDS ALLOWED-FILE|- [PID,...]
people_load()
{
	local i paths=()
	for ((i = 0; i < PEOPLE_COUNT; i++)); do
		paths+=("$PEOPLE_DIR/$3-$i")
	done
	"$CITY_BUILD/bench/load" "$1" "$2" "$CITY_SERVER" "$PEOPLE_TERMINAL" \
	    "$PEOPLE_DIR/ca.pem" "$PEOPLE_DIR/terminal.pem" "$4" "$5" "$6" \
	    "${7:--}" "${paths[@]}" <<<"$PEOPLE_PASSWORD"
}

people_middle()
{
	bench_median <"$WORK/$1"
}

# people_versus NAME login|key ALG FLIGHT DISK: one line of the table: rounds by
# turns, ours, the bare path, and that with a round trip before it, into WORK.
people_versus()
{
	local name=$1 how=$2 alg=$3 flight=$4 disk=$5 round mine bare twice
	rm -f "$WORK"/*
	people_bare "$alg"
	for ((round = 0; round < ROUNDS; round++)); do
		mine=$(people_load "$how" "$CITY_SERVER_IP:$CITY_TERMINALS_PORT" "$alg" \
		    "$flight" "$SECONDS_EACH" - "$(pgrep -d, "^sanyosod")")
		bare=$(people_load bare "$PEOPLE_BARE" "$alg" "$flight" \
		    "$SECONDS_EACH" - "$PEOPLE_BARE_PID")
		twice=$(people_load bare-twice "$PEOPLE_BARE" "$alg" "$flight" \
		    "$SECONDS_EACH" - "$PEOPLE_BARE_PID")
		jq .rate <<<"$mine" >>"$WORK/mine"
		jq .p99_us <<<"$mine" >>"$WORK/p99"
		jq .server_us <<<"$mine" >>"$WORK/mine_cpu"
		jq .server_us <<<"$bare" >>"$WORK/bare_cpu"
		jq .client_us <<<"$mine" >>"$WORK/mine_load"
		jq .client_us <<<"$bare" >>"$WORK/bare_load"
		jq .rate <<<"$bare" >>"$WORK/bare"
		echo "$mine $bare" | jq -s '.[0].rate / .[1].rate' >>"$WORK/ratio"
		echo "$mine $twice" | jq -s '.[0].rate / .[1].rate' >>"$WORK/twice"
	done
	kill "$PEOPLE_BARE_PID"
	wait "$PEOPLE_BARE_PID" 2>/dev/null || true
	bench_tell "$name/$alg/$flight/$disk" "$(people_middle mine)" /s \
	    "$(people_middle bare)" \
	    "$(people_middle ratio | cut -c1-5)" \
	    "p99 $(people_middle p99) us; CPU a login, ours and bare: server $(
		people_middle mine_cpu) and $(people_middle bare_cpu) us, load generator $(
		people_middle mine_load) and $(people_middle bare_load) us; beside the bare path with two round trips $(
		people_middle twice | cut -c1-5)"
}
