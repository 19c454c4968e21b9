/* SPDX-License-Identifier: Apache-2.0 */
/* server/config.c: VAL-1 and NET-1, a server that is told something wrong does
 * not start, and says where. */
#include "tests/support/unit.h"

#include "server/config.h"

#define SERVER "[server]\nname = s.city.example\n"
#define TERMINALS                                                              \
	"[terminals]\nlisten = 127.0.0.1:8443\nnetworks = 127.0.0.0/8\n"

static struct config config;
static struct sy_error error;

static enum sy_err
parse(const char *text)
{
	struct paths paths;

	memset(&error, 0, sizeof(error));
	assert_int_equal(paths_init("", &paths, NULL), SY_OK);
	return config_parse(&paths, "server.conf", text, strlen(text), &config,
	    &error);
}

static void
who_personalises_all_cards_names_no_issuer(void **state)
{
	(void)state;
	assert_int_equal(parse(SERVER TERMINALS
			     "[cards piv]\npersonalise = yes\n"),
	    SY_OK);
	assert_true(config.personalise);
	assert_non_null(config.trust[SY_DRIVER_PIV]);
	assert_int_equal(config.personal_life, INT64_C(1095) * 86400);
	assert_int_equal(config.personal_key, SY_KEY_P256);
	config_clear(&config);
	assert_int_equal(parse(SERVER TERMINALS
			     "[cards piv]\npersonalise = yes\n"
			     "personal_life = 30d\n"
			     "personal_key = RSA-2048\n"),
	    SY_OK);
	assert_int_equal(config.personal_life, INT64_C(30) * 86400);
	assert_int_equal(config.personal_key, SY_KEY_RSA2048);
	config_clear(&config);
}

static void
a_small_file_is_enough(void **state)
{
	(void)state;
	assert_int_equal(parse(SERVER TERMINALS), SY_OK);
	assert_string_equal(config.name, "s.city.example");
	assert_int_equal(config.terminals.endpoint_count, 1);
	assert_int_equal(config.terminals.endpoints[0].port, 8443);
	assert_int_equal(config.terminals.network_count, 1);
	assert_int_equal(config.join.endpoint_count, 0);
	assert_null(config.trust[SY_DRIVER_JPKI]);
	assert_int_equal(config.idle, 1800);
	/* CRED-1: OWASP's memory and passes. */
	assert_int_equal(config.hash.memory, 46 * 1024);
	assert_int_equal(config.hash.passes, 1);
	assert_int_equal(config.hash_threads, 0);
	assert_int_equal(config.hash_places, 1024);
	assert_string_equal(config.blocklist, "");
	config_clear(&config);
}

static void
keys_are_switched_on_by_their_section(void **state)
{
	(void)state;
	assert_int_equal(parse(SERVER TERMINALS), SY_OK);
	assert_false(config.fido2);
	config_clear(&config);
	assert_int_equal(parse(SERVER TERMINALS "[fido2]\n"), SY_OK);
	assert_true(config.fido2);
	assert_string_equal(config.rp_id, "s.city.example");
	assert_string_equal(config.origin, "https://s.city.example");
	assert_string_equal(config.metadata_root,
	    "/usr/share/ca-certificates/mozilla/"
	    "GlobalSign_Root_CA_-_R3.crt");
	config_clear(&config);
	assert_int_equal(parse(SERVER TERMINALS
			     "[fido2]\nrp_id = city.example\n"
			     "origin = https://s.city.example:8443\n"
			     "metadata_root = /etc/sanyoso/root.pem\n"),
	    SY_OK);
	assert_string_equal(config.rp_id, "city.example");
	assert_string_equal(config.origin, "https://s.city.example:8443");
	assert_string_equal(config.metadata_root, "/etc/sanyoso/root.pem");
	config_clear(&config);
}

static void
a_key_of_another_site_is_never_asked_for(void **state)
{
	static const char *const origins[] = {
		"http://city.example",         /* no TLS */
		"https://city.example/",       /* a path */
		"https://city.example:",       /* no port */
		"https://city.example:8443a",  /* no number */
		"https://city.example:123456", /* too long */
		"https://city.example.org",    /* behind it */
		"https://evilcity.example",    /* no label of its own */
		"https://example",             /* above it */
		"https://.city.example",       /* an empty label */
		"https://City.example",        /* not in lower case */
		"https://",
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(origins); i++) {
		print_message("  %s\n", origins[i]);
		(void)snprintf(text, sizeof(text),
		    SERVER TERMINALS
		    "[fido2]\nrp_id = city.example\norigin = %s\n",
		    origins[i]);
		assert_int_equal(parse(text), SY_ERR_FORMAT);
		assert_non_null(strstr(error.text, "origin"));
	}
	assert_int_equal(parse(SERVER TERMINALS "[fido2]\nrp_id = a_b\n"),
	    SY_ERR_FORMAT);
	assert_non_null(strstr(error.text, "rp_id"));
	assert_int_equal(parse(SERVER TERMINALS
			     "[fido2]\nmetadata_root = root.pem\n"),
	    SY_ERR_FORMAT);
	assert_non_null(strstr(error.text, "metadata_root"));
}

