# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A small city for demonstrations and end-to-end tests: one server, terminals
# with card readers, people with cards. Source it after lab.sh, inside the lab.
#
#   CITY_BUILD     build directory with the programs and tests/vcard/vcard
#   CITY_LOG       where logs go
#   CITY_ZONE      zone of the terminals (mynumber)
#   CITY_PEOPLE    who has a Unix account at every terminal
#   CITY_SERVER_MORE  further lines of the server's configuration
#
# Functions either do what they say or return non-zero. Server and terminals
# have fixed addresses; names are those of their certificates.

CITY_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CITY_SERVER=server.city.example
CITY_SERVER_IP=10.99.0.1
CITY_TERMINALS_PORT=8443
CITY_JOIN_PORT=8444
CITY_CARDS=$LAB_DIR/cards
CITY_LOG=${CITY_LOG:-$LAB_DIR}
mkdir -p "$CITY_LOG"
CITY_SERVICE=sanyoso-login
VCARD=$CITY_BUILD/tests/vcard/vcard
TALK=$CITY_HERE/talk.exp
# What a person reads, in either language.
# shellcheck disable=SC2034 # for the caller
{
	SAYS_INSERT='nsert your card|カードを.*(入|置|差)'
	SAYS_PIN='PIN[^:]*: |暗証番号[^:：]*[:：]'
	SAYS_GONE='taken out|取り出されました|properly|読み取れません'
	SAYS_CODE='ode: |コード[:：]'
	SAYS_OTHERS='not for this login|このカードではログインできません'
	SAYS_PASSWORD='(^|[^w] )[Pp]assword[^:]*: |パスワード[^:：]*[:：]'
	SAYS_NEW_PASSWORD='New password: |新しいパスワード[:：]'
	SAYS_NEW_AGAIN='once more: |（確認）[:：]'
	SAYS_BROKEN='too short|name|personal|短|氏名'
	SAYS_LAST_LOGIN='[Ll]ast login|前回のログイン|前回ログイン'
	SAYS_LOCKED='locked|ロックされ'
	SAYS_KEY='onnect your security key|セキュリティキーを接続'
	SAYS_KEY_PIN='(^|[^w] )PIN of the security key[^:]*: |(^|[^い])セキュリティキーの暗証番号[^:：]*[:：]'
	SAYS_KEY_NEW_PIN='New PIN of the security key: |新しい暗証番号[:：]'
	SAYS_KEY_NEW_AGAIN='New PIN of the security key, once|新しい暗証番号（(もう一度|確認)）[:：]'
	SAYS_KEPT='last one is kept|最後の1回'
	SAYS_KEY_STOPPED='key was stopped|複製'
	SAYS_KEY_OTHERS='key is not for this login|このセキュリティキーではログインできません'
}
# What people read on these machines.
if [ "${CITY_LANGUAGE:-en}" = ja ]; then
	LAB_ENV="LANGUAGE=ja ${LAB_ENV:-}"
fi
# shellcheck source=tests/support/pcscd.sh disable=SC1091
. "$CITY_HERE/pcscd.sh"

# Issuers of cards: one for My Number cards, one for the city's own.
city_issuers()
{
	mkdir -p "$CITY_CARDS"
	"$VCARD" ca --dir "$CITY_CARDS/jpki-ca" --alg rsa2048 \
	    --subject "/C=JP/O=JPKI/CN=Test JPKI CA" >/dev/null &&
	"$VCARD" ca --dir "$CITY_CARDS/city-ca" --alg p256 \
	    --subject "/C=JP/O=City/CN=City Card CA" >/dev/null
}

# city_card NAME TYPE [VCARD OPTIONS...]: a card that lies on a desk.
city_card()
{
	local name=$1 type=$2 ca=city-ca
	shift 2
	[ "$type" = jpki ] && ca=jpki-ca
	"$VCARD" create --dir "$CITY_CARDS/$name" --type "$type" \
	    --ca "$CITY_CARDS/$ca" "$@" >/dev/null
}

