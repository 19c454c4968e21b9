# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# For end-to-end tests of the virtual card: independent programs judge it.
#
#   . tests/support/judge.sh
#   judge_enter READERS "$@"     # runs the script again beside a real pcscd
#   judge_card NAME [OPTION...]  # make a card and put it into the first reader
#   judge_is WHAT EXPECTED COMMAND...
#   judge_done                   # exit status
#
# Everything is in a directory of its own that is removed at the end; it is the
# current directory. VCARD is the program, CARD the present card's folder.

judge_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VCARD=${SY_TEST_BUILDDIR:-$judge_top}/tests/vcard/vcard
judge_bad=0
# shellcheck source=pcscd.sh
. "$judge_top/tests/support/pcscd.sh"

judge_enter()
{
	local readers=$1
	shift
	if [ "${1:-}" != inside ]; then
		[ -x "$VCARD" ] || {
			echo "run 'make tests/vcard/vcard' first"
			exit 1
		}
		exec "$judge_top/tests/support/with-pcscd" -n "$readers" \
		    "$0" inside
	fi
	judge_dir=$(mktemp -d)
	trap 'rm -rf "$judge_dir"' EXIT
	cd "$judge_dir" || exit 1
	# The tools must not read the configuration of whoever runs this.
	export HOME=$judge_dir
	"$VCARD" ca --dir ca --alg p256 --subject "/C=JP/CN=Judge CA"
	echo "to be signed" >data
	openssl dgst -sha256 -binary -out hash data
}

judge_card()
{
	judge_end
	CARD=$judge_dir/$1
	shift
	if [ ! -d "$CARD" ]; then
		"$VCARD" create --dir "$CARD" --ca ca "$@" || exit 1
	fi
	"$VCARD" run --dir "$CARD" --insert &
	CARD_PID=$!
	ctl wait >/dev/null || exit 1
}

# Take the present card out and end its process; its folder stays.
judge_end()
{
	[ -z "${CARD_PID:-}" ] || {
		ctl quit >/dev/null || kill "$CARD_PID"
		wait "$CARD_PID"
		CARD_PID=
	}
}

ctl()
{
	"$VCARD" ctl --dir "$CARD" "$@"
}

# One line of the card's counters: tries pin, stats verifies.
count()
{
	ctl "$1" | sed -n "s/^$2 //p"
}

# judge_is WHAT EXPECTED COMMAND...: the last line of output holds EXPECTED.
judge_is()
{
	local what=$1 expected=$2 out
	shift 2
	out=$("$@" 2>&1)
	if [ -n "$out" ] && grep -qF -- "$expected" <<<"${out##*$'\n'}"; then
		echo "ok    $what"
	else
		echo "FAIL  $what: expected \"$expected\" from: $*"
		# shellcheck disable=SC2001 # every line, not the first
		sed 's/^/      | /' <<<"$out"
		judge_bad=1
	fi
}

judge_done()
{
	judge_end
	exit "$judge_bad"
}

# sign PIN ID MECHANISM FILE: by pkcs11-tool into "signature".
sign()
{
	rm -f signature
	pkcs11-tool --login --pin "$1" --sign --id "$2" -m "$3" \
	    --signature-format openssl --input-file "$4" -o signature
}

# verified CERTIFICATE: openssl judges "signature".
verified()
{
	openssl x509 -in "$1" -noout -pubkey -out public.pem &&
	    openssl dgst -sha256 -verify public.pem -signature signature data
}
