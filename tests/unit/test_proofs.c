/* SPDX-License-Identifier: Apache-2.0 */
/* server/auth/proofs.c: each signature is judged once and for itself, alone or
 * among many. */
#include "tests/support/unit.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/auth/proofs.h"
#include "server/gathering.h"
#include "tests/support/testca.h"

#define MANY  64
#define TURNS 3000000

struct one {
	struct proof_check check; /* the first member */
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t digest_len;
	uint8_t signature[SY_SIGNATURE_SIZE_MAX];
	size_t signature_len;
	pthread_t thread; /* that verified it */
	unsigned int verifications, calls;
};

struct scene {
	struct event_base *base;
	struct proofs *proofs;
	struct sy_key *key;
	struct event *work; /* something to do in every turn, so many times */
	unsigned int turns;
	int fd;
	struct one one[MANY];
};

static unsigned int done_count;
/* Where it is set, each verification waits until it is let. */
static bool gated;
static sem_t gate;
static atomic_uint verified;

static enum sy_err
verify(struct proof_check *check)
{
	struct one *one = (struct one *)check;

	if (gated) {
		(void)sem_wait(&gate);
		atomic_fetch_add(&verified, 1);
	}
	one->verifications++;
	one->thread = pthread_self();
	return sy_key_verify(check->key, one->digest, one->digest_len,
	    one->signature, one->signature_len);
}

static void
done(struct proof_check *check)
{
	struct one *one = (struct one *)check;

	one->calls++;
	done_count++;
}

static void
on_work(evutil_socket_t fd, short what, void *ctx)
{
	struct scene *s = ctx;

	(void)fd;
	(void)what;
	if (done_count > 0 || --s->turns == 0)
		(void)event_del(s->work);
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	EVP_PKEY *key = testca_key(TESTCA_P256);
	uint8_t *spki;
	size_t len;

	assert_non_null(s);
	spki = testca_spki(key, &len);
	assert_int_equal(sy_key_from_spki(spki, len, &s->key, NULL), SY_OK);
	free(spki);
	s->base = event_base_new();
	assert_non_null(s->base);
	assert_int_equal(event_base_priority_init(s->base,
			     GATHERING_PRIORITIES),
	    0);
	s->fd = eventfd(1, EFD_CLOEXEC);
	assert_true(s->fd >= 0);
	s->work = event_new(s->base, s->fd, EV_READ | EV_PERSIST, on_work, s);
	assert_non_null(s->work);
	assert_int_equal(proofs_new(s->base, &s->proofs), SY_OK);
	done_count = 0;
	gated = false;
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	/* A test that failed may have left the gate shut. */
	for (unsigned int i = 0; gated && i < MANY; i++)
		(void)sem_post(&gate);
	proofs_free(&s->proofs);
	assert_null(s->proofs);
	event_free(s->work);
	event_base_free(s->base);
	(void)close(s->fd);
	sy_key_free(&s->key);
	free(s);
	testca_free_keys();
	return 0;
}

/* Every third signature is over something else. */
static void
start_with(struct scene *s, unsigned int i, const struct sy_key *key,
    EVP_PKEY *signer)
{
	struct one *one = &s->one[i];

	one->check = (struct proof_check){ .key = key,
		.verify = verify,
		.done = done,
		.result = SY_ERR_INTERNAL };
	one->digest_len = sy_hash_size(SY_HASH_SHA256);
	memset(one->digest, (int)i, one->digest_len);
	one->signature_len =
	    testca_sign(signer, one->digest, one->digest_len, one->signature);
	if (i % 3 == 2)
		one->digest[0] ^= 1;
	proofs_start(s->proofs, &one->check);
}

static void
start(struct scene *s, unsigned int i)
{
	start_with(s, i, s->key, testca_key(TESTCA_P256));
}

static enum sy_err
expected(unsigned int i)
{
	return i % 3 == 2 ? SY_ERR_SIGNATURE : SY_OK;
}

static void
those_that_come_one_by_one_are_judged(void **state)
{
	struct scene *s = *state;
	unsigned int own = 0;

	for (unsigned int i = 0; i < MANY; i++) {
		start(s, i);
		assert_int_equal(proofs_taken(s->proofs), 1);
		assert_int_equal(done_count, i);
		while (done_count == i)
			(void)event_base_loop(s->base, EVLOOP_ONCE);
		assert_int_equal(done_count, i + 1);
		assert_int_equal(s->one[i].check.result, expected(i));
		assert_int_equal(proofs_taken(s->proofs), 0);
		if (pthread_equal(s->one[i].thread, pthread_self()))
			own++;
	}
	/* By the loop, but where this was held up for a millisecond. */
	assert_true(own > 0);
}

