#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: security keys, as the quickstart tells it, with every outcome as shown:
# enrolment with a finger, password and finger, three bad fingers and the PIN,
# another's key, a key without a sensor where inherence is wanted, a key on a
# card, a cloned key, a revoked model
# (MFA-1, MFA-2, MFA-4, CARD-2, CARD-7, CARD-8, CRED-2).
set -eu
exec env SY_TRY=no "$(dirname "$0")/../../tools/scenarios/fido2.sh"
