#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every morning: a new member of staff, from the temporary password to work, at the
# console and at the desktop; the second login; typing errors up to the lock; a stranger without a card; two
# people at one machine; why somebody can't log in.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$top/tests/support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$top/tests/support/city.sh"
# shellcheck source=tests/support/screen.sh disable=SC1091
. "$top/tests/support/screen.sh"
# shellcheck source=tools/scenarios/story.sh disable=SC1091
. "$top/tools/scenarios/story.sh"

CITY_PEOPLE="suzuki tanaka sato"
PASSWORD='Kita-3 no machi e'
NEXT_PASSWORD='7 hon no Ginnan!'

# The console: login(1) on a terminal of its own, and the shell behind it.
console()
{
	city_talk counter-1 "$@" -- login "$CONSOLE_USER"
}

with_card()
{
	echo "!$VCARD ctl --dir $CITY_CARDS/$1 insert >/dev/null"
}

# at_desktop CARD TEMPORARY NEW: LightDM on a screen, from the card that says who it
# is to the session, and a picture of it.
at_desktop()
{
	screen_start "$SAYS_INSERT" && city_insert "$1" &&
	    screen_reads 20 "$SEES_PASSWORD" && screen_type "$2" &&
	    screen_reads 20 "$SEES_FIRST" && screen_type '' &&
	    at_desktop_rules && screen_reads 20 "$SEES_NEW" && screen_type "$3" &&
	    screen_reads 20 "$SEES_AGAIN" && screen_type "$3" &&
	    screen_reads 20 "$SEES_CHANGED" && screen_type '' &&
	    screen_opened || return 1
	# shellcheck disable=SC2016 # for the session
	screen_session 'xterm -fa "VL Gothic" -fs 16 -geometry 60x12+120+180 -e bash -c' \
	    '"echo \$(id -un), the session of LightDM; date; exec bash" &'
	screen_reads 20 'sato,' && screen_shot desktop &&
	    cp "$SCREEN_ROOT/run/screen/desktop.png" "$CITY_LOG/desktop.png"
}
# In Japanese the rules are longer than LightDM can show at once: Enter turns the page.
at_desktop_rules()
{
	[ "${CITY_LANGUAGE:-en}" != ja ] ||
	    { screen_reads 20 'パスワードの条件' && screen_type ''; }
}
if [ "${CITY_LANGUAGE:-en}" = ja ]; then
	# shellcheck disable=SC2034 # for screen.sh
	SCREEN_LANGUAGE=jpn+eng
fi
# What stands on the screen, as far as it can be read from a picture.
SEES_PASSWORD='Enter your password|パスワードを入力'
SEES_FIRST='first login of this|最初のログイン'
SEES_NEW='temporary password.*Enter the new|パスワードを入力して'
SEES_AGAIN='once more|もう一度'
SEES_CHANGED='was changed|変更しました'

chapter "A server and a terminal, with the shipped PAM files" \
    "サーバーと端末。同梱の PAM ファイルで"
city_issuers
expect_status 0 city_server
expect_status 0 city_terminal counter-1 10.99.0.11
city_shipped_pam counter-1 login su sudo passwd

chapter "A new member of staff: an ID, a card and a temporary password" \
    "新任の職員: ID、カード、仮パスワード"
city_card hanako piv --alg p256 --pin 246802 --subject "/C=JP/O=City/CN=Suzuki Hanako"
city_hand counter-1 hanako 0
expect_status 2 lab_run server sanyosoctl user add suzuki --name "鈴木 花子"
say "No ID without a basis." "根拠のない登録はできません。"
expect_status 0 lab_run server sanyosoctl user add suzuki --name "鈴木 花子" \
    --kana "スズキ ハナコ" --born 1999-04-01 --staff 1001 --basis "order 2026-04-01 no. 17"
expect_status 0 city_enroll_open counter-1 suzuki hanako
temporary=$(city_password_reset suzuki "order 2026-04-01 no. 17")
say "The temporary password, told by telephone: $temporary" \
    "仮パスワード（電話で伝えられます）: $temporary"

chapter "The first morning: the password must be changed, the rules are explained" \
    "最初の朝: パスワードの変更が必要。規則が説明される"
CONSOLE_USER=suzuki
expect_status 0 console "$SAYS_INSERT" "$(with_card hanako)" \
    "$SAYS_PASSWORD" "$temporary" \
    "$SAYS_NEW_PASSWORD" suzuki1999 "$SAYS_NEW_AGAIN" suzuki1999 \
    "$SAYS_BROKEN" "!true" \
    "$SAYS_NEW_PASSWORD" "$PASSWORD" \
    "$SAYS_NEW_AGAIN" "$PASSWORD" \
    '\$ $' 'whoami; exit'
city_remove hanako

chapter "The second login shows the last one" \
    "二回目のログインには前回のログインが表示される"
expect_status 0 console "$SAYS_INSERT" "$(with_card hanako)" \
    "$SAYS_PASSWORD" "$PASSWORD" \
    "$SAYS_LAST_LOGIN" "!true" \
    '\$ $' exit
city_remove hanako

