#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: the profile for pam-auth-update puts our module before all others of
# common-*: nobody gets in by a Unix password, with or without an agent, and
# what it changed it takes away again (INT-1, MFA-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs pam-auth-update
pamlab_machine desk
root=$PAMLAB_ROOT

for file in auth account password session; do
	echo "@include common-$file"
done >"$root/etc/pam.d/some-service"
lab_run desk usermod -p "$(openssl passwd -6 unix-secret)" suzuki
update() { lab_run desk env DEBIAN_FRONTEND=noninteractive pam-auth-update --force "$@"; }
is_there()
{
	grep -q sanyoso "$root"/etc/pam.d/common-{auth,account,password,session,session-noninteractive}
}
cp "$here/../../config/pam-configs/sanyoso" "$root/usr/share/pam-configs/"
# Somebody at the service who types this.
types()
{
	# shellcheck disable=SC2086 # a list of phases
	printf '%s\n' "${@:2}" | lab_run desk pam-person some-service suzuki all $1
}
all="authenticate account setcred open close"

update --package
if is_there; then exit 1; fi
pamlab_check "off until it is chosen: the Unix password" 0 types "$all" unix-secret
update --enable sanyoso
is_there
for file in auth account password; do
	grep -v '^#' "$root/etc/pam.d/common-$file" | grep . >"$LAB_DIR/lines"
	head -1 "$LAB_DIR/lines" | grep pam_sanyoso.so
done

pamlab_check "by the PIN" 0 types "$all" 1234
pamlab_asked 'auth user=suzuki service=some-service'
pamlab_asked 'account user=suzuki service=some-service'
pamlab_asked 'open user=suzuki service=some-service'
pamlab_asked 'close user=suzuki service=some-service'
pamlab_says auth deny
pamlab_check "not when the server refuses, nor by the Unix password then" 1 \
    types "$all" 1234 unix-secret unix-secret
pamlab_check "nor does the authentication alone" 1 types authenticate 1234 unix-secret unix-secret
pamlab_says auth allow
for phase in account open; do
	pamlab_says $phase deny
	pamlab_check "not when $phase is refused" 1 types "$all" 1234
	pamlab_says $phase allow
done
mv "$root/run/sanyoso/agent/agent.sock"{,.gone}
pamlab_check "not by the Unix password without an agent" 1 types "$all" unix-secret unix-secret
pamlab_check "no account without an agent" 1 types account
pamlab_check "no session without an agent" 1 types open
pamlab_check "no new Unix password without an agent" 1 types change unix-secret new-secret-1 new-secret-1
mv "$root/run/sanyoso/agent/agent.sock"{.gone,}
update --disable sanyoso
if is_there; then exit 1; fi
pamlab_check "taken away: the Unix password" 0 types "$all" unix-secret
