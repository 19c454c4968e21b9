#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: the real worker signs with every kind of card key through a real pcscd,
# sends a PIN once per SIGN, and never one that must not be sent. (CARD-6,
# CARD-7, CARD-8, MFA-4)
set -eu
# shellcheck source=tests/support/worker.sh disable=SC1091
. "$(dirname "$0")/../support/worker.sh"
worker_enter "$0" "$@"

signed='card *;signature verified'

# My Number card: T=1 and T=0; the signature key is never named.
for protocol in t1 t0; do
	card_new "jpki-$protocol" jpki --protocol "$protocol"
	card_in "jpki-$protocol"
	expect 0 'card jpki tries=3 *;pin-format 4-4;pin-wrong left=2;signature verified' \
	    worker --pin 12345 --pin 9999 --pin 1234
	expect 0 'card jpki tries=3 spki=294 cert=[1-9]*;signature verified' \
	    worker --enroll --pin 1234
	expect 1 'card jpki tries=3 *;pin-wrong left=2;failed credential pin-reserve tries=1 *' \
	    worker --pin 1111 --pin 2222 --pin 1234
	expect 1 'failed device pin-reserve tries=1 *' worker --pin 1234
	expect 0 "card jpki tries=1 *" worker --reserve 0 --pin 1234
	expect 0 "card jpki tries=3 *" worker --pin 1234
	stat_is "jpki-$protocol" strangers 0
	stat_is "jpki-$protocol" breaches 0
	expect 1 'card *;failed device protocol *' worker --hash 20 --pin 1234
	stat_is "jpki-$protocol" verifies 7
	expect 1 'waiting readers=2 old=1;failed device timeout *' \
	    worker --driver piv --wait 300 --pin 1234
	card_stop "jpki-$protocol"
done

# PIV: every algorithm, with and without PIN, on both protocols.
for card in p256-t1 p256-t0 p384-t1 rsa2048-t1 rsa3072-t0; do
	card_new "$card" piv --alg "${card%-*}" --pin 246802 \
	    --protocol "${card#*-}"
	card_in "$card"
	expect 0 "$signed" worker --pin 246802
	expect 0 "$signed" worker --open
	expect 0 "$signed" worker --enroll --pin 246802
	stat_is "$card" verifies 2
	stat_is "$card" breaches 0
	card_stop "$card"
done

# Blocked, both ways to say so; enrolment refuses what is not safe.
card_new blocked piv --pin 246802 --tries 3 --left 1 --blocked 6984
card_in blocked
expect 1 'card * tries=1 *;failed credential pin-blocked tries=0 *' \
    worker --reserve 0 --pin 111111
expect 1 'failed device pin-blocked tries=0 *' worker --reserve 0 --pin 246802
stat_is blocked verifies 1
card_stop blocked
card_new factory piv --pin 123456 && card_in factory
expect 1 '*;failed credential pin-factory *' worker --enroll --pin 123456
expect 1 '*;pin-format 6-8;pin-format 6-8;failed credential pin-factory *' \
    worker --enroll --pin 12345 --pin 12a456 --pin 12345678
stat_is factory verifies 0
card_stop factory
card_new open piv --pin 246802 --open-keys 9a && card_in open
expect 1 'failed device key-open *' worker --enroll --pin 246802
card_stop open
card_new open-jpki jpki --open-keys 17 && card_in open-jpki
expect 1 'failed device key-open *' worker --enroll --pin 1234
card_stop open-jpki

# What is found on cards in the field, and what is not.
card_new bare piv --pin 246802 --bare-cert --no-le 61 --tries 5 && card_in bare
expect 0 "$signed" worker --pin 246802
card_stop bare
card_new padded jpki --pad 300 && card_in padded
expect 0 "$signed" worker --pin 1234
card_stop padded
for card in "empty piv --empty" "phone jpki --phone"; do
	# shellcheck disable=SC2086 # words are meant
	card_new $card && card_in "${card%% *}"
	expect 1 'waiting *;failed device timeout *' worker --wait 300 --pin 1234
	card_out "${card%% *}"
	expect 1 'waiting *;failed device key-missing *' \
	    worker --on waiting "$vcard ctl --dir ${card%% *} insert >&2" --pin 1234
	card_stop "${card%% *}"
done
