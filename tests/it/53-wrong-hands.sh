#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: another person's card is never sent a PIN and is recorded (CARD-2), an
# unknown person sees what a known one sees, and a card that is pulled out at
# any command never lets anybody in (CARD-7).
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
city_card hanako jpki --pin 4321
city_card taro piv --alg p256 --pin 246802
for user in suzuki tanaka; do
	lab_run server sanyosoctl user add "$user" --name "$user" --basis test
done
city_hand counter-1 hanako 0
city_hand counter-1 taro 1
city_enroll counter-1 suzuki hanako 4321
city_enroll counter-1 tanaka taro 246802

verifies()
{
	city_ctl "$1" stats | sed -n 's/.*verifies[ =:]*\([0-9]*\).*/\1/p'
}

# What a person reads who comes with somebody else's card.
with_the_card_of_tanaka()
{
	TALK_TIMEOUT=20 city_talk counter-1 \
	    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/taro insert" \
	    "$SAYS_OTHERS" "!pkill -x pamtester" \
	    -- pamtester "$CITY_SERVICE" "$1" authenticate |
		tr -d '\r' | grep -v pamtester
	city_remove taro
	lab_wait 5 test -S "$(lab_root counter-1)/run/sanyoso/agent/agent.sock"
	sleep 1
}

before=$(verifies taro)
with_the_card_of_tanaka suzuki >"$LAB_DIR/known"
with_the_card_of_tanaka nobody1 >"$LAB_DIR/unknown"
cat "$LAB_DIR/known"
cmp "$LAB_DIR/known" "$LAB_DIR/unknown"
[ "$(verifies taro)" = "$before" ]
lab_run server sanyosoctl audit search --action auth.wrong-card | tee "$LAB_DIR/log"
grep -q counter-1 "$LAB_DIR/log"
if grep -q nobody1 "$LAB_DIR/log"; then
	echo "the log holds what was typed as a name"
	exit 1
fi

echo "-- the card is pulled out at each command in turn, the PIN typed meanwhile"
typed=$(verifies hanako)
for ((at = 1; at <= 60; at++)); do
	city_ctl hanako fault pull "at=$at" when=before >/dev/null
	status=0
	city_talk counter-1 \
	    "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/hanako insert" \
	    "$SAYS_GONE|$SAYS_PIN" 4321 \
	    -- timeout 3 pamtester "$CITY_SERVICE" suzuki authenticate \
	    >"$LAB_DIR/pull-$at" 2>&1 || status=$?
	echo "command $at: status $status"
	city_ctl hanako fault none >/dev/null
	city_remove hanako || true
	[ "$status" != 0 ] || break
	# CARD-7: at most one VERIFY for each PIN.
	[ "$(verifies hanako)" -le $((typed + 1)) ]
	typed=$(verifies hanako)
done
# The last one was beyond the login's last command, behind the signature's.
[ "$status" = 0 ]
[ "$at" -gt 10 ]
grep -q successfully "$LAB_DIR/pull-$at"
city_login counter-1 suzuki hanako 4321
