#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: each fault of the virtual key reaches libfido2 as it would from a real one.
# shellcheck disable=SC2317 # functions are called by judge_is
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/judge.sh
. "$here/../support/judge.sh"
# shellcheck source=../support/vkey.sh
. "$here/../support/vkey.sh"
vkey_enter "$@"
D=/dev/hidraw0

# log_in: by finger; the last line is what went wrong, or how it ended.
log_in()
{
	timeout 2 fido2-assert -G -t uv=true -i param -o assertion $D
	echo "status $?"
}

# struck MESSAGE|STATUS FAULT...: what a login meets; the key is plugged in
# again, and the next login is good.
struck()
{
	local expected=$1
	shift
	vkey_ctl taro fault "$@" >/dev/null
	log_in >got 2>&1
	judge_is "$*" "yes" sh -c "grep -q '$expected' got && echo yes || cat got"
	vkey_ctl taro fault none >/dev/null
	vkey_ctl taro insert >/dev/null
	judge_is "  and is over" "status 0" log_in
}

vkey_new taro --sensor --fingers 1 --pin 135790
vkey_in taro
vkey_param "to register" city.example taro "$(printf %032d 1 | base64)" >param
fido2-cred -M -v -i param -o cred $D && fido2-cred -V -v -i cred -o public
vkey_param "to log in" city.example "$(head -n 1 public)" >param

echo "-- pulled out"
struck "fido_dev_open.*ERR_RX" pull-out at=1
struck ERR_RX pull cmd=02
struck ERR_RX pull cmd=02 when=after
for at in 3 4 5 6 7 8; do
	struck "ERR_RX\|ERR_INTERNAL\|ERR_TX" pull-in at=$at
done
echo "-- no answer"
struck "status 124" mute cmd=02
struck "status 124" forever cmd=02
struck "status 124" channel cmd=02
struck "status 0" delay cmd=02 ms=700
echo "-- other frames"
struck ERR_RX sequence cmd=02
struck ERR_RX short cmd=02
struck "status 124" size cmd=02 len=500
struck "status 0" noise cmd=02
echo "-- other answers"
struck ERR_OPERATION_DENIED status cmd=02 status=27
struck ERR_RX_NOT_CBOR cut cmd=02 len=20
struck ERR_RX_INVALID_CBOR twice cmd=02
struck ERR_RX_INVALID_CBOR deep cmd=02
struck "status 1" garbage cmd=02

echo "-- a person who hesitates"
vkey_ctl taro finger wait >/dev/null
log_in >got 2>&1 &
vkey_ctl taro await "waits finger"
vkey_ctl taro finger right >/dev/null
wait $!
judge_is "the finger comes later" "status 0" cat got
vkey_ctl taro finger none >/dev/null
vkey_ctl taro patience 300 >/dev/null
judge_is "and never" "1" sh -c "fido2-assert -G -t uv=true -i param $D 2>&1 |
    grep -c 'ERR_USER_ACTION_TIMEOUT\|ERR_ACTION_TIMEOUT'"
vkey_ctl taro finger wait >/dev/null
vkey_ctl taro patience 30000 >/dev/null
log_in >got 2>&1 &
vkey_ctl taro await "waits finger"
vkey_ctl taro remove >/dev/null
wait $!
judge_is "the key is pulled out meanwhile" "1" grep -c ERR_RX got
vkey_ctl taro finger right >/dev/null
vkey_ctl taro insert >/dev/null
judge_is "and is good again" "status 0" log_in

echo "-- a clone"
vkey_out taro
cp -a taro clone
vkey_in taro
log_in >/dev/null
log_in >/dev/null
ahead=$(vkey_count taro counter)
vkey_out taro
vkey_in clone
judge_is "logs in as well" "status 0" log_in
judge_is "behind the other" 1 sh -c "echo $((ahead - $(vkey_count clone counter)))"
vkey_out clone
judge_done
