/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is answered is on the disk, and what is on the disk is whole: at a power
 * failure at any sync, and at kill -9 at any moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/drop_vfs.h"
#include "tests/support/ledgers.h"

/* One decision: a record and now and then a row. */
struct decision {
	unsigned int number;
	uint64_t seq;
	struct load *load;
};

#define IN_FLIGHT 16
struct load {
	struct place *place;
	struct decision decisions[IN_FLIGHT];
	unsigned int next;
	unsigned int until; /* decisions in all */
	unsigned int flying;
	/* The highest sequence that was answered. */
	_Atomic uint64_t answered;
	int out; /* answered sequences are written here; -1: nowhere */
};

static enum sy_err
run_decision(struct ledger_tx *tx, void *ctx)
{
	struct decision *d = ctx;
	struct id_row id;
	enum sy_err err;
	const struct sy_audit_record record = { .actor = "test",
		.terminal = "",
		.subject = "",
		.action = "test.decision",
		.outcome = SY_OUTCOME_ALLOW,
		.reason = "" };

	if ((err = ledger_audit(tx, &record, &d->seq)) != SY_OK ||
	    d->number % 4 != 0)
		return err;
	sample_id(&id, "");
	(void)snprintf(id.login, sizeof(id.login), "user%u", d->number);
	(void)snprintf(id.staff, sizeof(id.staff), "s%u", d->number);
	return row_insert(tx, &row_type_id, &id);
}

static void decision_done(void *ctx, enum sy_err result);

static void
submit_next(struct load *load, struct decision *d)
{
	d->load = load;
	d->number = load->next++;
	if (ledger_submit(load->place->ledger, run_decision, decision_done,
		d) != SY_OK)
		abort();
	load->flying++;
}

static void
decision_done(void *ctx, enum sy_err result)
{
	struct decision *d = ctx;
	struct load *load = d->load;

	if (result != SY_OK)
		abort();
	load->flying--;
	if (d->seq > load->answered)
		load->answered = d->seq;
	if (load->out >= 0 &&
	    write(load->out, &d->seq, sizeof(d->seq)) != sizeof(d->seq))
		abort();
	if (load->next < load->until)
		submit_next(load, d);
}

static void
run_load(struct load *load)
{
	for (unsigned int i = 0; i < IN_FLIGHT && load->next < load->until; i++)
		submit_next(load, &load->decisions[i]);
	while (load->flying > 0)
		place_dispatch(load->place);
}

/* --- power failure --- */

#define CRASHES_MAX 48
struct crashes {
	struct load *load;
	uint64_t answered[CRASHES_MAX]; /* before the n-th copy was made */
	unsigned int count;
	unsigned int syncs;
};

static void
copy_name(const struct place *place, unsigned int i, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/crash%u.db", place->dir, i);
}

static void
state_name(const struct place *place, unsigned int i, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/crash%u.state", place->dir, i);
}

/* On the ledger thread, before a sync has had its effect. */
static void
power_fails(void *ctx)
{
	struct crashes *c = ctx;
	const struct place *place = c->load->place;
	char name[160];

	c->syncs++;
	if (c->count == CRASHES_MAX)
		return;
	/* First what was answered, then what would be left: an answer between
	 * the two is not held against it. */
	c->answered[c->count] = c->load->answered;
	copy_name(place, c->count, name, sizeof(name));
	drop_vfs_crash(place->database, name, c->count % 3);
	/* The keeper's file is not flushed: here it is as new as can be. */
	state_name(place, c->count, name, sizeof(name));
	place_copy_state(place, name);
	c->count++;
}

