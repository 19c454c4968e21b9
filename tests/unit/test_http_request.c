/* SPDX-License-Identifier: Apache-2.0 */
/* server/http/request.c: VAL-1, what two readers could understand differently
 * is refused before a body is read. */
#include "tests/support/unit.h"

#include "server/http/request.h"

#define BEGIN "POST /v1/auth HTTP/1.1\r\n"
#define HOST  "Host: s\r\n"
#define WIRE  "Sanyoso-Wire: 1\r\n"
#define CL(n) "Content-Length: " n "\r\n"
#define GOOD  BEGIN HOST CL("2") WIRE

static struct http_head head;
static size_t used;

static enum sy_err
parse_n(const char *text, size_t len)
{
	memset(&head, 0xff, sizeof(head));
	used = 4711;
	return http_head_parse((const uint8_t *)text, len, &head, &used, NULL);
}

static enum sy_err
parse(const char *text)
{
	return parse_n(text, strlen(text));
}

static void
a_clean_head_is_taken(void **state)
{
	static const char text[] = GOOD "\r\n{}";

	(void)state;
	assert_int_equal(parse(text), SY_OK);
	assert_string_equal(head.path, "/v1/auth");
	assert_int_equal(head.length, 2);
	assert_int_equal(head.wire, 1);
	assert_false(head.close);
	assert_int_equal(used, strlen(text) - 2);
}

static void
fields_are_known_in_any_case_and_order(void **state)
{
	(void)state;
	assert_int_equal(parse(BEGIN "sanyoso-wire:1\r\nCONTENT-LENGTH:0\r\n"
				     "X-Other: \t a b \t\r\nhost: s\r\n"
				     "Connection: Close\r\n\r\n"),
	    SY_OK);
	assert_int_equal(head.length, 0);
	assert_int_equal(head.wire, 1);
	assert_true(head.close);
	assert_int_equal(parse(GOOD "Connection: keep-alive\r\n\r\n"), SY_OK);
	assert_false(head.close);
}

static void
every_beginning_of_a_head_is_not_whole_yet(void **state)
{
	static const char text[] = GOOD "\r\n";

	(void)state;
	for (size_t n = 0; n < strlen(text); n++) {
		assert_int_equal(parse_n(text, n), SY_ERR_NOT_FOUND);
		assert_int_equal(used, 4711);
	}
	assert_int_equal(parse(text), SY_OK);
}

