#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: Yubico's and OpenSC's tools personalise the virtual PIV card.
set -u
# shellcheck source=../support/judge.sh
. "$(dirname "$0")/../support/judge.sh"
judge_enter 1 "$@"

yubico()
{
	yubico-piv-tool -r Virtual "$@"
}

for alg in ECCP256 ECCP384 RSA2048; do
	echo "-- yubico-piv-tool, $alg"
	judge_card "$alg" --type piv --empty --pin 123456 --tries 3
	judge_is "generate" "new private key" \
	    yubico -a generate -s 9a -A "$alg" -o 9a.pub
	openssl x509 -new -force_pubkey 9a.pub -CA ca/ca.crt -CAkey ca/ca.key \
	    -subj /CN=Managed -out 9a.crt
	judge_is "import" "imported a new certificate" \
	    yubico -a import-certificate -s 9a -i 9a.crt
	judge_is "test signature" "Successful" \
	    yubico -a verify-pin -P 123456 -a test-signature -s 9a -i 9a.crt
	judge_is "the certificate is there" "same" sh -c \
	    'yubico-piv-tool -r Virtual -a read-certificate -s 9a | cmp - 9a.crt && echo same'
	judge_is "status" "3" yubico -a status
	judge_is "wrong PIN" "2 tries left" yubico -a verify-pin -P 654321
	judge_is "one try gone" 2/3 count tries pin
	yubico -a verify-pin -P 654321 >/dev/null 2>&1
	yubico -a verify-pin -P 654321 >/dev/null 2>&1
	judge_is "blocked" "Pin code blocked" yubico -a verify-pin -P 123456
	judge_is "unblock" "unblocked" \
	    yubico -a unblock-pin -P 12345678 -N 222222
	judge_is "change" "changed" yubico -a change-pin -P 222222 -N 333333
	judge_is "new PIN" "Successfully" yubico -a verify-pin -P 333333
	judge_is "all tries back" 3/3 count tries pin
done

# Management keys by OpenSC's tool, which proves itself mutually; its single
# way fails on lengths of its own making.
key=$(printf '0102030405060708%.0s' 1 2 3 4)
export PIV_EXT_AUTH_KEY=$judge_dir/key
for kind in 3des:03:48 aes128:08:32 aes192:0A:48 aes256:0C:64; do
	IFS=: read -r name alg digits <<<"$kind"
	echo "-- piv-tool, $name"
	judge_card "$name" --type piv --alg p256 --mgmt "$name"
	sed 's/../&:/g; s/:$//' <<<"${key:0:$digits}" >key
	tr 0 1 <key >wrong
	judge_is "not with another key" "refused" sh -c \
	    "PIV_EXT_AUTH_KEY=wrong piv-tool -A M:9B:$alg || echo refused"
	judge_is "authenticate" "done" sh -c "piv-tool -A M:9B:$alg && echo done"
	piv-tool -A "M:9B:$alg" -i 9a.crt -C 9A >import 2>&1
	judge_is "import" "same" sh -c \
	    'pkcs15-tool --read-certificate 01 | openssl x509 | cmp - 9a.crt && echo same'
done
judge_done
