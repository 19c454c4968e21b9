#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: the real worker makes and uses credentials of FIDO2 keys on USB, with
# touch, finger and PIN; finds the key that is meant among others; sends a PIN
# once per request and never one that must not be sent; has uvm signed, and
# learns and forgets fingers. (CARD-7)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/vkey.sh disable=SC1091
. "$here/../support/vkey.sh"
vkey_enter "$@"
# shellcheck source=tests/support/keys.sh disable=SC1091
. "$here/../support/keys.sh"

none="signed uv=0 flags=81 ext=a16375766d8183010a04 handle=0 verified"
finger="signed uv=1 flags=85 ext=a16375766d8183020a04 handle=0 verified"
pin="signed uv=2 flags=85 ext=a16375766d81831908000a04 handle=0 verified"
found="found usb pin=110 uv=11 bio=1 uvm=1 rk=1 *"

# No key, and one that is plugged in while it is waited for.
vkey_new taro --sensor --pin 135790 --fingers 1
key_expect 1 'waiting keys=0 other=0 old=0 choose=0 busy=0;failed device timeout *' \
    --wait 400 --
"$VKEY" run --dir "$VKEY_DIR/taro" --number 0 --dev /dev --sys /sys \
    --mode 0666 </dev/null &
until [ -S taro/control ]; do sleep 0.05; done
key_expect 0 "waiting keys=0 *;$found;made packed flags=45 *;$none;$pin;$finger" \
    --enroll --on waiting "$VKEY ctl --dir $VKEY_DIR/taro insert >&2" -- \
    make:pin=135790:one assert:none:made assert:pin=135790:made \
    assert:finger:made
key_count_is taro pins 2
key_expect 0 "$found;$none;$pin;$finger" --cred one -- \
    assert:none assert:pin=135790 assert:finger
key_count_is taro pins 3

# What the person is to do is told while the key waits for it.
key_does taro delay 700
key_expect 0 "$found;touch;$none;touch;$pin;finger;$finger" --cred one -- \
    assert:none assert:pin=135790 assert:finger
key_does taro delay 0

# A look takes nobody: neither a touch nor a PIN.
look="signed uv=3 flags=00 ext= handle=0 verified"
pins=$(vkey_count taro pins)
key_does taro touch none
key_expect 0 "$found;$look;$look" --cred one -- assert:look assert:look
key_does taro touch yes
key_expect 0 "$found;$look;$pin;$look;$none" --cred one -- \
    assert:look assert:pin=135790 assert:look assert:none
key_count_is taro pins $((pins + 1))
# By what was made just now too, and by a key that verifies always.
vkey_new sure --always-uv --pin 135790
vkey_in sure 2
key_expect 0 "found *;made *;$look" --enroll --cred one -- \
    make:pin=135790:sure assert:look:made
key_expect 0 "found *;$look" --cred sure -- assert:look
vkey_out sure
# A key that gives none is told, and not waited for as its person would be.
key_does taro fault status status=31 cmd=02 at=2
key_expect 0 "$found;refused pin-wrong *" --cred one -- assert:look
key_does taro fault forever cmd=02 at=2
SECONDS=0
key_expect 1 "$found;failed device card-mute *" --cred one -- assert:look
[ "$SECONDS" -lt 15 ]
key_does taro fault none

# A key that holds none of what is asked for goes no further, and gets no PIN.
vkey_new hana --sensor --pin 246800
vkey_in hana 1
key_expect 0 "$found;$none" --cred one -- assert:none
vkey_out taro
key_expect 1 'waiting keys=1 other=1 old=0 choose=0 busy=0;failed device timeout *' \
    --cred one --wait 700 -- assert:pin=135790
key_count_is hana pins 0
vkey_in taro
# At enrolment it is the other way round.
key_expect 0 'found *;made packed flags=41 *' --enroll --cred one -- \
    make:none:two
