#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: the virtual card fails on command and pcscd outlives every fault.
set -u
# shellcheck source=../support/judge.sh
. "$(dirname "$0")/../support/judge.sh"
judge_enter 1 "$@"

# Does the card still say what it is?
judge_answers()
{
	judge_is "$1" jpki timeout 10 opensc-tool -r "Virtual PCD 00 00" -n
}

judge_login()
{
	timeout 10 pkcs11-tool --login --pin "$1" -O >login 2>&1
}

judge_card taro --type jpki
ctl fault pull ins=20 min=6 when=before >/dev/null
judge_login 9999
judge_is "pulled before the VERIFY: no try lost" 3/3 count tries auth
judge_is "but it had arrived" 1 count stats verifies
judge_is "and the card is out" "inserted no" \
    sh -c "'$VCARD' ctl --dir '$CARD' status | head -n 1"
ctl insert >/dev/null && ctl wait >/dev/null
ctl fault pull ins=20 min=6 when=after >/dev/null
judge_login 9999
judge_is "pulled after it: one try lost" 2/3 count tries auth
ctl insert >/dev/null && ctl wait >/dev/null

for fault in "delay ms=700" "garbage ins=b0" "long ins=b0" "short ins=b0" \
    "sw sw=6f00 ins=b0" "patch off=2 hex=ffff ins=b0" "lie by=200 ins=b0" \
    "reset ins=b0" "garbage len=1" "long len=6000" "short"; do
	# shellcheck disable=SC2086 # words of the command
	ctl fault $fault >/dev/null
	timeout 10 pkcs15-tool --read-certificate 01 >certificate 2>&1
	judge_is "$fault: struck" "faults 0" \
	    sh -c "'$VCARD' ctl --dir '$CARD' status | grep faults"
	judge_answers "$fault: over"
done

ctl fault mute >/dev/null
timeout 1 opensc-tool -n >/dev/null 2>&1
judge_is "mute: no answer" 124 sh -c 'timeout 1 opensc-tool -n; echo $?'
ctl remove >/dev/null
ctl insert >/dev/null && ctl wait >/dev/null
judge_answers "mute: over when it was out"
judge_done
