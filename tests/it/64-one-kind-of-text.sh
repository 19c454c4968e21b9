#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow: left out of the quick run.
# Goal: with the agent, a server and a card, by PIN and by password: a host that
# hides prompts and one that hides information both tell the person what to do,
# in Japanese from the first word to the verdict; then the same in English
# (LOGIN-1, LOGIN-2, PW-2, PW-8).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck disable=SC2034 # for city.sh
CITY_LANGUAGE=ja
export LC_ALL=C.UTF-8 # for expect
# shellcheck source=tests/support/pamlab.sh disable=SC1091
. "$here/../support/pamlab.sh"
pamlab_needs expect
lab_machine server "$CITY_SERVER_IP"
mkdir -p "$(lab_root server)/etc/sanyoso"
cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
	[policy]
	name = texts
	[rule all]
	zone = mynumber
	purpose = login unlock privileged remote
	kind = staff
	require = 2
	allow = card-pin, card+password
	origin = issuer
	[targets]
	persons = suzuki tanaka
	[password all]
	kind = all
	dictionary = no
	[notice mynumber]
	ja = 業務以外で使わないこと
	en = For work only
END
city_issuers
city_server
city_terminal desk 10.99.0.11
pamlab_stacks desk
root=$(lab_root desk)
mkdir -p "$root/run/lab"
PAMLAB_ROOT=$root
: >"$root/run/lab/log"
for person in "tanaka taro 田中" "suzuki hanako 鈴木"; do
	read -r login card name <<<"$person"
	city_card "$card" piv --alg p256 --pin 246802
	lab_run server sanyosoctl user add "$login" --name "$name" --basis test >/dev/null
done
city_hand desk taro 0
city_hand desk hanako 1
city_enroll desk tanaka taro 246802 >/dev/null
city_enroll_open desk suzuki hanako >/dev/null

speak()
{
	language=$1
	if [ "$1" = ja ]; then
		INSERT='カードリーダーに置いて'
		PIN_TEXT='カードの暗証番号（数字6～8桁.*）を入力して'
		PIN_PROMPT='暗証番号（数字6～8桁.*）: ' PIN_WRONG='暗証番号が違います'
		TYPE_TEXT='パスワードを入力してください（カードや' TYPE_PROMPT='パスワード（暗証番号では.*）: '
		TYPE_WRONG='パスワードが違います' NEW_TEXT='新しいパスワードを入力'
		NEW_PROMPT='新しいパスワード: ' AGAIN_TEXT='もう一度' AGAIN_PROMPT='新しいパスワード（確認）: '
		NOTICE=業務以外で使わないこと
	else
		INSERT='Insert your card'
		PIN_TEXT='Enter the PIN of the card' PIN_PROMPT='PIN .6 to 8 digits.*: '
		PIN_WRONG='The PIN is wrong'
		TYPE_TEXT='Enter your password' TYPE_PROMPT='Password .not the PIN.*: '
		TYPE_WRONG='The password is wrong' NEW_TEXT='Enter the new password[.]'
		NEW_PROMPT='New password: ' AGAIN_TEXT='once more[.]' AGAIN_PROMPT='once more: '
		NOTICE='For work only'
	fi
}

# person SHOWN SERVICE USER PHASE -- PATTERN ACTION...: before a host that shows
# only that; what it hid lies in /run/lab/hidden.
person()
{
	local shown=$1 service=$2 user=$3 phases=$4
	shift 5
	: >"$root/run/lab/hidden"
	city_talk desk "$@" -- sh -c "exec pam-person $service $user $shown $phases 2>>/run/lab/hidden"
}

# The card is put in once the person was told to, seen or hidden.
puts_in()
{
	cat <<-END
		!n=0; until grep -q '$INSERT' $root/run/lab/hidden $LAB_DIR/out; do
		n=\$((n + 1)); [ \$n -lt 400 ] || exit 1; sleep 0.05; done
		$VCARD ctl --dir $CITY_CARDS/$1 insert >/dev/null
	END
}

# Everything in LAB_DIR/out was written for who reads that language. In Japanese:
# each line has kana or kanji, but for what was typed and the host's own, and no
# two words are Latin.
readable()
{
	tr -d '\r' <"$LAB_DIR/out" | grep -vE '^(authenticate|account|change|change-expired): |^$' |
		grep -vxE "${typed:-none}" >"$LAB_DIR/texts" || :
	[ -s "$LAB_DIR/texts" ] || { echo "nothing was said" >&2; exit 1; }
	if [ "$language" = en ]; then
		if grep -P '[\p{Hiragana}\p{Katakana}\p{Han}]' "$LAB_DIR/texts"; then exit 1; fi
		return
	fi
	if grep -vP '[\p{Hiragana}\p{Katakana}\p{Han}]' "$LAB_DIR/texts" ||
	    grep -P '[A-Za-z]{2,} [A-Za-z]{2,}' "$LAB_DIR/texts"; then
		echo "FAIL not in one language: $1" >&2
		exit 1
	fi
}

# Is what must not be there for ${1} not there? What was hidden was said all the
# same: the test is not passed by an agent that says nothing.
hidden()
{
	local text
	for text in "${@:2}"; do
		if grep -q -e "$text" "$LAB_DIR/out"; then
			echo "FAIL $1 shows what it hides: $text" >&2
			exit 1
		fi
		grep -q -e "$text" "$root/run/lab/hidden"
	done
}

