#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The first login: a card, a terminal, a server, a decision that is on disk.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$top/tests/support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$top/tests/support/city.sh"
# shellcheck source=tools/scenarios/story.sh disable=SC1091
. "$top/tools/scenarios/story.sh"

chapter "A server and a terminal, each a machine of its own" \
    "サーバーと端末、それぞれ独立した機械"
city_issuers
expect_status 0 city_server
expect_status 0 city_terminal counter-1 10.99.0.11
expect_output 'counter-1.*mynumber.*joined' lab_run server sanyosoctl terminal list

chapter "Two people with cards: a My Number card and a PIV card of the city" \
    "二人の職員とカード: マイナンバーカードと市の PIV カード"
city_card hanako jpki --pin 4321
city_card taro piv --alg p256 --pin 246802 --subject "/C=JP/O=City/CN=Tanaka Taro"
expect_status 0 lab_run server sanyosoctl user add suzuki --name "鈴木 花子" --staff 1001 --basis "application 1"
expect_status 0 lab_run server sanyosoctl user add tanaka --name "田中 太郎" --staff 1002 --basis "application 2"
city_hand counter-1 hanako 0
city_hand counter-1 taro 1
expect_status 0 city_enroll counter-1 suzuki hanako 4321
expect_status 0 city_enroll counter-1 tanaka taro 246802
expect_output 'suzuki.*jpki.*active' lab_run server sanyosoctl token list

chapter "The first login, with each kind of card" \
    "それぞれのカードで最初のログイン"
expect_status 0 city_login counter-1 suzuki hanako 4321
expect_status 0 city_login counter-1 tanaka taro 246802

chapter "A wrong PIN is asked again in the same login" \
    "暗証番号を間違えると、同じログインの中でもう一度たずねる"
expect_status 0 city_talk counter-1 "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/hanako insert >/dev/null" \
    "$SAYS_PIN" 9999 "$SAYS_PIN" 4321 -- pamtester "$CITY_SERVICE" suzuki authenticate
city_remove hanako

chapter "The last try is never used up" \
    "最後の一回は決して使わない"
expect_status 1 city_talk counter-1 "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/hanako insert >/dev/null" \
    "$SAYS_PIN" 9999 "$SAYS_PIN" 9998 -- pamtester "$CITY_SERVICE" suzuki authenticate
city_remove hanako
expect_output '1' city_ctl hanako tries
say "The card still has one try. Its owner verifies it with another official tool:" \
    "カードにはまだ一回残っています。持ち主がほかの公式ソフトで確認します:"
city_insert hanako
city_ctl hanako wait >/dev/null
expect_status 0 lab_run counter-1 pkcs15-tool --reader 0 --verify-pin --auth-id 01 --pin 4321
city_remove hanako
expect_output 'auth 3/3' city_ctl hanako tries
expect_status 0 city_login counter-1 suzuki hanako 4321

chapter "Another person's card is never sent a PIN" \
    "他人のカードには暗証番号を送らない"
expect_status 97 city_talk counter-1 "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/taro insert >/dev/null" \
    "$SAYS_OTHERS" "!sleep 1; pkill -x pamtester" -- pamtester "$CITY_SERVICE" suzuki authenticate
city_remove taro

chapter "A lost card is refused at the next login" \
    "紛失したカードは次のログインから拒否される"
expect_status 0 lab_run server sanyosoctl token lost 2 --basis "reported by telephone"
expect_status 97 city_talk counter-1 "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/taro insert >/dev/null" \
    "$SAYS_OTHERS" "!sleep 1; pkill -x pamtester" -- pamtester "$CITY_SERVICE" tanaka authenticate
city_remove taro

chapter "What the log says, and that nobody changed it" \
    "記録の内容と、改ざんがないことの検証"
expect_output 'auth.verdict' lab_run server sanyosoctl audit search
expect_status 0 lab_run server sanyosoctl audit verify

if [ "$SY_TRY" = yes ]; then
	# shellcheck disable=SC2034 # for try.sh
	{
		TRY_SECRETS_EN='PINs: hanako 4321 (suzuki), taro 246802 (tanaka)'
		TRY_SECRETS_JA='暗証番号: hanako 4321 (suzuki), taro 246802 (tanaka)'
	}
	# shellcheck source=tools/scenarios/try.sh disable=SC1091
	. "$top/tools/scenarios/try.sh"
	try_run
fi

chapter "Somebody changes one row in the stopped database" \
    "止めたデータベースの一行を誰かが書き換える"
city_server_stop
expect_status 0 lab_run server sqlite3 /var/lib/sanyoso/server/sanyoso.db \
    "UPDATE token SET state = 1 WHERE id = 2"
city_server_start
city_connected counter-1
expect_output 'token:2' lab_run server sanyosoctl audit verify
expect_status 97 city_talk counter-1 "$SAYS_INSERT" "!$VCARD ctl --dir $CITY_CARDS/taro insert >/dev/null" \
    "$SAYS_OTHERS" "!sleep 1; pkill -x pamtester" -- pamtester "$CITY_SERVICE" tanaka authenticate
say "The card that was made good again by hand is refused." \
    "手で「有効」に戻されたカードは拒否されます。"

story_end
