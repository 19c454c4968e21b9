#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# FIDO2 keys: a finger beside the password, and how the system knows that it was
# the finger; a key in a card reader; a cloned key; a model that turns out weak.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$top/tests/support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$top/tests/support/city.sh"
# shellcheck source=tools/scenarios/story.sh disable=SC1091
. "$top/tools/scenarios/story.sh"

PASSWORD='Kita-3 no machi e'
FINGER_MODEL=d8522d9f-575b-4866-88a9-ba99fa02f35b
PIN_MODEL=2fc0579f-8113-47ea-b116-bb5a8db9202a
CARD_MODEL=73bb0cd4-e502-49b8-9c6f-b59445bf720b

# policy ALLOW [NEED]: what a login takes from now on.
policy()
{
	cat >"$(lab_root server)/etc/sanyoso/policy.conf" <<-END
		[policy]
		name = keys
		[rule everyday]
		zone = mynumber
		purpose = login unlock
		kind = staff
		require = 2
		allow = $1
		${2:-}
		[keys]
		attestation = model
		fingerprint = $FINGER_MODEL
		counter = stop
	END
	lab_run server pkill -HUP -x sanyosod
	lab_wait 10 lab_run server sanyosoctl audit search --action policy
}

model()
{
	mds_model "$1" "$2" "$3" "$CITY_KEYS/ca/ca.crt" "${4:-}"
}

models()
{
	city_metadata "$1" \
	    "$(model "$FINGER_MODEL" "Finger Key" "$2")" \
	    "$(model "$PIN_MODEL" "PIN Key" FIDO_CERTIFIED passcode)" \
	    "$(model "$CARD_MODEL" "Card Key" FIDO_CERTIFIED passcode)"
}

key_ctl()
{
	vkey_ctl "$@" >/dev/null
}

# What the last login was judged by.
last_verdict()
{
	lab_run server sanyosoctl --json audit search --action auth.verdict |
		jq -r '.records[0].details' | grep -o 'proof-[0-9]=.*'
}

with_card()
{
	echo "!$VCARD ctl --dir $CITY_CARDS/$1 insert >/dev/null"
}

# at_login USER [PATTERN ACTION]...: login through PAM.
at_login()
{
	local user=$1
	shift
	city_talk counter-1 "$@" -- pamtester "$CITY_SERVICE" "$user" \
	    authenticate acct_mgmt
}

chapter "A server and a terminal that keys can be plugged into" \
    "サーバーと、セキュリティキーを挿せる端末"
city_issuers
expect_status 0 city_key_server
expect_status 0 city_terminal counter-1 10.99.0.11
city_keys counter-1
city_shipped_pam counter-1 login

chapter "What is known of models of keys: the FIDO metadata, handed in as a file" \
    "キーの型式の情報: FIDO メタデータをファイルで渡す"
vkey_new hanako --name "Finger Key" --aaguid "${FINGER_MODEL//-/}" --sensor
vkey_new taro --name "PIN Key" --aaguid "${PIN_MODEL//-/}" --pin 135790
expect_status 0 models 1 FIDO_CERTIFIED
expect_output 'Finger Key' lab_run server sanyosoctl metadata show

chapter "A key is enrolled, with a finger" "キーを指とともに登録する"
policy "password+fido2-bio, password+fido2-uv"
expect_status 0 lab_run server sanyosoctl user add suzuki --name "鈴木 花子" --staff 1001 --basis "application 1"
city_key_plug counter-1 hanako
key_ctl hanako finger 1
expect_status 0 city_enroll_key counter-1 suzuki fido2-bio \
    "$SAYS_KEY_NEW_PIN" 246801 "$SAYS_KEY_NEW_AGAIN" 246801 -- --bio --pin
expect_output 'suzuki.*fido2-bio.*active' lab_run server sanyosoctl token list
temporary=$(city_password_reset suzuki "order 2026-04-01 no. 17")

chapter "The first login: password and finger" "最初のログイン: パスワードと指"
key_ctl hanako delay 700
expect_status 0 city_talk counter-1 "$SAYS_PASSWORD" "$temporary" \
    "$SAYS_NEW_PASSWORD" "$PASSWORD" "$SAYS_NEW_AGAIN" "$PASSWORD" \
    '\$ $' 'whoami; exit' -- login suzuki
expect_status 0 at_login suzuki "$SAYS_PASSWORD" "$PASSWORD"
expect_output 'fido2-bio attested signed' last_verdict
say "The key itself signed that it was the finger (uvm), so it counts as inherence." \
    "指であったことはキー自身が署名しています（uvm）。だから「存在」と数えられます。"

