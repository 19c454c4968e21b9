/* SPDX-License-Identifier: Apache-2.0 */
/* Allowed networks and addresses to listen on: who is inside is worked out a
 * second time, bit by bit. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "server/http/network.h"

#define TEXT_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool
bit(const uint8_t *p, unsigned int n)
{
	return (p[n / 8] >> (7 - n % 8) & 1) != 0;
}

static void
check_network(const struct network *n, const struct endpoint *e)
{
	const struct sockaddr *peer = (const struct sockaddr *)&e->address;
	const bool four = n->family == AF_INET;
	const uint8_t *p = four
	    ? (const uint8_t *)&((const struct sockaddr_in *)&e->address)
		  ->sin_addr
	    : (const uint8_t *)&((const struct sockaddr_in6 *)&e->address)
		  ->sin6_addr;
	bool inside = n->family == peer->sa_family;

	if ((!four && n->family != AF_INET6) || n->bits > (four ? 32 : 128))
		abort();
	for (unsigned int i = 0; inside && i < n->bits; i++)
		inside = bit(n->address, i) == bit(p, i);
	if (network_contains(n, 1, peer) != inside)
		abort();
	for (unsigned int i = n->bits; i < 128; i++)
		if (bit(n->address, i))
			abort();
}

/* What is written of an endpoint is the same endpoint again. */
static void
check_endpoint(const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_SIZE];
	struct endpoint again;

	network_peer_text((const struct sockaddr *)&e->address, text);
	if (e->port == 0 || endpoint_parse(text, &again) != SY_OK ||
	    memcmp(&again, e, sizeof(again)) != 0)
		abort();
}

/* A network, a line feed and an endpoint. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct network network;
	struct endpoint endpoint;
	char text[TEXT_MAX], *second;
	bool there;

	if (len >= sizeof(text))
		return 0;
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if ((second = strchr(text, '\n')) != NULL)
		*second++ = '\0';
	there =
	    endpoint_parse(second != NULL ? second : text, &endpoint) == SY_OK;
	if (there)
		check_endpoint(&endpoint);
	if (network_parse(text, &network) == SY_OK && there)
		check_network(&network, &endpoint);
	return 0;
}
