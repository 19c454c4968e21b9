#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: OpenSC takes the virtual PIV card for a real one, with every algorithm.
# Slow: a card for each.
set -u
# shellcheck source=../support/judge.sh
. "$(dirname "$0")/../support/judge.sh"
judge_enter 1 "$@"

# judge_kind NAME MECHANISM FILE-TO-SIGN OPTION...
judge_kind()
{
	local name=$1 mechanism=$2 input=$3
	shift 3
	echo "-- $name"
	judge_card "$name" --type piv "$@"
	judge_is "recognised" "Personal Identity Verification" opensc-tool -n
	pkcs15-tool -D >dump 2>&1
	judge_is "four certificates" 4 grep -c '^X.509 Certificate' dump
	judge_is "certificate" "OK" \
	    sh -c 'pkcs15-tool --read-certificate 01 | openssl verify -CAfile ca/ca.crt'
	judge_is "no PIN sent unasked" 0 count stats verifies
	sign 246802 01 "$mechanism" "$input" >/dev/null 2>&1
	judge_is "signature of 9A" "Verified OK" verified "$CARD/cert-9a.pem"
	sign 246802 02 "$mechanism" "$input" >/dev/null 2>&1
	judge_is "signature of 9C, its PIN each time" "Verified OK" \
	    verified "$CARD/cert-9c.pem"
	sign 246803 01 "$mechanism" "$input" >/dev/null 2>&1
	judge_is "a wrong PIN burns one try" 4/5 count tries pin
	judge_is "and is one command" 4 count stats verifies
	sign 246802 04 "$mechanism" "$input" >/dev/null 2>&1
	judge_is "signature of 9E" "Verified OK" verified "$CARD/cert-9e.pem"
	judge_is "the right PIN restores the tries" 5/5 count tries pin
	judge_is "no rule of the protocol broken" 0 count stats breaches
}

for protocol in t1 t0; do
	for alg in p256 p384; do
		judge_kind "$protocol-$alg" ECDSA hash --protocol "$protocol" \
		    --alg "$alg"
	done
	for alg in rsa2048 rsa3072; do
		judge_kind "$protocol-$alg" SHA256-RSA-PKCS data \
		    --protocol "$protocol" --alg "$alg"
	done
done
judge_kind no-le-61 ECDSA hash --alg p256 --no-le 61
judge_kind no-le-strict ECDSA hash --alg p256 --no-le strict
judge_kind plain ECDSA hash --alg p256 --plain
judge_kind extended SHA256-RSA-PKCS data --extended
judge_kind yubikey4 ECDSA hash --alg p256 --atr yubikey4
judge_kind oberthur ECDSA hash --alg p256 --atr oberthur
judge_done
