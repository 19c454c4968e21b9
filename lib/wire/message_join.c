/* SPDX-License-Identifier: Apache-2.0 */
/* The messages by which a terminal joins, renews its certificate and says
 * hello. */
#include "lib/wire/message_int.h"

#define LINES .lines = true

static const struct sy_field join_fields[] = {
	BYTES(sy_join, code, .fixed = CODE_LEN),
	TEXT(sy_join, csr, LINES),
};
MESSAGE(join, sy_join);

static const struct sy_field renew_fields[] = {
	TEXT(sy_renew, csr, LINES),
	TEXT(sy_renew, certificate, LINES),
	BYTES(sy_renew, signature),
};
MESSAGE(renew, sy_renew);

static const struct sy_field join_reply_fields[] = {
	TEXT(sy_join_reply, terminal),
	TEXT(sy_join_reply, zone),
	TEXT(sy_join_reply, server),
	INT(sy_join_reply, port, 1, 65535),
	TEXT(sy_join_reply, certificate, LINES),
	TEXT(sy_join_reply, ca, LINES),
};
MESSAGE(join_reply, sy_join_reply);

static const struct sy_field hello_fields[] = {
	TEXT(sy_hello, agent),
	TEXT(sy_hello, boot, OPTIONAL),
};
MESSAGE(hello, sy_hello);

/* A server that has not signed a head yet sends none. */
static const struct sy_field hello_reply_fields[] = {
	INT(sy_hello_reply, wire, 1, UINT16_MAX),
	TEXT(sy_hello_reply, server),
	TEXT(sy_hello_reply, terminal),
	TEXT(sy_hello_reply, zone),
	INT(sy_hello_reply, time, 0, SECONDS_MAX),
	BYTES(sy_hello_reply, head, .fixed = SY_HEAD_SIZE, OPTIONAL),
	BYTES(sy_hello_reply, signature, .fixed = SY_ED25519_SIG_SIZE,
	    OPTIONAL),
	BOOL(sy_hello_reply, no_dictionary, OPTIONAL),
};
MESSAGE(hello_reply, sy_hello_reply);
