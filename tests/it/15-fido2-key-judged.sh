#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: libfido2's own tools and python-fido2 take the virtual key for a real one.
# shellcheck disable=SC2317 # functions are called by judge_is
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/judge.sh
. "$here/../support/judge.sh"
# shellcheck source=../support/vkey.sh
. "$here/../support/vkey.sh"
vkey_enter "$@"
D=/dev/hidraw0

# does COMMAND...: its output, and as the last line how it ended.
does()
{
	"$@" && echo "done" || echo "status $?"
}

# register TYPE "PIN..." [OPTION...]: into cred.TYPE and pub.TYPE
register()
{
	vkey_param "to register" city.example taro "$(printf %032d 1 |
		base64)" >param
	# shellcheck disable=SC2086 # a list of PINs, or nothing
	vkey_typed $2 -- fido2-cred -M "${@:3}" -i param -o "cred.$1" $D "$1" &&
	    fido2-cred -V ${2:+-v} -i "cred.$1" -o "pub.$1" "$1"
}

# log_in TYPE "PIN..." VERIFY [OPTION...]: VERIFY is -p or -v
log_in()
{
	vkey_param "to log in" city.example "$(head -n 1 "pub.$1")" >param
	tail -n +2 "pub.$1" >pem
	# shellcheck disable=SC2086
	vkey_typed $2 -- fido2-assert -G "${@:4}" -i param -o assertion $D &&
	    fido2-assert -V "$3" -i assertion pem "$1"
}

info()
{
	fido2-token -I "$D" | sed -n "s/^$1: //p"
}

echo "-- a key with a PIN, all algorithms"
vkey_new pin --eddsa --rs256
vkey_in pin
judge_is "found" "$D: vendor=0x1209" fido2-token -L
judge_is "found by another user with a clean environment" "$D: vendor=0x1209" \
    runuser -u nobody -- env -i /usr/bin/fido2-token -L
judge_is "speaks CTAP 2.1" FIDO_2_1 info "version strings"
judge_is "no PIN yet" noclientPin info options
judge_is "PIN set" "done" does vkey_typed 13579246 13579246 -- fido2-token -S $D
judge_is "PIN there" ", clientPin" info options
judge_is "PIN changed" "done" \
    does vkey_typed 13579246 24681357 24681357 -- fido2-token -C $D
judge_is "one PIN sent for it" 1 vkey_count pin pins
for type in es256 eddsa rs256; do
	judge_is "$type registers" "done" does register $type 24681357 -v
	judge_is "$type logs in" "done" does log_in $type 24681357 -v -v
done
judge_is "touch alone logs in" "done" does log_in es256 "" -p -p
judge_is "as many PINs sent as typed" 7 vkey_count pin pins
judge_is "resident one registers" "done" does register es256 24681357 -v -r
judge_is "and is listed" "city.example" \
    vkey_typed 24681357 -- fido2-token -L -r $D
judge_is "and logs in without its id" "done" does log_in es256 24681357 -v -v -r
id=$(vkey_typed 24681357 -- fido2-token -L -k city.example $D |
	sed -n 's/^00: \([^ ]*\).*/\1/p')
judge_is "and is deleted" "done" \
    does vkey_typed 24681357 -- fido2-token -D -i "$id" $D
judge_is "and gone" FIDO_ERR_NO_CREDENTIALS \
    vkey_typed 24681357 -- fido2-token -L -r $D

echo "-- attestation"
sed -n '/^[A-Za-z0-9+/=]\{400,\}$/p' cred.es256 | tail -n 1 | base64 -d |
	openssl x509 -inform DER -out att.pem
judge_is "its certificate is our root's" "OK" \
    openssl verify -CAfile ca/ca.crt att.pem
judge_is "and holds the AAGUID" "04105A6E796F736F4B65" sh -c \
    "openssl asn1parse -in att.pem | grep -A1 45724.1.1.4"

echo "-- the ladder of the PIN"
wrong()
{
	vkey_typed "$1" -- fido2-token -L -r $D
}
judge_is "first wrong one" FIDO_ERR_PIN_INVALID wrong 11111111
judge_is "second" FIDO_ERR_PIN_INVALID wrong 11111111
judge_is "third" FIDO_ERR_PIN_AUTH_BLOCKED wrong 11111111
judge_is "then even the right one" FIDO_ERR_PIN_AUTH_BLOCKED wrong 24681357
judge_is "which was not counted" 5 info "pin retries"
vkey_ctl pin insert >/dev/null
judge_is "plugged in again it is good" FIDO_ERR_NO_CREDENTIALS wrong 24681357
judge_is "and all tries are back" 8 info "pin retries"
for _ in 1 2 3; do
	for _ in 1 2 3; do wrong 11111111 >/dev/null; done
	vkey_ctl pin insert >/dev/null
done
judge_is "after eight wrong ones it is blocked" FIDO_ERR_PIN_BLOCKED \
    wrong 24681357
judge_is "the last try was used once" 1 vkey_count pin pins-last
judge_is "a reset needs a touch" FIDO_ERR_OPERATION_DENIED sh -c \
    "'$VKEY' ctl --dir '$VKEY_DIR/pin' touch no; fido2-token -R $D"
vkey_ctl pin touch yes >/dev/null
judge_is "reset" "done" does fido2-token -R $D
judge_is "all tries are back" 8 info "pin retries"
judge_is "its credentials are gone" 0 vkey_count pin credentials
vkey_out pin

