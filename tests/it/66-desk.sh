#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: a morning at a desk with the agent, a server and a card: LightDM's greeter
# asks for card and password and shows the notice, the session's own locker is
# opened by the card, and the server has it all (MFA-1, INT-1, LOGIN-1, LOGIN-2,
# PW-2). SY_TEST_SHOTS names a folder for pictures.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
# shellcheck source=tests/support/screen.sh disable=SC1091
. "$here/../support/screen.sh"
pamlab_needs lightdm lightdm-gtk-greeter Xvfb xdotool import dbus-daemon xsecurelock tesseract
lab_machine server "$CITY_SERVER_IP"
mkdir -p "$(lab_root server)/etc/sanyoso"
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = desk
	[rule all]
	zone = mynumber
	purpose = login unlock
	kind = staff
	require = 2
	allow = card+password
	origin = issuer
	[password all]
	kind = all
	dictionary = no
	[notice mynumber]
	ja = 業務以外で使わないこと
	en = For work only
END
city_issuers
city_server
city_terminal desk 10.99.0.11
pamlab_stacks desk
city_card hanako piv --alg p256 --pin 246802
city_hand desk hanako
lab_run server sanyosoctl user add suzuki --name "鈴木 花子" --basis test >/dev/null
city_enroll_open desk suzuki hanako >/dev/null
temporary=$(city_password_reset suzuki test)
fresh='Kitsune-no-Yomeiri-9'

# The newest verdict is that.
verdict()
{
	lab_run server sanyosoctl --json audit search --action auth.verdict --limit 1 |
		jq -r '.records[0] | .outcome + " " + .details' >"$LAB_DIR/verdict"
	local text
	for text; do
		grep -q -e "$text" "$LAB_DIR/verdict" || {
			echo "the newest verdict has no \"$text\":" >&2
			cat "$LAB_DIR/verdict" >&2
			return 1
		}
	done
}
count()
{
	lab_run server sanyosoctl --json audit search --action "$1" | jq '.records | length'
}
records()
{
	[ "$(count "$1")" = "$2" ]
}

screen_machine desk
echo "-- the first login: the card says who it is, the password is changed"
screen_start 'Insert your card'
city_insert hanako
screen_reads 20 'Enter your password'
screen_type not-the-one-1
screen_reads 20 'password is wrong|tries left'
screen_type "$temporary"
# What the last answer brought waits to be read.
screen_reads 20 'For work only'
screen_reads 5 'first login of this ID'
screen_type ''
screen_reads 20 'temporary password.*Your duties.*at least 10 characters.*Enter the new'
screen_type short1
screen_reads 20 'once more'
screen_type short1
screen_reads 20 'was not accepted.*Enter the new'
screen_type "$fresh"
screen_reads 20 'once more'
screen_type "$fresh"
screen_reads 20 'was changed'
screen_type ''
screen_opened
grep -q '^USER=suzuki' "$SCREEN_ROOT/run/screen/session"
if grep SANYOSO "$SCREEN_ROOT/run/screen/session"; then exit 1; fi
lab_wait 10 records session.open 1
verdict '^allow .*purpose=login' 'service=lightdm' 'categories=.*knowledge+possession'
city_remove hanako

echo "-- the screen is locked, and the card opens it"
screen_session 'export XSECURELOCK_PAM_SERVICE=xsecurelock XSECURELOCK_NO_COMPOSITE=1' \
    'XSECURELOCK_DISCARD_FIRST_KEYPRESS=1 XSECURELOCK_FONT="VL PGothic:size=14"'
screen_session 'xsecurelock; echo unlocked with $?'
locked()
{
	lab_run desk pgrep -x xsecurelock >/dev/null
}
lab_wait 10 locked
screen_x xdotool key Escape space
screen_reads 20 'Insert your card'
city_insert hanako
screen_reads 20 'Password .not'
tried=$(($(count auth.tried) + 1))
screen_type not-the-one-2
# What was wrong is shown for a second only, and then the prompt again.
lab_wait 20 records auth.tried "$tried"
screen_reads 20 'Password .not'
locked
screen_type "$fresh"
lab_wait 20 grep -q '^unlocked with 0' "$SCREEN_ROOT/run/screen/said"
verdict '^allow .*purpose=unlock' 'service=xsecurelock' 'categories=.*knowledge+possession'
city_remove hanako

echo "-- the logout, and the login behind it"
screen_logout
lab_wait 10 records session.close 1
screen_reads 30 'Insert your card'
city_insert hanako
screen_reads 20 'Enter your password'
screen_type "$fresh"
screen_reads 20 'For work only.*Last login'
screen_type ''
screen_opened
lab_wait 10 records session.open 2
lab_run server sanyosoctl audit verify >/dev/null
