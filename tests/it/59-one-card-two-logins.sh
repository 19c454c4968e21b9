#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: two logins at one terminal want the same card at once: one gets it, the
# other is told to wait and never takes a card that it has not seen put in; it
# goes on with the next insertion, and each PIN is sent once (CARD-2, CARD-7).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test
city_hand counter-1 taro
city_enroll counter-1 tanaka taro 246802

# A login that waits for the card; its status stands in a file at its end.
one()
{
	local status=0
	TALK_TIMEOUT=40 city_talk counter-1 "$SAYS_INSERT|insert it again" '!true' \
	    "$SAYS_PIN" 246802 -- pamtester "$CITY_SERVICE" tanaka authenticate \
	    acct_mgmt >"$LAB_DIR/said-$1" 2>&1 || status=$?
	echo "$status" >"$LAB_DIR/ended-$1"
}
ended()
{
	[ "$(cat "$LAB_DIR"/ended-* 2>/dev/null | grep -c .)" = "$1" ]
}
both_ask()
{
	[ "$(cat "$LAB_DIR"/said-* | grep -cE "$SAYS_INSERT|Somebody else")" = 2 ]
}

one a &
first=$!
one b &
second=$!
lab_wait 20 both_ask
city_insert taro
lab_wait 20 ended 1
grep -q 'Somebody else is using the card reader' "$LAB_DIR"/said-*
echo "-- the second goes on when the card is put in for it"
sleep 2
ended 1
city_remove taro
city_insert taro
lab_wait 30 ended 2
wait "$first" "$second"
cat "$LAB_DIR"/said-*
[ "$(cat "$LAB_DIR"/ended-*)" = $'0\n0' ]
# One for the enrolment and one for each login.
[ "$(city_ctl taro stats | sed -n 's/.*verifies[ =:]*\([0-9]*\).*/\1/p')" = 3 ]
