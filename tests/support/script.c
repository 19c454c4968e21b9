/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>

#include <sanyoso/text.h>

#include "tests/support/script.h"
#include "tests/support/unit.h"

#define BYTES_MAX 1024

/* Whether the text stands at the end of one side of a step. */
static bool
is_end(const char *at)
{
	return *at == '\0' || *at == '>' || *at == '/';
}

static size_t
take_number(const char **at)
{
	char *end;
	const size_t n = strtoul(*at, &end, 10);

	assert_ptr_not_equal(end, *at);
	*at = end;
	return n;
}

/* One byte of hex, perhaps repeated. */
static size_t
take_bytes(const char **at, uint8_t *out)
{
	size_t n = 1;

	assert_int_equal(
	    sy_text_unhex((const char[]){ (*at)[0], (*at)[1], '\0' }, out, 1),
	    SY_OK);
	*at += 2;
	if (**at == '*') {
		++*at;
		n = take_number(at);
		assert_true(n <= BYTES_MAX);
		memset(out, out[0], n);
	}
	return n;
}

static size_t
take_side(const char **at, uint8_t *out)
{
	size_t len = 0;

	while (!is_end(*at)) {
		if (isspace((unsigned char)**at)) {
			++*at;
			continue;
		}
		assert_true(len < BYTES_MAX);
		len += take_bytes(at, out + len);
	}
	return len;
}

static void
skip_spaces(const char **at)
{
	while (isspace((unsigned char)**at))
		++*at;
}

static void
check_command(struct script *script, const uint8_t *command, size_t len)
{
	static uint8_t want[2 * BYTES_MAX];
	size_t want_len;

	skip_spaces(&script->at);
	if (*script->at == '?') {
		script->at++;
		skip_spaces(&script->at);
		return;
	}
	if (is_end(script->at))
		fail_msg("the script ends before command %02X %02X", command[0],
		    command[1]);
	want_len = take_side(&script->at, want);
	assert_int_equal(len, want_len);
	assert_memory_equal(command, want, len);
}

/* The reply to the present step; the script moves on to the next. */
static enum sy_err
take_reply(struct script *script, uint8_t *reply, size_t cap, size_t *ret_len)
{
	static uint8_t bytes[2 * BYTES_MAX];
	const char *at, *mine;
	size_t len = 0;

	assert_int_equal(*script->at, '>');
	script->at++;
	skip_spaces(&script->at);
	mine = script->at;
	while (!is_end(script->at))
		script->at++;
	if (*script->at == '/')
		script->at++;
	at = script->steps == script->break_at ? script->break_reply : mine;
	if (*at == '!')
		return SY_ERR_CARD_GONE;
	if (*at != '-')
		len = take_side(&at, bytes);
	/* As pcscd would say. */
	if (len > cap)
		return SY_ERR_CARD;
	memcpy(reply, bytes, len);
	*ret_len = len;
	return SY_OK;
}

static enum sy_err
transmit(void *arg, const uint8_t *command, size_t len, uint8_t *reply,
    size_t cap, size_t *ret_len)
{
	struct script *script = arg;

	script->steps++;
	if (script->break_at != 0 && script->steps > script->break_at) {
		/* VERIFY with data. */
		assert_false(len > 5 && command[1] == 0x20);
		return SY_ERR_CARD_GONE;
	}
	check_command(script, command, len);
	return take_reply(script, reply, cap, ret_len);
}

void
script_start(struct script *script, const char *text, bool t0)
{
	memset(script, 0, sizeof(*script));
	script->io.transmit = transmit;
	script->io.arg = script;
	script->io.t0 = t0;
	script->at = text;
}

void
script_end(const struct script *script)
{
	const char *at = script->at;

	if (script->break_at != 0)
		return;
	skip_spaces(&at);
	assert_string_equal(at, "");
}
