#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: with the shipped stacks of login and passwd: a password that must be
# changed is changed, or no session opens; it is changed at will (PW-2, PW-3).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# A zone where a password alone is enough: the typing is what matters here.
# shellcheck disable=SC2034 # for city.sh
CITY_ZONE=internet
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs login passwd expect
PAMLAB_ROOT=$(lab_root counter-1)
lab_machine server "$CITY_SERVER_IP"
mkdir -p "$(lab_root server)/etc/sanyoso"
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = typed
	[rule alone]
	zone = internet
	purpose = login
	kind = staff
	require = 1
	allow = password
	[password all]
	kind = all
	min_length = 10
	dictionary = no
END
city_issuers
city_server
city_terminal counter-1 10.99.0.11
pamlab_stacks counter-1
mkdir -p "$PAMLAB_ROOT/run/lab"
: >"$PAMLAB_ROOT/run/lab/log"
lab_run server sanyosoctl user add suzuki --name suzuki --basis test >/dev/null
reset()
{
	lab_run server sanyosoctl --json user password-reset "$1" --basis "desk" | jq -r .code
}
at() { city_talk counter-1 "$@"; }
asks='not the PIN'
new=('New password: ' Kitsune-no-Yomeiri-9 'once more: ' Kitsune-no-Yomeiri-9)
next=('New password: ' Tanuki-no-Bayashi-7 'once more: ' Tanuki-no-Bayashi-7)

echo "-- login"
temporary=$(reset suzuki)
pamlab_check "no session without the change" 1 at 'login: ' suzuki "$asks" "$temporary" \
    'New password: ' short1 'once more: ' short1 'not accepted' '!pkill -KILL -x login' -- \
    sh -c 'login; exit 1'
if grep -q 'session: allowed' "$CITY_LOG/agent-counter-1.log"; then exit 1; fi
pamlab_check "with the change" 0 at 'login: ' suzuki "$asks" "$temporary" \
    'at least 10 characters' '!true' "${new[@]}" '[$] ' exit -- login
grep -q 'session: allowed: user=suzuki service=login' "$CITY_LOG/agent-counter-1.log"
pamlab_check "by the new one" 0 at 'login: ' suzuki "$asks" Kitsune-no-Yomeiri-9 \
    'ast login' '!true' '[$] ' exit -- login

echo "-- passwd"
suzuki=(setpriv --reuid suzuki --regid suzuki --init-groups)
pamlab_check "at will" 0 at "$asks" Kitsune-no-Yomeiri-9 "${next[@]}" -- "${suzuki[@]}" passwd
pamlab_check "login by the new one" 0 at 'login: ' suzuki "$asks" Tanuki-no-Bayashi-7 \
    '[$] ' exit -- login
pamlab_check "passwd of root for another" 0 at "$asks" Tanuki-no-Bayashi-7 \
    'New password: ' Kitsune-no-Yomeiri-9 'once more: ' Kitsune-no-Yomeiri-9 'not used before' \
    '!true' 'New password: ' Zeppelin-fuer-7-Wale 'once more: ' Zeppelin-fuer-7-Wale -- passwd suzuki
lab_run server sanyosoctl audit verify >/dev/null
