# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# FIDO metadata for virtual keys, signed by a root of our own; to be sourced.
#
#   mds_root DIR                   # DIR/root.pem, and who signs the files
#   mds_model AAGUID NAME STATUS CA-CERTIFICATE [UVM...]   # prints one entry
#   mds_blob DIR NUMBER ENTRY...   # prints the file: a JWT (RS256)
#
# Of UVM each word is one alternative by which the model verifies its user:
# "fingerprint", "passcode" (default: both) or "fingerprint-only", which leaves
# out the option clientPin too.

MDS_NAME=mds.fidoalliance.org

mds_root()
{
	mkdir -p "$1" && (
		cd "$1" || exit 1
		openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key \
		    -out root.pem -days 30 -subj "/O=Test/CN=Metadata Root" \
		    -addext basicConstraints=critical,CA:true 2>/dev/null &&
		openssl req -newkey rsa:2048 -nodes -keyout leaf.key \
		    -out leaf.csr -subj "/O=Test/CN=$MDS_NAME" 2>/dev/null &&
		printf 'subjectAltName=DNS:%s\nbasicConstraints=CA:false\n' \
		    "$MDS_NAME" >leaf.ext &&
		openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key \
		    -CAcreateserial -days 20 -extfile leaf.ext -out leaf.pem \
		    2>/dev/null
	)
}

mds_der()
{
	openssl x509 -in "$1" -outform DER | base64 -w0
}

mds_model()
{
	local ways='[[{"userVerificationMethod":"fingerprint_internal"}],[{"userVerificationMethod":"passcode_internal"}]]'
	local options='{"rk":true,"up":true,"uv":true,"clientPin":true,"bioEnroll":true}'
	case ${5:-} in
	passcode)
		ways='[[{"userVerificationMethod":"passcode_internal"}]]'
		options='{"rk":true,"up":true,"clientPin":true}'
		;;
	fingerprint-only)
		ways='[[{"userVerificationMethod":"fingerprint_internal"}]]'
		options='{"rk":true,"up":true,"uv":true,"bioEnroll":true}'
		;;
	esac
	jq -n --arg aaguid "$1" --arg name "$2" --arg status "$3" \
	    --arg root "$(mds_der "$4")" --argjson ways "$ways" \
	    --argjson options "$options" '{
		aaguid: $aaguid,
		metadataStatement: {
			description: $name, aaguid: $aaguid,
			authenticatorVersion: 1, protocolFamily: "fido2",
			schema: 3, upv: [{major: 1, minor: 1}],
			authenticationAlgorithms: ["secp256r1_ecdsa_sha256_raw"],
			publicKeyAlgAndEncodings: ["cose"],
			attestationTypes: ["basic_full"],
			userVerificationDetails: $ways,
			keyProtection: ["hardware"], matcherProtection: ["on_chip"],
			attachmentHint: ["external"], tcDisplay: [],
			attestationRootCertificates: [$root],
			authenticatorGetInfo: {
				versions: ["FIDO_2_0", "FIDO_2_1"],
				extensions: ["uvm"],
				aaguid: ($aaguid | gsub("-"; "")),
				options: $options
			}
		},
		statusReports: [
			{status: "FIDO_CERTIFIED", effectiveDate: "2024-04-01"},
			{status: $status, effectiveDate: "2025-04-01"}
		] | unique,
		timeOfLastStatusChange: "2025-04-01"
	}'
}

mds_url()
{
	base64 -w0 | tr '+/' '-_' | tr -d '='
}

mds_blob()
{
	local dir=$1 number=$2 header payload
	shift 2
	header=$(jq -nc --arg leaf "$(mds_der "$dir/leaf.pem")" \
	    --arg root "$(mds_der "$dir/root.pem")" \
	    '{alg: "RS256", typ: "JWT", x5c: [$leaf, $root]}' | mds_url)
	payload=$(printf '%s\n' "$@" | jq -sc --argjson no "$number" \
	    --arg next "$(date -u -d '+30 days' +%F)" \
	    '{legalHeader: "test", no: $no, nextUpdate: $next, entries: .}' |
	    mds_url)
	printf '%s.%s.' "$header" "$payload"
	printf '%s.%s' "$header" "$payload" |
	    openssl dgst -sha256 -sign "$dir/leaf.key" | mds_url
}
