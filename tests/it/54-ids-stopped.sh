#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Slow
# Goal: nothing is done to an ID without a basis (ID-1), nobody is registered
# twice (ID-2), an ID that is suspended, disabled or outside its dates (ID-5)
# logs in nowhere and the help desk is told why in plain Japanese; the person's
# duties are handed over with a temporary password (PW-8).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
city_server
# shellcheck disable=SC2034 # whom the terminal knows; not tanaka yet
CITY_PEOPLE=suzuki
city_terminal counter-1 10.99.0.11
city_card taro piv --alg p256 --pin 246802

ctl()
{
	lab_run server sanyosoctl "$@"
}

# says STATUS TEXT COMMAND...: the command ends so and says that.
says()
{
	local wanted=$1 text=$2 status=0
	shift 2
	ctl "$@" >"$LAB_DIR/said" 2>&1 || status=$?
	cat "$LAB_DIR/said"
	[ "$status" = "$wanted" ]
	grep -qF -e "$text" "$LAB_DIR/said"
}

echo "-- one person, one ID, on a basis"
says 2 "--basis" user add tanaka --name "田中 太郎"
says 1 "basis" user add tanaka --name "田中 太郎" --basis " "
says 1 "kana" user add tanaka --name "田中 太郎" --basis 1 --kana tanaka
says 1 "born" user add tanaka --name "田中 太郎" --basis 1 --born 1985-02-29
says 0 "田中" user add tanaka --name "田中 太郎" --kana "タナカ タロウ" \
    --born 1985-04-01 --basis "申請 1"
says 1 "tanaka" user add tanaka2 --name "田中太郎" --kana "たなか たろう" \
    --born 1985-04-01 --basis "申請 2"
says 0 "tanaka2" user add tanaka2 --name "田中太郎" --kana "たなか たろう" \
    --born 1985-04-01 --basis "申請 2" --namesake

LAB_ENV=LANGUAGE=ja
city_hand counter-1 taro
says 0 "使えるカードがありません" user explain tanaka
city_enroll counter-1 tanaka taro 246802
says 0 "ログインできます" user explain tanaka
# Only the terminal knows that it has no account for the person.
city_login counter-1 tanaka taro 246802 && exit 1
says 0 "counter-1" user explain tanaka
grep -q "Unixアカウントがありません" "$LAB_DIR/said"
lab_run counter-1 useradd --create-home tanaka
city_login counter-1 tanaka taro 246802
says 0 "ログインできます" user explain tanaka
grep -q counter-1 "$LAB_DIR/said" && exit 1

echo "-- suspended by two, lifted by each alone"
says 2 "--basis" user suspend tanaka
says 0 "operator" user suspend tanaka --basis "休職 3"
says 0 "violation" user suspend tanaka --source violation --basis "違反 4"
says 1 "already" user suspend tanaka --basis "休職 3"
says 0 "一時停止" user explain tanaka
grep -q "違反 4" "$LAB_DIR/said"
city_login counter-1 tanaka taro 246802 && exit 1
says 0 "violation" user resume tanaka --basis "復職 5"
city_login counter-1 tanaka taro 246802 && exit 1
says 1 "violation" user resume tanaka --basis "復職 5"
says 0 "tanaka" user resume tanaka --source violation --basis "措置 6"
city_login counter-1 tanaka taro 246802

echo "-- a temporary password comes with its duties"
says 0 "共用しない" user password-reset tanaka --basis "申請 7"
for duty in 秘密 他のシステム メモ; do
	grep -q "$duty" "$LAB_DIR/said"
done
LAB_ENV=LANGUAGE=en says 0 "Do not share it" user password-reset tanaka --basis "申請 7"
says 1 "" user unlock tanaka --basis "電話 8"
says 0 "password-reset" user password-compromised tanaka --basis "通報 9"
says 0 "compromised" user show tanaka

echo "-- outside its dates"
tomorrow=$(date -d tomorrow +%F) yesterday=$(date -d yesterday +%F)
city_card jiro piv --alg p256 --pin 357913
city_hand counter-1 jiro 1
says 0 "yamada" user add yamada --name "山田 次郎" --valid-from "$tomorrow" --basis "申請 12"
lab_run counter-1 useradd --create-home yamada
city_enroll counter-1 yamada jiro 357913
TALK_TIMEOUT=8 city_login counter-1 yamada jiro 357913 && exit 1
# No PIN was asked for in vain.
ctl --json audit search --action auth.verdict --limit 1 | tee "$LAB_DIR/verdict"
grep -q id-dates "$LAB_DIR/verdict"
grep -q pins-wrong "$LAB_DIR/verdict"
grep -q signature "$LAB_DIR/verdict" && exit 1
says 0 "$tomorrow" user explain yamada
says 0 "user dates" user explain yamada
says 2 "--basis" user dates yamada --valid-from "$yesterday"
says 1 "valid_to" user dates yamada --valid-to "$yesterday" --basis "申請 16"
says 0 "yamada" user dates yamada --valid-from "$yesterday" --basis "申請 16"
says 0 "ログインできます" user explain yamada
city_login counter-1 yamada jiro 357913
says 0 "sato" user add sato --name "佐藤 三郎" --valid-to "$yesterday" --basis "申請 13"
says 1 "" token invite sato --terminal counter-1 --basis "申請 14"
says 1 "" user password-reset sato --basis "申請 15"

echo "-- disabled, and never again"
says 0 "disabled" user disable tanaka --basis "退職 10"
says 0 "廃止" user explain tanaka
city_login counter-1 tanaka taro 246802 && exit 1
says 1 "final" user resume tanaka --basis "復職 11"
says 0 "active" token show 1

ctl --json user show tanaka | jq -r '.history[] | .action + " " + .basis' |
	tee "$LAB_DIR/history"
[ "$(wc -l <"$LAB_DIR/history")" = 9 ]
[ "$(head -1 "$LAB_DIR/history")" = "user.disable 退職 10" ]
[ "$(tail -1 "$LAB_DIR/history")" = "user.add 申請 1" ]
ctl audit verify
