/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual key's frames: CTAPHID as it should be, and as it is asked. */
#include <stdlib.h>
#include <string.h>

#include "tests/vkey/hid.h"
#include "vkey_drive.h"

#define FRAMES_MAX 512U
#define BROADCAST  0xffffffffU

/* A key behind frames; what it sent is kept. */
struct wire {
	struct rig *rig;
	struct vk_hid hid;
	struct {
		uint8_t b[VK_FRAME_BYTES];
		size_t len;
	} sent[FRAMES_MAX];
	size_t nsent;
	bool pulled;
	uint32_t cid;
	/* handed in while the key waits for a touch */
	uint8_t meanwhile[VK_FRAME_BYTES];
	bool has_meanwhile;
	long long waited;
};

static bool
send_frame(void *ctx, const uint8_t *frame, size_t len)
{
	struct wire *w = ctx;

	if (w->pulled)
		return false;
	assert_true(w->nsent < FRAMES_MAX);
	memcpy(w->sent[w->nsent].b, frame, len);
	w->sent[w->nsent++].len = len;
	return true;
}

static void
pull(void *ctx)
{
	((struct wire *)ctx)->pulled = true;
}

static void
wait_ms(void *ctx, long long ms)
{
	struct wire *w = ctx;

	w->waited += ms;
	vk_hid_keepalive(&w->hid, VK_PROCESSING);
}

/* The person looks at the key while another frame comes in. */
static enum vk_deed
touch(void *ctx)
{
	struct wire *w = ctx;

	vk_hid_keepalive(&w->hid, VK_UP_NEEDED);
	if (w->has_meanwhile)
		vk_hid_frame(&w->hid, w->meanwhile);
	return w->hid.cancelled ? VK_GAVE_UP : VK_DID;
}

static long long
now_ms(void *ctx)
{
	return ((struct wire *)ctx)->rig->now;
}

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* The first frame of a message of ${total} bytes. */
static void
first_frame(uint8_t frame[VK_FRAME_BYTES], uint32_t cid, uint8_t cmd,
    size_t total, const void *p, size_t len)
{
	memset(frame, 0, VK_FRAME_BYTES);
	put32(frame, cid);
	frame[4] = cmd | 0x80;
	frame[5] = (uint8_t)(total >> 8);
	frame[6] = (uint8_t)total;
	if (len > 0)
		memcpy(frame + 7, p, len);
}

static void
hand_in(struct wire *w, uint32_t cid, uint8_t cmd, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint8_t frame[VK_FRAME_BYTES];
	size_t at = len < 57 ? len : 57, n;
	uint8_t seq = 0;

	first_frame(frame, cid, cmd, len, p, at);
	vk_hid_frame(&w->hid, frame);
	for (; at < len; at += n) {
		n = len - at < 59 ? len - at : 59;
		memset(frame, 0, sizeof(frame));
		put32(frame, cid);
		frame[4] = seq++;
		memcpy(frame + 5, p + at, n);
		vk_hid_frame(&w->hid, frame);
	}
}

