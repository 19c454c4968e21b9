/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fido.h"
#include "station.h"
#include "tests/vkey/tell.h"
#include "words.h"

static void
do_insert(struct vc_station *st, const char *arg, struct vc_answer *a)
{
	char *end;
	unsigned long port;

	if (*arg != '\0') {
		port = strtoul(arg, &end, 10);
		if (*end != '\0' || port == 0 || port > UINT16_MAX) {
			vc_say(a, "error: not a port: %s\n", arg);
			return;
		}
		if (port != st->port)
			vc_slot_remove(st);
		st->port = (uint16_t)port;
	}
	vc_slot_insert(st);
	vc_say(a, "ok\n");
}

static void
do_remove(struct vc_station *st, const char *arg, struct vc_answer *a)
{
	(void)arg;
	vc_slot_remove(st);
	vc_say(a, "ok\n");
}

static void
do_fault(struct vc_station *st, const char *arg, struct vc_answer *a)
{
	struct vc_fault f;

	if (strcmp(arg, "none") == 0) {
		st->faults.n = 0;
		vc_say(a, "ok\n");
	} else if (vc_fault_parse(arg, &f) != SY_OK) {
		vc_say(a, "error: not a fault: %s\n", arg);
	} else if (vc_faults_add(&st->faults, &f) != SY_OK) {
		vc_say(a, "error: too many faults\n");
	} else {
		vc_say(a, "ok\n");
	}
}

static void
do_tries(struct vc_station *st, const char *arg, struct vc_answer *a)
{
	static const char *const names[2][VC_PINS_MAX] = { { "auth", "sign" },
		{ "pin", "puk" } };
	const bool none = st->card->type == VC_FIDO;

	(void)arg;
	for (size_t i = 0; !none && i < VC_PINS_MAX; i++)
		vc_say(a, "%s %u/%u\n", names[st->card->type][i],
		    st->card->pins[i].left, st->card->pins[i].max);
	vc_say(a, "ok\n");
}

static void
do_stats(struct vc_station *st, const char *arg, struct vc_answer *a)
{
	const struct vc_counts *c = &st->card->counts;

	(void)arg;
	vc_say(a, "apdus %lu\nverifies %lu\nchanges %lu\nsignatures %lu\n",
	    c->apdus, c->verifies, c->changes, c->signatures);
	vc_say(a, "strangers %lu\nbreaches %lu\npowerups %lu\n", c->strangers,
	    c->breaches, c->powerups);
	vc_say(a, "waits %lu\nwaited-us %lu\nengaged-us %lu\nok\n", c->waits,
	    c->waited_us, c->engaged_us);
}

static void
do_status(struct vc_station *st, const char *arg, struct vc_answer *a)
{
	(void)arg;
	vc_say(a, "inserted %s\nconnected %s\nseen %s\nfaults %zu\nok\n",
	    st->wanted ? "yes" : "no", st->fd >= 0 ? "yes" : "no",
	    st->seen ? "yes" : "no", st->faults.n);
}

/* key WORD ...: for the FIDO2 application. */
static void
do_key(struct vc_station *st, const char *arg, struct vc_answer *a)
{
	char copy[VC_LINE_MAX], *rest = copy;
	const char *word;

	if (st->card->fido == NULL || strlen(arg) >= sizeof(copy)) {
		vc_say(a, "error: there is no key\n");
		return;
	}
	memcpy(copy, arg, strlen(arg) + 1);
	word = vc_next_word(&rest);
	if (word != NULL && strcmp(word, "stats") == 0) {
		vk_tell_counts(st->card->fido->scene.key, a);
		vc_say(a, "ok\n");
	} else if (word == NULL ||
	    !vk_tell(&st->card->fido->scene, word, rest, a)) {
		vc_say(a, "error: unknown command: %s\n", arg);
	}
}

static void
do_quit(struct vc_station *st, const char *arg, struct vc_answer *a)
{
	(void)arg;
	st->quit = true;
	vc_say(a, "ok\n");
}

static void
run_line(void *ctx, const char *word, const char *rest, struct vc_answer *a)
{
	static const struct {
		const char *name;
		void (*run)(struct vc_station *, const char *,
		    struct vc_answer *);
	} known[] = {
		{ "insert", do_insert },
		{ "remove", do_remove },
		{ "fault", do_fault },
		{ "key", do_key },
		{ "tries", do_tries },
		{ "stats", do_stats },
		{ "status", do_status },
		{ "quit", do_quit },
	};

	for (size_t i = 0; i < SY_COUNT(known); i++) {
		if (strcmp(word, known[i].name) == 0) {
			known[i].run(ctx, rest, a);
			return;
		}
	}
	vc_say(a, "error: unknown command: %s\n", word);
}

void
vc_control_serve(struct vc_station *st)
{
	vc_wire_serve(st->control, run_line, st);
}

enum sy_err
vc_control_call(const char *line, FILE *out)
{
	enum sy_err err;

	if (strcmp(line, "wait") != 0)
		return vc_wire_call(line, out);
	if ((err = vc_wire_wait("seen yes")) != SY_OK)
		return err;
	return vc_wire_call("status", out);
}
