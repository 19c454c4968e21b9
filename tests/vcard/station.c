/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "station.h"

#define RETRY_MS 100 /* vpcd is not there (yet, or again) */

static int
next_wait(const struct vc_station *st)
{
	long long left;

	if (st->late) {
		left = st->due - vc_now_ms();
		return left > 0 ? (int)left : 0;
	}
	return st->wanted && st->fd < 0 ? RETRY_MS : -1;
}

static enum sy_err
serve(struct vc_station *st)
{
	while (!st->quit) {
		/* poll ignores a negative descriptor. */
		struct pollfd p[] = { { st->fd, POLLIN, 0 },
			{ st->control, POLLIN, 0 },
			{ st->signals, POLLIN, 0 } };

		if (poll(p, SY_COUNT(p), next_wait(st)) < 0 && errno != EINTR)
			return SY_ERR_IO;
		if (p[2].revents != 0)
			break;
		if (p[0].revents != 0)
			vc_slot_readable(st);
		if (p[1].revents != 0)
			vc_control_serve(st);
		if (st->late && vc_now_ms() >= st->due)
			vc_slot_send_late(st);
		if (st->wanted && st->fd < 0)
			vc_slot_insert(st);
	}
	return SY_OK;
}

/* Whoever waits for this process may put in the next card. */
static void
linger(const struct vc_station *st)
{
	const long long left = st->empty_until - vc_now_ms();

	if (left > 0)
		(void)poll(NULL, 0, (int)left);
}

enum sy_err
vc_station_run(struct vc_card *card, uint16_t port, bool insert)
{
	struct vc_station *st = calloc(1, sizeof(*st));
	enum sy_err err;

	if (st == NULL)
		return SY_ERR_NOMEM;
	st->card = card;
	st->port = port;
	st->fd = st->control = st->signals = -1;
	if ((err = vc_wire_signals(&st->signals)) == SY_OK &&
	    (err = vc_wire_open(&st->control)) == SY_OK) {
		if (insert)
			vc_slot_insert(st);
		err = serve(st);
		vc_slot_remove(st);
		(void)unlink(VC_CONTROL_SOCKET);
		linger(st);
	}
	if (st->control >= 0)
		close(st->control);
	if (st->signals >= 0)
		close(st->signals);
	free(st);
	return err;
}
