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

/* Whether the ${n}-th allocation was there to fail. */
static bool
run_one(const struct torture_stage *stage, const struct torture_handler *h,
    unsigned int n)
{
	struct scene *s = calloc(1, stage->size);
	struct office *office;
	struct desk *asked;
	unsigned int status;
	bool failed;

	assert_non_null(s);
	stage->open(s);
	h->ask(s);
	office = stage->office(s);
	asked = stage->asked(s);
	faults_arm(n);
	status = desk_answer(asked);
	failed = faults_disarm();
	drain(&office->server);
	/* 0: closed without an answer, for which there was no memory. */
	assert_true(status == 200 || status == 503 || status == 500 ||
	    (status == 0 && failed));
	if (!failed && strstr(asked->text, h->good) == NULL)
		fail_msg("%s", asked->text);
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
