#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: a card that is pulled out while it is made is no half-enrolled token:
# nothing is enrolled until it was put in again with the same code and made to
# its end, with secrets that the server still has (CARD-8).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

NEW='New PIN: |新しい暗証番号[:：]'
AGAIN='PIN again: |もう一度）[:：]'

city_issuers
# shellcheck disable=SC2034 # for city_server
CITY_SERVER_MORE='personalise = yes'
city_server
city_terminal counter-1 10.99.0.11
city_card blank piv --empty --pin 123456 --tries 3
lab_run server sanyosoctl user add suzuki --name Suzuki --basis "application 6"
city_hand counter-1 blank 0
code=$(lab_run server sanyosoctl --json token invite suzuki \
    --terminal counter-1 --for personalise --basis "application 7" | jq -r .code)

visit()
{
	city_talk counter-1 "$SAYS_CODE" "$code" "$NEW" 246802 "$AGAIN" 246802 \
	    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/blank insert >/dev/null" \
	    -- sanyosoctl token personalise suzuki
}

# Commands by their instruction: the GUID, the PUK, the management key, the PIN,
# the new key, the proof, the certificate.
for fault in "ins=db" "ins=24" "ins=ff" "ins=2c" "ins=47" "ins=20 min=6" \
    "ins=db at=2"; do
	for when in before after; do
		echo "-- pulled out $when $fault"
		# shellcheck disable=SC2086 # words
		city_ctl blank fault pull $fault "when=$when" >/dev/null
		status=0
		visit >"$LAB_DIR/visit" 2>&1 || status=$?
		tail -n 1 "$LAB_DIR/visit"
		city_ctl blank fault none >/dev/null
		city_remove blank || true
		[ "$status" != 0 ]
		lab_run server sanyosoctl --json token list |
			lab_holds '.tokens | length == 0' >/dev/null
	done
done
visit
city_remove blank
lab_run server sanyosoctl --json token list |
	lab_holds '[.tokens[] | [.state, .origin]] == [["active", "personalised"]]'
city_ctl blank tries | grep -q "pin 3/3"
city_ctl blank tries | grep -q "puk 3/3"
city_login counter-1 suzuki blank 246802
