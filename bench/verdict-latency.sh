#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# verdict-latency: from the person's last answer to the verdict, warm, the
# card's own time taken off: the whole PAM call. The server's side of it is the
# benchmark verdict-server.
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$BENCH_TOP/tests/support/city.sh"
COUNT=${BENCH_COUNT:-200}

city_issuers
lab_machine server "$CITY_SERVER_IP"
bench_real_disk server
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test >/dev/null
city_hand counter-1 taro
city_enroll counter-1 tanaka taro 246802 >/dev/null

root=$(lab_root counter-1)
cp "$CITY_BUILD/bench/pam_time" "$root/pam_time"
mkdir "$root/pam"
printf 'auth required pam_sanyoso.so purpose=unlock\naccount required pam_sanyoso.so purpose=unlock\n' \
    >"$root/pam/bench"
city_insert taro
lab_run counter-1 /pam_time /pam bench tanaka 246802 20 >/dev/null

stat_of()
{
	city_ctl taro stats | awk -v name="$1" '$1 == name { print $2 }'
}

waits=$(stat_of waits)
waited=$(stat_of waited-us)
engaged=$(stat_of engaged-us)
result=$(lab_run counter-1 /pam_time /pam bench tanaka 246802 "$COUNT")
# From VERIFY's arrival at the card to its signature: the card, its reader and
# pcscd. On average, since it is not known of each login.
waits=$(($(stat_of waits) - waits))
card=$((($(stat_of waited-us) - waited) / waits))
# The selection and the counter before VERIFY are the card's too, but are left in.
before=$((($(stat_of engaged-us) - engaged) / waits - card))
note="without the card, which took $card us on average (and $before us before VERIFY, left in)"
note+="; PAM's own start and end $(jq .fixed_p50 <<<"$result") us"
for quantile in p50 p99; do
	bench_tell "verdict-latency/pam-$quantile" \
	    "$(jq "(.whole_$quantile - $card) / 1000" <<<"$result")" ms - - "$note"
done
