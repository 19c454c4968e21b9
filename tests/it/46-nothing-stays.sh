#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: what quickstart shows leaves nothing behind but its build tree: no
# process, mount, network, user, group or file.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# Namespaces of our own around those of the scenario: what other tests do
# meanwhile is not seen here, what the scenario leaves is.
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
top=$(cd "$here/../.." && pwd)
build=${CITY_BUILD:-${SY_TEST_BUILDDIR:-$top}}
case $top/:$build/:${CITY_LOG:-}/ in
*:/tmp/* | /tmp/*)
	echo "skipped: the tree is below /tmp, which is looked at"
	exit 77
	;;
esac
mount -t tmpfs -o mode=1777 tmpfs /tmp

# Everything there but the trees of sources and build.
files()
{
	ls -A /
	find /etc /usr /var/lib /root /home /run /tmp "$LAB_DIR" -xdev \
	    \( -path "$top" -o -path "$build" -o -path "${CITY_LOG:-$build}" \) -prune -o \
	    -printf '%y %m %U %G %s %T@ %p %l\n' | sort -T /dev/shm
}

snapshot()
{
	echo "-- processes"
	ps -e -o args=
	echo "-- mounts"
	cut -d' ' -f4- /proc/self/mountinfo
	echo "-- network"
	ip -o link | cut -d: -f2-
	ip netns list
	ss -Htulxn | awk '{ print $1, $5 }'
	echo "-- users and groups"
	getent passwd
	getent group
	echo "-- files"
	files
}

before=$(snapshot)
env -u SY_IN_LAB SY_TRY=no CITY_BUILD="$build" "$top/tools/scenarios/card.sh" </dev/null |
	tail -n 3
after=$(snapshot)
diff <(echo "$before") <(echo "$after")