static void
lists_are_taken_whole(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(SERVER
		"[terminals]\nlisten = 192.0.2.1:1 [2001:db8::1]:2\n"
		"networks = 192.0.2.0/24 2001:db8::/64  198.51.100.7\n"
		"[join]\nlisten = 192.0.2.1:3\nnetworks = 192.0.2.0/24\n"
		"[limits]\nconnections = 10\ntransactions = 20\n"
		"terminal_transactions = 5\nidle = 2m\n"
		"terminal_begins = 1000000\nterminal_sessions = 65536\n"
		"[passwords]\nmemory = 8\npasses = 16\nthreads = 64\n"
		"queue = 65536\nblocklist = /etc/words\n"),
	    SY_OK);
	assert_int_equal(config.terminals.endpoint_count, 2);
	assert_int_equal(config.terminals.endpoints[1].port, 2);
	assert_int_equal(config.terminals.network_count, 3);
	assert_int_equal(config.join.endpoints[0].port, 3);
	assert_int_equal(config.connections, 10);
	assert_int_equal(config.transactions, 20);
	assert_int_equal(config.terminal_transactions, 5);
	assert_int_equal(config.terminal_begins, 1000000);
	assert_int_equal(config.terminal_sessions, 65536);
	assert_int_equal(config.idle, 120);
	assert_int_equal(config.hash.memory, SY_HASH_MEMORY_MIN);
	assert_int_equal(config.hash.passes, SY_HASH_PASSES_MAX);
	assert_int_equal(config.hash_threads, 64);
	assert_int_equal(config.hash_places, 65536);
	assert_string_equal(config.blocklist, "/etc/words");
	config_clear(&config);
}

static void
what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		const char *place;
	} tc[] = {
		{ "no server", TERMINALS, "server.conf" },
		{ "no name", "[server]\n" TERMINALS, "server.conf" },
		{ "a bad name", "[server]\nname = Server\n" TERMINALS,
		    "server.conf:2" },
		{ "a name with a dot behind", "[server]\nname = s.\n" TERMINALS,
		    "server.conf:2" },
		{ "no terminals", SERVER, "server.conf" },
		{ "a host name",
		    SERVER "[terminals]\nlisten = localhost:1\nnetworks = "
			   "::1\n",
		    "server.conf:4" },
		{ "no port",
		    SERVER "[terminals]\nlisten = 127.0.0.1\nnetworks = ::1\n",
		    "server.conf:4" },
		{ "host bits",
		    SERVER "[terminals]\nlisten = 127.0.0.1:1\nnetworks = "
			   "192.0.2.1/24\n",
		    "server.conf:5" },
		{ "the second network is wrong",
		    SERVER "[terminals]\nlisten = 127.0.0.1:1\nnetworks = "
			   "192.0.2.0/24 x\n",
		    "server.conf:5" },
		{ "no networks", SERVER "[terminals]\nlisten = 127.0.0.1:1\n",
		    "server.conf" },
		{ "a join listener without networks",
		    SERVER TERMINALS "[join]\nlisten = 127.0.0.1:1\n",
		    "server.conf" },
		{ "terminals of a zone",
		    SERVER "[terminals lgwan]\nlisten = 127.0.0.1:1\n"
			   "networks = ::1\n",
		    "server.conf" },
		{ "limits with a name", SERVER TERMINALS "[limits x]\n",
		    "server.conf:6" },
		{ "an unknown kind of card",
		    SERVER TERMINALS "[cards felica]\nca = /x\n",
		    "server.conf:6" },
		{ "no issuer and none personalised here",
		    SERVER TERMINALS "[cards piv]\npersonalise = no\n",
		    "server.conf" },
		{ "a key that no card makes",
		    SERVER TERMINALS
		    "[cards piv]\npersonalise = yes\npersonal_key = P-384\n",
		    "server.conf:8" },
		{ "a life that is too long",
		    SERVER TERMINALS
		    "[cards piv]\npersonalise = yes\npersonal_life = 1826d\n",
		    "server.conf:8" },
		{ "a My Number card personalised",
		    SERVER TERMINALS "[cards jpki]\npersonalise = yes\n",
		    "server.conf" },
		{ "a relative path",
		    SERVER TERMINALS "[cards piv]\nca = ca.pem\n",
		    "server.conf:7" },
		{ "an unknown key", SERVER "port = 1\n" TERMINALS,
		    "server.conf:3" },
		{ "an unknown section", SERVER TERMINALS "[x]\n",
		    "server.conf:6" },
		{ "a section twice", SERVER SERVER TERMINALS, "server.conf:3" },
		{ "no number",
		    SERVER TERMINALS "[limits]\nconnections = many\n",
		    "server.conf:7" },
		{ "a number out of range",
		    SERVER TERMINALS "[limits]\nconnections = 0\n",
		    "server.conf:7" },
		{ "too little memory for a hash",
		    SERVER TERMINALS "[passwords]\nmemory = 7\n",
		    "server.conf:7" },
		{ "too much", SERVER TERMINALS "[passwords]\nmemory = 1025\n",
		    "server.conf:7" },
		{ "no pass", SERVER TERMINALS "[passwords]\npasses = 0\n",
		    "server.conf:7" },
		{ "too many passes",
		    SERVER TERMINALS "[passwords]\npasses = 17\n",
		    "server.conf:7" },
		{ "too many threads",
		    SERVER TERMINALS "[passwords]\nthreads = 65\n",
		    "server.conf:7" },
		{ "no queue", SERVER TERMINALS "[passwords]\nqueue = 0\n",
		    "server.conf:7" },
		{ "a list that is nowhere",
		    SERVER TERMINALS "[passwords]\nblocklist = words\n",
		    "server.conf:7" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(parse(tc[i].text), SY_ERR_FORMAT);
		assert_int_equal(strncmp(error.place, tc[i].place,
				     strlen(tc[i].place)),
		    0);
		assert_int_not_equal(strlen(error.text), 0);
	}
}