chapter "Three fingers that are not hers, then the PIN" "別の指で三回、そして暗証番号"
key_ctl hanako finger wrong wrong wrong
expect_status 0 at_login suzuki "$SAYS_KEY_PIN" 246801 "$SAYS_PASSWORD" "$PASSWORD"
expect_output 'fido2-uv attested none' last_verdict
say "The PIN is knowledge, as the password is: possession and knowledge, no inherence." \
    "暗証番号はパスワードと同じ「知識」。所持と知識であり、存在とは数えません。"
key_ctl hanako finger right

chapter "Another person's key never sees a PIN" "他人のキーには暗証番号を送らない"
city_key_out counter-1 hanako
city_key_plug counter-1 taro
expect_status 97 at_login suzuki "$SAYS_KEY_OTHERS" "!sleep 1; pkill -x pamtester"
expect_output '^pins 0' vkey_ctl taro stats

chapter "Where the policy wants inherence, a key that has but a PIN is refused" \
    "ポリシーが「存在」を求める所では、暗証番号だけのキーは拒否される"
policy "password+fido2-bio" "need = inherence"
expect_status 0 lab_run server sanyosoctl user add tanaka --name "田中 太郎" --staff 1002 --basis "application 2"
expect_status 1 city_enroll_key counter-1 tanaka fido2-bio -- --bio
city_key_out counter-1 taro

chapter "A key on a card, in the reader" "リーダーに置くカード型のキー"
policy "fido2-uv"
city_card tanaka-card fido
"$VKEY" create --dir "$CITY_CARDS/tanaka-card" --ca "$CITY_KEYS/ca" --card \
    --name "Card Key" --aaguid "${CARD_MODEL//-/}" --pin 135790
city_hand counter-1 tanaka-card 0
expect_status 0 city_enroll_key counter-1 tanaka fido2-uv \
    "$SAYS_KEY" "$(with_card tanaka-card)" "$SAYS_KEY_PIN" 135790 --
city_remove tanaka-card
expect_status 0 at_login tanaka "$SAYS_KEY" "$(with_card tanaka-card)" "$SAYS_KEY_PIN" 135790
city_remove tanaka-card

chapter "Somebody has made a copy of a key" "誰かがキーの複製を作った"
policy "password+fido2-bio"
cp -r "$CITY_KEYS/hanako" "$CITY_KEYS/copy"
city_key_plug counter-1 hanako
expect_status 0 at_login suzuki "$SAYS_PASSWORD" "$PASSWORD"
city_key_out counter-1 hanako
city_key_plug counter-1 copy
expect_status 1 at_login suzuki "$SAYS_KEY_STOPPED" "!true"
expect_output 'key-counter' lab_run server sanyosoctl audit search --action alarm
expect_output 'cloned|counter' lab_run server sanyosoctl user explain suzuki
say "Its counter is older than what the server has seen: the key is stopped, and the alarm recorded." \
    "カウンターがサーバーの記録より古いため、キーは止められ、警報が記録されます。"
city_key_out counter-1 copy
expect_status 0 lab_run server sanyosoctl token resume 1 --basis "the copy was made in our own test"
city_key_plug counter-1 hanako
expect_status 0 at_login suzuki "$SAYS_PASSWORD" "$PASSWORD"

chapter "A model turns out to be weak" "ある型式に欠陥が見つかった"
expect_output 'Finger Key: compromised REVOKED' models 2 REVOKED
expect_status 97 at_login suzuki "$SAYS_KEY_OTHERS" "!sleep 1; pkill -x pamtester"
expect_output 'model' lab_run server sanyosoctl user explain suzuki
expect_output '1 ' lab_run server sanyosoctl token list --model "$FINGER_MODEL"
expect_status 0 lab_run server sanyosoctl token revoke --model "$FINGER_MODEL" --basis "notice 5"
expect_output 'revoked' lab_run server sanyosoctl token list --model "$FINGER_MODEL"

chapter "What the log says, and that nobody changed it" \
    "記録の内容と、改ざんがないことの検証"
expect_output 'token.enroll' lab_run server sanyosoctl audit search
expect_status 0 lab_run server sanyosoctl audit verify

if [ "$SY_TRY" = yes ]; then
	policy "password+fido2-bio, password+fido2-uv, fido2-uv"
	models 3 FIDO_CERTIFIED
	vkey_new jiro --name "Finger Key" --aaguid "${FINGER_MODEL//-/}" --sensor
	# shellcheck disable=SC2034 # for try.sh
	{
		TRY_KEYS=yes
		TRY_SECRETS_EN="Keys: hanako (PIN 246801; revoked), taro (PIN 135790), jiro (new). suzuki's password: $PASSWORD"
		TRY_SECRETS_JA="キー: hanako（暗証番号 246801、失効済み）、taro（135790）、jiro（新品）。suzuki のパスワード: $PASSWORD"
	}
	# shellcheck source=tools/scenarios/try.sh disable=SC1091
	. "$top/tools/scenarios/try.sh"
	try_run
fi
story_end
