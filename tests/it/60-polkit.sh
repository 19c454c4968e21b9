#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: who is to allow something to polkit (pkexec, desktops) proves who he is
# by card, and a Unix password is of no use (LOGIN-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs pkcheck
pamlab_machine desk
lab_run desk usermod -p "$(openssl passwd -6 unix-secret)" tanaka

# The program that asks for polkit. What it is told goes to polkit itself, which
# doesn't run here: then the one says "FAILURE" too, but not the other's words.
helper=/usr/lib/polkit-1/polkit-agent-helper-1
test -u "$PAMLAB_ROOT$helper"
# ask ANSWER...: suzuki's desktop asks for tanaka's permission.
ask()
{
	pamlab_forget
	printf '%s\n' cookie "$@" | lab_run desk setpriv --reuid suzuki \
	    --regid suzuki --clear-groups $helper tanaka >"$LAB_DIR/out" 2>&1 ||
		true
	cat "$LAB_DIR/out"
	pamlab_asked 'auth user=tanaka service=polkit-1 .*purpose=3'
	grep -q '^PAM_PROMPT_ECHO_OFF PIN of your card' "$LAB_DIR/out"
}

echo "-- by card and PIN"
ask 1234
pamlab_asked 'account user=tanaka service=polkit-1'
grep -q 'authority' "$LAB_DIR/out"

echo "-- not by the account's password"
ask unix-secret unix-secret unix-secret
if grep '^account' "$PAMLAB_ROOT/run/lab/log" ||
    grep 'authority' "$LAB_DIR/out"; then
	exit 1
fi
