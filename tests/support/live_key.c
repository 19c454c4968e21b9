/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/live_key.h"
#include "tests/support/unit.h"

#define NUMBERED_BYTES (1 + VK_FRAME_BYTES)
#define STRANGER       0x7e7e7e7eU /* another program's channel */

/* --- turns --- */

/* Give the turn away, and go on when it comes back. */
static void
hand_over(struct live_key *live, bool to_key)
{
	(void)pthread_mutex_lock(&live->lock);
	live->runs = to_key;
	(void)pthread_cond_broadcast(&live->turned);
	while (live->runs == to_key)
		(void)pthread_cond_wait(&live->turned, &live->lock);
	(void)pthread_mutex_unlock(&live->lock);
}

void
live_key_turn(struct live_key *live)
{
	hand_over(live, true);
}

static long long
now_ms(void *ctx)
{
	return (long long)*((struct live_key *)ctx)->clock;
}

/* --- its line --- */

static void
hang_up(struct live_key *live)
{
	if (live->fd >= 0) {
		(void)close(live->fd);
		(void)close(live->other_end);
	}
	live->fd = live->other_end = -1;
}

int
live_key_connect(struct live_key *live)
{
	int pair[2];

	assert_true(live->plugged);
	hang_up(live);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	live->fd = pair[0];
	live->other_end = dup(pair[1]);
	assert_true(live->other_end >= 0);
	return pair[1];
}

bool
live_key_is_quiet(const struct live_key *live)
{
	struct pollfd p = { .fd = live->other_end, .events = POLLIN };

	return live->fd >= 0 && poll(&p, 1, 0) == 0;
}

