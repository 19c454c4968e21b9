#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: real su and sudo, agent and server: who asks with a password that must
# be changed changes it there, or runs nothing (PW-2, PW-3, MFA-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs su sudo expect
PAMLAB_ROOT=$(lab_root counter-1)
lab_machine server "$CITY_SERVER_IP"
mkdir -p "$(lab_root server)/etc/sanyoso"
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = both
	[rule both]
	zone = mynumber
	purpose = login privileged
	kind = staff
	require = 2
	allow = card+password
	origin = issuer
	[password all]
	kind = all
	min_length = 10
	dictionary = no
	[targets]
	persons = suzuki
END
city_issuers
city_server
city_terminal counter-1 10.99.0.11
pamlab_stacks counter-1
mkdir -p "$PAMLAB_ROOT/run/lab"
chmod 1777 "$PAMLAB_ROOT/run/lab"
: >"$PAMLAB_ROOT/run/lab/log"
printf 'suzuki ALL=(ALL) ALL\nDefaults timestamp_timeout=0\n' >"$PAMLAB_ROOT/etc/sudoers.d/lab"
chmod 0440 "$PAMLAB_ROOT/etc/sudoers.d/lab"
city_card hanako piv --alg p256 --pin 246802
city_hand counter-1 hanako
lab_run server sanyosoctl user add suzuki --name suzuki --basis test >/dev/null
city_enroll_open counter-1 suzuki hanako

insert=("$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/hanako insert >/dev/null")
asks='not the PIN'
as=(setpriv --reuid suzuki --regid suzuki --init-groups)
opened()
{
	grep -c "session: allowed: user=suzuki service=$1" "$CITY_LOG/agent-counter-1.log" || true
}

# changed NAME OLD NEW COMMAND...: suzuki's password is one that was issued;
# COMMAND runs once it was changed to NEW, and not before.
changed()
{
	local name=$1 new=$2 temporary status=0
	shift 2
	temporary=$(city_password_reset suzuki "desk")
	pamlab_check "$name: nothing runs without the change" 1 city_talk counter-1 \
	    "${insert[@]}" "$asks" "$temporary" 'New password: ' short1 'once more: ' short1 \
	    'not accepted' "!pkill -KILL -x $name" -- \
	    sh -c '"$@"; exit 1' sh "${as[@]}" "$@" touch /run/lab/broken
	city_remove hanako
	test ! -e "$PAMLAB_ROOT/run/lab/broken"
	test "$(opened "$name")" = 0
	pamlab_check "$name: with the change" 0 city_talk counter-1 \
	    "${insert[@]}" "$asks" "$temporary" 'New password: ' "$new" 'once more: ' "$new" \
	    -- "${as[@]}" "$@" id -un
	city_remove hanako
	cat "$LAB_DIR/out"
	grep -q '^tanaka' "$LAB_DIR/out"
	test "$(opened "$name")" = 1
	pamlab_check "$name: by the new one" 0 city_talk counter-1 \
	    "${insert[@]}" "$asks" "$new" -- "${as[@]}" "$@" id -un
	city_remove hanako
	grep -q 'New password' "$LAB_DIR/out" && exit 1
	pamlab_check "$name: no more by the one that was issued" 1 city_talk counter-1 \
	    "${insert[@]}" "$asks" "$temporary" 'is wrong' "!pkill -KILL -x $name" -- \
	    sh -c '"$@"; exit 1' sh "${as[@]}" "$@" touch /run/lab/broken
	city_remove hanako
}

cat >"$PAMLAB_ROOT/usr/bin/su-tanaka" <<-'END'
	#!/bin/sh
	exec su tanaka -c "$*"
END
chmod 0755 "$PAMLAB_ROOT/usr/bin/su-tanaka"
changed su Kitsune-no-Yomeiri-9 su-tanaka
changed sudo Tanuki-no-Bayashi-7 sudo -u tanaka
test ! -e "$PAMLAB_ROOT/run/lab/broken"

lab_run server sanyosoctl audit search --action password.change | tee "$LAB_DIR/log"
test "$(grep -c 'id:1 .*done' "$LAB_DIR/log")" = 2
lab_run server sanyosoctl audit verify >/dev/null
