#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: LightDM's GTK greeter with the shipped stack: the card names the person,
# a typing error is asked again, a due change is made, the session opens and
# closes, by an agent that says what the test wants; 66-desk.sh has the real one
# (LOGIN-1, LOGIN-2, PW-2). SY_TEST_SHOTS names a folder for pictures.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
# shellcheck source=tests/support/screen.sh disable=SC1091
. "$here/../support/screen.sh"
pamlab_needs lightdm lightdm-gtk-greeter Xvfb xdotool import dbus-daemon tesseract
pamlab_machine desk
screen_machine desk

# How often the agent was asked for ${1}.
asked()
{
	[ "$(grep -c "^$1" "$PAMLAB_ROOT/run/lab/log")" = "$2" ]
}

touch "$PAMLAB_ROOT/run/lab/log"
screen_start 'Insert your card'
asked 'auth user= service=lightdm .*identify=1' 1
screen_type 9999
screen_reads 20 'Wrong PIN'
screen_type 1234
screen_opened
grep -q '^USER=suzuki' "$SCREEN_ROOT/run/screen/session"
if grep SANYOSO "$SCREEN_ROOT/run/screen/session"; then exit 1; fi
pamlab_asked 'account user=suzuki service=lightdm .*evidence=1e1e'
pamlab_asked 'open user=suzuki service=lightdm .*evidence=1e1e'
echo "ok   the card names the person"

pamlab_says due yes
screen_logout
lab_wait 20 pamlab_asked 'close user=suzuki service=lightdm .*evidence=5e5e'
screen_reads 30 'Insert your card'
screen_type 1234
screen_reads 20 'at least 8'
asked change 1
screen_type old-secret
screen_reads 20 'New password'
screen_type new-secret
screen_reads 20 'Changed'
screen_type ''
screen_opened
echo "ok   the change that is due"

pamlab_says auth deny
screen_logout
screen_reads 30 'Insert your card'
screen_type 1234
# What the refusal says stands there until it was read.
screen_reads 20 'Refused'
pamlab_says auth allow
screen_type ''
screen_reads 30 'Insert your card'
pamlab_says open deny
screen_type 1234
lab_wait 20 asked open 3
screen_reads 30 'Insert your card'
test ! -e "$SCREEN_ROOT/run/screen/session"
echo "ok   no session where the last gate is shut"