static void
unclean_heads_are_refused(void **state)
{
	static const struct {
		const char *what;
		const char *text;
	} tc[] = {
		{ "another method",
		    "GET /v1/auth HTTP/1.1\r\n" HOST CL("0") "\r\n" },
		{ "small letters",
		    "post /v1/auth HTTP/1.1\r\n" HOST CL("0") "\r\n" },
		{ "HTTP/1.0",
		    "POST /v1/auth HTTP/1.0\r\n" HOST CL("0") "\r\n" },
		{ "HTTP/2.0",
		    "POST /v1/auth HTTP/2.0\r\n" HOST CL("0") "\r\n" },
		{ "no version", "POST /v1/auth\r\n" HOST CL("0") "\r\n" },
		{ "two spaces",
		    "POST  /v1/auth HTTP/1.1\r\n" HOST CL("0") "\r\n" },
		{ "an empty path", "POST  HTTP/1.1\r\n" HOST CL("0") "\r\n" },
		{ "a full URL",
		    "POST http://s/v1/auth HTTP/1.1\r\n" HOST CL("0") "\r\n" },
		{ "dots in the path",
		    "POST /v1/../auth HTTP/1.1\r\n" HOST CL("0") "\r\n" },
		{ "a query",
		    "POST /v1/auth?a=b HTTP/1.1\r\n" HOST CL("0") "\r\n" },
		{ "an escaped path",
		    "POST /v1/%61uth HTTP/1.1\r\n" HOST CL("0") "\r\n" },
		{ "an empty first line", "\r\n" GOOD "\r\n" },
		{ "a bare line feed",
		    "POST /v1/auth HTTP/1.1\n" HOST CL("0") "\r\n" },
		{ "a bare line feed behind a field",
		    BEGIN "Host: s\n" CL("0") "\r\n" },
		{ "a bare carriage return",
		    BEGIN "Host: s\rX: y\r\n" CL("0") "\r\n" },
		{ "no host", BEGIN CL("0") "\r\n" },
		{ "an empty host", BEGIN "Host:\r\n" CL("0") "\r\n" },
		{ "two hosts", GOOD HOST "\r\n" },
		{ "no length", BEGIN HOST "\r\n" },
		{ "an empty length", BEGIN HOST CL("") "\r\n" },
		{ "a signed length", BEGIN HOST CL("+2") "\r\n" },
		{ "a negative length", BEGIN HOST CL("-2") "\r\n" },
		{ "a hexadecimal length", BEGIN HOST CL("0x2") "\r\n" },
		{ "a leading zero", BEGIN HOST CL("02") "\r\n" },
		{ "a list of lengths", BEGIN HOST CL("2, 2") "\r\n" },
		{ "a length with a space", BEGIN HOST CL("1 0") "\r\n" },
		{ "the same length twice", BEGIN HOST CL("2") CL("2") "\r\n" },
		{ "two lengths", BEGIN HOST CL("2") CL("3") "\r\n" },
		{ "a length of ten digits",
		    BEGIN HOST CL("4294967298") "\r\n" },
		{ "chunked", GOOD "Transfer-Encoding: chunked\r\n\r\n" },
		{ "chunked without a length",
		    BEGIN HOST "Transfer-Encoding: chunked\r\n\r\n" },
		{ "identity", GOOD "transfer-encoding: identity\r\n\r\n" },
		{ "TE", GOOD "TE: trailers\r\n\r\n" },
		{ "a trailer", GOOD "Trailer: X\r\n\r\n" },
		{ "an upgrade", GOOD "Upgrade: h2c\r\n\r\n" },
		{ "an expectation", GOOD "Expect: 100-continue\r\n\r\n" },
		{ "a coded body", GOOD "Content-Encoding: gzip\r\n\r\n" },
		{ "another connection", GOOD "Connection: upgrade\r\n\r\n" },
		{ "two connections",
		    GOOD "Connection: close\r\nConnection: close\r\n\r\n" },
		{ "two wire versions", GOOD WIRE "\r\n" },
		{ "a space before the colon",
		    BEGIN HOST "Content-Length : 2\r\n\r\n" },
		{ "a folded line", GOOD "X: a\r\n b\r\n\r\n" },
		{ "a folded first line", BEGIN " Host: s\r\n\r\n" },
		{ "no colon", GOOD "X\r\n\r\n" },
		{ "no name", GOOD ": a\r\n\r\n" },
		{ "a name with a space", GOOD "X Y: a\r\n\r\n" },
		{ "a control character", GOOD "X: a\001b\r\n\r\n" },
		{ "a DEL", GOOD "X: a\177b\r\n\r\n" },
		{ "foreign characters", GOOD "X: \xe3\x81\x82\r\n\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(parse(tc[i].text), SY_ERR_HTTP);
		assert_int_equal(used, 4711);
	}
}

static void
a_nul_byte_is_refused(void **state)
{
	static const char text[] = BEGIN "Host: s\0t\r\n" CL("0") "\r\n";

	(void)state;
	assert_int_equal(parse_n(text, sizeof(text) - 1), SY_ERR_HTTP);
}

static void
bodies_have_a_limit(void **state)
{
	char text[256];

	(void)state;
	(void)snprintf(text, sizeof(text),
	    BEGIN HOST "Content-Length: %d\r\n\r\n", SY_MESSAGE_SIZE_MAX);
	assert_int_equal(parse(text), SY_OK);
	assert_int_equal(head.length, SY_MESSAGE_SIZE_MAX);
	(void)snprintf(text, sizeof(text),
	    BEGIN HOST "Content-Length: %d\r\n\r\n", SY_MESSAGE_SIZE_MAX + 1);
	assert_int_equal(parse(text), SY_ERR_LIMIT);
}

/* GOOD has three lines behind the first. */
static void
lines_have_a_limit(void **state)
{
	char text[2048] = GOOD;

	(void)state;
	for (int i = 3; i < HTTP_LINES_MAX; i++)
		(void)strncat(text, "X: y\r\n", 7);
	(void)strncat(text, "\r\n", 3);
	assert_int_equal(parse(text), SY_OK);
	text[strlen(text) - 2] = '\0';
	(void)strncat(text, "X: y\r\n\r\n", 9);
	assert_int_equal(parse(text), SY_ERR_LIMIT);
}

/* A head of ${len} bytes in all. */
static enum sy_err
parse_long(size_t len)
{
	static char text[2 * HTTP_HEAD_MAX];
	size_t at;

	(void)snprintf(text, sizeof(text), GOOD "X: ");
	at = strlen(text);
	memset(text + at, 'a', len - at - 4);
	memcpy(text + len - 4, "\r\n\r\n", 4);
	return parse_n(text, len);
}

static void
heads_have_a_limit(void **state)
{
	static char endless[2 * HTTP_HEAD_MAX];

	(void)state;
	assert_int_equal(parse_long(HTTP_HEAD_MAX), SY_OK);
	assert_int_equal(used, HTTP_HEAD_MAX);
	assert_int_equal(parse_long(HTTP_HEAD_MAX + 1), SY_ERR_LIMIT);
	memset(endless, 'a', sizeof(endless));
	assert_int_equal(parse_n(endless, HTTP_HEAD_MAX - 1), SY_ERR_NOT_FOUND);
	assert_int_equal(parse_n(endless, sizeof(endless)), SY_ERR_LIMIT);
}

static void
paths_have_a_limit(void **state)
{
	char path[HTTP_PATH_SIZE + 1], text[512];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[HTTP_PATH_SIZE - 1] = '\0';
	(void)snprintf(text, sizeof(text),
	    "POST %s HTTP/1.1\r\n" HOST CL("0") "\r\n", path);
	assert_int_equal(parse(text), SY_OK);
	assert_string_equal(head.path, path);
	path[HTTP_PATH_SIZE - 1] = 'a';
	path[HTTP_PATH_SIZE] = '\0';
	(void)snprintf(text, sizeof(text),
	    "POST %s HTTP/1.1\r\n" HOST CL("0") "\r\n", path);
	assert_int_equal(parse(text), SY_ERR_HTTP);
}

static void
a_wire_version_that_is_none_is_told_as_none(void **state)
{
	static const char *const texts[] = {
		BEGIN HOST CL("0") "\r\n",
		BEGIN HOST CL("0") "Sanyoso-Wire:\r\n\r\n",
		BEGIN HOST CL("0") "Sanyoso-Wire: one\r\n\r\n",
		BEGIN HOST CL("0") "Sanyoso-Wire: 1, 1\r\n\r\n",
		BEGIN HOST CL("0") "Sanyoso-Wire: 99999\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(texts); i++) {
		assert_int_equal(parse(texts[i]), SY_OK);
		assert_int_equal(head.wire, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_head_is_taken),
		cmocka_unit_test(fields_are_known_in_any_case_and_order),
		cmocka_unit_test(every_beginning_of_a_head_is_not_whole_yet),
		cmocka_unit_test(unclean_heads_are_refused),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(bodies_have_a_limit),
		cmocka_unit_test(lines_have_a_limit),
		cmocka_unit_test(heads_have_a_limit),
		cmocka_unit_test(paths_have_a_limit),
		cmocka_unit_test(a_wire_version_that_is_none_is_told_as_none),
	};

	return cmocka_run_group_tests_name("http_request", tests, NULL, NULL);
}
