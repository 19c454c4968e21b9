/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_PORT_H
#define VK_PORT_H

#include "hid.h"

/*
 * The USB socket: a raw pseudo terminal that is bound to DEV/hidrawN, and the
 * entries of SYS that lead libudev to it. The ioctls that a terminal has not
 * are answered by preload.c inside the programs.
 */
struct vk_port {
	const char *dev, *sys; /* folders, "/dev" and "/sys" by default */
	unsigned int number;   /* N of hidrawN */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	const char *name;
	int master, slave; /* -1 = not plugged in */
	int watch;         /* inotify on the terminal */
	unsigned int openers;
	unsigned int burst; /* frames sent without a pause */
	long long last_ms;  /* when the last one was */
	size_t inlen;
	uint8_t in[4096];
};

/* Plug in or out. IO. */
SY_MUST_USE enum sy_err vk_port_plug(struct vk_port *port);
void vk_port_unplug(struct vk_port *port);
/*
 * No frame will have fewer bytes than ${len}. A device hands over whole frames;
 * a terminal would hand over the part of one that had room, were its reader not
 * told to wait for so many. Say it before somebody reads.
 */
void vk_port_expect(struct vk_port *port, size_t len);
/* One frame to whoever has the device open; false if it is not plugged in. */
bool vk_port_send(struct vk_port *port, const uint8_t *frame, size_t len);
/* Programs opened or closed the device. */
void vk_port_opened(struct vk_port *port);
/* Take what came; true with one frame (report number cut off). */
void vk_port_read(struct vk_port *port);
bool vk_port_frame(struct vk_port *port, uint8_t ret[VK_FRAME_BYTES]);

#endif /* VK_PORT_H */
