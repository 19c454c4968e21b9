#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: real login and passwd with the shipped stacks: forced change, change at
# will, the emergency account and its alarm (LOGIN-1, LOGIN-2, PW-2, PW-3).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs login passwd expect pamtester
pamlab_machine desk
as=(setpriv --reuid suzuki --regid suzuki --init-groups)

echo "-- login"
pamlab_check "login with the PIN" 0 pamlab_talk 'login: ' suzuki \
    'Insert your card' '!true' 'PIN of your card: ' 1234 \
    'Last login: yesterday' '!true' '[$] ' 'env | grep -c SANYOSO' '0' 'exit' -- login
pamlab_asked 'auth user=suzuki service=login tty=/dev/pts/[0-9]* .*purpose=1'
pamlab_asked 'close user=suzuki service=login .*evidence=5e5e'
pamlab_says due yes
pamlab_check "the change that is due comes before the shell" 0 pamlab_talk 'login: ' suzuki \
    'PIN of your card: ' 1234 'at least 8 characters' '!true' 'Old password: ' old-secret \
    'New password: ' new-secret 'Last login: yesterday' '!true' '[$] ' 'exit' -- login
pamlab_says due yes
for phase in change account open; do
	pamlab_says $phase deny
	pairs=('PIN of your card: ' 1234)
	[ $phase = change ] && pairs+=('Old password: ' old-secret 'New password: ' new-secret)
	[ $phase = change ] || pamlab_says due no
	pamlab_check "login when $phase is refused" 1 pamlab_talk 'login: ' suzuki \
	    "${pairs[@]}" 'refused|denied|incorrect|Too short|No ' '!true' -- \
	    sh -c 'login; test $? = 0 || exit 1'
	pamlab_says $phase allow
done

echo "-- passwd"
pamlab_forget
pamlab_check "passwd at will" 0 pamlab_talk 'Old password: ' old-secret \
    'New password: ' new-secret 'Changed' '!true' -- "${as[@]}" passwd
pamlab_asked 'change user=suzuki service=passwd .*expired=0 evidence=-'
pamlab_check "passwd -k asks for what is due only" 0 pamlab_talk 'Old password: ' old-secret \
    'New password: ' new-secret -- "${as[@]}" passwd -k
pamlab_asked 'change user=suzuki service=passwd .*expired=1 evidence=-'
pamlab_check "passwd with the wrong old one" 10 pamlab_talk 'Old password: ' guess \
    'old password is wrong' '!true' -- "${as[@]}" passwd
pamlab_check "passwd with a bad new one" 10 pamlab_talk 'Old password: ' old-secret \
    'New password: ' short 'Too short' '!true' -- "${as[@]}" passwd
mv "$PAMLAB_ROOT/run/sanyoso/agent/agent.sock"{,.gone}
pamlab_check "passwd without an agent" 10 lab_run desk "${as[@]}" passwd
mv "$PAMLAB_ROOT/run/sanyoso/agent/agent.sock"{.gone,}

echo "-- the emergency account"
lab_run desk useradd -m -p "$(openssl passwd -6 sealed)" breakglass
lab_run desk usermod -p "$(openssl passwd -6 unix-secret)" suzuki
# A /dev of its own, for the log's socket.
mount -t tmpfs dev "$PAMLAB_ROOT/dev"
cp -a /dev/{null,zero,random,urandom,tty} "$PAMLAB_ROOT/dev/"
alarm()
{
	[ "$1" = on ] || {
		kill "$logger_pid"
		rm "$PAMLAB_ROOT/dev/log"
		return
	}
	python3 -c 'import socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(sys.argv[1] + "/dev/log")
while True:
    open(sys.argv[1] + "/run/alarms", "ab").write(log.recv(4096) + b"\n")' \
	    "$PAMLAB_ROOT" &
	logger_pid=$!
	lab_wait 5 test -S "$PAMLAB_ROOT/dev/log"
}
# auth.alert is 4 * 8 + 1.
alarms()
{
	[ "$(grep -c '<33>.*EMERGENCY ACCOUNT' "$PAMLAB_ROOT/run/alarms")" = "$1" ]
}
emergency()
{
	local user=$1 tty=$2 password=$3
	shift 3
	echo "$password" | lab_run desk pamtester -I "tty=$tty" "${service:-login}" "$user" "$@"
}
all="authenticate acct_mgmt open_session close_session"
alarm on
for tty in /dev/tty1 /dev/tty6 tty6; do
	# shellcheck disable=SC2086 # a list of words
	pamlab_check "at $tty by the sealed password" 0 emergency breakglass $tty sealed $all
done
lab_wait 5 alarms 3
pamlab_check "by another password, with the alarm" 1 emergency breakglass /dev/tty1 guess authenticate
lab_wait 5 alarms 4
for tty in /dev/tty7 tty7 /dev/tty11 /dev/pts/1 :0 ''; do
	pamlab_check "not at \"$tty\"" 1 emergency breakglass "$tty" sealed authenticate
	pamlab_check "no session at \"$tty\"" 1 emergency breakglass "$tty" sealed open_session
done
for service in su sudo polkit-1 sshd lightdm cron systemd-user xsecurelock; do
	pamlab_check "not by $service" 1 emergency breakglass /dev/tty1 sealed authenticate
	pamlab_check "no account by $service" 1 emergency breakglass /dev/tty1 sealed acct_mgmt
done
service=login
pamlab_check "nobody else by a Unix password" 1 emergency suzuki /dev/tty1 unix-secret authenticate
alarm off
pamlab_check "without the alarm there is no entry" 1 emergency breakglass /dev/tty1 sealed authenticate
