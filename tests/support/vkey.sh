# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Virtual FIDO2 keys as /dev/hidrawN, to be sourced by end-to-end tests:
#
#   . tests/support/vkey.sh
#   vkey_enter "$@"                # run again in own namespaces, own folder
#   vkey_new taro --sensor --pin 2468 --fingers 1
#   vkey_in taro [N]               # plug it in as /dev/hidrawN (default 0)
#   vkey_ctl taro finger wrong wrong right
#   vkey_count taro pins
#   vkey_out taro                  # its process ends, its folder stays
#
# Programs run as they are, under any user and environment: the machine has a
# /dev and /sys of its own, and /etc/ld.so.preload brings the ioctls. A test that
# is in a mount namespace already (with-pcscd, a lab) calls vkey_machine, with the
# machine's root if it has one, in place of vkey_enter; VKEY_DIR holds the keys.

vkey_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
vkey_build=$(cd "${SY_TEST_BUILDDIR:-$vkey_top}" && pwd)
VKEY=$vkey_build/tests/vkey/vkey
VKEY_ROOT=
VKEY_DIR=${VKEY_DIR:-}

vkey_enter()
{
	if [ "${SY_IN_VKEY:-}" != inside ]; then
		[ "$(id -u)" = 0 ] || {
			echo "This needs root (namespaces and mounts)."
			exit 77
		}
		[ -x "$VKEY" ] || {
			echo "run 'make check TESTS=' first"
			exit 1
		}
		SY_IN_VKEY=inside exec unshare --mount --pid --fork \
		    --kill-child --mount-proc --propagation private -- "$0" "$@"
	fi
	vkey_machine ""
	VKEY_DIR=$(mktemp -d)
	trap 'rm -rf "$VKEY_DIR"' EXIT
	cd "$VKEY_DIR" || exit 1
	export HOME=$VKEY_DIR
}

# vkey_machine [ROOT]: a machine that keys can be plugged into.
vkey_machine()
{
	VKEY_ROOT=${1:-}
	vkey_dev "$VKEY_ROOT/dev" &&
	    { [ -n "$VKEY_ROOT" ] || vkey_cover; } || return 1
	mkdir -p "$VKEY_ROOT/sys/class/hidraw"
	cp "$vkey_build/tests/vkey/.libs/vkey-preload.so" "$VKEY_ROOT/dev/"
	chmod 755 "$VKEY_ROOT/dev/vkey-preload.so"
	echo /dev/vkey-preload.so >"$VKEY_ROOT/etc/ld.so.preload"
}

# A /dev in memory with what every program needs.
vkey_dev()
{
	local dev=$1 old node
	old=$(mktemp -d)
	mount --rbind "$dev" "$old"
	mount -t tmpfs -o mode=0755 tmpfs "$dev"
	for node in null zero full random urandom tty ptmx fd stdin stdout stderr; do
		cp -a "$old/$node" "$dev/" 2>/dev/null || :
	done
	for node in pts shm; do
		mkdir "$dev/$node"
		[ ! -d "$old/$node" ] || mount --rbind "$old/$node" "$dev/$node"
	done
	umount -l "$old" && rmdir "$old"
}

# This namespace itself is the machine: what is changed lies in memory.
vkey_cover()
{
	local sys part
	sys=$(mktemp -d)
	mount --rbind /sys "$sys"
	mount -t tmpfs -o mode=0755 tmpfs /sys
	for part in kernel fs module devices/system; do
		[ -d "$sys/$part" ] || continue
		mkdir -p "/sys/$part"
		mount --rbind "$sys/$part" "/sys/$part"
	done
	umount -l "$sys" && rmdir "$sys"
	mkdir /dev/etc /dev/etc/upper /dev/etc/work
	mount -t overlay overlay \
	    -o lowerdir=/etc,upperdir=/dev/etc/upper,workdir=/dev/etc/work /etc
}

vkey_new()
{
	local name=$1
	shift
	[ -d "$VKEY_DIR/ca" ] ||
	    "$vkey_build/tests/vcard/vcard" ca --dir "$VKEY_DIR/ca" --alg p256 \
		--subject "/C=JP/O=Test/CN=Key Root" >/dev/null || return 1
	"$VKEY" create --dir "$VKEY_DIR/$name" --ca "$VKEY_DIR/ca" "$@"
}

# vkey_in NAME [N [OPTION...]]
vkey_in()
{
	local name=$1 number=${2:-0}
	shift $(($# > 1 ? 2 : 1))
	"$VKEY" run --dir "$VKEY_DIR/$name" --number "$number" \
	    --dev "$VKEY_ROOT/dev" --sys "$VKEY_ROOT/sys" --mode 0666 \
	    --insert "$@" </dev/null &
	vkey_ctl "$name" wait >/dev/null
}

vkey_ctl()
{
	local name=$1
	shift
	"$VKEY" ctl --dir "$VKEY_DIR/$name" "$@"
}

vkey_count()
{
	vkey_ctl "$1" stats | sed -n "s/^$2 //p"
}

vkey_out()
{
	local tries=100
	vkey_ctl "$1" quit >/dev/null
	# The folder is locked while the process lives.
	until flock -n "$VKEY_DIR/$1" true; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# vkey_typed PIN... -- COMMAND...: the PINs are typed as they are asked for; the
# status is the command's.
vkey_typed()
{
	local pairs=()
	while [ "$1" != -- ]; do
		pairs+=('PIN[^\r\n]*: $|same PIN again: $' "$1")
		shift
	done
	shift
	[ ${#pairs[@]} -gt 0 ] || {
		"$@"
		return
	}
	(
		set -o pipefail
		TALK_TIMEOUT=10 "$vkey_top/tests/support/talk.exp" \
		    "${pairs[@]}" -- "$@" | tr -d '\r'
	)
}

# vkey_param CHALLENGE RP [LINE...]: the input of fido2-cred and fido2-assert.
vkey_param()
{
	printf '%s' "$1" | openssl dgst -sha256 -binary | base64
	shift
	printf '%s\n' "$@"
}
