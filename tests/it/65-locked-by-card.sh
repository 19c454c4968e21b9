#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: vlock at a terminal and xscreensaver on a screen, run as the person, with
# the agent, a server and a card: the person's card and PIN open them, nobody
# else's and no root, and the server has each unlock (INT-1, LOGIN-2).
# SY_TEST_SHOTS names a folder for pictures.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
# shellcheck source=tests/support/screen.sh disable=SC1091
. "$here/../support/screen.sh"
pamlab_needs vlock xscreensaver Xvfb xdotool import tesseract expect
lab_machine server "$CITY_SERVER_IP"
city_issuers
city_server
city_terminal desk 10.99.0.11
pamlab_stacks desk
PAMLAB=desk PAMLAB_ROOT=$(lab_root desk)
mkdir -p "$PAMLAB_ROOT/run/lab"
: >"$PAMLAB_ROOT/run/lab/log"
city_card hanako piv --alg p256 --pin 246802
city_card taro piv --alg p256 --pin 135791
city_hand desk hanako 0
city_hand desk taro 1
for person in "suzuki hanako 246802" "tanaka taro 135791"; do
	read -r login card pin <<<"$person"
	lab_run server sanyosoctl user add "$login" --name "$login" --basis test >/dev/null
	city_enroll desk "$login" "$card" "$pin" >/dev/null
done
as=(setpriv --reuid suzuki --regid suzuki --init-groups env USER=suzuki HOME=/home/suzuki)

# How many unlocks by ${1} were allowed or denied, as the server has it.
unlocks()
{
	lab_run server sanyosoctl --json audit search --action auth.verdict |
		jq "[.records[] | select(.outcome == \"$2\") | .details |
		    select(test(\"purpose=unlock .*service=$1 \"))] | length"
}
unlocked()
{
	[ "$(unlocks "$1" allow)" = "$2" ]
}

insert() { echo "!$VCARD ctl --dir $CITY_CARDS/$1 insert >/dev/null"; }

echo "-- vlock"
pamlab_check "another's card, then one's own with a wrong and the right PIN" 0 pamlab_talk \
    'ENTER' '' "$SAYS_INSERT" "$(insert taro)" "$SAYS_OTHERS" \
    "!$VCARD ctl --dir $CITY_CARDS/taro remove; $VCARD ctl --dir $CITY_CARDS/hanako insert" \
    "$SAYS_PIN" 999999 'PIN is wrong' '!true' "$SAYS_PIN" 246802 -- "${as[@]}" vlock
unlocked vlock 1
city_remove hanako
# After a refusal vlock would let root in, who is refused without a question.
lab_run server sanyosoctl user suspend suzuki --basis test >/dev/null
cat >"$LAB_DIR/resume" <<-END
	#!/bin/sh
	$VCARD ctl --dir $CITY_CARDS/hanako remove
	sleep 1
	exec nsenter --net=/run/netns/server chroot $(lab_root server) \
	    sanyosoctl user resume suzuki --basis test
END
chmod 0755 "$LAB_DIR/resume"
pamlab_check "not with a stopped ID, and not as root" 0 pamlab_talk 'ENTER' '' \
    "$SAYS_INSERT" "$(insert hanako)" 'refused|not for this login' "!$LAB_DIR/resume" 'ENTER' '' \
    "$SAYS_INSERT" "$(insert hanako)" "$SAYS_PIN" 246802 -- "${as[@]}" vlock
grep -q "root's vlock: Authentication failure" "$LAB_DIR/out"
unlocked vlock 2
city_remove hanako

echo "-- xscreensaver"
# shellcheck disable=SC2034 # for screen.sh
SCREEN=desk SCREEN_ROOT=$PAMLAB_ROOT
install -d -m 1777 "$PAMLAB_ROOT/tmp/.X11-unix" "$PAMLAB_ROOT/run/screen"
LAB_ENV="DISPLAY=$SCREEN_DISPLAY"
lab_start desk "$LAB_DIR/xvfb.log" "${as[@]}" Xvfb $SCREEN_DISPLAY -screen 0 1000x700x24 -nolisten tcp
lab_wait 10 test -S "$PAMLAB_ROOT/tmp/.X11-unix/X${SCREEN_DISPLAY#:}"
cat >"$PAMLAB_ROOT/home/suzuki/.xscreensaver" <<-END
	mode: blank
	lock: True
	splash: False
	dpmsEnabled: False
	fade: False
END
lab_start desk "$LAB_DIR/xscreensaver.log" "${as[@]}" xscreensaver --no-splash
is_locked()
{
	lab_run desk "${as[@]}" xscreensaver-command -time | grep -q locked
}
is_open()
{
	! is_locked
}
lab_wait 10 lab_run desk "${as[@]}" xscreensaver-command -time
lab_run desk "${as[@]}" xscreensaver-command -lock
lab_wait 10 is_locked
# It does not listen at once.
for ((tries = 5; tries > 0; tries--)); do
	screen_x xdotool key space
	screen_reads 4 'Insert' 2>/dev/null && break
done
[ $tries -gt 0 ]
# Each information is a page of its own that waits for OK.
screen_x xdotool key Return
city_insert hanako
screen_reads 20 'Enter the PIN'
screen_x xdotool key Return
screen_reads 20 'PIN .6 to 8'
screen_type 999999
screen_reads 20 'PIN is wrong'
is_locked
screen_x xdotool key Return
screen_reads 20 'Enter the PIN'
screen_x xdotool key Return
screen_reads 20 'PIN .6 to 8 digits, 4 tries left'
screen_type 246802
lab_wait 20 is_open
unlocked xscreensaver 1
lab_run server sanyosoctl audit verify >/dev/null