/* The copy is sound and holds all that was answered before it was made. */
static void
check_copy(struct place *place, unsigned int i, uint64_t answered)
{
	uint8_t bytes[SY_HEAD_SIZE], signature[SY_ED25519_SIG_SIZE];
	struct sy_head head;
	struct place copy;
	char first[256];

	state_name(place, i, first, sizeof(first));
	place_put_state(place, first);
	copy = *place;
	copy_name(place, i, copy.database, sizeof(copy.database));
	copy.ledger = NULL;
	place_open(&copy);
	ledger_head(copy.ledger, bytes, signature);
	assert_int_equal(sy_head_decode(bytes, sizeof(bytes), &head), SY_OK);
	if (head.size < answered)
		fail_msg("copy %u ends at %llu, %llu was answered", i,
		    (unsigned long long)head.size,
		    (unsigned long long)answered);
	if (place_verify(&copy, first, sizeof(first)) != 0)
		fail_msg("copy %u: %s", i, first);
	place_close(&copy);
}

static void
a_power_failure_at_any_sync_loses_nothing_that_was_answered(void **state)
{
	static struct load load;
	static struct crashes crashes;
	struct place place;

	(void)state;
	drop_vfs_install();
	place_make(&place);
	place_open(&place);
	load = (struct load){ .place = &place, .until = 900, .out = -1 };
	crashes = (struct crashes){ .load = &load };
	drop_vfs_on_sync(power_fails, &crashes);
	run_load(&load);
	drop_vfs_on_sync(NULL, NULL);
	place_close(&place);
	/* One sync for each group at least. */
	assert_true(crashes.syncs >= load.until / IN_FLIGHT);
	assert_true(crashes.count > 20);
	for (unsigned int i = 0; i < crashes.count; i++)
		check_copy(&place, i, crashes.answered[i]);
	place_remove(&place);
	drop_vfs_remove();
}

/* --- kill -9 --- */

static _Noreturn void
server_process(const char *dir, int out)
{
	static struct load load;
	struct place place = { 0 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	place_find(&place, dir);
	place_open(&place);
	load = (struct load){ .place = &place,
		.next = (unsigned int)time(NULL) % 100000 * 10000 + 1,
		.until = UINT32_MAX,
		.out = out };
	run_load(&load);
	_exit(1);
}

/* Kill it ${ms} milliseconds after its first answer; the highest sequence that
 * it answered. */
static uint64_t
kill_under_load(struct place *place, long ms)
{
	const struct timespec wait = { .tv_nsec = ms * 1000000 };
	uint64_t seq, highest = 0;
	struct pollfd ready;
	int out[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(out[0]);
		server_process(place->dir, out[1]);
	}
	(void)close(out[1]);
	ready = (struct pollfd){ .fd = out[0], .events = POLLIN };
	assert_int_equal(poll(&ready, 1, 60000), 1);
	(void)nanosleep(&wait, NULL);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while ((n = read(out[0], &seq, sizeof(seq))) == sizeof(seq)) {
		if (seq > highest)
			highest = seq;
	}
	assert_int_equal(n, 0);
	(void)close(out[0]);
	return highest;
}

static void
kill_9_at_any_moment_loses_nothing_that_was_answered(void **state)
{
	uint8_t bytes[SY_HEAD_SIZE], signature[SY_ED25519_SIG_SIZE];
	char first[256];
	struct place place;
	struct sy_head head;
	uint64_t answered;

	(void)state;
	place_make(&place);
	place_stop_keeper(&place);
	for (int i = 0; i < 12; i++) {
		answered = kill_under_load(&place, i * 7 % 40);
		assert_true(answered > 0);
		place_new_keeper(&place);
		place_open(&place);
		ledger_head(place.ledger, bytes, signature);
		assert_int_equal(sy_head_decode(bytes, sizeof(bytes), &head),
		    SY_OK);
		print_message("  answered up to %llu, kept up to %llu\n",
		    (unsigned long long)answered,
		    (unsigned long long)head.size);
		assert_true(head.size >= answered);
		if (place_verify(&place, first, sizeof(first)) != 0)
			fail_msg("%s", first);
		place_close(&place);
		place_stop_keeper(&place);
	}
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_power_failure_at_any_sync_loses_nothing_that_was_answered),
		cmocka_unit_test(
		    kill_9_at_any_moment_loses_nothing_that_was_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