static void
many_are_judged_each_for_itself_and_once(void **state)
{
	struct scene *s = *state;

	for (unsigned int i = 0; i < MANY; i++)
		start(s, i);
	assert_int_equal(proofs_taken(s->proofs), MANY);
	assert_int_equal(done_count, 0);
	while (done_count < MANY)
		(void)event_base_loop(s->base, EVLOOP_ONCE);
	for (unsigned int i = 0; i < MANY; i++) {
		assert_int_equal(s->one[i].check.result, expected(i));
		assert_int_equal(s->one[i].verifications, 1);
		assert_false(pthread_equal(s->one[i].thread, pthread_self()));
		assert_int_equal(s->one[i].calls, 1);
	}
	assert_int_equal(proofs_taken(s->proofs), 0);
}

/* Let one more be verified; then a hundredth of a second for whatever comes of
 * it, more where ${count} of them are to be told. */
static void
let_one(struct scene *s, unsigned int count)
{
	const unsigned int before = atomic_load(&verified);

	assert_int_equal(sem_post(&gate), 0);
	for (int i = 0; i < 10 ||
	     (i < 10000 &&
		 (atomic_load(&verified) == before || done_count < count));
	     i++) {
		(void)usleep(1000);
		(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(atomic_load(&verified), before + 1);
	assert_int_equal(done_count, count);
}

static void
while_more_wait_the_loop_is_told_of_several(void **state)
{
	struct scene *s = *state;

	assert_int_equal(sem_init(&gate, 0, 0), 0);
	atomic_store(&verified, 0);
	gated = true;
	for (unsigned int i = 0; i < PROOFS_TOGETHER + 2; i++)
		start(s, i);
	for (unsigned int i = 1; i < PROOFS_TOGETHER; i++)
		let_one(s, 0);
	let_one(s, PROOFS_TOGETHER);
	/* The next one has another behind it, the last one has not. */
	let_one(s, PROOFS_TOGETHER);
	let_one(s, PROOFS_TOGETHER + 2);
	gated = false;
}

static void
rsa_is_judged_at_once(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *key = testca_key(TESTCA_RSA2048);
	struct sy_key *rsa = NULL;
	uint8_t *spki;
	size_t len;

	spki = testca_spki(key, &len);
	assert_int_equal(sy_key_from_spki(spki, len, &rsa, NULL), SY_OK);
	free(spki);
	for (unsigned int i = 0; i < 3; i++) {
		start_with(s, i, rsa, key);
		assert_int_equal(done_count, i + 1);
		assert_int_equal(s->one[i].check.result, expected(i));
		assert_int_equal(proofs_taken(s->proofs), 0);
	}
	sy_key_free(&rsa);
}

static void
one_alone_does_not_wait_for_a_loop_that_is_never_idle(void **state)
{
	struct scene *s = *state;

	s->turns = TURNS;
	assert_int_equal(event_add(s->work, NULL), 0);
	start(s, 0);
	(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
	assert_int_equal(done_count, 1);
	assert_int_equal(s->one[0].check.result, SY_OK);
	/* It did not wait for the last of the turns. */
	assert_true(s->turns > 0);
}

static void
what_is_left_at_the_end_is_told_and_never_right(void **state)
{
	struct scene *s = *state;

	for (unsigned int i = 0; i < MANY - 1; i++)
		start(s, i);
	proofs_close(s->proofs);
	assert_int_equal(done_count, MANY - 1);
	start(s, MANY - 1);
	assert_int_equal(done_count, MANY);
	for (unsigned int i = 0; i < MANY; i++) {
		assert_int_equal(s->one[i].check.result, SY_ERR_CLOSED);
		assert_int_equal(s->one[i].calls, 1);
	}
	assert_int_equal(proofs_taken(s->proofs), 0);
}

static void
one_that_waits_alone_at_the_end_is_told_too(void **state)
{
	struct scene *s = *state;

	start(s, 0);
	proofs_close(s->proofs);
	assert_int_equal(done_count, 1);
	assert_int_equal(s->one[0].check.result, SY_ERR_CLOSED);
	(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
	assert_int_equal(s->one[0].calls, 1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(those_that_come_one_by_one_are_judged),
		CASE(many_are_judged_each_for_itself_and_once),
		CASE(while_more_wait_the_loop_is_told_of_several),
		CASE(rsa_is_judged_at_once),
		CASE(one_alone_does_not_wait_for_a_loop_that_is_never_idle),
		CASE(what_is_left_at_the_end_is_told_and_never_right),
		CASE(one_that_waits_alone_at_the_end_is_told_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