# Server: installed, first set-up done, running.
city_server()
{
	local root
	root=$(lab_root server)
	[ -d "$root" ] || lab_machine server "$CITY_SERVER_IP"
	lab_install server "$CITY_BUILD" || return 1
	lab_run server sanyosod init --name "$CITY_SERVER" \
	    >"$CITY_LOG/server-init.log" 2>&1 || return 1
	install -m 0644 "$CITY_CARDS/jpki-ca/ca.crt" "$root/etc/sanyoso/jpki-ca.pem"
	install -m 0644 "$CITY_CARDS/city-ca/ca.crt" "$root/etc/sanyoso/city-ca.pem"
	city_server_conf >"$root/etc/sanyoso/server.conf"
	city_server_start
}

city_server_conf()
{
	cat <<-END
		[server]
		name = $CITY_SERVER
		[terminals]
		listen = $CITY_SERVER_IP:$CITY_TERMINALS_PORT
		networks = 10.99.0.0/24
		[join]
		listen = $CITY_SERVER_IP:$CITY_JOIN_PORT
		networks = 10.99.0.0/24
		[cards jpki]
		ca = /etc/sanyoso/jpki-ca.pem
		[cards piv]
		ca = /etc/sanyoso/city-ca.pem
		${CITY_SERVER_MORE:-}
	END
}

city_server_start()
{
	lab_start server "$CITY_LOG/sanyosod.log" sanyosod run
	# shellcheck disable=SC2034 # for the caller
	CITY_SERVER_PID=$LAB_PID
	lab_wait 20 lab_run server sanyosoctl status
}

# city_connected TERMINAL: until its agent has a connection to the server.
city_connected()
{
	lab_wait 20 city_is_connected "$1"
}

city_is_connected()
{
	lab_run server sanyosoctl --json terminal show "$1" |
	    lab_holds .connected
}

# Stop it in order (drain) and wait for its end.
city_server_stop()
{
	lab_run server pkill -TERM -x sanyosod
	lab_wait 20 city_server_gone
}

city_server_gone()
{
	! lab_run server pgrep -x sanyosod
}

# city_terminal NAME IPV4 [READERS]: installed, joined, running, with readers.
city_terminal()
{
	local name=$1 root
	lab_machine "$name" "$2"
	root=$(lab_root "$name")
	lab_install "$name" "$CITY_BUILD" || return 1
	city_accounts "$name" || return 1
	city_pam "$root"
	city_readers "$name" "${3:-2}" || return 1
	city_join "$name" || return 1
	city_agent_start "$name"
}

# The Unix accounts of the city's people, which come from the site.
city_accounts()
{
	local login
	for login in ${CITY_PEOPLE:-suzuki tanaka tanaka2 tanaka-visible}; do
		lab_run "$1" id "$login" >/dev/null 2>&1 ||
			lab_run "$1" useradd --no-create-home "$login" || return 1
	done
}

city_pam()
{
	cat >"$1/etc/pam.d/$CITY_SERVICE" <<-END
		auth     required  pam_sanyoso.so
		account  required  pam_sanyoso.so
		session  required  pam_permit.so
	END
}

city_readers()
{
	# shellcheck disable=SC2034 # for pcscd.sh
	PCSCD_IN="lab_run $1"
	# shellcheck disable=SC2034
	PCSCD_ROOT=$(lab_root "$1")
	# shellcheck disable=SC2034
	PCSCD_LOG=$CITY_LOG/pcscd-$1.log
	pcscd_start "$2" && pcscd_group sanyoso-worker
}

