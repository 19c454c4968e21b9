/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands where sanyoso-hasher would, and fails in the way that the name says by
 * which it was started (a link to it): it gets no other word from the pool.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "server/hasher/protocol.h"

static uint8_t in[HASHER_FRAME_MAX];
static uint8_t hash[SY_HASH_OUTPUT_SIZE];

static const char *
path(void)
{
	return (const char *)getauxval(AT_EXECFN);
}

static const char *
mode(void)
{
	const char *name = path();
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

static bool
is(const char *name)
{
	return strcmp(mode(), name) == 0;
}

static void
say(const void *bytes, size_t len)
{
	if (sy_frame_send(HASHER_FD, bytes, len, NULL) != SY_OK)
		exit(1);
}

static void
say_ready(void)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct hasher_ready ready = { .kept = !is("slow") };

	if (is("sorry"))
		ready = (struct hasher_ready){ .code = SY_ERR_PERM,
			.text = "no sandbox here" };
	if (sy_buf_new(HASHER_FRAME_MAX, &out) != SY_OK ||
	    hasher_put_ready(out, &ready) != SY_OK)
		exit(1);
	say(sy_buf_data(out), sy_buf_len(out));
}

/* An answer of zeros, and what is wrong with it. */
static void
answer(void)
{
	uint8_t out[HASHER_HASHED_SIZE + 1] = { 0 };
	size_t len = HASHER_HASHED_SIZE;

	hasher_put_hashed(out, is("refuses") ? SY_ERR_NOMEM : SY_OK, hash);
	if (is("version"))
		out[4]++;
	else if (is("type"))
		out[5] = HASHER_READY;
	else if (is("long"))
		out[3]++, len++;
	else if (is("short"))
		out[3]--, len--;
	else if (is("cut"))
		len--;
	say(out, len);
	if (is("twice"))
		say(out, len);
}

int
main(void)
{
	struct sy_frame frame;

	/* Only one can take its name away. */
	if (is("ends") || (is("once") && unlink(path()) != 0))
		return 0;
	while (is("mute"))
		(void)pause();
	if (is("nonsense"))
		say("\0\0\0\7\1\1what?", 11);
	say_ready();
	while (sy_frame_receive(HASHER_FD, in, sizeof(in), NULL, &frame) ==
	    SY_OK) {
		if (is("dies"))
			return 0;
		if (is("hangs"))
			continue;
		answer();
		if (is("cut"))
			return 0;
	}
	return 0;
}
