#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: a metadata file of the FIDO Alliance's own, as it was published in October
# 2022, is taken, and of each model what it says (MFA-4); not when its certificate
# had ended, and not when a byte of it is another.
# shellcheck disable=SC2317 # functions are called by judge_is
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/judge.sh
. "$here/../support/judge.sh"
# shellcheck source=../support/npm.sh
. "$here/../support/npm.sh"
modules=$(npm_modules) || exit 77
root=/etc/ssl/certs/GlobalSign_Root_CA_-_R3.pem
[ -f "$root" ] || {
	echo "the root of metadata files is not installed (ca-certificates)"
	exit 77
}
blob=$modules/fido-mds3/data/blob.jwt
judge_dir=$(mktemp -d)
trap 'rm -rf "$judge_dir"' EXIT
cd "$judge_dir" || exit 1

# models FILE ROOT DAY: what is taken of the file on that day.
models()
{
	"${SY_TEST_BUILDDIR:-$judge_top}/tests/support/metadata-models" \
	    "$1" "$2" "$(date -u -d "$3" +%s)"
}

same_models()
{
	models "$blob" "$root" 2022-10-22 >taken &&
	    node "$here/../npm/models.cjs" "$blob" >said &&
	    LC_ALL=C sort -o said said && LC_ALL=C sort -o taken taken &&
	    diff said taken && grep -c roots= taken
}

# with_byte N: the file with its Nth byte from the end changed.
with_byte()
{
	local size
	size=$(stat -c %s "$blob")
	{
		head -c $((size - $1)) "$blob"
		tail -c "$1" "$blob" | head -c 1 | tr A-Za-z0-9 B-ZAb-za1-90
		tail -c $(($1 - 1)) "$blob"
	} >altered
	models altered "$root" 2022-10-22
}

judge_is "every FIDO2 model, as the file says it" 72 same_models
judge_is "on the day the certificate had ended" cert-date \
    models "$blob" "$root" 2023-06-14
judge_is "under another root" cert-path \
    models "$blob" /etc/ssl/certs/GlobalSign_Root_CA_-_R6.pem 2022-10-22
judge_is "one letter of the signature is another" signature with_byte 100
judge_is "one letter of the contents is another" signature with_byte 100000
judge_done