# The invitation's code goes from the server to the terminal, never over argv.
city_join()
{
	local name=$1
	mkdir -p "$(lab_root "$name")/etc/sanyoso"
	printf '[agent]\nlanguage = %s\n[server]\naddresses = %s:%s\n' \
	    "${CITY_LANGUAGE:-en}" "$CITY_SERVER_IP" "$CITY_TERMINALS_PORT" \
	    >"$(lab_root "$name")/etc/sanyoso/agent.conf"
	lab_run server sanyosoctl --json terminal invite "$name" --zone "${CITY_ZONE:-mynumber}" |
	    jq -r .code |
	    lab_run "$name" sanyoso-agent join \
		--server "$CITY_SERVER_IP:$CITY_JOIN_PORT" --code-fd 0
}

city_agent_start()
{
	# One that was killed left its socket there.
	rm -f "$(lab_root "$1")/run/sanyoso/agent/agent.sock"
	lab_start "$1" "$CITY_LOG/agent-$1.log" sanyoso-agent run
	lab_wait 10 test -S "$(lab_root "$1")/run/sanyoso/agent/agent.sock"
}

# city_hand TERMINAL CARD [SLOT]: bring the card to the terminal's desk; it is
# put in with city_insert. The card's process lives in the terminal's network.
city_hand()
{
	nsenter --net="/run/netns/$1" "$VCARD" run --dir "$CITY_CARDS/$2" \
	    --port $((35963 + ${3:-0})) >>"$CITY_LOG/card-$2.log" 2>&1 </dev/null &
	lab_wait 5 "$VCARD" ctl --dir "$CITY_CARDS/$2" status
}

city_insert()
{
	"$VCARD" ctl --dir "$CITY_CARDS/$1" insert >/dev/null
}

# The virtual reader looks for its card every 0.4 seconds.
city_remove()
{
	"$VCARD" ctl --dir "$CITY_CARDS/$1" remove >/dev/null
	sleep 1
}

city_ctl()
{
	"$VCARD" ctl --dir "$CITY_CARDS/$1" "${@:2}"
}

# city_enroll TERMINAL LOGIN CARD PIN: invitation, code and card in one visit.
city_enroll()
{
	local code
	code=$(lab_run server sanyosoctl --json token invite "$2" \
	    --terminal "$1" --basis "application 2026-001" | jq -r .code) ||
		return 1
	city_talk "$1" "$SAYS_CODE" "$code" \
	    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/$3 insert >/dev/null" \
	    "$SAYS_PIN" "$4" -- sanyosoctl token enroll "$2"
	local status=$?
	city_remove "$3"
	return "$status"
}

# city_enroll_open TERMINAL LOGIN CARD: the key that needs no PIN, for logins
# with a password beside it.
city_enroll_open()
{
	local code
	code=$(lab_run server sanyosoctl --json token invite "$2" --method card \
	    --terminal "$1" --basis "application 2026-001" | jq -r .code) ||
		return 1
	city_talk "$1" "$SAYS_CODE" "$code" \
	    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/$3 insert >/dev/null" \
	    -- sanyosoctl token enroll "$2"
	local status=$?
	city_remove "$3"
	return "$status"
}

# city_password_reset LOGIN BASIS: prints the temporary password.
city_password_reset()
{
	lab_run server sanyosoctl --json user password-reset "$1" --basis "$2" |
		jq -r .code
}

# city_shipped_pam TERMINAL SERVICE...: the PAM files as they are shipped.
city_shipped_pam()
{
	local root service
	root=$(lab_root "$1")
	for service in "${@:2}"; do
		install -m 0644 \
		    "$root/usr/share/doc/sanyoso/examples/pam.d/$service" \
		    "$root/etc/pam.d/$service"
	done
}

# city_talk TERMINAL PATTERN ACTION ... -- COMMAND...: a person at the terminal.
city_talk()
{
	local name=$1 pairs=()
	shift
	while [ "$1" != -- ]; do
		pairs+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2086 # LAB_ENV is a list of words
	"$TALK" "${pairs[@]}" -- nsenter --net="/run/netns/$name" \
	    chroot "$(lab_root "$name")" /usr/bin/env -i HOME=/root \
	    PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb \
	    ${LAB_ENV:-} "$@"
}

