#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: a real systemd starts server and agent by the shipped units, and a manager
# of a user for accounts in [unattended] and for nobody else (INT-1, MFA-1). Where
# systemd-nspawn can't boot this is skipped.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/nspawn.sh disable=SC1091
. "$here/../support/nspawn.sh"
nspawn_enter "$@"
nspawn_boot
inside sh -eu <<-'END'
	useradd -m job
	useradd -m tanaka
	cp /usr/share/doc/sanyoso/examples/pam.d/systemd-user /etc/pam.d/
END
nspawn_joined "[policy]
name = units
[rule all]
zone = mynumber
purpose = login
kind = staff
require = 2
allow = card-pin
origin = issuer
[unattended]
accounts = job"
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
