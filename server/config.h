/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <sanyoso/device.h>
#include <sanyoso/fido2.h>
#include <sanyoso/password.h>
#include <sanyoso/trust.h>

#include "server/http/network.h"
#include "server/paths.h"

#define CONFIG_ENDPOINTS_MAX 8
#define CONFIG_NETWORKS_MAX  64

/* One TLS listener: where it listens and who may connect. */
struct config_listen {
	struct endpoint endpoints[CONFIG_ENDPOINTS_MAX];
	size_t endpoint_count; /* 0: there is no such listener */
	struct network networks[CONFIG_NETWORKS_MAX];
	size_t network_count;
};

/* server.conf, checked. */
struct config {
	char name[SY_HOST_SIZE]; /* in the server's certificate */
	struct config_listen terminals;
	struct config_listen join;
	struct sy_trust *trust[SY_DRIVER_COUNT]; /* NULL: driver not in use */
	/* Cards that the card office personalises under this server's own CA.
	 */
	bool personalise;
	int64_t personal_life; /* of their certificates, in seconds */
	enum sy_key_alg personal_key;
	/* FIDO2 keys. */
	bool fido2;                        /* there is such a section */
	char rp_id[SY_FIDO2_RP_SIZE];      /* what credentials are made for */
	char origin[SY_FIDO2_ORIGIN_SIZE]; /* what stands in client data */
	char metadata_root[PATH_SIZE];     /* PEM: whose metadata count */
	/* The largest numbers at one time. */
	int64_t connections;           /* per listener */
	int64_t transactions;          /* open logins */
	int64_t terminal_transactions; /* of one terminal */
	int64_t terminal_begins;       /* within a minute */
	int64_t terminal_sessions;     /* open ones */
	int64_t idle; /* seconds until an unused connection is closed */
	/* Hashes of passwords. */
	struct sy_hash_params hash;
	int64_t hash_threads;      /* 0: by the machine */
	int64_t hash_places;       /* that wait or are under way */
	char blocklist[PATH_SIZE]; /* the site's words, "" if none */
};

/*
 * Read ${paths->config} and the files that it names. Nothing is looked up in
 * the network. NOT_FOUND, PERM, IO, FORMAT, LIMIT, CERT, NOMEM; ${reterr} names
 * file, line and what to do. Free with config_clear.
 */
SY_MUST_USE enum sy_err config_load(const struct paths *paths,
    struct config *ret, struct sy_error *reterr);
/* The same from ${len} bytes of text; ${file} is for messages. */
SY_MUST_USE enum sy_err config_parse(const struct paths *paths,
    const char *file, const char *text, size_t len, struct config *ret,
    struct sy_error *reterr);
void config_clear(struct config *config);

/* A host name as a certificate may bear it: labels of letters, digits and
 * dashes, lower case. */
bool config_is_host(const char *name);

#endif /* SERVER_CONFIG_H */
