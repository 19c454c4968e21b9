/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 64

/* Decimal without sign or leading zero, at most ${max}. */
static bool
number(const char *s, unsigned int max, unsigned int *ret)
{
	unsigned int v = 0;

	if (s[0] == '\0' || (s[0] == '0' && s[1] != '\0'))
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		v = v * 10 + (unsigned int)(*s - '0');
		if (v > max)
			return false;
	}
	*ret = v;
	return true;
}

static bool
address_of(const char *s, sa_family_t *ret_family, uint8_t ret[16])
{
	struct in6_addr six;

	memset(ret, 0, 16);
	if (inet_pton(AF_INET, s, ret) == 1) {
		*ret_family = AF_INET;
		return true;
	}
	/* A mapped address would be a second name for an IPv4 network. */
	if (inet_pton(AF_INET6, s, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six))
		return false;
	memcpy(ret, &six, sizeof(six));
	*ret_family = AF_INET6;
	return true;
}

/* Whether all bits from ${bits} on are zero. */
static bool
rest_is_zero(const uint8_t *address, unsigned int bits, unsigned int all)
{
	for (unsigned int i = bits; i < all; i++)
		if ((address[i / 8] & (0x80u >> (i % 8))) != 0)
			return false;
	return true;
}

enum sy_err
network_parse(const char *text, struct network *ret)
{
	struct network n = { .family = AF_UNSPEC };
	char copy[TEXT_MAX];
	unsigned int all;
	char *slash;

	if (strlen(text) >= sizeof(copy))
		return SY_ERR_FORMAT;
	memcpy(copy, text, strlen(text) + 1);
	if ((slash = strchr(copy, '/')) != NULL)
		*slash++ = '\0';
	if (!address_of(copy, &n.family, n.address))
		return SY_ERR_FORMAT;
	all = n.family == AF_INET ? 32 : 128;
	n.bits = all;
	if (slash != NULL && !number(slash, all, &n.bits))
		return SY_ERR_FORMAT;
	if (!rest_is_zero(n.address, n.bits, all))
		return SY_ERR_FORMAT;
	*ret = n;
	return SY_OK;
}

/* Split "ADDR:PORT" or "[ADDR]:PORT" in place. */
static bool
split_port(char *text, char **ret_address, char **ret_port)
{
	char *colon = strrchr(text, ':');

	if (colon == NULL || colon == text)
		return false;
	*colon = '\0';
	*ret_port = colon + 1;
	if (text[0] != '[') {
		*ret_address = text;
		return strchr(text, ':') == NULL;
	}
	if (colon[-1] != ']')
		return false;
	colon[-1] = '\0';
	*ret_address = text + 1;
	return strchr(text, ':') != NULL;
}

enum sy_err
endpoint_parse(const char *text, struct endpoint *ret)
{
	struct endpoint e = { .len = 0 };
	char copy[TEXT_MAX], *address, *port;
	uint8_t bytes[16];
	sa_family_t family;
	unsigned int n;

	if (strlen(text) >= sizeof(copy))
		return SY_ERR_FORMAT;
	memcpy(copy, text, strlen(text) + 1);
	if (!split_port(copy, &address, &port) ||
	    !number(port, UINT16_MAX, &n) || n == 0 ||
	    !address_of(address, &family, bytes))
		return SY_ERR_FORMAT;
	if ((family == AF_INET6) != (text[0] == '['))
		return SY_ERR_FORMAT;

	e.port = (uint16_t)n;
	if (family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)&e.address;

		in->sin_family = AF_INET;
		in->sin_port = htons(e.port);
		memcpy(&in->sin_addr, bytes, sizeof(in->sin_addr));
		e.len = sizeof(*in);
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&e.address;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(e.port);
		memcpy(&in6->sin6_addr, bytes, sizeof(in6->sin6_addr));
		e.len = sizeof(*in6);
	}
	*ret = e;
	return SY_OK;
}

static const uint8_t *
peer_bytes(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return (const uint8_t *)&(
		    (const struct sockaddr_in *)(const void *)address)
		    ->sin_addr;
	if (address->sa_family == AF_INET6)
		return (const uint8_t *)&(
		    (const struct sockaddr_in6 *)(const void *)address)
		    ->sin6_addr;
	return NULL;
}

static bool
matches(const struct network *n, const uint8_t *peer)
{
	const unsigned int whole = n->bits / 8;
	const unsigned int rest = n->bits % 8;

	if (memcmp(n->address, peer, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	return ((n->address[whole] ^ peer[whole]) >> (8 - rest)) == 0;
}

bool
network_contains(const struct network *networks, size_t count,
    const struct sockaddr *address)
{
	const uint8_t *peer = peer_bytes(address);

	if (peer == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		if (networks[i].family == address->sa_family &&
		    matches(&networks[i], peer))
			return true;
	return false;
}

void
network_peer_text(const struct sockaddr *address, char ret[ENDPOINT_TEXT_SIZE])
{
	const uint8_t *peer = peer_bytes(address);
	char text[INET6_ADDRSTRLEN];
	uint16_t port;

	if (peer == NULL ||
	    inet_ntop(address->sa_family, peer, text, sizeof(text)) == NULL) {
		(void)snprintf(ret, ENDPOINT_TEXT_SIZE, "local");
		return;
	}
	if (address->sa_family == AF_INET)
		port = ((const struct sockaddr_in *)(const void *)address)
			   ->sin_port;
	else
		port = ((const struct sockaddr_in6 *)(const void *)address)
			   ->sin6_port;
	(void)snprintf(ret, ENDPOINT_TEXT_SIZE,
	    address->sa_family == AF_INET ? "%s:%u" : "[%s]:%u", text,
	    ntohs(port));
}

bool
network_same_host(const char *a, const char *b)
{
	const char *aport = strrchr(a, ':'), *bport = strrchr(b, ':');

	return aport != NULL && bport != NULL && aport - a == bport - b &&
	    strncmp(a, b, (size_t)(aport - a)) == 0;
}