static uint32_t
channel(struct wire *w)
{
	static const uint8_t nonce[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const size_t at = w->nsent;

	hand_in(w, BROADCAST, 0x06, nonce, sizeof(nonce));
	assert_int_equal(w->nsent, at + 1);
	assert_memory_equal(w->sent[at].b + 7, nonce, sizeof(nonce));
	return get32(w->sent[at].b + 15);
}

static struct wire *
wire_new(void)
{
	struct wire *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->rig = rig_new();
	w->hid.key = w->rig->key;
	w->hid.faults = &w->rig->scene.faults;
	w->hid.ctx = w;
	w->hid.send = send_frame;
	w->hid.wait = wait_ms;
	w->hid.pull = pull;
	w->rig->key->person = (struct vk_person){ w, touch, NULL, now_ms };
	w->cid = channel(w);
	w->nsent = 0;
	return w;
}

static int
setup(void **state)
{
	*state = wire_new();
	return 0;
}

static int
teardown(void **state)
{
	struct wire *w = *state;

	rig_free(&w->rig);
	free(w);
	return 0;
}

static void
fault(struct wire *w, const char *text)
{
	struct vk_fault f;

	assert_int_equal(vk_fault_parse(text, &f), SY_OK);
	assert_int_equal(vk_faults_add(&w->rig->scene.faults, &f), SY_OK);
}

/* The one frame that was sent is an error of this kind. */
static void
assert_error(const struct wire *w, uint32_t cid, uint8_t code)
{
	assert_int_equal(w->nsent, 1);
	assert_int_equal(get32(w->sent[0].b), cid);
	assert_int_equal(w->sent[0].b[4], 0xbf);
	assert_int_equal(w->sent[0].b[7], code);
}

static const uint8_t get_info = VK_INFO;
static const uint8_t selection = VK_SELECTION;

static void
a_ping_of_every_length_comes_back(void **state)
{
	static const size_t lengths[] = { 0, 1, 56, 57, 58, 115, 116, 117, 1024,
		7608, 7609 };
	struct wire *w = *state;
	uint8_t data[VK_HID_MAX];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < SY_COUNT(lengths); i++) {
		const size_t len = lengths[i];
		size_t at = len < 57 ? len : 57, n;

		w->nsent = 0;
		hand_in(w, w->cid, 0x01, data, len);
		assert_int_equal(w->nsent,
		    len <= 57 ? 1 : 1 + (len - 57 + 58) / 59);
		assert_memory_equal(w->sent[0].b + 7, data, at);
		for (size_t k = 1; k < w->nsent; k++, at += n) {
			n = len - at < 59 ? len - at : 59;
			assert_int_equal(w->sent[k].b[4], k - 1);
			assert_memory_equal(w->sent[k].b + 5, data + at, n);
		}
	}
}

static void
what_breaks_the_rules_is_told(void **state)
{
	static const uint8_t part[57];
	struct wire *w = *state;
	uint8_t frame[VK_FRAME_BYTES];

	hand_in(w, w->cid, 0x03, &get_info, 1);
	assert_error(w, w->cid, 0x01);
	w->nsent = 0;
	hand_in(w, w->cid + 1, 0x01, part, 1);
	assert_error(w, w->cid + 1, 0x0b);
	w->nsent = 0;
	hand_in(w, 0, 0x01, part, 1);
	assert_error(w, 0, 0x0b);
	w->nsent = 0;
	first_frame(frame, w->cid, 0x01, VK_HID_MAX + 1, part, 57);
	vk_hid_frame(&w->hid, frame);
	assert_error(w, w->cid, 0x03);
	w->nsent = 0;
	hand_in(w, w->cid, 0x10, part, 0);
	assert_error(w, w->cid, 0x03);
	w->nsent = 0;
	hand_in(w, w->cid, 0x06, part, 7);
	assert_error(w, w->cid, 0x03);
}

static void
frames_out_of_order_end_a_message(void **state)
{
	static const uint8_t part[57];
	struct wire *w = *state;
	uint8_t frame[VK_FRAME_BYTES];

	first_frame(frame, w->cid, 0x01, 100, part, 57);
	vk_hid_frame(&w->hid, frame);
	memset(frame + 4, 0, 60);
	frame[4] = 1;
	vk_hid_frame(&w->hid, frame);
	assert_error(w, w->cid, 0x04);
	/* What belongs to no message is not answered. */
	w->nsent = 0;
	vk_hid_frame(&w->hid, frame);
	assert_int_equal(w->nsent, 0);
	/* A new message in the middle of one. */
	first_frame(frame, w->cid, 0x01, 100, part, 57);
	vk_hid_frame(&w->hid, frame);
	vk_hid_frame(&w->hid, frame);
	assert_error(w, w->cid, 0x04);
}

static void
two_channels_do_not_mix(void **state)
{
	static const uint8_t part[57];
	struct wire *w = *state;
	const uint32_t other = channel(w);
	uint8_t frame[VK_FRAME_BYTES];

	assert_int_not_equal(other, w->cid);
	w->nsent = 0;
	first_frame(frame, w->cid, 0x01, 60, part, 57);
	vk_hid_frame(&w->hid, frame);
	hand_in(w, other, 0x01, part, 1);
	assert_error(w, other, 0x06);
	/* Even a channel can be asked for in the middle. */
	assert_int_not_equal(channel(w), other);
	w->nsent = 0;
	memset(frame + 4, 0, 60);
	vk_hid_frame(&w->hid, frame);
	assert_int_equal(w->nsent, 2);
	assert_int_equal(w->sent[0].b[4], 0x81);
}

