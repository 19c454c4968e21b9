#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: services at which nobody sits, with the shipped stacks: real cron, and
# systemd-user in the steps of systemd, run for an account that the agent knows
# to be alive or unattended and for nobody else (MFA-1, INT-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs cron
pamlab_machine desk
rm -f "$PAMLAB_ROOT"/etc/cron.d/* "$PAMLAB_ROOT/etc/crontab"
for user in suzuki tanaka; do
	echo "* * * * * $user env >/run/lab/ran-$user"
done >"$PAMLAB_ROOT/etc/cron.d/lab"
chmod 0644 "$PAMLAB_ROOT/etc/cron.d/lab"
pamlab_says live-suzuki yes

# In the steps of systemd, and of cron: no authentication, nobody to talk to.
for service in systemd-user cron; do
	pamlab_check "$service for an account that lives" 0 lab_run desk \
	    pam-person $service suzuki all account setcred open close </dev/null
	pamlab_asked "open user=suzuki service=$service .*evidence=1e1e"
	pamlab_check "$service for anybody else" 1 lab_run desk \
	    pam-person $service tanaka all account </dev/null
	grep -q '^account: Authentication failure' "$LAB_DIR/out"
	pamlab_check "$service that forgets the account" 1 lab_run desk \
	    pam-person $service tanaka all open </dev/null
	pamlab_check "$service that forgets it before setcred" 1 lab_run desk \
	    pam-person $service tanaka all setcred </dev/null
done

echo "-- cron, at the next minute"
lab_start desk "$LAB_DIR/cron.log" cron -f
lab_wait 75 test -s "$PAMLAB_ROOT/run/lab/ran-suzuki"
lab_wait 5 pamlab_asked 'account user=tanaka service=cron .*evidence=-'
lab_wait 5 pamlab_asked 'close user=suzuki service=cron'
sleep 1
test ! -e "$PAMLAB_ROOT/run/lab/ran-tanaka"
if grep SANYOSO "$PAMLAB_ROOT/run/lab/ran-suzuki"; then exit 1; fi
