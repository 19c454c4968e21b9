/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_STATION_H
#define VK_STATION_H

#include "port.h"
#include "script.h"
#include "tests/vcard/wire.h"

/*
 * One key near one USB socket, its person, and a control socket beside the
 * key's files. One thread; while the key waits for the person the loop turns
 * inside that wait.
 */
struct vk_station {
	struct vk_scene scene;
	struct vk_hid hid;
	struct vk_port port;
	int control, signals;
	bool quit;
	unsigned long pulls; /* how often it was pulled out */
	const char *awaited; /* "touch" or "finger" while the key waits */
};

/*
 * Serve until told to quit or SIGTERM or SIGINT comes. The current directory is
 * the key's: the control socket is made there and removed.
 */
SY_MUST_USE enum sy_err vk_station_run(struct vk_key *key,
    const struct vk_port *socket, bool insert);

/* Plug in (again: power off and on) and out. */
SY_MUST_USE enum sy_err vk_station_insert(struct vk_station *st);
void vk_station_remove(struct vk_station *st);
/* One command of the control socket. */
void vk_station_command(void *ctx, const char *word, const char *rest,
    struct vc_answer *a);

#endif /* VK_STATION_H */
