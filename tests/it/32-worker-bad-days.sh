#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: pcscd killed and restarted, mute cards, other programs at the card,
# swapped cards and agents that leave: each has its own end, in time. (CARD-6,
# CARD-7)
set -eu
# shellcheck source=tests/support/worker.sh disable=SC1091
. "$(dirname "$0")/../support/worker.sh"
worker_enter "$0" "$@"

# hold MODE MILLISECONDS: another program has the card when this returns.
hold()
{
	local tries
	for ((tries = 0; tries < 50; tries++)); do
		: >held
		"$build/tests/support/card-holder" "$1" "$2" >held &
		while [ ! -s held ] && kill -0 $! 2>/dev/null; do
			sleep 0.02
		done
		[ ! -s held ] || return 0
		sleep 0.1
	done
	echo "FAIL: nobody can hold the card"
	exit 1
}

card_new taro jpki
card_new hana piv --pin 246802
card_in taro

# Only a card put in after WAITING counts.
expect 1 'waiting readers=2 old=1;failed device timeout *' \
    worker --fresh --wait 1000 --pin 1234
stat_is taro verifies 0
expect 0 '*waiting readers=2 old=1;*card *;signature verified' \
    worker --fresh --on waiting "$vcard ctl --dir taro remove >&2; sleep 0.6
	$vcard ctl --dir taro insert >&2" --pin 1234

# The card goes while the person types: the PIN is not sent.
expect 1 'card *;failed device card-gone *' \
    worker --on card "$vcard ctl --dir taro remove >&2; sleep 0.6" --pin 1234
stat_is taro verifies 1
card_in taro
expect 1 'card *;failed device card-gone *' \
    worker --on card "$vcard ctl --dir taro remove >&2; sleep 0.6
	$vcard ctl --dir taro insert >&2; sleep 0.6" --pin 1234
expect 1 'card *;failed device card-gone *' \
    worker --on card "($vcard ctl --dir taro remove; sleep 1) >&2 &"
stat_is taro verifies 1
card_in taro

# pcscd dies: before the card, after it, and comes back while we wait.
expect 1 'card *;failed device pcsc *' worker --on card \
    "kill -KILL $(pcscd_pid)" --pin 1234
stat_is taro verifies 1
expect 1 'waiting readers=0 old=0;failed device pcsc *' \
    worker --wait 300 --pin 1234
(sleep 0.5 && pcscd_end KILL && pcscd_start 2) &
expect 0 'waiting readers=0 *card *;signature verified' \
    worker --wait 8000 --pin 1234
wait %% || true

# Another program: for a moment, for too long, resetting all the time.
for mode in transaction exclusive; do
	hold $mode 1000
	expect 0 'card *;signature verified' worker --pin 1234
	hold $mode 8000
	expect 1 'failed device card-busy *' worker --pin 1234
	kill %%
	wait %% || true
done
hold reset 2000
worker --pin 1234 || [[ $report == *"failed device"* ]]
wait %%

# A mute card, while read and while signing; an agent that leaves it there.
expect 5 'card *' worker --hang-up card --pin 1234
ctl taro fault mute ins=b0 >/dev/null
expect 1 'failed device card-mute *' worker --pin 1234
card_out taro
ctl taro fault none >/dev/null
card_in taro
expect 0 'card *;signature verified' worker --pin 1234
ctl taro fault mute ins=2a >/dev/null
expect 1 'card *;failed device card-mute *' worker --pin 1234
card_stop taro

# Two cards: the driver decides.
card_in hana 35964
expect 0 'card piv *;signature verified' worker --pin 246802
expect 5 'waiting *' worker --fresh --hang-up waiting
card_stop hana
