#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: the card office makes a card for a person from a blank one: the key is
# made on it, the PIN chosen by the person and never the maker's (CARD-8); the
# card opens the session; its PIN is changed, blocked and unblocked; it replaces
# a card that ends, in one visit.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

NEW='New PIN: |新しい暗証番号[:：]'
AGAIN='PIN again: |もう一度）[:：]'
OLD='Present PIN: |いまの暗証番号[:：]'

city_issuers
# shellcheck disable=SC2034 # for city_server
CITY_SERVER_MORE='personalise = yes'
city_server
city_terminal counter-1 10.99.0.11
# As makers deliver it: no key, PIN 123456, PUK 12345678, management key 0102...
city_card blank piv --empty --pin 123456 --tries 3
city_card hanako jpki --pin 4321
lab_run server sanyosoctl user add suzuki --name "鈴木 花子" --basis "application 6"
city_hand counter-1 blank 0
city_hand counter-1 hanako 1

# code [OPTIONS...]: a code for suzuki.
code()
{
	lab_run server sanyosoctl --json token invite suzuki \
	    --terminal counter-1 --basis "application 7" "$@" | jq -r .code
}

# made CODE CARD PIN: she has that card personalised.
made()
{
	city_talk counter-1 "$SAYS_CODE" "$1" "$NEW" "$3" "$AGAIN" "$3" \
	    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/$2 insert >/dev/null" \
	    -- sanyosoctl token personalise suzuki
}

refused()
{
	if "$@"; then
		echo "this should have been refused"
		exit 1
	fi
}

echo "-- the maker's PIN is refused, and nothing is enrolled"
code=$(code --for personalise)
refused made "$code" blank 123456
city_remove blank
lab_run server sanyosoctl --json token list |
    lab_holds '.tokens | length == 0'

echo "-- the same code, a PIN of her own"
made "$code" blank 246802
city_remove blank
lab_run server sanyosoctl --json token show 1 | tee "$LAB_DIR/token"
jq -e '.origin == "personalised" and .state == "active" and
    .method == "card-pin"' "$LAB_DIR/token"

echo "-- judged by yubico-piv-tool and OpenSC: the certificate is ours, its key the
card's; the maker's secrets are of no use any more"
piv()
{
	lab_run counter-1 yubico-piv-tool -r Virtual "$@" 2>&1
}
city_insert blank
city_ctl blank wait
piv -a status | grep -q "PIN tries left:.*3"
piv -a read-certificate -s 9a >"$LAB_DIR/9a.crt"
openssl verify -CAfile "$(lab_root server)/var/lib/sanyoso/server/keeper/ca.crt" \
    -purpose any "$LAB_DIR/9a.crt"
openssl x509 -in "$LAB_DIR/9a.crt" -noout -ext extendedKeyUsage | grep -q Smartcard
if openssl x509 -in "$LAB_DIR/9a.crt" -noout -subject | grep -q suzuki; then
	echo "the certificate names the person"
	exit 1
fi
cp "$LAB_DIR/9a.crt" "$(lab_root counter-1)/root/9a.crt"
piv -a verify-pin -P 246802 -a test-signature -s 9a -i /root/9a.crt |
	grep -q Successful
lab_run counter-1 pkcs15-tool --read-certificate 01 | grep -q BEGIN
refused piv -a set-mgm-key -n "$(printf '01%.0s' {1..24})"
refused piv -a change-puk -P 12345678 -N 87654321
city_remove blank

echo "-- it logs in"
city_login counter-1 suzuki blank 246802
lab_run server sanyosoctl audit search --action token.personalise |
	grep -q counter-1

echo "-- the PIN is changed, with one typing error"
city_talk counter-1 \
    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/blank insert >/dev/null" \
    "$OLD" 999999 "$NEW" 808642 "$AGAIN" 808642 "$OLD" 246802 \
    -- sanyosoctl token pin change suzuki
city_remove blank
city_ctl blank tries | grep -q "pin 3/3"
city_login counter-1 suzuki blank 808642

echo "-- blocked, and unblocked by a code"
city_insert blank
city_ctl blank wait
for _ in 1 2 3; do
	piv -a verify-pin -P 999999 || true
done
city_ctl blank tries | grep -q "pin 0/3"
city_remove blank
code=$(code --for pin-unblock)
city_talk counter-1 "$SAYS_CODE" "$code" "$NEW" 135790 "$AGAIN" 135790 \
    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/blank insert >/dev/null" \
    -- sanyosoctl token pin unblock suzuki
city_remove blank
city_login counter-1 suzuki blank 135790

echo "-- a My Number card is sent to the resident counter"
refused city_talk counter-1 \
    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/hanako insert >/dev/null" \
    -- sanyosoctl token pin change suzuki | tee "$LAB_DIR/jpki"
grep -qE 'resident counter|住民窓口' "$LAB_DIR/jpki"
city_remove hanako

echo "-- a new certificate on the same card replaces the old token"
code=$(code --for personalise --replace 1)
made "$code" blank 246824
city_remove blank
lab_run server sanyosoctl --json token list |
    lab_holds '[.tokens[].state] == ["replaced", "active"]'
city_login counter-1 suzuki blank 246824
lab_run server sanyosoctl audit verify
