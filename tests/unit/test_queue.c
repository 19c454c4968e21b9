/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/listen.h"

/* Whose turn it is at readers and keys, what a key's worker says, and how many
 * callers are taken. */

struct caller {
	struct device_op *op;
	char name;
	bool queued;
};

struct fixture {
	struct event_base *base;
	struct device *device;
	int worker; /* the worker's end of the line */
	char granted[16];
	size_t count;
};

static struct fixture *fixture;

static enum sy_err
spawn(void *arg, int *ret_fd)
{
	struct fixture *f = arg;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	f->worker = pair[1];
	*ret_fd = pair[0];
	return SY_OK;
}

static void
on_event(void *owner, const struct talk_event *event)
{
	struct caller *c = owner;

	if (event->type == TALK_DEVICE_QUEUED)
		c->queued = true;
	if (event->type == TALK_DEVICE_GRANTED)
		fixture->granted[fixture->count++] = c->name;
}

static void
turn(struct fixture *f)
{
	for (unsigned int i = 0; i < 5; i++)
		assert_true(event_base_loop(f->base, EVLOOP_NONBLOCK) >= 0);
}

static void
ask(struct fixture *f, struct caller *c, char name, enum device_rank rank)
{
	const struct sy_device_start start = { .drivers = 1U << SY_DRIVER_JPKI,
		.slot = SY_SLOT_PIN,
		.wait_ms = 1000 };

	*c = (struct caller){ .name = name };
	assert_int_equal(device_open(f->device, &start, rank, on_event, c,
			     &c->op),
	    SY_OK);
	turn(f);
}

/* Give the device back; its worker ends. */
static void
leave(struct fixture *f, struct caller *c)
{
	const int worker = f->worker;

	device_close(&c->op);
	(void)close(worker);
	turn(f);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->base = event_base_new();
	assert_int_equal(device_new(f->base, spawn, f, &f->device), SY_OK);
	fixture = f;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	device_free(&f->device);
	event_base_free(f->base);
	free(f);
	return 0;
}

static void
root_does_not_wait_behind_users_who_queue(void **state)
{
	struct fixture *f = *state;
	struct caller a, b, c, r, s;

	ask(f, &a, 'a', DEVICE_USER);
	ask(f, &b, 'b', DEVICE_USER);
	ask(f, &c, 'c', DEVICE_USER);
	ask(f, &r, 'r', DEVICE_ROOT);
	ask(f, &s, 's', DEVICE_ROOT);
	assert_false(a.queued);
	assert_true(b.queued && c.queued && r.queued && s.queued);
	leave(f, &a);
	leave(f, &r);
	/* Its card was the wrong one: it goes on before who comes after. */
	ask(f, &r, 'R', DEVICE_ROOT_AGAIN);
	leave(f, &s);
	leave(f, &r);
	/* The same for a user, among users. */
	device_close(&b.op);
	(void)close(f->worker);
	ask(f, &b, 'B', DEVICE_USER_AGAIN);
	leave(f, &b);
	leave(f, &c);
	assert_string_equal(f->granted, "arsRbBc");
}

static void
who_waits_and_goes_away_leaves_the_queue(void **state)
{
	struct fixture *f = *state;
	struct caller a, b, c;

	ask(f, &a, 'a', DEVICE_USER);
	ask(f, &b, 'b', DEVICE_USER);
	ask(f, &c, 'c', DEVICE_USER);
	device_close(&b.op);
	leave(f, &a);
	leave(f, &c);
	assert_string_equal(f->granted, "ac");
}

static void
ignore(void *owner)
{
	(void)owner;
}

static void
no_user_takes_all_places(void **state)
{
	struct fixture *f = *state;
	struct services s = { .base = f->base, .idle = ignore };
	int ends[256];
	size_t n = 0;
	int pair[2];

	for (uid_t uid = 1000; uid < 1032; uid++) {
		unsigned int taken = 0;

		while (listen_has_room(&s, uid)) {
			assert_true(n < SY_COUNT(ends));
			assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0,
					     pair),
			    0);
			ends[n++] = pair[0];
			assert_int_equal(dialogue_open(&s, pair[1], uid, 0),
			    SY_OK);
			taken++;
		}
		assert_in_range(taken, uid == 1000 ? 1 : 0, 4);
	}
	assert_true(n <= 32);
	for (unsigned int i = 0; i < 32; i++) {
		assert_true(listen_has_room(&s, 0));
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		ends[n++] = pair[0];
		assert_int_equal(dialogue_open(&s, pair[1], 0, 0), SY_OK);
	}
	assert_false(listen_has_room(&s, 0));
	dialogue_cancel_all();
	while (n > 0)
		(void)close(ends[--n]);
	assert_true(listen_has_room(&s, 1000));
}

/* --- FIDO2 keys --- */

struct listener {
	struct device_op *op;
	struct talk_event heard; /* the newest; its pointers are stale */
	size_t count;
};

static void
on_key_event(void *owner, const struct talk_event *event)
{
	struct listener *l = owner;

	l->heard = *event;
	l->count++;
	if (event->type == TALK_KEY_FOUND)
		assert_int_equal(event->found->pin_tries, 8);
	if (event->type == TALK_KEY_SIGNED)
		assert_int_equal(event->signed_->signature_len, 70);
	if (event->type == TALK_KEY_MADE)
		assert_string_equal(event->made->format, "packed");
	if (event->type == TALK_KEY_LIST)
		assert_string_equal(event->list->fingers[0].name, "left");
}

