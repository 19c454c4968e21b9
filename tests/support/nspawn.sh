# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The product under a real systemd: this machine's own files with what was built
# over them, booted by systemd-nspawn. Source it first thing; where that can't be
# done the test is skipped.
#
#   nspawn_enter "$@"      # into namespaces of its own: starts the script again
#   nspawn_boot            # booted
#   inside COMMAND...      # run in it
#   nspawn_joined POLICY   # server and agent run, with this policy's rules

NSPAWN_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

nspawn_skip()
{
	echo "skipped: $1"
	exit 77
}

nspawn_enter()
{
	[ "$(id -u)" = 0 ] || nspawn_skip "needs root"
	command -v systemd-nspawn >/dev/null || nspawn_skip "systemd-nspawn is not installed"
	if [ "${SY_IN_LAB:-}" != inside ]; then
		SY_IN_LAB=inside exec unshare --mount --pid --net --fork --kill-child \
		    --mount-proc --propagation private -- "$0" "$@"
	fi
}

inside()
{
	nsenter -t "$leader" -a "$@"
}

nspawn_boot()
{
	local build=${CITY_BUILD:-${SY_TEST_BUILDDIR:-$NSPAWN_HERE/../..}} tries
	mount -t tmpfs -o mode=0755 tmpfs /mnt
	mkdir -p /mnt/upper /mnt/work /mnt/root
	mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
	NSPAWN_ROOT=/mnt/root
	if [ -n "${LAB_PRODUCT:-}" ]; then
		tar -C "$LAB_PRODUCT" -c . | tar -C "$NSPAWN_ROOT" -x --no-overwrite-dir
	else
		make -s -C "$build" install DESTDIR="$NSPAWN_ROOT" >/dev/null 2>&1
	fi
	: >"$NSPAWN_ROOT/etc/machine-id"
	mount -t tmpfs -o mode=0755 tmpfs /run
	mkdir -p /run/systemd
	systemd-nspawn -D "$NSPAWN_ROOT" --boot --register=no --keep-unit --private-network \
	    --console=pipe systemd.unit=basic.target </dev/null >/mnt/boot.log 2>&1 &
	leader=
	for ((tries = 100; tries > 0; tries--)); do
		sleep 0.2
		leader=$(pgrep -x systemd | tail -n 1) &&
			inside systemctl is-active -q basic.target && break
	done 2>/dev/null
	[ $tries -gt 0 ] ||
		nspawn_skip "systemd does not boot in systemd-nspawn here: $(tail -n 1 /mnt/boot.log)"
}

nspawn_joined()
{
	local unit tries
	printf '%s\n' "$1" >"$NSPAWN_ROOT/etc/policy.conf"
	inside sh -eu <<-'END'
		ldconfig
		ip link set lo up
		systemd-sysusers
		systemd-tmpfiles --create
		sanyosod init --name server.city.example >/dev/null 2>&1
		printf '[server]\nname = server.city.example\n[terminals]\nlisten = 127.0.0.1:8443\nnetworks = 127.0.0.0/8\n[join]\nlisten = 127.0.0.1:8444\nnetworks = 127.0.0.0/8\n' >/etc/sanyoso/server.conf
		mv /etc/policy.conf /etc/sanyoso/
		systemctl daemon-reload
		systemctl start sanyosod
		zone=$(sed -n 's/^zone = //p' /etc/sanyoso/policy.conf | head -n 1)
		sanyosoctl --json terminal invite desk --zone "$zone" | jq -r .code |
		    sanyoso-agent join --server 127.0.0.1:8444 --code-fd 0 >/dev/null
		systemctl start sanyoso-agent
	END
	for unit in sanyosod sanyoso-agent pcscd.socket; do
		inside systemctl is-active -q $unit || {
			inside systemctl status --no-pager $unit
			exit 1
		}
		echo "ok   $unit runs"
	done
	# Its server is there a moment after the agent.
	for ((tries = 50; tries > 0; tries--)); do
		[ "$(inside sanyosoctl --json terminal show desk |
			jq .connected)" != true ] || break
		sleep 0.1
	done
}
