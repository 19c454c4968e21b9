#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: whatever a FIDO2 key on USB does, the worker ends in time and says so: it
# is pulled out at any frame, mute, at work for ever, speaks on another channel,
# answers garbage. No PIN is sent twice, and no signature told that is none.
# (CARD-7)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/vkey.sh disable=SC1091
. "$here/../support/vkey.sh"
vkey_enter "$@"
# shellcheck source=tests/support/keys.sh disable=SC1091
. "$here/../support/keys.sh"

vkey_new taro --sensor --pin 135790 --fingers 1
vkey_in taro
key_expect 0 'found *;made *' --enroll -- make:pin=135790:one

# at_fault SECONDS LINE...: one login with a PIN under a fault. It ends in time,
# with a signature or FAILED, and has sent one PIN at most.
at_fault()
{
	local most=$1 status=0 before after began=$SECONDS
	shift
	before=$(vkey_count taro pins)
	key_does taro fault "$@"
	key_run --cred one --wait 600 -- assert:pin=135790 || status=$?
	key_does taro fault none
	key_does taro insert
	after=$(vkey_count taro pins)
	if [ $((after - before)) -gt 1 ] ||
		[ $((SECONDS - began)) -gt "$most" ]; then
		echo "FAIL: $*: $((after - before)) PINs, $((SECONDS - began)) s"
		exit 1
	fi
	case "$status $key_report" in
	"0 "*verified) return 0 ;;
	"1 "*"failed device "*) return 1 ;;
	*)
		echo "FAIL: $*: $status $key_report"
		exit 1
		;;
	esac
}

# Pulled out as each frame arrives, and as each leaves.
for fault in pull-in pull-out; do
	at=1
	until at_fault 10 "$fault" "at=$at"; do
		at=$((at + 1))
		[ "$at" -lt 150 ] || exit 1
	done
	[ "$at" -gt 10 ] || {
		echo "FAIL: $fault: over after $at frames"
		exit 1
	}
	echo "ok: $fault at each of $at frames"
done

# What the key answers to the request that the PIN was spent on (the second of
# its kind: the first looked what the key holds) ends the operation.
for fault in "garbage len=40" "cut len=60" "long len=3000" "twice" \
    "deep len=20" "sequence" "size len=5" "short len=20" \
    "patch off=3 hex=ffff" "status status=7f" "pull when=before" \
    "pull when=after"; do
	# shellcheck disable=SC2086 # words of a line
	if at_fault 10 $fault cmd=02 at=2; then
		echo "FAIL: $fault: $key_report"
		exit 1
	fi
	echo "ok: $fault"
done
# Other channels' frames are not ours; a key that says nothing else is mute.
for fault in channel mute forever; do
	! at_fault 90 "$fault" cmd=02 at=2 || exit 1
	case $key_report in
	*"failed device card-mute "* | *"failed device timeout "*) ;;
	*)
		echo "FAIL: $fault: $key_report"
		exit 1
		;;
	esac
	echo "ok: $fault"
done
# While its PIN is checked: perhaps counted, never sent again.
for fault in "mute when=after" "garbage len=40 when=after" \
    "pull when=after"; do
	# shellcheck disable=SC2086
	! at_fault 20 $fault cmd=06 sub=09 || exit 1
	echo "ok: $fault at the PIN"
done
# A key that answers nothing does not keep a good one from being used.
vkey_new hana
vkey_in hana 1
key_expect 0 'found *;made *' --enroll --cred one -- make:none:hers
key_does taro fault mute times=0
key_expect 0 'found *;signed * verified' --cred hers -- assert:none
key_does taro fault none

# It goes while nothing is asked, and while it is to be touched.
vkey_out taro
key_expect 1 'found *;failed device card-gone *' --cred hers \
    --on found "$VKEY ctl --dir $VKEY_DIR/hana remove >&2; sleep 1" -- \
    assert:none
key_does hana insert
key_does hana touch wait
key_expect 1 'found *;touch;failed device card-gone *' --cred hers \
    --on touch "$VKEY ctl --dir $VKEY_DIR/hana remove >&2" -- assert:none
key_does hana touch yes
# It comes back while it is waited for.
key_expect 0 'waiting keys=0 *;found *;signed * verified' --cred hers \
    --on waiting "$VKEY ctl --dir $VKEY_DIR/hana insert >&2" -- assert:none
vkey_out hana

# Another program has it, for longer than some looks: told, and waited for.
vkey_in hana 1
flock -n "$VKEY_ROOT/dev/hidraw1" sleep 5 &
sleep 0.5
key_expect 0 'waiting keys=1 * busy=0;waiting keys=1 * busy=1;found *;signed * verified' \
    --cred hers --wait 9000 -- assert:none
vkey_out hana
