#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: a managed key: a finger under supervision and a PIN that nobody knows
# count as inherence; a key with a finger that nobody saw is refused, and stays
# as it was (MFA-4).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
MODEL=d8522d9f-575b-4866-88a9-ba99fa02f35b
city_issuers
city_key_server
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = keys
	[rule keys]
	zone = mynumber
	purpose = login unlock
	kind = staff
	require = 2
	allow = fido2-bio
	[keys]
	fingerprint = $MODEL
END
lab_run server pkill -HUP -x sanyosod
city_terminal counter-1 10.99.0.11
city_keys counter-1
key_of_model() { vkey_new "$1" --aaguid "${MODEL//-/}" --sensor "${@:2}"; }
key_of_model seen
key_of_model unseen --fingers 1
city_metadata 1 "$(mds_model "$MODEL" "Finger Key" FIDO_CERTIFIED "$CITY_KEYS/ca/ca.crt")"
lab_run server sanyosoctl user add suzuki --name suzuki --basis test >/dev/null

echo "-- a finger that nobody saw"
city_key_plug counter-1 unseen
said=$(city_enroll_key counter-1 suzuki fido2-bio -- --managed 2>&1) && {
	echo "FAIL: enrolled" >&2
	exit 1
}
grep -q "nobody here has seen" <<<"${said//[$'\r\n']/ }"
[ "$(vkey_count unseen pins-set)" = 0 ] && [ "$(vkey_count unseen made)" = 0 ]
city_key_out counter-1 unseen

echo "-- one that was enrolled here"
city_key_plug counter-1 seen
city_enroll_key counter-1 suzuki fido2-bio -- --managed
[ "$(vkey_count seen pins-set)" = 1 ]
lab_run server sanyosoctl token list suzuki | grep -q 'fido2-bio.*active'
lab_run counter-1 pamtester "$CITY_SERVICE" suzuki authenticate acct_mgmt </dev/null
