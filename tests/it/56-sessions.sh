#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a login opens one session and closes it, a service without a login goes
# on only where its person has one open, and the next login shows when and where
# the last one was (LOGIN-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis "申請 1"
city_hand counter-1 taro
city_enroll counter-1 tanaka taro 246802

# service NAME [WORDS]: a service whose every phase is ours.
service()
{
	local type
	for type in auth account session; do
		echo "$type required pam_sanyoso.so ${2:-}"
	done >"$(lab_root counter-1)/etc/pam.d/$1"
}

# phases SERVICE USER PHASE...: without a login.
phases()
{
	local name=$1 user=$2
	shift 2
	lab_run counter-1 timeout 20 pamtester "$name" "$user" "$@"
}

# login PHASE...: with card and PIN.
login()
{
	city_talk counter-1 \
	    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/taro insert >/dev/null" \
	    "$SAYS_PIN" 246802 \
	    -- pamtester "$CITY_SERVICE" tanaka authenticate acct_mgmt "$@" \
	    >"$LAB_DIR/said"
	cat "$LAB_DIR/said"
	city_remove taro
}

records()
{
	lab_run server sanyosoctl --json audit search --action "$1" |
		jq '.records | length'
}

opened()
{
	[ "$(records session.open)" = "$1" ]
}

closed()
{
	[ "$(records session.close)" = "$1" ]
}

service "$CITY_SERVICE"
service systemd-user
service cron
service sshd purpose=remote
service sudo purpose=privileged
lab_run counter-1 id tanaka || lab_run counter-1 useradd tanaka

echo "-- nobody is there"
for name in systemd-user cron sshd sudo; do
	phases "$name" tanaka acct_mgmt && exit 1
done
[ "$(records session.open)" = 0 ]

echo "-- a session that is closed"
login open_session close_session
grep -q counter-1 "$LAB_DIR/said" && exit 1
[ "$(records session.open)" = 1 ]
[ "$(records session.close)" = 1 ]
phases systemd-user tanaka acct_mgmt && exit 1

echo "-- a session that stays open, after a look at the former one"
# Who has asked for it stays: he waits for a card that never comes.
login open_session authenticate &
sitting=$!
lab_wait 20 opened 2
grep -q counter-1 "$LAB_DIR/said"
phases systemd-user tanaka acct_mgmt open_session close_session
phases sshd tanaka acct_mgmt && exit 1
# A job proves nobody's presence.
phases cron tanaka acct_mgmt && exit 1
# Nobody stands in [targets].
phases sudo tanaka acct_mgmt && exit 1

echo "-- a stop since then"
lab_run server sanyosoctl user suspend tanaka --basis "違反 2"
phases systemd-user tanaka acct_mgmt && exit 1
lab_run server sanyosoctl audit search --action account.verdict |
	tee "$LAB_DIR/log"
for reason in no-session no-login not-unattended no-grant id-held; do
	grep -q "$reason" "$LAB_DIR/log"
done

echo "-- its host is killed, so nobody sits there any more"
[ "$(records session.close)" = 2 ]
pkill -KILL -f "^pamtester $CITY_SERVICE tanaka"
wait "$sitting" && exit 1
lab_wait 10 closed 3
grep "its host ended without closing it" "$CITY_LOG/agent-counter-1.log"
lab_run server sanyosoctl audit verify
