#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: a server that goes at any step of a change leaves the old password or
# the new one, never neither and never both; the person is told which, or that
# nobody knows (PW-2).
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# A zone where a password alone is enough: the typing is what matters here.
# shellcheck disable=SC2034 # for city.sh
CITY_ZONE=internet
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
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
city_server
city_terminal counter-1 10.99.0.11
echo "password requisite pam_sanyoso.so purpose=login" \
    >"$(lab_root counter-1)/etc/pam.d/passwd"
lab_run server sanyosoctl user add suzuki --name "鈴木 花子" --basis test

# change OLD NEW PATTERN ACTION...: through passwd; whatever comes of it.
change()
{
	local old=$1 new=$2
	shift 2
	TALK_TIMEOUT=90 city_talk counter-1 'not the PIN' "$old" "$@" \
	    -- passwd suzuki >"$LAB_DIR/said" 2>&1 || true
	tr -d '\r' <"$LAB_DIR/said" | tail -3
}

# Does it let in?
works()
{
	TALK_TIMEOUT=4 city_talk counter-1 'not the PIN' "$1" \
	    -- pamtester "$CITY_SERVICE" suzuki authenticate >/dev/null 2>&1
}

# The one of the two that is in force becomes the present one.
one_of()
{
	local old=no new=no
	works "$1" && old=yes
	works "$2" && new=yes
	echo "old: $old, new: $new"
	[ $old != $new ]
	[ $new = no ] || present=$2
}

# Soon after the server is gone.
killer=$LAB_DIR/kill
# shellcheck disable=SC2016 # for the other shell
printf '#!/bin/sh\n(sleep "$1"; pkill -KILL -x sanyosod) >/dev/null 2>&1 &\n' >"$killer"
chmod 0755 "$killer"
back()
{
	lab_wait 20 city_server_gone
	city_server_start >/dev/null
	city_connected counter-1 >/dev/null
}

temporary=$(city_password_reset suzuki "desk 1")
present=Kitsune-no-Yomeiri-9
change "$temporary" "$present" 'New password: ' "$present" 'once more: ' "$present"
works "$present"

echo "-- gone before the new one is typed"
new=Tanuki-no-Bayashi-7
change "$present" $new 'New password: ' $new 'once more: ' '!pkill -KILL -x sanyosod' '' $new
grep -qE 'stays in force|One of the two' "$LAB_DIR/said"
back
one_of "$present" $new
[ "$present" != $new ]

# Typing takes a twentieth of a second.
delays=(0.04 0.08 0.12 0.2 1)
for new in Hanami-wo-Suru-Hi-4 Zeppelin+fuer-7-Wale Ginnan!3-hon-ochita \
    'Umi 8 kara Yama e' Suika-wo-Wari-5-nin; do
	echo "-- gone ${delays[0]} s after the prompt"
	change "$present" "$new" 'New password: ' "$new" \
	    'once more: ' "!$killer ${delays[0]}" '' "$new"
	delays=("${delays[@]:1}")
	back
	one_of "$present" "$new"
	if grep -q 'stays in force' "$LAB_DIR/said"; then
		[ "$present" != "$new" ]
	fi
done
# The last was answered in time.
[ "$present" = "$new" ]
lab_run server sanyosoctl audit verify