vkey_out hana
key_expect 1 'waiting keys=1 other=1 old=0 choose=0 busy=0;failed device timeout *' \
    --enroll --cred one --wait 700 -- make:none:three
# One of several is enough.
key_expect 1 'waiting keys=1 other=1 *' --enroll --cred two --cred one \
    --wait 300 --

# Several that fit: the one that is touched.
vkey_in hana 1
key_expect 0 "found *;made *" --enroll --cred one -- make:none:hers
key_does taro touch wait
key_does hana touch wait yes
key_expect 0 "waiting keys=2 other=0 old=0 choose=1 busy=0;found * index=1 *;$none" \
    --cred one --cred hers --wait 15000 \
    --on waiting "sleep 0.5; $VKEY ctl --dir $VKEY_DIR/hana touch yes >&2" -- \
    assert:none
key_count_is taro cancels 1
key_does taro touch yes
vkey_out hana

# The ladder of the PIN: PINs sent are those typed, less the ones that can't be.
key_does taro insert
before=$(vkey_count taro pins)
long=$(printf '1%.0s' $(seq 64))
key_expect 0 "$found tries=8,* *;refused pin-format *;refused pin-format *;refused pin-wrong tries=7;$pin;refused pin-wrong tries=7;refused pin-wrong tries=6;refused key-replug tries=5;refused key-replug tries=5" \
    --cred one -- assert:pin=123 "assert:pin=$long" assert:pin=1111 \
    assert:pin=135790 assert:pin=1111 assert:pin=1111 assert:pin=1111 \
    assert:pin=135790
# The last one was refused by the key, which had not looked at it.
[ "$(vkey_count taro pins)" = $((before + 5)) ] ||
	key_count_is taro pins $((before + 5))
key_does taro insert
key_expect 0 'found *;refused pin-reserve tries=5' --cred one --reserve 5 -- \
    assert:pin=135790
key_count_is taro pins $((before + 5))
key_expect 0 "found *;$pin" --cred one --reserve 4 -- assert:pin=135790
# Down to the reserve, over power cycles: the last try is never sent.
for left in 7 6 5 4 3 2 1; do
	key_does taro insert
	key_expect 0 "found *;refused * tries=$left" --cred one --reserve 1 -- \
	    assert:pin=1111
done
key_does taro insert
key_expect 0 "found *;refused pin-reserve tries=1" --cred one -- \
    assert:pin=135790
key_count_is taro pins-last 0
key_expect 0 "found *;refused pin-blocked tries=0;refused pin-blocked tries=0" \
    --cred one --reserve 0 -- assert:pin=1111 assert:pin=135790
key_count_is taro pins-last 1
vkey_out taro

# Fingers: one try each, then the sensor is blocked until a right PIN.
vkey_new jiro --sensor --pin 135790 --fingers 1
vkey_in jiro
key_expect 0 "found *;made *" --enroll -- make:finger:jiro
key_does jiro finger wrong
key_expect 0 "found *;refused uv-wrong tries=2;refused uv-wrong tries=1;refused uv-blocked tries=0;refused uv-blocked tries=0;$pin" \
    --cred jiro -- assert:finger assert:finger assert:finger assert:finger \
    assert:pin=135790
key_count_is jiro pins 1
key_does jiro finger right
key_expect 0 "found *;$finger" --cred jiro -- assert:finger

# Refused on the key, not touched, and the agent that leaves.
key_does jiro touch no
key_expect 0 'found *;refused denied *' --cred jiro -- assert:none
key_does jiro touch none
key_does jiro patience 800
key_expect 0 'found *;touch;refused timeout *' --cred jiro -- assert:none
key_does jiro patience 30000
key_does jiro touch wait
key_expect 5 'found *;touch' --cred jiro --hang-up touch -- assert:none
key_count_is jiro cancelled 1
key_does jiro touch yes
key_expect 0 "found *;$none" --cred jiro -- assert:none
vkey_out jiro