static void
a_message_that_stops_is_given_up(void **state)
{
	static const uint8_t part[57];
	struct wire *w = *state;
	uint8_t frame[VK_FRAME_BYTES];

	first_frame(frame, w->cid, 0x01, 100, part, 57);
	vk_hid_frame(&w->hid, frame);
	vk_hid_tick(&w->hid, w->rig->now + VK_MESSAGE_MS - 1);
	assert_int_equal(w->nsent, 0);
	vk_hid_tick(&w->hid, w->rig->now + VK_MESSAGE_MS);
	assert_error(w, w->cid, 0x05);
	vk_hid_tick(&w->hid, w->rig->now + VK_MESSAGE_MS);
	assert_int_equal(w->nsent, 1);
}

static void
a_key_that_waits_says_so_and_can_be_cancelled(void **state)
{
	struct wire *w = *state;

	hand_in(w, w->cid, 0x10, &selection, 1);
	assert_int_equal(w->nsent, 2);
	assert_int_equal(w->sent[0].b[4], 0xbb);
	assert_int_equal(w->sent[0].b[7], VK_UP_NEEDED);
	assert_int_equal(w->sent[1].b[7], VK_OK);
	w->nsent = 0;
	w->has_meanwhile = true;
	first_frame(w->meanwhile, w->cid, 0x11, 0, NULL, 0);
	hand_in(w, w->cid, 0x10, &selection, 1);
	assert_int_equal(w->nsent, 2);
	assert_int_equal(w->sent[1].b[7], VK_CANCELLED);
	assert_int_equal(w->rig->key->counts.cancelled, 1);
	/* CANCEL when nothing is going on is not answered. */
	w->nsent = 0;
	vk_hid_frame(&w->hid, w->meanwhile);
	assert_int_equal(w->nsent, 0);
}

static void
others_are_told_to_wait_while_it_waits(void **state)
{
	struct wire *w = *state;
	const uint32_t other = channel(w);

	w->nsent = 0;
	w->has_meanwhile = true;
	first_frame(w->meanwhile, other, 0x10, 1, &get_info, 1);
	hand_in(w, w->cid, 0x10, &selection, 1);
	assert_int_equal(w->nsent, 3);
	assert_int_equal(get32(w->sent[1].b), other);
	assert_int_equal(w->sent[1].b[4], 0xbf);
	assert_int_equal(w->sent[1].b[7], 0x06);
	assert_int_equal(w->sent[2].b[7], VK_OK);
	/* Another one's CANCEL is nothing to it. */
	w->nsent = 0;
	first_frame(w->meanwhile, other, 0x11, 0, NULL, 0);
	hand_in(w, w->cid, 0x10, &selection, 1);
	assert_int_equal(w->nsent, 2);
	assert_int_equal(w->sent[1].b[7], VK_OK);
}

static void
an_init_on_its_channel_ends_a_command(void **state)
{
	static const uint8_t nonce[8] = { 8 };
	struct wire *w = *state;

	w->has_meanwhile = true;
	first_frame(w->meanwhile, w->cid, 0x06, 8, nonce, 8);
	hand_in(w, w->cid, 0x10, &selection, 1);
	/* Keep-alive, the answer to INIT, and no reply. */
	assert_int_equal(w->nsent, 2);
	assert_int_equal(w->sent[1].b[4], 0x86);
}

static void
it_goes_at_any_frame(void **state)
{
	char text[32];
	size_t whole;
	struct wire *w = *state;

	hand_in(w, w->cid, 0x10, &get_info, 1);
	whole = w->nsent;
	assert_true(whole > 3);
	for (size_t n = 1; n <= whole; n++) {
		w->nsent = 0;
		w->pulled = false;
		snprintf(text, sizeof(text), "pull-out at=%zu", n);
		fault(w, text);
		hand_in(w, w->cid, 0x10, &get_info, 1);
		assert_true(w->pulled);
		assert_int_equal(w->nsent, n - 1);
	}
	w->nsent = 0;
	w->pulled = false;
	fault(w, "pull-in at=2");
	hand_in(w, w->cid, 0x10, &get_info, 1);
	assert_false(w->pulled);
	w->nsent = 0;
	hand_in(w, w->cid, 0x10, &get_info, 1);
	assert_true(w->pulled);
	assert_int_equal(w->nsent, 0);
}

