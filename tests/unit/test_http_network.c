/* SPDX-License-Identifier: Apache-2.0 */
/* server/http/network.c: NET-1, only named networks may connect. */
#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "server/http/network.h"

static struct sockaddr_storage
address(const char *text)
{
	struct sockaddr_storage s = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&s;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&s;

	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(4711);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(4711);
	}
	return s;
}

static void
networks_hold_their_addresses_and_no_others(void **state)
{
	static const struct {
		const char *network;
		const char *peer;
		bool inside;
	} tc[] = {
		{ "192.0.2.0/24", "192.0.2.0", true },
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/24", "192.0.1.255", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.4/30", "192.0.2.7", true },
		{ "192.0.2.4/30", "192.0.2.8", false },
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.6", false },
		{ "192.0.2.7/32", "192.0.2.7", true },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "192.0.2.1", false },
		{ "::/0", "2001:db8::1", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "2001:db8::/64", "2001:db8::ffff", true },
		{ "2001:db8::/64", "2001:db8:0:1::", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::1", "2001:db8::2", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sockaddr_storage s = address(tc[i].peer);
		struct network n;

		print_message("  %s in %s\n", tc[i].peer, tc[i].network);
		assert_int_equal(network_parse(tc[i].network, &n), SY_OK);
		assert_int_equal(network_contains(&n, 1,
				     (const struct sockaddr *)&s),
		    tc[i].inside);
	}
}

static void
any_of_several_networks_is_enough_and_none_is_nobody(void **state)
{
	struct sockaddr_storage s = address("10.2.3.4");
	const struct sockaddr *peer = (const struct sockaddr *)&s;
	struct network n[2];

	(void)state;
	assert_int_equal(network_parse("10.1.0.0/16", &n[0]), SY_OK);
	assert_int_equal(network_parse("10.2.0.0/16", &n[1]), SY_OK);
	assert_true(network_contains(n, 2, peer));
	assert_false(network_contains(n, 1, peer));
	assert_false(network_contains(n, 0, peer));
}

static void
other_families_are_never_inside(void **state)
{
	struct sockaddr local = { .sa_family = AF_UNIX };
	struct network n;

	(void)state;
	assert_int_equal(network_parse("0.0.0.0/0", &n), SY_OK);
	assert_false(network_contains(&n, 1, &local));
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const tc[] = { "", "/", "/24", "192.0.2.0/",
		"192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/08",
		"192.0.2.0/24 ", " 192.0.2.0/24", "192.0.2.1/24", "192.0.2/24",
		"192.0.2.0.0/24", "192.0.2.0/24/8", "localhost",
		"city.example/8", "2001:db8::/129", "2001:db8::1/64",
		"::ffff:192.0.2.1", "::ffff:0.0.0.0/96", "0300.0.2.0/24",
		"2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999/128" };
	struct network n;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  \"%s\"\n", tc[i]);
		assert_int_equal(network_parse(tc[i], &n), SY_ERR_FORMAT);
	}
}

static void
endpoints_are_a_numeric_address_and_a_port(void **state)
{
	static const struct {
		const char *text;
		uint16_t port; /* 0: refused */
		sa_family_t family;
	} tc[] = {
		{ "192.0.2.1:8443", 8443, AF_INET },
		{ "0.0.0.0:1", 1, AF_INET },
		{ "192.0.2.1:65535", 65535, AF_INET },
		{ "[2001:db8::1]:8443", 8443, AF_INET6 },
		{ "[::]:443", 443, AF_INET6 },
		{ "192.0.2.1:0", 0, 0 },
		{ "192.0.2.1:65536", 0, 0 },
		{ "192.0.2.1:", 0, 0 },
		{ "192.0.2.1", 0, 0 },
		{ ":8443", 0, 0 },
		{ "192.0.2.1:08443", 0, 0 },
		{ "192.0.2.1:8443 ", 0, 0 },
		{ "localhost:8443", 0, 0 },
		{ "2001:db8::1:8443", 0, 0 },
		{ "[192.0.2.1]:8443", 0, 0 },
		{ "[2001:db8::1]8443", 0, 0 },
		{ "[2001:db8::1:8443", 0, 0 },
		{ "2001:db8::1]:8443", 0, 0 },
		{ "[::ffff:192.0.2.1]:8443", 0, 0 },
		{ "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct endpoint e = { .len = 0 };

		print_message("  \"%s\"\n", tc[i].text);
		assert_int_equal(endpoint_parse(tc[i].text, &e),
		    tc[i].port != 0 ? SY_OK : SY_ERR_FORMAT);
		assert_int_equal(e.port, tc[i].port);
		assert_int_equal(e.address.ss_family, tc[i].family);
	}
}

static void
peers_are_told_with_their_port(void **state)
{
	char text[ENDPOINT_TEXT_SIZE];
	struct sockaddr_storage s = address("192.0.2.9");
	struct sockaddr local = { .sa_family = AF_UNIX };

	(void)state;
	network_peer_text((const struct sockaddr *)&s, text);
	assert_string_equal(text, "192.0.2.9:4711");
	s = address("2001:db8::9");
	network_peer_text((const struct sockaddr *)&s, text);
	assert_string_equal(text, "[2001:db8::9]:4711");
	network_peer_text(&local, text);
	assert_string_equal(text, "local");
}

static void
hosts_are_compared_without_their_ports(void **state)
{
	(void)state;
	assert_true(network_same_host("192.0.2.1:80", "192.0.2.1:8443"));
	assert_true(network_same_host("[2001:db8::1]:1", "[2001:db8::1]:2"));
	assert_false(network_same_host("192.0.2.1:80", "192.0.2.10:80"));
	assert_false(network_same_host("192.0.2.10:80", "192.0.2.1:80"));
	assert_false(network_same_host("192.0.2.1:80", "192.0.2.2:80"));
	assert_false(network_same_host("[2001:db8::1]:1", "[2001:db8::2]:1"));
	assert_false(network_same_host("local", "local"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_hold_their_addresses_and_no_others),
		cmocka_unit_test(
		    any_of_several_networks_is_enough_and_none_is_nobody),
		cmocka_unit_test(other_families_are_never_inside),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(endpoints_are_a_numeric_address_and_a_port),
		cmocka_unit_test(peers_are_told_with_their_port),
		cmocka_unit_test(hosts_are_compared_without_their_ports),
	};

	return cmocka_run_group_tests_name("http_network", tests, NULL, NULL);
}
