# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The lab: machines that share this computer's programs and nothing else.
#
# A machine is an overlay over / in memory and a network namespace of its own,
# joined by a switch. What is installed or changed there (users, /etc, /run)
# exists nowhere else and is gone, with every process, when the lab ends: all
# of it lives in namespaces whose first process is the script itself.
#
#   . tests/support/lab.sh
#   lab_enter "$@"                 # runs the script again inside the lab
#   lab_machine server 10.99.0.1
#   lab_install server BUILD_DIR   # make install, users, directories
#   lab_run server sanyosod init --name server.city.example
#   lab_start server LOG sanyosod run
#
# Needs root, iproute2, util-linux and a kernel with overlayfs.

LAB_DIR=${LAB_DIR:-/mnt}

# Run this script again inside new mount, pid, network and ipc namespaces.
lab_enter()
{
	if [ "${SY_IN_LAB:-}" = "$PPID" ] || [ "${SY_IN_LAB:-}" = inside ]; then
		SY_IN_LAB=inside
		lab_init
		return
	fi
	if [ "$(id -u)" != 0 ]; then
		echo "This needs root (namespaces and mounts)." >&2
		exit 2
	fi
	SY_IN_LAB=inside exec unshare --mount --pid --net --ipc --fork \
	    --kill-child --mount-proc --propagation private -- "$0" "$@"
}

lab_init()
{
	mount -t tmpfs -o mode=0755 tmpfs "$LAB_DIR"
	mount -t tmpfs -o mode=0755 tmpfs /run
	mkdir -p /run/netns
	ip link set lo up
	ip link add lab type bridge
	ip link set lab up
}

lab_root()
{
	echo "$LAB_DIR/$1/root"
}

# lab_machine NAME IPV4: a machine on the lab's switch.
lab_machine()
{
	local dir=$LAB_DIR/$1 root
	root=$(lab_root "$1")
	mkdir -p "$dir/upper" "$dir/work" "$root"
	mount -t overlay overlay \
	    -o "lowerdir=/,upperdir=$dir/upper,workdir=$dir/work" "$root"
	mount -t proc proc "$root/proc"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs -o mode=0755 tmpfs "$root/run"
	mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
	echo "$1" >"$root/etc/hostname"

	ip netns add "$1"
	ip link add "lab-$1" type veth peer name eth0 netns "$1"
	ip link set "lab-$1" master lab up
	ip -n "$1" addr add "$2/24" dev eth0
	ip -n "$1" link set eth0 up
	ip -n "$1" link set lo up
}

# lab_run NAME COMMAND...: run a command on the machine, with a clean
# environment; what stands in LAB_ENV ("NAME=value ...") is added.
lab_run()
{
	local name=$1 root
	shift
	root=$(lab_root "$name")
	# shellcheck disable=SC2086 # LAB_ENV is a list
	nsenter --net="/run/netns/$name" chroot "$root" /usr/bin/env -i \
	    HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
	    TERM="${TERM:-dumb}" ${LAB_ENV:-} "$@"
}

# lab_start NAME LOG COMMAND...: the same in the background; LAB_PID tells.
lab_start()
{
	local name=$1 log=$2
	shift 2
	lab_run "$name" "$@" >>"$log" 2>&1 </dev/null &
	# shellcheck disable=SC2034 # for the caller
	LAB_PID=$!
}

# lab_wait SECONDS COMMAND...: until the command succeeds.
lab_wait()
{
	local tries=$(($1 * 20))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# lab_holds FILTER: whether it is true of the one JSON text that is read. By
# itself jq (1.6) takes no text at all for success.
lab_holds()
{
	jq -es "length == 1 and (.[0] | $1)"
}

# lab_install NAME BUILD: install the product there as a package would; from
# LAB_PRODUCT, if that is a folder into which it was installed already.
lab_install()
{
	local root
	root=$(lab_root "$1")
	if [ -n "${LAB_PRODUCT:-}" ]; then
		tar -C "$LAB_PRODUCT" -c . |
		    tar -C "$root" -x --no-overwrite-dir || return 1
	else
		make -s -C "$2" install DESTDIR="$root" \
		    >"$LAB_DIR/install-$1.log" 2>&1 || {
			tail -20 "$LAB_DIR/install-$1.log" >&2
			return 1
		}
	fi
	lab_run "$1" ldconfig
	lab_users "$1"
}

# The users and directories that sysusers.d and tmpfiles.d would make.
lab_users()
{
	local name=$1 user
	for user in sanyoso sanyoso-worker sanyosod sanyoso-keeper; do
		lab_run "$name" useradd --system --user-group \
		    --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
	done
}

# lab_cut NAME / lab_join NAME: pull and put the network cable.
lab_cut()
{
	ip link set "lab-$1" down
}

lab_join()
{
	ip link set "lab-$1" up
}
