# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# --try: two panes of tmux. On the left the terminal's login prompt, on the
# right the desk with the cards and the server's operator. Sourced by a scenario,
# which says in TRY_SECRETS_EN and TRY_SECRETS_JA what the cards and people need,
# and TRY_KEYS=yes if there are FIDO2 keys on the desk, not cards.

TRY_KEYS=${TRY_KEYS:-no}

try_accounts()
{
	local user
	for user in suzuki tanaka; do
		lab_run counter-1 usermod --shell /bin/bash "$user"
	done
	city_shipped_pam counter-1 login
}

# The left pane: a console that asks who, as getty does.
try_console()
{
	local name
	while :; do
		printf '\ncounter-1 login (suzuki, tanaka; empty line ends): '
		read -r name || break
		[ -n "$name" ] || break
		# login hangs up its terminal: it gets one of its own.
		script -qec "nsenter --net=/run/netns/counter-1 \
		    chroot $(lab_root counter-1) /usr/bin/env -i TERM=$TERM \
		    PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
		    login '${name//[^a-z0-9_-]/}'" /dev/null
	done
	tmux -L sanyoso-try kill-server
}

try_help()
{
	if [ "$TRY_KEYS" = yes ]; then
		try_help_keys
		return
	fi
	story_text \
	    "insert hanako | insert taro     put a card into its reader
pull hanako | pull taro         take it out
tries hanako                    how many tries its PIN has left
sanyosoctl ...                  as the operator, on the server
help, end                       $TRY_SECRETS_EN" \
	    "insert hanako | insert taro     カードをリーダーに置く
pull hanako | pull taro         カードを取る
tries hanako                    暗証番号の残り回数
sanyosoctl ...                  サーバーの運用者として実行
help, end                       $TRY_SECRETS_JA"
}

try_help_keys()
{
	story_text \
	    "plug KEY, unplug KEY            put a key in, take it out
finger KEY right | wrong ...    what is put on its sensor from now on
stats KEY                       what it was asked for, and its tries
sanyosoctl ...                  as the operator, on the server
help, end                       $TRY_SECRETS_EN" \
	    "plug KEY, unplug KEY            キーを挿す、抜く
finger KEY right | wrong ...    これからセンサーに置く指（正しい・違う）
stats KEY                       キーへの要求と残り回数
sanyosoctl ...                  サーバーの運用者として実行
help, end                       $TRY_SECRETS_JA"
}

# The right pane.
try_desk()
{
	local words
	try_help
	while read -erp 'desk> ' -a words; do
		case ${words[0]:-} in
		insert) city_insert "${words[1]:-}" ;;
		pull) city_remove "${words[1]:-}" ;;
		tries) city_ctl "${words[1]:-}" tries ;;
		plug) city_key_plug counter-1 "${words[1]:-}" ;;
		unplug) city_key_out counter-1 "${words[1]:-}" ;;
		finger) vkey_ctl "${words[1]:-}" finger "${words[@]:2}" ;;
		stats) vkey_ctl "${words[1]:-}" stats ;;
		sanyosoctl) lab_run server "${words[@]}" ;;
		end) break ;;
		'') ;;
		*) try_help ;;
		esac
	done
	tmux -L sanyoso-try kill-server
}

# A pane is a new shell: it gets what the story knows.
try_pane()
{
	{
		declare -p LAB_DIR CITY_BUILD CITY_LOG CITY_LANGUAGE LAB_ENV \
		    TRY_SECRETS_EN TRY_SECRETS_JA TRY_KEYS
		printf 'SY_IN_LAB=inside\n'
		printf '. %q\n' "$top/tests/support/lab.sh" \
		    "$top/tests/support/city.sh" "$top/tools/scenarios/story.sh" \
		    "$top/tools/scenarios/try.sh"
		[ "$TRY_KEYS" = no ] || printf 'city_key_tools\n'
		printf '%s\n' "$1"
	} >"$LAB_DIR/$1.sh"
	echo "bash $LAB_DIR/$1.sh"
}

try_run()
{
	try_accounts
	tmux -L sanyoso-try -f /dev/null new-session -d "$(try_pane try_console)"
	tmux -L sanyoso-try split-window -h "$(try_pane try_desk)"
	tmux -L sanyoso-try attach || true
}
