#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: a verifier from npm accepts what the virtual key signs, and nothing else.
# shellcheck disable=SC2317 # functions are called by judge_is
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/judge.sh
. "$here/../support/judge.sh"
# shellcheck source=../support/npm.sh
. "$here/../support/npm.sh"
# shellcheck source=../support/vkey.sh
. "$here/../support/vkey.sh"
# HOME is another one inside.
MODULES=${MODULES:-$(npm_modules)} || exit 77
export MODULES
vkey_enter "$@"

# judged FORMAT PIN ALGORITHM ROOT: as the last line, how many were
# right, or the first that was not.
judged()
{
	: >judged
	timeout 30 /usr/bin/python3 "$here/../support/vkey_webauthn.py" hid \
	    "$2" "$3" >made.json &&
	    node "$here/../npm/judge.cjs" "$MODULES" "$4" "$1" \
		<made.json >judged
	cat judged
	grep -m 1 FAIL judged || echo "all $(grep -c ^ok judged) right"
}

# key NAME OPTION...: a key is plugged in, in place of the last one.
key()
{
	[ -z "${present:-}" ] || vkey_out "$present"
	present=$1
	vkey_new "$@" && vkey_in "$1"
}

key packed --pin 135790 --eddsa --rs256
judge_is "packed, ES256, PIN" "all 22 right" judged packed 135790 -7 ca/ca.crt
judge_is "EdDSA" "all 22 right" judged packed 135790 -8 ca/ca.crt
judge_is "RS256" "all 22 right" judged packed 135790 -257 ca/ca.crt
"$vkey_build/tests/vcard/vcard" ca --dir other --alg p256 --subject /CN=Other
judge_is "attested by another root: refused" "FAIL  the verifier" \
    judged packed 135790 -7 other/ca.crt
key expired --pin 135790 --from -400 --to -10
judge_is "an expired certificate: refused" "FAIL  the verifier" \
    judged packed 135790 -7 ca/ca.crt
"$vkey_build/tests/vcard/vcard" ca --dir sub --ca ca --alg p256 --subject /CN=Sub
key between --pin 135790 --ca sub --chain sub/ca.crt
judge_is "a CA between" "all 22 right" judged packed 135790 -7 ca/ca.crt
key broken --pin 135790 --ca sub
judge_is "which is missing: refused" "FAIL  the verifier" \
    judged packed 135790 -7 ca/ca.crt
key self --attestation self --pin 135790
judge_is "self attestation" "all 22 right" judged packed 135790 -7 ca/ca.crt
key none --attestation none --pin 135790
judge_is "no attestation" "all 19 right" judged none 135790 -7 ca/ca.crt
key u2f --attestation u2f --pin 135790 --aaguid 00000000000000000000000000000000
judge_is "U2F attestation" "all 20 right" judged fido-u2f 135790 -7 ca/ca.crt
key touch
judge_is "touch only" "all 23 right" judged packed "" -7 ca/ca.crt
key odd --pin 135790
vkey_ctl odd odd key >/dev/null
judge_is "signed by a stranger's key: refused" "FAIL  registration" \
    judged packed 135790 -7 ca/ca.crt
vkey_ctl odd odd none >/dev/null
vkey_ctl odd odd rp >/dev/null
judge_is "another RP id hash: refused" "FAIL  the verifier" \
    judged packed 135790 -7 ca/ca.crt
judge_done
