# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A real pcscd with virtual readers, to be sourced.
#
#   . tests/support/pcscd.sh
#   pcscd_start 2              # two readers; vcard --port 35963, 35964
#   pcscd_group wgroup         # only root and this group reach the socket
#   pcscd_stop                 # SIGTERM, waits
#   pcscd_kill                 # SIGKILL, leaves its files behind
#   pcscd_start 2              # again; cards that are in come back by themselves
#
# It listens on all addresses and uses /run/pcscd: call it only inside own
# network and mount namespaces (tests/support/with-pcscd, or a machine of
# tests/support/lab.sh). For a machine, say so first:
#
#   PCSCD_IN='lab_run terminal' PCSCD_ROOT=$(lab_root terminal)

PCSCD_IN=${PCSCD_IN:-}
PCSCD_ROOT=${PCSCD_ROOT:-}
# More words for pcscd; "--debug --apdu" shows all, PINs too.
PCSCD_OPTIONS=${PCSCD_OPTIONS:-}
PCSCD_LOG=${PCSCD_LOG:-}
# The slots are "NAME 00 00", "NAME 00 01", "NAME2 00 00", "NAME2 00 01", ...
PCSCD_READER=${PCSCD_READER:-Virtual PCD}
# The slot N of all readers is this port + N.
PCSCD_PORT=35963

# pcscd_conf READERS: each entry of the configuration is two slots.
pcscd_conf()
{
	local dir=$PCSCD_ROOT/run/pcscd/conf lib=$PCSCD_ROOT/run/pcscd/lib
	local driver=/usr/lib/pcsc/drivers/serial/libifdvpcd.so i channel
	rm -rf "$dir" "$lib"
	mkdir -p "$dir" "$lib"
	for ((i = 0; i < $1; i += 2)); do
		channel=$(printf '0x%X' $((PCSCD_PORT + i)))
		# The driver keeps its slots in one table for all entries:
		# each entry needs a copy, which is loaded apart.
		cp "$PCSCD_ROOT$driver" "$lib/vpcd-$i.so"
		cat >"$dir/vpcd-$i" <<-END
			FRIENDLYNAME "$PCSCD_READER${i#0}"
			DEVICENAME /dev/null:$channel
			LIBPATH /run/pcscd/lib/vpcd-$i.so
			CHANNELID $channel
		END
	done
}

# pcscd_start [READERS]: returns when it serves; the log is in PCSCD_LOG.
pcscd_start()
{
	local run=$PCSCD_ROOT/run/pcscd tries=200
	mkdir -p "$run"
	chmod 755 "$run"
	pcscd_conf "${1:-2}"
	PCSCD_LOG=${PCSCD_LOG:-$run/log}
	# shellcheck disable=SC2086 # lists of words
	$PCSCD_IN pcscd --foreground -c /run/pcscd/conf $PCSCD_OPTIONS \
	    >>"$PCSCD_LOG" 2>&1 </dev/null &
	while ! { pcscd_pid && [ -S "$run/pcscd.comm" ]; } >/dev/null; do
		tries=$((tries - 1))
		if [ "$tries" = 0 ]; then
			echo "pcscd does not start:" >&2
			cat "$PCSCD_LOG" >&2
			return 1
		fi
		sleep 0.02
	done
}

# The process id, if it runs.
pcscd_pid()
{
	local pid
	pid=$(tr -dc 0-9 2>/dev/null <"$PCSCD_ROOT/run/pcscd/pcscd.pid") &&
	    [ -n "$pid" ] || return 1
	kill -0 "$pid" 2>/dev/null || return 1
	echo "$pid"
}

pcscd_end()
{
	local pid tries=250
	pid=$(pcscd_pid) || return 0
	kill "-$1" "$pid"
	# A new one refuses to start while the old process is still listed.
	while kill -0 "$pid" 2>/dev/null; do
		tries=$((tries - 1))
		# A mute card can hold it back from SIGTERM's way out.
		[ "$tries" != 50 ] || kill -KILL "$pid"
		[ "$tries" -gt 0 ] || return 1
		sleep 0.02
	done
}

pcscd_stop()
{
	pcscd_end TERM
}

pcscd_kill()
{
	pcscd_end KILL
}

# pcscd_group GROUP: what the shipped drop-in of pcscd.socket does.
pcscd_group()
{
	local socket=$PCSCD_ROOT/run/pcscd/pcscd.comm gid
	# shellcheck disable=SC2086
	gid=$($PCSCD_IN getent group "$1" | cut -d: -f3)
	chgrp "${gid:-$1}" "$socket"
	chmod 660 "$socket"
}
