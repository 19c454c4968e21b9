/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "agent/accounts.h"

struct world {
	struct event_base *base;
	struct accounts *accounts;
	struct accounts_query *query;
	unsigned int answers;
	enum talk_account found;
	uid_t uid;
};

static void
on_done(void *owner, enum talk_account found, uid_t uid)
{
	struct world *w = owner;

	w->query = NULL;
	w->answers++;
	w->found = found;
	w->uid = uid;
	(void)event_base_loopbreak(w->base);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->base = event_base_new();
	assert_int_equal(accounts_new(w->base, &w->accounts), SY_OK);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	accounts_cancel(&w->query);
	accounts_free(&w->accounts);
	event_base_free(w->base);
	/* Its thread tidies up by itself. */
	usleep(50000);
	free(w);
	return 0;
}

static void
accounts_are_there_or_are_not(void **state)
{
	static const struct {
		const char *name;
		enum talk_account found;
		uid_t uid;
	} tc[] = {
		{ "root", TALK_ACCOUNT_THERE, 0 },
		{ "daemon", TALK_ACCOUNT_THERE, 1 },
		{ "no-such-account", TALK_ACCOUNT_MISSING, 0 },
		{ "", TALK_ACCOUNT_MISSING, 0 },
		{ "root:x", TALK_ACCOUNT_MISSING, 0 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  \"%s\"\n", tc[i].name);
		assert_int_equal(accounts_ask(w->accounts, tc[i].name, on_done,
				     w, &w->query),
		    SY_OK);
		(void)event_base_dispatch(w->base);
		assert_int_equal(w->answers, i + 1);
		assert_int_equal(w->found, tc[i].found);
		assert_int_equal(w->uid, tc[i].uid);
	}
}

static void
who_does_not_wait_any_more_is_not_told(void **state)
{
	const struct timeval a_while = { .tv_usec = 100000 };
	struct world *w = *state;

	assert_int_equal(accounts_ask(w->accounts, "root", on_done, w,
			     &w->query),
	    SY_OK);
	accounts_cancel(&w->query);
	assert_null(w->query);
	(void)event_base_loopexit(w->base, &a_while);
	(void)event_base_dispatch(w->base);
	assert_int_equal(w->answers, 0);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(accounts_are_there_or_are_not),
		CASE(who_does_not_wait_any_more_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
