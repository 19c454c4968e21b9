#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: the card first, then the password; a wrong one is asked for again with
# the card put in once only; without the card nobody gets to the password
# (MFA-1, MFA-2).
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
lab_machine server "$CITY_SERVER_IP"
mkdir -p "$(lab_root server)/etc/sanyoso"
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = both
	[rule both]
	zone = mynumber
	purpose = login
	kind = staff
	require = 2
	allow = card+password, card-pin
	origin = issuer
	[password all]
	kind = all
	dictionary = no
	max_age = 90d
END
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
city_card hanako piv --alg p256 --pin 135791
for user in tanaka suzuki; do
	lab_run server sanyosoctl user add "$user" --name "$user" --basis test
done
city_hand counter-1 taro 0
city_hand counter-1 hanako 1
code=$(lab_run server sanyosoctl --json token invite tanaka --method card \
    --terminal counter-1 --basis "application 1" | jq -r .code)
city_talk counter-1 "$SAYS_CODE" "$code" \
    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/taro insert >/dev/null" \
    -- sanyosoctl token enroll tanaka
city_remove taro
temporary=$(lab_run server sanyosoctl --json user password-reset tanaka \
    --basis "desk 1" | jq -r .code)

insert="!$VCARD ctl --dir $CITY_CARDS/taro insert >/dev/null"
login="pamtester $CITY_SERVICE"

echo "-- card, a wrong password, the right one"
# shellcheck disable=SC2086 # a command line
city_talk counter-1 "$SAYS_INSERT" "$insert" 'not the PIN' "not-this-one-1" \
    'is wrong' "$temporary" -- $login tanaka authenticate | tee "$LAB_DIR/said"
[ "$(grep -c 'Insert your card' "$LAB_DIR/said")" = 1 ]
city_remove taro

echo "-- the log names methods and categories"
lab_run server sanyosoctl --json audit search --action auth.verdict --limit 1 |
	jq -r '.records[0] | .outcome + " " + .details' | tee "$LAB_DIR/verdict"
for text in '^allow ' 'proof-1=.*card issuer' 'proof-2=.*password' \
    'categories=.*knowledge+possession'; do
	grep -q -e "$text" "$LAB_DIR/verdict"
done

echo "-- one category lets nobody in: the card alone, typed wrongly or not at all"
for typed in '' not-this-one-2; do
	# shellcheck disable=SC2086
	TALK_TIMEOUT=8 city_talk counter-1 "$SAYS_INSERT" "$insert" 'not the PIN' "$typed" \
	    'Nothing was entered|is wrong' '!pkill -x pamtester' -- $login tanaka authenticate \
	    >"$LAB_DIR/said" 2>&1 && exit 1
	if grep -q 'no ".*" within\|successfully' "$LAB_DIR/said"; then
		cat "$LAB_DIR/said"
		exit 1
	fi
	city_remove taro
done
lab_run server sanyosoctl --json audit search --action auth.verdict --limit 10 >"$LAB_DIR/verdict"
[ "$(jq '[.records[] | select(.outcome == "allow")] | length' "$LAB_DIR/verdict")" = 1 ]

echo "-- the PIN of that card opens nothing here"
[ "$(city_ctl taro stats | sed -n 's/.*verifies[ =:]*\([0-9]*\).*/\1/p')" = 0 ]

echo "-- who has no card of the person's never sees the password's prompt"
# shellcheck disable=SC2086
city_talk counter-1 \
    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/hanako insert >/dev/null" \
    "$SAYS_OTHERS" "!sleep 1; pkill -x pamtester" \
    -- $login tanaka authenticate >"$LAB_DIR/said" 2>&1 && exit 1
cat "$LAB_DIR/said"
grep -qi 'password' "$LAB_DIR/said" && exit 1
lab_run server sanyosoctl audit verify
