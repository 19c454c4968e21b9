#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fido2-verify: assertions of FIDO2 keys (ES256) per second of processor time, from
# their bytes to the verdict, beside libfido2's fido_assert_verify with all that it
# needs before, on the same input in alternating rounds; then OpenSSL's bare
# signatures beside the same; then the import of a metadata file of 7 MB.
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"

rounds=$("$CITY_BUILD/bench/fido2_verify" assertions "${BENCH_ROUNDS:-9}" 300)
column()
{
	echo "$rounds" | awk -v n="$1" '{ print $n }' | bench_median
}
ratio()
{
	echo "$rounds" | awk -v n="$1" '{ print $1 / $n }' | bench_median
}
bench_tell fido2-verify "$(column 1)" /s "$(column 2)" "$(ratio 2)" \
    "ES256; bound: libfido2"
bench_tell fido2-verify-bare "$(column 1)" /s "$(column 3)" "$(ratio 3)" \
    "ES256; bound: OpenSSL's signature alone"
for _ in 1 2 3; do
	"$CITY_BUILD/bench/fido2_verify" metadata 7
done | sort -n | sed -n 2p | {
	read -r ms kib bytes models
	bench_tell fido2-metadata "$ms" ms - - \
	    "$bytes bytes, $models models, peak $kib KiB more"
}
