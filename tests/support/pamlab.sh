# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A machine for tests of real PAM hosts: the module and the stacks as they are
# shipped, people with accounts, and tests/support/lab_agent.c in the agent's
# place, which is told by files what each phase comes to. Source it after
# lab.sh, inside the lab.
#
#   pamlab_machine desk           # made and running
#   pamlab_says open deny         # from now on; "pamlab_says open allow" ends it
#   pamlab_talk PATTERN ACTION ... -- COMMAND...     # a person, as root's child
#   pamlab_asked 'open user=root'                    # what the agent was asked
#   pamlab_check NAME WANTED COMMAND...              # exit status

PAMLAB_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PAMLAB_BUILD=${CITY_BUILD:-${SY_TEST_BUILDDIR:-$PAMLAB_HERE/../..}}
CITY_BUILD=$PAMLAB_BUILD
# shellcheck source=tests/support/city.sh disable=SC1091
. "$PAMLAB_HERE/city.sh"

# Real hosts can't be left out quietly where they are there.
pamlab_needs()
{
	local program
	for program; do
		command -v "$program" >/dev/null || {
			echo "skipped: $program is not installed"
			exit 77
		}
	done
	if grep -q __asan_init "$PAMLAB_BUILD/pam/.libs/pam_sanyoso.so"; then
		echo "skipped: real hosts can't load a module with sanitizers"
		exit 77
	fi
}

# The stacks as they are shipped, on the machine ${1}, and two people.
pamlab_stacks()
{
	local root file user
	root=$(lab_root "$1")
	for file in "$PAMLAB_HERE"/../../config/pam.d/*; do
		[ "${file##*/}" = deny ] || cp "$file" "$root/etc/pam.d/"
	done
	rm -f "$root/etc/nologin" "$root/run/nologin"
	for user in suzuki tanaka; do
		lab_run "$1" userdel -rf "$user" 2>/dev/null || true
		lab_run "$1" useradd -m -s /bin/bash "$user"
	done
	cp "$PAMLAB_BUILD/tests/support/pam-person" "$root/usr/bin/"
}

pamlab_machine()
{
	PAMLAB=$1
	local root modules
	lab_machine "$1" 10.99.0.21
	root=$(lab_root "$1")
	PAMLAB_ROOT=$root
	modules=$(dirname "$(lab_run "$1" find /lib/ /usr/lib -name pam_unix.so | head -1)")
	cp "$PAMLAB_BUILD/pam/.libs/pam_sanyoso.so" "$root$modules/"
	pamlab_stacks "$1"
	mkdir -p "$root/run/sanyoso/agent" "$root/run/lab"
	chmod 1777 "$root/run/lab"
	cp "$PAMLAB_BUILD/tests/support/lab-agent" "$root/usr/bin/"
	lab_start "$1" "$LAB_DIR/agent.log" lab-agent \
	    /run/sanyoso/agent/agent.sock /run/lab
	lab_wait 5 test -S "$root/run/sanyoso/agent/agent.sock"
	chmod 0666 "$root/run/sanyoso/agent/agent.sock"
}

# pamlab_says PHASE allow|deny; also "due yes|no", "live-USER yes|no",
# "slow yes|no".
pamlab_says()
{
	local name=$1
	case $1 in
	auth | account | change | open | close) name=deny-$1 ;;
	esac
	case $2 in
	deny | yes) touch "$PAMLAB_ROOT/run/lab/$name" ;;
	*) rm -f "$PAMLAB_ROOT/run/lab/$name" ;;
	esac
}

pamlab_talk()
{
	city_talk "$PAMLAB" "$@"
}

# Was the agent asked that, since the log was last emptied?
pamlab_asked()
{
	grep -q -- "$1" "$PAMLAB_ROOT/run/lab/log" || {
		echo "the agent was never asked: $1" >&2
		cat "$PAMLAB_ROOT/run/lab/log" >&2
		return 1
	}
}

pamlab_forget()
{
	: >"$PAMLAB_ROOT/run/lab/log"
}

pamlab_check()
{
	local name=$1 wanted=$2 status=0
	shift 2
	"$@" >"$LAB_DIR/out" 2>&1 || status=$?
	if [ "$status" != "$wanted" ]; then
		echo "FAIL $name: status $status where $wanted was expected" >&2
		cat "$LAB_DIR/out" "$PAMLAB_ROOT/run/lab/log" >&2
		exit 1
	fi
	echo "ok   $name"
}