# city_login_password TERMINAL LOGIN CARD PASSWORD: by the key without PIN and
# the password.
city_login_password()
{
	city_talk "$1" "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/$3 insert >/dev/null" \
	    "$SAYS_PASSWORD" "$4" -- pamtester login "$2" \
	    authenticate acct_mgmt
	local status=$?
	city_remove "$3"
	return "$status"
}

# city_login TERMINAL LOGIN CARD PIN: the everyday login through PAM.
city_login()
{
	city_talk "$1" "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/$3 insert >/dev/null" \
	    "$SAYS_PIN" "$4" -- pamtester "$CITY_SERVICE" "$2" authenticate acct_mgmt
	local status=$?
	city_remove "$3"
	return "$status"
}

# --- FIDO2 keys ---
#
# city_keys TERMINAL: from then on keys can be plugged into that machine. The
# folder of each is $CITY_KEYS/NAME.
CITY_KEYS=$LAB_DIR/keys

city_keys()
{
	city_key_tools
	vkey_machine "$(lab_root "$1")"
}

city_key_tools()
{
	mkdir -p "$CITY_KEYS"
	# shellcheck disable=SC2034 # for vkey.sh
	VKEY_DIR=$CITY_KEYS SY_TEST_BUILDDIR=$CITY_BUILD
	# shellcheck source=tests/support/vkey.sh disable=SC1091
	. "$CITY_HERE/vkey.sh"
	# shellcheck source=tests/support/mds.sh disable=SC1091
	. "$CITY_HERE/mds.sh"
}

# city_key_server: a server that takes keys, and a root of metadata files.
city_key_server()
{
	CITY_SERVER_MORE="${CITY_SERVER_MORE:-}
[fido2]
rp_id = city.example
metadata_root = /etc/sanyoso/metadata-root.pem"
	city_key_tools
	mds_root "$CITY_KEYS/mds" || return 1
	lab_machine server "$CITY_SERVER_IP"
	install -D -m 0644 "$CITY_KEYS/mds/root.pem" \
	    "$(lab_root server)/etc/sanyoso/metadata-root.pem"
	city_server
}

# city_key_plug TERMINAL KEY [N]: as /dev/hidrawN, for the worker's group alone,
# as the shipped udev rule has it.
city_key_plug()
{
	# shellcheck disable=SC2034 # for vkey.sh
	VKEY_ROOT=$(lab_root "$1")
	vkey_in "$2" "${3:-0}" --mode 0660 --uid 0 \
	    --gid "$(lab_run "$1" getent group sanyoso-worker | cut -d: -f3)" \
	    >>"$CITY_LOG/key-$2.log" 2>&1
}

city_key_out()
{
	# shellcheck disable=SC2034 # for vkey.sh
	VKEY_ROOT=$(lab_root "$1")
	vkey_out "$2"
}

# city_metadata NUMBER ENTRY...: a metadata file is handed to the server.
city_metadata()
{
	mds_blob "$CITY_KEYS/mds" "$@" \
	    >"$(lab_root server)/root/metadata.jwt" &&
		lab_run server sanyosoctl metadata import /root/metadata.jwt
}

# city_enroll_key TERMINAL LOGIN METHOD [PATTERN ACTION]... -- OPTION...: an
# invitation for a key of that method, and what the person does.
city_enroll_key()
{
	local name=$1 login=$2 method=$3 code pairs=()
	shift 3
	while [ "$1" != -- ]; do
		pairs+=("$1")
		shift
	done
	shift
	code=$(lab_run server sanyosoctl --json token invite "$login" \
	    --method "$method" --terminal "$name" \
	    --basis "application 2026-001" | jq -r .code) || return 1
	city_talk "$name" "$SAYS_CODE" "$code" "${pairs[@]}" \
	    -- sanyosoctl token enroll "$login" --fido2 "$@"
}
