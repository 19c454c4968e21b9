#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# agent-memory: resident memory of an idle agent after some logins; and what
# the PAM module brings into its hosts.
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$BENCH_TOP/tests/support/city.sh"

city_issuers
city_server
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test >/dev/null
city_hand counter-1 taro
city_enroll counter-1 tanaka taro 246802 >/dev/null
for ((i = 0; i < 3; i++)); do
	city_login counter-1 tanaka taro 246802 >/dev/null
done
sleep 1

kib=0
private=0
for pid in $(pgrep -x sanyoso-agent); do
	kib=$((kib + $(awk '/^Rss:/ { print $2 }' "/proc/$pid/smaps_rollup")))
	private=$((private + $(awk '/^Private/ { n += $2 } END { print n }' \
	    "/proc/$pid/smaps_rollup")))
done
bench_tell agent-memory "$(jq -n "$kib / 1024")" MiB - - \
    "agent and launcher, of it private $private KiB"

module=$(find "$(lab_root counter-1)/usr/lib" -name pam_sanyoso.so | head -1)
strip -o "$LAB_DIR/stripped.so" "$module"
bench_tell pam-module "$(jq -n "$(stat -c %s "$LAB_DIR/stripped.so") / 1024")" KiB - - \
    "needs $(objdump -p "$module" | awk '/NEEDED/ { print $2 }' | tr '\n' ' ')"
