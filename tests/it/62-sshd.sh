#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: real sshd with the shipped stack: keyboard-interactive with the PIN,
# never by public key, no shell where no session opens, nothing left behind by a
# client that is killed (INT-1, MFA-1, LOGIN-2, PW-2).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs sshd ssh expect
pamlab_machine desk
mkdir -p "$PAMLAB_ROOT/run/sshd" "$PAMLAB_ROOT/home/suzuki/.ssh" "$PAMLAB_ROOT/root/.ssh"
ssh-keygen -q -t ed25519 -N '' -f "$PAMLAB_ROOT/run/host_key"
ssh-keygen -q -t ed25519 -N '' -f "$PAMLAB_ROOT/run/id"
cp "$PAMLAB_ROOT/run/id.pub" "$PAMLAB_ROOT/home/suzuki/.ssh/authorized_keys"
chmod 0755 "$PAMLAB_ROOT/home/suzuki"
cat >"$PAMLAB_ROOT/run/sshd_config" <<-END
	Port 2222
	ListenAddress 127.0.0.1
	HostKey /run/host_key
	PidFile none
	UsePAM yes
	KbdInteractiveAuthentication yes
	PasswordAuthentication no
	StrictModes no
	LogLevel VERBOSE
END
lab_start desk "$LAB_DIR/sshd.log" /usr/sbin/sshd -D -e -f /run/sshd_config
lab_wait 5 lab_run desk bash -c ': </dev/tcp/127.0.0.1/2222'
ssh=(ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR)
kbd=("${ssh[@]}" -o PreferredAuthentications=keyboard-interactive
    -o NumberOfPasswordPrompts=1 suzuki@127.0.0.1)
key=("${ssh[@]}" -o PreferredAuthentications=publickey -i /run/id -o BatchMode=yes
    suzuki@127.0.0.1)

pamlab_check "by the PIN" 0 pamlab_talk 'Insert your card' '!true' 'PIN of your card: ' 1234 \
    'Last login: yesterday' '!true' '[$] ' 'env | grep -c SANYOSO' '0' 'exit 0' -- "${kbd[@]}"
pamlab_asked 'auth user=suzuki service=sshd tty=ssh .*rhost=127.0.0.1 purpose=4'
pamlab_asked 'account user=suzuki .*evidence=1e1e'
pamlab_asked 'open user=suzuki service=sshd .*evidence=1e1e'
lab_wait 5 pamlab_asked 'close user=suzuki service=sshd .*evidence=5e5e'
pamlab_check "after a typing error" 0 pamlab_talk 'PIN of your card: ' 9 'Wrong PIN' '!true' \
    'PIN once more: ' 1234 -- "${kbd[@]}" true
pamlab_check "with the wrong PIN" 255 pamlab_talk 'PIN of your card: ' 9 \
    'PIN once more: ' 9 -- "${kbd[@]}" touch /run/lab/broken
pamlab_forget
pamlab_check "by public key: no account" 255 lab_run desk "${key[@]}" touch /run/lab/broken
pamlab_asked 'account user=suzuki service=sshd .*evidence=-'
if grep -q '^open' "$PAMLAB_ROOT/run/lab/log"; then exit 1; fi
pamlab_says due yes
pamlab_check "the change that is due" 0 pamlab_talk 'PIN of your card: ' 1234 \
    'at least 8 characters' '!true' 'Old password: ' old-secret 'New password: ' new-secret \
    -- "${kbd[@]}" true
pamlab_says due yes
pamlab_check "not without it" 255 pamlab_talk 'PIN of your card: ' 1234 \
    'Old password: ' old-secret 'New password: ' short -- "${kbd[@]}" touch /run/lab/broken
pamlab_says due no
for phase in account open; do
	pamlab_says $phase deny
	pamlab_check "when $phase is refused" 255 pamlab_talk 'PIN of your card: ' 1234 \
	    -- "${kbd[@]}" touch /run/lab/broken
	pamlab_says $phase allow
done
# sshd itself goes on; what stops it is that there are no credentials.
grep -q 'pam_setcred' "$LAB_DIR/sshd.log"

# Waiting for the agent, waiting at a prompt: a client that is killed.
waits='sshd: suzuki|sshd: .*\[pam\]'
nobody_waits()
{
	! pgrep -f "$waits"
}
pamlab_says slow yes
pamlab_check "a client killed while it waits" 97 pamlab_talk 'never shown|$' \
    "!i=0; until pgrep -f '$waits' >$LAB_DIR/waiting || [ \$i = 100 ]; do i=\$((i + 1)); sleep 0.1; done; sleep 2; pkill -KILL -x ssh" -- "${kbd[@]}" true
test -s "$LAB_DIR/waiting"
lab_wait 20 nobody_waits
pamlab_says slow no
pamlab_check "a client killed at the prompt" 97 pamlab_talk 'PIN of your card: ' \
    "!pgrep -f '$waits' >$LAB_DIR/typing; pkill -KILL -x ssh" -- "${kbd[@]}" true
test -s "$LAB_DIR/typing"
lab_wait 20 nobody_waits

test ! -e "$PAMLAB_ROOT/run/lab/broken"
