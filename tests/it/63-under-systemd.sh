#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: a real systemd starts server and agent by the shipped units, and a manager
# of a user for accounts in [unattended] and for nobody else (INT-1, MFA-1). Where
# systemd-nspawn can't boot this is skipped.
set -eu
skip()
{
	echo "skipped: $1"
	exit 77
}
[ "$(id -u)" = 0 ] || skip "needs root"
command -v systemd-nspawn >/dev/null || skip "systemd-nspawn is not installed"
if [ "${SY_IN_LAB:-}" != inside ]; then
	SY_IN_LAB=inside exec unshare --mount --pid --net --fork --kill-child \
	    --mount-proc --propagation private -- "$0" "$@"
fi
here=$(cd "$(dirname "$0")" && pwd)
build=${CITY_BUILD:-${SY_TEST_BUILDDIR:-$here/../..}}
mount -t tmpfs -o mode=0755 tmpfs /mnt
mkdir -p /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
root=/mnt/root
if [ -n "${LAB_PRODUCT:-}" ]; then
	tar -C "$LAB_PRODUCT" -c . | tar -C "$root" -x --no-overwrite-dir
else
	make -s -C "$build" install DESTDIR=$root >/dev/null 2>&1
fi
: >$root/etc/machine-id
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/systemd
systemd-nspawn -D $root --boot --register=no --keep-unit --private-network \
    --console=pipe systemd.unit=basic.target </dev/null >/mnt/boot.log 2>&1 &
inside()
{
	nsenter -t "$leader" -a "$@"
}
leader=
for ((tries = 100; tries > 0; tries--)); do
	sleep 0.2
	leader=$(pgrep -x systemd | tail -n 1) && inside systemctl is-active -q basic.target && break
done 2>/dev/null
[ $tries -gt 0 ] || skip "systemd does not boot in systemd-nspawn here: $(tail -n 1 /mnt/boot.log)"

inside sh -eu <<-'END'
	ldconfig
	ip link set lo up
	systemd-sysusers
	systemd-tmpfiles --create
	useradd -m job
	useradd -m tanaka
	cp /usr/share/doc/sanyoso/examples/pam.d/systemd-user /etc/pam.d/
	sanyosod init --name server.city.example >/dev/null 2>&1
	printf '[server]\nname = server.city.example\n[terminals]\nlisten = 127.0.0.1:8443\nnetworks = 127.0.0.0/8\n[join]\nlisten = 127.0.0.1:8444\nnetworks = 127.0.0.0/8\n' >/etc/sanyoso/server.conf
	printf '[policy]\nname = units\n[rule all]\nzone = mynumber\npurpose = login\nkind = staff\nrequire = 2\nallow = card-pin\norigin = issuer\n[unattended]\naccounts = job\n' >/etc/sanyoso/policy.conf
	systemctl daemon-reload
	systemctl start sanyosod
	sanyosoctl --json terminal invite desk --zone mynumber | jq -r .code |
	    sanyoso-agent join --server 127.0.0.1:8444 --code-fd 0 >/dev/null
	systemctl start sanyoso-agent
END
for unit in sanyosod sanyoso-agent pcscd.socket; do
	inside systemctl is-active -q $unit || { inside systemctl status --no-pager $unit; exit 1; }
	echo "ok   $unit runs"
done
# Its server is there a moment after the agent.
for ((tries = 50; tries > 0; tries--)); do
	inside sanyosoctl --json terminal show desk | jq -e .connected >/dev/null && break
	sleep 0.1
done
manager()
{
	inside systemctl start "user@$(inside id -u "$1").service"
}
manager job || { inside journalctl --no-pager | tail -n 20; exit 1; }
echo "ok   a manager for an unattended account"
if manager tanaka 2>/dev/null; then
	echo "FAIL a manager for somebody who has not logged in" >&2
	exit 1
fi
# The person has no ID, so the log does not name him.
judged()
{
	inside sanyosoctl --json audit search --action account.verdict |
		jq -r ".records[] | select(.details | contains(\"service=systemd-user\")) |
		    .outcome + \" \" + .subject + \" \" + .reason" | sort -u
}
[ "$(judged)" = "allow job unattended
deny unknown id-unknown" ] || { judged; exit 1; }
echo "ok   and for nobody else"

# The keys are root's: a server that lost its keeper ends and is started again,
# more often than systemd by itself would do it.
main_pid() { inside systemctl show -P MainPID sanyosod; }
for round in 1 2 3 4 5 6 7; do
	before=$(main_pid)
	inside pkill -KILL -x sanyosod-keeper
	for ((tries = 100; tries > 0; tries--)); do
		sleep 0.1
		inside systemctl is-active -q sanyosod && [ "$(main_pid)" != "$before" ] &&
			inside pgrep -x sanyosod-keeper >/dev/null && break
	done
	[ $tries -gt 0 ] || { inside systemctl status --no-pager sanyosod; exit 1; }
done
echo "ok   the server is started again after its keeper was killed $round times"
alarms()
{
	inside sanyosoctl --json audit search --action alarm.keeper | jq '.records | length'
}
[ "$(alarms)" = "$round" ] || { alarms; exit 1; }
