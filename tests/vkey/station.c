/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "station.h"

#define TICK_MS 50

static bool
send_frame(void *ctx, const uint8_t *frame, size_t len)
{
	struct vk_station *st = ctx;

	vk_port_opened(&st->port);
	return vk_port_send(&st->port, frame, len);
}

static void
pull(void *ctx)
{
	vk_station_remove(ctx);
}

static long long
now_ms(void *ctx)
{
	(void)ctx;
	return vc_now_ms();
}

/* Everything that waits, for at most ${ms}. */
static void
turn(struct vk_station *st, int ms)
{
	struct pollfd p[] = { { st->port.master, POLLIN, 0 },
		{ st->port.watch, POLLIN, 0 }, { st->control, POLLIN, 0 },
		{ st->signals, POLLIN, 0 } };
	uint8_t frame[VK_FRAME_BYTES];

	if (poll(p, SY_COUNT(p), ms) < 0 && errno != EINTR)
		st->quit = true;
	if (p[3].revents != 0)
		st->quit = true;
	if (p[1].revents != 0)
		vk_port_opened(&st->port);
	if (p[0].revents != 0) {
		vk_port_read(&st->port);
		while (vk_port_frame(&st->port, frame))
			vk_hid_frame(&st->hid, frame);
	}
	if (p[2].revents != 0)
		vc_wire_serve(st->control, vk_station_command, st);
	vk_hid_tick(&st->hid, vc_now_ms());
}

/* Is there no platform any more that waits for the person? */
static bool
interrupted(const struct vk_station *st, unsigned long pulls, enum vk_deed *ret)
{
	if (st->quit || st->pulls != pulls)
		*ret = VK_LEFT;
	else if (st->hid.cancelled)
		*ret = VK_GAVE_UP;
	else
		return false;
	return true;
}

/* Let ${ms} go by, or less if somebody gives up. */
static void
wait_ms(void *ctx, long long ms)
{
	struct vk_station *st = ctx;
	const unsigned long pulls = st->pulls;
	const long long start = vc_now_ms();
	long long said = start, left;
	enum vk_deed deed;

	while ((left = start + ms - vc_now_ms()) > 0 &&
	    !interrupted(st, pulls, &deed)) {
		if (vc_now_ms() - said >= VK_KEEPALIVE_MS) {
			said = vc_now_ms();
			vk_hid_keepalive(&st->hid, VK_PROCESSING);
		}
		turn(st, left < TICK_MS ? (int)left : TICK_MS);
	}
}

static enum vk_deed
await(struct vk_station *st, struct vk_script *script, const char *what,
    struct vk_touch *ret)
{
	const unsigned long pulls = st->pulls;
	const long long start = vc_now_ms();
	long long said = start;
	enum vk_deed deed = VK_DID;

	st->awaited = what;
	while (!interrupted(st, pulls, &deed) &&
	    !vk_scene_acts(&st->scene, script, vc_now_ms() - start, &deed,
		ret)) {
		turn(st, TICK_MS);
		if (vc_now_ms() - said >= VK_KEEPALIVE_MS) {
			said = vc_now_ms();
			vk_hid_keepalive(&st->hid, VK_UP_NEEDED);
		}
	}
	st->awaited = NULL;
	return deed;
}

static enum vk_deed
touch(void *ctx)
{
	struct vk_station *st = ctx;
	struct vk_touch unused;

	return await(st, &st->scene.touch, "touch", &unused);
}

static enum vk_deed
finger(void *ctx, struct vk_touch *ret)
{
	struct vk_station *st = ctx;

	return await(st, &st->scene.finger, "finger", ret);
}

enum sy_err
vk_station_insert(struct vk_station *st)
{
	enum sy_err err;

	if (st->port.master >= 0)
		vk_station_remove(st);
	vk_key_power(st->scene.key);
	st->scene.key->counts.powerups++;
	vk_hid_reset(&st->hid);
	if ((err = vk_port_plug(&st->port)) != SY_OK)
		return err;
	vk_port_expect(&st->port, vk_faults_shortest(&st->scene.faults));
	return SY_OK;
}

void
vk_station_remove(struct vk_station *st)
{
	vk_port_unplug(&st->port);
	st->pulls++;
	vk_hid_reset(&st->hid);
}

static struct vk_station *
station_new(struct vk_key *key, const struct vk_port *socket)
{
	struct vk_station *st = calloc(1, sizeof(*st));

	if (st == NULL)
		return NULL;
	st->port = *socket;
	st->port.name = key->model.name;
	st->port.master = st->port.slave = st->port.watch = -1;
	st->control = st->signals = -1;
	vk_scene_reset(&st->scene, key);
	st->hid.key = key;
	st->hid.faults = &st->scene.faults;
	st->hid.ctx = st;
	st->hid.send = send_frame;
	st->hid.wait = wait_ms;
	st->hid.pull = pull;
	key->person = (struct vk_person){ st, touch, finger, now_ms };
	return st;
}

enum sy_err
vk_station_run(struct vk_key *key, const struct vk_port *socket, bool insert)
{
	struct vk_station *st = station_new(key, socket);
	enum sy_err err;

	if (st == NULL)
		return SY_ERR_NOMEM;
	vk_key_power(key);
	if ((err = vc_wire_signals(&st->signals)) == SY_OK &&
	    (!insert || (err = vk_station_insert(st)) == SY_OK) &&
	    (err = vc_wire_open(&st->control)) == SY_OK) {
		while (!st->quit)
			turn(st, TICK_MS);
		(void)unlink(VC_CONTROL_SOCKET);
	}
	vk_station_remove(st);
	if (st->control >= 0)
		close(st->control);
	if (st->signals >= 0)
		close(st->signals);
	free(st);
	return err;
}
