#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: the real worker makes and uses credentials of FIDO2 cards through a real
# pcscd: every way in which such cards answer, PIN and finger, a card that is put
# in anew, others beside it, and a card that goes at any command. (CARD-7)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/worker.sh disable=SC1091
. "$here/../support/worker.sh"
worker_enter "$here/${0##*/}" "$@"
# shellcheck source=tests/support/keys.sh disable=SC1091
. "$here/../support/keys.sh"
vkey=$build/tests/vkey/vkey

# fido_new NAME [OPTION...]; for the card in $card_options.
card_options=
fido_new()
{
	local name=$1
	shift
	# shellcheck disable=SC2086 # a list of options
	"$vcard" create --dir "$name" ${card_options:---type fido} --ca ca \
	    >/dev/null
	"$vkey" create --dir "$name" --ca ca --card --pin 135790 "$@"
}

# The counts of a card's key.
vkey_count()
{
	ctl "$1" key stats | sed -n "s/^$2 //p"
}

none="signed uv=0 flags=81 * verified"
finger="signed uv=1 flags=85 ext=a16375766d8183020a04 * verified"
look="signed uv=3 flags=00 ext= * verified"
pin="signed uv=2 flags=85 ext=a16375766d81831908000a04 * verified"

# A card with a sensor.
fido_new taro --sensor --fingers 1
card_in taro
key_expect 0 "found reader pin=110 uv=11 * tries=8,3 *;made packed flags=45 *;$none;$pin;$finger" \
    --reader --enroll -- make:pin=135790:one assert:none:made \
    assert:pin=135790:made assert:finger:made
key_count_is taro pins 2
key_expect 0 "found reader *;$look;refused pin-wrong tries=7;$pin" --reader \
    --cred one -- assert:look assert:pin=1111 assert:pin=135790
key_count_is taro pins 4
# Nothing of a PIN stays behind: the card was reset.
key_expect 0 "found reader *;refused key-bare *" --reader --enroll -- \
    make:none:x:resident
# Over PC/SC every operation is a power cycle: only the reserve protects.
for left in 7 6 5 4 3 2 1; do
	key_expect 0 "found *;refused * tries=$left" --reader --cred one -- \
	    assert:pin=1111
done
key_expect 0 'found *;refused pin-reserve tries=1' --reader --cred one -- \
    assert:pin=135790
key_count_is taro pins-last 0
key_expect 0 "found *;$pin" --reader --cred one --reserve 0 -- \
    assert:pin=135790

# A card that was there does not count where it must be put in anew.
key_expect 1 'waiting keys=0 other=0 old=1 *;failed device timeout *' \
    --reader --fresh --cred one --wait 500 -- assert:none
key_expect 0 "waiting keys=0 * old=1 *;found *;$none" \
    --reader --fresh --cred one \
    --on waiting "$vcard ctl --dir $PWD/taro remove >&2; sleep 1; $vcard ctl --dir $PWD/taro insert >&2" -- \
    assert:none

# Another card holds none of what is asked for; it gets no PIN.
card_stop taro
fido_new hana
card_in hana
key_expect 1 'waiting keys=1 other=1 *;failed device timeout *' \
    --reader --cred one --wait 1500 -- assert:pin=135790
key_count_is hana pins 0
card_stop hana
# One that is no key at all is passed over.
card_new piv piv --pin 246802
card_in piv
key_expect 1 'waiting keys=0 other=0 *;failed device timeout *' --reader \
    --cred one --wait 700 -- assert:none
card_stop piv

# The ways of cards: status 61xx by either class, even after SELECT, the old
# name, CTAP 2.0, PIV beside it, T=0.
fido_new strict --response 80
fido_new old --response 00 --u2f-v2 --select-more --ctap20
card_options="--type piv --alg p256" fido_new both
card_options="--type fido --protocol t0" fido_new tzero
for card in strict old both tzero; do
	card_in "$card"
	key_expect 0 "found reader *;made *;signed uv=2 flags=?5 * verified" \
	    --reader --enroll -- "make:pin=135790:$card" \
	    assert:pin=135790:made
	key_expect 0 "found reader * index=1 *;signed uv=0 *" --reader \
	    --cred one --cred "$card" -- assert:none
	card_stop "$card"
done

# A card that goes, hangs or lies at any command: never a signature that is not
# one, no PIN twice.
fido_new pulled
card_in pulled
key_expect 0 'found *;made *' --reader --enroll -- make:pin=135790:pulled
for fault in "pull when=before" "pull when=after"; do
	for at in $(seq 40); do
		before=$(vkey_count pulled pins)
		ctl pulled fault "${fault%% *}" "at=$at" "${fault#* }" >/dev/null
		status=0
		key_run --reader --cred pulled --wait 1200 -- assert:pin=135790 ||
			status=$?
		after=$(vkey_count pulled pins)
		if [ $((after - before)) -gt 1 ]; then
			echo "FAIL: $fault at=$at: $((after - before)) PINs"
			exit 1
		fi
		case "$status $key_report" in
		"0 "*verified) break ;;
		"1 "*"failed device "*) ;;
		*)
			echo "FAIL: $fault at=$at: $status $key_report"
			exit 1
			;;
		esac
		ctl pulled fault none >/dev/null
		card_in pulled
	done
	ctl pulled fault none >/dev/null
	card_in pulled
	if [ "$at" -le 5 ] || [ "$at" -ge 40 ]; then
		echo "FAIL: $fault: ended at $at"
		exit 1
	fi
	echo "ok: $fault at each of $((at - 1)) commands"
done
card_stop pulled
