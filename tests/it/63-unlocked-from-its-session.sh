#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: a locker may ask for the unlock of the session that it lives in; a process
# of the same user in another place (a job, ssh, a service of his own) may not, and
# the agent's journal says why. With the real logind (LOGIN-2).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/nspawn.sh disable=SC1091
. "$here/../support/nspawn.sh"
nspawn_enter "$@"
nspawn_boot
inside sh -eu <<-'END'
	useradd -m -s /bin/bash suzuki
	useradd -m job
	cp /usr/share/doc/sanyoso/examples/pam.d/systemd-user /etc/pam.d/
	printf 'auth required pam_permit.so\naccount required pam_permit.so\nsession required pam_systemd.so\n' >/etc/pam.d/login
	printf 'auth required pam_sanyoso.so purpose=unlock lang=en\n' >/etc/pam.d/locker
END
# One factor is enough here: where the process lives is what matters.
nspawn_joined "[policy]
name = unlock
[rule all]
zone = internet
purpose = login unlock
kind = staff
require = 1
allow = password
[password all]
kind = all
dictionary = no
[unattended]
accounts = job"
cp "$here/../support/talk.exp" "$NSPAWN_ROOT/usr/local/bin/"
inside systemctl start dbus systemd-logind
inside sanyosoctl user add suzuki --name suzuki --basis test >/dev/null
code=$(inside sanyosoctl --json user password-reset suzuki --basis desk | jq -r .code)

# as_service OPTION... -- COMMAND...: as the manager starts it, not from here.
as_service()
{
	timeout 60 nsenter -t "$leader" -a systemd-run -q --wait --pipe --collect \
	    -E LANG=C.UTF-8 -E TALK_TIMEOUT=20 "$@" 2>&1
}
lock="pamtester locker suzuki authenticate"
# refused NAME REASON OUTPUT
refused()
{
	if grep -q 'successfully authenticated' <<<"$3" || ! grep -q 'may not ask for this' <<<"$3" ||
	    ! inside journalctl -u sanyoso-agent --no-pager | grep -q "may unlock nothing: $2"; then
		printf '%s\n' "$3"
		inside journalctl -u sanyoso-agent --no-pager | tail -n 5
		echo "FAIL $1" >&2
		exit 1
	fi
	echo "ok   $1"
}

said=$(as_service talk.exp '[$] ' "$lock" 'not the PIN' "$code" \
    'successfully authenticated' exit -- login -f suzuki) || {
	printf '%s\n' "$said"
	inside journalctl --no-pager | tail -n 20
	exit 1
}
echo "ok   from the session"
if inside journalctl -u sanyoso-agent --no-pager | grep 'may unlock nothing'; then exit 1; fi

refused "from a job of the same user" "it is in no session" \
    "$(as_service -p User=suzuki -- sh -c "$lock")"
refused "from a login over the network" "its session is remote" \
    "$(as_service talk.exp '[$] ' "$lock" '[$] ' exit -- login -h elsewhere.example -f suzuki)"
inside systemctl start "user@$(inside id -u job).service"
refused "from a service of a user who sits nowhere" "its user sits before no screen" \
    "$(as_service --user -M job@.host -- pamtester locker job authenticate)"
