/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "station.h"
#include "tell.h"

static void
ok_or(struct vc_answer *a, enum sy_err err, const char *what)
{
	if (err == SY_OK)
		vc_say(a, "ok\n");
	else
		vc_say(a, "error: %s\n", what);
}

static void
do_insert(struct vk_station *st, const char *rest, struct vc_answer *a)
{
	(void)rest;
	ok_or(a, vk_station_insert(st), "cannot be plugged in");
}

static void
do_remove(struct vk_station *st, const char *rest, struct vc_answer *a)
{
	(void)rest;
	vk_station_remove(st);
	vc_say(a, "ok\n");
}

static void
do_stats(struct vk_station *st, const char *rest, struct vc_answer *a)
{
	(void)rest;
	vk_tell_counts(st->scene.key, a);
	vc_say(a, "frames %lu\ninits %lu\ncancels %lu\nhid-errors %lu\nok\n",
	    st->hid.counts.frames, st->hid.counts.inits, st->hid.counts.cancels,
	    st->hid.counts.errors);
}

static void
do_status(struct vk_station *st, const char *rest, struct vc_answer *a)
{
	(void)rest;
	vc_say(a, "inserted %s\nopen %u\nwaits %s\nfaults %zu\nok\n",
	    st->port.master >= 0 ? "yes" : "no", st->port.openers,
	    st->awaited != NULL ? st->awaited : "no", st->scene.faults.n);
}

static void
do_quit(struct vk_station *st, const char *rest, struct vc_answer *a)
{
	(void)rest;
	st->quit = true;
	vc_say(a, "ok\n");
}

void
vk_station_command(void *ctx, const char *word, const char *rest,
    struct vc_answer *a)
{
	static const struct {
		const char *name;
		void (*run)(struct vk_station *, const char *,
		    struct vc_answer *);
	} known[] = {
		{ "insert", do_insert },
		{ "remove", do_remove },
		{ "stats", do_stats },
		{ "status", do_status },
		{ "quit", do_quit },
	};
	struct vk_station *st = ctx;

	for (size_t i = 0; i < SY_COUNT(known); i++) {
		if (strcmp(word, known[i].name) == 0) {
			known[i].run(st, rest, a);
			return;
		}
	}
	if (!vk_tell(&st->scene, word, rest, a))
		vc_say(a, "error: unknown command: %s\n", word);
	vk_port_expect(&st->port, vk_faults_shortest(&st->scene.faults));
}
