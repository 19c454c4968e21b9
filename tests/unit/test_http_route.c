/* SPDX-License-Identifier: Apache-2.0 */
/* server/http/route.c: a route exists on one listener only. */
#include "tests/support/unit.h"

#include "server/http/route.h"

static void
each_route_is_on_one_listener_only(void **state)
{
	const struct route *r;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; (r = route_at(i)) != NULL; i++, count++)
		for (int k = 0; k < LISTENER_COUNT; k++) {
			const enum listener_kind kind = (enum listener_kind)k;

			if (kind == r->kind)
				assert_ptr_equal(route_find(kind, r->path), r);
			else
				assert_null(route_find(kind, r->path));
		}
	assert_true(count > 20);
}

static void
operators_routes_are_reached_by_the_local_socket_alone(void **state)
{
	const struct route *r;

	(void)state;
	for (size_t i = 0; (r = route_at(i)) != NULL; i++) {
		const bool admin = strncmp(r->path, "/v1/admin/", 10) == 0;

		assert_int_equal(admin, r->kind == LISTENER_ADMIN);
		assert_non_null(r->request);
		assert_non_null(r->reply);
		assert_non_null(r->handle);
	}
}

static void
what_is_not_listed_is_not_found(void **state)
{
	static const char *const paths[] = { "", "/", "/v1", "/v1/",
		"/v1/auth/", "/v1/authx", "/v1/auth/allow", "/V1/auth",
		"/v1/admin", "/v1/admin/user" };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(paths); i++)
		for (int k = 0; k < LISTENER_COUNT; k++)
			assert_null(route_find((enum listener_kind)k,
			    paths[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_route_is_on_one_listener_only),
		cmocka_unit_test(
		    operators_routes_are_reached_by_the_local_socket_alone),
		cmocka_unit_test(what_is_not_listed_is_not_found),
	};

	return cmocka_run_group_tests_name("http_route", tests, NULL, NULL);
}
