/* SPDX-License-Identifier: Apache-2.0 */
/* server/auth/attempt.c, guise.c, rehash.c over a real ledger: a try costs the
 * same whoever's it is and whenever their hash was made (CRED-1). Work is
 * counted, in KiB times passes; no clock is looked at. */
#include "tests/support/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/hashing.h"
#include "server/hasher/pool.h"
#include "server/identity/standing.h"
#include "tests/support/office.h"

#define PASSWORD "Kitsune-no-yomeiri-9"
#define NOW      (3 * SY_HASH_MEMORY_MIN)

static const char policy_text[] =
    "[policy]\nname = even\n"
    "[rule alone]\nzone = internet\npurpose = login\nkind = staff\n"
    "require = 1\nallow = password\n"
    "[password all]\nkind = all\nmax_age = 90d\ntemporary = 7d\n"
    "dictionary = no\n";

struct scene {
	struct office office;
	struct terminal_row kiosk;
	struct desk desk;
	struct password_row password; /* suzuki's */
	struct sy_auth_step step;
};

/* --- what is asked of the hashers --- */

static struct {
	pthread_mutex_t mutex;
	uint64_t work;
} made = { .mutex = PTHREAD_MUTEX_INITIALIZER };

enum sy_err __real_pool_hash(struct pool *pool,
    const struct sy_secret *password, const struct sy_hash_params *params,
    const uint8_t salt[SY_HASH_SALT_SIZE],
    uint8_t ret_hash[SY_HASH_OUTPUT_SIZE]);
enum sy_err __wrap_pool_hash(struct pool *pool,
    const struct sy_secret *password, const struct sy_hash_params *params,
    const uint8_t salt[SY_HASH_SALT_SIZE],
    uint8_t ret_hash[SY_HASH_OUTPUT_SIZE]);

enum sy_err
__wrap_pool_hash(struct pool *pool, const struct sy_secret *password,
    const struct sy_hash_params *params, const uint8_t salt[SY_HASH_SALT_SIZE],
    uint8_t ret_hash[SY_HASH_OUTPUT_SIZE])
{
	(void)pthread_mutex_lock(&made.mutex);
	made.work += (uint64_t)params->memory * params->passes;
	(void)pthread_mutex_unlock(&made.mutex);
	return __real_pool_hash(pool, password, params, salt, ret_hash);
}

static uint64_t
take_work(void)
{
	uint64_t work;

	(void)pthread_mutex_lock(&made.mutex);
	work = made.work;
	made.work = 0;
	(void)pthread_mutex_unlock(&made.mutex);
	return work;
}

/* --- */

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct office *o;

	assert_non_null(s);
	o = &s->office;
	office_open(o);
	office_policy(o, policy_text);
	office_terminal(o, "kiosk-9", SY_ZONE_INTERNET, &s->kiosk);
	office_password(o, office_person(o, "suzuki", SY_KIND_STAFF), PASSWORD,
	    PASSWORD_ACTIVE, &s->password);
	(void)office_person(o, "tanaka", SY_KIND_STAFF); /* has none */
	desk_open(o, LISTENER_TERMINALS, &s->kiosk, &s->desk);
	(void)take_work();
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	office_close(&s->office);
	free(s);
	return 0;
}

static void
begin(struct scene *s, const char *user)
{
	struct sy_auth_begin in = { .service = "login", .lang = "en" };

	(void)snprintf(in.user, sizeof(in.user), "%s", user);
	(void)snprintf(in.purpose, sizeof(in.purpose), "login");
	memset(&s->step, 0, sizeof(s->step));
	assert_int_equal(desk_call(&s->desk, "/v1/auth", &sy_message_auth_begin,
			     &in, &sy_message_auth_step, &s->step),
	    200);
}

static void
type(struct scene *s, const char *text)
{
	struct sy_auth_password in = { .password_len = (uint16_t)strlen(text) };

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, text, in.password_len);
	assert_int_equal(desk_call(&s->desk, "/v1/auth/password",
			     &sy_message_auth_password, &in,
			     &sy_message_auth_step, &s->step),
	    200);
}

/* The work of one wrong password. */
static uint64_t
wrong(struct scene *s, const char *user, const char *text)
{
	begin(s, user);
	type(s, text);
	assert_true(s->step.wrong);
	return take_work();
}

/* A right one, and all that follows it. */
static uint64_t
right(struct scene *s)
{
	begin(s, "suzuki");
	type(s, PASSWORD);
	assert_string_equal(s->step.verdict, "allow");
	while (hashing_taken(s->office.server.hashing) > 0 ||
	    s->office.server.jobs > 0)
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
	return take_work();
}

static void
stored(struct scene *s, int64_t memory)
{
	struct password_row row;

	assert_int_equal(
	    standing_password_row(ledger_reader(s->office.place.ledger),
		s->password.owner, &row),
	    SY_OK);
	assert_int_equal(row.memory, memory);
}

static void
a_cheaper_hash_costs_what_an_unknown_name_costs(void **state)
{
	struct scene *s = *state;

	office_hashing(&s->office, NOW, 8);
	stored(s, SY_HASH_MEMORY_MIN);
	assert_int_equal(wrong(s, "nobody", "wrong"), NOW);
	assert_int_equal(wrong(s, "tanaka", "wrong"), NOW);
	assert_int_equal(wrong(s, "suzuki", "wrong"), NOW);
	assert_int_equal(wrong(s, "suzuki", "\xff"), NOW);
	/* What is hashed anew is on top: the answer has told already. */
	assert_int_equal(right(s), NOW + NOW);
	stored(s, NOW);
	assert_int_equal(right(s), NOW);
	assert_int_equal(wrong(s, "suzuki", "wrong"), NOW);
}

/* All people cost more, so all names do, until they have logged in. */
static void
a_dearer_hash_costs_what_an_unknown_name_costs(void **state)
{
	struct scene *s = *state;

	office_hashing(&s->office, NOW, 8);
	(void)right(s);
	office_hashing(&s->office, SY_HASH_MEMORY_MIN, 8);
	stored(s, NOW);
	assert_int_equal(wrong(s, "nobody", "wrong"), NOW);
	assert_int_equal(wrong(s, "tanaka", "wrong"), NOW);
	assert_int_equal(wrong(s, "suzuki", "wrong"), NOW);
	assert_int_equal(right(s), NOW + SY_HASH_MEMORY_MIN);
	stored(s, SY_HASH_MEMORY_MIN);
	s->office.server.guises.counted_at -= GUISE_LIFE; /* it has passed */
	assert_int_equal(wrong(s, "suzuki", "wrong"), SY_HASH_MEMORY_MIN);
	assert_int_equal(wrong(s, "nobody", "wrong"), SY_HASH_MEMORY_MIN);
}

/* The top-up is part of its try: who has an old hash stands in line once. */
static void
both_hashes_are_one_turn(void **state)
{
	struct scene *s = *state;

	office_hashing(&s->office, NOW, 1);
	assert_int_equal(wrong(s, "suzuki", "wrong"), NOW);
	assert_int_equal(hashing_taken(s->office.server.hashing), 0);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_cheaper_hash_costs_what_an_unknown_name_costs),
		CASE(a_dearer_hash_costs_what_an_unknown_name_costs),
		CASE(both_hashes_are_one_turn),
	};

	return cmocka_run_group_tests_name("server_even", tests, NULL, NULL);
}
