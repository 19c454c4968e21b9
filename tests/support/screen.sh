# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A display manager on a machine that has no screen: LightDM, its GTK greeter and
# X in memory, and a person who types and reads. Source it after lab.sh, inside
# the lab.
#
#   screen_machine desk            # set up; the stack "lightdm" is the caller's
#   screen_start 'Insert'          # until that can be read on the screen
#   screen_type 246802             # and Return
#   screen_reads 20 'Wrong PIN'    # until that can be read
#   screen_session xsecurelock     # a command in the session that is open
#   screen_logout
#   screen_stop
#
# What is read is what stands in the picture, by tesseract. SY_TEST_SHOTS names a
# folder for pictures.

SCREEN_DISPLAY=:50
SCREEN_LANGUAGE=${SCREEN_LANGUAGE:-eng}

# screen_machine NAME [SESSION]: SESSION is the command of the desktop; without
# one it is a session that does what screen_session says.
screen_machine()
{
	SCREEN=$1
	SCREEN_ROOT=$(lab_root "$1")
	local root=$SCREEN_ROOT
	mkdir -p "$root/run/dbus" "$root/run/lightdm" "$root/run/screen"
	chmod 1777 "$root/run/screen"
	install -d -m 1777 "$root/tmp/.X11-unix"
	lab_run "$1" dbus-daemon --system --fork
	screen_programs
	rm -f "$root"/usr/share/xsessions/*
	printf '[Desktop Entry]\nName=Lab\nExec=%s\nType=Application\n' \
	    "${2:-/usr/bin/lab-session}" >"$root/usr/share/xsessions/lab.desktop"
	screen_conf
}

screen_programs()
{
	local bin=$SCREEN_ROOT/usr/bin
	cat >"$bin/lab-x" <<-'END'
		#!/bin/bash
		# X without a screen: what LightDM says about seats and consoles is left out.
		display=$1 auth=
		while shift && [ $# -gt 0 ]; do
			[ "$1" != -auth ] || auth=$2
		done
		exec Xvfb "$display" -screen 0 1000x700x24 -auth "$auth" -nolisten tcp
	END
	cat >"$bin/lab-session" <<-'END'
		#!/bin/bash
		env >/run/screen/session
		exec 3<>/run/screen/do
		while read -r line <&3; do
			eval "$line" >>/run/screen/said 2>&1 3<&-
		done
	END
	printf '#!/bin/sh\nexec "$@"\n' >"$bin/lab-wrapper"
	chmod 0755 "$bin"/lab-{x,session,wrapper}
	mkfifo -m 0666 "$SCREEN_ROOT/run/screen/do"
}

screen_conf()
{
	cat >"$SCREEN_ROOT/etc/lightdm/lightdm.conf" <<-END
		[LightDM]
		logind-check-graphical=false
		minimum-display-number=${SCREEN_DISPLAY#:}
		[Seat:*]
		xserver-command=/usr/bin/lab-x
		greeter-hide-users=true
		greeter-show-manual-login=true
		session-wrapper=/usr/bin/lab-wrapper
		user-session=lab
	END
	# Large letters on one colour, so that they can be read from a picture.
	cat >"$SCREEN_ROOT/etc/lightdm/lightdm-gtk-greeter.conf" <<-END
		[greeter]
		background=#ffffff
		font-name=${SCREEN_FONT:-VL PGothic 15}
	END
}

# screen_start PATTERN: until that stands on the screen.
screen_start()
{
	lab_start "$SCREEN" "${CITY_LOG:-$LAB_DIR}/lightdm.log" lightdm --debug
	screen_reads 60 "$1"
}

screen_x()
{
	lab_run "$SCREEN" env DISPLAY=$SCREEN_DISPLAY \
	    XAUTHORITY=/run/lightdm/root/$SCREEN_DISPLAY "$@"
}

# screen_type TEXT: and Return. A refusal may end X before the key is let go.
screen_type()
{
	screen_x xdotool type "$1"
	screen_x xdotool key Return || :
}

# screen_shot NAME: into /run/screen/NAME.png of the machine.
screen_shot()
{
	screen_x import -window root "/run/screen/$1.png" &&
	    { [ -z "${SY_TEST_SHOTS:-}" ] ||
	    cp "$SCREEN_ROOT/run/screen/$1.png" "$SY_TEST_SHOTS/"; }
}

# What can be read on the screen now, without the blanks, which are guesswork.
screen_text()
{
	local shot=$SCREEN_ROOT/run/screen/reads
	screen_x import -window root /run/screen/reads.png 2>/dev/null || return 1
	convert "$shot.png" -colorspace Gray -resize 200% "$shot.pgm" &&
	    OMP_THREAD_LIMIT=1 tesseract "$shot.pgm" - -l "$SCREEN_LANGUAGE" \
	    --psm 3 2>/dev/null | tr -d ' \n\f'
}

# screen_reads SECONDS PATTERN: until it can be read; blanks count for nothing.
screen_reads()
{
	local end=$((SECONDS + $1)) pattern=${2// /} text=
	until text=$(screen_text) && grep -Eq -- "$pattern" <<<"$text"; do
		if [ "$SECONDS" -ge "$end" ]; then
			screen_shot failed || :
			echo "not on the screen within $1 s: $2" >&2
			echo "$text" >&2
			tail -n 30 "$SCREEN_ROOT/var/log/lightdm/lightdm.log" >&2
			return 1
		fi
	done
	[ -z "${SY_TEST_SHOTS:-}" ] || cp "$SCREEN_ROOT/run/screen/reads.png" \
	    "$SY_TEST_SHOTS/$(tr -dc 'A-Za-z0-9' <<<"$2" | head -c 30).png"
}

# The session that the person got, until one is there.
screen_opened()
{
	lab_wait 30 test -s "$SCREEN_ROOT/run/screen/session"
}

screen_session()
{
	echo "$*" >"$SCREEN_ROOT/run/screen/do"
}

screen_logout()
{
	rm -f "$SCREEN_ROOT/run/screen/session"
	screen_session exit
}

# The greeter that comes after a logout asks for a card, and so holds the readers.
screen_stop()
{
	lab_run "$SCREEN" pkill -TERM -x lightdm
	lab_wait 20 screen_is_off
}

screen_is_off()
{
	! lab_run "$SCREEN" pgrep -x lightdm
}