/* The worker says what was put into ${out}. */
static void
says(struct fixture *f, struct sy_buf *out, enum sy_err put)
{
	assert_int_equal(put, SY_OK);
	assert_int_equal(sy_frame_send(f->worker, sy_buf_data(out),
			     sy_buf_len(out), NULL),
	    SY_OK);
	turn(f);
}

static void
open_key(struct fixture *f, struct listener *l)
{
	const struct sy_keydevice_start start = { .usb = true,
		.reader = true,
		.reserve = 1,
		.wait_ms = 1000,
		.rp_id = "auth.city.example" };
	uint8_t in[SY_DEVICE_FRAME_MAX];
	struct sy_keydevice_start got;
	struct sy_frame frame;

	*l = (struct listener){ .count = 0 };
	assert_int_equal(device_open_key(f->device, &start, DEVICE_ROOT,
			     on_key_event, l, &l->op),
	    SY_OK);
	turn(f);
	assert_int_equal(l->heard.type, TALK_DEVICE_GRANTED);
	assert_int_equal(sy_frame_receive(f->worker, in, sizeof(in), NULL,
			     &frame),
	    SY_OK);
	assert_int_equal(sy_keydevice_get_start(&frame, &got), SY_OK);
	assert_string_equal(got.rp_id, start.rp_id);
}

static void
what_the_worker_says_of_a_key_is_heard(void **state)
{
	static const struct sy_keydevice_found found = {
		.place = "Key",
		.pin_min = 4,
		.pin_tries = 8,
		.uv_tries = 255,
	};
	static const struct sy_keydevice_signed made = {
		.credential = { .id = { 1 }, .len = 16 },
		.authdata_len = 37,
		.signature = { 0x30 },
		.signature_len = 70,
	};
	static const struct sy_keydevice_made credential = {
		.format = "packed",
		.authdata_len = 100,
		.statement = { 0xa0 },
		.statement_len = 1,
	};
	static const struct sy_keydevice_list list = {
		.fingers = { { .template_id = { 1 },
		    .template_len = 2,
		    .name = "left" } },
		.count = 1,
	};
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct fixture *f = *state;
	struct listener l;

	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	open_key(f, &l);
	says(f, out,
	    sy_keydevice_put_waiting(out,
		&(struct sy_keydevice_waiting){ .keys = 2, .choose = true }));
	assert_int_equal(l.heard.type, TALK_KEY_WAITING);
	assert_true(l.heard.keys.choose);
	says(f, out, sy_keydevice_put_found(out, &found));
	assert_int_equal(l.heard.type, TALK_KEY_FOUND);
	says(f, out,
	    sy_keydevice_put_touch(out,
		&(struct sy_keydevice_touch){ .what = SY_KEY_TOUCH_PRESENCE }));
	assert_int_equal(l.heard.type, TALK_KEY_TOUCH);
	says(f, out,
	    sy_keydevice_put_refused(out,
		&(struct sy_keydevice_refused){
		    .code = SY_ERR_PIN_WRONG, .tries = 7 }));
	assert_int_equal(l.heard.type, TALK_KEY_REFUSED);
	assert_int_equal(l.heard.refused.tries, 7);
	says(f, out, sy_keydevice_put_signed(out, &made));
	assert_int_equal(l.heard.type, TALK_KEY_SIGNED);
	says(f, out, sy_keydevice_put_made(out, &credential));
	assert_int_equal(l.heard.type, TALK_KEY_MADE);
	says(f, out, sy_keydevice_put_list(out, &list));
	assert_int_equal(l.heard.type, TALK_KEY_LIST);
	assert_int_equal(l.count, 8);
	device_close(&l.op);
	(void)close(f->worker);
	turn(f);
}

static void
a_worker_that_talks_nonsense_of_a_key_is_a_broken_one(void **state)
{
	static const uint8_t junk[] = { 0, 0, 0, 3, 1, SY_KEYDEVICE_FOUND, 9 };
	struct fixture *f = *state;
	struct listener l;

	open_key(f, &l);
	assert_int_equal(write(f->worker, junk, sizeof(junk)), sizeof(junk));
	turn(f);
	assert_int_equal(l.heard.type, TALK_DEVICE_FAILED);
	assert_int_equal(l.heard.failed.code, SY_ERR_INTERNAL);
	device_close(&l.op);
	(void)close(f->worker);
	turn(f);
}

/* One operation at a time, whatever it is with. */
static void
keys_and_cards_wait_for_each_other(void **state)
{
	struct fixture *f = *state;
	struct listener l;
	struct caller a;

	open_key(f, &l);
	ask(f, &a, 'a', DEVICE_ROOT);
	assert_true(a.queued);
	assert_int_equal(f->count, 0);
	device_close(&l.op);
	(void)close(f->worker);
	turn(f);
	assert_int_equal(f->count, 1);
	leave(f, &a);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(root_does_not_wait_behind_users_who_queue),
		CASE(who_waits_and_goes_away_leaves_the_queue),
		CASE(no_user_takes_all_places),
		CASE(what_the_worker_says_of_a_key_is_heard),
		CASE(a_worker_that_talks_nonsense_of_a_key_is_a_broken_one),
		CASE(keys_and_cards_wait_for_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
