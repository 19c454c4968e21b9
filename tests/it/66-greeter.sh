#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: LightDM's GTK greeter with the shipped stack: the card names the person,
# a typing error is asked again, a due change is made, the session opens and
# closes (LOGIN-1, LOGIN-2, PW-2). SY_TEST_SHOTS names a folder for pictures.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs lightdm lightdm-gtk-greeter Xvfb xdotool import dbus-daemon
pamlab_machine desk
root=$PAMLAB_ROOT
mkdir -p "$root/run/dbus" "$root/run/lightdm"
install -d -m 1777 "$root/tmp/.X11-unix"
lab_run desk dbus-daemon --system --fork

cat >"$root/usr/bin/lab-x" <<'END'
#!/bin/bash
# X without a screen: what LightDM says about seats and consoles is left out.
display=$1 auth=
while shift && [ $# -gt 0 ]; do
	[ "$1" != -auth ] || auth=$2
done
exec Xvfb "$display" -screen 0 1000x700x24 -auth "$auth" -nolisten tcp
END
cat >"$root/usr/bin/lab-session" <<'END'
#!/bin/bash
env >/run/lab/session
while [ ! -e /run/lab/logout ]; do sleep 0.2; done
END
printf '#!/bin/sh\nexec "$@"\n' >"$root/usr/bin/lab-wrapper"
chmod 0755 "$root"/usr/bin/lab-{x,session,wrapper}
rm -f "$root"/usr/share/xsessions/*
printf '[Desktop Entry]\nName=Lab\nExec=/usr/bin/lab-session\nType=Application\n' \
    >"$root/usr/share/xsessions/lab.desktop"
cat >"$root/etc/lightdm/lightdm.conf" <<-'END'
	[LightDM]
	logind-check-graphical=false
	minimum-display-number=50
	[Seat:*]
	xserver-command=/usr/bin/lab-x
	greeter-hide-users=true
	greeter-show-manual-login=true
	session-wrapper=/usr/bin/lab-wrapper
	user-session=lab
END

x()
{
	lab_run desk env DISPLAY=:50 XAUTHORITY=/run/lightdm/root/:50 "$@"
}
shot()
{
	sleep 1
	x import -window root "/run/lab/$1.png"
	[ -z "${SY_TEST_SHOTS:-}" ] || cp "$root/run/lab/$1.png" "$SY_TEST_SHOTS/"
}
type_in()
{
	x xdotool type "$1"
	x xdotool key Return
}
# How often the agent was asked for ${1}.
asked()
{
	[ "$(grep -c "^$1" "$root/run/lab/log")" = "$2" ]
}
say_failed()
{
	shot failed
	cat "$root/run/lab/log" "$root/var/log/lightdm/lightdm.log" >&2
	echo "FAIL $1" >&2
	exit 1
}

lab_start desk "$LAB_DIR/lightdm.log" lightdm --debug
touch "$root/run/lab/log"
lab_wait 30 asked 'auth user= service=lightdm .*identify=1' 1 || say_failed "no greeter"
shot greeter-insert
type_in 9999
shot greeter-wrong-pin
type_in 1234
lab_wait 20 test -s "$root/run/lab/session" || say_failed "no session"
grep -q '^USER=suzuki' "$root/run/lab/session"
if grep SANYOSO "$root/run/lab/session"; then exit 1; fi
pamlab_asked 'account user=suzuki service=lightdm .*evidence=1e1e'
pamlab_asked 'open user=suzuki service=lightdm .*evidence=1e1e'
echo "ok   the card names the person"

rm "$root/run/lab/session"
pamlab_says due yes
touch "$root/run/lab/logout"
lab_wait 20 pamlab_asked 'close user=suzuki service=lightdm .*evidence=5e5e'
rm "$root/run/lab/logout"
lab_wait 30 asked 'auth' 2 || say_failed "no second greeter"
sleep 3
type_in 1234
lab_wait 20 asked change 1 || say_failed "no change"
shot greeter-change
type_in old-secret
sleep 1
type_in new-secret
lab_wait 20 test -s "$root/run/lab/session" || say_failed "no session after the change"
echo "ok   the change that is due"

rm "$root/run/lab/session"
pamlab_says open deny
touch "$root/run/lab/logout"
lab_wait 30 asked 'auth' 3 || say_failed "no third greeter"
rm "$root/run/lab/logout"
sleep 3
x xdotool type 1234
# The refusal ends the X server, maybe before xdotool lets go of the key.
x xdotool key Return || :
lab_wait 20 asked open 3 || say_failed "no last gate"
sleep 3
test ! -e "$root/run/lab/session" || say_failed "a session that was refused"
echo "ok   no session where the last gate is shut"
