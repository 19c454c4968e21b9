#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: a security key at every door, with real su and sudo, agent and server:
# login, unlock, sudo by finger; never for a remote session; two that want the
# same key take turns; a key that is pulled out, an agent that is killed and a
# server that is gone end in no (MFA-4, CARD-7, INT-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs su sudo expect
PAMLAB_ROOT=$(lab_root counter-1)
MODEL=d8522d9f-575b-4866-88a9-ba99fa02f35b
city_issuers
city_key_server
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = keys
	[rule keys]
	zone = mynumber
	purpose = login unlock privileged remote
	kind = staff
	require = 2
	allow = fido2-bio
	[keys]
	fingerprint = $MODEL
	[targets]
	persons = suzuki
END
lab_run server pkill -HUP -x sanyosod
city_terminal counter-1 10.99.0.11
pamlab_stacks counter-1
mkdir -p "$PAMLAB_ROOT/run/lab"
chmod 1777 "$PAMLAB_ROOT/run/lab"
printf 'suzuki ALL=(ALL) ALL\nDefaults timestamp_timeout=0\n' >"$PAMLAB_ROOT/etc/sudoers.d/lab"
chmod 0440 "$PAMLAB_ROOT/etc/sudoers.d/lab"
for purpose in unlock remote; do
	printf 'auth required pam_sanyoso.so purpose=%s\naccount required pam_sanyoso.so purpose=%s\n' \
	    "$purpose" "$purpose" >"$PAMLAB_ROOT/etc/pam.d/lab-$purpose"
done
city_keys counter-1
vkey_new hanako --aaguid "${MODEL//-/}" --sensor --pin 246801 --fingers 1
city_metadata 1 "$(mds_model "$MODEL" "Finger Key" FIDO_CERTIFIED "$CITY_KEYS/ca/ca.crt")"
lab_run server sanyosoctl user add suzuki --name suzuki --basis test >/dev/null
city_key_plug counter-1 hanako
city_enroll_key counter-1 suzuki fido2-bio --
key() { vkey_ctl hanako "$@" >/dev/null; }
as=(setpriv --reuid suzuki --regid suzuki --init-groups)
at() { lab_run counter-1 pamtester "$1" suzuki authenticate acct_mgmt </dev/null; }
refused()
{
	if "$@"; then
		echo "FAIL: let in by $*" >&2
		exit 1
	fi
}

echo "-- every door but the remote one"
at "$CITY_SERVICE"
at lab-unlock
[ "$(lab_run counter-1 "${as[@]}" sudo -S id -un </dev/null)" = root ]
asserted=$(vkey_count hanako asserted)
SECONDS=0
refused at lab-remote
[ "$SECONDS" -lt 10 ] && [ "$(vkey_count hanako asserted)" = "$asserted" ]

echo "-- wrong fingers: no PIN is offered where it could not count"
key finger wrong wrong wrong
pins=$(vkey_count hanako pins)
refused at "$CITY_SERVICE"
[ "$(vkey_count hanako pins)" = "$pins" ]
city_key_out counter-1 hanako
city_key_plug counter-1 hanako
key uv-tries 3

echo "-- two want the same key"
key finger right
key delay 3000
at "$CITY_SERVICE" &
first=$!
sleep 1
at lab-unlock
wait "$first"

echo "-- pulled out while the finger is awaited"
at "$CITY_SERVICE" &
first=$!
key await "waits finger"
key remove
sleep 1
key insert
wait "$first"

echo "-- the agent killed, the server gone, while the finger is awaited"
at "$CITY_SERVICE" &
first=$!
key await "waits finger"
lab_run counter-1 pkill -KILL -x sanyoso-agent
refused wait "$first"
city_agent_start counter-1
city_connected counter-1
at "$CITY_SERVICE" &
first=$!
key await "waits finger"
lab_cut server
refused wait "$first"
lab_join server
city_connected counter-1
key delay 0
lab_wait 20 at "$CITY_SERVICE"
