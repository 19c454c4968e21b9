#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: "sanyoso-agent check" finds nothing wrong with a healthy terminal, and
# names each of the things that are broken there one by one (LOGIN-1, ID-2).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
city_server
# shellcheck disable=SC2034 # for city.sh: suzuki has no account yet
CITY_PEOPLE=tanaka
city_terminal desk-1 10.99.0.11
root=$(lab_root desk-1)

# As the manual tells: shipped stacks, nobody elsewhere, the emergency account.
rm -f "$root/etc/pam.d/$CITY_SERVICE"
for file in "$root"/etc/pam.d/* "$root"/usr/lib/pam.d/*; do
	case ${file##*/} in
	common-* | chfn | chsh | chpasswd | newusers | runuser*) ;;
	*-greeter | '*') ;;
	*) cp "$here/../../config/pam.d/deny" "$root/etc/pam.d/${file##*/}" ;;
	esac
done
for file in "$here"/../../config/pam.d/*; do
	[ "${file##*/}" = deny ] || cp "$file" "$root/etc/pam.d/"
done
chmod 0644 "$root"/etc/pam.d/*
mkdir -p "$root/etc/ssh/sshd_config.d"
rm -f "$root"/etc/ssh/sshd_config.d/*
printf '%s\n' 'Include /etc/ssh/sshd_config.d/*.conf' 'UsePAM yes' \
    'PasswordAuthentication no' >"$root/etc/ssh/sshd_config"
lab_run desk-1 useradd --create-home --shell /bin/bash breakglass
echo 'breakglass:sealed-in-the-safe' | lab_run desk-1 chpasswd
sed -i 's/^\[agent\]/&\nbreak_glass = breakglass/' "$root/etc/sanyoso/agent.conf"
mkdir -p "$root/etc/polkit-1/rules.d"
city_connected desk-1

# check_says STATUS "SEVERITY CHECK PLACE"... -- ARGUMENT...: exactly this, by
# the JSON, whose words do not change. Whether this computer's clock is
# synchronised is not ours to say.
check_says()
{
	local status=$1 wanted=() got was=0
	shift
	while [ "$1" != -- ]; do
		wanted+=("$1")
		shift
	done
	shift
	lab_run desk-1 sanyoso-agent check --json "$@" >"$LAB_DIR/json" || was=$?
	got=$(jq -r '.findings[] | select(.severity != "ok" and .severity != "note"
	    and .check != "clock-sync") | "\(.severity) \(.check) \(.place)"' "$LAB_DIR/json")
	if [ "$got" != "$(printf '%s\n' "${wanted[@]}")" ]; then
		printf 'wanted:\n%s\ngot:\n%s\n' "$(printf '%s\n' "${wanted[@]}")" "$got"
		jq . "$LAB_DIR/json"
		exit 1
	fi
	# An unsynchronised clock alone makes 1 of 0 as well.
	if ! grep -q '"warning","check":"clock-sync"' "$LAB_DIR/json"; then
		[ "$was" = "$status" ]
	fi
	echo "ok: ${wanted[*]:-nothing is wrong}"
}

# The agent has noticed that the cable is out.
says_down()
{
	lab_run desk-1 sanyoso-agent check --json |
	    jq -e '.findings[] | select(.check == "agent" and .severity == "error")'
}

says_no_error()
{
	lab_run desk-1 sanyoso-agent check --json | lab_holds '.errors == 0'
}

check_says 0 --
jq -e '.findings[] | select(.check == "pam-break-glass" and .severity == "note")' \
    "$LAB_DIR/json" >/dev/null
lab_run desk-1 sanyoso-agent check -v root | tee "$LAB_DIR/text" || true
grep -q '^ok: Card readers: 2\.' "$LAB_DIR/text"
grep -q '^ok: 10.99.0.1:8443: Answers as server.city.example' "$LAB_DIR/text"
grep -q '^note: .*lets the break-glass account breakglass in' "$LAB_DIR/text"
lab_run desk-1 strace -f -o /dev/null -e trace=landlock_create_ruleset \
    -e inject=landlock_create_ruleset:error=EOPNOTSUPP \
    sanyoso-agent check | tee "$LAB_DIR/text" || true
grep -q '^note: The kernel has no Landlock' "$LAB_DIR/text"
sed -i 's/^language = .*/language = ja/' "$root/etc/sanyoso/agent.conf"
lab_run desk-1 sanyoso-agent check | tee "$LAB_DIR/text" || true
grep -q '緊急用アカウントbreakglassは' "$LAB_DIR/text"
sed -i 's/^language = .*/language = en/' "$root/etc/sanyoso/agent.conf"