echo "-- fingers"
vkey_new bio --sensor --pin 135790
vkey_in bio
vkey_ctl bio finger too-left right poor right >/dev/null
vkey_typed 135790 -- fido2-token -S -e $D >enrolled
judge_is "a bad sample is told" "Sample too left." \
    grep -m1 left enrolled
judge_is "and taken again" 6 grep -c Touch enrolled
judge_is "the finger is there" 1 grep -c "^finger" bio/key
judge_is "listed" "00: " vkey_typed 135790 -- fido2-token -L -e $D
id=$(vkey_typed 135790 -- fido2-token -L -e $D | sed -n 's/^00: \([^ ]*\).*/\1/p')
judge_is "named" "done" \
    does vkey_typed 135790 -- fido2-token -S -e -i "$id" -n "thumb" $D
judge_is "by that name" "thumb" vkey_typed 135790 -- fido2-token -L -e $D
judge_is "registers by the finger" "done" does register es256 "" -v
pins=$(vkey_count bio pins)
judge_is "logs in by the finger" "done" does log_in es256 "" -v -t uv=true
judge_is "without a PIN" "$pins" vkey_count bio pins
vkey_ctl bio finger wrong wrong wrong right >/dev/null
judge_is "a wrong finger" FIDO_ERR_UV_INVALID fido2-assert -G -t uv=true -i param $D
judge_is "another" FIDO_ERR_UV_INVALID fido2-assert -G -t uv=true -i param $D
judge_is "the third blocks" FIDO_ERR_UV_BLOCKED fido2-assert -G -t uv=true -i param $D
judge_is "the right one as well" FIDO_ERR_UV_BLOCKED \
    fido2-assert -G -t uv=true -i param $D
vkey_typed 135790 -- fido2-token -L -e $D >/dev/null
judge_is "a right PIN gives the tries back" 3 info "uv retries"
judge_is "and the finger is good" "done" does log_in es256 "" -v -t uv=true
judge_is "removed" "done" \
    does vkey_typed 135790 -- fido2-token -D -e -i "$id" $D
judge_is "gone" 0 grep -c "^finger" bio/key

echo "-- another platform"
vkey_out bio
vkey_new both --sensor --pin 135790 --fingers 1
vkey_in both
judge_is "python-fido2, both PIN protocols" "ok    selection by touch" \
    timeout 60 /usr/bin/python3 "$here/../support/vkey_platform.py" hid 135790 \
    finger
vkey_out both
vkey_in bio

echo "-- configuration"
judge_is "always verified" "done" \
    does vkey_typed 135790 -- fido2-token -S -u $D
judge_is "now a touch is not enough" FIDO_ERR_PIN_REQUIRED \
    fido2-assert -G -i param $D
judge_is "not always" "done" does vkey_typed 135790 -- fido2-token -D -u $D
judge_is "a longer PIN" "done" \
    does vkey_typed 135790 -- fido2-token -S -l 8 $D
judge_is "has to be chosen" "true" info "pin change required"
judge_is "before anything else" FIDO_ERR_PIN_POLICY_VIOLATION wrong 135790
judge_is "and a short one is refused" FIDO_ERR_PIN_POLICY_VIOLATION \
    vkey_typed 135790 246802 246802 -- fido2-token -C $D
judge_is "a long one is taken" "done" \
    does vkey_typed 135790 24680246 24680246 -- fido2-token -C $D

echo "-- what it remembers"
counter=$(vkey_count bio counter)
vkey_out bio
vkey_in bio
judge_is "the counter" "$counter" vkey_count bio counter
judge_is "logs in with the new PIN" "done" does log_in es256 24680246 -v -v
echo "-- other models"
# model OPTION...: another key, in place of the last one.
model()
{
	vkey_out "$present"
	present=model$((++models))
	vkey_new "$present" "$@"
	vkey_in "$present"
}
present=bio
models=0
model --ctap20 --sensor --fingers 1 --pin 135790 --no-final
judge_is "CTAP 2.0" "FIDO_2_0, FIDO_2_1_PRE" info "version strings"
judge_is "registers by the finger" "done" does register es256 "" -v
judge_is "logs in by PIN" "done" does log_in es256 135790 -v -v
judge_is "by the finger" "done" does log_in es256 "" -v -t uv=true
vkey_ctl "$present" finger wrong wrong wrong right >/dev/null
judge_is "a wrong finger" FIDO_ERR_UV_INVALID \
    fido2-assert -G -t uv=true -i param $D
model --protocol 1 --no-preview --pin 135790
judge_is "PIN protocol 1 alone" 1 info "pin protocols"
judge_is "registers by PIN" "done" does register es256 135790 -v
judge_is "logs in by PIN" "done" does log_in es256 135790 -v -v
model --finger-only --sensor --fingers 1 --pin 135790
judge_is "a key for fingers only" "done" does register es256 "" -v
judge_is "the PIN does not log in" FIDO_ERR_UNAUTHORIZED_PERM \
    log_in es256 135790 -v -v
judge_is "the finger does" "done" does log_in es256 "" -v -t uv=true
judge_is "and no PIN was compared" 0 vkey_count "$present" pins
model --cert other --pin 135790
judge_is "another AAGUID in its certificate is seen" "AAGUID" \
    timeout 60 /usr/bin/python3 "$here/../support/vkey_platform.py" hid 135790
model --no-pin
judge_is "a touch where there is nothing else" "done" does register es256 ""
judge_is "logs in by it" "done" does log_in es256 "" -p -p
judge_is "has no PIN to set" FIDO_ERR_INTERNAL \
    vkey_typed 135790 135790 -- fido2-token -S $D
vkey_out "$present"
judge_done
