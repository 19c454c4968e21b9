#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a host that hides prompts and one that hides information both tell the
# person what to do, at each shipped service where somebody sits (LOGIN-2). The
# agent is one of the test's; 64-one-kind-of-text.sh has the real one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs expect
pamlab_machine desk

# One login at ${1} of which the person sees ${2} alone.
sees()
{
	printf '9\n1234\n' | lab_run desk pam-person "$1" "${3-suzuki}" "$2" \
	    authenticate account 2>/dev/null
}
for service in login su su-l sudo sudo-i polkit-1 sshd gdm-password lightdm \
    xsecurelock xscreensaver i3lock vlock; do
	pamlab_check "$service shows prompts alone" 0 sees $service prompts
	grep -q '^PIN of your card: ' "$LAB_DIR/out"
	if grep -q 'Insert your card' "$LAB_DIR/out"; then exit 1; fi
	pamlab_check "$service shows information alone" 0 sees $service texts
	grep -q 'Insert your card' "$LAB_DIR/out"
	grep -q 'Wrong PIN' "$LAB_DIR/out"
	if grep -q 'PIN of your card: ' "$LAB_DIR/out"; then exit 1; fi
done

# Who has not said a name is named by the card, where the stack says so.
for service in lightdm gdm-password; do
	pamlab_forget
	pamlab_check "$service: the card names the person" 0 sees $service all ''
	pamlab_asked "auth user= service=$service .*identify=1"
	pamlab_asked "account user=suzuki service=$service"
done
# vlock goes on to ask for root.
pamlab_check "vlock never asks for root" 1 sees vlock all root
if grep -q 'Insert' "$LAB_DIR/out"; then exit 1; fi

# The change: each broken rule is said in information, and prompts stand alone.
for shown in prompts texts; do
	printf 'old-secret\nnew-secret\n' | pamlab_check "a change seen by its $shown" 0 \
	    lab_run desk pam-person passwd suzuki $shown change
done