chapter "A colleague's first morning at the desktop: LightDM, to the session" \
    "同僚の最初の朝、デスクトップで: LightDM からセッションまで"
city_shipped_pam counter-1 lightdm
city_card jiro piv --alg p256 --pin 864209 --subject "/C=JP/O=City/CN=Sato Jiro"
city_hand counter-1 jiro 1
expect_status 0 lab_run server sanyosoctl user add sato --name "佐藤 次郎" --staff 1003 \
    --basis "order 2026-04-01 no. 19"
expect_status 0 city_enroll_open counter-1 sato jiro
screen_machine counter-1
expect_status 0 at_desktop jiro "$(city_password_reset sato "order 2026-04-01 no. 19")" "$PASSWORD"
say "A picture of the session: $CITY_LOG/desktop.png" "セッションの画像: $CITY_LOG/desktop.png"
screen_logout
screen_stop
city_remove jiro

chapter "The password is changed at will, by passwd" \
    "パスワードは passwd でいつでも変えられる"
expect_status 0 city_talk counter-1 "$SAYS_INSERT" "$(with_card hanako)" \
    "$SAYS_PASSWORD" "$PASSWORD" \
    "$SAYS_NEW_PASSWORD" "$NEXT_PASSWORD" "$SAYS_NEW_AGAIN" "$NEXT_PASSWORD" \
    -- setpriv --reuid suzuki --regid suzuki --init-groups passwd
city_remove hanako

chapter "Typing errors, up to the lock" "打ち間違い、そしてロックまで"
expect_status 1 city_talk counter-1 "$SAYS_INSERT" "$(with_card hanako)" \
    "$SAYS_PASSWORD" one "$SAYS_PASSWORD" two "$SAYS_PASSWORD" three \
    "$SAYS_PASSWORD" four "$SAYS_PASSWORD" five "$SAYS_LOCKED" "!true" \
    -- pamtester login suzuki authenticate
city_remove hanako
expect_output 'password-locked|ロック|locked' lab_run server sanyosoctl user explain suzuki
expect_status 0 lab_run server sanyosoctl user unlock suzuki --basis "identity checked at the counter"
expect_status 0 city_login_password counter-1 suzuki hanako "$NEXT_PASSWORD"

chapter "A stranger without the card can lock nobody out" \
    "カードのない他人は、誰もロックできない"
city_card stranger piv --alg p256 --pin 111111 --subject "/C=JP/O=City/CN=Stranger"
city_hand counter-1 stranger 1
for _ in 1 2 3 4 5 6; do
	expect_status 97 city_talk counter-1 "$SAYS_INSERT" "$(with_card stranger)" \
	    "$SAYS_OTHERS" "!sleep 0.3; pkill -x pamtester" \
	    -- pamtester login suzuki authenticate
	city_remove stranger
done
expect_status 0 city_login_password counter-1 suzuki hanako "$NEXT_PASSWORD"
say "Nobody asked the stranger for a password." "他人はパスワードを尋ねられもしません。"

chapter "Two people share the machine" "一台の端末を二人で使う"
city_card taro jpki --pin 4321
city_hand counter-1 taro 1
expect_status 0 lab_run server sanyosoctl user add tanaka --name "田中 太郎" --staff 1002 \
    --basis "order 2026-04-01 no. 18"
expect_status 0 city_enroll counter-1 tanaka taro 4321
CONSOLE_USER=tanaka
expect_status 0 console "$SAYS_INSERT" "$(with_card taro)" "$SAYS_PIN" 4321 \
    '\$ $' 'whoami; exit'
city_remove taro
expect_status 0 city_login_password counter-1 suzuki hanako "$NEXT_PASSWORD"

chapter "On leave, and why she can't log in" "休職、そしてログインできない理由"
expect_status 0 lab_run server sanyosoctl user suspend suzuki --basis "leave from 2026-05-01"
expect_output 'leave from 2026-05-01' lab_run server sanyosoctl user explain suzuki
# Her card says who she is; no password is asked for in vain.
expect_status 1 city_talk counter-1 "$SAYS_INSERT" "$(with_card hanako)" \
    -- pamtester login suzuki authenticate acct_mgmt
city_remove hanako
expect_status 0 lab_run server sanyosoctl user resume suzuki --basis "back on 2026-06-01"
expect_status 0 city_login_password counter-1 suzuki hanako "$NEXT_PASSWORD"

chapter "What the log says, and that nobody changed it" \
    "記録の内容と、改ざんがないことの検証"
expect_output 'session.open' lab_run server sanyosoctl audit search
expect_status 0 lab_run server sanyosoctl audit verify

if [ "$SY_TRY" = yes ]; then
	# shellcheck disable=SC2034 # for try.sh
	{
		TRY_SECRETS_EN="hanako (suzuki): $NEXT_PASSWORD; taro (tanaka): PIN 4321"
		TRY_SECRETS_JA="hanako (suzuki): パスワード「$NEXT_PASSWORD」; taro (tanaka): 暗証番号 4321"
	}
	# shellcheck source=tools/scenarios/try.sh disable=SC1091
	. "$top/tools/scenarios/try.sh"
	try_run
fi
story_end
