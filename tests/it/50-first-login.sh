#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: the whole first login, as the quickstart tells it, with every outcome
# as shown (MFA-1, MFA-2, CARD-2, CARD-7, CARD-8, INT-1).
set -eu
exec env SY_TRY=no "$(dirname "$0")/../../tools/scenarios/card.sh"
