#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a row that is changed behind the back of a server that nobody asks
# anything is found, named and recorded all the same.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/lab.sh disable=SC1091
. "$here/../support/lab.sh"
lab_enter "$@"
# shellcheck source=tests/support/city.sh disable=SC1091
. "$here/../support/city.sh"

city_issuers
city_server
lab_run server sanyosoctl user add tanaka --name "田中 太郎" --basis test
sqlite3 "$(lab_root server)/var/lib/sanyoso/server/sanyoso.db" \
    'UPDATE id SET state = state + 1'
# Not a word to the server until it has noticed by itself.
lab_wait 30 grep -q "changed by another program" "$CITY_LOG/sanyosod.log"
lab_run server sanyosoctl audit search --action alarm.row | grep -F id:1
if lab_run server sanyosoctl user show tanaka; then
	echo "an altered row was believed"
	exit 1
fi

echo "-- and named to who asks, in his language"
LAB_ENV=LANGUAGE=ja
lab_run server sanyosoctl audit verify >"$LAB_DIR/verify" && exit 1
cat "$LAB_DIR/verify"
grep -q "^id:1: 改ざんされています。$" "$LAB_DIR/verify"
grep -q "証明できません" "$LAB_DIR/verify"
LAB_ENV=LANGUAGE=en
lab_run server sanyosoctl audit verify >"$LAB_DIR/verify" && exit 1
grep -q "^id:1: was altered$" "$LAB_DIR/verify"
grep -q "^Nothing is proven beyond" "$LAB_DIR/verify"