# by_pin SERVICE: a wrong one, then the right one.
by_pin()
{
	local service=$1 end=() start=()
	case $service in
	# The greeter waits until the last information was read.
	lightdm) end=("$NOTICE" '') ;;
	# sshd makes a prompt of what is to be done before there is one.
	sshd) start=("$INSERT.*Enter" "!$VCARD ctl --dir $CITY_CARDS/taro insert >/dev/null" '' '') ;;
	esac
	[ ${#start[@]} -gt 0 ] || start=('' "$(puts_in taro)")
	pamlab_check "$service shows prompts alone" 0 person prompts "$service" tanaka \
	    'authenticate account' -- "${start[@]}" "$PIN_PROMPT" 135791 "$PIN_PROMPT" 246802 \
	    "${end[@]}"
	hidden "$service" "$PIN_TEXT" "$PIN_WRONG"
	readable "$service"
	city_remove taro
	[ "$service" != sshd ] || return 0
	pamlab_check "$service shows information alone" 0 person texts "$service" tanaka \
	    'authenticate account' -- "$INSERT" "!$VCARD ctl --dir $CITY_CARDS/taro insert >/dev/null" \
	    "$PIN_TEXT" 135791 "$PIN_WRONG" '!true' "$PIN_TEXT" 246802 "${end[@]}"
	hidden "$service" "$PIN_PROMPT"
	readable "$service"
	city_remove taro
}

# by_password SERVICE: the same with the card that has no PIN to ask for.
by_password()
{
	pamlab_check "$1 shows prompts alone, password" 0 person prompts "$1" suzuki \
	    'authenticate account' -- '' "$(puts_in hanako)" "$TYPE_PROMPT" "not-this-one-1" \
	    "$TYPE_PROMPT" "$password"
	hidden "$1" "$TYPE_TEXT" "$TYPE_WRONG"
	readable "$1"
	city_remove hanako
	pamlab_check "$1 shows information alone, password" 0 person texts "$1" suzuki \
	    'authenticate account' -- "$INSERT" "!$VCARD ctl --dir $CITY_CARDS/hanako insert >/dev/null" \
	    "$TYPE_TEXT" "not-this-one-1" "$TYPE_WRONG" '!true' "$TYPE_TEXT" "$password"
	hidden "$1" "$TYPE_PROMPT"
	readable "$1"
	city_remove hanako
}

speak ja
typed='[0-9]{6}|not-this-one-1|short1|Kitsune.*|[0-9A-Z-]{8,}'
echo "-- the first login in Japanese, all of it"
password='Kitsune-no-Yomeiri-9'
temporary=$(city_password_reset suzuki test)
typed="$typed|$temporary"
pamlab_check "a temporary password is changed" 0 person all login suzuki \
    'authenticate account change-expired' -- \
    "$INSERT" "!$VCARD ctl --dir $CITY_CARDS/hanako insert >/dev/null" \
    "$TYPE_PROMPT" not-this-one-1 "$TYPE_WRONG" '!true' "$TYPE_PROMPT" "$temporary" \
    "$NOTICE" '!true' "$NEW_PROMPT" short1 "$AGAIN_PROMPT" short1 '10文字以上' '!true' \
    "$NEW_PROMPT" "$password" "$AGAIN_PROMPT" "$password" '変更しました' '!true'
readable "the first login"
city_remove hanako

echo "-- what is typed, at each service"
for service in login su sudo polkit-1 sshd gdm-password lightdm \
    xsecurelock xscreensaver i3lock vlock; do
	by_pin $service
done
for service in login sudo gdm-password xsecurelock; do
	by_password $service
done

echo "-- the change, seen by its prompts and by its information"
other='Hanami-wo-Suru-Hi-4' third='Nagai-Saka-no-Ue-5'
typed="$typed|Hanami.*|Nagai.*"
pamlab_check "passwd shows prompts alone" 0 person prompts passwd suzuki change -- \
    '' "$(puts_in hanako)" "$TYPE_PROMPT" "$password" "$NEW_PROMPT" "$other" "$AGAIN_PROMPT" "$other"
hidden passwd "$NEW_TEXT" "$AGAIN_TEXT"
readable passwd
city_remove hanako
pamlab_check "passwd shows information alone" 0 person texts passwd suzuki change -- \
    "$INSERT" "!$VCARD ctl --dir $CITY_CARDS/hanako insert >/dev/null" "$TYPE_TEXT" "$other" \
    "$NEW_TEXT" short1 "$AGAIN_TEXT" short1 '10文字以上' '!true' "$NEW_TEXT" "$third" \
    "$AGAIN_TEXT" "$third" '変更しました' '!true'
password=$third
hidden passwd "$NEW_PROMPT" "$AGAIN_PROMPT"
readable passwd
city_remove hanako

echo "-- and in English"
sed -i '/pam_sanyoso.so/s/$/ lang=en/' "$root"/etc/pam.d/{login,xsecurelock}
speak en
for service in login xsecurelock; do
	by_pin $service
	by_password $service
done
