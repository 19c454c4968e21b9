#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: security keys on other days, agent and server and all: a managed key
# counts as such and its PIN is known to nobody; the last try of a PIN is kept;
# two keys are told apart by touch; fingers and PIN are changed at the terminal; a
# false key gets no PIN; a key that was reset is nobody's (MFA-4, CARD-7, CARD-8).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"
FINGER=d8522d9f-575b-4866-88a9-ba99fa02f35b
PLAIN=2fc0579f-8113-47ea-b116-bb5a8db9202a
city_issuers
city_key_server
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = keys
	[rule keys]
	zone = mynumber
	purpose = login
	kind = staff
	require = 2
	allow = fido2-bio, fido2-uv
	[keys]
	fingerprint = $FINGER
END
lab_run server pkill -HUP -x sanyosod
city_terminal counter-1 10.99.0.11
city_keys counter-1
ca=$CITY_KEYS/ca/ca.crt
vkey_new managed --aaguid "${FINGER//-/}" --sensor --no-uvm
vkey_new plain --aaguid "${PLAIN//-/}" --pin 135790
city_metadata 1 "$(mds_model "$FINGER" "Finger Key" FIDO_CERTIFIED "$ca")" \
    "$(mds_model "$PLAIN" "PIN Key" FIDO_CERTIFIED "$ca" passcode)"
for who in suzuki tanaka; do
	lab_run server sanyosoctl user add "$who" --name "$who" --basis test >/dev/null
done
said()
{
	city_talk counter-1 "$@" -- pamtester "$CITY_SERVICE" "$user" authenticate acct_mgmt
}
grade()
{
	lab_run server sanyosoctl --json audit search --action auth.verdict |
		jq -r '.records[0].details' | grep -o 'proof-1="[a-z0-9-]* [a-z]* [a-z]*'
}

echo "-- a managed key: its finger counts, and nobody knows its PIN"
city_key_plug counter-1 managed
vkey_ctl managed finger 1 >/dev/null
city_enroll_key counter-1 suzuki fido2-bio -- --bio --managed
user=suzuki said 'authenticated' '!true'
[ "$(grade)" = 'proof-1="fido2-bio attested managed' ]
lab_run server sanyosoctl token show 1 | grep -E '^GRADE +managed'
city_key_out counter-1 managed

echo "-- a key with a PIN alone: the last try is never sent"
city_key_plug counter-1 plain
city_enroll_key counter-1 tanaka fido2-uv "$SAYS_KEY_PIN" 135790 --
user=tanaka said "$SAYS_KEY_PIN" 111111 "$SAYS_KEY_PIN" 135790
vkey_ctl plain tries 2 >/dev/null
status=0
user=tanaka said "$SAYS_KEY_PIN" 111111 "$SAYS_KEPT" '!true' || status=$?
[ "$status" != 0 ]
[ "$(vkey_count plain pin-left)" = 1 ] && [ "$(vkey_count plain pins-last)" = 0 ]
status=0
user=tanaka said "$SAYS_KEPT" '!true' || status=$?
[ "$status" != 0 ] && [ "$(vkey_count plain pin-left)" = 1 ]
vkey_ctl plain tries 8 >/dev/null

echo "-- PIN and fingers are changed at the terminal"
city_talk counter-1 "$SAYS_KEY_PIN" 135790 "$SAYS_KEY_NEW_PIN" 246802 \
    "$SAYS_KEY_NEW_AGAIN" 246802 -- sanyosoctl token pin change tanaka --fido2
user=tanaka said "$SAYS_KEY_PIN" 246802

echo "-- two keys of one person: the one that is touched"
vkey_new second --aaguid "${PLAIN//-/}" --pin 975310
city_key_out counter-1 plain
city_key_plug counter-1 second
city_enroll_key counter-1 tanaka fido2-uv "$SAYS_KEY_PIN" 975310 --
city_key_plug counter-1 plain 1
vkey_ctl plain touch wait >/dev/null
user=tanaka said "$SAYS_KEY_PIN" 975310
vkey_ctl plain touch yes >/dev/null

echo "-- a key that only says that it holds the person's credential sees no PIN"
city_key_out counter-1 second
vkey_ctl plain odd key >/dev/null
pins=$(vkey_count plain pins)
status=0
user=tanaka said "$SAYS_KEY_PIN" 246802 >"$LAB_DIR/said" 2>&1 || status=$?
cat "$LAB_DIR/said"
[ "$status" != 0 ] && [ "$(vkey_count plain pins)" = "$pins" ]
[ "$(grep -c 'tries left' "$LAB_DIR/said")" = 0 ]
denial=$(lab_run server sanyosoctl --json audit search --action auth.verdict | jq -c '.records[0]')
[ "$(jq -r .outcome <<<"$denial") $(jq -r .reason <<<"$denial")" = "deny signature" ]
jq -r .details <<<"$denial" | grep -qF ' look=yes '
vkey_ctl plain odd none >/dev/null
user=tanaka said "$SAYS_KEY_PIN" 246802
[ "$(vkey_count plain pins)" = "$((pins + 1))" ]

echo "-- a key that was reset since is nobody's, and sees no PIN"
vkey_ctl plain reset >/dev/null
pins=$(vkey_count plain pins)
status=0
user=tanaka said "$SAYS_KEY_OTHERS" '!sleep 1; pkill -x pamtester' || status=$?
[ "$status" = 97 ] && [ "$(vkey_count plain pins)" = "$pins" ]