static void
a_file_that_is_not_there_is_named(void **state)
{
	(void)state;
	assert_int_equal(parse(SERVER TERMINALS
			     "[cards piv]\nca = /nonexistent/ca.pem\n"),
	    SY_ERR_NOT_FOUND);
	assert_non_null(strstr(error.place, "/nonexistent/ca.pem"));
}

static void
no_more_addresses_than_there_is_room_for(void **state)
{
	char text[1024] = SERVER "[terminals]\nnetworks = ::1\nlisten =";

	(void)state;
	for (int i = 0; i < CONFIG_ENDPOINTS_MAX; i++)
		(void)strncat(text, " 127.0.0.1:1", 13);
	(void)strncat(text, "\n", 2);
	assert_int_equal(parse(text), SY_OK);
	config_clear(&config);
	text[strlen(text) - 1] = '\0';
	(void)strncat(text, " 127.0.0.1:1\n", 14);
	assert_int_equal(parse(text), SY_ERR_FORMAT);
}

static void
host_names_are_those_of_certificates(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} tc[] = {
		{ "a", true },
		{ "server.city.example", true },
		{ "a-b.c0", true },
		{ "", false },
		{ ".", false },
		{ "a..b", false },
		{ ".a", false },
		{ "a.", false },
		{ "-a", false },
		{ "a-", false },
		{ "a-.b", false },
		{ "A", false },
		{ "a_b", false },
		{ "a b", false },
		{ "*.city.example", false },
		{ "012345678901234567890123456789012345678901234567890123456789"
		  "012",
		    true },
		{ "012345678901234567890123456789012345678901234567890123456789"
		  "0123",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++)
		assert_int_equal(config_is_host(tc[i].name), tc[i].good);
}

static void
paths_stay_under_the_root(void **state)
{
	struct paths paths;
	char path[PATH_SIZE], longer[PATH_SIZE + 2];

	(void)state;
	assert_int_equal(paths_init("/tmp/x//", &paths, NULL), SY_OK);
	assert_string_equal(paths.config, "/tmp/x/etc/sanyoso/server.conf");
	assert_string_equal(paths.admin,
	    "/tmp/x/run/sanyoso/server/admin.sock");
	assert_int_equal(paths_under(&paths, "/etc/ca.pem", path), SY_OK);
	assert_string_equal(path, "/tmp/x/etc/ca.pem");
	assert_int_equal(paths_under(&paths, "ca.pem", path), SY_ERR_ARG);
	assert_int_equal(paths_init("/", &paths, NULL), SY_OK);
	assert_string_equal(paths.database,
	    "/var/lib/sanyoso/server/sanyoso.db");
	assert_int_equal(paths_init(NULL, &paths, NULL), SY_OK);
	assert_int_equal(paths_init("tmp", &paths, NULL), SY_ERR_ARG);
	memset(longer, 'a', sizeof(longer));
	longer[0] = '/';
	longer[100] = '\0'; /* too long for a socket, not for a path */
	assert_int_equal(paths_init(longer, &paths, NULL), SY_ERR_LIMIT);
	longer[100] = 'a';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(paths_init(longer, &paths, NULL), SY_ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_file_is_enough),
		cmocka_unit_test(who_personalises_all_cards_names_no_issuer),
		cmocka_unit_test(keys_are_switched_on_by_their_section),
		cmocka_unit_test(a_key_of_another_site_is_never_asked_for),
		cmocka_unit_test(lists_are_taken_whole),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
		cmocka_unit_test(no_more_addresses_than_there_is_room_for),
		cmocka_unit_test(host_names_are_those_of_certificates),
		cmocka_unit_test(paths_stay_under_the_root),
	};

	return cmocka_run_group_tests_name("server_config", tests, NULL, NULL);
}
