#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: every morning, as the quickstart tells it, with every outcome as shown:
# temporary password, rules, forced change, last login, lock and unlock, the
# stranger without a card, two people at one machine, why somebody can't log in
# (PW-1, PW-2, PW-8, LOCK-1, LOCK-3, LOCK-4, LOGIN-1, ID-1, MFA-1).
set -eu
exec env SY_TRY=no "$(dirname "$0")/../../tools/scenarios/login.sh"
