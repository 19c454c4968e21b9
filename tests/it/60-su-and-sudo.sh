#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: real su and sudo with the shipped stacks: who asks proves who he is, the
# cached time stamp needs a live session, and no session means no command
# (INT-1, MFA-1, LOGIN-1, LOGIN-2).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs su sudo expect
pamlab_machine desk
printf 'suzuki ALL=(ALL) ALL\nDefaults timestamp_timeout=5\n' \
    >"$PAMLAB_ROOT/etc/sudoers.d/lab"
chmod 0440 "$PAMLAB_ROOT/etc/sudoers.d/lab"
as=(setpriv --reuid suzuki --regid suzuki --init-groups)

echo "-- su"
# The instruction is shown before the prompt and the prompt stands alone.
pamlab_check "su with the PIN" 0 pamlab_talk \
    'Insert your card' "!true" 'PIN of your card: ' 1234 \
    -- "${as[@]}" su tanaka -c 'id -un; env | grep SANYOSO && exit 9; exit 0'
grep -q '^tanaka' "$LAB_DIR/out"
pamlab_asked 'auth user=tanaka service=su .*ruser=suzuki .*purpose=3'
pamlab_asked 'account user=tanaka .*evidence=1e1e'
pamlab_asked 'open user=tanaka .*evidence=1e1e'
pamlab_asked 'close user=tanaka .*evidence=5e5e'
pamlab_check "su after a typing error" 0 pamlab_talk \
    'PIN of your card: ' 9999 'Wrong PIN' '!true' 'PIN once more: ' 1234 \
    -- "${as[@]}" su tanaka -c true
# shellcheck disable=SC2016
# su hides information about a session that runs one command, not of a login.
pamlab_check "su - as well" 0 pamlab_talk 'PIN of your card: ' 1234 \
    'Last login: yesterday' '!true' '[$] ' 'test "$(id -un)" = tanaka; exit $?' \
    -- "${as[@]}" su - tanaka
pamlab_check "su with the wrong PIN" 1 pamlab_talk \
    'PIN of your card: ' 9 'PIN once more: ' 9 -- "${as[@]}" su tanaka -c 'touch /run/lab/broken'
for phase in account open; do
	pamlab_says $phase deny
	pamlab_check "su when $phase is refused" 1 pamlab_talk \
	    'PIN of your card: ' 1234 -- "${as[@]}" su tanaka -c 'touch /run/lab/broken'
	pamlab_says $phase allow
done
pamlab_check "root is asked as well" 1 lab_run desk su tanaka -c \
    'touch /run/lab/broken' </dev/null
pamlab_says due yes
pamlab_check "su with the change that is due" 0 pamlab_talk \
    'PIN of your card: ' 1234 'Old password: ' old-secret 'New password: ' new-secret \
    'Changed' '!true' -- "${as[@]}" su tanaka -c true
pamlab_asked 'change user=tanaka .*expired=1 evidence=1e1e'
pamlab_says due yes
pamlab_check "su without it" 1 pamlab_talk \
    'PIN of your card: ' 1234 'Old password: ' old-secret 'New password: ' short \
    -- "${as[@]}" su tanaka -c 'touch /run/lab/broken'
pamlab_says due no

echo "-- sudo"
pamlab_forget
pamlab_says live-suzuki yes
pamlab_check "sudo, then by its time stamp" 0 pamlab_talk 'Insert your card' '!true' \
    'PIN of your card: ' 1234 \
    -- "${as[@]}" sh -c 'sudo id -u && sudo -n true && ! sudo env | grep SANYOSO'
pamlab_asked 'auth user=suzuki service=sudo .*ruser=suzuki .*purpose=3'
pamlab_asked 'account user=suzuki .*evidence=1e1e'
pamlab_asked 'account user=suzuki .*evidence=-'
pamlab_asked 'open user=root service=sudo .*evidence=1e1e'
pamlab_asked 'close user=root service=sudo .*evidence=5e5e'
test "$(grep -c '^auth' "$PAMLAB_ROOT/run/lab/log")" = 1
pamlab_says live-suzuki no
pamlab_check "the time stamp alone is not enough" 1 pamlab_talk 'PIN of your card: ' 1234 \
    -- "${as[@]}" sh -c 'sudo true && sudo -n touch /run/lab/broken'
for phase in account open; do
	pamlab_says $phase deny
	pamlab_check "sudo when $phase is refused" 1 pamlab_talk \
	    'PIN of your card: ' 1234 -- "${as[@]}" sudo touch /run/lab/broken
	pamlab_says $phase allow
done
pamlab_check "sudo -i" 0 pamlab_talk 'PIN of your card: ' 1234 \
    -- "${as[@]}" sudo -i -u tanaka id -un
grep -q "^tanaka" "$LAB_DIR/out"
pamlab_asked 'open user=tanaka service=sudo-i'

test ! -e "$PAMLAB_ROOT/run/lab/broken"