echo "-- one thing after the other is broken"
cp "$root/etc/pam.d/sshd" "$LAB_DIR/sshd"
sed -i '0,/^auth/s//auth sufficient pam_unix.so\nauth/' "$root/etc/pam.d/sshd"
line=$(grep -n pam_unix "$root/etc/pam.d/sshd" | head -n 1 | cut -d: -f1)
check_says 1 "error pam-way /etc/pam.d/sshd:$line" --
cp "$LAB_DIR/sshd" "$root/etc/pam.d/sshd"
echo 'PasswordAuthentication yes' >"$root/etc/ssh/sshd_config.d/50-mine.conf"
check_says 1 "warning sshd-password /etc/ssh/sshd_config" --
echo 'UsePAM no' >"$root/etc/ssh/sshd_config.d/50-mine.conf"
check_says 1 "error sshd-pam /etc/ssh/sshd_config" --
rm "$root/etc/ssh/sshd_config.d/50-mine.conf"
chmod 0666 "$root/etc/pam.d/sudo"
check_says 1 "error pam-file /etc/pam.d/sudo" --
chmod 0644 "$root/etc/pam.d/sudo"
chmod 0755 "$root/var/lib/sanyoso/agent"
check_says 1 "error file /var/lib/sanyoso/agent" --
chmod 0700 "$root/var/lib/sanyoso/agent"
lab_run desk-1 chown sanyoso-worker /usr/libexec/sanyoso/sanyoso-worker
check_says 1 "error file /usr/libexec/sanyoso/sanyoso-worker" --
chown root "$root/usr/libexec/sanyoso/sanyoso-worker"
chmod 0666 "$root/run/pcscd/pcscd.comm"
check_says 1 "error pcscd /run/pcscd/pcscd.comm" --
chmod 0660 "$root/run/pcscd/pcscd.comm"
find "$root" -xdev -path '*pcscd.socket.d/sanyoso.conf' -delete
check_says 1 "error pcscd-unit pcscd.socket.d/sanyoso.conf" --
mkdir -p "$root/etc/systemd/system/pcscd.socket.d"
cp "$here/../../config/systemd/pcscd.socket.d/sanyoso.conf" \
    "$root/etc/systemd/system/pcscd.socket.d/"
lab_run desk-1 usermod --lock breakglass
check_says 1 "error break-glass breakglass" --
lab_run desk-1 usermod --unlock breakglass
check_says 1 "error person suzuki" -- suzuki
lab_run desk-1 useradd --create-home --shell /bin/bash suzuki
check_says 0 -- suzuki
pcscd_stop
check_says 1 "error pcscd /run/pcscd/pcscd.comm" \
    "error reader " --
city_readers desk-1 2
check_says 0 --
lab_cut desk-1
lab_wait 40 says_down
check_says 1 "error agent /run/sanyoso/agent/agent.sock" \
    "error server 10.99.0.1:8443" --
lab_join desk-1
lab_wait 40 says_no_error
lab_run desk-1 pkill -TERM -x sanyoso-agent
lab_wait 10 test ! -S "$root/run/sanyoso/agent/agent.sock"
check_says 1 "error agent /run/sanyoso/agent/agent.sock" --
mv "$root/var/lib/sanyoso/agent/identity.pem" "$LAB_DIR/"
check_says 1 "error file /var/lib/sanyoso/agent/identity.pem" \
    "error agent /run/sanyoso/agent/agent.sock" \
    "error joined /var/lib/sanyoso/agent/identity.pem" --
