#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: login, su, sudo, sshd, systemd-user and cron of a terminal, with the
# shipped stacks, the agent, a server and cards: everybody is proven, and whose
# account may be had is the policy's word; who logs in reads the notice
# (MFA-1, INT-1, LOGIN-1, LOGIN-2).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs login su sudo sshd ssh cron pamtester expect
PAMLAB_ROOT=$(lab_root counter-1)
lab_machine server "$CITY_SERVER_IP"
mkdir -p "$(lab_root server)/etc/sanyoso"
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = lab
	[rule all]
	zone = mynumber
	purpose = login unlock privileged remote
	kind = staff
	require = 2
	allow = card-pin
	origin = issuer personalised
	[targets]
	persons = tanaka
	[unattended]
	accounts = backup
	[notice mynumber]
	ja = 業務以外で使わないこと
	en = For work only
END
city_issuers
city_server
city_terminal counter-1 10.99.0.11
pamlab_stacks counter-1
mkdir -p "$PAMLAB_ROOT/run/lab"
: >"$PAMLAB_ROOT/run/lab/log"
city_card hanako jpki --pin 4321
city_card taro piv --alg p256 --pin 246802
city_hand counter-1 hanako 0
city_hand counter-1 taro 1
lab_run server sanyosoctl user add suzuki --name "鈴木 花子" --basis test >/dev/null
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test >/dev/null
city_enroll counter-1 suzuki hanako 4321 >/dev/null
city_enroll counter-1 tanaka taro 246802 >/dev/null
printf 'ALL ALL=(ALL) ALL\n' >"$PAMLAB_ROOT/etc/sudoers.d/lab"
chmod 0440 "$PAMLAB_ROOT/etc/sudoers.d/lab"

# Real cron, whose minute comes while all of the following goes on: a job of the
# account that the policy names, and one of a person who is logged in meanwhile.
rm -f "$PAMLAB_ROOT"/etc/cron.d/* "$PAMLAB_ROOT/etc/crontab"
chmod 1777 "$PAMLAB_ROOT/run/lab"
for who in backup tanaka; do
	echo "* * * * * $who id -un >/run/lab/ran-$who"
done >"$PAMLAB_ROOT/etc/cron.d/lab"
chmod 0644 "$PAMLAB_ROOT/etc/cron.d/lab"
lab_start counter-1 "$CITY_LOG/cron.log" cron -f

# What a person does when the card is asked for.
gives() { echo "!$VCARD ctl --dir $CITY_CARDS/$1 remove; sleep 1; $VCARD ctl --dir $CITY_CARDS/$1 insert"; }
says_card="$SAYS_INSERT|insert it again"
# shellcheck disable=SC2034 # named by "card" below
suzuki=("$says_card" "$(gives hanako)" "$SAYS_PIN" 4321)
tanaka=("$says_card" "$(gives taro)" "$SAYS_PIN" 246802)
away() { city_remove hanako; city_remove taro; }
at() { city_talk counter-1 "$@"; }
shows_notice() { grep 'For work only' "$LAB_DIR/out" || { cat "$LAB_DIR/out"; exit 1; }; }
unasked() { lab_run counter-1 pam-person "$1" "$2" all account setcred open close </dev/null; }
export VCARD

pamlab_check "systemd-user before any login" 1 unasked systemd-user tanaka
cat >"$LAB_DIR/meanwhile" <<-END
	#!/bin/sh
	exec nsenter --net=/run/netns/counter-1 chroot $PAMLAB_ROOT /usr/bin/pam-person \
	    systemd-user "\$1" all account setcred open close </dev/null >$LAB_DIR/meanwhile-\$1 2>&1
END
chmod 0755 "$LAB_DIR/meanwhile"
# shellcheck disable=SC2016 # for the other shell
pamlab_check "login, and sudo twice in its session" 0 at 'login: ' tanaka "${tanaka[@]}" \
    '[$] ' "!$LAB_DIR/meanwhile tanaka; $LAB_DIR/meanwhile suzuki || true" \
    '' 'sudo echo first-$(id -u)-done' "${tanaka[@]}" 'first-[0-9]*-done' 'sudo -n id -un' \
    'root' 'exit' -- login
grep -q '^open: Success' "$LAB_DIR/meanwhile-tanaka"
grep -q '^account: ' "$LAB_DIR/meanwhile-suzuki"
if grep -q '^open' "$LAB_DIR/meanwhile-suzuki"; then exit 1; fi
away
pamlab_check "systemd-user after the logout" 1 unasked systemd-user tanaka
pamlab_check "cron for who is not unattended" 1 unasked cron tanaka
pamlab_check "cron for who is" 0 unasked cron backup
pamlab_check "sshd for who is unattended at cron" 1 unasked sshd backup
pamlab_check "login, a second time" 0 at 'login: ' tanaka "${tanaka[@]}" '[$] ' 'exit' -- login
shows_notice
away

for who in suzuki tanaka; do
	declare -n card=$who
	# Who has no grant is told so by his card, before a PIN.
	[ $who = tanaka ] && wanted=0 said=4 || wanted=1 said=2
	other=$([ $who = tanaka ] && echo suzuki || echo tanaka)
	pamlab_check "su by $who" "$wanted" at "${card[@]:0:said}" -- \
	    setpriv --reuid $who --regid $who --init-groups su "$other" -c "touch /tmp/$who"
	away
done
test -e "$PAMLAB_ROOT/tmp/tanaka"
test ! -e "$PAMLAB_ROOT/tmp/suzuki"

echo "-- ssh"
mkdir -p "$PAMLAB_ROOT/run/sshd" "$PAMLAB_ROOT/home/tanaka/.ssh"
for key in host id; do
	ssh-keygen -q -t ed25519 -N '' -f "$PAMLAB_ROOT/run/$key"
done
cp "$PAMLAB_ROOT/run/id.pub" "$PAMLAB_ROOT/home/tanaka/.ssh/authorized_keys"
lab_start counter-1 "$CITY_LOG/sshd.log" /usr/sbin/sshd -D -e -f /dev/null -p 2222 \
    -h /run/host -o UsePAM=yes -o PasswordAuthentication=no -o PidFile=none -o StrictModes=no
lab_wait 5 lab_run counter-1 bash -c ': </dev/tcp/127.0.0.1/2222'
ssh=(ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR)
pamlab_check "by the card" 0 at "${tanaka[@]:0:2}" 'Enter' '' "${tanaka[@]:2}" '[$] ' exit -- \
    "${ssh[@]}" -tt -o PreferredAuthentications=keyboard-interactive tanaka@127.0.0.1
shows_notice
away
pamlab_check "not by public key" 255 lab_run counter-1 "${ssh[@]}" -i /run/id -o BatchMode=yes \
    -o PreferredAuthentications=publickey tanaka@127.0.0.1 true </dev/null

echo "-- cron's own jobs"
lab_wait 75 test -s "$PAMLAB_ROOT/run/lab/ran-backup"
[ "$(cat "$PAMLAB_ROOT/run/lab/ran-backup")" = backup ]
judged()
{
	lab_run server sanyosoctl --json audit search --action account.verdict --limit 1000 |
	    jq -e --arg out "$1" --arg what "$2" '.records[] | select(.outcome == $out) |
		.details + " " + .reason | select(contains("service=cron") and contains($what))'
}
lab_wait 5 judged deny not-unattended >/dev/null
judged allow unattended >/dev/null
test ! -e "$PAMLAB_ROOT/run/lab/ran-tanaka"
lab_run server sanyosoctl audit verify >/dev/null
