#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check-policy: how long the largest policy takes to load, every way to show
# each of its combinations walked through (64 rules, 16 combinations each, four
# methods each).
set -eu
# shellcheck source=bench/common.sh disable=SC1091
. "$(dirname "$0")/common.sh"

value=$(for ((i = 0; i < 9; i++)); do
	"$CITY_BUILD/bench/check_policy"
done | bench_median)
bench_tell check-policy "$value" ms 1000 - "64 rules x 16 combinations x 4 methods"