static void
faults_of_answers_are_as_asked(void **state)
{
	static const struct {
		const char *fault;
		size_t frames; /* of the answer; 0 = as many as ever */
		bool runs;
	} tc[] = {
		{ "mute", 0, false },
		{ "mute when=after", 0, true },
		{ "forever", 1, false }, /* a keep-alive */
		{ "pull when=after", 0, true },
		{ "pull", 0, false },
		{ "status status=27", 1, true },
		{ "cut len=3", 1, true },
		{ "garbage len=100", 2, true },
	};
	struct wire *w = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const unsigned long before = w->rig->key->counts.commands;

		print_message("  %s\n", tc[i].fault);
		w->nsent = 0;
		w->pulled = false;
		fault(w, tc[i].fault);
		hand_in(w, w->cid, 0x10, &get_info, 1);
		assert_int_equal(w->nsent, tc[i].frames);
		assert_int_equal(w->rig->key->counts.commands - before,
		    tc[i].runs);
		/* Once only. */
		w->nsent = 0;
		w->pulled = false;
		hand_in(w, w->cid, 0x10, &get_info, 1);
		assert_true(w->nsent > 3);
		assert_int_equal(w->sent[0].b[7], VK_OK);
	}
}

static void
faults_of_frames_are_as_asked(void **state)
{
	struct wire *w = *state;

	fault(w, "channel");
	hand_in(w, w->cid, 0x10, &get_info, 1);
	assert_int_not_equal(get32(w->sent[0].b), w->cid);
	w->nsent = 0;
	fault(w, "sequence");
	hand_in(w, w->cid, 0x10, &get_info, 1);
	assert_int_equal(w->sent[1].b[4], 0x40);
	w->nsent = 0;
	fault(w, "size len=1000");
	hand_in(w, w->cid, 0x10, &get_info, 1);
	assert_int_equal(w->sent[0].b[5] << 8 | w->sent[0].b[6], 1000);
	w->nsent = 0;
	fault(w, "short len=10");
	hand_in(w, w->cid, 0x10, &get_info, 1);
	assert_int_equal(w->sent[0].len, 10);
	w->nsent = 0;
	fault(w, "delay ms=700");
	hand_in(w, w->cid, 0x10, &get_info, 1);
	assert_int_equal(w->waited, 700);
	assert_int_equal(w->sent[0].b[4], 0xbb);
	assert_int_equal(w->sent[1].b[4], 0x90);
}

/* Frames and commands of chance, the same ones each time. */
static void
nothing_it_is_sent_ends_it(void **state)
{
	struct wire *w = *state;
	uint8_t frame[VK_FRAME_BYTES];
	unsigned int seed = 1;

	for (int i = 0; i < 20000; i++) {
		for (size_t k = 0; k < sizeof(frame); k++) {
			seed = seed * 1103515245U + 12345U;
			frame[k] = (uint8_t)(seed >> 16);
		}
		if (i % 4 != 0)
			put32(frame, w->cid);
		if (i % 2 == 0) {
			/* A CBOR command that fits into the frame. */
			frame[4] = 0x90;
			frame[5] = 0;
			frame[6] %= 58;
			frame[7] %= 0x0e;
			frame[8] = (uint8_t)(0xa0 | (frame[8] & 7));
		}
		w->nsent = 0;
		vk_hid_frame(&w->hid, frame);
	}
	w->nsent = 0;
	w->cid = channel(w);
	w->nsent = 0;
	hand_in(w, w->cid, 0x10, &get_info, 1);
	assert_int_equal(w->sent[0].b[7], VK_OK);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_ping_of_every_length_comes_back),
		CASE(what_breaks_the_rules_is_told),
		CASE(frames_out_of_order_end_a_message),
		CASE(two_channels_do_not_mix),
		CASE(a_message_that_stops_is_given_up),
		CASE(a_key_that_waits_says_so_and_can_be_cancelled),
		CASE(others_are_told_to_wait_while_it_waits),
		CASE(an_init_on_its_channel_ends_a_command),
		CASE(it_goes_at_any_frame),
		CASE(faults_of_answers_are_as_asked),
		CASE(faults_of_frames_are_as_asked),
		CASE(nothing_it_is_sent_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
