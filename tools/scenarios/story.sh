# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# How a scenario tells itself: chapters, commands with their output, and what
# is expected of each. The first step with another outcome ends the story.

STORY_STARTED=$(date +%s)
STORY_STEPS=0

# story_text ENGLISH JAPANESE: in the language of the story.
story_text()
{
	if [ "${CITY_LANGUAGE:-en}" = ja ]; then
		printf '%s\n' "$2"
	else
		printf '%s\n' "$1"
	fi
}

# chapter and say take both languages, too.
chapter()
{
	printf '\n\033[1m== %s\033[0m\n' "$(story_text "$@")"
}

say()
{
	printf '   %s\n' "$(story_text "$@")"
}

# expect_status WANTED COMMAND...: run it, show it, compare its exit status.
expect_status()
{
	local wanted=$1 status=0
	shift
	STORY_STEPS=$((STORY_STEPS + 1))
	printf '\033[2m$ %s\033[0m\n' "$(story_words "$@")"
	"$@" || status=$?
	if [ "$status" != "$wanted" ]; then
		story_failed "exit status $status where $wanted was expected"
	fi
}

# expect_output PATTERN COMMAND...: its output must match (extended regexp).
expect_output()
{
	local pattern=$1 output status=0
	shift
	STORY_STEPS=$((STORY_STEPS + 1))
	printf '\033[2m$ %s\033[0m\n' "$(story_words "$@")"
	output=$("$@" 2>&1) || status=$?
	printf '%s\n' "$output"
	if ! grep -Eq -- "$pattern" <<<"$output"; then
		story_failed "no \"$pattern\" in the output (exit status $status)"
	fi
}

# The command as a person on that machine would type it.
story_words()
{
	case $1 in
	lab_run) echo "[$2] ${*:3}" ;;
	city_server | city_key_server) echo "[server] sanyosod init --name server.city.example && sanyosod run" ;;
	city_terminal) echo "[$2] sanyoso-agent join --server server.city.example:8444 && sanyoso-agent run" ;;
	city_ctl) echo "(what the card of $2 says of its PINs)" ;;
	city_login) echo "[$2] pamtester $CITY_SERVICE $3 authenticate acct_mgmt    (card: $4)" ;;
	at_desktop) echo "[counter-1] lightdm    (card: $2, the temporary password, a new one)" ;;
	console) echo "[counter-1] login $CONSOLE_USER" ;;
	city_login_password) echo "[$2] pamtester login $3 authenticate acct_mgmt    (card: $4, and the password)" ;;
	city_enroll | city_enroll_open) echo "[$2] sanyosoctl token enroll $3    (card: $4)" ;;
	city_enroll_key) echo "[$2] sanyosoctl token enroll $3 --fido2    (for $4)" ;;
	at_login) echo "[counter-1] pamtester $CITY_SERVICE $2 authenticate acct_mgmt" ;;
	models) echo "[server] sanyosoctl metadata import /root/metadata.jwt" ;;
	vkey_ctl) echo "(what the key of $2 has counted)" ;;
	last_verdict) echo "[server] sanyosoctl --json audit search --action auth.verdict    (its proofs)" ;;
	city_talk)
		local words=("$@") i
		for ((i = 0; i < ${#words[@]}; i++)); do
			if [ "${words[i]}" = -- ]; then
				echo "[$2] ${words[*]:i+1}"
				return
			fi
		done
		;;
	*) echo "$*" ;;
	esac
}

story_failed()
{
	printf '\n\033[1mNot as expected:\033[0m %s\nLogs: %s\n' "$*" "$CITY_LOG" >&2
	exit 1
}

story_end()
{
	local seconds=$(($(date +%s) - STORY_STARTED))
	printf '\n\033[1m%s\033[0m\n' "$(story_text \
	    "$STORY_STEPS steps, all as expected, in $seconds seconds." \
	    "$STORY_STEPS 段階すべてが期待どおり、$seconds 秒。")"
}
