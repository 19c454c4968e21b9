/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/torture.h"

#include "tests/support/unit.h"

#include <stdlib.h>

#include "server/auth/hashing.h"
#include "server/crew.h"
#include "tests/support/faults.h"

/* Let what is under way come to its end. */
static void
drain(struct server *server)
{
	while (server->jobs > 0 || hashing_taken(server->hashing) > 0 ||
	    crew_taken(server->rules) > 0)
		(void)event_base_loop(server->base, EVLOOP_ONCE);
}

bool
torture_answer(struct office *office, struct desk *desk, unsigned int n,
    const char *good)
{
	unsigned int status;
	bool failed;

	faults_arm(n);
	status = desk_answer(desk);
	failed = faults_disarm();
	drain(&office->server);
	/* 0: closed without an answer, for which there was no memory. */
	assert_true(status == 200 || status == 503 || status == 500 ||
	    (status == 0 && failed));
	if (!failed && strstr(desk->text, good) == NULL)
		fail_msg("%s", desk->text);
	return failed;
}

/* Whether the ${n}-th allocation was there to fail. */
static bool
run_one(const struct torture_stage *stage, const struct torture_handler *h,
    unsigned int n)
{
	struct scene *s = calloc(1, stage->size);
	struct office *office;
	bool failed;

	assert_non_null(s);
	stage->open(s);
	h->ask(s);
	office = stage->office(s);
	failed = torture_answer(office, stage->asked(s), n, h->good);
	h->check(s);
	assert_int_equal(place_verify(&office->place, NULL, 0), 0);
	stage->close(s);
	free(s);
	return failed;
}

void
torture_handlers(const struct torture_stage *stage,
    const struct torture_handler *handlers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned int n = 0;

		while (run_one(stage, &handlers[i], ++n))
			continue;
		print_message("  %s: %u\n", handlers[i].name, n - 1);
		assert_true(n > 4);
	}
}
