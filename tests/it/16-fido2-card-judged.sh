#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: python-fido2 takes the virtual FIDO2 card for a real one, under pcscd.
# shellcheck disable=SC2317 # functions are called by judge_is
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/judge.sh
. "$here/../support/judge.sh"
judge_enter 1 "$@"
VKEY=$(dirname "$VCARD")/../vkey/vkey

# fido_card NAME TYPE [OPTION...]: a card with the application, in the reader;
# its options for the card stand in CARD_OPTIONS.
fido_card()
{
	local name=$1 type=$2
	shift 2
	judge_end
	# shellcheck disable=SC2086 # a list of options
	"$VCARD" create --dir "$name" --type "$type" --ca ca ${CARD_OPTIONS:-} &&
	    "$VKEY" create --dir "$name" --ca ca --card "$@" && judge_card "$name"
}

platform()
{
	timeout 60 /usr/bin/python3 "$here/../support/vkey_platform.py" pcsc "$@"
}

# apdu HEX...: what came back last, without spaces. It is sent as it is, which
# opensc-tool would not do.
apdu()
{
	printf '%s\n' "$@" | scriptor -p T=1 2>/dev/null | tr '\n' ' ' |
		grep -o '< [0-9A-F ]*' | tail -n 1 | tr -d '< '
}

key_count()
{
	ctl key stats | sed -n "s/^$1 //p"
}

SELECT=00A4040008A0000006472F000100
INFO=80100000010400

echo "-- a FIDO2 card"
fido_card plain fido --pin 135790
judge_is "everything in both PIN protocols" "ok    selection by touch" \
    platform 135790
judge_is "PINs as sent" "$(grep -c ' 06.0[59] ' plain/key.log)" key_count pins
fido_card bio fido --pin 135790 --sensor --fingers 1
judge_is "with a sensor" "ok    selection by touch" platform 135790 finger

echo "-- how it answers"
judge_is "nothing without a SELECT" 6D00 apdu 80100000010400
judge_is "more to come" 61 apdu "$SELECT" 8010000001040A
judge_is "taken by CLA 80" 9000 apdu "$SELECT" "$INFO" 80C0000000
ctl key delay 300 >/dev/null
judge_is "keep-alive while it waits for a finger" 9100 \
    apdu "$SELECT" 80108000010B00
judge_is "and again" 9100 apdu "$SELECT" 80108000010B00 8011000000
judge_is "cancelled" 9000 apdu "$SELECT" 80108000010B00 8011110000
judge_is "which the key knows" 1 key_count cancelled
fido_card strict fido --pin 135790 --response 80
judge_is "a card that takes GET RESPONSE by CLA 80 only" 6D00 \
    apdu "$SELECT" "$INFO" 00C0000000
fido_card old fido --pin 135790 --response 00 --u2f-v2 --select-more
judge_is "and one by CLA 00 only" 6D00 apdu "$SELECT" "$INFO" 80C0000000
judge_is "SELECT with more to come" 6106 apdu "$SELECT"
judge_is "its name" 5532465F56329000 apdu "$SELECT" 00C0000006

echo "-- beside PIV, in one card"
CARD_OPTIONS="--alg p256 --extended" fido_card both piv --pin 135790
judge_is "PIV there" "ok" sh -c "openssl version >/dev/null && opensc-tool -n &&
    pkcs11-tool --login --pin 246802 --sign --id 01 -m ECDSA-SHA256 \
	--signature-format openssl --input-file data -o signature >/dev/null 2>&1 &&
    echo ok"
judge_is "FIDO2 there" "ok    selection by touch" platform 135790
judge_is "extended length" 9000 apdu "$SELECT" 80100000000001040000

echo "-- power"
wrong()
{
	/usr/bin/python3 - <<-'END'
		from fido2.pcsc import CtapPcscDevice
		from fido2.ctap import CtapError
		from fido2.ctap2 import ClientPin, Ctap2
		pin = ClientPin(Ctap2(next(CtapPcscDevice.list_devices())))
		codes = []
		for _ in range(4):
		    try:
		        pin.get_pin_token("999999", 2, "x")
		    except CtapError as e:
		        codes.append("%02x" % e.code)
		print(" ".join(codes))
	END
}
judge_is "three in a row, then no more" "31 31 34 34" wrong
judge_is "which burned three tries" 5 key_count pin-left
judge_end
judge_card both
judge_is "power gives three more" "31 31 34 34" wrong
judge_is "the tries are kept" 2 key_count pin-left
judge_done
