#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: real screen lockers, run as the person, with the shipped stacks: nothing
# but the PIN unlocks, and not when the agent says no (INT-1, LOGIN-2).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs Xvfb xdotool xsecurelock i3lock import
pamlab_machine desk
install -d -m 1777 "$PAMLAB_ROOT/tmp/.X11-unix"
LAB_ENV="DISPLAY=:77 XSECURELOCK_PAM_SERVICE=xsecurelock XSECURELOCK_NO_COMPOSITE=1
    XSECURELOCK_DISCARD_FIRST_KEYPRESS=1"
as=(setpriv --reuid suzuki --regid suzuki --init-groups)
lab_start desk "$LAB_DIR/xvfb.log" "${as[@]}" Xvfb :77 -screen 0 1000x700x24 -nolisten tcp
lab_wait 10 test -S "$PAMLAB_ROOT/tmp/.X11-unix/X77"
x()
{
	lab_run desk "${as[@]}" xdotool "$@"
}

# locker NAME COMMAND...: it is running and holds the keyboard.
locker()
{
	name=$1
	shift
	pamlab_forget
	lab_start desk "$LAB_DIR/$name.log" "${as[@]}" "$@"
	locker_pid=$LAB_PID
	sleep 2
	kill -0 "$locker_pid"
}
shot()
{
	lab_run desk "${as[@]}" import -display :77 -window root "/run/lab/$1.png"
	[ -z "${SY_TEST_SHOTS:-}" ] || cp "$PAMLAB_ROOT/run/lab/$1.png" "$SY_TEST_SHOTS/"
}
locked()
{
	sleep "${1:-4}"
	kill -0 "$locker_pid" || { cat "$LAB_DIR/$name.log" "$PAMLAB_ROOT/run/lab/log"; echo "FAIL $name: unlocked" >&2; exit 1; }
}
unlocked()
{
	local tries=0
	while kill -0 "$locker_pid" 2>/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 150 ] || { shot failed; echo "FAIL $name: still locked" >&2; exit 1; }
		sleep 0.1
	done
	wait "$locker_pid"
	echo "ok   $name"
}

echo "-- xsecurelock"
locker xsecurelock xsecurelock
x key Escape space
lab_wait 10 pamlab_asked 'auth user=suzuki service=xsecurelock .*purpose=2'
sleep 3
shot xsecurelock-prompt
x type 9999
x key Return
locked
shot xsecurelock-wrong
x type 1234
x key Return
unlocked
pamlab_asked 'account user=suzuki service=xsecurelock .*evidence=1e1e'
pamlab_says account deny
locker "xsecurelock when account is refused" xsecurelock
x key Escape space
sleep 5
x type 1234
x key Return
locked
lab_run desk pkill -KILL xsecurelock
lab_run desk pkill -KILL -u suzuki auth_x11 || true
wait "$locker_pid" || true
pamlab_says account allow

echo "-- i3lock, which answers every prompt with the same text"
locker i3lock i3lock -n
x type 9999
x key Return
locked 8
test "$(grep -c '^auth user=suzuki service=i3lock' "$PAMLAB_ROOT/run/lab/log")" = 1
x type 1234
x key Return
unlocked
