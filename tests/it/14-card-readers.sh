#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: cards in several readers outlive pcscd and come back in the next one.
set -u
# shellcheck source=../support/judge.sh
. "$(dirname "$0")/../support/judge.sh"
judge_enter 4 "$@"

# shellcheck disable=SC2317 # judge_is calls it
in_reader()
{
	timeout 10 opensc-tool -r "$1" -n
}

judge_card taro --type jpki
"$VCARD" create --dir hana --type piv --alg p256 --ca ca
judge_is "a card in the first slot" jpki in_reader "Virtual PCD 00 00"
"$VCARD" run --dir hana --port $((PCSCD_PORT + 3)) --insert &
"$VCARD" ctl --dir hana wait >/dev/null
judge_is "another card in the fourth slot" "Personal Identity" \
    in_reader "Virtual PCD2 00 01"
pcscd_kill
pcscd_start 4
ctl wait >/dev/null
"$VCARD" ctl --dir hana wait >/dev/null
judge_is "pcscd killed: the card is in the next one" jpki \
    in_reader "Virtual PCD 00 00"
judge_is "the other one too" "Personal Identity" \
    in_reader "Virtual PCD2 00 01"
"$VCARD" ctl --dir hana quit >/dev/null
pcscd_stop
pcscd_start 2
pcscd_group nogroup
judge_is "the socket is the group's" "660 nogroup" \
    stat -c '%a %G' /run/pcscd/pcscd.comm
judge_done
