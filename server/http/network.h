/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HTTP_NETWORK_H
#define SERVER_HTTP_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <sanyoso/err.h>

/*
 * Addresses to listen on and networks that may connect. Numeric only: nothing
 * here asks a name server. Pure functions.
 */

struct network {
	sa_family_t family;
	unsigned int bits;
	uint8_t address[16]; /* 4 or 16 bytes in use */
};

struct endpoint {
	struct sockaddr_storage address;
	socklen_t len;
	uint16_t port;
};

/* Room for an address and port as text. */
#define ENDPOINT_TEXT_SIZE 64

/*
 * "192.0.2.0/24", "2001:db8::/64", or an address alone for one host. FORMAT:
 * not an address, too many bits, bits set behind the network's, an IPv4
 * address in IPv6 clothing.
 */
SY_MUST_USE enum sy_err network_parse(const char *text, struct network *ret);

/* "192.0.2.1:8443" or "[2001:db8::1]:8443"; ports 1 to 65535. FORMAT. */
SY_MUST_USE enum sy_err endpoint_parse(const char *text, struct endpoint *ret);

/* Whether ${address} is in one of ${count} networks. None of other families
 * ever is. */
bool network_contains(const struct network *networks, size_t count,
    const struct sockaddr *address);

/* "192.0.2.1:8443" for logs. */
void network_peer_text(const struct sockaddr *address,
    char ret[ENDPOINT_TEXT_SIZE]);

/* Whether two such texts are of the same host. */
bool network_same_host(const char *a, const char *b);

#endif /* SERVER_HTTP_NETWORK_H */