void
live_key_stir(const struct live_key *live)
{
	const uint8_t frame[VK_FRAME_BYTES] = { STRANGER >> 24,
		STRANGER >> 16 & 0xff, STRANGER >> 8 & 0xff, STRANGER & 0xff };

	(void)send(live->fd, frame, sizeof(frame), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool
send_frame(void *ctx, const uint8_t *frame, size_t len)
{
	struct live_key *live = ctx;

	if (live->mute_at > 0 && --live->mute_at == 0)
		live->mute = true;
	if (live->mute)
		return true;
	return live->fd >= 0 &&
	    send(live->fd, frame, len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)len;
}

static void
take_frames(struct live_key *live)
{
	uint8_t frame[NUMBERED_BYTES];

	while (live->fd >= 0 &&
	    recv(live->fd, frame, sizeof(frame), MSG_DONTWAIT) ==
		(ssize_t)sizeof(frame))
		vk_hid_frame(&live->hid, frame + 1);
}

/* --- its person --- */

/* Is there no platform any more that waits for the person? */
static bool
interrupted(const struct live_key *live, unsigned int pulls, enum vk_deed *ret)
{
	if (live->quit || live->pulls != pulls)
		*ret = VK_LEFT;
	else if (live->hid.cancelled)
		*ret = VK_GAVE_UP;
	else
		return false;
	return true;
}

/* Let the others have their turn, and say that it still works on it. */
static void
look_around(struct live_key *live, uint8_t status, long long *said)
{
	if (now_ms(live) - *said >= VK_KEEPALIVE_MS) {
		*said = now_ms(live);
		vk_hid_keepalive(&live->hid, status);
	}
	hand_over(live, false);
	take_frames(live);
}

static void
wait_ms(void *ctx, long long ms)
{
	struct live_key *live = ctx;
	const unsigned int pulls = live->pulls;
	const long long start = now_ms(live);
	long long said = start;
	enum vk_deed deed;

	while (now_ms(live) - start < ms && !interrupted(live, pulls, &deed))
		look_around(live, VK_PROCESSING, &said);
}

static enum vk_deed
await(struct live_key *live, struct vk_script *script, struct vk_touch *ret)
{
	const unsigned int pulls = live->pulls;
	const long long start = now_ms(live);
	long long said = start - VK_KEEPALIVE_MS;
	enum vk_deed deed = VK_DID;

	while (!interrupted(live, pulls, &deed) &&
	    !vk_scene_acts(&live->scene, script, now_ms(live) - start, &deed,
		ret))
		look_around(live, VK_UP_NEEDED, &said);
	return deed;
}

static enum vk_deed
touch(void *ctx)
{
	struct live_key *live = ctx;
	struct vk_touch unused;

	return await(live, &live->scene.touch, &unused);
}

static enum vk_deed
finger(void *ctx, struct vk_touch *ret)
{
	struct live_key *live = ctx;

	return await(live, &live->scene.finger, ret);
}

/* --- its power --- */

static void
pull(void *ctx)
{
	struct live_key *live = ctx;

	live->plugged = false;
	live->pulls++;
	hang_up(live);
	vk_hid_reset(&live->hid);
}

void
live_key_pull(struct live_key *live)
{
	pull(live);
}

void
live_key_plug(struct live_key *live)
{
	if (live->plugged)
		pull(live);
	/* What it was at has to end before it is new. */
	live_key_turn(live);
	vk_key_power(live->key);
	vk_hid_reset(&live->hid);
	live->mute = false;
	live->plugged = true;
}

/* --- its life --- */

static void *
run(void *arg)
{
	struct live_key *live = arg;

	(void)pthread_mutex_lock(&live->lock);
	while (!live->runs)
		(void)pthread_cond_wait(&live->turned, &live->lock);
	(void)pthread_mutex_unlock(&live->lock);
	while (!live->quit) {
		take_frames(live);
		vk_hid_tick(&live->hid, now_ms(live));
		if (!live->quit)
			hand_over(live, false);
	}
	(void)pthread_mutex_lock(&live->lock);
	live->runs = false;
	(void)pthread_cond_broadcast(&live->turned);
	(void)pthread_mutex_unlock(&live->lock);
	return NULL;
}

static void
make_key(struct live_key *live, const struct vk_recipe *recipe)
{
	assert_int_equal(vk_key_new(&live->key), SY_OK);
	vk_model_default(&live->key->model);
	live->key->model.attestation = VK_SELF;
	live->key->model.sensor = recipe->fingers != NULL;
	assert_int_equal(vk_create(live->key, recipe, NULL), SY_OK);
	live->key->person = (struct vk_person){ live, touch, finger, now_ms };
	vk_key_power(live->key);
}

void
live_key_start(struct live_key *live, const struct vk_recipe *recipe,
    const uint64_t *clock)
{
	*live = (struct live_key){ .clock = clock,
		.plugged = true,
		.fd = -1,
		.other_end = -1,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.turned = PTHREAD_COND_INITIALIZER };
	make_key(live, recipe);
	vk_scene_reset(&live->scene, live->key);
	live->hid.key = live->key;
	live->hid.faults = &live->scene.faults;
	live->hid.ctx = live;
	live->hid.send = send_frame;
	live->hid.wait = wait_ms;
	live->hid.pull = pull;
	assert_int_equal(pthread_create(&live->thread, NULL, run, live), 0);
}

void
live_key_end(struct live_key *live)
{
	live->quit = true;
	live_key_turn(live);
	assert_int_equal(pthread_join(live->thread, NULL), 0);
	hang_up(live);
	vk_key_free(&live->key);
	(void)pthread_cond_destroy(&live->turned);
	(void)pthread_mutex_destroy(&live->lock);
}

/* --- what a test says --- */

void
live_key_fault(struct live_key *live, const char *text)
{
	struct vk_fault fault;

	assert_int_equal(vk_fault_parse(text, &fault), SY_OK);
	assert_int_equal(vk_faults_add(&live->scene.faults, &fault), SY_OK);
}

void
live_key_touch(struct live_key *live, const char *words)
{
	assert_int_equal(vk_script_set(&live->scene.touch, words), SY_OK);
}

void
live_key_finger(struct live_key *live, const char *words)
{
	assert_int_equal(vk_script_set(&live->scene.finger, words), SY_OK);
}
