#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: agent, worker, launcher or pcscd killed in the middle of a login: the
# PAM module returns an error in bounded time, and the next login works.
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

insert="!$VCARD ctl --dir $CITY_CARDS/taro insert"
login="pamtester $CITY_SERVICE tanaka authenticate"

city_agent_gone()
{
	! lab_run counter-1 pgrep -x sanyoso-agent
}

city_pcscd_gone()
{
	! lab_run counter-1 pgrep -x pcscd
}

# The login ends by itself, without success, within bounds.
ends_without_success()
{
	local started=$SECONDS status=0
	city_talk counter-1 "$@" || status=$?
	city_remove taro
	if [ "$status" = 0 ] || [ "$status" = 99 ]; then
		echo "status $status where a refusal was expected"
		exit 1
	fi
	[ $((SECONDS - started)) -lt 30 ]
}

echo "-- the agent, while it waits for the card"
# shellcheck disable=SC2086 # a command of several words
ends_without_success "$SAYS_INSERT" '!pkill -9 -x sanyoso-agent' -- $login
city_agent_start counter-1
city_login counter-1 tanaka taro 246802

# The prompt stands there until something is typed; that goes nowhere.
echo "-- the agent, while it waits for the PIN"
# shellcheck disable=SC2086
ends_without_success "$SAYS_INSERT" "$insert" "$SAYS_PIN" \
    '!pkill -9 -x sanyoso-agent' '' 246802 -- $login
city_agent_start counter-1
city_login counter-1 tanaka taro 246802

echo "-- the worker, while the PIN is typed"
# shellcheck disable=SC2086
ends_without_success "$SAYS_INSERT" "$insert" "$SAYS_PIN" \
    '!pkill -9 -x sanyoso-worker' '' 246802 -- $login
city_login counter-1 tanaka taro 246802

echo "-- the launcher, while the PIN is typed: the agent ends with it"
# shellcheck disable=SC2086
ends_without_success "$SAYS_INSERT" "$insert" "$SAYS_PIN" \
    '!pkill -9 -x sanyoso-launch' '' 246802 -- $login
lab_wait 5 city_agent_gone
city_agent_start counter-1
city_login counter-1 tanaka taro 246802

# What was typed goes nowhere; the card is asked for again in the same login.
echo "-- pcscd, while the PIN is typed: the login goes on with the next"
(
	lab_wait 20 city_pcscd_gone
	city_readers counter-1 2
	city_remove taro
	city_insert taro
) &
# shellcheck disable=SC2086
city_talk counter-1 "$SAYS_INSERT" "$insert" "$SAYS_PIN" '!pkill -9 -x pcscd' \
    '' 246802 "$SAYS_PIN" 246802 -- $login
wait $!
city_remove taro

echo "-- pcscd, while it waits for the card: the login goes on with the next"
(
	sleep 2
	pkill -9 -x pcscd
	city_readers counter-1 2
	sleep 1
	city_insert taro
) &
# shellcheck disable=SC2086
city_talk counter-1 "$SAYS_INSERT" '!true' "$SAYS_PIN" 246802 -- $login
wait $!
city_remove taro

echo "-- the person, while the PIN is typed: the card is free for the next"
# shellcheck disable=SC2086
ends_without_success "$SAYS_INSERT" "$insert" "$SAYS_PIN" \
    '!pkill -9 -x pamtester' -- $login
city_login counter-1 tanaka taro 246802

# One for the enrolment and one for each login that succeeded.
echo "-- no VERIFY more than PINs that were typed"
[ "$(city_ctl taro stats | sed -n 's/.*verifies[ =:]*\([0-9]*\).*/\1/p')" = 8 ]
