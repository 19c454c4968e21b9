/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_SETTINGS_H
#define AGENT_SETTINGS_H

#include <stdint.h>

#include <sanyoso/dialog.h>
#include <sanyoso/text.h>

#define SETTINGS_SERVERS_MAX 8
#define SETTINGS_PATH_SIZE   256

/* HOST:PORT; an IPv6 address stands in brackets. */
struct endpoint {
	char host[SY_HOST_SIZE];
	uint16_t port;
};

/* agent.conf(5), every value checked. */
struct settings {
	enum sy_lang language;
	char user[SY_LOGIN_SIZE];
	char worker_user[SY_LOGIN_SIZE];
	char worker[SETTINGS_PATH_SIZE];
	char break_glass[SY_LOGIN_SIZE]; /* "": none */
	struct endpoint servers[SETTINGS_SERVERS_MAX];
	size_t server_count; /* 0: the server of the join */
	unsigned int connect_timeout_ms;
	unsigned int request_timeout_ms;
	unsigned int card_wait_ms;
	uint32_t drivers; /* bit 1 << enum sy_driver */
};

/* Parse "HOST:PORT". FORMAT. */
SY_MUST_USE enum sy_err endpoint_parse(const char *text, struct endpoint *ret);

/* Every value as if the file were empty. */
void settings_defaults(struct settings *ret);

/* Parse ${len} bytes of configuration; ${file} for messages. FORMAT, LIMIT,
 * NOMEM. ${*ret} is written only on success. */
SY_MUST_USE enum sy_err settings_parse(const char *file, const char *text,
    size_t len, struct settings *ret, struct sy_error *reterr);

/* The same from a safe file; a missing file gives the defaults. IO, PERM and
 * those of settings_parse. */
SY_MUST_USE enum sy_err settings_load(const char *path, struct settings *ret,
    struct sy_error *reterr);

#endif /* AGENT_SETTINGS_H */