# A key that knows by itself whom it is for.
vkey_new saburo --sensor --pin 135790 --fingers 1
vkey_in saburo
key_expect 1 'found *;failed credential key-other *' -- assert:none
key_expect 0 'found *;made *' --enroll -- make:finger:saburo:resident
key_expect 0 'found *;signed uv=1 flags=85 * handle=32 unknown' -- assert:finger

# PINs and fingers: set, changed, at random, learned, listed, forgotten.
vkey_new rin --sensor
vkey_in rin 1
vkey_out saburo
sample='sample last=0 left=*'
key_does rin finger too-left 1
key_expect 0 "found usb pin=100 uv=10 *;refused key-bare *;refused key-bare *;refused pin-format *;done;list 0;$sample;sample last=3 left=4;$sample;$sample;$sample;done;list 1 *=migi;made * flags=45 *;$finger;done;refused pin-wrong tries=7;list 1 *=migi" \
    --enroll -- \
    make:pin=1234:x make:finger:x pin::12 pin::123456 fingers:123456 \
    enroll:migi:123456 fingers:123456 make:finger:rin assert:finger:made \
    pin:123456:654321 fingers:123456 fingers:654321
id=$(sed -n 's/^list 1 \(.*\)=migi$/\1/p' <<<"$key_report" | tail -n 1)
key_expect 0 "found *;done;list 0" --enroll -- "forget:$id:654321" fingers:654321
# The worker's own PIN serves as long as it lives, and is known to nobody.
key_expect 0 "found *;done;list 0;$sample*;done;made *;$pin" --enroll -- \
    random:654321 fingers: enroll:hidari: make:own:rin assert:own:made
if grep -q '[0-9a-z]\{32\}' <<<"$key_report"; then
	echo "FAIL: the PIN was told"
	exit 1
fi
key_expect 0 "found *;refused pin-wrong tries=7;refused pin-format *;$finger" \
    --cred rin -- assert:pin=654321 assert:own assert:finger
vkey_out rin

# What a key can't do is not asked of it.
vkey_new plain --no-pin --no-uvm
vkey_in plain
key_expect 0 "found usb pin=000 uv=00 bio=0 uvm=0 *;refused key-unfit *;refused key-unfit *;refused key-unfit *;refused key-unfit *;made * flags=41 *;signed uv=0 flags=01 ext= handle=0 verified" \
    --enroll -- pin::1234 make:pin=1234:x make:finger:x enroll:x:1234 \
    make:none:plain assert:none:made
vkey_out plain
vkey_new only --finger-only --sensor --pin 135790 --fingers 1
vkey_in only
key_expect 0 "found * nopin=1 *;made *;refused key-unfit *;$finger" \
    --enroll -- make:finger:only assert:pin=135790:made assert:finger:made
vkey_out only

# Older and newer ways of bio enrolment, one credential id at a time, old keys.
vkey_new early --sensor --pin 135790 --no-final
vkey_new late --sensor --pin 135790 --no-preview
for key in early late; do
	vkey_in "$key"
	key_expect 0 "found * bio=1 *;$sample*;done;list 1 *=x;made *;$finger" \
	    --enroll -- enroll:x:135790 fingers:135790 "make:finger:$key" \
	    assert:finger:made
	vkey_out "$key"
done
vkey_new old --ctap20 --pin 135790
vkey_in old
key_expect 0 "found *;made *;signed uv=2 flags=?5 * verified" --enroll -- \
    make:pin=135790:old assert:pin=135790:made
key_expect 0 "found * index=2 *;signed uv=0 * verified" \
    --cred early --cred late --cred old -- assert:none
vkey_out old

# A key that is not ours to open is named.
vkey_in late 7
chmod 0600 /dev/hidraw7
key_expect 1 'waiting keys=1 other=0 *;failed device perm * (hidraw7)' \
    --wait 500 -- assert:none
vkey_out late
