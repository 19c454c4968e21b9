#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: OpenSC takes the virtual My Number card for a real one.
set -u
# shellcheck source=../support/judge.sh
. "$(dirname "$0")/../support/judge.sh"
judge_enter 1 "$@"

judge_kind()
{
	local name=$1
	shift
	echo "-- $name"
	judge_card "$name" --type jpki --subject "/C=JP/CN=試験 太郎" "$@"
	judge_is "recognised" "jpki" opensc-tool -n
	pkcs15-tool -D >dump 2>&1
	judge_is "four certificates" 4 grep -c '^X.509 Certificate' dump
	judge_is "three tries" ": 3" grep -A9 '^PIN .User' dump
	judge_is "five tries" ": 5" grep -A9 '^PIN .Digital' dump
	judge_is "certificate read without PIN" "OK" \
	    sh -c 'pkcs15-tool --read-certificate 01 | openssl verify -CAfile ca/ca.crt'
	judge_is "no PIN sent unasked" 0 count stats verifies
}

judge_signature()
{
	sign 1234 01 SHA256-RSA-PKCS data >/dev/null 2>&1
	judge_is "signature" "Verified OK" verified "$CARD/cert-auth.pem"
	sign 9999 01 SHA256-RSA-PKCS data >/dev/null 2>&1
	judge_is "a wrong PIN burns one try" 2/3 count tries auth
	judge_is "and is one command" 2 count stats verifies
	sign 1234 01 SHA256-RSA-PKCS data >/dev/null 2>&1
	judge_is "the right one restores it" 3/3 count tries auth
	judge_is "no rule of the protocol broken" 0 count stats breaches
	judge_is "signature key untouched" 5/5 count tries sign
}

for atr in jpki jpki-contactless jpki-da; do
	judge_kind "$atr" --atr "$atr"
	judge_signature
done
judge_kind padded --pad 100
judge_signature
judge_kind extended --extended
judge_signature
# OpenSC does not fetch a signature over T=0: its plain commands do.
judge_kind t0 --protocol t0
opensc-tool -s 00A4040C0AD392F000260100000001 -s 00A4020C020018 \
    -s 002000800431323334 -s 00A4020C020017 -s "802A0080333031300D06096086480\
1650304020105000420$(od -An -v -tx1 hash | tr -d ' \n')00" >answers 2>&1
# shellcheck disable=SC2059 # it is all \xHH
printf "$(tail -n 16 answers | cut -c1-47 | tr -d '\n' |
	sed 's/\(..\) */\\x\1/g')" >signature
judge_is "signature over T=0" "Verified OK" verified "$CARD/cert-auth.pem"
judge_is "no rule of the protocol broken" 0 count stats breaches

judge_card jpki # once more: what it counted is still there
judge_is "the card remembers" 3 count stats verifies
judge_done
